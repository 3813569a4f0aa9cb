// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/rounding.hpp>
#include <stdexcept>
#include <string>
#include <utility>

// Any twice differentiable function of double behind one type, so that the verb under test is compiled once for all of
// them. It has the function's own rounding bounds, and no other scalar.

namespace fits {

namespace pc = proxcvx;

class AnyFunction {
 public:
  using Scalar = double;

  template <class F> AnyFunction(F f) : held_{std::make_shared<const Held<F>>(std::move(f))} {}

  [[nodiscard]] pc::Index dimension() const { return held_->dimension(); }
  [[nodiscard]] std::string name() const { return held_->name(); }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const { return held_->bounded_value(w).value; }
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    return held_->bounded_gradient(w, out).value;
  }
  void hessian_vector(pc::ConstVectorRef<double> w, pc::ConstVectorRef<double> direction,
                      pc::VectorRef<double> out) const {
    held_->hessian_vector(w, direction, out);
  }
  [[nodiscard]] pc::BoundedValue<double> bounded_value(pc::ConstVectorRef<double> w) const {
    return held_->bounded_value(w);
  }
  pc::BoundedGradient<double> bounded_gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    return held_->bounded_gradient(w, out);
  }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual pc::Index dimension() const = 0;
    virtual std::string name() const = 0;
    virtual pc::BoundedValue<double> bounded_value(pc::ConstVectorRef<double> w) const = 0;
    virtual pc::BoundedGradient<double> bounded_gradient(pc::ConstVectorRef<double> w,
                                                         pc::VectorRef<double> out) const = 0;
    virtual void hessian_vector(pc::ConstVectorRef<double> w, pc::ConstVectorRef<double> direction,
                                pc::VectorRef<double> out) const = 0;
  };
  template <class F> struct Held final : Interface {
    explicit Held(F held) : f{std::move(held)} {}
    pc::Index dimension() const override { return f.dimension(); }
    std::string name() const override { return pc::detail::name_of(f, "f"); }
    pc::BoundedValue<double> bounded_value(pc::ConstVectorRef<double> w) const override {
      return pc::bounded_proxy_value<double>(f, w);
    }
    pc::BoundedGradient<double> bounded_gradient(pc::ConstVectorRef<double> w,
                                                 pc::VectorRef<double> out) const override {
      return pc::bounded_gradient(f, w, out);
    }
    void hessian_vector(pc::ConstVectorRef<double> w, pc::ConstVectorRef<double> direction,
                        pc::VectorRef<double> out) const override {
      if constexpr (pc::TwiceDifferentiableObjective<F>) {
        f.hessian_vector(w, direction, out);
      } else {
        throw std::logic_error("a proxy's Hessian was asked for");
      }
    }
    F f;
  };

  std::shared_ptr<const Interface> held_;
};

static_assert(pc::TwiceDifferentiableObjective<AnyFunction> && pc::BoundsItsGradient<AnyFunction>);

}  // namespace fits
