// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/objectives/losses.hpp>
#include <proxcvx/objectives/softmax_lanes.hpp>

// The loss of K-class classification. With M = max_k o_k and targets that sum to one,
//     l(o; t) = log sum_k exp(o_k) - sum_k t_k o_k = log sum_k exp(o_k - M) + sum_k t_k (M - o_k),
//     dl/do_k = p_k - t_k = p_k (1 - t_k) - t_k sum_{j != k} p_j,  p = softmax(o):
// sums of positive terms, so that a confident right answer keeps its relative accuracy.

namespace proxcvx {

/// l(o; t) = -sum_k t_k log softmax(o)_k; t is a column of probabilities, such as a one-hot label.
struct SoftmaxCrossEntropy {
  static constexpr bool convex = true;
  /// Largest eigenvalue of d2l/do2 (diag p - p p^T).
  static constexpr double smoothness = 0.5;

  template <class Outputs, class Targets>
  [[nodiscard]] typename Outputs::Scalar total(const Outputs& outputs, const Targets& targets) const {
    using S = typename Outputs::Scalar;
    S sum(0);
    if constexpr (lanes_serve<Outputs, Targets>) {
      if (outputs.cols() >= fewest) {
        in_lanes<false>(outputs, targets, [&](S value, S /*magnitude*/) { sum += value; });
        return sum;
      }
    }
    for (Index i = 0; i < outputs.cols(); ++i) sum += column_value(outputs, targets, i);
    return sum;
  }

  template <class Outputs, class Targets>
  typename std::remove_reference_t<Outputs>::Scalar differentiate(Outputs&& outputs, const Targets& targets) const {
    using S = typename std::remove_reference_t<Outputs>::Scalar;
    S sum(0);
    if constexpr (lanes_serve<std::remove_reference_t<Outputs>, Targets>) {
      if (outputs.cols() >= fewest) {
        in_lanes<true>(outputs, targets, [&](S value, S /*magnitude*/) { sum += value; });
        return sum;
      }
    }
    for (Index i = 0; i < outputs.cols(); ++i) {
      sum += column_value(outputs, targets, i);
      probabilities(outputs, i);
      signals(outputs, targets, i);
    }
    return sum;
  }

  template <class Outputs, class Tangents, class Targets>
  void curvature(Outputs&& outputs, Tangents&& tangents, const Targets& targets) const {
    for (Index i = 0; i < outputs.cols(); ++i) {
      probabilities(outputs, i);
      const auto mean = outputs.col(i).dot(tangents.col(i));
      tangents.col(i).array() = outputs.col(i).array() * (tangents.col(i).array() - mean);
      signals(outputs, targets, i);
    }
  }

  /// |dl| <= sqrt(2) delta and ||d signal|| <= delta/2, plus K + 16 ulps for the evaluation itself. The norm of a
  /// signal is at most sqrt(2), and at most 4l: 1 - t.p <= l, and ||p - t||_1 <= 4 (1 - t.p) where t and p have their
  /// largest entry, of at least 1/2, in the same place; everywhere else 1 - t.p >= 1/2.
  template <class Outputs, class Targets>
  [[nodiscard]] LossRounding<typename Outputs::Scalar> rounding(const Outputs& outputs, const Targets& targets,
                                                                typename Outputs::Scalar delta) const {
    using S = typename Outputs::Scalar;
    LossRounding<S> errors;
    if constexpr (lanes_serve<Outputs, Targets>) {
      if (outputs.cols() >= fewest) {
        in_lanes<false>(outputs, targets,
                        [&](S value, S magnitude) { add_errors(outputs.rows(), delta, value, magnitude, errors); });
        return errors;
      }
    }
    for (Index i = 0; i < outputs.cols(); ++i) {
      add_errors(outputs.rows(), delta, column_value(outputs, targets, i), S(outputs.col(i).cwiseAbs().maxCoeff()),
                 errors);
    }
    return errors;
  }

  /// Throws std::invalid_argument unless every target column is non-negative and sums to one.
  template <class Targets> void require_targets(const Targets& targets) const {
    require(targets.rows() >= 2, "targets", "at least two classes (one-hot columns) for the softmax loss",
            targets.rows());
    for (Index i = 0; i < targets.cols(); ++i) {
      const auto sum = static_cast<double>(targets.col(i).sum());
      const auto least = static_cast<double>(targets.col(i).minCoeff());
      if (least >= 0 && std::abs(sum - 1) <= 1e-6) continue;
      require(false, "targets", "columns of probabilities that sum to 1 for the softmax loss",
              "sum " + std::to_string(sum) + " at sample " + std::to_string(i));
    }
  }
  [[nodiscard]] std::string name() const { return "softmax-cross-entropy"; }

