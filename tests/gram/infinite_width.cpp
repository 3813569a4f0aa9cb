// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <numbers>
#include <proxcvx/core/fifty_digits.hpp>
#include <proxcvx/gram/eigenvalue_bound.hpp>
#include <proxcvx/gram/infinite_width.hpp>

#include "gram/problems.hpp"
#include "support/catch2.hpp"

namespace pc = proxcvx;
using gram_problems::normal_matrix;

namespace {

/// The formula of theory 2.5 in fifty digits, its angle 2 atan(||  |b|a - |a|b  ||/||  |b|a + |a|b  ||) (Kahan).
template <class S> pc::FiftyDigits exact_entry(const pc::Matrix<S>& x, pc::Index i, pc::Index j, double slope = 0) {
  using T = pc::FiftyDigits;
  const pc::Vector<T> a = x.col(i).template cast<T>(), b = x.col(j).template cast<T>();
  const T one = sqrt(T(a.squaredNorm())), two = sqrt(T(b.squaredNorm()));
  const pc::Vector<T> apart = two * a - one * b, together = two * a + one * b;
  const T pi = 4 * atan(T(1)), c = T(slope);
  const T far = sqrt(T(apart.squaredNorm())), near = sqrt(T(together.squaredNorm()));
  const T angle = near > T(0) ? T(2 * atan(T(far / near))) : pi;
  return a.dot(b) * (c + (1 - c) * (1 - c) * (pi - angle) / (2 * pi));
}

template <class S> void check_entries(const pc::Matrix<S>& x, double slope) {
  const pc::Matrix<S> h = pc::infinite_width_gram(x, pc::LeakyReLU{slope});
  const S tolerance = S(6) * pc::gamma<S>(3 * x.rows() + 24);  // that of infinite_width_rounding
  double worst = 0;
  pc::Index asymmetric = 0;
  for (pc::Index j = 0; j < x.cols(); ++j) {
    for (pc::Index i = 0; i < x.cols(); ++i) {
      asymmetric += h(i, j) == h(j, i) ? 0 : 1;
      const S scale = tolerance * x.col(i).norm() * x.col(j).norm();
      if (scale == S(0)) {
        CHECK(h(i, j) == S(0));
        continue;
      }
      const auto error = static_cast<double>(abs(pc::FiftyDigits(h(i, j)) - exact_entry(x, i, j, slope)));
      worst = std::max(worst, error / static_cast<double>(scale));
    }
    CHECK(h(j, j) == x.col(j).squaredNorm() * ((S(1) + static_cast<S>(slope * slope)) / S(2)));
  }
  CHECK(asymmetric == 0);
  CHECK(worst <= 1);
}

/// Inputs with what the formula is delicate at: multiples of both signs, neighbours, zeros, any scale.
template <class S> pc::Matrix<S> delicate_inputs(pc::Index dimension) {
  pc::Matrix<S> x = normal_matrix<S>(dimension, 12, static_cast<std::uint64_t>(dimension));
  x.col(1) = x.col(0);
  x.col(2) = S(3) * x.col(0);
  x.col(3) = S(-0.7) * x.col(0);
  x.col(4) = x.col(0);
  x(0, 4) += S(1e-3);
  x.col(5) = -x.col(4);
  x.col(6).setZero();
  x.col(7) *= S(1e-12);
  x.col(8) *= S(1e12);
  x.col(9) = x.col(8) * (S(1) + S(8) * std::numeric_limits<S>::epsilon());
  return x;
}

}  // namespace

TEST_CASE("the infinite-width kernel is its formula, in fifty digits, within the stated rounding") {
  for (const double slope : {0.0, 0.25, 1.0}) {
    check_entries(delicate_inputs<double>(5), slope);
    check_entries(delicate_inputs<float>(5), slope);
  }
  check_entries(delicate_inputs<long double>(5), 0);
  check_entries(delicate_inputs<double>(1), 0);
}

TEST_CASE("the infinite-width kernel is the mean over normal weights, and in tiles what it is entry by entry") {
  // One column more than two tiles: all kinds of tiles; against the formula with std::acos.
  const pc::Matrix<double> x = normal_matrix<double>(7, 2 * pc::detail::tile_size + 1, 3);
  const pc::Matrix<double> h = pc::infinite_width_gram(x);
  double worst = 0;
  for (pc::Index j = 0; j < x.cols(); ++j) {
    for (pc::Index i = 0; i < x.cols(); ++i) {
      const double lengths = x.col(i).norm() * x.col(j).norm();
      const double cosine = std::min(1.0, std::max(-1.0, x.col(i).dot(x.col(j)) / lengths));
      const double value = lengths * cosine * (std::numbers::pi - std::acos(cosine)) / (2 * std::numbers::pi);
      worst = std::max(worst, std::abs(h(i, j) - value) / lengths);
    }
  }
  CHECK(worst < 1e-8);  // std::acos of a cosine near 1 is good to the root of the unit roundoff
  // A mean of 40,000 draws: within 5 of its standard errors, of which the largest deviation is that of +-1/2.
  const pc::Index draws = 40'000;
  const pc::Matrix<double> w = normal_matrix<double>(7, draws, 4);
  const pc::Matrix<double> active = ((w.transpose() * x.leftCols(6)).array() >= 0).cast<double>();
  const pc::Matrix<double> share = active.transpose() * active / static_cast<double>(draws);
  for (pc::Index j = 0; j < 6; ++j) {
    for (pc::Index i = 0; i < 6; ++i) {
      const double scale = std::abs(x.col(i).dot(x.col(j)));
      CHECK(std::abs(x.col(i).dot(x.col(j)) * share(i, j) - h(i, j)) <=
            5 * 0.5 * scale / std::sqrt(static_cast<double>(draws)));
    }
  }
}

TEST_CASE("the kernel is positive definite exactly as the theorem says, with proofs on either side") {
  const auto certain = [](const pc::Matrix<double>& x) {
    const pc::Matrix<double> h = pc::infinite_width_gram(x);
    return pc::smallest_eigenvalue_bound(h) - pc::infinite_width_rounding(x);
  };
  pc::Matrix<double> x(2, 3);
  x << 1, -1, 0, 0, 0, 1;  // an antiparallel pair, of which one vector and the third are independent
  CHECK(certain(x) > 0);
  x.col(1) *= -1;  // two the same: H has two equal rows
  const auto h = pc::infinite_width_gram(x);
  CHECK(certain(x) <= 0);
  CHECK(h.row(0) == h.row(1));
  CHECK(std::abs(pc::smallest_eigenvalue(h).value) <= 1e-15);
  // Inputs of R^2 on one side, no two parallel: definite though there are more of them than dimensions.
  pc::Matrix<double> fan(2, 5);
  for (pc::Index i = 0; i < 5; ++i)
    fan.col(i) << std::cos(0.5 * static_cast<double>(i)), std::sin(0.5 * static_cast<double>(i));
  CHECK(certain(fan) > 0);
}

TEST_CASE("the infinite-width kernel refuses what is no data") {
  CHECK_THROWS_AS(pc::infinite_width_gram(pc::Matrix<double>(3, 0)), std::invalid_argument);
  CHECK_THROWS_AS(pc::infinite_width_gram(pc::Matrix<double>(0, 3)), std::invalid_argument);
  pc::Matrix<double> x = pc::Matrix<double>::Ones(2, 2);
  x(1, 0) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(pc::infinite_width_gram(x), std::invalid_argument);
}
