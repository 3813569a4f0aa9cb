// SPDX-License-Identifier: MIT
#include <proxcvx/objectives/least_squares.hpp>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/properties/gradient_growth.hpp>
#include <proxcvx/properties/hoelder_gradient.hpp>
#include <proxcvx/properties/special_cases.hpp>

#include "optimize/models.hpp"
#include "support/catch2.hpp"

// The diagram of docs/theory.md. An implication: where its premise holds the conclusion does, with the constants stated
// there, and one function for which they cannot be better. A non-implication: a function that has the one property and
// violates the other. Names of test cases are the numbers of that page.

namespace implications {

namespace pc = proxcvx;
using Vector = pc::Vector<double>;
using Matrix = pc::Matrix<double>;

inline Vector at(double x) { return Vector::Constant(1, x); }
inline Vector at(double x, double y) { return Eigen::Vector2d(x, y); }

template <class P, class... Points> bool holds(const P& property, const Points&... points) {
  const auto margin = property.margin(points...);
  return margin.value >= -margin.error;
}
template <class P, class... Points> bool is_violated(const P& property, const Points&... points) {
  const auto margin = property.margin(points...);
  return margin.value < -margin.error;
}

/// Points of either sign, 1e-3 to 1e3.
inline std::vector<Vector> line() {
  std::vector<Vector> points{at(0)};
  for (int i = -60; i <= 60; ++i) {
    points.push_back(at(std::pow(10.0, i / 20.0)));
    points.push_back(at(-std::pow(10.0, i / 20.0) * 1.07));
  }
  return points;
}

/// A random convex quadratic with eigenvalues in [least, largest], and minimum 0 at `minimizer`.
struct Bowl {
  pc::Quadratic<double> f;
  Vector minimizer;
  double least, largest;
};
inline Bowl bowl(pc::RandomStream& stream) {
  const pc::Index d = 2 + stream.below(3);
  Matrix a(d, d);
  stream.fill_normal(a);
  const Matrix q = a.householderQr().householderQ();
  Vector values(d);
  for (double& x : values) x = std::exp2(stream.uniform(-3, 3));
  const Matrix curvature = q * values.asDiagonal() * q.transpose();
  const Matrix symmetric = (curvature + curvature.transpose()) / 2;
  return {pc::Quadratic<double>(symmetric, Vector(Vector::Zero(d))), Vector::Zero(d), values.minCoeff() * (1 - 1e-12),
          values.maxCoeff() * (1 + 1e-12)};
}

inline Vector normal(pc::RandomStream& stream, pc::Index d) {
  Vector w(d);
  stream.fill_normal(w);
  return w * std::exp2(stream.uniform(-3, 3));
}

/// (y - a sin x)^2/2: PL with modulus 1, and minima along a curve.
struct Wave {
  using Scalar = double;
  double a = 2;
  [[nodiscard]] pc::Index dimension() const { return 2; }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const {
    const double r = w[1] - a * std::sin(w[0]);
    return r * r / 2;
  }
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    const double r = w[1] - a * std::sin(w[0]);
    out[0] = -a * r * std::cos(w[0]);
    out[1] = r;
    return r * r / 2;
  }
};

TEST_CASE("I1, I2: strong convexity gives convexity, the restricted secant inequality and PL, with its modulus") {
  pc::RandomStream stream{pc::Seed{601}};
  for (int i = 0; i < 50; ++i) {
    const Bowl b = bowl(stream);
    for (int k = 0; k < 10; ++k) {
      const Vector w = normal(stream, b.f.dimension()), v = normal(stream, b.f.dimension());
      CHECK(holds(pc::convexity(b.f), w, v));
      CHECK(holds(pc::restricted_secant(b.f, b.minimizer, b.least), w));
      CHECK(holds(pc::polyak_lojasiewicz(b.f, 0, b.least), w));
    }
  }
  const pc::Quadratic<double> square(Matrix::Constant(1, 1, 2.0), at(0));  // x^2, nu = 2: both constants are sharp
  CHECK(is_violated(pc::restricted_secant(square, at(0), 2 * 1.001), at(0.7)));
  CHECK(is_violated(pc::polyak_lojasiewicz(square, 0, 2 * 1.001), at(0.7)));
}

