// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <proxcvx/core/random.hpp>
#include <proxcvx/gram/eigenvalue_bound.hpp>
#include <proxcvx/objectives/certified_spectrum.hpp>

#include "gram/problems.hpp"
#include "support/catch2.hpp"
#include "support/counts.hpp"

namespace pc = proxcvx;

namespace {

/// Integer matrices A = B^T B + k I with a B of one row less than columns: the smallest eigenvalue is k, exactly.
template <class S> pc::Matrix<S> known_smallest(pc::Index n, pc::Index k, pc::RandomStream& stream) {
  pc::Matrix<S> b(n - 1, n);
  for (pc::Index j = 0; j < n; ++j) {
    for (pc::Index i = 0; i + 1 < n; ++i) b(i, j) = static_cast<S>(stream.below(7)) - S(3);
  }
  pc::Matrix<S> a = b.transpose() * b;
  a.diagonal().array() += static_cast<S>(k);
  return a;
}

template <class S> void check_exact(pc::Index largest, pc::Index instances) {
  pc::RandomStream stream{pc::Seed{5}, sizeof(S)};
  for (pc::Index instance = 0; instance < instances; ++instance) {
    const pc::Index n = 2 + stream.below(largest - 1), k = stream.below(9) - 4;
    const pc::Matrix<S> a = known_smallest<S>(n, k, stream);
    const S bound = pc::smallest_eigenvalue_bound(a);
    const auto exact = static_cast<S>(k);
    CHECK(bound <= exact);
    const S near = S(8) * pc::gamma<S>(n + 8) * a.cwiseAbs().rowwise().sum().maxCoeff() * static_cast<S>(n);
    CHECK(bound >= exact - near);
    // A proof of more than the truth would be a false one; of less by more than the margin there is one.
    CHECK_FALSE(pc::eigenvalues_exceed(a, exact));
    CHECK(pc::eigenvalues_exceed(a, exact - near));
  }
}

}  // namespace

TEST_CASE("the bound is below the smallest eigenvalue of integer matrices, which is known exactly, and near it") {
  check_exact<double>(60, tests::scaled_count<pc::Index>(20'000));
  check_exact<float>(40, tests::scaled_count<pc::Index>(6'000));
  check_exact<long double>(12, tests::scaled_count<pc::Index>(1'000));
  check_exact<double>(150, tests::scaled_count<pc::Index>(200));
}

TEST_CASE("the bound agrees with an enclosure of the whole spectrum by another method") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const pc::Matrix<double> x = gram_problems::normal_matrix<double>(30, 25, seed);
    const pc::Matrix<double> a = x.transpose() * x;
    const auto spectrum = pc::detail::certified_spectrum_of_symmetric(a);
    const double bound = pc::smallest_eigenvalue_bound(a);
    CHECK(bound <= spectrum.smallest().upper());
    CHECK(bound >= spectrum.smallest().lower() - 1e-10);
  }
}

TEST_CASE("the bound where rounding is all: tiny, huge, zero and indefinite matrices") {
  const pc::Matrix<double> identity = pc::Matrix<double>::Identity(20, 20);
  const double tiny = std::numeric_limits<double>::denorm_min();
  CHECK(pc::smallest_eigenvalue_bound(pc::Matrix<double>(0 * identity)) <= 0);
  CHECK(pc::smallest_eigenvalue_bound(pc::Matrix<double>(0 * identity)) >= -1e-300);
  CHECK(pc::smallest_eigenvalue_bound(pc::Matrix<double>(tiny * identity)) <= tiny);
  const double huge = pc::smallest_eigenvalue_bound(pc::Matrix<double>(1e300 * identity));
  CHECK(huge <= 1e300);
  CHECK(huge >= 0.999999 * 1e300);
  const double negative = pc::smallest_eigenvalue_bound(pc::Matrix<double>(-identity));
  CHECK(negative <= -1);
  CHECK(negative >= -1 - 1e-12);
  CHECK_FALSE(pc::eigenvalues_exceed(identity, 1.0));
  CHECK_FALSE(pc::eigenvalues_exceed(identity, std::numeric_limits<double>::quiet_NaN()));
  CHECK(pc::eigenvalues_exceed(identity, 1 - 1e-12));
  CHECK_THROWS_AS(pc::smallest_eigenvalue_bound(pc::Matrix<double>(2, 3)), std::invalid_argument);
  CHECK_THROWS_AS(pc::eigenvalues_exceed(pc::Matrix<double>(0, 0), 0.0), std::invalid_argument);
}

TEST_CASE("the bound of integer matrices times the smallest numbers, where no step down is left of n u trace(A)") {
  pc::RandomStream stream{pc::Seed{6}};
  for (pc::Index instance = 0; instance < tests::scaled_count<pc::Index>(60'000); ++instance) {
    const pc::Index n = 2 + stream.below(9), k = stream.below(9) - 4;
    const double unit = std::ldexp(1.0, -1074 + static_cast<int>(stream.below(60)));
    const pc::Matrix<double> a = unit * known_smallest<double>(n, k, stream);  // exact
    const double bound = pc::smallest_eigenvalue_bound(a);
    CHECK(bound <= unit * static_cast<double>(k));
  }
}
