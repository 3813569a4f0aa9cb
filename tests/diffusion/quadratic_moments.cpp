// SPDX-License-Identifier: MIT
#include <proxcvx/diffusion/linear_moments.hpp>
#include <proxcvx/diffusion/quadratic_moments.hpp>

#include "diffusion/sums.hpp"
#include "support/catch2.hpp"

namespace diffusion_tests {

/// The sup over n eta <= 20 of the error of E x^2 for F = x^2/2, s = 1, x_0 = 1.5; order 3 is u_0 + eta u_1.
inline double sup_error(double eta, int order) {
  const Matrix one = Matrix::Ones(1, 1);
  const Vector x = Vector::Constant(1, 1.5);
  const pc::QuadraticMoments<double> exact{one, Vector::Zero(1), one, eta};
  double sup = 0;
  for (pc::Index n = 1; static_cast<double>(n) * eta <= 20 + 1e-9; ++n) {
    const double t = static_cast<double>(n) * eta;
    const auto other = order == 3 ? exact.expansion(x, t) : exact.equation(order).moments(x, t);
    sup = std::max(sup, std::abs(exact.sgd(x, n).second(0, 0) - other.second(0, 0)));
  }
  return sup;
}

}  // namespace diffusion_tests

TEST_CASE("the table of Feng et al.'s example comes out to its four digits") {
  using namespace diffusion_tests;
  const double table[2][4] = {{5.263e-2, 4.053e-2, 5.013e-3, 3.091e-3}, {2.564e-2, 2.049e-2, 1.251e-3, 7.530e-4}};
  for (int order = 0; order <= 3; ++order) {
    CHECK(std::abs(sup_error(0.1, order) - table[0][order]) <= 0.5e-3 * table[0][order]);
    CHECK(std::abs(sup_error(0.05, order) - table[1][order]) <= 0.5e-3 * table[1][order]);
    const double slope = std::log2(sup_error(0.025, order) / sup_error(0.0125, order));
    CHECK(slope == Approx(order < 2 ? 1 : 2).margin(0.15));
  }
}

TEST_CASE("the moments of a quadratic in closed form are those of the recursions") {
  using namespace diffusion_tests;
  const Linear f = linear(3, 4, true, 7);
  Vector center = Vector::Zero(3);
  for (const Vector& c : f.c) center += c / 4;
  const double eta = 0.15;
  const pc::QuadraticMoments<double> closed{f.a[0], center, pc::GradientNoise{f}.covariance(center), eta};
  const pc::LinearMoments recursive{f, eta};
  const Vector x{{1.0, -2.0, 0.5}};
  for (const pc::Index n : {0, 1, 7, 400}) {
    CHECK(distance(closed.sgd(x, n).mean, recursive.sgd(x, n).mean) <= 1e-12);
    CHECK(distance(closed.sgd(x, n).second, recursive.sgd(x, n).second) <= 1e-12);
  }
  for (const int order : {0, 1, 2}) {
    const auto a = closed.equation(order).moments(x, 1.3);
    const auto b = recursive.equation(order, x, 1.3);
    CHECK(distance(a.mean, b.mean) <= 1e-12);
    CHECK(distance(a.second, b.second) <= 1e-12);
  }
}

TEST_CASE("the expansion is what SGD and its equation of order 2 have in common to the second order in eta") {
  using namespace diffusion_tests;
  const Matrix h{{1.5, 0.4}, {0.4, 0.8}};
  const Matrix sigma{{1.0, 0.2}, {0.2, 0.5}};
  const Vector c{{0.3, -1.0}}, x{{1.0, 2.0}};
  const auto gap = [&](double eta, bool sgd) {
    const pc::QuadraticMoments<double> exact{h, c, sigma, eta};
    const auto a = exact.expansion(x, 1);
    const auto b = sgd ? exact.sgd(x, std::lround(1 / eta)) : exact.equation(2).moments(x, 1);
    return std::pair{(a.mean - b.mean).norm(), (a.second - b.second).norm()};
  };
  for (const bool sgd : {true, false}) {
    const auto [mean, second] = gap(1.0 / 64, sgd);
    const auto [mean_2, second_2] = gap(1.0 / 128, sgd);
    CHECK(std::log2(mean / mean_2) == Approx(2).margin(0.15));
    CHECK(std::log2(second / second_2) == Approx(2).margin(0.15));
  }
}

TEST_CASE("the stationary covariance solves the discrete Lyapunov equation, and SGD tends to it") {
  using namespace diffusion_tests;
  const Matrix h{{1.5, 0.4}, {0.4, 0.8}};
  const Matrix sigma{{1.0, 0.2}, {0.2, 0.5}};
  for (const double eta : {1e-6, 0.1, 1.1}) {
    const pc::QuadraticMoments<double> exact{h, Vector::Zero(2), sigma, eta};
    const Matrix c = exact.stationary_covariance();
    const Matrix step = Matrix::Identity(2, 2) - eta * h;
    CHECK((step * c * step.transpose() + eta * eta * sigma - c).cwiseAbs().maxCoeff() <=
          1e-14 * c.cwiseAbs().maxCoeff());
    const auto settled = static_cast<pc::Index>(100 / eta);
    CHECK(distance(exact.sgd(Vector::Ones(2), settled).second, c) <= 1e-12);
  }
}

TEST_CASE("moments of a quadratic refuse what does not fit") {
  using namespace diffusion_tests;
  using Catch::Matchers::ContainsSubstring;
  using Moments = pc::QuadraticMoments<double>;
  const Matrix one = Matrix::Identity(2, 2);
  const Vector c = Vector::Zero(2);
  CHECK_THROWS_WITH((Moments{Matrix::Identity(3, 3), c, one, 0.1}), ContainsSubstring("curvature"));
  CHECK_THROWS_WITH((Moments{one, c, Matrix{{1.0, 2.0}, {0.0, 1.0}}, 0.1}), ContainsSubstring("covariance"));
  for (const double bad : {0.0, -0.1, HUGE_VAL, std::nan("")}) {
    CHECK_THROWS_WITH((Moments{one, c, one, bad}), ContainsSubstring("step"));
  }
  CHECK_THROWS_WITH((Moments{one, c, one, 2.0}.stationary_covariance()), ContainsSubstring("step"));
  CHECK_THROWS_WITH((Moments{Matrix{{1.0, 0.0}, {0.0, 0.0}}, c, one, 0.5}.stationary_covariance()),
                    ContainsSubstring("step"));
  CHECK_THROWS_WITH((Moments{one, c, one, 0.1}.equation(3)), ContainsSubstring("order"));
  CHECK_THROWS_WITH((Moments{one, c, one, 0.1}.sgd(c, -1)), ContainsSubstring("n: "));
}
