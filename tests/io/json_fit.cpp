// SPDX-License-Identifier: MIT
#include <limits>
#include <proxcvx/io/json_fit.hpp>
#include <string>
#include <vector>

#include "support/catch2.hpp"

namespace pc = proxcvx;

namespace json_fits {

std::vector<std::string> keys(const nlohmann::ordered_json& json) {
  std::vector<std::string> found;
  for (const auto& [key, value] : json.items()) found.push_back(key);
  return found;
}

}  // namespace json_fits

TEST_CASE("a fit as JSON says what the report says, and its witness loses no bit") {
  pc::FitReport report;
  report.property = "proxy-pl";
  report.constants = {{"alpha", 2}, {"mu", 0.7}};
  report.name = "m";
  const auto nothing = pc::to_json(report);
  CHECK(nothing["constant"] == "NaN");
  CHECK(nothing["witness"].is_null());
  CHECK(nothing["void_because"] == "nothing was sampled");
  CHECK(nothing["violation_probability_upper"] == "NaN");
  CHECK(nothing["verdict"] == "inconclusive");

  report.constant = 0.175;
  report.beyond = 0.1751;
  report.samples = 100;
  report.sampled.bound = 100;
  report.settled = true;
  report.confidence = 0.95;
  report.witness = pc::Witness{};
  report.witness->stands = true;
  report.witness->w = pc::Vector<double>{{2.2017091730000001, 0.1}};
  const auto json = pc::to_json(report);
  CHECK(json_fits::keys(json) == json_fits::keys(nothing));
  CHECK(json["constant"] == 0.175);
  CHECK(json["fitted"] == "m");
  CHECK(json["sharpest"] == "largest");
  CHECK(pc::from_hex_float(json["witness"]["w"][0].get<std::string>()) == 2.2017091730000001);
  CHECK_FALSE(json["witness"].contains("v"));
  CHECK(json["violation_probability_upper"].get<double>() == Approx(0.0295130496).epsilon(1e-8));  // theory 3.3
  CHECK(json["verdict"] == "no-violation-found");
}

TEST_CASE("a frontier as JSON") {
  pc::Frontier frontier;
  frontier.samples = 100;
  frontier.confidence = 0.95;
  frontier.hull = {{0, 0, 4}, {1, 2, 7}};
  const auto json = pc::to_json(frontier);
  CHECK(json["hull"].size() == 2);
  CHECK(json["hull"][1]["sample"] == 7);
  CHECK(json["violation_probability_upper"]["one_unknown"].get<double>() == Approx(0.0295130496).epsilon(1e-8));
  frontier.non_finite = 1;
  CHECK(pc::to_json(frontier)["violation_probability_upper"]["two_unknowns"] == "NaN");
}
