// SPDX-License-Identifier: MIT
#include <cfloat>
#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "core/interval_containment.hpp"
#include "support/catch2.hpp"
#include "support/counts.hpp"

// Intervals against exact results by MPFR (or 50 digits), and the laws of interval arithmetic.

namespace pc = proxcvx;
using pc::Interval;

namespace {

const double infinite = std::numeric_limits<double>::infinity();
const double undefined = std::numeric_limits<double>::quiet_NaN();

template <class A, class B>
concept Ordered = requires(A a, B b) {
  a < b;
}
|| requires(A a, B b) { a > b; }
|| requires(A a, B b) { a <= b; }
|| requires(A a, B b) { a >= b; };
static_assert(!Ordered<Interval, Interval> && !Ordered<Interval, double> && !Ordered<int, Interval>);
static_assert(Ordered<double, double>);
static_assert(!std::is_convertible_v<Interval, double> && !std::is_constructible_v<double, Interval>);
static_assert(sizeof(Interval) == 2 * sizeof(double) && std::is_trivially_copyable_v<Interval>);

/// A random interval inside x.
Interval random_part(const Interval& x, pc::RandomStream& stream) {
  const double a = tests::random_point(x, stream), b = tests::random_point(x, stream);
  return {std::min(a, b), std::max(a, b)};
}

/// A few roundings of numbers up to `size`.
double roundings(double size) { return 16 * DBL_EPSILON * size + 16 * DBL_MIN; }

}  // namespace

TEST_CASE("every operation contains the exact results and is only a few ulp wider") {
  // tools/interval_matrix.py looks at ten times as many, and at the code of every compiler and flag
  const pc::Index count = tests::scaled_count(pc::Index{1'000'000}) / (tests::reference_is_mpfr ? 1 : 100);
  for (const tests::Operation& operation : tests::all_operations()) {
    const tests::Containment found = tests::test_containment(operation, count, pc::Seed{1}, {operation.apply}).front();
    INFO(found.first_failure);
    CAPTURE(operation.name, found.largest_excess);
    CHECK(found.results > found.operations);
    CHECK(found.outside == 0);
    CHECK(found.tight_looked > found.operations / 8);
    CHECK(found.loose == 0);
  }
}

TEST_CASE("the C library is as accurate as the functions of intervals take it to be: less than 3 ulp off") {
  using tests::Op;
  const std::pair<Op, double (*)(double)> functions[] = {
      {Op::exp, std::exp},     {Op::expm1, std::expm1}, {Op::log, std::log},
      {Op::log1p, std::log1p}, {Op::tanh, std::tanh},   {Op::sinh, std::sinh},
      {Op::cosh, std::cosh},   {Op::sin, std::sin},     {Op::cos, std::cos}};
  const pc::Index count = tests::scaled_count(pc::Index{5'000'000}) / (tests::reference_is_mpfr ? 1 : 100);
  tests::Reference reference;
  for (const auto& [op, function] : functions) {
    double largest = 0;  // what certainly is wrong, in ulp: the error is less than 1 ulp more
    for (pc::Index i = 0; i < count; ++i) {
      pc::RandomStream stream{pc::Seed{5}, static_cast<std::uint64_t>(i)};
      const double x = i % 2 == 0 ? tests::random_number(stream) : stream.uniform(-2, 2);
      const double y = function(x);
      const tests::Neighbours exact = reference(op, x, 0);
      if (std::isnan(exact.below) || exact.below > exact.above) continue;
      const double wrong = std::max({exact.below - std::min(y, DBL_MAX), std::max(y, -DBL_MAX) - exact.above, 0.0});
      const double finite = std::min(std::abs(y), DBL_MAX);
      largest = std::max(largest, wrong / (finite - std::nextafter(finite, -1)));
    }
    CAPTURE(static_cast<int>(op));
    CHECK(largest <= 2);
  }
}

