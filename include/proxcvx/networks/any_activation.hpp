// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <proxcvx/networks/activations.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

// An activation chosen at run time, for programs whose user names it: one visit per block, not per entry.

namespace proxcvx {

/// Any of the library's activations behind one type. Conforms to Activation.
class AnyActivation {
 public:
  using Choice = std::variant<Identity, ReLU, LeakyReLU, SmoothLeakyReLU, Tanh, Sigmoid, Softplus, Swish>;

  template <class A>
  requires std::constructible_from<Choice, A> AnyActivation(A activation)
      : facts_{.lipschitz = activation.lipschitz(),
               .smallest_slope = activation.smallest_slope(),
               .smoothness = activation.smoothness(),
               .value_at_zero = activation.value_at_zero(),
               .ulps = activation.ulps(),
               .kinked = activation.kinked(),
               .homogeneous = activation.homogeneous(),
               .name = activation.name()},
        choice_{std::move(activation)} {}  // NOLINT(google-explicit-constructor): a value of it

  /// The names that `named` knows.
  static constexpr std::array<std::string_view, 8> names{"identity", "relu",    "leaky_relu", "smooth_leaky_relu",
                                                         "tanh",     "sigmoid", "softplus",   "swish"};

  /// The activation with this name; `slope` is for the two leaky ones.
  /// Throws std::invalid_argument on an unknown name, with the known ones.
  [[nodiscard]] static AnyActivation named(std::string_view name, double slope = 0.1, double sharpness = 1) {
    if (name == "identity") return Identity{};
    if (name == "relu") return ReLU{};
    if (name == "leaky_relu") return LeakyReLU{slope};
    if (name == "smooth_leaky_relu") return SmoothLeakyReLU{slope, sharpness};
    if (name == "tanh") return Tanh{};
    if (name == "sigmoid") return Sigmoid{};
    if (name == "softplus") return Softplus{};
    if (name == "swish") return Swish{};
    std::string known;
    for (const std::string_view one : names) known += (known.empty() ? "" : ", ") + std::string(one);
    require(false, "activation", "one of " + known, name);
    return Identity{};
  }

  [[nodiscard]] const Choice& choice() const { return choice_; }

  template <class S> [[nodiscard]] S value(const S& z) const {
    return std::visit([&](const auto& a) { return S(a.value(z)); }, choice_);
  }
  template <class S> [[nodiscard]] S derivative(const S& z) const {
    return std::visit([&](const auto& a) { return S(a.derivative(z)); }, choice_);
  }
  template <class S> [[nodiscard]] S second_derivative(const S& z) const {
    return std::visit([&](const auto& a) { return S(a.second_derivative(z)); }, choice_);
  }
  template <class Derived> void apply_block(Eigen::MatrixBase<Derived>& z) const {
    std::visit([&](const auto& a) { detail::apply(a, z); }, choice_);
  }
  template <class Derived> void apply_derivative_block(Eigen::MatrixBase<Derived>& z) const {
    std::visit([&](const auto& a) { detail::apply_derivative(a, z); }, choice_);
  }

  [[nodiscard]] double lipschitz() const { return facts_.lipschitz; }
  [[nodiscard]] double smallest_slope() const { return facts_.smallest_slope; }
  [[nodiscard]] double smoothness() const { return facts_.smoothness; }
  [[nodiscard]] bool kinked() const { return facts_.kinked; }
  [[nodiscard]] bool homogeneous() const { return facts_.homogeneous; }
  [[nodiscard]] double value_at_zero() const { return facts_.value_at_zero; }
  [[nodiscard]] double ulps() const { return facts_.ulps; }
  [[nodiscard]] std::string name() const { return facts_.name; }
  template <class Other> [[nodiscard]] AnyActivation cast() const {
    return std::visit([](const auto& a) { return AnyActivation(a.template cast<Other>()); }, choice_);
  }

 private:
  // What a chosen activation says of itself, asked once.
  struct Facts {
    double lipschitz;
    double smallest_slope;
    double smoothness;
    double value_at_zero;
    double ulps;
    bool kinked;
    bool homogeneous;
    std::string name;
  };

  Facts facts_;
  Choice choice_;
};

static_assert(Activation<AnyActivation>);

}  // namespace proxcvx
