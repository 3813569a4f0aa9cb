// SPDX-License-Identifier: MIT
#include <proxcvx/io/json_monitor.hpp>
#include <proxcvx/io/json_report.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/verify/check.hpp>
#include <proxcvx/verify/check_points.hpp>
#include <proxcvx/verify/monitor.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "support/catch2.hpp"
#include "support/temporary.hpp"
#include "verify/models.hpp"

namespace pc = proxcvx;
using Json = nlohmann::ordered_json;
using models::Bowl;
using models::Cube;
using models::Level;

namespace {

const Bowl<double> bowl{};
const pc::ProxyConvexity convex{bowl, bowl, bowl};
const pc::ProxyPL good{bowl, bowl, {.alpha = 2, .mu = 3.9, .xi = 0}};
const pc::ProxyPL too_steep{bowl, bowl, {.alpha = 2, .mu = 4.04, .xi = 0}};

std::vector<std::string> keys(const Json& json) {
  std::vector<std::string> out;
  for (const auto& [key, value] : json.items()) out.push_back(key);
  return out;
}

/// Twelve steps of gradient descent that halve the unit vector, watched.
template <class Monitor> pc::MonitorReport halved(Monitor& monitor) {
  (void)pc::GD{0.5, {.iterations = 12}}.minimize(bowl, pc::Vector<double>::Unit(3, 0).eval(), monitor);
  return monitor.report();
}

pc::Vector<double> vector_of(const Json& array) {
  pc::Vector<double> out(static_cast<pc::Index>(array.size()));
  for (std::size_t i = 0; i < array.size(); ++i) {
    out[static_cast<pc::Index>(i)] = pc::from_hex_float(array[i].get<std::string>());
  }
  return out;
}

const std::vector<std::string> all_keys{"name",
                                        "statement",
                                        "constants",
                                        "region",
                                        "scalar",
                                        "samples",
                                        "examined_samples",
                                        "pairs_examined",
                                        "violations",
                                        "undecided",
                                        "non_finite",
                                        "smallest_margin",
                                        "smallest_margin_error",
                                        "violation_probability_upper",
                                        "confidence",
                                        "may_stop",
                                        "complete",
                                        "rounding",
                                        "vacuous",
                                        "histogram",
                                        "witness",
                                        "verdict"};

}  // namespace

TEST_CASE("a report without violation: every key, in order, with what the report says") {
  const auto report = pc::check(good, Cube<double>{}, {.samples = 700, .confidence = 0.95});
  const Json json = Json::parse(pc::json_text(pc::to_json(report)));
  CHECK(keys(json) == all_keys);
  CHECK(json["name"] == report.property);
  CHECK(json["statement"] == report.statement);
  REQUIRE(report.constants.size() == json["constants"].size());
  for (const auto& [name, value] : report.constants) CHECK(json["constants"][name].get<double>() == value);
  CHECK(keys(json["region"]) == std::vector<std::string>{"description"});
  CHECK(json["region"]["description"] == report.region);
  CHECK(json["scalar"] == report.scalar);
  CHECK(json["samples"] == 700);
  CHECK(json["examined_samples"] == 700);
  CHECK(json["pairs_examined"] == 0);
  CHECK(json["violations"] == 0);
  CHECK(json["undecided"] == 0);
  CHECK(json["non_finite"] == 0);
  CHECK(json["smallest_margin"].get<double>() == report.statistics.smallest.value);
  CHECK(json["smallest_margin_error"].get<double>() == report.statistics.smallest.error);
  CHECK(json["violation_probability_upper"].get<double>() == pc::clopper_pearson_upper(0, 700, 0.95));
  CHECK(json["confidence"].get<double>() == 0.95);
  CHECK(json["may_stop"] == false);
  CHECK(json["complete"] == true);
  CHECK(json["rounding"] == "rigorous");
  CHECK(json["vacuous"] == false);
  CHECK(json["witness"].is_null());
  CHECK(json["verdict"] == "no-violation-found");
  std::int64_t count = 0;
  double before = -std::numeric_limits<double>::infinity();
  for (const Json& bin : json["histogram"]) {
    CHECK(keys(bin) == std::vector<std::string>{"low", "high", "count"});
    CHECK(bin["count"].get<std::int64_t>() > 0);
    CHECK(bin["low"].get<double>() >= before);
    before = bin["high"].get<double>();
    count += bin["count"].get<std::int64_t>();
  }
  CHECK(count == 700);
}

