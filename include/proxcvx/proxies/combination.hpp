// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/scratch.hpp>
#include <sstream>
#include <string>
#include <utility>

// c_1 g_1 + c_2 g_2 of two proxies, or of two references of which either may move with w.

namespace proxcvx {

namespace detail {

/// A reference h(v; w).
template <class H, class Scalar>
concept MovingReference = requires(const H& h, const Vector<Scalar>& at) {
  h.value(at, at);
}
|| std::invocable<const H&, const Vector<Scalar>&, const Vector<Scalar>&>;

/// The value of a reference that moves with w, or of one that does not, with its own error bound or the assumed one.
template <class Scalar, class H>
[[nodiscard]] BoundedValue<Scalar> bounded_reference(const H& h, ConstVectorRef<Scalar> v, ConstVectorRef<Scalar> w) {
  using std::abs;
  if constexpr (!MovingReference<H, Scalar>) {
    return bounded_proxy_value<Scalar>(h, v);
  } else if constexpr (requires {
                         { h.bounded_value(v, w) } -> std::same_as<BoundedValue<Scalar>>;
                       }) {
    return h.bounded_value(v, w);
  } else if constexpr (requires { h.value(v, w); }) {
    const Scalar value = h.value(v, w);
    return {value, assumed_gamma<Scalar>(w.size()) * Scalar(abs(value))};
  } else {
    const Scalar value = h(v, w);
    return {value, assumed_gamma<Scalar>(w.size()) * Scalar(abs(value))};
  }
}

}  // namespace detail

/// The proxy first * g(w) + second * h(w), or the reference first * g(v; w) + second * h(v; w) where either moves.
/// The factors are doubles in every scalar.
template <class G, class H, class Scalar_ = double> class Combination {
 public:
  using Scalar = Scalar_;

 private:
  static constexpr bool moves = detail::MovingReference<G, Scalar> || detail::MovingReference<H, Scalar>;
  static constexpr bool bounded = !moves && BoundsItsValue<G> && BoundsItsValue<H>;

 public:
  /// Throws std::invalid_argument unless both factors are finite.
  Combination(double first, G g, double second, H h)
      : first_{first}, second_{second}, g_{std::move(g)}, h_{std::move(h)} {
    require(std::isfinite(first), "first", "a finite number", first);
    require(std::isfinite(second), "second", "a finite number", second);
  }

  [[nodiscard]] std::string name() const {
    std::ostringstream text;
    text << first_ << " " << detail_name(g_) << " + " << second_ << " " << detail_name(h_);
    return text.str();
  }

  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const requires(!moves) {
    return static_cast<Scalar>(first_) * proxy_value<Scalar>(g_, w) +
           static_cast<Scalar>(second_) * proxy_value<Scalar>(h_, w);
  }
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const requires(bounded) {
    return combined(bounded_proxy_value<Scalar>(g_, w), bounded_proxy_value<Scalar>(h_, w));
  }
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> v, ConstVectorRef<Scalar> w) const requires(moves) {
    return bounded_value(v, w).value;
  }
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> v, ConstVectorRef<Scalar> w) const
      requires(moves) {
    return combined(detail::bounded_reference<Scalar>(g_, v, w), detail::bounded_reference<Scalar>(h_, v, w));
  }

  /// The value, and the combination of both gradients into `out`.
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const
      requires(!moves && detail::HasGradient<G> && detail::HasGradient<H>) {
    ScratchFrame<Scalar> frame;
    auto other = frame.vector(w.size());
    const auto g = static_cast<Scalar>(g_.gradient(w, out));
    const auto h = static_cast<Scalar>(h_.gradient(w, other));
    out *= static_cast<Scalar>(first_);
    out += static_cast<Scalar>(second_) * other;
    return static_cast<Scalar>(first_) * g + static_cast<Scalar>(second_) * h;
  }

  template <class Other>
  requires requires(const G& g, const H& h) {
    g.template cast<Other>();
    h.template cast<Other>();
  }
  [[nodiscard]] auto cast() const {
    using First = decltype(g_.template cast<Other>());
    using Second = decltype(h_.template cast<Other>());
    return Combination<First, Second, Other>(first_, g_.template cast<Other>(), second_, h_.template cast<Other>());
  }

 private:
  template <class P> [[nodiscard]] static std::string detail_name(const P& proxy) {
    if constexpr (requires { proxy.name(); }) return "(" + proxy.name() + ")";
    return "g";
  }
  [[nodiscard]] BoundedValue<Scalar> combined(const BoundedValue<Scalar>& g, const BoundedValue<Scalar>& h) const {
    using std::abs;
    const Scalar first = static_cast<Scalar>(first_) * g.value;
    const Scalar second = static_cast<Scalar>(second_) * h.value;
    const Scalar value = first + second;
    const Scalar u = unit_roundoff<Scalar>();  // of the factors, the products and the sum
    const Scalar own = Scalar(3) * u * (Scalar(abs(first)) + Scalar(abs(second)) + Scalar(abs(value)));
    const Scalar carried =
        static_cast<Scalar>(std::abs(first_)) * g.error + static_cast<Scalar>(std::abs(second_)) * h.error;
    return {value,
            (carried + own) * (Scalar(1) + Scalar(8) * u) + Scalar(4) * std::numeric_limits<Scalar>::denorm_min()};
  }

  double first_;
  double second_;
  G g_;
  H h_;
};

}  // namespace proxcvx
