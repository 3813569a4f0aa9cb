// SPDX-License-Identifier: MIT
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <proxcvx/io/saved_check.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/verify/check.hpp>
#include <proxcvx/verify/table.hpp>
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

namespace saved {

using models::Cube;
using Bowl = models::Bowl<double>;

/// 2 mu f <= ||grad f||^2 on the bowl, true for mu = 1; the claim with 1.01 mu is false away from 0.
pc::ProxyPL<Bowl, Bowl> claim(double mu) { return {Bowl{}, Bowl{}, {.alpha = 2, .mu = mu, .xi = 0}}; }

/// A region that takes its time to draw a sample.
struct Slow : Cube<double> {
  int microseconds = 0;
  void sample(pc::RandomStream& stream, pc::VectorRef<double> out) const {
    if (microseconds > 0) usleep(static_cast<useconds_t>(microseconds));
    Cube<double>::sample(stream, out);
  }
  [[nodiscard]] std::string description() const { return "cube of half width " + std::to_string(half_width); }
};

/// Stops after so many rounds.
struct StopAfter {
  int rounds;
  pc::Flow operator()(const pc::CheckReport&) { return --rounds <= 0 ? pc::Flow::stop : pc::Flow::proceed; }
};

pc::CheckReport run(double mu, const pc::CheckSettings& settings, const Slow& region = {}) {
  return pc::check(claim(mu), region, settings);
}

std::string message_of(const fs::path& file) {
  try {
    (void)pc::read_saved_check(file);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

struct Misspelt {
  void operater(const pc::CheckReport&);
};
static_assert(!pc::ReportObserver<Misspelt, pc::CheckReport>);
static_assert(!pc::ReportObserver<int (*)(const pc::CheckReport&), pc::CheckReport>);  // what would an int mean?

}  // namespace saved

}  // namespace

TEST_CASE("a report goes through a file without losing a bit, and the same report gives the same bytes") {
  const tests::TemporaryFolder folder;
  for (const double mu : {3.9, 4.04, 4.0}) {  // satisfied, violated with a witness, undecided
    auto report = saved::run(mu, {.samples = 700, .seed = pc::Seed{~std::uint64_t{0}}});
    report.constants.emplace_back("a name with\nbreaks\\n", -0.0);
    report.constants.emplace_back("infinite", std::numeric_limits<double>::infinity());
    const std::string text = pc::saved_text(report);
    const auto again = pc::read_saved_check(folder.file("report", text));
    CHECK(pc::saved_text(again) == text);
    CHECK(again.constants == report.constants);
    CHECK(again.verdict() == report.verdict());
    CHECK(again.statistics.histogram == report.statistics.histogram);
    CHECK(again.witness.has_value() == report.witness.has_value());
    if (again.witness) CHECK(again.witness->w == report.witness->w);
  }
}

TEST_CASE("a check killed in the middle and resumed gives the bytes of the uninterrupted one") {
  const tests::TemporaryFolder folder;
  const auto file = folder.path() / "saved";
  // 40 blocks of 256 samples: a second, or ten seconds in a long run.
  saved::Slow slow;
  slow.microseconds = tests::long_run() ? 900 : 50;
  for (const double mu : {3.9, 4.04}) {
    const pc::CheckSettings settings{.samples = 256 * 40 - 17, .seed = pc::Seed{5}, .threads = 1};
    const std::string whole = pc::saved_text(saved::run(mu, settings));
    fs::remove(file);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      alarm(300);
      const auto wait_for_the_kill = [](const pc::CheckReport& so_far) {  // on a machine where nobody looks for long
        if (so_far.last_block >= 36) pause();
      };
      (void)pc::check(saved::claim(mu), slow, settings, pc::SaveEvery{file, 0.02}, wait_for_the_kill);
      _exit(0);
    }
    pc::Index done = 0;
    for (int waits = 0; waits < 6000 && done < 20; ++waits) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      if (fs::exists(file)) done = pc::read_saved_check(file).last_block;  // whole whenever one looks
    }
    kill(child, SIGKILL);
    int state = 0;
    REQUIRE(waitpid(child, &state, 0) == child);
    REQUIRE(WIFSIGNALED(state));  // it had not ended by itself
    const auto at_kill = pc::read_saved_check(file);
    CHECK(at_kill.last_block >= 20);
    CHECK(at_kill.last_block < 40);
    for (const int threads : {1, 2, 7}) {
      pc::CheckSettings again = settings;
      again.threads = threads;
      CHECK(pc::saved_text(pc::resume(file, saved::claim(mu), saved::Slow{}, again)) == whole);
    }
  }
}

