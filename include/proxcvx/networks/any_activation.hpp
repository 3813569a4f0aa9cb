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
      : choice_{std::move(activation)} {}  // NOLINT(google-explicit-constructor): a value of it

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

  [[nodiscard]] double lipschitz() const {
    return std::visit([](const auto& a) { return a.lipschitz(); }, choice_);
  }
  [[nodiscard]] double smallest_slope() const {
    return std::visit([](const auto& a) { return a.smallest_slope(); }, choice_);
  }
  [[nodiscard]] double smoothness() const {
    return std::visit([](const auto& a) { return a.smoothness(); }, choice_);
  }
  [[nodiscard]] bool kinked() const {
    return std::visit([](const auto& a) { return a.kinked(); }, choice_);
  }
  [[nodiscard]] bool homogeneous() const {
    return std::visit([](const auto& a) { return a.homogeneous(); }, choice_);
  }
  [[nodiscard]] double value_at_zero() const {
    return std::visit([](const auto& a) { return a.value_at_zero(); }, choice_);
  }
  [[nodiscard]] double ulps() const {
    return std::visit([](const auto& a) { return a.ulps(); }, choice_);
  }
  [[nodiscard]] std::string name() const {
    return std::visit([](const auto& a) { return a.name(); }, choice_);
  }
  template <class Other> [[nodiscard]] AnyActivation cast() const {
    return std::visit([](const auto& a) { return AnyActivation(a.template cast<Other>()); }, choice_);
  }

 private:
  Choice choice_;
};

static_assert(Activation<AnyActivation>);

}  // namespace proxcvx
