// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch2.hpp"
#include "support/programs.hpp"
#include "support/run.hpp"
#include "support/temporary.hpp"

// Bad inputs of verify_network. Whatever they are, the program ends with 2, says why in one line on stderr, and writes
// nothing to stdout. Built with the sanitizers, it ends otherwise where one of them objects.

namespace tests {

/// A call of verify_network that must fail.
struct BadInput {
  std::string name;                                             ///< says what is bad, for people
  std::vector<std::string> arguments;                           ///< "@FILE" is a file in the case's folder
  std::vector<std::pair<std::string, std::string>> files = {};  ///< names and contents
  std::string mention = {};                                     ///< the message must hold this
};

/// How many inputs each kind promises; together at least 1,000.
inline constexpr std::size_t fewest_tables = 600;
inline constexpr std::size_t fewest_idx_files = 200;
inline constexpr std::size_t fewest_command_lines = 250;
static_assert(fewest_tables + fewest_idx_files + fewest_command_lines >= 1000);

/// What is wrong with how the program took that input, or nothing.
inline std::string complaint(const std::filesystem::path& program, const BadInput& bad) {
  const TemporaryFolder folder;
  for (const auto& [name, content] : bad.files) (void)folder.file(name, content);
  std::vector<std::string> arguments = bad.arguments;
  for (std::string& word : arguments) {
    if (word.substr(0, 1) == "@") word = (folder.path() / word.substr(1)).string();
  }
  const Ended ended = run(program, arguments, {}, 60);
  const std::string& said = ended.err;
  const std::string prefix = "verify_network: ";
  std::string wrong;
  if (ended.timed_out) wrong += "does not end; ";
  if (ended.status < 0) wrong += "killed by signal " + std::to_string(-ended.status) + "; ";
  if (ended.status != 2) wrong += "exit status " + std::to_string(ended.status) + "; ";
  if (!ended.out.empty()) wrong += "writes to stdout: " + ended.out.substr(0, 1000) + "; ";
  if (said.size() <= prefix.size() + 1 || said.substr(0, prefix.size()) != prefix || said.find('\n') != said.size() - 1)
    wrong += "stderr is not one line of its own; ";
  if (said.find(bad.mention) == std::string::npos) wrong += "does not mention " + bad.mention + "; ";
  return wrong.empty() ? "" : bad.name + ": " + wrong + "stderr: " + said.substr(0, 4000);
}

/// Feeds all of them to the program, two at a time. At least `fewest`, all different.
inline void check_all(const std::vector<BadInput>& inputs, std::size_t fewest) {
  std::set<std::pair<std::vector<std::string>, std::vector<std::pair<std::string, std::string>>>> different;
  for (const BadInput& bad : inputs) {
    INFO(bad.name);
    CHECK(different.emplace(bad.arguments, bad.files).second);
  }
  CHECK(different.size() >= fewest);
  const std::filesystem::path tested = program("verify_network");
  std::vector<std::string> complaints(inputs.size());
  const auto every_second = [&](std::size_t first) {
    for (std::size_t i = first; i < inputs.size(); i += 2) {
      try {
        complaints[i] = complaint(tested, inputs[i]);
      } catch (const std::exception& error) {
        complaints[i] = inputs[i].name + ": " + error.what();
      }
    }
  };
  std::thread other(every_second, std::size_t{1});
  every_second(0);
  other.join();
  for (const std::string& text : complaints) {
    if (!text.empty()) FAIL_CHECK(text);
  }
}

}  // namespace tests
