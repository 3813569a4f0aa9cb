// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <concepts>
#include <limits>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/types.hpp>
#include <proxcvx/core/vector_functions.hpp>
#include <proxcvx/core/vector_tanh.hpp>
#include <string>

// Activations s(z) with the constants that theorems ask of them. Each is accurate to a few ulps at every z: nothing
// overflows at |z| = 1e4, and tails keep their relative accuracy. A kinked one has the fixed derivative 1 at its kink.
// A scalar that encloses (core/slope_form.hpp) brings functions of its own where a formula here would have to compare.
// Parameters are doubles that `cast<Scalar>` rounds to Scalar, so that every wider scalar sees the same function.

namespace proxcvx {

/// An activation: `value(z)`, `derivative(z)`, `second_derivative(z)` in any scalar, and its constants:
/// lipschitz() >= sup|s'|, smallest_slope() <= inf s', smoothness() >= sup|s''| (infinity when kinked), kinked(),
/// homogeneous() (s(cz) = c s(z), c >= 0), value_at_zero(); `ulps()`: computed value and derivative are within
/// ulps() u of (|s(z)| + |z| lipschitz() for the value, lipschitz() for the derivative). One with values between two
/// bounds offers infimum() and supremum().
template <class A>
concept Activation = requires(const A& activation, double z) {
  { activation.value(z) } -> std::convertible_to<double>;
  { activation.derivative(z) } -> std::convertible_to<double>;
  { activation.second_derivative(z) } -> std::convertible_to<double>;
  { activation.lipschitz() } -> std::convertible_to<double>;
  { activation.smallest_slope() } -> std::convertible_to<double>;
  { activation.smoothness() } -> std::convertible_to<double>;
  { activation.kinked() } -> std::convertible_to<bool>;
  { activation.homogeneous() } -> std::convertible_to<bool>;
  { activation.value_at_zero() } -> std::convertible_to<double>;
  { activation.ulps() } -> std::convertible_to<double>;
  { activation.name() } -> std::convertible_to<std::string>;
  { activation.template cast<float>() } -> std::convertible_to<A>;
};

namespace detail {

/// 1/(1 + exp(-z)) without overflow and with full relative accuracy in both tails.
template <class S> [[nodiscard]] S sigmoid(const S& z) {
  if constexpr (requires { enclosed_sigmoid(z); }) return enclosed_sigmoid(z);
  using std::exp;
  if (z >= S(0)) return S(1) / (S(1) + S(exp(S(-z))));
  const S e = exp(z);
  return e / (S(1) + e);
}

/// log(1 + exp(z)) without overflow and with full relative accuracy for z -> -infinity.
template <class S> [[nodiscard]] S softplus(const S& z) {
  if constexpr (requires { enclosed_softplus(z); }) return enclosed_softplus(z);
  using std::exp;
  using std::log1p;
  return z > S(0) ? S(z + S(log1p(S(exp(S(-z)))))) : S(log1p(S(exp(z))));
}

/// s'(z) = s(z)(1 - s(z)) of the sigmoid, accurate in both tails.
template <class S> [[nodiscard]] S sigmoid_slope(const S& z) {
  if constexpr (requires { enclosed_sigmoid_slope(z); }) return enclosed_sigmoid_slope(z);
  using std::abs;
  using std::exp;
  const S e = exp(S(-S(abs(z))));
  return e / ((S(1) + e) * (S(1) + e));
}

/// What activations without parameters share.
template <class Derived> struct PlainActivation {
  template <class Other> [[nodiscard]] Derived cast() const { return {}; }
};

}  // namespace detail

/// s(z) = z.
struct Identity : detail::PlainActivation<Identity> {
  template <class S> [[nodiscard]] S value(const S& z) const { return z; }
  template <class S> [[nodiscard]] S derivative(const S& /*z*/) const { return S(1); }
  template <class S> [[nodiscard]] S second_derivative(const S& /*z*/) const { return S(0); }
  template <detail::LaneArgument S> [[nodiscard]] detail::ValueAndDerivative<S> on_lanes(S z) const {
    return {z, detail::constant<S>(1)};
  }
  [[nodiscard]] double lipschitz() const { return 1; }
  [[nodiscard]] double smallest_slope() const { return 1; }
  [[nodiscard]] double smoothness() const { return 0; }
  [[nodiscard]] bool kinked() const { return false; }
  [[nodiscard]] bool homogeneous() const { return true; }
  [[nodiscard]] double value_at_zero() const { return 0; }
  [[nodiscard]] double ulps() const { return 0; }
  [[nodiscard]] std::string name() const { return "identity"; }
};

/// s(z) = max(slope z, z), slope in [0, 1]; s'(0) = 1. LeakyReLU{0} is the ReLU.
class LeakyReLU {
 public:
  /// Throws std::invalid_argument unless 0 <= slope <= 1.
  explicit LeakyReLU(double slope) : slope_{slope} {
    require(slope >= 0 && slope <= 1, "slope", "a number in [0, 1]", slope);
  }
  [[nodiscard]] double slope() const { return slope_; }

