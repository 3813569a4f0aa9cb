// SPDX-License-Identifier: MIT
#include <iostream>
#include <proxcvx/data/noisy_halfspace.hpp>
#include <proxcvx/version.hpp>

// Needs Eigen and Random123, and no time: what a consumer builds that only shows how the headers are found.

int main() {
  const auto data = proxcvx::noisy_halfspace({.samples = 10, .dimension = 2}, proxcvx::Seed{1});
  std::cout << "proxcvx " << PROXCVX_VERSION_STRING << ", " << data.size() << " samples\n";
}
