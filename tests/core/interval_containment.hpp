// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numbers>
#include <proxcvx/core/random.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "core/interval_reference.hpp"

// The test of containment, apart from Catch2 so that tools/interval_matrix.py can use it on the code of every compiler
// and flag: intervals between special ends and random ones of all exponents go through an operation; the exact results
// at their ends, at the places where the operation turns, and at a number in between must lie in what comes out, and
// what comes out must not be much wider.

namespace tests {

namespace pc = proxcvx;

// --- numbers and intervals of all sizes -----------------------------------------------------------------------------

/// Doubles in their order, as integers, and back.
inline std::int64_t rank(double x) {
  const auto bits = std::bit_cast<std::int64_t>(x);
  return bits < 0 ? std::numeric_limits<std::int64_t>::min() - bits : bits;
}
inline double of_rank(std::int64_t rank) {
  return std::bit_cast<double>(rank < 0 ? std::numeric_limits<std::int64_t>::min() - rank : rank);
}

/// A finite number: special, of any exponent, subnormal, moderate, in the range of exp, next to a multiple of pi/2,
/// near +-1, or a small integer.
inline double random_number(pc::RandomStream& stream) {
  static constexpr std::array special{0.0, 5e-324, DBL_MIN, DBL_MAX, 1.0, DBL_EPSILON, 0x1p-537, 0x1p512, 0.5, 709.78};
  const double sign = stream.below(2) == 0 ? 1 : -1;
  switch (stream.below(8)) {
    case 0:
      return sign * special[static_cast<std::size_t>(stream.below(special.size()))];
    case 1:
      return sign * of_rank(static_cast<std::int64_t>(stream() % (0x7fefffffffffffff + std::uint64_t{1})));
    case 2:
      return sign * of_rank(static_cast<std::int64_t>(stream() >> 12U));
    case 3:
      return sign * std::exp2(stream.uniform(-40, 10));
    case 4:
      return stream.uniform(-800, 800);
    case 5: {
      const double turn = std::round(std::exp2(stream.uniform(0, 50))) * (std::numbers::pi / 2);
      return of_rank(rank(sign * turn) + stream.below(7) - 3);
    }
    case 6:
      return sign * (1 + (stream.below(2) == 0 ? 1 : -1) * std::exp2(stream.uniform(-52, 0)));
    default:
      return static_cast<double>(stream.below(41) - 20);
  }
}

inline pc::Interval random_interval(pc::RandomStream& stream) {
  const double x = random_number(stream), y = random_number(stream);
  const double infinite = std::numeric_limits<double>::infinity();
  switch (stream.below(8)) {
    case 0:
    case 1:
      return x;
    case 2:
    case 3: {
      const auto steps = static_cast<std::int64_t>(std::exp2(stream.uniform(0, 45)));
      return {x, std::min(of_rank(std::min(rank(x) + steps, rank(DBL_MAX))), DBL_MAX)};
    }
    case 4:
      return stream.below(4) > 0   ? pc::Interval(std::min(x, y), std::max(x, y))
             : stream.below(3) > 0 ? (y < 0 ? pc::Interval(-infinite, x) : pc::Interval(x, infinite))
                                   : pc::Interval::whole_line();
    default:
      return {std::min(x, y), std::max(x, y)};
  }
}

/// All intervals between zeros, infinities, and the extremes of every sort of double.
inline std::vector<pc::Interval> special_intervals() {
  const double infinite = std::numeric_limits<double>::infinity();
  std::vector<double> ends{-0.0};
  for (const double x : {0.0, 5e-324, DBL_MIN, 0x1p-537, 1 - DBL_EPSILON / 2, 1.0, 2.0, 709.79,
                         of_rank(rank(DBL_MAX) - 1), DBL_MAX, infinite}) {
    ends.push_back(x);
    if (x > 0) ends.push_back(-x);
  }
  std::vector<pc::Interval> intervals;
  for (const double lower : ends) {
    for (const double upper : ends) {
      if (lower <= upper && lower < infinite && upper > -infinite) intervals.emplace_back(lower, upper);
    }
  }
  return intervals;
}

/// A finite number of the interval, uniform or uniform in rank.
inline double random_point(const pc::Interval& x, pc::RandomStream& stream) {
  const double lower = std::max(x.lower(), -DBL_MAX), upper = std::min(x.upper(), DBL_MAX);
  if (stream.below(2) == 0) {
    const double u = stream.uniform();
    return std::clamp((1 - u) * lower + u * upper, lower, upper);
  }
  const auto span = static_cast<std::uint64_t>(rank(upper)) - static_cast<std::uint64_t>(rank(lower)) + 1;
  return of_rank(static_cast<std::int64_t>(static_cast<std::uint64_t>(rank(lower)) + stream() % span));
}

/// The ends, 0, and up to six multiples of pi/2, as far as they are finite numbers of x: there every operation above
/// has its extremes.
inline std::vector<double> extremal_points(const pc::Interval& x, bool turns) {
  std::vector<double> points{std::max(x.lower(), -DBL_MAX)};
  const auto add = [&](double point) {
    if (contains(x, point) && std::find(points.begin(), points.end(), point) == points.end()) points.push_back(point);
  };
  add(std::min(x.upper(), DBL_MAX));
  add(0);
  if (turns && magnitude(x) < 0x1p40) {
    constexpr double quarter = std::numbers::pi / 2;
    const double first = std::ceil(x.lower() / quarter);
    for (double k = first; k < first + 6; ++k) add(k * quarter);
  }
  return points;
}

// --- the test -------------------------------------------------------------------------------------------------------

/// What MPFR knows of an operation on two intervals.
struct Exact {
  struct At {
    double x;
    double y;
    Neighbours result;
    bool undefined;
  };
  std::vector<At> at;
  bool defined = true;
  Neighbours range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
};

inline Exact exact_results(Reference& reference, const Operation& operation, const pc::Interval& x,
                           const pc::Interval& y, pc::RandomStream& stream) {
  Exact exact;
  const auto look = [&](double at, double and_at, bool extremal) {
    const Neighbours result = reference(operation.op, at, and_at);
    const bool powers = operation.op == Op::pow || operation.op == Op::power;
    const bool undefined =
        std::isnan(result.below) || (operation.op == Op::over && and_at == 0) || (powers && at == 0 && and_at < 0);
    exact.at.push_back({at, and_at, result, undefined});
    exact.defined = exact.defined && !undefined;
    if (extremal) {
      exact.range = {std::min(exact.range.below, result.below), std::max(exact.range.above, result.above)};
    }
  };
  if (operation.binary) {
    for (const double at : {std::max(x.lower(), -DBL_MAX), std::min(x.upper(), DBL_MAX)}) {
      for (const double and_at : {std::max(y.lower(), -DBL_MAX), std::min(y.upper(), DBL_MAX)}) {
        look(at, and_at, true);
        if (is_point(y)) break;
      }
      if (is_point(x)) break;
    }
    look(random_point(x, stream), random_point(y, stream), false);
  } else {
    const bool turns = operation.op == Op::sin || operation.op == Op::cos;
    for (const double at : extremal_points(x, turns)) look(at, y.lower(), true);
    if (!is_point(x)) look(random_point(x, stream), y.lower(), false);
  }
  return exact;
}

struct Containment {
  pc::Index operations = 0;
  pc::Index results = 0;       ///< exact results that were looked for
  pc::Index outside = 0;       ///< ... and not contained, or undefined ones that did not give the whole line
  pc::Index tight_looked = 0;  ///< operations whose exact range is known
  pc::Index loose = 0;         ///< ... and that came out wider than Operation::ulps allows
  double largest_excess = 0;   ///< of an end, in 2^{-52}|exact|
  std::string first_failure;

