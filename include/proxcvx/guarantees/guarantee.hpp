// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <proxcvx/core/measured.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/types.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

// What a theorem promises of a run, as numbers: a step size, iterations, and a bound at every T. Constants go in as
// doubles; upper bounds are rounded up.

namespace proxcvx {

/// A theorem with its constants: what it is called, which quantity it bounds, the step size and iterations that it was
/// made for, `bound(T)` for every T >= 1, its premises in words, and whether it speaks of an expectation.
template <class G>
concept Guarantee = requires(const G& guarantee, Index T) {
  { guarantee.theorem() } -> std::convertible_to<std::string>;
  { guarantee.measured() } -> std::same_as<Measured>;
  { guarantee.step_size() } -> std::convertible_to<double>;
  { guarantee.iterations() } -> std::convertible_to<Index>;
  { guarantee.bound(T) } -> std::convertible_to<double>;
  { guarantee.premises() } -> std::convertible_to<std::vector<std::string>>;
  { guarantee.expectation() } -> std::convertible_to<bool>;
};

namespace detail {

/// x, larger by more than what a dozen roundings and one pow can have taken away.
[[nodiscard]] inline double padded_up(double x) {
  return x + std::abs(x) * 0x1p-48 + std::numeric_limits<double>::denorm_min();
}

/// x >= 0, smaller by more than what a dozen roundings and a pow with this exponent can have added: the rounding of an
/// exponent e costs pow(b, e) a relative u |e log b|.
[[nodiscard]] inline double padded_down(double x, double exponent_times_log = 0) {
  return std::max(0.0, x * (1 - 0x1p-48 - 0x1p-50 * std::abs(exponent_times_log)));
}

/// exp(-x) for x >= 0, rounded up.
[[nodiscard]] inline double decay(double x) { return padded_up(std::exp(-padded_down(x))); }

/// (1 - c)^T for 0 <= c <= 1, rounded up, where c itself is rounded down.
[[nodiscard]] inline double geometric_decay(double c, Index T) {
  return T == 0 ? 1 : decay(-static_cast<double>(T) * std::log1p(-std::min(c, 1.0)));
}

/// A number in the words of a premise or a message.
[[nodiscard]] inline std::string in_words(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

/// max(1, ceil(count)). Throws std::invalid_argument beyond 2^62 iterations, with the number.
[[nodiscard]] inline Index whole_iterations(double count) {
  require(count < 0x1p62, "accuracy", "one that less than 2^62 iterations can reach", in_words(count) + " iterations");
  const double whole = std::ceil(padded_up(count));
  return whole < 1 ? Index{1} : static_cast<Index>(whole);
}

inline void require_positive(double value, std::string_view argument) {
  require(value > 0 && std::isfinite(value), argument, "a finite number > 0", value);
}

inline void require_not_negative(double value, std::string_view argument) {
  require(value >= 0 && std::isfinite(value), argument, "a finite number >= 0", value);
}

}  // namespace detail

}  // namespace proxcvx