TEST_CASE("I3: convexity gives star-convexity, star-convexity quasar-convexity for every zeta <= 1, no larger one") {
  pc::RandomStream stream{pc::Seed{603}};
  for (int i = 0; i < 50; ++i) {
    const Bowl b = bowl(stream);
    const Vector w = normal(stream, b.f.dimension());
    CHECK(holds(pc::star_convexity(b.f, b.minimizer), w));
  }
  const pc::DampedAbsolute<> damped;  // star-convex, zeta = 1
  for (const Vector& x : line()) {
    for (const double zeta : {1.0, 0.7, 0.1}) CHECK(holds(pc::quasar_convexity(damped, at(0), zeta), x));
  }
  CHECK(is_violated(pc::quasar_convexity(damped, at(0), 1.001), at(12)));
}

TEST_CASE("I4, I5: the restricted secant inequality nu with L-smoothness gives quasar-convexity 2 nu/L and PL nu^2/L") {
  // x^2 + 3 sin^2 x: nu = inf 2 + 3 sin(2x)/x, L = 8
  double nu = 2;
  for (int i = 1; i <= 200'000; ++i) {
    const double x = i * 1e-4;
    nu = std::min(nu, 2 + 3 * std::sin(2 * x) / x);
  }
  nu *= 1 - 1e-6;
  CHECK(nu > 0.69);
  const pc::SquarePlusSine<> f;
  for (const Vector& x : line()) {
    CHECK(holds(pc::restricted_secant(f, at(0), nu), x));
    CHECK(holds(pc::quasar_convexity(f, at(0), 2 * nu / 8), x));
    CHECK(holds(pc::polyak_lojasiewicz(f, 0, nu * nu / 8), x));
  }
  pc::RandomStream stream{pc::Seed{604}};
  for (int i = 0; i < 50; ++i) {
    const Bowl b = bowl(stream);
    const Vector w = normal(stream, b.f.dimension());
    CHECK(holds(pc::quasar_convexity(b.f, b.minimizer, 2 * b.least / b.largest), w));
    CHECK(holds(pc::polyak_lojasiewicz(b.f, 0, b.least * b.least / b.largest), w));
  }
  const pc::Quadratic<double> square(Matrix::Constant(1, 1, 2.0), at(0));  // nu = L: zeta = 2, m = L, both sharp
  CHECK(is_violated(pc::quasar_convexity(square, at(0), 2 * 1.001), at(0.7)));
  CHECK(is_violated(pc::polyak_lojasiewicz(square, 0, 2 * 1.001), at(0.7)));
}

TEST_CASE("I6: star-convexity with quadratic growth q gives the restricted secant inequality q/2 and PL q/4") {
  pc::RandomStream stream{pc::Seed{606}};
  for (int i = 0; i < 50; ++i) {
    const Bowl b = bowl(stream);  // f >= (q/2) ||w||^2 with q = least
    for (int k = 0; k < 10; ++k) {
      const Vector w = normal(stream, b.f.dimension());
      CHECK(holds(pc::restricted_secant(b.f, b.minimizer, b.least / 2), w));
      CHECK(holds(pc::polyak_lojasiewicz(b.f, 0, b.least / 4), w));
    }
  }
  // Without quadratic growth neither follows: x^4 is convex, and both fail for every constant near 0.
  const pc::Quartic<> quartic;
  CHECK(is_violated(pc::restricted_secant(quartic, at(0), 1e-6), at(1e-4)));
  CHECK(is_violated(pc::polyak_lojasiewicz(quartic, 0, 1e-6), at(1e-4)));
}

TEST_CASE("I7: PL of modulus m is KL of exponent 1/2 with c = sqrt(2m), and both are proxy PL") {
  const pc::SquarePlusSine<> f;
  const double m = f.pl_modulus();
  const auto pl = pc::polyak_lojasiewicz(f, 0, m);
  const auto kl = pc::kurdyka_lojasiewicz(f, 0, std::sqrt(2 * m), 0.5);
  CHECK(kl.alpha() == pl.alpha());
  CHECK(kl.mu() == Approx(pl.mu()).epsilon(1e-14));
  for (const Vector& x : line()) {
    CHECK(pl.margin(x).value == Approx(kl.margin(x).value).margin(1e-12 * pl.margin(x).scale));
  }
}

