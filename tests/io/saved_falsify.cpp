// SPDX-License-Identifier: MIT
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <proxcvx/io/json_falsify.hpp>
#include <proxcvx/io/saved_falsify.hpp>
#include <proxcvx/io/witness_file.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/verify/falsify.hpp>
#include <sstream>
#include <thread>

#include "support/catch2.hpp"
#include "support/counts.hpp"
#include "support/temporary.hpp"
#include "verify/models.hpp"

namespace fs = std::filesystem;
namespace pc = proxcvx;
using Catch::Matchers::ContainsSubstring;

namespace {

namespace searched {

using Bowl = models::Bowl<double>;

/// On f = ||w||^2/2: ||w||^2 - (mu/2)(||w||^2/2 - xi) = (1 - mu/4) ||w||^2 + (mu/2) xi.
struct Claim {
  double mu;
  double xi = 0;
  [[nodiscard]] pc::ProxyPL<Bowl, Bowl> property() const { return {Bowl{}, Bowl{}, {.alpha = 2, .mu = mu, .xi = xi}}; }
};
const Claim holds{3.9};
const Claim at_equality{4};
const Claim fails_everywhere{4.04};     // by the same share of its terms
const Claim fails_far_out{8, 0.5};      // 2 - ||w||^2: at other points by other shares
const Claim fails_in_corners{8, 0.74};  // 2.96 - ||w||^2, in [-1, 1]^3

/// A region that takes its time, and runs every variant of a test as one type.
struct Slow : models::Cube<double> {
  int microseconds = 0;
  [[nodiscard]] bool contains(pc::ConstVectorRef<double> w) const {
    if (microseconds > 0) usleep(static_cast<useconds_t>(microseconds));
    return Cube<double>::contains(w);
  }
  [[nodiscard]] std::string description() const { return "cube of half width " + std::to_string(half_width); }
};

/// What a test wants to know of a run, and how it ends it: one type, so that falsify is compiled once.
struct Watch {
  int rounds = 1'000'000;  ///< stops after so many
  std::vector<std::string>* seen = nullptr;
  pc::SaveEvery* save = nullptr;
  pc::Progress* progress = nullptr;
  pc::TimeLimit* limit = nullptr;
  pc::Index wait_at = 1'000'000;  ///< for a kill, when so many starts have ended

