// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <proxcvx/guarantees/proxy_convexity.hpp>
#include <proxcvx/guarantees/proxy_pl.hpp>
#include <proxcvx/objectives/least_squares.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/optimize/recorders.hpp>
#include <proxcvx/optimize/stochastic_gradient_descent.hpp>
#include <proxcvx/properties/at_reference.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/proxies/distance_squared.hpp>
#include <proxcvx/verify/check_points.hpp>
#include <proxcvx/verify/monitor.hpp>
#include <sstream>
#include <string>

#include "support/catch2.hpp"
#include "verify/models.hpp"

// A bowl f = ||w||^2/2 under GD with eta = 1/2 has w_t = 2^-t w_0, exactly in every binary scalar: margins, proxies and
// first failures are known in closed form.

namespace pc = proxcvx;
using models::Bowl;
using models::Level;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

template <class S> pc::Vector<S> unit() { return pc::Vector<S>::Unit(3, 0); }

/// Halves the unit vector `iterations` times under the monitor's eyes.
template <class Monitor> auto halve(Monitor& monitor, pc::Index iterations = 12) {
  using S = typename Monitor::Scalar;
  return pc::GD{0.5, {.iterations = iterations}}.minimize(Bowl<S>{}, unit<S>(), monitor);
}

/// ||w|| >= level: violated by the bowl's iterates from the first t with 2^-t < level on.
template <class S> auto at_least(double level) {
  return pc::ProxyPL{Bowl<S>{}, Level<S>{level}, {.alpha = 1, .mu = 2, .xi = 0}};
}

template <class Property> std::string printed(const pc::Monitor<Property>& monitor) {
  std::ostringstream out;
  out.precision(17);
  const auto report = monitor.report();
  out << report;
  for (const pc::MonitorRow& row : report.rows) out << row.margin << ' ' << row.error << '\n';
  return out.str();
}

/// A proxy that is wrong at 1/8 in double alone, which its rounding bound does not tell; it is `level` below 1/32.
template <class S> struct Fickle {
  using Scalar = S;
  double level = 0;
  [[nodiscard]] S value(pc::ConstVectorRef<S> w) const {
    const double at = std::abs(static_cast<double>(w[0]));
    return S(at == 0.125 && std::is_same_v<S, double> ? 4.0 : at < 1.0 / 32 ? level : 0.0);
  }
  [[nodiscard]] pc::BoundedValue<S> bounded_value(pc::ConstVectorRef<S> w) const { return {value(w), S(0)}; }
  template <class T> [[nodiscard]] Fickle<T> cast() const { return {level}; }
};

/// A guarantee of nothing but what a test says.
struct Promised {
  pc::Measured what = pc::Measured::best_iterate;
  bool of_expectation = false;
  double promised = 1;
  [[nodiscard]] pc::Measured measured() const { return what; }
  [[nodiscard]] double bound(pc::Index /*T*/) const { return promised; }
  [[nodiscard]] std::string theorem() const { return "promise"; }
  [[nodiscard]] bool expectation() const { return of_expectation; }
};

template <class S> void margins_are_their_formula() {
  pc::Monitor monitor{at_least<S>(0x1p-14), {.distance_to = pc::Vector<double>::Unit(3, 1)}};
  (void)halve(monitor);
  const auto report = monitor.report();
  CHECK(report.verdict() == pc::Verdict::no_violation_found);
  CHECK(report.iterates() == 12);
  CHECK(report.inequality.statistics.satisfied == 12);
  CHECK_FALSE(report.first_failure);
  REQUIRE(report.rows.size() == 12);
  for (const pc::MonitorRow& row : report.rows) {
    const double norm = std::ldexp(1.0, -static_cast<int>(row.t));
    CHECK(std::abs(row.margin - (norm - 0x1p-14)) <= row.error);
    CHECK(row.error <= 100 * static_cast<double>(std::numeric_limits<S>::epsilon()) * norm);
    CHECK(row.outcome == pc::Outcome::satisfied);
    CHECK(std::isnan(row.proxy));
    CHECK(row.distance == Approx(std::sqrt(1 + norm * norm)).epsilon(1e-6));
  }
  CHECK(report.inequality.statistics.smallest.point == 11);
}

