// SPDX-License-Identifier: MIT
#include <proxcvx/networks/activations.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/objectives/least_squares.hpp>
#include <proxcvx/objectives/logistic_regression.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/optimize/recorders.hpp>
#include <proxcvx/optimize/stochastic_gradient_descent.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/regions/box.hpp>

#include "optimize/models.hpp"
#include "support/catch2.hpp"

namespace pc = proxcvx;
using models::normal_vector;

namespace {

pc::Vector<double> at(double x) { return pc::Vector<double>::Constant(1, x); }

/// Stops before step `t`.
struct StopAt {
  pc::Index t;
  int seen = 0;
  pc::Flow operator()(const pc::Iterate<double>& iterate) {
    ++seen;
    return iterate.t == t ? pc::Flow::stop : pc::Flow::proceed;
  }
};

/// -x where |x| < `wall`, NaN beyond: a run walks into it.
struct Cliff {
  using Scalar = double;
  double wall;
  [[nodiscard]] pc::Index dimension() const { return 1; }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const {
    return std::abs(w[0]) < wall ? -w[0] : std::nan("");
  }
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    out[0] = -1;
    return value(w);
  }
};

/// f(w+) <= f(w) - (eta/2)||grad f(w)||^2 at eta = 1/L along a run; rounding enters through the values' own bounds,
/// through the rounded w+ (u ||w+|| ||grad f||) and through the norm.
template <class F> void descends(const F& f, const pc::Vector<double>& w0, double smoothness) {
  const double u = pc::unit_roundoff<double>();
  const pc::GD gd{1 / smoothness, {.iterations = 200}};
  pc::Vector<double> w = w0;
  pc::Vector<double> gradient(w.size());
  pc::Vector<double> buffer(w.size());
  double margin = -std::numeric_limits<double>::infinity();
  for (int t = 0; t < 200; ++t) {
    const auto before = pc::bounded_gradient(f, w, buffer);
    gd.step(f, w, gradient);
    const auto after = pc::bounded_gradient(f, w, buffer);
    const double square = gradient.squaredNorm();
    const double rounding = before.value_error + after.value_error +
                            (2 * before.gradient_error + 4 * u * w.norm()) * (gradient.norm() + buffer.norm()) +
                            static_cast<double>(w.size() + 8) * u * square / smoothness;
    margin = std::max(margin, after.value - before.value + square / (2 * smoothness) - rounding);
  }
  CHECK(margin <= 0);
}

}  // namespace

TEST_CASE("on a quadratic GD is the closed form w_t = c + (I - eta A)^t (w_0 - c)") {
  for (const pc::Index size : {1, 2, 17}) {
    const auto f = models::random_quadratic(size, 3);
    const auto w0 = normal_vector(size, 5);
    const double eta = 0.7 / f.smoothness();
    pc::Matrix<long double> map = pc::Matrix<long double>::Identity(size, size);
    map -= static_cast<long double>(eta) * f.curvature().cast<long double>();
    pc::Vector<long double> offset = w0.cast<long double>() - f.center().cast<long double>();
    for (const pc::Index steps : {0, 1, 2, 20}) {
      const auto result = pc::GD{eta, {.iterations = steps}}.minimize(f, w0);
      pc::Vector<long double> exact = offset;
      for (pc::Index t = 0; t < steps; ++t) exact = (map * exact).eval();
      exact += f.center().cast<long double>();
      // each step commits at most (p + 4) u of the iterate, and the map does not expand
      const double bound = static_cast<double>(steps) * static_cast<double>(size + 4) * pc::unit_roundoff<double>() *
                           4 * (w0.norm() + f.center().norm());
      CHECK(static_cast<double>((result.last.cast<long double>() - exact).norm()) <= bound);
      CHECK(result.iterations == steps);
      CHECK(result.gradient_evaluations == steps);
      CHECK(result.value_evaluations == 1);
      CHECK(result.status == pc::Status::iteration_limit);
      CHECK(result.last_value == f.value(result.last));
    }
  }
}

