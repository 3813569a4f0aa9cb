// SPDX-License-Identifier: MIT
#include <proxcvx/properties/at_reference.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/verify/check.hpp>
#include <proxcvx/verify/check_points.hpp>
#include <proxcvx/verify/table.hpp>
#include <sstream>

#include "support/catch2.hpp"
#include "verify/models.hpp"

namespace pc = proxcvx;
using models::Bowl;
using models::Cube;
using models::Level;

namespace {

std::string printed(const pc::CheckReport& report) {
  std::ostringstream out;
  out.precision(17);
  out << report;
  for (std::size_t i = 0; i < pc::MarginHistogram::bins; ++i) out << report.statistics.histogram.bin(i).count << ' ';
  if (report.witness) out << report.witness->w.transpose() << report.witness->v.transpose();
  return out.str();
}

const Bowl<double> bowl{};
const pc::ProxyConvexity convex{bowl, bowl, bowl};
const pc::ProxyPL too_steep{bowl, bowl, {.alpha = 2, .mu = 4.04, .xi = 0}};

}  // namespace

TEST_CASE("a true inequality has no violation, and every pair of a block is examined") {
  const auto report = pc::check(convex, Cube<double>{}, {.samples = 1000});
  CHECK(report.verdict() == pc::Verdict::no_violation_found);
  CHECK(report.statistics.examined == 3 * 256 * 256 + 232 * 232);
  CHECK(report.statistics.independent == 1000);
  CHECK(report.statistics.satisfied == report.statistics.examined);
  CHECK(report.statistics.histogram.total() == report.statistics.examined);
  CHECK(report.complete());
  CHECK(pc::violation_probability_upper(report) == Approx(pc::clopper_pearson_upper(0, 1000, 0.99)));
}

TEST_CASE("a planted violation is found, and its witness is reproducible from (seed, index)") {
  const auto report = pc::check(too_steep, Cube<double>{}, {.samples = 500, .seed = pc::Seed{9}});
  REQUIRE(report.witness);
  CHECK(report.verdict() == pc::Verdict::violated);
  CHECK(report.statistics.violated == 500);
  CHECK(report.witness->stands);
  CHECK(report.witness->scalar == "50 digits");
  CHECK(pc::violation_probability_upper(report) == 1.0);
  pc::RandomStream stream{pc::Seed{9}, static_cast<std::uint64_t>(report.witness->point), pc::Purpose::points};
  pc::Vector<double> w(3);
  Cube<double>{}.sample(stream, w);
  CHECK(w == report.witness->w);
  CHECK(too_steep.margin(w).value == report.statistics.smallest.value);
  CHECK(too_steep.margin(w).value < 0);
}

TEST_CASE("the report is the same for 1, 2 and 7 threads and from two merged halves") {
  const auto all = [](auto property) {
    const Cube<double> cube{};
    const auto one = pc::check(property, cube, {.samples = 3000, .threads = 1});
    for (const int threads : {2, 7})
      CHECK(printed(pc::check(property, cube, {.samples = 3000, .threads = threads})) == printed(one));
    for (const pc::Index cut : {1, 5, 11}) {
      const auto first = pc::check(property, cube, {.samples = 3000, .last_block = cut});
      const auto second = pc::check(property, cube, {.samples = 3000, .first_block = cut});
      CHECK_FALSE(first.complete());
      CHECK(printed(pc::merge(first, second)) == printed(one));
      CHECK_THROWS_AS(pc::merge(second, first), std::invalid_argument);
    }
  };
  all(convex);
  all(too_steep);
  all(pc::ProxyConvexity{bowl, Bowl<double>{3, 2.5}, bowl});
}

TEST_CASE("equality is undecided, not a pass and not a violation") {
  const pc::ProxyPL sharp{bowl, bowl, {.alpha = 2, .mu = 4, .xi = 0}};  // 2f = ||grad f||^2 exactly
  const auto report = pc::check(sharp, Cube<double>{}, {.samples = 300});
  CHECK(report.verdict() == pc::Verdict::inconclusive);
  CHECK(report.statistics.violated == 0);
  CHECK(report.statistics.undecided == 300);
  CHECK(report.statistics.independent_failures == 300);
}

TEST_CASE("a claim that says nothing is called vacuous") {
  const pc::ProxyPL nothing{bowl, Level<double>{0.5}, {.alpha = 1, .mu = 10, .xi = 0.5}};
  CHECK(pc::check(nothing, Cube<double>{}, {.samples = 100}).vacuous());
  const pc::ProxyPL something{bowl, Level<double>{0.5}, {.alpha = 1, .mu = 1e-6, .xi = 0.4}};
  CHECK_FALSE(pc::check(something, Cube<double>{}, {.samples = 100}).vacuous());
}

