// SPDX-License-Identifier: MIT
#include "planted/by_the_table.hpp"

// The rows of theory.md 4.3 (see by_the_table.cpp).

namespace by_the_table {

/// y = (v + s q).x, q the first axis of S, v.x_i = 10: active at every sample of the regions, z = w - v small. There
/// F = ||z - s q||_S^2/2, G_v = ||z||_S^2/2, and with lambda_max(S) = 1, that of q, 2 lambda_max F(v) = s^2.
struct Agnostic {
  Agnostic(const Table& t, const Vector& spectrum, double s) : Agnostic(Design(t, spectrum, t.d()), s) {}
  Agnostic(const Design& in, double s)
      : v{in.seeing(Vector::Constant(in.x.cols(), 10))},
        q{in.axes.col(0)},
        risk{in.squares(v + s * q, 0, 0.5)},
        F{risk},
        G{pc::NeuronProxy<pc::LeakyReLU>(risk.network(), risk.data(), v)} {}
  Vector v, q;
  Neuron<double> risk;
  AnyFunction<double> F, G;
};
void agnostic(Table& t) {
  const auto at_v = [](const Agnostic& n, double h) {
    return at<double>(n.v, proxy_convex<double>(n.F, affine(2, n.G), pc::Constant<double>(h)));
  };
  {  // The margin is h - s q.z: a cap of the ball ||z|| <= rho = 1, exactly, h = s rho/c ...
    const Agnostic n(t, but_first(t.d(), 0.5), 0.5);
    const double tau = cap_of(2 * t.share(), t.d());  // 1/c
    t.add("4.3 proxy convexity, h/c", at_v(n, 0.5 * tau), about(n.v, 1), n.v + (1 + tau) / 2 * n.q);
  }
  {  // ... or of a ball that is larger than rho.
    const Agnostic n(t, Vector::Ones(t.d()), 0.5);
    const double radius = 1 / cap_of(2 * t.share(), t.d());
    t.add("4.3 proxy convexity, ||w - v|| > rho", at_v(n, 0.5), about(n.v, radius), n.v + (1 + radius) / 2 * n.q);
  }
  {  // x - s < c (x^2 - s) for z = x q, x > tau: as large as that cap. Second: s < 0 for c = 1.001, so c = 1.05; over x
     // and ||z - x q|| by quadrature
    const double tau = t.either(cap_of(2 * t.share(), t.d()), 0.9918);
    const double s = t.either((1.001 * tau * tau - tau) / 0.001, 0.82);
    const double c = t.either(1.001, 1.05);
    const Agnostic n(t, but_first(t.d(), 0.25), s);
    t.add(t.either<std::string>("4.3 proxy PL, 1.001 mu", "4.3 proxy PL, 1.05 mu"),
          proxy_pl<double>(n.F, n.G, {.alpha = 1, .mu = 4 * c, .xi = s / 2}), about(n.v, 1), n.v + (1 + tau) / 2 * n.q);
  }
  {  // ||z - 0.9 q|| < ||z||^2/2: all within 0.2 to 0.5 of 0.9 q, 5e-4. Second: < 0.9 ||z||^2, 0.012 by quadrature
    const Agnostic n(t, Vector::Ones(t.d()), 0.9);
    t.add(t.either<std::string>("4.3 proxy PL, mu/2, xi = 0", "4.3 proxy PL, 0.9 mu, xi = 0"),
          proxy_pl<double>(n.F, n.G, {.alpha = 1, .mu = t.either(2.0, 3.6), .xi = 0}), about(n.v, 1), n.v + 0.9 * n.q);
  }
  // R^2 ||z - s q||^2 > 2 R^2 ||z||^2: the ball of radius sqrt(2) s about -s q, exactly
  const Agnostic n(t, Vector::Ones(t.d()), std::pow(t.share(), 1 / static_cast<double>(t.d())) / std::sqrt(2));
  t.add("4.3 growth, A = 0", growth(n.F, n.G, 0, 4 * radius_squared(n.risk.data().inputs()), pc::Noise::single_example),
        about(n.v, 1), n.v);
}
void leaky(Table& t) {
  const double gamma = 0.5;
  const auto risk = [&](const Matrix& x, const Matrix& y) {
    return AnyFunction<double>(neuron(pc::Dataset<double>(x, y), pc::LeakyReLU{gamma}));
  };
  {  // One sample: 0 < w.x < 0.8 and v.x < 0, of N(0, 1) each: 0.14. Second: an area of 1.7 (0 < w.x < 0.46, -6.2 < v.x
     // < 0) by quadrature; from c = 1.71 on cones would be added to it
    const Vector x = t.either<Vector>(along(t, 1), Vector::Unit(t.d(), 0));
    t.add(t.either<std::string>("4.3 leaky, h/2", "4.3 leaky, h/1.5"),
          as_of_slope(risk(x, Matrix::Ones(1, 1)), gamma, t.either(2.0, 1.5)),
          planted::cube(t.d(), t.either(std::sqrt(3), std::sqrt(1.7 / 4 / t.share()))), 0.001 * x, -1.5 * x);
  }
  {  // A coordinate's pair violates on an area of about 0.9 (0 < w_i < 0.4, -4.4 < v_i < -0.2) and the other one adds
     // no more than that where it fits, on about 7: 2 * 0.9 * 7/60^4. Second: 78/(2r)^6 by quadrature
    const Matrix x = t.axes(t.d(), 1);
    Vector w = Vector::Ones(t.d()), v = w;
    w[0] = 0.001;
    v[0] = -2.3;
    t.add("4.3 leaky, the pair of slope 1.5 gamma", as_of_slope(risk(x, Matrix::Ones(1, t.d())), 1.5 * gamma, 1),
          planted::cube(t.d(), t.either(30.0, std::pow(78 / t.share(), 1.0 / 6) / 2)), x * w, x * v);
  }
  {  // (1 - 1/c) z_1^2 > 0.187 |z_rest|^2 + 2 f*/c about the minimizer: tips of the ball, 7.5e-4 depth^2.5 of it.
     // Second: no more than 7e-7 for c = 1.001; 2.2e-3 depth^3.5 for 1.01
    const Design in(t, but_first(t.d(), 0.25), t.d() + 1);
    const double e = t.either(0.001, 0.01);
    const double depth = t.either(std::pow(t.share() / 7.5e-4, 0.4), std::pow(t.share() / 2.18e-3, 2.0 / 7));
    const AnyFunction<double> f(in.squares(t.center(), e * std::pow(1 - depth, 2) / 2));
    t.add("4.3 growth of the full batch, 1/" + t.either<std::string>("1.001", "1.01"),
          growth(f, f, 0, 2 / (1 + e), pc::Noise::full_batch), about(t.center(), 1),
          t.center() + (1 - depth / 4) * in.axes.col(0));
  }
  {  // y = 0, x_1 = e_1, the others e_i/sqrt(2): the half w_1 > 0 of a cone where all are active, 5 times as much where
     // some are not. Second: turned, c = 1.64, where an entry costs 0.055 w_i^2 or 0.061 w_i^2 against 0.39 w_1^2
    const double cone = t.either(cone_of(t.share(), t.d()), 7.1);
    const Matrix axes = t.axes(t.d(), 1);
    const Vector size = but_first(t.d(), std::sqrt(0.5));
    const AnyFunction<double> f = risk(axes * size.asDiagonal(), Matrix::Zero(1, t.d()));
    t.add("4.3 growth of examples, 1/c", growth(f, f, 0, 2 * (4 + cone) / (4 + 2 * cone), pc::Noise::single_example),
          planted::ball(t.d(), 10), axes * but_first(t.d(), 0.01));
  }
  {  // v.x_i = 1, y_i = w.x_i: (1 - y)^2/4 for y > 0, y^2/16 - 1/4 for y < 0: the sum over d samples is < 0 on parts
     // of ellipsoids of volume 4.5e11, in a ball of radius 4 r. Second: 9.5e17, those with j entries of y < 0 having
     // half-axes 2 sqrt(j) and sqrt(j)
    const auto d = static_cast<double>(t.d());
    const Design in(t, Vector::Ones(t.d()), t.d());
    const Vector v = in.seeing(Vector::Ones(t.d()));
    const double r = std::pow(t.either(4.5e11, 9.5e17) / unit_ball(t.d()) / t.share(), 1 / d) / std::sqrt(d);
    t.add("4.3 realizable, 3 gamma-quasar", planted::quasar(risk(in.x, Matrix::Ones(1, t.d())), v, 3 * gamma),
          planted::ball(t.d(), r), -0.001 * v);
  }
  modulus(t, "4.3 linear, 1.2 lambda_min", t.d(), 1.2);
  // All active at the minimizer, f* > 0: ||z||^2 < 0.571 f*, exactly where all are active. Second: the minimizer cannot
  // be 0, and the noise is that of a sample at 0.
  const Vector minimizer = t.either<Vector>(t.center(), Vector::Constant(t.d(), 0.5));
  Design in(t, Vector::Ones(t.d()), t.d() + 1);
  const Vector sides =
      (minimizer.transpose() * in.x).transpose().unaryExpr([](double z) { return z < 0 ? -1.0 : 1.0; });
  in.x *= sides.asDiagonal();
  in.off = in.off.cwiseProduct(sides);
  const double least =
      t.either(t.share() * 4 / 0.571 / std::numbers::pi, 4 * std::pow(half_radius(t.share(), t.d()), 2) / 0.571);
  t.add("4.3 realizable PL, noisy labels", planted::pl(in.squares(minimizer, least, gamma), 2.0 / 9),
        planted::cube(t.d(), 1), minimizer);
}

}  // namespace by_the_table

TEST_CASE("planted by the table: 4.3, each claim is false at a known point") {
  CHECK(by_the_table::false_at_their_points("4.3") == 2 * 12);
}
