// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/networks/mlp.hpp>
#include <vector>

#include "support/catch2.hpp"
#include "support/counts.hpp"

// The register tiles of perceptrons against the plain path, which long double takes, over random shapes.

namespace pc = proxcvx;

namespace {

/// An activation of a user's own, known entry by entry alone.
struct Softsign : pc::Tanh {
  template <class S> [[nodiscard]] S value(const S& z) const { return z / (S(1) + S(std::abs(z))); }
  template <class S> [[nodiscard]] S derivative(const S& z) const {
    const S size = S(1) + S(std::abs(z));
    return S(1) / (size * size);
  }
  template <class S> void on_lanes(S z) const = delete;
  template <class Other> [[nodiscard]] Softsign cast() const { return {}; }
};

pc::MLPSettings random_layers(pc::RandomStream& stream) {
  const auto up_to = [&](std::uint64_t most) { return static_cast<pc::Index>(1 + stream.below(most)); };
  pc::MLPSettings settings{.inputs = up_to(32), .outputs = up_to(stream.below(2) == 0 ? 1 : 12)};
  for (auto depth = stream.below(5); depth > 0; --depth)
    settings.hidden.push_back(stream.below(2) == 0 ? 8 * up_to(4) : up_to(32));
  return settings;
}

/// How far rounding may carry outputs and gradient: a bound on what each layer's values, and signals on their way back,
/// are made of, times the roundings of all sums. Weights are of the order of 1/sqrt(their number).
template <class S, class A>
bool agree(const pc::MLPSettings& settings, pc::Index samples, const A& activation, pc::RandomStream& stream) {
  using Wide = long double;
  const pc::MLP<A, S> network(settings, activation);
  const auto reference = network.template cast<Wide>();
  pc::Matrix<S> larger(settings.inputs + 3, samples);  // inputs are a block of it: their columns have a stride
  stream.fill_normal(larger);
  const auto inputs = larger.middleRows(1, settings.inputs);
  pc::Vector<S> w =
      network.initialize(pc::Seed{static_cast<std::uint64_t>(stream.below(1000))}, pc::Initialization::glorot());
  pc::Vector<S> noise(w.size());
  stream.fill_normal(noise);
  w += S(0.05) * noise;  // biases, too
  pc::Matrix<S> signals(settings.outputs, samples), outputs(settings.outputs, samples), seen = outputs;
  stream.fill_normal(signals);
  network.forward(w, inputs, outputs);
  pc::Vector<S> gradient = pc::Vector<S>::Constant(w.size(), S(0.5));
  S kink = std::numeric_limits<S>::infinity();
  S* const wanted = stream.below(2) == 0 ? &kink : nullptr;
  pc::Index next = 0;
  const auto signal = [&](pc::MatrixRef<S> values, pc::Index first) {
    REQUIRE(first == next);
    next += values.cols();
    seen.middleCols(first, values.cols()) = values;
    values = signals.middleCols(first, values.cols());
  };
  if (stream.below(2) == 0) {
    network.pull_back(
        w, inputs, [&](pc::MatrixRef<S> values) { signal(values, 0); }, gradient, wanted);
  } else {
    network.pull_back_in_blocks(w, inputs, signal, gradient, wanted);
  }
  REQUIRE(next == samples);

  const pc::Vector<Wide> exact_w = w.template cast<Wide>();
  pc::Vector<Wide> exact = pc::Vector<Wide>::Constant(w.size(), 0.5L);
  pc::Matrix<Wide> exact_outputs(settings.outputs, samples);
  Wide exact_kink = std::numeric_limits<Wide>::infinity();
  reference.pull_back(
      exact_w, inputs.template cast<Wide>(),
      [&](pc::MatrixRef<Wide> values) {
        exact_outputs = values;
        values = signals.template cast<Wide>();
      },
      exact, &exact_kink);
  const auto bounds = reference.rounding(exact_w, inputs.colwise().norm().maxCoeff());
  const auto terms = static_cast<Wide>(settings.inputs + network.width() + samples);
  const Wide unit = static_cast<Wide>(pc::unit_roundoff<S>()) / pc::unit_roundoff<Wide>();
  if (activation.kinked() && exact_kink <= unit * bounds.kink_threshold) return true;  // another slope is right, too
  const Wide all = std::sqrt(static_cast<Wide>(samples));
  const Wide output_bound = unit * bounds.output_error * all;
  const Wide gradient_bound = (unit * bounds.jacobian_error + pc::unit_roundoff<S>() * terms * bounds.jacobian_norm) *
                              (signals.template cast<Wide>().norm() * all + 1);
  return (outputs.template cast<Wide>() - exact_outputs).norm() <= output_bound &&
         (seen.template cast<Wide>() - exact_outputs).norm() <= output_bound &&
         (gradient.template cast<Wide>() - exact).norm() <= gradient_bound &&
         (wanted == nullptr || !activation.kinked() || kink == exact_kink ||  // both infinite without hidden layers
          std::abs(static_cast<Wide>(kink) - exact_kink) <= unit * bounds.kink_threshold);
}

}  // namespace

