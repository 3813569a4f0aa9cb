// SPDX-License-Identifier: MIT
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <numbers>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/objectives/test_functions.hpp>

#include "planted/claims.hpp"

// Claims that are false on a set of known measure, from 1e-1 of the region to 1e-12 of it, and the same claims where
// they are true.

namespace pc = proxcvx;

namespace constructed {

using planted::Count;

/// The volume of the unit ball in d dimensions.
double unit_ball(pc::Index d) {
  const double half = static_cast<double>(d) / 2;
  return std::pow(std::numbers::pi, half) / std::tgamma(half + 1);
}

/// The radius of the ball that is this share of the cube [-1, 1]^d.
double radius_of(double share, pc::Index d) {
  const double n = static_cast<double>(d);
  return 2 * std::pow(share / unit_ball(d), 1 / n);
}

/// A point of no symmetry with entries in [-0.6, 0.6].
pc::Vector<double> somewhere(pc::Index d, std::uint64_t seed) {
  pc::RandomStream stream{pc::Seed{71}, seed};
  pc::Vector<double> c(d);
  for (double& x : c) x = stream.uniform(-0.6, 0.6);
  return c;
}

pc::Quadratic<double> bowl(const pc::Vector<double>& c) {
  return {pc::Matrix<double>::Identity(c.size(), c.size()), c};
}

/// Curvature 1, but for `least` in one direction, which is no axis.
pc::Quadratic<double> bent(pc::Index d, double least) {
  pc::RandomStream stream{pc::Seed{11}, static_cast<std::uint64_t>(d)};
  pc::Vector<double> direction(d);
  stream.fill_normal(direction);
  direction.normalize();
  const pc::Matrix<double> outer = direction * direction.transpose();
  const pc::Matrix<double> curvature = pc::Matrix<double>::Identity(d, d) - (1 - least) * outer;
  return pc::Quadratic<double>((curvature + curvature.transpose()) / 2);
}

/// t such that an isotropic x in d dimensions has |x_2..d|^2 < t x_1^2 with this probability: |x_2..d|^2/|x|^2 has the
/// law Beta((d - 1)/2, 1/2).
double cone_of(double share, pc::Index d) {
  const double b = boost::math::ibeta_inv((static_cast<double>(d) - 1) / 2, 0.5, share);
  return b / (1 - b);
}

struct Shape {
  double share;
  pc::Index dimension;
};

/// The PL inequality of a bowl fails in a ball of known share.
void holes(Count& tally) {
  // f = ||w - c||^2/2, (1/2)||grad f||^2 >= (1/2)(f - xi): violated where ||w - c||^2 < -2 xi, exactly.
  for (const Shape shape : {Shape{1e-1, 1},
                            {1e-2, 2},
                            {1e-3, 3},
                            {1e-4, 6},
                            {1e-5, 1},
                            {1e-6, 2},
                            {1e-7, 3},
                            {1e-8, 6},
                            {1e-9, 1},
                            {1e-9, 2},
                            {1e-10, 3},
                            {1e-11, 6},
                            {1e-12, 2},
                            {1e-12, 3}}) {
    const auto f = bowl(somewhere(shape.dimension, 1));
    const double r = radius_of(shape.share, shape.dimension);
    const std::string name =
        "hole " + std::to_string(shape.dimension) + "d " + std::to_string(-std::log10(shape.share));
    tally.is_false(name, planted::pl(f, 0.5, -r * r / 2), planted::cube(shape.dimension, 1));
    tally.has_room(name, planted::pl(f, 0.5, r * r / 2), planted::cube(shape.dimension, 1));
  }
  for (const pc::Index d : {1, 2, 6}) {
    const auto f = bowl(somewhere(d, 1));
    tally.is_true("bowl, PL", planted::pl(f, 0.5), planted::cube(d, 1));
    tally.is_true("bowl, PL, equality", planted::pl(f, 1), planted::cube(d, 1));
    const pc::Box<double> beside(pc::Vector<double>::Constant(d, 0.7), pc::Vector<double>::Constant(d, 1));
    tally.has_room("bowl, quasar", planted::quasar(f, f.center(), 0.5), planted::Where<double>(beside));
  }
}

/// Convexity with a surplus fails for pairs as near to each other as has a known share.
void diagonals(Count& tally) {
  // f = ||w||^2/2, g = f + delta, h = f: the margin is ||w - v||^2/2 - delta. Pairs of [-1, 1]^d with ||w - v|| < r
  // have the share 1 - (1 - r/2)^2 for d = 1, and just less than V_d (r/2)^d otherwise.
  for (const Shape shape : {Shape{1e-1, 1},
                            {1e-3, 1},
                            {1e-5, 1},
                            {1e-4, 2},
                            {1e-8, 2},
                            {1e-12, 2},
                            {1e-6, 3},
                            {1e-12, 3},
                            {1e-10, 6},
                            {1e-12, 6}}) {
    const pc::Index d = shape.dimension;
    const double r = d == 1 ? 2 * (1 - std::sqrt(1 - shape.share)) : radius_of(shape.share, d);
    const planted::AnyFunction<double> f(bowl(pc::Vector<double>::Zero(d)));
    const std::string name = "diagonal " + std::to_string(d) + "d " + std::to_string(-std::log10(shape.share));
    tally.is_false(name, planted::proxy_convex(f, planted::affine(1, f, r * r / 2), f), planted::cube(d, 1));
    tally.has_room(name, planted::proxy_convex(f, planted::affine(1, f, -r * r / 2), f), planted::cube(d, 1));
  }
  for (const pc::Index d : {1, 2, 3}) {
    const auto f = bowl(somewhere(d, 2));
    tally.is_true("bowl, convex", planted::convex(f), planted::cube(d, 1));
  }
}

/// A saddle's convexity, and 1 + epsilon times the sharp PL modulus, fail in a cone of known share.
void cones(Count& tally) {
  // w - v is isotropic: violated where |(w - v)_2..d|^2 < epsilon (w - v)_1^2, in the axes of the curvature.
  for (const Shape shape : {Shape{1e-1, 2},
                            {1e-3, 2},
                            {1e-5, 2},
                            {1e-2, 3},
                            {1e-6, 3},
                            {1e-9, 3},
                            {1e-11, 3},
                            {1e-4, 6},
                            {1e-8, 6},
                            {1e-10, 6},
                            {1e-12, 6}}) {
    const pc::Index d = shape.dimension;
    const std::string name = "saddle " + std::to_string(d) + "d " + std::to_string(-std::log10(shape.share));
    tally.is_false(name, planted::convex(bent(d, -cone_of(shape.share, d))), planted::ball(d, 10));
    tally.has_room(name, planted::convex(bent(d, cone_of(shape.share, d))), planted::ball(d, 10));
  }
  // Eigenvalues 1 and m, modulus M > m: violated where |x_2..d|^2 (1 - M) < m (M - m) x_1^2.
  const double m = 0.25;
  for (const Shape shape :
       {Shape{1e-2, 2}, {1e-4, 2}, {1e-6, 2}, {1e-5, 3}, {1e-7, 3}, {1e-10, 3}, {1e-3, 6}, {1e-9, 6}, {1e-12, 6}}) {
    const double t = cone_of(shape.share, shape.dimension);
    const double modulus = (t + m * m) / (t + m);
    const std::string name =
        "modulus " + std::to_string(shape.dimension) + "d " + std::to_string(-std::log10(shape.share));
    tally.is_false(name, planted::pl(bent(shape.dimension, m), modulus), planted::ball(shape.dimension, 10));
  }
  for (const pc::Index d : {2, 3, 6}) {
    tally.is_true("valley, PL", planted::pl(bent(d, m), bent(d, m).pl_modulus()), planted::ball(d, 10));
    tally.is_true("valley, convex", planted::convex(bent(d, 1e-3)), planted::ball(d, 10));
  }
}

planted::Where<double> interval(double low, double high) {
  return pc::Box<double>(pc::Vector<double>::Constant(1, low), pc::Vector<double>::Constant(1, high));
}

/// f about its minimum, on [-reach, reach], and as a function of many variables on the cube of that reach, where one
/// entry is enough.
template <class F>
void pl_on_interval(Count& tally, const std::string& name, const F& f, double modulus, double minimum, double reach) {
  tally.is_false(name, planted::pl(f, modulus, minimum), planted::cube(1, reach));
  tally.is_false(name + ", many", planted::pl(planted::of_many(f), planted::modulus_of_many * modulus, minimum),
                 planted::cube(planted::many, reach));
}
/// The same for quasar-convexity about 0.
template <class F>
void quasar_on_interval(Count& tally, const std::string& name, const F& f, double zeta, double reach) {
  for (const pc::Index d : {pc::Index{1}, planted::many}) {
    const pc::Vector<double> origin = pc::Vector<double>::Zero(d);
    const auto claim = d == 1 ? planted::quasar(f, origin, zeta) : planted::quasar(planted::of_many(f), origin, zeta);
    tally.is_false(d == 1 ? name : name + ", many", claim, planted::cube(d, reach));
  }
}

/// Functions of one variable, on intervals where a known share violates.
void intervals(Count& tally) {
  const pc::Vector<double> origin = pc::Vector<double>::Zero(1);
  const auto named = [](const std::string& name, double share) {
    return name + ' ' + std::to_string(-std::log10(share));
  };
  for (const double share : {1e-1, 1e-3, 1e-5, 1e-7}) {
    // sin x, xi = -1, alpha = 2: violated where sin x > 1 - mu/2, about pi/2 and -3 pi/2, both in [-6, 6].
    const double mu = 4 * std::pow(std::sin(1.5 * share), 2);
    pl_on_interval(tally, named("sine", share), pc::Sine<>{}, mu / 4, -1, 6);
    tally.has_room("sine", planted::pl(pc::Sine<>{}, mu / 4, -1), interval(-1.5, std::numbers::pi / 2 - 3.003 * share));
  }
  for (const double share : {1e-2, 1e-4, 1e-8, 1e-12}) {  // x^4: violated for 0 < |x| < sqrt(mu/32)
    pl_on_interval(tally, named("quartic", share), pc::Quartic<>{}, 8 * share * share, 0, 1);
    tally.has_room("quartic", planted::pl(pc::Quartic<>{}, 8 * share * share), interval(1.001 * share, 1));
  }
  // Beyond |x| = 9.4599 and 9.1182 alone (4.2).
  for (const double share : {1e-1, 1e-3, 1e-5}) {
    quasar_on_interval(tally, named("sixth root, 1/2,", share), pc::SixthRoot<>{}, 0.5, 9.45991 / (1 - share));
    tally.has_room("sixth root, 1/2", planted::quasar(pc::SixthRoot<>{}, origin, 0.5),
                   interval(share, 9.4598 * (1 - share)));
    quasar_on_interval(tally, named("damped absolute, 1.001,", share), pc::DampedAbsolute<>{}, 1.001,
                       9.11828 / (1 - share));
    tally.has_room("damped absolute, 1.001", planted::quasar(pc::DampedAbsolute<>{}, origin, 1.001),
                   interval(share, 9.1181 * (1 - share)));
  }
  tally.is_true("sixth root, 1/2", planted::quasar(pc::SixthRoot<>{}, origin, 0.5), planted::cube(1, 9.4598));
  tally.is_true("damped absolute, 1.001", planted::quasar(pc::DampedAbsolute<>{}, origin, 1.001),
                planted::cube(1, 9.1181));
  tally.is_true("sine, below its top", planted::pl(pc::Sine<>{}, 0.25, -1), interval(-1.5, 0.52));
}

void all(Count& tally) {
  holes(tally);
  diagonals(tally);
  cones(tally);
  intervals(tally);
}

}  // namespace constructed

TEST_CASE("planted: claims false on 1e-1 to 1e-12 of the region are found, true ones never") {
  planted::Count all;
  for (const auto group : {constructed::holes, constructed::diagonals, constructed::cones, constructed::intervals}) {
    planted::Count tally;
    group(tally);
    tally.is_enough();  // in each group
    all.add(tally);
  }
  CHECK(all.true_claims >= 15);
  CHECK(all.false_claims >= 50);
}

TEST_CASE("planted: no false claim is ever proved, no true one refuted by a proof or violated along a descent") {
  auto tally = planted::Count::of_proofs();
  constructed::all(tally);
  CAPTURE(tally.false_claims, tally.refutations, tally.true_claims, tally.proofs);
  CHECK(tally.false_claims >= 50);
  CHECK(tally.true_claims >= 50);
  CHECK(tally.refutations >= 35);  // of 55, with 4,000 boxes each; the others stay open
  CHECK(tally.proofs >= 35);       // of 63; the others touch 0
}
