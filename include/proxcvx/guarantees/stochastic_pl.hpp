// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/guarantees/guarantee.hpp>

// SGD on a PL function, without bounded gradients or variance (Lei, Hu, Li & Tang 2019). Terms f_z >= 0 with
// L-Lipschitz gradients, ||grad f||^2/2 >= m (f - f*), Delta_t = E f(w_t) - f*, and 0 < eta_t <= m/L^2:
//     Delta_{t+1} <= (1 - m eta_t) Delta_t + L^2 eta_t^2 f*.
// A constant step drives f to L^2 eta f*/m above f* at a linear rate: to f* itself under interpolation, f* = 0.
// eta_t = 2/(m (t + t_0)), t_0 >= 2 L^2/m^2, drives it to f* at the rate 1/T.

namespace proxcvx {

/// Constants of SGD on a PL function.
struct StochasticPLSettings {
  double modulus = 0;     ///< m, a lower bound
  double smoothness = 0;  ///< L, for the gradient of every term f_z >= 0
  double minimum = 0;     ///< f* >= 0, or an upper bound on it; 0 is interpolation
  double gap = 0;         ///< f(w_0) - f*, or an upper bound on it
  double accuracy = 0;    ///< epsilon: reach E f(w_T) <= f* + epsilon
  double step_size = 0;   ///< constant step: eta; 0: m/L^2, or less where the accuracy needs it
  double offset = 0;      ///< decreasing steps: t_0; 0: 2 L^2/m^2
  Index iterations = 0;   ///< needed where no accuracy is given
};

namespace detail {

inline void require_stochastic_pl(const StochasticPLSettings& s) {
  require_positive(s.modulus, "modulus");
  require_positive(s.smoothness, "smoothness");
  require(s.modulus <= s.smoothness, "modulus", "at most L = " + in_words(s.smoothness) + ", as PL implies", s.modulus);
  require_not_negative(s.minimum, "minimum");
  require_not_negative(s.gap, "gap");
  require_not_negative(s.accuracy, "accuracy");
  require(s.iterations >= 0, "iterations", "a number >= 0", s.iterations);
  require(s.accuracy > 0 || s.iterations > 0, "accuracy: expected an accuracy > 0, or iterations > 0");
}

/// What both theorems ask.
[[nodiscard]] inline std::vector<std::string> stochastic_pl_premises(const StochasticPLSettings& s) {
  return {"||grad f||^2/2 >= m (f - f*) at w_0, ..., w_{T-1}, m = " + in_words(s.modulus),
          "f_z >= 0 with L-Lipschitz gradients on all of space, L = " + in_words(s.smoothness),
          "z drawn with replacement, independent of w_t", "no projection"};
}

}  // namespace detail

/// A constant step: E f(w_T) - f* <= (1 - m eta)^T Delta_0 + L^2 eta f*/m.
class StochasticPLGuarantee {
 public:
  /// Throws std::invalid_argument when eta > m/L^2, the accuracy is out of its reach, or constants make no sense.
  explicit StochasticPLGuarantee(StochasticPLSettings settings) : s_{settings} {
    detail::require_stochastic_pl(s_);
    detail::require_not_negative(s_.step_size, "step_size");
    require(s_.offset == 0, "offset", "0 for a constant step", s_.offset);
    const double longest = s_.modulus / (s_.smoothness * s_.smoothness);
    require(s_.step_size <= longest, "step_size", "at most m/L^2 = " + detail::in_words(longest), s_.step_size);
    if (s_.step_size == 0) {
      s_.step_size = longest * (1 - 0x1p-50);
      if (s_.accuracy > 0 && s_.minimum > 0) {  // half of the accuracy for the level that noise keeps
        const double quiet = s_.accuracy * s_.modulus / (2 * s_.smoothness * s_.smoothness * s_.minimum);
        s_.step_size = std::min(s_.step_size, quiet);
      }
    }
    if (s_.iterations == 0) {
      const double room = s_.accuracy - noise_level();
      require(room > 0, "step_size", "one small enough for the accuracy: L^2 eta f*/m < accuracy", s_.step_size);
      const double rate = -std::log1p(-detail::padded_down(s_.modulus * s_.step_size));
      s_.iterations = detail::whole_iterations(s_.gap > room ? std::log(s_.gap / room) / rate * (1 + 0x1p-40) : 0);
    }
  }

  [[nodiscard]] std::string theorem() const {
    return s_.minimum == 0 ? "PL with interpolation, SGD with a constant step (Lei, Hu, Li & Tang 2019)"
                           : "PL, SGD with a constant step (Lei, Hu, Li & Tang 2019)";
  }
  [[nodiscard]] Measured measured() const { return Measured::last_iterate; }
  [[nodiscard]] double step_size() const { return s_.step_size; }
  [[nodiscard]] Index iterations() const { return s_.iterations; }
  [[nodiscard]] bool expectation() const { return true; }