TEST_CASE("the descent lemma holds at eta = 1/L for every smooth objective") {
  const auto quadratic = models::random_quadratic(9, 11);
  descends(quadratic, normal_vector(9, 12), quadratic.smoothness());
  const pc::LeastSquares squares(models::normal_data(5, 12, 13));
  descends(squares, normal_vector(5, 14), squares.smoothness());
  const pc::LogisticRegression logistic(models::sign_data(5, 12, 15));
  descends(logistic, normal_vector(5, 16), logistic.smoothness());
  for (const double x : {-7.3, -0.4, 1e-3, 2.2, 30.0}) {
    descends(pc::SquarePlusSine<>{}, at(x), pc::SquarePlusSine<>{}.smoothness());
    descends(pc::SixthRoot<>{}, at(x), pc::SixthRoot<>{}.smoothness());
    descends(pc::DampedAbsolute<>{}, at(x), pc::DampedAbsolute<>{}.smoothness());
    descends(pc::Sine<>{}, at(x), pc::Sine<>{}.smoothness());
  }
}

TEST_CASE("step is one iteration of minimize, bit for bit") {
  const pc::LogisticRegression f(models::sign_data(7, 30, 21));
  const auto w0 = normal_vector(7, 22);
  const pc::Ball<double> ball(pc::Vector<double>::Zero(7), 0.9 * w0.norm());
  const auto compare = [&](const auto& optimizer) {
    pc::ValueRecorder values;
    const auto result = optimizer.minimize(f, w0, values);
    pc::Vector<double> w = w0;
    pc::Vector<double> gradient(7);
    for (pc::Index t = 0; t < result.iterations; ++t) {
      CHECK(optimizer.step(f, w, gradient, t) == values.values()[static_cast<std::size_t>(t)]);
    }
    CHECK(w == result.last);
    CHECK(result.iterations == 20);
  };
  compare(pc::GD{0.1, {.iterations = 20}});
  compare(pc::GD{0.1, {.iterations = 20}, ball});
  compare(pc::GD{pc::PolynomialStep{0.5, 0.6}, {.iterations = 20}});
}

