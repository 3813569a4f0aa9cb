// SPDX-License-Identifier: MIT
#include <limits>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/objectives/spectrum.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/proxies/classification_error.hpp>

#include "planted/rows.hpp"

// What must be found false: the rows of theory 4.1 to 4.4 with 1.001 times their sharp constants, and the list 4.9.

namespace must_fail {

using namespace theory;

/// level/2 ||w||^2 with the gradient slope w: a mistake unless they agree. Its rounding is bounded by assumption.
template <class S> struct Mistaken {
  using Scalar = S;
  double level;
  double slope;
  bool in_float = false;
  [[nodiscard]] pc::Index dimension() const { return 3; }
  [[nodiscard]] S value(pc::ConstVectorRef<S> w) const { return S(level) / S(2) * w.squaredNorm(); }
  S gradient(pc::ConstVectorRef<S> w, pc::VectorRef<S> out) const {
    out = S(slope) * w;
    if (in_float) out = out.template cast<float>().template cast<S>().eval();
    return value(w);
  }
  void hessian_vector(pc::ConstVectorRef<S>, pc::ConstVectorRef<S> d, pc::VectorRef<S> out) const {
    out = S(slope) * d;
  }
  template <class T> [[nodiscard]] Mistaken<T> cast() const { return {level, slope, in_float}; }
};

const pc::Vector<double> zero = pc::Vector<double>::Zero(1);

}  // namespace must_fail

TEST_CASE("planted: 4.1 and 4.2 with 1.001 times their sharp constants are found violated") {
  using namespace must_fail;
  Count tally;
  pc::Matrix<double> x = dyadic<double>(4, 6, 1);
  x.bottomRows(2) = x.topRows(2);
  const AnyFunction<double> squares(
      neuron(pc::Dataset<double>(x, pc::Matrix<double>(x.row(0) - 2 * x.row(1))), pc::LeakyReLU{1}));
  const auto spectrum = pc::detail::spectrum_of_second_moment(x);
  const auto near = planted::ball(4, 10);
  tally.must_fail("4.1 growth", growth(squares, squares, 0, 2 * spectrum.largest_size / 1.001, pc::Noise::full_batch),
                  near);
  tally.must_fail("4.1 the full batch's growth, for examples",
                  growth(squares, squares, 0, 2 * spectrum.largest_size, pc::Noise::single_example), near);
  tally.must_fail("4.2 deficient PL", planted::pl(squares, 1.001 * spectrum.smallest_nonzero), near);

  const pc::SquarePlusSine<> karimi;
  const double m = karimi.pl_modulus();
  tally.must_fail("Karimi, 1.001 m", planted::pl(karimi, 1.001 * m), planted::cube(1, 20));
  tally.must_fail("Karimi, (1 + 1e-6) m", planted::pl(karimi, (1 + 1e-6) * m), planted::cube(1, 20));
  tally.must_fail("Karimi, (1 + 1e-9) m", planted::pl(karimi, (1 + 1e-9) * m), planted::cube(1, 20));
  tally.must_fail("Karimi, 1.001 zeta", planted::quasar(karimi, zero, 1.001 * karimi.quasar_convexity()),
                  planted::cube(1, 20));
  tally.must_fail("Karimi, convex", planted::convex(karimi), planted::cube(1, 20));
  tally.must_fail("|x|^1.5, 1.001", planted::pl(pc::AbsolutePower<>(1.5), {.alpha = 3, .mu = 6.75 * 1.001, .xi = 0}),
                  planted::cube(1, 10));
  const pc::SixthRoot<> root;
  tally.must_fail("sixth root, 1.001/3", planted::quasar(root, zero, 1.001 / 3), planted::cube(1, 1e10));
  tally.must_fail("sixth root, 1/2", planted::quasar(root, zero, 0.5), planted::cube(1, 20));
  tally.must_fail("sixth root, 1/2, barely", planted::quasar(root, zero, 0.5), planted::cube(1, 9.47));
  tally.must_fail("damped absolute, 1.001", planted::quasar(pc::DampedAbsolute<>{}, zero, 1.001),
                  planted::cube(1, 100));
  tally.must_fail("damped absolute, convex", planted::convex(pc::DampedAbsolute<>{}), planted::cube(1, 10));
  tally.is_enough();
}

