// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <istream>
#include <proxcvx/core/require.hpp>
#include <proxcvx/io/csv_records.hpp>
#include <proxcvx/io/labelled_data.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

// Data sets from comma-separated text: a sample per line, one column the label, all others numbers. Nothing is
// guessed, skipped or repaired: what is not a complete table of numbers is an error that names line and column.

namespace proxcvx {

/// How a table becomes a data set.
struct CsvSettings {
  std::string label{};               ///< the label column: digits only mean its 0-based index, else its name; "": last
  std::string positive{};            ///< for signs, the class that becomes +1; "": the first in file order
  Targets targets = Targets::signs;  ///< what a label becomes
};

namespace detail {

/// Reads one table; the steps of read_csv share its state.
class CsvTable {
 public:
  CsvTable(std::string_view text, const std::string& name, const CsvSettings& settings)
      : name_(name), settings_(settings), records_(text, name) {}

  [[nodiscard]] LabelledData read() {
    require(records_.next(first_) && !blank_to_the_end(first_), name_, "a table", "an empty file");
    require(first_.cells.size() >= 2, where(first_), "at least two columns, features and a label", "one column");
    CsvRecord record;
    bool more = next(record);
    const bool header = find_label_and_header(more ? &record : nullptr);
    if (header) {
      for (const CsvCell& cell : first_.cells) columns_.push_back(cell.text());
      require(more, name_, "at least one sample", "a header only");
    } else {
      add(first_);
    }
    for (; more; more = next(record)) add(record);
    return result();
  }

 private:
  /// What a cell of the first line says about a header.
  enum class Kind { number, missing, text };

