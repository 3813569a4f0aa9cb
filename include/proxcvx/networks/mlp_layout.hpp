// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <limits>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/scratch.hpp>
#include <string>
#include <utility>
#include <vector>

// Where the weights, biases and hidden values of a multilayer perceptron lie in one vector each.

namespace proxcvx {

/// What a multilayer perceptron is made of.
struct MLPSettings {
  Index inputs = 1;             ///< d >= 1
  std::vector<Index> hidden{};  ///< units of each hidden layer, from the input on, each >= 1; none: a linear map
  Index outputs = 1;            ///< K >= 1
};

namespace detail {

/// The shapes of layers 0, ..., L, L = number of hidden layers: W_l is rows(l) x columns(l), b_l has rows(l) entries.
/// Invariant: every size is >= 1 and the parameters of all layers can be counted in an Index.
class MLPLayout {
 public:
  /// Throws std::invalid_argument where the invariant would break. O(L).
  explicit MLPLayout(MLPSettings settings) : settings_{std::move(settings)} {
    require(settings_.inputs >= 1, "inputs", "a number >= 1", settings_.inputs);
    require(settings_.outputs >= 1, "outputs", "a number >= 1", settings_.outputs);
    sizes_.push_back(settings_.inputs);
    for (const Index units : settings_.hidden) {
      require(units >= 1, "hidden", "layers of >= 1 units", units);
      sizes_.push_back(units);
    }
    sizes_.push_back(settings_.outputs);
    for (std::size_t l = 0; l + 1 < sizes_.size(); ++l) {
      const Index before = sizes_[l];
      const Index room = std::numeric_limits<Index>::max() - parameters_;
      require(before < room && sizes_[l + 1] <= room / (before + 1), "hidden", "layers whose weights can be counted",
              std::to_string(before) + " x " + std::to_string(sizes_[l + 1]));
      first_parameter_.push_back(parameters_);
      first_unit_.push_back(units_);
      parameters_ += sizes_[l + 1] * (before + 1);
      units_ += sizes_[l + 1];  // the outputs come last and take no room among the hidden ones
    }
    units_ -= settings_.outputs;
  }

  [[nodiscard]] const MLPSettings& settings() const { return settings_; }
  [[nodiscard]] Index layers() const { return static_cast<Index>(first_parameter_.size()); }
  [[nodiscard]] Index rows(Index layer) const { return sizes_[static_cast<std::size_t>(layer) + 1]; }
  [[nodiscard]] Index columns(Index layer) const { return sizes_[static_cast<std::size_t>(layer)]; }
  /// The index of the first entry of W_l among all parameters.
  [[nodiscard]] Index first_weight(Index layer) const { return first_parameter_[static_cast<std::size_t>(layer)]; }
  /// The index of the first entry of b_l among all parameters.
  [[nodiscard]] Index first_bias(Index layer) const { return first_weight(layer) + rows(layer) * columns(layer); }
  [[nodiscard]] Index parameters() const { return parameters_; }
  /// The index of a layer's first unit among all hidden units.
  [[nodiscard]] Index first_unit(Index layer) const { return first_unit_[static_cast<std::size_t>(layer)]; }
  /// All hidden units.
  [[nodiscard]] Index units() const { return units_; }
  /// The units of the largest layer, the inputs not counted.
  [[nodiscard]] Index width() const { return *std::max_element(sizes_.begin() + 1, sizes_.end()); }

 private:
  MLPSettings settings_;
  std::vector<Index> sizes_;
  std::vector<Index> first_parameter_;
  std::vector<Index> first_unit_;
  Index parameters_ = 0;
  Index units_ = 0;
};

/// A number for every hidden unit and sample, in scratch memory: a matrix, a sample per column, for each hidden layer.
template <class Scalar> class HiddenValues {
 public:
  HiddenValues(ScratchFrame<Scalar>& frame, const MLPLayout& layout, Index samples)
      : layout_{layout}, samples_{samples}, values_{frame.vector(layout.units() * samples)} {}

  [[nodiscard]] Eigen::Map<Matrix<Scalar>> operator[](Index layer) {
    return {values_.data() + layout_.first_unit(layer) * samples_, layout_.rows(layer), samples_};
  }

 private:
  const MLPLayout& layout_;
  Index samples_;
  typename ScratchFrame<Scalar>::VectorMap values_;
};

}  // namespace detail

}  // namespace proxcvx
