// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>
#include <proxcvx/io/proof_file.hpp>
#include <proxcvx/io/saved_check.hpp>
#include <proxcvx/io/witness_file.hpp>
#include <thread>

#include "support/catch2.hpp"
#include "support/programs.hpp"
#include "support/run.hpp"
#include "support/temporary.hpp"
#include "verified.hpp"

// The verbs of verify_network beside check, and what outlives a run: witnesses that are replayed, work that is resumed.

namespace verbs {

namespace pc = proxcvx;
using Json = nlohmann::ordered_json;
using Words = std::vector<std::string>;

namespace {

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

tests::Ended verify(const Words& words) { return tests::run(tests::program("verify_network"), words); }

Json report_in(const std::filesystem::path& folder) {
  Json json = Json::parse(tests::content_of(folder / "report.json"));
  json.erase("seconds");
  return json;
}

void is_bad_input(const tests::Ended& ended, const std::string& mention) {
  INFO(ended.out << ended.err);
  CHECK(ended.status == 2);
  CHECK(ended.out.empty());
  CHECK(std::count(ended.err.begin(), ended.err.end(), '\n') == 1);
  CHECK_THAT(ended.err, Catch::Matchers::ContainsSubstring(mention));
}

/// A problem with a violation: mu is twice the sharp one of theory 4.4, 2 gamma m_0 = 0.375.
Words false_claim(const tests::TemporaryFolder& folder) { return with(tests::sharp_words(folder), {"--mu", "0.75"}); }

}  // namespace

TEST_CASE("each verb has its place in the report, and null where it was not asked for") {
  const tests::TemporaryFolder folder;
  const auto keys = {"evidence", "witness_files", "falsify", "fit", "prove", "monitor"};
  const Words words = tests::sharp_words(folder);
  const tests::Report some = tests::verify(words);
  CHECK(some.ended.status == 0);
  for (const char* key : keys) CHECK(some.json["properties"][0].contains(key));
  CHECK(some.json["properties"][0]["falsify"]["verdict"] == "no-violation-found");
  CHECK(some.json["properties"][0]["falsify"]["evaluations"] > 0);
  CHECK(some.json["properties"][0]["monitor"]["iterates"] == 50);
  CHECK(some.json["properties"][0]["fit"].is_null());
  CHECK(some.json["properties"][0]["prove"].is_null());
  CHECK(some.json["properties"][0]["evidence"] == "no-violation-found");
  CHECK(some.json["properties"][0]["witness_files"].empty());

  const tests::Report others = tests::verify(with(words, {"--verbs", "fit,prove", "--time-limit", "2"}));
  const Json& property = others.json["properties"][0];
  CHECK(others.ended.status == 0);
  CHECK(property["falsify"].is_null());
  CHECK(property["monitor"].is_null());
  CHECK(property["examined_samples"] == 0);
  REQUIRE(property["fit"]["constants"].size() == 2);
  const Json& mu = property["fit"]["constants"][0];
  CHECK(mu["fitted"] == "mu");
  // The theorem's mu is true, and sharp where the run starts: 2 gamma m_0.
  CHECK(mu["constant"].get<double>() >= 0.375 * (1 - 1e-9));
  CHECK(mu["constant"].get<double>() <= 0.375 * (1 + 1e-3));
  CHECK(property["fit"]["constants"][1]["fitted"] == "xi");
  CHECK(property["fit"]["frontier"]["hull"].size() >= 1);
  CHECK(property["prove"].contains("verdict"));
  CHECK(property["prove"]["boxes"] > 0);  // 8 parameters are within reach
}

TEST_CASE("a claim that a theorem covers is proved by it, with the premises in every report") {
  const Words words{"--verbs", "prove", "--iterations", "2", "--hidden", "3", "--time-limit", "1"};
  const tests::Report report = tests::verify(words);
  CHECK(report.ended.status == 0);
  REQUIRE(report.json["properties"].size() == 2);
  for (const Json& property : report.json["properties"]) {
    const Json& theorem = property["prove"]["theorem"];
    CHECK(property["evidence"] == "proved-by-theorem");
    CHECK(theorem["verdict"] == "proved-by-theorem");
    CHECK(theorem["name"] == property["name"]);
    CHECK(theorem["weakest"] == "data");
    CHECK(theorem["reason"] == "");
    for (const Json& premise : theorem["premises"]) CHECK(premise["holds"] == "yes");
  }
  const auto both = {&report.ended.out, &report.page};
  for (const std::string* text : both) {
    CHECK_THAT(*text, Catch::Matchers::ContainsSubstring("proved-by-theorem"));
    CHECK_THAT(*text, Catch::Matchers::ContainsSubstring("premises: data, 500 samples"));
  }
  CHECK_THAT(report.page, Catch::Matchers::ContainsSubstring("m_0 &gt; 0"));

  // Constants that the theorem does not give, and a network that none covers.
  const Json strong = tests::verify(with(words, {"--mu", "0.5", "--property", "proxy-pl"})).json["properties"][0];
  CHECK(strong["prove"]["theorem"]["verdict"] == "inconclusive");
  CHECK(strong["prove"]["theorem"]["reason"] == "the theorem does not give the claimed mu");
  const Json none =
      tests::verify(with(words, {"--network", "mlp", "--mu", "0.1", "--xi", "0.2", "--property", "proxy-pl"}))
          .json["properties"][0];
  CHECK(none["prove"]["theorem"].is_null());

  const tests::TemporaryFolder folder;
  const std::string data = folder.file("line.csv", "a,b,y\n1,0.5,0.25\n-0.5,1,-0.125\n0.25,-1,0.5\n").string();
  for (const std::string activation : {"leaky_relu", "softplus", "tanh"}) {
    const tests::Report neuron =
        tests::verify({"--data", data, "--network", "neuron", "--loss", "squared", "--activation", activation,
                       "--verbs", "prove", "--iterations", "2", "--time-limit", "0.2"});
    INFO(activation << neuron.ended.out);
    REQUIRE(neuron.json["properties"].size() == 2);
    for (const Json& property : neuron.json["properties"]) CHECK(property["evidence"] == "proved-by-theorem");
  }
}

TEST_CASE("a proof on the cube is kept in a file that can be read again") {
  const tests::TemporaryFolder folder;
  const std::filesystem::path out = folder.path() / "out";
  const Words words = with(tests::sharp_words(folder), {"--verbs", "prove", "--radius", "0.1", "--out", out.string()});
  REQUIRE(verify(with(words, {"--mu", "0.25"})).status == 0);
  const Json property = report_in(out)["properties"][0];
  CHECK(property["prove"]["verdict"] == "proved-on-box");
  REQUIRE(property["prove"]["proof_file"] == "proof-proxy-pl.txt");
  const pc::Proof proof = pc::read_proof(out / "proof-proxy-pl.txt");
  CHECK(proof.statement == property["statement"]);
  CHECK(proof.space() == 8);
  CHECK(static_cast<std::int64_t>(proof.nodes.size()) == property["prove"]["boxes"]);
  const double half = 0.1 / std::sqrt(8.0);
  CHECK(proof.high[0] == Catch::Detail::Approx(half));
  CHECK(proof.low[1] == Catch::Detail::Approx(-1 - half));

  // Where it is not proved, the file of an earlier run would be a lie.
  REQUIRE(verify(with(words, {"--mu", "0.75"})).status == 1);
  CHECK(report_in(out)["properties"][0]["prove"]["proof_file"].is_null());
  CHECK_FALSE(std::filesystem::exists(out / "proof-proxy-pl.txt"));
}

TEST_CASE("what has too many variables to be proved says so") {
  const tests::Report report = tests::verify({"--verbs", "prove", "--iterations", "2", "--property", "proxy-pl"});
  const Json& proof = report.json["properties"][0]["prove"];
  CHECK(proof["verdict"].is_null());
  CHECK_THAT(proof["note"].get<std::string>(), Catch::Matchers::ContainsSubstring("out of reach: 640 variables"));
  CHECK_THAT(report.ended.out, Catch::Matchers::ContainsSubstring("out of reach: 640 variables"));
}

TEST_CASE("a violation is kept in a file that replays until a byte of it or of the data changes") {
  const tests::TemporaryFolder folder;
  const Words words = false_claim(folder);
  const std::filesystem::path out = folder.path() / "out folder";
  const tests::Ended found = verify(with(words, {"--out", out.string(), "--quiet"}));
  REQUIRE(found.status == 1);
  const Json property = report_in(out)["properties"][0];
  CHECK(property["evidence"] == "violated");
  CHECK(property["falsify"]["verdict"] == "violated");
  REQUIRE(property["witness_files"].size() >= 2);
  for (const Json& name : property["witness_files"]) {
    const std::string file = (out / name.get<std::string>()).string();
    INFO(file);
    for (const tests::Ended& again :
         {verify({"--replay", file}), tests::run(tests::program("replay_witness"), {file})}) {
      INFO(again.err);
      CHECK(again.status == 1);
      CHECK_THAT(again.out, Catch::Matchers::ContainsSubstring("violated"));
    }
    CHECK(verify({"--replay", file, "--quiet"}).out.empty());
  }

  const std::filesystem::path file = out / property["witness_files"][0].get<std::string>();
  const std::string text = tests::content_of(file);
  std::string changed = text;
  changed[changed.find("\nw ") + 8] ^= 1;
  is_bad_input(verify({"--replay", folder.file("changed.txt", changed).string()}), "altered");
  is_bad_input(verify({"--replay", folder.file("cut.txt", text.substr(0, text.size() / 2)).string()}), "cut short");
  is_bad_input(verify({"--replay", folder.file("other.txt", "a shopping list\n").string()}), "proxcvx witness");
  is_bad_input(tests::run(tests::program("replay_witness"), {(folder.path() / "absent.txt").string()}), "absent.txt");

  // A point that does not violate, and flags that nobody knows.
  const pc::WitnessFile witness = pc::read_witness(file);
  pc::CheckReport moved;
  moved.property = witness.property;
  moved.constants = witness.constants;
  moved.scalar = witness.scalar;
  moved.witness.emplace();
  moved.witness->w = pc::Vector<double>::Zero(8);
  for (pc::Index j = 0; j < 8; j += 2) moved.witness->w[j] = j % 4 == 0 ? 5 : -5;  // all is classified, g < xi or so
  pc::WitnessOrigin origin = witness.origin;
  pc::write_witness(folder.path() / "moved.txt", moved, origin);
  CHECK(verify({"--replay", (folder.path() / "moved.txt").string()}).status == 0);
  origin.problem = "verify_network --nonsense 1";
  pc::write_witness(folder.path() / "flags.txt", moved, origin);
  is_bad_input(verify({"--replay", (folder.path() / "flags.txt").string()}), "--nonsense");
  origin.problem = "some other program";
  pc::write_witness(folder.path() / "program.txt", moved, origin);
  is_bad_input(verify({"--replay", (folder.path() / "program.txt").string()}), "verify_network");

  (void)folder.file("two.csv", "a,b,class\n0.75,0.25,plus\n-0.75,0.5,minus\n");
  is_bad_input(verify({"--replay", file.string()}), "the data has changed");
  std::filesystem::remove(folder.path() / "two.csv");
  is_bad_input(tests::run(tests::program("replay_witness"), {file.string()}), "two.csv");
}

TEST_CASE("a killed run goes on where it was, to the same report but for the seconds") {
  const tests::TemporaryFolder folder;
  const Words words{"--samples", "20000",         "--iterations",  "20", "--quiet", "--threads", "2",
                    "--verbs",   "check,falsify", "--evaluations", "400"};
  const std::string whole = (folder.path() / "whole").string();
  const std::string killed = (folder.path() / "killed").string();
  REQUIRE(verify(with(words, {"--out", whole})).status == 0);

  const tests::TemporaryFolder output;
  const pid_t process = tests::start(tests::program("verify_network"), with(words, {"--out", killed}), output);
  const std::filesystem::path saved = std::filesystem::path(killed) / "proxy-pl-check.saved";
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!std::filesystem::exists(saved) && std::chrono::steady_clock::now() < patience) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  kill(process, SIGKILL);
  CHECK(tests::wait_for(process, output).status == -SIGKILL);
  const pc::CheckReport part = pc::read_saved_check(saved);
  CHECK(part.last_block > 0);
  CHECK_FALSE(part.complete());

