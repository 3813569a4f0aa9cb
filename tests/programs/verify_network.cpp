// SPDX-License-Identifier: MIT
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <proxcvx/instances/catalogue.hpp>
#include <proxcvx/instances/leaky_network.hpp>
#include <proxcvx/io/hex_float.hpp>
#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/verify/escalation.hpp>
#include <sstream>
#include <thread>

#include "support/catch2.hpp"
#include "support/programs.hpp"
#include "support/run.hpp"
#include "support/temporary.hpp"
#include "verified.hpp"

// The main job as a user runs it: statuses, the report, its bytes, its pictures, and a kill.

namespace pc = proxcvx;

namespace {

using Json = nlohmann::ordered_json;
using tests::Report;
using tests::sharp_words;
using tests::verify;

}  // namespace

TEST_CASE("without arguments the embedded problem is studied: table, report, page and pictures") {
  const tests::TemporaryFolder folder;
  const auto ended =
      tests::run(tests::program("verify_network"), {"--samples", "2000", "--out", folder.path().string()});
  INFO(ended.err);
  CHECK(ended.status == 0);
  for (const char* word : {"no-violation-found", "proxy-pl", "proxy-convexity", "kept at every T", "training error"}) {
    CHECK_THAT(ended.out, Catch::Matchers::ContainsSubstring(word));
  }
  for (const char* name : {"report.json", "report.html", "proxy-pl-margins.svg", "proxy-pl-run.svg",
                           "proxy-convexity-margins.svg", "proxy-convexity-run.svg"}) {
    INFO(name);
    CHECK(std::filesystem::file_size(folder.path() / name) > 500);
  }
  CHECK(std::filesystem::file_size(folder.path() / "report.html") < 400'000);
}

TEST_CASE("the report has the documented keys in their order") {
  const Report report = verify({"--samples", "600", "--iterations", "20"});
  const auto keys = [](const Json& json) {
    std::vector<std::string> names;
    for (const auto& item : json.items()) names.push_back(item.key());
    return names;
  };
  CHECK(keys(report.json) == std::vector<std::string>{"version", "problem", "properties", "run", "seconds"});
  CHECK(keys(report.json["problem"]) ==
        std::vector<std::string>{"data", "samples", "dimension", "parameters", "network", "loss"});
  CHECK(keys(report.json["run"]) == std::vector<std::string>{"optimizer", "step_size", "iterations", "status",
                                                             "initial_loss", "final_loss", "training_error",
                                                             "proxy_best", "proxy_mean"});
  REQUIRE(report.json["properties"].size() == 2);
  for (const Json& property : report.json["properties"]) {
    for (const char* key : {"name", "constants", "region", "samples", "pairs_examined", "violations", "undecided",
                            "non_finite", "smallest_margin", "violation_probability_upper", "confidence", "vacuous",
                            "witness", "verdict", "guarantee", "guarantee_note"}) {
      INFO(key);
      CHECK(property.contains(key));
    }
  }
  CHECK(report.json["properties"][1]["pairs_examined"] >= 600);
  CHECK(report.json["properties"][1]["guarantee"]["held"] == true);
}

TEST_CASE("an instance stands for the flags that its row of the catalogue gives") {
  const std::vector<std::string> brief{"--samples", "600", "--iterations", "20", "--verbs", "check,monitor"};
  for (const auto& entry : pc::instance_catalogue) {
    if (entry.flags.empty()) continue;
    INFO(entry.name);
    std::vector<std::string> by_name{"--instance", std::string(entry.name)}, by_flags;
    std::istringstream flags{std::string(entry.flags)};
    for (std::string word; flags >> word;) by_flags.push_back(word);
    for (auto* words : {&by_name, &by_flags}) words->insert(words->end(), brief.begin(), brief.end());
    const Report report = verify(by_name);
    CHECK(report.ended.status == 0);
    CHECK(!report.json["properties"].empty());
    CHECK(report.bytes == verify(by_flags).bytes);
  }
}

TEST_CASE("the report is the same, byte for byte, with 1, 2 and 7 threads") {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{}, std::vector<std::string>{"--network", "neuron", "--loss", "squared"}}) {
    std::vector<std::string> reports;
    for (const char* threads : {"1", "2", "7"}) {
      auto all = words;
      all.insert(all.end(), {"--samples", "3000", "--iterations", "50", "--threads", threads});
      const Report report = verify(all, {std::string("OMP_NUM_THREADS=") + threads});
      CHECK(report.ended.status == 0);
      reports.push_back(report.bytes);
    }
    CHECK(reports[0] == reports[1]);
    CHECK(reports[0] == reports[2]);
  }
}

