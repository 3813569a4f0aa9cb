// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
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

/// A function of one number from formulas for itself and its slope.
struct Curve {
  using Scalar = double;
  std::function<double(double)> at;
  std::function<double(double)> slope;
  [[nodiscard]] pc::Index dimension() const { return 1; }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const { return at(w[0]); }
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    out[0] = slope(w[0]);
    return at(w[0]);
  }
};

/// I - 2 u u^T for a unit u without zeros: an orthogonal matrix.
inline pc::Matrix<double> reflection(pc::Index size) {
  const auto u = [](pc::Index i) { return 1.0 + static_cast<double>(i); };
  double squares = 0;
  for (pc::Index i = 0; i < size; ++i) squares += u(i) * u(i);
  pc::Matrix<double> matrix(size, size);
  for (pc::Index i = 0; i < size; ++i) {
    for (pc::Index j = 0; j < size; ++j) matrix(i, j) = (i == j ? 1 : 0) - 2 * u(i) * u(j) / squares;
  }
  return matrix;
}

/// A symmetric matrix with these eigenvalues, and no zeros.
inline pc::Matrix<double> turned(const pc::Vector<double>& eigenvalues) {
  const pc::Index size = eigenvalues.size();
  const pc::Matrix<double> basis = reflection(size);
  pc::Matrix<double> matrix = pc::Matrix<double>::Zero(size, size);
  for (pc::Index i = 0; i < size; ++i) {
    for (pc::Index j = 0; j <= i; ++j) {
      for (pc::Index k = 0; k < size; ++k) matrix(i, j) += basis(i, k) * eigenvalues[k] * basis(j, k);
      matrix(j, i) = matrix(i, j);
    }
  }
  return matrix;
}

static_assert(pc::TwiceDifferentiableObjective<AnyFunction> && pc::BoundsItsGradient<AnyFunction>);

}  // namespace fits