  pc::Flow operator()(const pc::FalsifyReport& report) {
    if (seen != nullptr) seen->push_back(pc::saved_text(report));
    if (save != nullptr) (*save)(report);
    if (progress != nullptr) (*progress)(report);
    if (report.last_start >= wait_at) pause();
    const bool late = limit != nullptr && (*limit)(report) == pc::Flow::stop;
    return --rounds <= 0 || late ? pc::Flow::stop : pc::Flow::proceed;
  }
};
static_assert(pc::ReportObserver<Watch, pc::FalsifyReport> && pc::ReportObserver<pc::SaveEvery, pc::FalsifyReport>);
static_assert(pc::ReportObserver<pc::Progress, pc::FalsifyReport> &&
              pc::ReportObserver<pc::TimeLimit, pc::FalsifyReport>);
struct Misspelt {
  void operater(const pc::FalsifyReport&);
};
static_assert(!pc::ReportObserver<Misspelt, pc::FalsifyReport>);
static_assert(!pc::ReportObserver<int (*)(const pc::FalsifyReport&), pc::FalsifyReport>);

pc::FalsifyReport run(const Claim& claim, const pc::FalsifySettings& settings, Watch watch = {},
                      const pc::Matrix<double>& starts = {}, const Slow& region = {}) {
  return pc::falsify(claim.property(), region, settings, starts, watch);
}
pc::FalsifyReport resumed(const fs::path& file, const Claim& claim, const pc::FalsifySettings& settings,
                          Watch watch = {}, const pc::Matrix<double>& starts = {}, const Slow& region = {}) {
  return pc::resume_falsify(file, claim.property(), region, settings, starts, watch);
}

std::string message_of(const fs::path& file) {
  try {
    (void)pc::read_saved_falsify(file);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

const pc::FalsifySettings settings{.starts = 7, .evaluations = 700, .seed = pc::Seed{3}, .threads = 1};

}  // namespace searched

}  // namespace

TEST_CASE("a search stopped after every k rounds, saved and resumed gives the bytes of the uninterrupted one") {
  using namespace searched;
  const tests::TemporaryFolder folder;
  const pc::Matrix<double> given = pc::Matrix<double>::Constant(3, 2, 0.9);
  for (const Claim& claim : {holds, at_equality, fails_everywhere, fails_far_out, fails_in_corners}) {
    for (const pc::Matrix<double>& starts : {pc::Matrix<double>{}, given}) {
      const std::string whole = pc::saved_text(pc::falsify(claim.property(), Slow{}, settings, starts));
      CHECK(pc::saved_text(run(claim, settings, {}, starts)) == whole);
      for (int k = 1; k <= 4; ++k) {
        auto report = run(claim, settings, {.rounds = k}, starts);
        int runs = 1;
        for (; !report.complete(); ++runs) {
          CHECK(report.last_start == k * runs);
          const auto file = folder.file("saved", pc::saved_text(report));
          CHECK(pc::saved_text(pc::read_saved_falsify(file)) == pc::saved_text(report));
          pc::FalsifySettings later = settings;
          later.threads = runs == 2 ? 2 : 1;
          if (later.threads == 2) {  // to the end
            report = resumed(file, claim, later, {}, starts);
          } else {
            report = resumed(file, claim, later, {.rounds = k}, starts);
          }
        }
        CHECK(runs == (k >= 3 ? (7 + k - 1) / k : 3));
        CHECK(pc::saved_text(report) == whole);
        const auto done = folder.file("saved", whole);
        CHECK(pc::saved_text(resumed(done, claim, settings, {}, starts)) == whole);
      }
    }
  }
}

TEST_CASE("observers of a search see each start added, on one thread or on two") {
  using namespace searched;
  std::vector<std::string> one, two;
  const auto report = run(fails_far_out, settings, {.seen = &one});
  pc::FalsifySettings on_two = settings;
  on_two.threads = 2;
  (void)run(fails_far_out, on_two, {.seen = &two});
  REQUIRE(one.size() == 7);
  REQUIRE(two.size() == 4);
  for (std::size_t i = 0; i < 3; ++i) CHECK(two[i] == one[2 * i + 1]);
  CHECK(two[3] == one[6]);
  CHECK(report.last_start == 7);
  CHECK(report.complete());
  CHECK(report.candidates.examined() == report.evaluations);
  CHECK(report.evaluations == 700);
}

TEST_CASE("a search killed in the middle and resumed gives the bytes of the uninterrupted one") {
  using namespace searched;
  const tests::TemporaryFolder folder;
  const auto file = folder.path() / "saved";
  pc::FalsifySettings long_search = settings;
  long_search.starts = 40;
  long_search.evaluations = 4000;
  Slow slow;
  slow.microseconds = tests::long_run() ? 2400 : 60;  // in all about ten seconds, or one
  for (const Claim& claim : {holds, fails_in_corners}) {
    const std::string whole = pc::saved_text(run(claim, long_search));
    fs::remove(file);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      alarm(300);
      pc::SaveEvery save{file, 0.02};
      (void)run(claim, long_search, {.save = &save, .wait_at = 36}, {}, slow);
      _exit(0);
    }
    pc::Index done = 0;
    for (int waits = 0; waits < 6000 && done < 20; ++waits) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      if (fs::exists(file)) done = pc::read_saved_falsify(file).last_start;  // whole whenever one looks
    }
    kill(child, SIGKILL);
    int state = 0;
    REQUIRE(waitpid(child, &state, 0) == child);
    REQUIRE(WIFSIGNALED(state));  // it had not ended by itself
    const auto at_kill = pc::read_saved_falsify(file);
    CHECK(at_kill.last_start >= 20);
    CHECK(at_kill.last_start < 40);
    for (const int threads : {1, 2, 7}) {
      pc::FalsifySettings again = long_search;
      again.threads = threads;
      CHECK(pc::saved_text(resumed(file, claim, again)) == whole);
    }
  }
}

TEST_CASE("a time limit ends a search after the round that it is in, and the report says so") {
  using namespace searched;
  std::ostringstream lines, words;
  pc::TimeLimit at_once{0};
  pc::Progress progress{lines, 0};
  const auto report = run(fails_far_out, settings, {.progress = &progress, .limit = &at_once});
  CHECK(report.last_start == 1);
  CHECK_FALSE(report.complete());
  CHECK(report.evaluations == 100);
  CHECK(report.verdict() == pc::Verdict::violated);  // what was found is confirmed, and shrunk, all the same
  CHECK(report.unshrunk.has_value());
  CHECK(lines.str().starts_with("falsify: 1 of 7 starts, " + std::to_string(report.candidates.violated) +
                                " violated, smallest margin -"));
  words << report;
  CHECK_THAT(words.str(), ContainsSubstring("100 evaluations from 1 of 7 starts, seed 3, in double; stopped before"));
  std::ostringstream all;
  all << run(fails_far_out, settings);
  CHECK_THAT(all.str(), ContainsSubstring("700 evaluations from 7 starts, seed 3, in double\n"));
  const auto early = run(holds, settings, {.limit = &at_once});
  CHECK(early.verdict() == pc::Verdict::no_violation_found);
  CHECK(early.last_start == 1);
}

