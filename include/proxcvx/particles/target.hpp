// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/types.hpp>
#include <span>

// What particles are driven to: a distribution p on R^d that is known by its log density up to a constant and by its
// score, the gradient of that.

namespace proxcvx {

namespace detail {

template <class T>
concept HasLogDensity = HasScalar<T> && requires(const T& target, const Vector<typename T::Scalar>& x) {
  { target.log_density(x) } -> std::convertible_to<typename T::Scalar>;
};

template <class T>
concept HasScore = HasScalar<T> &&
    requires(const T& target, const Vector<typename T::Scalar>& x, VectorRef<typename T::Scalar> out) {
  { target.score(x, out) } -> std::convertible_to<typename T::Scalar>;
};

}  // namespace detail

/// A distribution p: `Scalar`, `dimension()`, `log_density(x)` = log p(x) + constant, and `score(x, out)`, which
/// overwrites `out` by grad log p(x) and returns log_density(x).
/// Meaning: const calls are thread-safe; the same x gives the same bits; the constant is the same for all x.
template <class T>
concept Target = detail::HasScalar<T> && detail::HasDimension<T> && detail::HasLogDensity<T> && detail::HasScore<T>;

/// A target whose log density sums over `terms()` terms: `score(x, batch, out)` estimates score and log density from
/// the terms with these indices (which may repeat).
/// Meaning: over uniform indices the estimates have the means score(x, out) and log_density(x).
template <class T>
concept FiniteSumTarget = Target<T> && requires(const T& target, const Vector<typename T::Scalar>& x,
                                                std::span<const Index> batch, VectorRef<typename T::Scalar> out) {
  { target.terms() } -> std::convertible_to<Index>;
  { target.score(x, batch, out) } -> std::convertible_to<typename T::Scalar>;
};

/// A target that can be drawn from: `sample(stream, out)` overwrites `out` by an independent draw.
/// Meaning: a sample is a pure function of the stream.
template <class T>
concept SampledTarget = Target<T> && detail::HasSample<T>;

/// Compiles exactly when T is a Target; otherwise says in a line what is missing.
template <class T> consteval bool expect_target() {
  static_assert(detail::HasScalar<T>, "proxcvx: a Target needs a nested type `Scalar`");
  if constexpr (detail::HasScalar<T>) {
    static_assert(detail::HasDimension<T>, "proxcvx: a Target needs `Index dimension() const`");
    static_assert(detail::HasLogDensity<T>, "proxcvx: a Target needs `Scalar log_density(x) const`");
    static_assert(detail::HasScore<T>,
                  "proxcvx: a Target needs `Scalar score(x, VectorRef<Scalar> out) const`, which returns the log "
                  "density at x");
  }
  return true;
}

/// n independent draws, a column each; draw i is a function of (seed, i). Throws std::invalid_argument unless n >= 0.
template <SampledTarget T> [[nodiscard]] Matrix<typename T::Scalar> draw_samples(const T& target, Index n, Seed seed) {
  require(n >= 0, "n", "a number >= 0", n);
  Matrix<typename T::Scalar> samples(target.dimension(), n);
  for (Index i = 0; i < n; ++i) {
    RandomStream stream{seed, static_cast<std::uint64_t>(i), Purpose::particles};
    target.sample(stream, samples.col(i));
  }
  return samples;
}

}  // namespace proxcvx
