// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <functional>
#include <proxcvx/guarantees/guarantee.hpp>
#include <utility>

// SGD without bounded gradients (Lei, Hu, Li & Tang 2019). Terms f_z >= 0 whose gradients are (a, L)-Hoelder on all of
// R^p bound their own gradients, ||grad f_z||^{1+a} <= ((1+a)/a)^a L f_z^a, so that with
//     c = L^2 ((1+a)/a)^a/(1+a),  A_0 = f(w_0),  A_{t+1} = A_t (1 + a c eta_t^{1+a}) + (1-a) c eta_t^{1+a}
// E f(w_t) <= A_t, and summing E f(w_{t+1}) <= E f(w_t) - eta_t E||grad f(w_t)||^2 + c eta_t^{1+a} (a A_t + 1 - a):
//     min_{t<T} E||grad f(w_t)||^2 <= (A_T - inf f)/sum_{t<T} eta_t.

namespace proxcvx {

namespace detail {

inline void require_hoelder(double a, double L) {
  require(a > 0 && a <= 1, "a", "a number in (0, 1]", a);
  require(L > 0 && std::isfinite(L), "L",
          "a finite Hoelder constant > 0: the theorem needs (a, L)-Hoelder gradients of each term on all of space", L);
}

}  // namespace detail

/// The least k with ||grad f_z(w)|| <= k f_z(w)^{a/(1+a)} for every f_z >= 0 with (a, L)-Hoelder gradients:
/// ((1+a)/a)^{a/(1+a)} L^{1/(1+a)}, rounded up; sqrt(2L) for a = 1. (At a = 1 it is attained by L w^2/2.)
/// Throws std::invalid_argument unless 0 < a <= 1 and L > 0 is finite.
[[nodiscard]] inline double self_bounding_constant(double a, double L) {
  detail::require_hoelder(a, L);
  return detail::padded_up(std::pow((1 + a) / a, a / (1 + a)) * std::pow(L, 1 / (1 + a)));
}

/// Whether f(w_t) converges almost surely under eta_t = eta_1 (t + 1)^{-theta}: sum eta_t^{1+a} < infinity.
[[nodiscard]] inline bool value_converges(double theta, double a) { return theta * (1 + a) > 1; }

/// Whether E||grad f(w_t)|| -> 0 besides: sum eta_t = infinity, theta in (1/(1+a), 1].
[[nodiscard]] inline bool gradient_vanishes(double theta, double a) { return value_converges(theta, a) && theta <= 1; }

/// Constants of SGD with unbounded gradients.
struct UnboundedGradientsSettings {
  double a = 1;          ///< order of the Hoelder condition, in (0, 1]
  double L = 0;          ///< its constant, for the gradient of every term f_z on all of space; f_z >= 0
  double initial = 0;    ///< f(w_0), or an upper bound on it
  double minimum = 0;    ///< a lower bound on inf f; terms are >= 0, so 0 always is one
  double accuracy = 0;   ///< epsilon: reach min E||grad f||^2 <= epsilon with a constant step
  double step_size = 0;  ///< a constant eta; 0: the one for the number of iterations, (a c T)^{-1/(1+a)}
  Index iterations = 0;  ///< T; needed where no accuracy is given
};

/// Lei, Hu, Li & Tang 2019, with explicit constants, for a constant step size or any sequence of them. The bound is on
/// min_{t<T} E||grad f(w_t)||^2; f may be non-convex.
class UnboundedGradientsGuarantee {
 public:
  /// A constant step. Throws std::invalid_argument unless 0 < a <= 1, L > 0, initial >= minimum >= 0, and there is an
  /// accuracy or a number of iterations.
  explicit UnboundedGradientsGuarantee(UnboundedGradientsSettings settings) : s_{settings} {
    require_constants();
    detail::require_not_negative(s_.accuracy, "accuracy");
    detail::require_not_negative(s_.step_size, "step_size");
    require(s_.accuracy > 0 || s_.iterations > 0, "accuracy: expected an accuracy > 0, or iterations > 0");
    if (s_.iterations == 0) s_.iterations = iterations_for_accuracy();
    if (s_.step_size == 0) s_.step_size = horizon_step(static_cast<double>(s_.iterations));
  }

  /// Any sequence of steps, a callable t -> eta_t > 0. O(iterations). Throws as above, where a step is not positive and
  /// finite, and where step_size or accuracy is given too.
  template <class Steps>
  requires std::invocable<const Steps&, Index> UnboundedGradientsGuarantee(UnboundedGradientsSettings settings,
                                                                           Steps steps)
      : s_{settings}, steps_{std::move(steps)} {
    require_constants();
    require(s_.step_size == 0, "step_size", "0 where a sequence of steps is given", s_.step_size);
    require(s_.accuracy == 0, "accuracy", "0 where a sequence of steps is given", s_.accuracy);
    require(s_.iterations > 0, "iterations", "a number > 0", s_.iterations);
    State state{s_.initial, 0};
    for (Index t = 0; t < s_.iterations; ++t) {
      if (t % stride == 0) checkpoints_.push_back(state);
      state = after(state, t);
    }
  }

  [[nodiscard]] std::string theorem() const { return "SGD without bounded gradients (Lei, Hu, Li & Tang 2019)"; }
  [[nodiscard]] Measured measured() const { return Measured::best_iterate; }
  /// The constant step; NaN where there is a sequence of them.
  [[nodiscard]] double step_size() const { return steps_ ? std::numeric_limits<double>::quiet_NaN() : s_.step_size; }
  /// eta_t.
  [[nodiscard]] double step_size(Index t) const { return steps_ ? steps_(t) : s_.step_size; }
  [[nodiscard]] Index iterations() const { return s_.iterations; }
  [[nodiscard]] bool expectation() const { return true; }