  /// On E f(w_T): f* + excess(T), T >= 1.
  [[nodiscard]] double bound(Index T) const {
    require(T >= 1, "T", "a number >= 1", T);
    return detail::padded_up(s_.minimum + excess(T));
  }
  /// (1 - m eta)^T Delta_0 + L^2 eta f*/m, T >= 0.
  [[nodiscard]] double excess(Index T) const {
    require(T >= 0, "T", "a number >= 0", T);
    const double power = detail::geometric_decay(detail::padded_down(s_.modulus * s_.step_size), T);
    return detail::padded_up(detail::padded_up(power * s_.gap) + noise_level());
  }
  /// L^2 eta f*/m, what noise keeps: 0 under interpolation.
  [[nodiscard]] double noise_level() const {
    const double level = s_.smoothness * s_.smoothness * s_.step_size * s_.minimum / s_.modulus;
    return level > 0 ? detail::padded_up(level) : 0;
  }

  [[nodiscard]] std::vector<std::string> premises() const {
    auto list = detail::stochastic_pl_premises(s_);
    list.emplace_back("0 < eta <= m/L^2");
    return list;
  }

 private:
  StochasticPLSettings s_;
};

/// Steps eta_t = 2/(m (t + t_0)): E f(w_T) - f* <= max(t_0 Delta_0, 4 L^2 f*/m^2)/(T + t_0).
/// (With s = t + t_0 and Delta_t <= C/s: (1 - 2/s) C/s + C/s^2 = C (s - 1)/s^2 <= C/(s + 1).)
class DecreasingStepPLGuarantee {
 public:
  /// Throws std::invalid_argument when t_0 < 2 L^2/m^2 or constants make no sense.
  explicit DecreasingStepPLGuarantee(StochasticPLSettings settings) : s_{settings} {
    detail::require_stochastic_pl(s_);
    require(s_.step_size == 0, "step_size", "0 for decreasing steps 2/(m (t + t_0))", s_.step_size);
    detail::require_not_negative(s_.offset, "offset");
    const double least = 2 * (s_.smoothness / s_.modulus) * (s_.smoothness / s_.modulus);
    if (s_.offset == 0) s_.offset = detail::padded_up(least);
    require(s_.offset >= least, "offset", "at least 2 L^2/m^2 = " + detail::in_words(least), s_.offset);
    if (s_.iterations == 0) s_.iterations = detail::whole_iterations(top() / s_.accuracy - s_.offset);
  }

  [[nodiscard]] std::string theorem() const { return "PL, SGD with steps 2/(m (t + t_0)) (Lei, Hu, Li & Tang 2019)"; }
  [[nodiscard]] Measured measured() const { return Measured::last_iterate; }
  /// NaN: there is no one step size.
  [[nodiscard]] double step_size() const { return std::numeric_limits<double>::quiet_NaN(); }
  /// eta_t: InverseStep{m, 2, t_0}.
  [[nodiscard]] double step_size(Index t) const { return 2 / (s_.modulus * (static_cast<double>(t) + s_.offset)); }
  /// t_0.
  [[nodiscard]] double offset() const { return s_.offset; }
  [[nodiscard]] Index iterations() const { return s_.iterations; }
  [[nodiscard]] bool expectation() const { return true; }

  /// On E f(w_T): f* + excess(T), T >= 1.
  [[nodiscard]] double bound(Index T) const {
    require(T >= 1, "T", "a number >= 1", T);
    return detail::padded_up(s_.minimum + excess(T));
  }
  /// max(t_0 Delta_0, 4 L^2 f*/m^2)/(T + t_0), T >= 0.
  [[nodiscard]] double excess(Index T) const {
    require(T >= 0, "T", "a number >= 0", T);
    return detail::padded_up(top() / (static_cast<double>(T) + s_.offset));
  }

  [[nodiscard]] std::vector<std::string> premises() const {
    auto list = detail::stochastic_pl_premises(s_);
    list.emplace_back("eta_t = 2/(m (t + t_0)), t_0 >= 2 L^2/m^2");
    return list;
  }

 private:
  [[nodiscard]] double top() const {
    const double condition = s_.smoothness / s_.modulus;
    return detail::padded_up(std::max(s_.offset * s_.gap, 4 * condition * condition * s_.minimum));
  }

  StochasticPLSettings s_;
};

static_assert(Guarantee<StochasticPLGuarantee> && Guarantee<DecreasingStepPLGuarantee>);

}  // namespace proxcvx
