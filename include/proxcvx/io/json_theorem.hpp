// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/io/json_report.hpp>
#include <proxcvx/verify/prove_by_theorem.hpp>

// A proof by theorem as JSON, in the manner of a check's report. Needs nlohmann/json.

namespace proxcvx {

/// The report with these keys, in this order: "name", "statement", "region" ({"description"}), "theorem" (the
/// citation), "premises" ([{"name", "statement", "lower", "upper", "holds"}], ends null where a premise has no number),
/// "constants" ([{"name", "certified", "claimed", "implied"}]), "vacuous", "weakest" (a premise's name), "applicable",
/// "reason" (empty where it is proved), "verdict". O(premises).
[[nodiscard]] inline nlohmann::ordered_json to_json(const TheoremReport& report) {
  const Theorem& theorem = report.theorem;
  nlohmann::ordered_json json;
  json["name"] = theorem.property;
  json["statement"] = theorem.statement;
  json["region"] = {{"description", theorem.region}};
  json["theorem"] = theorem.citation;
  json["premises"] = nlohmann::ordered_json::array();
  for (const Premise& premise : theorem.premises) {
    nlohmann::ordered_json entry{{"name", premise.name}, {"statement", premise.statement}};
    entry["lower"] = premise.value ? json_number(premise.value->lower()) : nullptr;
    entry["upper"] = premise.value ? json_number(premise.value->upper()) : nullptr;
    entry["holds"] = to_string(premise.holds);
    json["premises"].push_back(std::move(entry));
  }
  json["constants"] = nlohmann::ordered_json::array();
  for (const CertifiedConstant& constant : theorem.constants) {
    json["constants"].push_back({{"name", constant.name},
                                 {"certified", json_number(constant.certified)},
                                 {"claimed", json_number(constant.claimed)},
                                 {"implied", constant.implied()}});
  }
  json["vacuous"] = theorem.vacuous;
  json["weakest"] = report.weakest().name;
  json["applicable"] = report.applicable();
  json["reason"] = report.reason();
  json["verdict"] = to_string(report.verdict());
  return json;
}

}  // namespace proxcvx
