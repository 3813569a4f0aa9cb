// SPDX-License-Identifier: MIT
#include <cmath>
#include <proxcvx/proxies/classification_error.hpp>
#include <proxcvx/regions/ball.hpp>

#include "scalars.hpp"
#include "study.hpp"
#include "tangent.hpp"
#include "theorems.hpp"

// Two-layer networks. Frei, Cao & Gu 2021 cover the first layer of a leaky one with the logistic loss, tangents any.

namespace verify_network {

namespace {

/// Noisy halfspaces, with the guarantees that apply: one for proxy convexity, and one for a smooth activation's proxy
/// PL.
Study leaky_study(const Options& o, const pc::LeakyNetwork<TwoLayer>& instance, const Vector& start) {
  const auto& f = instance.objective();
  const bool kinked = f.network().activation().kinked();
  const auto constants = overridden(o, instance.constants());
  const pc::Ball region{start, o.radius};
  Study study;
  study.start = start;
  pc::GuaranteePlan plan{.accuracy = o.accuracy.value_or(0),
                         .iterations = o.accuracy ? 0 : o.iterations.value_or(1000),
                         .step_size = o.step_size.value_or(0),
                         .noise = noise(o)};
  std::optional<Theorem> pl;
  std::optional<Theorem> convexity;
  if (!kinked && o.wants("proxy-pl")) {
    auto guarantee = instance.proxy_pl_guarantee(start, plan, constants);
    if (o.wants("proxy-convexity") && !o.step_size) {  // one step size for both theorems: 0 < eta < 2/B, too
      plan.step_size = std::min(guarantee.step_size(), 1 / instance.growth(plan.noise).B);
      guarantee = instance.proxy_pl_guarantee(start, plan, constants);
    }
    plan = {.iterations = guarantee.iterations(), .step_size = guarantee.step_size(), .noise = plan.noise};
    pl = theorem(guarantee);
  }
  if (kinked || o.wants("proxy-convexity")) {  // a kinked activation takes the step size of this theorem
    const auto guarantee = instance.proxy_convexity_guarantee(start, plan);
    plan = {.iterations = guarantee.iterations(), .step_size = guarantee.step_size(), .noise = plan.noise};
    convexity = theorem(guarantee);
  }
  study.step_size = plan.step_size;
  study.iterations = plan.iterations;

  if (o.wants("proxy-pl")) {
    const auto property = pc::erased<Form>(instance.proxy_pl(constants));
    study.claims.push_back(claim(property, region, property.proxy(), constants.xi));
    study.claims.back().theorem = pl;
    study.claims.back().prove_by_theorem = [instance, constants] { return proved_pl(instance, constants); };
    if (kinked) {
      study.claims.back().note =
          "none: the proxy PL theorem needs a Lipschitz gradient, which a kinked activation lacks";
    } else {
      note_users_constants(o, study.claims.back());
    }
  }
  if (o.wants("proxy-convexity")) {
    const auto property = pc::erased<Form>(instance.proxy_convexity());
    study.claims.push_back(claim(property, region, property.proxy(), 0));
    study.claims.back().theorem = convexity;
    study.claims.back().prove_by_theorem = [instance] { return proved_convexity(instance); };
  }
  study.objective = [f](const Vector& w) { return f.value(w); };
  study.minimize = minimizer(o, Objective(f), start, study.step_size, study.iterations);
  return study;
}

/// Why the theorem says nothing, or nothing where it does.
std::string uncovered(const Options& o, const TwoLayer& network) {
  if (o.loss != "logistic") return "no theorem covers a two-layer network with the squared loss";
  if (network.train() != pc::Train::first) return "the theorem on leaky networks trains the first layer alone";
  const auto& s = network.activation();
  if (!(s.smallest_slope() > 0) || s.lipschitz() > 1) {
    return "the theorem on leaky networks needs slopes in (0, 1], and those of " + s.name() + " are not";
  }
  return "";
}

}  // namespace

Study two_layer_study(const Options& o, const Problem& problem) {
  const TwoLayer network({.inputs = problem.data.dimension(),
                          .hidden = o.hidden.front(),
                          .train = o.train == "all" ? pc::Train::all : pc::Train::first},
                         pc::AnyActivation::named(o.activation, o.slope));
  const Vector start = initial_weights(o, network);
  const std::string why = uncovered(o, network);
  Study study;
  if (o.loss == "squared") {
    const pc::EmpiricalRisk f{network, pc::SquaredLoss{}, problem.data};
    study = tangent_study(o, tangents(f), why, start);
  } else {
    const pc::EmpiricalRisk f{network, pc::LogisticLoss{}, problem.data};
    study =
        why.empty() ? leaky_study(o, pc::LeakyNetwork<TwoLayer>(f), start) : tangent_study(o, tangents(f), why, start);
    study.training_error = [error = pc::ClassificationError{f}](const Vector& w) { return error.value(w); };
  }
  study.network = network.name();
  study.loss = o.loss;
  return study;
}

}  // namespace verify_network
