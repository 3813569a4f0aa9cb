// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <numbers>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "planted/rows.hpp"

// What the claims of by_the_table.cpp are built with, after the rule that is stated there: which size, kind and share
// the next claim has, data of a known spectrum, and the shares of balls, cones and caps.

namespace by_the_table {

using namespace theory;
using Vector = pc::Vector<double>;
using Matrix = pc::Matrix<double>;
using pc::Index;

struct Claim {
  std::string name;
  std::variant<PointClaim<double>, PairClaim<double>> claim;
  Where<double> where;
  Vector w, v;  ///< a point, or a pair, that violates it
};

/// What claim k of a set is like.
struct Rule {
  bool second;
  std::array<Index, 5> sizes;  ///< by k mod 5
  std::size_t dense;           ///< k mod 2 where all is dense
  std::size_t step, start;     ///< the share is 10^-(1 + (step k + start) mod 12)
  std::uint64_t seed;          ///< + use
};
inline constexpr Rule first_rule{false, {2, 4, 8, 16, 32}, 0, 5, 0, 90};
inline constexpr Rule second_rule{true, {3, 6, 12, 24, 48}, 1, 7, 3, 190};

/// The claims so far, and what the rule says of the next.
struct Table {
  explicit Table(const Rule& of) : rule{of} {}
  Rule rule;
  std::vector<Claim> claims{};

