// SPDX-License-Identifier: MIT
#include <proxcvx/diffusion/linear_moments.hpp>
#include <proxcvx/diffusion/weak_error.hpp>

#include "diffusion/sums.hpp"
#include "support/catch2.hpp"
#include "support/counts.hpp"

namespace diffusion_tests {

/// The exact error of E|w|^2 after n steps.
inline double exact_error(const pc::LinearMoments<double>& exact, const Vector& start, int order, double eta,
                          pc::Index n) {
  return exact.sgd(start, n).second.trace() - exact.equation(order, start, eta * static_cast<double>(n)).second.trace();
}

/// Checks a row against the exact errors: at every step within 5 standard errors and a tenth for the integrator's bias.
inline void is_exact(const pc::WeakError& row, const pc::LinearMoments<double>& exact, const Vector& start, int order) {
  REQUIRE(row.conclusive());
  REQUIRE(static_cast<pc::Index>(row.errors.size()) == row.steps);
  for (pc::Index n = 1; n <= row.steps; ++n) {
    const auto i = static_cast<std::size_t>(n - 1);
    const double expected = exact_error(exact, start, order, row.step, n);
    INFO("order " << order << ", eta " << row.step << ", step " << n << ": " << row.errors[i] << " for " << expected);
    CHECK(std::abs(row.errors[i] - expected) <= 5 * row.standard_errors[i] + 0.1 * std::abs(expected) + 1e-12);
  }
}

}  // namespace diffusion_tests

TEST_CASE("weak errors by simulation are the exact ones, with noise that varies and with batches of every kind") {
  using namespace diffusion_tests;
  const Linear f = linear(2, 4, false, 9);
  const Vector start{{1.0, -1.5}};
  const double precision = tests::long_run() ? 0.003 : 0.02;
  for (const int order : {0, 1, 2}) {
    for (const bool distinct : {false, true}) {
      pc::WeakErrorSettings settings{.steps = {0.2}, .order = order, .time = 1, .precision = precision};
      pc::BatchSettings batches;
      if (distinct) {
        batches = {.batch = 2, .sampling = pc::Sampling::without_replacement};
        settings.batch = 2;
        settings.sampling = batches.sampling;
      }
      const auto errors = pc::weak_error(f, length_squared, start, settings, pc::Seed{1});
      is_exact(errors.rows[0], pc::LinearMoments{f, 0.2, batches}, start, order);
    }
  }
}

TEST_CASE("the weak orders are 1, 1 and 2: the exact ones, and as measured") {
  using namespace diffusion_tests;
  Linear f;
  f.a = {Matrix::Constant(1, 1, 0.5), Matrix::Constant(1, 1, 1.0), Matrix::Constant(1, 1, 1.5)};
  f.c = {Vector::Constant(1, -1.0), Vector::Constant(1, -1.0), Vector::Constant(1, 0.5)};
  const Vector start = Vector::Constant(1, 3.0);
  const std::vector<double> all{0.2, 0.1, 0.05, 0.025, 0.0125};
  const std::vector<double> measured = tests::long_run() ? all : std::vector{0.1, 0.025};
  for (const int order : {0, 1, 2}) {
    std::vector<double> exact;
    for (const double eta : all) {
      exact.push_back(exact_error(pc::LinearMoments{f, eta}, start, order, eta, std::lround(1 / eta)));
    }
    CHECK(pc::fit_order(all, exact, std::vector<double>(5, 0.0)).order == Approx(std::max(order, 1)).margin(0.15));

    const auto errors =
        pc::weak_error(f, length_squared, start, {.steps = measured, .order = order, .time = 1}, pc::Seed{1});
    const auto slope = pc::weak_order(errors);
    CHECK(slope.conclusive);
    CHECK(slope.standard_error <= 0.03);
    CHECK(slope.order == Approx(std::max(order, 1)).margin(0.15));
  }
}

