// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <proxcvx/regions/box.hpp>
#include <proxcvx/verify/falsify.hpp>
#include <string>

#include "support/catch2.hpp"

// True claims, and the same claims made false by a known amount: what falsify has to find with 3,000 evaluations, and
// what it must never find. The share of each set that violates runs from all of it to next to nothing.

namespace planted {

namespace pc = proxcvx;

inline constexpr std::uint64_t seeds = 5;

/// Counts how often a claim that is false was found so, and checks that a true one never is.
struct Tally {
  int searches = 0;
  int found = 0;

  template <class Property, class Region>
  void is_false(const std::string& name, const Property& property, const Region& region) {
    int here = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const auto report = pc::falsify(property, region, {.seed = pc::Seed{seed}});
      here += report.verdict() == pc::Verdict::violated ? 1 : 0;
      CHECK(report.evaluations <= 3000);
    }
    if (here < static_cast<int>(seeds)) UNSCOPED_INFO(name << ": found with " << here << " of 5 seeds");
    searches += static_cast<int>(seeds);
    found += here;
  }
  void is_enough() const {
    CAPTURE(found, searches);
    CHECK(100 * found >= 95 * searches);
  }

  template <class Property, class Region>
  static void is_true(const std::string& name, const Property& property, const Region& region) {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const auto report = pc::falsify(property, region, {.seed = pc::Seed{seed}});
      INFO(name << ", seed " << seed << '\n' << report);
      CHECK(report.verdict() != pc::Verdict::violated);
      CHECK(report.candidates.violated == 0);
    }
  }
};

/// [-reach, reach].
inline pc::Box<double> interval(double reach) {
  return {pc::Vector<double>::Constant(1, -reach), pc::Vector<double>::Constant(1, reach)};
}
inline const pc::Vector<double> origin = pc::Vector<double>::Zero(1);

}  // namespace planted
