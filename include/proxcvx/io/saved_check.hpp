// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <proxcvx/io/atomic_file.hpp>
#include <proxcvx/io/sealed_text.hpp>
#include <proxcvx/verify/check.hpp>
#include <proxcvx/verify/report_observer.hpp>
#include <proxcvx/version.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

// A check's report in a file that loses no bit, so that a long check survives a kill: SaveEvery writes it while the
// check runs, resume goes on behind its last block. A check is a merge of blocks: nothing else needs saving.

namespace proxcvx {

namespace detail {

inline constexpr std::string_view saved_check_title = "proxcvx saved check 1";

inline void save_margin(SealedWriter& out, std::string_view key, const LocatedMargin& margin) {
  out.line(key, hex_float(margin.value) + " " + hex_float(margin.error) + " " + std::to_string(margin.point) + " " +
                    std::to_string(margin.reference));
}

inline LocatedMargin saved_margin(SealedReader& in, std::string_view key) {
  std::istringstream words{in.text(key)};
  std::string value, error;
  LocatedMargin margin;
  words >> value >> error >> margin.point >> margin.reference;
  require(!words.fail() && (words >> std::ws).eof(), in.place() + ": expected a margin, its error and two indices");
  margin.value = from_hex_float(value);
  margin.error = from_hex_float(error);
  return margin;
}

inline void save_vector(SealedWriter& out, std::string_view key, const Vector<double>& vector) {
  std::string words = std::to_string(vector.size());
  for (Index i = 0; i < vector.size(); ++i) words += " " + hex_float(vector[i]);
  out.line(key, words);
}

inline Vector<double> saved_vector(SealedReader& in, std::string_view key) {
  const std::string line = in.text(key);
  std::istringstream words{line};
  Index size = -1;
  words >> size;
  const auto longest = static_cast<Index>(line.size());  // a size that the line can't hold allocates nothing
  require(!words.fail() && size >= 0 && size <= longest, in.place() + ": expected the number of entries first");
  Vector<double> vector(size);
  std::string word;
  for (Index i = 0; i < size; ++i) {
    require(static_cast<bool>(words >> word), in.place(), std::to_string(size) + " entries", i);
    vector[i] = from_hex_float(word);
  }
  require((words >> std::ws).eof(), in.place() + ": more entries than it says");
  return vector;
}

/// The counts of a report under their names in a file, in its order.
template <class Statistics> [[nodiscard]] auto named_counts(Statistics& found) {
  using Count = decltype(&found.examined);
  return std::array<std::pair<std::string_view, Count>, 8>{{{"examined", &found.examined},
                                                            {"satisfied", &found.satisfied},
                                                            {"violated", &found.violated},
                                                            {"undecided", &found.undecided},
                                                            {"non-finite", &found.non_finite},
                                                            {"vacuous", &found.vacuous},
                                                            {"independent", &found.independent},
                                                            {"failures", &found.independent_failures}}};
}

inline void save_statistics(SealedWriter& out, const MarginStatistics& found) {
  for (const auto& [name, count] : named_counts(found)) out.line(name, *count);
  save_margin(out, "smallest", found.smallest);
  save_margin(out, "worst-violation", found.worst_violation);
  save_margin(out, "smallest-undecided", found.smallest_undecided);
  out.line("first-non-finite", std::int64_t{found.first_non_finite});
  std::string bins;
  for (std::size_t i = 0; i < MarginHistogram::bins; ++i) bins += " " + std::to_string(found.histogram.bin(i).count);
  out.line("histogram", bins.substr(1));
}

inline MarginStatistics saved_statistics(SealedReader& in) {
  MarginStatistics found;
  for (const auto& [name, count] : named_counts(found)) *count = in.integer(name);
  found.smallest = saved_margin(in, "smallest");
  found.worst_violation = saved_margin(in, "worst-violation");
  found.smallest_undecided = saved_margin(in, "smallest-undecided");
  found.first_non_finite = in.integer<Index>("first-non-finite");
  std::istringstream bins{in.text("histogram")};
  for (std::size_t i = 0; i < MarginHistogram::bins; ++i) {
    std::int64_t count = 0;
    require(static_cast<bool>(bins >> count), in.place(), std::to_string(MarginHistogram::bins) + " counts", i);
    found.histogram.add(i, count);
  }
  return found;
}

}  // namespace detail

/// The report as text: a line for each of its fields, numbers as hexadecimal floats, the library's version, a checksum.
/// The same report gives the same bytes. O(dimension).
[[nodiscard]] inline std::string saved_text(const CheckReport& report) {
  SealedWriter out{detail::saved_check_title};
  out.line("version", PROXCVX_VERSION_STRING);
  out.line("property", report.property);
  out.line("statement", report.statement);
  out.line("constants", static_cast<std::int64_t>(report.constants.size()));
  for (const auto& [name, value] : report.constants) {
    out.line("name", name);
    out.line("value", value);
  }
  out.line("dimension", std::int64_t{report.dimension});
  out.line("pairs", std::int64_t{report.pairs});
  out.line("region", report.region);
  out.line("scalar", report.scalar);
  out.line("sampled", std::int64_t{report.sampled});
  out.line("seed", std::to_string(report.seed.value));
  out.line("samples", std::int64_t{report.samples});
  out.line("first-block", std::int64_t{report.first_block});
  out.line("last-block", std::int64_t{report.last_block});
  out.line("confidence", report.confidence);
  out.line("may-stop", std::int64_t{report.may_stop});
  out.line("rigorous-rounding", std::int64_t{report.rigorous_rounding});
  detail::save_statistics(out, report.statistics);
  out.line("witnesses", std::int64_t{report.witness.has_value()});
  if (report.witness) {
    const Witness& witness = *report.witness;
    out.line("point", std::int64_t{witness.point});
    out.line("reference", std::int64_t{witness.reference});
    out.line("margin", witness.margin);
    out.line("error", witness.error);
    out.line("scalar", witness.scalar);
    out.line("stands", std::int64_t{witness.stands});
    detail::save_vector(out, "w", witness.w);
    detail::save_vector(out, "v", witness.v);
  }
  return out.text();
}

/// The report that saved_text wrote to a file. Throws std::runtime_error where the file can't be read, and
/// std::invalid_argument naming file and line where it is cut short, altered, or of another version of the library.
[[nodiscard]] inline CheckReport read_saved_check(const std::filesystem::path& path) {
  SealedReader in = SealedReader::of_file(path, detail::saved_check_title);
  CheckReport report;
  const std::string version = in.text("version");
  require(version == PROXCVX_VERSION_STRING, in.place() + ": version of proxcvx", PROXCVX_VERSION_STRING,
          detail::in_quotes(version));
  report.property = in.text("property");
  report.statement = in.text("statement");
  const auto constants = in.integer("constants");
  for (std::int64_t i = 0; i < constants; ++i) {
    std::string name = in.text("name");
    report.constants.emplace_back(std::move(name), in.number("value"));
  }
  report.dimension = in.integer<Index>("dimension");
  report.pairs = in.integer("pairs") != 0;
  report.region = in.text("region");
  report.scalar = in.text("scalar");
  report.sampled = in.integer("sampled") != 0;
  report.seed.value = in.integer<std::uint64_t>("seed");
  report.samples = in.integer<Index>("samples");
  report.first_block = in.integer<Index>("first-block");
  report.last_block = in.integer<Index>("last-block");
  report.confidence = in.number("confidence");
  report.may_stop = in.integer("may-stop") != 0;
  report.rigorous_rounding = in.integer("rigorous-rounding") != 0;
  report.statistics = detail::saved_statistics(in);
  if (in.integer("witnesses") != 0) {
    Witness& witness = report.witness.emplace();
    witness.point = in.integer<Index>("point");
    witness.reference = in.integer<Index>("reference");
    witness.margin = in.number("margin");
    witness.error = in.number("error");
    witness.scalar = in.text("scalar");
    witness.stands = in.integer("stands") != 0;
    witness.w = detail::saved_vector(in, "w");
    witness.v = detail::saved_vector(in, "v");
  }
  in.finish();
  return report;
}

/// An observer that saves a check's report: after the first round, then every so many seconds, each time whole or not
/// at all (write_atomically). What a kill loses is the work since. Throws std::runtime_error when it can't write.
class SaveEvery {
 public:
  explicit SaveEvery(std::filesystem::path path, double seconds = 5) : path_{std::move(path)}, every_{seconds} {}

