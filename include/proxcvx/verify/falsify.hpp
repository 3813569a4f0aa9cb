// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <optional>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/verify/claim.hpp>
#include <proxcvx/verify/descent.hpp>
#include <proxcvx/verify/evolution.hpp>
#include <proxcvx/verify/falsify_report.hpp>
#include <proxcvx/verify/ranks.hpp>
#include <proxcvx/verify/report_observer.hpp>
#include <proxcvx/verify/shrink.hpp>
#include <proxcvx/verify/starts.hpp>
#include <type_traits>
#include <utility>
#include <vector>

// falsify: look for a violation, by lowering the margin, scale-free or as it is, over the region from many starts.
// Start k is a pure function of (seed, k), has its own share of the evaluations, and results are merged in the order of
// k, so that the report is the same for any number of threads. A violation that stands is shrunk when the search is
// over: the search's evaluations are not spent on that.
//
// A kinked activation has one fixed slope at its kink, and the claim is tested for it. Points on either side of a kink
// come as close as a search wants: a claim that fails for a one-sided slope fails there too.

namespace proxcvx {

/// How a claim is searched.
struct FalsifySettings {
  Index starts = 20;         ///< local searches, each from the best of its own candidates
  Index evaluations = 3000;  ///< in all, in gradients of f: evaluations / starts for each start, at least 8
  Seed seed{1};              ///< start k is a function of (seed, k) only
  int threads = 0;           ///< 0: all that OpenMP offers (proxcvx::openmp); the report does not depend on it
  ShrinkSettings shrink{.evaluations = 1000};  ///< of the witness, after the search, beyond `evaluations`; 0: none
  /// What an earlier run with the same settings and starts had searched (read_saved_falsify in io/): the search goes on
  /// behind its last start.
  std::optional<FalsifyReport> after{};
};

namespace detail {

/// Start k: looks at a quarter of its evaluations' worth of candidates (k, k + starts, ...; the caller's all), then
/// walks from the best of them that is not at equality, where there is nothing to be seen but rounding: every other
/// start down a gradient first, where there is one, in turn that of the scale-free margin and that of the margin, then
/// by evolution. A start with a gradient leaves out candidates whose level is within sqrt(u) of equality: next to
/// w = v the lowest levels say least, and a descent gets there from farther out, where the margin has digits to show
/// which way is down. A start down the margin takes the first that is left, and of structured starts the best: the
/// lowest levels of many candidates may all lie in one basin, and not in that of the violations. Where its steps
/// collapse a start begins again from its next candidates.
template <class Space>
[[nodiscard]] SearchLog<Space> run_start(const Space& space, const Starts<Space>& starts,
                                         const FalsifySettings& settings, Index k) {
  using Scalar = typename Space::Scalar;
  const Index share = settings.evaluations / settings.starts;
  const Index budget = share + (k < settings.evaluations % settings.starts ? 1 : 0);
  SearchLog<Space> log{space, budget};
  // Streams 1, 2, ... of Purpose::search place candidates; those from 2^62 drive the steps.
  RandomStream stream{settings.seed, (std::uint64_t{1} << 62U) + static_cast<std::uint64_t>(k), Purpose::search};
  Vector<Scalar> x(space.size());
  Vector<Scalar> candidate(space.size());
  Index next = k;
  for (Index round = 0; !log.exhausted(); ++round) {
    Scalar level = std::numeric_limits<Scalar>::infinity();
    const Index turn = Space::has_gradient ? (k + round) % 4 : 1;
    const auto tells_nothing = [&](Scalar there) { return turn % 2 == 0 ? nearly_equal(there) : at_equality(there); };
    const Index looks = std::max<Index>(2, (round == 0 ? budget : log.left()) / 4);
    const bool takes_any = turn == 2 && round == 0;
    const auto goes_on = [&](Index look) {
      return next < starts.whole() || (look < looks && (!takes_any || look == 0 || tells_nothing(level)));
    };
    for (Index look = 0; goes_on(look) && !log.exhausted(); ++look, next += settings.starts) {
      starts.place(next, candidate);
      const Scalar there = log.visit(candidate);
      if (look == 0 || tells_nothing(level) || (there < level && !tells_nothing(there))) {
        x = candidate;
        level = there;
      }
    }
    if (!x.allFinite()) continue;
    if constexpr (Space::has_gradient) {
      if (turn % 2 == 0) level = descend<Space>(space, x, level, turn == 0 ? Lowered::level : Lowered::margin, log);
    }
    evolve<Space>(space, stream, x, level, log);
  }
  return log;
}

template <class Scalar> [[nodiscard]] SearchedMargin located(const Candidate<Scalar>& candidate, Index start) {
  const Margin<Scalar>& margin = candidate.margin;
  const Scalar scale = margin.scale > Scalar(0) ? margin.scale : Scalar(1);
  return {static_cast<double>(Scalar(margin.value / scale)), static_cast<double>(margin.value),
          static_cast<double>(margin.error), start, candidate.evaluation};
}

/// Adds start k, the next one, to the report. A violation is evaluated again where it would be the lowest that stands.
template <class Space>
void add_start(FalsifyReport& report, const Space& space, const Escalation<typename Space::Property>& escalation,
               const SearchLog<Space>& log, const Decision& end, Index k) {
  using Scalar = typename Space::Scalar;
  report.candidates.merge(log.counts);
  const Candidate<Scalar>* suspect = nullptr;
  if (log.violation.evaluation >= 0) {
    if (report.first_violation_cost < 0) report.first_violation_cost = report.evaluations + log.first_violation + 1;
    suspect = &log.violation;
  } else if (log.best.evaluation >= 0 && end.outcome == Outcome::violated) {  // seen in a wider scalar alone
    suspect = &log.best;
  }
  report.evaluations += log.spent();
  report.last_start = k + 1;
  if (log.best.evaluation >= 0) {
    if (end.outcome == Outcome::satisfied) ++report.ended_satisfied;
    if (end.outcome == Outcome::undecided) ++report.ended_undecided;
    if (end.outcome == Outcome::undecided && end.value < 0) ++report.ended_below_zero;
    const SearchedMargin least = located(log.best, k);
    if (!report.smallest.found() || least.scale_free < report.smallest.scale_free) report.smallest = least;
  }
  if (suspect == nullptr) return;
  const auto level = static_cast<double>(suspect->level);
  const bool stood = report.witness && report.witness->stands;
  const bool lower = !report.witness || level < report.witness_level;
  if (stood && !lower) return;
  Witness witness =
      space.with_points(suspect->x, [&](const auto&... where) { return evaluated_again(escalation, where...); });
  if (!(witness.stands || (!stood && lower))) return;
  witness.point = k;
  report.witness = std::move(witness);
  report.witness_level = level;
}

/// Shrinks the witness that stands, unless no vector of doubles does (in a scalar of more digits).
template <class Property, class Points, class References>
void shrink_witness(FalsifyReport& report, const WitnessTest<Property, Points, References>& test,
                    const ShrinkSettings& settings) {
  if (settings.evaluations == 0 || !report.witness || !report.witness->stands) return;
  ShrinkReport simpler = shrunk(test, *report.witness, settings);
  if (!simpler.witness.stands) return;
  report.unshrunk = std::exchange(report.witness, std::move(simpler.witness));
  report.shrunk = static_cast<const ShrinkSizes&>(simpler);
}

template <class... Observers> consteval bool expect_falsify_observers() {
  static_assert(
      (ReportObserver<Observers, FalsifyReport> && ...),
      "proxcvx::falsify: an observer is a callable on `const FalsifyReport&` that returns void or proxcvx::Flow");
  static_assert(((!Ranks<std::remove_reference_t<Observers>> ||
                  RanksMerging<std::remove_reference_t<Observers>, FalsifyReport>)&&...),
                "proxcvx::falsify: ranks need `void merge(FalsifyReport&)`");
  return true;
}

/// Runs the starts in rounds, one for each thread, or all at once where nobody observes.
template <class Property, class Points, class References, class... Observers>
[[nodiscard]] FalsifyReport search(const Property& property, const Points& points, const References& references,
                                   const FalsifySettings& settings, const Matrix<typename Property::Scalar>& given,
                                   Observers&... observers) {
  using Space = SearchSpace<Property, Points, References>;
  require(settings.starts >= 1, "starts", "a number >= 1", settings.starts);
  require(settings.evaluations / 8 >= settings.starts, "evaluations", "at least 8 for each start",
          settings.evaluations);
  require(settings.threads >= 0, "threads", "a number >= 0 (0 means all)", settings.threads);
  require_shrinkable(settings.shrink);
  FalsifyReport report;
  describe_claim(report, property);
  report.region = regions_description(points, references);
  report.seed = settings.seed;
  report.starts = settings.starts;
  report.budget = settings.evaluations;
  report.gradients = Space::has_gradient;

  const Escalation<Property> escalation{property};
  const Space space{property, points, references, settings.seed};
  const Starts<Space> starts{space, given, settings.seed};
  require(starts.whole() <= settings.evaluations, "starts",
          "at most " + std::to_string(settings.evaluations) + " columns, an evaluation each", starts.whole());
  report.given = starts.whole();
  if (settings.after) continue_from(report, *settings.after);
  auto& ranks = ranks_among(observers...);
  constexpr bool watched = (!Ranks<Observers> || ...);
  const Index team = (settings.threads == 0 ? available_threads() : settings.threads) * ranks.count();
  const Index round = watched ? team : settings.starts;
  for (Index begin = report.last_start; begin < settings.starts; begin += round) {
    const Index end = std::min(settings.starts, begin + round);
    const IndexRange mine = share_of({begin, end}, ranks.rank(), ranks.count());
    std::vector<std::optional<SearchLog<Space>>> logs(static_cast<std::size_t>(mine.size()));
    std::vector<Decision> ends(logs.size());
    parallel_for_blocks(mine.first, mine.last, settings.threads, [&](Index k) {
      const auto at = static_cast<std::size_t>(k - mine.first);
      logs[at].emplace(run_start(space, starts, settings, k));
      const auto& best = logs[at]->best;
      if (best.evaluation < 0) return;
      ends[at] =
          space.with_points(best.x, [&](const auto&... where) { return escalation.decide(best.margin, where...); });
    });
    FalsifyReport found = going_on(report);
    for (Index k = mine.first; k < mine.last; ++k) {
      const auto at = static_cast<std::size_t>(k - mine.first);
      add_start(found, space, escalation, *logs[at], ends[at], k);
    }
    ranks.merge(found);
    append(report, std::move(found));
    if (ranks.any(any_wants_to_stop_at(report, observers...))) break;
  }
  shrink_witness(report, WitnessTest{property, points, references}, settings.shrink);
  return report;
}

/// A matrix among the arguments of falsify: starts, no observer.
template <class T>
concept MatrixOfStarts = std::is_base_of_v<Eigen::EigenBase<std::remove_cvref_t<T>>, std::remove_cvref_t<T>>;

template <class... Observers>
concept NoStartsAmong = !(MatrixOfStarts<Observers> || ...);

template <class Property>
void require_starts(const Property& property, const Matrix<typename Property::Scalar>& starts) {
  const Index p = property.dimension();
  const bool whole = PairProperty<Property> && starts.rows() == 2 * p;
  require(starts.cols() == 0 || starts.rows() == p || whole, "starts",
          "columns of dimension " + std::to_string(p) +
              (PairProperty<Property> ? " or, for pairs (w; v), " + std::to_string(2 * p) : ""),
          starts.rows());
  require(starts.allFinite(), "starts: expected finite entries");
}

}  // namespace detail

/// Searches pairs, w in `points` and v in `references`, for a violation: lowers the margin, relative to its terms
/// (|<grad f, w - v>| + |g| + |h| for proxy convexity) or as it is, from structured and random starts. Columns of
/// `starts` are whole pairs (w; v), each looked at, or points, such as the iterates of a run, paired with each other
/// and with structured points as far as the evaluations go; those outside of the regions are projected. An objective (a
/// network) that knows where to look offers `starts()` -> a column each. A witness is evaluated again in up to 50
/// digits, and the lowest that stands is shrunk (`unshrunk` keeps it). Observes no sample: whatever it finds, or does
/// not find, is no statement about a probability.
/// Observers are called with the report so far after each round of starts, one for each thread; Flow::stop ends it.
/// Ranks among them (mpi::AcrossRanks) share each round, and every one of them returns the same report.
/// Throws std::invalid_argument on a region or starts of another dimension or senseless settings. Cost: `evaluations`
/// gradients of f, up to `shrink.evaluations` margins, and up to two a start in wider scalars; memory O(p) a start.
template <class Property, class PointRegion, class ReferenceRegion, class... Observers>
requires Region<ReferenceRegion>
[[nodiscard]] FalsifyReport falsify(const Property& property, const PointRegion& points,
                                    const ReferenceRegion& references, const FalsifySettings& settings,
                                    const Matrix<typename Property::Scalar>& starts, Observers&&... observers) {
  static_assert(PairProperty<Property>,
                "proxcvx::falsify: two regions need a PairProperty, `Margin<Scalar> margin(w, v) const`");
  static_assert(detail::expect_falsify_observers<Observers...>());
  detail::expect_region(property, points);
  detail::expect_region(property, references);
  detail::require_starts(property, starts);
  return detail::search(property, points, references, settings, starts, observers...);
}

/// The same without starts of the caller's.
template <class Property, class PointRegion, class ReferenceRegion, class... Observers>
requires(Region<ReferenceRegion>&& detail::NoStartsAmong<Observers...>) [[nodiscard]] FalsifyReport
    falsify(const Property& property, const PointRegion& points, const ReferenceRegion& references,
            const FalsifySettings& settings, Observers&&... observers) {
  return falsify(property, points, references, settings, Matrix<typename Property::Scalar>{},
                 std::forward<Observers>(observers)...);
}

/// Searches a region for a point (or a pair of its points) that violates the property, in the same way. For a point
/// property each column of `starts` is looked at.
template <class Property, class SearchRegion, class... Observers>
[[nodiscard]] FalsifyReport falsify(const Property& property, const SearchRegion& region,
                                    const FalsifySettings& settings, const Matrix<typename Property::Scalar>& starts,
                                    Observers&&... observers) {
  static_assert(detail::expect_property<Property>());
  static_assert(detail::expect_falsify_observers<Observers...>());
  detail::expect_region(property, region);
  detail::require_starts(property, starts);
  return detail::search(property, region, region, settings, starts, observers...);
}

/// The same without starts of the caller's.
template <class Property, class SearchRegion, class... Observers>
requires detail::NoStartsAmong<Observers...>
[[nodiscard]] FalsifyReport falsify(const Property& property, const SearchRegion& region,
                                    const FalsifySettings& settings = {}, Observers&&... observers) {
  return falsify(property, region, settings, Matrix<typename Property::Scalar>{},
                 std::forward<Observers>(observers)...);
}

/// Searches a region for what violates an instance's property, from the instance's own starts on it.
template <SearchableInstance Instance, class SearchRegion, class... Observers>
requires detail::NoStartsAmong<Observers...>
[[nodiscard]] FalsifyReport falsify(const Instance& instance, const SearchRegion& region,
                                    const FalsifySettings& settings = {}, Observers&&... observers) {
  const auto property = instance.property();
  detail::expect_region(property, region);
  return falsify(property, region, settings, detail::starts_on(instance, region, settings.seed),
                 std::forward<Observers>(observers)...);
}

}  // namespace proxcvx
