// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/verify/evolution.hpp>
#include <proxcvx/verify/search_space.hpp>

// Projected gradient descent on the scale-free margin, where the property offers its exact gradient. Lengths are those
// of the evolution strategy: relative to how far w and v are from the centres of their regions. A step that lowers the
// level is kept and the next one doubled, another one is halved and tried again. (The level adds the rounding bound to
// the margin. That is not differentiated.)

namespace proxcvx::detail {

/// Walks from x, of that level, until the evaluations are spent or no step lowers the level; returns the last level.
template <class Space>
requires(Space::has_gradient) typename Space::Scalar descend(const Space& space, Vector<typename Space::Scalar>& x,
                                                             typename Space::Scalar level, SearchLog<Space>& log) {
  using Scalar = typename Space::Scalar;
  Vector<Scalar> direction(x.size());
  Vector<Scalar> proposal(x.size());
  Scalar length(0.25);
  while (log.left() > Space::gradient_cost && !log.exhausted() && !at_equality(level)) {
    space.gradient(x, direction);
    log.charge(Space::gradient_cost);
    Scalar norm(0);
    for (Index which = 0; which < Space::halves(); ++which) {
      auto part = space.half(direction, which);
      const Scalar scale = scale_of(space, x, which);
      part *= scale;
      norm = scaled_length(norm, Scalar(scaled_norm(part)));
      part *= scale;
    }
    if (!(norm > Scalar(0)) || !is_finite(norm)) return level;
    bool lower = false;
    while (!lower && length > Scalar(1e-6) && !log.exhausted()) {
      proposal = x - direction * (length / norm);
      const Scalar there = log.visit(proposal);
      lower = there < level;
      if (lower) {
        x.swap(proposal);
        level = there;
      }
      length = lower ? std::min(Scalar(2) * length, Scalar(1)) : length / Scalar(2);
    }
    if (!lower) return level;
  }
  return level;
}

}  // namespace proxcvx::detail