TEST_CASE("planted: 4.3 and 4.4 with 1.001 times their sharp constants are found violated") {
  using namespace must_fail;
  Count tally;
  const pc::Matrix<double> x = dyadic<double>(3, 8, 3);
  pc::Vector<double> v(3);
  v << 0.5, -1, 0.25;
  const pc::Dataset<double> exact(x, pc::Matrix<double>(v.transpose() * x));
  const AnyFunction<double> linear(neuron(exact, pc::LeakyReLU{1}));
  const auto spectrum = pc::detail::spectrum_of_second_moment(x);
  const auto global = [&](const AnyFunction<double>& f, double g, double h) {
    return proxy_convex<double>(f, affine(g, f), affine(h, f));
  };
  tally.must_fail("4.3 linear PL", planted::pl(linear, 1.001 * spectrum.smallest), planted::ball(3, 10));
  tally.must_fail("4.3 linear, h/1.001", global(linear, 1, 1 / 1.001), planted::ball(3, 10));
  tally.must_fail("4.3 linear, growth/1.001",
                  growth(linear, linear, 0, 2 * spectrum.largest_size / 1.001, pc::Noise::full_batch),
                  planted::ball(3, 10));
  const double gamma = 0.5;
  const double factor = 1 / (gamma * (2 - gamma * gamma));
  const AnyFunction<double> single(neuron(one_sample<double>(1, 1), pc::LeakyReLU{gamma}));
  tally.must_fail("4.3 leaky, h/1.001, y = 1", global(single, gamma, factor / 1.001), planted::cube(1, 10));
  tally.must_fail("4.3 leaky, g = F", global(single, 1, factor), planted::cube(1, 10));
  tally.must_fail("4.3 leaky growth, 1/1.001", growth(single, single, 0, 2 / 1.001, pc::Noise::full_batch),
                  planted::cube(1, 10));

  pc::Matrix<double> pair(2, 2);
  pair << 0.75, -0.75, 0.25, 0.25;
  const pc::Dataset<double> data(pair, pc::Matrix<double>{{1.0, -1.0}});
  const auto risk = network(data, 2, pc::LeakyReLU{0.25});
  const AnyFunction<double> F(risk);
  const AnyFunction<double> G{pc::LossDerivative<Network<double>>(risk)};
  tally.must_fail("4.4 proxy PL, 1.001 mu", proxy_pl<double>(F, G, {.alpha = 1, .mu = 0.375 * 1.001, .xi = 0}),
                  planted::ball(4, 10));
  tally.must_fail("4.4 (F, 0.99 F)", global(F, 1, 0.99), planted::ball(4, 10));
  const pc::Vector<double> nowhere = pc::Vector<double>::Zero(4);  // error <= 2G is sharp where N = 0
  CHECK(pc::ClassificationError{risk}.value(nowhere) == 1);
  CHECK(2 * G.value(nowhere) == 1);
  const auto dead = network(data, 2, pc::LeakyReLU{0});
  const AnyFunction<double> dead_F(dead);
  const AnyFunction<double> dead_G{pc::LossDerivative<Network<double>>(dead)};
  for (const double mu : {1.0, 1e-3, 1e-9}) {
    tally.must_fail("4.4 ReLU", proxy_pl<double>(dead_F, dead_G, {.alpha = 1, .mu = mu, .xi = 0}),
                    planted::ball(4, 10));
  }
  const AnyFunction<double> unit(network(one_sample<double>(1, 1), 1, pc::LeakyReLU{1}));
  tally.must_fail("4.4 growth, C/1.001",
                  growth(unit, unit, 0, pc::LogisticLoss::self_bounding / 1.001, pc::Noise::single_example),
                  planted::cube(1, 100));
  tally.is_enough();
}

TEST_CASE("planted: the list of theory 4.9, each item violated") {
  using namespace must_fail;
  Count tally;
  const pc::Saddle<> saddle;
  const auto plane = planted::ball(2, 10);
  tally.must_fail("saddle, convex", planted::convex(saddle), plane);
  tally.must_fail("saddle, 1.001 mu", planted::pl(saddle, {.alpha = 2, .mu = 8.008, .xi = 0}), plane);
  for (const double xi : {-1e3, -1.0, -1e-2, -1e-4, -1e-6, -1e-12}) {  // violated within about sqrt(-xi) of the origin
    tally.must_fail("saddle, xi < 0", planted::pl(saddle, {.alpha = 2, .mu = 1, .xi = xi}), plane);
  }
  for (const double mu : {1e3, 1.0, 1e-2, 1e-4, 1e-6, 1e-9}) {  // within about sqrt(mu) of pi/2; 0 < |x| < sqrt(mu/32)
    tally.must_fail("sine", planted::pl(pc::Sine<>{}, {.alpha = 2, .mu = mu, .xi = -1}), planted::cube(1, 6));
    tally.must_fail("quartic", planted::pl(pc::Quartic<>{}, {.alpha = 2, .mu = mu, .xi = 0}), planted::cube(1, 10));
  }
  const auto disc = planted::ball(3, 10);
  const Mistaken<double> flipped{1, -1};
  tally.must_fail("a flipped sign, convex", planted::convex(flipped), disc);
  const pc::Vector<double> center = pc::Vector<double>::Zero(3);
  tally.must_fail("a flipped sign, restricted secant",
                  at<double>(center, proxy_convex<double>(flipped, pc::DistanceSquared<double>(center, 0.1),
                                                          pc::Constant<double>(0))),
                  disc);
  tally.must_fail("0.9 of the gradient, convex", planted::convex(Mistaken<double>{1, 0.9}), disc);
  tally.must_fail("0.9 of the gradient, PL", planted::pl(Mistaken<double>{1, 0.9}, 0.99), disc);
  tally.must_fail("without its regulariser, convex", planted::convex(Mistaken<double>{1.1, 1}), disc);
  const AnyFunction<double> summed(Mistaken<double>{1, 7});
  tally.must_fail("without 1/n, growth", growth(summed, summed, 0, 2, pc::Noise::full_batch), disc);
  tally.must_fail("in float, PL at equality", planted::pl(Mistaken<double>{1, 1, true}, 1), disc);
  // What is found there is the mistake: without it, the same claims are not violated.
  const Mistaken<double> right{1, 1};
  const AnyFunction<double> same(right);
  const auto points = tests::scaled_count<pc::Index>(10'000'000);
  Count::stands("no mistake, convex", planted::convex(right), disc, planted::seeds, points);
  Count::stands("no mistake, PL", planted::pl(right, 1), disc, planted::seeds, points);
  Count::stands("no mistake, growth", growth(same, same, 0, 2, pc::Noise::full_batch), disc, planted::seeds, points);
  tally.is_enough();
}
