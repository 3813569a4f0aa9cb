// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <proxcvx/core/types.hpp>
#include <type_traits>

// What watches a run: any callable on the current iterate. It returns nothing, or Flow::stop to end the run. There are
// no hooks to be found by name, so a typo is a compile error, never a silence.

namespace proxcvx {

/// A run at time t, before its step: w_t, what was evaluated there, and the step size that comes next.
template <class Scalar> struct Iterate {
  Index t;
  const Vector<Scalar>& w;
  Scalar value;                    ///< f(w_t); for SGD the mean over the step's batch
  const Vector<Scalar>& gradient;  ///< the gradient that the step uses
  Scalar step_size;
};

/// What an observer wants to happen next.
enum class Flow { proceed, stop };

/// A callable on what a run shows, const I&, that returns void or Flow.
template <class O, class I>
concept ObserverOf = std::invocable<O&, const I&> &&
    (std::is_void_v<std::invoke_result_t<O&, const I&>> || std::same_as<std::invoke_result_t<O&, const I&>, Flow>);

/// A callable on an Iterate that returns void or Flow.
template <class O, class Scalar>
concept Observer = ObserverOf<O, Iterate<Scalar>>;

namespace detail {

template <class I, class O> [[nodiscard]] bool wants_to_stop(O& observer, const I& iterate) {
  static_assert(ObserverOf<O, I>,
                "proxcvx: an observer is a callable on `const Iterate<Scalar>&` (of particles: `const "
                "CloudIterate<Scalar>&`) that returns void or proxcvx::Flow");
  if constexpr (std::is_void_v<std::invoke_result_t<O&, const I&>>) {
    observer(iterate);
    return false;
  } else {
    return observer(iterate) == Flow::stop;
  }
}

/// Shows the iterate to every observer, even after one of them asked to stop.
template <class I, class... Observers> [[nodiscard]] bool any_wants_to_stop(const I& iterate, Observers&... observers) {
  bool stop = false;
  ((stop = wants_to_stop(observers, iterate) || stop), ...);
  return stop;
}

}  // namespace detail

}  // namespace proxcvx