  [[nodiscard]] std::size_t k() const { return claims.size(); }
  [[nodiscard]] Index d() const { return rule.sizes[k() % 5]; }
  [[nodiscard]] bool dense() const { return k() % 2 == rule.dense; }
  [[nodiscard]] int exponent() const { return 1 + static_cast<int>((rule.step * k() + rule.start) % 12); }
  [[nodiscard]] double share() const { return std::pow(10.0, -exponent()); }
  /// What a row is given in the first set, or in the second.
  template <class T> [[nodiscard]] T either(const T& first, const T& second) const {
    return rule.second ? second : first;
  }
  [[nodiscard]] pc::RandomStream stream(std::uint64_t use) const {
    return pc::RandomStream{pc::Seed{rule.seed + use}, k()};
  }
  /// A random orthogonal matrix.
  [[nodiscard]] Matrix turn(Index n, std::uint64_t use) const {
    auto normal = stream(use);
    Matrix m(n, n);
    normal.fill_normal(m);
    return Eigen::HouseholderQR<Matrix>(m).householderQ();
  }
  [[nodiscard]] Matrix axes(Index n, std::uint64_t use) const {
    return dense() ? turn(n, use) : Matrix::Identity(n, n);
  }
  [[nodiscard]] Vector center() const {
    auto uniform = stream(3);
    Vector c = Vector::Zero(d());
    for (double& x : c) x = dense() ? uniform.uniform(-0.6, 0.6) : 0;
    return c;
  }
  template <class Property>
  void add(const std::string& name, const Property& claim, Where<double> where, Vector w, Vector v = {}) {
    const std::string at = ", d = " + std::to_string(d()) + ", 1e-" + std::to_string(exponent());
    claims.push_back({name + at, claim, std::move(where), std::move(w), std::move(v)});
  }
};

inline double unit_ball(Index d) {
  const double half = static_cast<double>(d) / 2;
  return std::pow(std::numbers::pi, half) / std::tgamma(half + 1);
}
/// (share / V_d)^{1/d}: half of the radius of a ball that is this share of [-1, 1]^d.
inline double half_radius(double share, Index d) { return std::pow(share / unit_ball(d), 1 / static_cast<double>(d)); }
/// t such that |x_2..d|^2 < t x_1^2 with this probability, x isotropic: |x_2..d|^2/|x|^2 is Beta((d - 1)/2, 1/2).
inline double cone_of(double share, Index d) {
  const double b = boost::math::ibeta_inv((static_cast<double>(d) - 1) / 2, 0.5, share);
  return b / (1 - b);
}
/// tau such that |x_1| > tau with this probability, x uniform in the unit ball: 1 - x_1^2 is Beta((d + 1)/2, 1/2).
inline double cap_of(double share, Index d) {
  return std::sqrt(1 - boost::math::ibeta_inv((static_cast<double>(d) + 1) / 2, 0.5, share));
}

/// n samples with E x x^T = axes diag(spectrum) axes^T; where n > d, E off^2 = 1 and E off x = 0.
struct Design {
  Design(const Table& t, const Vector& spectrum, Index n) : axes{t.axes(spectrum.size(), 1)} {
    const Matrix samples = std::sqrt(static_cast<double>(n)) * t.axes(n, 2);
    x = axes * spectrum.cwiseSqrt().asDiagonal() * samples.leftCols(spectrum.size()).transpose();
    off = samples.col(n - 1);
  }
  /// w with w.x_i = z_i, where n = d.
  [[nodiscard]] Vector seeing(const Vector& z) const { return x.transpose().colPivHouseholderQr().solve(z); }
  /// ||w - center||_S^2/2 + least, for a neuron that is active at every sample.
  [[nodiscard]] Neuron<double> squares(const Vector& center, double least, double slope = 1) const {
    const Matrix y = center.transpose() * x + std::sqrt(2 * least) * off.transpose();
    return neuron(pc::Dataset<double>(x, y), pc::LeakyReLU{slope});
  }
  Matrix axes, x;
  Vector off;
};

inline Vector but_first(Index d, double others) {
  Vector spectrum = Vector::Constant(d, others);
  spectrum[0] = 1;
  return spectrum;
}

/// f(<a, u>), or f(<a, u>) + f(<b, u>): ||grad||^2 and <grad, u> add up, so constants stay. <a, u> has the density
/// 0.69/r about 0 for u in the cube of reach r, and the pair 0.48/r^2.
template <class F> AnyFunction<double> ridges(const Table& t, const F& f) {
  const Matrix rows = t.turn(t.d(), 4);
  const auto ridge = [&](Index i) {
    return AnyFunction<double>(pc::AffineSubstitution<F>(f, rows.row(i), Vector::Zero(1)));
  };
  if (t.dense()) return ridge(0);
  return pc::Sum(ridge(0), ridge(1));
}
/// <a, u> = x, <b, u> = 0.
inline Vector along(const Table& t, double x) { return x * t.turn(t.d(), 4).row(0).transpose(); }

inline Where<double> about(const Vector& center, double radius) { return pc::Ball<double>(center, radius); }
inline PairClaim<double> global(const AnyFunction<double>& f, double g, double h) {
  return proxy_convex<double>(f, affine(g, f), affine(h, f));
}
/// The pair of a leaky neuron of slope gamma (4.3), its h divided by c.
inline PairClaim<double> as_of_slope(const AnyFunction<double>& f, double gamma, double c) {
  return global(f, gamma, 1 / (c * gamma * (2 - gamma * gamma)));
}
/// Claims (f, f/c), 1/c = 1 - e, or (cf, f), c = 1 + e.
inline void too_good(Table& t, const std::string& row, const AnyFunction<double>& f, double e, bool of_h) {
  const Vector w = Vector::Constant(t.d(), 0.5);
  t.add(row + (of_h ? ", (f, f/c)" : ", (cf, f)"), of_h ? global(f, 1, 1 - e) : global(f, 1 + e, 1),
        planted::cube(t.d(), 1), w, w);
}
/// f - (lambda/2)||w||^2.
inline AnyFunction<double> without(const AnyFunction<double>& f, double lambda, Index d) {
  return pc::Sum(f, pc::Quadratic<double>(-lambda * Matrix::Identity(d, d)));
}

// The rows, in their order: of 4.1, 4.2, the agnostic and the leaky neuron of 4.3, and 4.4.

void convex(Table&);
void pl(Table&);
void agnostic(Table&);
void leaky(Table&);
void networks(Table&);
void second_networks(Table&);
/// Least squares of which c times its modulus is claimed; `second`: the second eigenvalue for the least.
void modulus(Table&, const std::string& name, Index rank, double c, bool second = false);

/// All forty of the first set, and of the second.
std::vector<Claim> claims();
std::vector<Claim> second_claims();
void all(Count& tally);
void all_of_second(Count& tally);
/// How many claims of both sets there are whose names begin with that row; checks that they are false where they say.
int false_at_their_points(const std::string& row);

}  // namespace by_the_table
