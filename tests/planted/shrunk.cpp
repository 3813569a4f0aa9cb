// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <proxcvx/data/noisy_halfspace.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/proxies/worst_slope_risk.hpp>
#include <proxcvx/verify/falsify.hpp>
#include <utility>

#include "planted/claims.hpp"

// How simple falsify makes the witnesses of planted claims: a third of the non-zeros is asked of the median, each claim
// counted once.
//
// That figure depends on what is planted. A witness of one or two non-zeros has no third; claims that fail in balls
// about dense centres or in cones about dense directions have no sparse witness. So there are two sets that were chosen
// by a rule before any claim of them was searched (by_the_table.cpp). The median of the first, of which a fifth has two
// variables, was 1/2 (5/16 where a witness has three non-zeros or more). That the second, of three variables and more,
// would be measured as it is, all its witnesses that are not zero, was settled before it was made: 3/16 when it was
// searched first, 1/6 since some starts take any candidate. It is asked of the second and of both together; and of all
// planted claims where a witness has a third, without the functions of one number that are planted as such of eight
// variables, which were added after a median was known. Of all claims, whatever their witnesses, 129 of 260 are at a
// third.
// Asked of each constructed one is that no single entry of its witness can be 0. Where witnesses of few non-zeros are
// known to exist, in 6 to 12 dimensions, the least number possible is asked too.

namespace pc = proxcvx;

namespace constructed {
void all(planted::Count& tally);  // constructed.cpp
}
namespace must_fail {
void all(planted::Count& tally);  // must_fail.cpp
}
namespace by_the_table {
void all(planted::Count& tally);            // by_the_table.cpp
void all_of_second(planted::Count& tally);  // by_the_table.cpp
}  // namespace by_the_table

