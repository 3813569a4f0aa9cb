// SPDX-License-Identifier: MIT
#include <proxcvx/data/noisy_halfspace.hpp>
#include <proxcvx/io/proof_file.hpp>
#include <proxcvx/networks/mlp.hpp>
#include <proxcvx/networks/neuron.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/properties/special_cases.hpp>
#include <proxcvx/proxies/loss_derivative.hpp>
#include <proxcvx/verify/prove.hpp>

#include "support/catch2.hpp"
#include "support/temporary.hpp"

#if !defined(PROXCVX_TESTS_WITHOUT_MPFR)
#include <proxcvx/io/verify_proof.hpp>
#endif

// Claims about the risk of a network, proved on a box of its weights: the proof goes through a file, and the same tree
// under a false constant is refused.

namespace pc = proxcvx;

namespace {

pc::Box<double> box_around(const pc::Vector<double>& center, double reach) {
  return {pc::Vector<double>(center.array() - reach), pc::Vector<double>(center.array() + reach)};
}

pc::Dataset<double> four_samples() {
  return pc::noisy_halfspace({.samples = 4, .dimension = 2, .margin = 0.2, .noise = 0}, pc::Seed{7});
}

/// The true claim is proved in more than one box and its file is verified; the false one, which differs by its mu
/// alone, is refuted, and neither that file nor the same tree under the false claim's name vouches for it.
template <class Property>
void proves_on_file(const Property& truth, const Property& falsehood, const pc::Box<double>& box,
                    const pc::Matrix<double>& zeros = {}) {
  const auto proof = pc::prove(truth, box, {.seconds = 20, .zeros = zeros});
  REQUIRE(proof.verdict() == pc::Verdict::proved_on_box);
  CHECK(proof.boxes > 1);
  CHECK((proof.second_order > 0) == (zeros.cols() > 0));
  CHECK(pc::prove(falsehood, box, {.seconds = 20, .zeros = zeros}).verdict() == pc::Verdict::violated);
#if !defined(PROXCVX_TESTS_WITHOUT_MPFR)
  const tests::TemporaryFolder folder;
  pc::write_proof(folder.path() / "proof", proof);
  pc::Proof read = pc::read_proof(folder.path() / "proof");
  const pc::ProofCheck check = pc::verify_proof(truth, box, read);
  CHECK(check.verified());
  CHECK(check.leaves == proof.mean_value + proof.second_order);
  CHECK(!pc::verify_proof(falsehood, box, read).verified());
  read.constants = falsehood.constants();  // a forger's work
  const pc::ProofCheck forged = pc::verify_proof(falsehood, box, read);
  CHECK(forged.difference.empty());
  CHECK(forged.refused > 0);
#endif
}

}  // namespace

TEST_CASE("proxy PL of a leaky two-layer network is proved over kinks, and its file verified") {
  const pc::TwoLayer network{{.inputs = 2, .hidden = 2}, pc::LeakyReLU{0.5}};
  const pc::EmpiricalRisk f{network, pc::LogisticLoss{}, four_samples()};
  const auto claim = [&](double mu) {
    return pc::ProxyPL{f, pc::LossDerivative{f}, {.alpha = 1, .mu = mu, .xi = 0.2}};
  };
  proves_on_file(claim(1), claim(4), box_around(pc::Vector<double>{{1, 0.2, -0.8, 0.4}}, 0.5));
}

TEST_CASE("PL of a deep network with all weights trained is proved, and its file verified") {
  const pc::MLP network{pc::MLPSettings{.inputs = 2, .hidden = {2}, .outputs = 1}, pc::Tanh{}};
  const pc::EmpiricalRisk f{network, pc::SquaredLoss{}, four_samples()};
  const auto box = box_around(network.initialize(pc::Seed{3}), 0.125);
  proves_on_file(pc::polyak_lojasiewicz(f, 0, 0.2), pc::polyak_lojasiewicz(f, 0, 1), box);
}

TEST_CASE("PL of a smooth neuron is proved around the weights that fit the data exactly, on the caller's word") {
  pc::Matrix<double> inputs(1, 2);
  inputs << 1, 0.5;
  const pc::Neuron neuron{pc::NeuronSettings{.inputs = 1}, pc::Tanh{}};
  const pc::EmpiricalRisk f{neuron, pc::SquaredLoss{}, pc::Dataset<double>{inputs, pc::Matrix<double>::Zero(1, 2)}};
  proves_on_file(pc::polyak_lojasiewicz(f, 0, 0.25), pc::polyak_lojasiewicz(f, 0, 2),
                 box_around(pc::Vector<double>::Zero(1), 0.5), pc::Matrix<double>::Zero(1, 1));
}
