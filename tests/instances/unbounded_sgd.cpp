// SPDX-License-Identifier: MIT
#include <proxcvx/instances/unbounded_sgd.hpp>
#include <proxcvx/objectives/least_squares.hpp>
#include <proxcvx/objectives/logistic_regression.hpp>
#include <proxcvx/optimize/stochastic_gradient_descent.hpp>
#include <proxcvx/verify/prove_by_theorem.hpp>

#include "instances/random_problems.hpp"

// Theory 2.4: terms with Hoelder gradients, with constants from any data, and the growth that they imply.

namespace unbounded_instances {

namespace pc = proxcvx;

template <class Make> void has_hoelder_terms(std::uint64_t seed, const Make& make) {
  problems::on_random_data(seed, false, [&](pc::RandomStream& stream, const auto& data, pc::Index points) {
    if (!(data.radius() > 0)) return;
    const pc::UnboundedSGD instance{make(stream, data)};
    const auto property = instance.property();
    const pc::GradientGrowth growth{instance.objective(), instance.objective(), instance.growth()};
    for (pc::Index i = 0; i < points; ++i) {
      const auto w = problems::vector(stream, data.dimension());
      const pc::Vector<double> v = stream.below(3) == 0 ? pc::Vector<double>(w + problems::vector(stream, w.size(), 30))
                                                        : problems::vector(stream, data.dimension());
      problems::has_no_violation(property, w, v);
      problems::has_no_violation(growth, w);
    }
  });
}

template <class A, class L> auto neuron_risk(const A& activation, const L& loss, const pc::Dataset<double>& data) {
  return pc::EmpiricalRisk{pc::Neuron{{.inputs = data.dimension()}, activation}, loss, data};
}

TEST_CASE("2.4: |residual|^{1+a} of a linear neuron has Hoelder gradients and bounds its own, on any data") {
  has_hoelder_terms(2401, [](pc::RandomStream& stream, const pc::Dataset<double>& data) {
    return neuron_risk(pc::Identity{}, pc::HoelderLoss{0.25 * static_cast<double>(1 + stream.below(4))}, data);
  });
}

static_assert(pc::Instance<pc::UnboundedSGD<pc::LeastSquares<>>>);
static_assert(pc::Instance<pc::UnboundedSGD<pc::EmpiricalRisk<pc::Neuron<pc::Sigmoid>, pc::SquaredLoss>>>);

TEST_CASE("2.4: so has the squared loss of a sigmoid neuron, and of a tanh one") {
  has_hoelder_terms(2402, [](pc::RandomStream&, const pc::Dataset<double>& data) {
    return neuron_risk(pc::Sigmoid{}, pc::SquaredLoss{}, data);
  });
  has_hoelder_terms(2403, [](pc::RandomStream&, const pc::Dataset<double>& data) {
    return neuron_risk(pc::Tanh{}, pc::SquaredLoss{}, data);
  });
}

TEST_CASE("2.4: the constant of a single example is sharp for the linear neuron") {
  pc::Matrix<double> x(2, 1);
  x << 3, -4;
  const pc::Dataset<double> data{x, pc::Matrix<double>::Zero(1, 1)};
  for (const double a : {0.25, 0.5, 1.0}) {
    const pc::UnboundedSGD instance{neuron_risk(pc::Identity{}, pc::HoelderLoss{a}, data)};
    const pc::HoelderConstants constants = instance.constants();
    CHECK(constants.L == Approx((1 + a) * std::pow(2, 1 - a) * std::pow(5, 1 + a)).epsilon(1e-12));
    const pc::Vector<double> w = 0.01 * x.col(0);
    problems::has_no_violation(instance.property(), w, pc::Vector<double>(-w));
    problems::is_violated(pc::HoelderGradient(instance.objective(), {.a = a, .L = constants.L / 1.001}), w,
                          pc::Vector<double>(-w));
  }
  // Self-bounding at a = 1: ||grad f_z||^2 = 2 L f_z for the squared loss.
  const pc::UnboundedSGD squared{pc::LeastSquares<>(data)};
  const auto growth = squared.growth();
  CHECK(growth.A == 0);
  CHECK(growth.B == Approx(2 * 25).epsilon(1e-12));
  problems::is_violated(pc::GradientGrowth(squared.objective(), squared.objective(), {.A = 0, .B = growth.B / 1.001}),
                        pc::Vector<double>(x.col(0)));
}

TEST_CASE("2.4: the Hoelder property is proved by theorem, for a constant that is no smaller") {
  pc::RandomStream stream{pc::Seed{2404}};
  const auto data = problems::dataset(stream, false);
  CHECK(pc::prove(pc::UnboundedSGD{neuron_risk(pc::Sigmoid{}, pc::SquaredLoss{}, data)}).verdict() ==
        pc::Verdict::proved_by_theorem);
  CHECK(pc::prove(pc::UnboundedSGD{neuron_risk(pc::Identity{}, pc::HoelderLoss{0.5}, data)}).verdict() ==
        pc::Verdict::proved_by_theorem);
  pc::Theorem theorem = pc::UnboundedSGD{pc::LogisticRegression<>(problems::dataset(stream, true))}.theorem();
  CHECK(pc::prove(theorem).verdict() == pc::Verdict::proved_by_theorem);
  theorem.constants[1].claimed /= 1.01;
  CHECK(pc::prove(theorem).verdict() == pc::Verdict::inconclusive);
}

TEST_CASE("2.4: an instance hands its constants to the guarantees") {
  pc::RandomStream stream{pc::Seed{2405}};
  const auto data = problems::dataset(stream, false);
  const pc::LeastSquares<> f(data);
  const pc::UnboundedSGD instance{f};
  const auto w0 = problems::vector(stream, data.dimension(), 1);
  const auto settings = instance.pl_settings(w0);
  CHECK(settings.smoothness >= data.radius() * data.radius());
  CHECK(settings.gap >= f.value(w0) - settings.minimum);
  CHECK(settings.modulus == f.pl_modulus());
  const pc::PolynomialStep steps{0.1, 0.75};
  const auto guarantee = instance.guarantee(w0, steps, 50);
  CHECK(guarantee.value_bound(0) >= f.value(w0));
  CHECK(guarantee.value_bound(0) == Approx(f.value(w0)).epsilon(1e-10));
  CHECK(guarantee.step_size(3) == steps(3));
  const auto constant = instance.guarantee(w0, {.iterations = 50, .noise = pc::Noise::single_example});
  CHECK(constant.iterations() == 50);
  CHECK_THROWS_AS(instance.guarantee(w0, {.iterations = 50}), std::invalid_argument);
  const pc::Dataset<double> nothing{pc::Matrix<double>::Zero(2, 1), pc::Matrix<double>::Zero(1, 1)};
  CHECK_THROWS_WITH(pc::UnboundedSGD{pc::LeastSquares<>(nothing)},
                    Catch::Matchers::ContainsSubstring("finite constant > 0"));
}

}  // namespace unbounded_instances
