// SPDX-License-Identifier: MIT
#include "measured.hpp"

#include <proxcvx/io/json_report.hpp>
#include <proxcvx/verify/rows.hpp>

namespace verify_network {

std::vector<std::pair<std::string, std::string>> remark_rows(const PropertyOutcome& property) {
  std::vector<std::pair<std::string, std::string>> rows;
  if (property.measured) {
    const MeasuredConstants& m = *property.measured;
    rows.emplace_back("measured", "proxy PL of " + m.proxy + " at a point, alpha = " + pc::detail::shortest(m.alpha) +
                                      ", xi = 0: mu = " + pc::detail::shortest(m.mu_at_start) +
                                      " at the initial weights, " + pc::detail::shortest(m.mu_least) + " to " +
                                      pc::detail::shortest(m.mu_largest) + " at " + pc::detail::grouped(m.points) +
                                      " points of the region");
    rows.emplace_back("", "each is exact at its point (0: it says nothing there); of the region this proves nothing");
  }
  if (!property.remark.empty()) rows.emplace_back("remark", property.remark);
  return rows;
}

nlohmann::ordered_json measured_json(const std::optional<MeasuredConstants>& measured) {
  if (!measured) return nullptr;
  nlohmann::ordered_json json;
  json["proxy"] = measured->proxy;
  json["alpha"] = pc::json_number(measured->alpha);
  json["xi"] = 0;
  json["mu_at_start"] = pc::json_number(measured->mu_at_start);
  json["mu_least"] = pc::json_number(measured->mu_least);
  json["mu_largest"] = pc::json_number(measured->mu_largest);
  json["points"] = measured->points;
  return json;
}

}  // namespace verify_network
