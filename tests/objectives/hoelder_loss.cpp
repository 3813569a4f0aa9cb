// SPDX-License-Identifier: MIT
#include <proxcvx/core/fifty_digits.hpp>
#include <proxcvx/core/random.hpp>
#include <proxcvx/objectives/hoelder_loss.hpp>

#include "support/catch2.hpp"

// |o - t|^{1+a}: accurate, with the derivative that it states, its rounding bounds, and a sharp Hoelder constant.

namespace hoelder {

namespace pc = proxcvx;
using pc::FiftyDigits;

inline constexpr std::array orders{0.25, 0.5, 0.75, 1.0, 0.3};

template <class S> bool close(const S& computed, const FiftyDigits& exact) {
  const FiftyDigits off = abs(FiftyDigits(static_cast<FiftyDigits>(computed) - exact));
  return off <= FiftyDigits(pc::HoelderLoss::ulps) * static_cast<FiftyDigits>(pc::unit_roundoff<S>()) * abs(exact) +
                    FiftyDigits(4) * static_cast<FiftyDigits>(std::numeric_limits<S>::denorm_min());
}

template <class S> void is_accurate(double a) {
  const pc::HoelderLoss loss{a};
  pc::RandomStream stream{pc::Seed{7}};
  for (int i = 0; i < 300; ++i) {
    const auto o = static_cast<S>((i % 2 == 0 ? 1 : -1) * std::exp2(stream.uniform(-30, 13)));
    const auto t = i % 3 == 0 ? S(0) : static_cast<S>(stream.normal());
    const FiftyDigits wide_o(o), wide_t(t);
    CAPTURE(a, o, t);
    CHECK(close<S>(loss.value(o, t), loss.value(wide_o, wide_t)));
    CHECK(close<S>(loss.derivative(o, t), loss.derivative(wide_o, wide_t)));
    CHECK(close<S>(loss.second_derivative(o, t), loss.second_derivative(wide_o, wide_t)));
  }
}

/// With outputs off by delta, value and derivative stay within the bounds of rounding().
template <class S> void bounds_its_rounding(double a) {
  const pc::HoelderLoss loss{a};
  pc::RandomStream stream{pc::Seed{8}};
  for (int i = 0; i < 400; ++i) {
    const S delta = i % 5 == 0 ? S(0) : static_cast<S>(std::exp2(stream.uniform(-40, 2)));
    pc::Matrix<S> output(1, 1), target(1, 1);
    target(0, 0) = static_cast<S>(stream.normal());
    const double size = i % 7 == 0 ? 0 : (i % 2 == 0 ? 1 : -1) * std::exp2(stream.uniform(-44, 4));
    output(0, 0) = target(0, 0) + static_cast<S>(size);
    const pc::LossRounding<S> bounds = loss.rounding(output, target, delta);
    const auto [value, slope] = loss.value_and_derivative(output(0, 0), target(0, 0));
    for (const double share : {-1.0, -0.4, 0.7, 1.0}) {
      const FiftyDigits o = FiftyDigits(output(0, 0)) + FiftyDigits(delta) * FiftyDigits(share);
      const auto [exact, exact_slope] = loss.value_and_derivative(o, FiftyDigits(target(0, 0)));
      CAPTURE(a, delta, output(0, 0), target(0, 0), share);
      CHECK(abs(FiftyDigits(exact - FiftyDigits(value))) <= FiftyDigits(bounds.value_error));
      CHECK(abs(FiftyDigits(exact_slope - FiftyDigits(slope))) <= FiftyDigits(bounds.signal_error));
    }
  }
}

TEST_CASE("|residual|^{1+a}: value and derivatives to a few ulps, and derivatives are derivatives") {
  const FiftyDigits h("1e-15");
  for (const double a : orders) {
    is_accurate<float>(a);
    is_accurate<double>(a);
    const pc::HoelderLoss loss{a};
    for (const double output : {-30.0, -0.5, 0.25, 2.0}) {
      const FiftyDigits o(output), t(1);
      const FiftyDigits up = o + h, down = o - h;
      const FiftyDigits first = (loss.value(up, t) - loss.value(down, t)) / (2 * h);
      const FiftyDigits second = (loss.derivative(up, t) - loss.derivative(down, t)) / (2 * h);
      CHECK(abs(FiftyDigits(first - loss.derivative(o, t))) <= FiftyDigits(1e-25) * (1 + abs(first)));
      CHECK(abs(FiftyDigits(second - loss.second_derivative(o, t))) <= FiftyDigits(1e-25) * (1 + abs(second)));
    }
    CHECK(loss.value(3.0, 3.0) == 0);
    CHECK(loss.derivative(3.0, 3.0) == 0);
    CHECK(loss.value(3.0, 1.0) == Approx(std::pow(2.0, 1 + loss.order())).epsilon(1e-14));
    CHECK(loss.order() == Approx(a).epsilon(1e-6));
  }
  CHECK(pc::HoelderLoss{0.25}.order() == 0.25);
}

TEST_CASE("|residual|^{1+a} bounds its rounding") {
  for (const double a : orders) {
    bounds_its_rounding<float>(a);
    bounds_its_rounding<double>(a);
  }
}

TEST_CASE("|residual|^{1+a}: its Hoelder constant holds, and is attained where residuals are opposite") {
  pc::RandomStream stream{pc::Seed{9}};
  for (const double a : orders) {
    const pc::HoelderLoss loss{a};
    const FiftyDigits constant(loss.hoelder_constant());
    const FiftyDigits power(loss.order());
    const auto ratio = [&](double r, double s) {
      const FiftyDigits change =
          loss.derivative(FiftyDigits(r), FiftyDigits(0)) - loss.derivative(FiftyDigits(s), FiftyDigits(0));
      return FiftyDigits(abs(change) / pow(FiftyDigits(abs(FiftyDigits(r) - FiftyDigits(s))), power));
    };
    for (int i = 0; i < 300; ++i) {
      const double r = stream.normal() * std::exp2(stream.uniform(-9, 9));
      CHECK(ratio(r, stream.normal()) <= constant);
    }
    CHECK(ratio(0.7, -0.7) <= constant);
    CHECK(ratio(0.7, -0.7) >= constant / FiftyDigits(1.000001));
  }
}

TEST_CASE("|residual|^{1+a} refuses orders out of (0, 1]") {
  for (const double bad : {0.0, -0.5, 1.0001, 1e-9, std::nan("")}) {
    CHECK_THROWS_WITH(pc::HoelderLoss{bad}, Catch::Matchers::ContainsSubstring("a: expected a number in (0, 1]"));
  }
}

}  // namespace hoelder
