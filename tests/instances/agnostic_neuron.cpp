// SPDX-License-Identifier: MIT
#include <proxcvx/instances/agnostic_neuron.hpp>
#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/optimize/recorders.hpp>
#include <proxcvx/properties/gradient_growth.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/prove_by_theorem.hpp>

#include "instances/random_problems.hpp"

// Theory 4.3: one neuron with a non-decreasing activation, any labels.

namespace pc = proxcvx;

namespace {

using Neuron = pc::Neuron<pc::AnyActivation>;

const std::vector<std::string> increasing{"identity", "relu",    "leaky_relu", "smooth_leaky_relu",
                                          "tanh",     "sigmoid", "softplus"};

pc::AnyActivation random_activation(pc::RandomStream& stream) {
  const auto which = static_cast<std::size_t>(stream.below(static_cast<pc::Index>(increasing.size())));
  return pc::AnyActivation::named(increasing[which], std::exp2(stream.uniform(-4, 0)), problems::scale(stream, 2));
}

}  // namespace

TEST_CASE("4.3: proxy convexity, proxy PL and growth against v have no violation on any data") {
  problems::on_random_data(431, false, [&](pc::RandomStream& stream, const auto& data, pc::Index points) {
    const Neuron neuron({.inputs = data.dimension()}, random_activation(stream));
    const pc::AgnosticNeuron instance(neuron, data, problems::vector(stream, data.dimension(), 3));
    const double rho = problems::scale(stream, 5);
    const pc::Ball region{instance.reference(), rho};
    INFO(neuron.name() << ", rho = " << rho);
    const auto convexity = instance.proxy_convexity(rho);
    const auto pl = instance.proxy_pl(rho);
    const pc::Affine g{2 / neuron.activation().lipschitz() * (1 - 0x1p-52), instance.proxy(), 0.0};
    const pc::GradientGrowth single{instance.objective(), g, instance.growth(pc::Noise::single_example)};
    const pc::GradientGrowth full{instance.objective(), g, instance.growth(pc::Noise::full_batch)};
    for (pc::Index i = 0; i < points; ++i) {
      pc::Vector<double> w(data.dimension());
      region.sample(stream, w);
      problems::has_no_violation(convexity, w);
      problems::has_no_violation(pl, w);
      problems::has_no_violation(single, w);
      problems::has_no_violation(full, w);
    }
  });
}

TEST_CASE("4.3: a leaky neuron is globally proxy convex in F, for all pairs") {
  problems::on_random_data(432, false, [&](pc::RandomStream& stream, const auto& data, pc::Index points) {
    const Neuron neuron({.inputs = data.dimension()}, pc::LeakyReLU{std::exp2(stream.uniform(-4, 0))});
    const pc::AgnosticNeuron instance(neuron, data, problems::vector(stream, data.dimension(), 3));
    REQUIRE(instance.leaky());
    const auto convexity = instance.leaky_proxy_convexity();
    const pc::Affine g{neuron.activation().smallest_slope(), instance.objective(), 0.0};
    const pc::GradientGrowth growth{instance.objective(), g, instance.leaky_growth(pc::Noise::single_example)};
    const pc::GradientGrowth full{instance.objective(), g, instance.leaky_growth(pc::Noise::full_batch)};
    for (pc::Index i = 0; i < points; ++i) {
      const auto w = problems::vector(stream, data.dimension());
      const auto v = stream.below(6) == 0 ? w : problems::vector(stream, data.dimension());
      problems::has_no_violation(convexity, w, v);
      problems::has_no_violation(growth, w);
      problems::has_no_violation(full, w);
    }
  });
}

static_assert(pc::Instance<pc::AgnosticNeuron<pc::Tanh>> && pc::Instance<pc::AgnosticNeuron<pc::AnyActivation>>);

TEST_CASE("4.3: on all of space, with the distance from v in place of a radius, it is one property and one theorem") {
  problems::on_random_data(435, false, [&](pc::RandomStream& stream, const auto& data, pc::Index points) {
    const Neuron neuron({.inputs = data.dimension()}, random_activation(stream));
    const pc::AgnosticNeuron instance(neuron, data, problems::vector(stream, data.dimension(), 3));
    const auto property = instance.property();
    for (pc::Index i = 0; i < points; ++i) {
      const auto step = problems::vector(stream, data.dimension());
      problems::has_no_violation(property, pc::Vector<double>(instance.reference() + step));
    }
  });
  pc::RandomStream stream{pc::Seed{436}};
  const pc::AgnosticNeuron instance(
      Neuron({.inputs = 3}, pc::Tanh{}),
      pc::Dataset<double>(pc::Matrix<double>::Random(3, 9), pc::Matrix<double>::Ones(1, 9)));
  const pc::TheoremReport report = pc::prove(instance);
  CHECK(report.verdict() == pc::Verdict::proved_by_theorem);
  CHECK(report.theorem.region == "all of R^3");
  CHECK(report.theorem.constants[1].name == "k");
  CHECK(report.theorem.constants[1].certified == Approx(instance.noise_level()).epsilon(1e-10));
  CHECK(instance.premises().size() == report.theorem.premises.size());
  const double rho = 2;
  const pc::Vector<double> w = instance.reference() + pc::Vector<double>::Unit(3, 1) * rho;
  const auto moving = instance.property().margin(w), fixed = instance.proxy_convexity(rho).margin(w);
  CHECK(std::abs(moving.value - fixed.value) <= 2 * (moving.error + fixed.error));
}

