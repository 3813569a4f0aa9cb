// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <proxcvx/core/columns.hpp>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/types.hpp>
#include <span>

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
/// It may offer walk(w), for steps that follow each other: walk.step(i, eta) is descend(w, i, eta), but what it does to
/// w may wait for the next step, which reads w anyway; after walk.finish(), and after a step that returned false, w is
/// what it should be. The walk refers to the sum and to w.
/// It names itself `DescendsByTerm`, as above.
template <class F>
concept TermDescentObjective = FiniteSumObjective<F> &&
    requires(const F& f, VectorRef<typename F::Scalar> w, Index i, const typename F::Scalar& eta) {
  requires std::same_as<typename F::DescendsByTerm, F>;
  { f.descend(w, i, eta) } -> std::convertible_to<bool>;
  f.prefetch(i);
};

namespace detail {

/// What a network offers beyond pull_back_one to a walk by single inputs; `Type` is void where that is nothing.
/// Otherwise Type walk(network, w); walk.step(x, eta, signal), where signal(outputs) overwrites the outputs by signals
/// and returns whether all is finite; walk.finish(). All as TermDescentObjective's walk.
template <class Net> struct WalkOfNetwork { using Type = void; };

/// The walk of a finite sum that has none of its own.
template <class F> class StepByStep {
  using Scalar = typename F::Scalar;

 public:
  StepByStep(const F& f, VectorRef<Scalar> w) : f_{f}, w_{w} {}
  bool step(Index i, const Scalar& eta) { return f_.descend(w_, i, eta); }
  void finish() {}

 private:
  const F& f_;
  VectorRef<Scalar> w_;
};

template <class F> [[nodiscard]] auto walk_by_terms(const F& f, VectorRef<typename F::Scalar> w) {
  if constexpr (requires { f.walk(w); })
    return f.walk(w);
  else
    return StepByStep<F>{f, w};
}

/// w -= eta gradient: the one form of it, so that a step in place rounds as one with a gradient.
template <class Scalar> void subtract_multiple(Scalar* w, const Scalar* gradient, const Scalar& eta, Index size) {
  for (Index k = 0; k < size; ++k) w[k] -= eta * gradient[k];
}

/// w -= eta (left right^T).
template <class Scalar> void subtract_multiple(Scalar* w, const OuterProduct<Scalar>& part, const Scalar& eta) {
  subtract_from_columns<Scalar>(w + part.first, part.left, part.right, eta);
}

/// Whether no entry of it can be infinite or NaN.
template <class Scalar> [[nodiscard]] bool is_surely_finite(const OuterProduct<Scalar>& part) {
  return is_finite(Scalar(part.left.cwiseAbs().sum() * part.right.cwiseAbs().sum()));
}

/// The same where no entry of `left` is larger than that.
template <class Scalar>
[[nodiscard]] bool is_surely_finite(const OuterProduct<Scalar>& part, const Scalar& largest_left) {
  return is_finite(Scalar(largest_left * part.right.cwiseAbs().sum()));
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
