// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
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

// Matrix factorisation, or a two-layer linear network: f(U, V) = (1/2)||U V^T - M||^2 with U p x k, V q x k.
//     grad_U = E V,  grad_V = E^T U,  E = U V^T - M;      ||grad f||^2 >= 2 (lambda_min(UU^T) + lambda_min(VV^T)) f.

namespace proxcvx {

/// f(U, V) = (1/2)||U V^T - M||^2. Parameters: U column by column, then V column by column. O(pqk) a call. Copies
/// share M.
template <class Scalar_ = double> class MatrixFactorization {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless M is finite and not empty and rank >= 1.
  MatrixFactorization(Matrix<Scalar> target, Index rank) : rank_{rank} {
    require(target.size() >= 1, "target", "at least one entry", target.size());
    require(rank >= 1, "rank", "a number >= 1", rank);
    for (Index j = 0; j < target.cols(); ++j) {
      for (Index i = 0; i < target.rows(); ++i) {
        require(is_finite(target(i, j)), "target", "finite entries", "a non-finite one in row " + std::to_string(i));
      }
    }
    const Scalar norm = scaled_norm(target) * (Scalar(1) + gamma<Scalar>(target.size() + 8));
    shared_ = std::make_shared<const Shared>(Shared{std::move(target), norm});
  }

  [[nodiscard]] Index dimension() const { return (rows() + cols()) * rank_; }
  [[nodiscard]] const Matrix<Scalar>& target() const { return shared_->target; }
  /// k, the columns of U and V.
  [[nodiscard]] Index rank() const { return rank_; }
  [[nodiscard]] std::string name() const { return "matrix factorisation"; }
  /// The p x k matrix U of a parameter vector.
  [[nodiscard]] auto left(ConstVectorRef<Scalar> w) const {
    return Eigen::Map<const Matrix<Scalar>>(w.data(), rows(), rank_);
  }
  /// The q x k matrix V of a parameter vector.
  [[nodiscard]] auto right(ConstVectorRef<Scalar> w) const {
    return Eigen::Map<const Matrix<Scalar>>(w.data() + rows() * rank_, cols(), rank_);
  }

  /// A lower bound on inf f = (1/2) sum_{i > k} s_i(M)^2 (Eckart & Young 1936). O(min(p, q)^3).
  [[nodiscard]] double minimum() const {
    const Index columns = std::min(rows(), cols());
    if (rank_ >= columns) return 0;
    const detail::Eigenvalues squares = detail::eigenvalues_of_gram(target());  // s_i(M)^2, ascending
    long double sum = 0;
    for (Index i = 0; i < columns - rank_; ++i) sum += std::max(0.0L, squares.values[i] - squares.slack);
    return detail::rounded_down(sum / 2 * (1 - gamma<long double>(columns + 8)));
  }

  /// A lower bound on m(w) = lambda_min(UU^T) + lambda_min(VV^T): (1/2)||grad f(w)||^2 >= m(w) f(w). PL holds on any
  /// region where it stays away from 0; it is 0 when k < min(p, q). O(p^3 + q^3).
  [[nodiscard]] double pl_modulus_at(ConstVectorRef<Scalar> w) const {
    const double sum = smallest_eigenvalue(left(w)) + smallest_eigenvalue(right(w));
    return sum > 0 ? std::nextafter(sum, 0.0) : 0;  // the sum of lower bounds may have been rounded up
  }

  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const {
    ScratchFrame<Scalar> frame;
    auto residual = frame.matrix(rows(), cols());
    return residual_of(w, residual);
  }

  /// f(w), and its gradient into `out`.
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    ScratchFrame<Scalar> frame;
    auto residual = frame.matrix(rows(), cols());
    const Scalar value = residual_of(w, residual);
    left_of(out).noalias() = product(residual, right(w));
    right_of(out).noalias() = product(residual.transpose(), left(w));
    return value;
  }

  void hessian_vector(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> direction, VectorRef<Scalar> out) const {
    ScratchFrame<Scalar> frame;
    auto residual = frame.matrix(rows(), cols());
    auto change = frame.matrix(rows(), cols());
    residual_of(w, residual);
    change.noalias() = product(left(direction), right(w).transpose());
    change.noalias() += product(left(w), right(direction).transpose());
    left_of(out).noalias() = product(change, right(w));
    left_of(out).noalias() += product(residual, right(direction));
    right_of(out).noalias() = product(change.transpose(), left(w));
    right_of(out).noalias() += product(residual.transpose(), left(direction));
  }

  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const {
    ScratchFrame<Scalar> frame;
    auto residual = frame.matrix(rows(), cols());
    const Scalar value = residual_of(w, residual);
    return {value, value_error(value, Sizes(*this, w, residual))};
  }

