// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/wider.hpp>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

// Objectives of any type behind one type: claims about different networks then share one property type, one list, and
// one compiled copy of each verb. A virtual call stands before an evaluation, which goes over all of the data: the
// results are those of the objective that is held, bit for bit.

namespace proxcvx {

/// f in the scalar of `Any`, held as such. A program of several files may declare it `extern template` for its own f in
/// all files but one: what the other scalars take to compile is then paid there, once, at that file's optimisation.
template <class Any, class F> [[nodiscard]] Any erased_cast(const F& f) {
  return Any(f.template cast<typename Any::Scalar>());
}

/// A function for a scalar that encloses what it rounds (SlopeForm<Interval>): value and gradient, no bounds.
template <class Scalar_> class AnyFormula {
 public:
  using Scalar = Scalar_;

  /// Copies share f.
  template <class F>
  explicit AnyFormula(F f) requires(!std::is_same_v<F, AnyFormula> && detail::HasValue<F>)
      : held_{std::make_shared<Held<F>>(std::move(f))} {}

  /// 0 where f, a constant, is defined in every dimension.
  [[nodiscard]] Index dimension() const { return held_->dimension(); }
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const { return held_->value(w); }
  /// Throws std::invalid_argument where f has none.
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const { return held_->gradient(w, out); }

 private:
  struct Calls {
    virtual ~Calls() = default;
    [[nodiscard]] virtual Index dimension() const = 0;
    [[nodiscard]] virtual Scalar value(ConstVectorRef<Scalar> w) const = 0;
    virtual Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const = 0;
  };
  template <class F> struct Held final : Calls {
    explicit Held(F held) : f{std::move(held)} {}
    [[nodiscard]] Index dimension() const override {
      if constexpr (detail::HasDimension<F>) {
        return f.dimension();
      } else {
        return 0;
      }
    }
    [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const override { return f.value(w); }
    Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const override {
      if constexpr (detail::HasGradient<F>) {
        return f.gradient(w, out);
      } else {
        require(false, "AnyFormula::gradient: expected a function that has one");
        return Scalar(0);
      }
    }
    F f;
  };
  std::shared_ptr<const Calls> held_;
};

/// An objective in a scalar that margins are taken again in: value and gradient with their bounds.
template <class Scalar_> class AnyWiderObjective {
 public:
  using Scalar = Scalar_;

  /// Copies share f, which bounds its gradient and can be cast to the next wider scalar.
  template <class F>
  explicit AnyWiderObjective(F f) requires(!std::is_same_v<F, AnyWiderObjective> && BoundsItsGradient<F>)
      : held_{std::make_shared<Held<F>>(std::move(f))} {}

  [[nodiscard]] Index dimension() const { return held_->dimension(); }
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const { return held_->bounded_value(w); }
  BoundedGradient<Scalar> bounded_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    return held_->bounded_gradient(w, out);
  }
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const { return bounded_value(w).value; }
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const { return bounded_gradient(w, out).value; }

  /// The objective that is held where it is an F, else null.
  template <class F> [[nodiscard]] const F* target() const {
    const auto* held = dynamic_cast<const Held<F>*>(held_.get());
    return held == nullptr ? nullptr : &held->f;
  }

  template <class Other>
  requires(!std::is_void_v<Other> && std::is_same_v<Other, WiderScalar<Scalar>>) [[nodiscard]] auto cast() const {
    return held_->widened();
  }

 private:
  using Next = WiderScalar<Scalar>;
  using Widened = std::conditional_t<std::is_void_v<Next>, int, AnyWiderObjective<Next>>;

  struct Calls {
    virtual ~Calls() = default;
    [[nodiscard]] virtual Index dimension() const = 0;
    [[nodiscard]] virtual BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const = 0;
    virtual BoundedGradient<Scalar> bounded_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const = 0;
    [[nodiscard]] virtual Widened widened() const = 0;
  };
  template <class F> struct Held final : Calls {
    explicit Held(F held) : f{std::move(held)} {}
    [[nodiscard]] Index dimension() const override { return f.dimension(); }
    [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const override {
      return f.bounded_value(w);
    }
    BoundedGradient<Scalar> bounded_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const override {
      return f.bounded_gradient(w, out);
    }
    [[nodiscard]] Widened widened() const override {
      if constexpr (std::is_void_v<Next>) {
        return 0;
      } else {
        return erased_cast<Widened>(f);
      }
    }
    F f;
  };
  std::shared_ptr<const Calls> held_;
};

/// An objective of any type that bounds its own rounding errors, is twice differentiable and can be cast to the wider
/// scalars: an empirical risk, say. An objective that is no finite sum is the mean of one term, itself.
/// `Enclosing`: the scalars that enclose (SlopeForm<Interval>, which `prove` needs) to which it can be cast besides.
/// Copies are cheap and share what is held. Calls cost what they cost there.
template <class Scalar_ = double, class... Enclosing> class AnyObjective {
 public:
  using Scalar = Scalar_;

  template <class F> explicit AnyObjective(F f) requires(!std::is_same_v<F, AnyObjective>) {
    static_assert(
        TwiceDifferentiableObjective<F> && BoundsItsGradient<F> && BoundsItsValue<F>,
        "proxcvx::AnyObjective: the objective needs `hessian_vector`, `bounded_value` and `bounded_gradient`");
    auto held = std::make_shared<Held<F>>(std::move(f));
    casts_ = std::make_tuple([held] { return erased_cast<Widened>(held->f); },
                             [held] { return erased_cast<AnyFormula<Enclosing>>(held->f); }...);
    held_ = std::move(held);
  }

  [[nodiscard]] Index dimension() const { return held_->dimension(); }
  [[nodiscard]] Index terms() const { return held_->terms(); }
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const { return held_->value(w); }
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const { return held_->gradient(w, out); }
  Scalar gradient(ConstVectorRef<Scalar> w, std::span<const Index> batch, VectorRef<Scalar> out) const {
    return held_->gradient(w, batch, out);
  }
  void hessian_vector(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> direction, VectorRef<Scalar> out) const {
    held_->hessian_vector(w, direction, out);
  }
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const { return held_->bounded_value(w); }
  BoundedGradient<Scalar> bounded_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    return held_->bounded_gradient(w, out);
  }
  /// Where a search should begin, a column each; none where the objective does not say.
  [[nodiscard]] Matrix<Scalar> starts() const { return held_->starts(); }

  /// The objective that is held where it is an F, else null.
  template <class F> [[nodiscard]] const F* target() const {
    const auto* held = dynamic_cast<const Held<F>*>(held_.get());
    return held == nullptr ? nullptr : &held->f;
  }

  /// The objective in the next wider scalar, or as a formula in a scalar that encloses.
  template <class Other>
  requires(std::is_same_v<Other, WiderScalar<Scalar>> || (std::is_same_v<Other, Enclosing> || ...))
      [[nodiscard]] auto cast() const {
    if constexpr (std::is_same_v<Other, Next>) {
      return std::get<0>(casts_)();
    } else {
      return std::get<std::function<AnyFormula<Other>()>>(casts_)();
    }
  }

 private:
  using Next = WiderScalar<Scalar>;
  static_assert(!std::is_void_v<Next>, "proxcvx::AnyObjective: a scalar that has a wider one");
  using Widened = AnyWiderObjective<Next>;

  struct Calls {
    virtual ~Calls() = default;
    [[nodiscard]] virtual Index dimension() const = 0;
    [[nodiscard]] virtual Index terms() const = 0;
    [[nodiscard]] virtual Scalar value(ConstVectorRef<Scalar> w) const = 0;
    virtual Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const = 0;
    virtual Scalar gradient(ConstVectorRef<Scalar> w, std::span<const Index> batch, VectorRef<Scalar> out) const = 0;
    virtual void hessian_vector(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> direction,
                                VectorRef<Scalar> out) const = 0;
    [[nodiscard]] virtual BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const = 0;
    virtual BoundedGradient<Scalar> bounded_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const = 0;
    [[nodiscard]] virtual Matrix<Scalar> starts() const = 0;
  };
  template <class F> struct Held final : Calls {
    explicit Held(F held) : f{std::move(held)} {}
    [[nodiscard]] Index dimension() const override { return f.dimension(); }
    [[nodiscard]] Index terms() const override {
      if constexpr (FiniteSumObjective<F>) {
        return f.terms();
      } else {
        return 1;
      }
    }
    [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const override { return f.value(w); }
    Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const override { return f.gradient(w, out); }
    Scalar gradient(ConstVectorRef<Scalar> w, std::span<const Index> batch, VectorRef<Scalar> out) const override {
      if constexpr (FiniteSumObjective<F>) {
        return f.gradient(w, batch, out);
      } else {
        return f.gradient(w, out);
      }
    }
    void hessian_vector(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> direction,
                        VectorRef<Scalar> out) const override {
      f.hessian_vector(w, direction, out);
    }
    [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const override {
      return f.bounded_value(w);
    }
    BoundedGradient<Scalar> bounded_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const override {
      return f.bounded_gradient(w, out);
    }
    [[nodiscard]] Matrix<Scalar> starts() const override {
      if constexpr (requires {
                      { f.starts() } -> std::convertible_to<Matrix<Scalar>>;
                    }) {
        return f.starts();
      } else {
        return Matrix<Scalar>(f.dimension(), 0);
      }
    }
    F f;
  };

  std::shared_ptr<const Calls> held_;
  std::tuple<std::function<Widened()>, std::function<AnyFormula<Enclosing>()>...> casts_;
};

static_assert(FiniteSumObjective<AnyObjective<double>> && TwiceDifferentiableObjective<AnyObjective<double>> &&
              BoundsItsGradient<AnyObjective<double>> && BoundsItsGradient<AnyWiderObjective<long double>> &&
              DifferentiableObjective<AnyFormula<double>>);

}  // namespace proxcvx
