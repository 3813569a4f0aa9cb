// SPDX-License-Identifier: MIT
#include <proxcvx/diffusion/path_sums.hpp>

#include "diffusion/sums.hpp"
#include "support/catch2.hpp"

namespace diffusion_tests {

/// Path i says i and i^2, but those that end in 7 fail at step i.
inline pc::Index count_up(pc::Index i, std::vector<double>& values) {
  if (i % 10 == 7) return i;
  values = {static_cast<double>(i), static_cast<double>(i * i)};
  return -1;
}

}  // namespace diffusion_tests

TEST_CASE("sums over paths have the mean, the standard error and the failures of the paths") {
  using namespace diffusion_tests;
  pc::PathSums sums{2};
  CHECK(std::isnan(sums.mean(0)));
  CHECK(sums.standard_error(0) == HUGE_VAL);
  CHECK(sums.failed_path() == -1);
  pc::detail::add_paths(0, 1'000, 1, count_up, sums);
  CHECK(sums.paths() == 900);
  CHECK(sums.failures() == 100);
  CHECK(sums.failed_path() == 7);
  CHECK(sums.failed_step() == 7);
  // The sum over all i < 1000 less that over 10 k + 7, k < 100.
  const double mean = (499'500.0 - (49'500 + 700)) / 900;
  CHECK(sums.mean(0) == Approx(mean).epsilon(1e-14));
  double squares = 0;
  for (int i = 0; i < 1'000; ++i) {
    if (i % 10 != 7) squares += (i - mean) * (i - mean);
  }
  CHECK(sums.standard_error(0) == Approx(std::sqrt(squares / 899 / 900)).epsilon(1e-12));
}

TEST_CASE("sums over paths are the same for any number of threads, and in parts") {
  using namespace diffusion_tests;
  pc::PathSums one{2}, many{2}, parts{2};
  const auto path = [](pc::Index i, std::vector<double>& values) {
    values = {std::sin(static_cast<double>(i)), std::cos(static_cast<double>(i))};
    return pc::Index{-1};
  };
  pc::detail::add_paths(0, 40'000, 1, path, one);
  pc::detail::add_paths(0, 40'000, 0, path, many);
  pc::detail::add_paths(0, 512, 2, path, parts);
  pc::detail::add_paths(512, 40'000, 2, path, parts);
  for (const auto* other : {&many, &parts}) {
    CHECK(one.mean(0) == other->mean(0));
    CHECK(one.standard_error(1) == other->standard_error(1));
  }
}
