// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <proxcvx/properties/margin.hpp>
#include <string>
#include <type_traits>
#include <utility>

// Point properties of any type behind one type, for verbs that need the margin alone (check, monitor, replay): claims
// whose constants depend on w, such as tangent margins, share one compiled copy of each.

namespace proxcvx {

/// A point property of any type that bounds its own rounding. Copies are cheap and share what is held. The margin is
/// that of what is held, bit for bit; it is not taken again in another scalar, and has no gradient.
template <class Scalar_ = double> class AnyPointProperty {
 public:
  using Scalar = Scalar_;

  template <class Property>
  explicit AnyPointProperty(Property property) requires(!std::is_same_v<Property, AnyPointProperty> &&
                                                        PointProperty<Property>) {
    static_assert(Property::rigorous_rounding(), "proxcvx::AnyPointProperty: a property that bounds its own rounding");
    held_ = std::make_shared<Held<Property>>(std::move(property));
  }

  [[nodiscard]] Index dimension() const { return held_->dimension(); }
  [[nodiscard]] std::string name() const { return held_->name(); }
  [[nodiscard]] std::string statement() const { return held_->statement(); }
  [[nodiscard]] Constants constants() const { return held_->constants(); }
  [[nodiscard]] Margin<Scalar> margin(ConstVectorRef<Scalar> w) const { return held_->margin(w); }
  static constexpr bool rigorous_rounding() { return true; }

 private:
  struct Calls {
    virtual ~Calls() = default;
    [[nodiscard]] virtual Index dimension() const = 0;
    [[nodiscard]] virtual std::string name() const = 0;
    [[nodiscard]] virtual std::string statement() const = 0;
    [[nodiscard]] virtual Constants constants() const = 0;
    [[nodiscard]] virtual Margin<Scalar> margin(ConstVectorRef<Scalar> w) const = 0;
  };
  template <class Property> struct Held final : Calls {
    explicit Held(Property held) : property{std::move(held)} {}
    [[nodiscard]] Index dimension() const override { return property.dimension(); }
    [[nodiscard]] std::string name() const override { return property.name(); }
    [[nodiscard]] std::string statement() const override { return property.statement(); }
    [[nodiscard]] Constants constants() const override { return property.constants(); }
    [[nodiscard]] Margin<Scalar> margin(ConstVectorRef<Scalar> w) const override { return property.margin(w); }
    Property property;
  };

  std::shared_ptr<const Calls> held_;
};

static_assert(PointProperty<AnyPointProperty<>>);

}  // namespace proxcvx
