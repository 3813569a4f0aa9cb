// SPDX-License-Identifier: MIT
#include <cmath>
#include <proxcvx/core/random.hpp>
#include <proxcvx/verify/confidence.hpp>

#include "support/catch2.hpp"

namespace pc = proxcvx;

TEST_CASE("Clopper-Pearson has its published values") {  // theory 3.3
  CHECK(pc::clopper_pearson_upper(0, 100, 0.95) == Approx(0.0295130496).epsilon(1e-8));
  CHECK(pc::clopper_pearson_upper(0, 1'000'000, 0.95) == Approx(2.99572779e-6).epsilon(1e-8));
  CHECK(pc::clopper_pearson_upper(7, 7, 0.95) == 1.0);
  CHECK(pc::clopper_pearson_upper(0, 0, 0.95) == 1.0);
}

TEST_CASE("Clopper-Pearson is the p at which k or fewer failures have probability 1 - confidence") {
  for (const int n : {1, 2, 10, 40}) {
    for (int k = 0; k < n; ++k) {
      for (const double confidence : {0.5, 0.95, 0.999}) {
        const double p = pc::clopper_pearson_upper(k, n, confidence);
        double tail = 0;
        double term = std::pow(1 - p, n);  // P(X = 0)
        for (int j = 0; j <= k; ++j) {
          tail += term;
          term *= p / (1 - p) * (n - j) / (j + 1);
        }
        CAPTURE(n, k, confidence, p);
        CHECK(tail == Approx(1 - confidence).epsilon(1e-9));
      }
    }
  }
}

TEST_CASE("Clopper-Pearson covers at its nominal confidence") {
  pc::RandomStream stream{pc::Seed{11}};
  const double truth = 0.03;
  const int repeats = 4000;
  int covered = 0;
  for (int r = 0; r < repeats; ++r) {
    int k = 0;
    for (int i = 0; i < 60; ++i) k += stream.uniform() < truth ? 1 : 0;
    covered += pc::clopper_pearson_upper(k, 60, 0.9) >= truth ? 1 : 0;
  }
  // Nominal 0.9, conservative; 4 standard errors of a proportion below it would be a real failure.
  CHECK(covered >= repeats * (0.9 - 4 * std::sqrt(0.09 / repeats)));
}

TEST_CASE("Clopper-Pearson refuses senseless arguments") {
  CHECK_THROWS_AS(pc::clopper_pearson_upper(-1, 10, 0.95), std::invalid_argument);
  CHECK_THROWS_AS(pc::clopper_pearson_upper(11, 10, 0.95), std::invalid_argument);
  CHECK_THROWS_AS(pc::clopper_pearson_upper(1, 10, 1.0), std::invalid_argument);
  CHECK_THROWS_AS(pc::clopper_pearson_upper(1, 10, std::nan("")), std::invalid_argument);
}