TEST_CASE("a witness is written so that its margin can be evaluated again, bit for bit") {
  const auto points = pc::check(too_steep, Cube<double>{}, {.samples = 300, .seed = pc::Seed{0xfedcba9876543210U}});
  const Json json = Json::parse(pc::json_text(pc::to_json(points)));
  REQUIRE(json["witness"].is_object());
  CHECK(json["verdict"] == "violated");
  CHECK(keys(json["witness"]) == std::vector<std::string>{"seed", "index", "margin", "error", "scalar", "stands", "w"});
  CHECK(json["witness"]["seed"].get<std::uint64_t>() == 0xfedcba9876543210U);
  CHECK(json["witness"]["index"] == points.witness->point);
  CHECK(json["witness"]["stands"] == true);
  CHECK(json["witness"]["margin"].get<double>() == points.witness->margin);
  CHECK(vector_of(json["witness"]["w"]) == points.witness->w);
  CHECK(too_steep.margin(vector_of(json["witness"]["w"])).value < 0);

  const pc::ProxyConvexity wrong{bowl, Bowl<double>{3, 2.5}, bowl};
  const auto pairs = pc::check(wrong, Cube<double>{}, {.samples = 300});
  const Json of_pairs = Json::parse(pc::json_text(pc::to_json(pairs)));
  REQUIRE(of_pairs["witness"].is_object());
  CHECK(keys(of_pairs["witness"]) ==
        std::vector<std::string>{"seed", "index", "reference", "margin", "error", "scalar", "stands", "w", "v"});
  CHECK(of_pairs["pairs_examined"].get<std::int64_t>() == pairs.statistics.examined);
  CHECK(of_pairs["examined_samples"] == 300);
  CHECK(of_pairs["witness"]["reference"] == pairs.witness->reference);
  CHECK(wrong.margin(vector_of(of_pairs["witness"]["w"]), vector_of(of_pairs["witness"]["v"])).value < 0);
}

TEST_CASE("a run that could be stopped says so beside its weaker bound") {
  pc::CheckReport report = pc::check(good, Cube<double>{}, {.samples = 700, .confidence = 0.95});
  report.may_stop = true;  // what check says when an observer returns Flow (saved_check.cpp)
  const Json json = pc::to_json(report);
  CHECK(json["may_stop"] == true);
  CHECK(json["violation_probability_upper"].get<double>() > pc::clopper_pearson_upper(0, 700, 0.95));
}

TEST_CASE("given points: no probability, no seed") {
  const pc::Matrix<double> points = pc::Matrix<double>::Ones(3, 4);
  const Json json = pc::to_json(pc::check(too_steep, points));
  CHECK(json["violation_probability_upper"] == "NaN");
  CHECK(json["complete"] == true);
  CHECK(json["samples"] == 4);
  CHECK(json["examined_samples"] == 0);
  CHECK(json["witness"]["seed"].is_null());
  CHECK(json["witness"]["index"] == 0);
}