TEST_CASE("a check that is complete is resumed to itself, and observers see the whole") {
  const tests::TemporaryFolder folder;
  const pc::CheckSettings settings{.samples = 256 * 6, .threads = 1};
  const auto file = folder.path() / "saved";
  pc::Index first_seen = -1;
  pc::write_atomically(file, pc::saved_text(saved::run(4.04, {.samples = 256 * 6, .last_block = 2})));
  const auto look = [&](const pc::CheckReport& so_far) {
    if (first_seen < 0) first_seen = so_far.statistics.examined;
  };
  const auto report = pc::resume(file, saved::claim(4.04), saved::Slow{}, settings, look, pc::SaveEvery{file, 0});
  CHECK(first_seen == 3 * 256);
  CHECK(pc::read_saved_check(file).last_block == 6);
  CHECK(pc::saved_text(report) == pc::saved_text(saved::run(4.04, settings)));
  CHECK(pc::saved_text(pc::resume(file, saved::claim(4.04), saved::Slow{}, settings)) == pc::saved_text(report));
}

TEST_CASE("a saved check of another claim is refused, and the message says what differs") {
  const tests::TemporaryFolder folder;
  const auto file = folder.file("saved", pc::saved_text(saved::run(4.04, {.samples = 1000, .last_block = 1})));
  const auto refused = [&](double mu, const pc::CheckSettings& settings, const std::string& word, double width = 1) {
    saved::Slow region;
    region.half_width = width;
    CHECK_THROWS_WITH(pc::resume(file, saved::claim(mu), region, settings), ContainsSubstring(word));
  };
  refused(4.05, {.samples = 1000}, "saved constant mu: expected 4.0499");
  refused(4.04, {.samples = 1001}, "saved samples: expected 1001, got 1000");
  refused(4.04, {.samples = 1000, .seed = pc::Seed{2}}, "saved seed: expected 2, got 1");
  refused(4.04, {.samples = 1000, .confidence = 0.95}, "saved confidence");
  refused(4.04, {.samples = 1000, .first_block = 1}, "saved first block: expected 1, got 0");
  const auto longer = pc::read_saved_check(folder.file("two", pc::saved_text(saved::run(4.04, {.samples = 1000}))));
  CHECK_THROWS_WITH(saved::run(4.04, {.samples = 1000, .last_block = 3, .after = longer}),
                    ContainsSubstring("saved last block: expected at most 3, got 4"));
  refused(4.04, {.samples = 1000}, "saved region: expected cube of half width 2", 2);
  CHECK_THROWS_AS(pc::resume(folder.path() / "none", saved::claim(4.04), saved::Slow{}, {}), std::runtime_error);
  CHECK_THROWS_AS(pc::resume(folder.path(), saved::claim(4.04), saved::Slow{}, {}), std::runtime_error);
}

TEST_CASE("a saved check that was cut short or altered is refused at every byte") {
  const tests::TemporaryFolder folder;
  const std::string text = pc::saved_text(saved::run(4.04, {.samples = 300}));
  for (std::size_t i = 0; i < text.size(); i += tests::long_run() ? 1 : 7) {
    CHECK(!saved::message_of(folder.file("cut", text.substr(0, i))).empty());
    std::string altered = text;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    CHECK(!saved::message_of(folder.file("altered", altered)).empty());
  }
  CHECK(!saved::message_of(folder.file("longer", text + "\n")).empty());
  // The right checksum does not make a file right.
  pc::SealedWriter other{"proxcvx saved check 2"};
  other.line("version", "0.0.9");
  CHECK(saved::message_of(folder.file("other", other.text())).find("version of proxcvx: expected 0.1.0") !=
        std::string::npos);
  pc::SealedWriter missing{"proxcvx saved check 2"};
  missing.line("version", PROXCVX_VERSION_STRING);
  missing.line("region", "x");
  CHECK(saved::message_of(folder.file("missing", missing.text())).find("line 3: expected \"property ...\"") !=
        std::string::npos);
}

