// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <proxcvx/io/json_report.hpp>
#include <proxcvx/verify/falsify_report.hpp>
#include <string>

// A search's report as JSON: the same keys in the same order whatever was found, and the same bytes for the same
// report. Needs nlohmann/json.

namespace proxcvx {

/// The report with these keys, in this order: "name", "statement", "constants", "region", "scalar", "seed", "starts"
/// (planned), "ended_starts", "given_starts", "budget" and "evaluations" (in gradients of f: allowed, spent),
/// "gradients" (whether half of the starts followed them), "satisfied", "violations", "undecided", "non_finite",
/// "smallest_margin" (null if there is none, else {"relative", "value", "error", "start", "evaluation"}),
/// "first_violation_cost" (null if there is none), "lowest_of_starts" ({"satisfied", "undecided", "below_zero"}),
/// "complete", "rounding" ("rigorous" or "assumed"), "vacuous", "witness" (null if there is none, else {"start",
/// "margin", "error", "scalar", "stands", "w", "v" (pairs only)}), "witness_file" (null where its name is empty),
/// "shrunk" (null where the witness is as it was found, else {"evaluations", "nonzeros_before", "nonzeros",
/// "bits_before", "bits"}), "verdict". O(dimension).
[[nodiscard]] inline nlohmann::ordered_json to_json(const FalsifyReport& report,
                                                    const std::filesystem::path& witness_file = {}) {
  nlohmann::ordered_json json;
  json["name"] = report.property;
  json["statement"] = report.statement;
  json["constants"] = nlohmann::ordered_json::object();
  for (const auto& [name, value] : report.constants) json["constants"][name] = json_number(value);
  json["region"] = {{"description", report.region}};
  json["scalar"] = report.scalar;
  json["seed"] = report.seed.value;
  json["starts"] = report.starts;
  json["ended_starts"] = report.last_start;
  json["given_starts"] = report.given;
  json["budget"] = report.budget;
  json["evaluations"] = report.evaluations;
  json["gradients"] = report.gradients;
  json["satisfied"] = report.candidates.satisfied;
  json["violations"] = report.candidates.violated;
  json["undecided"] = report.candidates.undecided;
  json["non_finite"] = report.candidates.non_finite;
  json["smallest_margin"] = nullptr;
  if (const SearchedMargin& smallest = report.smallest; smallest.found()) {
    json["smallest_margin"] = {{"relative", json_number(smallest.scale_free)},
                               {"value", json_number(smallest.value)},
                               {"error", json_number(smallest.error)},
                               {"start", smallest.start},
                               {"evaluation", smallest.evaluation}};
  }
  json["first_violation_cost"] = nullptr;
  if (report.first_violation_cost >= 0) json["first_violation_cost"] = report.first_violation_cost;
  json["lowest_of_starts"] = {{"satisfied", report.ended_satisfied},
                              {"undecided", report.ended_undecided},
                              {"below_zero", report.ended_below_zero}};
  json["complete"] = report.complete();
  json["rounding"] = report.rigorous_rounding ? "rigorous" : "assumed";
  json["vacuous"] = report.vacuous();
  json["witness"] = nullptr;
  if (report.witness) {
    const Witness& witness = *report.witness;
    nlohmann::ordered_json& out = json["witness"] = nlohmann::ordered_json::object();
    out["start"] = witness.point;
    detail::append_witness(out, witness, report.pairs);
  }
  json["witness_file"] = nullptr;
  if (!witness_file.empty()) json["witness_file"] = witness_file.string();
  json["shrunk"] = nullptr;
  if (report.unshrunk) {
    json["shrunk"] = {{"evaluations", report.shrunk.evaluations},
                      {"nonzeros_before", report.shrunk.nonzeros_before},
                      {"nonzeros", report.shrunk.nonzeros},
                      {"bits_before", report.shrunk.bits_before},
                      {"bits", report.shrunk.bits}};
  }
  json["verdict"] = to_string(report.verdict());
  return json;
}

}  // namespace proxcvx
