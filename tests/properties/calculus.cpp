// SPDX-License-Identifier: MIT
#include <proxcvx/objectives/least_squares.hpp>
#include <proxcvx/objectives/logistic_regression.hpp>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/properties/calculus.hpp>
#include <proxcvx/properties/special_cases.hpp>

#include "instances/random_problems.hpp"
#include "support/catch2.hpp"

// Theory 4.8: the margin of a composite objective is what the margins of its parts say, and its constants follow.

namespace composite {

namespace pc = proxcvx;
using Vector = pc::Vector<double>;
using Matrix = pc::Matrix<double>;

/// Computed margins agree up to their own rounding bounds.
void agree(const pc::Margin<double>& computed, double expected, double error) {
  CAPTURE(computed.value, expected, computed.error, error);
  CHECK(std::abs(computed.value - expected) <= 1.01 * (computed.error + error) + 1e-12 * computed.scale);
}

/// A user's own objective, (x - 1)^4, and proxies that are lambdas.
struct Quartic {
  using Scalar = double;
  [[nodiscard]] pc::Index dimension() const { return 2; }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const { return (w.array() - 1).pow(4).sum(); }
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    out = 4 * (w.array() - 1).pow(3);
    return value(w);
  }
};

Matrix normal_matrix(pc::RandomStream& stream, pc::Index rows, pc::Index cols) {
  Matrix a(rows, cols);
  stream.fill_normal(a);
  return a;
}

TEST_CASE("4.8: margins of sums, multiples and weight decay are the combinations of the parts' margins") {
  pc::RandomStream stream{pc::Seed{481}};
  for (int i = 0; i < 60; ++i) {
    const auto data = problems::dataset(stream, true);
    const auto first = pc::convexity(pc::LeastSquares<>(data));
    const auto second = pc::convexity(pc::LogisticRegression<>(data));
    const double c1 = problems::scale(stream, 3), c2 = problems::scale(stream, 3);
    const auto both = pc::combine(c1, first, c2, second);
    const auto sum = first + second;
    const auto multiple = c1 * second;
    const auto decayed = pc::with_weight_decay(second, c2);
    for (int k = 0; k < 8; ++k) {
      const Vector w = problems::vector(stream, data.dimension(), 2), v = problems::vector(stream, data.dimension(), 2);
      const auto a = first.margin(w, v), b = second.margin(w, v);
      agree(both.margin(w, v), c1 * a.value + c2 * b.value, c1 * a.error + c2 * b.error);
      agree(sum.margin(w, v), a.value + b.value, a.error + b.error);
      agree(multiple.margin(w, v), c1 * b.value, c1 * b.error);
      // of (c/2)||w||^2: <c w, w - v> - (c/2)||w||^2 + (c/2)||v||^2 = (c/2)||w - v||^2
      agree(decayed.margin(w, v), b.value + c2 / 2 * (w - v).squaredNorm(), b.error);
      problems::has_no_violation(both, w, v);
      problems::has_no_violation(decayed, w, v);
    }
  }
}

TEST_CASE("4.8: sums, weight decay and changes of variables have no violation, on any data") {
  problems::on_random_data(484, true, [&](pc::RandomStream& stream, const auto& data, pc::Index points) {
    const pc::Index d = data.dimension(), p = 1 + stream.below(6);
    const Matrix Q = normal_matrix(stream, d, p);
    const Vector b = problems::vector(stream, d, 1);
    const pc::LeastSquares<> squares(data);
    const auto sum = pc::combine(problems::scale(stream, 3), pc::convexity(squares), problems::scale(stream, 3),
                                 pc::convexity(pc::LogisticRegression<>(data)));
    const auto decayed = pc::with_weight_decay(sum, problems::scale(stream, 3));
    const auto changed = pc::substitute(decayed, Q, b);
    const double squared_radius = 2 * data.radius() * data.radius() * (1 + 1e-12);
    const auto growth = pc::substitute(pc::GradientGrowth(squares, squares, {.A = 0, .B = squared_radius}), Q, b);
    for (pc::Index i = 0; i < points; ++i) {
      const Vector w = problems::vector(stream, d, 2), v = problems::vector(stream, d, 2);
      problems::has_no_violation(sum, w, v);
      problems::has_no_violation(decayed, w, v);
      const Vector u = problems::vector(stream, p, 2);
      problems::has_no_violation(changed, u, problems::vector(stream, p, 2));
      problems::has_no_violation(growth, u);
    }
  });
}