TEST_CASE("a part of an argument gives a part of the result") {
  const pc::Index count = tests::scaled_count(pc::Index{1'000'000});
  for (const tests::Operation& operation : tests::all_operations()) {
    pc::Index broken = 0;
    for (pc::Index i = 0; i < count; ++i) {
      pc::RandomStream stream{pc::Seed{2}, static_cast<std::uint64_t>(i)};
      const Interval x = tests::random_interval(stream), y = tests::random_interval(stream);
      const Interval u = random_part(x, stream), v = random_part(y, stream);
      if (operation.op == tests::Op::pow) {
        const double p = static_cast<double>(stream.below(17) - 8) / 2;
        broken += subset(pow(u, p), pow(x, p)) ? 0 : 1;
      } else {
        broken += subset(operation.apply(u, v), operation.apply(x, y)) ? 0 : 1;
      }
    }
    CAPTURE(operation.name);
    CHECK(broken == 0);
  }
}

TEST_CASE("x(y + z) is a part of xy + xz, up to roundings; a square is a part of a product") {
  const pc::Index count = tests::scaled_count(pc::Index{1'000'000});
  pc::Index wider = 0, narrower = 0, squares = 0;
  for (pc::Index i = 0; i < count; ++i) {
    pc::RandomStream stream{pc::Seed{3}, static_cast<std::uint64_t>(i)};
    const auto draw = [&] {
      const double a = stream.normal(), b = stream.normal();
      return Interval{std::min(a, b), std::max(a, b)};
    };
    const Interval x = draw(), y = draw(), z = draw();
    const Interval factored = x * (y + z), expanded = x * y + x * z;
    const double slack = roundings(magnitude(x) * (magnitude(y) + magnitude(z)));
    wider += subset(factored, Interval{expanded.lower() - slack, expanded.upper() + slack}) ? 0 : 1;
    narrower += width(factored) + slack < width(expanded) ? 1 : 0;
    const Interval any = tests::random_interval(stream);
    squares += subset(square(any), any * any) && certainly_nonnegative(square(any)) ? 0 : 1;
  }
  CHECK(wider == 0);
  CHECK(narrower > count / 4);
  CHECK(squares == 0);
  const Interval x{-1, 2};
  CHECK(square(x).lower() == 0);
  CHECK((x * x).lower() <= -2);
  CHECK((x * x).lower() >= -2 - roundings(2));
}

TEST_CASE("an argument that occurs twice counts as two: x - x, x(1 - x), and what bisection makes of it") {
  const Interval unit{0, 1};
  CHECK(subset(Interval{-1, 1}, unit - unit));
  CHECK(contains(unit - unit, 0));
  // the range of x(1 - x) on [0, 1] is [0, 1/4]; n parts of width 1/n overestimate its upper end by 1/(2n)
  double before = 0;
  for (int parts = 1; parts <= 1024; parts *= 2) {
    double upper = 0, lower = 1;
    for (int k = 0; k < parts; ++k) {
      const Interval x{static_cast<double>(k) / parts, static_cast<double>(k + 1) / parts};
      const Interval y = x * (1 - x);
      upper = std::max(upper, y.upper());
      lower = std::min(lower, y.lower());
    }
    CHECK(upper >= 0.25);
    CHECK(lower <= 0);
    CHECK(lower >= -2 * DBL_MIN);
    const double excess = upper - 0.25;
    if (parts == 1) CHECK(excess == Approx(0.75));
    if (parts > 1) CHECK(excess <= 0.6 * before);
    before = excess;
  }
  CHECK(before <= 0.51 / 1024 + 1e-6);
}

