// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <filesystem>

// Where the data that is not part of the repository lies: the folder named by the environment variable PROXCVX_SHARED,
// else ../shared beside the repository. Tests that need it belong in tests/data_dependent, whose programs end with 77
// where the folder is absent; a single file that is absent from it is a failure.

namespace tests {

/// What a test program returns to ctest for "skipped".
inline constexpr int skipped = 77;

inline std::filesystem::path shared_path(const std::filesystem::path& relative = {}) {
  // __FILE__ is tests/support/shared.hpp
  const std::filesystem::path repository =
      std::filesystem::absolute(__FILE__).parent_path().parent_path().parent_path();
  const char* given = std::getenv("PROXCVX_SHARED");
  const std::filesystem::path folder = given && *given ? given : repository.parent_path() / "shared";
  return relative.empty() ? folder : folder / relative;
}

inline bool has_shared() { return std::filesystem::is_directory(shared_path()); }

/// Whether this program is of no use without ../shared; needs_shared.cpp sets it before main begins.
inline bool& needs_shared() {
  static bool needed = false;
  return needed;
}

}  // namespace tests
