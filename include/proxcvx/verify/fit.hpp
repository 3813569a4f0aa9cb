// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/verify/check.hpp>
#include <proxcvx/verify/claim.hpp>
#include <proxcvx/verify/falsify.hpp>
#include <proxcvx/verify/fit_report.hpp>
#include <proxcvx/verify/refine.hpp>
#include <utility>
#include <vector>

// fit: the sharpest constant that an inequality has on a region, as far as samples and searches can tell. The samples
// are a linear program with one unknown, whose solution has a scenario bound (Campi & Garatti 2008). Then the claim,
// closed at that constant, is searched as `falsify` searches; each violation found weakens the constant to what it has
// to be there, and local minimisations, about it, from where all starts ended and from new samples, to what it has to
// be about there. This is repeated until no start improves it.
//
// A fitted constant is the extreme one over the points that were looked at: another point may demand a weaker one.

namespace proxcvx {

/// How a constant is fitted.
struct FitSettings {
  Index samples = 20'000;    ///< points, or disjoint pairs; fixed in advance, which the scenario bound needs
  Index starts = 20;         ///< local searches in a round, each from the best of its own candidates
  Index evaluations = 3000;  ///< of a round's search, in gradients of f; up to 4 times as many to minimise locally,
                             ///< from where its starts ended and from as many new samples
  Index rounds = 20;         ///< at most: the search ends with the first round that finds no violation
  Seed seed{1};              ///< sample i is the one that `check` sees under the same seed
  int threads = 0;           ///< 0: all that OpenMP offers (proxcvx::openmp); the report does not depend on it
  double confidence = 0.99;  ///< of the scenario bound, in (0, 1)
  /// After so many seconds no sample, start or minimisation is begun, but for the first 256 samples; the report says
  /// so, without a scenario bound if samples are left, and depends on the clock.
  double seconds = std::numeric_limits<double>::infinity();
};

namespace detail {

/// What a block of samples said, in oriented constants (smaller is weaker).
struct BlockDemands {
  FitCounts counts;
  double safe = std::numeric_limits<double>::infinity();    ///< that of the samples that bound the constant narrowly
  double beyond = std::numeric_limits<double>::infinity();  ///< its other end
  Index sample = -1;                                        ///< the sample of `beyond`
  std::vector<double> wide;                                 ///< the constants that the others need, for certain