TEST_CASE("twice the sharp mu is violated where all units are inactive, with a witness that re-checks") {
  const tests::TemporaryFolder folder;
  const Report kept = verify(sharp_words(folder));
  CHECK(kept.ended.status == 0);
  const double mu = kept.json["properties"][0]["constants"]["mu"];
  CHECK(mu == Approx(2 * 0.25 * 0.75).epsilon(1e-6));

  auto words = sharp_words(folder);
  words.insert(words.end(), {"--mu", std::to_string(2 * mu)});
  const Report broken = verify(words);
  CHECK(broken.ended.status == 1);
  const Json& property = broken.json["properties"][0];
  CHECK(property["verdict"] == "violated");
  CHECK(property["violations"] > 0);
  const Json& witness = property["witness"];
  REQUIRE(witness.is_object());
  CHECK(witness["stands"] == true);

  pc::Vector<double> w(8);
  REQUIRE(witness["w"].size() == 8);
  for (pc::Index i = 0; i < 8; ++i) {
    w[i] = pc::from_hex_float(witness["w"][static_cast<std::size_t>(i)].get<std::string>());
  }
  pc::Matrix<double> x(2, 2);
  x << 0.75, -0.75, 0.25, 0.25;
  pc::Matrix<double> y(1, 2);
  y << 1, -1;
  const pc::TwoLayer<pc::AnyActivation> network({.inputs = 2, .hidden = 4}, pc::LeakyReLU{0.25});
  const pc::LeakyNetwork instance{network, pc::Dataset<double>(x, y)};
  auto constants = instance.constants();
  constants.mu = property["constants"]["mu"];
  const auto claim = instance.proxy_pl(constants);
  const pc::detail::Escalation<decltype(claim)> escalation{claim};
  CHECK(escalation.confirm(w).outcome == pc::Outcome::violated);
  CHECK(escalation.confirm(w).scalar == "50 digits");

  // Its vector, as the report writes it, is a start from which the violation shows again.
  std::string hexadecimal;
  for (const Json& entry : witness["w"]) hexadecimal += entry.get<std::string>() + "\n";
  words[3] = folder.file("witness.txt", hexadecimal).string();
  words.insert(words.end(), {"--radius", "1e-9"});
  CHECK(verify(words).json["properties"][0]["verdict"] == "violated");
}

TEST_CASE("a smoothed leaky network keeps both guarantees, and SGD keeps its in the mean") {
  const Report smooth = verify({"--activation", "smooth_leaky_relu", "--samples", "500", "--iterations", "200"});
  CHECK(smooth.ended.status == 0);
  for (const Json& property : smooth.json["properties"]) CHECK(property["guarantee"]["held"] == true);
  const Report sgd =
      verify({"--optimizer", "sgd", "--repeats", "5", "--samples", "500", "--iterations", "200", "--batch", "4"});
  CHECK(sgd.ended.status == 0);
  CHECK(sgd.json["properties"][1]["guarantee"]["held"] == true);
  CHECK(sgd.json["properties"][1]["guarantee"]["standard_error"] > 0);
  const Report both = verify({"--optimizer", "sgd", "--activation", "smooth_leaky_relu", "--repeats", "5", "--samples",
                              "500", "--iterations", "200"});
  CHECK(both.ended.status == 0);
  for (const Json& property : both.json["properties"]) CHECK(property["guarantee"]["held"] == true);
  const Report accurate = verify({"--accuracy", "0.5", "--samples", "500", "--activation", "smooth_leaky_relu"});
  CHECK(accurate.ended.status == 0);
  const Json& guarantee = accurate.json["properties"][0]["guarantee"];
  const double xi = accurate.json["properties"][0]["constants"]["xi"];
  CHECK(guarantee["bound"].get<double>() <= xi + 0.5 + 1e-9);
}