  template <class S> [[nodiscard]] S value(const S& z) const {
    if constexpr (requires { enclosed_rectifier_slope(z, slope_); }) return max(S(static_cast<S>(slope_) * z), z);
    return z >= S(0) ? z : S(static_cast<S>(slope_) * z);
  }
  template <class S> [[nodiscard]] S derivative(const S& z) const {
    if constexpr (requires { enclosed_rectifier_slope(z, slope_); }) return enclosed_rectifier_slope(z, slope_);
    return z >= S(0) ? S(1) : static_cast<S>(slope_);
  }
  template <class S> [[nodiscard]] S second_derivative(const S& /*z*/) const { return S(0); }
  template <detail::LaneArgument S> [[nodiscard]] detail::ValueAndDerivative<S> on_lanes(S z) const {
    const S slope = detail::constant<S>(static_cast<detail::ScalarOf<S>>(slope_));
    const auto active = z >= detail::constant<S>(0);
    return {detail::select(active, z, S(slope * z)), detail::select(active, detail::constant<S>(1), slope)};
  }
  [[nodiscard]] double lipschitz() const { return 1; }
  [[nodiscard]] double smallest_slope() const { return slope_; }
  [[nodiscard]] double smoothness() const { return kinked() ? std::numeric_limits<double>::infinity() : 0; }
  [[nodiscard]] bool kinked() const { return slope_ < 1; }
  [[nodiscard]] bool homogeneous() const { return true; }
  [[nodiscard]] double value_at_zero() const { return 0; }
  [[nodiscard]] double ulps() const { return 1; }
  [[nodiscard]] std::string name() const { return slope_ == 0 ? "relu" : "leaky_relu"; }
  template <class Other> [[nodiscard]] LeakyReLU cast() const {
    return LeakyReLU{static_cast<double>(static_cast<Other>(slope_))};
  }

 private:
  double slope_;
};

/// s(z) = max(0, z), s'(0) = 1.
class ReLU : public LeakyReLU {
 public:
  ReLU() : LeakyReLU{0} {}
  template <class Other> [[nodiscard]] ReLU cast() const { return {}; }
};

/// s(z) = slope z + (1 - slope) softplus(sharpness z)/sharpness: smooth, slopes in (slope, 1),
/// sup|s''| = (1 - slope) sharpness/4. It tends to LeakyReLU{slope} as the sharpness grows.
class SmoothLeakyReLU {
 public:
  /// Throws std::invalid_argument unless 0 <= slope <= 1 and sharpness > 0 is finite.
  explicit SmoothLeakyReLU(double slope, double sharpness = 1) : slope_{slope}, sharpness_{sharpness} {
    require(slope >= 0 && slope <= 1, "slope", "a number in [0, 1]", slope);
    require(sharpness > 0 && std::isfinite(sharpness), "sharpness", "a finite number > 0", sharpness);
  }
  [[nodiscard]] double slope() const { return slope_; }
  [[nodiscard]] double sharpness() const { return sharpness_; }

  template <class S> [[nodiscard]] S value(const S& z) const {
    const auto slope = static_cast<S>(slope_);
    const auto b = static_cast<S>(sharpness_);
    return slope * z + (S(1) - slope) * detail::softplus(S(b * z)) / b;
  }
  template <class S> [[nodiscard]] S derivative(const S& z) const {
    const auto slope = static_cast<S>(slope_);
    return slope + (S(1) - slope) * detail::sigmoid(S(static_cast<S>(sharpness_) * z));
  }
  template <class S> [[nodiscard]] S second_derivative(const S& z) const {
    const auto b = static_cast<S>(sharpness_);
    return (S(1) - static_cast<S>(slope_)) * b * detail::sigmoid_slope(S(b * z));
  }
  template <detail::LaneArgument S> [[nodiscard]] detail::ValueAndDerivative<S> on_lanes(S z) const {
    using Scalar = detail::ScalarOf<S>;
    const S slope = detail::constant<S>(static_cast<Scalar>(slope_));
    const Scalar steepest = Scalar(1) - static_cast<Scalar>(slope_);
    const S rest = detail::constant<S>(steepest);
    const S share = detail::constant<S>(steepest / static_cast<Scalar>(sharpness_));
    const S b = detail::constant<S>(static_cast<Scalar>(sharpness_));
    const auto [softplus, sigmoid] = detail::softplus_with_slope(S(b * z));
    return {slope * z + share * softplus, slope + rest * sigmoid};
  }
  [[nodiscard]] double lipschitz() const { return 1; }
  [[nodiscard]] double smallest_slope() const { return slope_; }
  [[nodiscard]] double smoothness() const { return (1 - slope_) * sharpness_ / 4 * (1 + 0x1p-50); }
  [[nodiscard]] bool kinked() const { return false; }
  [[nodiscard]] bool homogeneous() const { return slope_ == 1; }
  [[nodiscard]] double value_at_zero() const { return (1 - slope_) * std::log(2.0) / sharpness_; }
  [[nodiscard]] double ulps() const { return 16; }
  [[nodiscard]] std::string name() const { return "smooth_leaky_relu"; }
  template <class Other> [[nodiscard]] SmoothLeakyReLU cast() const {
    return SmoothLeakyReLU{static_cast<double>(static_cast<Other>(slope_)),
                           static_cast<double>(static_cast<Other>(sharpness_))};
  }

