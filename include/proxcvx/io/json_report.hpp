// SPDX-License-Identifier: MIT
#pragma once

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#elif defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wdouble-promotion"
#endif

#include <nlohmann/json.hpp>

#if defined(__clang__)
#pragma clang diagnostic pop
#elif defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <proxcvx/io/atomic_file.hpp>
#include <proxcvx/io/hex_float.hpp>
#include <proxcvx/verify/confidence.hpp>
#include <proxcvx/verify/report.hpp>
#include <string>

// A check's report as JSON: the same keys in the same order whatever was found, and the same bytes for the same report.
// Needs nlohmann/json.

namespace proxcvx {

/// A number of JSON; what JSON has no number for as "NaN", "Infinity" or "-Infinity".
[[nodiscard]] inline nlohmann::ordered_json json_number(double value) {
  if (std::isfinite(value)) return value;
  return hex_float(value);
}

namespace detail {

/// The vector's entries as hexadecimal floats, which lose no bit.
[[nodiscard]] inline nlohmann::ordered_json json_vector(const Vector<double>& vector) {
  nlohmann::ordered_json array = nlohmann::ordered_json::array();
  for (Index i = 0; i < vector.size(); ++i) array.push_back(hex_float(vector[i]));
  return array;
}

/// Appends "margin", "error", "scalar", "stands", "w" and, for pairs, "v".
inline void append_witness(nlohmann::ordered_json& json, const Witness& witness, bool pairs) {
  json["margin"] = json_number(witness.margin);
  json["error"] = json_number(witness.error);
  json["scalar"] = witness.scalar;
  json["stands"] = witness.stands;
  json["w"] = json_vector(witness.w);
  if (pairs) json["v"] = json_vector(witness.v);
}

/// {"seed", "index", "reference" (pairs only), "margin", "error", "scalar", "stands", "w", "v" (pairs only)}, or null.
/// The seed is null where the points were given: then index and reference count columns.
[[nodiscard]] inline nlohmann::ordered_json json_witness(const CheckReport& report) {
  if (!report.witness) return nullptr;
  const Witness& witness = *report.witness;
  nlohmann::ordered_json json;
  json["seed"] = nullptr;
  if (report.sampled) json["seed"] = report.seed.value;
  json["index"] = witness.point;
  if (report.pairs) json["reference"] = witness.reference;
  append_witness(json, witness, report.pairs);
  return json;
}

/// [{"low", "high", "count"}] of the bins that hold a margin, in ascending order.
[[nodiscard]] inline nlohmann::ordered_json json_histogram(const MarginHistogram& histogram) {
  nlohmann::ordered_json array = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < MarginHistogram::bins; ++i) {
    const MarginHistogram::Bin bin = histogram.bin(i);
    if (bin.count == 0) continue;
    array.push_back({{"low", json_number(bin.low)}, {"high", json_number(bin.high)}, {"count", bin.count}});
  }
  return array;
}

}  // namespace detail

/// The report with these keys, in this order: "name", "statement", "constants", "region", "scalar", "samples"
/// (planned), "examined_samples" (independent ones; 0 where the points were given), "pairs_examined" (0 for point
/// properties), "violations", "undecided", "non_finite", "smallest_margin" and "smallest_margin_error" (null if there
/// is none), "violation_probability_upper" ("NaN" where the points were given), "confidence", "may_stop" (an
/// observer could end the run, so that the confidence is spread over looks), "complete", "rounding" ("rigorous" or
/// "assumed"), "vacuous", "histogram", "witness" (null if there is none), "verdict". O(dimension).
[[nodiscard]] inline nlohmann::ordered_json to_json(const CheckReport& report) {
  const MarginStatistics& found = report.statistics;
  nlohmann::ordered_json json;
  json["name"] = report.property;
  json["statement"] = report.statement;
  json["constants"] = nlohmann::ordered_json::object();
  for (const auto& [name, value] : report.constants) json["constants"][name] = json_number(value);
  json["region"] = {{"description", report.region}};
  json["scalar"] = report.scalar;
  json["samples"] = report.samples;
  json["examined_samples"] = found.independent;
  json["pairs_examined"] = report.pairs ? found.examined : 0;
  json["violations"] = found.violated;
  json["undecided"] = found.undecided;
  json["non_finite"] = found.non_finite;
  const bool any = found.smallest.found();
  json["smallest_margin"] = any ? json_number(found.smallest.value) : nullptr;
  json["smallest_margin_error"] = any ? json_number(found.smallest.error) : nullptr;
  json["violation_probability_upper"] = json_number(violation_probability_upper(report));
  json["confidence"] = json_number(report.confidence);
  json["may_stop"] = report.may_stop;
  json["complete"] = report.complete();
  json["rounding"] = report.rigorous_rounding ? "rigorous" : "assumed";
  json["vacuous"] = report.vacuous();
  json["histogram"] = detail::json_histogram(found.histogram);
  json["witness"] = detail::json_witness(report);
  json["verdict"] = to_string(report.verdict());
  return json;
}

/// The document as text, two spaces a level, a new line at the end. Bytes that are not UTF-8, such as a name from a
/// file of data may hold, become U+FFFD.
[[nodiscard]] inline std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

/// Writes the document whole or not at all (write_atomically). Throws std::runtime_error naming path and reason.
inline void write_json(const std::filesystem::path& path, const nlohmann::ordered_json& json) {
  write_atomically(path, json_text(json));
}

}  // namespace proxcvx
