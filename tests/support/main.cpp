// SPDX-License-Identifier: MIT

// The main of every test program, compiled once. A program whose tests need ../shared (tests/data_dependent) says so
// through needs_shared.cpp, and ends with 77, ctest's "skipped" here, where that folder is absent.

#define CATCH_CONFIG_RUNNER
#include <iostream>

#include "support/catch2.hpp"
#include "support/shared.hpp"

int main(int argc, char** argv) {
  if (tests::needs_shared() && !tests::has_shared()) {
    std::cout << "skipped: no folder " << tests::shared_path().string() << " (PROXCVX_SHARED names another one)\n";
    return tests::skipped;
  }
  return Catch::Session().run(argc, argv);
}
