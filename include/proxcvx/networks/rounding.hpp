// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/vector_functions.hpp>
#include <proxcvx/networks/activations.hpp>

// A-priori rounding bounds of a network, from the norms of its weights alone (no pass over the data). For a layer
// z = W x + b with n terms a sum, activation s with |s'| <= C, |s''| <= H, s evaluated within k ulps:
//   ||dz||  <= ||W|| ||dx|| + gamma_{n+1} (||W|| (||x|| + ||dx||) + ||b||) + underflow,
//   ||ds||  <= C ||dz|| + k u (sqrt(m)|s(0)| + 2C (||z|| + ||dz||)),
// and backwards, for B >= ||d output/d z||:  dB <= ||W'|| (C dB' + H ||dz|| B' + (k + 2) u C B') + gamma ||W'|| C (B' +
// dB'). Norms are Frobenius norms. A kinked activation has no H: instead, a unit whose |z| is below `kink_threshold`
// may have the other slope, which changes the Jacobian by at most `kink_jump`.

namespace proxcvx {

/// Bounds that hold for every input x with ||x|| <= the radius that was asked for.
template <class Scalar> struct NetworkRounding {
  Scalar output_error = Scalar(0);     ///< ||computed N(w; x) - N(w; x)||
  Scalar jacobian_norm = Scalar(0);    ///< ||J(w; x)||
  Scalar jacobian_error = Scalar(0);   ///< ||computed J^T s - J^T s|| <= jacobian_error ||s||, away from kinks
  Scalar kink_threshold = Scalar(0);   ///< every unit with |computed z| >= this has its exact slope
  Scalar kink_jump = Scalar(0);        ///< how far the Jacobian moves when units below the threshold flip
  Scalar underflow_reach = Scalar(0);  ///< how far an underflow of a signal on its way back reaches into J^T s
};

/// ||computed J d - J d|| <= this times ||d||, away from kinks, for a push-forward through p parameters. On the way of
/// a direction through the layers values and slopes are off by what J^T s is off by, too, and no path from an entry of
/// d to an output sees more than 4(p + 4) roundings: of the sums of each layer, whose terms are not more than its
/// weights, and four a layer beyond. Norms that bound J bound the sum of the paths' magnitudes.
template <class Scalar>
[[nodiscard]] Scalar push_forward_error(const NetworkRounding<Scalar>& bounds, Index parameters) {
  return bounds.jacobian_error + gamma<Scalar>(4 * (parameters + 4)) * (bounds.jacobian_norm + bounds.jacobian_error);
}

namespace detail {

/// A quantity by its norm and the norm of its error.
template <class Scalar> struct NormWithError {
  Scalar norm;
  Scalar error;
};

/// The constants of an activation in the bounds' scalar.
template <class Scalar, class A> struct ActivationBounds {
  explicit ActivationBounds(const A& activation)
      : lipschitz{static_cast<Scalar>(activation.lipschitz())},
        smoothness{activation.kinked() ? Scalar(0) : static_cast<Scalar>(activation.smoothness())},
        ulps{static_cast<Scalar>(activation.ulps()) * unit_roundoff<Scalar>()},
        at_zero{static_cast<Scalar>(std::abs(activation.value_at_zero()))} {}

  /// s applied to a vector of `units` entries with norm and error of z.
  [[nodiscard]] NormWithError<Scalar> apply(NormWithError<Scalar> z, Index units) const {
    using std::sqrt;
    const Scalar offset = at_zero * Scalar(sqrt(static_cast<Scalar>(units)));
    return {offset + lipschitz * z.norm,
            lipschitz * z.error + ulps * (offset + Scalar(2) * lipschitz * (z.norm + z.error))};
  }

  Scalar lipschitz;
  Scalar smoothness;  ///< 0 for a kinked activation, whose kinks are counted apart
  Scalar ulps;        ///< relative error of one evaluation
  Scalar at_zero;
};

/// W x + b from norms: `terms` products a sum, `units` sums.
template <class Scalar>
[[nodiscard]] NormWithError<Scalar> affine(Scalar weights, Scalar bias, NormWithError<Scalar> x, Index terms,
                                           Index units) {
  const Scalar tiny = std::numeric_limits<Scalar>::denorm_min();
  return {weights * x.norm + bias, weights * x.error +
                                       gamma<Scalar>(terms + 1) * (weights * (x.norm + x.error) + bias) +
                                       static_cast<Scalar>(terms) * static_cast<Scalar>(units) * tiny};
}

/// Makes bounds safe against the rounding of their own computation from norms of p weights.
template <class Scalar> [[nodiscard]] NetworkRounding<Scalar> padded(NetworkRounding<Scalar> bounds, Index parameters) {
  const Scalar pad = Scalar(1) + Scalar(8) * gamma<Scalar>(parameters + 64);
  bounds.output_error *= pad;
  bounds.jacobian_norm *= pad;
  bounds.jacobian_error *= pad;
  bounds.kink_threshold *= pad;
  bounds.kink_jump *= pad;
  bounds.underflow_reach *= pad;
  return bounds;
}

/// The smallest |z|, infinity where there is none; what it says of NaN is anyone's guess.
template <class Z> [[nodiscard]] auto smallest_magnitude(const Z& z) {
  using Scalar = typename Z::Scalar;
#if defined(__GNUC__)
  if constexpr (has_lanes<Scalar> && has_direct_access<Z>) {
    constexpr Index lanes = lane_count<Scalar>, some = 4;
    if (z.outerStride() == z.rows() && z.size() >= some * lanes) {
      const Index last = z.size() - some * lanes;  // the last registers may overlap those before
      std::array<Lanes<Scalar>, static_cast<std::size_t>(some)> least;
      least.fill(constant<Lanes<Scalar>>(std::numeric_limits<Scalar>::infinity()));
      for (Index i = 0; i < z.size(); i += some * lanes) {
        const Scalar* const from = z.data() + std::min(i, last);
        for (Index k = 0; k < some; ++k) {
          const Lanes<Scalar> size = magnitude(load_lanes(from + k * lanes));
          Lanes<Scalar>& of_all = least[static_cast<std::size_t>(k)];
          of_all = size < of_all ? size : of_all;
        }
      }
      Scalar smallest = std::numeric_limits<Scalar>::infinity();
      for (const Lanes<Scalar>& of_all : least)
        for (Index l = 0; l < lanes; ++l) smallest = std::min(smallest, of_all[l]);
      return smallest;
    }
  }
#endif
  return z.cwiseAbs().minCoeff();
}

/// The smallest |z| over a block that may be rounded to the wrong side of the kink. An entry that is exactly 0
/// because each of its products is 0 has no rounding error and does not count.
template <class Scalar, class Z, class ProductsAreZero>
[[nodiscard]] Scalar nearest_kink_of(const Z& z, const ProductsAreZero& products_are_zero) {
  using std::abs;
  const Scalar smallest = smallest_magnitude(z);
  if (smallest > Scalar(0)) return smallest;
  Scalar nearest = std::numeric_limits<Scalar>::infinity();
  for (Index column = 0; column < z.cols(); ++column) {
    for (Index row = 0; row < z.rows(); ++row) {
      const Scalar size = abs(Scalar(z(row, column)));
      if (size < nearest && !(size == Scalar(0) && products_are_zero(row, column))) nearest = size;
    }
  }
  return nearest;
}

}  // namespace detail

}  // namespace proxcvx
