// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <functional>
#include <numeric>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/verify/shrink.hpp>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

// shrink_problem: the smallest data set and network of which a claim is violated still. The claim is a function of the
// objective, so that constants which depend on data or network are those of the smaller problem: what is reported is
// the claim that its user would make there, never the old constants on new data.

namespace proxcvx {

/// A smaller problem of which the claim is violated.
template <class F, class Points, class References = Points> struct SmallerProblem {
  F objective;                            ///< on the data and with the neurons that are left
  Points points;                          ///< the regions in the entries that are left
  References references;                  ///< for a point property the same as `points`
  Witness witness;                        ///< of claim(objective); stands, and is shrunk itself
  std::vector<Index> dropped_examples{};  ///< in ascending order, as they were counted in the problem handed in
  std::vector<Index> dropped_neurons{};
  Index evaluations = 0;  ///< margins that were spent
  /// The claim is not violated at the witness when one more example, or one more neuron, is dropped: each was tried.
  bool minimal = false;
};

namespace detail {

/// Indices that are kept, and whose loss is tried.
class Kept {
 public:
  explicit Kept(Index count) : kept_(static_cast<std::size_t>(count)) {
    std::iota(kept_.begin(), kept_.end(), Index{0});
  }

  [[nodiscard]] std::size_t size() const { return kept_.size(); }
  /// Positions, among those that are kept, of all but [first, last).
  [[nodiscard]] std::vector<Index> positions_without(std::size_t first, std::size_t last) const {
    std::vector<Index> positions;
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      if (i < first || i >= last) positions.push_back(static_cast<Index>(i));
    }
    return positions;
  }
  void erase(std::size_t first, std::size_t last) {
    kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(first), kept_.begin() + static_cast<std::ptrdiff_t>(last));
  }
  /// The indices below `count` that are not kept.
  [[nodiscard]] std::vector<Index> dropped(Index count) const {
    std::vector<Index> out;
    for (Index i = 0; i < count; ++i) {
      if (!std::binary_search(kept_.begin(), kept_.end(), i)) out.push_back(i);
    }
    return out;
  }

 private:
  std::vector<Index> kept_;  // ascending
};

/// Drops half of what is kept at once, then a quarter, ..., then one by one until no single one can go; one is left.
/// `drop(positions)` says whether those positions alone will do. Returns whether anything went.
inline bool drop_until_minimal(Kept& kept, const std::function<bool(const std::vector<Index>&)>& drop) {
  bool any = false;
  for (std::size_t chunk = std::max<std::size_t>(kept.size() / 2, 1);; chunk = std::max<std::size_t>(chunk / 2, 1)) {
    bool here = false;
    for (std::size_t first = 0; first < kept.size() && kept.size() > 1;) {
      const std::size_t last = std::min(first + chunk, kept.size());
      if (last - first < kept.size() && drop(kept.positions_without(first, last))) {
        kept.erase(first, last);
        here = true;
      } else {
        first = last;
      }
    }
    any = any || here;
    if (chunk == 1 && !here) return any;
  }
}

