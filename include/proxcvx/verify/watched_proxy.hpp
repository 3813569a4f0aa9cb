// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <proxcvx/core/measured.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/properties/margin.hpp>
#include <string>
#include <type_traits>
#include <utility>

// A proxy that a monitor measures along a run, and what a theorem promises of it: for T = 1, 2, ...
//     min_{t<T} g(w_t) <= bound(T),   (1/T) sum_{t<T} g(w_t) <= bound(T),   or   g(w_T) <= bound(T).

namespace proxcvx {

namespace detail {
struct NoProxy {};
struct NoBound {};
}  // namespace detail

/// A proxy g (an objective, or any callable on a parameter vector), alone or with its bound: a guarantee, which knows
/// what of g it bounds, or any callable T -> double together with what that is.
template <class G, class Bound = detail::NoBound> class WatchedProxy {
 public:
  static constexpr bool bounded = !std::is_same_v<Bound, detail::NoBound>;
  static constexpr bool is_guarantee = requires(const Bound& b, Index T) {
    { b.bound(T) } -> std::convertible_to<double>;
    { b.measured() } -> std::same_as<Measured>;
  };

  explicit WatchedProxy(G g) requires(!bounded) : g_{std::move(g)} {}
  WatchedProxy(G g, Bound guarantee) requires(is_guarantee)
      : g_{std::move(g)}, bound_{std::move(guarantee)}, measured_{bound_.measured()} {}
  WatchedProxy(G g, Bound bound, Measured measured) requires(bounded && !is_guarantee)
      : g_{std::move(g)}, bound_{std::move(bound)}, measured_{measured} {
    static_assert(
        std::is_invocable_r_v<double, const Bound&, Index>,
        "proxcvx::WatchedProxy: a bound is a guarantee (`bound(T)` and `measured()`) or a callable T -> double");
  }

  [[nodiscard]] const G& proxy() const { return g_; }
  [[nodiscard]] Measured measured() const { return measured_; }
  [[nodiscard]] std::string name() const { return detail::name_of(g_, "user's g"); }
  [[nodiscard]] std::string theorem() const {
    if constexpr (requires { bound_.theorem(); }) return bound_.theorem();
    return "user's bound";
  }
  /// The bound is of an expectation, which a single run may exceed.
  [[nodiscard]] bool expectation() const {
    if constexpr (requires { bound_.expectation(); }) return bound_.expectation();
    return false;
  }
  /// The step size that the bound was made for; NaN where it names none.
  [[nodiscard]] double step_size() const {
    if constexpr (requires { bound_.step_size(); }) return bound_.step_size();
    return std::numeric_limits<double>::quiet_NaN();
  }
  [[nodiscard]] double bound(Index T) const {
    if constexpr (is_guarantee) {
      return bound_.bound(T);
    } else {
      return bound_(T);
    }
  }

 private:
  G g_;
  [[no_unique_address]] Bound bound_{};
  Measured measured_ = Measured::best_iterate;
};

template <class G> WatchedProxy(G) -> WatchedProxy<G>;
template <class G, class Bound> WatchedProxy(G, Bound) -> WatchedProxy<G, Bound>;
template <class G, class Bound> WatchedProxy(G, Bound, Measured) -> WatchedProxy<G, Bound>;

/// A measured proxy against its bound.
enum class Kept {
  yes,        ///< at most the bound, rounding included
  no,         ///< above the bound by more than the rounding of the proxy and of the run explains
  undecided,  ///< in between
  non_finite  ///< the proxy (from here or before, where all of w_0, ..., w_{T-1} count) or the bound is no number
};

namespace detail {

/// A bounded value in double, whose error bound covers the conversion.
template <class Scalar> [[nodiscard]] BoundedValue<double> in_double(const BoundedValue<Scalar>& g) {
  const auto value = static_cast<double>(g.value);
  return {value, static_cast<double>(g.error) * (1 + 0x1p-50) + std::abs(value) * 0x1p-52 +
                     std::numeric_limits<double>::denorm_min()};
}

/// The quantity that a bound speaks of, from g(w_0), g(w_1), ..., with a bound on its error. Not finite once a value
/// that counts, or its error bound, is not.
class RunningMeasure {
 public:
  explicit RunningMeasure(Measured measured) : measured_{measured} {}

  BoundedValue<double> record(const BoundedValue<double>& g) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    if (measured_ == Measured::last_iterate) return g;
    broken_ = broken_ || !is_finite(g.value) || !is_finite(g.error);
    if (broken_) return {nan, nan};
    if (measured_ == Measured::best_iterate) {
      best_ = std::min(best_, g.value);
      low_ = std::min(low_, g.value - g.error);
      high_ = std::min(high_, g.value + g.error);
      return {best_, std::max(high_ - best_, best_ - low_) * (1 + 0x1p-50) + std::abs(best_) * 0x1p-52};
    }
    ++count_;
    sum_ += g.value;
    errors_ += g.error + std::abs(sum_) * 0x1p-53;
    const auto n = static_cast<double>(count_);
    const double mean = sum_ / n;
    return {mean, errors_ / n * (1 + (n + 8) * 0x1p-52) + std::abs(mean) * 0x1p-53};
  }

 private:
  Measured measured_;
  bool broken_ = false;
  Index count_ = 0;
  double best_ = std::numeric_limits<double>::infinity();
  double low_ = std::numeric_limits<double>::infinity();
  double high_ = std::numeric_limits<double>::infinity();
  double sum_ = 0;
  double errors_ = 0;
};

/// What the rounding of a run's steps may take, relative: 2^13 units of roundoff, 1e-12 in double. Theorems speak of
/// exact iterates.
template <class Scalar>
inline constexpr double run_rounding = 0x1p12 *
                                       std::max(static_cast<double>(std::numeric_limits<Scalar>::epsilon()), 0x1p-52);

/// Whether `value` keeps to `bound`, above which it may be by `allowance` times the bound before it counts as exceeded.
[[nodiscard]] inline Kept held_beside(const BoundedValue<double>& value, double bound, double allowance) {
  if (!is_finite(value.value) || !is_finite(value.error) || std::isnan(bound)) return Kept::non_finite;
  if (value.value + value.error <= bound) return Kept::yes;
  const double highest = std::isinf(bound) ? bound : bound + allowance * std::abs(bound);
  return value.value - value.error > highest ? Kept::no : Kept::undecided;
}

}  // namespace detail

}  // namespace proxcvx