  is_bad_input(verify(with(words, {"--resume", killed, "--seed", "5"})), "seed");
  const tests::Ended resumed = verify(with(words, {"--resume", killed}));
  INFO(resumed.err);
  REQUIRE(resumed.status == 0);
  CHECK(report_in(killed).dump() == report_in(whole).dump());
}

TEST_CASE("a time limit ends with a report that says how far it came, and is honest about having looked") {
  const auto start = std::chrono::steady_clock::now();
  const tests::Report report = tests::verify({"--samples", "100000000", "--time-limit", "1", "--iterations", "5",
                                              "--property", "proxy-pl", "--verbs", "check,falsify"});
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(60));
  CHECK(report.ended.status == 0);
  const Json& property = report.json["properties"][0];
  CHECK(property["complete"] == false);
  CHECK(property["may_stop"] == true);
  CHECK(property["samples"] == 100'000'000);
  CHECK(property["verdict"] == "no-violation-found");
  CHECK(property["falsify"]["complete"] == false);
  const double n = property["examined_samples"];
  CHECK(n > 0);
  CHECK(n < 1e8);
  // A look may be had after every block: the bound is above that for a fixed number, log(1/0.01)/n.
  CHECK(property["violation_probability_upper"].get<double>() > std::log(100.0) / n);
  CHECK(property["violation_probability_upper"].get<double>() < 1);
}

TEST_CASE("a time limit ends a fit, which says so") {
  const tests::Report report = tests::verify(
      {"--samples", "100000000", "--time-limit", "1", "--iterations", "5", "--property", "proxy-pl", "--verbs", "fit"});
  const Json& fit = report.json["properties"][0]["fit"];
  REQUIRE(fit["constants"].size() == 2);
  for (const Json& constant : fit["constants"]) {
    CHECK(constant["stopped"] == true);
    CHECK(constant["verdict"] == "inconclusive");
    CHECK(constant["violation_probability_upper"] == "NaN");
  }
  CHECK(fit["frontier"].is_null());
  CHECK_THAT(report.ended.out, Catch::Matchers::ContainsSubstring("(ended early): inconclusive"));
}

}  // namespace verbs
