// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/rounding.hpp>
#include <string>
#include <utility>

// The fraction of samples that a network gets wrong: the proxy that one would like to minimise in the first place.

namespace proxcvx {

/// Fraction of samples with y N(w; x) <= 0 (one output, labels -1/+1), or whose largest output is not the label's
/// (several outputs, one-hot labels; a tie is an error). Cost: a forward pass.
template <class Risk> class ClassificationError {
 public:
  using Scalar = typename Risk::Scalar;

  explicit ClassificationError(Risk risk) : risk_{std::move(risk)} {}

  [[nodiscard]] Index dimension() const { return risk_.dimension(); }
  [[nodiscard]] std::string name() const { return "classification error"; }
  [[nodiscard]] double supremum() const { return 1; }

  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const { return bounded_value(w).value; }

  /// The error counts samples within the network's rounding error of a tie, either way.
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const {
    Scalar delta(0);
    if constexpr (requires { risk_.network().rounding(w, Scalar(1)); }) {
      delta = Scalar(2) * risk_.network().rounding(w, risk_.data().radius()).output_error;
    }
    Index wrong = 0;
    Index close = 0;
    risk_.visit_outputs(w, [&](const auto& outputs, const auto& targets, Index) {
      for (Index i = 0; i < outputs.cols(); ++i) {
        const Scalar lead = lead_of_label(outputs, targets, i);
        using std::abs;
        if (!(lead > Scalar(0))) ++wrong;
        if (Scalar(abs(lead)) <= delta) ++close;
      }
    });
    const auto n = static_cast<Scalar>(risk_.terms());
    return {static_cast<Scalar>(wrong) / n, static_cast<Scalar>(close) / n + unit_roundoff<Scalar>()};
  }

  template <class Other>
  requires requires(const Risk& risk) { risk.template cast<Other>(); }
  [[nodiscard]] auto cast() const { return proxcvx::ClassificationError(risk_.template cast<Other>()); }

 private:
  /// How far the label is ahead: y N, or the label's output minus the largest other one.
  template <class Outputs, class Targets>
  [[nodiscard]] static Scalar lead_of_label(const Outputs& outputs, const Targets& targets, Index i) {
    if (outputs.rows() == 1) return outputs(0, i) * targets(0, i);
    Index label = 0;
    targets.col(i).maxCoeff(&label);
    Scalar other = -std::numeric_limits<Scalar>::infinity();
    for (Index k = 0; k < outputs.rows(); ++k) {
      if (k != label && outputs(k, i) > other) other = outputs(k, i);
    }
    return outputs(label, i) - other;
  }

  Risk risk_;
};

}  // namespace proxcvx