  /// ||dE|| <= gamma_{k+1}(||U|| ||V|| + ||M||), and the errors of both products with it.
  BoundedGradient<Scalar> bounded_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    ScratchFrame<Scalar> frame;
    auto residual = frame.matrix(rows(), cols());
    const Scalar value = residual_of(w, residual);
    left_of(out).noalias() = product(residual, right(w));
    right_of(out).noalias() = product(residual.transpose(), left(w));
    const Sizes sizes(*this, w, residual);
    const Index longest = std::max(rows(), cols());
    const Scalar products = sizes.residual_error + gamma<Scalar>(longest + 1) * (sizes.residual + sizes.residual_error);
    const Scalar underflow = static_cast<Scalar>(dimension() * longest) * std::numeric_limits<Scalar>::denorm_min();
    return {value, value_error(value, sizes), ((sizes.left + sizes.right) * products + underflow) * pad()};
  }

  /// The same function in another scalar.
  template <class Other> [[nodiscard]] MatrixFactorization<Other> cast() const {
    return MatrixFactorization<Other>(target().template cast<Other>(), rank_);
  }

 private:
  struct Shared {
    Matrix<Scalar> target;
    Scalar norm;  ///< ||M||, rounded up
  };

  /// Norms of what the bounds are made of.
  struct Sizes {
    template <class Residual>
    Sizes(const MatrixFactorization& f, ConstVectorRef<Scalar> w, const Residual& computed)
        : left{scaled_norm(f.left(w))}, right{scaled_norm(f.right(w))}, residual{scaled_norm(computed)} {
      residual_error = (gamma<Scalar>(f.rank_ + 1) * (left * right + f.shared_->norm) +
                        static_cast<Scalar>(f.dimension()) * static_cast<Scalar>(computed.size()) *
                            std::numeric_limits<Scalar>::denorm_min()) *
                       f.pad();
    }
    Scalar left;
    Scalar right;
    Scalar residual;
    Scalar residual_error;
  };

  [[nodiscard]] Index rows() const { return shared_->target.rows(); }
  [[nodiscard]] Index cols() const { return shared_->target.cols(); }
  [[nodiscard]] Scalar pad() const { return Scalar(1) + gamma<Scalar>(8 * (dimension() + target().size()) + 64); }
  [[nodiscard]] auto left_of(VectorRef<Scalar>& out) const {
    return Eigen::Map<Matrix<Scalar>>(out.data(), rows(), rank_);
  }
  [[nodiscard]] auto right_of(VectorRef<Scalar>& out) const {
    return Eigen::Map<Matrix<Scalar>>(out.data() + rows() * rank_, cols(), rank_);
  }
  template <class Residual> Scalar residual_of(ConstVectorRef<Scalar> w, Residual& residual) const {
    residual.noalias() = product(left(w), right(w).transpose());
    residual -= target();
    return Scalar(0.5) * residual.squaredNorm();
  }
  [[nodiscard]] Scalar value_error(const Scalar& value, const Sizes& sizes) const {
    return ((sizes.residual + sizes.residual_error) * sizes.residual_error +
            gamma<Scalar>(target().size() + 2) * value +
            static_cast<Scalar>(target().size() + 1) * std::numeric_limits<Scalar>::denorm_min()) *
           pad();
  }
  template <class Factor> [[nodiscard]] static double smallest_eigenvalue(const Factor& factor) {
    if (factor.cols() < factor.rows()) return 0;
    const detail::Eigenvalues squares = detail::eigenvalues_of_gram(factor);
    return std::max(0.0, detail::rounded_down(squares.values[0] - squares.slack));
  }

  std::shared_ptr<const Shared> shared_;
  Index rank_;
};

template <class M> MatrixFactorization(const Eigen::MatrixBase<M>&, Index) -> MatrixFactorization<typename M::Scalar>;

static_assert(TwiceDifferentiableObjective<MatrixFactorization<>> && BoundsItsGradient<MatrixFactorization<float>>);

}  // namespace proxcvx
