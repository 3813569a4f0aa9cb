// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

// Two doubles at once, the two ends of an interval: the vectors of g++ and clang, which one instruction adds or
// multiplies, and for other compilers (or with -DPROXCVX_PLAIN_INTERVALS) two numbers, with the same results.

namespace proxcvx::detail {

#if defined(__GNUC__) && !defined(PROXCVX_PLAIN_INTERVALS)

using Pair = double __attribute__((vector_size(16)));

/// Entry by entry: then where a < b, else otherwise.
[[nodiscard]] inline Pair if_less(Pair a, Pair b, Pair then, Pair otherwise) { return a < b ? then : otherwise; }

[[nodiscard]] inline Pair magnitude(Pair x) {
  using Bits = std::int64_t __attribute__((vector_size(16)));
  constexpr std::int64_t all_but_sign = std::numeric_limits<std::int64_t>::max();
  return std::bit_cast<Pair>(std::bit_cast<Bits>(x) & Bits{all_but_sign, all_but_sign});
}

#else

struct Pair {
  double first;
  double second;

  double operator[](int k) const { return k == 0 ? first : second; }
  friend Pair operator-(Pair x) { return {-x.first, -x.second}; }
  friend Pair operator+(Pair a, Pair b) { return {a.first + b.first, a.second + b.second}; }
  friend Pair operator*(Pair a, Pair b) { return {a.first * b.first, a.second * b.second}; }
  friend Pair operator/(Pair a, Pair b) { return {a.first / b.first, a.second / b.second}; }
};

/// Entry by entry: then where a < b, else otherwise.
[[nodiscard]] inline Pair if_less(Pair a, Pair b, Pair then, Pair otherwise) {
  return {a.first < b.first ? then.first : otherwise.first, a.second < b.second ? then.second : otherwise.second};
}

[[nodiscard]] inline Pair magnitude(Pair x) { return {std::abs(x.first), std::abs(x.second)}; }

#endif

[[nodiscard]] inline Pair both(double x) { return Pair{x, x}; }
[[nodiscard]] inline Pair swapped(Pair x) { return Pair{x[1], x[0]}; }
[[nodiscard]] inline Pair larger(Pair a, Pair b) { return if_less(b, a, a, b); }
[[nodiscard]] inline Pair smaller(Pair a, Pair b) { return if_less(a, b, a, b); }

}  // namespace proxcvx::detail
