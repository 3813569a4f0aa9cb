// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/lanes.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/core/types.hpp>
#include <proxcvx/core/vector_functions.hpp>

// The softmax loss of as many samples at once as a register has lanes: what softmax_cross_entropy.hpp does for float
// and double, by the same sums of positive terms. A sample is a lane, so that classes of any number fill whole
// registers.

namespace proxcvx::detail {

#if defined(__GNUC__)

/// The columns of a K x n block where they lie.
template <class Entry> struct ColumnBlock {
  Entry* data;
  Index classes;
  Index samples;
  Index stride;
};

/// For each register of samples: the largest output M, which class has it, and the largest |o|.
template <class S> struct LargestOutput {
  Lanes<S> value;
  Lanes<S> place;
  Lanes<S> magnitude;
};

/// Entry (k, l) of `lanes` columns from `first` on into to[k lanes + l]; beyond the last column, that one again.
template <class S> void gather_lanes(ColumnBlock<const S> block, Index first, S* to) {
  constexpr Index lanes = lane_count<S>;
  for (Index l = 0; l < lanes; ++l) {
    const S* const column = block.data + std::min(first + l, block.samples - 1) * block.stride;
    for (Index k = 0; k < block.classes; ++k) to[k * lanes + l] = column[k];
  }
}

template <class S> [[nodiscard]] LargestOutput<S> largest_output(const S* outputs, Index classes) {
  LargestOutput<S> largest{load_lanes(outputs), Lanes<S>{}, magnitude(load_lanes(outputs))};
  for (Index k = 1; k < classes; ++k) {
    const Lanes<S> o = load_lanes(outputs + k * lane_count<S>);
    const auto larger = o > largest.value;
    largest.value = select(larger, o, largest.value);
    largest.place = select(larger, constant<Lanes<S>>(static_cast<S>(k)), largest.place);
    const Lanes<S> size = magnitude(o);
    largest.magnitude = select(size > largest.magnitude, size, largest.magnitude);
  }
  return largest;
}

/// Calls take(l, the largest |o|, how many lanes count) for the losses l of each register of samples, in order; with
/// `keeps`, outputs become dl/do.
template <bool keeps, class S, class Take>
void softmax_in_lanes(ColumnBlock<const S> outputs, ColumnBlock<const S> targets, [[maybe_unused]] S* signals,
                      const Take& take) {
  using Register = Lanes<S>;
  constexpr Index lanes = lane_count<S>;
  const Index classes = outputs.classes;
  const Register zero = {}, one = constant<Register>(1);
  ScratchFrame<S> frame;
  auto terms = frame.vector(classes * lanes);  // o_k, then exp(o_k - M), then the signals
  auto labels = frame.vector(classes * lanes);
  for (Index first = 0; first < outputs.samples; first += lanes) {
    const Index count = std::min(lanes, outputs.samples - first);
    gather_lanes<S>(outputs, first, terms.data());
    gather_lanes<S>(targets, first, labels.data());
    const LargestOutput<S> largest = largest_output<S>(terms.data(), classes);
    Register top = zero, others = zero, behind = zero, unlabelled = zero, labelled = zero;
    for (Index k = 0; k < classes; ++k) {
      const Register gap = largest.value - load_lanes(&terms[k * lanes]);
      const Register t = load_lanes(&labels[k * lanes]);
      const Register term = vector_exp_of_minus(gap);
      const auto is_top = largest.place == constant<Register>(static_cast<S>(k));
      top = select(is_top, term, top);
      others += select(is_top, zero, term);
      behind += select(t == zero, zero, Register(t * gap));
      unlabelled += select(t == zero, term, zero);
      labelled += select(t == zero, zero, one);
      if constexpr (keeps) store_lanes<S>(&terms[k * lanes], term);
    }
    take(Register(vector_log1p(others) + behind), largest.magnitude, count);
    if constexpr (keeps) {
      const Register total = top + others;
      const Register inverse = one / total;
      for (Index k = 0; k < classes; ++k) {
        const Register term = load_lanes(&terms[k * lanes]);
        const Register t = load_lanes(&labels[k * lanes]);
        // One-hot: the label's signal is minus the sum of the others, without cancellation.
        const Register rest = select(labelled == one, unlabelled, Register(total - term));
        const Register signal = term * (one - t) - select(t == zero, zero, Register(t * rest));
        store_lanes<S>(&terms[k * lanes], signal * inverse);
      }
      for (Index l = 0; l < count; ++l) {
        S* const column = signals + (first + l) * outputs.stride;
        for (Index k = 0; k < classes; ++k) column[k] = terms[k * lanes + l];
      }
    }
  }
}

#endif

}  // namespace proxcvx::detail