template <class S> void fails_first_when_it_must() {
  for (const int at : {1, 4, 9}) {
    CAPTURE(at);
    const auto property = at_least<S>(1.5 * std::ldexp(1.0, -at));
    pc::Monitor watching{property};
    CHECK(halve(watching).status == pc::Status::iteration_limit);
    const auto report = watching.report();
    CHECK(report.verdict() == pc::Verdict::violated);
    CHECK(report.inequality.statistics.satisfied == at);
    CHECK(report.inequality.statistics.violated == 12 - at);
    REQUIRE(report.first_failure);
    CHECK(report.first_failure->t == at);
    CHECK(report.first_failure->what == "margin violated");

    pc::Monitor stopping{property, {.stop = true}};
    const auto result = halve(stopping);
    CHECK(result.status == pc::Status::stopped_by_observer);
    CHECK(result.iterations == at);
    const auto stopped = stopping.report();
    CHECK(stopped.iterates() == at + 1);
    CHECK(stopped.inequality.statistics.violated == 1);
    REQUIRE(stopped.inequality.witness);
    CHECK(stopped.inequality.witness->stands);
    CHECK(stopped.inequality.witness->scalar == "50 digits");
    CHECK(stopped.inequality.witness->point == at);
    CHECK(stopped.inequality.witness->margin == Approx(-0.5 * std::ldexp(1.0, -at)));
    CHECK(stopped.inequality.witness->w[0] == std::ldexp(1.0, -at));
  }
}

}  // namespace

TEST_CASE("margins along a run are those of the closed form") {
  margins_are_their_formula<float>();
  margins_are_their_formula<double>();
}

TEST_CASE("a claim that fails first at a known iteration is reported there, and the run ends there if asked to") {
  fails_first_when_it_must<float>();
  fails_first_when_it_must<double>();
}

TEST_CASE("the witness is the iterate of the worst violation, not of the first or the last") {
  const auto dip = [](const auto& w) { return std::abs(w[0]) == 0.125 ? 4.0 : std::abs(w[0]) < 0.5 ? 1.0 : 0.0; };
  pc::Monitor monitor{pc::ProxyPL{Bowl<double>{}, dip, {.alpha = 1, .mu = 2, .xi = 0}}};
  (void)halve(monitor);
  const auto report = monitor.report();
  CHECK(report.first_failure->t == 2);
  REQUIRE(report.inequality.witness);
  CHECK(report.inequality.witness->point == 3);
  CHECK(report.inequality.witness->w[0] == 0.125);
  CHECK(report.inequality.witness->margin == Approx(0.125 - 4));
}

TEST_CASE("a violation that does not stand in the widest scalar is no failure, and hides none that stands") {
  for (const bool another : {false, true}) {
    const pc::ProxyPL property{Bowl<double>{}, Fickle<double>{another ? 0.5 : 0.0}, {.alpha = 1, .mu = 2, .xi = 0}};
    pc::Monitor monitor{property, {.stop = true}};
    const auto result = halve(monitor);
    const auto report = monitor.report();
    CHECK(report.inequality.statistics.worst_violation.point == 3);
    CHECK(report.inequality.statistics.violated == (another ? 2 : 1));
    CHECK(report.first_failure.has_value() == another);
    REQUIRE(report.inequality.witness);
    CHECK(report.inequality.witness->stands == another);
    CHECK(report.inequality.witness->point == (another ? 6 : 3));
    CHECK(report.verdict() == (another ? pc::Verdict::violated : pc::Verdict::inconclusive));
    CHECK(result.iterations == (another ? 6 : 12));
  }
}

TEST_CASE("equality is undecided: not a pass, not a failure, no reason to stop") {
  pc::Monitor monitor{at_least<double>(0x1p-11), {.stop = true}};
  CHECK(halve(monitor).status == pc::Status::iteration_limit);
  const auto report = monitor.report();
  CHECK(report.inequality.statistics.satisfied == 11);
  CHECK(report.inequality.statistics.undecided == 1);
  CHECK(report.verdict() == pc::Verdict::inconclusive);
  CHECK_FALSE(report.first_failure);
}

