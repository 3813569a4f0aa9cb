// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <proxcvx/guarantees/guarantee.hpp>
#include <proxcvx/optimize/observer.hpp>
#include <proxcvx/optimize/result.hpp>
#include <proxcvx/properties/gradient_growth.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <string>
#include <utility>
#include <vector>

#include "claim.hpp"
#include "options.hpp"
#include "problem.hpp"

// A study is what the program does, free of types: claims to check, a function to minimise, theorems to hold the run
// against. two_layer.cpp, neuron.cpp and mlp.cpp make one from the options; execute() (outcome.hpp) carries it out.

namespace verify_network {

template <pc::Guarantee G> [[nodiscard]] Theorem theorem(const G& guarantee) {
  return {guarantee.theorem(), guarantee.measured(), [guarantee](pc::Index T) { return guarantee.bound(T); }};
}

/// Everything that one call of the program does.
struct Study {
  std::string network;
  std::string loss;
  Vector start;
  std::vector<Claim> claims;
  std::function<double(const Vector&)> objective;
  std::function<double(const Vector&)> training_error;  ///< empty for regression
  double step_size = 0;
  pc::Index iterations = 0;
  /// Runs the optimizer once; `repeat` chooses the batches of SGD.
  std::function<pc::Result<double>(pc::Index repeat, const RunObserver&)> minimize;
};

/// The study that the options name.
[[nodiscard]] Study study_of(const Options& options, const Problem& problem);

[[nodiscard]] Study two_layer_study(const Options& options, const Problem& problem);
[[nodiscard]] Study neuron_study(const Options& options, const Problem& problem);
[[nodiscard]] Study mlp_study(const Options& options, const Problem& problem);

/// How f is minimised: the optimizer that the options name, projected onto a ball or not at all.
[[nodiscard]] std::function<pc::Result<double>(pc::Index, const RunObserver&)> minimizer(
    const Options& o, const Objective& f, const Vector& start, double step_size, pc::Index iterations,
    const std::optional<pc::Ball<double>>& domain = {});

/// The initial parameters: those of --weights, or the network's own by the seed.
template <class Network> [[nodiscard]] Vector initial_weights(const Options& o, const Network& network) {
  pc::require(network.parameters() <= 100'000'000, "--hidden", "at most 100,000,000 parameters", network.parameters());
  return o.weights.empty() ? network.initialize(pc::Seed{o.seed}) : read_weights(o.weights, network.parameters());
}

/// The noise that the optimizer's theorem needs.
[[nodiscard]] inline pc::Noise noise(const Options& o) {
  return o.stochastic() ? pc::Noise::single_example : pc::Noise::full_batch;
}

/// The theorem's constants with the user's own in their place.
[[nodiscard]] inline pc::ProxyPLConstants overridden(const Options& o, const pc::ProxyPLConstants& theorem) {
  return {.alpha = o.alpha.value_or(theorem.alpha), .mu = o.mu.value_or(theorem.mu), .xi = o.xi.value_or(theorem.xi)};
}

/// Says on a claim, and on its theorem, that constants are the user's: the theorem then speaks of what they claim.
void note_users_constants(const Options& o, Claim& claim);

}  // namespace verify_network
