// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/losses.hpp>
#include <string>
#include <utility>

// How far a two-layer network N = sum_j a_j s(w_j.x), a fixed, |s''| <= H, is from its tangent, as a reference:
//     h(v; w) = f(v) + E |l'(N(w; x))| e(x),   e(x) = (H/2) sum_j |a_j| ((v_j - w_j).x)^2.
// <grad f(w), w - v> >= f(w) - h(v; w) for all w and v and a loss that is convex in the output: |N(v; x) - N(w; x) -
// <grad N(w; x), v - w>| <= e(x), and l is above its tangent at N(w; x). With a_j = +-1/sqrt(m) the term beyond f(v) is
// at most H R^2 ||v - w||^2/(2 sqrt(m)) for |l'| <= 1: the wider, the more convex (Ji & Telgarsky 2020).

namespace proxcvx {

/// f(v) + E|l'|e for ProxyConvexity{f, f, CurvedRisk{f}}, f the EmpiricalRisk of a two-layer network whose first layer
/// is trained, with a smooth activation and a ConvexLoss. Cost: two forward passes and as much again for e.
template <class Risk> class CurvedRisk {
  using Loss_ = std::remove_cvref_t<decltype(std::declval<const Risk&>().loss())>;
  static_assert(ConvexLoss<Loss_>,
                "proxcvx::CurvedRisk: the risk's loss must be a ConvexLoss, which declares `static constexpr bool "
                "convex = true`");

 public:
  using Scalar = typename Risk::Scalar;

  /// Throws std::invalid_argument unless the first layer alone is trained and sup|s''| is finite. O(1).
  explicit CurvedRisk(Risk risk) : risk_{std::move(risk)} {
    const auto& network = risk_.network();
    require(network.train() == Train::first, "risk", "a network whose first layer alone is trained (Train::first)",
            network.name());
    require(std::isfinite(network.activation().smoothness()), "activation", "a smooth one, with sup|s''| finite",
            network.activation().name());
  }

  [[nodiscard]] Index dimension() const { return risk_.dimension(); }
  [[nodiscard]] const Risk& risk() const { return risk_; }
  [[nodiscard]] std::string name() const { return "f(v) + E|l'|e"; }

  /// h(v; w).
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> v, ConstVectorRef<Scalar> w) const {
    Scalar sum(0);
    visit(v, w, [&](auto& outputs, const auto& targets, const auto& curvatures) {
      risk_.loss().differentiate(outputs, targets);
      sum += outputs.cwiseAbs().cwiseProduct(curvatures).sum();
    });
    return risk_.value(v) + sum / static_cast<Scalar>(risk_.terms());
  }

  /// With its rounding bound: e is off by gamma_k of its terms' magnitudes, which are at most
  /// e_0 = (H/2) R^2 sum_j |a_j| ||v_j - w_j||^2 together.
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> v, ConstVectorRef<Scalar> w) const {
    using std::abs;
    const auto& network = risk_.network();
    const Scalar delta = network.rounding(w, risk_.data().radius()).output_error;
    Scalar most(0);  // e_0
    for (Index j = 0; j < network.hidden(); ++j) {
      const Scalar reach = risk_.data().radius() * scaled_norm(network.weights(v).col(j) - network.weights(w).col(j));
      most += Scalar(abs(network.outer_weights()[j])) * reach * reach;
    }
    most *= half_smoothness() * (Scalar(1) + gamma<Scalar>(dimension() + 64));
    Scalar sum(0);
    LossRounding<Scalar> errors;
    visit(v, w, [&](auto& outputs, const auto& targets, const auto& curvatures) {
      detail::differentiate_with_errors(risk_.loss(), outputs, targets, delta, errors);
      sum += outputs.cwiseAbs().cwiseProduct(curvatures).sum();
    });
    const Index operations = 2 * network.inputs() + network.hidden() + 16;
    const Scalar underflow = static_cast<Scalar>(4 * dimension() + 16) * std::numeric_limits<Scalar>::denorm_min();
    const Scalar of_curvatures = gamma<Scalar>(operations) * most + underflow;
    const auto n = static_cast<Scalar>(risk_.terms());
    const Scalar carried = errors.signal_error * (most + of_curvatures) + errors.signal_norm * of_curvatures;
    const BoundedValue<Scalar> at_v = risk_.bounded_value(v);
    const Scalar value = at_v.value + sum / n;
    return {value, (at_v.error + (carried + gamma<Scalar>(risk_.terms() + 8) * sum) / n +
                    Scalar(2) * unit_roundoff<Scalar>() * Scalar(abs(value))) *
                       (Scalar(1) + gamma<Scalar>(2 * risk_.terms() + 32))};
  }

  template <class Other>
  requires requires(const Risk& risk) { risk.template cast<Other>(); }
  [[nodiscard]] auto cast() const { return proxcvx::CurvedRisk(risk_.template cast<Other>()); }

 private:
  [[nodiscard]] Scalar half_smoothness() const {
    return static_cast<Scalar>(risk_.network().activation().smoothness()) / Scalar(2);
  }

  /// Calls visitor(outputs, targets, curvatures) for each block of samples in order: N(w; x), to be overwritten at
  /// will, and e(x).
  template <class Visitor>
  void visit(ConstVectorRef<Scalar> v, ConstVectorRef<Scalar> w, const Visitor& visitor) const {
    const auto& network = risk_.network();
    ScratchFrame<Scalar> frame;
    auto direction = frame.vector(w.size());
    direction = v - w;
    auto sizes = frame.vector(network.hidden());
    sizes = network.outer_weights().cwiseAbs() * half_smoothness();
    risk_.visit_outputs(w, [&](auto& outputs, const auto& targets, Index first) {
      ScratchFrame<Scalar> block;
      auto moved = block.matrix(network.hidden(), outputs.cols());
      auto curvatures = block.matrix(1, outputs.cols());
      moved.noalias() =
          product(network.weights(direction).transpose(), risk_.data().inputs().middleCols(first, outputs.cols()));
      moved = moved.cwiseAbs2();
      curvatures.noalias() = product(sizes.transpose(), moved);
      visitor(outputs, targets, curvatures);
    });
  }

  Risk risk_;
};

}  // namespace proxcvx
