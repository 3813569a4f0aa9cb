// SPDX-License-Identifier: MIT
#include <cmath>
#include <proxcvx/optimize/adaptive.hpp>
#include <proxcvx/optimize/recorders.hpp>
#include <proxcvx/optimize/stochastic_gradient_descent.hpp>
#include <vector>

#include "optimize/models.hpp"
#include "support/catch2.hpp"

// Momentum, RMSprop and Adam against their formulas, written down by hand for one parameter.

namespace pc = proxcvx;

static_assert(pc::Optimizer<pc::GD<>, models::Line> && pc::Optimizer<pc::SGD<>, models::Line>);
static_assert(pc::Optimizer<pc::Momentum<>, models::Line> && pc::Optimizer<pc::RMSprop<>, models::Line>);
static_assert(pc::Optimizer<pc::Adam<>, models::Line> && !pc::Optimizer<pc::ConstantStep, models::Line>);

namespace {

const models::Line four_terms{{1.0, -0.5, 2.0, 0.25}, {0.5, 1.0, -1.0, 2.0}};

pc::Vector<double> single(double x) { return pc::Vector<double>::Constant(1, x); }

/// The run of `optimizer` is that of `move(w, g, eta, t)` on the same batches, step by step and in minimize.
template <class Optimizer, class Move>
void is_its_formula(const Optimizer& optimizer, const pc::SGDSettings& settings, const Move& move) {
  pc::Batches batches{4, settings.batch, settings.sampling, settings.seed};
  pc::Vector<double> w = single(1.5);
  pc::Vector<double> gradient(1);
  auto memory = optimizer.start(1);
  double by_hand = 1.5;
  for (pc::Index t = 0; t < settings.iterations; ++t) {
    const auto batch = batches.draw(t);
    double slope = 0;
    for (const pc::Index i : batch) slope += four_terms.slope(static_cast<std::size_t>(i), by_hand);
    by_hand = move(by_hand, slope / static_cast<double>(batch.size()), 0.2 / std::sqrt(static_cast<double>(t) + 1), t);
    optimizer.step(four_terms, batch, w, gradient, memory);
  }
  CHECK(w[0] == Approx(by_hand).epsilon(1e-12));
  CHECK(memory.steps == settings.iterations);
  pc::TrajectoryRecorder<double> recorder;
  const auto result = optimizer.minimize(four_terms, single(1.5), recorder);
  CHECK(result.last == w);
  CHECK(result.status == pc::Status::iteration_limit);
  CHECK(result.iterations == settings.iterations);
  CHECK(recorder.points().cols() == settings.iterations);
  CHECK(result.last_value == four_terms.value(w));
}

}  // namespace

TEST_CASE("momentum, RMSprop and Adam are their formulas") {
  const pc::SGDSettings settings{.iterations = 25, .batch = 2, .seed = pc::Seed{4}};
  const pc::PolynomialStep step{0.2, 0.5};
  double v = 0;
  is_its_formula(pc::Momentum{step, {.decay = 0.8}, settings}, settings, [&](double w, double g, double eta, auto) {
    v = 0.8 * v + g;
    return w - eta * v;
  });
  double r = 0;
  is_its_formula(pc::RMSprop{step, {.decay = 0.7, .epsilon = 1e-3}, settings}, settings,
                 [&](double w, double g, double eta, auto) {
                   r = 0.7 * r + 0.3 * g * g;
                   return w - eta * g / (std::sqrt(r) + 1e-3);
                 });
  double m = 0;
  double s = 0;
  is_its_formula(pc::Adam{step, {.beta_1 = 0.6, .beta_2 = 0.9, .epsilon = 1e-2}, settings}, settings,
                 [&](double w, double g, double eta, pc::Index t) {
                   m = 0.6 * m + 0.4 * g;
                   s = 0.9 * s + 0.1 * g * g;
                   const auto n = static_cast<double>(t + 1);
                   const double mean = m / (1 - std::pow(0.6, n));
                   return w - eta * mean / (std::sqrt(s / (1 - std::pow(0.9, n))) + 1e-2);
                 });
}

TEST_CASE("without decay momentum is SGD bit for bit, and the first step of Adam is eta in every entry") {
  const pc::SGDSettings settings{.iterations = 40, .batch = 2, .seed = pc::Seed{6}};
  const auto momentum = pc::Momentum{0.05, {.decay = 0}, settings}.minimize(four_terms, single(2));
  CHECK(momentum.last == pc::SGD{0.05, settings}.minimize(four_terms, single(2)).last);
  const auto adam = pc::Adam{0.05, {}, {.iterations = 1}}.minimize(four_terms, single(2));
  CHECK(std::abs(adam.last[0] - 2) == Approx(0.05).epsilon(1e-7));
}

TEST_CASE("optimizers with a memory stop where they are told and where numbers end") {
  const auto third = [](const pc::Iterate<double>& iterate) {
    return iterate.t == 3 ? pc::Flow::stop : pc::Flow::proceed;
  };
  CHECK(pc::Adam{0.1}.minimize(four_terms, single(1), third).iterations == 3);
  const models::Line steep{{1e80}, {0}};
  const auto run = pc::Momentum{1.0, {}, {.iterations = 50, .evaluate_every = 1}}.minimize(steep, single(1));
  CHECK(run.status == pc::Status::non_finite);
  CHECK(run.best == single(1));
}

TEST_CASE("optimizers with a memory refuse senseless arguments and say which") {
  using Catch::Matchers::ContainsSubstring;
  for (const double bad : {-0.1, 1.0, std::nan("")}) {
    CHECK_THROWS_WITH((pc::Momentum{0.1, {.decay = bad}}), ContainsSubstring("decay"));
    CHECK_THROWS_WITH((pc::RMSprop{0.1, {.decay = bad}}), ContainsSubstring("decay"));
    CHECK_THROWS_WITH((pc::Adam{0.1, {.beta_1 = bad}}), ContainsSubstring("beta_1"));
    CHECK_THROWS_WITH((pc::Adam{0.1, {.beta_2 = bad}}), ContainsSubstring("beta_2"));
  }
  CHECK_THROWS_WITH((pc::RMSprop{0.1, {.epsilon = 0}}), ContainsSubstring("epsilon"));
  CHECK_THROWS_WITH((pc::Adam{0.1, {.epsilon = -1}}), ContainsSubstring("epsilon"));
  CHECK_THROWS_WITH((pc::Adam{-0.1}), ContainsSubstring("step_size"));
  CHECK_THROWS_WITH((pc::Adam{0.1, {}, {.batch = 0}}), ContainsSubstring("batch"));
  CHECK_THROWS_WITH(pc::Adam{0.1}.minimize(four_terms, models::normal_vector(2, 1)), ContainsSubstring("w0"));
  const std::vector<pc::Index> batch{0};
  pc::Vector<double> w = single(1);
  pc::Vector<double> gradient(1);
  auto memory = pc::Momentum{0.1}.start(1);
  CHECK_THROWS_WITH(pc::Adam{0.1}.step(four_terms, batch, w, gradient, memory), ContainsSubstring("memory"));
}
