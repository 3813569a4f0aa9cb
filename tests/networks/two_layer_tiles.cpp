// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <stdexcept>
#include <utility>

#include "support/catch2.hpp"
#include "support/counts.hpp"

// The register tiles against the plain path, which long double takes, over random shapes.

namespace pc = proxcvx;

namespace {

pc::AnyActivation random_activation(pc::RandomStream& stream) {
  return pc::AnyActivation::named(pc::AnyActivation::names.at(stream.below(pc::AnyActivation::names.size())));
}

struct Shape {
  pc::Index d, m, n;
  pc::Train train;
};

Shape random_shape(pc::RandomStream& stream) {
  const auto up_to = [&](std::uint64_t most) { return static_cast<pc::Index>(1 + stream.below(most)); };
  const pc::Index many = stream.below(20) == 0 ? 32 : 0;  // inputs, of which weights stay where they are
  if (many > 0) return {many + up_to(50), 40 + up_to(50), 32 + up_to(100), pc::Train::all};
  return {up_to(stream.below(2) == 0 ? 6 : 40), up_to(stream.below(2) == 0 ? 4 : 80),
          up_to(stream.below(8) == 0 ? 400 : 30), stream.below(2) == 0 ? pc::Train::first : pc::Train::all};
}

/// Outputs and gradient in S within a few (d + m + n) u of those in long double, relative to sums of sizes. Data with
/// w.x away from the kink: rounding may not change which side a unit is on.
template <class S, class A> bool agrees(const Shape& shape, const A& activation, pc::RandomStream& stream) {
  const auto [d, m, n, train] = shape;
  const pc::TwoLayer<A, S> network({.inputs = d, .hidden = m, .train = train}, activation);
  const auto reference = network.template cast<long double>();
  pc::Matrix<S> larger(d + 3, n);  // inputs are a block of it: their columns have a stride
  stream.fill_normal(larger);
  const auto inputs = larger.middleRows(1, d);
  pc::Vector<S> w(network.parameters()), gradient = pc::Vector<S>::Constant(network.parameters(), S(0.5));
  stream.fill_normal(w);
  pc::Matrix<S> signals(1, n), outputs(1, n), seen(1, n);
  stream.fill_normal(signals);
  network.forward(w, inputs, outputs);
  S kink = std::numeric_limits<S>::infinity();
  if (stream.below(2) == 0) {
    network.pull_back(
        w, inputs, [&](pc::MatrixRef<S> values) { seen = values, values = signals; }, gradient, &kink);
  } else {
    pc::Index next = 0;
    network.pull_back_in_blocks(
        w, inputs,
        [&](pc::MatrixRef<S> values, pc::Index first) {
          REQUIRE(first == next);
          next += values.cols();
          seen.middleCols(first, values.cols()) = values;
          values = signals.middleCols(first, values.cols());
        },
        gradient, &kink);
    REQUIRE(next == n);
  }

  const pc::Vector<long double> exact_w = w.template cast<long double>();
  const pc::Matrix<long double> exact_inputs = inputs.template cast<long double>();
  pc::Vector<long double> exact = pc::Vector<long double>::Constant(w.size(), 0.5L);
  pc::Matrix<long double> exact_outputs(1, n);
  long double exact_kink = std::numeric_limits<long double>::infinity();
  reference.pull_back(
      exact_w, exact_inputs,
      [&](pc::MatrixRef<long double> values) {
        exact_outputs = values;
        values = signals.template cast<long double>();
      },
      exact, &exact_kink);
  const long double u = std::numeric_limits<S>::epsilon();
  const long double size = exact_w.norm() * exact_inputs.norm() + 1;
  const long double unit = u * static_cast<long double>(4 * (d + m + n) + 64) * size;
  if (activation.kinked() && exact_kink <= unit) return true;
  const long double a = reference.outer_weights().norm() + exact_w.norm();
  const long double strength = signals.template cast<long double>().norm() * a * (exact_inputs.norm() + 1);
  return (outputs.template cast<long double>() - exact_outputs).norm() <= unit * a &&
         (seen.template cast<long double>() - exact_outputs).norm() <= unit * a &&
         (gradient.template cast<long double>() - exact).norm() <= unit * (strength + 1) &&
         (!activation.kinked() || std::abs(static_cast<long double>(kink) - exact_kink) <= unit);
}

}  // namespace

