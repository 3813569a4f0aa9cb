// SPDX-License-Identifier: MIT
#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/networks/mlp.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/proxies/classification_error.hpp>
#include <proxcvx/proxies/loss_derivative.hpp>
#include <proxcvx/regions/ball.hpp>

#include "study.hpp"

// Multilayer perceptrons: no theorem gives their constants, the user does.

namespace verify_network {

Study mlp_study(const Options& o, const Problem& problem) {
  const pc::MLP<pc::AnyActivation> network({.inputs = problem.data.dimension(), .hidden = o.hidden, .outputs = 1},
                                           pc::AnyActivation::named(o.activation, o.slope));
  const Vector start = initial_weights(o, network);
  const std::string why = "no theorem gives the constants of a multilayer perceptron";
  Study study;
  if (o.loss == "squared") {
    const pc::EmpiricalRisk f{network, pc::SquaredLoss{}, problem.data};
    study = users_own_study(o, f, f, why, start);
  } else {
    const pc::EmpiricalRisk f{network, pc::LogisticLoss{}, problem.data};
    study = users_own_study(o, f, pc::LossDerivative{f}, why, start);
    study.training_error = [error = pc::ClassificationError{f}](const Vector& w) { return error.value(w); };
  }
  study.network = network.name();
  study.loss = o.loss;
  return study;
}

}  // namespace verify_network
