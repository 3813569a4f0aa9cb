// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cmath>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/diffusion/gradient_noise.hpp>
#include <proxcvx/diffusion/ornstein_uhlenbeck.hpp>
#include <string>
#include <utility>
#include <vector>

// Exact moments where every term has a linear gradient g_i(w) = A_i w + b_i (least squares): the noise then grows with
// w, and the first two moments of SGD and of its equations still obey linear recursions and linear differential
// equations of their own, with m = E w, M = E w w^T, bars for means over i:
//   E g g^T = c (mean_i E g_i g_i^T - E gbar gbar^T) + E gbar gbar^T,  c of GradientNoise
//   SGD        m+ = m - eta E gbar,  M+ = M - eta E(gbar w^T + w gbar^T) + eta^2 E g g^T
//   order k    m' = E b,  M' = E(b w^T + w b^T) + eta Sigma,  b = -(I + (eta/2) Abar) gbar at order 2, -gbar below

namespace proxcvx {

/// The moments of SGD over a finite sum with linear gradients, and of its equations of orders 0, 1 and 2, to rounding.
/// A step of SGD costs O(n p^3), a unit of time of an equation O(n p^3) times 40 max(1, ||Abar||).
template <class Scalar_ = double> class LinearMoments {
 public:
  using Scalar = Scalar_;

  /// Reads A_i and b_i off f at 0 and at the unit vectors. Throws std::invalid_argument unless f's gradients are linear
  /// there (at a point of the diagonal they are looked at once more), step > 0 is finite, and the batch fits.
  template <class F>
  LinearMoments(const F& f, Scalar step, BatchSettings batch = {})
      : step_{step}, factor_{static_cast<Scalar>(GradientNoise<F>(f, batch).factor())} {
    require(step > 0 && std::isfinite(static_cast<double>(step)), "step", "a finite number > 0", step);
    const Index p = f.dimension();
    slope_ = Matrix<Scalar>::Zero(p, p);
    shift_ = Vector<Scalar>::Zero(p);
    for (Index i = 0; i < f.terms(); ++i) {
      const std::array<Index, 1> one{i};
      Vector<Scalar> b(p);
      f.gradient(Vector<Scalar>::Zero(p), one, b);
      Matrix<Scalar> a(p, p);
      for (Index j = 0; j < p; ++j) {
        f.gradient(Vector<Scalar>::Unit(p, j), one, a.col(j));
        a.col(j) -= b;
      }
      Vector<Scalar> there(p);
      f.gradient(Vector<Scalar>::Constant(p, Scalar(-2)), one, there);
      const Vector<Scalar> expected = b - Scalar(2) * a.rowwise().sum();
      const Scalar size = a.cwiseAbs().sum() + b.cwiseAbs().sum();
      require((there - expected).cwiseAbs().maxCoeff() <= Scalar(256) * Eigen::NumTraits<Scalar>::epsilon() * size,
              "f: expected linear gradients of its terms");
      slope_ += a;
      shift_ += b;
      slopes_.push_back(std::move(a));
      shifts_.push_back(std::move(b));
    }
    slope_ /= static_cast<Scalar>(f.terms());
    shift_ /= static_cast<Scalar>(f.terms());
  }

  [[nodiscard]] Index dimension() const { return shift_.size(); }

  /// The moments of a point.
  [[nodiscard]] static Moments<Scalar> at(ConstVectorRef<Scalar> w) { return {w, w * w.transpose()}; }

  /// One step of SGD.
  [[nodiscard]] Moments<Scalar> sgd_step(const Moments<Scalar>& x) const {
    const Matrix<Scalar> cross = slope_ * x.second + shift_ * x.mean.transpose();  // E gbar w^T
    return {x.mean - step_ * (slope_ * x.mean + shift_),
            x.second - step_ * (cross + cross.transpose()) + step_ * step_ * (noise(x) + outer(slope_, shift_, x))};
  }
  /// n steps of SGD from w.
  [[nodiscard]] Moments<Scalar> sgd(ConstVectorRef<Scalar> w, Index n) const {
    Moments<Scalar> x = at(w);
    for (Index k = 0; k < n; ++k) x = sgd_step(x);
    return x;
  }

  /// The equation of order 0, 1 or 2 over the time t, from moments x: the exponential of its linear equation by Taylor
  /// series over short stretches. Throws std::invalid_argument on another order or t < 0.
  [[nodiscard]] Moments<Scalar> equation(int order, Moments<Scalar> x, Scalar t) const {
    require(order >= 0 && order <= 2, "order", "0, 1 or 2", order);
    require(t >= 0, "t", "a number >= 0", t);
    Scalar rate = Scalar(2) * slope_.norm() * (1 + step_ * slope_.norm());
    for (const auto& a : slopes_) rate += step_ * factor_ * a.squaredNorm() / static_cast<Scalar>(slopes_.size());
    const auto stretches = static_cast<Index>(std::ceil(static_cast<double>(2 * rate * t))) + 1;
    const Scalar h = t / static_cast<Scalar>(stretches);
    for (Index s = 0; s < stretches; ++s) {
      Moments<Scalar> term = x;
      Scalar constant(1);  // what multiplies b_i: 1 in the first derivative of a moment, 0 in the others
      for (Index k = 1; k <= 20; ++k) {
        term = derivative(order, term, constant);
        term.mean *= h / static_cast<Scalar>(k);
        term.second *= h / static_cast<Scalar>(k);
        x.mean += term.mean;
        x.second += term.second;
        constant = 0;
      }
    }
    return x;
  }
  [[nodiscard]] Moments<Scalar> equation(int order, ConstVectorRef<Scalar> w, Scalar t) const {
    return equation(order, at(w), t);
  }

 private:
  /// E (A w + b)(A w + b)^T, with b b^T times `constant`.
  [[nodiscard]] static Matrix<Scalar> outer(const Matrix<Scalar>& a, const Vector<Scalar>& b, const Moments<Scalar>& x,
                                            Scalar constant = Scalar(1)) {
    const Matrix<Scalar> cross = a * x.mean * b.transpose();
    return a * x.second * a.transpose() + cross + cross.transpose() + constant * b * b.transpose();
  }
  /// E Sigma(w).
  [[nodiscard]] Matrix<Scalar> noise(const Moments<Scalar>& x, Scalar constant = Scalar(1)) const {
    Matrix<Scalar> sum = Matrix<Scalar>::Zero(dimension(), dimension());
    for (std::size_t i = 0; i < slopes_.size(); ++i) sum += outer(slopes_[i], shifts_[i], x, constant);
    return factor_ * (sum / static_cast<Scalar>(slopes_.size()) - outer(slope_, shift_, x, constant));
  }
  /// The linear map behind (m, M)', affine in `constant`.
  [[nodiscard]] Moments<Scalar> derivative(int order, const Moments<Scalar>& x, Scalar constant) const {
    Matrix<Scalar> a = -slope_;
    Vector<Scalar> b = -shift_;
    if (order == 2) {
      a -= step_ / 2 * slope_ * slope_;
      b -= step_ / 2 * slope_ * shift_;
    }
    const Matrix<Scalar> cross = a * x.second + b * x.mean.transpose();
    Moments<Scalar> out{a * x.mean + constant * b, cross + cross.transpose()};
    if (order > 0) out.second += step_ * noise(x, constant);
    return out;
  }

  Scalar step_;
  Scalar factor_;
  Matrix<Scalar> slope_;  ///< Abar
  Vector<Scalar> shift_;  ///< bbar
  std::vector<Matrix<Scalar>> slopes_;
  std::vector<Vector<Scalar>> shifts_;
};

template <class F> LinearMoments(const F&, double) -> LinearMoments<typename F::Scalar>;
template <class F> LinearMoments(const F&, double, BatchSettings) -> LinearMoments<typename F::Scalar>;

}  // namespace proxcvx