namespace {

namespace shrunk {

double median(std::vector<double> values) {
  REQUIRE(!values.empty());
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

double ratio(const pc::ShrinkSizes& sizes) {
  return static_cast<double>(sizes.nonzeros) / static_cast<double>(sizes.nonzeros_before);
}

/// The ratio of each claim's first witness, where that is wanted.
template <class Wanted> void once_each(const planted::Count& tally, std::vector<double>& ratios, const Wanted& wanted) {
  std::string last;
  for (const auto& found : tally.witnesses) {
    if (std::exchange(last, found.name) != found.name && wanted(found)) ratios.push_back(ratio(found.report.shrunk));
  }
}

/// Two entries of d that are not 0.
pc::Vector<double> sparse(pc::Index d, std::uint64_t seed) {
  pc::RandomStream stream{pc::Seed{72}, seed};
  pc::Vector<double> out = pc::Vector<double>::Zero(d);
  const pc::Index first = stream.below(d);
  out[first] = stream.uniform(0.3, 0.6);
  out[(first + 1 + stream.below(d - 1)) % d] = -stream.uniform(0.3, 0.6);
  return out;
}

/// Curvature 1, but for `least` along that direction.
pc::Quadratic<double> bent(const pc::Vector<double>& direction, double least) {
  const pc::Index d = direction.size();
  const pc::Vector<double> unit = direction.normalized();
  const pc::Matrix<double> curvature = pc::Matrix<double>::Identity(d, d) - (1 - least) * (unit * unit.transpose());
  return pc::Quadratic<double>((curvature + curvature.transpose()) / 2);
}

/// Claims that fail near few coordinates, and the least number of non-zeros of a violation.
struct Collected {
  std::vector<double> ratios;
  std::vector<double> first;  ///< those of the first seed: one a claim
  int least = 0;              ///< witnesses that attain it
  std::string others;

  template <class Claim, class Region>
  void add(const std::string& name, const Claim& claim, const Region& where, pc::Index fewest) {
    for (std::uint64_t seed = 1; seed <= (tests::long_run() ? planted::seeds : 2); ++seed) {
      const auto report = planted::searched(claim, where, seed);
      INFO(name << '\n' << report);
      REQUIRE(report.unshrunk);
      CHECK(report.shrunk.nonzeros >= fewest);
      if (report.shrunk.nonzeros == fewest) ++least;
      if (report.shrunk.nonzeros > fewest) others += name + " " + std::to_string(report.shrunk.nonzeros) + ", ";
      if (report.shrunk.nonzeros_before == 0) continue;
      ratios.push_back(ratio(report.shrunk));
      if (seed == 1) first.push_back(ratios.back());
    }
  }
};

/// Claims of 6 to 12 parameters, whose violations of fewest non-zeros are known.
Collected few_coordinates() {
  Collected collected;
  for (const pc::Index d : {6, 9, 12}) {
    const auto seed = static_cast<std::uint64_t>(d);
    const pc::Vector<double> center = sparse(d, seed);
    // ||w - c||^2 < -2 xi, with c of two entries of at least 0.3: two are needed.
    const pc::Quadratic<double> hole(pc::Matrix<double>::Identity(d, d), center);
    for (const double radius : {0.1, 1e-3}) {
      collected.add("hole", planted::pl(hole, 0.5, -radius * radius / 2), planted::cube(d, 1), 2);
    }
    // |w - v| along (two entries of) a direction of negative curvature: of diagonals of the Hessian, none is negative.
    for (const double least : {-0.1, -1e-3}) {
      collected.add("saddle", planted::convex(bent(center, least)), planted::ball(d, 10), 2);
    }
    // The modulus at a point of one entry is at least that of its diagonal, at w = the direction it is m.
    const double m = 0.25;
    collected.add("modulus", planted::pl(bent(center, m), 1.02 * m), planted::ball(d, 10), 2);
    // ||w||^2 > 4 xi with entries of at most 1: as many as 4 xi, and one more.
    const pc::Quadratic<double> bowl(pc::Matrix<double>::Identity(d, d), pc::Vector<double>::Zero(d));
    collected.add("far out", planted::pl(bowl, 2, 0.375), planted::cube(d, 1), 2);
    // ||w - v||^2/2 < delta.
    const planted::AnyFunction<double> f(bowl);
    collected.add("diagonal", planted::proxy_convex(f, planted::affine(1, f, 1e-9), f), planted::cube(d, 1), 0);
  }
  return collected;
}

/// The claim of leaky_network.cpp, which needs one unit that is inactive, and one of v that is not.
std::vector<double> leaky_networks() {
  std::vector<double> ratios;
  for (std::uint64_t instance = 0; instance < 20; ++instance) {
    pc::RandomStream stream{pc::Seed{35}, instance};
    const pc::Index d = 3 + stream.below(6);
    const auto data = pc::noisy_halfspace({.samples = 2 + stream.below(d - 1), .dimension = d, .margin = 0.1},
                                          pc::Seed{600 + instance});
    const pc::Index hidden = 2 + stream.below(9);
    const double slope = stream.uniform(0.1, 0.6);
    const auto risk = [&](double s) {
      return pc::EmpiricalRisk{pc::TwoLayer({.inputs = d, .hidden = hidden}, pc::LeakyReLU{s}), pc::LogisticLoss{},
                               data};
    };
    const auto f = risk(slope);
    const pc::ProxyConvexity planted{f, f, pc::WorstSlopeRisk{risk(1.5 * slope)}};
    const pc::Ball<double> ball(pc::Vector<double>::Zero(f.dimension()), 10.0);
    const auto report = pc::falsify(planted, ball, {.seed = pc::Seed{instance + 1}});
    INFO(report);
    REQUIRE(report.unshrunk);
    CHECK(report.witness->stands);
    ratios.push_back(ratio(report.shrunk));
  }
  return ratios;
}

}  // namespace shrunk

}  // namespace

TEST_CASE("planted: the witnesses of constructed claims stand, and no single entry of them can be 0") {
  auto tally = planted::Count::of_false_claims();
  constructed::all(tally);
  CHECK(tally.witnesses.size() >= 100);
  for (const auto& [name, report, fails] : tally.witnesses) {
    INFO(name << '\n' << report);
    REQUIRE(report.witness);
    REQUIRE(report.unshrunk);
    const pc::Vector<double>& w = report.witness->w;
    const pc::Vector<double>& v = report.witness->v;
    CHECK(report.shrunk.evaluations < 1000);
    if (name.ends_with(", many")) CHECK(report.shrunk.nonzeros <= 3);  // of 8: the others move as one becomes 0
    CHECK(report.shrunk.nonzeros <= report.shrunk.nonzeros_before);
    CHECK(report.shrunk.bits <= report.shrunk.bits_before);
    CHECK(fails(w, v));
    for (pc::Index i = 0; i < w.size() + v.size(); ++i) {
      pc::Vector<double> other_w = w;
      pc::Vector<double> other_v = v;
      double& entry = i < w.size() ? other_w[i] : other_v[i - w.size()];
      if (entry == 0) continue;
      entry = 0;
      CHECK_FALSE(fails(other_w, other_v));
    }
  }
}

TEST_CASE("planted: where there are sparse witnesses, the median has a third of the non-zeros that were found") {
  const auto collected = shrunk::few_coordinates();
  CAPTURE(collected.ratios, collected.least, collected.others);
  CHECK(shrunk::median(collected.ratios) <= 1.0 / 3);
  CHECK(10 * static_cast<std::size_t>(collected.least) >= 9 * collected.ratios.size());
}

TEST_CASE("planted: the median witness of the claims by the table has a third of the non-zeros that were found") {
  auto tally = planted::Count::of_false_claims();
  constructed::all(tally);
  must_fail::all(tally);
  auto by_the_table = planted::Count::of_false_claims();
  auto second = by_the_table;
  by_the_table::all(by_the_table);
  by_the_table::all_of_second(second);
  auto both = by_the_table;
  both.add(second);
  both.is_enough();

  const auto is_not_zero = [](const auto& found) { return found.report.shrunk.nonzeros_before > 0; };
  std::vector<double> of_second;
  shrunk::once_each(second, of_second, is_not_zero);
  std::vector<double> of_both = of_second;
  shrunk::once_each(by_the_table, of_both, is_not_zero);
  CAPTURE(of_second, of_both);
  CHECK(of_second.size() >= 35);
  CHECK(shrunk::median(of_second) <= 1.0 / 3);
  CHECK(of_both.size() >= 70);
  CHECK(shrunk::median(of_both) <= 1.0 / 3);

  std::vector<double> shrinkable = shrunk::few_coordinates().first;  // those found with fewer non-zeros count, too
  const std::vector<double> networks = shrunk::leaky_networks();
  shrinkable.insert(shrinkable.end(), networks.begin(), networks.end());
  const auto has_a_third = [](const auto& found) {
    return found.report.shrunk.nonzeros_before >= 3 && !found.name.ends_with(", many");
  };
  std::vector<double> chosen_before;
  shrunk::once_each(by_the_table, chosen_before, has_a_third);
  shrunk::once_each(second, chosen_before, has_a_third);
  CAPTURE(chosen_before);
  CHECK(chosen_before.size() >= 60);
  CHECK(shrunk::median(chosen_before) <= 1.0 / 3);

  shrunk::once_each(tally, shrinkable, has_a_third);
  shrinkable.insert(shrinkable.end(), chosen_before.begin(), chosen_before.end());
  CAPTURE(shrinkable);
  CHECK(shrinkable.size() >= 100);
  CHECK(shrunk::median(shrinkable) <= 1.0 / 3);
}

TEST_CASE("planted: the leaky network's witnesses have a third of the non-zeros that they were found with") {
  const std::vector<double> ratios = shrunk::leaky_networks();
  CAPTURE(ratios);
  CHECK(shrunk::median(ratios) <= 1.0 / 3);
}
