// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <memory>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/types.hpp>
#include <span>
#include <string>
#include <utility>

// A data set: inputs d x n and targets k x n, a sample per column. Immutable and shared: copying costs a pointer.

namespace proxcvx {

namespace detail {

[[noreturn]] inline void refuse_entry(const char* argument, Index row, Index column) {
  refuse(argument, "finite entries",
         "a non-finite one at row " + std::to_string(row) + ", column " + std::to_string(column));
}

}  // namespace detail

/// Samples (x_i, y_i): `inputs` d x n, `targets` k x n. Targets are -1/+1 (binary), numbers (regression), or columns
/// of class probabilities such as one-hot columns (softmax).
/// Invariant: at least one sample, as many targets as inputs, all entries finite.
template <class Scalar_ = double> class Dataset {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument naming the first entry that breaks the invariant. O((d + k) n).
  Dataset(Matrix<Scalar> inputs, Matrix<Scalar> targets) {
    require(inputs.cols() >= 1 && inputs.rows() >= 1, "inputs", "at least one row and one column",
            std::to_string(inputs.rows()) + " x " + std::to_string(inputs.cols()));
    require(targets.rows() >= 1, "targets", "at least one row", targets.rows());
    require(targets.cols() == inputs.cols(), "targets", "a column per input column, " + std::to_string(inputs.cols()),
            targets.cols());
    require_finite(inputs, "inputs");
    require_finite(targets, "targets");
    Scalar largest(0);
    for (Index i = 0; i < inputs.cols(); ++i) {
      const Scalar norm = scaled_norm(inputs.col(i));
      if (norm > largest) largest = norm;
    }
    largest *= Scalar(1) + gamma<Scalar>(inputs.rows() + 6);
    shared_ = std::make_shared<const Shared>(Shared{std::move(inputs), std::move(targets), largest});
  }

  [[nodiscard]] const Matrix<Scalar>& inputs() const { return shared_->inputs; }
  [[nodiscard]] const Matrix<Scalar>& targets() const { return shared_->targets; }
  /// n, the number of samples.
  [[nodiscard]] Index size() const { return shared_->inputs.cols(); }
  /// d, the dimension of an input.
  [[nodiscard]] Index dimension() const { return shared_->inputs.rows(); }
  /// k, the dimension of a target.
  [[nodiscard]] Index outputs() const { return shared_->targets.rows(); }
  /// R = max ||x_i||, rounded up.
  [[nodiscard]] Scalar radius() const { return shared_->radius; }

  /// The samples with these indices, in this order. Throws std::invalid_argument on an index out of range or none.
  [[nodiscard]] Dataset subset(std::span<const Index> indices) const {
    require(!indices.empty(), "indices", "at least one index", 0);
    const auto count = static_cast<Index>(indices.size());
    Matrix<Scalar> inputs(dimension(), count);
    Matrix<Scalar> targets(outputs(), count);
    for (Index i = 0; i < count; ++i) {
      const Index from = indices[static_cast<std::size_t>(i)];
      require(from >= 0 && from < size(), "indices", "numbers in [0, " + std::to_string(size()) + ")", from);
      inputs.col(i) = this->inputs().col(from);
      targets.col(i) = this->targets().col(from);
    }
    return Dataset(std::move(inputs), std::move(targets));
  }

  /// The same data in another scalar.
  template <class Other> [[nodiscard]] Dataset<Other> cast() const {
    return Dataset<Other>(inputs().template cast<Other>(), targets().template cast<Other>());
  }

  /// Whether two data sets share the same storage.
  [[nodiscard]] bool shares_storage_with(const Dataset& other) const { return shared_ == other.shared_; }

 private:
  struct Shared {
    Matrix<Scalar> inputs;
    Matrix<Scalar> targets;
    Scalar radius;
  };

  static void require_finite(const Matrix<Scalar>& values, const char* argument) {
    for (Index column = 0; column < values.cols(); ++column) {
      for (Index row = 0; row < values.rows(); ++row) {
        if (!is_finite(values(row, column))) detail::refuse_entry(argument, row, column);
      }
    }
  }

  std::shared_ptr<const Shared> shared_;
};

}  // namespace proxcvx
