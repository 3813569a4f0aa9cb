// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/instances/agnostic_neuron.hpp>
#include <proxcvx/instances/leaky_network.hpp>
#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/verify/prove_by_theorem.hpp>

// What a theorem of the literature says of each claim of a study, with the constants that the claim has.

namespace verify_network {

namespace pc = proxcvx;

using LeakyNetwork = pc::LeakyNetwork<pc::TwoLayer<pc::AnyActivation>>;
using AgnosticNeuron = pc::AgnosticNeuron<pc::AnyActivation>;

[[nodiscard]] pc::TheoremReport proved_pl(const LeakyNetwork& instance, const pc::ProxyPLConstants& claimed);
[[nodiscard]] pc::TheoremReport proved_convexity(const LeakyNetwork& instance);
/// On the ball of radius rho about the instance's reference.
[[nodiscard]] pc::TheoremReport proved_pl(const AgnosticNeuron& instance, double rho,
                                          const pc::ProxyPLConstants& claimed);
/// The global inequality of leaky activations, else the one on that ball.
[[nodiscard]] pc::TheoremReport proved_convexity(const AgnosticNeuron& instance, double rho);

}  // namespace verify_network
