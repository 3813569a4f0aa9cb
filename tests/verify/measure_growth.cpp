// SPDX-License-Identifier: MIT
#include <proxcvx/objectives/least_squares.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/measure_growth.hpp>
#include <sstream>

#include "optimize/models.hpp"
#include "support/catch2.hpp"

namespace pc = proxcvx;
using pc::Noise;

namespace {

std::string printed(const pc::GrowthMeasurement& found) {
  std::ostringstream out;
  out.precision(17);
  out << found;
  return out.str();
}

const auto data = models::normal_data(3, 20, 101);
const pc::LeastSquares f(data);
const pc::Ball<double> ball(pc::Vector<double>::Zero(3), 4.0);
const auto value = [](const auto& w) { return f.value(w); };

}  // namespace

TEST_CASE("least squares: constants are below the theorems' and approach the sharp one") {
  const auto single = pc::measure_growth(f, f, ball, {.samples = 3000});
  const double R = data.radius();
  CHECK(single.proxy_smooth.value <= 2 * R * R);  // E||grad f_z||^2 <= 2 R^2 F
  CHECK(single.non_finite == 0);
  CHECK(single.undecided == 0);
  const auto full = pc::measure_growth(f, f, ball, {.samples = 3000, .noise = Noise::full_batch});
  CHECK(full.proxy_smooth.value <= 2 * f.smoothness());
  CHECK(full.bounded.value < single.bounded.value);  // Jensen
  CHECK(full.proxy_smooth.value < single.proxy_smooth.value);
  // Interpolation in one direction: ||grad f||^2 = 2 L f exactly.
  pc::Matrix<double> x(1, 2);
  x << 1.5, 1.5;
  const pc::LeastSquares line(pc::Dataset<double>{x, pc::Matrix<double>::Zero(1, 2)});
  const pc::Ball<double> interval(pc::Vector<double>::Zero(1), 2.0);
  for (const Noise noise : {Noise::single_example, Noise::full_batch}) {
    const auto sharp = pc::measure_growth(line, line, interval, {.samples = 500, .noise = noise});
    CHECK(sharp.proxy_smooth.value == Approx(2 * 2.25).epsilon(1e-14));
    CHECK(sharp.bounded.value <= std::pow(2.25 * 2, 2) * (1 + 1e-14));
    CHECK(sharp.bounded.value >= 0.9 * std::pow(2.25 * 2, 2));
  }
}

TEST_CASE("what is measured is tight: check accepts a little more and finds the sample with a little less") {
  for (const Noise noise : {Noise::single_example, Noise::full_batch}) {
    const auto found = pc::measure_growth(f, f, ball, {.samples = 700, .seed = pc::Seed{5}, .noise = noise});
    const auto verdict = [&](pc::GradientGrowthConstants constants, double factor) {
      constants.A *= factor;
      constants.B *= factor;
      return pc::check(pc::GradientGrowth{f, f, constants}, ball, {.samples = 700, .seed = pc::Seed{5}});
    };
    for (const auto& [constants, sample] : {std::pair{found.bounded_constants(), found.bounded.sample},
                                            std::pair{found.proxy_smooth_constants(), found.proxy_smooth.sample}}) {
      CHECK(verdict(constants, 1 + 1e-9).verdict() == pc::Verdict::no_violation_found);
      const auto less = verdict(constants, 1 - 1e-9);
      REQUIRE(less.witness);
      CHECK(less.verdict() == pc::Verdict::violated);
      CHECK(less.witness->point == sample);
    }
  }
}

TEST_CASE("the measurement does not depend on the number of threads") {
  const auto one = printed(pc::measure_growth(f, f, ball, {.samples = 2000, .threads = 1}));
  for (const int threads : {0, 2, 7}) {
    CHECK(printed(pc::measure_growth(f, f, ball, {.samples = 2000, .threads = threads})) == one);
  }
  CHECK(printed(pc::measure_growth(f, f, ball, {.samples = 2000, .seed = pc::Seed{2}})) != one);
  CHECK_THAT(one, Catch::Matchers::ContainsSubstring("not proved"));
}

TEST_CASE("planted: a proxy that is 0 or negative where the gradient is not, NaN, and a proxy of rounding noise") {
  const auto negative = [](const auto& w) { return w[0] > 1 ? -1.0 : value(w); };
  const auto zero = [](const auto& w) { return w[0] > 1 ? 0.0 : value(w); };
  const auto nan = [](const auto& w) { return w[0] > 1 ? std::nan("") : value(w); };
  const auto drawn = [](pc::Index i) {
    pc::Vector<double> w(3);
    pc::RandomStream stream{pc::Seed{1}, static_cast<std::uint64_t>(i), pc::Purpose::points};
    ball.sample(stream, w);
    return w;
  };
  pc::Index first = 0;
  while (!(drawn(first)[0] > 1)) ++first;
  const pc::MeasureGrowthSettings settings{.samples = 1000};
  for (const auto& found :
       {pc::measure_growth(f, negative, ball, settings), pc::measure_growth(f, zero, ball, settings)}) {
    CHECK(std::isinf(found.proxy_smooth.value));
    CHECK(found.proxy_smooth.sample == first);
    CHECK(std::isfinite(found.bounded.value));
    CHECK_THROWS_AS((pc::GradientGrowth{f, f, found.proxy_smooth_constants()}), std::invalid_argument);
  }
  const auto broken = pc::measure_growth(f, nan, ball, settings);
  CHECK(std::isnan(broken.bounded.value));
  CHECK(std::isnan(broken.proxy_smooth.value));
  CHECK(broken.first_non_finite == first);
  CHECK(broken.non_finite > 0);
  CHECK_THAT(printed(broken), Catch::Matchers::ContainsSubstring("not finite"));
}

TEST_CASE("measure_growth refuses senseless arguments") {
  using Catch::Matchers::ContainsSubstring;
  const auto quadratic = models::random_quadratic(3, 102);
  CHECK_THROWS_WITH(pc::measure_growth(quadratic, quadratic, ball), ContainsSubstring("finite sum"));
  CHECK(pc::measure_growth(quadratic, quadratic, ball, {.samples = 9, .noise = Noise::full_batch}).samples == 9);
  CHECK_THROWS_WITH(pc::measure_growth(f, f, ball, {.samples = 0}), ContainsSubstring("samples"));
  CHECK_THROWS_WITH(pc::measure_growth(f, f, ball, {.threads = -1}), ContainsSubstring("threads"));
  CHECK_THROWS_WITH(pc::measure_growth(f, f, pc::Ball<double>(pc::Vector<double>::Zero(2), 1.0)),
                    ContainsSubstring("region"));
}
