// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <proxcvx/io/saved_report.hpp>
#include <proxcvx/verify/falsify.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

// A search's report in a file that loses no bit, so that a long search survives a kill: SaveEvery writes it while
// falsify runs, resume_falsify goes on behind its last start. What a start finds does not depend on the others.

namespace proxcvx {

namespace detail {

inline constexpr std::string_view saved_falsify_title = "proxcvx saved search 1";

/// The whole numbers of a report under their names in a file, in its order.
template <class Report> [[nodiscard]] auto named_numbers(Report& report) {
  return std::array<std::pair<std::string_view, decltype(&report.starts)>, 9>{
      {{"starts", &report.starts},
       {"last-start", &report.last_start},
       {"budget", &report.budget},
       {"given", &report.given},
       {"evaluations", &report.evaluations},
       {"first-violation-cost", &report.first_violation_cost},
       {"ended-satisfied", &report.ended_satisfied},
       {"ended-undecided", &report.ended_undecided},
       {"ended-below-zero", &report.ended_below_zero}}};
}
template <class Counts> [[nodiscard]] auto named_search_counts(Counts& counts) {
  return std::array<std::pair<std::string_view, decltype(&counts.satisfied)>, 5>{{{"satisfied", &counts.satisfied},
                                                                                  {"violated", &counts.violated},
                                                                                  {"undecided", &counts.undecided},
                                                                                  {"non-finite", &counts.non_finite},
                                                                                  {"vacuous", &counts.vacuous}}};
}
template <class Sizes> [[nodiscard]] auto named_sizes(Sizes& sizes) {
  return std::array<std::pair<std::string_view, decltype(&sizes.bits)>, 5>{{{"shrink-evaluations", &sizes.evaluations},
                                                                            {"nonzeros-before", &sizes.nonzeros_before},
                                                                            {"nonzeros", &sizes.nonzeros},
                                                                            {"bits-before", &sizes.bits_before},
                                                                            {"bits", &sizes.bits}}};
}

}  // namespace detail

/// The report as text: a line for each of its fields, numbers as hexadecimal floats, the library's version, a checksum.
/// The same report gives the same bytes. O(dimension).
[[nodiscard]] inline std::string saved_text(const FalsifyReport& report) {
  SealedWriter out{detail::saved_falsify_title};
  detail::save_claim(out, report);
  out.line("gradients", std::int64_t{report.gradients});
  for (const auto& [name, number] : detail::named_numbers(report)) out.line(name, std::int64_t{*number});
  for (const auto& [name, count] : detail::named_search_counts(report.candidates)) out.line(name, *count);
  const SearchedMargin& smallest = report.smallest;
  out.line("smallest-relative", smallest.scale_free);
  out.line("smallest", smallest.value);
  out.line("smallest-error", smallest.error);
  out.line("smallest-start", std::int64_t{smallest.start});
  out.line("smallest-evaluation", std::int64_t{smallest.evaluation});
  out.line("witness-level", report.witness_level);
  detail::save_witness(out, "witnesses", report.witness);
  detail::save_witness(out, "unshrunk-witnesses", report.unshrunk);
  for (const auto& [name, size] : detail::named_sizes(report.shrunk)) out.line(name, std::int64_t{*size});
  return out.text();
}

namespace detail {

[[nodiscard]] inline FalsifyReport saved_falsify(SealedReader in) {
  FalsifyReport report;
  saved_claim(in, report);
  report.gradients = in.integer("gradients") != 0;
  for (const auto& [name, number] : named_numbers(report)) *number = in.integer<Index>(name);
  for (const auto& [name, count] : named_search_counts(report.candidates)) *count = in.integer(name);
  report.smallest.scale_free = in.number("smallest-relative");
  report.smallest.value = in.number("smallest");
  report.smallest.error = in.number("smallest-error");
  report.smallest.start = in.integer<Index>("smallest-start");
  report.smallest.evaluation = in.integer<Index>("smallest-evaluation");
  report.witness_level = in.number("witness-level");
  report.witness = saved_witness(in, "witnesses");
  report.unshrunk = saved_witness(in, "unshrunk-witnesses");
  for (const auto& [name, size] : named_sizes(report.shrunk)) *size = in.integer<Index>(name);
  in.finish();
  return report;
}

}  // namespace detail

/// The report that saved_text wrote to a file. Throws std::runtime_error where the file can't be read, and
/// std::invalid_argument naming file and line where it is cut short, altered, or of another version of the library.
[[nodiscard]] inline FalsifyReport read_saved_falsify(const std::filesystem::path& path) {
  return detail::saved_falsify(SealedReader::of_file(path, detail::saved_falsify_title));
}

/// The same from the text itself, which messages call `name`.
[[nodiscard]] inline FalsifyReport parse_saved_falsify(const std::string& name, const std::string& text) {
  return detail::saved_falsify({name, text, detail::saved_falsify_title});
}

/// Goes on with the search that SaveEvery saved: `falsify` with the same property, region (or regions), settings,
/// starts and observers, in falsify's order, from the saved report's last start on. For one binary on one type of CPU
/// the report is that of an uninterrupted search, byte for byte, whatever the number of threads before and after.
/// Throws as read_saved_falsify does, and std::invalid_argument naming what differs where the file is of another
/// property, region, seed, number of starts or of evaluations. What their descriptions do not tell apart (the data
/// behind an objective, a region without description(), the entries of starts) is the caller's to keep the same.
template <class Property, class SearchRegion, class... Rest>
[[nodiscard]] FalsifyReport resume_falsify(const std::filesystem::path& path, const Property& property,
                                           const SearchRegion& region, FalsifySettings settings, Rest&&... rest) {
  settings.after = read_saved_falsify(path);
  return falsify(property, region, settings, std::forward<Rest>(rest)...);
}

/// The same where w and v are searched in two regions.
template <class Property, class PointRegion, class ReferenceRegion, class... Rest>
requires Region<ReferenceRegion>
[[nodiscard]] FalsifyReport resume_falsify(const std::filesystem::path& path, const Property& property,
                                           const PointRegion& points, const ReferenceRegion& references,
                                           FalsifySettings settings, Rest&&... rest) {
  settings.after = read_saved_falsify(path);
  return falsify(property, points, references, settings, std::forward<Rest>(rest)...);
}

}  // namespace proxcvx
