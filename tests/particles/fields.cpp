// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <proxcvx/particles/curved_targets.hpp>
#include <proxcvx/particles/discrepancies.hpp>
#include <proxcvx/particles/normal_targets.hpp>
#include <proxcvx/particles/svgd.hpp>
#include <vector>

#include "particles/models.hpp"
#include "support/catch2.hpp"

// Kernels, the median heuristic, Stein's field and the discrepancies against their formulas, pair by pair.

namespace pc = proxcvx;
using particle_models::normal_cloud;

namespace {

double slow_median(const pc::Matrix<double>& x) {
  std::vector<double> all;
  for (pc::Index i = 0; i < x.cols(); ++i) {
    for (pc::Index j = 0; j < i; ++j) all.push_back((x.col(i) - x.col(j)).squaredNorm());
  }
  std::ranges::sort(all);
  const std::size_t middle = all.size() / 2;
  return all.size() % 2 == 1 ? all[middle] : (all[middle - 1] + all[middle]) / 2;
}

template <class Kernel> void derivatives_are_slopes(const Kernel& kernel) {
  for (const double s : {0.0, 0.25, 2.0, 9.0}) {
    const double h = 1e-4;
    const auto at = kernel.at(s + h);
    const auto below = kernel.at(s);
    const auto above = kernel.at(s + 2 * h);
    CHECK((above.value - below.value) / (2 * h) == Approx(at.first).epsilon(1e-6));
    CHECK((above.first - below.first) / (2 * h) == Approx(at.second).epsilon(1e-6));
  }
}

template <class Kernel> void is_its_formula(pc::Index d, pc::Index n, const Kernel& kernel) {
  CAPTURE(d, n);
  const pc::Matrix<double> x = normal_cloud(d, n, 7).array() + 3;
  const pc::GaussianMixture target{pc::Matrix<double>::Identity(d, d)};
  const auto scores = particle_models::scores_of(target, x);
  const auto u = particle_models::slow_stein_kernel(x, scores, kernel);
  const pc::Matrix<double> phi = pc::SVGD{0.1, kernel}.direction(target, x);
  CHECK((phi - particle_models::slow_field(x, scores, kernel)).cwiseAbs().maxCoeff() <= 1e-12);
  const auto count = static_cast<double>(n);
  CHECK(pc::squared_ksd(x, target, kernel, pc::Pairs::all) == Approx(u.mean()).epsilon(1e-12));
  if (n < 2) return;
  CHECK(pc::squared_ksd(x, target, kernel) == Approx((u.sum() - u.trace()) / (count * (count - 1))).epsilon(1e-10));
  const pc::Matrix<double> y = normal_cloud(d, 300, 8, 2);
  const double mixed = particle_models::slow_mean_kernel(x, y, kernel, false);
  for (const bool distinct : {true, false}) {
    const double expected = particle_models::slow_mean_kernel(x, x, kernel, distinct) +
                            particle_models::slow_mean_kernel(y, y, kernel, distinct) - 2 * mixed;
    CHECK(std::abs(pc::squared_mmd(x, y, kernel, distinct ? pc::Pairs::distinct : pc::Pairs::all) - expected) <= 1e-12);
  }
}

}  // namespace

TEST_CASE("kernels: derivatives and bandwidths") {
  derivatives_are_slopes(pc::RBF{0.8});
  derivatives_are_slopes(pc::InverseMultiquadric{1.3});
  CHECK(pc::RBF{2}.at(4.0).value == Approx(std::exp(-0.5)));
  CHECK(pc::InverseMultiquadric{2}.at(12.0).value == Approx(0.5));
  CHECK(pc::RBF{0.5}.at(0.25F).value == Approx(std::exp(-0.5)));
  CHECK_THROWS_AS(pc::RBF{0}, std::invalid_argument);
  CHECK_THROWS_AS(pc::RBF{std::numeric_limits<double>::infinity()}, std::invalid_argument);
  CHECK(pc::RBF{[](const auto& x) { return x.norm(); }}.on(pc::Matrix<double>::Ones(2, 8)).bandwidth() == 4);
}

