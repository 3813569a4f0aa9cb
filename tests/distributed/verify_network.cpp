// SPDX-License-Identifier: MIT
#include <dirent.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/catch2.hpp"
#include "support/programs.hpp"
#include "support/run.hpp"
#include "support/temporary.hpp"

// mpirun verify_network as a user starts it: the bytes of one process, one voice, one status, and a rank that is
// killed. This file is run without mpirun, which PROXCVX_MPIRUN names.

namespace {

using Words = std::vector<std::string>;

std::filesystem::path mpirun() {
  const char* const path = std::getenv("PROXCVX_MPIRUN");
  if (!path) throw std::runtime_error{"PROXCVX_MPIRUN must name mpirun"};
  return path;
}

/// mpirun's words for so many ranks of verify_network.
Words ranks(int count, const Words& words) {
  Words all{"-n", std::to_string(count), tests::program("verify_network").string()};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

/// report.json in the folder without "seconds".
std::string report_in(const std::filesystem::path& folder) {
  auto json = nlohmann::ordered_json::parse(tests::content_of(folder / "report.json"));
  json.erase("seconds");
  return json.dump();
}

Words with_folder(Words words, const char* flag, const std::filesystem::path& folder) {
  words.insert(words.end(), {flag, folder.string()});
  return words;
}

/// Lines of an output that verify_network wrote; mpirun's own say more.
int complaints(const std::string& output) {
  std::istringstream lines{output};
  int count = 0;
  for (std::string line; std::getline(lines, line);) count += line.starts_with("verify_network:") ? 1 : 0;
  return count;
}

/// A child of that process, or 0.
pid_t child_of(pid_t parent, int which) {
  std::vector<pid_t> children;
  DIR* const folder = opendir("/proc");
  if (!folder) return 0;
  while (const dirent* const entry = readdir(folder)) {
    const pid_t process = std::atoi(entry->d_name);
    if (process == 0) continue;
    const std::string status = tests::content_of("/proc/" + std::string(entry->d_name) + "/stat");
    const auto name_end = status.rfind(')');
    if (name_end == std::string::npos) continue;
    std::istringstream rest{status.substr(name_end + 1)};
    std::string state;
    pid_t its_parent = 0;
    rest >> state >> its_parent;
    if (its_parent == parent) children.push_back(process);
  }
  closedir(folder);
  std::sort(children.begin(), children.end());
  return which < static_cast<int>(children.size()) ? children[static_cast<std::size_t>(which)] : 0;
}

const Words small{"--samples", "3000", "--hidden", "4", "--iterations", "50", "--evaluations", "400"};

}  // namespace

TEST_CASE("2, 3 and 7 ranks print and write what one process does, violated or not") {
  for (const bool violated : {false, true}) {
    Words words = small;
    if (violated) words.insert(words.end(), {"--mu", "4", "--property", "proxy-pl"});
    const tests::TemporaryFolder alone;
    const auto expected = tests::run(tests::program("verify_network"), with_folder(words, "--out", alone.path()));
    CHECK(expected.status == (violated ? 1 : 0));
    for (const int count : {2, 3, 7}) {
      if (violated && count != 3) continue;
      INFO(count << " ranks");
      const tests::TemporaryFolder together;
      const auto ended = tests::run(mpirun(), ranks(count, with_folder(words, "--out", together.path())));
      CHECK(ended.status == expected.status);
      CHECK(ended.out == expected.out);
      CHECK(complaints(ended.err) == 0);
      CHECK(report_in(together.path()) == report_in(alone.path()));
    }
  }
}

TEST_CASE("bad input is refused once, with status 2, and help is printed once") {
  for (const Words& words : {Words{"--samples", "0"}, Words{"--data", "/nowhere.csv"}}) {
    const auto ended = tests::run(mpirun(), ranks(3, words));
    INFO(ended.err);
    CHECK(ended.status == 2);
    CHECK(ended.out.empty());
    CHECK(complaints(ended.err) == 1);
  }
  const auto help = tests::run(mpirun(), ranks(2, {"--help"}));
  CHECK(help.status == 0);
  CHECK(help.out == tests::run(tests::program("verify_network"), {"--help"}).out);
}

TEST_CASE("what goes wrong in the middle on one rank ends all of them, with status 2") {
  const tests::TemporaryFolder folder;  // its saved report is none
  (void)folder.file("proxy-pl-check.saved", "nonsense\n");
  const auto ended = tests::run(mpirun(), ranks(2, with_folder(small, "--resume", folder.path())));
  INFO(ended.err);
  CHECK(ended.status == 2);
  CHECK(complaints(ended.err) == 1);
}

TEST_CASE("when a rank is killed the run ends, and any number of ranks resumes it to the same bytes") {
  const Words words{"--samples", "60000", "--hidden", "2", "--iterations", "20", "--property", "proxy-pl"};
  const tests::TemporaryFolder whole;
  REQUIRE(tests::run(tests::program("verify_network"), with_folder(words, "--out", whole.path())).status == 0);
  const tests::TemporaryFolder cut, output;
  const auto saved = cut.path() / "proxy-pl-check.saved";
  const pid_t launcher = tests::start(mpirun(), ranks(2, with_folder(words, "--out", cut.path())), output);
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!std::filesystem::exists(saved) && std::chrono::steady_clock::now() < patience) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  const pid_t victim = child_of(launcher, 1);
  REQUIRE(victim > 0);
  CHECK(kill(victim, SIGKILL) == 0);
  const auto ended = tests::wait_for(launcher, output, 60);
  CHECK(ended.status != 0);
  CHECK_FALSE(ended.timed_out);
  const auto left = tests::content_of(saved);
  CHECK_THAT(left, !Catch::Matchers::ContainsSubstring("last-block 235\n"));  // 60,000 / 256: it was not through
  CHECK(tests::run(mpirun(), ranks(3, with_folder(words, "--resume", cut.path()))).status == 0);
  CHECK(report_in(cut.path()) == report_in(whole.path()));
}

TEST_CASE("a program that a launcher of another MPI started, or that has none, runs not twice into one folder") {
  for (const char* variable : {"PMI_SIZE=2", "PMIX_RANK=1"}) {
    const tests::TemporaryFolder folder;
    const auto ended =
        tests::run(tests::program("verify_network"), with_folder(small, "--out", folder.path() / "report"), {variable});
    INFO(ended.err);
    CHECK(ended.status == 2);
    CHECK(complaints(ended.err) == 1);
    CHECK_THAT(ended.err, Catch::Matchers::ContainsSubstring("by mpirun, but this program was built with"));
    CHECK_FALSE(std::filesystem::exists(folder.path() / "report"));
  }
}