TEST_CASE("the supremum is taken over all steps, and no thread changes a bit") {
  using namespace diffusion_tests;
  const Linear f = linear(1, 3, true, 10);
  pc::WeakErrorSettings settings{
      .steps = {0.2}, .order = 1, .time = 8, .at = pc::ErrorAt::supremum, .paths = 512, .precision = 0.05};
  const auto errors = pc::weak_error(f, length_squared, Vector::Constant(1, 3.0), settings, pc::Seed{1});
  const pc::WeakError& row = errors.rows[0];
  double most = 0;
  for (const double e : row.errors) most = std::max(most, std::abs(e));
  CHECK(std::abs(row.error) == most);
  CHECK(row.time < 8);
  settings.threads = 1;
  const auto again = pc::weak_error(f, length_squared, Vector::Constant(1, 3.0), settings, pc::Seed{1});
  CHECK(again.rows[0].errors == row.errors);
  CHECK(again.rows[0].standard_errors == row.standard_errors);
}

TEST_CASE("too few paths are inconclusive, and a NaN is told with its path") {
  using namespace diffusion_tests;
  const Linear f = linear(2, 4, false, 9);
  const auto few =  // a jump: much variance
      pc::weak_error(f, right_half, Vector::Ones(2), {.steps = {0.1}, .time = 1, .paths = 16}, pc::Seed{1});
  CHECK(!few.rows[0].conclusive());
  CHECK(few.rows[0].status == pc::Status::iteration_limit);
  CHECK(!pc::weak_order(few).conclusive);

  Linear broken = linear(1, 2, true, 3);
  broken.wall = 0;
  broken.a = {Matrix::Ones(1, 1), Matrix::Ones(1, 1)};
  broken.c = {Vector::Constant(1, -2.0), Vector::Constant(1, 2.0)};
  const auto errors = pc::weak_error(broken, length_squared, Vector::Constant(1, -1.0),
                                     {.steps = {0.25, 0.125}, .time = 1, .paths = 512}, pc::Seed{1});
  REQUIRE(errors.rows.size() == 2);
  CHECK(errors.rows[0].status == pc::Status::non_finite);
  CHECK(errors.rows[0].failed_path >= 0);
  CHECK(errors.rows[0].failed_step >= 1);
  CHECK(!errors.rows[0].conclusive());
}

TEST_CASE("weak_error refuses senseless arguments and says which") {
  using namespace diffusion_tests;
  using Catch::Matchers::ContainsSubstring;
  const Linear f = linear(2, 4, false, 9);
  const auto run = [&](const pc::WeakErrorSettings& settings, const Vector& w0 = Vector::Ones(2)) {
    return pc::weak_error(f, length_squared, w0, settings, pc::Seed{1});
  };
  CHECK_THROWS_WITH(run({.steps = {}}), ContainsSubstring("steps"));
  CHECK_THROWS_WITH(run({.steps = {-0.1}}), ContainsSubstring("steps"));
  CHECK_THROWS_WITH(run({.steps = {0.3}}), ContainsSubstring("divide the time"));
  CHECK_THROWS_WITH(run({.order = 3}), ContainsSubstring("order"));
  CHECK_THROWS_WITH(run({.time = 0}), ContainsSubstring("time"));
  CHECK_THROWS_WITH(run({.paths = 1}), ContainsSubstring("paths"));
  CHECK_THROWS_WITH(run({.precision = 0.1}), ContainsSubstring("precision"));
  CHECK_THROWS_WITH(run({.substeps = 3}), ContainsSubstring("substeps"));
  CHECK_THROWS_WITH(run({.batch = 0}), ContainsSubstring("batch"));
  CHECK_THROWS_WITH(run({}, Vector::Ones(3)), ContainsSubstring("w0"));
  CHECK_THROWS_WITH(run({}, std::nan("") * Vector::Ones(2)), ContainsSubstring("w0"));
}
