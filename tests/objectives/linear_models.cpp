// SPDX-License-Identifier: MIT
#include <proxcvx/objectives/least_squares.hpp>
#include <proxcvx/objectives/logistic_regression.hpp>
#include <proxcvx/objectives/matrix_factorization.hpp>
#include <proxcvx/objectives/quadratic.hpp>

#include "objectives/models.hpp"

namespace pc = proxcvx;

namespace {

template <class S> pc::Quadratic<S> random_quadratic(pc::RandomStream& stream, pc::Index size, double scale) {
  const auto half = laws::random_matrix<S>(stream, size, size);
  const pc::Matrix<S> curvature = static_cast<S>(scale) * (half + half.transpose());
  return pc::Quadratic<S>(curvature, laws::random_vector<S>(stream, size, 3), static_cast<S>(stream.normal()));
}

/// Bounds of random instances at random scales, against the scalar W; the sizes of data and weights go from 2^-e to
/// 2^e.
template <class S, class W> void bounds_hold(double e, int instances) {
  pc::RandomStream stream{pc::Seed{51}};
  laws::Sharpness quadratic;
  laws::Sharpness squares;
  laws::Sharpness logistic;
  laws::Sharpness factors;
  for (int i = 0; i < instances; ++i) {
    const pc::Index size = 1 + stream.below(7);
    const double scale = std::exp2(stream.uniform(-e, e));
    const double other = std::exp2(stream.uniform(-e, e));
    const auto q = random_quadratic<S>(stream, size, scale);
    laws::gradient_is_within_its_bound<W>(
        q, static_cast<S>(other) * laws::random_vector<S>(stream, size, 2) + (i % 2 == 0 ? q.center() : 0 * q.center()),
        quadratic);
    const auto numbers = models::random_data<S>(pc::SquaredLoss{}, stream, size, 1, 1 + stream.below(9), scale);
    laws::gradient_is_within_its_bound<W>(pc::LeastSquares<S>(numbers),
                                          static_cast<S>(other) * laws::random_vector<S>(stream, size, 2), squares);
    const auto labels = models::random_data<S>(pc::LogisticLoss{}, stream, size, 1, 1 + stream.below(9), scale);
    const double weights = i % 2 == 0 ? other : 1 / scale;
    laws::gradient_is_within_its_bound<W>(pc::LogisticRegression<S>(labels),
                                          static_cast<S>(weights) * laws::random_vector<S>(stream, size, 2), logistic);
    const pc::MatrixFactorization<S> m(
        pc::Matrix<S>(static_cast<S>(scale) * laws::random_matrix<S>(stream, size, 1 + stream.below(5))),
        1 + stream.below(4));
    laws::gradient_is_within_its_bound<W>(
        m, static_cast<S>(std::sqrt(i % 2 == 0 ? other : scale)) * laws::random_vector<S>(stream, m.dimension(), 2),
        factors);
  }
  for (const laws::Sharpness* sharpness : {&quadratic, &squares, &logistic, &factors}) {
    CHECK(laws::Sharpness::median(sharpness->values) < 1e3);
    CHECK(laws::Sharpness::median(sharpness->gradients) < 1e3);
  }
}

template <class S> void derivatives_are_right() {
  pc::RandomStream stream{pc::Seed{52}};
  const auto law = [&](const auto& f) {
    INFO(f.name());
    const auto w = laws::random_vector<S>(stream, f.dimension());
    laws::gradient_is_right(f, w);
    laws::hessian_is_the_gradients_derivative(f, w, laws::random_vector<S>(stream, f.dimension()));
  };
  law(random_quadratic<S>(stream, 5, 1));
  law(pc::LeastSquares<S>(models::random_data<S>(pc::SquaredLoss{}, stream, 4, 1, 7)));
  law(pc::LogisticRegression<S>(models::random_data<S>(pc::LogisticLoss{}, stream, 4, 1, 7)));
  law(pc::MatrixFactorization<S>(laws::random_matrix<S>(stream, 3, 4), 2));
}

}  // namespace