/// The problem as it is now, and how it is made smaller.
template <class F, class Claim, class Points, class References> class ProblemShrinker {
 public:
  using Property = std::remove_cvref_t<std::invoke_result_t<const Claim&, const F&>>;
  using Problem = SmallerProblem<F, Points, References>;

  ProblemShrinker(Problem problem, const Claim& claim, const ShrinkSettings& settings)
      : problem_{std::move(problem)}, claim_{claim}, left_{settings.evaluations} {}

  /// Drops, then simplifies the witness, until nothing more can be dropped where the witness is.
  [[nodiscard]] Problem run(const ShrinkSettings& settings) {
    const Index terms = examples();
    const Index units = neurons();
    Kept kept_examples{terms};
    Kept kept_neurons{units};
    for (int round = 0;; ++round) {
      const bool fewer = drop_until_minimal(kept_examples, [&](const auto& kept) { return keep_examples(kept); });
      const bool narrower = drop_until_minimal(kept_neurons, [&](const auto& kept) { return keep_neurons(kept); });
      if (round > 0 && !fewer && !narrower) break;
      simplify_witness(round == 0 ? settings.halvings : 0);
    }
    problem_.dropped_examples = kept_examples.dropped(terms);
    problem_.dropped_neurons = kept_neurons.dropped(units);
    problem_.evaluations = settings.evaluations - left_;
    problem_.minimal = !refused_;
    return std::move(problem_);
  }

 private:
  static constexpr bool has_neurons = ReducesToNeurons<F> && ReducesToEntries<Points> && ReducesToEntries<References>;

  [[nodiscard]] Index examples() const {
    if constexpr (ReducesToExamples<F>) return problem_.objective.terms();
    return 0;
  }
  [[nodiscard]] Index neurons() const {
    if constexpr (has_neurons) return problem_.objective.neurons();
    return 0;
  }
  bool keep_examples(const std::vector<Index>& kept) {
    if constexpr (ReducesToExamples<F>) {
      return replace([&] {
        Problem candidate = problem_;
        candidate.objective = problem_.objective.on_examples(kept);
        return candidate;
      });
    }
    return false;
  }
  bool keep_neurons(const std::vector<Index>& kept) {
    if constexpr (has_neurons) {
      return replace([&] {
        Problem candidate = problem_;
        const std::vector<Index> entries = problem_.objective.entries_of_neurons(kept);
        candidate.objective = problem_.objective.with_neurons(kept);
        candidate.points = problem_.points.with_entries(entries);
        candidate.references = problem_.references.with_entries(entries);
        for (Vector<double>* half : {&candidate.witness.w, &candidate.witness.v}) {
          if (half->size() > 0) *half = Vector<double>((*half)(entries));
        }
        return candidate;
      });
    }
    return false;
  }

  /// Replaces the problem where its claim can be made on the smaller one and is violated there. One evaluation.
  template <class Make> bool replace(const Make& smaller) {
    if (left_ == 0) {
      refused_ = true;
      return false;
    }
    --left_;
    try {
      Problem candidate = smaller();
      const Property property = claim_(candidate.objective);
      const WitnessTest test{property, candidate.points, candidate.references};
      const Vector<double> x = stacked(candidate.witness);
      if (!test.decided(x)) return false;
      candidate.witness = with_indices_of(candidate.witness, test.evaluated(x));
      if (!candidate.witness.stands) return false;
      problem_ = std::move(candidate);
      return true;
    } catch (const std::invalid_argument&) {  // what is claimed has premises, and they fail there
      return false;
    }
  }

  /// By at most half of the evaluations that are left: the rest are for further drops.
  void simplify_witness(int halvings) {
    const Property property = claim_(problem_.objective);
    const WitnessTest test{property, problem_.points, problem_.references};
    ShrinkReport simpler = shrunk(test, problem_.witness, {.evaluations = left_ / 2, .halvings = halvings});
    problem_.witness = std::move(simpler.witness);
    left_ -= simpler.evaluations;
  }

  Problem problem_;
  const Claim& claim_;
  Index left_;
  bool refused_ = false;  // a drop, for want of evaluations
};

}  // namespace detail

/// Makes the problem behind a violated claim smaller: drops examples of the data (ReducesToExamples: EmpiricalRisk,
/// LeastSquares, LogisticRegression) and neurons (ReducesToNeurons: TwoLayer and its risks; the regions must reduce to
/// entries: Ball, Box, Gaussian), first many at once, then one by one, and shrinks the witness, as long as the claim
/// stays violated at it. `claim` is a callable objective -> property and is called on each smaller objective: write it
/// so that constants which depend on the data are computed from what it is given, e.g.
///     [](const Risk& f) { return LeakyNetwork(f).proxy_pl(); }
/// A drop after which it throws std::invalid_argument (a premise fails) is not made. At least one example and one
/// neuron are left. w in `points`, v in `references`.
/// Throws std::invalid_argument where the witness has another dimension or claim(objective) is not violated there.
/// Cost: at most `evaluations` times a claim and a margin, each possibly again in up to 50 digits.
template <class F, class Claim, class Points, class References>
requires Region<References>
[[nodiscard]] SmallerProblem<F, Points, References> shrink_problem(const F& objective, const Claim& claim,
                                                                   const Points& points, const References& references,
                                                                   const Witness& witness,
                                                                   const ShrinkSettings& settings = {}) {
  static_assert(std::invocable<const Claim&, const F&>, "proxcvx::shrink_problem: a claim is a callable F -> property");
  using Shrinker = detail::ProblemShrinker<F, Claim, Points, References>;
  const typename Shrinker::Property property = claim(objective);
  detail::require_shrinkable(settings);
  detail::require_witness(property, points, references, witness);
  return Shrinker({.objective = objective, .points = points, .references = references, .witness = witness}, claim,
                  settings)
      .run(settings);
}

/// The same within one region: of w, or of both w and v.
template <class F, class Claim, class SearchRegion>
[[nodiscard]] SmallerProblem<F, SearchRegion> shrink_problem(const F& objective, const Claim& claim,
                                                             const SearchRegion& region, const Witness& witness,
                                                             const ShrinkSettings& settings = {}) {
  return shrink_problem(objective, claim, region, region, witness, settings);
}

}  // namespace proxcvx
