// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace tests {

/// The example program of that name in the tree under test. ctest says where the examples are (PROXCVX_EXAMPLES); a
/// test that is run by hand must be told.
inline std::filesystem::path program(const std::string& name) {
  const char* folder = std::getenv("PROXCVX_EXAMPLES");
  if (!folder) throw std::runtime_error{"PROXCVX_EXAMPLES must name the folder of the built examples"};
  const std::filesystem::path path = std::filesystem::path{folder} / name;
  if (!std::filesystem::exists(path)) throw std::runtime_error{"no program " + path.string()};
  return path;
}

}  // namespace tests