  void judge(const Operation& operation, const pc::Interval& x, const pc::Interval& y, const Exact& exact,
             const pc::Interval& result) {
    const auto fail = [&](const char* how, double at, double and_at, const Neighbours& expected) {
      if (!first_failure.empty()) return;
      std::ostringstream text;
      text << std::hexfloat << operation.name << " of x in [" << x.lower() << ", " << x.upper() << "], y in ["
           << y.lower() << ", " << y.upper() << "] gives [" << result.lower() << ", " << result.upper() << "], " << how
           << ": at " << at << ", " << and_at << " exact in [" << expected.below << ", " << expected.above << "]";
      first_failure = text.str();
    };
    ++operations;
    for (const Exact::At& at : exact.at) {
      ++results;
      if (at.undefined ? result == pc::Interval::whole_line()
                       : result.lower() <= at.result.below && at.result.above <= result.upper()) {
        continue;
      }
      ++outside;
      fail("not contained", at.x, at.y, at.result);
    }
    // Tightness where the extremes are known: bounded arguments; not beyond what 4 ulp of an overflow hide, not where
    // y contains 0 or turning points are denser than what is looked at
    const bool turns = operation.op == Op::sin || operation.op == Op::cos;
    const bool no_zero = operation.op != Op::over || !(y.lower() <= 0 && y.upper() >= 0);
    const bool reduced = !turns || (reference_is_mpfr ? magnitude(x) < 1e6 : magnitude(x) < 1e4);
    if (!(exact.defined && no_zero && reduced && isfinite(x) && isfinite(y))) return;
    ++tight_looked;
    const auto excess = [&](double end, double expected, double outward) {
      if (std::isinf(expected) || std::abs(expected) > 1e308) return;
      const double over = outward * (end - expected) - (operation.ulps > 0 ? 2 * DBL_MIN : 0);
      if (over <= 0) return;
      const double in_ulps = over / (DBL_EPSILON * std::abs(expected));
      largest_excess = std::max(largest_excess, in_ulps);
      if (in_ulps <= operation.ulps) return;
      ++loose;
      fail("too wide", end, expected, exact.range);
    };
    excess(result.lower(), exact.range.below, -1);
    excess(result.upper(), exact.range.above, 1);
  }
};

using Apply = std::function<pc::Interval(const pc::Interval&, const pc::Interval&)>;

/// The operation on special intervals and on `count` random ones, a pure function of (operation, seed, count), as each
/// of the implementations computes it.
inline std::vector<Containment> test_containment(const Operation& operation, pc::Index count, pc::Seed seed,
                                                 const std::vector<Apply>& implementations) {
  std::vector<Containment> found(implementations.size());
  Reference reference;
  std::uint64_t index = 0;
  const auto examine = [&](const pc::Interval& x, const pc::Interval& y, pc::RandomStream& stream) {
    const Exact exact = exact_results(reference, operation, x, y, stream);
    for (std::size_t k = 0; k < found.size(); ++k) found[k].judge(operation, x, y, exact, implementations[k](x, y));
  };
  const std::vector<pc::Interval> special = special_intervals();
  for (const pc::Interval& x : special) {
    for (const pc::Interval& y : special) {
      if (!operation.binary && &y != &special.front() && operation.op != Op::pow) break;
      if (operation.op == Op::pow && !is_point(y)) continue;
      pc::RandomStream stream{seed, index++, pc::Purpose::user};
      examine(x, y, stream);
    }
  }
  for (pc::Index i = 0; i < count; ++i) {
    pc::RandomStream stream{seed, index++, pc::Purpose::user};
    const pc::Interval x = random_interval(stream);
    pc::Interval y = operation.binary ? random_interval(stream) : pc::Interval(0);
    if (operation.op == Op::pow) y = stream.below(2) == 0 ? random_number(stream) : double(stream.below(17) - 8) / 2;
    examine(x, y, stream);
  }
  return found;
}

}  // namespace tests
