// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <numbers>
#include <proxcvx/gram/smallest_eigenvalue.hpp>
#include <sstream>

#include "gram/problems.hpp"
#include "support/catch2.hpp"

namespace pc = proxcvx;

namespace {

/// A matrix with this spectrum: value, error and vector are what they claim.
template <class S> void check_spectrum(pc::Vector<S> values, std::uint64_t seed) {
  const pc::Matrix<S> a = gram_problems::with_eigenvalues<S>(values, seed);
  std::sort(values.begin(), values.end());
  // The matrix itself is off by the rounding of its three reflections.
  const S slack = pc::gamma<S>(40 * values.size()) * values.cwiseAbs().maxCoeff();
  for (const auto& [estimate, exact, sign] :
       {std::tuple{pc::smallest_eigenvalue(a), values[0], S(1)},
        std::tuple{pc::largest_eigenvalue(a), values[values.size() - 1], S(-1)}}) {
    INFO(estimate << " for " << exact << ", n = " << values.size());
    CHECK(std::abs(estimate.value - exact) <= estimate.error + slack);
    CHECK(sign * (estimate.value - exact) >= -slack);  // a Rayleigh quotient
    CHECK(estimate.error <= slack);
    CHECK(std::abs(estimate.vector.norm() - S(1)) <= S(4) * pc::gamma<S>(values.size() + 8));
    CHECK((a * estimate.vector - estimate.value * estimate.vector).norm() <= estimate.error);
  }
}

template <class S> void check_spectra() {
  for (const pc::Index n : {1, 2, 5, 48, 49, 130}) {
    const auto seed = static_cast<std::uint64_t>(n);
    pc::Vector<S> ramp(n), crowded(n), signs(n);
    for (pc::Index i = 0; i < n; ++i) {
      const S t = static_cast<S>(i + 1) / static_cast<S>(n);
      ramp[i] = t;
      crowded[i] = S(1) + t * t * S(1e-3);  // a cluster at its end
      signs[i] = t - S(0.6);
    }
    check_spectrum<S>(ramp, seed);
    check_spectrum<S>(crowded, seed);
    check_spectrum<S>(signs, seed);
    check_spectrum<S>(-ramp, seed);
  }
}

}  // namespace

TEST_CASE("the smallest and the largest eigenvalue of matrices with known spectra") {
  check_spectra<double>();
  check_spectra<float>();
}

TEST_CASE("the smallest eigenvalue of a discrete Laplacian, which has a closed form") {
  const pc::Index n = 200;
  pc::Matrix<double> a = pc::Matrix<double>::Constant(n, n, std::numeric_limits<double>::quiet_NaN());
  a.triangularView<Eigen::Lower>().setZero();  // what is above the diagonal is not read
  a.diagonal().setConstant(2);
  a.diagonal(-1).setConstant(-1);
  const double half = std::sin(std::numbers::pi / (2 * static_cast<double>(n + 1)));
  const auto estimate = pc::smallest_eigenvalue(a);
  CHECK(std::abs(estimate.value - 4 * half * half) <= estimate.error);
  CHECK(estimate.error <= 1e-13);
  CHECK(estimate.factorizations <= 8);
}

TEST_CASE("zero, rank one and repeated eigenvalues") {
  for (const pc::Index n : {3, 90}) {
    const pc::Matrix<double> zero = pc::Matrix<double>::Zero(n, n), ones = pc::Matrix<double>::Ones(n, n);
    const pc::Matrix<double> identity = pc::Matrix<double>::Identity(n, n);
    CHECK(pc::smallest_eigenvalue(zero).value == 0);
    CHECK(std::abs(pc::smallest_eigenvalue(ones).value) <= 1e-12);
    CHECK(std::abs(pc::largest_eigenvalue(ones).value - static_cast<double>(n)) <= 1e-12 * static_cast<double>(n));
    CHECK(std::abs(pc::smallest_eigenvalue(identity).value - 1) <= 1e-14);
    CHECK(std::abs(pc::smallest_eigenvalue(pc::Matrix<double>(-identity)).value + 1) <= 1e-14);
  }
}

TEST_CASE("eigenvalues of what is no symmetric matrix are refused") {
  CHECK_THROWS_AS(pc::smallest_eigenvalue(pc::Matrix<double>(2, 3)), std::invalid_argument);
  CHECK_THROWS_AS(pc::largest_eigenvalue(pc::Matrix<double>(0, 0)), std::invalid_argument);
  pc::Matrix<double> a = pc::Matrix<double>::Identity(3, 3);
  a(2, 0) = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(pc::smallest_eigenvalue(a), std::invalid_argument);
  std::ostringstream text;
  text << pc::smallest_eigenvalue(pc::Matrix<double>(pc::Matrix<double>::Identity(2, 2)));
  CHECK(text.str().substr(0, 5) == "1 +- ");
}
