// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/temporary.hpp"

// Running a program without a shell: words in, exit status and what it printed out.

extern char** environ;

namespace tests {

/// What a program left behind.
struct Ended {
  int status = -1;         ///< its exit status, or minus the signal that ended it
  bool timed_out = false;  ///< it was killed because it took too long
  std::string out;
  std::string err;
};

/// Starts the program with these words; its output goes to files `out` and `err` of the folder. Returns its process.
[[nodiscard]] inline pid_t start(const std::filesystem::path& program, const std::vector<std::string>& words,
                                 const TemporaryFolder& folder, const std::vector<std::string>& environment = {}) {
  std::vector<std::string> all{program.string()};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::vector<std::string> settings = environment;  // the first of two settings of one name counts
  for (char** setting = environ; *setting; ++setting) settings.emplace_back(*setting);
  std::vector<char*> variables;
  for (std::string& setting : settings) variables.push_back(setting.data());
  variables.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, (folder.path() / "out").c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, (folder.path() / "err").c_str(), flags, 0600);
  pid_t process = 0;
  const int failed = posix_spawn(&process, program.c_str(), &actions, nullptr, arguments.data(), variables.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error{"cannot start " + program.string()};
  return process;
}

/// Waits for a process that `start` made with this folder, and kills it after so many seconds.
[[nodiscard]] inline Ended wait_for(pid_t process, const TemporaryFolder& folder, int seconds = 600) {
  Ended ended;
  int state = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (waitpid(process, &state, WNOHANG) == 0) {
    if (!ended.timed_out && std::chrono::steady_clock::now() > deadline) {
      ended.timed_out = true;
      kill(process, SIGKILL);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ended.status = WIFEXITED(state) ? WEXITSTATUS(state) : -WTERMSIG(state);
  ended.out = content_of(folder.path() / "out");
  ended.err = content_of(folder.path() / "err");
  return ended;
}

/// Runs the program to its end.
[[nodiscard]] inline Ended run(const std::filesystem::path& program, const std::vector<std::string>& words,
                               const std::vector<std::string>& environment = {}, int seconds = 600) {
  const TemporaryFolder folder;
  return wait_for(start(program, words, folder, environment), folder, seconds);
}

}  // namespace tests
