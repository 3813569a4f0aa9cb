// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstring>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/types.hpp>
#include <span>
#include <type_traits>

// One term of a finite sum. The gradient of a network in one input is a few outer products, delta_l h_{l-1}^T by
// layers, so that a step of SGD on one example can subtract them where the weights lie and never form the gradient.

namespace proxcvx {

/// left right^T: entries first, first + 1, ... of a gradient, column by column.
template <class Scalar> struct OuterProduct {
  Index first;
  Eigen::Map<const Vector<Scalar>> left;
  Eigen::Map<const Vector<Scalar>> right;
};

namespace detail {

/// Stands for any callable on the parts of a gradient.
template <class Scalar> struct PartsArchetype {
  void operator()(std::span<const OuterProduct<Scalar>> /*parts*/) const {}
};

}  // namespace detail

/// A network that offers the gradient in one input as outer products:
///   pull_back_one(w, x, signal, take)   calls signal(outputs) once, as pull_back does, then take(parts) once, a
///                                       std::span<const OuterProduct>: parts that hold each parameter once.
/// Meaning: put together the parts are pull_back's gradient of x alone, to rounding; w is not read after take was
/// called, which may therefore change it. A network names itself `PullsBackOne`, so that one which inherits from it,
/// perhaps with another pull_back, is not taken for it.
template <class N>
concept OuterProductNetwork = Network<N> &&
    requires(const N& network, const Vector<typename N::Scalar>& w, detail::SignalArchetype<typename N::Scalar> signal,
             detail::PartsArchetype<typename N::Scalar> take) {
  requires std::same_as<typename N::PullsBackOne, N>;
  network.pull_back_one(w, w, signal, take);
};

/// A finite sum that makes the step of one term in place:
///   descend(w, i, eta) -> bool   w -= eta grad f_i(w), bit for bit that of gradient(w, {i}, out) and w -= eta out;
///                                false, and w as it was, where f_i or its gradient may not be finite
///   prefetch(i)                  term i comes soon: its data may be loaded.
/// It names itself `DescendsByTerm`, as above.
template <class F>
concept TermDescentObjective = FiniteSumObjective<F> &&
    requires(const F& f, VectorRef<typename F::Scalar> w, Index i, const typename F::Scalar& eta) {
  requires std::same_as<typename F::DescendsByTerm, F>;
  { f.descend(w, i, eta) } -> std::convertible_to<bool>;
  f.prefetch(i);
};

namespace detail {

/// w -= eta gradient: the one form of it, so that a step in place rounds as one with a gradient.
template <class Scalar> void subtract_multiple(Scalar* w, const Scalar* gradient, const Scalar& eta, Index size) {
  for (Index k = 0; k < size; ++k) w[k] -= eta * gradient[k];
}

#if defined(__GNUC__)
/// w[k] -= eta (c x[k]) for entries k, k + 1, ... as long as a register of `bytes` fits before `size`; returns where it
/// stopped. The columns of a small network are a few registers and a rest.
template <Index bytes, class Scalar>
[[gnu::always_inline]] inline Index subtract_registers(Scalar* w, const Scalar* x, const Scalar& c, const Scalar& eta,
                                                       Index k, Index size) {
  using Lanes [[gnu::vector_size(bytes)]] = Scalar;
  constexpr Index lanes = bytes / static_cast<Index>(sizeof(Scalar));
  for (; k + lanes <= size; k += lanes) {
    Lanes entries, factors;
    std::memcpy(&entries, w + k, sizeof entries);
    std::memcpy(&factors, x + k, sizeof factors);
    entries -= eta * (c * factors);
    std::memcpy(w + k, &entries, sizeof entries);
  }
  return k;
}
#endif

/// w -= eta (left right^T).
template <class Scalar> void subtract_multiple(Scalar* w, const OuterProduct<Scalar>& part, const Scalar& eta) {
  const Index rows = part.left.size();
  const Scalar* const left = part.left.data();
  for (Index j = 0; j < part.right.size(); ++j) {
    Scalar* const column = w + part.first + j * rows;
    const Scalar c = part.right[j];
    Index k = 0;
#if defined(__GNUC__)
    if constexpr (std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>) {
      if constexpr (EIGEN_MAX_STATIC_ALIGN_BYTES >= 64) k = subtract_registers<64>(column, left, c, eta, k, rows);
      if constexpr (EIGEN_MAX_STATIC_ALIGN_BYTES >= 32) k = subtract_registers<32>(column, left, c, eta, k, rows);
      k = subtract_registers<16>(column, left, c, eta, k, rows);
    }
#endif
    for (; k < rows; ++k) column[k] -= eta * (c * left[k]);
  }
}

/// Whether no entry of it can be infinite or NaN.
template <class Scalar> [[nodiscard]] bool is_surely_finite(const OuterProduct<Scalar>& part) {
  return is_finite(Scalar(part.left.cwiseAbs().sum() * part.right.cwiseAbs().sum()));
}

/// Asks for the cache lines of `size` numbers.
template <class Scalar> void prefetch_entries(const Scalar* data, Index size) {
#if defined(__GNUC__)
  constexpr Index line = 64 / static_cast<Index>(sizeof(Scalar)) > 0 ? 64 / static_cast<Index>(sizeof(Scalar)) : 1;
  for (Index k = 0; k < size; k += line) __builtin_prefetch(data + k);
#endif
}

}  // namespace detail

}  // namespace proxcvx
