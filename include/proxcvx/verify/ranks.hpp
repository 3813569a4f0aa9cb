// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <concepts>
#include <proxcvx/core/types.hpp>
#include <type_traits>

// Many processes that make the same call of check or falsify: a policy among the verb's observers. In each round of
// blocks or of starts every process takes its share; what they found is merged, and the rest of the verb goes on with
// the whole on each of them. Processes on MPI are in distributed/.

namespace proxcvx {

/// Processes 0, ..., count() - 1 that make the same call, of which this one is rank(). merge(part) replaces a rank's
/// part of the work by all parts, merged in the order of ranks; any(flag) says whether one rank said yes.
/// Meaning: both are collective, and every rank gets the same answer.
template <class R>
concept Ranks = requires(R& ranks, bool flag) {
  { ranks.rank() } -> std::convertible_to<Index>;
  { ranks.count() } -> std::convertible_to<Index>;
  { ranks.any(flag) } -> std::convertible_to<bool>;
};

/// Ranks that merge what a verb finds: MarginStatistics of a check, FalsifyReport of a search.
template <class R, class Part>
concept RanksMerging = Ranks<R> && requires(R& ranks, Part& part) {
  ranks.merge(part);
};

/// This process alone.
struct OneRank {
  [[nodiscard]] static constexpr Index rank() { return 0; }
  [[nodiscard]] static constexpr Index count() { return 1; }
  [[nodiscard]] static constexpr bool any(bool flag) { return flag; }
  template <class Part> static constexpr void merge(Part& /*part*/) {}
};

static_assert(Ranks<OneRank>);

/// The numbers in [first, last).
struct IndexRange {
  Index first = 0;
  Index last = 0;
  [[nodiscard]] constexpr Index size() const { return last - first; }
};

/// Rank `rank`'s share of a range: the shares are adjacent, in the order of ranks, and of equal size up to one.
[[nodiscard]] constexpr IndexRange share_of(IndexRange whole, Index rank, Index count) {
  return {whole.first + whole.size() * rank / count, whole.first + whole.size() * (rank + 1) / count};
}

namespace detail {

/// The ranks among a verb's observers; this process alone where there are none.
[[nodiscard]] inline const OneRank& ranks_among() {
  static constexpr OneRank alone;
  return alone;
}
template <class First, class... Rest> [[nodiscard]] auto& ranks_among(First& first, Rest&... rest) {
  if constexpr (Ranks<First>) {
    return first;
  } else {
    return ranks_among(rest...);
  }
}

/// How much a thread does in a round: one piece, so that observers see it soon. Many ranks meet after each round, so
/// that theirs grow until one takes a quarter of a second; all ranks come to the same number.
template <class R> class Pace {
 public:
  explicit Pace(R& ranks) : ranks_{ranks} {}
  /// Pieces in a round of all ranks, with so many threads on each.
  [[nodiscard]] Index round(Index threads) const { return threads * pieces_ * static_cast<Index>(ranks_.count()); }
  /// To be called after each round.
  void next() {
    if (ranks_.count() == 1 || pieces_ >= most) return;
    const auto now = std::chrono::steady_clock::now();
    const bool slow = std::chrono::duration<double>(now - begin_).count() > 0.25;
    begin_ = now;
    if (!ranks_.any(slow)) pieces_ *= 2;
  }

 private:
  static constexpr Index most = 1024;
  R& ranks_;
  Index pieces_ = 1;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace detail

}  // namespace proxcvx