  void operator()(const CheckReport& report) {
    if (every_.due()) write_atomically(path_, saved_text(report));
  }

 private:
  std::filesystem::path path_;
  detail::Every every_;
};

/// Goes on with the check that SaveEvery saved: `check` with the same property, regions, settings and observers, from
/// the saved report's last block on. For one binary on one type of CPU the report is that of an uninterrupted check,
/// byte for byte, whatever the number of threads before and after.
/// Throws as read_saved_check does, and std::invalid_argument naming what differs where the file is of another
/// property, region, seed, sample or confidence. What their descriptions do not tell apart (the data behind an
/// objective, a region without description()) is the caller's to keep the same.
template <class Property, class SampleRegion, class... Observers>
[[nodiscard]] CheckReport resume(const std::filesystem::path& path, const Property& property,
                                 const SampleRegion& region, CheckSettings settings, Observers&&... observers) {
  settings.after = read_saved_check(path);
  return check(property, region, settings, std::forward<Observers>(observers)...);
}

/// The same where w and v are drawn from two regions.
template <class Property, class PointRegion, class ReferenceRegion, class... Observers>
requires Region<ReferenceRegion>
[[nodiscard]] CheckReport resume(const std::filesystem::path& path, const Property& property, const PointRegion& points,
                                 const ReferenceRegion& references, CheckSettings settings, Observers&&... observers) {
  settings.after = read_saved_check(path);
  return check(property, points, references, settings, std::forward<Observers>(observers)...);
}

}  // namespace proxcvx