TEST_CASE("a run that could be stopped spends its confidence over looks fixed in advance") {
  const auto bound = [](pc::CheckReport report) { return pc::violation_probability_upper(report); };
  const auto stopped = [&](int rounds, pc::Index blocks) {
    return pc::check(saved::claim(3.9), saved::Slow{}, {.samples = 256 * blocks, .threads = 1, .confidence = 0.9},
                     saved::StopAfter{rounds});
  };
  // theory 3.3: delta/2 at the planned end, delta/(2 j (j + 1)) at look j, after 2^(j - 1) blocks.
  CHECK(bound(stopped(99, 7)) == Approx(-std::expm1(std::log(0.05) / (256 * 7))));
  CHECK(bound(stopped(7, 7)) == Approx(-std::expm1(std::log(0.05) / (256 * 7))));
  CHECK(bound(stopped(1, 7)) == Approx(-std::expm1(std::log(0.05 / 2) / 256)));
  CHECK(bound(stopped(6, 7)) == Approx(-std::expm1(std::log(0.05 / 12) / (256 * 4))));
  CHECK(stopped(6, 7).statistics.independent == 256 * 6);
  CHECK_FALSE(stopped(6, 7).complete());
  CHECK(bound(saved::run(3.9, {.samples = 256 * 7, .confidence = 0.9})) ==
        Approx(-std::expm1(std::log(0.1) / (256 * 7))));
  std::ostringstream words;
  words << stopped(6, 7);
  CHECK(words.str().find("(planned samples not all examined), whenever the run was stopped") != std::string::npos);
}

TEST_CASE("the bound is true for a rule of stopping that looks at the failures") {
  // Blocks of 256 samples that fail with probability p, stopped by an adversary at the first block at which the plain
  // bound lies below p; 10 % may miss. The bound over looks misses less, the plain bound more.
  const double p = 0.004;
  int missed = 0, plain = 0;
  const int runs = tests::long_run() ? 4000 : 1000;
  for (int run = 0; run < runs; ++run) {
    pc::RandomStream stream{pc::Seed{77}, static_cast<std::uint64_t>(run)};
    pc::CheckReport report;
    report.samples = 256 * 64;
    report.confidence = 0.9;
    bool miss = false, plain_miss = false;
    for (report.last_block = 1; report.last_block <= 64; ++report.last_block) {
      report.statistics.independent += 256;
      for (int i = 0; i < 256; ++i) report.statistics.independent_failures += stream.uniform() < p ? 1 : 0;
      report.may_stop = true;
      miss = miss || pc::violation_probability_upper(report) < p;
      report.may_stop = false;
      plain_miss = plain_miss || pc::violation_probability_upper(report) < p;
    }
    missed += miss ? 1 : 0;
    plain += plain_miss ? 1 : 0;
  }
  CHECK(missed <= runs / 10);
  CHECK(plain > runs / 10);
}

TEST_CASE("a time limit ends a check after the round that it is in, and progress is written") {
  saved::Slow slow;
  slow.microseconds = 20;
  std::ostringstream lines;
  const auto report = pc::check(saved::claim(4.04), slow, {.samples = 256 * 10'000, .threads = 1}, pc::TimeLimit{0.1},
                                pc::Progress{lines, 0});
  CHECK_FALSE(report.complete());
  CHECK(report.statistics.independent == 256 * report.last_block);
  CHECK(report.last_block >= 1);
  REQUIRE(report.witness);  // what was found is confirmed all the same
  CHECK(report.verdict() == pc::Verdict::violated);
  CHECK(lines.str().starts_with("check: 1 of 10000 blocks, 256 violated, 0 undecided\n"));
  CHECK(pc::check(saved::claim(4.04), slow, {.samples = 256 * 10, .threads = 1}, pc::TimeLimit{0}).last_block == 1);
  CHECK_THROWS_AS(pc::TimeLimit{-1}, std::invalid_argument);
  CHECK_THROWS_AS(pc::TimeLimit{std::nan("")}, std::invalid_argument);
}
