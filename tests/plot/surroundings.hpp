// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <proxcvx/plot/program.hpp>
#include <string>

// What a test of pictures works in: a folder of its own, and another program in gnuplot's place for a while.

namespace surroundings {

/// A new folder that vanishes with the object.
struct Folder {
  proxcvx::detail::TemporaryFolder folder;

  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return folder.path() / name; }
  [[nodiscard]] std::size_t files() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) ++count;
    return count;
  }
  /// A shell script in the folder.
  [[nodiscard]] std::filesystem::path script(const std::string& name, const std::string& commands) const {
    const std::filesystem::path path = folder.path() / name;
    std::ofstream(path) << "#!/bin/sh\n" << commands << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
};

/// PROXCVX_GNUPLOT is `program` as long as the object lives.
class Gnuplot {
 public:
  explicit Gnuplot(const std::filesystem::path& program) {
    if (const char* before = std::getenv("PROXCVX_GNUPLOT")) before_ = before;
    ::setenv("PROXCVX_GNUPLOT", program.c_str(), 1);
  }
  Gnuplot(const Gnuplot&) = delete;
  Gnuplot& operator=(const Gnuplot&) = delete;
  ~Gnuplot() {
    if (before_) {
      ::setenv("PROXCVX_GNUPLOT", before_->c_str(), 1);
    } else {
      ::unsetenv("PROXCVX_GNUPLOT");
    }
  }

 private:
  std::optional<std::string> before_;
};

}  // namespace surroundings
