// SPDX-License-Identifier: MIT
#include <proxcvx/distributed/across_ranks.hpp>
#include <proxcvx/io/saved_check.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/properties/special_cases.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/table.hpp>
#include <sstream>

#include "distributed/the_world.hpp"
#include "support/catch2.hpp"

// check and falsify across ranks give the bytes of one process, whatever the ranks, rounds, kills and observers.

namespace pc = proxcvx;
using tests::same_everywhere;
using tests::world;

namespace {

const pc::SquarePlusSine<> wavy;  // x^2 + 3 sin^2 x; its sharp PL modulus is 0.1755...; not convex
const pc::Ball<double> interval{wavy.minimizer(), 10.0};

/// All that a report holds.
template <class Report> std::string bytes(const Report& report) {
  std::ostringstream printed;
  printed << report;
  return pc::saved_text(report) + printed.str();
}

/// A report that one process makes alone, and the same across ranks.
template <class Property> void check_both(const Property& property, pc::Index samples) {
  const pc::CheckSettings settings{.samples = samples, .seed = pc::Seed{5}};
  const std::string alone = bytes(pc::check(property, interval, settings));
  const std::string across = bytes(pc::check(property, interval, settings, pc::mpi::AcrossRanks{world()}));
  CHECK(across == alone);
  CHECK(same_everywhere(across));
}
template <class Property> void falsify_both(const Property& property, pc::Index starts, pc::Index evaluations) {
  const pc::FalsifySettings settings{.starts = starts, .evaluations = evaluations, .seed = pc::Seed{5}};
  const std::string alone = bytes(pc::falsify(property, interval, settings));
  CHECK(bytes(pc::falsify(property, interval, settings, pc::mpi::AcrossRanks{world()})) == alone);
  pc::Index rounds = 0;
  const auto count = [&](const pc::FalsifyReport& /*report*/) { ++rounds; };
  const std::string watched = bytes(pc::falsify(property, interval, settings, count, pc::mpi::AcrossRanks{world()}));
  CHECK(watched == alone);
  CHECK(rounds > 0);
  CHECK(same_everywhere(watched));
}

}  // namespace

TEST_CASE("a check across ranks is that of one process, byte for byte: points, pairs, violated or not") {
  check_both(pc::polyak_lojasiewicz(wavy, 0, 0.17), 10'001);  // 40 blocks, one of 17 samples
  check_both(pc::polyak_lojasiewicz(wavy, 0, 0.1756), 10'001);
  check_both(pc::polyak_lojasiewicz(wavy, 0, 1.0), 3000);
  check_both(pc::convexity(wavy), 1500);
  check_both(pc::polyak_lojasiewicz(wavy, 0, 0.17), 3);  // fewer blocks than ranks
}

TEST_CASE("a search across ranks is that of one process, byte for byte: points, pairs, violated or not") {
  falsify_both(pc::polyak_lojasiewicz(wavy, 0, 0.17), 20, 1000);
  falsify_both(pc::polyak_lojasiewicz(wavy, 0, 0.1756), 20, 3000);
  falsify_both(pc::polyak_lojasiewicz(wavy, 0, 1.0), 5, 200);
  falsify_both(pc::convexity(wavy), 9, 400);
  falsify_both(pc::polyak_lojasiewicz(wavy, 0, 0.17), 1, 50);
}

TEST_CASE("one rank that asks to stop ends the run on all of them, with one report, from which any number goes on") {
  const auto property = pc::polyak_lojasiewicz(wavy, 0, 0.1756);
  pc::CheckSettings settings{.samples = 40'000, .seed = pc::Seed{5}};
  const auto ask = [&](const auto& /*report*/) {
    return world().rank() == world().size() - 1 ? pc::Flow::stop : pc::Flow::proceed;
  };
  const auto stopped = pc::check(property, interval, settings, ask, pc::mpi::AcrossRanks{world()});
  CHECK(stopped.last_block > 0);
  CHECK_FALSE(stopped.complete());
  CHECK(same_everywhere(bytes(stopped)));
  const auto never = [](const pc::CheckReport& /*report*/) { return pc::Flow::proceed; };
  const std::string whole = bytes(pc::check(property, interval, settings, never));
  settings.after = pc::parse_saved_check("stopped", pc::saved_text(stopped));
  CHECK(bytes(pc::check(property, interval, settings, never, pc::mpi::AcrossRanks{world()})) == whole);
  CHECK(bytes(pc::check(property, interval, settings, never)) == whole);

  pc::FalsifySettings search{.starts = 40, .evaluations = 2000, .seed = pc::Seed{5}};
  const auto some = pc::falsify(property, interval, search, ask, pc::mpi::AcrossRanks{world()});
  CHECK(some.last_start > 0);
  CHECK_FALSE(some.complete());
  const std::string all = bytes(pc::falsify(property, interval, search));
  search.after = pc::parse_saved_falsify("stopped", pc::saved_text(some));
  CHECK(bytes(pc::falsify(property, interval, search, pc::mpi::AcrossRanks{world()})) == all);
}
