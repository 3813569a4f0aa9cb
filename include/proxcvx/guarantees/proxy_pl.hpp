// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/guarantees/guarantee.hpp>

// What proxy PL gives gradient descent (Frei & Gu 2021, Theorem 3.1). f L-smooth, eta <= 1/L: the descent lemma
// f(w+) <= f(w) - (eta/2)||grad f||^2 summed over t < T gives min ||grad f||^2 <= 2 gap/(eta T), and proxy PL
//     min_{t<T} g(w_t) <= xi + (2/mu)(2 gap/(eta T))^{alpha/2}.
// SGD with variance s^2: min_{t<T} E g(w_t) <= xi + (2/mu)(2 gap/(eta T) + L eta s^2)^{alpha/2}, alpha <= 2 (Jensen).

namespace proxcvx {

/// Constants of a proxy PL guarantee. Give `accuracy` (then eta and T follow), or `step_size` and `iterations`.
struct ProxyPLGuaranteeSettings {
  double alpha = 1;
  double mu = 1;
  double xi = 0;
  double smoothness = 0;  ///< L, an upper bound on the Lipschitz constant of grad f; infinity is refused
  double gap = 0;         ///< f(w_0) - inf f, or an upper bound on it
  double variance = 0;    ///< s^2 >= E||grad f_z - grad f||^2; 0 is full-batch descent
  double accuracy = 0;    ///< epsilon: reach xi + epsilon
  double step_size = 0;   ///< 0: the theorem's own
  Index iterations = 0;   ///< needed where no accuracy is given
};

/// Frei & Gu 2021, Theorem 3.1, for gradient descent (variance 0) and SGD (variance > 0), with explicit constants.
class ProxyPLGuarantee {
 public:
  /// Throws std::invalid_argument when a premise fails: L infinite (kinked activations), eta > 1/L, alpha > 2 for SGD,
  /// or constants that make no sense.
  explicit ProxyPLGuarantee(ProxyPLGuaranteeSettings settings) : s_{settings} {
    detail::require_positive(s_.alpha, "alpha");
    detail::require_positive(s_.mu, "mu");
    require(std::isfinite(s_.xi), "xi", "a finite number", s_.xi);
    require(s_.smoothness > 0 && std::isfinite(s_.smoothness), "smoothness",
            "a finite L > 0: the theorem needs Lipschitz gradients, which a kinked activation does not have",
            s_.smoothness);
    detail::require_not_negative(s_.gap, "gap");
    detail::require_not_negative(s_.variance, "variance");
    require(s_.variance == 0 || s_.alpha <= 2, "alpha", "at most 2 for SGD (the claim is false beyond)", s_.alpha);
    detail::require_not_negative(s_.step_size, "step_size");
    detail::require_not_negative(s_.accuracy, "accuracy");
    require(s_.iterations >= 0, "iterations", "a number >= 0", s_.iterations);
    require(s_.accuracy > 0 || s_.iterations > 0, "accuracy: expected an accuracy > 0, or iterations > 0");
    const double longest = 1 / s_.smoothness * (1 - 0x1p-50);
    require(s_.step_size <= 1 / s_.smoothness, "step_size", "at most 1/L = " + detail::in_words(1 / s_.smoothness),
            s_.step_size);
    if (s_.accuracy > 0) {
      const double q = std::pow(s_.mu * s_.accuracy / 2, 2 / s_.alpha);
      if (s_.step_size == 0) {
        s_.step_size = s_.variance > 0 ? std::min(longest, q / (2 * s_.smoothness * s_.variance)) : longest;
      }
      if (s_.iterations == 0) {
        const double noise = s_.smoothness * s_.step_size * s_.variance;
        require(noise < q, "step_size", "one small enough for the accuracy: L eta s^2 < " + detail::in_words(q),
                s_.step_size);
        s_.iterations = detail::whole_iterations(2 * s_.gap / (s_.step_size * (q - noise)));
      }
    } else if (s_.step_size == 0) {
      // Where there is noise, the step that balances 2 gap/(eta T) and L eta s^2 at T.
      const double balanced =
          std::sqrt(2 * s_.gap / (s_.smoothness * s_.variance * static_cast<double>(s_.iterations)));
      s_.step_size = s_.variance > 0 && balanced > 0 ? std::min(longest, balanced) : longest;
    }
  }