TEST_CASE("what is NaN or infinite is never a pass") {
  for (const double broken : {not_a_number, HUGE_VAL, -HUGE_VAL}) {
    const auto proxy = [&](const auto& w) { return std::abs(w[0]) == 0.125 ? broken : 0.0; };
    const pc::ProxyPL property{Bowl<double>{}, proxy, {.alpha = 1, .mu = 1, .xi = 0}};
    pc::Monitor monitor{property};
    (void)halve(monitor);
    const auto report = monitor.report();
    CHECK(report.inequality.statistics.non_finite == 1);
    CHECK(report.inequality.statistics.satisfied == 11);
    CHECK(report.verdict() == pc::Verdict::inconclusive);
    CHECK(report.first_failure->t == 3);
    CHECK(report.first_failure->what == "margin not finite");
    CHECK(report.rows[3].outcome == pc::Outcome::non_finite);
    CHECK(std::isnan(report.rows[3].margin));
    pc::Monitor stopping{property, {.stop = true}};
    CHECK(halve(stopping).iterations == 3);

    // Beside a bound: min and mean count w_3 ever after, the last iterate counts once.
    for (const auto what : {pc::Measured::best_iterate, pc::Measured::average_iterate, pc::Measured::last_iterate}) {
      pc::Monitor beside{at_least<double>(1e-9), pc::WatchedProxy{proxy, Promised{what, false, 5}}};
      (void)halve(beside);
      const auto found = beside.report();
      CHECK(found.proxy->kept == (what == pc::Measured::last_iterate ? 10 : 3));
      CHECK(found.proxy->non_finite == (what == pc::Measured::last_iterate ? 1 : 9));
      CHECK(found.proxy->first_open->t == 3);
      CHECK_FALSE(found.proxy->kept_throughout());
      CHECK(found.inequality.verdict() == pc::Verdict::no_violation_found);
      CHECK(found.verdict() == pc::Verdict::inconclusive);
      CHECK(found.first_failure->what == "proxy not finite");
    }
    // Nor where the bound is of an expectation, or there is none.
    pc::Monitor expected{at_least<double>(1e-9),
                         pc::WatchedProxy{proxy, Promised{pc::Measured::best_iterate, true, 5}}};
    (void)halve(expected);
    CHECK(expected.report().verdict() == pc::Verdict::inconclusive);
    pc::Monitor unbounded{at_least<double>(1e-9), pc::WatchedProxy{proxy}};
    (void)halve(unbounded);
    CHECK(unbounded.report().verdict() == pc::Verdict::inconclusive);
  }
  pc::Monitor monitor{at_least<double>(0.1)};  // an optimizer that walks through NaN
  const pc::Vector<double> nowhere = pc::Vector<double>::Constant(3, not_a_number);
  for (pc::Index t = 0; t < 5; ++t) CHECK(monitor({t, nowhere, 0, nowhere, 0.1}) == pc::Flow::proceed);
  CHECK(monitor.report().inequality.statistics.non_finite == 5);
  CHECK(monitor.report().verdict() == pc::Verdict::inconclusive);
  CHECK(pc::Monitor{at_least<double>(0.1)}.report().verdict() == pc::Verdict::inconclusive);  // nothing watched
}

