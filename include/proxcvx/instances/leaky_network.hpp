// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <proxcvx/guarantees/proxy_convexity.hpp>
#include <proxcvx/guarantees/proxy_pl.hpp>
#include <proxcvx/instances/halfspace_reference.hpp>
#include <proxcvx/instances/instance.hpp>
#include <proxcvx/instances/leaky_network_theorem.hpp>
#include <proxcvx/instances/plan.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/proxies/loss_derivative.hpp>
#include <proxcvx/proxies/worst_slope_risk.hpp>
#include <utility>

// Noisy halfspaces and leaky networks of any width (Frei, Cao & Gu 2021): N(x; W) = sum_j a_j s(w_j.x), a fixed,
// 0 < gamma <= s' <= 1, logistic loss. On any data, R = max ||x||, for all W and V:
//   ||grad F(W)|| >= gamma m_0 ||a|| (G(W) - xi),          G = E[-l'(yN)]: proxy PL, alpha = 1, mu = 2 gamma m_0 ||a||
//   <grad F(W), W - V> >= F(W) - h(V),                     proxy convexity with g = F
//   ||grad F||^2 <= C ||a||^2 lambda_max(E xx^T) F,        C = sup l'^2/l = 0.4073; SGD: R^2 in place of lambda_max
//   F is L-smooth, L = lambda_max(E xx^T)(||a||^2/4 + H max|a_j|), H = sup|s''| (smooth activations)