TEST_CASE("overflow, infinities and NaN end where theory 3.6 says") {
  const Interval largest{DBL_MAX};
  CHECK(largest + largest == Interval{DBL_MAX, infinite});
  CHECK(-largest - largest == Interval{-infinite, -DBL_MAX});
  CHECK(largest * largest == Interval{DBL_MAX, infinite});
  CHECK(largest * -largest == Interval{-infinite, -DBL_MAX});
  CHECK(1 / Interval{5e-324} == Interval{DBL_MAX, infinite});
  CHECK(square(-largest) == Interval{DBL_MAX, infinite});
  CHECK(Interval{infinite} == Interval{DBL_MAX, infinite});
  CHECK(Interval{-infinite} == Interval{-infinite, -DBL_MAX});
  CHECK(Interval{undefined} == Interval::whole_line());
  CHECK(Interval{0} * Interval::whole_line() == Interval::whole_line());
  CHECK(Interval{0, 1} * Interval{1, infinite} == Interval::whole_line());
  CHECK(Interval{1, infinite} / Interval{1, infinite} == Interval::whole_line());
  CHECK(Interval{1} / Interval{-1, 1} == Interval::whole_line());
  CHECK(Interval{1} / Interval{0, 1} == Interval::whole_line());
  CHECK(Interval{1} / Interval{-1, 0} == Interval::whole_line());
  const Interval far = exp(Interval{1000});
  CHECK(far.lower() <= DBL_MAX);
  CHECK(far.lower() >= DBL_MAX * (1 - 16 * DBL_EPSILON));
  CHECK(far.upper() == infinite);
  CHECK(subset(Interval{0, DBL_MIN}, exp(Interval{-1000})));
  CHECK(exp(Interval{-1000}).lower() == 0);
  CHECK(exp(Interval::whole_line()) == Interval{0, infinite});
  CHECK(tanh(Interval::whole_line()) == Interval{-1, 1});
  CHECK(cosh(Interval{-1e-200, 1e-200}).lower() == 1);
  CHECK(expm1(Interval::whole_line()) == Interval{-1, infinite});
  for (const Interval& x : {Interval{-1, 4}, Interval{-5e-324, 1}, Interval{-2, -1}, Interval::whole_line()}) {
    CHECK(sqrt(x) == Interval::whole_line());
    CHECK(log(x) == Interval::whole_line());
    CHECK(pow(x, 0.5) == Interval::whole_line());
    CHECK(log1p(x - 1) == Interval::whole_line());
  }
  CHECK(log(Interval{0, 1}).lower() == -infinite);
  CHECK(sqrt(Interval{0, 4}).lower() == 0);
}

TEST_CASE("sine and cosine turn where they should, and give up on huge arguments") {
  const double half_pi = std::acos(0.0);
  CHECK(sin(Interval{0, 2}).upper() == 1);
  CHECK(sin(Interval{0, 1.5}).upper() < 1);
  CHECK(sin(Interval{4, 5}).lower() == -1);
  CHECK(sin(Interval{-2, -1}).lower() == -1);
  CHECK(cos(Interval{-1, 2}).upper() == 1);
  CHECK(cos(Interval{3, 4}).lower() == -1);
  CHECK(cos(Interval{0.1, 3}).upper() < 1);
  CHECK(cos(Interval{0.1, 3}).lower() > -1);
  CHECK(sin(Interval{1000 * half_pi + 0.1, 1000 * half_pi + 1.4}).upper() < 1);
  for (const Interval& x :
       {Interval{1e17}, Interval{-DBL_MAX}, Interval{0, 6.3}, Interval{0, infinite}, Interval::whole_line()}) {
    CHECK(sin(x) == Interval{-1, 1});
    CHECK(cos(x) == Interval{-1, 1});
  }
  CHECK(width(sin(Interval{1e9})) <= roundings(1));
}

TEST_CASE("what is certain keeps its sign: sums of squares under a root") {
  const Interval x{-1, 1}, zero{0};
  CHECK((square(x) + square(x)).lower() == 0);
  CHECK(sqrt(square(x) + square(x) + zero).lower() == 0);
  CHECK((-square(x) - square(x)).upper() == 0);
  CHECK((Interval{5e-324} * Interval{0.75}).lower() == 0);     // rounds to 5e-324, is positive
  CHECK((Interval{1e-200} * Interval{-1e-200}).upper() >= 0);  // rounds to -0: the sign is lost
  CHECK(max(x * x, 0).lower() == 0);
}