TEST_CASE("a pair property against references counts what check counts on the trajectory") {
  const auto compare = [](const auto& property, pc::Index references_count, bool violated) {
    using S = typename std::decay_t<decltype(property)>::Scalar;
    pc::RandomStream stream{pc::Seed{5}};
    pc::Matrix<S> references(3, references_count);
    for (pc::Index i = 0; i < references.size(); ++i) references(i) = static_cast<S>(stream.uniform(-1, 1));
    pc::Vector<S> w0(3);
    for (pc::Index i = 0; i < 3; ++i) w0[i] = static_cast<S>(stream.uniform(-2, 2));
    references.col(0) = w0;  // a pair of equals, which no scalar can tell
    pc::TrajectoryRecorder<S> trajectory;
    pc::Monitor monitor{property, references};
    (void)pc::GD{0.1, {.iterations = 40}}.minimize(Bowl<S>{}, w0, trajectory, monitor);
    const auto report = monitor.report();
    const auto expected = pc::check(property, trajectory.points(), references);
    const auto& found = report.inequality.statistics;
    const auto& wanted = expected.statistics;
    CHECK(found.examined == 40 * references_count);
    CHECK(found.examined == wanted.examined);
    CHECK(found.satisfied == wanted.satisfied);
    CHECK(found.violated == wanted.violated);
    CHECK(found.undecided == wanted.undecided);
    CHECK(found.non_finite == wanted.non_finite);
    CHECK(found.independent == 0);
    CHECK((found.violated > 0) == violated);
    CHECK(found.smallest.point == wanted.smallest.point);
    CHECK(found.smallest.reference == wanted.smallest.reference);
    CHECK(found.smallest.value == Approx(wanted.smallest.value));
    CHECK(report.verdict() == expected.verdict());
    REQUIRE(report.inequality.witness.has_value() == expected.witness.has_value());
    if (expected.witness) {
      CHECK(report.inequality.witness->w == expected.witness->w);
      CHECK(report.inequality.witness->v == expected.witness->v);
      CHECK(report.inequality.witness->margin == expected.witness->margin);
    }
    for (const pc::MonitorRow& row : report.rows) {
      const pc::Vector<S> w = trajectory.points().col(row.t);
      CHECK(row.distance == Approx(static_cast<double>((references.colwise() - w).colwise().norm().minCoeff())));
    }
  };
  for (const pc::Index count : {1, 7, 300}) {
    compare(pc::ProxyConvexity{Bowl<double>{}, Bowl<double>{}, Bowl<double>{}}, count, false);
    compare(pc::ProxyConvexity{Bowl<double>{}, Bowl<double>{3, 2.5}, Bowl<double>{}}, count, true);
  }
}

TEST_CASE("a property at one reference is that pair property, and its distance is to the reference") {
  const auto steep = [](const auto& w) { return 1.25 * w.squaredNorm(); };
  const pc::ProxyConvexity pairs{Bowl<double>{}, steep, Bowl<double>{}};
  const pc::Vector<double> v = pc::Vector<double>::Constant(3, 0.25);
  pc::Monitor point{pc::at_reference(pairs, v)};
  pc::Monitor pair{pairs, v};
  (void)halve(point);
  (void)halve(pair);
  const auto a = point.report();
  const auto b = pair.report();
  CHECK(a.inequality.statistics.violated > 0);
  CHECK(a.inequality.statistics.violated == b.inequality.statistics.violated);
  CHECK(a.inequality.statistics.satisfied == b.inequality.statistics.satisfied);
  REQUIRE(a.rows.size() == b.rows.size());
  for (std::size_t i = 0; i < a.rows.size(); ++i) {
    CHECK(a.rows[i].margin == Approx(b.rows[i].margin));
    CHECK(a.rows[i].distance == b.rows[i].distance);
    CHECK(a.rows[i].distance == Approx((std::ldexp(1.0, -static_cast<int>(i)) * unit<double>() - v).norm()));
  }
}

TEST_CASE("a guarantee is kept at every T of gradient descent") {
  pc::RandomStream stream{pc::Seed{11}};
  for (int trial = 0; trial < 20; ++trial) {  // f = (L/2)||w||^2 is Polyak-Lojasiewicz with modulus L
    const Bowl<double> f{3, stream.uniform(0.1, 20)};
    pc::Vector<double> w0(3);
    for (pc::Index i = 0; i < 3; ++i) w0[i] = stream.uniform(-20, 20);
    const double L = f.curvature;
    const pc::ProxyPLGuarantee guarantee({.alpha = 2,
                                          .mu = 4 * L,
                                          .smoothness = L,
                                          .gap = 1.001 * f.value(w0),
                                          .step_size = 0.01 / L,
                                          .iterations = 300});
    pc::Monitor monitor{at_least<double>(0), pc::WatchedProxy{f, guarantee}, {.stop = true}};
    const auto result = pc::GD{guarantee.step_size(), {.iterations = 300}}.minimize(f, w0, monitor);
    const auto report = monitor.report();
    REQUIRE(report.proxy);
    CHECK(report.proxy->kept == report.iterates());
    CHECK(report.proxy->kept_throughout());
    CHECK(report.inequality.statistics.violated == 0);
    CHECK_FALSE(report.first_failure);
    CHECK(result.status != pc::Status::stopped_by_observer);
    double least = std::numeric_limits<double>::infinity();
    for (const pc::MonitorRow& row : report.rows) {
      least = std::min(least, row.proxy);
      CHECK(row.measured == least);
      CHECK(row.bound == guarantee.bound(row.t + 1));
    }
  }
}

