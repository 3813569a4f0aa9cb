// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/networks/rounding.hpp>
#include <proxcvx/objectives/losses.hpp>
#include <string>
#include <utility>

// The tangent of a network as a reference (Jacot, Gabriel & Hongler 2018; Ji & Telgarsky 2020): what the risk
// f(w) = E l(N(w; x), y) would be at v if the network went on from w in a straight line,
//     f_tan(v; w) = E l(N(w; x) + <grad N(w; x), v - w>, y).
// For a loss that is convex in the outputs, <grad f(w), w - v> >= f(w) - f_tan(v; w) for all w and v, whatever the
// network: l(N + t) >= l(N) + <l'(N), t>, and E <l'(N), grad N (v - w)> = <grad f(w), v - w>.

namespace proxcvx {

/// h(v; w) = f_tan(v; w), a reference for ProxyConvexity{f, f, TangentRisk{f}} on the EmpiricalRisk f of any network
/// with a ConvexLoss. Cost: a forward pass and a push-forward.
template <class Risk> class TangentRisk {
  using Loss_ = std::remove_cvref_t<decltype(std::declval<const Risk&>().loss())>;
  static_assert(ConvexLoss<Loss_>,
                "proxcvx::TangentRisk: the risk's loss must be a ConvexLoss, which declares `static constexpr bool "
                "convex = true`");

 public:
  using Scalar = typename Risk::Scalar;

  /// O(1): the data are shared.
  explicit TangentRisk(Risk risk) : risk_{std::move(risk)} {}

  [[nodiscard]] Index dimension() const { return risk_.dimension(); }
  [[nodiscard]] const Risk& risk() const { return risk_; }
  [[nodiscard]] std::string name() const { return "f_tan(v; w)"; }

  /// f_tan(v; w).
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> v, ConstVectorRef<Scalar> w) const {
    Scalar sum(0);
    visit_tangent(v, w, nullptr,
                  [&](const auto& outputs, const auto& targets) { sum += risk_.loss().total(outputs, targets); });
    return sum / static_cast<Scalar>(risk_.terms());
  }

  /// f_tan(v; w) with its rounding bound: outputs are off by what N(w; x) is off by, and by ||v - w|| times what a
  /// push-forward is off by; near a kink the slope may be either.
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> v, ConstVectorRef<Scalar> w) const requires
      requires(const Risk& risk) {
    risk.network().rounding(w, Scalar(1));
  }
  {
    using std::abs;
    const Scalar u = unit_roundoff<Scalar>();
    const NetworkRounding<Scalar> bounds = risk_.network().rounding(w, risk_.data().radius());
    const Scalar distance = scaled_norm(v - w) * (Scalar(1) + gamma<Scalar>(w.size() + 8));
    // Underflow on the way is scaled by what it then meets, as that of signals is.
    const Scalar reach = Scalar(1) + risk_.data().radius() + bounds.jacobian_norm + bounds.underflow_reach;
    const Scalar off = bounds.output_error + push_forward_error(bounds, w.size()) * distance +
                       Scalar(4) * static_cast<Scalar>(w.size()) * reach * std::numeric_limits<Scalar>::denorm_min();
    Scalar sum(0);
    LossRounding<Scalar> errors;
    Scalar nearest_kink = tells_kinks ? std::numeric_limits<Scalar>::infinity() : Scalar(0);
    visit_tangent(v, w, &nearest_kink, [&](const auto& outputs, const auto& targets) {
      const Scalar jump = nearest_kink <= bounds.kink_threshold ? bounds.kink_jump : Scalar(0);
      const Scalar delta = off + jump * distance + Scalar(2) * u * outputs.colwise().norm().maxCoeff();
      sum += detail::total_with_errors(risk_.loss(), outputs, targets, delta, errors);
    });
    const auto n = static_cast<Scalar>(risk_.terms());
    return {sum / n, (errors.value_error + gamma<Scalar>(risk_.terms() + 4) * Scalar(abs(sum))) / n *
                         (Scalar(1) + gamma<Scalar>(2 * risk_.terms() + 16))};
  }

  template <class Other>
  requires requires(const Risk& risk) { risk.template cast<Other>(); }
  [[nodiscard]] auto cast() const { return proxcvx::TangentRisk(risk_.template cast<Other>()); }

 private:
  /// Whether the network's push_forward says how near to its kink a unit is.
  static constexpr bool tells_kinks =
      requires(const Risk& risk, const Vector<Scalar>& w, MatrixRef<Scalar> tangents, Scalar* nearest_kink) {
    risk.network().push_forward(w, w, risk.data().inputs(), tangents, nearest_kink);
  };

  /// Calls visitor(outputs, targets) for each block of samples in order, outputs N(w; x) + J(w; x)(v - w).
  template <class Visitor>
  void visit_tangent(ConstVectorRef<Scalar> v, ConstVectorRef<Scalar> w, [[maybe_unused]] Scalar* nearest_kink,
                     const Visitor& visitor) const {
    ScratchFrame<Scalar> frame;
    auto direction = frame.vector(w.size());
    direction = v - w;
    risk_.visit_outputs(w, [&](auto& outputs, const auto& targets, Index first) {
      ScratchFrame<Scalar> block;
      auto tangents = block.matrix(outputs.rows(), outputs.cols());
      const auto inputs = risk_.data().inputs().middleCols(first, outputs.cols());
      if constexpr (tells_kinks) {
        risk_.network().push_forward(w, direction, inputs, tangents, nearest_kink);
      } else {
        risk_.network().push_forward(w, direction, inputs, tangents);
      }
      outputs += tangents;
      visitor(outputs, targets);
    });
  }

  Risk risk_;
};

}  // namespace proxcvx