TEST_CASE("numbers become intervals that contain them") {
  CHECK(is_point(Interval{0.1}));
  CHECK(is_point(Interval{0.1F}));
  CHECK(is_point(Interval{(1L << 53) - 1}));
  CHECK(is_point(Interval{pc::Index{-7}}));
  const auto encloses = [](const Interval& x, long double number) {
    return static_cast<long double>(x.lower()) <= number && number <= static_cast<long double>(x.upper());
  };
  for (int bits = 53; bits < 63; ++bits) {
    for (const std::int64_t odd : {(std::int64_t{1} << bits) + 1, -(std::int64_t{1} << bits) - 1}) {
      CHECK(encloses(Interval{odd}, static_cast<long double>(odd)));
      CHECK(!is_point(Interval{odd}));
    }
  }
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  CHECK(encloses(Interval{most}, static_cast<long double>(most)));
  const long double third = 1.0L / 3;
  CHECK(Interval{third}.lower() < third);
  CHECK(Interval{third}.upper() > third);
  CHECK(width(Interval{third}) <= roundings(1));
  if constexpr (std::numeric_limits<long double>::max_exponent > std::numeric_limits<double>::max_exponent) {
    const long double largest = std::numeric_limits<long double>::max();
    const long double smallest = std::numeric_limits<long double>::denorm_min();
    for (const long double x : {largest, -largest, smallest, -smallest, static_cast<long double>(DBL_MAX) * 1.0001L}) {
      CHECK(encloses(Interval{x}, x));
      CHECK(!is_point(Interval{x}));
    }
  }
  CHECK(Interval{static_cast<long double>(undefined)} == Interval::whole_line());
  CHECK(Interval{static_cast<long double>(infinite)} == Interval{DBL_MAX, infinite});
  CHECK(Interval{-static_cast<long double>(infinite)} == Interval{-infinite, -DBL_MAX});
  CHECK(Interval{} == Interval{0});
  for (const auto& [lower, upper] :
       {std::pair{1.0, 0.0}, {undefined, 1.0}, {0.0, undefined}, {infinite, infinite}, {-infinite, -infinite}}) {
    CHECK_THROWS_AS((Interval{lower, upper}), std::invalid_argument);
  }
  CHECK_THROWS_WITH((Interval{2, 1}), "interval: expected lower <= upper, lower < inf, upper > -inf, got [2, 1]");
}

TEST_CASE("generic code that asks for limits gets those of double") {
  using Limits = std::numeric_limits<Interval>;
  CHECK(Limits::epsilon() == Interval{DBL_EPSILON});
  CHECK(Limits::denorm_min() == Interval{5e-324});
  CHECK(Limits::max() == Interval{DBL_MAX});
  CHECK(Limits::infinity() == Interval{DBL_MAX, infinite});
  CHECK(Limits::quiet_NaN() == Interval::whole_line());
}

TEST_CASE("sets: midpoint, width, hull, intersection, halves, over all sizes") {
  const pc::Index count = tests::scaled_count(pc::Index{1'000'000});
  pc::Index broken = 0;
  for (pc::Index i = 0; i < count; ++i) {
    pc::RandomStream stream{pc::Seed{4}, static_cast<std::uint64_t>(i)};
    const Interval x = tests::random_interval(stream), y = tests::random_interval(stream);
    const double point = tests::random_point(x, stream), middle = midpoint(x);
    const auto [left, right] = bisect(x);
    const auto common = intersect(x, y);
    bool good = contains(x, middle) && left.lower() == x.lower() && left.upper() == middle && right.lower() == middle &&
                right.upper() == x.upper();
    good = good && contains(x, point) && mignitude(x) <= std::abs(point) && std::abs(point) <= magnitude(x);
    good = good && subset(x, hull(x, y)) && subset(y, hull(x, y)) && hull(x, x) == x;
    good = good && common.has_value() == (possibly_less_equal(x, y) && possibly_less_equal(y, x));
    good = good && common.has_value() != (certainly_less(x, y) || certainly_less(y, x));
    if (common) good = good && subset(*common, x) && subset(*common, y);
    good = good && contains(y, point) == (common && contains(*common, point));
    good = good && (!isfinite(x) || width(x) >= x.upper() - x.lower()) && isfinite(x) == (magnitude(x) < infinite);
    good = good && subset(abs(x), Interval{mignitude(x), magnitude(x)}) && -(-x) == x && +x == x;
    broken += good ? 0 : 1;
  }
  CHECK(broken == 0);
  CHECK(midpoint(Interval{5e-324}) == 5e-324);
  CHECK(midpoint(Interval::whole_line()) == 0);
  CHECK(midpoint(Interval{-DBL_MAX, DBL_MAX}) == 0);
  CHECK(midpoint(Interval{1, 2}) == 1.5);
  CHECK(width(Interval::whole_line()) == infinite);
  CHECK(!contains(Interval::whole_line(), undefined));
  CHECK(!contains(Interval::whole_line(), infinite));
  CHECK(!intersect(Interval{0, 1}, Interval{2, 3}));
  CHECK(intersect(Interval{0, 2}, Interval{2, 3}) == Interval{2});
}