TEST_CASE("bounds of linear models hold at all scales, float") { bounds_hold<float, double>(15, 500); }
TEST_CASE("bounds of linear models hold at all scales, double") { bounds_hold<double, long double>(240, 500); }
TEST_CASE("bounds of linear models hold near underflow, double") {
  pc::RandomStream stream{pc::Seed{53}};
  laws::Sharpness sharpness;
  for (int i = 0; i < 200; ++i) {
    const double scale = std::exp2(stream.uniform(-1060, -900));
    const pc::Quadratic<double> q(pc::Matrix<double>::Identity(3, 3) * std::exp2(stream.uniform(-300, 300)));
    laws::gradient_is_within_its_bound<long double>(q, scale * laws::random_vector<double>(stream, 3), sharpness);
    const pc::MatrixFactorization<double> m(pc::Matrix<double>(scale * laws::random_matrix<double>(stream, 2, 3)), 2);
    laws::gradient_is_within_its_bound<long double>(
        m, std::sqrt(scale) * laws::random_vector<double>(stream, m.dimension()), sharpness);
  }
}

TEST_CASE("gradients and Hessians of linear models are right") {
  derivatives_are_right<float>();
  derivatives_are_right<double>();
}

TEST_CASE("a quadratic knows its constants") {
  const pc::Vector<double> eigenvalues{{0.0, 0.5, 4.0}};
  pc::RandomStream stream{pc::Seed{54}};
  const pc::Matrix<double> q =
      Eigen::HouseholderQR<pc::Matrix<double>>(laws::random_matrix<double>(stream, 3, 3)).householderQ();
  pc::Matrix<double> curvature = q * eigenvalues.asDiagonal() * q.transpose();
  curvature = (0.5 * (curvature + curvature.transpose())).eval();
  const pc::Quadratic f(curvature, pc::Vector<double>(pc::Vector<double>::Ones(3)), 2.0);
  CHECK(f.smoothness() >= 4 * (1 - 1e-15));
  CHECK(f.smoothness() == Approx(4).epsilon(1e-14));
  CHECK(f.pl_modulus() == Approx(0.5).epsilon(1e-14));
  CHECK(f.value(f.center()) == f.minimum());
  const pc::Quadratic diagonal(pc::Matrix<double>(eigenvalues.asDiagonal()));
  CHECK(diagonal.pl_modulus() <= 0.5);
  CHECK(diagonal.smoothness() >= 4);
  pc::Matrix<double> skew = curvature;
  skew(0, 1) += 1e-3;
  CHECK_THROWS_AS(pc::Quadratic(skew), std::invalid_argument);
  CHECK_THROWS_AS(pc::Quadratic(curvature, pc::Vector<double>(pc::Vector<double>::Ones(2))), std::invalid_argument);
}

TEST_CASE("rank-deficient least squares is PL with its sharp modulus") {
  pc::RandomStream stream{pc::Seed{55}};
  for (int i = 0; i < 50; ++i) {
    const pc::Index d = 2 + stream.below(6);
    const pc::Index n = 2 + stream.below(8);
    const pc::Index rank = 1 + stream.below(std::min(d, n));
    const pc::Matrix<double> inputs =
        laws::random_matrix<double>(stream, d, rank) * laws::random_matrix<double>(stream, rank, n);
    const pc::LeastSquares f(pc::Dataset<double>(inputs, laws::random_matrix<double>(stream, 1, n)));
    const double m = f.pl_modulus();
    const double least = f.minimum_bounds().upper;
    CHECK(f.minimum() <= least);
    CHECK(least - f.minimum() <= 1e-12 * (1 + least));
    pc::Vector<double> slope(d);
    for (int k = 0; k < 20; ++k) {
      const double value = f.gradient(laws::random_vector<double>(stream, d, 3), slope);
      CHECK(slope.squaredNorm() / 2 >= m * (value - least) - 1e-12 * (slope.squaredNorm() + value));
      CHECK(slope.squaredNorm() / 2 <= f.smoothness() * (value - f.minimum()) * (1 + 1e-10) + 1e-12);
    }
    // Along the eigenvector of m the inequality is an equality: 1.001 m is refused.
    const Eigen::SelfAdjointEigenSolver<pc::Matrix<double>> moments(pc::Matrix<double>(inputs * inputs.transpose()));
    const pc::Vector<double> w = f.minimizer() + 3 * moments.eigenvectors().col(d - rank);
    const double value = f.gradient(w, slope);
    CHECK(slope.squaredNorm() / 2 < 1.001 * m * (value - f.minimum()));
  }
}