  static std::string lower_case(std::string_view text) {
    std::string out;
    for (const char c : text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
  }

  static bool is_missing(std::string_view text) {
    if (text.size() > 4) return false;
    const std::string word = lower_case(text);
    return word.empty() || word == "na" || word == "n/a" || word == "nan" || word == "?" || word == "null";
  }

  static bool is_infinite(std::string_view text) {
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
    const std::string word = text.size() > 8 ? "" : lower_case(text);
    return word == "inf" || word == "infinity";
  }

  static Kind kind(const CsvCell& cell) {
    if (parse_number(cell.raw).status != NumberStatus::not_a_number) return Kind::number;
    return is_missing(trimmed(cell.raw)) || is_infinite(trimmed(cell.raw)) ? Kind::missing : Kind::text;
  }

  [[nodiscard]] std::string where(const CsvRecord& record) const {
    return name_ + ": line " + std::to_string(record.line);
  }

  [[nodiscard]] std::string where(const CsvRecord& record, std::size_t column) const {
    return where(record) + ", column " + std::to_string(column) +
           (columns_.empty() ? "" : " (" + in_quotes(columns_[column]) + ")");
  }

  /// Whether this record is blank and so are all that follow; moves to the next one that is not.
  bool blank_to_the_end(const CsvRecord& record) {
    if (!record.cells.empty()) return false;
    CsvRecord after;
    while (records_.next(after)) require(after.cells.empty(), where(record), "a sample", "a blank line");
    return true;
  }

  /// The next record that has as many cells as the first; false at the end or where only blank lines follow.
  bool next(CsvRecord& record) {
    if (!records_.next(record) || blank_to_the_end(record)) return false;
    if (record.cells.size() == first_.cells.size()) return true;
    require(false, where(record),
            std::to_string(first_.cells.size()) + " cells as in line " + std::to_string(first_.line),
            record.cells.size());
    return false;
  }

  /// Sets label_; returns whether the first line is a header.
  bool find_label_and_header(const CsvRecord* second) {
    const std::size_t columns = first_.cells.size();
    const std::string& wanted = settings_.label;
    const bool named = wanted.find_first_not_of("0123456789") != std::string::npos;
    label_ = columns - 1;
    if (named) {
      find_label_by_name();
    } else if (!wanted.empty()) {
      label_ = wanted.size() > 9 ? columns : std::stoul(wanted);
      require(label_ < columns, name_ + ": label column",
              "an index in [0, " + std::to_string(columns) + ") or a name of the header", printable(wanted));
    }
    bool has_text = false;
    bool has_number = false;
    for (std::size_t column = 0; column < columns; ++column) {
      if (column == label_) continue;
      const Kind found = kind(first_.cells[column]);
      has_text = has_text || found == Kind::text;
      has_number = has_number || found == Kind::number;
    }
    const bool text_over_number =
        second && kind(first_.cells[label_]) == Kind::text && kind(second->cells[label_]) == Kind::number;
    if (named) {
      require(has_text || text_over_number, name_ + ": label column",
              "an index in [0, " + std::to_string(columns) + "), because the file has no header", in_quotes(wanted));
      return true;
    }
    if ((has_text && has_number) || (!has_text && text_over_number)) refuse_ambiguous_header();
    return has_text;
  }

  void find_label_by_name() {
    std::vector<std::string> names;
    for (const CsvCell& cell : first_.cells) names.push_back(cell.text());
    const std::string& wanted = settings_.label;
    const auto found = std::find(names.begin(), names.end(), wanted);
    require(found != names.end(), name_ + ": label column",
            "an index in [0, " + std::to_string(names.size()) + ") or a name of the header, in line " +
                std::to_string(first_.line) + " " + quoted_list(names),
            in_quotes(wanted));
    require(std::find(found + 1, names.end(), wanted) == names.end(), name_ + ": label column",
            "a name that only one column has", in_quotes(wanted));
    label_ = static_cast<std::size_t>(found - names.begin());
  }

  /// The first line may be a header with names such as "2020", or data with a cell that is no number.
  void refuse_ambiguous_header() const {
    std::size_t text = 0;
    while (kind(first_.cells[text]) != Kind::text) ++text;
    require(false, where(first_, text),
            "numbers in the whole line, or a header (if this is one, give the label column by its name)",
            in_quotes(first_.cells[text].text()) + " beside numbers");
  }

  /// The cell's number, finite.
  double number(const CsvRecord& record, std::size_t column) const {
    const CsvCell& cell = record.cells[column];
    const ParsedNumber parsed = parse_number(cell.raw);
    if (parsed.status == NumberStatus::number) return parsed.value;
    const std::string text = cell.text();
    if (parsed.status == NumberStatus::out_of_range) {
      require(false, where(record, column), "a number within the range of double", in_quotes(text));
    }
    require_present(record, column);
    require(false, where(record, column), "a number", in_quotes(text));
    return 0;
  }

  void require_present(const CsvRecord& record, std::size_t column) const {
    const std::string_view text = trimmed(record.cells[column].raw);
    if (is_missing(text)) require(false, where(record, column), "a value", "a missing one, " + in_quotes(text));
    if (is_infinite(text)) require(false, where(record, column), "a finite value", in_quotes(text));
  }

  void add(const CsvRecord& record) {
    for (std::size_t column = 0; column < record.cells.size(); ++column) {
      if (column != label_) inputs_.push_back(number(record, column));
    }
    if (settings_.targets == Targets::numbers) {
      numbers_.push_back(number(record, label_));
      return;
    }
    require_present(record, label_);
    const auto [found, is_new] = index_of_.try_emplace(record.cells[label_].text(), index_of_.size());
    if (is_new) classes_.push_back(found->first);
    class_of_.push_back(found->second);
    if (is_new && settings_.targets == Targets::one_hot && classes_.size() > most_columns) {
      require(false, where(record, label_), "at most " + std::to_string(most_columns) + " classes",
              "one more: a numeric target?");
    }
  }

  /// The class that becomes +1.
  [[nodiscard]] std::size_t positive_class() const {
    if (settings_.positive.empty()) return 0;
    const auto found = index_of_.find(settings_.positive);
    require(found != index_of_.end(), name_ + ": positive class", "one of " + quoted_list(classes_),
            in_quotes(settings_.positive));
    return found->second;
  }

  [[nodiscard]] Matrix<double> targets() {
    const auto n = static_cast<Index>(settings_.targets == Targets::numbers ? numbers_.size() : class_of_.size());
    if (settings_.targets == Targets::numbers) return Eigen::Map<const Matrix<double>>(numbers_.data(), 1, n);
    require(classes_.size() >= 2, name_ + ": label column " + label_name(), "at least two classes",
            "only " + quoted_list(classes_));
    const bool signs = settings_.targets == Targets::signs;
    const std::size_t positive = signs ? positive_class() : 0;
    Matrix<double> targets = Matrix<double>::Zero(signs ? 1 : static_cast<Index>(classes_.size()), n);
    for (Index i = 0; i < n; ++i) {
      const std::size_t found = class_of_[static_cast<std::size_t>(i)];
      if (signs) {
        targets(0, i) = found == positive ? 1 : -1;
      } else {
        targets(static_cast<Index>(found), i) = 1;
      }
    }
    const auto first = classes_.begin();
    std::rotate(first, first + static_cast<std::ptrdiff_t>(positive),
                first + static_cast<std::ptrdiff_t>(positive) + 1);
    return targets;
  }

  [[nodiscard]] std::string label_name() const {
    return columns_.empty() ? std::to_string(label_) : in_quotes(columns_[label_]);
  }

  [[nodiscard]] LabelledData result() {
    Matrix<double> y = targets();
    const auto d = static_cast<Index>(first_.cells.size() - 1);
    Matrix<double> x = Eigen::Map<const Matrix<double>>(inputs_.data(), d, y.cols());
    inputs_ = {};
    std::string label = columns_.empty() ? std::to_string(label_) : columns_[label_];
    if (!columns_.empty()) columns_.erase(columns_.begin() + static_cast<std::ptrdiff_t>(label_));
    return {Dataset<double>(std::move(x), std::move(y)), std::move(columns_), std::move(label), std::move(classes_)};
  }

  static constexpr std::size_t most_columns = 1000;  ///< of one-hot targets: beyond that, a mistake

  const std::string& name_;
  const CsvSettings& settings_;
  CsvRecords records_;
  CsvRecord first_;
  std::vector<std::string> columns_;  ///< the header's names, none without header
  std::size_t label_ = 0;
  std::vector<double> inputs_;  ///< d x n, column by column
  std::vector<double> numbers_;
  std::vector<std::size_t> class_of_;
  std::vector<std::string> classes_;
  std::unordered_map<std::string, std::size_t> index_of_;
};

}  // namespace detail

/// Reads a table; `name` is what messages call it. The rules:
/// - A comma separates cells (a semicolon or a tab if the first line has no comma). Cells may stand in double quotes,
///   with "" for a quote. Ends of lines are LF or CR LF, the last is optional, blank lines may follow it. Spaces around
///   cells do not count. A byte order mark is accepted, other control characters are not.
/// - The first line is a header where the cells of feature columns are text. One that has text beside numbers is
///   refused, unless the label column was given by the name that it has there.
/// - Features are finite decimal numbers, whatever the locale; so is the label for Targets::numbers. Otherwise the
/// label
///   is the text of its class: "1" and "1.0" are two classes. Empty cells, NA, N/A, NaN, null, ?, inf are missing.
/// Throws std::invalid_argument, one line: "NAME: line 3, column 2 ("width"): expected a number, got "wide"". Lines
/// count from 1 (a record of several lines has the number of its first), columns from 0 as in CsvSettings::label.
/// O(bytes) time; the text and the numbers are in memory at the same time.
[[nodiscard]] inline LabelledData read_csv(std::istream& in, std::string_view name, const CsvSettings& settings = {}) {
  const std::string source = detail::printable(name, 1000);
  const std::string text = detail::read_text(in, source);
  return detail::CsvTable(text, source, settings).read();
}

/// Reads a table from a file, by the rules above. Throws std::invalid_argument also where it cannot be opened.
[[nodiscard]] inline LabelledData read_csv(const std::filesystem::path& file, const CsvSettings& settings = {}) {
  const std::string name = file.string();
  std::error_code error;
  require(!std::filesystem::is_directory(file, error), detail::printable(name, 1000), "a file", "a folder");
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    require(false, detail::printable(name, 1000), "a readable file",
            std::generic_category().message(errno != 0 ? errno : EIO));
  }
  return read_csv(in, name, settings);
}

}  // namespace proxcvx