 private:
  /// Samples from which on registers of them are faster.
  static constexpr Index fewest = 4;
  template <class Outputs, class Targets>
  static constexpr bool lanes_serve = detail::prefers_vector_functions&& detail::has_lanes<typename Outputs::Scalar>&&
      detail::has_direct_access<Outputs>&& detail::has_direct_access<Targets>;

  /// Calls take(l, max |o_k|) for each sample in order; with `keeps`, outputs become dl/do.
  template <bool keeps, class Outputs, class Targets, class Take>
  static void in_lanes(Outputs& outputs, const Targets& targets, const Take& take) {
    using S = typename Outputs::Scalar;
    S* signals = nullptr;
    if constexpr (keeps) signals = outputs.data();
    detail::softmax_in_lanes<keeps, S>({outputs.data(), outputs.rows(), outputs.cols(), outputs.outerStride()},
                                       {targets.data(), targets.rows(), targets.cols(), targets.outerStride()}, signals,
                                       [&](const auto& values, const auto& magnitudes, Index count) {
                                         for (Index l = 0; l < count; ++l) take(S(values[l]), S(magnitudes[l]));
                                       });
  }

  /// Adds what rounding(outputs, targets, delta) has for one sample of K classes.
  template <class S>
  static void add_errors(Index classes, const S& delta, const S& value, const S& magnitude, LossRounding<S>& errors) {
    using std::abs;
    const S relative = static_cast<S>(classes + 16) * unit_roundoff<S>();
    errors.value_error += S(1.5) * delta + relative * (S(abs(value)) + S(1));
    // |x| e^{-x} <= 1/e bounds what the rounding of o_k - M does to p_k.
    errors.signal_error += S(0.5) * delta + S(3) * relative;
    errors.signal_norm += std::min(S(1.5), S(4) * value + relative * (S(1) + magnitude));
  }

  template <class Outputs, class Targets>
  [[nodiscard]] static typename std::remove_reference_t<Outputs>::Scalar column_value(const Outputs& outputs,
                                                                                      const Targets& targets, Index i) {
    using S = typename std::remove_reference_t<Outputs>::Scalar;
    using std::exp;
    using std::log1p;
    Index top = 0;
    const S largest = outputs.col(i).maxCoeff(&top);
    S others(0);
    S behind(0);
    for (Index k = 0; k < outputs.rows(); ++k) {
      const S gap = largest - outputs(k, i);
      if (k != top) others += S(exp(S(-gap)));
      if (S(targets(k, i)) != S(0)) behind += S(targets(k, i)) * gap;
    }
    return S(log1p(others)) + behind;
  }

  /// Column i of the outputs becomes softmax of itself.
  template <class Outputs> static void probabilities(Outputs& outputs, Index i) {
    using S = typename Outputs::Scalar;
    using std::exp;
    const S largest = outputs.col(i).maxCoeff();
    S sum(0);
    for (Index k = 0; k < outputs.rows(); ++k) {
      outputs(k, i) = exp(S(outputs(k, i) - largest));
      sum += outputs(k, i);
    }
    outputs.col(i) /= sum;
  }

  /// Column i, holding p, becomes p - t without cancellation.
  template <class Outputs, class Targets> static void signals(Outputs& outputs, const Targets& targets, Index i) {
    using S = typename Outputs::Scalar;
    S total(0);
    S labelled(0);
    Index label = -1;
    Index labels = 0;
    for (Index k = 0; k < outputs.rows(); ++k) {
      total += outputs(k, i);
      if (S(targets(k, i)) == S(0)) continue;
      label = k;
      ++labels;
      labelled = outputs(k, i);
    }
    if (labels == 1) {  // one-hot: the label's signal is minus the sum of the others
      S others(0);
      for (Index k = 0; k < outputs.rows(); ++k) {
        if (k != label) others += outputs(k, i);
      }
      outputs(label, i) = labelled * (S(1) - S(targets(label, i))) - S(targets(label, i)) * others;
    } else {
      for (Index k = 0; k < outputs.rows(); ++k) {
        const S p = outputs(k, i);
        const S t = targets(k, i);
        outputs(k, i) = p * (S(1) - t) - t * (total - p);
      }
    }
  }
};

static_assert(ConvexLoss<SoftmaxCrossEntropy> && !MarginLoss<SoftmaxCrossEntropy>);

}  // namespace proxcvx
