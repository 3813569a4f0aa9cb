// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

extern "C" char** environ;  // POSIX leaves its declaration to the program

// Running another program without a shell: its words are handed over as they are, its output goes to files, and
// nothing that it does can reach the terminal or end this process.

namespace proxcvx::detail {

/// How a program ended.
struct ProgramEnd {
  bool found = false;  ///< the program exists and could be started
  int status = 0;      ///< its exit status; 128 + signal where a signal ended it
};

/// Runs `words` (the program, searched for in PATH, then its arguments) to its end, reading nothing, with its standard
/// output and standard error written to the two files.
[[nodiscard]] inline ProgramEnd run_program(const std::vector<std::string>& words, const std::filesystem::path& output,
                                            const std::filesystem::path& errors) {
  std::vector<std::string> storage = words;
  std::vector<char*> arguments;
  for (std::string& word : storage) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t files;
  if (posix_spawn_file_actions_init(&files) != 0) return {};
  constexpr int replace = O_WRONLY | O_CREAT | O_TRUNC;
  pid_t child = 0;
  const bool ready = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0 &&
                     posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output.c_str(), replace, 0600) == 0 &&
                     posix_spawn_file_actions_addopen(&files, STDERR_FILENO, errors.c_str(), replace, 0600) == 0 &&
                     posix_spawnp(&child, arguments.front(), &files, nullptr, arguments.data(), environ) == 0;
  posix_spawn_file_actions_destroy(&files);
  if (!ready) return {};

  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return {true, 128};
  }
  if (!WIFEXITED(status)) return {true, 128 + WTERMSIG(status)};
  constexpr int not_found = 127;  // from systems whose posix_spawnp returns before it looks for the program
  return {WEXITSTATUS(status) != not_found, WEXITSTATUS(status)};
}

/// A new folder for temporary files, which vanishes with the object. Its path is empty where none could be made.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::error_code failure;
    std::string name = (std::filesystem::temp_directory_path(failure) / "proxcvx-XXXXXX").string();
    if (!failure && ::mkdtemp(name.data())) path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace proxcvx::detail
