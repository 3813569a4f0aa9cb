// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/properties/open_constants.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/fit.hpp>
#include <proxcvx/verify/fit_table.hpp>
#include <proxcvx/verify/scenario.hpp>
#include <stdexcept>
#include <vector>

#include "fit/any_function.hpp"
#include "support/catch2.hpp"
#include "support/counts.hpp"

namespace pc = proxcvx;

TEST_CASE("scenario bounds have their exact values") {
  CHECK(pc::scenario_upper(100, 1, 0.95) == Approx(0.0295130496).epsilon(1e-8));  // theory 3.3, k = 0
  CHECK(pc::scenario_upper(1'000'000, 1, 0.95) == Approx(2.99572779e-6).epsilon(1e-8));
  for (const int n : {1, 2, 7, 100}) {  // d = n: e^n = confidence
    CHECK(pc::scenario_upper(n, n, 0.9) == Approx(std::pow(0.9, 1.0 / n)).epsilon(1e-12));
  }
  for (const int n : {2, 10, 300}) {  // fewer than d of n violations have probability 1 - confidence
    for (const int d : {1, 2}) {
      const double e = pc::scenario_upper(n, d, 0.99);
      const double none = std::pow(1 - e, n);
      const double one = n * e * std::pow(1 - e, n - 1);
      CHECK((d == 1 ? none : none + one) == Approx(0.01).epsilon(1e-9));
    }
  }
  CHECK_THROWS_AS(pc::scenario_upper(5, 0, 0.9), std::invalid_argument);
  CHECK_THROWS_AS(pc::scenario_upper(1, 2, 0.9), std::invalid_argument);
  CHECK_THROWS_AS(pc::scenario_upper(5, 1, 0.0), std::invalid_argument);
}

TEST_CASE("the bound of a fit covers at its confidence, by simulation") {
  // x uniform in [-10, 10]; the probability of r(x) = f'^2/(2f) < m from a grid that no sample of the fit has seen.
  const fits::AnyFunction f{pc::SquarePlusSine<>{}};
  const pc::Ball<double> region{pc::Vector<double>::Zero(1), 10.0, pc::RadiusLaw::uniform};
  std::vector<double> ratios;
  for (int i = 0; i < 100'000; ++i) {
    const double x = (i + 0.5) / 100'000 * 10;
    const double slope = 2 * x + 3 * std::sin(2 * x);
    ratios.push_back(slope * slope / 2 / (x * x + 3 * std::sin(x) * std::sin(x)));
  }
  std::sort(ratios.begin(), ratios.end());
  const auto claim = pc::largest_pl_modulus(f, 0.0);
  const int repeats = tests::long_run() ? 20'000 : 1000;
  int covered = 0;
  int search_covered = 0;
  for (int r = 0; r < repeats; ++r) {
    const auto report = pc::fit(claim, region,
                                {.samples = 60,
                                 .starts = 1,
                                 .evaluations = 8,
                                 .rounds = 1,
                                 .seed = pc::Seed{static_cast<std::uint64_t>(r) + 1},
                                 .confidence = 0.9});
    const double bound = pc::violation_probability_upper(report);
    const auto violated = [&](double m) {
      const auto below = std::lower_bound(ratios.begin(), ratios.end(), m) - ratios.begin();
      return static_cast<double>(below) / static_cast<double>(ratios.size());
    };
    CHECK(bound == Approx(pc::scenario_upper(60, 1, 0.9)).epsilon(1e-12));
    covered += violated(report.sampled_constant) <= bound ? 1 : 0;
    search_covered += violated(report.constant) <= bound ? 1 : 0;
  }
  // Nominal 0.9, and exactly that for a continuous ratio.
  CHECK(covered >= repeats * (0.9 - 4 * std::sqrt(0.09 / repeats)));
  CHECK(covered <= repeats * (0.9 + 4 * std::sqrt(0.09 / repeats)));
  CHECK(search_covered >= covered);
}
