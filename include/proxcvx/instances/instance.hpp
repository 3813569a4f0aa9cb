// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/instances/plan.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/verify/starts.hpp>
#include <proxcvx/verify/theorem.hpp>
#include <type_traits>
#include <vector>

// The one shape of a result from the literature for the data at hand: an objective, the inequality with exact constants
// of the data, its premises, where to look for what would violate it, and a guarantee for descent.

namespace proxcvx {

namespace detail {

/// guarantee(w0, more..., plan).
template <class I, class... More>
concept GuaranteeFrom = requires(const I& instance, const Vector<typename I::Scalar>& w0, const More&... more,
                                 const GuaranteePlan& plan) {
  instance.guarantee(w0, more..., plan);
};

template <class I> using References = std::vector<Vector<typename I::Scalar>>;

/// From a start w0 and a plan, and what else the theorem speaks of: references v, the radius of the ball that descent
/// is kept in, constants on a region and the smoothness there.
template <class I>
inline constexpr bool gives_guarantee_from_start =
    GuaranteeFrom<I> || GuaranteeFrom<I, double> || GuaranteeFrom<I, References<I>> ||
    GuaranteeFrom<I, References<I>, double> || GuaranteeFrom<I, ProxyPLConstants, double>;

/// Of a run that was watched.
template <class I>
concept GivesGuaranteeOfRun = requires(const I& instance, const typename I::Run& run) {
  instance.guarantee(run);
};

template <class I>
concept GivesGuarantee = gives_guarantee_from_start<I> || GivesGuaranteeOfRun<I>;

}  // namespace detail

/// A result of instances/ with its data:
///   objective()              f
///   property()               the inequality, true on all of space where the premises are
///   starts(center, radius)   a point, or a pair (w; v), in each column: where `falsify` looks first on that ball
///   theorem()                the inequality for `prove`, and premises() of it
///   guarantee(w0, ..., plan) step size, iterations and bound: from w0, or of a run that was watched; in between what
///                            else the theorem speaks of (references v, a radius)
/// Meaning: premises() are about property(), and guarantee() follows from it.
template <class I>
concept Instance = SearchableInstance<I> && TheoremInstance<I> && detail::GivesGuarantee<I> && requires(const I& i) {
  { i.premises() } -> std::same_as<std::vector<Premise>>;
  requires DifferentiableObjective<std::remove_cvref_t<decltype(i.objective())>>;
};

/// What an instance need not write itself, of objective(), property() and theorem().
template <class Derived> class InstanceDefaults {
 public:
  /// The premises of theorem(). Its cost.
  template <class I = Derived>
  requires TheoremInstance<I>
  [[nodiscard]] std::vector<Premise> premises() const { return static_cast<const I&>(*this).theorem().premises; }
  /// Structured points (theory 3.4) of the ball of that radius about `center`: the centre and 0; radius and radius/1024
  /// from the centre along the gradient, both ways; what the objective, or its network, knows (teacher directions, all
  /// units active, inactive or on a kink), as it is and as directions from the centre. All are moved into the ball.
  /// A gradient and what the objective's starts() cost. Throws std::invalid_argument for another dimension or unless
  /// the radius is > 0.
  template <class I = Derived>
  [[nodiscard]] Matrix<typename I::Scalar> starts(const Vector<typename I::Scalar>& center, double radius) const {
    const auto& instance = static_cast<const I&>(*this);
    return detail::starts_within(instance.objective(), detail::objective_starts(instance.property()), center, radius);
  }

 private:
  friend Derived;
  InstanceDefaults() = default;
};

}  // namespace proxcvx
