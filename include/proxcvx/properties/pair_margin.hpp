// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/types.hpp>
#include <proxcvx/properties/margin.hpp>

// What belongs to pairs: the margin <grad f(w), w - v> - g(w) + h(v) of one, the rounding bound of one or of many at
// once, and the least margin of all pairs of two clouds.

namespace proxcvx {

/// The least margin of all pairs of two clouds: of point i and reference j, with its rounding bound.
template <class Scalar> struct LeastMargin {
  Scalar value;
  Scalar error;
  Index point;
  Index reference;
};

namespace detail {

/// (1 + 2(d+8)u) [gamma_{d+3} products + carried + proxies + 3u magnitudes + (d+2) denorm_min], d the dimension, of
/// numbers or of vectors of them: `products` bounds sum |grad_i||w_i - v_i|, `carried` bounds |w - v| . E_grad,
/// `proxies` is E_g + E_h, `magnitudes` |g| + |h| + |margin|.
template <class Scalar> class PairRounding {
 public:
  explicit PairRounding(Index dimension)
      : products_factor_{gamma<Scalar>(dimension + 3)},
        underflow_{(static_cast<Scalar>(dimension) + Scalar(2)) * std::numeric_limits<Scalar>::denorm_min()},
        padding_{Scalar(1) + Scalar(2) * (static_cast<Scalar>(dimension) + Scalar(8)) * unit_roundoff<Scalar>()} {}

  [[nodiscard]] Scalar operator()(const Scalar& products, const Scalar& carried, const Scalar& proxies,
                                  const Scalar& magnitudes) const {
    return padding_ * (products_factor_ * products + carried + proxies + roundings_ * magnitudes + underflow_);
  }
  template <class Products, class Carried, class Proxies, class Magnitudes>
  [[nodiscard]] auto operator()(const Eigen::MatrixBase<Products>& products, const Eigen::MatrixBase<Carried>& carried,
                                const Eigen::MatrixBase<Proxies>& proxies,
                                const Eigen::MatrixBase<Magnitudes>& magnitudes) const {
    return (padding_ *
            ((products_factor_ * products + carried + proxies + roundings_ * magnitudes).array() + underflow_))
        .matrix();
  }

 private:
  Scalar products_factor_, underflow_, padding_;
  Scalar roundings_ = Scalar(3) * unit_roundoff<Scalar>();
};

/// The margin <gradient, w - v> - g + h from w - v, componentwise, and its bound.
template <class Scalar, class Gradient, class Point, class Reference>
[[nodiscard]] Margin<Scalar> pair_margin(const Gradient& gradient, Scalar gradient_error, BoundedValue<Scalar> g,
                                         BoundedValue<Scalar> h, const Point& w, const Reference& v) {
  using std::abs;
  const auto difference = w - v;
  const Scalar inner = gradient.dot(difference);
  const Scalar magnitudes = gradient.cwiseAbs().dot(difference.cwiseAbs());
  const Scalar value = inner - g.value + h.value;
  const Scalar scale = Scalar(abs(g.value)) + Scalar(abs(h.value));
  const Scalar error = PairRounding<Scalar>{w.size()}(magnitudes, Scalar(gradient_error * scaled_norm(difference)),
                                                      Scalar(g.error + h.error), Scalar(scale + Scalar(abs(value))));
  return {value, error, Scalar(abs(inner)) + Scalar(abs(g.value)) + Scalar(abs(h.value)), false};
}

}  // namespace detail

}  // namespace proxcvx
