// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/types.hpp>
#include <span>
#include <type_traits>
#include <vector>

// The ladder of concepts. A concept checks syntax; what it means stands in the comment above it and is a law in
// tests/laws. Each shipped model asserts its concept under its definition, and entry points explain a missing member
// in one line (`expect_...`).

namespace proxcvx {

namespace detail {

template <class F>
concept HasScalar = requires {
  typename F::Scalar;
};

template <class F>
concept HasDimension = requires(const F& f) {
  { f.dimension() } -> std::convertible_to<Index>;
};

template <class F>
concept HasValue = HasScalar<F> && requires(const F& f, const Vector<typename F::Scalar>& w) {
  { f.value(w) } -> std::convertible_to<typename F::Scalar>;
};

template <class F>
concept HasGradient = HasScalar<F> &&
    requires(const F& f, const Vector<typename F::Scalar>& w, VectorRef<typename F::Scalar> out) {
  { f.gradient(w, out) } -> std::convertible_to<typename F::Scalar>;
};

}  // namespace detail

/// A function of the parameters: `Scalar`, `dimension()`, `value(w)`.
/// Meaning: const calls are thread-safe; the same w gives the same bits.
template <class F>
concept Objective = detail::HasScalar<F> && detail::HasDimension<F> && detail::HasValue<F>;

/// Adds `gradient(w, out) -> value`: one pass, no allocation after the first call, `out` overwritten.
/// Meaning: `out` is the gradient of `value` at w (at a kink, the one fixed choice of the activation).
template <class F>
concept DifferentiableObjective = Objective<F> && detail::HasGradient<F>;

/// A mean of `terms()` terms: `gradient(w, batch, out) -> value`, both the mean over the batch's indices.
/// Meaning: averaged over a partition into equal batches they give the full value and gradient.
template <class F>
concept FiniteSumObjective = DifferentiableObjective<F> &&
    requires(const F& f, const Vector<typename F::Scalar>& w, std::span<const Index> batch,
             VectorRef<typename F::Scalar> out) {
  { f.terms() } -> std::convertible_to<Index>;
  { f.gradient(w, batch, out) } -> std::convertible_to<typename F::Scalar>;
};

/// Adds `gradient_alone(w, out)`, of a finite sum perhaps (w, batch, out) too: the gradient where nobody asks for the
/// value, with the bits of `gradient`. It names itself `GivesGradientAlone`, so that one which inherits from it,
/// perhaps with another gradient, is not taken for it.
template <class F>
concept GradientAloneObjective = DifferentiableObjective<F> &&
    requires(const F& f, const Vector<typename F::Scalar>& w, VectorRef<typename F::Scalar> out) {
  requires std::same_as<typename F::GivesGradientAlone, F>;
  f.gradient_alone(w, out);
};

/// The gradient of f at w into `out`, where nobody asks for the value.
template <DifferentiableObjective F>
void gradient_alone(const F& f, ConstVectorRef<typename F::Scalar> w, VectorRef<typename F::Scalar> out) {
  if constexpr (GradientAloneObjective<F>)
    f.gradient_alone(w, out);
  else
    f.gradient(w, out);
}
/// The same of the mean over a batch.
template <FiniteSumObjective F>
void gradient_alone(const F& f, ConstVectorRef<typename F::Scalar> w, std::span<const Index> batch,
                    VectorRef<typename F::Scalar> out) {
  constexpr bool of_batches = requires { f.gradient_alone(w, batch, out); };
  if constexpr (GradientAloneObjective<F> && of_batches)
    f.gradient_alone(w, batch, out);
  else
    f.gradient(w, batch, out);
}

/// Adds `hessian_vector(w, direction, out)` at no more than three gradients; `out` overwritten.
template <class F>
concept TwiceDifferentiableObjective = DifferentiableObjective<F> &&
    requires(const F& f, const Vector<typename F::Scalar>& w, VectorRef<typename F::Scalar> out) {
  f.hessian_vector(w, w, out);
};

/// Adds to a finite sum `hessian_vector(w, batch, direction, out)`: the mean over the batch's indices, at no more than
/// three of its gradients; `out` overwritten.
template <class F>
concept TwiceDifferentiableSum = FiniteSumObjective<F> && TwiceDifferentiableObjective<F> &&
    requires(const F& f, const Vector<typename F::Scalar>& w, std::span<const Index> batch,
             VectorRef<typename F::Scalar> out) {
  f.hessian_vector(w, batch, w, out);
};

/// Adds to a mean of terms `on_examples(kept)`: the mean over the terms with these indices alone, in this order.
template <class F>
concept ReducesToExamples = detail::HasScalar<F> && requires(const F& f, std::span<const Index> kept) {
  { f.terms() } -> std::convertible_to<Index>;
  { f.on_examples(kept) } -> std::same_as<F>;
};

/// An objective (or its network) of `neurons()` neurons that exists with fewer: `with_neurons(kept)`, and
/// `entries_of_neurons(kept)`, the indices of the parameters that are left, in the order that they have there.
/// Meaning: at those parameters it is what the whole one is without the contribution of the others.
template <class F>
concept ReducesToNeurons = detail::HasScalar<F> && requires(const F& f, std::span<const Index> kept) {
  { f.neurons() } -> std::convertible_to<Index>;
  { f.with_neurons(kept) } -> std::same_as<F>;
  { f.entries_of_neurons(kept) } -> std::convertible_to<std::vector<Index>>;
};

/// Adds `gradients(W, out, values)`: a column per parameter vector.
template <class F>
concept BatchedObjective = DifferentiableObjective<F> &&
    requires(const F& f, const Matrix<typename F::Scalar>& points, MatrixRef<typename F::Scalar> out,
             VectorRef<typename F::Scalar> values) {
  f.gradients(points, out, values);
};

namespace detail {

/// Stands for any callable that turns outputs into signals, in place.
template <class Scalar> struct SignalArchetype {
  void operator()(MatrixRef<Scalar> outputs) const { outputs.setZero(); }
};

template <class N>
concept HasSizes = requires(const N& network) {
  { network.parameters() } -> std::convertible_to<Index>;
  { network.inputs() } -> std::convertible_to<Index>;
  { network.outputs() } -> std::convertible_to<Index>;
};

template <class N>
concept HasForward = HasScalar<N> &&
    requires(const N& network, const Vector<typename N::Scalar>& w, const Matrix<typename N::Scalar>& inputs,
             MatrixRef<typename N::Scalar> outputs) {
  network.forward(w, inputs, outputs);
};

template <class N>
concept HasPullBack = HasScalar<N> &&
    requires(const N& network, const Vector<typename N::Scalar>& w, const Matrix<typename N::Scalar>& inputs,
             SignalArchetype<typename N::Scalar> signal, VectorRef<typename N::Scalar> gradient) {
  network.pull_back(w, inputs, signal, gradient);
};

template <class N>
concept HasPushForward = HasScalar<N> &&
    requires(const N& network, const Vector<typename N::Scalar>& w, const Matrix<typename N::Scalar>& inputs,
             MatrixRef<typename N::Scalar> tangents) {
  network.push_forward(w, w, inputs, tangents);
};

template <class R>
concept HasSample = HasScalar<R> && requires(const R& region, RandomStream& stream, VectorRef<typename R::Scalar> out) {
  region.sample(stream, out);
};

template <class R>
concept HasContains = HasScalar<R> && requires(const R& region, const Vector<typename R::Scalar>& w) {
  { region.contains(w) } -> std::convertible_to<bool>;
};

template <class R>
concept HasProject = HasScalar<R> && requires(const R& region, VectorRef<typename R::Scalar> w) {
  region.project(w);
};

}  // namespace detail

/// A map (parameters, inputs) -> outputs with derivatives, for a block of inputs, a sample per column:
///   forward(w, X, outputs)                 outputs = N(w; X)
///   pull_back(w, X, signal, gradient)      calls signal(outputs) once, which overwrites the outputs N(w; x_b) by
///                                          signals s_b; then gradient += sum_b J(w; x_b)^T s_b
///   push_forward(w, direction, X, tangents)   tangents = J(w; x_b) direction
/// Meaning: pull_back and push_forward are adjoint; const calls are thread-safe. A network knows no loss.
template <class N>
concept Network = detail::HasSizes<N> && detail::HasForward<N> && detail::HasPullBack<N> && detail::HasPushForward<N>;

/// Adds `pull_back_in_blocks(w, X, signal, gradient)`: pull_back in blocks of columns of the network's own choice,
/// where that is faster than blocks that it is given; calls signal(outputs, first) once for each, in order, with the
/// outputs of the columns first, first + 1, ... A network that takes two more arguments, `nearest_kink` and `factor`
/// (pointers, null or not), overwrites the gradient where there is a factor: by it times what it would add to zeros.
template <class N>
concept BlockwiseNetwork = Network<N> &&
    requires(const N& network, const Vector<typename N::Scalar>& w, const Matrix<typename N::Scalar>& inputs,
             void (*signal)(MatrixRef<typename N::Scalar>, Index), VectorRef<typename N::Scalar> gradient) {
  network.pull_back_in_blocks(w, inputs, signal, gradient);
};

/// Adds `second_order(w, direction, X, curvature, out)`: calls curvature(outputs, tangents) once, which overwrites the
/// outputs by dl/dN and the tangents by d2l/dN2 J direction; then out += sum_b of the Hessian of l(N(w; x_b))
/// direction.
template <class N>
concept TwiceDifferentiableNetwork = Network<N> &&
    requires(const N& network, const Vector<typename N::Scalar>& w, const Matrix<typename N::Scalar>& inputs,
             VectorRef<typename N::Scalar> out,
             void (*curvature)(MatrixRef<typename N::Scalar>, MatrixRef<typename N::Scalar>)) {
  network.second_order(w, w, inputs, curvature, out);
};

/// Where parameters are drawn from, projected to and searched: `sample(stream, out)`, `contains(w)`, `project(w)`.
/// Meaning: a sample is a pure function of the stream and lies in the region; project(w) is a nearest point, in place.
template <class R>
concept Region = detail::HasDimension<R> && detail::HasSample<R> && detail::HasContains<R> && detail::HasProject<R>;

/// Adds `with_entries(kept)`: the same region for parameters of which these entries are left.
/// Meaning: where w lies in the region, w(kept) lies in that one.
template <class R>
concept ReducesToEntries = Region<R> && requires(const R& region, std::span<const Index> kept) {
  { region.with_entries(kept) } -> std::same_as<R>;
};

/// Minimises an F: `minimize(f, w0)` returns the last iterate, the best one seen and the number of steps (`Result` of
/// optimize/result.hpp). Meaning: neither f nor w0 changes; the same optimizer, f and w0 give the same bits. Its single
/// `step` has the arguments that its steps need, so that no concept names them.
template <class O, class F>
concept Optimizer = DifferentiableObjective<F> &&
    requires(const O& optimizer, const F& f, const Vector<typename F::Scalar>& w0) {
  { optimizer.minimize(f, w0).last } -> std::convertible_to<Vector<typename F::Scalar>>;
  { optimizer.minimize(f, w0).best } -> std::convertible_to<Vector<typename F::Scalar>>;
  { optimizer.minimize(f, w0).iterations } -> std::convertible_to<Index>;
};

/// Compiles exactly when F is an Objective; otherwise says in a line what is missing.
template <class F> consteval bool expect_objective() {
  static_assert(detail::HasScalar<F>, "proxcvx: an Objective needs a nested type `Scalar`");
  if constexpr (detail::HasScalar<F>) {
    static_assert(detail::HasDimension<F>, "proxcvx: an Objective needs `Index dimension() const`");
    static_assert(detail::HasValue<F>, "proxcvx: an Objective needs `Scalar value(w) const`");
  }
  return true;
}

/// Compiles exactly when F is a DifferentiableObjective; otherwise says in a line what is missing.
template <class F> consteval bool expect_differentiable() {
  expect_objective<F>();
  if constexpr (Objective<F>) {
    static_assert(detail::HasGradient<F>,
                  "proxcvx: a DifferentiableObjective needs `Scalar gradient(w, VectorRef<Scalar> out) const`; "
                  "proxcvx::differentiate(f, dimension) makes one from a templated value()");
  }
  return true;
}

/// Compiles exactly when N is a Network; otherwise says in a line what is missing.
template <class N> consteval bool expect_network() {
  static_assert(detail::HasScalar<N>, "proxcvx: a Network needs a nested type `Scalar`");
  static_assert(detail::HasSizes<N>, "proxcvx: a Network needs `parameters()`, `inputs()` and `outputs()` const");
  if constexpr (detail::HasScalar<N>) {
    static_assert(detail::HasForward<N>, "proxcvx: a Network needs `void forward(w, X, outputs) const`");
    static_assert(detail::HasPullBack<N>,
                  "proxcvx: a Network needs `void pull_back(w, X, signal, gradient) const`, a template on the callable "
                  "`signal(MatrixRef<Scalar> outputs)`");
    static_assert(detail::HasPushForward<N>, "proxcvx: a Network needs `void push_forward(w, d, X, tangents) const`");
  }
  return true;
}

/// Compiles exactly when R is a Region; otherwise says in a line what is missing.
template <class R> consteval bool expect_region() {
  static_assert(detail::HasScalar<R>, "proxcvx: a Region needs a nested type `Scalar`");
  static_assert(detail::HasDimension<R>, "proxcvx: a Region needs `Index dimension() const`");
  if constexpr (detail::HasScalar<R>) {
    static_assert(detail::HasSample<R>,
                  "proxcvx: a Region needs `void sample(RandomStream&, VectorRef<Scalar>) const`");
    static_assert(detail::HasContains<R>, "proxcvx: a Region needs `bool contains(ConstVectorRef<Scalar>) const`");
    static_assert(detail::HasProject<R>, "proxcvx: a Region needs `void project(VectorRef<Scalar>) const`");
  }
  return true;
}

}  // namespace proxcvx
