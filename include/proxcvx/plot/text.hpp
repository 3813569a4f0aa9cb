// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Text from anywhere (titles, file names, data) made fit for XML and HTML: valid UTF-8, escaped, of bounded length.

namespace proxcvx::detail {

/// The length in bytes of the character at the front of `text`, 0 where it is not UTF-8 (overlong forms, surrogates and
/// truncated sequences included) or not a character that XML 1.0 allows.
[[nodiscard]] inline std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(text[i])); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return lead >= 0x20 || lead == '\t' || lead == '\n' ? 1 : 0;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  unsigned code = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return 0;
    code = code << 6U | (byte(i) & 0x3fU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return overlong || surrogate || code > 0x10ffff || code == 0xfffe || code == 0xffff ? 0 : length;
}

/// The text's characters, one string each; every byte that is part of none becomes U+FFFD.
[[nodiscard]] inline std::vector<std::string> characters(std::string_view text) {
  std::vector<std::string> found;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    found.emplace_back(length == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, length));
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return found;
}

/// The text as valid UTF-8 in which &, <, >, " and ' are entities: for the content and the attributes of HTML and XML.
[[nodiscard]] inline std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const std::string& character : characters(text)) {
    switch (character.front()) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += character;
    }
  }
  return escaped;
}

/// The text in lines of at most `width` characters, broken at blanks where there are any; what does not fit into
/// `most_lines` is cut off, and an ellipsis says so. Tabs and new lines count as blanks.
[[nodiscard]] inline std::vector<std::string> wrapped(std::string_view text, std::size_t width,
                                                      std::size_t most_lines) {
  std::vector<std::string> rest = characters(text);
  for (std::string& character : rest) {
    if (character == "\t" || character == "\n") character = " ";
  }
  const auto join = [&](std::size_t first, std::size_t last) {
    std::string line;
    for (std::size_t i = first; i < last; ++i) line += rest[i];
    return line;
  };
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < rest.size()) {
    if (rest.size() - at <= width) {
      lines.push_back(join(at, rest.size()));
      break;
    }
    if (lines.size() + 1 == most_lines) {
      lines.push_back(join(at, at + width - 1) + "\xe2\x80\xa6");
      break;
    }
    std::size_t end = at + width;
    while (end > at && rest[end] != " ") --end;
    const bool blank = end > at;
    if (!blank) end = at + width;
    lines.push_back(join(at, end));
    at = blank ? end + 1 : end;
  }
  return lines;
}

/// As wrapped, into no more lines but of about the same length, so that no word stands alone on the last one.
[[nodiscard]] inline std::vector<std::string> balanced(std::string_view text, std::size_t width,
                                                       std::size_t most_lines) {
  std::vector<std::string> best = wrapped(text, width, most_lines);
  const auto whole = [](const std::vector<std::string>& lines) {
    std::size_t length = 0;
    for (const std::string& line : lines) length += line.size() + 1;
    return length;
  };
  for (std::size_t narrower = width; narrower > width / 2; --narrower) {
    std::vector<std::string> lines = wrapped(text, narrower, most_lines);
    if (lines.size() != best.size() || whole(lines) != whole(best)) break;
    best = std::move(lines);
  }
  return best;
}

}  // namespace proxcvx::detail