TEST_CASE("I8: PL of modulus m gives quadratic growth f - f* >= (m/2) dist^2, and no more") {
  const pc::SquarePlusSine<> f;
  for (const Vector& x : line()) CHECK(f.value(x) >= f.pl_modulus() / 2 * x[0] * x[0] * (1 - 1e-12));
  pc::RandomStream stream{pc::Seed{608}};
  for (int i = 0; i < 30; ++i) {
    const pc::LeastSquares<> fit(models::normal_data(5, 3, 700 + static_cast<std::uint64_t>(i)));  // of rank 3 < 5
    const Vector w = normal(stream, 5);
    const Matrix& x = fit.data().inputs();
    const Vector residual = x.transpose() * w - fit.data().targets().transpose();
    const double distance = x.transpose().completeOrthogonalDecomposition().solve(residual).norm();
    CHECK(fit.value(w) >= fit.pl_modulus() / 2 * distance * distance * (1 - 1e-10));
  }
  const pc::Quadratic<double> square(Matrix::Constant(1, 1, 2.0), at(0));
  CHECK(square.value(at(0.7)) < 1.001 * 2 / 2.0 * 0.7 * 0.7);
}

TEST_CASE("I9: (g, h)-proxy convexity against v gives proxy PL (g, h(v), 1, 2/rho) on ||w - v|| <= rho, sharp") {
  pc::RandomStream stream{pc::Seed{609}};
  for (int i = 0; i < 100; ++i) {
    const Bowl b = bowl(stream);
    const Vector v = normal(stream, b.f.dimension()), w = normal(stream, b.f.dimension());
    const double rho = (w - v).norm() * (1 + 1e-12);
    CHECK(holds(pc::ProxyPL(b.f, b.f, {.alpha = 1, .mu = 2 / rho, .xi = b.f.value(v) * (1 + 1e-12)}), w));
  }
  // f = |x|, g = h = f, v = 0: |f'| = 1 = (2/rho)/2 (g - 0) at |x| = rho
  const pc::AbsolutePower<> f{1.0000001};
  CHECK(is_violated(pc::ProxyPL(f, f, {.alpha = 1, .mu = 1.001 * 2 / 3.0, .xi = 0}), at(3)));
}

TEST_CASE("I10: f >= 0 and L-smooth gives growth A = 0, B = 2L, sharp") {
  pc::RandomStream stream{pc::Seed{610}};
  for (int i = 0; i < 100; ++i) {
    const Bowl b = bowl(stream);
    const pc::GradientGrowth growth(b.f, b.f, {.A = 0, .B = 2 * b.largest, .noise = pc::Noise::full_batch});
    CHECK(holds(growth, normal(stream, b.f.dimension())));
  }
  const pc::SquarePlusSine<> f;
  for (const Vector& x : line()) {
    CHECK(holds(pc::GradientGrowth(f, f, {.A = 0, .B = 16, .noise = pc::Noise::full_batch}), x));
  }
  const pc::Quadratic<double> square(Matrix::Constant(1, 1, 2.0), at(0));
  CHECK(is_violated(pc::GradientGrowth(square, square, {.A = 0, .B = 4 / 1.001, .noise = pc::Noise::full_batch}),
                    at(0.7)));
}

TEST_CASE("N1: PL without convexity, and the restricted secant inequality without convexity: x^2 + 3 sin^2 x") {
  const pc::SquarePlusSine<> f;
  for (const Vector& x : line()) {
    CHECK(holds(pc::polyak_lojasiewicz(f, 0, f.pl_modulus()), x));
    CHECK(holds(pc::restricted_secant(f, at(0), 0.69), x));
  }
  CHECK(is_violated(pc::convexity(f), at(-0.951), at(-2.955)));
}

TEST_CASE("N2: convexity without PL, and KL of another exponent without PL: x^4") {
  const pc::Quartic<> f;
  for (const Vector& x : line()) {
    for (const Vector& y : {at(-2), at(0.1), at(5)}) CHECK(holds(pc::convexity(f), x, y));
    CHECK(holds(pc::kurdyka_lojasiewicz(f, 0, 4 * (1 - 1e-12), 0.75), x));  // |4x^3| = 4 (x^4)^{3/4}
  }
  for (const double m : {1.0, 1e-3, 1e-9}) {
    CHECK(is_violated(pc::polyak_lojasiewicz(f, 0, m), at(std::sqrt(m / 8) * 0.9)));  // 8 x^6 < m x^4
  }
}

TEST_CASE("N3: star-convexity without convexity: |x|(1 - exp(-|x|))") {
  const pc::DampedAbsolute<> f;
  for (const Vector& x : line()) CHECK(holds(pc::star_convexity(f, at(0)), x));
  CHECK(is_violated(pc::convexity(f), at(3), at(5)));
}

