// SPDX-License-Identifier: MIT
#include <proxcvx/diffusion/ensemble.hpp>
#include <proxcvx/diffusion/linear_moments.hpp>
#include <proxcvx/diffusion/modified_equation.hpp>

#include "diffusion/sums.hpp"
#include "support/catch2.hpp"

TEST_CASE("ensembles of SGD and of its equations have their exact moments") {
  using namespace diffusion_tests;
  const Linear f = linear(2, 3, false, 8);
  const Vector start{{1.0, -2.0}};
  const double eta = 0.25;
  const pc::BatchSettings batches{.batch = 2, .sampling = pc::Sampling::without_replacement};
  const pc::LinearMoments exact{f, eta, batches};
  const pc::EnsembleSettings settings{.steps = 8, .every = 4, .paths = 2'000, .substeps = 2};
  const auto sgd = pc::sgd_ensemble(f, length_squared, start, eta, batches, settings, pc::Seed{1});
  REQUIRE(sgd.points() == 2);
  CHECK(sgd.time(1) == 2);
  for (pc::Index i = 0; i < 2; ++i) {
    CHECK(std::abs(sgd.mean(i) - exact.sgd(start, 4 * (i + 1)).second.trace()) <= 5 * sgd.standard_error(i));
  }
  for (const int order : {0, 1, 2}) {
    const pc::ModifiedEquation equation{
        f, {.step = eta, .order = order, .batch = 2, .sampling = pc::Sampling::without_replacement}};
    const auto ensemble =
        pc::equation_ensemble(equation, pc::SplitStep{}, length_squared, start, settings, pc::Seed{1});
    for (pc::Index i = 0; i < 2; ++i) {
      const double mean = exact.equation(order, start, ensemble.time(i)).second.trace();
      // At order 0 there is no chance, and the Runge-Kutta error is all.
      CHECK(std::abs(ensemble.mean(i) - mean) <= 5 * ensemble.standard_error(i) + 1e-4 * mean);
    }
  }
}

TEST_CASE("mirrored paths make the mean of a linear observable exact, and that of others no worse") {
  using namespace diffusion_tests;
  const Linear f = linear(2, 3, true, 8);  // noise of one covariance: the mirrored path is the mirror image
  const Vector start{{1.0, -2.0}};
  const pc::ModifiedEquation equation{f, {.step = 0.25, .order = 2}};
  pc::EnsembleSettings settings{.steps = 8, .every = 8, .paths = 256};
  const auto mirrored = pc::equation_ensemble(equation, pc::SplitStep{}, first_entry, start, settings, pc::Seed{1});
  settings.antithetic = false;
  const auto plain = pc::equation_ensemble(equation, pc::SplitStep{}, first_entry, start, settings, pc::Seed{1});
  CHECK(mirrored.standard_error(0) < 1e-7 * plain.standard_error(0) + 1e-9);
  CHECK(std::abs(plain.mean(0) - mirrored.mean(0)) <= 5 * plain.standard_error(0));
}

TEST_CASE("a path that becomes non-finite is told and left out, and the others are kept") {
  using namespace diffusion_tests;
  Linear f = linear(1, 2, true, 3);
  f.a = {Matrix::Ones(1, 1), Matrix::Ones(1, 1)};
  f.c = {Vector::Constant(1, -2.0), Vector::Constant(1, 2.0)};
  f.wall = 0.5;
  const auto ensemble =
      pc::sgd_ensemble(f, length_squared, Vector::Constant(1, -1.0), 0.3, {}, {.steps = 6, .paths = 500}, pc::Seed{1});
  CHECK(ensemble.status == pc::Status::non_finite);
  CHECK(ensemble.sums.failures() > 0);
  CHECK(ensemble.sums.paths() + ensemble.sums.failures() == 500);
  CHECK(ensemble.sums.failed_path() >= 0);
  CHECK(std::isfinite(ensemble.mean(5)));
}

TEST_CASE("ensembles refuse senseless arguments and say which") {
  using namespace diffusion_tests;
  using Catch::Matchers::ContainsSubstring;
  const Linear f = linear(2, 3, true, 8);
  const Vector start = Vector::Ones(2);
  const auto run = [&](const Vector& w0, double step, const pc::EnsembleSettings& settings) {
    return pc::sgd_ensemble(f, length_squared, w0, step, {}, settings, pc::Seed{1});
  };
  CHECK_THROWS_WITH(run(Vector::Ones(3), 0.1, {}), ContainsSubstring("w0"));
  CHECK_THROWS_WITH(run(start * HUGE_VAL, 0.1, {}), ContainsSubstring("w0"));
  CHECK_THROWS_WITH(run(start, -0.1, {}), ContainsSubstring("step"));
  CHECK_THROWS_WITH(run(start, 0.1, {.steps = 0}), ContainsSubstring("steps"));
  CHECK_THROWS_WITH(run(start, 0.1, {.every = 0}), ContainsSubstring("every"));
  CHECK_THROWS_WITH(run(start, 0.1, {.paths = 0}), ContainsSubstring("paths"));
  CHECK_THROWS_WITH(run(start, 0.1, {.substeps = 0}), ContainsSubstring("substeps"));
}