TEST_CASE("a guarantee on the mean is held beside the mean, a guarantee on the last iterate beside the last") {
  // f = g = h = the bowl against v = 0: growth ||grad f||^2 = 2f, D = 1.
  const pc::ProxyConvexity property{Bowl<double>{}, Bowl<double>{}, Bowl<double>{}};
  const pc::ProxyConvexityGuarantee mean(
      {.references = {{.level = 0, .distance = 1}}, .A = 0, .B = 2, .step_size = 0.5, .iterations = 12});
  pc::Monitor averaging{property, pc::Vector<double>::Zero(3), pc::WatchedProxy{Bowl<double>{}, mean}};
  (void)halve(averaging);
  const auto of_mean = averaging.report();
  CHECK(of_mean.proxy->kept == 12);
  CHECK(of_mean.verdict() == pc::Verdict::no_violation_found);
  double sum = 0;
  for (const pc::MonitorRow& row : of_mean.rows) {
    CHECK(row.proxy == 0.5 * std::ldexp(1.0, -2 * static_cast<int>(row.t)));
    sum += row.proxy;
    CHECK(row.measured == Approx(sum / static_cast<double>(row.t + 1)).epsilon(1e-15));
    CHECK(row.distance == std::ldexp(1.0, -static_cast<int>(row.t)));
  }

  const pc::RestrictedSecantGuarantee secant({.nu = 1, .A = 0, .B = 1, .distance = 1, .step_size = 0.5});
  const pc::DistanceSquared square{pc::Vector<double>::Zero(3).eval()};  // sharp: its bounds are its values, padded
  pc::Monitor last{at_least<double>(1e-9), pc::WatchedProxy{square, secant}};
  (void)halve(last);
  const auto of_last = last.report();
  CHECK(of_last.proxy->kept == 11);  // T = 1, ..., 11: nothing is promised of w_0
  CHECK(std::isnan(of_last.rows[0].bound));
  for (std::size_t T = 1; T < 12; ++T) CHECK(of_last.rows[T].bound == secant.bound(static_cast<pc::Index>(T)));
}

TEST_CASE("a wrong bound is reported at the T at which it is wrong") {
  const auto f = [](pc::Index t) { return 0.5 * std::ldexp(1.0, -2 * static_cast<int>(t)); };  // the bowl at w_t
  const auto mean = [&](pc::Index T) {
    double sum = 0;
    for (pc::Index t = 0; t < T; ++t) sum += f(t);
    return sum / static_cast<double>(T);
  };
  for (const pc::Index wrong : {1, 2, 7}) {
    const auto held = [&](pc::Measured what, const auto& truth, pc::Index at_iterate) {
      CAPTURE(wrong, pc::to_string(what));
      const auto bound = [&](pc::Index T) { return T < wrong ? truth(T) : 0.999 * truth(T); };
      pc::Monitor monitor{at_least<double>(1e-9), pc::WatchedProxy{Bowl<double>{}, bound, what}, {.stop = true}};
      const auto result = halve(monitor);
      const auto report = monitor.report();
      CHECK(result.status == pc::Status::stopped_by_observer);
      CHECK(result.iterations == at_iterate);
      REQUIRE(report.proxy->first_exceeded);
      CHECK(report.proxy->first_exceeded->T == wrong);
      CHECK(report.proxy->first_exceeded->t == at_iterate);
      CHECK(report.proxy->first_exceeded->measured == Approx(truth(wrong)));
      CHECK(report.proxy->exceeded == 1);
      CHECK(report.first_failure->t == at_iterate);
      CHECK(report.first_failure->what == "bound exceeded");
      CHECK(report.inequality.verdict() == pc::Verdict::no_violation_found);
      CHECK(report.verdict() == pc::Verdict::inconclusive);
    };
    held(
        pc::Measured::best_iterate, [&](pc::Index T) { return f(T - 1); }, wrong - 1);
    held(pc::Measured::average_iterate, mean, wrong - 1);
    held(pc::Measured::last_iterate, f, wrong);
  }
}

