// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Text from a file as it may stand in a message: on one line, without control characters, not too long.

namespace proxcvx::detail {

/// The text with every byte that is not printable ASCII as \xNN, cut to `longest` bytes (then "..." follows).
[[nodiscard]] inline std::string printable(std::string_view text, std::size_t longest = 40) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : text.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      out += "\\x";
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
  }
  return text.size() > longest ? out + "..." : out;
}

/// The same between double quotes.
[[nodiscard]] inline std::string in_quotes(std::string_view text) { return '"' + printable(text) + '"'; }

/// "a", "b", "c": at most ten of them, then how many more there are.
template <class Texts> [[nodiscard]] std::string quoted_list(const Texts& texts) {
  constexpr std::size_t most = 10;
  std::string out;
  std::size_t count = 0;
  for (const auto& text : texts) {
    if (count < most) out += (count == 0 ? "" : ", ") + in_quotes(text);
    ++count;
  }
  return count > most ? out + " and " + std::to_string(count - most) + " more" : out;
}

}  // namespace proxcvx::detail