TEST_CASE("the agnostic neuron's theorem covers every non-decreasing activation") {
  for (const char* name : {"identity", "relu", "leaky_relu", "smooth_leaky_relu", "tanh", "sigmoid", "softplus"}) {
    INFO(name);
    const Report report = verify({"--network", "neuron", "--loss", "squared", "--activation", name, "--samples", "500",
                                  "--iterations", "100", "--property", "proxy-convexity"});
    CHECK(report.ended.status == 0);
    CHECK(report.json["properties"][0]["guarantee"]["held"] == true);
  }
}

TEST_CASE("any other network is covered by its tangents: an inequality that is a theorem, and constants of a point") {
  const tests::TemporaryFolder folder;
  std::string rows = "a,b,c,y\n";  // a regression, as of houses: a smooth function of three numbers
  for (int i = 0; i < 12; ++i) {
    const double a = std::sin(i), b = std::cos(3 * i), c = 0.1 * i;
    rows += std::to_string(a) + "," + std::to_string(b) + "," + std::to_string(c) + "," +
            std::to_string(a * b + 0.5 * c) + "\n";
  }
  const std::string houses = folder.file("houses.csv", rows).string();
  struct Case {
    std::vector<std::string> words;
    const char* local;
  };
  for (const auto& [words, local] : std::vector<Case>{
           {{"--network", "mlp", "--hidden", "6,5", "--activation", "tanh"}, "tangent-margin"},
           {{"--train", "all", "--hidden", "8", "--activation", "swish"}, "tangent-margin"},
           {{"--activation", "relu", "--hidden", "8"}, "tangent-margin"},
           {{"--network", "neuron"}, "tangent-margin"},
           {{"--network", "mlp", "--hidden", "8", "--activation", "softplus", "--loss", "squared", "--data", houses},
            "tangent-kernel"},
           {{"--hidden", "8", "--activation", "tanh", "--loss", "squared", "--data", houses}, "tangent-kernel"}}) {
    auto all = words;
    all.insert(all.end(), {"--samples", "16", "--evaluations", "160", "--iterations", "20", "--radius", "1", "--verbs",
                           "check,falsify,fit,prove,monitor"});
    const Report report = verify(all);
    INFO(report.ended.out << report.ended.err);
    CHECK(report.ended.status == 0);
    REQUIRE(report.json["properties"].size() == 2);
    const Json& point = report.json["properties"][0];
    const Json& pairs = report.json["properties"][1];
    CHECK(point["name"] == local);
    CHECK(pairs["name"] == "proxy-convexity");
    CHECK(pairs["pairs_examined"] == 4 * 16);
    for (const Json& property : {point, pairs}) {
      CHECK(property["verdict"] == "no-violation-found");
      CHECK(property["evidence"] == "proved-by-theorem");
      CHECK(property["not_available"].contains("fit"));
      CHECK(property["fit"].is_null());
      CHECK_THAT(property["prove"]["note"].get<std::string>(), Catch::Matchers::StartsWith("not available"));
      CHECK(property["monitor"]["verdict"] == "no-violation-found");
    }
    CHECK(point["falsify"].is_null());
    CHECK(pairs["falsify"]["verdict"] == "no-violation-found");
    CHECK(point["guarantee"].is_null());
    CHECK(point["measured_constants"]["mu_at_start"] >= point["measured_constants"]["mu_least"]);
    CHECK(pairs["measured_constants"].is_null());
    const Json& guarantee = pairs["guarantee"];
    CHECK(guarantee["held"] == true);
    CHECK(guarantee["bound"] >= guarantee["measured"]);
    CHECK_THAT(report.ended.out, Catch::Matchers::ContainsSubstring("not available for this property"));
  }
}

