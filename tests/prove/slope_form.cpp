// SPDX-License-Identifier: MIT
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/slope_functions.hpp>
#include <proxcvx/core/wider.hpp>
#include <proxcvx/objectives/dual.hpp>

#include "prove/formulas.hpp"
#include "support/catch2.hpp"
#include "support/counts.hpp"

// What a slope form promises, at random points of random boxes against 50 digits: the value lies in the range, and in
// center + sum of slopes times steps from the center.

namespace pc = proxcvx;

namespace {

using pc::FiftyDigits;
using pc::Interval;
using Form = pc::SlopeForm<Interval>;
using proving::holds;
using proving::slope_formula;
using proving::slope_formulas;

Interval random_range(pc::RandomStream& stream, double low, double high) {
  const double middle = stream.uniform(low, high);
  const double radius = stream.below(8) == 0 ? 0 : std::exp2(stream.uniform(-40, 1));
  return {std::max(low, middle - radius), std::min(high, middle + radius)};
}

}  // namespace

TEST_CASE("a slope form holds its formula at every point of the box") {
  const int repeats = tests::scaled_count(50'000);
  int open = 0;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    pc::RandomStream stream{pc::Seed{11}, static_cast<std::uint64_t>(repeat)};
    const Interval x = random_range(stream, 0.25, 4), y = random_range(stream, -3, 3);
    // around a number of the box, the midpoint or not, or around all of it: slopes between any two points
    const bool any_center = stream.below(3) == 0;
    const double center_x = std::clamp(stream.uniform(x.lower(), x.upper()), x.lower(), x.upper());
    const double center_y = stream.below(2) == 0 ? midpoint(y) : y.lower();
    const Form form_x = Form::variable(3, any_center ? x : Interval(center_x), x);
    const Form form_y = Form::variable(5, any_center ? y : Interval(center_y), y);
    for (int k = 0; k < slope_formulas; ++k) {
      Form form;
      if (!pc::detail::encloses_with_certainty([&] { form = slope_formula<Form>(k, form_x, form_y); })) {
        ++open;
        continue;
      }
      for (int sample = 0; sample < 3; ++sample) {
        const double at_x =
            sample == 0 ? x.upper() : std::clamp(stream.uniform(x.lower(), x.upper()), x.lower(), x.upper());
        const double at_y =
            sample == 1 ? y.lower() : std::clamp(stream.uniform(y.lower(), y.upper()), y.lower(), y.upper());
        INFO("formula " << k << ", x " << x << ", y " << y << " at " << at_x << ", " << at_y);
        const FiftyDigits exact = slope_formula<FiftyDigits>(k, at_x, at_y);
        REQUIRE(holds(form.range(), exact));
        const Interval taylor =
            form.center() + form.slope(3) * (Interval(at_x) - center_x) + form.slope(5) * (Interval(at_y) - center_y);
        const FiftyDigits at_center = slope_formula<FiftyDigits>(k, center_x, center_y);
        REQUIRE(holds(form.center(), at_center));
        REQUIRE(
            holds(any_center ? taylor - form.center() : taylor, any_center ? FiftyDigits(exact - at_center) : exact));
      }
      // tight where the box is a point: nothing that is promised by being vague
      if (is_point(x) && is_point(y)) CHECK(width(form.range()) < 1e-12 * (1 + magnitude(form.range())));
    }
  }
  CHECK(open == 0);
}

TEST_CASE("mean-value forms converge quadratically") {
  // The excess width over the range of y^2 - 2xy + ... falls by 4 where the box is halved.
  for (const int k : {3, 8, 12, 14, 21}) {
    double previous = 0;
    for (int halving = 4; halving < 12; ++halving) {
      const double radius = std::ldexp(1.0, -halving);
      const Form x = Form::variable(0, 1.3, Interval{1.3 - radius, 1.3 + radius});
      const Form y = Form::variable(1, 0.7, Interval{0.7 - radius, 0.7 + radius});
      const Form form = slope_formula<Form>(k, x, y);
      const double excess = radius * (width(form.slope(0)) + width(form.slope(1)));
      INFO("formula " << k << ", radius " << radius << ", excess " << excess << " after " << previous);
      if (previous > 0) CHECK(excess < previous / 3.5);
      previous = excess;
    }
  }
}

