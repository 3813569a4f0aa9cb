// SPDX-License-Identifier: MIT
#include <proxcvx/io/json_monitor.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/verify/monitor.hpp>

#include <string>
#include <vector>

#include "support/catch2.hpp"
#include "verify/models.hpp"

namespace pc = proxcvx;
using Json = nlohmann::ordered_json;
using models::Bowl;
using models::Level;

namespace {

const Bowl<double> bowl{};
const pc::Vector<double> start = pc::Vector<double>::Unit(3, 0);

template <class Monitor> pc::MonitorReport halved(Monitor& monitor) {
  (void)pc::GD{0.5, {.iterations = 12}}.minimize(bowl, start, monitor);
  return monitor.report();
}

std::vector<std::string> keys(const Json& json) {
  std::vector<std::string> out;
  for (const auto& [key, value] : json.items()) out.push_back(key);
  return out;
}

}  // namespace

TEST_CASE("a monitor's report: every key, in order, with what the report says") {
  const pc::ProxyPL property{bowl, Level<double>{0.1}, {.alpha = 1, .mu = 2, .xi = 0}};  // violated from t = 4 on
  const auto promise = [](pc::Index T) { return T == 3 ? 0.01 : 1.0; };
  pc::Monitor monitor{property, pc::WatchedProxy{bowl, promise, pc::Measured::best_iterate}, {.distance_to = start}};
  const auto report = halved(monitor);
  const Json json = Json::parse(pc::json_text(pc::to_json(report)));
  CHECK(keys(json) == std::vector<std::string>{"inequality", "iterates", "proxy", "first_failure", "rows", "verdict"});
  CHECK(json["inequality"] == Json::parse(pc::json_text(pc::to_json(report.inequality))));
  CHECK(json["inequality"]["violations"] == 8);
  CHECK(json["inequality"]["violation_probability_upper"] == "NaN");
  CHECK(json["inequality"]["witness"]["seed"].is_null());
  CHECK(json["inequality"]["witness"]["index"] == report.inequality.witness->point);
  CHECK(json["iterates"] == 12);
  CHECK(json["proxy"]["rounding"] == "rigorous");
  const Json& guarantee = json["proxy"]["guarantee"];
  CHECK(guarantee["measured"] == "min g(w_t)");
  CHECK(guarantee["kept"] == 11);
  CHECK(guarantee["exceeded"] == 1);
  CHECK(guarantee["kept_throughout"] == false);
  CHECK(guarantee["first_exceeded"]["T"] == 3);
  CHECK(guarantee["first_exceeded"]["t"] == 2);
  CHECK(guarantee["first_exceeded"]["bound"] == 0.01);
  CHECK(guarantee["first_exceeded"]["measured"].get<double>() == 1.0 / 32);
  CHECK(guarantee["first_open"].is_null());
  CHECK(json["first_failure"]["t"] == 2);
  CHECK(json["first_failure"]["what"] == "bound exceeded");
  REQUIRE(json["rows"].size() == 12);
  for (std::size_t t = 0; t < 12; ++t) {
    const Json& row = json["rows"][t];
    CHECK(keys(row) ==
          std::vector<std::string>{"t", "outcome", "margin", "error", "proxy", "measured", "bound", "distance"});
    CHECK(row["t"] == t);
    CHECK(row["outcome"] == (t < 4 ? "satisfied" : "violated"));
    CHECK(row["margin"].get<double>() == report.rows[t].margin);
    CHECK(row["proxy"].get<double>() == report.rows[t].proxy);
    CHECK(row["distance"].get<double>() == report.rows[t].distance);
  }
  CHECK(json["verdict"] == "violated");
}

TEST_CASE("what was not watched is null or NaN, and pairs name their reference") {
  const pc::ProxyConvexity wrong{bowl, Bowl<double>{3, 2.5}, bowl};
  pc::Monitor pairs{wrong, pc::Matrix<double>::Zero(3, 2).eval()};
  const Json json = Json::parse(pc::json_text(pc::to_json(halved(pairs))));
  CHECK(json["proxy"].is_null());
  CHECK(json["rows"][0]["bound"] == "NaN");
  CHECK(json["inequality"]["pairs_examined"] == 24);
  CHECK(json["inequality"]["witness"]["reference"] == 0);

  const auto nan = [](const auto& /*w*/) { return std::nan(""); };
  pc::Monitor nowhere{pc::ProxyPL{bowl, nan, {.alpha = 1, .mu = 1, .xi = 0}}, pc::WatchedProxy{nan}};
  const Json broken = Json::parse(pc::json_text(pc::to_json(halved(nowhere))));
  CHECK(broken["rows"][0]["margin"] == "NaN");
  CHECK(broken["rows"][0]["outcome"] == "non-finite");
  CHECK(broken["proxy"]["guarantee"].is_null());
  CHECK(broken["proxy"]["rounding"] == "assumed");
  CHECK(broken["first_failure"]["what"] == "margin not finite, proxy not finite");
  CHECK(broken["verdict"] == "inconclusive");
}
