// SPDX-License-Identifier: MIT
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/optimize/recorders.hpp>
#include <proxcvx/optimize/step_sizes.hpp>
#include <string>

#include "support/catch2.hpp"

// What may watch a run, what the recorders write down, and the formulas of the step sizes.

namespace pc = proxcvx;

namespace {

struct Watches {
  void operator()(const pc::Iterate<double>& /*iterate*/) {}
};
struct MayStop {
  pc::Flow operator()(const pc::Iterate<double>& /*iterate*/) { return pc::Flow::proceed; }
};
struct WrongArgument {
  void operator()(const std::string& /*iterate*/) {}
};
struct WrongScalar {
  void operator()(const pc::Iterate<float>& /*iterate*/) {}
};
struct WantsToChange {
  void operator()(pc::Iterate<double>& /*iterate*/) {}
};
struct TwoArguments {
  void operator()(const pc::Iterate<double>& /*iterate*/, int /*other*/) {}
};
struct ReturnsBool {
  bool operator()(const pc::Iterate<double>& /*iterate*/) { return true; }
};
struct NamedHook {
  void on_iterate(const pc::Iterate<double>& /*iterate*/) {}
};

static_assert(pc::Observer<Watches, double> && pc::Observer<MayStop, double>);
static_assert(pc::Observer<pc::ValueRecorder, double> && pc::Observer<pc::ValueRecorder, float>);
static_assert(pc::Observer<pc::TrajectoryRecorder<double>, double>);
static_assert(!pc::Observer<WrongArgument, double> && !pc::Observer<WrongScalar, double>);
static_assert(!pc::Observer<WantsToChange, double> && !pc::Observer<TwoArguments, double>);
static_assert(!pc::Observer<ReturnsBool, double> && !pc::Observer<NamedHook, double>);
static_assert(!pc::Observer<const Watches, double>);  // its call is not const

struct NoStep {
  void operator()(pc::Index /*t*/) const {}
};
static_assert(!pc::StepSize<NoStep> && !pc::StepSize<double> && !pc::StepSize<std::string>);

}  // namespace

TEST_CASE("observers see w_t, f(w_t), its gradient and the step that comes next") {
  const pc::SquarePlusSine<> f;
  const pc::PolynomialStep step{0.1, 0.5};
  pc::ProxyRecorder proxy{[](const auto& w) { return std::abs(w[0]); }};
  pc::ValueRecorder values;
  pc::TrajectoryRecorder<double> all;
  pc::TrajectoryRecorder<double> thirds{3};
  pc::Index next = 0;
  bool right = true;
  const auto watch = [&](const pc::Iterate<double>& iterate) {
    pc::Vector<double> gradient(1);
    right = right && iterate.t == next++ && iterate.value == f.gradient(iterate.w, gradient) &&
            iterate.gradient == gradient && iterate.step_size == step(iterate.t);
  };
  const auto w0 = pc::Vector<double>::Constant(1, 2).eval();
  CHECK(std::isnan(proxy.mean()));
  CHECK(std::isinf(proxy.best()));
  (void)pc::GD{step, {.iterations = 10}}.minimize(f, w0, watch, proxy, values, all, thirds);
  CHECK(right);
  CHECK(next == 10);
  const auto points = all.points();
  REQUIRE(points.cols() == 10);
  REQUIRE(thirds.points().cols() == 4);
  for (pc::Index t = 0; t < 10; ++t) {
    CHECK(values.values()[static_cast<std::size_t>(t)] == f.value(points.col(t)));
    CHECK(proxy.values()[static_cast<std::size_t>(t)] == std::abs(points(0, t)));
    if (t % 3 == 0) CHECK(thirds.points().col(t / 3) == points.col(t));
  }
  CHECK(proxy.best() == points.cwiseAbs().minCoeff());
  CHECK(proxy.mean() == Approx(points.cwiseAbs().mean()).epsilon(1e-14));
  CHECK(pc::TrajectoryRecorder<double>{}.points().size() == 0);
}

TEST_CASE("step sizes are their formulas") {
  for (const pc::Index t : {0, 1, 2, 9, 1000}) {
    const auto k = static_cast<double>(t);
    CHECK(pc::ConstantStep{0.3}(t) == 0.3);
    CHECK(pc::PolynomialStep(2, 0.75)(t) == Approx(2 / std::pow(k + 1, 0.75)).epsilon(1e-15));
    CHECK(pc::PolynomialStep(2, 0)(t) == 2);
    CHECK(pc::InverseStep{0.5}(t) == Approx(1 / (0.5 * (k + 1))).epsilon(1e-15));
    CHECK(pc::InverseStep(0.5, 2, 7)(t) == Approx(2 / (0.5 * (k + 7))).epsilon(1e-15));
  }
  for (const double bad : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    CHECK_THROWS_AS(pc::ConstantStep(bad), std::invalid_argument);
    CHECK_THROWS_AS(pc::PolynomialStep(bad, 0.5), std::invalid_argument);
    CHECK_THROWS_AS(pc::InverseStep(bad), std::invalid_argument);
    CHECK_THROWS_AS(pc::InverseStep(1, bad), std::invalid_argument);
    CHECK_THROWS_AS(pc::InverseStep(1, 1, bad), std::invalid_argument);
  }
  CHECK_THROWS_AS(pc::PolynomialStep(1, -0.5), std::invalid_argument);
  CHECK_THROWS_AS(pc::PolynomialStep(1, std::nan("")), std::invalid_argument);
}
