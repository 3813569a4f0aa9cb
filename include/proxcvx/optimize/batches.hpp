// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <numeric>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/types.hpp>
#include <span>
#include <string>
#include <vector>

// Which samples a step of SGD sees. Step t is a pure function of (seed, t); theorems speak of draws with replacement
// only.

namespace proxcvx {

/// How a step's batch is drawn.
enum class Sampling {
  with_replacement,     ///< independent uniform indices: what the theorems assume
  without_replacement,  ///< distinct indices within a batch, batches independent
  reshuffled,           ///< epochs: every sample once in a fresh order, then again (not covered by the theorems)
  in_order              ///< 0, 1, 2, ..., again from 0
};

/// Draws the batches of a run over n terms.
class Batches {
 public:
  /// Throws std::invalid_argument unless 1 <= terms and 1 <= batch, and batch <= terms where indices are distinct.
  Batches(Index terms, Index batch, Sampling sampling, Seed seed)
      : terms_{terms}, sampling_{sampling}, seed_{seed}, batch_(static_cast<std::size_t>(batch > 0 ? batch : 0)) {
    require(terms >= 1, "terms", "a number >= 1", terms);
    require(batch >= 1, "batch", "a number >= 1", batch);
    require(sampling == Sampling::with_replacement || batch <= terms, "batch",
            "at most the number of terms, " + std::to_string(terms), batch);
    if (sampling == Sampling::without_replacement || sampling == Sampling::reshuffled) {
      order_.resize(static_cast<std::size_t>(terms));
      std::iota(order_.begin(), order_.end(), Index{0});
    }
  }

  /// The indices of step t. The span lives until the next call.
  [[nodiscard]] std::span<const Index> draw(Index t) {
    switch (sampling_) {
      case Sampling::with_replacement: {
        RandomStream stream = stream_of(t);
        for (Index& i : batch_) i = stream.below(terms_);
        break;
      }
      case Sampling::without_replacement: {
        RandomStream stream = stream_of(t);
        for (std::size_t i = 0; i < batch_.size(); ++i) {
          const std::size_t j = i + static_cast<std::size_t>(stream.below(terms_ - static_cast<Index>(i)));
          std::swap(order_[i], order_[j]);
          batch_[i] = static_cast<Index>(j);
        }
        for (std::size_t i = batch_.size(); i-- > 0;) {  // back to 0, 1, 2, ..., and what was at i is the index drawn
          const Index drawn = order_[i];
          std::swap(order_[i], order_[static_cast<std::size_t>(batch_[i])]);
          batch_[i] = drawn;
        }
        break;
      }
      case Sampling::reshuffled: {
        for (std::size_t k = 0; k < batch_.size(); ++k) {
          const Index position = t * static_cast<Index>(batch_.size()) + static_cast<Index>(k);
          open_epoch(position / terms_);
          batch_[k] = order_[static_cast<std::size_t>(position % terms_)];
        }
        break;
      }
      case Sampling::in_order: {
        Index next = t * static_cast<Index>(batch_.size()) % terms_;
        for (Index& i : batch_) {
          i = next;
          next = next + 1 == terms_ ? 0 : next + 1;
        }
        break;
      }
    }
    return batch_;
  }

 private:
  [[nodiscard]] RandomStream stream_of(Index t) const {
    return RandomStream{seed_, static_cast<std::uint64_t>(t), Purpose::batches};
  }
  /// A fresh uniform permutation (Fisher & Yates 1938, from the front).
  void open_epoch(Index epoch) {
    if (epoch == epoch_) return;
    RandomStream stream = stream_of(epoch);
    std::iota(order_.begin(), order_.end(), Index{0});
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const auto j = i + static_cast<std::size_t>(stream.below(static_cast<Index>(order_.size() - i)));
      std::swap(order_[i], order_[j]);
    }
    epoch_ = epoch;
  }

  Index terms_;
  Sampling sampling_;
  Seed seed_;
  Index epoch_ = -1;
  std::vector<Index> batch_;
  std::vector<Index> order_;
};

}  // namespace proxcvx
