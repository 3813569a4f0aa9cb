// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/properties/margin.hpp>
#include <utility>

// A pair property whose second argument is known, V = {v} or V = {P(w)}: a point property. It turns proxy convexity
// into star-convexity, quasar-convexity and the restricted secant inequality.

namespace proxcvx {

/// The point property margin(w) = property.margin(w, v) for one reference v.
/// Throws std::invalid_argument when v has another dimension than the property or is not finite.
template <class Property> class AtReference {
 public:
  using Scalar = typename Property::Scalar;

  AtReference(Property property, Vector<Scalar> reference)
      : property_{std::move(property)}, reference_{std::move(reference)} {
    require(reference_.size() == property_.dimension(), "reference",
            "a vector of dimension " + std::to_string(property_.dimension()), reference_.size());
    const auto finite = [](const Scalar& entry) { return is_finite(entry); };  // intervals have no x - x = 0
    require(std::all_of(reference_.begin(), reference_.end(), finite), "reference: expected finite entries");
  }

  [[nodiscard]] Index dimension() const { return property_.dimension(); }
  [[nodiscard]] const Property& property() const { return property_; }
  [[nodiscard]] const Vector<Scalar>& reference() const { return reference_; }
  [[nodiscard]] std::string name() const { return property_.name(); }
  [[nodiscard]] std::string statement() const { return property_.statement() + ", at one reference v"; }
  [[nodiscard]] Constants constants() const { return property_.constants(); }

  [[nodiscard]] Margin<Scalar> margin(ConstVectorRef<Scalar> w) const { return property_.margin(w, reference_); }
  /// The margin as a formula alone, where the property has one.
  [[nodiscard]] Scalar margin_value(ConstVectorRef<Scalar> w) const requires requires(const Property& property) {
    property.margin_value(w, w);
  }
  { return property_.margin_value(w, reference_); }

  /// v, where f declares that it is its minimizer and g(v) = h(v): there the margin is 0, and so is its derivative
  /// where v is stationary for g too, as it is for a multiple of f.
  [[nodiscard]] Matrix<double> exact_zeros() const requires
      requires(const Property& property, const Vector<Scalar>& w) {
    { property.objective().minimizer() } -> std::convertible_to<Vector<Scalar>>;
    property.proxy().value(w) == property.reference().value(w);
  }
  {
    const bool zero = property_.objective().minimizer() == reference_ &&
                      property_.proxy().value(reference_) == property_.reference().value(reference_);
    return zero ? Matrix<double>(reference_.template cast<double>()) : Matrix<double>(dimension(), 0);
  }

  /// The gradients in w where the property has them (see HasMarginGradient); those in v are thrown away.
  void margin_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const requires HasMarginGradient<Property> {
    ScratchFrame<Scalar> frame;
    property_.margin_gradient(w, reference_, out, frame.vector(w.size()));
  }
  void scale_free_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const requires HasMarginGradient<Property> {
    ScratchFrame<Scalar> frame;
    property_.scale_free_gradient(w, reference_, out, frame.vector(w.size()));
  }
  static constexpr Index margin_gradient_cost = detail::margin_gradient_cost<Property>;

  template <class Other>
  requires CastableTo<Property, Other>
  [[nodiscard]] auto cast() const {
    return proxcvx::AtReference(property_.template cast<Other>(), Vector<Other>(reference_.template cast<Other>()));
  }

  static constexpr bool rigorous_rounding() { return Property::rigorous_rounding(); }

 private:
  Property property_;
  Vector<Scalar> reference_;
};

/// The point property margin(w) = property.margin(w, P(w)), P a callable that maps w to its reference, such as the
/// projection onto a set of solutions. It cannot be evaluated in another scalar, and its reports say so.
template <class Property, class Projection> class AtProjection {
 public:
  using Scalar = typename Property::Scalar;

  AtProjection(Property property, Projection projection)
      : property_{std::move(property)}, projection_{std::move(projection)} {}

  [[nodiscard]] Index dimension() const { return property_.dimension(); }
  [[nodiscard]] std::string name() const { return property_.name(); }
  [[nodiscard]] std::string statement() const { return property_.statement() + ", at the reference v = P(w)"; }
  [[nodiscard]] Constants constants() const { return property_.constants(); }
  [[nodiscard]] Margin<Scalar> margin(ConstVectorRef<Scalar> w) const {
    const Vector<Scalar> reference = projection_(w);
    return property_.margin(w, reference);
  }
  static constexpr bool rigorous_rounding() { return false; }

 private:
  Property property_;
  Projection projection_;
};

/// The property at one reference v, or at the references P(w) of a projection.
template <class Property, class Reference> [[nodiscard]] auto at_reference(Property property, Reference reference) {
  static_assert(PairProperty<Property>,
                "proxcvx::at_reference: the first argument must be a PairProperty, margin(w, v)");
  using Scalar = typename Property::Scalar;
  if constexpr (std::convertible_to<Reference, Vector<Scalar>>) {
    return AtReference<Property>(std::move(property), Vector<Scalar>(std::move(reference)));
  } else {
    static_assert(std::invocable<const Reference&, const Vector<Scalar>&>,
                  "proxcvx::at_reference: the second argument must be a vector or a callable w -> vector");
    return AtProjection<Property, Reference>(std::move(property), std::move(reference));
  }
}

}  // namespace proxcvx