TEST_CASE("a saved search of another claim is refused, and the message says what differs") {
  using namespace searched;
  const tests::TemporaryFolder folder;
  const auto file = folder.file("saved", pc::saved_text(run(fails_far_out, settings, {.rounds = 2})));
  const auto refused = [&](const std::string& word, const pc::FalsifySettings& other,
                           const Claim& claim = fails_far_out, pc::Index given = 0, double width = 1) {
    Slow region;
    region.half_width = width;
    CHECK_THROWS_WITH(resumed(file, claim, other, {}, pc::Matrix<double>::Zero(3, given), region),
                      ContainsSubstring(word));
  };
  pc::FalsifySettings other = settings;
  refused("saved constant xi: expected 0.7", settings, fails_in_corners);
  refused("saved region: expected cube of half width 2", settings, fails_far_out, 0, 2);
  refused("saved number of given starts: expected 1, got 0", settings, fails_far_out, 1);
  other.starts = 8;
  refused("saved starts: expected 8, got 7", other);
  other.starts = 7;
  other.evaluations = 701;
  refused("saved number of evaluations: expected 701, got 700", other);
  other.evaluations = 700;
  other.seed = pc::Seed{4};
  refused("saved seed: expected 4, got 3", other);
  CHECK_THROWS_AS(resumed(folder.path() / "none", holds, settings), std::runtime_error);
  pc::FalsifyReport beyond = run(fails_far_out, settings, {.rounds = 2});
  beyond.last_start = 8;
  other = settings;
  other.after = beyond;
  CHECK_THROWS_WITH(run(fails_far_out, other), ContainsSubstring("saved last start: expected a number in [0, 7]"));
}

TEST_CASE("a search's report goes through a file without losing a bit, and a damaged file is refused") {
  using namespace searched;
  const tests::TemporaryFolder folder;
  auto report = run(fails_far_out, settings);
  report.constants.emplace_back("a name with\nbreaks\\n", -0.0);
  report.pairs = true;
  report.rigorous_rounding = false;
  report.gradients = true;
  report.given = 5;
  report.ended_satisfied = 6;
  report.ended_undecided = 7;
  report.ended_below_zero = 8;
  report.candidates.non_finite = 9;
  report.candidates.vacuous = 10;
  report.witness->v = pc::Vector<double>{{0.1, -1e-310}};
  const std::string text = pc::saved_text(report);
  const auto again = pc::read_saved_falsify(folder.file("report", text));
  CHECK(pc::saved_text(again) == text);
  CHECK(again.constants == report.constants);
  CHECK(again.verdict() == report.verdict());
  CHECK(again.witness->w == report.witness->w);
  CHECK(again.witness->v == report.witness->v);
  CHECK(again.unshrunk->w == report.unshrunk->w);
  CHECK(again.shrunk.bits == report.shrunk.bits);
  CHECK(again.smallest.scale_free == report.smallest.scale_free);
  CHECK(again.candidates.vacuous == 10);
  CHECK(again.ended_below_zero == 8);
  CHECK((again.pairs && again.gradients && !again.rigorous_rounding));
  std::ostringstream printed, printed_again;
  printed << report;
  printed_again << again;
  CHECK(printed.str() == printed_again.str());
  for (std::size_t i = 0; i < text.size(); i += tests::long_run() ? 1 : 11) {
    CHECK(!message_of(folder.file("cut", text.substr(0, i))).empty());
    std::string altered = text;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    CHECK(!message_of(folder.file("altered", altered)).empty());
  }
  CHECK_THAT(message_of(folder.file("check", "proxcvx saved check 2\n")), ContainsSubstring("first line"));
}

TEST_CASE("the witness of a search is shrunk at its own cost, stands, and is replayed") {
  using namespace searched;
  const tests::TemporaryFolder folder;
  const auto property = fails_far_out.property();
  Slow region;
  region.half_width = 0.97;  // whose corners have many bits
  const auto report = run(fails_far_out, settings, {}, {}, region);
  REQUIRE(report.witness);
  REQUIRE(report.unshrunk);
  CHECK(report.witness->stands);
  CHECK(report.unshrunk->stands);
  CHECK(report.witness->w.squaredNorm() > 2);
  CHECK(region.contains(report.witness->w));
  CHECK(report.witness->point == report.unshrunk->point);
  CHECK(report.shrunk.nonzeros == (report.witness->w.array() != 0).count());
  CHECK(report.shrunk.nonzeros_before == (report.unshrunk->w.array() != 0).count());
  CHECK(report.shrunk.nonzeros == 3);  // two entries of less than 1 do not go beyond sqrt 2
  CHECK(report.shrunk.bits < report.shrunk.bits_before);
  CHECK(report.shrunk.evaluations > 0);
  CHECK(report.evaluations == 700);
  std::ostringstream words;
  words << report;
  CHECK_THAT(words.str(), ContainsSubstring("shrunk           from 3 entries that are not 0 to 3, from "));
  pc::write_witness(folder.path() / "witness", report);
  CHECK(pc::replay(property, folder.path() / "witness") == pc::Verdict::violated);
  CHECK(pc::read_witness(folder.path() / "witness").w == report.witness->w);

  pc::FalsifySettings other = settings;
  other.shrink.evaluations = 0;
  const auto as_found = run(fails_far_out, other, {}, {}, region);
  CHECK_FALSE(as_found.unshrunk);
  CHECK(as_found.witness->w == report.unshrunk->w);
  CHECK(as_found.witness->margin == report.unshrunk->margin);
  other.shrink.evaluations = 3;
  CHECK(run(fails_far_out, other, {}, {}, region).shrunk.evaluations == 3);
  other.shrink.evaluations = -1;
  CHECK_THROWS_AS(run(fails_far_out, other, {}, {}, region), std::invalid_argument);
  CHECK_FALSE(run(holds, settings).unshrunk);
}

