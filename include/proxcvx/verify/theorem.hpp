// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <concepts>
#include <optional>
#include <proxcvx/core/interval.hpp>
#include <proxcvx/properties/margin.hpp>
#include <string>
#include <utility>
#include <vector>

// A theorem of the literature for the data at hand: its premises, each looked at in arithmetic with error bounds, and
// the constants that it then certifies, rounded to the safe side. An instance offers it; `prove` reads it.

namespace proxcvx {

/// What arithmetic says of a premise, from strong to weak.
enum class Holds {
  yes,        ///< certainly true
  undecided,  ///< rounding leaves it open
  no          ///< certainly false: the theorem says nothing
};

/// "yes", "undecided" or "no".
[[nodiscard]] constexpr std::string_view to_string(Holds holds) {
  return holds == Holds::yes ? "yes" : (holds == Holds::no ? "no" : "undecided");
}

/// A premise: what must be true, the interval that its number lies in (none for a premise without a number), and
/// whether it is.
struct Premise {
  std::string name;
  std::string statement;
  std::optional<Interval> value;
  Holds holds = Holds::undecided;

  /// x > 0, and both ends of x finite.
  [[nodiscard]] static Premise positive(std::string name, std::string statement, const Interval& x) {
    const bool certain = x.lower() > 0 && isfinite(x);
    const Holds holds = certain ? Holds::yes : (x.upper() <= 0 ? Holds::no : Holds::undecided);
    return {std::move(name), std::move(statement), x, holds};
  }
  /// low <= x <= high, both ends of x finite.
  [[nodiscard]] static Premise within(std::string name, std::string statement, const Interval& x, double low,
                                      double high) {
    const bool inside = x.lower() >= low && x.upper() <= high && isfinite(x);
    const bool outside = x.upper() < low || x.lower() > high;
    return {std::move(name), std::move(statement), x, inside ? Holds::yes : (outside ? Holds::no : Holds::undecided)};
  }
  /// A number that only has to be finite.
  [[nodiscard]] static Premise finite(std::string name, std::string statement, const Interval& x) {
    return {std::move(name), std::move(statement), x, isfinite(x) ? Holds::yes : Holds::undecided};
  }
  /// What is counted or read off, without rounding.
  [[nodiscard]] static Premise fact(std::string name, std::string statement, bool is_true) {
    return {std::move(name), std::move(statement), std::nullopt, is_true ? Holds::yes : Holds::no};
  }
};

/// Which claimed constants a certified one implies.
enum class Implies {
  smaller,  ///< the claim is weaker with a smaller constant: mu
  larger,   ///< the claim is weaker with a larger one: xi, h, A, B
  equal     ///< the theorem has no other: alpha
};

/// A constant of the claim beside the one that the theorem certifies, which is rounded to the safe side.
struct CertifiedConstant {
  std::string name;
  Implies implies = Implies::equal;
  double certified = 0;
  double claimed = 0;

  /// Whether the claimed constant follows; never from a constant that is not finite.
  [[nodiscard]] bool implied() const {
    if (!std::isfinite(certified) || !std::isfinite(claimed)) return false;
    if (implies == Implies::smaller) return claimed <= certified;
    return implies == Implies::larger ? claimed >= certified : claimed == certified;
  }
};

/// A theorem for the data at hand. Invariant, on the word of the instance that fills it: where all premises are true,
/// the property is true with the certified constants, everywhere in the region.
struct Theorem {
  std::string citation;   ///< authors, year and number
  std::string property;   ///< the claim's name
  std::string statement;  ///< the inequality
  std::string region;     ///< where it is claimed
  std::vector<Premise> premises;
  std::vector<CertifiedConstant> constants;
  bool vacuous = false;  ///< the claim says nothing there: xi >= sup g
};

/// What offers a theorem: `theorem() -> Theorem`. An instance brings its own premises; the verb knows none of them.
template <class T>
concept TheoremInstance = requires(const T& instance) {
  { instance.theorem() } -> std::same_as<Theorem>;
};

namespace detail {

/// Name and statement of a property, as its reports print them.
template <class Property> [[nodiscard]] Theorem theorem_about(const Property& property, std::string region) {
  Theorem theorem;
  theorem.property = property.name();
  theorem.statement = property.statement();
  theorem.region = std::move(region);
  return theorem;
}

}  // namespace detail

}  // namespace proxcvx