TEST_CASE("comparisons say for all or for some pair") {
  const Interval low{0, 1}, high{2, 3}, across{-1, 2.5};
  CHECK(certainly_less(low, high));
  CHECK(!possibly_less(high, low));
  CHECK(!certainly_less(low, across));
  CHECK(possibly_less(low, across));
  CHECK(possibly_less(across, low));
  CHECK(!certainly_less(low, low));
  CHECK(possibly_less(low, low));
  CHECK(!possibly_less(Interval{1}, Interval{1}));
  CHECK(certainly_less_equal(Interval{1}, Interval{1}));
  CHECK(certainly_less_equal(low, 1));
  CHECK(certainly_positive(high));
  CHECK(!certainly_positive(low));
  CHECK(certainly_nonnegative(low));
  CHECK(certainly_negative(-high));
  CHECK(certainly_nonpositive(-low));
  CHECK(possibly_positive(across));
  CHECK(possibly_negative(across));
  CHECK(!possibly_negative(low));
  CHECK(!certainly_nonnegative(Interval{undefined}));
  CHECK(low == Interval{0, 1});
  CHECK(low != high);
}

TEST_CASE("powers: integral exponents take any sign, real ones need x >= 0") {
  CHECK(contains(pow(Interval{-2}, 3), -8));
  CHECK(pow(Interval{-2, 1}, 2) == square(Interval{-2, 1}));
  CHECK(pow(Interval{-2, 1}, 4).lower() == 0);
  CHECK(contains(pow(Interval{-2, 1}, 3), -8));
  CHECK(pow(Interval{-2, 1}, 0) == Interval{1});
  CHECK(pow(Interval{-2, 1}, 1) == Interval{-2, 1});
  CHECK(pow(Interval{-2, 1}, -1) == Interval::whole_line());
  CHECK(contains(pow(Interval{-2, -1}, -3), -0.125));
  CHECK(certainly_negative(pow(Interval{-2, -1}, -3)));
  CHECK(contains(pow(Interval{4}, 0.5), 2));
  CHECK(contains(pow(Interval{4}, Interval{0.5, 1.5}), 8));
  CHECK(subset(Interval{2, 8}, pow(Interval{4}, Interval{0.5, 1.5})));
  CHECK(subset(Interval{0, 1}, pow(Interval{0, 1}, Interval{1, 2})));
  CHECK(pow(Interval{0}, Interval{1, 2}).lower() == 0);
  // (-1)^1 = -1; 0^{-1} is nothing
  CHECK(pow(Interval{-1}, Interval{1, 2}) == Interval::whole_line());
  CHECK(pow(Interval{-1, 4}, Interval{0.5, 1.5}) == Interval::whole_line());
  CHECK(pow(Interval{0, 1}, Interval{-1, 1}) == Interval::whole_line());
}

TEST_CASE("an interval prints ends that read back") {
  std::ostringstream text;
  text << Interval{0.1, 2};
  CHECK(text.str() == "[0.10000000000000001, 2]");
}
