// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <proxcvx/io/hex_float.hpp>
#include <proxcvx/io/printable.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

// Small text files that know when they were altered: a line "key value" each, and a last line with a checksum of all
// bytes before it. The checksum is FNV-1a (Fowler, Noll & Vo) of 64 bits: each step is a bijection of the state, so
// that one changed byte always changes it. It guards against damage, not against forgery.

namespace proxcvx {

/// FNV-1a of the bytes, as 16 hexadecimal digits.
[[nodiscard]] inline std::string fnv_checksum(std::string_view bytes) {
  std::uint64_t state = 0xcbf29ce484222325U;
  for (const char byte : bytes) {
    state ^= static_cast<unsigned char>(byte);
    state *= 0x100000001b3U;
  }
  std::string digits;
  for (unsigned shift = 64; shift > 0; shift -= 4) digits += "0123456789abcdef"[state >> (shift - 4) & 15U];
  return digits;
}

/// Writes such a text, line by line.
class SealedWriter {
 public:
  explicit SealedWriter(std::string_view title) : text_{std::string(title) + "\n"} {}

  /// A line break or a backslash in the value is escaped.
  void line(std::string_view key, std::string_view value) {
    text_.append(key).append(" ");
    for (const char c : value) {
      if (c == '\n') {
        text_ += "\\n";
      } else if (c == '\\') {
        text_ += "\\\\";
      } else {
        text_ += c;
      }
    }
    text_ += '\n';
  }
  void line(std::string_view key, double value) { line(key, hex_float(value)); }
  void line(std::string_view key, std::int64_t value) { line(key, std::to_string(value)); }

  /// The whole text, with its checksum.
  [[nodiscard]] std::string text() const { return text_ + "checksum " + fnv_checksum(text_) + "\n"; }

 private:
  std::string text_;
};

/// Reads such a text, in the order in which it was written. What is wrong with it is std::invalid_argument "FILE: ...",
/// with the line where there is one.
class SealedReader {
 public:
  /// Throws unless the text begins with the title and its checksum is right.
  SealedReader(std::string name, std::string text, std::string_view title)
      : name_{std::move(name)}, text_{std::move(text)} {
    const std::string first = std::string(title) + "\n";
    require(text_.starts_with(first), name_ + ": first line", std::string("\"").append(title) + "\"",
            detail::in_quotes(std::string_view(text_).substr(0, text_.find('\n'))));
    constexpr std::size_t seal = 9 + 16 + 1;  // "checksum ", its digits, a new line
    require(text_.size() >= first.size() + seal && text_.ends_with('\n') &&
                text_.compare(text_.size() - seal, 9, "checksum ") == 0 && text_[text_.size() - seal - 1] == '\n',
            name_ + ": expected a checksum in the last line; the file was cut short or altered");
    const std::string_view body = std::string_view(text_).substr(0, text_.size() - seal);
    require(fnv_checksum(body) == text_.substr(text_.size() - 17, 16),
            name_ + ": the checksum in the last line is not that of the file; it was altered");
    end_ = body.size();
    at_ = first.size();
  }

  /// The file at that path. Throws std::runtime_error where it can't be read.
  [[nodiscard]] static SealedReader of_file(const std::filesystem::path& path, std::string_view title) {
    std::error_code error;
    std::ifstream in(path, std::ios::binary);
    if (!in || std::filesystem::is_directory(path, error)) {
      throw std::runtime_error("cannot read " + detail::printable(path.string(), 1000));
    }
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    return {detail::printable(path.string(), 1000), std::move(text), title};
  }

  /// The value of the next line, which must have that key.
  [[nodiscard]] std::string text(std::string_view key) {
    ++line_;
    const std::size_t stop = std::min(text_.find('\n', at_), end_);
    const std::string_view line = std::string_view(text_).substr(at_, stop - at_);
    const bool right = at_ < end_ && line.size() > key.size() && line.starts_with(key) && line[key.size()] == ' ';
    require(right, place(), std::string("\"").append(key) + " ...\"", detail::in_quotes(line));
    at_ = stop + 1;
    std::string value;
    for (std::size_t i = key.size() + 1; i < line.size(); ++i) {
      const bool escaped = line[i] == '\\' && i + 1 < line.size();
      if (escaped) ++i;
      value += escaped && line[i] == 'n' ? '\n' : line[i];
    }
    return value;
  }
  [[nodiscard]] double number(std::string_view key) { return from_hex_float(text(key)); }
  template <class Integer = std::int64_t> [[nodiscard]] Integer integer(std::string_view key) {
    const std::string digits = text(key);
    Integer value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    require(error == std::errc{} && end == digits.data() + digits.size(), place(), "a whole number",
            detail::in_quotes(digits));
    return value;
  }
  /// Throws unless all lines were read.
  void finish() const { require(at_ == end_, place() + ": expected nothing more before the checksum"); }
  /// "FILE: line N", the line that was read last.
  [[nodiscard]] std::string place() const { return name_ + ": line " + std::to_string(line_); }

 private:
  std::string name_;
  std::string text_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::size_t line_ = 1;
};

}  // namespace proxcvx
