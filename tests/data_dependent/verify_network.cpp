// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "support/catch2.hpp"
#include "support/counts.hpp"
#include "support/programs.hpp"
#include "support/run.hpp"
#include "support/shared.hpp"
#include "support/temporary.hpp"

// The main job on real data: the theorem's own constants have no violation, and the run keeps the guarantee.

namespace {

using Json = nlohmann::ordered_json;

struct Case {
  std::vector<std::string> words;
  long samples;
  bool vacuous_is_wrong;
};

void keeps_the_theorem(Case what) {
  const tests::TemporaryFolder folder;
  what.words.insert(what.words.end(),
                    {"--verbs", "check", "--samples", std::to_string(what.samples), "--out", folder.path().string()});
  const int seconds = tests::long_run() ? 4 * 3600 : 600;
  const tests::Ended ended = tests::run(tests::program("verify_network"), what.words, {}, seconds);
  INFO(ended.out << ended.err);
  CHECK(ended.status == 0);
  const Json report = Json::parse(tests::content_of(folder.path() / "report.json"));
  REQUIRE(report["properties"].size() == 2);
  for (const Json& property : report["properties"]) {
    INFO(property["name"]);
    CHECK(property["verdict"] == "no-violation-found");
    CHECK(property["samples"] == what.samples);
    CHECK(property["examined_samples"] == what.samples);
    CHECK(property["violations"] == 0);
    CHECK(property["undecided"] == 0);
    CHECK(property["non_finite"] == 0);
    CHECK(property["rounding"] == "rigorous");
    if (what.vacuous_is_wrong) CHECK(property["vacuous"] == false);
  }
  const Json& pairs = report["properties"][1];
  CHECK(pairs["pairs_examined"] >= what.samples);
  CHECK(pairs["guarantee"]["held"] == true);  // at every T
  CHECK(pairs["guarantee"]["measured"] <= pairs["guarantee"]["bound"]);
}

std::vector<std::string> csv(const std::string& name) {
  return {"--data", tests::shared_path("data/" + name).string()};
}

}  // namespace

TEST_CASE("iris: 100,000 samples without a violation, guarantee kept, not vacuous") {
  keeps_the_theorem({csv("iris.csv"), 100'000, true});
}

TEST_CASE("ionosphere: 100,000 samples without a violation, guarantee kept") {
  keeps_the_theorem({csv("ionosphere.csv"), 100'000, false});
}

TEST_CASE("banknotes: 100,000 samples without a violation, guarantee kept, not vacuous") {
  keeps_the_theorem({csv("banknote_authentication.csv"), 100'000, true});
}

TEST_CASE("handwritten 0 against 1: no violation, guarantee kept") {
  keeps_the_theorem(
      {{"--idx", tests::shared_path("data/t10k-images-idx3-ubyte.gz").string(),
        tests::shared_path("data/t10k-labels-idx1-ubyte.gz").string(), "--classes", "0,1", "--iterations", "100"},
       tests::long_run() ? 100'000 : 2'000,
       false});
}

TEST_CASE("a smoothed leaky network on iris keeps both guarantees") {
  auto words = csv("iris.csv");
  words.insert(words.end(), {"--activation", "smooth_leaky_relu"});
  keeps_the_theorem({words, tests::long_run() ? 100'000 : 2'000, true});
}

TEST_CASE("a neuron on house prices keeps its guarantee") {
  auto words = csv("housing.csv");
  words.insert(words.end(), {"--network", "neuron", "--loss", "squared"});
  keeps_the_theorem({words, tests::long_run() ? 100'000 : 5'000, false});
}