namespace proxcvx {

/// The theorem with the constants of a data set. v and m_0 are those of halfspace_reference. An activation that is not
/// homogeneous must be convex (c = s(0), see WorstSlopeRisk).
template <class Net> class LeakyNetwork : public InstanceDefaults<LeakyNetwork<Net>> {
 public:
  using Scalar = typename Net::Scalar;
  using Risk = EmpiricalRisk<Net, LogisticLoss>;

  /// Throws std::invalid_argument unless 0 < smallest slope, slopes <= 1, only the first layer is trained, and labels
  /// are -1/+1. O(n d^2 + d^3).
  LeakyNetwork(Net network, Dataset<Scalar> data) : LeakyNetwork(Risk(std::move(network), LogisticLoss{}, data)) {}

  /// The same for a risk at hand: same throws, same cost.
  explicit LeakyNetwork(Risk risk)
      : risk_{std::move(risk)}, reference_{halfspace_reference(risk_.data(), checked_slope(risk_.network()))} {
    const Vector<double> a = risk_.network().outer_weights().template cast<double>();
    outer_norm_ = scaled_norm(a);
    outer_largest_ = a.cwiseAbs().maxCoeff();
    second_moment_ = detail::largest_of_second_moment(risk_.data().inputs());
  }

  /// F(W) = E l(y N(x; W)).
  [[nodiscard]] const Risk& objective() const { return risk_; }
  /// v, m_0 and xi.
  [[nodiscard]] const HalfspaceReference& reference() const { return reference_; }
  /// gamma, the smallest slope.
  [[nodiscard]] double slope() const { return risk_.network().activation().smallest_slope(); }

  /// alpha = 1, mu = 2 gamma m_0 ||a|| rounded down, xi rounded up.
  [[nodiscard]] ProxyPLConstants constants() const {
    const double norms = outer_norm_ / scaled_norm(reference_.direction);
    const double mu = 2 * slope() * reference_.margin * norms *
                      (1 - 4 * gamma<double>(outer_size() + reference_.direction.size() + 16));
    return {.alpha = 1, .mu = mu, .xi = reference_.level};
  }
  /// The proxy PL inequality with these constants (which is the instance's property), or with a user's own.
  [[nodiscard]] auto property() const { return proxy_pl(); }
  [[nodiscard]] auto proxy_pl() const { return proxy_pl(constants()); }
  [[nodiscard]] auto proxy_pl(const ProxyPLConstants& constants) const {
    return ProxyPL<Risk, LossDerivative<Risk>>(risk_, LossDerivative<Risk>(risk_), constants);
  }
  /// The global proxy convexity (F, h), h the worst-slope risk.
  [[nodiscard]] auto proxy_convexity() const {
    require_shift();
    return ProxyConvexity<Risk, Risk, WorstSlopeRisk<Risk>>(risk_, risk_, WorstSlopeRisk<Risk>(risk_));
  }
  /// A = 0, B = C ||a||^2 times R^2 (single example) or lambda_max(E xx^T) (full batch), rounded up; g = F.
  [[nodiscard]] GradientGrowthConstants growth(Noise noise) const {
    return {.A = 0, .B = LogisticLoss::self_bounding * outer_squares() * moment(noise), .noise = noise};
  }
  /// The proxy PL inequality as a theorem for `prove`: with the constants that its premises certify, or with a user's.
  /// O(n d + m).
  [[nodiscard]] Theorem theorem() const requires detail::ExactInDouble<Scalar> {
    return leaky_network_theorem(risk_, reference_);
  }
  [[nodiscard]] Theorem theorem(const ProxyPLConstants& claimed) const requires detail::ExactInDouble<Scalar> {
    return leaky_network_theorem(risk_, reference_, &claimed);
  }
  /// The proxy convexity as a theorem, for homogeneous activations. O(n d + m).
  [[nodiscard]] Theorem proxy_convexity_theorem() const requires detail::ExactInDouble<Scalar> {
    return leaky_network_convexity_theorem(risk_);
  }
  /// Gradient growth as a theorem: A = 0, B = C ||a||^2 R^2 or C ||a||^2 lambda_max(E xx^T). O(d^2 n + d^3).
  [[nodiscard]] Theorem growth_theorem(Noise noise) const requires detail::ExactInDouble<Scalar> {
    const Premise moment = detail::moment_premise(risk_.data(), noise);
    const Interval outer = detail::norm_enclosure(risk_.network().outer_weights());
    const Interval c(LogisticLoss::self_bounding);
    return detail::growth_theorem(GradientGrowth<Risk, Risk>(risk_, risk_, {.A = 0, .B = 1, .noise = noise}),
                                  "Frei, Cao & Gu 2021, with C = sup l'^2/l, as stated in instances/leaky_network.hpp",
                                  {detail::finite_data(risk_.data()), detail::sign_labels(risk_.data()),
                                   Premise::within("largest slope", "sup s' <= 1, as the activation states it",
                                                   Interval(risk_.network().activation().lipschitz()), 0, 1),
                                   Premise::finite("outer weights", "||a|| is finite", outer), moment},
                                  0, c * square(outer) * *moment.value);
  }
  /// L, rounded up; infinity for a kinked activation.
  [[nodiscard]] double smoothness() const {
    const auto& activation = risk_.network().activation();
    if (activation.kinked()) return std::numeric_limits<double>::infinity();
    return second_moment_ * (outer_squares() / 4 + activation.smoothness() * outer_largest_) * (1 + 0x1p-48);
  }

  /// Frei & Gu 2021, Theorem 3.1, from w0, with inf F >= 0 and, for SGD, variance s^2 <= ||a||^2 R^2. The bound is on
  /// min G(w_t), and the least training error is at most twice that. An evaluation of F. Smooth activations only:
  /// throws std::invalid_argument for a kinked one, whose gradient is not Lipschitz, or as ProxyPLGuarantee does.
  [[nodiscard]] ProxyPLGuarantee proxy_pl_guarantee(ConstVectorRef<Scalar> w0, const GuaranteePlan& plan) const {
    return proxy_pl_guarantee(w0, plan, constants());
  }
  [[nodiscard]] ProxyPLGuarantee proxy_pl_guarantee(ConstVectorRef<Scalar> w0, const GuaranteePlan& plan,
                                                    const ProxyPLConstants& constants) const {
    const BoundedValue<Scalar> start = risk_.bounded_value(w0);
    return ProxyPLGuarantee({.alpha = constants.alpha,
                             .mu = constants.mu,
                             .xi = constants.xi,
                             .smoothness = smoothness(),
                             .gap = detail::upper(start),
                             .variance = plan.noise == Noise::full_batch ? 0.0 : outer_squares() * moment(plan.noise),
                             .accuracy = plan.accuracy,
                             .step_size = plan.step_size,
                             .iterations = plan.iterations});
  }

  /// The guarantee of property(): that one.
  [[nodiscard]] ProxyPLGuarantee guarantee(ConstVectorRef<Scalar> w0, const GuaranteePlan& plan) const {
    return proxy_pl_guarantee(w0, plan);
  }

  /// Frei & Gu 2021, Theorem 3.3, from w0 against V_j = c a_j v for a ladder of 30 c, or 70 where iterations are given,
  /// to minimise the bound there. The bound is on the mean of F(w_t). A forward pass for each c, or O(n + dm) where the
  /// activation is homogeneous: there h(V) = E l(c ||a||^2 min(t, gamma t)), t = y v.x.
  /// Throws std::invalid_argument as ProxyConvexityGuarantee does.
  [[nodiscard]] ProxyConvexityGuarantee proxy_convexity_guarantee(ConstVectorRef<Scalar> w0,
                                                                  const GuaranteePlan& plan) const {
    require_shift();
    const GradientGrowthConstants constants = growth(plan.noise);
    ProxyConvexityGuaranteeSettings settings{.references = {},
                                             .A = constants.A,
                                             .B = constants.B,
                                             .step_size = plan.step_size,
                                             .iterations = plan.iterations,
                                             .accuracy = plan.accuracy,
                                             .stochastic = plan.noise != Noise::full_batch};
    const double unit = 1 / (slope() * reference_.margin * outer_squares());  // margins c ||a||^2 gamma m_0 = 1
    const Vector<long double> margins = worst_margins();
    settings.references.push_back(reference_point(w0, margins, 0));
    for (double rung = first_rung; rung <= -first_rung; rung += 0.5) {
      settings.references.push_back(reference_point(w0, margins, unit * std::exp2(rung)));
    }
    if (settings.iterations > 0) {
      const ProxyConvexityGuarantee ladder(settings);
      const double scale = best_scale(w0, margins, settings, ladder.step_size(), unit);
      settings.references.push_back(reference_point(w0, margins, scale));
    }
    return ProxyConvexityGuarantee(settings);
  }

 private:
  [[nodiscard]] static double checked_slope(const Net& network) {
    require(network.train() == Train::first, "network", "one whose first layer alone is trained (Train::first)",
            network.name());
    require(network.activation().lipschitz() <= 1, "activation", "slopes of at most 1", network.activation().name());
    require(network.activation().smallest_slope() > 0, "activation",
            "slopes bounded away from 0, such as leaky_relu or smooth_leaky_relu", network.activation().name());
    return network.activation().smallest_slope();
  }
  /// What the level h needs of an activation that is not homogeneous, 0 <= s(z) - z s'(z) <= s(0), on a grid of z: no
  /// proof, but a user's activation that has it nowhere is told.
  void require_shift() const {
    const auto& s = risk_.network().activation();
    if (s.homogeneous()) return;
    const double most = s.value(0.0) * (1 + 0x1p-40);
    for (int exponent = -20; exponent <= 10; ++exponent) {
      for (const double z : {-std::exp2(exponent), std::exp2(exponent)}) {
        const double lacking = s.value(z) - z * s.derivative(z);
        require(lacking >= -0x1p-40 * (1 + std::abs(z)) && lacking <= most + 0x1p-40 * std::abs(z), "activation",
                "0 <= s(z) - z s'(z) <= s(0) for all z", s.name());
      }
    }
  }
  [[nodiscard]] Index outer_size() const { return risk_.network().outer_weights().size(); }
  /// ||a||^2, rounded up.
  [[nodiscard]] double outer_squares() const {
    return outer_norm_ * outer_norm_ * (1 + 4 * gamma<double>(outer_size() + 16));
  }
  [[nodiscard]] double moment(Noise noise) const {
    return detail::moment(noise, static_cast<double>(risk_.data().radius()), second_moment_);
  }
  /// min(t_i, gamma t_i) of the reference where they are all that h(V) asks for, or nothing.
  [[nodiscard]] Vector<long double> worst_margins() const {
    if constexpr (detail::ExactInDouble<Scalar>) {
      if (risk_.network().activation().homogeneous())
        return detail::worst_margins(detail::signed_inputs(risk_.data()), reference_.direction, slope());
    }
    return {};
  }
  /// h(V) and ||w0 - V|| rounded up, V_j = c a_j v, c >= 0.
  [[nodiscard]] ReferencePoint reference_point(ConstVectorRef<Scalar> w0, const Vector<long double>& margins,
                                               double c) const {
    const auto& a = risk_.network().outer_weights();
    const Matrix<Scalar> scaled = (c * reference_.direction).template cast<Scalar>() * a.transpose();
    const Eigen::Map<const Vector<Scalar>> v(scaled.data(), scaled.size());
    const double distance = detail::distance_up(w0, v);
    if (margins.size() == 0) {
      const BoundedValue<Scalar> level = WorstSlopeRisk<Risk>(risk_).bounded_value(v);
      return {.level = detail::upper(level), .distance = distance};
    }
    const double least = outer_norm_ * outer_norm_ * (1 - 4 * gamma<double>(outer_size() + 16));
    const double rounding = 8 * static_cast<double>(unit_roundoff<Scalar>()) * static_cast<double>(scaled_norm(v));
    return {.level = detail::logistic_level(margins, c * least, c * outer_squares()),  // of the V that is not rounded
            .distance = (distance + rounding) * (1 + 0x1p-50)};
  }
  /// Golden-section search over log c about the best rung of the ladder, which are all references but the first.
  [[nodiscard]] double best_scale(ConstVectorRef<Scalar> w0, const Vector<long double>& margins,
                                  ProxyConvexityGuaranteeSettings settings, double eta, double unit) const {
    const auto bound_at = [&](const ReferencePoint& reference) {
      settings.references = {reference};
      settings.step_size = eta;
      return ProxyConvexityGuarantee(settings).bound(settings.iterations);
    };
    const auto bound = [&](double log_scale) {
      return bound_at(reference_point(w0, margins, unit * std::exp2(log_scale)));
    };
    const std::vector<ReferencePoint> rungs(settings.references.begin() + 1, settings.references.end());
    std::size_t nearest = 0;
    for (std::size_t k = 0; k < rungs.size(); ++k) {
      if (bound_at(rungs[k]) < bound_at(rungs[nearest])) nearest = k;
    }
    const double best = first_rung + 0.5 * static_cast<double>(nearest);
    double low = best - 0.5;
    double high = best + 0.5;
    const double ratio = (std::sqrt(5.0) - 1) / 2;
    for (int i = 0; i < 20; ++i) {
      const double left = high - ratio * (high - low);
      const double right = low + ratio * (high - low);
      if (bound(left) <= bound(right)) {
        high = right;
      } else {
        low = left;
      }
    }
    return unit * std::exp2((low + high) / 2);
  }

  static constexpr double first_rung = -7;  // log2 of the first scale of the ladder, in units of 1/(gamma m_0 ||a||^2)

  Risk risk_;
  HalfspaceReference reference_;
  double outer_norm_ = 0;
  double outer_largest_ = 0;
  double second_moment_ = 0;
};

template <class Net> LeakyNetwork(Net, Dataset<typename Net::Scalar>) -> LeakyNetwork<Net>;

}  // namespace proxcvx
