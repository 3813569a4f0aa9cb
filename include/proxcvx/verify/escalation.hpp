// SPDX-License-Identifier: MIT
#pragma once

#include <mutex>
#include <optional>
#include <proxcvx/core/wider.hpp>
#include <proxcvx/properties/margin.hpp>
#include <proxcvx/verify/statistics.hpp>
#include <string_view>
#include <type_traits>

// Deciding a margin honestly. A margin beyond 8 of its own error bounds is decided where it stands; anything closer
// to zero is evaluated again in the next wider scalar, up to 50 digits, where its bound decides or nobody does.

namespace proxcvx::detail {

/// A decided margin, in double for the report; `scalar` names where it was decided.
struct Decision {
  Outcome outcome = Outcome::undecided;
  double value = 0;
  double error = 0;
  bool vacuous = false;
  std::string_view scalar;
};

template <class Scalar> [[nodiscard]] constexpr std::string_view scalar_name() {
  if constexpr (std::is_same_v<Scalar, float>) return "float";
  if constexpr (std::is_same_v<Scalar, double>) return "double";
  if constexpr (std::is_same_v<Scalar, long double>) return "long double";
  if constexpr (std::is_same_v<Scalar, FiftyDigits>) return "50 digits";
  return "user's scalar";
}

/// The outcome of a margin against `factor` times its error bound. NaN or infinity is never a pass.
template <class Scalar> [[nodiscard]] Outcome classify(const Margin<Scalar>& margin, int factor) {
  if (!is_finite(margin.value)) return Outcome::non_finite;
  const Scalar band = static_cast<Scalar>(factor) * margin.error;
  if (margin.value > band) return Outcome::satisfied;
  if (margin.value < -band) return Outcome::violated;
  return Outcome::undecided;
}

template <class Scalar> [[nodiscard]] Decision decision(const Margin<Scalar>& margin, Outcome outcome) {
  return {outcome, static_cast<double>(margin.value), static_cast<double>(margin.error), margin.vacuous,
          scalar_name<Scalar>()};
}

/// A property and, on demand, the same property in ever wider scalars. Safe to use from many threads.
template <class Property> class Escalation {
 public:
  using Scalar = typename Property::Scalar;
  using Next = WiderScalar<Scalar>;

  explicit Escalation(Property property) : property_{std::move(property)} {}

  /// Decides the margin at a point or a pair: `first` is what the property itself says there.
  template <class... Points> [[nodiscard]] Decision decide(const Margin<Scalar>& first, const Points&... points) const {
    const Outcome outcome = classify(first, 8);
    if (outcome != Outcome::undecided) return decision(first, outcome);
    if constexpr (can_widen()) {
      return wider().decide_here(points.template cast<Next>().eval()...);
    } else {
      return decision(first, classify(first, 1));
    }
  }

  /// Evaluates at the widest scalar that the property reaches: what a witness has to stand.
  template <class... Points> [[nodiscard]] Decision confirm(const Points&... points) const {
    if constexpr (can_widen()) {
      return wider().confirm(points.template cast<Next>().eval()...);
    } else {
      const Margin<Scalar> margin = property_.margin(points...);
      return decision(margin, classify(margin, 1));
    }
  }

 private:
  template <class> friend class Escalation;

  static constexpr bool can_widen() {
    if constexpr (std::is_void_v<Next>) {
      return false;
    } else {
      return CastableTo<Property, Next>;
    }
  }

  template <class... Points> [[nodiscard]] Decision decide_here(const Points&... points) const {
    const Margin<Scalar> margin = property_.margin(points...);
    const Outcome outcome = classify(margin, 1);
    if constexpr (can_widen()) {
      if (outcome == Outcome::undecided) return wider().decide_here(points.template cast<Next>().eval()...);
    }
    return decision(margin, outcome);
  }

  [[nodiscard]] const auto& wider() const {
    std::call_once(once_, [this] { wider_.emplace(property_.template cast<Next>()); });
    return *wider_;
  }

  struct Nothing {};
  template <class P, bool> struct WiderEscalation { using type = Nothing; };
  template <class P> struct WiderEscalation<P, true> {
    using type = Escalation<decltype(std::declval<const P&>().template cast<WiderScalar<typename P::Scalar>>())>;
  };

  Property property_;
  mutable std::once_flag once_;
  mutable std::optional<typename WiderEscalation<Property, can_widen()>::type> wider_;
};

}  // namespace proxcvx::detail