TEST_CASE("the median heuristic is that of theory 6") {
  for (const pc::Index n : {2, 3, 4, 5, 30, 300}) {
    const pc::Matrix<double> x = normal_cloud(3, n, 11);
    const double expected = std::sqrt(0.5 * slow_median(x) / std::log(static_cast<double>(n) + 1));
    CHECK(pc::MedianHeuristic{}(x) == Approx(expected).epsilon(1e-13));
  }
  CHECK_THROWS_AS(pc::MedianHeuristic{}(pc::Matrix<double>::Ones(2, 1)), std::invalid_argument);
  CHECK_THROWS_AS(pc::MedianHeuristic{}(pc::Matrix<double>::Ones(2, 9)), std::invalid_argument);
}

TEMPLATE_TEST_CASE("a median by counting is that by sorting", "", float, double) {
  for (const pc::Index n : {30, 200, 301}) {
    pc::Matrix<TestType> x = normal_cloud(2, n, 12).template cast<TestType>();
    if (n == 200) x.rightCols(60).setOnes();              // ties
    if (n == 301) x = (x * TestType(2)).array().round();  // few distinct values
    const pc::detail::MovedCloud<TestType> cloud{x};
    CHECK(pc::detail::middle_squared_distances(cloud, 10) == pc::detail::middle_squared_distances(cloud, n * n));
  }
}

TEST_CASE("Stein's field, KSD^2 and MMD^2 are their formulas, whatever the number of tiles") {
  is_its_formula(1, 1, pc::RBF{1.0});
  is_its_formula(2, 3, pc::RBF{0.7});
  is_its_formula(3, 256, pc::RBF{1.5});
  is_its_formula(2, 530, pc::RBF{1.0});
  is_its_formula(5, 257, pc::InverseMultiquadric{1.2});
}

TEST_CASE("a scaled field makes the mean of s.f + div f - lambda ||f||^2 stationary in its scale") {
  const pc::Matrix<double> x = normal_cloud(2, 60, 21, 2);
  const pc::Funnel<> target;
  const pc::Matrix<double> phi = pc::SVGD{0.1, pc::RBF{1.0}}.direction(target, x);
  const pc::Matrix<double> scaled = pc::SVGD{0.1, pc::RBF{1.0}, {.scaled = true, .lambda = 2}}.direction(target, x);
  const double ksd = pc::squared_ksd(x, target, pc::RBF{1.0}, pc::Pairs::all);
  const double a = ksd / (2 * 2 * phi.squaredNorm() / 60);
  CHECK((scaled - a * phi).cwiseAbs().maxCoeff() <= 1e-12 * a);
}

TEST_CASE("MMD^2 over distinct pairs has mean 0 between samples of one law") {
  constexpr int repeats = 10'000;
  double sum = 0;
  double squares = 0;
  double biased = 0;
  for (int k = 0; k < repeats; ++k) {
    const auto seed = static_cast<std::uint64_t>(2 * k);
    const pc::Matrix<double> x = normal_cloud(2, 12, 1000 + seed);
    const pc::Matrix<double> y = normal_cloud(2, 9, 1001 + seed);
    const double value = pc::squared_mmd(x, y, pc::RBF{1.0});
    sum += value;
    squares += value * value;
    biased += pc::squared_mmd(x, y, pc::RBF{1.0}, pc::Pairs::all);
  }
  const double mean = sum / repeats;
  const double error = std::sqrt((squares / repeats - mean * mean) / repeats);
  CHECK(std::abs(mean) <= 4 * error);
  CHECK(biased / repeats > 20 * error);  // so that the test could fail
}

#ifdef _OPENMP
TEST_CASE("the number of threads changes no bit of a field, a median or a discrepancy") {
  const int before = omp_get_max_threads();
  const auto all = [](int threads) {
    omp_set_num_threads(threads);
    const pc::Matrix<double> x = normal_cloud(3, 700, 17);
    const pc::IsotropicNormal<> target{3};
    pc::Matrix<double> found(3, 702);
    found.leftCols(700) = pc::SVGD{0.1, pc::RBF{}, {.scaled = true}}.direction(target, x);
    found.col(700) << pc::MedianHeuristic{}(x), pc::squared_ksd(x, target, pc::RBF{1.0}),
        pc::squared_mmd(x, x.leftCols(300), pc::RBF{1.0});
    const pc::detail::MovedCloud<double> cloud{x};
    found.col(701).setConstant(pc::detail::middle_squared_distances(cloud, 1000).first);
    return found;
  };
  const auto one = all(1);
  CHECK(all(2) == one);
  CHECK(all(3) == one);
  omp_set_num_threads(before);
}
#endif
