// SPDX-License-Identifier: MIT
#include <sstream>

#include "prove/functions.hpp"
#include "support/catch2.hpp"

// Lines, planes and tubes: what is true on them is proved there alone, and the report says so.

namespace pc = proxcvx;
using pc::Verdict;
using proving::claim;
using proving::Function;
using proving::Kind;

namespace {

pc::Vector<double> point(double x, double y) { return (pc::Vector<double>(2) << x, y).finished(); }

}  // namespace

TEST_CASE("prove: a slice of the saddle") {
  // 4(x^2 + y^2) >= (mu/2)(x^2 - y^2 - xi) with mu = 12, xi = 0: true for 5 y^2 >= x^2
  const Function<> saddle(Kind::saddle);
  const auto property = claim(saddle, saddle, 12, 0);
  const double edge = std::sqrt(0.2);
  const auto above = pc::prove(property, pc::Slice::line(point(0.1, 0.1), point(2, 2)));
  INFO(above);
  CHECK(above.verdict() == Verdict::proved_on_box);
  CHECK(above.slice);
  std::ostringstream printed;
  printed << above;
  CHECK_THAT(printed.str(), Catch::Matchers::ContainsSubstring("proved-on-box, on this slice alone"));
  CHECK(pc::prove(property, pc::Slice::line(point(1, edge + 1e-9), point(1, 3))).verdict() == Verdict::proved_on_box);
  CHECK(pc::prove(property, pc::Slice::line(point(1, edge - 1e-9), point(1, 3))).verdict() == Verdict::violated);
  CHECK(pc::prove(property, pc::Slice::plane(point(0, 3), point(1, 0), point(0, 1), 1)).verdict() ==
        Verdict::proved_on_box);
  CHECK(pc::prove(property, pc::Slice::plane(point(0, 3), point(3, 0), point(0, 3), 1)).verdict() == Verdict::violated);

  const pc::Matrix<double> trajectory = (pc::Matrix<double>(2, 3) << 1, 0.5, 1, 1, 2, 3).finished();
  const auto tube = pc::prove(property, pc::Slice::tube(trajectory, 0.1));
  INFO(tube);
  CHECK(tube.verdict() == Verdict::proved_on_box);
  CHECK(tube.roots.size() == 2);
  CHECK(pc::prove(property, pc::Slice::tube(trajectory, 0.6)).verdict() == Verdict::violated);
  // its second segment alone leaves the region
  const pc::Matrix<double> leaving = (pc::Matrix<double>(2, 3) << 1, 0.5, 1, 1, 2, 0.1).finished();
  CHECK(pc::prove(property, pc::Slice::tube(leaving, 0.01)).verdict() == Verdict::violated);
}

TEST_CASE("prove: a line of pairs (w, v)") {
  const auto property = pc::convexity(Function<>(Kind::bump, 0, 1));
  const auto line = [](double w, double v) { return pc::Slice::line(point(w, v), point(w + 1, v)); };
  CHECK(pc::prove(property, line(1, 3.5)).verdict() == Verdict::proved_on_box);  // convex beyond 1/sqrt 3
  CHECK(pc::prove(property, line(-0.5, 0.6)).verdict() == Verdict::violated);    // concave within
}

TEST_CASE("prove: slices that make no sense are refused") {
  const Function<> saddle(Kind::saddle);
  const auto property = claim(saddle, saddle, 12, 0);
  const pc::Vector<double> one = pc::Vector<double>::Ones(1);
  CHECK_THROWS_AS(pc::prove(property, pc::Slice::line(one, one)), std::invalid_argument);
  CHECK_THROWS_AS(pc::Slice::line(one, point(0, 0)), std::invalid_argument);
  CHECK_THROWS_AS(pc::Slice::plane(point(0, 0), one, point(0, 1), 1), std::invalid_argument);
  CHECK_THROWS_AS(pc::Slice::plane(point(0, 0), point(1, 0), point(0, 1), -1), std::invalid_argument);
  CHECK_THROWS_AS(pc::Slice::tube(one, 1), std::invalid_argument);
  CHECK_THROWS_AS(pc::Slice::tube(pc::Matrix<double>::Zero(2, 3), -1), std::invalid_argument);
  CHECK_THROWS_AS(pc::Slice::line(point(0, 0), point(0, std::nan(""))), std::invalid_argument);
  CHECK_THROWS_AS(pc::Slice({}, "nothing"), std::invalid_argument);
}
