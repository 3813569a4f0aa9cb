// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <optional>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/ridge.hpp>
#include <proxcvx/core/rounding.hpp>
#include <sstream>
#include <string>
#include <utility>

// Affine functions of a proxy: factor * g + offset. (Sums of proxies: Sum, objectives/calculus.hpp.)

namespace proxcvx {

/// The proxy factor * g(w) + offset; factor and offset are doubles in every scalar.
template <class G> class Affine {
 public:
  using Scalar = typename G::Scalar;

  /// Throws std::invalid_argument unless factor and offset are finite.
  Affine(double factor, G g, double offset = 0) : factor_{factor}, g_{std::move(g)}, offset_{offset} {
    require(std::isfinite(factor), "factor", "a finite number", factor);
    require(std::isfinite(offset), "offset", "a finite number", offset);
  }

  [[nodiscard]] Index dimension() const { return g_.dimension(); }
  [[nodiscard]] double factor() const { return factor_; }
  [[nodiscard]] double offset() const { return offset_; }
  [[nodiscard]] const G& inner() const { return g_; }
  [[nodiscard]] std::string name() const {
    std::ostringstream text;
    text << factor_ << ' ';
    if constexpr (requires { g_.name(); }) {
      const std::string inner = g_.name();
      text << (inner.find(' ') == std::string::npos ? inner : '(' + inner + ')');
    } else {
      text << "g";
    }
    if (offset_ != 0) text << (offset_ < 0 ? " - " : " + ") << std::abs(offset_);
    return text.str();
  }

  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const {
    return bounded(proxy_value<Scalar>(g_, w), Scalar(0)).value;
  }
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const requires requires(const G& g) {
    g.bounded_value(w);
  }
  {
    const BoundedValue<Scalar> inner = g_.bounded_value(w);
    return bounded(inner.value, inner.error);
  }

  /// The value, and factor * grad g(w) into `out`.
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const requires
      requires(const G& g, const Vector<Scalar>& at, VectorRef<Scalar> into) {
    g.gradient(at, into);
  }
  {
    const auto inner = static_cast<Scalar>(g_.gradient(w, out));
    out *= static_cast<Scalar>(factor_);
    return bounded(inner, Scalar(0)).value;
  }

  /// The same mean of ridge functions as what it is a multiple of (core/ridge.hpp), the offset in each.
  [[nodiscard]] Index ridge_terms() const requires RidgeMean<G> { return g_.ridge_terms(); }
  [[nodiscard]] Vector<Scalar> ridge_direction(Index i) const requires RidgeMean<G> { return g_.ridge_direction(i); }
  [[nodiscard]] Scalar ridge_value(Index i, const Scalar& s) const requires RidgeMean<G> {
    return static_cast<Scalar>(factor_) * Scalar(g_.ridge_value(i, s)) + static_cast<Scalar>(offset_);
  }
  [[nodiscard]] Scalar ridge_slope(Index i, const Scalar& s) const requires DifferentiableRidgeMean<G> {
    return static_cast<Scalar>(factor_) * Scalar(g_.ridge_slope(i, s));
  }
  /// factor * (what g is of f) + offset.
  template <class Range, class F_>
  requires requires(const G& inner, const F_& f) { inner.template as_affine_of<Range>(f); }
  [[nodiscard]] std::optional<AffineForm<Range>> as_affine_of(const F_& f) const {
    const std::optional<AffineForm<Range>> inner = g_.template as_affine_of<Range>(f);
    if (!inner) return std::nullopt;
    return inner->scaled_and_moved(factor_, offset_);
  }

  template <class Other>
  requires requires(const G& g) { g.template cast<Other>(); }
  [[nodiscard]] auto cast() const { return proxcvx::Affine(factor_, g_.template cast<Other>(), offset_); }

 private:
  [[nodiscard]] BoundedValue<Scalar> bounded(const Scalar& inner, const Scalar& inner_error) const {
    using std::abs;
    const auto factor = static_cast<Scalar>(factor_);
    const auto offset = static_cast<Scalar>(offset_);
    const Scalar value = factor * inner + offset;
    const Scalar u = unit_roundoff<Scalar>();  // two for the constants, one for the product, one for the sum
    const Scalar own = Scalar(4) * u * (Scalar(abs(Scalar(factor * inner))) + Scalar(abs(offset)) + Scalar(abs(value)));
    return {value, (Scalar(abs(factor)) * inner_error + own) * (Scalar(1) + Scalar(8) * u) +
                       Scalar(2) * std::numeric_limits<Scalar>::denorm_min()};
  }

  double factor_;
  G g_;
  double offset_;
};

}  // namespace proxcvx