TEST_CASE("a search as JSON: every key, in order, with what the report says") {
  using namespace searched;
  using Json = nlohmann::ordered_json;
  const auto keys_of = [](const Json& json) {
    std::vector<std::string> out;
    for (const auto& [key, value] : json.items()) out.push_back(key);
    return out;
  };
  const std::vector<std::string> keys{"name",
                                      "statement",
                                      "constants",
                                      "region",
                                      "scalar",
                                      "seed",
                                      "starts",
                                      "ended_starts",
                                      "given_starts",
                                      "budget",
                                      "evaluations",
                                      "gradients",
                                      "satisfied",
                                      "violations",
                                      "undecided",
                                      "non_finite",
                                      "smallest_margin",
                                      "first_violation_cost",
                                      "lowest_of_starts",
                                      "complete",
                                      "rounding",
                                      "vacuous",
                                      "witness",
                                      "witness_file",
                                      "shrunk",
                                      "verdict"};
  const auto report = run(fails_far_out, settings, {.rounds = 4});
  const Json json = Json::parse(pc::json_text(pc::to_json(report, "some/witness")));
  CHECK(keys_of(json) == keys);
  CHECK(json["name"] == "proxy-pl");
  CHECK(json["constants"]["mu"] == 8.0);
  CHECK(json["region"]["description"] == report.region);
  CHECK(json["seed"] == 3);
  CHECK(json["starts"] == 7);
  CHECK(json["ended_starts"] == 4);
  CHECK(json["complete"] == false);
  CHECK(json["budget"] == 700);
  CHECK(json["evaluations"] == 400);
  CHECK(json["satisfied"].get<pc::Index>() + json["violations"].get<pc::Index>() + json["undecided"].get<pc::Index>() ==
        400);
  CHECK(json["smallest_margin"]["relative"].get<double>() == report.smallest.scale_free);
  CHECK(json["smallest_margin"]["start"] == report.smallest.start);
  CHECK(json["first_violation_cost"] == report.first_violation_cost);
  CHECK(keys_of(json["lowest_of_starts"]) == std::vector<std::string>{"satisfied", "undecided", "below_zero"});
  CHECK(keys_of(json["witness"]) == std::vector<std::string>{"start", "margin", "error", "scalar", "stands", "w"});
  CHECK(json["witness"]["start"] == report.witness->point);
  for (std::size_t i = 0; i < 3; ++i) {
    const double entry = report.witness->w[static_cast<pc::Index>(i)];
    CHECK(pc::from_hex_float(json["witness"]["w"][i].get<std::string>()) == entry);
  }
  CHECK(json["witness_file"] == "some/witness");
  CHECK(json["shrunk"]["evaluations"] == report.shrunk.evaluations);
  CHECK(json["shrunk"]["nonzeros_before"] == report.shrunk.nonzeros_before);
  CHECK(json["shrunk"]["nonzeros"] == report.shrunk.nonzeros);
  CHECK(json["shrunk"]["bits_before"] == report.shrunk.bits_before);
  CHECK(json["shrunk"]["bits"] == report.shrunk.bits);
  CHECK(json["verdict"] == "violated");

  const Json none = pc::to_json(run(holds, settings));
  CHECK(keys_of(none) == keys);
  CHECK(none["witness"].is_null());
  CHECK(none["witness_file"].is_null());
  CHECK(none["shrunk"].is_null());
  CHECK(none["first_violation_cost"].is_null());
  CHECK(none["complete"] == true);
  CHECK(none["verdict"] == "no-violation-found");
  const Json nothing = pc::to_json(pc::FalsifyReport{});
  CHECK(keys_of(nothing) == keys);
  CHECK(nothing["smallest_margin"].is_null());
}