TEST_CASE("4.3: the leaky constant is sharp in h: 1/1.001 of it is violated") {
  // One sample x = 1: grad F = (s(w) - y) s'(w). Searched on a grid of (w, v, y).
  const double gamma = 0.5;
  const pc::LeakyReLU s{gamma};
  double sharpest = 0;  // sup over the grid of (gamma F(w) - <grad F(w), w - v>)/F(v)
  for (double y = -4; y <= 4; y += 0.125) {
    for (double w = -4; w <= 4; w += 0.0625) {
      for (double v = -8; v <= 8; v += 0.0625) {
        const double residual = s.value(w) - y;
        const double level = 0.5 * (s.value(v) - y) * (s.value(v) - y);
        if (level < 1e-9) continue;
        const double needed = gamma * 0.5 * residual * residual - residual * s.derivative(w) * (w - v);
        sharpest = std::max(sharpest, needed / level);
      }
    }
  }
  const double theory = 1 / (gamma * (2 - gamma * gamma));
  CHECK(sharpest <= theory * (1 + 1e-12));
  CHECK(sharpest >= theory / 1.001);
}

TEST_CASE("4.3: projected full-batch descent stays under the guarantees at every T") {
  for (const std::string& name : increasing) {
    pc::RandomStream stream{pc::Seed{433}};
    pc::Matrix<double> x(4, 60);
    stream.fill_normal(x);
    const Neuron neuron({.inputs = 4}, pc::AnyActivation::named(name, 0.25));
    pc::Vector<double> teacher(4);
    stream.fill_normal(teacher);
    pc::Matrix<double> y(1, 60);
    neuron.forward(teacher, x, y);
    for (pc::Index i = 0; i < 60; ++i) y(0, i) += 0.2 * stream.normal();
    INFO(name);
    const pc::AgnosticNeuron instance(neuron, pc::Dataset<double>(x, y));
    CHECK(instance.reference_risk() <= 1.05 * instance.objective().value(teacher));  // the fit is a fit
    const auto w0 = neuron.initialize(pc::Seed{4});
    const double rho = 2 * (w0 - instance.reference()).norm();
    const pc::Index T = 200;
    const auto guarantee = instance.guarantee(w0, rho, {.iterations = T});
    pc::ProxyRecorder G{pc::Affine{2 / neuron.activation().lipschitz() * (1 - 0x1p-52), instance.proxy(), 0.0}};
    pc::ProxyRecorder F{instance.objective()};
    const pc::Ball domain{instance.reference(), rho};
    (void)pc::GD(pc::ConstantStep{guarantee.step_size()}, {.iterations = T}, domain)
        .minimize(instance.objective(), w0, G);
    double sum = 0;
    for (pc::Index t = 1; t <= T; ++t) {
      sum += G.values()[static_cast<std::size_t>(t - 1)];
      CHECK(sum / static_cast<double>(t) <= guarantee.bound(t) * (1 + 1e-12));
    }
    if (!instance.leaky()) {
      CHECK_THROWS_AS(instance.leaky_proxy_convexity(), std::invalid_argument);
      continue;
    }
    const auto leaky = instance.leaky_guarantee(w0, {.iterations = T});
    (void)pc::GD(leaky.step_size(), {.iterations = T}).minimize(instance.objective(), w0, F);
    sum = 0;
    for (pc::Index t = 1; t <= T; ++t) {
      sum += neuron.activation().smallest_slope() * F.values()[static_cast<std::size_t>(t - 1)];
      CHECK(sum / static_cast<double>(t) <= leaky.bound(t) * (1 + 1e-12));
    }
  }
}

TEST_CASE("4.3: a decreasing activation, a short radius and a wrong reference are refused") {
  pc::RandomStream stream{pc::Seed{434}};
  const pc::Dataset<double> data(pc::Matrix<double>::Ones(2, 3), pc::Matrix<double>::Ones(1, 3));
  CHECK_THROWS_AS(pc::AgnosticNeuron(Neuron({.inputs = 2}, pc::Swish{}), data), std::invalid_argument);
  const Neuron neuron({.inputs = 2}, pc::Tanh{});
  CHECK_THROWS_AS(pc::AgnosticNeuron(neuron, data, pc::Vector<double>(pc::Vector<double>::Ones(3))),
                  std::invalid_argument);
  const pc::AgnosticNeuron instance(neuron, data, pc::Vector<double>(pc::Vector<double>::Ones(2)));
  CHECK_THROWS_AS(instance.guarantee(pc::Vector<double>::Zero(2), 1.0, {.iterations = 10}), std::invalid_argument);
  CHECK_THROWS_AS(instance.proxy_pl(0.0), std::invalid_argument);
}
