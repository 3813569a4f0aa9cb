// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/verify/escalation.hpp>
#include <proxcvx/verify/report.hpp>
#include <string>
#include <type_traits>
#include <utility>

// What the verbs share: a claim in words at the head of a report, a witness evaluated again, and the short compile
// errors of a property or a region that misses something.

namespace proxcvx::detail {

template <class Region> [[nodiscard]] std::string region_description(const Region& region) {
  if constexpr (requires {
                  { region.description() } -> std::convertible_to<std::string>;
                }) {
    return region.description();
  } else {
    return "user's region";
  }
}

/// Fills the fields of a report that say what is claimed.
template <class Report, class Property> void describe_claim(Report& report, const Property& property) {
  report.property = name_of(property, "user's property");
  if constexpr (requires { property.statement(); }) report.statement = property.statement();
  if constexpr (requires { property.constants(); }) report.constants = property.constants();
  if constexpr (requires { Property::rigorous_rounding(); }) {
    report.rigorous_rounding = Property::rigorous_rounding();
  } else {
    report.rigorous_rounding = false;
  }
  report.dimension = property.dimension();
  report.pairs = PairProperty<Property>;
  report.scalar = scalar_name<typename Property::Scalar>();
}

/// "the region", or "w: one; v: another" where they differ.
template <class Points, class References>
[[nodiscard]] std::string regions_description(const Points& points, const References& references) {
  const std::string one = region_description(points);
  const std::string other = region_description(references);
  return other == one ? one : "w: " + one + "; v: " + other;
}

/// The margin at a point or a pair in the widest scalar, as a witness.
template <class Property, class... Points>
[[nodiscard]] Witness evaluated_again(const Escalation<Property>& escalation, const Points&... points) {
  const Decision again = escalation.confirm(points...);
  Witness witness;
  witness.margin = again.value;
  witness.error = again.error;
  witness.scalar = again.scalar;
  witness.stands = again.outcome == Outcome::violated;
  Vector<double>* const vectors[] = {&witness.w, &witness.v};
  std::size_t next = 0;
  ((*vectors[next++] = points.template cast<double>()), ...);
  return witness;
}

template <class Property> consteval bool expect_property() {
  static_assert(
      PointProperty<Property> || PairProperty<Property>,
      "proxcvx: a property needs `Scalar`, `dimension()` and `Margin<Scalar> margin(w)` or `margin(w, v)` const");
  return true;
}

template <class Property, class Region_> void expect_region(const Property& property, const Region_& region) {
  static_assert(proxcvx::expect_region<Region_>());
  static_assert(std::is_same_v<typename Property::Scalar, typename Region_::Scalar>,
                "proxcvx: property and region must have the same Scalar");
  require(region.dimension() == property.dimension(), "region", "dimension " + std::to_string(property.dimension()),
          region.dimension());
}

}  // namespace proxcvx::detail
