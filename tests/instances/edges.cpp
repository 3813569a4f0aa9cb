// SPDX-License-Identifier: MIT
#include <proxcvx/data/noisy_halfspace.hpp>
#include <proxcvx/instances/agnostic_neuron.hpp>
#include <proxcvx/instances/leaky_network.hpp>
#include <proxcvx/regions/ball.hpp>

#include "instances/random_problems.hpp"

// Where the theorems of section 4 are tight or their constants are easily rounded the wrong way: at the origin, in
// float, and for activations that only look as if they were covered.

namespace pc = proxcvx;

namespace {

/// s(z) = z/2 + tanh(z)/2: slopes in (1/2, 1], s(0) = 0, but s(z) - z s'(z) < 0 for z < 0 and > s(0) for z > 0.
struct HalfTanh {
  template <class S> [[nodiscard]] S value(const S& z) const { return S(0.5) * (z + pc::Tanh{}.value(z)); }
  template <class S> [[nodiscard]] S derivative(const S& z) const { return S(0.5) * (S(1) + pc::Tanh{}.derivative(z)); }
  template <class S> [[nodiscard]] S second_derivative(const S& z) const {
    return S(0.5) * pc::Tanh{}.second_derivative(z);
  }
  [[nodiscard]] double lipschitz() const { return 1; }
  [[nodiscard]] double smallest_slope() const { return 0.5; }
  [[nodiscard]] double smoothness() const { return 0.4; }
  [[nodiscard]] bool kinked() const { return false; }
  [[nodiscard]] bool homogeneous() const { return false; }
  [[nodiscard]] double value_at_zero() const { return 0; }
  [[nodiscard]] double ulps() const { return 16; }
  [[nodiscard]] std::string name() const { return "half tanh"; }
  template <class Other> [[nodiscard]] HalfTanh cast() const { return {}; }
};
static_assert(pc::Activation<HalfTanh>);

}  // namespace

TEST_CASE("4.4: the shift is exact at W = V = 0, where the inequality is an equality") {
  for (const double slope : {0.1, 0.3, 0.5, 0.9}) {
    for (const double sharpness : {0.3, 1.0, 3.0, 7.0}) {
      for (const double y : {-1.0, 1.0}) {
        const pc::Dataset<double> data(pc::Matrix<double>::Ones(1, 1), pc::Matrix<double>::Constant(1, 1, y));
        const pc::TwoLayer network({.inputs = 1, .hidden = 2}, pc::SmoothLeakyReLU{slope, sharpness},
                                   pc::Vector<double>::Constant(2, -y));
        const pc::LeakyNetwork instance{network, data};
        const pc::Vector<double> origin = pc::Vector<double>::Zero(2);
        INFO(slope << " " << sharpness << " " << y);
        problems::has_no_violation(instance.proxy_convexity(), origin, origin);
      }
    }
  }
}

TEST_CASE("4.4: an activation without 0 <= s - z s' <= s(0) has its proxy PL, but no proxy convexity") {
  const auto data = pc::noisy_halfspace({.samples = 20, .dimension = 3}, pc::Seed{1});
  const pc::TwoLayer network({.inputs = 3, .hidden = 4}, HalfTanh{});
  const pc::LeakyNetwork instance{network, data};
  const auto w0 = network.initialize(pc::Seed{1});
  for (int i = 0; i < 200; ++i) {
    pc::RandomStream stream{pc::Seed{6}, static_cast<std::uint64_t>(i)};
    const auto margin = instance.proxy_pl().margin(problems::vector(stream, network.parameters()));
    CHECK(pc::detail::classify(margin, 1) != pc::Outcome::violated);
  }
  CHECK_THROWS_AS(instance.proxy_convexity(), std::invalid_argument);
  CHECK_THROWS_AS(instance.proxy_convexity_guarantee(w0, {.iterations = 10}), std::invalid_argument);
}

TEST_CASE("4.3 and 4.4 in float: no margin below its rounding bound, and guarantees no smaller than in double") {
  for (std::uint64_t problem = 0; problem < 60; ++problem) {
    pc::RandomStream stream{pc::Seed{445}, problem};
    const auto data = problems::dataset(stream, true).cast<float>();
    if (!(data.inputs().squaredNorm() > 0)) continue;
    INFO("problem " << problem);
    const pc::TwoLayer<pc::LeakyReLU, float> network({.inputs = data.dimension(), .hidden = 3}, pc::LeakyReLU{0.25});
    const pc::LeakyNetwork leaky{network, data};
    const pc::LeakyNetwork wide{network.cast<double>(), data.cast<double>()};
    const pc::AgnosticNeuron<pc::Tanh, float> neuron(
        pc::Neuron<pc::Tanh, float>({.inputs = data.dimension()}, pc::Tanh{}), data,
        problems::vector<float>(stream, data.dimension(), 2));
    const auto pl = leaky.proxy_pl();
    const auto convexity = leaky.proxy_convexity();
    const auto neuron_pl = neuron.proxy_pl(3.0);
    const pc::Ball region{neuron.reference(), 3.0};
    for (int i = 0; i < 10; ++i) {
      const auto w = problems::vector<float>(stream, network.parameters(), 3);
      const auto v = problems::vector<float>(stream, network.parameters(), 3);
      pc::Vector<float> u(data.dimension());
      region.sample(stream, u);
      CHECK(pc::detail::classify(pl.margin(w), 1) != pc::Outcome::violated);
      CHECK(pc::detail::classify(convexity.margin(w, v), 1) != pc::Outcome::violated);
      CHECK(pc::detail::classify(neuron_pl.margin(u), 1) != pc::Outcome::violated);
    }
    const pc::Vector<float> w0 = network.initialize(pc::Seed{1});
    const pc::GuaranteePlan plan{.iterations = 50, .step_size = 1 / leaky.growth(pc::Noise::full_batch).B};
    CHECK(leaky.proxy_convexity_guarantee(w0, plan).bound(50) >=
          wide.proxy_convexity_guarantee(w0.cast<double>(), plan).bound(50) * (1 - 1e-4));
  }
}

TEST_CASE("constants round up from every scalar") {
  CHECK(pc::detail::upper(pc::BoundedValue<float>{1.0F, 0x1p-26F}) > 1 + 0x1p-26);
  CHECK(pc::detail::upper(pc::BoundedValue<long double>{1.0L + 0x1p-63L, 0}) > 1);
  CHECK(pc::detail::moment(pc::Noise::single_example, 1e-170, 0) > 0);
}
