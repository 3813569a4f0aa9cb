// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/guarantees/guarantee.hpp>
#include <utility>

// What proxy convexity gives (S)GD (Frei & Gu 2021, Theorems 3.2 and 3.3). From
//     E||w_{t+1} - v||^2 <= E||w_t - v||^2 - 2 eta (E g - h) + eta^2 (A + B E g)
// summed over t < T, for 0 < eta < 2/B:
//     (1/T) sum_{t<T} E g(w_t) <= (1 - eta B/2)^{-1} (h(v) + D^2/(2 eta T) + eta A/2),   D = ||w_0 - v||,
// for every v at once. Projection onto a convex set that contains v changes nothing.

namespace proxcvx {

/// A reference that iterates are compared with: its level h(v) (plus a slack, if the property has one) and ||w_0 - v||.
struct ReferencePoint {
  double level = 0;
  double distance = 0;
};

/// Constants of a proxy convexity guarantee.
struct ProxyConvexityGuaranteeSettings {
  std::vector<ReferencePoint> references;  ///< at least one; the bound is the best over them
  double A = 0;                            ///< gradient growth E||grad f_z||^2 <= A + B g
  double B = 0;
  double step_size = 0;  ///< 0: the one with the smallest bound at T = iterations
  Index iterations = 0;
  double accuracy = 0;      ///< with iterations 0: excess over the level that the bounded case reaches
  bool stochastic = false;  ///< SGD: the bound is on an expectation
};

/// Theorem 2.3 with explicit constants.
class ProxyConvexityGuarantee {
 public:
  /// Throws std::invalid_argument when eta >= 2/B, there is no reference, or constants make no sense.
  explicit ProxyConvexityGuarantee(ProxyConvexityGuaranteeSettings settings) : s_{std::move(settings)} {
    require(!s_.references.empty(), "references", "at least one reference", 0);
    for (const ReferencePoint& reference : s_.references) {
      require(std::isfinite(reference.level), "level", "a finite number", reference.level);
      detail::require_not_negative(reference.distance, "distance");
    }
    detail::require_not_negative(s_.A, "A");
    detail::require_not_negative(s_.B, "B");
    detail::require_not_negative(s_.step_size, "step_size");
    detail::require_not_negative(s_.accuracy, "accuracy");
    require(s_.iterations >= 0, "iterations", "a number >= 0", s_.iterations);
    require(s_.accuracy > 0 || s_.iterations > 0, "accuracy: expected an accuracy > 0, or iterations > 0");
    require(s_.step_size * s_.B < 2, "step_size", "less than 2/B = " + std::to_string(2 / s_.B), s_.step_size);
    if (s_.iterations == 0) {
      if (s_.step_size == 0) s_.step_size = step_for_accuracy();
      s_.iterations = iterations_for_accuracy();
    } else if (s_.step_size == 0) {
      s_.step_size = best_step();
    }
  }

  [[nodiscard]] std::string theorem() const {
    return std::string("proxy convexity, ") + (s_.stochastic ? "SGD" : "gradient descent") +
           " (Frei & Gu 2021, Theorem " + (s_.A == 0 ? "3.3" : "3.2") + "; theory 2.3)";
  }
  [[nodiscard]] Measured measured() const { return Measured::average_iterate; }
  [[nodiscard]] double step_size() const { return s_.step_size; }
  [[nodiscard]] Index iterations() const { return s_.iterations; }
  [[nodiscard]] bool expectation() const { return s_.stochastic; }

  /// min over references of (1 - eta B/2)^{-1}(h + D^2/(2 eta T) + eta A/2), T >= 1.
  [[nodiscard]] double bound(Index T) const { return bound_with(s_.step_size, T); }

  /// The same for another step size 0 < eta < 2/B.
  [[nodiscard]] double bound_with(double eta, Index T) const {
    require(T >= 1, "T", "a number >= 1", T);
    double best = std::numeric_limits<double>::infinity();
    const double factor = 1 / (1 - eta * s_.B / 2);
    for (const ReferencePoint& reference : s_.references) {
      const double travelled = reference.distance * reference.distance / (2 * eta * static_cast<double>(T));
      best = std::min(best, factor * (reference.level + detail::rounded_up(travelled + eta * s_.A / 2)));
    }
    return detail::rounded_up(best);
  }

  /// Full batch and g >= 0: how far the iterates can be from the reference after t steps,
  /// ||w_t - v||^2 <= D^2 + t (2 eta h(v) + eta^2 A).
  [[nodiscard]] double radius(const ReferencePoint& reference, Index t) const {
    require(!s_.stochastic, "radius: expected full-batch descent");
    const double growth = 2 * s_.step_size * reference.level + s_.step_size * s_.step_size * s_.A;
    return detail::rounded_up(
        std::sqrt(std::max(0.0, reference.distance * reference.distance + static_cast<double>(t) * growth)));
  }

  [[nodiscard]] std::vector<std::string> premises() const {
    std::vector<std::string> list{
        "proxy convexity at w_0, ..., w_{T-1} against v",
        "gradient growth <= A + B g with the same g, A = " + std::to_string(s_.A) + ", B = " + std::to_string(s_.B),
        "0 < eta < 2/B"};
    if (s_.stochastic) list.emplace_back("z drawn with replacement, independent of w_t");
    return list;
  }

