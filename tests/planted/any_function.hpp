// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <memory>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/interval_functions.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/slope_functions.hpp>
#include <proxcvx/core/wider.hpp>
#include <proxcvx/objectives/any_objective.hpp>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/proxies/affine.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

// Any objective or proxy of the library behind one type, so that properties and verbs are compiled once for all claims.
// It hands on everything that a search or an escalation asks for: values and gradients with their own bounds, terms,
// Hessian-vector products, starts, the same function in the next wider scalar, and the one that prove encloses.

namespace planted {

namespace pc = proxcvx;

template <class S> class AnyFunction;

using Form = pc::SlopeForm<pc::Interval>;  // the scalar in which prove evaluates
using Formula = pc::AnyFormula<Form>;

namespace detail {

template <class S> using ConstRef = pc::ConstVectorRef<S>;
using Batch = std::span<const pc::Index>;

/// The functions of wide scalars are asked for margins alone.
template <class S> inline constexpr bool searched = std::is_same_v<S, float> || std::is_same_v<S, double>;
template <class S> using Widened = std::conditional_t<std::is_void_v<pc::WiderScalar<S>>, S, pc::WiderScalar<S>>;
/// The functions whose formulas are compiled for proofs: those of the constructed claims, but for the sixth root, as
/// intervals have no cube root.
template <class F, class... Some> inline constexpr bool is_one_of = (std::is_same_v<F, Some> || ...);
template <class F>
concept Proved = is_one_of<F, pc::Quadratic<double>, pc::Quartic<double>, pc::Sine<double>, pc::DampedAbsolute<double>,
                           pc::Affine<AnyFunction<double>>>;

template <class S> struct Held {
  virtual ~Held() = default;
  [[nodiscard]] virtual pc::Index dimension() const = 0;
  [[nodiscard]] virtual pc::Index terms() const = 0;
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual pc::Matrix<S> starts() const = 0;
  [[nodiscard]] virtual pc::BoundedValue<S> bounded_value(ConstRef<S> w) const = 0;
  virtual pc::BoundedGradient<S> bounded_gradient(ConstRef<S> w, const Batch* batch, pc::VectorRef<S> out) const = 0;
  virtual S gradient(ConstRef<S> w, const Batch* batch, pc::VectorRef<S> out) const = 0;
  virtual void hessian_vector(ConstRef<S> w, const Batch* batch, ConstRef<S> d, pc::VectorRef<S> out) const = 0;
  [[nodiscard]] virtual AnyFunction<Widened<S>> wider() const = 0;
  [[nodiscard]] virtual bool proved() const = 0;
  [[nodiscard]] virtual Formula formula() const = 0;
};

template <class F> struct Holder final : Held<typename F::Scalar> {
  using S = typename F::Scalar;
  explicit Holder(F function) : f{std::move(function)} {}
  F f;

  [[nodiscard]] pc::Index dimension() const override {
    if constexpr (requires { f.dimension(); }) return f.dimension();
    return -1;
  }
  [[nodiscard]] pc::Index terms() const override {
    if constexpr (pc::FiniteSumObjective<F>) return f.terms();
    return 1;
  }
  [[nodiscard]] std::string name() const override { return pc::detail::name_of(f, "function"); }
  [[nodiscard]] pc::Matrix<S> starts() const override {
    if constexpr (searched<S> && requires { f.starts(); }) return f.starts();
    return pc::Matrix<S>(dimension(), 0);
  }
  [[nodiscard]] pc::BoundedValue<S> bounded_value(ConstRef<S> w) const override {
    return pc::bounded_proxy_value<S>(f, w);
  }
  pc::BoundedGradient<S> bounded_gradient(ConstRef<S> w, const Batch* batch, pc::VectorRef<S> out) const override {
    if (batch != nullptr) {
      if constexpr (requires { f.bounded_gradient(w, *batch, out); }) return f.bounded_gradient(w, *batch, out);
      throw std::logic_error("planted: no bounded gradient of a batch");
    }
    if constexpr (pc::DifferentiableObjective<F>) return pc::bounded_gradient(f, w, out);
    throw std::logic_error("planted: a proxy has no bounded gradient");
  }
  S gradient(ConstRef<S> w, const Batch* batch, pc::VectorRef<S> out) const override {
    if constexpr (searched<S>) {
      if constexpr (pc::FiniteSumObjective<F>) {
        if (batch != nullptr) return f.gradient(w, *batch, out);
      }
      return f.gradient(w, out);
    }
    throw std::logic_error("planted: no search in a wide scalar");
  }
  void hessian_vector(ConstRef<S> w, const Batch* batch, ConstRef<S> d, pc::VectorRef<S> out) const override {
    if constexpr (searched<S> && pc::TwiceDifferentiableObjective<F>) {
      if constexpr (pc::TwiceDifferentiableSum<F>) {
        if (batch != nullptr) return f.hessian_vector(w, *batch, d, out);
      }
      return f.hessian_vector(w, d, out);
    }
    throw std::logic_error("planted: no Hessian");
  }
  [[nodiscard]] AnyFunction<Widened<S>> wider() const override;
  [[nodiscard]] bool proved() const override { return Proved<F>; }
  [[nodiscard]] Formula formula() const override {
    if constexpr (Proved<F>) return pc::erased_cast<Formula>(f);
    throw std::logic_error("planted: no formula for proofs");
  }
};

}  // namespace detail

template <class S> class AnyFunction {
 public:
  using Scalar = S;

  template <class F>
  requires(!std::is_same_v<F, AnyFunction>) AnyFunction(F f)  // NOLINT(google-explicit-constructor): a value of it
      : held_{std::make_shared<const detail::Holder<F>>(std::move(f))} {}

  [[nodiscard]] pc::Index dimension() const { return held_->dimension(); }
  [[nodiscard]] pc::Index terms() const { return held_->terms(); }
  [[nodiscard]] std::string name() const { return held_->name(); }
  [[nodiscard]] pc::Matrix<S> starts() const { return held_->starts(); }
  /// Whether `prove` can evaluate it.
  [[nodiscard]] bool proved() const { return held_->proved(); }
  [[nodiscard]] S value(pc::ConstVectorRef<S> w) const { return held_->bounded_value(w).value; }
  [[nodiscard]] pc::BoundedValue<S> bounded_value(pc::ConstVectorRef<S> w) const { return held_->bounded_value(w); }
  S gradient(pc::ConstVectorRef<S> w, pc::VectorRef<S> out) const { return held_->gradient(w, nullptr, out); }
  S gradient(pc::ConstVectorRef<S> w, detail::Batch batch, pc::VectorRef<S> out) const {
    return held_->gradient(w, &batch, out);
  }
  pc::BoundedGradient<S> bounded_gradient(pc::ConstVectorRef<S> w, pc::VectorRef<S> out) const {
    return held_->bounded_gradient(w, nullptr, out);
  }
  pc::BoundedGradient<S> bounded_gradient(pc::ConstVectorRef<S> w, detail::Batch batch, pc::VectorRef<S> out) const {
    return held_->bounded_gradient(w, &batch, out);
  }
  void hessian_vector(pc::ConstVectorRef<S> w, pc::ConstVectorRef<S> direction, pc::VectorRef<S> out) const {
    held_->hessian_vector(w, nullptr, direction, out);
  }
  void hessian_vector(pc::ConstVectorRef<S> w, detail::Batch batch, pc::ConstVectorRef<S> direction,
                      pc::VectorRef<S> out) const {
    held_->hessian_vector(w, &batch, direction, out);
  }
  template <class Other>
  requires std::is_same_v<Other, pc::WiderScalar<S>>
  [[nodiscard]] AnyFunction<Other> cast() const { return held_->wider(); }
  template <class Other>
  requires(std::is_same_v<Other, Form>&& std::is_same_v<S, double>) [[nodiscard]] Formula cast() const {
    return held_->formula();
  }

 private:
  std::shared_ptr<const detail::Held<S>> held_;
};

template <class F> AnyFunction<detail::Widened<typename F::Scalar>> detail::Holder<F>::wider() const {
  if constexpr (std::is_void_v<pc::WiderScalar<S>>) {
    throw std::logic_error("planted: nothing is wider than fifty digits");
  } else {
    return f.template cast<Widened<S>>();
  }
}

static_assert(pc::TwiceDifferentiableSum<AnyFunction<double>> && pc::BoundsItsGradient<AnyFunction<double>>);

}  // namespace planted
