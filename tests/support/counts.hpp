// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace tests {

/// Whether the full counts were asked for: `./dev test --long`, or PROXCVX_LONG=1 in the environment.
inline bool long_run() {
  const char* value = std::getenv("PROXCVX_LONG");
  return value && *value && std::string_view{value} != "0";
}

/// How many random instances to try where a long run tries `full`: 1 % of them, and one at the least.
template <class Count> Count scaled_count(Count full) { return long_run() ? full : std::max<Count>(full / 100, 1); }

}  // namespace tests
