// SPDX-License-Identifier: MIT
#include <proxcvx/proxies/classification_error.hpp>
#include <proxcvx/regions/ball.hpp>

#include "scalars.hpp"
#include "study.hpp"
#include "tangent.hpp"
#include "theorems.hpp"

// Single neurons. Frei, Cao & Gu 2020 cover every non-decreasing activation with the squared loss, tangents the rest.

namespace verify_network {

namespace {

/// The agnostic neuron: the global inequality where the activation is leaky, else the one about a reference v on a
/// ball, whose iterates are projected onto that ball.
Study agnostic_study(const Options& o, const pc::AgnosticNeuron<pc::AnyActivation>& instance, const Vector& start) {
  const auto& f = instance.objective();
  const pc::Ball region{start, o.radius};
  const double rho = (o.radius + pc::scaled_norm(start - instance.reference())) * (1 + 1e-12);
  const pc::GuaranteePlan plan{.accuracy = o.accuracy.value_or(0),
                               .iterations = o.accuracy ? 0 : o.iterations.value_or(1000),
                               .step_size = o.step_size.value_or(0),
                               .noise = noise(o)};
  const auto guarantee =
      instance.leaky() ? instance.leaky_guarantee(start, plan) : instance.guarantee(start, rho, plan);
  Study study;
  study.start = start;
  study.step_size = guarantee.step_size();
  study.iterations = guarantee.iterations();
  if (o.wants("proxy-pl")) {
    const pc::ProxyPLConstants constants = overridden(o, instance.constants(rho));
    const auto property = pc::erased<Form>(instance.proxy_pl(constants));
    study.claims.push_back(claim(property, region, property.proxy(), property.xi()));
    study.claims.back().prove_by_theorem = [instance, rho, constants] { return proved_pl(instance, rho, constants); };
    study.claims.back().note =
        f.network().activation().kinked()
            ? "none: the proxy PL theorem needs a Lipschitz gradient, which a kinked activation lacks"
            : "none: the inequality is known on a ball alone, and the proxy PL theorem has no projection";
  }
  if (o.wants("proxy-convexity")) {
    if (instance.leaky()) {
      const auto property = pc::erased<Form>(instance.leaky_proxy_convexity());
      study.claims.push_back(claim(property, region, property.proxy(), 0));
    } else {
      const auto property = pc::erased<Form>(instance.proxy_convexity(rho));
      study.claims.push_back(claim(property, region, property.property().proxy(), 0));
    }
    study.claims.back().theorem = theorem(guarantee);
    study.claims.back().prove_by_theorem = [instance, rho] { return proved_convexity(instance, rho); };
  }
  study.objective = [f](const Vector& w) { return f.value(w); };
  if (instance.leaky()) {
    study.minimize = minimizer(o, Objective(f), start, study.step_size, study.iterations);
  } else {
    study.minimize =
        minimizer(o, Objective(f), start, study.step_size, study.iterations, pc::Ball{instance.reference(), rho});
  }
  return study;
}

}  // namespace

Study neuron_study(const Options& o, const Problem& problem) {
  const Neuron network({.inputs = problem.data.dimension()}, pc::AnyActivation::named(o.activation, o.slope));
  const Vector start = initial_weights(o, network);
  Study study;
  if (o.loss == "squared") {
    if (network.activation().smallest_slope() >= 0) {
      study = agnostic_study(o, pc::AgnosticNeuron(network, problem.data), start);
    } else {
      const pc::EmpiricalRisk f{network, pc::SquaredLoss{}, problem.data};
      study = tangent_study(o, tangents(f), "the agnostic neuron's theorem needs a non-decreasing activation", start);
    }
  } else {
    const pc::EmpiricalRisk f{network, pc::LogisticLoss{}, problem.data};
    study = tangent_study(o, tangents(f), "no theorem covers a neuron with the logistic loss", start);
    study.training_error = [error = pc::ClassificationError{f}](const Vector& w) { return error.value(w); };
  }
  study.network = network.name();
  study.loss = o.loss;
  return study;
}

}  // namespace verify_network
