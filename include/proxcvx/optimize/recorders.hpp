// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <limits>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/optimize/observer.hpp>
#include <utility>
#include <vector>

// Observers that write down what a run does, to be handed to `minimize` by name.

namespace proxcvx {

/// Records g(w_t) for t = 0, ..., T - 1: what guarantees bound, as its best value and as its running mean.
template <class G> class ProxyRecorder {
 public:
  explicit ProxyRecorder(G g) : g_{std::move(g)} {}

  template <class Scalar> void operator()(const Iterate<Scalar>& iterate) {
    values_.push_back(static_cast<double>(proxy_value<Scalar>(g_, iterate.w)));
  }

  /// g(w_0), ..., g(w_{T-1}).
  [[nodiscard]] const std::vector<double>& values() const { return values_; }
  /// min_{t<T} g(w_t); infinity before the first iterate.
  [[nodiscard]] double best() const {
    double least = std::numeric_limits<double>::infinity();
    for (const double value : values_) least = std::min(least, value);
    return least;
  }
  /// (1/T) sum_{t<T} g(w_t); NaN before the first iterate.
  [[nodiscard]] double mean() const {
    double sum = 0;
    for (const double value : values_) sum += value;
    return values_.empty() ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(values_.size());
  }

 private:
  G g_;
  std::vector<double> values_;
};

/// Records the value that the optimizer itself saw: f(w_t) for GD, the batch's for SGD.
class ValueRecorder {
 public:
  template <class Scalar> void operator()(const Iterate<Scalar>& iterate) {
    values_.push_back(static_cast<double>(iterate.value));
  }
  [[nodiscard]] const std::vector<double>& values() const { return values_; }

 private:
  std::vector<double> values_;
};

/// Keeps every `every`-th iterate.
template <class Scalar> class TrajectoryRecorder {
 public:
  /// Throws std::invalid_argument unless every >= 1.
  explicit TrajectoryRecorder(Index every = 1) : every_{every} { require(every >= 1, "every", "a number >= 1", every); }

  void operator()(const Iterate<Scalar>& iterate) {
    if (iterate.t % every_ == 0) kept_.push_back(iterate.w);
  }
  /// The kept iterates, a column each.
  [[nodiscard]] Matrix<Scalar> points() const {
    Matrix<Scalar> columns(kept_.empty() ? 0 : kept_.front().size(), static_cast<Index>(kept_.size()));
    for (std::size_t i = 0; i < kept_.size(); ++i) columns.col(static_cast<Index>(i)) = kept_[i];
    return columns;
  }

 private:
  Index every_;
  std::vector<Vector<Scalar>> kept_;
};

}  // namespace proxcvx