TEST_CASE("4.8: after a change of variables the margin is the old one at Qu + b, whatever the shape of Q") {
  pc::RandomStream stream{pc::Seed{482}};
  for (int i = 0; i < 60; ++i) {
    const auto data = problems::dataset(stream, false);
    const pc::LeastSquares<> f(data);
    const pc::Index d = data.dimension(), p = 1 + stream.below(6);
    const Matrix Q = normal_matrix(stream, d, p);
    const Vector b = problems::vector(stream, d, 1);
    const auto property = pc::convexity(f);
    const auto changed = pc::substitute(property, Q, b);
    const pc::GradientGrowth growth(f, f, {.A = 0.5, .B = 2 * data.radius() * data.radius() + 0.1});
    const auto changed_growth = pc::substitute(growth, Q, b);
    const double norm = Eigen::JacobiSVD<Matrix>(Q).singularValues()[0];
    CHECK(changed_growth.A() == Approx(norm * norm * growth.A()).epsilon(1e-12));
    CHECK(changed_growth.B() == Approx(norm * norm * growth.B()).epsilon(1e-12));
    CHECK(changed.dimension() == p);
    for (int k = 0; k < 6; ++k) {
      const Vector u = problems::vector(stream, p, 2), v = problems::vector(stream, p, 2);
      const auto old = property.margin(Q * u + b, Q * v + b);
      agree(changed.margin(u, v), old.value, old.error);
      problems::has_no_violation(changed, u, v);
      problems::has_no_violation(changed_growth, u);
    }
  }
}

TEST_CASE("4.8: proxy PL keeps g, xi, alpha; mu becomes mu sigma_min(Q^T)^alpha, and no more") {
  pc::RandomStream stream{pc::Seed{483}};
  for (const double alpha : {1.0, 2.0, 1.5}) {
    for (int i = 0; i < 20; ++i) {
      const pc::Index d = 1 + stream.below(4), p = d + stream.below(3);
      const Matrix Q = normal_matrix(stream, d, p);
      const Vector b = problems::vector(stream, d, 1);
      // f = ||w||^2/2, g = ||w||^alpha: ||grad f||^alpha = g, so mu = 2 holds with equality
      const pc::Quadratic<double> f(Matrix(Matrix::Identity(d, d)), Vector(Vector::Zero(d)));
      const auto g = [alpha](const auto& w) { return std::pow(w.squaredNorm(), alpha / 2); };
      const auto changed = pc::substitute(pc::ProxyPL(f, g, {.alpha = alpha, .mu = 2}), Q, b);
      const Eigen::JacobiSVD<Matrix> svd(Q, Eigen::ComputeThinU);
      const double least = svd.singularValues()[d - 1];
      CHECK(changed.mu() == Approx(2 * std::pow(least, alpha)).epsilon(1e-9));
      CHECK(changed.alpha() == alpha);
      // At Qu + b = the left singular vector of the least one it is an equality.
      const Vector u = Q.completeOrthogonalDecomposition().solve(Vector(svd.matrixU().col(d - 1) - b));
      const auto margin = changed.margin(u);
      CHECK(std::abs(margin.value) <= 1e-8 * margin.scale);
      const pc::ProxyPL sharper(changed.objective(), changed.proxy(), {.alpha = alpha, .mu = 1.001 * changed.mu()});
      CHECK(sharper.margin(u).value < -sharper.margin(u).error);
      for (int k = 0; k < 6; ++k) CHECK(changed.margin(problems::vector(stream, p, 3)).value >= -1e-12);
    }
  }
  const double c = 3;
  const auto pl =
      pc::polyak_lojasiewicz(pc::Quadratic<double>(Matrix(Matrix::Identity(2, 2)), Vector(Vector::Zero(2))), 0, 1);
  CHECK((c * pl).mu() == Approx(c * c * pl.mu()).epsilon(1e-9));
  CHECK((c * pl).margin(Vector::Ones(2)).value == Approx(c * c * pl.margin(Vector::Ones(2)).value).margin(1e-8));
}

