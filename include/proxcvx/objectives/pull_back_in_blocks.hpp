// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/ridge.hpp>
#include <proxcvx/core/types.hpp>
#include <type_traits>

// How a risk takes the samples of its network: in blocks, the network's own where it chooses.

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

/// The mean over all inputs of what pull_back_in_blocks adds. A network that can scale its gradient while it writes it
/// takes a last argument `factor`, which saves two passes over it.
template <class Net, class Signal, class... Kink>
void mean_of_pull_backs(const Net& network, ConstVectorRef<typename Net::Scalar> w,
                        ConstMatrixRef<typename Net::Scalar> inputs, const Signal& signal,
                        VectorRef<typename Net::Scalar> out, Kink... kink) {
  using Scalar = typename Net::Scalar;
  const auto count = static_cast<Scalar>(inputs.cols());
  if constexpr ((std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>)&&requires(Scalar * nearest) {
                  network.pull_back_in_blocks(w, inputs, signal, out, nearest, nearest);
                }) {
    const Scalar factor = Scalar(1) / count;  // as in divide
    Scalar* nearest = nullptr;
    ((nearest = kink), ...);
    network.pull_back_in_blocks(w, inputs, signal, out, nearest, &factor);
  } else {
    out.setZero();
    pull_back_in_blocks(network, w, inputs, signal, out, kink...);
    divide<Scalar>(out, count);
  }
}

}  // namespace proxcvx::detail