  void merge(const BlockDemands& later) {
    counts.bound += later.counts.bound;
    counts.none += later.counts.none;
    counts.undecided += later.counts.undecided;
    counts.opposed += later.counts.opposed;
    counts.non_finite += later.counts.non_finite;
    safe = std::min(safe, later.safe);
    if (later.sample >= 0 && (sample < 0 || later.beyond < beyond)) {
      beyond = later.beyond;
      sample = later.sample;
    }
    wide.insert(wide.end(), later.wide.begin(), later.wide.end());
  }
};

/// Sample i of the regions, that which `check` sees.
template <class Space> void draw_sample(const Space& space, Seed seed, Index i, VectorRef<typename Space::Scalar> x) {
  constexpr Purpose purposes[] = {Purpose::points, Purpose::references};
  for (Index which = 0; which < Space::halves(); ++which) {
    RandomStream stream = sample_stream(seed, i, purposes[which]);
    space.sample(stream, space.half(x, which), which);
  }
}

/// What the samples [first, last) demand, with the claim closed where it is.
template <class Closed> [[nodiscard]] BlockDemands demands(const Closed& closed, Seed seed, Index first, Index last) {
  using Scalar = typename Closed::Scalar;
  BlockDemands block;
  ScratchFrame<Scalar> frame;
  auto x = frame.vector(closed.space().size());
  for (Index i = first; i < last; ++i) {
    draw_sample(closed.space(), seed, i, x);
    const TightConstant tight = closed.at(x);
    switch (tight.demand) {
      case Demand::bound: {
        const double safe = closed.oriented(tight.safe);
        if (!tight.narrow) {
          block.wide.push_back(safe);
          break;
        }
        ++block.counts.bound;
        block.safe = std::min(block.safe, safe);
        const double beyond = closed.oriented(tight.beyond);
        if (block.sample >= 0 && !(beyond < block.beyond)) break;
        block.beyond = beyond;
        block.sample = i;
        break;
      }
      case Demand::none:
        ++block.counts.none;
        break;
      case Demand::opposed:
        ++block.counts.opposed;
        break;
      case Demand::undecided:
        ++block.counts.undecided;
        break;
      case Demand::non_finite:
        ++block.counts.non_finite;
        break;
    }
  }
  return block;
}

/// The samples: a first look at one block finds the constant's order of magnitude, then all of them are asked.
template <class Closed>
void fit_samples(Closed& closed, const FitSettings& settings, const TimeLimit& limit, FitReport& report) {
  const auto orient = [&](double c) { return closed.oriented(c); };  // its own inverse
  for (int look = 0; look < 8; ++look) {
    const BlockDemands first = demands(closed, settings.seed, 0, std::min(block_size, settings.samples));
    const double before = closed.constant();
    if (first.sample < 0 || !closed.close(orient(first.beyond))) break;
    if (std::abs(closed.constant() - before) <= 0.5 * std::abs(before)) break;
  }
  const Index blocks = (settings.samples + block_size - 1) / block_size;
  std::vector<BlockDemands> of_block(static_cast<std::size_t>(blocks));
  parallel_for_blocks(0, blocks, settings.threads, [&](Index block) {
    if (block > 0 && limit.left() <= 0) return;
    const Index first = block * block_size;
    of_block[static_cast<std::size_t>(block)] =
        demands(closed, settings.seed, first, std::min(settings.samples, first + block_size));
  });
  BlockDemands all;
  for (const BlockDemands& block : of_block) all.merge(block);
  for (const double safe : all.wide) ++(safe >= all.safe ? all.counts.bound : all.counts.undecided);
  report.sampled = all.counts;
  report.stopped = all.counts.examined() < settings.samples;
  if (all.sample < 0) return;
  report.sampled_constant = orient(all.safe);
  report.sampled_at = all.sample;
}

/// What one search of the closed claim found.
template <class Scalar> struct SearchEnds {
  std::vector<Candidate<Scalar>> violations;  ///< the worst first
  std::vector<Candidate<Scalar>> lowest;      ///< of each start, where its margin was least
};

/// One search of the claim closed where it is, from all starts.
template <class Closed>
[[nodiscard]] SearchEnds<typename Closed::Scalar> search_closed(const Closed& closed, const FalsifySettings& settings,
                                                                const Matrix<typename Closed::Scalar>& given,
                                                                const TimeLimit& limit, FitReport& report) {
  using Space = typename Closed::Space;
  using Scalar = typename Closed::Scalar;
  const Space& space = closed.space();
  const Starts<Space> starts{space, given, settings.seed};
  std::vector<std::optional<SearchLog<Space>>> logs(static_cast<std::size_t>(settings.starts));
  parallel_for_blocks(0, settings.starts, settings.threads, [&](Index k) {
    if (limit.left() > 0) logs[static_cast<std::size_t>(k)].emplace(run_start(space, starts, settings, k));
  });
  report.searched = SearchCounts{};
  SearchEnds<Scalar> ends;
  for (const auto& log : logs) {
    if (!log) {
      report.stopped = true;
      continue;
    }
    report.searched.merge(log->counts);
    report.evaluations += log->spent();
    if (log->violation.evaluation >= 0) ends.violations.push_back(log->violation);
    if (log->best.evaluation >= 0) ends.lowest.push_back(log->best);
  }
  std::stable_sort(ends.violations.begin(), ends.violations.end(),
                   [](const Candidate<Scalar>& a, const Candidate<Scalar>& b) { return a.level < b.level; });
  return ends;
}

inline void require_settings(const FitSettings& settings) {
  require(settings.samples >= 1, "samples", "a number >= 1", settings.samples);
  require(settings.starts >= 1, "starts", "a number >= 1", settings.starts);
  require(settings.evaluations / 8 >= settings.starts, "evaluations", "at least 8 for each start",
          settings.evaluations);
  require(settings.rounds >= 1, "rounds", "a number >= 1", settings.rounds);
  require(settings.threads >= 0, "threads", "a number >= 0 (0 means all)", settings.threads);
  require(settings.confidence > 0 && settings.confidence < 1, "confidence", "a number in (0, 1)", settings.confidence);
  require(settings.seconds >= 0, "seconds", "a number >= 0", settings.seconds);
}

template <class Property, class Points, class References>
[[nodiscard]] FitReport fit(const OpenClaim<Property>& claim, const Points& points, const References& references,
                            const FitSettings& settings, const Matrix<typename Property::Scalar>& given) {
  using Scalar = typename Property::Scalar;
  require_settings(settings);
  const TimeLimit limit{settings.seconds};
  FitReport report;
  report.name = claim.constant;
  report.sharpest = claim.sharpest;
  report.region = regions_description(points, references);
  report.seed = settings.seed;
  report.samples = settings.samples;
  report.confidence = settings.confidence;
  report.starts = settings.starts;

  ClosedClaim<Property, Points, References> closed{claim, points, references, settings.seed};
  Refinement<Property, Points, References> refined{closed};
  fit_samples(closed, settings, limit, report);
  RandomStream stream{settings.seed, std::uint64_t{1} << 63U, Purpose::search};
  Vector<Scalar> x(closed.space().size());
  if (report.sampled_at >= 0) {
    draw_sample(closed.space(), settings.seed, report.sampled_at, x);
    refined.offer(x);
    if (!report.stopped) refined.polish(stream, settings.evaluations);
  } else if (claim.lowest_included) {
    closed.close(claim.lowest);
  }
  std::optional<Vector<Scalar>> opposed;
  const auto late = [&] { return report.stopped = report.stopped || limit.left() <= 0; };
  while (!report.settled && report.rounds < settings.rounds && !late()) {
    const Seed seed{settings.seed.value + static_cast<std::uint64_t>(report.rounds) * 0x9e3779b97f4a7c15U};
    const auto found = search_closed(
        closed,
        {.starts = settings.starts, .evaluations = settings.evaluations, .seed = seed, .threads = settings.threads},
        given, limit, report);
    ++report.rounds;
    bool improved = false;
    for (const Candidate<Scalar>& candidate : found.violations) {
      if (refined.offer(candidate.x)) {
        improved = true;
      } else if (!opposed && closed.at(candidate.x).demand == Demand::opposed) {
        opposed = candidate.x;
      }
    }
    const Index share = 2 * settings.evaluations / settings.starts;
    for (const Candidate<Scalar>& candidate : found.lowest) {
      if (late()) break;
      improved = refined.attempt(candidate.x, stream, share) || improved;
    }
    for (Index i = 0; i < settings.starts && !late(); ++i) {  // samples that no statistic counts
      draw_sample(closed.space(), Seed{seed.value + 0x517cc1b727220a95U}, i, x);
      improved = refined.attempt(x, stream, share) || improved;
    }
    report.settled = !improved && !report.stopped;
    if (!improved) break;
    ++report.improved_rounds;
    if (!late()) refined.polish(stream, settings.evaluations);
  }
  report.evaluations += refined.evaluations();

  const auto again = [&](double constant, const Vector<Scalar>& where) {
    const Escalation<Property> escalation{claim.with(constant)};
    return closed.space().with_points(where, [&](const auto&... at) { return evaluated_again(escalation, at...); });
  };
  double described = closed.constant();
  if (refined.found()) {
    const TightConstant& tight = refined.tight();
    double safe = tight.safe;  // but no sharper than what all samples satisfy
    if (closed.oriented(report.sampled_constant) < closed.oriented(safe)) safe = report.sampled_constant;
    if (claim.lowest_included) safe = std::max(safe, claim.lowest);
    report.beyond = tight.beyond;
    if (claim.admits(safe)) report.constant = described = safe;
    if (claim.admits(tight.beyond)) report.witness = again(tight.beyond, refined.x());
  } else if (claim.lowest_included) {
    report.constant = described = claim.lowest;
  }
  if (opposed) report.opposition = again(described, *opposed);
  describe_claim(report, claim.with(described));
  return report;
}

}  // namespace detail

/// The sharpest constant of a claim over pairs, w in `points` and v in `references`, that neither its samples nor its
/// searches violate. `fit(largest_mu(property), region)`; properties/open_constants.hpp lists what can be left open.
/// Columns of `starts` are points or whole pairs that each search begins with, as in falsify.
/// The same settings give the same report on any number of threads, unless the limit of seconds ends it.
/// Throws std::invalid_argument on a region or starts of another dimension or senseless settings.
/// Cost: `samples` margins and slopes; a round up to 5 times `evaluations` gradients of f, and as many
/// to minimise about what it found.
template <class Property, class PointRegion, class ReferenceRegion>
requires Region<ReferenceRegion>
[[nodiscard]] FitReport fit(const OpenClaim<Property>& claim, const PointRegion& points,
                            const ReferenceRegion& references, const FitSettings& settings,
                            const Matrix<typename Property::Scalar>& starts = {}) {
  static_assert(PairProperty<Property>, "proxcvx::fit: two regions need a claim over pairs, margin(w, v)");
  const Property property = claim.with(claim.initial);
  detail::expect_region(property, points);
  detail::expect_region(property, references);
  detail::require_starts(property, starts);
  return detail::fit(claim, points, references, settings, starts);
}

/// The same over the points of a region, or over pairs of them.
template <class Property, class FitRegion>
[[nodiscard]] FitReport fit(const OpenClaim<Property>& claim, const FitRegion& region, const FitSettings& settings = {},
                            const Matrix<typename Property::Scalar>& starts = {}) {
  const Property property = claim.with(claim.initial);
  detail::expect_region(property, region);
  detail::require_starts(property, starts);
  return detail::fit(claim, region, region, settings, starts);
}

}  // namespace proxcvx