TEST_CASE("register tiles give what the plain products give, for any shape") {
  pc::RandomStream stream{pc::Seed{71}};
  for (int trial = 0; trial < tests::scaled_count(100'000); ++trial) {
    const Shape shape = random_shape(stream);
    CAPTURE(trial, shape.d, shape.m, shape.n);
    const pc::AnyActivation activation = random_activation(stream);
    const pc::LeakyReLU leaky{0.1};
    const bool wide = agrees<double>(shape, activation, stream) && agrees<double>(shape, leaky, stream);
    const bool narrow = agrees<float>(shape, activation, stream) && agrees<float>(shape, leaky, stream);
    if (!wide || !narrow) FAIL("double: " << wide << ", float: " << narrow);
  }
}

TEST_CASE("so do those that leave many inputs' weights where they are, in blocks of samples and pieces of inputs") {
  pc::RandomStream stream{pc::Seed{75}};
  for (const Shape& shape : {Shape{800, 41, 333, pc::Train::first}, Shape{1024, 40, 161, pc::Train::all},
                             Shape{129, 83, 1000, pc::Train::all}, Shape{390, 200, 32, pc::Train::first}}) {
    CAPTURE(shape.d, shape.m, shape.n);
    CHECK(agrees<double>(shape, pc::LeakyReLU{0.1}, stream));
    CHECK(agrees<double>(shape, pc::Tanh{}, stream));
    CHECK(agrees<float>(shape, pc::Tanh{}, stream));
  }
}

TEST_CASE("an input that is no number reaches its output and every gradient, and no other output") {
  const auto [d, m] = GENERATE(std::pair<pc::Index, pc::Index>{3, 5}, std::pair<pc::Index, pc::Index>{150, 45});
  const pc::Index n = 39;
  const pc::TwoLayer network{{.inputs = d, .hidden = m}, pc::Identity{}};
  pc::RandomStream stream{pc::Seed{72}};
  pc::Matrix<double> inputs(d, n), outputs(1, n);
  stream.fill_normal(inputs);
  inputs(1, n - 1) = std::numeric_limits<double>::quiet_NaN();
  inputs(0, n - 2) = std::numeric_limits<double>::infinity();
  const pc::Vector<double> w = pc::Vector<double>::Ones(d * m);
  network.forward(w, inputs, outputs);
  CHECK(outputs.leftCols(n - 2).allFinite());
  CHECK_FALSE(std::isfinite(outputs(0, n - 2)));
  CHECK(std::isnan(outputs(0, n - 1)));
  pc::Vector<double> gradient = pc::Vector<double>::Zero(d * m);
  network.pull_back(
      w, inputs, [](pc::MatrixRef<double> values) { values.setOnes(); }, gradient);
  for (pc::Index j = 0; j < m; ++j) {
    CHECK(std::isnan(gradient[d * j + 1]));
    CHECK(std::isfinite(gradient[d * j + 2]));
    CHECK(std::isinf(gradient[d * j]));
  }
}

#ifdef _OPENMP
TEST_CASE("threads share a gradient, and its bits do not depend on how many there are") {
  const int before = omp_get_max_threads(), eigen_before = Eigen::nbThreads();
  omp_set_num_threads(4);
  const auto same_bits = [](pc::Index d, pc::Index m, pc::Index n, pc::Train train) {
    const pc::TwoLayer network{{.inputs = d, .hidden = m, .train = train}, pc::LeakyReLU{0.1}};
    pc::RandomStream stream{pc::Seed{73}};
    pc::Matrix<double> inputs(d, n);
    stream.fill_normal(inputs);
    const pc::Vector<double> w = network.initialize(pc::Seed{74});
    const auto gradient = [&](double& kink, const double* factor = nullptr) {
      pc::Vector<double> out = pc::Vector<double>::Constant(
          w.size(), factor == nullptr ? 0 : std::numeric_limits<double>::quiet_NaN());  // what it must not read
      kink = std::numeric_limits<double>::infinity();
      pc::Index next = 0;
      network.pull_back_in_blocks(
          w, inputs,
          [&](pc::MatrixRef<double> values, pc::Index first) {
            CHECK(first == next);
            next += values.cols();
            values = values.array().sin().matrix().eval();
          },
          out, &kink, factor);
      CHECK(next == n);
      return out;
    };
    const double third = 1.0 / 3;
    double one_kink = 0, kink = 0;
    Eigen::setNbThreads(1);
    const pc::Vector<double> one = gradient(one_kink);
    for (const int threads : {2, 3, 4}) {
      CAPTURE(d, m, n, threads);
      Eigen::setNbThreads(threads);
      for (int again = 0; again < 20; ++again) CHECK(gradient(kink) == one);
      CHECK(kink == one_kink);
      CHECK(gradient(kink, &third) == one * third);
      pc::parallel_for_blocks(0, 2, 2, [&](pc::Index block) {  // nested: serial, and the same
        double nested_kink = 0;
        if (block == 0 && gradient(nested_kink) != one) throw std::runtime_error("other bits");
      });
      pc::Vector<double> unfinished = w;
      const auto refuse = [](pc::MatrixRef<double>, pc::Index) { throw std::invalid_argument("no"); };
      CHECK_THROWS_AS(network.pull_back_in_blocks(w, inputs, refuse, unfinished), std::invalid_argument);
    }
  };
  same_bits(30, 83, 500, pc::Train::all);
  same_bits(31, 160, 301, pc::Train::first);
  same_bits(200, 600, 350, pc::Train::all);    // weights where they are
  same_bits(600, 1100, 30, pc::Train::first);  // by matrix products
  omp_set_num_threads(before);
  Eigen::setNbThreads(eigen_before);
}
#endif
