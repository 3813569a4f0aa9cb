// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <memory>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/objectives/spectrum.hpp>
#include <string>
#include <utility>

// The quadratic f(w) = (1/2)(w - c)^T A (w - c) + f_0 about its stationary point c: gradient A(w - c).

namespace proxcvx {

/// f(w) = (1/2)(w - c)^T A (w - c) + f_0, A symmetric p x p. O(p^2) a call. Copies share A and c.
template <class Scalar_ = double> class Quadratic {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless `curvature` is square, exactly symmetric and finite, and `center` fits it.
  Quadratic(Matrix<Scalar> curvature, Vector<Scalar> center, Scalar offset = Scalar(0)) : offset_{std::move(offset)} {
    require(curvature.rows() >= 1 && curvature.rows() == curvature.cols(), "curvature", "a square matrix",
            std::to_string(curvature.rows()) + " x " + std::to_string(curvature.cols()));
    require(center.size() == curvature.rows(), "center", std::to_string(curvature.rows()) + " entries", center.size());
    require(is_finite(Scalar(curvature.sum())) && (curvature.array() == curvature.transpose().array()).all(),
            "curvature: expected a symmetric matrix of finite entries");
    require(is_finite(Scalar(center.sum())) && is_finite(offset_), "center, offset: expected finite entries");
    const Scalar norm = scaled_norm(curvature) * (Scalar(1) + gamma<Scalar>(curvature.size() + 8));
    shared_ = std::make_shared<const Shared>(Shared{std::move(curvature), std::move(center), norm});
  }
  /// Centred at 0.
  explicit Quadratic(const Matrix<Scalar>& curvature) : Quadratic(curvature, Vector<Scalar>::Zero(curvature.rows())) {}

  [[nodiscard]] Index dimension() const { return shared_->center.size(); }
  [[nodiscard]] const Matrix<Scalar>& curvature() const { return shared_->curvature; }
  /// c, the minimizer where A is positive semidefinite.
  [[nodiscard]] const Vector<Scalar>& center() const { return shared_->center; }
  [[nodiscard]] Scalar offset() const { return offset_; }
  [[nodiscard]] std::string name() const { return "quadratic"; }

  /// The least upper bound of |eigenvalues| of A that arithmetic gives: f is L-smooth. O(p^3).
  [[nodiscard]] double smoothness() const { return detail::spectrum_of_symmetric(curvature()).largest_size; }
  /// A lower bound on the smallest eigenvalue of A that is not 0 up to rounding: PL's modulus m, positive only where A
  /// is positive semidefinite (up to rounding). O(p^3).
  [[nodiscard]] double pl_modulus() const { return detail::spectrum_of_symmetric(curvature()).smallest_nonzero; }
  /// f_0, rounded down: inf f where A is positive semidefinite.
  [[nodiscard]] double minimum() const { return detail::rounded_down(offset_); }

  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const {
    ScratchFrame<Scalar> frame;
    auto slope = frame.vector(dimension());
    return gradient(w, slope);
  }

  /// f(w), and its gradient into `out`.
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    ScratchFrame<Scalar> frame;
    auto step = frame.vector(dimension());
    return evaluate(w, step, out);
  }

  void hessian_vector(ConstVectorRef<Scalar> /*w*/, ConstVectorRef<Scalar> direction, VectorRef<Scalar> out) const {
    out.noalias() = product(curvature(), direction);
  }

  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const {
    ScratchFrame<Scalar> frame;
    auto slope = frame.vector(dimension());
    const BoundedGradient<Scalar> bounds = bounded_gradient(w, slope);
    return {bounds.value, bounds.value_error};
  }

  /// With s = w - c: ||ds|| <= u||s||, ||d(As)|| <= gamma_{p+2} ||A|| ||s||, and the value's error from both.
  BoundedGradient<Scalar> bounded_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    ScratchFrame<Scalar> frame;
    auto step = frame.vector(dimension());
    const Scalar value = evaluate(w, step, out);
    using std::abs;
    const Index p = dimension();
    const Scalar u = unit_roundoff<Scalar>();
    const Scalar tiny = static_cast<Scalar>(p) * std::numeric_limits<Scalar>::denorm_min();
    const Scalar pad = Scalar(1) + gamma<Scalar>(4 * p + 64);
    const Scalar distance = scaled_norm(step);
    const Scalar slope = scaled_norm(out);
    const Scalar slope_error = (gamma<Scalar>(p + 2) * shared_->norm * distance + static_cast<Scalar>(p) * tiny) * pad;
    const Scalar error = distance * slope_error + gamma<Scalar>(p + 4) * distance * slope +
                         Scalar(2) * u * (Scalar(abs(value)) + Scalar(abs(offset_))) + tiny;
    return {value, error * pad, slope_error};
  }

  /// The same function in another scalar.
  template <class Other> [[nodiscard]] Quadratic<Other> cast() const {
    return Quadratic<Other>(curvature().template cast<Other>(), center().template cast<Other>(),
                            static_cast<Other>(offset_));
  }

 private:
  struct Shared {
    Matrix<Scalar> curvature;
    Vector<Scalar> center;
    Scalar norm;  ///< ||A||_F, rounded up
  };

  template <class Step> Scalar evaluate(ConstVectorRef<Scalar> w, Step& step, VectorRef<Scalar> out) const {
    step = w - center();
    out.noalias() = product(curvature(), step);
    return Scalar(0.5) * Scalar(step.dot(out)) + offset_;
  }

  std::shared_ptr<const Shared> shared_;
  Scalar offset_;
};

template <class A, class C> Quadratic(const Eigen::MatrixBase<A>&, const C&) -> Quadratic<typename A::Scalar>;
template <class A, class C>
Quadratic(const Eigen::MatrixBase<A>&, const C&, typename A::Scalar) -> Quadratic<typename A::Scalar>;
template <class A> Quadratic(const Eigen::MatrixBase<A>&) -> Quadratic<typename A::Scalar>;

static_assert(TwiceDifferentiableObjective<Quadratic<>> && BoundsItsGradient<Quadratic<float>>);

}  // namespace proxcvx
