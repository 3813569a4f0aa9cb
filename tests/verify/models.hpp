// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/rounding.hpp>

// Small models that the tests of the verbs share. They depend on core/ alone.

namespace models {

namespace pc = proxcvx;

/// f(w) = (curvature/2) ||w||^2 in `size` dimensions, with a rigorous rounding bound.
template <class S> struct Bowl {
  using Scalar = S;
  pc::Index size = 3;
  double curvature = 1;

  [[nodiscard]] pc::Index dimension() const { return size; }
  [[nodiscard]] S value(pc::ConstVectorRef<S> w) const { return bounded_value(w).value; }
  S gradient(pc::ConstVectorRef<S> w, pc::VectorRef<S> out) const { return bounded_gradient(w, out).value; }
  [[nodiscard]] pc::BoundedValue<S> bounded_value(pc::ConstVectorRef<S> w) const {
    const S v = static_cast<S>(curvature) * S(0.5) * w.squaredNorm();
    return {v, pc::gamma<S>(size + 4) * v};
  }
  pc::BoundedGradient<S> bounded_gradient(pc::ConstVectorRef<S> w, pc::VectorRef<S> out) const {
    out = static_cast<S>(curvature) * w;
    const auto v = bounded_value(w);
    return {v.value, v.error, pc::gamma<S>(pc::Index{4}) * pc::scaled_norm(w) * static_cast<S>(curvature)};
  }
  template <class T> [[nodiscard]] Bowl<T> cast() const { return {size, curvature}; }
};

/// A constant function, as a proxy.
template <class S> struct Level {
  using Scalar = S;
  double level = 0;
  [[nodiscard]] S value(pc::ConstVectorRef<S> /*w*/) const { return static_cast<S>(level); }
  [[nodiscard]] pc::BoundedValue<S> bounded_value(pc::ConstVectorRef<S> w) const {
    return {value(w), static_cast<S>(std::abs(level)) * pc::unit_roundoff<S>()};
  }
  template <class T> [[nodiscard]] Level<T> cast() const { return {level}; }
};

/// The cube [-half_width, half_width]^size.
template <class S> struct Cube {
  using Scalar = S;
  pc::Index size = 3;
  double half_width = 1;
  [[nodiscard]] pc::Index dimension() const { return size; }
  void sample(pc::RandomStream& stream, pc::VectorRef<S> out) const {
    for (pc::Index i = 0; i < out.size(); ++i) out[i] = static_cast<S>(stream.uniform(-half_width, half_width));
  }
  [[nodiscard]] bool contains(pc::ConstVectorRef<S> w) const {
    return w.cwiseAbs().maxCoeff() <= static_cast<S>(half_width);
  }
  void project(pc::VectorRef<S> w) const {
    w = w.cwiseMax(static_cast<S>(-half_width)).cwiseMin(static_cast<S>(half_width)).eval();
  }
};

static_assert(pc::DifferentiableObjective<Bowl<double>>);
static_assert(pc::Region<Cube<float>>);

}  // namespace models
