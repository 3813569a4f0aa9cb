// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/verify/escalation.hpp>

#include "planted/rows.hpp"

// Theory 3.2: where naive code sees a violation that is none, or passes one. (The logistic loss through tanh:
// objectives/losses.cpp; an unscaled norm: properties/margins.cpp; slopes at kinks: prove/pairs.cpp.)

namespace traps {

using namespace theory;

/// <c, w>, with its exact gradient.
template <class S> struct Linear {
  using Scalar = S;
  pc::Vector<double> c;
  [[nodiscard]] pc::Index dimension() const { return c.size(); }
  [[nodiscard]] S value(pc::ConstVectorRef<S> w) const { return c.template cast<S>().dot(w); }
  S gradient(pc::ConstVectorRef<S> w, pc::VectorRef<S> out) const {
    out = c.template cast<S>();
    return value(w);
  }
  pc::BoundedGradient<S> bounded_gradient(pc::ConstVectorRef<S> w, pc::VectorRef<S> out) const {
    return {gradient(w, out), std::numeric_limits<S>::infinity(), S(0)};
  }
  void hessian_vector(pc::ConstVectorRef<S>, pc::ConstVectorRef<S>, pc::VectorRef<S> out) const { out.setZero(); }
  template <class T> [[nodiscard]] Linear<T> cast() const { return {c}; }
};

/// Whether a margin counts as satisfied where it stands.
template <class S> bool passes(const pc::Margin<S>& margin) {
  return pc::detail::classify(margin, 8) == pc::Outcome::satisfied;
}

}  // namespace traps

TEST_CASE("planted: the sign of a margin at equality is a coin's, and nobody is told that it is violated") {
  using namespace traps;
  // f = (x + y - c_1 - c_2)^2/2 does not change when x and y are swapped: the margin at (x, y), (y, x) is exactly 0.
  const pc::Quadratic<double> f(pc::Matrix<double>::Ones(2, 2), pc::Vector<double>{{0.1, -0.7}});
  const auto claim = planted::convex(f);
  pc::RandomStream stream{pc::Seed{37}};
  const pc::Index count = 250;
  int naive = 0;
  pc::Matrix<double> w(2, count);
  for (int round = 0; round < 8; ++round) {
    stream.fill_normal(w);
    const pc::Matrix<double> v = w.colwise().reverse();
    for (pc::Index i = 0; i < count; ++i) {
      const auto margin = claim.margin(w.col(i), v.col(i));
      naive += margin.value < 0 ? 1 : 0;
      CHECK_FALSE(passes(margin));
    }
    const auto report = planted::examined(claim, w, v);
    INFO(report);
    CHECK(report.statistics.violated == 0);
    CHECK(report.statistics.undecided >= count);
    CHECK(report.verdict() == pc::Verdict::inconclusive);
  }
  CHECK(naive > 8 * count / 5);  // of 2000 equalities, at least 20 % look violated
}

TEST_CASE("planted: where every loss underflows, a ratio is 0/0 and passes nothing") {
  using namespace traps;
  const auto risk = network(one_sample<double>(1, 1), 1, pc::LeakyReLU{1});
  const AnyFunction<double> F(risk);
  const auto claim = growth(F, F, 0, pc::LogisticLoss::self_bounding, pc::Noise::full_batch);
  for (const double reach : {1e4, 1e6, 1e12}) {
    const pc::Vector<double> w = pc::Vector<double>::Constant(1, reach);
    pc::Vector<double> slope(1);
    const double value = F.gradient(w, slope);
    const double ratio = slope.squaredNorm() / value;
    REQUIRE(std::isnan(ratio));
    CHECK(!(ratio > pc::LogisticLoss::self_bounding));  // so naive code goes on
    CHECK_FALSE(passes(claim.margin(w)));
    const auto report = planted::examined(claim, pc::Matrix<double>(w));
    INFO(report);
    CHECK(report.statistics.violated == 0);
    // exp(-1e4) is a long double, exp(-1e6) a number of 50 digits; exp(-1e12) is none.
    CHECK(report.verdict() == (reach < 1e9 ? pc::Verdict::no_violation_found : pc::Verdict::inconclusive));
  }
}

TEST_CASE("planted: a margin that underflows to the wrong sign is no pass") {
  using namespace traps;
  const double tiny = 0x1p-537;
  pc::Vector<double> c(3);
  c << 0.6 * tiny, 0.6 * tiny, -1.4 * tiny;
  const AnyFunction<double> f{Linear<double>{c}};
  const AnyFunction<double> nothing{pc::Constant<double>(0)};
  const auto claim = proxy_convex<double>(f, nothing, nothing);
  const pc::Vector<double> w = pc::Vector<double>::Constant(3, tiny);
  const pc::Vector<double> v = pc::Vector<double>::Zero(3);
  double naive = 0;
  for (pc::Index i = 0; i < 3; ++i) naive += c[i] * w[i];
  CHECK(naive == std::numeric_limits<double>::denorm_min());  // the exact sum is -0.2 of it
  CHECK_FALSE(passes(claim.margin(w, v)));
  const auto report = planted::examined(claim, pc::Matrix<double>(w), pc::Matrix<double>(v));
  INFO(report);
  CHECK(report.verdict() == pc::Verdict::violated);
  REQUIRE(report.witness);
  CHECK(report.witness->stands);
}

TEST_CASE("planted: a relative tolerance hides a violation near w = v, and rounding invents one") {
  using namespace traps;
  // f''(1.6) = -4, f''(0) = 8: the margin of convexity is f''/2 (w - v)^2.
  const auto claim = planted::convex(pc::SquarePlusSine<>{});
  for (const double step : {1e-6, 1e-8, 1e-10, 1e-12}) {
    const auto at = [](double x) { return pc::Matrix<double>(pc::Matrix<double>::Constant(1, 1, x)); };
    const auto concave = planted::examined(claim, at(1.6), at(1.6 + step));
    INFO(concave);
    CHECK(concave.verdict() == pc::Verdict::violated);
    CHECK(std::abs(concave.statistics.smallest.value) < 1e-12 * 5.5);  // f(1.6) = 5.56
    const auto convex = planted::examined(claim, at(0.1), at(0.1 + step));
    INFO(convex);
    CHECK(convex.verdict() == pc::Verdict::no_violation_found);
  }
}
