// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <proxcvx/objectives/any_objective.hpp>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

// Proxies of any type behind one type: the g or h of claims about AnyObjective.

namespace proxcvx {

namespace detail {

/// What g and the gradient of the bare objective F yield together where `f` holds an F, else one after the other.
template <class F, class G, class Any>
GradientAndProxy<typename G::Scalar> beside_target(const G& g, const Any& f, ConstVectorRef<typename G::Scalar> w,
                                                   VectorRef<typename G::Scalar> out) {
  if constexpr (!std::is_void_v<F>) {
    if (const F* const bare = f.template target<F>()) return bounded_gradient_and_proxy(*bare, g, w, out);
  }
  const BoundedGradient<typename G::Scalar> gradient = f.bounded_gradient(w, out);
  return {gradient, g.bounded_value(w)};
}

/// F in another scalar; void stays void.
template <class F, class Other> struct CastType {
  using type = decltype(std::declval<const F&>().template cast<Other>());
};
template <class Other> struct CastType<void, Other> { using type = void; };

}  // namespace detail

/// The proxy g, told of the objective F beside it, in the scalar of `Any`: see erased_cast.
template <class Any, class F, class G> [[nodiscard]] Any erased_cast_beside(const G& g) {
  using Other = typename Any::Scalar;
  return Any(std::type_identity<typename detail::CastType<F, Other>::type>{}, g.template cast<Other>());
}

/// A proxy in a scalar that margins are taken again in: its value with its bound.
template <class Scalar_> class AnyWiderProxy {
 public:
  using Scalar = Scalar_;

  template <class F, class G>
  AnyWiderProxy(std::type_identity<F> /*beside*/, G g) : held_{std::make_shared<Held<F, G>>(std::move(g))} {}

  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const { return held_->bounded_value(w); }
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const { return bounded_value(w).value; }
  GradientAndProxy<Scalar> bounded_beside(const AnyWiderObjective<Scalar>& f, ConstVectorRef<Scalar> w,
                                          VectorRef<Scalar> out) const {
    return held_->bounded_beside(f, w, out);
  }

  template <class Other>
  requires(!std::is_void_v<Other> && std::is_same_v<Other, WiderScalar<Scalar>>) [[nodiscard]] auto cast() const {
    return held_->widened();
  }

 private:
  using Next = WiderScalar<Scalar>;
  using Widened = std::conditional_t<std::is_void_v<Next>, int, AnyWiderProxy<Next>>;

  struct Calls {
    virtual ~Calls() = default;
    [[nodiscard]] virtual BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const = 0;
    virtual GradientAndProxy<Scalar> bounded_beside(const AnyWiderObjective<Scalar>& f, ConstVectorRef<Scalar> w,
                                                    VectorRef<Scalar> out) const = 0;
    [[nodiscard]] virtual Widened widened() const = 0;
  };
  template <class F, class G> struct Held final : Calls {
    explicit Held(G held) : g{std::move(held)} {}
    [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const override {
      return g.bounded_value(w);
    }
    GradientAndProxy<Scalar> bounded_beside(const AnyWiderObjective<Scalar>& f, ConstVectorRef<Scalar> w,
                                            VectorRef<Scalar> out) const override {
      return detail::beside_target<F>(g, f, w, out);
    }
    [[nodiscard]] Widened widened() const override {
      if constexpr (std::is_void_v<Next>) {
        return 0;
      } else {
        return erased_cast_beside<Widened, F>(g);
      }
    }
    G g;
  };
  std::shared_ptr<const Calls> held_;
};

/// A proxy of any type that has a gradient, bounds its own rounding error and can be cast to the wider scalars.
/// One that finds its value in what the gradient of an objective computes anyway (bounded_beside) is told of the type
/// of that objective. `Enclosing` as in AnyObjective. Copies are cheap and share what is held.
template <class Scalar_ = double, class... Enclosing> class AnyProxy {
 public:
  using Scalar = Scalar_;

  /// A proxy that no objective helps to evaluate.
  template <class G>
  explicit AnyProxy(G g) requires(!std::is_same_v<G, AnyProxy>) : AnyProxy(std::type_identity<void>{}, std::move(g)) {}
  /// A proxy beside whose value the gradient of objectives of `f`'s type is wanted; f itself is not kept.
  template <class G, class F> AnyProxy(G g, const F& /*f*/) : AnyProxy(std::type_identity<F>{}, std::move(g)) {}

  [[nodiscard]] std::string name() const { return held_->name(); }
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const { return held_->value(w); }
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const { return held_->gradient(w, out); }
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const { return held_->bounded_value(w); }
  GradientAndProxy<Scalar> bounded_beside(const AnyObjective<Scalar, Enclosing...>& f, ConstVectorRef<Scalar> w,
                                          VectorRef<Scalar> out) const {
    return held_->bounded_beside(f, w, out);
  }

  /// The proxy in the next wider scalar, or as a formula in a scalar that encloses.
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
  static_assert(!std::is_void_v<Next>, "proxcvx::AnyProxy: a scalar that has a wider one");
  using Widened = AnyWiderProxy<Next>;

  struct Calls {
    virtual ~Calls() = default;
    [[nodiscard]] virtual std::string name() const = 0;
    [[nodiscard]] virtual Scalar value(ConstVectorRef<Scalar> w) const = 0;
    virtual Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const = 0;
    [[nodiscard]] virtual BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const = 0;
    virtual GradientAndProxy<Scalar> bounded_beside(const AnyObjective<Scalar, Enclosing...>& f,
                                                    ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const = 0;
  };
  template <class F, class G> struct Held final : Calls {
    explicit Held(G held) : g{std::move(held)} {}
    [[nodiscard]] std::string name() const override {
      if constexpr (requires { g.name(); }) {
        return g.name();
      } else {
        return "user's proxy";
      }
    }
    [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const override { return g.value(w); }
    Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const override { return g.gradient(w, out); }
    [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const override {
      return g.bounded_value(w);
    }
    GradientAndProxy<Scalar> bounded_beside(const AnyObjective<Scalar, Enclosing...>& f, ConstVectorRef<Scalar> w,
                                            VectorRef<Scalar> out) const override {
      return detail::beside_target<F>(g, f, w, out);
    }
    G g;
  };

  template <class F, class G> AnyProxy(std::type_identity<F> /*beside*/, G g) {
    static_assert(detail::HasGradient<G> && BoundsItsValue<G>,
                  "proxcvx::AnyProxy: the proxy needs `gradient` and `bounded_value`");
    auto held = std::make_shared<Held<F, G>>(std::move(g));
    casts_ = std::make_tuple([held] { return erased_cast_beside<Widened, F>(held->g); },
                             [held] { return erased_cast<AnyFormula<Enclosing>>(held->g); }...);
    held_ = std::move(held);
  }

  std::shared_ptr<const Calls> held_;
  std::tuple<std::function<Widened()>, std::function<AnyFormula<Enclosing>()>...> casts_;
};

static_assert(detail::HasGradient<AnyProxy<double>> && BoundsItsValue<AnyProxy<double>> &&
              BoundsItsValue<AnyWiderProxy<long double>>);

}  // namespace proxcvx