TEST_CASE("softmax: K classes by the tangents of K outputs, and a witness of a false claim that replays") {
  const tests::TemporaryFolder folder;
  std::string rows = "a,b,kind\n";
  for (int i = 0; i < 12; ++i) {
    rows += std::to_string(std::sin(i)) + "," + std::to_string(std::cos(2 * i)) + "," +
            (i % 4 == 0   ? "red"
             : i % 4 == 1 ? "green"
                          : "blue") +
            "\n";
  }
  const std::string table = folder.file("kinds.csv", rows).string();
  std::vector<std::string> words{"--loss",       "softmax", "--network",     "mlp", "--hidden",     "5",
                                 "--activation", "tanh",    "--samples",     "16",  "--iterations", "20",
                                 "--radius",     "1",       "--evaluations", "160"};
  auto embedded = words;
  words.insert(words.end(), {"--data", table});
  auto all = words;
  all.insert(all.end(), {"--verbs", "check,falsify,fit,prove,monitor"});
  embedded.insert(embedded.end(), {"--property", "proxy-convexity"});
  for (const Report& report : {verify(all), verify(embedded)}) {
    INFO(report.ended.out << report.ended.err);
    CHECK(report.ended.status == 0);
    CHECK(report.json["problem"]["loss"] == "softmax");
    CHECK(report.json["problem"]["classes"] == 3);
    const Json& pairs = report.json["properties"].back();
    CHECK(pairs["name"] == "proxy-convexity");
    CHECK(pairs["falsify"]["verdict"] == "no-violation-found");
    CHECK(pairs["guarantee"]["held"] == true);
    CHECK(report.json["run"]["training_error"] <= 1);
    CHECK(report.json["run"]["final_loss"] < report.json["run"]["initial_loss"]);
    if (report.json["properties"].size() == 1) continue;
    const Json& point = report.json["properties"][0];
    CHECK(point["name"] == "tangent-margin");
    CHECK(point["measured_constants"]["proxy"] == "G");
    for (const Json& property : {point, pairs}) {
      CHECK(property["verdict"] == "no-violation-found");
      CHECK(property["evidence"] == "proved-by-theorem");
      CHECK(property["monitor"]["verdict"] == "no-violation-found");
    }
  }
  words.insert(words.end(), {"--mu", "1000", "--xi", "0", "--property", "proxy-pl", "--verbs", "check,prove", "--out",
                             (folder.path() / "false").string()});
  const tests::Ended ended = tests::run(tests::program("verify_network"), words);
  INFO(ended.out << ended.err);
  CHECK(ended.status == 1);
  CHECK_THAT(ended.out, Catch::Matchers::ContainsSubstring("no interval form"));
  const std::string witness = (folder.path() / "false" / "witness-proxy-pl-check.txt").string();
  CHECK(tests::run(tests::program("verify_network"), {"--replay", witness}).status == 1);
}

