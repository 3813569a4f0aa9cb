// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <proxcvx/core/types.hpp>
#include <type_traits>

// Rounding errors as numbers: unit roundoff u, gamma_k = ku/(1 - ku), a norm that neither overflows nor underflows,
// and evaluations that carry a bound on their own error (Higham 2002, chapter 3; the bounds that a margin is held
// against). A type that offers no bound of its own gets an assumed one, and every report says so.

namespace proxcvx {

/// Unit roundoff u of a radix-2 floating-point type that rounds to nearest.
template <class Scalar> [[nodiscard]] inline Scalar unit_roundoff() {
  return std::numeric_limits<Scalar>::epsilon() / Scalar(2);
}

/// gamma_k = ku/(1 - ku), rounded up; infinity once ku >= 1.
template <class Scalar> [[nodiscard]] inline Scalar gamma(Scalar k) {
  const Scalar product = k * unit_roundoff<Scalar>();
  if (!(product < Scalar(1))) return std::numeric_limits<Scalar>::infinity();
  return product / (Scalar(1) - product) * (Scalar(1) + Scalar(4) * unit_roundoff<Scalar>());
}

template <class Scalar> [[nodiscard]] inline Scalar gamma(Index k) { return gamma<Scalar>(static_cast<Scalar>(k)); }

/// isfinite for every scalar, wide ones included.
template <class Scalar> [[nodiscard]] inline bool is_finite(const Scalar& x) {
  using std::isfinite;
  return isfinite(x);
}

/// Euclidean (Frobenius) norm, scaled only where squares would overflow or underflow. NaN and infinity come through.
template <class Derived> [[nodiscard]] typename Derived::Scalar scaled_norm(const Eigen::MatrixBase<Derived>& x) {
  using Scalar = typename Derived::Scalar;
  using std::sqrt;
  if (x.size() == 0) return Scalar(0);
  const Scalar squares = x.squaredNorm();
  // Above `low`, what squares lost to underflow is below u relative to the sum, for any length that fits in memory.
  const Scalar low = std::numeric_limits<Scalar>::min() / (unit_roundoff<Scalar>() * unit_roundoff<Scalar>());
  if (squares > low && is_finite(squares)) return sqrt(squares);
  const Scalar largest = x.cwiseAbs().template maxCoeff<Eigen::PropagateNaN>();
  if (!(largest > Scalar(0)) || !is_finite(largest)) return largest;
  // Divide twice by a power of two: exact, and safe for denormal numbers, whose reciprocal overflows.
  using std::frexp;
  using std::ldexp;
  int exponent = 0;
  (void)frexp(largest, &exponent);
  Scalar sum(0);
  for (Index column = 0; column < x.cols(); ++column) {
    for (Index row = 0; row < x.rows(); ++row) {
      const Scalar scaled = ldexp(Scalar(x(row, column)), -exponent);
      sum += scaled * scaled;
    }
  }
  return ldexp(Scalar(sqrt(sum)), exponent);
}

/// sqrt(a^2 + b^2) for a, b >= 0 within 4u, without overflow or underflow of squares. Exactly a where b = 0.
template <class Scalar> [[nodiscard]] Scalar scaled_length(const Scalar& a, const Scalar& b) {
  using std::sqrt;
  const Scalar larger = a < b ? b : a;
  if (!(larger > Scalar(0)) || !is_finite(larger)) return Scalar(a + b);
  const Scalar ratio = (a < b ? a : b) / larger;
  return larger * Scalar(sqrt(Scalar(Scalar(1) + ratio * ratio)));
}

/// A value with a bound on its rounding error: |value - exact| <= error.
template <class Scalar> struct BoundedValue {
  Scalar value;
  Scalar error;
};

/// What evaluating f and its gradient yields: the value, and bounds |value - f(w)| <= value_error and
/// ||computed gradient - gradient of f(w)||_2 <= gradient_error.
template <class Scalar> struct BoundedGradient {
  Scalar value;
  Scalar value_error;
  Scalar gradient_error;
};

namespace detail {

/// Roundings assumed of an evaluation that states no bound: generous for a loop over `dimension` terms, wrong only
/// for code that cancels badly.
template <class Scalar> [[nodiscard]] inline Scalar assumed_gamma(Index dimension) {
  return gamma<Scalar>(static_cast<Scalar>(16) * static_cast<Scalar>(dimension + 16));
}

}  // namespace detail

/// f bounds its own value: `bounded_value(w) -> BoundedValue<Scalar>`.
template <class F>
concept BoundsItsValue = requires(const F& f, const Vector<typename F::Scalar>& w) {
  { f.bounded_value(w) } -> std::same_as<BoundedValue<typename F::Scalar>>;
};

/// f bounds its own gradient: `bounded_gradient(w, out) -> BoundedGradient<Scalar>`.
template <class F>
concept BoundsItsGradient = requires(const F& f, const Vector<typename F::Scalar>& w,
                                     VectorRef<typename F::Scalar> out) {
  { f.bounded_gradient(w, out) } -> std::same_as<BoundedGradient<typename F::Scalar>>;
};

/// The value of a proxy, which is an objective (`value(w)`) or any callable on a parameter vector.
template <class Scalar, class Proxy> [[nodiscard]] Scalar proxy_value(const Proxy& proxy, ConstVectorRef<Scalar> w) {
  if constexpr (requires { proxy.value(w); }) {
    return static_cast<Scalar>(proxy.value(w));
  } else if constexpr (std::invocable<const Proxy&, ConstVectorRef<Scalar>>) {
    return static_cast<Scalar>(proxy(w));
  } else {
    static_assert(std::invocable<const Proxy&, ConstVectorRef<Scalar>>,
                  "proxcvx: a proxy needs `Scalar value(w) const`, or to be callable on a parameter vector");
    return Scalar(0);
  }
}

/// The value of a proxy with its own error bound, or else with the assumed one.
template <class Scalar, class Proxy>
[[nodiscard]] BoundedValue<Scalar> bounded_proxy_value(const Proxy& proxy, ConstVectorRef<Scalar> w) {
  if constexpr (requires {
                  { proxy.bounded_value(w) } -> std::same_as<BoundedValue<Scalar>>;
                }) {
    return proxy.bounded_value(w);
  } else {
    using std::abs;
    const Scalar value = proxy_value<Scalar>(proxy, w);
    const Scalar magnitude = abs(value);
    return {value, detail::assumed_gamma<Scalar>(w.size()) * magnitude};
  }
}

/// The gradient of f into `out`, with f's own error bounds, or else with assumed ones.
template <class F>
BoundedGradient<typename F::Scalar> bounded_gradient(const F& f, ConstVectorRef<typename F::Scalar> w,
                                                     VectorRef<typename F::Scalar> out) {
  using Scalar = typename F::Scalar;
  if constexpr (BoundsItsGradient<F>) {
    return f.bounded_gradient(w, out);
  } else {
    using std::abs;
    const Scalar value = static_cast<Scalar>(f.gradient(w, out));
    const Scalar relative = detail::assumed_gamma<Scalar>(w.size());
    const Scalar magnitude = abs(value);
    return {value, relative * magnitude, relative * scaled_norm(out)};
  }
}

/// What `bounded_gradient_and_proxy` yields: what f's gradient does, and the proxy's value with its bound.
template <class Scalar> struct GradientAndProxy {
  BoundedGradient<Scalar> gradient;
  BoundedValue<Scalar> proxy;
};

/// The gradient of f into `out` and the value of the proxy g, with their bounds. A proxy that finds its value in what
/// f's gradient computes anyway offers `bounded_beside(f, w, out) -> GradientAndProxy<Scalar>` and saves a forward
/// pass.
template <class F, class G>
GradientAndProxy<typename F::Scalar> bounded_gradient_and_proxy(const F& f, const G& g,
                                                                ConstVectorRef<typename F::Scalar> w,
                                                                VectorRef<typename F::Scalar> out) {
  if constexpr (requires { g.bounded_beside(f, w, out); }) {
    return g.bounded_beside(f, w, out);
  } else {
    const BoundedGradient<typename F::Scalar> gradient = bounded_gradient(f, w, out);
    return {gradient, bounded_proxy_value<typename F::Scalar>(g, w)};
  }
}

}  // namespace proxcvx
