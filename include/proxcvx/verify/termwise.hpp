// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <proxcvx/core/interval_functions.hpp>
#include <proxcvx/verify/bisection.hpp>
#include <proxcvx/verify/ridge_terms.hpp>
#include <utility>
#include <vector>

// A claim whose margin is a mean of functions phi_i of two numbers (verify/ridge_terms.hpp), proved by branch and bound
// in n planes instead of one in the space of (w, v): each phi_i is bounded below over the rectangle that a_i.w and
// a_i.v can lie in, best first, until the bounds add up to at least 0. A term may be negative if others make up for it.
// What this can't prove may still be true, because the terms need not be small for the same (w, v).

namespace proxcvx {

/// How one term was bounded: the rectangle of (a_i.w, a_i.v), and how it was cut.
struct TermProof {
  Vector<double> low;
  Vector<double> high;
  double bound = -std::numeric_limits<double>::infinity();  ///< the term is at least this
  std::vector<BisectionNode> tree;                          ///< node 0 is the rectangle; empty unless kept
};

namespace detail {

struct TermwiseLimits {
  std::int64_t rectangles = 0;  ///< examined at most
  double seconds = 0;
  bool keep_trees = true;
};

struct TermwiseOutcome {
  bool proved = false;
  std::int64_t rectangles = 0;
  double bound = -infinite;  ///< of the mean
  std::vector<TermProof> terms;
};

/// One term's rectangles, the one with the lowest bound first.
template <class Terms> class TermSearch {
 public:
  TermSearch(const Terms& terms, Index term, TermProof& proof) : terms_{&terms}, term_{term}, proof_{&proof} {
    proof.tree.assign(1, {});
    add({0, proof.low, proof.high, -infinite, 0});
    settle();
  }

  [[nodiscard]] double lower() const { return proof_->bound; }
  /// The least that the term was found to be at a center, from above.
  [[nodiscard]] double upper() const { return upper_; }
  [[nodiscard]] bool divisible() const { return cut_of(heap_.front()) >= 0; }

  /// Cuts the rectangle with the lowest bound.
  void cut() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const Entry worst = std::move(heap_.back());
    heap_.pop_back();
    BisectionNode& node = proof_->tree[static_cast<std::size_t>(worst.box.node)];
    node.variable = static_cast<std::int32_t>(cut_of(worst));
    node.test = LeafTest::none;
    node.child = static_cast<std::int64_t>(proof_->tree.size());
    auto [lower, upper] = halves(worst.box, node.variable);
    lower.node = node.child;
    upper.node = node.child + 1;
    proof_->tree.resize(proof_->tree.size() + 2);
    add(std::move(lower));
    add(std::move(upper));
    settle();
  }

 private:
  struct Entry {
    SearchBox box;
    Index cut;
  };
  [[nodiscard]] static bool later(const Entry& a, const Entry& b) { return less_urgent(a.box, b.box); }

  void add(SearchBox box) {
    const TermLook look = terms_->look(term_, box.low, box.high);
    proof_->tree[static_cast<std::size_t>(box.node)].test = look.test;
    box.bound = look.lower;
    upper_ = std::min(upper_, look.center_upper);
    heap_.push_back({std::move(box), look.cut});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  void settle() { proof_->bound = heap_.front().box.bound; }
  /// The number that the look chose, else the other one; -1 where neither can be cut.
  [[nodiscard]] static Index cut_of(const Entry& entry) {
    for (const Index k : {entry.cut, 1 - entry.cut}) {
      if (proxcvx::detail::divisible(entry.box.low[k], entry.box.high[k])) return k;
    }
    return -1;
  }

  const Terms* terms_;
  Index term_;
  TermProof* proof_;
  std::vector<Entry> heap_;
  double upper_ = infinite;
};

/// A lower bound of the sum of the terms' bounds.
[[nodiscard]] inline double sum_of_bounds(const std::vector<TermProof>& terms) {
  Interval sum(0);
  for (const TermProof& term : terms) {
    if (!std::isfinite(term.bound)) return -infinite;
    sum += Interval(term.bound);
  }
  return sum.lower();
}

/// Tries to prove the property term by term, for all (w; v) in [low, high]. Its result is that of one thread. Terms
/// with a bound below 0 are refined; once one is known to be negative, those with the widest gaps between bounds. Ends
/// where the sum of upper bounds is negative: then no bounds of single terms prove the claim.
template <class Property>
[[nodiscard]] TermwiseOutcome prove_termwise(const Property& property, const Vector<double>& low,
                                             const Vector<double>& high, const TermwiseLimits& limits) {
  using Clock = std::chrono::steady_clock;
  const auto started = Clock::now();
  const RidgeTerms<Interval, Property> enclosed(property);
  using Search = TermSearch<RidgeTerms<Interval, Property>>;
  const Index n = property.ridge_terms(), p = low.size() / 2;
  TermwiseOutcome outcome;
  if (n > limits.rectangles) return outcome;
  outcome.terms.resize(static_cast<std::size_t>(n));
  std::vector<Search> searches;
  searches.reserve(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i) {
    TermProof& proof = outcome.terms[static_cast<std::size_t>(i)];
    const Vector<double> direction = property.ridge_direction(i);
    const auto s = range_along<Interval>(direction, low.head(p), high.head(p));
    const auto t = range_along<Interval>(direction, low.tail(p), high.tail(p));
    if (!isfinite(s) || !isfinite(t)) return {};
    proof.low = Vector<double>{{s.lower(), t.lower()}};
    proof.high = Vector<double>{{s.upper(), t.upper()}};
    searches.emplace_back(enclosed, i, proof);
    ++outcome.rectangles;
  }
  const auto out_of_limits = [&] {
    return outcome.rectangles + 2 > limits.rectangles ||
           std::chrono::duration<double>(Clock::now() - started).count() >= limits.seconds;
  };
  while (true) {
    outcome.bound = sum_of_bounds(outcome.terms) / static_cast<double>(n);
    outcome.proved = outcome.bound >= 0;
    double upper = 0, widest = 0;
    bool negative = false;
    for (const Search& search : searches) {
      upper += search.upper();
      negative = negative || search.upper() < 0;
      if (search.divisible()) widest = std::max(widest, search.upper() - search.lower());
    }
    if (outcome.proved || upper < 0 || out_of_limits()) break;
    const auto deserves = [&](const Search& search) {
      if (!search.divisible()) return false;
      return negative ? search.upper() - search.lower() >= widest / 2 : search.lower() < 0;
    };
    bool any = false;
    for (Search& search : searches) {
      for (int cuts = 0; cuts < 8 && deserves(search) && outcome.rectangles + 2 <= limits.rectangles; ++cuts) {
        search.cut();
        outcome.rectangles += 2;
        any = true;
      }
    }
    if (!any) break;
  }
  if (!limits.keep_trees) {
    for (TermProof& proof : outcome.terms) proof.tree = {};
  }
  return outcome;
}

}  // namespace detail

}  // namespace proxcvx