TEST_CASE("a run ends for one of four reasons, and says which") {
  const pc::SquarePlusSine<> f;
  SECTION("converged: the gradient norm fell to the tolerance, and not before") {
    pc::TrajectoryRecorder<double> recorder;
    const auto result = pc::GD{0.1, {.iterations = 5000, .gradient_tolerance = 1e-8}}.minimize(f, at(3), recorder);
    CHECK(result.status == pc::Status::converged);
    CHECK(result.iterations < 5000);
    CHECK(result.gradient_evaluations == result.iterations + 1);
    const auto points = recorder.points();
    CHECK(points.cols() == result.iterations + 1);
    for (pc::Index t = 0; t < points.cols(); ++t) {
      pc::Vector<double> gradient(1);
      f.gradient(points.col(t), gradient);
      CHECK((gradient.norm() <= 1e-8) == (t == result.iterations));
    }
    CHECK(result.last == points.col(result.iterations));
  }
  SECTION("converged at once where the gradient is exactly 0") {
    const auto result = pc::GD{0.1, {.average = true}}.minimize(f, at(0));
    CHECK(result.status == pc::Status::converged);
    CHECK(result.iterations == 0);
    CHECK(result.average == at(0));
  }
  SECTION("stopped by an observer, before the step that it saw; the others still see that iterate") {
    for (const pc::Index stop : {0, 1, 6}) {
      StopAt first{stop};
      StopAt second{100};
      int watched = 0;
      const auto watcher = [&](const auto& iterate) { watched += iterate.t >= 0 ? 1 : 0; };
      const auto result = pc::GD{0.1, {.iterations = 50}}.minimize(f, at(3), first, second, watcher);
      CHECK(result.status == pc::Status::stopped_by_observer);
      CHECK(result.iterations == stop);
      CHECK(result.gradient_evaluations == stop + 1);
      CHECK(first.seen == stop + 1);
      CHECK(second.seen == stop + 1);
      CHECK(watched == stop + 1);
      CHECK(result.last == pc::GD{0.1, {.iterations = stop}}.minimize(f, at(3)).last);
    }
  }
  SECTION("non-finite: the best iterate comes back, and where it broke") {
    const auto result = pc::GD{1.0, {.iterations = 50, .average = true}}.minimize(Cliff{4.5}, at(0));
    CHECK(result.status == pc::Status::non_finite);
    CHECK(result.iterations == 5);
    CHECK(result.best == at(4));
    CHECK(result.best_value == -4);
    CHECK(result.last == at(5));
    CHECK(std::isnan(result.last_value));
    CHECK(result.average == at(2));
    const auto at_the_end = pc::GD{1.0, {.iterations = 5}}.minimize(Cliff{4.5}, at(0));
    CHECK(at_the_end.status == pc::Status::non_finite);
    CHECK(at_the_end.best == at(4));
    const auto overflow = pc::GD{1.0, {.iterations = 500}}.minimize(pc::Quartic<>{}, at(2));
    CHECK(overflow.status == pc::Status::non_finite);
    CHECK(overflow.best == at(2));
    CHECK(overflow.best_value == 16);
  }
  SECTION("nowhere finite: w_0 comes back") {
    const auto result = pc::GD{1.0, {.average = true}}.minimize(Cliff{1}, at(2));
    CHECK(result.status == pc::Status::non_finite);
    CHECK(result.iterations == 0);
    CHECK(result.best == at(2));
    CHECK(result.average == at(2));
    CHECK(std::isinf(result.best_value));
  }
  SECTION("the words") {
    CHECK(pc::to_string(pc::Status::converged) == "converged");
    CHECK(pc::to_string(pc::Status::iteration_limit) == "iteration limit");
    CHECK(pc::to_string(pc::Status::stopped_by_observer) == "stopped by observer");
    CHECK(pc::to_string(pc::Status::non_finite) == "non-finite");
  }
}

TEST_CASE("best is the best of all iterates, the last included") {
  const pc::SquarePlusSine<> f;
  pc::TrajectoryRecorder<double> recorder;
  pc::ProxyRecorder proxy{f};
  const auto result = pc::GD{0.6, {.iterations = 40}}.minimize(f, at(3), recorder, proxy);  // beyond 2/L: no descent
  double least = f.value(result.last);
  for (pc::Index t = 0; t < 40; ++t) least = std::min(least, f.value(recorder.points().col(t)));
  CHECK(result.best_value == least);
  CHECK(f.value(result.best) == least);
  CHECK(least < result.last_value);
  CHECK(std::min(proxy.best(), result.last_value) == least);
}

TEST_CASE("the average is the mean of w_0, ..., w_{T-1}, whatever ended the run") {
  const pc::SquarePlusSine<> f;
  const auto check = [&](pc::GDSettings settings, pc::Index stop) {
    settings.average = true;
    pc::TrajectoryRecorder<double> recorder;
    const auto result = pc::GD{0.1, settings}.minimize(f, at(3), recorder, StopAt{stop});
    const pc::Index steps = result.iterations;
    const double mean = steps == 0 ? 3 : recorder.points().leftCols(steps).mean();
    CHECK(result.average[0] == Approx(mean).epsilon(1e-14));
    return result.status;
  };
  CHECK(check({.iterations = 30}, -1) == pc::Status::iteration_limit);
  CHECK(check({.iterations = 0}, -1) == pc::Status::iteration_limit);
  CHECK(check({.iterations = 300, .gradient_tolerance = 1e-2}, -1) == pc::Status::converged);
  for (const pc::Index stop : {0, 1, 7}) CHECK(check({.iterations = 30}, stop) == pc::Status::stopped_by_observer);
  CHECK(pc::GD{0.1, {.iterations = 3}}.minimize(f, at(3)).average.size() == 0);
}

