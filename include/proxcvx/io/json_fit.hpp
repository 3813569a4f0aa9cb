// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <proxcvx/io/json_report.hpp>
#include <proxcvx/verify/fit_frontier.hpp>
#include <proxcvx/verify/fit_table.hpp>

// A fitted constant and a frontier as JSON, in the manner of a check's report. Needs nlohmann/json.

namespace proxcvx {

namespace detail {

/// {"margin", "error", "scalar", "stands", "w", "v" (pairs only)}, or null.
[[nodiscard]] inline nlohmann::ordered_json json_searched(const std::optional<Witness>& witness) {
  if (!witness) return nullptr;
  nlohmann::ordered_json json{{"margin", json_number(witness->margin)},
                              {"error", json_number(witness->error)},
                              {"scalar", witness->scalar},
                              {"stands", witness->stands},
                              {"w", json_vector(witness->w)}};
  if (witness->v.size() > 0) json["v"] = json_vector(witness->v);
  return json;
}

}  // namespace detail

/// The report with these keys, in this order: "name", "statement", "constants", "region", "scalar", "fitted" (the name
/// of the constant that was open), "sharpest" ("largest" or "smallest"), "constant" ("NaN" if none was found), "beyond"
/// (violated at the witness), "witness" and "opposition" (null if there is none), "samples", "sampled_constant",
/// "sampled_at", "sampled" (what the samples said), "violation_probability_upper" ("NaN" where "void_because" is not
/// empty), "void_because", "confidence", "seed", "starts", "rounds", "evaluations", "settled", "stopped", "rounding",
/// "verdict". O(dimension).
[[nodiscard]] inline nlohmann::ordered_json to_json(const FitReport& report) {
  nlohmann::ordered_json json;
  json["name"] = report.property;
  json["statement"] = report.statement;
  json["constants"] = nlohmann::ordered_json::object();
  for (const auto& [name, value] : report.constants) json["constants"][name] = json_number(value);
  json["region"] = {{"description", report.region}};
  json["scalar"] = report.scalar;
  json["fitted"] = report.name;
  json["sharpest"] = to_string(report.sharpest);
  json["constant"] = json_number(report.constant);
  json["beyond"] = json_number(report.beyond);
  json["witness"] = detail::json_searched(report.witness);
  json["opposition"] = detail::json_searched(report.opposition);
  json["samples"] = report.samples;
  json["sampled_constant"] = json_number(report.sampled_constant);
  json["sampled_at"] = report.sampled_at;
  json["sampled"] = {{"bound", report.sampled.bound},
                     {"none", report.sampled.none},
                     {"undecided", report.sampled.undecided},
                     {"opposed", report.sampled.opposed},
                     {"non_finite", report.sampled.non_finite}};
  json["violation_probability_upper"] = json_number(violation_probability_upper(report));
  json["void_because"] = report.void_because();
  json["confidence"] = json_number(report.confidence);
  json["seed"] = report.seed.value;
  json["starts"] = report.starts;
  json["rounds"] = report.rounds;
  json["evaluations"] = report.evaluations;
  json["settled"] = report.settled;
  json["stopped"] = report.stopped;
  json["rounding"] = report.rigorous_rounding ? "rigorous" : "assumed";
  json["verdict"] = to_string(report.verdict());
  return json;
}

/// The frontier with these keys, in this order: "proxy", "region", "alpha", "seed", "samples", "non_finite", "hull"
/// ([{"g", "power", "sample"}]), "confidence", "violation_probability_upper" (of one and of two unknowns; "NaN" where
/// samples were left out). O(hull).
[[nodiscard]] inline nlohmann::ordered_json to_json(const Frontier& frontier) {
  nlohmann::ordered_json json;
  json["proxy"] = frontier.proxy;
  json["region"] = {{"description", frontier.region}};
  json["alpha"] = json_number(frontier.alpha);
  json["seed"] = frontier.seed.value;
  json["samples"] = frontier.samples;
  json["non_finite"] = frontier.non_finite;
  json["hull"] = nlohmann::ordered_json::array();
  for (const FrontierPoint& point : frontier.hull) {
    json["hull"].push_back(
        {{"g", json_number(point.g)}, {"power", json_number(point.power)}, {"sample", point.sample}});
  }
  json["confidence"] = json_number(frontier.confidence);
  json["violation_probability_upper"] = {{"one_unknown", json_number(frontier.violation_probability_upper(1))},
                                         {"two_unknowns", json_number(frontier.violation_probability_upper(2))}};
  return json;
}

}  // namespace proxcvx
