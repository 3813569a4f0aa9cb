// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <memory>
#include <optional>
#include <proxcvx/instances/tangent_features.hpp>
#include <proxcvx/instances/tangent_network.hpp>
#include <proxcvx/proxies/loss_derivative.hpp>
#include <utility>
#include <vector>

#include "study.hpp"

// What tangents say of any network with a convex loss: proxy convexity with the moving reference f_tan(v; w), true
// everywhere and without constants, and proxy PL with constants that are those of a point.

namespace verify_network {

/// The risk of a network and its tangents, free of types.
struct Tangents {
  Objective f;
  Proxy value;                  ///< f again, as a proxy
  Reference tangent;            ///< f_tan(v; w)
  LocalClaim local;             ///< the tangent margin, or the tangent kernel's inequality
  Proxy local_proxy;            ///< G or f: what a run shows of it, and what the user's own constants speak of
  double local_alpha;           ///< the exponent of the user's own constants
  bool interval_form;           ///< whether f can be proved on a cube
  double local_flops;           ///< of one margin of `local`
  double local_numbers;         ///< that it holds at once
  std::string constants_speak;  ///< of what the constants at a point speak
  std::function<pc::ProxyPLConstants(const Vector&)> constants_at;
  std::function<pc::TheoremReport()> convexity_theorem;
  std::function<pc::TheoremReport()> local_theorem;
  /// The guarantee of full-batch descent against v, made of what a run shows; v is asked for when it begins.
  std::function<Theorem(const std::function<Vector()>& v)> guarantee;
};

/// The bounds of a run against v, one for each T as it is seen. After the last iterate that was seen w stays there.
template <class Risk> class RunBounds {
 public:
  RunBounds(const Risk& risk, const Vector& v) : instance_{risk}, levels_{risk, v} {}

  void see(const pc::Iterate<double>& iterate) {
    levels_(iterate);
    last_ = iterate.w;
    const bool finite = std::isfinite(levels_.level()) && std::isfinite(levels_.squared_gradient());
    bounds_.push_back(finite ? instance_.guarantee(levels_).bound(levels_.iterations())
                             : std::numeric_limits<double>::infinity());
  }
  [[nodiscard]] double bound(pc::Index T) {
    const Vector still = Vector::Zero(last_.size());  // a run ends early where the gradient is exactly 0
    while (std::ssize(bounds_) < T) {
      see(pc::Iterate<double>{
          .t = std::ssize(bounds_), .w = last_, .value = 0, .gradient = still, .step_size = levels_.step_size()});
    }
    return bounds_[static_cast<std::size_t>(T - 1)];
  }

 private:
  pc::TangentNetwork<Risk> instance_;
  pc::TangentLevels<Risk> levels_;
  Vector last_;
  std::vector<double> bounds_;
};

/// What a run shows of a margin loss is G, of any other f (softmax among them: G <= f).
template <class Risk> [[nodiscard]] Proxy proxy_of_descent(const Risk& risk) {
  if constexpr (pc::TangentFeatures<Risk>::classifies && !pc::TangentFeatures<Risk>::softmax) {
    return Proxy(pc::LossDerivative<Risk>(risk), risk);
  } else {
    return Proxy(risk, risk);
  }
}

/// The tangents of any risk, whose type ends here.
template <class Risk> [[nodiscard]] Tangents tangents(const Risk& risk) {
  const pc::TangentNetwork<Risk> network(risk);
  const pc::TangentFeatures<Risk> features(risk);
  const auto n = static_cast<double>(risk.terms() * risk.network().outputs());
  const auto p = static_cast<double>(risk.dimension());
  const auto guarantee = [risk](const std::function<Vector()>& v) {
    const auto run = std::make_shared<std::optional<RunBounds<Risk>>>();
    return Theorem{
        "proxy convexity, gradient descent (Frei & Gu 2021, Theorem 3.2), with f_tan(v; w_t) and the gradients of the "
        "run",
        pc::Measured::average_iterate, [run](pc::Index T) { return (*run)->bound(T); },
        [run, risk, v](const pc::Iterate<double>& iterate) {
          if (iterate.t == 0) run->emplace(risk, v());
          (*run)->see(iterate);
        }};
  };
  return {.f = Objective(risk),
          .value = Proxy(risk, risk),
          .tangent = Reference(pc::TangentRisk<Risk>(risk)),
          .local = LocalClaim(features.property()),
          .local_proxy = proxy_of_descent(risk),
          .local_alpha = features.classifies && !features.softmax ? 1.0 : 2.0,
          .interval_form = !features.softmax,
          .local_flops = n * n * (p + n),
          .local_numbers = n * (p + n),
          .constants_speak = features.proxy_name(),
          .constants_at = [features](const Vector& w) { return features.constants_at(w); },
          .convexity_theorem = [network] { return pc::prove(network); },
          .local_theorem = [features] { return pc::prove(features); },
          .guarantee = guarantee};
}

/// The study of a network that no other theorem covers, and why: its tangents, with the user's own proxy PL constants
/// in place of those of a point where --mu and --xi are given. Throws std::invalid_argument where one of them is given
/// alone, or --accuracy, or where tangent features are too many and the user asks for proxy PL alone.
[[nodiscard]] Study tangent_study(const Options& o, const Tangents& tangents, const std::string& why,
                                  const Vector& start);

}  // namespace verify_network
