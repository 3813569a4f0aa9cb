// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <proxcvx/io/saved_report.hpp>
#include <proxcvx/verify/check.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

// A check's report in a file that loses no bit, so that a long check survives a kill: SaveEvery writes it while the
// check runs, resume goes on behind its last block. A check is a merge of blocks: nothing else needs saving.

namespace proxcvx {

namespace detail {

inline constexpr std::string_view saved_check_title = "proxcvx saved check 2";

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
  for (std::size_t i = 0; i < MarginHistogram::bins; ++i) {
    if (i > 0) bins += ' ';
    bins += std::to_string(found.histogram.bin(i).count);
  }
  out.line("histogram", bins);
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
  require((bins >> std::ws).eof(), in.place() + ": more counts than the histogram has bins");
  return found;
}

}  // namespace detail

/// The report as text: a line for each of its fields, numbers as hexadecimal floats, the library's version, a checksum.
/// The same report gives the same bytes. O(dimension).
[[nodiscard]] inline std::string saved_text(const CheckReport& report) {
  SealedWriter out{detail::saved_check_title};
  detail::save_claim(out, report);
  out.line("sampled", std::int64_t{report.sampled});
  out.line("samples", std::int64_t{report.samples});
  out.line("first-block", std::int64_t{report.first_block});
  out.line("last-block", std::int64_t{report.last_block});
  out.line("confidence", report.confidence);
  out.line("may-stop", std::int64_t{report.may_stop});
  detail::save_statistics(out, report.statistics);
  detail::save_witness(out, "witnesses", report.witness);
  return out.text();
}

namespace detail {

[[nodiscard]] inline CheckReport saved_check(SealedReader in) {
  CheckReport report;
  saved_claim(in, report);
  report.sampled = in.integer("sampled") != 0;
  report.samples = in.integer<Index>("samples");
  report.first_block = in.integer<Index>("first-block");
  report.last_block = in.integer<Index>("last-block");
  report.confidence = in.number("confidence");
  report.may_stop = in.integer("may-stop") != 0;
  report.statistics = saved_statistics(in);
  report.witness = saved_witness(in, "witnesses");
  in.finish();
  return report;
}

}  // namespace detail

/// The report that saved_text wrote to a file. Throws std::runtime_error where the file can't be read, and
/// std::invalid_argument naming file and line where it is cut short, altered, or of another version of the library.
[[nodiscard]] inline CheckReport read_saved_check(const std::filesystem::path& path) {
  return detail::saved_check(SealedReader::of_file(path, detail::saved_check_title));
}

/// The same from the text itself, which messages call `name`.
[[nodiscard]] inline CheckReport parse_saved_check(const std::string& name, const std::string& text) {
  return detail::saved_check({name, text, detail::saved_check_title});
}

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