TEST_CASE("nothing finite: no margin, and no null where a number is NaN") {
  const pc::ProxyPL property{bowl, Level<double>{std::nan("")}, {.alpha = 1, .mu = 1, .xi = 0}};
  const Json json = pc::to_json(pc::check(property, Cube<double>{}, {.samples = 10}));
  CHECK(json["non_finite"] == 10);
  CHECK(json["smallest_margin"].is_null());
  CHECK(json["smallest_margin_error"].is_null());
  CHECK(json["histogram"].is_array());
  CHECK(json["histogram"].empty());
  CHECK(json["verdict"] == "inconclusive");
  CHECK(json["violation_probability_upper"] == 1.0);

  pc::CheckReport report;
  report.rigorous_rounding = false;
  report.constants = {{"a", std::nan("")}, {"b", -std::numeric_limits<double>::infinity()}, {"c", 0.1}};
  report.statistics.histogram.record(1e300);
  report.statistics.histogram.record(-1e300);
  const Json odd = Json::parse(pc::json_text(pc::to_json(report)));
  CHECK(odd["rounding"] == "assumed");
  CHECK(odd["constants"]["a"] == "NaN");
  CHECK(odd["constants"]["b"] == "-Infinity");
  CHECK(odd["constants"]["c"].get<double>() == 0.1);
  REQUIRE(odd["histogram"].size() == 2);
  CHECK(odd["histogram"][0]["low"] == "-Infinity");
  CHECK(odd["histogram"][1]["high"] == "Infinity");
}

TEST_CASE("numbers of JSON: finite ones exactly, the others as words") {
  for (const double value : {0.1, -0.0, 1e-310, std::numeric_limits<double>::max(), 1.0 / 3}) {
    CHECK(Json::parse(pc::json_number(value).dump()).get<double>() == value);
  }
  CHECK(pc::json_number(std::nan("")).dump() == "\"NaN\"");
  CHECK(pc::json_number(std::numeric_limits<double>::infinity()).dump() == "\"Infinity\"");
  CHECK(pc::json_number(-std::numeric_limits<double>::infinity()).dump() == "\"-Infinity\"");
}

TEST_CASE("the same bytes for any number of threads, and from merged halves") {
  const auto compare = [](const auto& property) {
    const pc::CheckSettings settings{.samples = 256 * 9 + 100, .seed = pc::Seed{4}, .threads = 1};
    const auto text = [&](int threads, pc::Index first, pc::Index last) {
      pc::CheckSettings part = settings;
      part.threads = threads;
      part.first_block = first;
      part.last_block = last;
      return pc::check(property, Cube<double>{}, part);
    };
    const std::string one = pc::json_text(pc::to_json(text(1, 0, 10)));
    CHECK(pc::json_text(pc::to_json(text(2, 0, 10))) == one);
    const auto first = text(2, 0, 4);
    CHECK(pc::to_json(first)["complete"] == false);
    CHECK(pc::json_text(pc::to_json(pc::merge(first, text(1, 4, 10)))) == one);
  };
  compare(good);
  compare(too_steep);
  compare(convex);
  compare(pc::ProxyConvexity{bowl, Bowl<double>{3, 2.5}, bowl});
}

TEST_CASE("names that are not UTF-8 are written all the same") {
  pc::CheckReport report;
  report.property = "caf\xe9 \"\n";
  report.region = "\xff\xfe";
  const tests::TemporaryFolder folder;
  pc::write_json(folder.path() / "report.json", pc::to_json(report));
  const std::string text = tests::content_of(folder.path() / "report.json");
  const Json json = Json::parse(text);
  CHECK(json["name"] == "caf\xef\xbf\xbd \"\n");
  CHECK(text.back() == '\n');
  CHECK_THROWS_AS(pc::write_json(folder.path() / "no" / "x", json), std::runtime_error);
}

TEST_CASE("a monitor's report: every key, in order, with what the report says") {
  const pc::ProxyPL property{bowl, Level<double>{0.1}, {.alpha = 1, .mu = 2, .xi = 0}};  // violated from t = 4 on
  const auto promise = [](pc::Index T) { return T == 3 ? 0.01 : 1.0; };
  pc::Monitor monitor{property,
                      pc::WatchedProxy{bowl, promise, pc::Measured::best_iterate},
                      {.distance_to = pc::Vector<double>::Unit(3, 0)}};
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
