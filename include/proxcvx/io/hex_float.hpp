// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <proxcvx/core/require.hpp>
#include <proxcvx/io/printable.hpp>
#include <string>
#include <string_view>

// Doubles as text that loses no bit: hexadecimal floats as C's printf("%a") writes them, in every locale.

namespace proxcvx {

/// 1.5 as "0x1.8p+0", the smallest denormal as "0x0.0000000000001p-1022", -0.0 as "-0x0p+0"; "NaN", "Infinity" and
/// "-Infinity". from_hex_float reads it back, exactly.
[[nodiscard]] inline std::string hex_float(double value) {
  if (std::isnan(value)) return "NaN";
  std::string text = std::signbit(value) ? "-" : "";
  if (std::isinf(value)) return text + "Infinity";
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const auto exponent = static_cast<int>(bits >> 52U & 0x7ffU);
  text += exponent == 0 ? "0x0" : "0x1";
  std::string fraction;
  for (unsigned shift = 52; shift > 0; shift -= 4) fraction += "0123456789abcdef"[bits >> (shift - 4) & 15U];
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (!fraction.empty()) text += "." + fraction;
  const int power = exponent == 0 ? (fraction.empty() ? 0 : -1022) : exponent - 1023;
  return text + (power < 0 ? "p" : "p+") + std::to_string(power);
}

namespace detail {

/// [-+]0xH[.H]p[-+]D as mantissa (below 2^53) times 2^exponent.
struct HexParts {
  bool valid = false;
  bool negative = false;
  std::uint64_t mantissa = 0;
  int exponent = 0;
};

[[nodiscard]] inline HexParts hex_parts(std::string_view text) {
  HexParts parts;
  const auto accept = [&](std::string_view what) {
    const bool there = text.substr(0, what.size()) == what;
    if (there) text.remove_prefix(what.size());
    return there;
  };
  parts.negative = accept("-");
  if (!accept("0x")) return parts;
  bool fraction = false;
  int digits = 0;
  for (; !text.empty() && text[0] != 'p'; text.remove_prefix(1)) {
    if (text[0] == '.' && !fraction) {
      fraction = true;
      continue;
    }
    const std::size_t digit = std::string_view{"0123456789abcdef"}.find(text[0]);
    if (digit == std::string_view::npos || ++digits > 14) return parts;
    parts.mantissa = parts.mantissa * 16 + digit;
    if (fraction) parts.exponent -= 4;
  }
  if (digits == 0 || parts.mantissa >> 53U != 0 || !accept("p")) return parts;
  const bool down = accept("-");
  if (!down) accept("+");
  if (text.empty() || text.size() > 4 || text.find_first_not_of("0123456789") != std::string_view::npos) return parts;
  int power = 0;
  for (const char c : text) power = 10 * power + (c - '0');
  parts.exponent += down ? -power : power;
  parts.valid = true;
  return parts;
}

}  // namespace detail

/// The double that hex_float wrote. Throws std::invalid_argument on any other text, and on one that is no double
/// without rounding.
[[nodiscard]] inline double from_hex_float(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  const detail::HexParts parts = detail::hex_parts(text);
  const auto mantissa = static_cast<double>(parts.mantissa);
  const double size = std::ldexp(mantissa, parts.exponent);
  require(parts.valid && std::isfinite(size) && std::ldexp(size, -parts.exponent) == mantissa, "hexadecimal float",
          "a double such as 0x1.8p+0", detail::in_quotes(text));
  return parts.negative ? -size : size;
}

}  // namespace proxcvx
