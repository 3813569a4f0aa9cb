// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <concepts>
#include <limits>
#include <optional>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/ridge.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/objectives/weight_decay.hpp>
#include <span>
#include <string>
#include <utility>

// Sums and multiples of objectives as objectives: f + g, c * f. Proxy convexity adds up the same way: if f_i is
// (g_i, h_i)-proxy convex, c_1 f_1 + c_2 f_2 is (c_1 g_1 + c_2 g_2, c_1 h_1 + c_2 h_2)-proxy convex for c_i >= 0.

namespace proxcvx {

namespace detail {

/// The name of an objective or proxy, where it has one.
template <class F> [[nodiscard]] std::string name_of(const F& f) {
  if constexpr (requires { f.name(); }) {
    return f.name();
  } else {
    return "f";
  }
}

/// Mean over a batch where f is a finite sum, the whole of f where it is not (a regulariser).
template <class F>
typename F::Scalar batch_gradient(const F& f, ConstVectorRef<typename F::Scalar> w, std::span<const Index> batch,
                                  VectorRef<typename F::Scalar> out) {
  if constexpr (FiniteSumObjective<F>) {
    return f.gradient(w, batch, out);
  } else {
    return f.gradient(w, out);
  }
}
template <class F>
void batch_hessian_vector(const F& f, ConstVectorRef<typename F::Scalar> w, std::span<const Index> batch,
                          ConstVectorRef<typename F::Scalar> direction, VectorRef<typename F::Scalar> out) {
  if constexpr (FiniteSumObjective<F>) {
    f.hessian_vector(w, batch, direction, out);
  } else {
    f.hessian_vector(w, direction, out);
  }
}

/// What batch_hessian_vector takes.
template <class F>
concept TwiceDifferentiablePart = TwiceDifferentiableObjective<F> &&
    (!FiniteSumObjective<F> || TwiceDifferentiableSum<F>);

}  // namespace detail

/// f(w) + g(w). It is a finite sum, twice differentiable, and bounds its rounding errors where its parts do; next to a
/// finite sum, a part that is none counts as part of each term (f_z + g), and two finite sums are added term by term.
template <class F, class G> class Sum {
  static_assert(Objective<F> && Objective<G>,
                "proxcvx::Sum: both parts must be Objectives: Scalar, dimension(), value");
  static_assert(std::same_as<typename F::Scalar, typename G::Scalar>, "proxcvx::Sum: both parts need the same Scalar");

 public:
  using Scalar = typename F::Scalar;

  /// Throws std::invalid_argument when the dimensions, or the numbers of terms of two finite sums, differ.
  Sum(F f, G g) : f_{std::move(f)}, g_{std::move(g)} {
    require(f_.dimension() == g_.dimension(), "g", "dimension " + std::to_string(f_.dimension()) + " like f",
            g_.dimension());
    if constexpr (FiniteSumObjective<F> && FiniteSumObjective<G>) {
      require(f_.terms() == g_.terms(), "g", std::to_string(f_.terms()) + " terms like f", g_.terms());
    }
  }

  [[nodiscard]] const F& first() const { return f_; }
  [[nodiscard]] const G& second() const { return g_; }
  [[nodiscard]] Index dimension() const { return f_.dimension(); }
  [[nodiscard]] std::string name() const { return detail::name_of(f_) + " + " + detail::name_of(g_); }

  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const { return Scalar(f_.value(w)) + Scalar(g_.value(w)); }

  /// f + g at w, and its gradient into `out`.
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const
      requires(DifferentiableObjective<F>&& DifferentiableObjective<G>) {
    ScratchFrame<Scalar> frame;
    auto other = frame.vector(dimension());
    const Scalar value = Scalar(f_.gradient(w, out)) + Scalar(g_.gradient(w, other));
    out += other;
    return value;
  }

  [[nodiscard]] Index terms() const requires(FiniteSumObjective<F> || FiniteSumObjective<G>) {
    if constexpr (FiniteSumObjective<F>) {
      return f_.terms();
    } else {
      return g_.terms();
    }
  }

  /// The mean over the batch's terms, and its gradient into `out`.
  Scalar gradient(ConstVectorRef<Scalar> w, std::span<const Index> batch, VectorRef<Scalar> out) const
      requires((FiniteSumObjective<F> && DifferentiableObjective<G>) ||
               (FiniteSumObjective<G> && DifferentiableObjective<F>)) {
    ScratchFrame<Scalar> frame;
    auto other = frame.vector(dimension());
    const Scalar value = detail::batch_gradient(f_, w, batch, out) + detail::batch_gradient(g_, w, batch, other);
    out += other;
    return value;
  }

  void hessian_vector(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> direction, VectorRef<Scalar> out) const
      requires(TwiceDifferentiableObjective<F>&& TwiceDifferentiableObjective<G>) {
    ScratchFrame<Scalar> frame;
    auto other = frame.vector(dimension());
    f_.hessian_vector(w, direction, out);
    g_.hessian_vector(w, direction, other);
    out += other;
  }

  /// The same for the mean over the batch's terms.
  void hessian_vector(ConstVectorRef<Scalar> w, std::span<const Index> batch, ConstVectorRef<Scalar> direction,
                      VectorRef<Scalar> out) const
      requires((FiniteSumObjective<F> ||
                FiniteSumObjective<G>)&&detail::TwiceDifferentiablePart<F>&& detail::TwiceDifferentiablePart<G>) {
    ScratchFrame<Scalar> frame;
    auto other = frame.vector(dimension());
    detail::batch_hessian_vector(f_, w, batch, direction, out);
    detail::batch_hessian_vector(g_, w, batch, direction, other);
    out += other;
  }

  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const
      requires(BoundsItsValue<F>&& BoundsItsValue<G>) {
    const BoundedValue<Scalar> f = f_.bounded_value(w);
    const BoundedValue<Scalar> g = g_.bounded_value(w);
    const Scalar value = f.value + g.value;
    return {value, sum_error(f.error, g.error, value)};
  }

  BoundedGradient<Scalar> bounded_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const
      requires(BoundsItsGradient<F>&& BoundsItsGradient<G>) {
    ScratchFrame<Scalar> frame;
    auto other = frame.vector(dimension());
    const BoundedGradient<Scalar> f = f_.bounded_gradient(w, out);
    const BoundedGradient<Scalar> g = g_.bounded_gradient(w, other);
    out += other;
    const Scalar value = f.value + g.value;
    const Scalar norm = scaled_norm(out) * (Scalar(1) + gamma<Scalar>(dimension() + 8));
    return {value, sum_error(f.value_error, g.value_error, value), sum_error(f.gradient_error, g.gradient_error, norm)};
  }

  template <class Other>
  requires requires(const F& f, const G& g) {
    f.template cast<Other>();
    g.template cast<Other>();
  }
  [[nodiscard]] auto cast() const { return proxcvx::Sum(f_.template cast<Other>(), g_.template cast<Other>()); }

 private:
  static Scalar sum_error(const Scalar& f, const Scalar& g, const Scalar& sum) {
    using std::abs;
    const Scalar u = unit_roundoff<Scalar>();
    return (f + g + u * Scalar(abs(sum))) * (Scalar(1) + Scalar(8) * u);
  }

  F f_;
  G g_;
};

/// factor * f(w), the factor a double that is rounded to f's scalar. It is a finite sum, twice differentiable, and
/// bounds its rounding errors where f does.
template <class F> class Scaled {
  static_assert(Objective<F>, "proxcvx::Scaled: the objective needs Scalar, dimension(), value");

 public:
  using Scalar = typename F::Scalar;

  /// Throws std::invalid_argument unless the factor is finite (in f's scalar, too).
  Scaled(double factor, F f) : factor_{factor}, f_{std::move(f)} {
    if constexpr (std::numeric_limits<Scalar>::digits < std::numeric_limits<double>::digits) {
      factor_ = static_cast<double>(static_cast<Scalar>(factor));
    }
    require(std::isfinite(factor_), "factor", "a finite number", factor);
  }

  [[nodiscard]] double factor() const { return factor_; }
  [[nodiscard]] const F& inner() const { return f_; }
  [[nodiscard]] Index dimension() const { return f_.dimension(); }
  [[nodiscard]] std::string name() const { return std::to_string(factor_) + " (" + detail::name_of(f_) + ")"; }

  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const { return scale() * Scalar(f_.value(w)); }

  /// factor f at w, and its gradient into `out`.
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const requires DifferentiableObjective<F> {
    const Scalar value = f_.gradient(w, out);
    out *= scale();
    return scale() * value;
  }

  [[nodiscard]] Index terms() const requires FiniteSumObjective<F> { return f_.terms(); }

  /// The mean over the batch's terms, and its gradient into `out`.
  Scalar gradient(ConstVectorRef<Scalar> w, std::span<const Index> batch,
                  VectorRef<Scalar> out) const requires FiniteSumObjective<F> {
    const Scalar value = f_.gradient(w, batch, out);
    out *= scale();
    return scale() * value;
  }

  void hessian_vector(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> direction,
                      VectorRef<Scalar> out) const requires TwiceDifferentiableObjective<F> {
    f_.hessian_vector(w, direction, out);
    out *= scale();
  }

  /// The same for the mean over the batch's terms.
  void hessian_vector(ConstVectorRef<Scalar> w, std::span<const Index> batch, ConstVectorRef<Scalar> direction,
                      VectorRef<Scalar> out) const requires TwiceDifferentiableSum<F> {
    f_.hessian_vector(w, batch, direction, out);
    out *= scale();
  }

  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const requires BoundsItsValue<F> {
    const BoundedValue<Scalar> f = f_.bounded_value(w);
    const Scalar value = scale() * f.value;
    return {value, scaled_error(f.error, value, 1)};
  }

  BoundedGradient<Scalar> bounded_gradient(ConstVectorRef<Scalar> w,
                                           VectorRef<Scalar> out) const requires BoundsItsGradient<F> {
    const BoundedGradient<Scalar> f = f_.bounded_gradient(w, out);
    out *= scale();
    const Scalar value = scale() * f.value;
    const Scalar norm = scaled_norm(out) * (Scalar(1) + gamma<Scalar>(dimension() + 8));
    return {value, scaled_error(f.value_error, value, 1), scaled_error(f.gradient_error, norm, dimension())};
  }

  /// The same mean of ridge functions as what it is a multiple of (core/ridge.hpp).
  [[nodiscard]] Index ridge_terms() const requires RidgeMean<F> { return f_.ridge_terms(); }
  [[nodiscard]] Vector<Scalar> ridge_direction(Index i) const requires RidgeMean<F> { return f_.ridge_direction(i); }
  [[nodiscard]] Scalar ridge_value(Index i, const Scalar& s) const requires RidgeMean<F> {
    return static_cast<Scalar>(factor_) * Scalar(f_.ridge_value(i, s));
  }
  [[nodiscard]] Scalar ridge_slope(Index i, const Scalar& s) const requires DifferentiableRidgeMean<F> {
    return static_cast<Scalar>(factor_) * Scalar(f_.ridge_slope(i, s));
  }
  /// factor * (what f is of f).
  template <class Range, class F_>
  requires requires(const F& inner, const F_& f) { inner.template as_affine_of<Range>(f); }
  [[nodiscard]] std::optional<AffineForm<Range>> as_affine_of(const F_& f) const {
    const std::optional<AffineForm<Range>> inner = f_.template as_affine_of<Range>(f);
    if (!inner) return std::nullopt;
    return inner->scaled_and_moved(factor_, 0);
  }

  template <class Other>
  requires requires(const F& f) { f.template cast<Other>(); }
  [[nodiscard]] auto cast() const { return proxcvx::Scaled(factor_, f_.template cast<Other>()); }

 private:
  [[nodiscard]] Scalar scale() const { return static_cast<Scalar>(factor_); }
  [[nodiscard]] Scalar scaled_error(const Scalar& error, const Scalar& size, Index entries) const {
    using std::abs;
    const Scalar u = unit_roundoff<Scalar>();
    return (Scalar(abs(scale())) * error + u * Scalar(abs(size))) * (Scalar(1) + Scalar(8) * u) +
           static_cast<Scalar>(entries + 1) * std::numeric_limits<Scalar>::denorm_min();
  }

  double factor_;
  F f_;
};

/// f + g as an objective.
template <class F, class G>
requires(Objective<F>&& Objective<G>) [[nodiscard]] Sum<F, G> operator+(F f, G g) {
  return {std::move(f), std::move(g)};
}

/// factor * f as an objective.
template <Objective F> [[nodiscard]] Scaled<F> operator*(double factor, F f) { return {factor, std::move(f)}; }

static_assert(TwiceDifferentiableObjective<Sum<WeightDecay<>, Scaled<WeightDecay<>>>>);
static_assert(!FiniteSumObjective<Sum<WeightDecay<>, WeightDecay<>>> && BoundsItsGradient<Scaled<WeightDecay<float>>>);

}  // namespace proxcvx
