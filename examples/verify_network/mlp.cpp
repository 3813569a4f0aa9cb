// SPDX-License-Identifier: MIT
#include <proxcvx/proxies/classification_error.hpp>
#include <proxcvx/regions/ball.hpp>
#include <stdexcept>

#include "scalars.hpp"
#include "study.hpp"
#include "tangent.hpp"

// Multilayer perceptrons: what is known of them is what their tangents say.

namespace proxcvx {

template <> vn::Formula erased_cast<vn::Formula>(const vn::Softmax& /*f*/) {
  throw std::logic_error("the softmax loss has no interval form");
}

}  // namespace proxcvx

namespace verify_network {

Study mlp_study(const Options& o, const Problem& problem) {
  const MLP network({.inputs = problem.data.dimension(), .hidden = o.hidden, .outputs = problem.data.outputs()},
                    pc::AnyActivation::named(o.activation, o.slope));
  const Vector start = initial_weights(o, network);
  const std::string why = "no theorem gives the constants of a multilayer perceptron";
  Study study;
  if (o.loss == "squared") {
    const pc::EmpiricalRisk f{network, pc::SquaredLoss{}, problem.data};
    study = tangent_study(o, tangents(f), why, start);
  } else if (o.loss == "softmax") {
    const Softmax f{network, pc::SoftmaxCrossEntropy{}, problem.data};
    study = tangent_study(o, tangents(f), why, start);
    study.training_error = [error = pc::ClassificationError{f}](const Vector& w) { return error.value(w); };
  } else {
    const pc::EmpiricalRisk f{network, pc::LogisticLoss{}, problem.data};
    study = tangent_study(o, tangents(f), why, start);
    study.training_error = [error = pc::ClassificationError{f}](const Vector& w) { return error.value(w); };
  }
  study.network = network.name();
  study.loss = o.loss;
  return study;
}

}  // namespace verify_network