TEST_CASE("a bound that is missed by no more than rounding is undecided") {
  using pc::detail::held_beside;
  CHECK(held_beside({1, 1e-3}, HUGE_VAL, 1e-12) == pc::Kept::yes);
  CHECK(held_beside({1, 1e-3}, -HUGE_VAL, 1e-12) == pc::Kept::no);
  CHECK(held_beside({1, 1e-3}, 0.9995, 1e-12) == pc::Kept::undecided);
  CHECK(held_beside({1, 1e-3}, not_a_number, 1e-12) == pc::Kept::non_finite);
  CHECK(held_beside({1, not_a_number}, 2, 1e-12) == pc::Kept::non_finite);
  pc::detail::RunningMeasure least{pc::Measured::best_iterate};
  (void)least.record({5, not_a_number});
  CHECK(std::isnan(least.record({1, 0}).value));
  for (const double off : {1e-13, 1e-11}) {
    pc::Monitor monitor{at_least<double>(1e-9),
                        pc::WatchedProxy{Level<double>{1}, Promised{pc::Measured::best_iterate, false, 1 - off}}};
    (void)halve(monitor);
    const auto report = monitor.report();
    CHECK(report.proxy->undecided == (off < 1e-12 ? 12 : 0));
    CHECK(report.proxy->exceeded == (off < 1e-12 ? 0 : 12));
    CHECK(report.proxy->kept == 0);
    CHECK(report.verdict() == pc::Verdict::inconclusive);
  }
}

TEST_CASE("one run of SGD that exceeds a bound on an expectation is no failure") {
  pc::Monitor monitor{at_least<double>(1e-9),
                      pc::WatchedProxy{Bowl<double>{}, Promised{pc::Measured::best_iterate, true, 0.01}},
                      {.stop = true}};
  CHECK(halve(monitor).status == pc::Status::iteration_limit);
  const auto report = monitor.report();
  CHECK(report.proxy->exceeded == 3);  // 1/2, 1/8 and 1/32
  CHECK(report.proxy->kept == 9);
  CHECK_FALSE(report.first_failure);
  CHECK(report.verdict() == pc::Verdict::no_violation_found);
  std::ostringstream out;
  out << report;
  CHECK_THAT(out.str(), Catch::Matchers::ContainsSubstring("of an expectation, which one run may exceed"));
}

TEST_CASE("a monitor watches SGD as it watches GD") {
  pc::RandomStream stream{pc::Seed{3}};
  pc::Matrix<double> x(2, 9);
  for (pc::Index i = 0; i < x.size(); ++i) x(i) = stream.uniform(-1, 1);
  const pc::LeastSquares f(pc::Dataset<double>(x, pc::Matrix<double>::Ones(1, 9)));
  const auto value = [&](const auto& w) { return f.value(w); };  // in double alone, which is quicker to compile
  const pc::ProxyConvexity property{f, value, value};
  pc::TrajectoryRecorder<double> trajectory;
  const pc::Matrix<double> references = pc::Matrix<double>::Random(2, 4);
  pc::Monitor monitor{property, references};
  (void)pc::SGD{0.1, {.iterations = 50, .batch = 2}}.minimize(f, pc::Vector<double>::Zero(2).eval(), monitor,
                                                              trajectory);
  const auto report = monitor.report();
  const auto expected = pc::check(property, trajectory.points(), references);
  CHECK(report.iterates() == 50);
  CHECK(report.inequality.statistics.satisfied == 200);
  CHECK(expected.statistics.satisfied == 200);
  CHECK(report.verdict() == pc::Verdict::no_violation_found);
}

TEST_CASE("`every` thins the rows, not the iterates that are examined") {
  const auto property = at_least<double>(1.5 * std::ldexp(1.0, -57));
  pc::Monitor monitor{property, {.every = 10}};
  (void)halve(monitor, 65);
  const auto report = monitor.report();
  CHECK(report.iterates() == 65);
  CHECK(report.inequality.statistics.satisfied == 57);
  CHECK(report.inequality.statistics.violated == 8);
  CHECK(report.first_failure->t == 57);
  std::vector<pc::Index> kept;
  for (const pc::MonitorRow& row : report.rows) kept.push_back(row.t);
  CHECK(kept == std::vector<pc::Index>{0, 10, 20, 30, 40, 50, 57, 60, 64});
}