TEST_CASE("4.8: a user's objective and proxies compose, and so do references that move with w") {
  const auto g = [](const auto& w) { return w.sum(); };
  const auto h = [](const auto& v, const auto& w) { return v.dot(w); };
  const pc::ProxyConvexity mine{Quartic{}, g, h};
  Matrix Q(2, 3);
  Q << 1, 2, -1, 0.5, 0, 1;
  const Vector b = Vector::Constant(2, 0.25);
  const pc::Quadratic<double> plain(Matrix(Matrix::Identity(2, 2)), Vector(Vector::Zero(2)));
  const auto composed = pc::substitute(pc::combine(2, mine, 3, pc::convexity(plain)), Q, b);
  pc::RandomStream stream{pc::Seed{484}};
  for (int i = 0; i < 30; ++i) {
    const Vector u = problems::vector(stream, 3, 1), v = problems::vector(stream, 3, 1);
    const Vector w = Q * u + b, r = Q * v + b;
    const double expected =
        2 * (4 * (w.array() - 1).pow(3).matrix().dot(w - r) - w.sum() + r.dot(w)) + 3 * (w - r).squaredNorm() / 2;
    agree(composed.margin(u, v), expected, 1e-9 * std::abs(expected));
  }
  const auto growth = 2.0 * pc::GradientGrowth(Quartic{}, g, {.A = 3, .B = 5, .noise = pc::Noise::full_batch});
  CHECK(growth.A() == Approx(12));  // c^2 A
  CHECK(growth.B() == Approx(10));  // c B, in g' = c g
  const Vector w = Vector::Constant(2, 1.5);
  CHECK(growth.margin(w).value == Approx(4 * (3 + 5 * w.sum() - 2 * std::pow(4 * std::pow(0.5, 3), 2))).epsilon(1e-9));
}

TEST_CASE("4.8: what the calculus does not cover is refused, and why") {
  using Catch::Matchers::ContainsSubstring;
  const pc::Quadratic<double> plain(Matrix(Matrix::Identity(2, 2)), Vector(Vector::Zero(2)));
  const auto convex = pc::convexity(plain);
  const auto pl = pc::polyak_lojasiewicz(plain, 0, 1);
  for (const double bad : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    CHECK_THROWS_WITH(bad * convex, ContainsSubstring("factor"));
    CHECK_THROWS_WITH(bad * pl, ContainsSubstring("factor"));
    CHECK_THROWS_WITH(pc::combine(1, convex, bad, convex), ContainsSubstring("factor"));
    CHECK_THROWS_WITH(pc::with_weight_decay(convex, bad), ContainsSubstring("lambda"));
  }
  const Vector b = Vector::Zero(2);
  CHECK_THROWS_WITH(pc::substitute(pl, Matrix(Matrix::Ones(2, 1)), b), ContainsSubstring("at least 2 columns"));
  CHECK_THROWS_WITH(pc::substitute(pl, Matrix(Matrix::Ones(2, 3)), b), ContainsSubstring("full row rank"));
  CHECK_THROWS_WITH(pc::substitute(convex, Matrix(Matrix::Ones(3, 2)), Vector(Vector::Zero(3))),
                    ContainsSubstring("2 rows"));
  CHECK_THROWS_WITH(pc::substitute(convex, Matrix(Matrix::Ones(2, 2)), Vector(Vector::Zero(3))),
                    ContainsSubstring("b: expected"));
  CHECK_THROWS_WITH(pc::substitute(convex, Matrix(0, 0), Vector(0)), ContainsSubstring("Q: expected"));
  CHECK_THROWS_WITH(pc::substitute(convex, Matrix(Matrix::Constant(2, 2, HUGE_VAL)), b), ContainsSubstring("finite"));
}

}  // namespace composite
