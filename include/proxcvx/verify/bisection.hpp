// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <proxcvx/core/types.hpp>
#include <utility>
#include <vector>

// The tree of a branch and bound: boxes that are cut in two at the midpoint of one variable until a test decides them.
// The leaves of the tree cover its roots by construction.

namespace proxcvx {

/// What decided a box.
enum class LeafTest : std::uint8_t {
  none,          ///< nothing: undecided
  mean_value,    ///< the margin's range or mean-value form is non-negative
  second_order,  ///< the margin is 0 with derivative 0 at a point of the box, or on a diagonal, and convex around it
  termwise,      ///< the margin is a mean of functions of two numbers, whose lower bounds are non-negative in the mean
  residuals      ///< of such a function: it is a non-negative quadratic form of two residuals, plus a number
};

namespace detail {

/// The box [low, high] of the variables of one piece of a domain.
struct SearchBox {
  Index piece = 0;
  Vector<double> low;
  Vector<double> high;
  double bound = -std::numeric_limits<double>::infinity();  ///< the margin is at least this on the box
  std::int64_t node = 0;                                    ///< its place in the tree
};

/// The number in the middle of [low, high], without overflow: where every box is cut.
[[nodiscard]] inline double middle(double low, double high) { return std::clamp(0.5 * low + 0.5 * high, low, high); }

/// Whether there is a number strictly between the ends.
[[nodiscard]] inline bool divisible(double low, double high) {
  const double cut = middle(low, high);
  return low < cut && cut < high;
}

/// The halves along one variable, lower half first.
[[nodiscard]] inline std::pair<SearchBox, SearchBox> halves(const SearchBox& box, Index variable) {
  std::pair<SearchBox, SearchBox> two{box, box};
  two.first.high[variable] = two.second.low[variable] = middle(box.low[variable], box.high[variable]);
  return two;
}

/// Whether a comes after b: the lowest bound is examined first, the order of ties is that of the tree.
[[nodiscard]] inline bool less_urgent(const SearchBox& a, const SearchBox& b) {
  return a.bound != b.bound ? a.bound > b.bound : a.node > b.node;
}

}  // namespace detail

/// A node of the tree: cut along `variable` into nodes `child` and `child + 1`, or a leaf (variable < 0).
struct BisectionNode {
  std::int64_t child = -1;
  std::int32_t variable = -1;
  LeafTest test = LeafTest::none;
};

/// A box that a proof left open: variables as in the domain, and a lower bound of the margin there.
struct OpenBox {
  Vector<double> low;
  Vector<double> high;
  double bound = -std::numeric_limits<double>::infinity();
};

}  // namespace proxcvx
