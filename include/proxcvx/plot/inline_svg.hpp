// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <proxcvx/plot/text.hpp>
#include <string>
#include <string_view>

// An SVG file as a part of an HTML page, beside others: gnuplot gives the same ids in every file, so each picture's ids
// get a prefix of their own.

namespace proxcvx::detail {

/// One start tag with `prefix` before its id and before the ids that it refers to (href="#...", url(#...)), and without
/// event handlers (onclick, ...).
[[nodiscard]] inline std::string prefixed_tag(std::string_view tag, std::string_view prefix) {
  constexpr std::string_view blanks = " \t\r\n";
  std::string result;
  std::size_t at = 0;
  while (at < tag.size()) {
    const std::size_t equals = tag.find('=', at);
    const std::size_t open = equals == std::string_view::npos ? equals : tag.find_first_of("\"'", equals);
    const std::size_t close = open == std::string_view::npos ? open : tag.find(tag[open], open + 1);
    if (close == std::string_view::npos) break;
    std::string_view before = tag.substr(at, equals - at);
    before = before.substr(0, before.find_last_not_of(blanks) + 1);
    const std::size_t blank = before.find_last_of(blanks);
    const std::string_view name = before.substr(blank == std::string_view::npos ? 0 : blank + 1);
    std::string value(tag.substr(open + 1, close - open - 1));
    if (name == "id") value.insert(0, prefix);
    if ((name == "href" || name == "xlink:href") && value.starts_with('#')) value.insert(1, prefix);
    for (std::size_t hit = value.find("url(#"); hit != std::string::npos; hit = value.find("url(#", hit + 5)) {
      value.insert(hit + 5, prefix);
    }
    result += before.substr(0, before.size() - name.size());
    if (!name.starts_with("on")) result += std::string(name) + "=" + tag[open] + value + tag[open];
    at = close + 1;
  }
  return result + std::string(tag.substr(at));
}

/// The svg element of the text of an SVG file, with `prefix` before every id and with `label` as what a screen reader
/// says of it; without scripts, comments and gnuplot's own title. Empty where there is no complete svg element.
[[nodiscard]] inline std::string inline_svg(std::string_view file, std::string_view prefix, std::string_view label) {
  const std::size_t begin = file.find("<svg");
  const std::size_t end = file.rfind("</svg>");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
  std::string_view rest = file.substr(begin, end + 6 - begin);
  std::string result;
  const auto skip_past = [&](std::string_view mark) {
    const std::size_t found = rest.find(mark);
    rest.remove_prefix(found == std::string_view::npos ? rest.size() : found + mark.size());
  };
  while (!rest.empty()) {
    const std::size_t open = rest.find('<');
    result += rest.substr(0, open);
    rest.remove_prefix(open == std::string_view::npos ? rest.size() : open);
    if (rest.empty()) break;
    constexpr std::string_view own_title = "<title>Gnuplot</title>";
    if (rest.starts_with("<!--")) {
      skip_past("-->");
    } else if (rest.starts_with(own_title)) {
      rest.remove_prefix(own_title.size());
    } else {
      const std::size_t close = rest.find('>');
      const std::string_view tag = rest.substr(0, close == std::string_view::npos ? close : close + 1);
      rest.remove_prefix(tag.size());
      if (tag.starts_with("<script")) {
        if (!tag.ends_with("/>")) skip_past("</script>");
      } else if (tag.starts_with("<svg") && result.empty()) {
        result = "<svg role=\"img\" aria-label=\"" + escape_html(label) + "\"" + prefixed_tag(tag.substr(4), prefix);
      } else {
        result += prefixed_tag(tag, prefix);
      }
    }
  }
  return result;
}

}  // namespace proxcvx::detail
