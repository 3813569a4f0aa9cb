// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/wider.hpp>
#include <proxcvx/objectives/gradient_check.hpp>
#include <vector>

#include "support/catch2.hpp"

// Laws that every objective of the library obeys, as functions of the objective and a point.

namespace laws {

namespace pc = proxcvx;

/// Standard normal entries times 2^e, e uniform in [-exponents, exponents] for each entry.
template <class S> pc::Vector<S> random_vector(pc::RandomStream& stream, pc::Index size, int exponents = 0) {
  pc::Vector<S> w(size);
  for (pc::Index i = 0; i < size; ++i) {
    const int exponent = static_cast<int>(stream.below(2 * exponents + 1)) - exponents;
    w[i] = static_cast<S>(std::ldexp(stream.normal(), exponent));
  }
  return w;
}

template <class S> pc::Matrix<S> random_matrix(pc::RandomStream& stream, pc::Index rows, pc::Index cols) {
  pc::Matrix<S> m(rows, cols);
  stream.fill_normal(m);
  return m;
}

// The wide scalar W need only be much more accurate than the bound: the next wider one is, and compiles fast.

/// How large bounds are: bound/(u |value|), one number per evaluation.
struct Sharpness {
  std::vector<double> values;
  std::vector<double> gradients;

  static double median(std::vector<double> numbers) {
    if (numbers.empty()) return 0;
    const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
    std::nth_element(numbers.begin(), middle, numbers.end());
    return *middle;
  }
};

/// The value's error is within its bound, the wide scalar W (nearly) exact.
template <class W, class F>
void value_is_within_its_bound(const F& f, const pc::Vector<typename F::Scalar>& w, Sharpness& sharpness) {
  using S = typename F::Scalar;
  using std::abs;
  const pc::BoundedValue<S> bounded = f.bounded_value(w);
  if (!pc::is_finite(bounded.value)) return;  // overflow: no finite value to bound
  const W exact = f.template cast<W>().value(w.template cast<W>().eval());
  const W off = abs(W(static_cast<W>(bounded.value) - exact));
  const bool within = off <= static_cast<W>(bounded.error);
  if (!within) {
    CAPTURE(w.template cast<double>().transpose(), bounded.value, bounded.error, static_cast<double>(off));
    CHECK(within);
  }
  if (bounded.value != S(0) && abs(bounded.value) > std::numeric_limits<S>::min() / std::numeric_limits<S>::epsilon()) {
    sharpness.values.push_back(static_cast<double>(bounded.error / (pc::unit_roundoff<S>() * S(abs(bounded.value)))));
  }
}

/// The errors of value and gradient are within their bounds.
template <class W, class F>
void gradient_is_within_its_bound(const F& f, const pc::Vector<typename F::Scalar>& w, Sharpness& sharpness) {
  using S = typename F::Scalar;
  using std::abs;
  value_is_within_its_bound<W>(f, w, sharpness);
  pc::Vector<S> gradient(w.size());
  const pc::BoundedGradient<S> bounded = f.bounded_gradient(w, gradient);
  if (!pc::is_finite(S(gradient.sum())) || !pc::is_finite(bounded.value)) return;
  pc::Vector<W> exact(w.size());
  const W value = f.template cast<W>().gradient(w.template cast<W>().eval(), exact);
  exact -= gradient.template cast<W>();
  const W off = pc::scaled_norm(exact);
  const W value_off = abs(W(value - static_cast<W>(bounded.value)));
  const bool within = off <= static_cast<W>(bounded.gradient_error) && value_off <= static_cast<W>(bounded.value_error);
  if (!within) {
    CAPTURE(w.template cast<double>().transpose(), bounded.value, bounded.value_error, bounded.gradient_error,
            static_cast<double>(off), static_cast<double>(value_off));
    CHECK(within);
  }
  const S norm = pc::scaled_norm(gradient);
  if (norm > std::numeric_limits<S>::min() / std::numeric_limits<S>::epsilon()) {
    sharpness.gradients.push_back(static_cast<double>(bounded.gradient_error / (pc::unit_roundoff<S>() * norm)));
  }
}

/// hessian_vector is the derivative of the gradient along the direction (central differences in f's own scalar).
template <class F>
void hessian_is_the_gradients_derivative(const F& f, const pc::Vector<typename F::Scalar>& w,
                                         const pc::Vector<typename F::Scalar>& direction) {
  using S = typename F::Scalar;
  using std::cbrt;
  const S step = cbrt(std::numeric_limits<S>::epsilon());
  pc::Vector<S> product(w.size());
  pc::Vector<S> above(w.size());
  pc::Vector<S> below(w.size());
  f.hessian_vector(w, direction, product);
  f.gradient(w + step * direction, above);
  f.gradient(w - step * direction, below);
  const S size = product.norm() + above.norm() + below.norm();
  const S off = (product - (above - below) / (S(2) * step)).norm();
  CAPTURE(off, size);
  CHECK(off <= S(200) * step * step * size);
}

/// Value and gradient agree, with each other and with `gradient`'s return.
template <class F> void gradient_is_right(const F& f, const pc::Vector<typename F::Scalar>& w) {
  const auto check = pc::check_gradient(f, w);
  CAPTURE(check.largest_error, check.index, static_cast<double>(check.analytic), static_cast<double>(check.numeric),
          check.value_error);
  CHECK(check.passed);
}

}  // namespace laws
