// SPDX-License-Identifier: MIT
#include <cmath>
#include <functional>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/objectives/spectrum.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/objectives/weight_decay.hpp>
#include <type_traits>
#include <utility>

#include "planted/rows.hpp"

// The true claims of theory 4.1 to 4.4, 4.8 and 4.9 with their sharp constants, in double and in float, on regions and
// for functions of every size, near kinks and near equality: never found violated. And the claims next to them, with
// 1.001 times the sharp constants: found.

namespace pc = proxcvx;

namespace theory {

/// Which other sizes a claim is true for, too.
struct Sizes {
  bool regions = true;    ///< regions 1e-300 and 1e150 times as large; 1e-30 and 1e15 times in float
  bool functions = true;  ///< c f for these c
};

/// What a claim is looked at: its region's reach, and points to look near.
template <class S> class Looks {
 public:
  explicit Looks(Count& tally) : tally_{tally} {}

  /// `claim(c)` is the claim for c f. `near` has a column for each kink or point of equality.
  template <class Claim>
  void holds(std::string name, double reach, const pc::Matrix<S>& near, const Claim& claim, Sizes sizes = {}) const {
    look(std::move(name), reach, near, std::function<std::invoke_result_t<Claim, double>(double)>(claim), sizes);
  }

 private:
  /// Compiled for the two kinds of claims, not for each of them.
  template <class Claim>
  void look(std::string name, double reach, const pc::Matrix<S>& near, const std::function<Claim(double)>& claim,
            Sizes sizes) const {
    const pc::Index d = near.rows();
    // 1e5 points for each claim: half of them in each scalar, and a tenth more for each other size.
    const auto points = tests::scaled_count<pc::Index>(10'000'000) / 2;
    const auto region = [&](double size) {
      return planted::ball<S>(d, reach * size).near(near * static_cast<S>(size), reach * size);
    };
    const bool single = std::is_same_v<S, float>;
    const double small = single ? 0x1p-100 : 0x1p-997;  // powers of 2, which no scalar rounds
    const double large = single ? 0x1p50 : 0x1p498;
    name += single ? ", float" : ", double";
    ++tally_.true_claims;
    Count::stands(name, claim(1.0), region(1), tests::long_run() ? planted::seeds : 2, points);
    for (const double size : {small, large}) {
      const std::string many = size == small ? "small" : "large";
      if (sizes.regions)
        Count::stands(name + ", in a region that is " + many, claim(1.0), region(size), 1, points / 10);
      if (sizes.functions)
        Count::stands(name + ", of a function that is " + many, claim(size), region(1), 1, points / 10);
    }
  }

  Count& tally_;
};

std::string name_of(const pc::LeakyReLU& s) { return "slope " + std::to_string(s.slope()); }

/// Columns 0, v and -v, and for the first columns x_i of `inputs` a direction orthogonal to x_i.
template <class S> pc::Matrix<S> kinks(const pc::Matrix<S>& inputs, const pc::Vector<S>& v) {
  const pc::Index d = inputs.rows();
  pc::Matrix<S> near = pc::Matrix<S>::Zero(d, 6);
  near.col(1) = v;
  near.col(2) = -v;
  for (pc::Index i = 0; i < 3; ++i) {
    near(0, 3 + i) = -inputs(1, i);
    near(1, 3 + i) = inputs(0, i);
  }
  return near;
}

template <class S> void convex_risks(Count& tally) {
  const Looks<S> looks{tally};
  // Least squares of rank 2 in R^4, f* = 0.
  pc::Matrix<S> x = dyadic<S>(4, 6, 1);
  x.bottomRows(2) = x.topRows(2);
  const pc::Dataset<S> flat(x, pc::Matrix<S>(x.row(0) - S(2) * x.row(1)));
  const AnyFunction<S> squares(neuron(flat, pc::LeakyReLU{1}));
  const auto spectrum = pc::detail::spectrum_of_second_moment(x);
  pc::Matrix<S> near = pc::Matrix<S>::Zero(4, 3);
  near.col(1) << S(1), S(-2), S(0), S(0);
  near.col(2) << S(0.5), S(-1), S(0.5), S(-1);
  looks.holds("4.1 least squares", 10, near, [&](double c) { return planted::convex(times(c, squares)); });
  looks.holds("4.1 least squares, growth", 10, near, [&](double c) {
    return growth(times(c, squares), times(c, squares), 0, 2 * spectrum.largest_size * c * a_bit_more,
                  pc::Noise::full_batch);
  });
  looks.holds("4.1 least squares, growth of examples", 10, near,
              [&](double) { return growth(squares, squares, 0, 2 * radius_squared(x), pc::Noise::single_example); },
              {.functions = false});
  looks.holds("4.2 deficient least squares, PL", 10, near,
              [&](double c) { return planted::pl(times(c, squares), spectrum.smallest_nonzero * c * a_bit_less); });

  const pc::Matrix<S> inputs = dyadic<S>(3, 8, 2);
  const AnyFunction<S> logistic(network(pc::Dataset<S>(inputs, signs<S>(8)), 1, pc::LeakyReLU{1}));
  const auto moments = pc::detail::spectrum_of_second_moment(inputs);
  const pc::Matrix<S> zero = pc::Matrix<S>::Zero(3, 1);
  looks.holds("4.1 logistic regression", 30, zero, [&](double c) { return planted::convex(times(c, logistic)); });
  looks.holds("4.1 logistic regression, growth", 30, zero, [&](double c) {
    return growth(times(c, logistic), times(c, logistic), 0,
                  pc::LogisticLoss::self_bounding * moments.largest_size * c * a_bit_more, pc::Noise::full_batch);
  });
}

template <class S> void test_functions(Count& tally) {
  const Looks<S> looks{tally};
  const pc::Vector<S> zero = pc::Vector<S>::Zero(1);
  const pc::SquarePlusSine<S> karimi;
  pc::Matrix<S> near = pc::Matrix<S>::Zero(1, 3);
  near(0, 1) = S(2.201709173);
  near(0, 2) = S(-2.153827438);
  looks.holds("4.2 Karimi, m", 20, near, [&](double c) {
    return planted::pl(times(c, AnyFunction<S>(karimi)), karimi.pl_modulus() * c * a_bit_less);
  });
  looks.holds("4.2 Karimi, 1/32", 20, near,
              [&](double c) { return planted::pl(times(c, AnyFunction<S>(karimi)), c / 32 * a_bit_less); });
  looks.holds("4.2 Karimi, zeta", 20, near, [&](double c) {
    return planted::quasar(times(c, AnyFunction<S>(karimi)), zero, karimi.quasar_convexity());
  });
  const pc::Matrix<S> kink = pc::Matrix<S>::Zero(1, 1);
  const AnyFunction<S> power(pc::AbsolutePower<S>(1.5));  // |f'|^3 = 1.5^3 f
  looks.holds("4.2 |x|^1.5, KL", 10, kink,
              [&](double) { return planted::pl(power, {.alpha = 3, .mu = 6.75 * (1 - 1e-6), .xi = 0}); },
              {.functions = false});
  looks.holds("4.2 |x|^1.5, convex", 10, kink, [&](double c) { return planted::convex(times(c, power)); });
  const AnyFunction<S> fourth(pc::AbsolutePower<S>(4));  // |f'|^{4/3} = 4^{4/3} f
  looks.holds("4.2 |x|^4, KL", 10, kink,
              [&](double) {
                return planted::pl(fourth, {.alpha = 4.0 / 3, .mu = 2 * std::pow(4.0, 4.0 / 3) * (1 - 1e-6), .xi = 0});
              },
              {.regions = false, .functions = false});
  const pc::SixthRoot<S> root;
  looks.holds("4.2 sixth root, 1/3", 1e4, kink,
              [&](double c) { return planted::quasar(times(c, AnyFunction<S>(root)), zero, root.quasar_convexity()); });
  const AnyFunction<S> damped{pc::DampedAbsolute<S>{}};
  looks.holds("4.2 damped absolute", 100, kink, [&](double c) { return planted::quasar(times(c, damped), zero, 1); });

  pc::Matrix<S> diagonal = pc::Matrix<S>::Zero(2, 3);
  diagonal.col(1) << S(1), S(1);
  diagonal.col(2) << S(1), S(0);  // equality: y = 0
  looks.holds("4.9 saddle (f, 0, 2, 8)", 10, diagonal, [&](double c) {
    return planted::pl(times(c, AnyFunction<S>(pc::Saddle<S>{})), {.alpha = 2, .mu = 8 * c * a_bit_less, .xi = 0});
  });

  // A valley in three dimensions about a centre that is no 0.
  pc::Matrix<S> curvature(3, 3);
  curvature << S(2), S(0.5), S(0), S(0.5), S(1), S(-0.25), S(0), S(-0.25), S(0.5);
  pc::Vector<S> center(3);
  center << S(0.5), S(-0.25), S(1);
  const pc::Quadratic<S> quadratic(curvature, center);
  const AnyFunction<S> valley(quadratic);
  const double least = quadratic.pl_modulus() * a_bit_less;
  looks.holds("valley", 10, pc::Matrix<S>(center), [&](double c) { return planted::convex(times(c, valley)); });
  looks.holds("valley, PL", 10, pc::Matrix<S>(center),
              [&](double c) { return planted::pl(times(c, valley), least * c); });
  looks.holds("valley, restricted secant", 10, pc::Matrix<S>(center), [&](double c) {
    return at<S>(center,
                 proxy_convex<S>(times(c, valley), pc::DistanceSquared<S>(center, least * c), pc::Constant<S>(0)));
  });
  const AnyFunction<S> bowl{pc::Quadratic<S>(pc::Matrix<S>::Identity(3, 3), center)};
  looks.holds("bowl, PL, equality", 10, pc::Matrix<S>(center),
              [&](double c) { return planted::pl(times(c, bowl), c * (c == 1 ? 1 : a_bit_less)); });
}

template <class S> void neurons(Count& tally) {
  const Looks<S> looks{tally};
  const pc::Matrix<S> x = dyadic<S>(3, 8, 3);
  const double squares = radius_squared(x);
  const auto spectrum = pc::detail::spectrum_of_second_moment(x);
  pc::Vector<S> v(3);
  v << S(0.5), S(-1), S(0.25);
  const auto labelled = [&](const pc::LeakyReLU& s, double noise) {
    pc::Matrix<S> y(1, x.cols());
    pc::Neuron<pc::LeakyReLU, S>({.inputs = 3}, s).forward(v, x, y);
    return pc::Dataset<S>(x, pc::Matrix<S>(y + static_cast<S>(noise) * signs<S>(x.cols())));
  };
  const pc::Matrix<S> near = kinks<S>(x, v);

  // C = 1; ||w - v|| <= 4 holds where ||w|| <= 2.
  for (const pc::LeakyReLU& s : {pc::LeakyReLU{0.5}, pc::LeakyReLU{0}}) {
    const auto risk = neuron(labelled(s, 0.25), s);
    const AnyFunction<S> F(risk);
    const AnyFunction<S> G{pc::NeuronProxy<pc::LeakyReLU, S>(risk.network(), risk.data(), v)};
    const auto reference = risk.bounded_value(v);
    const double noise = (static_cast<double>(reference.value) + static_cast<double>(reference.error)) * a_bit_more;
    const double rho = 4;
    const double level = rho * std::sqrt(2 * spectrum.largest_size * noise) * a_bit_more;
    const Sizes only_functions{.regions = false};
    looks.holds(
        "4.3 proxy convexity, " + name_of(s), 2, near,
        [&](double c) {
          return at<S>(v, proxy_convex<S>(times(c, F), affine(2 * c * (1 - 0x1p-22), G),
                                          pc::Constant<S>(level * c * (1 + 0x1p-22))));
        },
        only_functions);
    looks.holds(
        "4.3 proxy PL, " + name_of(s), 2, near,
        [&](double c) {
          return proxy_pl<S>(times(c, F), affine(c, G),
                             {.alpha = 1, .mu = 4 / rho * (1 - 0x1p-22), .xi = level / 2 * c * (1 + 0x1p-22)});
        },
        only_functions);
    looks.holds("4.3 growth, " + name_of(s), 2, near,
                [&](double) { return growth<S>(F, G, 4 * squares * noise, 4 * squares, pc::Noise::single_example); },
                {.functions = false});
  }

  const double gamma = 0.5;
  const double factor = 1 / (gamma * (2 - gamma * gamma)) * a_bit_more;
  const pc::LeakyReLU leaky{gamma};
  const auto global = [&](const AnyFunction<S>& f) { return proxy_convex<S>(f, affine(gamma, f), affine(factor, f)); };
  const AnyFunction<S> F(neuron(labelled(leaky, 0.25), leaky));
  looks.holds("4.3 leaky, for all pairs", 10, near, [&](double c) { return global(times(c, F)); });
  looks.holds("4.3 leaky, growth", 10, near, [&](double c) {
    return growth(times(c, F), times(c, F), 0, 2 * spectrum.largest_size * c * a_bit_more, pc::Noise::full_batch);
  });
  looks.holds("4.3 leaky, growth of examples", 10, near,
              [&](double) { return growth(F, F, 0, 2 * squares, pc::Noise::single_example); }, {.functions = false});
  pc::Matrix<S> line = pc::Matrix<S>::Zero(1, 3);
  line(0, 1) = S(1);
  line(0, 2) = S(-2);
  const AnyFunction<S> single(neuron(one_sample<S>(1, -1), leaky));
  looks.holds("4.3 leaky, one sample, sharp", 10, line, [&](double c) { return global(times(c, single)); });

  const AnyFunction<S> realizable(neuron(labelled(leaky, 0), leaky));
  looks.holds("4.3 realizable, 2 gamma", 10, near,
              [&](double c) { return planted::quasar(times(c, realizable), v, 2 * gamma); });
  looks.holds("4.3 realizable, PL", 10, near, [&](double c) {
    return planted::pl(times(c, realizable),
                       4 * std::pow(gamma, 3) * spectrum.smallest / std::pow(1 + gamma, 2) * c * a_bit_less);
  });
  const AnyFunction<S> linear(neuron(labelled(pc::LeakyReLU{1}, 0), pc::LeakyReLU{1}));
  looks.holds("4.3 linear, PL", 10, near,
              [&](double c) { return planted::pl(times(c, linear), spectrum.smallest * c * a_bit_less); });
}

template <class S> void networks(Count& tally) {
  const Looks<S> looks{tally};
  const pc::Matrix<S> x = dyadic<S>(3, 6, 4);
  const pc::Dataset<S> data(x, signs<S>(6));
  const double C = pc::LogisticLoss::self_bounding;
  const pc::Matrix<S> one_unit = kinks<S>(x, pc::Vector<S>(x.col(3)));
  const pc::Matrix<S> near = one_unit.replicate(4, 1);  // four units; a = +-1/2
  const auto spectrum = pc::detail::spectrum_of_second_moment(x);
  {
    const pc::LeakyReLU s{0.25};
    const auto risk = network(data, 4, s);
    const AnyFunction<S> F(risk);
    const AnyFunction<S> h{pc::WorstSlopeRisk<Network<S>>(risk)};
    looks.holds("4.4 proxy convexity, " + name_of(s), 10, near,
                [&](double c) { return proxy_convex<S>(times(c, F), times(c, F), affine(c, h)); });
    looks.holds("4.4 growth of examples, " + name_of(s), 30, near,
                [&](double) { return growth(F, F, 0, C * radius_squared(x), pc::Noise::single_example); },
                {.functions = false});
    looks.holds("4.4 growth, " + name_of(s), 30, near, [&](double c) {
      return growth(times(c, F), times(c, F), 0, C * spectrum.largest_size * c * a_bit_more, pc::Noise::full_batch);
    });
    // 4.8: a regulariser is added to g and h.
    const AnyFunction<S> decayed{pc::Sum(F, pc::WeightDecay<S>(12, 0.5))};
    const AnyFunction<S> above{pc::Sum(h, AnyFunction<S>(pc::WeightDecay<S>(12, 0.5)))};
    looks.holds("4.8 with a regulariser, " + name_of(s), 10, near,
                [&](double) { return proxy_convex<S>(decayed, decayed, above); }, {.functions = false});
  }
  // y_i x_i = (3/4, +-1/4): v = e_1, m_0 = 3/4, sharp where all units are inactive.
  pc::Matrix<S> pair(2, 2);
  pair << S(0.75), S(-0.75), S(0.25), S(0.25);
  pc::Matrix<S> labels(1, 2);
  labels << S(1), S(-1);
  const auto risk = network(pc::Dataset<S>(pair, labels), 4, pc::LeakyReLU{0.25});
  const AnyFunction<S> F(risk);
  const AnyFunction<S> G{pc::LossDerivative<Network<S>>(risk)};
  pc::Matrix<S> inactive = pc::Matrix<S>::Zero(8, 2);
  inactive.col(1) << S(0), S(-1), S(0), S(-1), S(0), S(-1), S(0), S(-1);
  looks.holds("4.4 proxy PL", 10, inactive, [&](double c) {
    return proxy_pl<S>(times(c, F), affine(c, G), {.alpha = 1, .mu = 2 * 0.25 * 0.75 * a_bit_less, .xi = 0});
  });
  const AnyFunction<S> single(network(one_sample<S>(1, 1), 1, pc::LeakyReLU{1}));
  pc::Matrix<S> sharp(1, 2);
  sharp << S(0), S(-0.921423);
  looks.holds("4.4 growth, one sample, sharp", 30, sharp, [&](double c) {
    return growth(times(c, single), times(c, single), 0, C * c * a_bit_more, pc::Noise::full_batch);
  });
}

/// The claims, of which there are so many, in both scalars.
void in_both(void (*in_double)(Count&), void (*in_float)(Count&), int many) {
  Count tally;
  in_double(tally);
  in_float(tally);
  CHECK(tally.true_claims == 2 * many);
}

}  // namespace theory

TEST_CASE("planted: 4.1 and 4.2, the true claims of convex risks are never violated, in double and float") {
  theory::in_both(theory::convex_risks<double>, theory::convex_risks<float>, 6);
}
TEST_CASE("planted: 4.2 and 4.9, the true claims of test functions are never violated, in double and float") {
  theory::in_both(theory::test_functions<double>, theory::test_functions<float>, 13);
}
TEST_CASE("planted: 4.3, the true claims of neurons are never violated, in double and float") {
  theory::in_both(theory::neurons<double>, theory::neurons<float>, 13);
}
TEST_CASE("planted: 4.4 and 4.8, the true claims of networks are never violated, in double and float") {
  theory::in_both(theory::networks<double>, theory::networks<float>, 6);
}