 private:
  double slope_;
  double sharpness_;
};

/// s(z) = tanh z; sup|s''| = 4/(3 sqrt 3).
struct Tanh : detail::PlainActivation<Tanh> {
  template <class S> [[nodiscard]] S value(const S& z) const {
    using std::tanh;
    return tanh(z);
  }
  template <class S> [[nodiscard]] S derivative(const S& z) const { return S(4) * detail::sigmoid_slope(S(S(2) * z)); }
  template <class S> [[nodiscard]] S second_derivative(const S& z) const { return S(-2) * value(z) * derivative(z); }
  template <detail::LaneArgument S> [[nodiscard]] detail::ValueAndDerivative<S> on_lanes(S z) const {
    return detail::tanh_and_slope(z);
  }
  [[nodiscard]] double lipschitz() const { return 1; }
  [[nodiscard]] double smallest_slope() const { return 0; }
  [[nodiscard]] double smoothness() const { return 0.76980035891950111; }
  [[nodiscard]] double infimum() const { return -1; }
  [[nodiscard]] double supremum() const { return 1; }
  [[nodiscard]] bool kinked() const { return false; }
  [[nodiscard]] bool homogeneous() const { return false; }
  [[nodiscard]] double value_at_zero() const { return 0; }
  [[nodiscard]] double ulps() const { return 16; }
  [[nodiscard]] std::string name() const { return "tanh"; }
};

/// s(z) = 1/(1 + e^{-z}); sup|s''| = 1/(6 sqrt 3).
struct Sigmoid : detail::PlainActivation<Sigmoid> {
  template <class S> [[nodiscard]] S value(const S& z) const { return detail::sigmoid(z); }
  template <class S> [[nodiscard]] S derivative(const S& z) const { return detail::sigmoid_slope(z); }
  template <class S> [[nodiscard]] S second_derivative(const S& z) const {
    using std::tanh;
    return -detail::sigmoid_slope(z) * S(tanh(S(z / S(2))));
  }
  template <detail::LaneArgument S> [[nodiscard]] detail::ValueAndDerivative<S> on_lanes(S z) const {
    return detail::sigmoid_with_slope(z);
  }
  [[nodiscard]] double lipschitz() const { return 0.25; }
  [[nodiscard]] double smallest_slope() const { return 0; }
  [[nodiscard]] double smoothness() const { return 0.09622504486493764; }
  [[nodiscard]] double infimum() const { return 0; }
  [[nodiscard]] double supremum() const { return 1; }
  [[nodiscard]] bool kinked() const { return false; }
  [[nodiscard]] bool homogeneous() const { return false; }
  [[nodiscard]] double value_at_zero() const { return 0.5; }
  [[nodiscard]] double ulps() const { return 16; }
  [[nodiscard]] std::string name() const { return "sigmoid"; }
};

/// s(z) = log(1 + e^z); sup|s''| = 1/4.
struct Softplus : detail::PlainActivation<Softplus> {
  template <class S> [[nodiscard]] S value(const S& z) const { return detail::softplus(z); }
  template <class S> [[nodiscard]] S derivative(const S& z) const { return detail::sigmoid(z); }
  template <class S> [[nodiscard]] S second_derivative(const S& z) const { return detail::sigmoid_slope(z); }
  template <detail::LaneArgument S> [[nodiscard]] detail::ValueAndDerivative<S> on_lanes(S z) const {
    return detail::softplus_with_slope(z);
  }
  [[nodiscard]] double lipschitz() const { return 1; }
  [[nodiscard]] double smallest_slope() const { return 0; }
  [[nodiscard]] double smoothness() const { return 0.25; }
  [[nodiscard]] bool kinked() const { return false; }
  [[nodiscard]] bool homogeneous() const { return false; }
  [[nodiscard]] double value_at_zero() const { return 0.69314718055994531; }
  [[nodiscard]] double ulps() const { return 16; }
  [[nodiscard]] std::string name() const { return "softplus"; }
};

/// s(z) = z/(1 + e^{-z}); slopes in [-0.0998, 1.0999], sup|s''| = s''(0) = 1/2.
struct Swish : detail::PlainActivation<Swish> {
  template <class S> [[nodiscard]] S value(const S& z) const { return z * detail::sigmoid(z); }
  template <class S> [[nodiscard]] S derivative(const S& z) const {
    return detail::sigmoid(z) + z * detail::sigmoid_slope(z);
  }
  template <class S> [[nodiscard]] S second_derivative(const S& z) const {
    using std::tanh;
    return detail::sigmoid_slope(z) * (S(2) - z * S(tanh(S(z / S(2)))));
  }
  template <detail::LaneArgument S> [[nodiscard]] detail::ValueAndDerivative<S> on_lanes(S z) const {
    const auto [sigmoid, slope] = detail::sigmoid_with_slope(z);
    return {z * sigmoid, sigmoid + z * slope};
  }
  [[nodiscard]] double lipschitz() const { return 1.0998393201288671; }
  [[nodiscard]] double smallest_slope() const { return -0.0998393201288671; }
  [[nodiscard]] double smoothness() const { return 0.5; }
  [[nodiscard]] bool kinked() const { return false; }
  [[nodiscard]] bool homogeneous() const { return false; }
  [[nodiscard]] double value_at_zero() const { return 0; }
  [[nodiscard]] double ulps() const { return 16; }
  [[nodiscard]] std::string name() const { return "swish"; }
};

static_assert(Activation<Identity> && Activation<ReLU> && Activation<LeakyReLU> && Activation<SmoothLeakyReLU>);
static_assert(Activation<Tanh> && Activation<Sigmoid> && Activation<Softplus> && Activation<Swish>);

namespace detail {

#if defined(__GNUC__)
/// An activation that may offer on_lanes(z): value and derivative without a branch, of a number or a register of them.
/// It is within ulps() u like the others.
template <class A, class Scalar>
concept LaneActivation = VectorScalar<Scalar> && requires(const A& activation, Lanes<Scalar> z) {
  activation.on_lanes(z);
};
#else
template <class A, class Scalar>
concept LaneActivation = false;
#endif

/// Whether a block of this type may be worked through by registers.
template <class A, class Derived>
concept LanesServe =
    prefers_vector_functions && LaneActivation<A, typename Derived::Scalar> && has_direct_access<Derived>;

/// z is overwritten by function(z), a register at a time.
template <class Derived, class Function> void apply_lanes(Eigen::MatrixBase<Derived>& z, const Function& function) {
  auto* const entries = z.derived().data();
  if (is_contiguous(z)) return for_each_entry(entries, entries, z.size(), function);
  for (Index i = 0; i < z.cols(); ++i) for_each_entry(&z(0, i), &z(0, i), z.rows(), function);
}

/// The one place where an activation meets a block: z is overwritten by s(z).
template <class A, class Derived> void apply(const A& activation, Eigen::MatrixBase<Derived>& z) {
  using S = typename Derived::Scalar;
  if constexpr (requires { activation.apply_block(z); }) {
    activation.apply_block(z);
  } else if constexpr (LanesServe<A, Derived>) {
    apply_lanes(z, [&](const auto& x) { return activation.on_lanes(x).value; });
  } else if constexpr (std::derived_from<A, LeakyReLU>) {
    z = z.cwiseMax(static_cast<S>(activation.slope()) * z);  // slope <= 1: no branch
  } else {
    z = z.unaryExpr([&](const S& x) { return S(activation.value(x)); });
  }
}

/// And its derivative: z is overwritten by s'(z).
template <class A, class Derived> void apply_derivative(const A& activation, Eigen::MatrixBase<Derived>& z) {
  using S = typename Derived::Scalar;
  if constexpr (requires { activation.apply_derivative_block(z); }) {
    activation.apply_derivative_block(z);
  } else if constexpr (LanesServe<A, Derived>) {
    apply_lanes(z, [&](const auto& x) { return activation.on_lanes(x).derivative; });
  } else if constexpr (std::derived_from<A, LeakyReLU> && !requires(const S& x) { enclosed_rectifier_slope(x, 0.5); }) {
    const auto slope = static_cast<S>(activation.slope());
    z = (z.array() >= S(0)).select(Matrix<S>::Ones(z.rows(), z.cols()), Matrix<S>::Constant(z.rows(), z.cols(), slope));
  } else {
    z = z.unaryExpr([&](const S& x) { return S(activation.derivative(x)); });
  }
}

}  // namespace detail

}  // namespace proxcvx