TEST_CASE("logistic regression has the smoothness that it states") {
  pc::RandomStream stream{pc::Seed{56}};
  const pc::LogisticRegression f(models::random_data<double>(pc::LogisticLoss{}, stream, 4, 1, 30));
  pc::Vector<double> a(4);
  pc::Vector<double> b(4);
  for (int i = 0; i < 200; ++i) {
    const auto w = laws::random_vector<double>(stream, 4, 2);
    const auto v = laws::random_vector<double>(stream, 4, 2);
    f.gradient(w, a);
    f.gradient(v, b);
    CHECK((a - b).norm() <= f.smoothness() * (w - v).norm());
    CHECK(a.dot(w - v) >= f.value(w) - f.value(v) - 1e-14);  // convex
  }
  // At w = 0 every second derivative is 1/4: the constant is attained.
  f.hessian_vector(pc::Vector<double>::Zero(4), pc::Vector<double>::Unit(4, 0), a);
  CHECK(a.norm() <= f.smoothness());
}

TEST_CASE("matrix factorisation satisfies its PL inequality at every point") {
  pc::RandomStream stream{pc::Seed{57}};
  for (int i = 0; i < 300; ++i) {
    const pc::MatrixFactorization f(laws::random_matrix<double>(stream, 1 + stream.below(4), 1 + stream.below(4)),
                                    1 + stream.below(5));
    const auto w = laws::random_vector<double>(stream, f.dimension(), 2);
    pc::Vector<double> slope(f.dimension());
    const double value = f.gradient(w, slope);
    CHECK(slope.squaredNorm() / 2 >= f.pl_modulus_at(w) * value * (1 - 1e-12));
    CHECK(value >= f.minimum());
  }
  // (ab - 1)^2/2: an equality.
  const pc::MatrixFactorization f(pc::Matrix<double>(pc::Matrix<double>::Ones(1, 1)), 1);
  const pc::Vector<double> w{{1.5, -0.75}};
  pc::Vector<double> slope(2);
  const double value = f.gradient(w, slope);
  CHECK(slope.squaredNorm() / 2 == Approx(f.pl_modulus_at(w) * value));
  CHECK(slope.squaredNorm() / 2 < 1.001 * f.pl_modulus_at(w) * value);
}

TEST_CASE("matrix factorisation knows the least loss of its rank") {
  pc::Matrix<double> target = pc::Matrix<double>::Zero(3, 3);
  target.diagonal() << 3, 2, 1;
  CHECK(pc::MatrixFactorization(target, 3).minimum() == 0);
  CHECK(pc::MatrixFactorization(target, 1).minimum() == Approx(2.5));
  CHECK(pc::MatrixFactorization(target, 1).minimum() <= 2.5);
  CHECK_THROWS_AS(pc::MatrixFactorization(target, 0), std::invalid_argument);
  target(1, 1) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(pc::MatrixFactorization(target, 1), std::invalid_argument);
}

TEST_CASE("a risk on fewer examples is the mean over them, and keeps its kind") {
  pc::RandomStream stream{pc::Seed{58}};
  const std::vector<pc::Index> kept{4, 0, 2};
  const auto law = [&](const auto& f) {
    const auto w = laws::random_vector<double>(stream, f.dimension());
    pc::Vector<double> gradient(f.dimension()), over_batch(f.dimension());
    const auto fewer = f.on_examples(kept);
    static_assert(std::is_same_v<decltype(fewer), const std::remove_cvref_t<decltype(f)>>);
    CHECK(fewer.terms() == 3);
    const double value = fewer.gradient(w, gradient);
    CHECK(value == Approx(f.gradient(w, kept, over_batch)).epsilon(1e-14));
    CHECK((gradient - over_batch).norm() <= 1e-14 * over_batch.norm());
    CHECK_THROWS_AS(f.on_examples(std::vector<pc::Index>{}), std::invalid_argument);
    CHECK_THROWS_AS(f.on_examples(std::vector<pc::Index>{0, 5}), std::invalid_argument);
  };
  const auto numbers = models::random_data<double>(pc::SquaredLoss{}, stream, 3, 1, 5, 1.0);
  law(pc::LeastSquares<double>(numbers));
  law(pc::LogisticRegression<double>(models::random_data<double>(pc::LogisticLoss{}, stream, 3, 1, 5, 1.0)));
  const std::vector<pc::Index> whole{0, 1, 2, 3, 4};
  CHECK(pc::LeastSquares<double>(numbers).on_examples(whole).smoothness() ==
        pc::LeastSquares<double>(numbers).smoothness());
}