TEST_CASE("projection keeps iterates in the region and finds the constrained minimizer") {
  const auto f = models::random_quadratic(4, 31);
  const auto w0 = f.center() + pc::Vector<double>::Constant(4, 3);
  const pc::Ball<double> ball(w0, 2);
  const pc::Box<double> box(pc::Vector<double>(w0.array() - 1), pc::Vector<double>(w0.array() + 1));
  const auto stays = [&](const auto& region) {
    bool inside = true;
    const pc::GD gd{1 / f.smoothness(), {.iterations = 3000}, region};
    const auto result = gd.minimize(f, w0, [&](const auto& iterate) { inside = inside && region.contains(iterate.w); });
    CHECK(inside);
    CHECK(region.contains(result.last));
    // w = P(w - eta grad f(w)) is the first-order optimality condition of a convex problem
    pc::Vector<double> again = result.last;
    pc::Vector<double> gradient(4);
    gd.step(f, again, gradient);
    CHECK((again - result.last).norm() <= 1e-12 * result.last.norm());
    CHECK(gradient.norm() > 1e-3);
  };
  stays(ball);
  stays(box);
}

TEST_CASE("the bits of a run do not depend on the number of threads") {
  const pc::TwoLayer<pc::LeakyReLU> network({.inputs = 90, .hidden = 80}, pc::LeakyReLU{0.25});
  const pc::EmpiricalRisk f{network, pc::LogisticLoss{}, models::sign_data(90, 400, 41)};
  const auto w0 = network.initialize(pc::Seed{1});
  const int before = Eigen::nbThreads();
  const auto runs = [&](int threads) {
    Eigen::setNbThreads(threads);
    const auto gd = pc::GD{0.1, {.iterations = 5}}.minimize(f, w0);
    const auto sgd = pc::SGD{0.1, {.iterations = 5, .batch = 300}}.minimize(f, w0);
    return std::pair{gd.last, sgd.last};
  };
  const auto one = runs(1);
  for (const int threads : {2, 7}) {
    CHECK(runs(threads) == one);
    Eigen::setNbThreads(threads);
    const int found = Eigen::nbThreads();
    (void)pc::GD{0.1, {.iterations = 1}}.minimize(f, w0);
    CHECK(Eigen::nbThreads() == found);
  }
  Eigen::setNbThreads(before);
}

TEST_CASE("GD refuses senseless arguments and says which") {
  using Catch::Matchers::ContainsSubstring;
  const auto f = models::random_quadratic(3, 51);
  const auto w0 = normal_vector(3, 52);
  CHECK_THROWS_WITH(pc::GD(0.0), ContainsSubstring("step_size") && ContainsSubstring("got 0"));
  CHECK_THROWS_AS(pc::GD(-1.0), std::invalid_argument);
  CHECK_THROWS_AS(pc::GD(std::nan("")), std::invalid_argument);
  CHECK_THROWS_AS(pc::GD(HUGE_VAL), std::invalid_argument);
  CHECK_THROWS_WITH((pc::GD{0.1, {.iterations = -1}}), ContainsSubstring("iterations") && ContainsSubstring("got -1"));
  CHECK_THROWS_WITH((pc::GD{0.1, {.gradient_tolerance = -1}}), ContainsSubstring("gradient_tolerance"));
  CHECK_THROWS_AS((pc::GD{0.1, {.gradient_tolerance = std::nan("")}}), std::invalid_argument);
  CHECK_THROWS_WITH(pc::GD{0.1}.minimize(f, normal_vector(4, 1)),
                    ContainsSubstring("w0") && ContainsSubstring("dimension 3") && ContainsSubstring("got 4"));
  pc::Vector<double> bad = w0;
  bad[1] = std::nan("");
  CHECK_THROWS_WITH(pc::GD{0.1}.minimize(f, bad), ContainsSubstring("w0") && ContainsSubstring("finite"));
  CHECK_THROWS_AS(pc::TrajectoryRecorder<double>{0}, std::invalid_argument);
}