TEST_CASE("register tiles of perceptrons give what the plain products give, for any layers") {
  pc::RandomStream stream{pc::Seed{75}};
  for (int trial = 0; trial < tests::scaled_count(10'000); ++trial) {
    const pc::MLPSettings settings = random_layers(stream);
    const auto samples = static_cast<pc::Index>(1 + stream.below(stream.below(8) == 0 ? 400 : 30));
    CAPTURE(trial, settings.inputs, settings.hidden, settings.outputs, samples);
    const auto activation = pc::AnyActivation::named(
        pc::AnyActivation::names.at(static_cast<std::size_t>(stream.below(pc::AnyActivation::names.size()))));
    const bool wide = agree<double>(settings, samples, activation, stream);
    const bool narrow = agree<float>(settings, samples, activation, stream);
    const bool own = trial % 8 != 0 || agree<double>(settings, samples, Softsign{}, stream);
    if (!wide || !narrow || !own)
      FAIL(activation.name() << ", double: " << wide << ", float: " << narrow << "; " << own);
  }
}

TEST_CASE("tiles of a perceptron know exact zeros from rounded ones, as its products do") {
  // The first unit is exactly on its kink for every sample, where all its products are 0; so is what follows of it.
  const pc::MLP network{{.inputs = 2, .hidden = {3, 3}}, pc::ReLU{}};
  pc::Vector<double> w = pc::Vector<double>::Zero(network.parameters());
  w.segment(1, 2).setOnes();
  w.segment(9, 9).setOnes();
  pc::Matrix<double> inputs = pc::Matrix<double>::Ones(2, 9);
  pc::Vector<double> gradient = pc::Vector<double>::Zero(w.size());
  const auto nearest = [&](pc::Index samples) {
    double kink = std::numeric_limits<double>::infinity();
    network.pull_back(
        w, inputs.leftCols(samples), [](pc::MatrixRef<double> values) { values.setOnes(); }, gradient, &kink);
    return kink;
  };
  CHECK(nearest(9) == 1);
  CHECK(nearest(9) == nearest(3));
  w[3] = 1;
  w[0] = -1;  // -1 + 1: a zero that is none in other numbers
  CHECK(nearest(9) == 0);
  CHECK(nearest(9) == nearest(3));
}

TEST_CASE("an input that is no number reaches no other sample's output of a perceptron") {
  const pc::MLP network{{.inputs = 3, .hidden = {5, 8}, .outputs = 2}, pc::Tanh{}};
  const pc::Vector<double> w = network.initialize(pc::Seed{76});
  pc::Matrix<double> inputs = pc::Matrix<double>::Ones(3, 11), outputs(2, 11);
  inputs(1, 10) = std::numeric_limits<double>::quiet_NaN();
  inputs(0, 4) = std::numeric_limits<double>::infinity();
  network.forward(w, inputs, outputs);
  for (pc::Index i = 0; i < 10; ++i) CHECK((i == 4 || outputs.col(i).allFinite()));
  CHECK(outputs.col(10).array().isNaN().all());
}
