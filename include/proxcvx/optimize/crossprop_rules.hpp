// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/types.hpp>

// The rules of crossprop (Veeriah, Zhang & Sutton 2017), each two numbers and the shape of a memory. With
// D_ij = d phi_j/d u_ij they move a feature by alpha delta q_ij and a memory by alpha (delta D_ij - phi_j q_ij), where
//   q_ij = from_memory() phi_j h_ij + from_weights() w_j D_ij.

namespace proxcvx {

/// What a rule remembers of each output.
enum class Memory {
  none,        ///< nothing
  per_weight,  ///< h_ij, a number for each incoming weight
  per_unit     ///< h_j, a number for each hidden unit, which stands for h_ij = h_j D_ij
};

/// A rule: `memory`, a constant, and the shares `from_memory()` and `from_weights()` of q_ij.
template <class R>
concept CrosspropRule = requires(const R& rule) {
  { R::memory } -> std::convertible_to<Memory>;
  { rule.from_memory() } -> std::convertible_to<double>;
  { rule.from_weights() } -> std::convertible_to<double>;
};

/// u_ij += alpha delta w_j D_ij: stochastic gradient descent on half the squared error.
struct Backprop {
  static constexpr Memory memory = Memory::none;
  [[nodiscard]] double from_memory() const { return 0; }
  [[nodiscard]] double from_weights() const { return 1; }
};

/// u_ij += alpha delta (phi_j h_ij + w_j D_ij), where h_ij estimates d w_j/d u_ij, the history of w_j included.
struct FullCrossprop {
  static constexpr Memory memory = Memory::per_weight;
  [[nodiscard]] double from_memory() const { return 1; }
  [[nodiscard]] double from_weights() const { return 1; }
};

/// u_ij += alpha delta phi_j h_ij: the paper's CP.
struct PerWeightCrossprop {
  static constexpr Memory memory = Memory::per_weight;
  [[nodiscard]] double from_memory() const { return 1; }
  [[nodiscard]] double from_weights() const { return 0; }
};

/// u_ij += alpha delta phi_j h_j D_ij: the paper's CP-ALT, with one number for each unit.
struct PerUnitCrossprop {
  static constexpr Memory memory = Memory::per_unit;
  [[nodiscard]] double from_memory() const { return 1; }
  [[nodiscard]] double from_weights() const { return 0; }
};

/// u_ij += alpha delta q_ij, q_ij = (1 - lambda) phi_j h_ij + lambda w_j D_ij: from CP (lambda = 0) to backprop (1).
class MixedCrossprop {
 public:
  static constexpr Memory memory = Memory::per_weight;
  /// Throws std::invalid_argument unless 0 <= lambda <= 1.
  explicit MixedCrossprop(double lambda) : lambda_{lambda} {
    require(lambda >= 0 && lambda <= 1, "lambda", "a number in [0, 1]", lambda);
  }
  [[nodiscard]] double lambda() const { return lambda_; }
  [[nodiscard]] double from_memory() const { return 1 - lambda_; }
  [[nodiscard]] double from_weights() const { return lambda_; }

 private:
  double lambda_;
};

static_assert(CrosspropRule<Backprop> && CrosspropRule<FullCrossprop> && CrosspropRule<PerWeightCrossprop>);
static_assert(CrosspropRule<PerUnitCrossprop> && CrosspropRule<MixedCrossprop>);

}  // namespace proxcvx
