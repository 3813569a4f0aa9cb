// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/ridge.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/core/types.hpp>
#include <proxcvx/data/dataset.hpp>
#include <span>
#include <type_traits>

// How a risk takes the samples of its network: in blocks, the network's own where it chooses, or batches of them.

namespace proxcvx::detail {

/// Samples in a block: hidden values of a block fill about a quarter of a 2 MiB second-level cache, unless that were so
/// few that reading the weights for each block took longer than the products.
template <class Net> [[nodiscard]] Index sample_block(const Net& network) {
  Index width = network.inputs();
  if constexpr (requires { network.width(); }) width = network.width();
  if constexpr (RidgeNetwork<Net>) width = 2 * network.inputs();  // its inputs are read twice, once from cache
  return std::clamp<Index>(32'768 / std::max<Index>(width, 1), 128, 1024);
}

/// out / count; of float and double by its reciprocal, which rounds once more and takes a tenth of the time.
template <class Scalar> void divide(VectorRef<Scalar> out, const std::type_identity_t<Scalar>& count) {
  if constexpr (std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>)
    out *= Scalar(1) / count;
  else
    out /= count;
}

/// pull_back over all inputs: signal(outputs, first) for each block of them. Networks that know kinks take `kink`.
template <class Net, class Signal, class... Kink>
void pull_back_in_blocks(const Net& network, ConstVectorRef<typename Net::Scalar> w,
                         ConstMatrixRef<typename Net::Scalar> inputs, const Signal& signal,
                         VectorRef<typename Net::Scalar> out, Kink... kink) {
  using Scalar = typename Net::Scalar;
  if constexpr (BlockwiseNetwork<Net>) {
    network.pull_back_in_blocks(w, inputs, signal, out, kink...);
  } else {
    const Index block = sample_block(network);
    for (Index first = 0; first < inputs.cols(); first += block) {
      network.pull_back(
          w, inputs.middleCols(first, std::min(block, inputs.cols() - first)),
          [&](MatrixRef<Scalar> outputs) { signal(outputs, first); }, out, kink...);
    }
  }
}

/// The mean over all inputs of what pull_back_in_blocks adds, times a weight if given. A network that can scale its
/// gradient while it writes it takes a last argument `factor`, which saves two passes over it.
template <class Net, class Signal, class... Kink>
void mean_of_pull_backs(const typename Net::Scalar* weight, const Net& network, ConstVectorRef<typename Net::Scalar> w,
                        ConstMatrixRef<typename Net::Scalar> inputs, const Signal& signal,
                        VectorRef<typename Net::Scalar> out, Kink... kink) {
  using Scalar = typename Net::Scalar;
  const auto count = static_cast<Scalar>(inputs.cols());
  if constexpr ((std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>)&&requires(Scalar * nearest) {
                  network.pull_back_in_blocks(w, inputs, signal, out, nearest, nearest);
                }) {
    const Scalar factor = (weight == nullptr ? Scalar(1) : *weight) * (Scalar(1) / count);  // as in divide
    Scalar* nearest = nullptr;
    ((nearest = kink), ...);
    network.pull_back_in_blocks(w, inputs, signal, out, nearest, &factor);
  } else {
    out.setZero();
    pull_back_in_blocks(network, w, inputs, signal, out, kink...);
    divide<Scalar>(out, count);
    if (weight != nullptr) out *= *weight;
  }
}

/// Runs add(inputs, targets), which adds to `out`, over the samples of a batch, at most `block` at a time, and divides
/// by their number; returns the mean of what it returned. One sample is taken without copying it. Throws
/// std::invalid_argument on an empty batch.
template <class Scalar, class Add>
Scalar mean_over_batch(const Dataset<Scalar>& data, std::span<const Index> batch, Index block, VectorRef<Scalar> out,
                       const Add& add) {
  require(!batch.empty(), "batch", "at least one index", 0);
  out.setZero();
  if (batch.size() == 1) {
    eigen_assert(batch[0] >= 0 && batch[0] < data.size());
    return add(data.inputs().middleCols(batch[0], 1), data.targets().middleCols(batch[0], 1));
  }
  ScratchFrame<Scalar> frame;
  const auto size = static_cast<Index>(batch.size());
  auto inputs = frame.matrix(data.dimension(), std::min(block, size));
  auto targets = frame.matrix(data.outputs(), std::min(block, size));
  Scalar sum(0);
  for (Index first = 0; first < size; first += block) {
    const Index width = std::min(block, size - first);
    for (Index i = 0; i < width; ++i) {
      const Index sample = batch[static_cast<std::size_t>(first + i)];
      eigen_assert(sample >= 0 && sample < data.size());
      inputs.col(i) = data.inputs().col(sample);
      targets.col(i) = data.targets().col(sample);
    }
    sum += add(inputs.leftCols(width), targets.leftCols(width));
  }
  divide<Scalar>(out, static_cast<Scalar>(size));
  return sum / static_cast<Scalar>(size);
}

}  // namespace proxcvx::detail
