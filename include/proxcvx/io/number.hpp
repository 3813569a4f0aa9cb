// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cmath>
#include <locale>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

// Decimal numbers in text, the same in every locale: [+-] digits [. digits] [e [+-] digits], with a digit before or
// after the point. No hexadecimal, no "inf" or "nan", nothing before or after but spaces and tabs.

namespace proxcvx::detail {

/// Whether a text is a number, and which: `value` counts for NumberStatus::number only.
enum class NumberStatus {
  number,
  out_of_range,  ///< a decimal number that overflows a double, or that is not 0 and underflows to 0
  not_a_number
};

struct ParsedNumber {
  NumberStatus status = NumberStatus::not_a_number;
  double value = 0;
};

/// Without spaces and tabs at both ends.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Moves `at` behind the digits that start there and returns their number.
[[nodiscard]] constexpr std::size_t skip_digits(std::string_view text, std::size_t& at) {
  const std::size_t from = at;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
  return at - from;
}

/// Whether the whole text is a decimal number without a plus sign in front.
[[nodiscard]] constexpr bool is_decimal(std::string_view text) {
  std::size_t at = !text.empty() && text[0] == '-' ? 1 : 0;
  std::size_t digits = skip_digits(text, at);
  if (at < text.size() && text[at] == '.') {
    ++at;
    digits += skip_digits(text, at);
  }
  if (digits == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (skip_digits(text, at) == 0) return false;
  }
  return at == text.size();
}

/// Whether a decimal number has a digit other than 0 before its exponent.
[[nodiscard]] constexpr bool is_nonzero(std::string_view decimal) {
  return decimal.substr(0, decimal.find_first_of("eE")).find_first_of("123456789") != std::string_view::npos;
}

/// A decimal number by a stream in the classic locale: for standard libraries without std::from_chars for doubles.
[[nodiscard]] inline ParsedNumber number_by_stream(std::string_view decimal) {
  std::istringstream stream{std::string(decimal)};
  stream.imbue(std::locale::classic());
  double value = 0;
  stream >> value;
  if (stream.fail() || !std::isfinite(value) || (value == 0 && is_nonzero(decimal))) {
    return {NumberStatus::out_of_range, 0};
  }
  return {NumberStatus::number, value};
}

/// The number that the whole text is, rounded to nearest; spaces and tabs around it do not count. No allocation where
/// the standard library has std::from_chars for doubles.
[[nodiscard]] inline ParsedNumber parse_number(std::string_view text) {
  text = trimmed(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  if (!is_decimal(text)) return {};
#if defined(__cpp_lib_to_chars)
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !std::isfinite(value) || (value == 0 && is_nonzero(text))) {
    return {NumberStatus::out_of_range, 0};
  }
  return {NumberStatus::number, value};
#else
  return number_by_stream(text);
#endif
}

}  // namespace proxcvx::detail
