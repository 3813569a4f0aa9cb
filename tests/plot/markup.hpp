// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A small strict reader of XML, for SVG files and for pages that are written as XML: it throws at the first thing that
// is not well-formed, and gives the names, attributes and texts of all elements.

namespace markup {

struct Document {
  std::vector<std::string> elements;
  std::vector<std::pair<std::string, std::string>> attributes;  ///< of all elements, decoded
  std::string text;                                             ///< a line per piece of text, decoded

  [[nodiscard]] std::vector<std::string> values(std::string_view name) const {
    std::vector<std::string> found;
    for (const auto& [key, value] : attributes) {
      if (key == name) found.push_back(value);
    }
    return found;
  }
  [[nodiscard]] std::size_t count(std::string_view element) const {
    std::size_t number = 0;
    for (const std::string& name : elements) number += name == element ? 1 : 0;
    return number;
  }
  [[nodiscard]] bool says(std::string_view words) const { return text.find(words) != std::string::npos; }
};

inline void demand(bool condition, const std::string& what) {
  if (!condition) throw std::runtime_error("not well-formed: " + what);
}

inline std::string decoded(std::string_view text) {
  static const std::vector<std::pair<std::string_view, char>> entities{
      {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};
  std::string result;
  while (!text.empty()) {
    std::size_t used = 1;
    char character = text.front();
    demand(character != '<', "< in a text");
    if (character == '&') {
      used = 0;
      for (const auto& [entity, meaning] : entities) {
        if (!text.starts_with(entity)) continue;
        used = entity.size();
        character = meaning;
      }
      demand(used > 0, "& that begins no entity");
    }
    result += character;
    text.remove_prefix(used);
  }
  return result;
}

inline void read_attributes(std::string_view text, Document& document) {
  std::set<std::string> names;
  constexpr std::string_view blanks = " \t\r\n";
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    if (text.empty()) return;
    const std::size_t equals = text.find('=');
    demand(equals != std::string_view::npos, "attribute without a value");
    const std::string name(text.substr(0, text.find_first_of(" \t\r\n=")));
    text.remove_prefix(equals + 1);
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    demand(!text.empty() && (text.front() == '"' || text.front() == '\''), "attribute without quotes");
    const std::size_t close = text.find(text.front(), 1);
    demand(close != std::string_view::npos, "attribute that never ends");
    demand(names.insert(name).second, "attribute given twice: " + name);
    document.attributes.emplace_back(name, decoded(text.substr(1, close - 1)));
    text.remove_prefix(close + 1);
  }
}

inline Document parse(std::string_view text) {
  Document document;
  std::vector<std::string> open;
  std::size_t roots = 0;
  while (!text.empty()) {
    const std::size_t begin = text.find('<');
    document.text += decoded(text.substr(0, begin)) + "\n";
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const bool comment = text.starts_with("<!--");
    const std::size_t end = comment ? text.find("-->") : text.find('>');
    demand(end != std::string_view::npos, "tag that never ends");
    std::string_view tag = text.substr(1, end - 1);
    text.remove_prefix(end + (comment ? 3 : 1));
    if (comment || tag.starts_with("?xml") || tag.starts_with("!DOCTYPE")) continue;
    if (tag.starts_with('/')) {
      demand(!open.empty() && open.back() == tag.substr(1), "closes what is not open: " + std::string(tag));
      open.pop_back();
      continue;
    }
    const bool closed = tag.ends_with('/');
    if (closed) tag.remove_suffix(1);
    const std::string name(tag.substr(0, tag.find_first_of(" \t\r\n")));
    demand(!name.empty(), "element without a name");
    roots += open.empty() ? 1 : 0;
    document.elements.push_back(name);
    read_attributes(tag.substr(name.size()), document);
    if (!closed) open.push_back(name);
  }
  demand(open.empty(), "never closed: " + (open.empty() ? "" : open.back()));
  demand(roots == 1, "not one root");
  return document;
}

inline std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("no file " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace markup
