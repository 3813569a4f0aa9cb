// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/distributed/world.hpp>
#include <string>
#include <vector>

namespace tests {

/// The ranks of this run: MPI begins with the first test that asks, and ends with the program.
inline const proxcvx::mpi::World& world() {
  static const proxcvx::mpi::World instance;
  return instance;
}

/// Whether all ranks say the same. Collective.
inline bool same_everywhere(const std::string& text) {
  const std::vector<std::string> texts = world().gather(text);
  return std::all_of(texts.begin(), texts.end(), [&](const std::string& other) { return other == text; });
}

}  // namespace tests