TEST_CASE("NaN and infinity are inconclusive, never a pass") {
  const auto nan_proxy = [](const auto& w) { return w[0] > 0 ? std::nan("") : -1.0; };
  const auto report =
      pc::check(pc::ProxyPL{bowl, nan_proxy, {.alpha = 1, .mu = 1, .xi = 0}}, Cube<double>{}, {.samples = 400});
  CHECK(report.verdict() == pc::Verdict::inconclusive);
  CHECK(report.statistics.non_finite > 100);
  CHECK(report.statistics.non_finite + report.statistics.satisfied == 400);
  CHECK(report.statistics.first_non_finite >= 0);
  const auto infinite = [](const auto&) { return -std::numeric_limits<double>::infinity(); };
  CHECK(pc::check(pc::ProxyPL{bowl, infinite, {.alpha = 1, .mu = 1, .xi = 0}}, Cube<double>{}, {.samples = 10})
            .statistics.non_finite == 10);
}

TEST_CASE("explicit clouds: all pairs, no statistic") {
  const pc::Matrix<double> points = pc::Matrix<double>::Random(3, 300);
  const pc::Matrix<double> references = pc::Matrix<double>::Random(3, 17);
  const auto report = pc::check(convex, points, references);
  CHECK(report.statistics.examined == 300 * 17);
  CHECK(report.statistics.independent == 0);
  CHECK(std::isnan(pc::violation_probability_upper(report)));
  CHECK(report.verdict() == pc::Verdict::no_violation_found);
  const auto steep = pc::check(too_steep, points);
  CHECK(steep.statistics.violated == 300);
  REQUIRE(steep.witness);
  CHECK(points.col(steep.witness->point) == steep.witness->w);
}

TEST_CASE("all pairs by one product agree with pair by pair, within their bounds") {
  const auto compare = [](auto scalar) {
    using S = decltype(scalar);
    const Bowl<S> f{40, 1};
    const pc::ProxyConvexity property{f, f, f};
    const pc::Matrix<S> w = pc::Matrix<S>::Random(40, 70);
    const pc::Matrix<S> v = pc::Matrix<S>::Random(40, 33);
    pc::Matrix<S> values(70, 33);
    pc::Matrix<S> errors(70, 33);
    property.margins(w, v, values, errors);
    for (pc::Index i = 0; i < 70; ++i) {
      for (pc::Index j = 0; j < 33; ++j) {
        const auto alone = property.margin(w.col(i), v.col(j));
        CHECK(std::abs(values(i, j) - alone.value) <= errors(i, j) + alone.error);
      }
    }
  };
  compare(float{});
  compare(double{});
}

TEST_CASE("w = v and pairs that nearly touch are decided in a wider scalar") {
  pc::Matrix<double> w(3, 1);
  w << 0.1, 0.2, 0.3;
  const pc::Matrix<double> v = w * (1 + 1e-13);
  const auto near = pc::check(convex, w, v);  // true margin ||w - v||^2 / 2 ~ 1e-27, far below double's noise
  CHECK(near.verdict() == pc::Verdict::no_violation_found);
  CHECK(near.statistics.smallest.value > 0);
  CHECK(near.statistics.smallest.value < 1e-26);
  CHECK(pc::check(convex, w, w).verdict() == pc::Verdict::inconclusive);  // exactly 0: no scalar can tell
}

TEST_CASE("observers see every round and the last one sees all") {
  int rounds = 0;
  pc::Index blocks = 0;
  const auto report =
      pc::check(too_steep, Cube<double>{}, {.samples = 256 * 20, .threads = 1}, [&](const pc::CheckReport& so_far) {
        ++rounds;
        CHECK(so_far.last_block > blocks);
        blocks = so_far.last_block;
      });
  CHECK(rounds == 20);  // a round is a block for each thread
  CHECK(blocks == 20);
  CHECK(report.last_block == 20);
}

TEST_CASE("check refuses senseless arguments") {
  CHECK_THROWS_WITH(pc::check(convex, Cube<double>{4}), Catch::Contains("region") && Catch::Contains("dimension 3"));
  CHECK_THROWS_AS(pc::check(convex, Cube<double>{}, {.samples = 0}), std::invalid_argument);
  CHECK_THROWS_AS(pc::check(convex, Cube<double>{}, {.threads = -1}), std::invalid_argument);
  CHECK_THROWS_AS(pc::check(convex, Cube<double>{}, {.confidence = 1.0}), std::invalid_argument);
  CHECK_THROWS_AS(pc::check(too_steep, pc::Matrix<double>::Zero(2, 5).eval()), std::invalid_argument);
}