TEST_CASE("a slope form counts what it can't decide, and what may be undefined") {
  const Form x = Form::variable(0, 0.5, Interval{-1, 2});
  const auto certain = [](auto&& body) { return pc::detail::encloses_with_certainty([&] { (void)body(); }); };
  CHECK(certain([&] { return x < Form(3); }));
  CHECK(!certain([&] { return x < Form(1); }));
  CHECK(!certain([&] { return x >= Form(0); }));
  CHECK(!certain([&] { return x == Form(0); }));
  CHECK(certain([&] { return x == Form(3); }));
  CHECK(certain([&] { return Form(3) == Form(3); }));
  CHECK(!certain([&] { return static_cast<double>(x); }));
  CHECK(certain([&] { return static_cast<double>(Form(0.1)); }));
  CHECK(!certain([&] { return log(x); }));
  CHECK(!certain([&] { return log1p(x); }));
  CHECK(!certain([&] { return sqrt(x); }));
  CHECK(!certain([&] { return Form(1) / x; }));
  CHECK(!certain([&] { return pow(x, 0.5); }));
  CHECK(!certain([&] { return pow(x, -1.0); }));
  CHECK(certain([&] { return pow(x, 3.0); }));
  CHECK(!certain([&] { return tanh(log(x)); }));  // whose range is [-1, 1] all the same

  const Form slope = enclosed_rectifier_slope(x, 0.25);
  CHECK(slope.range() == Interval(0.25, 1));
  CHECK(slope.center() == Interval(0.25, 1));
  CHECK(enclosed_rectifier_slope(x + Form(1.5), 0.25).range() == Interval(1));
  CHECK(enclosed_rectifier_slope(x - Form(2.5), 0.25).range() == Interval(0.25));
}

TEST_CASE("sigmoid, its slope and softplus are enclosed without branches, in dual numbers too") {
  pc::RandomStream stream{pc::Seed{12}, 0};
  for (int repeat = 0; repeat < tests::scaled_count(100'000); ++repeat) {
    const double scale = std::exp2(stream.uniform(-20, 10.5)), middle = stream.uniform(-1, 1) * scale;
    const Interval z{middle - scale * stream.uniform(), middle + scale * stream.uniform()};
    const double center = midpoint(z), at = std::clamp(stream.uniform(z.lower(), z.upper()), z.lower(), z.upper());
    const Form form = Form::variable(0, center, z);
    const FiftyDigits e = exp(FiftyDigits(-std::abs(at)));
    const FiftyDigits sigmoid = at < 0 ? FiftyDigits(e / (1 + e)) : FiftyDigits(1 / (1 + e));
    // 50 digits of 1 + e keep none of a small e
    const FiftyDigits logarithm = e < 1e-20 ? FiftyDigits(e - e * e / 2) : log(FiftyDigits(1 + e));
    const FiftyDigits softplus = std::max(at, 0.0) + logarithm;
    const FiftyDigits slope = e / ((1 + e) * (1 + e));
    const FiftyDigits curvature = (at < 0 ? slope : FiftyDigits(-slope)) * (1 - e) / (1 + e);
    pc::Dual<Form, 1> moving{form};
    moving.seed(0, Form(1));
    INFO("z " << z << " at " << at);
    for (const auto& [enclosed, exact] :
         {std::pair{enclosed_sigmoid(form), sigmoid}, std::pair{enclosed_softplus(form), softplus},
          std::pair{enclosed_sigmoid_slope(form), slope}, std::pair{enclosed_softplus(moving).tangent(0), sigmoid},
          std::pair{enclosed_sigmoid(moving).tangent(0), slope},
          std::pair{enclosed_sigmoid_slope(moving).tangent(0), curvature}}) {
      CHECK(holds(enclosed.range(), exact));
      CHECK(holds(enclosed.center() + enclosed.slope(0) * (Interval(at) - center), exact));
    }
  }
}
