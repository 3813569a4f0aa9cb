// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/verify/bisection.hpp>
#include <utility>
#include <vector>

// Best-first branch and bound (theory 3.6; Moore, Kearfott & Cloud 2009, chapter 11), in rounds: the most urgent boxes
// are taken from the heap, each is worked off depth first on its own small share of boxes, and what is left goes back,
// in order. What a share does depends on its box alone, so that the result is the same for any number of threads.

namespace proxcvx::detail {

/// What examining a box says: proved by a test, refuted at its center, or cut along a variable (-1: it can't be).
struct BoxAnswer {
  LeafTest test = LeafTest::none;
  bool refuted = false;
  double bound = -std::numeric_limits<double>::infinity();
  Index cut = -1;
};

struct SearchLimits {
  std::int64_t boxes = 0;
  double seconds = 0;
  int threads = 0;
  bool keep_tree = true;
};

struct SearchOutcome {
  std::int64_t boxes = 0;
  std::int64_t mean_value = 0;
  std::int64_t second_order = 0;
  std::vector<SearchBox> open;       ///< boxes left, those that can't be cut among them
  std::optional<SearchBox> refuted;  ///< the first box whose center refutes the claim
  bool out_of_boxes = false;
  bool out_of_time = false;
  std::vector<BisectionNode> tree;
};

/// What one box's share of a round did. Node 0 is the box, node 2k + 1 and 2k + 2 are the children of the k-th cut.
struct SearchShare {
  std::int64_t boxes = 0;
  std::int64_t mean_value = 0;
  std::int64_t second_order = 0;
  std::vector<SearchBox> left;
  std::vector<SearchBox> indivisible;
  std::optional<SearchBox> refuted;
  std::vector<BisectionNode> nodes;
};

/// Works off `root` depth first, the child with the lower bound later: at most `budget` boxes.
template <class Examiner> [[nodiscard]] SearchShare work_off(Examiner& examiner, SearchBox root, std::int64_t budget) {
  SearchShare share;
  root.node = 0;
  share.nodes.emplace_back();
  share.left.push_back(std::move(root));
  while (!share.left.empty() && share.boxes < budget) {
    SearchBox box = std::move(share.left.back());
    share.left.pop_back();
    const BoxAnswer answer = examiner.examine(box);
    ++share.boxes;
    box.bound = std::max(box.bound, answer.bound);
    BisectionNode& node = share.nodes[static_cast<std::size_t>(box.node)];
    node.test = answer.test;
    if (answer.test == LeafTest::mean_value) ++share.mean_value;
    if (answer.test == LeafTest::second_order) ++share.second_order;
    if (answer.test != LeafTest::none) continue;
    if (answer.refuted) {
      share.left.push_back(box);
      share.refuted = std::move(box);
      break;
    }
    if (answer.cut < 0) {
      share.indivisible.push_back(std::move(box));
      continue;
    }
    node.variable = static_cast<std::int32_t>(answer.cut);
    node.child = static_cast<std::int64_t>(share.nodes.size());
    auto [lower, upper] = halves(box, answer.cut);
    lower.node = node.child;
    upper.node = node.child + 1;
    share.nodes.resize(share.nodes.size() + 2);
    share.left.push_back(std::move(upper));
    share.left.push_back(std::move(lower));
  }
  return share;
}

/// Examines boxes until none is left, one is refuted, or a limit is reached. make_examiner() -> an object whose
/// examine(box) -> BoxAnswer is a function of the box alone; one for each share.
template <class MakeExaminer>
[[nodiscard]] SearchOutcome branch_and_bound(std::vector<SearchBox> roots, const SearchLimits& limits,
                                             const MakeExaminer& make_examiner) {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t shares_of_a_round = 32;
  constexpr std::int64_t boxes_of_a_share = 64;
  constexpr std::int64_t boxes_of_one_thread = 1024;  // fewer are done before a team of threads has started
  const auto started = Clock::now();
  SearchOutcome outcome;
  for (std::size_t k = 0; k < roots.size(); ++k) roots[k].node = static_cast<std::int64_t>(k);
  outcome.tree.resize(roots.size());
  std::int64_t nodes = static_cast<std::int64_t>(roots.size());
  std::vector<SearchBox> heap = std::move(roots);
  std::make_heap(heap.begin(), heap.end(), less_urgent);
  std::vector<SearchBox> taken;
  std::vector<SearchShare> shares;
  while (!heap.empty() && !outcome.refuted) {
    outcome.out_of_boxes = outcome.boxes >= limits.boxes;
    outcome.out_of_time = std::chrono::duration<double>(Clock::now() - started).count() >= limits.seconds;
    if (outcome.out_of_boxes || outcome.out_of_time) break;
    const auto allowed = static_cast<std::size_t>(
        std::min<std::int64_t>(limits.boxes - outcome.boxes, static_cast<std::int64_t>(shares_of_a_round)));
    taken.clear();
    while (!heap.empty() && taken.size() < allowed) {
      std::pop_heap(heap.begin(), heap.end(), less_urgent);
      taken.push_back(std::move(heap.back()));
      heap.pop_back();
    }
    const std::int64_t budget =
        std::min(boxes_of_a_share, (limits.boxes - outcome.boxes) / static_cast<std::int64_t>(taken.size()));
    shares.assign(taken.size(), SearchShare{});
    const int threads = outcome.boxes < boxes_of_one_thread ? 1 : limits.threads;
    parallel_for_blocks(0, static_cast<Index>(taken.size()), threads, [&](Index k) {
      const auto at = static_cast<std::size_t>(k);
      auto examiner = make_examiner();
      shares[at] = work_off(examiner, taken[at], budget);
    });
    for (std::size_t k = 0; k < taken.size(); ++k) {
      SearchShare& share = shares[k];
      outcome.boxes += share.boxes;
      outcome.mean_value += share.mean_value;
      outcome.second_order += share.second_order;
      const std::int64_t base = nodes - 1;
      const auto placed = [&](std::int64_t node) { return node == 0 ? taken[k].node : base + node; };
      nodes += static_cast<std::int64_t>(share.nodes.size()) - 1;
      if (limits.keep_tree) {
        outcome.tree.resize(static_cast<std::size_t>(nodes));
        for (std::size_t n = 0; n < share.nodes.size(); ++n) {
          BisectionNode node = share.nodes[n];
          if (node.variable >= 0) node.child += base;
          outcome.tree[static_cast<std::size_t>(placed(static_cast<std::int64_t>(n)))] = node;
        }
      }
      for (SearchBox& box : share.left) {
        box.node = placed(box.node);
        heap.push_back(std::move(box));
        std::push_heap(heap.begin(), heap.end(), less_urgent);
      }
      for (SearchBox& box : share.indivisible) {
        box.node = placed(box.node);
        outcome.open.push_back(std::move(box));
      }
      if (share.refuted && !outcome.refuted) outcome.refuted = std::move(share.refuted);
    }
  }
  for (SearchBox& box : heap) outcome.open.push_back(std::move(box));
  if (!limits.keep_tree) outcome.tree.clear();
  return outcome;
}

}  // namespace proxcvx::detail
