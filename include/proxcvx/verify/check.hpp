// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <limits>
#include <optional>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/verify/claim.hpp>
#include <proxcvx/verify/escalation.hpp>
#include <proxcvx/verify/ranks.hpp>
#include <proxcvx/verify/report.hpp>
#include <proxcvx/verify/report_observer.hpp>
#include <type_traits>
#include <utility>
#include <vector>

// check: evaluate a property's margin at many samples and count. Work is cut into blocks of 256 samples; sample i is
// a pure function of (seed, i), so the report is the same for any number of threads, and halves merge into the whole.
// Pairs are formed within a block, all 256 x 256 of them (fewer where a reference that moves with w makes them dear);
// the disjoint pairs (w_i, v_i) feed the statistic.

namespace proxcvx {

/// What a check examines.
struct CheckSettings {
  Index samples = 20'000;    ///< points, or disjoint pairs; fixed in advance, which the confidence bound needs
  Seed seed{1};              ///< sample i is a function of (seed, i) only
  int threads = 0;           ///< 0: all that OpenMP offers (proxcvx::openmp); the report does not depend on it
  double confidence = 0.99;  ///< of the bound on the violation probability, in (0, 1)
  Index first_block = 0;     ///< with last_block: examine only these blocks of 256 samples, to be merged later
  Index last_block = std::numeric_limits<Index>::max();
  /// What an earlier run with the same settings had examined (read_saved_check in io/): the check goes on behind it.
  std::optional<CheckReport> after{};
};

namespace detail {

/// Counts a block of pairs: every (i, j), of which the disjoint ones (i, i) are independent where `sampled`.
template <class Property>
void examine_pairs(const Property& property, const Escalation<Property>& escalation,
                   ConstMatrixRef<typename Property::Scalar> points,
                   ConstMatrixRef<typename Property::Scalar> references, Index first_point, Index first_reference,
                   bool sampled, MarginStatistics& statistics) {
  using Scalar = typename Property::Scalar;
  ScratchFrame<Scalar> frame;
  auto values = frame.matrix(points.cols(), references.cols());
  auto errors = frame.matrix(points.cols(), references.cols());
  if constexpr (AllPairsProperty<Property>) {
    property.margins(points, references, values, errors);
  } else {
    for (Index j = 0; j < references.cols(); ++j) {
      for (Index i = 0; i < points.cols(); ++i) {
        const Margin<Scalar> margin = property.margin(points.col(i), references.col(j));
        values(i, j) = margin.value;
        errors(i, j) = margin.error;
      }
    }
  }
  for (Index j = 0; j < references.cols(); ++j) {
    for (Index i = 0; i < points.cols(); ++i) {
      const Margin<Scalar> margin{values(i, j), errors(i, j), Scalar(0), false};
      const Decision decided = escalation.decide(margin, points.col(i), references.col(j));
      statistics.record(decided.outcome, {decided.value, decided.error, first_point + i, first_reference + j}, false,
                        sampled && i == j);
    }
  }
}

/// How many references of a block each of its points is examined against: all, unless the property says that fewer
/// are worth it (`references_at_once`).
template <class Property> inline constexpr Index references_at_once = block_size;
template <class Property>
requires requires {
  { Property::references_at_once } -> std::convertible_to<Index>;
}
inline constexpr Index references_at_once<Property> = std::min<Index>(block_size, Property::references_at_once);

/// Counts one point.
template <class Property>
void examine_point(const Property& property, const Escalation<Property>& escalation,
                   ConstVectorRef<typename Property::Scalar> w, Index index, bool sampled,
                   MarginStatistics& statistics) {
  const auto margin = property.margin(w);
  const Decision decided = escalation.decide(margin, w);
  statistics.record(decided.outcome, {decided.value, decided.error, index, -1}, margin.vacuous, sampled);
}

template <class Property> [[nodiscard]] CheckReport new_report(const Property& property, double confidence) {
  CheckReport report;
  describe_claim(report, property);
  report.confidence = confidence;
  return report;
}

/// The worst violation as a witness, evaluated again in the widest scalar.
template <class Property, class... Points>
void confirm_witness(CheckReport& report, const Escalation<Property>& escalation, const Points&... points) {
  Witness witness = evaluated_again(escalation, points...);
  witness.point = report.statistics.worst_violation.point;
  witness.reference = report.statistics.worst_violation.reference;
  report.witness = std::move(witness);
}

/// The stream of sample i for points (w) or references (v).
[[nodiscard]] inline RandomStream sample_stream(Seed seed, Index i, Purpose purpose) {
  return RandomStream{seed, static_cast<std::uint64_t>(i), purpose};
}

/// The common loop: examines blocks in rounds, merges in block order, shows the report to the observers after each
/// round until one of them asks to stop. Where nobody looks rounds are long, so that no thread waits for another one
/// before the end. `examine(first, count, statistics)` does one block.
template <class Examine, class... Observers>
void run_blocks(CheckReport& report, const CheckSettings& settings, const Examine& examine, Observers&... observers) {
  require(settings.samples >= 1, "samples", "a number >= 1", settings.samples);
  require(settings.threads >= 0, "threads", "a number >= 0 (0 means all)", settings.threads);
  require(settings.confidence > 0 && settings.confidence < 1, "confidence", "a number in (0, 1)", settings.confidence);
  const Index blocks = (settings.samples + block_size - 1) / block_size;
  const Index last = std::min(blocks, settings.last_block);
  require(settings.first_block >= 0 && settings.first_block <= last, "first_block",
          "a number in [0, " + std::to_string(last) + "]", settings.first_block);
  report.seed = settings.seed;
  report.samples = settings.samples;
  report.first_block = settings.first_block;
  report.last_block = settings.first_block;
  report.may_stop = (can_stop<CheckReport, Observers>() || ...);
  if (settings.after) continue_from(report, *settings.after);
  require(report.last_block <= last, "saved last block", "at most " + std::to_string(last), report.last_block);
  const Index threads = settings.threads == 0 ? available_threads() : settings.threads;
  auto& ranks = ranks_among(observers...);
  Pace pace{ranks};
  std::vector<MarginStatistics> of_block;
  for (Index begin = report.last_block; begin < last; begin = report.last_block) {
    constexpr Index unseen = sizeof...(Observers) == 0 ? 1024 : 1;
    const Index end = std::min(last, begin + unseen * pace.round(threads));
    const IndexRange mine = share_of({begin, end}, ranks.rank(), ranks.count());
    of_block.assign(static_cast<std::size_t>(mine.size()), MarginStatistics{});
    parallel_for_blocks(mine.first, mine.last, settings.threads, [&](Index block) {
      const Index first = block * block_size;
      examine(first, std::min(block_size, settings.samples - first),
              of_block[static_cast<std::size_t>(block - mine.first)]);
    });
    MarginStatistics found;
    for (const MarginStatistics& statistics : of_block) found.merge(statistics);
    ranks.merge(found);
    report.statistics.merge(found);
    report.last_block = end;
    if (ranks.any(any_wants_to_stop_at(report, observers...))) break;
    pace.next();
  }
}

template <class... Observers> consteval bool expect_check_observers() {
  static_assert((ReportObserver<Observers, CheckReport> && ...),
                "proxcvx::check: an observer is a callable on `const CheckReport&` that returns void or proxcvx::Flow");
  static_assert(((!Ranks<std::remove_reference_t<Observers>> ||
                  RanksMerging<std::remove_reference_t<Observers>, MarginStatistics>)&&...),
                "proxcvx::check: ranks need `void merge(MarginStatistics&)`");
  return true;
}

}  // namespace detail

/// Samples pairs (w_i, v_i), w_i from `points` and v_i from `references`, and examines the property's margin at all
/// pairs of each block (at those of 4 x 4 for a reference h(v; w) of ProxyConvexity). The same settings give the same
/// report, byte for byte, on any number of threads. Observers are called with the report so far after each round of
/// blocks, one for each thread; Flow::stop ends it. Ranks among them (mpi::AcrossRanks) share each round, and every one
/// of them returns the same report. Throws std::invalid_argument on a region of another dimension or senseless
/// settings. Cost: `samples` gradients and proxies, 256 p flops a pair row; memory O(512 p) per thread.
template <class Property, class PointRegion, class ReferenceRegion, class... Observers>
requires Region<ReferenceRegion>
[[nodiscard]] CheckReport check(const Property& property, const PointRegion& points, const ReferenceRegion& references,
                                const CheckSettings& settings, Observers&&... observers) {
  static_assert(PairProperty<Property>,
                "proxcvx::check: two regions need a PairProperty, `Margin<Scalar> margin(w, v) const`");
  static_assert(detail::expect_check_observers<Observers...>());
  detail::expect_region(property, points);
  detail::expect_region(property, references);
  using Scalar = typename Property::Scalar;
  const detail::Escalation<Property> escalation{property};
  CheckReport report = detail::new_report(property, settings.confidence);
  report.region = detail::regions_description(points, references);
  const Index p = property.dimension();
  const auto draw = [&](Index i, VectorRef<Scalar> w, VectorRef<Scalar> v) {
    RandomStream point_stream = detail::sample_stream(settings.seed, i, Purpose::points);
    RandomStream reference_stream = detail::sample_stream(settings.seed, i, Purpose::references);
    points.sample(point_stream, w);
    references.sample(reference_stream, v);
  };
  detail::run_blocks(
      report, settings,
      [&](Index first, Index count, MarginStatistics& statistics) {
        ScratchFrame<Scalar> frame;
        auto w = frame.matrix(p, count);
        auto v = frame.matrix(p, count);
        for (Index i = 0; i < count; ++i) draw(first + i, w.col(i), v.col(i));
        constexpr Index some = detail::references_at_once<Property>;
        for (Index at = 0; at < count; at += some) {
          const Index width = std::min(some, count - at);
          detail::examine_pairs(property, escalation, w.middleCols(at, width), v.middleCols(at, width), first + at,
                                first + at, true, statistics);
        }
      },
      observers...);
  const LocatedMargin& worst = report.statistics.worst_violation;
  if (worst.found()) {
    Vector<Scalar> w(p), v(p), unused(p);
    draw(worst.point, w, unused);
    draw(worst.reference, unused, v);
    detail::confirm_witness(report, escalation, w, v);
  }
  return report;
}

/// Samples points (or pairs, both ends from `region`) and examines the property's margin at each.
/// The same settings give the same report, byte for byte, on any number of threads.
/// Observers are called with the report so far after each round of blocks, one for each thread; Flow::stop ends it.
/// Throws std::invalid_argument on a region of another dimension or senseless settings.
/// Cost for a point property: `samples` margins; memory O(p) per thread.
template <class Property, class SampleRegion, class... Observers>
requires(!std::is_base_of_v<Eigen::EigenBase<SampleRegion>, SampleRegion>) [[nodiscard]] CheckReport
    check(const Property& property, const SampleRegion& region, const CheckSettings& settings = {},
          Observers&&... observers) {
  static_assert(detail::expect_property<Property>());
  static_assert(detail::expect_check_observers<Observers...>());
  detail::expect_region(property, region);
  if constexpr (!Region<SampleRegion>) {
    return {};  // never run: the line above does not compile, and says why
  } else if constexpr (PairProperty<Property>) {
    return check(property, region, region, settings, std::forward<Observers>(observers)...);
  } else {
    using Scalar = typename Property::Scalar;
    const detail::Escalation<Property> escalation{property};
    CheckReport report = detail::new_report(property, settings.confidence);
    report.region = detail::region_description(region);
    const Index p = property.dimension();
    const auto draw = [&](Index i, VectorRef<Scalar> w) {
      RandomStream stream = detail::sample_stream(settings.seed, i, Purpose::points);
      region.sample(stream, w);
    };
    detail::run_blocks(
        report, settings,
        [&](Index first, Index count, MarginStatistics& statistics) {
          ScratchFrame<Scalar> frame;
          auto w = frame.vector(p);
          for (Index i = first; i < first + count; ++i) {
            draw(i, w);
            detail::examine_point(property, escalation, w, i, true, statistics);
          }
        },
        observers...);
    if (report.statistics.worst_violation.found()) {
      Vector<Scalar> w(p);
      draw(report.statistics.worst_violation.point, w);
      detail::confirm_witness(report, escalation, w);
    }
    return report;
  }
}

}  // namespace proxcvx
