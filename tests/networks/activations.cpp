// SPDX-License-Identifier: MIT
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/wider.hpp>
#include <proxcvx/networks/any_activation.hpp>
#include <vector>

#include "support/catch2.hpp"

namespace pc = proxcvx;
using Catch::Matchers::ContainsSubstring;
using pc::FiftyDigits;

namespace {

template <class S> FiftyDigits wide(const S& x) { return static_cast<FiftyDigits>(x); }

/// Calls visit with every activation of the library, with parameters that every scalar represents.
template <class Visit> void for_each_activation(const Visit& visit) {
  visit(pc::Identity{});
  visit(pc::ReLU{});
  visit(pc::LeakyReLU{0.25});
  visit(pc::LeakyReLU{1});
  visit(pc::SmoothLeakyReLU{0.25});
  visit(pc::SmoothLeakyReLU{0, 8});
  visit(pc::Tanh{});
  visit(pc::Sigmoid{});
  visit(pc::Softplus{});
  visit(pc::Swish{});
}

/// Both signs of many sizes: 0, the middle, 1e4, and far tails; none within 2^-20 of a kink but 0 itself.
template <class S> std::vector<S> points() {
  std::vector<S> all{S(0), S(1e4), S(-1e4), S(80), S(-80), S(700), S(-700)};
  pc::RandomStream stream{pc::Seed{11}};
  for (int i = 0; i < 600; ++i) {
    const double size = std::exp2(stream.uniform(-20, 14));
    all.push_back(static_cast<S>(i % 2 == 0 ? size : -size));
  }
  return all;
}

/// s' is the derivative of s, s'' that of s': central differences in long double with step h have an error of
/// h^2 sup|s'''|/6 and rounding of about eps |s|/h. The sharpest activation here has |s'''| <= sharpness^2 = 64.
template <class A> void derivatives_are_derivatives(const A& activation) {
  INFO(activation.name());
  const long double epsilon = std::numeric_limits<long double>::epsilon();
  const long double h = std::cbrt(epsilon);
  for (const long double z : points<long double>()) {
    if (activation.kinked() && std::abs(z) < 2 * h) continue;  // no difference quotient across the kink
    const long double above = z + h;
    const long double below = z - h;
    const long double first = (activation.value(above) - activation.value(below)) / (above - below);
    const long double second = (activation.derivative(above) - activation.derivative(below)) / (above - below);
    // A step that z absorbs in part is no trouble: above - below is what was stepped.
    const long double noise = 64 * epsilon / h * (1 + std::abs(z));
    CAPTURE(z, first, second);
    CHECK(std::abs(first - activation.derivative(z)) <= 64 * h * h + noise);
    CHECK(std::abs(second - activation.second_derivative(z)) <= 512 * h * h + 64 * epsilon / h * 8);
  }
}

/// What ulps() claims: the value within ulps() u of |s(z)| + |z| lipschitz(), the derivative of lipschitz().
template <class S, class A> void is_as_accurate_as_it_claims(const A& activation) {
  INFO(activation.name());
  const FiftyDigits unit = FiftyDigits(activation.ulps()) * wide(pc::unit_roundoff<S>());
  const FiftyDigits tiny = wide(std::numeric_limits<S>::denorm_min());
  const FiftyDigits lipschitz(activation.lipschitz());
  for (const S& z : points<S>()) {
    const FiftyDigits exact = activation.value(wide(z));
    const FiftyDigits exact_slope = activation.derivative(wide(z));
    CAPTURE(z, activation.value(z), activation.derivative(z));
    CHECK(abs(FiftyDigits(wide(activation.value(z)) - exact)) <= unit * (abs(exact) + abs(wide(z)) * lipschitz) + tiny);
    CHECK(abs(FiftyDigits(wide(activation.derivative(z)) - exact_slope)) <= unit * lipschitz + tiny);
    CHECK(pc::is_finite(activation.second_derivative(z)));
    if constexpr (pc::detail::VectorScalar<S>) {  // the same claims without a branch
      const auto [value, slope] = activation.on_lanes(z);
      CHECK(abs(FiftyDigits(wide(value) - exact)) <= unit * (abs(exact) + abs(wide(z)) * lipschitz) + tiny);
      CHECK(abs(FiftyDigits(wide(slope) - exact_slope)) <= unit * lipschitz + tiny);
    }
  }
}

/// |s'| <= lipschitz, s' >= smallest_slope, |s''| <= smoothness, exactly but for the rounding of 50 digits.
template <class A> void constants_are_bounds(const A& activation) {
  INFO(activation.name());
  const FiftyDigits slack("1e-45");
  FiftyDigits largest(-10);
  FiftyDigits smallest(10);
  FiftyDigits bend(0);
  const auto look = [&](double z) {
    const FiftyDigits slope = activation.derivative(wide(z));
    const FiftyDigits second = abs(FiftyDigits(activation.second_derivative(wide(z))));
    if (slope > largest) largest = slope;
    if (slope < smallest) smallest = slope;
    if (second > bend) bend = second;
  };
  for (int i = -4000; i <= 4000; ++i) look(i / 400.0);
  for (const double z : {-1e4, -700.0, -100.0, 100.0, 700.0, 1e4}) look(z);
  CHECK(largest <= FiftyDigits(activation.lipschitz()) + slack);
  CHECK(-smallest <= FiftyDigits(activation.lipschitz()) + slack);
  CHECK(smallest >= FiftyDigits(activation.smallest_slope()) - slack);
  // They are sharp: the samples come near.
  CHECK(static_cast<double>(largest) >= activation.lipschitz() - 1e-6);
  CHECK(static_cast<double>(smallest) <= activation.smallest_slope() + 1e-6);
  if (activation.kinked()) {
    CHECK(activation.smoothness() == std::numeric_limits<double>::infinity());
  } else {
    CHECK(bend <= FiftyDigits(activation.smoothness()) + slack);
    CHECK(static_cast<double>(bend) >= activation.smoothness() - 1e-5);
  }
  CHECK(activation.value_at_zero() == Approx(activation.value(0.0)).epsilon(1e-15).margin(0));
}

/// s(cz) = c s(z) for c >= 0 exactly where homogeneous() says so.
template <class A> void homogeneity_is_as_claimed(const A& activation) {
  INFO(activation.name());
  bool holds = true;
  for (const double z : {-3.0, -0.5, 0.0, 0.25, 2.0}) {
    for (const double c : {0.0, 0.5, 4.0}) holds = holds && activation.value(c * z) == c * activation.value(z);
  }
  CHECK(holds == activation.homogeneous());
}

/// A block of any shape and stride is its entries within what ulps() claims, and what lies around it stays.
template <class S, class A> void blocks_are_entries(const A& activation) {
  const std::vector<S> all = points<S>();
  const S unit = S(2 * activation.ulps()) * pc::unit_roundoff<S>();
  const S tiny = S(2) * std::numeric_limits<S>::denorm_min();
  const auto lipschitz = static_cast<S>(activation.lipschitz());
  for (const pc::Index rows : {1, 3, 21}) {
    const pc::Matrix<S> before = Eigen::Map<const pc::Matrix<S>>(all.data(), rows + 2, 11);
    for (const pc::Index around : {0, 1}) {  // rows above and below the block
      pc::Matrix<S> values = before;
      pc::Matrix<S> slopes = before;
      auto value_block = values.middleRows(around, rows + 2 - 2 * around);
      auto slope_block = slopes.middleRows(around, rows + 2 - 2 * around);
      pc::detail::apply(activation, value_block);
      pc::detail::apply_derivative(activation, slope_block);
      for (pc::Index i = 0; i < before.cols(); ++i) {
        for (pc::Index j = 0; j < before.rows(); ++j) {
          const S z = before(j, i);
          const bool inside = j >= around && j < before.rows() - around;
          const S value = inside ? activation.value(z) : z;
          const S slope = inside ? activation.derivative(z) : z;
          CAPTURE(activation.name(), rows, around, z, values(j, i), slopes(j, i));
          CHECK(std::abs(values(j, i) - value) <= unit * (std::abs(value) + std::abs(z) * lipschitz) + tiny);
          CHECK(std::abs(slopes(j, i) - slope) <= unit * lipschitz + tiny);
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("derivatives of activations are derivatives") {
  for_each_activation([](const auto& activation) { derivatives_are_derivatives(activation); });
}

TEST_CASE("activations are as accurate as they claim, in the middle, at 1e4 and in the tails") {
  for_each_activation([](const auto& activation) {
    is_as_accurate_as_it_claims<float>(activation);
    is_as_accurate_as_it_claims<double>(activation);
    is_as_accurate_as_it_claims<long double>(activation);
  });
}

TEST_CASE("the constants of activations are sharp bounds") {
  for_each_activation([](const auto& activation) { constants_are_bounds(activation); });
}

TEST_CASE("activations are homogeneous exactly where they say so") {
  for_each_activation([](const auto& activation) { homogeneity_is_as_claimed(activation); });
}

TEST_CASE("an activation of a block is that of its entries") {
  for_each_activation([](const auto& activation) {
    blocks_are_entries<float>(activation);
    blocks_are_entries<double>(activation);
    blocks_are_entries<double>(pc::AnyActivation(activation));
  });
}

TEST_CASE("on its kink an activation has slope 1") {
  CHECK(pc::ReLU{}.derivative(0.0) == 1);
  CHECK(pc::ReLU{}.derivative(-0.0) == 1);
  CHECK(pc::LeakyReLU{0.25}.derivative(0.0) == 1);
  CHECK(pc::ReLU{}.derivative(-std::numeric_limits<double>::denorm_min()) == 0);
  CHECK(pc::ReLU{}.kinked());
  CHECK(pc::LeakyReLU{0.25}.kinked());
  CHECK_FALSE(pc::LeakyReLU{1}.kinked());
}

TEST_CASE("tails of activations keep their digits") {
  CHECK(pc::Softplus{}.value(-700.0) == Approx(std::exp(-700.0)).epsilon(1e-14));
  CHECK(pc::Sigmoid{}.derivative(-700.0) == Approx(std::exp(-700.0)).epsilon(1e-14));
  CHECK(pc::Tanh{}.derivative(300.0) == Approx(4 * std::exp(-600.0)).epsilon(1e-14));
  CHECK(pc::Swish{}.value(-700.0) == Approx(-700 * std::exp(-700.0)).epsilon(1e-14));
  CHECK(pc::Softplus{}.value(1e4) == 1e4);
  CHECK(pc::Swish{}.value(-1e4) == 0);
  CHECK(pc::Swish{}.derivative(-1e4) == 0);
}

TEST_CASE("the smoothed leaky ReLU tends to the leaky one as it sharpens") {
  const pc::LeakyReLU sharp{0.25};
  for (const double sharpness : {1.0, 100.0, 1e4}) {
    const pc::SmoothLeakyReLU smooth{0.25, sharpness};
    double gap = 0;
    for (int i = -3000; i <= 3000; ++i) gap = std::max(gap, smooth.value(i * 1e-3) - sharp.value(i * 1e-3));
    CHECK(gap == Approx(0.75 * std::log(2.0) / sharpness).epsilon(1e-9));  // at the kink, and nowhere more
  }
}

TEST_CASE("an activation by name is that activation") {
  for (const std::string_view name : pc::AnyActivation::names) {
    CHECK(pc::AnyActivation::named(name).name() == name);
  }
  for_each_activation([](const auto& activation) {
    INFO(activation.name());
    const pc::AnyActivation any(activation);
    for (const double z : {-2.0, -0.5, 0.0, 0.25, 3.0}) {
      CHECK(any.value(z) == activation.value(z));
      CHECK(any.derivative(z) == activation.derivative(z));
      CHECK(any.second_derivative(z) == activation.second_derivative(z));
    }
    CHECK(any.lipschitz() == activation.lipschitz());
    CHECK(any.smallest_slope() == activation.smallest_slope());
    CHECK(any.smoothness() == activation.smoothness());
    CHECK(any.kinked() == activation.kinked());
    CHECK(any.homogeneous() == activation.homogeneous());
    CHECK(any.value_at_zero() == activation.value_at_zero());
    CHECK(any.ulps() == activation.ulps());
    CHECK(any.name() == activation.name());
    CHECK(any.choice().index() == pc::AnyActivation(activation).choice().index());
  });
  CHECK(pc::AnyActivation::named("leaky_relu", 0.3).smallest_slope() == 0.3);
  CHECK(pc::AnyActivation::named("smooth_leaky_relu", 0.5, 8).smoothness() == Approx(1));
}

TEST_CASE("an activation casts its parameters to what the scalar holds") {
  CHECK(pc::LeakyReLU{0.1}.cast<float>().slope() == static_cast<double>(0.1F));
  CHECK(pc::LeakyReLU{0.1}.cast<long double>().slope() == 0.1);
  CHECK(pc::SmoothLeakyReLU{0.1, 0.3}.cast<float>().sharpness() == static_cast<double>(0.3F));
  CHECK(pc::AnyActivation(pc::LeakyReLU{0.1}).cast<float>().smallest_slope() == static_cast<double>(0.1F));
}

TEST_CASE("activations reject parameters and names that are none") {
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(pc::AnyActivation::named("gelu"),
                    "activation: expected one of identity, relu, leaky_relu, smooth_leaky_relu, tanh, sigmoid, "
                    "softplus, swish, got gelu");
  CHECK_THROWS_WITH(pc::LeakyReLU{1.5}, ContainsSubstring("slope: expected a number in [0, 1], got 1.5"));
  CHECK_THROWS_AS(pc::LeakyReLU{-0.1}, std::invalid_argument);
  CHECK_THROWS_AS(pc::LeakyReLU{nothing}, std::invalid_argument);
  CHECK_THROWS_AS((pc::SmoothLeakyReLU{nothing, 1}), std::invalid_argument);
  CHECK_THROWS_WITH((pc::SmoothLeakyReLU{0.5, 0}), ContainsSubstring("sharpness: expected a finite number > 0, got 0"));
  CHECK_THROWS_AS((pc::SmoothLeakyReLU{0.5, std::numeric_limits<double>::infinity()}), std::invalid_argument);
  CHECK_THROWS_AS(pc::AnyActivation::named("leaky_relu", 2), std::invalid_argument);
}