TEST_CASE("tangents: one property alone, SGD without a guarantee, as many samples as seconds allow, and a replay") {
  const std::vector<std::string> words{"--activation", "tanh", "--hidden", "4", "--iterations", "10", "--radius", "1"};
  auto sgd = words;
  sgd.insert(sgd.end(), {"--optimizer", "sgd", "--repeats", "2", "--samples", "16", "--property", "proxy-convexity"});
  const Report random = verify(sgd);
  CHECK(random.ended.status == 0);
  REQUIRE(random.json["properties"].size() == 1);
  CHECK(random.json["properties"][0]["guarantee"].is_null());
  CHECK_THAT(random.json["properties"][0]["guarantee_note"].get<std::string>(), Catch::Matchers::StartsWith("none"));
  auto point = words;
  point.insert(point.end(), {"--property", "proxy-pl", "--verbs", "check"});
  const Report few = verify(point);
  CHECK(few.ended.status == 0);
  REQUIRE(few.json["properties"].size() == 1);
  CHECK(few.json["properties"][0]["samples"] < 20'000);
  CHECK(few.json["properties"][0]["complete"] == true);
}

TEST_CASE("--mu and --xi stand in place of what tangents give, and may fail") {
  const std::vector<std::string> words{"--network",    "mlp", "--hidden",     "6,5",  "--samples",  "300",
                                       "--iterations", "20",  "--activation", "tanh", "--property", "proxy-pl"};
  auto weak = words;
  weak.insert(weak.end(), {"--mu", "1e-9", "--xi", "0.9"});
  CHECK(verify(weak).ended.status == 0);
  auto strong = words;
  strong.insert(strong.end(), {"--mu", "1e6", "--xi", "0"});
  const Report broken = verify(strong);
  CHECK(broken.ended.status == 1);
  REQUIRE(broken.json["properties"].size() == 1);
  CHECK(broken.json["properties"][0]["name"] == "proxy-pl");
  CHECK(broken.json["properties"][0]["verdict"] == "violated");
  CHECK(broken.json["properties"][0]["guarantee"].is_null());
  auto half = words;
  half.insert(half.end(), {"--mu", "1"});
  const auto missing = tests::run(tests::program("verify_network"), half);
  CHECK(missing.status == 2);
  CHECK_THAT(missing.err, Catch::Matchers::ContainsSubstring("--mu and --xi"));
}

TEST_CASE("a claim that says nothing is called vacuous") {
  const Report report = verify({"--xi", "1", "--samples", "300", "--iterations", "5", "--property", "proxy-pl"});
  CHECK(report.json["properties"][0]["vacuous"] == true);
  CHECK_THAT(report.ended.out, Catch::Matchers::ContainsSubstring("vacuous"));
}

TEST_CASE("without gnuplot the run goes on and says that pictures were skipped") {
  const tests::TemporaryFolder folder;
  const auto ended = tests::run(tests::program("verify_network"),
                                {"--samples", "300", "--iterations", "5", "--out", folder.path().string()},
                                {"PROXCVX_GNUPLOT=/nonexistent/gnuplot"});
  CHECK(ended.status == 0);
  CHECK_THAT(ended.out, Catch::Matchers::ContainsSubstring("pictures were skipped"));
  CHECK(std::filesystem::exists(folder.path() / "report.html"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "proxy-pl-run.svg"));
}

TEST_CASE("--quiet prints nothing, --help everything") {
  const auto quiet = tests::run(tests::program("verify_network"), {"--quiet", "--samples", "300", "--iterations", "5"});
  CHECK(quiet.status == 0);
  CHECK(quiet.out.empty());
  CHECK(quiet.err.empty());
  const auto help = tests::run(tests::program("verify_network"), {"--help"});
  CHECK(help.status == 0);
  CHECK_THAT(help.out, Catch::Matchers::ContainsSubstring("--property"));
}

TEST_CASE("a kill leaves the report so far, and plain progress lines were printed") {
  const tests::TemporaryFolder folder;
  const tests::TemporaryFolder out;
  const pid_t process =
      tests::start(tests::program("verify_network"), {"--samples", "100000000", "--out", out.path().string()}, folder);
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const auto ready = [&] {
    return std::filesystem::exists(out.path() / "report.json") && !tests::content_of(folder.path() / "err").empty();
  };
  while (!ready() && std::chrono::steady_clock::now() < patience) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  kill(process, SIGKILL);
  const auto ended = tests::wait_for(process, folder);
  CHECK(ended.status == -SIGKILL);
  CHECK_THAT(ended.err, Catch::Matchers::ContainsSubstring("checking proxy-pl"));
  const Json report = Json::parse(tests::content_of(out.path() / "report.json"));
  REQUIRE(report["properties"].size() == 1);
  CHECK(report["properties"][0]["complete"] == false);
  CHECK(report["properties"][0]["verdict"] == "inconclusive");
  CHECK(report["properties"][0]["examined_samples"] > 0);
  CHECK(report["properties"][0]["violations"] == 0);
  CHECK(report["run"].is_null());
}
