// SPDX-License-Identifier: MIT
#include "planted/by_the_table.hpp"

// The rows of theory.md 4.4 (see by_the_table.cpp), with shapes that have the numbers of variables of either set.

namespace by_the_table {

// 4.4: a_j = +-1/sqrt(m), gamma = 1/2 unless it is said

/// h of another slope, and a claim that it is h.
PairClaim<double> with_slope(const AnyFunction<double>& f, const pc::Dataset<double>& data, Index m, double slope) {
  return proxy_convex<double>(f, f, pc::WorstSlopeRisk<Network<double>>(network(data, m, pc::LeakyReLU{slope})));
}
PointClaim<double> forced(const Network<double>& risk, double mu) {
  return proxy_pl<double>(AnyFunction<double>(risk), pc::LossDerivative<Network<double>>(risk),
                          {.alpha = 1, .mu = mu, .xi = 0});
}
/// Columns a_j u.
Vector teacher(const Vector& u, Index m) {
  return (u * pc::TwoLayer({.inputs = u.size(), .hidden = m}, pc::LeakyReLU{0.5}).outer_weights().transpose())
      .reshaped();
}
const pc::LeakyReLU half{0.5};

/// Kinks cost 0.25 (1 - gamma), of either sign, against ||sum_j a_j (w_j - v_j)||^2/8: 0.56 (1 - gamma)^2. Second, for
/// w.x in [-2.4, 2.4]: of a standard deviation of 0.08 (1 - gamma), against 0.085 of that: 0.037 (1 - gamma)^3.
void not_convex(Table& t) {
  const Index inputs = t.d() / 2;
  const Design in(t, Vector::Ones(inputs), inputs);
  const pc::Dataset<double> data(in.x, signs<double>(inputs));
  const auto both = [&](double one, double other) {
    Vector w(t.d()), seen = Vector::Constant(inputs, 0.5);
    seen[1] = one;
    w.head(inputs) = in.seeing(seen);
    seen[1] = other;
    w.tail(inputs) = in.seeing(seen);
    return w;
  };
  const double kink = t.either(std::sqrt(t.share() / 0.56), std::cbrt(t.share() / 0.037));
  t.add("4.4 convex", planted::convex(network(data, 2, pc::LeakyReLU{1 - kink})), planted::cube(t.d(), 1),
        both(-0.25, 0.25), both(0.25, 0.75));
}
/// Each input has the labels +, +, -: ||w - (ln 2, ln 2)|| < 2 mu; second: < 3 mu.
void not_separable(Table& t) {
  const Index d = t.d();
  const Matrix axes = t.axes(d, 1);
  Matrix x(d, 3 * d), y(1, 3 * d);
  for (Index i = 0; i < 3 * d; ++i) {
    x.col(i) = axes.col(i / 3);
    y(0, i) = i % 3 == 2 ? -1 : 1;
  }
  t.add("4.4 proxy PL, not separable, xi = 0",
        forced(network(pc::Dataset<double>(x, y), 1, half), 2 * half_radius(t.share(), d) / static_cast<double>(d)),
        planted::cube(d, 1), axes * Vector::Constant(d, std::numbers::ln2));
}
/// m_0 = 1/sqrt(8) is the margin of v = y/sqrt(8). At most 5 or 6 of 32 signs of w positive: 1e-4. Second: 19 of 48.
void margin_too_large(Table& t) {
  const pc::Dataset<double> data(t.axes(8, 1), signs<double>(8));
  t.add("4.4 proxy PL, the margin " + t.either<std::string>("1.25 m_0", "1.52 m_0"),
        forced(network(data, t.d() / 8, half), t.either(1.25, 1.52) / std::sqrt(8)), planted::cube(t.d(), 1),
        t.either(-0.5, -0.1) * (data.inputs() * Vector::Ones(8)).replicate(t.d() / 8, 1));
}

void networks(Table& t) {
  {  // V in two cones of share e/4, and one unit in such a cone, the other one small enough for N (0.02)
    const double e = 2e-3;
    const pc::Dataset<double> data(Matrix{{1, -1}, {e, e}}, Matrix::Ones(1, 2));
    t.add("4.4 slope 1.5 gamma in h", with_slope(network(data, 2, half), data, 2, 0.75), planted::cube(4, 10),
          Vector{{0, -1, 0, -1}}, teacher(Vector{{0, 10}}, 2));
  }
  not_convex(t);
  {  // All 16 active (2^-16) and the four outputs in a ball of radius 0.18 about -+0.92: 3.6e-9 for reach 3
    const AnyFunction<double> f(network(pc::Dataset<double>(Matrix::Identity(4, 4), signs<double>(4)), 4, half));
    Matrix w = Matrix::Ones(4, 4);
    for (const Index j : {1, 3}) w.col(j) = Vector{{0.078577, 1.921423, 1.921423, 0.078577}};
    t.add("4.4 growth, C/1.001", growth(f, f, 0, pc::LogisticLoss::self_bounding / 1.001, pc::Noise::single_example),
          planted::cube(16, 3 * std::pow(3.6e-9 / t.share(), 0.25)), w.reshaped());
  }
  {  // All eight units inactive at both samples, v +- o: 0.4^8.
    const Matrix turn = t.turn(4, 1);
    Matrix x(4, 2);
    x << 0.75 * turn.col(0) + 0.25 * turn.col(1), 0.75 * turn.col(0) - 0.25 * turn.col(1);
    t.add("4.4 proxy PL, 1.05 mu", forced(network(pc::Dataset<double>(x, Matrix::Ones(1, 2)), 8, half), 1.05 * 0.75),
          planted::ball(32, 10), -0.1 * turn.col(0).replicate(8, 1));
  }
  not_separable(t);
  {  // Two ReLUs dead at three inputs within 60 degrees: (1/3)^2
    const double c = std::sqrt(0.75);
    const Matrix turn = t.turn(2, 1);
    const pc::Dataset<double> data(turn * Matrix{{c, 1, c}, {-0.5, 0, 0.5}}, signs<double>(3));
    t.add("4.4 ReLU, mu = 0.1", forced(network(data, 2, pc::LeakyReLU{0}), 0.1), planted::ball(4, 10),
          -turn.col(0).replicate(2, 1));
  }
  {  // sum |V| < 0.5 (6e-6) and, for a fifth of W, units near 0 where y a_j < 0 and away from 0 where y a_j > 0
    const pc::Dataset<double> data(Matrix::Identity(4, 4), signs<double>(4));
    const pc::EmpiricalRisk f(pc::TwoLayer({.inputs = 4, .hidden = 2}, pc::SmoothLeakyReLU{0.5, 4}), pc::LogisticLoss{},
                              data);
    t.add("4.4 smooth, h without its shift", with_slope(AnyFunction<double>(f), data, 2, 0.5), planted::cube(8, 0.6),
          Vector{{0, -0.6, -0.6, 0, -0.6, 0, 0, -0.6}}, Vector::Zero(8));
  }
  {  // Each unit inactive at all inputs (0.15), each v_j on the right side of all (0.01), and N + 1 > T: 0.02
    Matrix x = Matrix::Ones(4, 12);
    auto normal = t.stream(1);
    const Vector u = t.turn(3, 2).col(0);
    auto directions = x.topRows(3);
    for (auto column : directions.colwise()) {
      Vector direction(3);
      normal.fill_normal(direction);
      column = direction.normalized();
      column += std::copysign(0.2, u.dot(column)) * u;
    }
    const Matrix y = (u.transpose() * x.topRows(3)).cwiseSign();
    const pc::Dataset<double> data(x, y);
    Vector v = Vector::Zero(4);
    v.head(3) = u;
    t.add("4.4 slope 1.5 gamma in h, noisy halfspace", with_slope(network(data, 4, half), data, 4, 0.75),
          planted::cube(16, 10), (-0.001 * Vector::Unit(4, 3)).replicate(4, 1), teacher(v, 4));
  }
  margin_too_large(t);
}

/// Unit j sees `plus` at the samples with y a_j > 0 and `minus` at the others; x orthonormal.
Vector seeing(const Matrix& x, const Matrix& y, Index m, double plus, double minus) {
  Matrix w(x.rows(), m);
  for (Index j = 0; j < m; ++j) {
    const Vector side = (j % 2 == 0 ? 1 : -1) * y.transpose();
    w.col(j) = x * side.unaryExpr([&](double z) { return z > 0 ? plus : minus; });
  }
  return w.reshaped();
}
/// Inputs are orthonormal: a margin is a mean of terms that are all but independent. "Quadrature": of one, and
/// convolution.
void second_networks(Table& t) {
  const auto inputs = [&](Index d, Index samples) { return Matrix(t.axes(d, 1).leftCols(samples)); };
  {  // One unit and six samples: with two units in R^3 the share is never below 7e-3. Quadrature
    const Matrix x = inputs(6, 6), y = signs<double>(6);
    const pc::Dataset<double> data(x, y);
    t.add("4.4 slope 1.5 gamma in h", with_slope(network(data, 1, half), data, 1, 0.75), planted::cube(6, 3.7),
          seeing(x, y, 1, -0.1, -2), seeing(x, y, 1, 0.5, -2));
  }
  not_convex(t);
  {  // Three samples: all 12 active (2^-12), outputs in a ball of radius 0.157 about -+0.92: 7e-8, most for reach 2.75
    const Matrix x = inputs(6, 3), y = signs<double>(3);
    const AnyFunction<double> f(network(pc::Dataset<double>(x, y), 4, half));
    Matrix w = seeing(x, y, 4, 0.078577, 1.921423).reshaped(6, 4);
    for (const Index j : {0, 2}) w.col(j) = x * Vector::Ones(3);
    t.add("4.4 growth, C/1.001", growth(f, f, 0, pc::LogisticLoss::self_bounding / 1.001, pc::Noise::single_example),
          planted::cube(24, 2.75), w.reshaped());
  }
  {  // One sample, as v +- o are not along axes. All six units inactive: 2^-6, exactly
    const Matrix x = 0.75 * inputs(8, 1);
    t.add("4.4 proxy PL, 1.05 mu", forced(network(pc::Dataset<double>(x, Matrix::Ones(1, 1)), 6, half), 1.05 * 0.75),
          planted::ball(48, 10), -0.1 * x.col(0).replicate(6, 1));
  }
  not_separable(t);
  {  // Two ReLUs dead at e_1, e_2, e_3: six negative numbers, in a box where each is with the sixth root: exactly
    const double reach = std::pow(t.share(), 1.0 / 6);
    const pc::Dataset<double> data(inputs(3, 3), signs<double>(3));
    t.add("4.4 ReLU, mu = 0.1", forced(network(data, 2, pc::LeakyReLU{0}), 0.1),
          pc::Box<double>(Vector::Constant(6, -reach), Vector::Constant(6, 1 - reach)), Vector::Constant(6, -0.1));
  }
  {  // As in the first set, but five samples in R^6 (with six, 2e-13 at most). Quadrature
    const Matrix x = inputs(6, 5), y = signs<double>(5);
    const pc::Dataset<double> data(x, y);
    const pc::EmpiricalRisk f(pc::TwoLayer({.inputs = 6, .hidden = 2}, pc::SmoothLeakyReLU{0.5, 4}), pc::LogisticLoss{},
                              data);
    t.add("4.4 smooth, h without its shift", with_slope(AnyFunction<double>(f), data, 2, 0.5), planted::cube(12, 0.5),
          seeing(x, y, 2, -0.3, 0), Vector::Zero(12));
  }
  {  // A halfspace in R^12, sampled at e_i and e_i/2. Quadrature
    const Matrix e = inputs(12, 12), labels = signs<double>(12);
    Matrix x(12, 24), y(1, 24);
    x << e, 0.5 * e;
    y << labels, labels;
    const pc::Dataset<double> data(x, y);
    t.add("4.4 slope 1.5 gamma in h, noisy halfspace", with_slope(network(data, 2, half), data, 2, 0.75),
          planted::cube(24, 4), seeing(e, labels, 2, -0.001, -3.001), seeing(e, labels, 2, 1.5, -1.5));
  }
  margin_too_large(t);
}

}  // namespace by_the_table

TEST_CASE("planted by the table: 4.4, each claim is false at a known point") {
  CHECK(by_the_table::false_at_their_points("4.4") == 2 * 9);
}