  [[nodiscard]] std::string theorem() const {
    return s_.variance > 0 ? "proxy PL, SGD (Frei & Gu 2021, Theorem 3.1)"
                           : "proxy PL, gradient descent (Frei & Gu 2021, Theorem 3.1)";
  }
  [[nodiscard]] Measured measured() const { return Measured::best_iterate; }
  [[nodiscard]] double step_size() const { return s_.step_size; }
  [[nodiscard]] Index iterations() const { return s_.iterations; }
  [[nodiscard]] bool expectation() const { return s_.variance > 0; }

  /// xi + (2/mu)(2 gap/(eta T) + L eta s^2)^{alpha/2}, T >= 1.
  [[nodiscard]] double bound(Index T) const {
    require(T >= 1, "T", "a number >= 1", T);
    const double squares =
        2 * s_.gap / (s_.step_size * static_cast<double>(T)) + s_.smoothness * s_.step_size * s_.variance;
    return detail::padded_up(s_.xi + detail::padded_up(2 / s_.mu * std::pow(detail::padded_up(squares), s_.alpha / 2)));
  }

  /// How far full-batch iterates can be from w_0 after t steps: sqrt(2 eta t gap).
  [[nodiscard]] double radius(Index t) const {
    require(s_.variance == 0, "radius: expected full-batch descent (variance 0)");
    return detail::padded_up(std::sqrt(2 * s_.step_size * static_cast<double>(t) * s_.gap));
  }

  /// Where g = f, alpha <= 2 and f >= xi: bound on f(w_T) - xi of full-batch descent from `initial` = f(w_0) - xi.
  /// c = (eta/2)(mu/2)^{2/alpha}, q = 2/alpha - 1: (1 - c)^T E_0 if q = 0, else (E_0^{-q} + qcT)^{-1/q}.
  [[nodiscard]] double last_iterate_excess(double initial, Index T) const {
    detail::require_not_negative(initial, "initial");
    require(T >= 0, "T", "a number >= 0", T);
    require(s_.variance == 0 && s_.alpha <= 2, "last_iterate_excess: expected full-batch descent and alpha <= 2");
    if (initial == 0) return 0;
    const double power = 2 / s_.alpha;
    const double c = detail::padded_down(s_.step_size / 2 * std::pow(s_.mu / 2, power), power * std::log(s_.mu / 2));
    if (s_.alpha == 2) return detail::padded_up(detail::geometric_decay(c, T) * initial);
    // E_0 (1 + q c T E_0^q)^{-1/q}: the same number, which neither overflows nor cancels as q tends to 0
    const double q = (2 - s_.alpha) / s_.alpha;
    const double x = q * c * static_cast<double>(T) * std::pow(initial, q);
    return detail::padded_up(detail::decay(std::log1p(detail::padded_down(x, q * std::log(initial))) / q) * initial);
  }

  [[nodiscard]] std::vector<std::string> premises() const {
    std::vector<std::string> list{"the proxy PL inequality at w_0, ..., w_{T-1}",
                                  "f is L-smooth, L = " + detail::in_words(s_.smoothness), "0 < eta <= 1/L"};
    if (s_.variance > 0) list.emplace_back("E||grad f_z - grad f||^2 <= s^2, z drawn with replacement");
    return list;
  }

 private:
  ProxyPLGuaranteeSettings s_;
};

static_assert(Guarantee<ProxyPLGuarantee>);

}  // namespace proxcvx