TEST_CASE("the report does not depend on Eigen's threads, and asking for it changes nothing") {
  const auto property = at_least<double>(0.01);
  std::string first;
  for (const int threads : {1, 3}) {
    Eigen::setNbThreads(threads);
    pc::Monitor monitor{property};
    (void)halve(monitor);
    const std::string once = printed(monitor);
    CHECK(printed(monitor) == once);
    if (first.empty()) first = once;
    CHECK(once == first);
  }
  Eigen::setNbThreads(1);
}

TEST_CASE("the table says what was claimed, found, promised, and ends in a few iterates") {
  pc::Monitor monitor{at_least<double>(0.1), pc::WatchedProxy{Bowl<double>{}, Promised{}}};
  (void)halve(monitor, 300);
  std::ostringstream out;
  out << monitor.report();
  const std::string text = out.str();
  for (const std::string words :
       {"property ", "proxy-pl", "alpha = 1", "iterates of a run", "300 iterates, in double", "promise",
        "kept at every T = 1, ..., 300", "first failure", "iteration 4: margin violated", "witness",
        "evaluated again in 50 digits: stands", "verdict", "violated", "t  ", "g(w_t)", "bound"}) {
    CHECK_THAT(text, Catch::Matchers::ContainsSubstring(words));
  }
  CHECK_THAT(text, !Catch::Matchers::ContainsSubstring("probability"));
  CHECK(std::count(text.begin(), text.end(), '\n') < 40);
  const auto positions = pc::detail::selected_rows(monitor.report());
  std::vector<pc::Index> shown;
  for (const std::size_t i : positions) shown.push_back(monitor.report().rows[i].t);
  CHECK(shown == std::vector<pc::Index>{0, 1, 2, 4, 5, 10, 20, 50, 57, 100, 200, 299});  // 2^-57 vanishes beside 0.1
}

TEST_CASE("a monitor refuses senseless arguments") {
  using Catch::Matchers::ContainsSubstring;
  const auto point = at_least<double>(0.1);
  const pc::ProxyConvexity pair{Bowl<double>{}, Bowl<double>{}, Bowl<double>{}};
  const auto refuse = [](const auto& make) { CHECK_THROWS_AS(make(), std::invalid_argument); };
  refuse([&] { pc::Monitor{point, {.every = 0}}; });
  refuse([&] { pc::Monitor{point, {.distance_to = pc::Vector<double>::Zero(2)}}; });
  refuse([&] { pc::Monitor{point, {.distance_to = pc::Vector<double>::Constant(3, not_a_number)}}; });
  refuse([&] { pc::Monitor{pair}; });
  refuse([&] { pc::Monitor{point, pc::Matrix<double>::Zero(3, 2).eval()}; });
  refuse([&] { pc::Monitor{pair, pc::Matrix<double>::Zero(2, 2).eval()}; });
  refuse([&] { pc::Monitor{pair, pc::Matrix<double>(3, 0)}; });
  refuse([&] { pc::Monitor{pair, pc::Matrix<double>::Constant(3, 2, HUGE_VAL).eval()}; });

  const pc::Vector<double> w = unit<double>();
  const pc::Vector<double> flat = pc::Vector<double>::Zero(2);
  pc::Monitor monitor{point};
  CHECK_THROWS_WITH(monitor({0, flat, 0, flat, 0.1}), ContainsSubstring("dimension 3"));
  (void)monitor({4, w, 0, w, 0.1});  // a user's optimizer may show some of its iterates
  (void)monitor({6, w, 0, w, 0.1});
  CHECK_THROWS_WITH(monitor({6, w, 0, w, 0.1}), ContainsSubstring("one run"));
  pc::Monitor bounded{point, pc::WatchedProxy{Bowl<double>{}, Promised{}}};
  (void)bounded({0, w, 0, w, 0.1});
  CHECK_THROWS_WITH(bounded({2, w, 0, w, 0.1}), ContainsSubstring("from its start"));
  const pc::RestrictedSecantGuarantee secant({.nu = 1, .A = 0, .B = 1, .distance = 1, .step_size = 0.5});
  pc::Monitor promised{point, pc::WatchedProxy{Bowl<double>{}, secant}};
  (void)promised({0, w, 0, w, 0.5});
  CHECK_THROWS_WITH(promised({1, w, 0, w, 0.25}),
                    ContainsSubstring("expected 0.5, for which the guarantee was made, got 0.25"));
}