 private:
  /// Bounded case: eta = epsilon/A; proxy-smooth: eta = rho/B with rho = 1/2; mixed: the smaller.
  [[nodiscard]] double step_for_accuracy() const {
    double eta = std::numeric_limits<double>::infinity();
    if (s_.A > 0) eta = std::min(eta, (s_.B > 0 ? 0.5 : 1.0) * s_.accuracy / s_.A);
    if (s_.B > 0) eta = std::min(eta, 0.5 / s_.B);
    if (std::isfinite(eta)) return eta;
    const ReferencePoint& first = s_.references.front();  // no noise at all: one step of any length will do
    return std::max(first.distance * first.distance, 1.0) / (2 * s_.accuracy);
  }
  /// The least T at which the travelled distance D^2/(2 eta T) is within what the accuracy leaves: h + epsilon
  /// where B = 0, (1 - eta B/2)^{-1} (h + epsilon) otherwise.
  [[nodiscard]] Index iterations_for_accuracy() const {
    const double left = s_.accuracy - s_.step_size * s_.A / 2;
    require(left > 0, "step_size", "one small enough for the accuracy: eta A/2 < accuracy", s_.step_size);
    double least = std::numeric_limits<double>::infinity();
    for (const ReferencePoint& reference : s_.references) {
      least = std::min(least, reference.distance * reference.distance / (2 * s_.step_size * left));
    }
    return detail::whole_iterations(least);
  }
  /// Golden-section search on log eta for the smallest bound at T; any eta in (0, 2/B) is valid, so no harm is done
  /// where the bound has several valleys.
  [[nodiscard]] double best_step() const {
    const double ceiling = s_.B > 0 ? 1.9 / s_.B : 1e12;
    double low = std::log(ceiling) - 60;
    double high = std::log(ceiling);
    const double ratio = (std::sqrt(5.0) - 1) / 2;
    for (int i = 0; i < 120; ++i) {
      const double left = high - ratio * (high - low);
      const double right = low + ratio * (high - low);
      if (bound_with(std::exp(left), s_.iterations) <= bound_with(std::exp(right), s_.iterations)) {
        high = right;
      } else {
        low = left;
      }
    }
    return std::exp(low);
  }

  ProxyConvexityGuaranteeSettings s_;
};

static_assert(Guarantee<ProxyConvexityGuarantee>);

/// Constants of the restricted secant recursion.
struct RestrictedSecantSettings {
  double nu = 0;  ///< <grad f(w), w - w*> >= nu ||w - w*||^2
  double A = 0;   ///< gradient growth with g = nu ||w - w*||^2
  double B = 0;
  double distance = 0;   ///< ||w_0 - w*||
  double step_size = 0;  ///< 0 < eta < 2/B
  Index iterations = 1;
  bool stochastic = false;
};

/// Restricted secant: E||w_{t+1} - w*||^2 <= (1 - 2 eta nu (1 - eta B/2)) E||w_t - w*||^2 + eta^2 A (theory 2.3).
class RestrictedSecantGuarantee {
 public:
  /// Throws std::invalid_argument unless nu, eta > 0, eta B < 2 and the contraction factor is not negative.
  explicit RestrictedSecantGuarantee(RestrictedSecantSettings settings) : s_{settings} {
    detail::require_positive(s_.nu, "nu");
    detail::require_not_negative(s_.A, "A");
    detail::require_not_negative(s_.B, "B");
    detail::require_not_negative(s_.distance, "distance");
    detail::require_positive(s_.step_size, "step_size");
    require(s_.step_size * s_.B < 2, "step_size", "less than 2/B = " + std::to_string(2 / s_.B), s_.step_size);
    require(factor() >= 0, "step_size", "one with 2 eta nu (1 - eta B/2) <= 1", s_.step_size);
  }
  [[nodiscard]] std::string theorem() const { return "restricted secant inequality (theory 2.3)"; }
  [[nodiscard]] Measured measured() const { return Measured::last_iterate; }
  [[nodiscard]] double step_size() const { return s_.step_size; }
  [[nodiscard]] Index iterations() const { return s_.iterations; }
  [[nodiscard]] bool expectation() const { return s_.stochastic; }
  /// Bound on E||w_T - w*||^2.
  [[nodiscard]] double bound(Index T) const {
    require(T >= 1, "T", "a number >= 1", T);
    const double rho = factor();
    const double power = std::pow(rho, static_cast<double>(T));
    const double noise = s_.step_size * s_.step_size * s_.A;
    const double steps = rho < 1 ? (1 - power) / (1 - rho) : static_cast<double>(T);
    return detail::rounded_up(power * s_.distance * s_.distance + detail::rounded_up(steps) * noise);
  }
  [[nodiscard]] std::vector<std::string> premises() const {
    return {"the restricted secant inequality at w_0, ..., w_{T-1}", "gradient growth <= A + B nu ||w - w*||^2",
            "0 < eta < 2/B"};
  }

 private:
  [[nodiscard]] double factor() const { return 1 - 2 * s_.step_size * s_.nu * (1 - s_.step_size * s_.B / 2); }
  RestrictedSecantSettings s_;
};

static_assert(Guarantee<RestrictedSecantGuarantee>);

}  // namespace proxcvx
