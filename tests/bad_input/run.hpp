// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "io/temporary.hpp"

namespace tests {

/// How a program ended.
struct Ended {
  int status = -1;  ///< of exit; -1 where a signal ended it
  int signal = 0;
  bool timed_out = false;
  std::string standard_output;
  std::string standard_error;
};

/// Runs a program without a shell; its output goes to files in `folder`. Killed after so many seconds.
inline Ended run(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                 const std::filesystem::path& folder, int seconds) {
  std::vector<std::string> words{program.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  const std::string out = (folder / "stdout").string();
  const std::string err = (folder / "stderr").string();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t child = 0;
  const int failed = posix_spawn(&child, words.front().c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + program.string());

  Ended ended;
  int state = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (waitpid(child, &state, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      ended.timed_out = true;
      kill(child, SIGKILL);
      waitpid(child, &state, 0);
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (WIFEXITED(state)) ended.status = WEXITSTATUS(state);
  if (WIFSIGNALED(state)) ended.signal = WTERMSIG(state);
  ended.standard_output = content_of(out);
  ended.standard_error = content_of(err);
  return ended;
}

}  // namespace tests
