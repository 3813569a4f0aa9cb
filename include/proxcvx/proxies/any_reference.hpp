// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <proxcvx/objectives/any_objective.hpp>
#include <string>
#include <type_traits>
#include <utility>

// Moving references h(v; w) of any type behind one type: those of claims <grad f(w), w - v> >= g(w) - h(v; w) about
// AnyObjective, such as the tangents of different networks.

namespace proxcvx {

/// A reference that moves with w and bounds its own rounding error: `value(v, w)`, `bounded_value(v, w)`.
template <class H>
concept MovingReference = detail::HasScalar<H> && requires(const H& h, const Vector<typename H::Scalar>& w) {
  { h.value(w, w) } -> std::convertible_to<typename H::Scalar>;
  { h.bounded_value(w, w) } -> std::same_as<BoundedValue<typename H::Scalar>>;
};

/// A moving reference of any type that can be cast to the wider scalars. Copies are cheap and share what is held; a
/// virtual call stands before an evaluation, and the numbers are those of what is held, bit for bit.
template <class Scalar_ = double> class AnyReference {
 public:
  using Scalar = Scalar_;

  template <class H> explicit AnyReference(H h) requires(!std::is_same_v<H, AnyReference>) {
    static_assert(MovingReference<H>,
                  "proxcvx::AnyReference: the reference needs `value(v, w)` and `bounded_value(v, w)`");
    held_ = std::make_shared<Held<H>>(std::move(h));
  }

  [[nodiscard]] std::string name() const { return held_->name(); }
  /// h(v; w).
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> v, ConstVectorRef<Scalar> w) const { return held_->value(v, w); }
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> v, ConstVectorRef<Scalar> w) const {
    return held_->bounded_value(v, w);
  }

  /// The reference in the next wider scalar (by erased_cast, which a program may declare `extern template`).
  template <class Other>
  requires(!std::is_void_v<Other> && std::is_same_v<Other, WiderScalar<Scalar>>) [[nodiscard]] auto cast() const {
    return held_->widened();
  }

 private:
  using Next = WiderScalar<Scalar>;
  using Widened = std::conditional_t<std::is_void_v<Next>, int, AnyReference<Next>>;

  struct Calls {
    virtual ~Calls() = default;
    [[nodiscard]] virtual std::string name() const = 0;
    [[nodiscard]] virtual Scalar value(ConstVectorRef<Scalar> v, ConstVectorRef<Scalar> w) const = 0;
    [[nodiscard]] virtual BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> v,
                                                             ConstVectorRef<Scalar> w) const = 0;
    [[nodiscard]] virtual Widened widened() const = 0;
  };
  template <class H> struct Held final : Calls {
    explicit Held(H held) : h{std::move(held)} {}
    [[nodiscard]] std::string name() const override {
      if constexpr (requires { h.name(); }) {
        return h.name();
      } else {
        return "user's h";
      }
    }
    [[nodiscard]] Scalar value(ConstVectorRef<Scalar> v, ConstVectorRef<Scalar> w) const override {
      return h.value(v, w);
    }
    [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> v,
                                                     ConstVectorRef<Scalar> w) const override {
      return h.bounded_value(v, w);
    }
    [[nodiscard]] Widened widened() const override {
      if constexpr (std::is_void_v<Next>) {
        return 0;
      } else {
        return erased_cast<Widened>(h);
      }
    }
    H h;
  };

  std::shared_ptr<const Calls> held_;
};

static_assert(MovingReference<AnyReference<double>> && MovingReference<AnyReference<long double>>);

}  // namespace proxcvx
