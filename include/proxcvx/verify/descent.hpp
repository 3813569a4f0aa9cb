// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/verify/evolution.hpp>
#include <proxcvx/verify/search_space.hpp>

// Projected gradient descent on the scale-free margin, or on the margin itself, where the property offers its exact
// gradient. Lengths are those of the evolution strategy: relative to how far w and v are from the centres of their
// regions. A step that lowers what is lowered is kept and the next one doubled; another one is tried again at the
// length where the parabola through both values with the known slope is least. (What is lowered includes the rounding
// bound of the margin. That is not differentiated.)

namespace proxcvx::detail {

/// Walks from x, of that level, until the evaluations are spent or no step gets lower; returns the level at the last x.
/// A descent on the margin takes one evaluation to know where it begins.
template <class Space>
requires(Space::has_gradient) typename Space::Scalar
    descend(const Space& space, Vector<typename Space::Scalar>& x, typename Space::Scalar level, Lowered lowered,
            SearchLog<Space>& log) {
  using Scalar = typename Space::Scalar;
  Vector<Scalar> direction(x.size());
  Vector<Scalar> proposal(x.size());
  Scalar lowest = level;
  if (lowered == Lowered::margin && !log.exhausted()) {
    proposal = x;
    (void)log.visit(proposal);
    lowest = log.last_above;
  }
  Scalar length(0.25);
  while (log.left() > Space::gradient_cost && !log.exhausted() && !at_equality(level)) {
    space.gradient(x, direction, lowered);
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
      const Scalar there_level = log.visit(proposal);
      const Scalar there = lowered == Lowered::level ? there_level : log.last_above;
      lower = there < lowest;
      if (lower) {
        x.swap(proposal);
        level = there_level;
        lowest = there;
        length = std::min(Scalar(2) * length, Scalar(1));
      } else {
        // lowest - norm t + rise t^2 passes through both values; its least point is at norm/(2 rise) <= length/2.
        const Scalar rise = ((there - lowest) / length + norm) / length;
        const Scalar least = is_finite(rise) ? Scalar(norm / (Scalar(2) * rise)) : Scalar(0);
        length = std::clamp(least, Scalar(length * Scalar(1e-3)), Scalar(length / Scalar(2)));
      }
    }
    if (!lower) return level;
  }
  return level;
}

}  // namespace proxcvx::detail
