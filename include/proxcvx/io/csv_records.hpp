// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <istream>
#include <proxcvx/core/require.hpp>
#include <proxcvx/io/number.hpp>
#include <proxcvx/io/printable.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Text cut into records and cells (RFC 4180, Shafranovich 2005): what csv.hpp reads data from. A record is a line, or
// several where a quoted cell holds line breaks.

namespace proxcvx::detail {

/// A cell: its text between separators without spaces around it, or what stands between its quotes.
struct CsvCell {
  std::string_view raw;
  bool doubled = false;  ///< it holds "" for "

  [[nodiscard]] std::string text() const {
    std::string out{raw};
    if (!doubled) return out;
    for (std::size_t at = 0; (at = out.find("\"\"", at)) != std::string::npos; ++at) out.erase(at, 1);
    return out;
  }
};

/// The cells of one record; a blank line has none.
struct CsvRecord {
  std::size_t line = 0;  ///< of its begin, 1-based
  std::size_t begin = 0;
  std::vector<CsvCell> cells;
};

/// The whole of the stream. Throws std::invalid_argument naming the line where it holds a control character (other
/// than tabs and ends of lines), or where reading fails.
[[nodiscard]] inline std::string read_text(std::istream& in, const std::string& name) {
  const auto is_control = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
  };
  std::string text;
  do {
    const std::size_t size = text.size();
    const std::size_t chunk = std::clamp<std::size_t>(size, 1U << 12U, 1U << 20U);  // little for a little text
    text.resize(size + chunk);
    in.read(text.data() + size, static_cast<std::streamsize>(chunk));
    text.resize(size + static_cast<std::size_t>(in.gcount()));
    const auto junk = std::find_if(text.begin() + static_cast<std::ptrdiff_t>(size), text.end(), is_control);
    if (junk != text.end()) {
      require(false, name + ": line " + std::to_string(std::count(text.begin(), junk, '\n') + 1),
              "text in ASCII or UTF-8", "the byte " + printable({&*junk, 1}));
    }
  } while (in);
  require(!in.bad(), name, "a readable file", "an error while reading");
  return text;
}

/// Cuts a text into records, one at a time, without copying it. The separator is a comma if the first line has one
/// outside quotes, else a semicolon, else a tab.
class CsvRecords {
 public:
  /// No record is longer than this: a quote that nobody closed is an error, not a cell of gigabytes.
  static constexpr std::size_t longest = std::size_t{16} << 20U;
  /// No record has more cells than this.
  static constexpr std::size_t most_cells = std::size_t{1} << 20U;

  /// The text outlives this object; `name` is what messages call it.
  CsvRecords(std::string_view text, std::string name) : text_(text), name_(std::move(name)) {
    if (text_.substr(0, 3) == "\xef\xbb\xbf") at_ = 3;  // UTF-8's byte order mark
    choose_separator();
  }

  /// Reads the next record; false at the end. Throws std::invalid_argument naming line and column.
  [[nodiscard]] bool next(CsvRecord& record) {
    record.cells.clear();
    if (at_ >= text_.size()) return false;
    record.line = line_;
    record.begin = at_;
    for (;;) {
      const bool is_quoted = read_cell(record);
      const bool last = at_ >= text_.size() || text_[at_] != separator_;
      if (at_ - record.begin > longest) {
        require(false, name_ + ": line " + std::to_string(record.line), "at most 16 MiB in a line", "more");
      }
      if (record.cells.size() > most_cells) {
        require(false, name_ + ": line " + std::to_string(record.line), "at most 2^20 cells in a line", "more");
      }
      if (last && record.cells.size() == 1 && record.cells[0].raw.empty() && !is_quoted) record.cells.clear();
      if (last) break;
      ++at_;
    }
    if (at_ < text_.size()) {
      ++at_;
      ++line_;
    }
    return true;
  }

 private:
  void choose_separator() {
    bool inside = false;
    bool semicolon = false;
    for (std::size_t i = at_; i < text_.size() && (inside || text_[i] != '\n') && i - at_ <= longest; ++i) {
      if (text_[i] == '"') inside = !inside;
      if (text_[i] == ',' && !inside) return;
      if (text_[i] == ';' && !inside) semicolon = true;
    }
    separator_ = semicolon ? ';' : '\t';
  }

  [[nodiscard]] bool is_space(std::size_t i) const {
    return (text_[i] == ' ' || text_[i] == '\t') && text_[i] != separator_;
  }

  /// Where the line ends that holds position `at_`, without its CR LF; looked up once a line.
  [[nodiscard]] std::size_t content_end() {
    if (line_end_ <= at_) line_end_ = std::min(text_.find('\n', at_), text_.size());
    return line_end_ > at_ && text_[line_end_ - 1] == '\r' ? line_end_ - 1 : line_end_;
  }

  /// Reads a cell and moves to what ends it: a separator, the line's feed or the end. Whether it was quoted.
  bool read_cell(CsvRecord& record) {
    while (at_ < text_.size() && is_space(at_)) ++at_;
    if (at_ < text_.size() && text_[at_] == '"') {
      read_quoted_cell(record);
      return true;
    }
    const std::size_t from = at_;
    const std::size_t end = content_end();
    const std::size_t to = std::min(text_.substr(from, end - from).find(separator_), end - from) + from;
    record.cells.push_back({trimmed(text_.substr(from, to - from)), false});
    at_ = to == end ? line_end_ : to;
    return false;
  }

  void read_quoted_cell(CsvRecord& record) {
    const std::size_t from = ++at_;
    bool doubled = false;
    std::size_t quote = text_.find('"', from);
    while (quote < text_.size() && text_.substr(quote + 1, 1) == "\"") {
      doubled = true;
      quote = text_.find('"', quote + 2);
    }
    if (quote >= text_.size() || quote - record.begin > longest) {
      fail(record, "a closing quote within 16 MiB", "none");
    }
    const std::string_view raw = text_.substr(from, quote - from);
    line_ += static_cast<std::size_t>(std::count(raw.begin(), raw.end(), '\n'));
    at_ = quote + 1;
    while (at_ < text_.size() && is_space(at_)) ++at_;
    const std::size_t end = content_end();
    if (at_ != end && at_ != line_end_ && text_[at_] != separator_) {
      fail(record, "a separator or the end of the line after a closing quote", in_quotes(text_.substr(at_, end - at_)));
    }
    record.cells.push_back({raw, doubled});
    if (at_ == end) at_ = line_end_;
  }

  void fail(const CsvRecord& record, const char* expected, const std::string& got) const {
    require(false, name_ + ": line " + std::to_string(record.line) + ", column " + std::to_string(record.cells.size()),
            expected, got);
  }

  std::string_view text_;
  std::string name_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t line_end_ = 0;
  char separator_ = ',';
};

}  // namespace proxcvx::detail