  /// (A_T - minimum)/sum_{t<T} eta_t, T >= 1.
  [[nodiscard]] double bound(Index T) const {
    require(T >= 1, "T", "a number >= 1", T);
    const State state = at(T);
    return detail::padded_up((state.value - s_.minimum) / state.travelled);
  }

  /// A_T >= E f(w_T), T >= 0.
  [[nodiscard]] double value_bound(Index T) const {
    require(T >= 0, "T", "a number >= 0", T);
    return at(T).value;
  }

  [[nodiscard]] std::vector<std::string> premises() const {
    return {"f_z >= 0, and ||grad f_z(w) - grad f_z(v)|| <= L ||w - v||^a on all of space, a = " +
                detail::in_words(s_.a) + ", L = " + detail::in_words(s_.L),
            "z drawn with replacement, independent of w_t", "no projection"};
  }

 private:
  /// A_t, rounded up, and eta_0 + ... + eta_{t-1}, rounded down.
  struct State {
    double value;
    double travelled;
  };
  static constexpr Index stride = 64;

  void require_constants() const {
    detail::require_hoelder(s_.a, s_.L);
    detail::require_not_negative(s_.minimum, "minimum");
    detail::require_not_negative(s_.initial, "initial");
    require(s_.initial >= s_.minimum, "initial", "at least the minimum, " + detail::in_words(s_.minimum), s_.initial);
    require(s_.iterations >= 0, "iterations", "a number >= 0", s_.iterations);
  }

  /// c = L^2 ((1+a)/a)^a/(1+a), rounded up.
  [[nodiscard]] double c() const {
    return detail::padded_up(s_.L * s_.L * std::pow((1 + s_.a) / s_.a, s_.a) / (1 + s_.a));
  }
  /// c eta^{1+a}, rounded up.
  [[nodiscard]] double noise(double eta) const { return detail::padded_up(c() * std::pow(eta, 1 + s_.a)); }

  [[nodiscard]] State after(const State& state, Index t) const {
    const double eta = steps_(t);
    require(eta > 0 && std::isfinite(eta), "step_size", "finite steps > 0, at t = " + std::to_string(t) + " too", eta);
    const double n = noise(eta);
    return {detail::padded_up(state.value * (1 + s_.a * n) + (1 - s_.a) * n),
            (state.travelled + eta) * (1 - std::numeric_limits<double>::epsilon())};
  }

  [[nodiscard]] State at(Index T) const {
    const auto steps = static_cast<double>(T);
    if (!steps_) {  // A_T + r = (A_0 + r)(1 + a c eta^{1+a})^T, r = (1-a)/a
      const double rest = (1 - s_.a) / s_.a;
      const double exponent = detail::padded_up(steps * std::log1p(s_.a * noise(s_.step_size)));
      return {detail::padded_up(s_.initial * detail::padded_up(std::exp(exponent)) +
                                detail::padded_up(rest * detail::padded_up(std::expm1(exponent)))),
              detail::padded_down(steps * s_.step_size)};
    }
    const Index last = static_cast<Index>(checkpoints_.size()) - 1;
    Index t = std::min(T / stride, last) * stride;
    State state = checkpoints_[static_cast<std::size_t>(t / stride)];
    for (; t < T; ++t) state = after(state, t);
    return state;
  }

  /// With it A_T + r <= e (A_0 + r): (a c T)^{-1/(1+a)}.
  [[nodiscard]] double horizon_step(double T) const { return std::pow(s_.a * c() * T, -1 / (1 + s_.a)); }

  /// With that step: (A_T - minimum)/(eta T) <= (e (A_0 + r) - r - minimum) (a c)^{1/(1+a)} T^{-a/(1+a)} <= epsilon;
  /// with a given one, by doubling and bisection, if it is ever reached.
  [[nodiscard]] Index iterations_for_accuracy() const {
    if (s_.step_size == 0) {
      const double rest = (1 - s_.a) / s_.a;
      const double top = std::exp(1.0) * s_.initial + (std::exp(1.0) - 1) * rest - s_.minimum;
      const double ratio = detail::padded_up(top * std::pow(s_.a * c(), 1 / (1 + s_.a))) / s_.accuracy;
      return detail::whole_iterations(std::pow(ratio, (1 + s_.a) / s_.a) * (1 + 0x1p-40));
    }
    // A constant step's bound falls, then rises: its least is near T = 1/(a c eta^{1+a}), where A_T starts to grow.
    const auto is_reached = [&](Index T) { return bound(T) <= s_.accuracy; };
    const double turn = 1 / (s_.a * noise(s_.step_size));
    Index high = 1;
    while (!is_reached(high) && static_cast<double>(high) < 4 * turn && high < (Index{1} << 61)) high *= 2;
    require(is_reached(high), "step_size", "one small enough for the accuracy", s_.step_size);
    Index low = high / 2;  // not reached, or 0
    while (high - low > 1) {
      const Index middle = low + (high - low) / 2;
      (is_reached(middle) ? high : low) = middle;
    }
    return high;
  }

  UnboundedGradientsSettings s_;
  std::function<double(Index)> steps_;
  std::vector<State> checkpoints_;  ///< at t = 0, stride, 2 stride, ...
};

static_assert(Guarantee<UnboundedGradientsGuarantee>);

}  // namespace proxcvx
