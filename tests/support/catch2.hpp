// SPDX-License-Identifier: MIT
#pragma once

// Catch2 3.x or 2.13 (Debian 12), whichever is installed, under names that work with both: Approx, Catch::Approx,
// Catch::Matchers::ContainsSubstring, ...

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#include <string>

namespace Catch {
using Detail::Approx;
namespace Matchers {
inline auto ContainsSubstring(const std::string& part, CaseSensitive::Choice sensitivity = CaseSensitive::Yes) {
  return Contains(part, sensitivity);
}
}  // namespace Matchers
}  // namespace Catch
#endif
