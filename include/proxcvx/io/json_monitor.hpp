// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/io/json_report.hpp>
#include <proxcvx/verify/monitor_report.hpp>

// A monitor's report as JSON, in the manner of a check's. Needs nlohmann/json.

namespace proxcvx {

namespace detail {

/// {"T", "t", "measured", "bound"}, or null.
[[nodiscard]] inline nlohmann::ordered_json json_promise(const std::optional<BrokenPromise>& broken) {
  if (!broken) return nullptr;
  return {{"T", broken->T},
          {"t", broken->t},
          {"measured", json_number(broken->measured)},
          {"bound", json_number(broken->bound)}};
}

/// {"name", "rounding", "guarantee"}, or null; the guarantee is null where there is no bound.
[[nodiscard]] inline nlohmann::ordered_json json_proxy(const std::optional<ProxyReport>& proxy) {
  if (!proxy) return nullptr;
  nlohmann::ordered_json json;
  json["name"] = proxy->proxy;
  json["rounding"] = proxy->rigorous_rounding ? "rigorous" : "assumed";
  json["guarantee"] = nullptr;
  if (!proxy->bounded) return json;
  json["guarantee"] = {{"theorem", proxy->theorem},
                       {"measured", to_string(proxy->measured)},
                       {"expectation", proxy->expectation},
                       {"kept", proxy->kept},
                       {"exceeded", proxy->exceeded},
                       {"undecided", proxy->undecided},
                       {"non_finite", proxy->non_finite},
                       {"kept_throughout", proxy->kept_throughout()},
                       {"first_exceeded", json_promise(proxy->first_exceeded)},
                       {"first_open", json_promise(proxy->first_open)}};
  return json;
}

}  // namespace detail

/// The report with these keys, in this order: "inequality" (what `check` writes of the iterates), "iterates", "proxy"
/// (null if none was watched), "first_failure" ({"t", "what"} or null), "rows" ([{"t", "outcome", "margin", "error",
/// "proxy", "measured", "bound", "distance"}]; "NaN" for what was not watched), "verdict". O(rows + dimension).
[[nodiscard]] inline nlohmann::ordered_json to_json(const MonitorReport& report) {
  nlohmann::ordered_json json;
  json["inequality"] = to_json(report.inequality);
  json["iterates"] = report.iterates();
  json["proxy"] = detail::json_proxy(report.proxy);
  json["first_failure"] = nullptr;
  if (report.first_failure)
    json["first_failure"] = {{"t", report.first_failure->t}, {"what", report.first_failure->what}};
  json["rows"] = nlohmann::ordered_json::array();
  for (const MonitorRow& row : report.rows) {
    json["rows"].push_back({{"t", row.t},
                            {"outcome", to_string(row.outcome)},
                            {"margin", json_number(row.margin)},
                            {"error", json_number(row.error)},
                            {"proxy", json_number(row.proxy)},
                            {"measured", json_number(row.measured)},
                            {"bound", json_number(row.bound)},
                            {"distance", json_number(row.distance)}});
  }
  json["verdict"] = to_string(report.verdict());
  return json;
}

}  // namespace proxcvx
