// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <concepts>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/vector_functions.hpp>
#include <proxcvx/particles/median_distance.hpp>
#include <type_traits>
#include <utility>

// Kernels k(x, y) = kappa(||x - y||^2): all that Stein's and mean discrepancies need is kappa and two derivatives,
//   grad_x k = 2 kappa' (x - y) = -grad_y k,    div_x grad_y k = -4 kappa'' r^2 - 2 d kappa'.

namespace proxcvx {

/// kappa(s) with its first two derivatives.
template <class S> struct RadialValues {
  S value;
  S first;
  S second;
};

/// The bandwidth h of n particles with h^2 = median_{i<j} ||x_i - x_j||^2 / (2 ln(n + 1)): a particle's kernel sums to
/// about 1 over the others (Liu & Wang 2016).
struct MedianHeuristic {
  /// Throws std::invalid_argument on fewer than two particles or where the median is 0 (more than half of the pairs
  /// coincide) or overflows. O(n^2 d) time.
  template <class Derived> [[nodiscard]] double operator()(const Eigen::MatrixBase<Derived>& particles) const {
    const auto median = static_cast<double>(median_squared_distance(particles));
    require(median > 0 && std::isfinite(median), "particles", "a finite median distance > 0", median);
    return std::sqrt(0.5 * median / std::log(static_cast<double>(particles.cols()) + 1));
  }
};

/// A bandwidth: a number > 0, or a rule that finds one for the particles (d x n) at hand.
template <class B>
concept Bandwidth = std::same_as<B, double> || requires(const B& rule, const Matrix<double>& particles) {
  { rule(particles) } -> std::convertible_to<double>;
};

/// A kernel that is ready to use, with at(s), s = r^2 >= 0, in any scalar.
template <class K>
concept RadialKernel = requires(const K& kernel, double s) {
  { kernel.at(s) } -> std::same_as<RadialValues<double>>;
};

/// A radial kernel, or a rule for one: `on(particles)` is the kernel for these particles.
template <class K>
concept KernelRule = requires(const K& kernel, const Matrix<double>& particles) {
  { kernel.on(particles) } -> RadialKernel;
};

namespace detail {

template <class S> [[nodiscard, gnu::always_inline]] inline S exponential(const S& x) {
  if constexpr (VectorScalar<S>) {
    return vector_exp(x);
  } else {
    using std::exp;
    return exp(x);
  }
}

struct RBFProfile {
  template <class S> [[nodiscard, gnu::always_inline]] static RadialValues<S> at(const S& s, const S& h) {
    const S half = S(0.5) / (h * h);
    const S value = exponential(S(-half * s));
    return {value, S(-half * value), S(half * half * value)};
  }
};

struct InverseMultiquadricProfile {
  template <class S> [[nodiscard, gnu::always_inline]] static RadialValues<S> at(const S& s, const S& h) {
    using std::sqrt;
    const S inverse = S(1) / (h * h);
    const S decay = S(1) / (S(1) + inverse * s);
    const S value = sqrt(decay);
    const S first = S(-0.5) * inverse * (value * decay);
    return {value, first, S(S(-1.5) * inverse * (first * decay))};
  }
};

/// A kernel of this profile at r/h, h a number or a rule.
template <template <class> class Kernel, class Profile, class B> class ScaledKernel {
  static_assert(Bandwidth<B>, "proxcvx: a bandwidth is a number, MedianHeuristic, or a callable on the particles");

 public:
  /// Throws std::invalid_argument unless a bandwidth that is a number is finite and > 0.
  explicit ScaledKernel(B bandwidth) : bandwidth_{std::move(bandwidth)} {
    if constexpr (std::same_as<B, double>) {
      require(bandwidth_ > 0 && std::isfinite(bandwidth_), "bandwidth", "a finite number > 0", bandwidth_);
    }
  }
  ScaledKernel() requires(!std::same_as<B, double> && std::default_initializable<B>) : bandwidth_{} {}

  [[nodiscard]] const B& bandwidth() const { return bandwidth_; }

  /// The kernel for these particles, a column each.
  template <class Derived> [[nodiscard]] Kernel<double> on(const Eigen::MatrixBase<Derived>& particles) const {
    if constexpr (std::same_as<B, double>) {
      return Kernel<double>{bandwidth_};
    } else {
      return Kernel<double>{static_cast<double>(bandwidth_(particles))};
    }
  }

  /// kappa and its derivatives at s = r^2.
  template <class S>
  [[nodiscard, gnu::always_inline]] RadialValues<S> at(const S& s) const requires std::same_as<B, double> {
    return Profile::at(s, static_cast<S>(bandwidth_));
  }

 private:
  B bandwidth_;
};

}  // namespace detail

/// k(x, y) = exp(-r^2/(2 h^2)). RBF{1.0}, or RBF{} for RBF{MedianHeuristic{}}.
template <class B = MedianHeuristic> class RBF : public detail::ScaledKernel<RBF, detail::RBFProfile, B> {
 public:
  using detail::ScaledKernel<proxcvx::RBF, detail::RBFProfile, B>::ScaledKernel;
};

/// k(x, y) = (1 + r^2/h^2)^{-1/2}, whose Stein discrepancy detects what does not converge (Gorham & Mackey 2017).
template <class B = MedianHeuristic>
class InverseMultiquadric : public detail::ScaledKernel<InverseMultiquadric, detail::InverseMultiquadricProfile, B> {
 public:
  using detail::ScaledKernel<proxcvx::InverseMultiquadric, detail::InverseMultiquadricProfile, B>::ScaledKernel;
};

template <class Number>
requires std::is_arithmetic_v<Number> RBF(Number)
->RBF<double>;
template <class Rule>
requires(!std::is_arithmetic_v<Rule>) RBF(Rule)
->RBF<Rule>;
RBF()->RBF<MedianHeuristic>;
template <class Number>
requires std::is_arithmetic_v<Number> InverseMultiquadric(Number)
->InverseMultiquadric<double>;
template <class Rule>
requires(!std::is_arithmetic_v<Rule>) InverseMultiquadric(Rule)
->InverseMultiquadric<Rule>;
InverseMultiquadric()->InverseMultiquadric<MedianHeuristic>;

static_assert(RadialKernel<RBF<double>> && !RadialKernel<RBF<>> && KernelRule<RBF<>> && KernelRule<RBF<double>>);
static_assert(RadialKernel<InverseMultiquadric<double>> && KernelRule<InverseMultiquadric<>>);

}  // namespace proxcvx
