// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

// Running a program without a shell: words in, exit status and what it printed out.

extern char** environ;

namespace tests {

/// A new folder that goes away with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "proxcvx-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error{"no temporary folder " + name};
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  /// Writes a file of that name and returns its path.
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

[[nodiscard]] inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// What a program left behind.
struct Ended {
  int status = -1;  ///< its exit status, or minus the signal that ended it
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
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, (folder / "out").c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, (folder / "err").c_str(), flags, 0600);
  pid_t process = 0;
  const int failed = posix_spawn(&process, program.c_str(), &actions, nullptr, arguments.data(), variables.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error{"cannot start " + program.string()};
  return process;
}

/// Waits for a process that `start` made with this folder.
[[nodiscard]] inline Ended wait_for(pid_t process, const TemporaryFolder& folder) {
  int state = 0;
  if (waitpid(process, &state, 0) != process) throw std::runtime_error{"waitpid failed"};
  return {WIFEXITED(state) ? WEXITSTATUS(state) : -WTERMSIG(state), read_file(folder / "out"),
          read_file(folder / "err")};
}

/// Runs the program to its end.
[[nodiscard]] inline Ended run(const std::filesystem::path& program, const std::vector<std::string>& words,
                               const std::vector<std::string>& environment = {}) {
  const TemporaryFolder folder;
  return wait_for(start(program, words, folder, environment), folder);
}

}  // namespace tests
