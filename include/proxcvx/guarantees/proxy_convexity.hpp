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

/// Frei & Gu 2021, Theorems 3.2 and 3.3, with explicit constants.
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
    require_below_ceiling(s_.step_size);
    if (s_.iterations == 0) {
      if (s_.step_size == 0) s_.step_size = step_for_accuracy();
      s_.iterations = iterations_for_accuracy();
    } else if (s_.step_size == 0) {
      s_.step_size = best_step();
    }
  }

  [[nodiscard]] std::string theorem() const {
    return std::string("proxy convexity, ") + (s_.stochastic ? "SGD" : "gradient descent") +
           " (Frei & Gu 2021, Theorem " + (s_.A == 0 ? "3.3" : "3.2") + ")";
  }
  [[nodiscard]] Measured measured() const { return Measured::average_iterate; }
  [[nodiscard]] double step_size() const { return s_.step_size; }
  [[nodiscard]] Index iterations() const { return s_.iterations; }
  [[nodiscard]] bool expectation() const { return s_.stochastic; }

  /// min over references of (1 - eta B/2)^{-1}(h + D^2/(2 eta T) + eta A/2), T >= 1.
  [[nodiscard]] double bound(Index T) const { return bound_with(s_.step_size, T); }

  /// The same for another step size. Throws std::invalid_argument unless 0 < eta < 2/B and T >= 1.
  [[nodiscard]] double bound_with(double eta, Index T) const {
    require(T >= 1, "T", "a number >= 1", T);
    detail::require_positive(eta, "eta");
    require_below_ceiling(eta);
    double best = std::numeric_limits<double>::infinity();
    for (const ReferencePoint& reference : s_.references) best = std::min(best, bound_against(reference, eta, T));
    return best;
  }

  /// Full batch and g >= 0: how far the iterates can be from the reference after t steps,
  /// ||w_t - v||^2 <= D^2 + t (2 eta h(v) + eta^2 A).
  [[nodiscard]] double radius(const ReferencePoint& reference, Index t) const {
    require(!s_.stochastic, "radius: expected full-batch descent");
    require(t >= 0, "t", "a number >= 0", t);
    const double eta = s_.step_size;
    const double start = reference.distance * reference.distance;
    const auto steps = static_cast<double>(t);
    const double square = start + steps * (2 * eta * reference.level + eta * eta * s_.A);
    const double sizes = start + steps * (2 * eta * std::abs(reference.level) + eta * eta * s_.A);
    return detail::padded_up(std::sqrt(std::max(0.0, square + 0x1p-48 * sizes)));
  }

  [[nodiscard]] std::vector<std::string> premises() const {
    std::vector<std::string> list{
        "proxy convexity at w_0, ..., w_{T-1} against v",
        "gradient growth <= A + B g with the same g, A = " + detail::in_words(s_.A) + ", B = " + detail::in_words(s_.B),
        "0 < eta < 2/B"};
    if (s_.stochastic) list.emplace_back("z drawn with replacement, independent of w_t");
    return list;
  }

 private:
  void require_below_ceiling(double eta) const {
    require(std::fma(-eta / 2, s_.B, 1.0) > 0, "step_size", "less than 2/B = " + detail::in_words(2 / s_.B), eta);
  }
  /// (1 - eta B/2)^{-1}(h + D^2/(2 eta T) + eta A/2), rounded up; the fma keeps 1 - eta B/2 accurate near 0.
  [[nodiscard]] double bound_against(const ReferencePoint& reference, double eta, Index T) const {
    const double travelled = reference.distance * reference.distance / (2 * eta * static_cast<double>(T));
    const double bracket = reference.level + detail::padded_up(travelled + eta * s_.A / 2);
    return detail::padded_up(bracket / std::fma(-eta / 2, s_.B, 1.0));
  }
  /// Bounded case: eta = epsilon/A; proxy-smooth: eta = rho/B with rho = 1/2; mixed: the smaller.
  [[nodiscard]] double step_for_accuracy() const {
    double eta = std::numeric_limits<double>::infinity();
    if (s_.A > 0) eta = std::min(eta, (s_.B > 0 ? 0.5 : 1.0) * s_.accuracy / s_.A);
    if (s_.B > 0) eta = std::min(eta, 0.5 / s_.B);
    if (std::isfinite(eta)) return eta;
    const ReferencePoint& first = s_.references.front();  // no noise at all: one step of any length will do
    return std::max(first.distance * first.distance, 1.0) / s_.accuracy;
  }
  /// The least T whose bound is within the accuracy of the lowest level h* of the references: h* + epsilon where
  /// B = 0, (1 - eta B/2)^{-1} (h* + epsilon) otherwise. A reference with a higher level h may be nearer: it does as
  /// well once h + D^2/(2 eta T) is that low.
  [[nodiscard]] Index iterations_for_accuracy() const {
    const double left = s_.accuracy - s_.step_size * s_.A / 2;
    require(left > 0, "step_size", "one small enough for the accuracy: eta A/2 < accuracy", s_.step_size);
    double lowest = std::numeric_limits<double>::infinity();
    for (const ReferencePoint& reference : s_.references) lowest = std::min(lowest, reference.level);
    double least = std::numeric_limits<double>::infinity();
    for (const ReferencePoint& reference : s_.references) {
      const double room = lowest + left - reference.level;
      if (room > 0) least = std::min(least, reference.distance * reference.distance / (2 * s_.step_size * room));
    }
    return detail::whole_iterations(least);
  }
  /// The eta with the smallest bound at T = iterations: for each reference, golden-section search on log eta, in which
  /// its bound (convex over linear) has one valley. Any eta in (0, 2/B) is valid.
  [[nodiscard]] double best_step() const {
    const double ceiling = s_.B > 0 ? 1.9999 / s_.B : 1e12;
    const double ratio = (std::sqrt(5.0) - 1) / 2;
    double best = ceiling;
    for (const ReferencePoint& reference : s_.references) {
      double low = std::log(ceiling) - 60;
      double high = std::log(ceiling);
      for (int i = 0; i < 120; ++i) {
        const double left = high - ratio * (high - low);
        const double right = low + ratio * (high - low);
        if (bound_against(reference, std::exp(left), s_.iterations) <=
            bound_against(reference, std::exp(right), s_.iterations)) {
          high = right;
        } else {
          low = left;
        }
      }
      const double eta = std::exp(low);
      if (bound_with(eta, s_.iterations) < bound_with(best, s_.iterations)) best = eta;
    }
    return best;
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

/// Restricted secant: E||w_{t+1} - w*||^2 <= (1 - 2 eta nu (1 - eta B/2)) E||w_t - w*||^2 + eta^2 A.
class RestrictedSecantGuarantee {
 public:
  /// Throws std::invalid_argument unless nu, eta > 0, eta B < 2 and 2 eta nu (1 - eta B/2) <= 1.
  explicit RestrictedSecantGuarantee(RestrictedSecantSettings settings) : s_{settings} {
    detail::require_positive(s_.nu, "nu");
    detail::require_not_negative(s_.A, "A");
    detail::require_not_negative(s_.B, "B");
    detail::require_not_negative(s_.distance, "distance");
    detail::require_positive(s_.step_size, "step_size");
    require(std::fma(-s_.step_size / 2, s_.B, 1.0) > 0, "step_size", "less than 2/B = " + detail::in_words(2 / s_.B),
            s_.step_size);
    require(detail::padded_down(contraction()) <= 1, "step_size", "one with 2 eta nu (1 - eta B/2) <= 1", s_.step_size);
  }
  [[nodiscard]] std::string theorem() const { return "restricted secant inequality (Zhang & Yin 2013)"; }
  [[nodiscard]] Measured measured() const { return Measured::last_iterate; }
  [[nodiscard]] double step_size() const { return s_.step_size; }
  [[nodiscard]] Index iterations() const { return s_.iterations; }
  [[nodiscard]] bool expectation() const { return s_.stochastic; }
  /// Bound on E||w_T - w*||^2.
  [[nodiscard]] double bound(Index T) const {
    require(T >= 1, "T", "a number >= 1", T);
    const double c = detail::padded_down(contraction());
    const double power = detail::geometric_decay(c, T);
    const double noise = s_.step_size * s_.step_size * s_.A;
    // sum over t < T of (1 - c)^t = (1 - (1 - c)^T)/c
    const double steps = c > 0 ? -std::expm1(static_cast<double>(T) * std::log1p(-c)) / c : static_cast<double>(T);
    return detail::padded_up(detail::padded_up(power * s_.distance * s_.distance) +
                             detail::padded_up(detail::padded_up(steps) * noise));
  }
  [[nodiscard]] std::vector<std::string> premises() const {
    return {"the restricted secant inequality at w_0, ..., w_{T-1}", "gradient growth <= A + B nu ||w - w*||^2",
            "0 < eta < 2/B"};
  }

 private:
  /// 2 eta nu (1 - eta B/2), what a step takes off.
  [[nodiscard]] double contraction() const { return 2 * s_.step_size * s_.nu * std::fma(-s_.step_size / 2, s_.B, 1.0); }
  RestrictedSecantSettings s_;
};

static_assert(Guarantee<RestrictedSecantGuarantee>);

}  // namespace proxcvx
