// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/core/types.hpp>

// The order in which register tiles pass over blocks of samples (two_layer_tiles.hpp, two_layer_in_place.hpp): forward
// to the outputs of a block, their signals, and back. Threads share hidden units and wait for signals alone, with two
// blocks in hand: one that is early begins the next.

namespace proxcvx::detail {

template <class Scalar> using WeightMap = Eigen::Map<const Matrix<Scalar>>;  ///< column w_j for each hidden unit
template <class Scalar> using OuterMap = Eigen::Map<const Vector<Scalar>>;

/// The outputs of the blocks that are in hand, a sum over parts of the hidden units, and the signals in their place.
template <class Scalar> class BlockSignals {
 public:
  BlockSignals(ScratchFrame<Scalar>& frame, Index parts, Index buffers, Index block)
      : parts_{parts},
        block_{block},
        of_parts_{frame.vector(parts > 1 ? buffers * parts * block : 0).data()},
        signals_{frame.vector(buffers * block).data()} {}

  /// Where a part leaves its sums, a number a sample.
  [[nodiscard]] Scalar* sums(Index part, Index buffer) const {
    return parts_ > 1 ? of_parts_ + (buffer * parts_ + part) * block_ : signals_ + buffer * block_;
  }
  [[nodiscard]] Scalar* of(Index buffer) const { return signals_ + buffer * block_; }

  /// Adds up the parts, in order, and lets signal(outputs, first) overwrite the outputs by their signals.
  template <class Signal> void finish(Index columns, Index buffer, Index first, const Signal& signal) const {
    using Row = Eigen::Map<Matrix<Scalar>>;
    Row outputs(of(buffer), 1, columns);
    if (parts_ > 1) outputs = Row(sums(0, buffer), 1, columns);
    for (Index part = 1; part < parts_; ++part) outputs += Row(sums(part, buffer), 1, columns);
    signal(MatrixRef<Scalar>(outputs), first);
  }

 private:
  Index parts_, block_;
  Scalar *of_parts_, *signals_;
};

/// What each member does: forward(first sample, samples, buffer) for its parts of each block, and back once all have
/// and one has called finish. There are two buffers where there is more than one member, else one.
template <class Forward, class Finish, class Backward>
void pass_blocks(const TeamMember& member, TeamSteps& steps, Index samples, Index block, const Forward& forward,
                 const Finish& finish, const Backward& backward) {
  const auto blocks = static_cast<int>((samples + block - 1) / block);
  const int ahead = member.size > 1 ? 1 : 0;
  const auto with_block = [&](int k, const auto& step) {
    step(k * block, std::min(block, samples - k * block), k % (1 + ahead));
  };
  const auto begin = [&](int k) {
    with_block(k, [&](auto... of_block) { member.run([&] { forward(of_block...); }); });
    steps.arrive(member, k, [&] { with_block(k, finish); });
  };
  for (int k = 0; k < ahead; ++k) begin(k);
  for (int k = 0; k < blocks; ++k) {
    if (k + ahead < blocks) begin(k + ahead);
    steps.wait(member, k);
    with_block(k, [&](auto... of_block) { member.run([&] { backward(of_block...); }); });
  }
}

}  // namespace proxcvx::detail
