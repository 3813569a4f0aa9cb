// SPDX-License-Identifier: MIT
#include <proxcvx/objectives/gradient_check.hpp>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <sstream>

#include "support/catch2.hpp"

namespace pc = proxcvx;

namespace {

/// What can be wrong with a gradient.
enum class Mistake { none, flipped, shrunk, unregularised, summed, in_float, one_entry, not_a_number, wrong_value };

/// (1/n) sum_i ... of n = 4 equal quadratics and a regulariser, with a mistake in its gradient.
template <class S> struct Mistaken {
  using Scalar = S;
  Mistake mistake = Mistake::none;

  [[nodiscard]] pc::Index dimension() const { return 3; }
  [[nodiscard]] S value(pc::ConstVectorRef<S> w) const {
    return S(0.5) * w.squaredNorm() + S(0.005) * w.squaredNorm() + w[0] * w[1] * w[2];
  }
  S gradient(pc::ConstVectorRef<S> w, pc::VectorRef<S> out) const {
    out = (mistake == Mistake::unregularised ? S(1) : S(1.01)) * w;
    out[0] += w[1] * w[2];
    out[1] += w[0] * w[2];
    out[2] += w[0] * w[1];
    if (mistake == Mistake::flipped) out = -out;
    if (mistake == Mistake::shrunk) out *= S(0.9);
    if (mistake == Mistake::summed) out *= S(4);
    if (mistake == Mistake::in_float) out = out.template cast<float>().template cast<S>().eval();
    if (mistake == Mistake::one_entry) out[2] *= S(1.001);
    if (mistake == Mistake::not_a_number) out[1] = std::numeric_limits<S>::quiet_NaN();
    return mistake == Mistake::wrong_value ? S(S(1.001) * value(w)) : value(w);
  }
  template <class T> [[nodiscard]] Mistaken<T> cast() const { return {mistake}; }
};

/// The same without cast: differences in its own scalar.
struct WithoutCast {
  using Scalar = double;
  Mistaken<double> f;
  [[nodiscard]] pc::Index dimension() const { return 3; }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const { return f.value(w); }
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const { return f.gradient(w, out); }
};

}  // namespace

TEST_CASE("the gradient check passes a right gradient at every scale") {
  for (const double scale : {1e-100, 1e-8, 1.0, 1e8, 1e60}) {
    const pc::Vector<double> w{{0.4 * scale, -1.2 * scale, 0.7 * scale}};
    CHECK(pc::check_gradient(Mistaken<double>{}, w).passed);
    CHECK(pc::check_gradient(pc::Quadratic<double>(pc::Matrix<double>::Identity(3, 3)), w).passed);
  }
  CHECK(pc::check_gradient(Mistaken<double>{}, pc::Vector<double>::Zero(3)).passed);
  CHECK(pc::check_gradient(Mistaken<float>{}, pc::Vector<float>{{0.4F, -1.2F, 0.7F}}).passed);
  CHECK(pc::check_gradient(WithoutCast{}, pc::Vector<double>{{0.4, -1.2, 0.7}}).passed);
}

TEST_CASE("the gradient check catches every mistake") {
  const pc::Vector<double> w{{0.4, -1.2, 0.7}};
  for (const Mistake mistake : {Mistake::flipped, Mistake::shrunk, Mistake::unregularised, Mistake::summed,
                                Mistake::in_float, Mistake::one_entry, Mistake::not_a_number, Mistake::wrong_value}) {
    CAPTURE(static_cast<int>(mistake));
    CHECK_FALSE(pc::check_gradient(Mistaken<double>{mistake}, w).passed);
    CHECK_FALSE(pc::check_gradient(WithoutCast{{mistake}}, w).passed);
  }
  const auto check = pc::check_gradient(Mistaken<double>{Mistake::one_entry}, w);
  CHECK(check.index == 2);
  CHECK(check.analytic == Approx(1.001 * check.numeric));
  std::ostringstream text;
  text << check;
  CHECK_THAT(text.str(), Catch::Matchers::ContainsSubstring("DISAGREES"));
}

TEST_CASE("the gradient check rejects bad arguments") {
  CHECK_THROWS_AS(pc::check_gradient(Mistaken<double>{}, pc::Vector<double>::Zero(2)), std::invalid_argument);
  CHECK_THROWS_AS(pc::check_gradient(Mistaken<double>{}, pc::Vector<double>::Zero(3), {.step = -1}),
                  std::invalid_argument);
}
