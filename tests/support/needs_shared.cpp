// SPDX-License-Identifier: MIT
#include "support/shared.hpp"

// Linked into a test program, this makes it end with "skipped" where ../shared is absent.
namespace {
[[maybe_unused]] const bool declared = tests::needs_shared() = true;
}  // namespace