TEST_CASE("N4: quasar-convexity without star-convexity, and without PL: (x^2 + 1/8)^{1/6}") {
  const pc::SixthRoot<> f;
  const double minimum = f.value(at(0));
  for (const Vector& x : line()) CHECK(holds(pc::quasar_convexity(f, at(0), 1.0 / 3), x));
  CHECK(is_violated(pc::star_convexity(f, at(0)), at(20)));
  for (const double m : {0.1, 1e-3, 1e-6}) CHECK(is_violated(pc::polyak_lojasiewicz(f, minimum, m), at(1e4 / m)));
}

TEST_CASE("N5: PL without quasar-convexity or a restricted secant about a minimizer: (y - 2 sin x)^2/2") {
  const Wave f;
  pc::RandomStream stream{pc::Seed{615}};
  for (int i = 0; i < 300; ++i) {
    CHECK(holds(pc::polyak_lojasiewicz(f, 0, 1), at(stream.uniform(-20, 20), stream.uniform(-5, 5))));
  }
  // At (2 pi, 1): grad = (-2, 1), <grad, w> = 1 - 4 pi < 0.
  const Vector w = at(2 * 3.14159265358979, 1);
  for (const double constant : {1e-9, 0.5}) {
    CHECK(is_violated(pc::quasar_convexity(f, at(0, 0), constant), w));
    CHECK(is_violated(pc::restricted_secant(f, at(0, 0), constant), w));
  }
}

TEST_CASE("N6: proxy PL without proxy convexity or a bound from below: the saddle x^2 - y^2") {
  const pc::Saddle<> f;
  pc::RandomStream stream{pc::Seed{616}};
  for (int i = 0; i < 300; ++i) {
    CHECK(holds(pc::ProxyPL(f, f, {.alpha = 2, .mu = 8, .xi = 0}), normal(stream, 2)));
  }
  CHECK(is_violated(pc::convexity(f), at(0, 1), at(0, -1)));
  CHECK(is_violated(pc::ProxyPL(f, f, {.alpha = 2, .mu = 8, .xi = -0.1}), at(0, 0)));
  CHECK(f.value(at(0, 1e3)) < -1e5);
}

TEST_CASE("N7: growth of the full batch without growth of single examples") {
  const models::Line f{{1, 1}, {1, -1}};  // (w - 1)^2/2 and (w + 1)^2/2: grad f = w, E f_z'^2 = w^2 + 1
  const auto g = [](const auto& w) { return w.squaredNorm() / 2; };
  for (const Vector& x : line()) {
    CHECK(holds(pc::GradientGrowth(f, g, {.A = 0, .B = 2 * (1 + 1e-12), .noise = pc::Noise::full_batch}), x));
  }
  for (const double B : {2.0, 1e6}) CHECK(is_violated(pc::GradientGrowth(f, g, {.A = 0, .B = B}), at(0)));
  for (const Vector& x : line()) CHECK(holds(pc::GradientGrowth(f, g, {.A = 1 + 1e-12, .B = 2 * (1 + 1e-12)}), x));
}

TEST_CASE("N8: Hoelder gradients without Lipschitz ones: |x|^{3/2}") {
  const pc::AbsolutePower<> f{1.5};
  const double L = 1.5 * std::sqrt(2.0) * (1 + 1e-12);  // (1+a) 2^{1-a}
  for (const Vector& x : line()) {
    for (const Vector& y : {at(-0.3), at(0), at(2)}) CHECK(holds(pc::HoelderGradient(f, {.a = 0.5, .L = L}), x, y));
    CHECK(holds(pc::HoelderGradient(f, {.a = 0.5, .L = L}), x, Vector(-x)));
  }
  CHECK(is_violated(pc::HoelderGradient(f, {.a = 0.5, .L = L / 1.001}), at(0.3), at(-0.3)));
  for (const double smooth : {10.0, 1e5}) {
    CHECK(is_violated(pc::HoelderGradient(f, {.a = 1, .L = smooth}), at(0.1 / (smooth * smooth)), at(0)));
  }
}

TEST_CASE("N9: smoothness and a minimum without proxy PL: for sin x with xi = -1 no constant will do") {
  const pc::Sine<> f;
  for (const double mu : {1e-9, 1.0}) {
    CHECK(is_violated(pc::ProxyPL(f, f, {.alpha = 1, .mu = mu, .xi = -1}), at(1.5707963267948966)));
  }
}

}  // namespace implications
