// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/data/dataset.hpp>
#include <utility>

// Noisy halfspaces (Frei, Cao & Gu 2021): x uniform on the unit sphere, normal or Laplace, with |v.x| >= margin,
// y = sign(v.x), then a fixed number of labels flipped.

namespace proxcvx {

/// The law of a halfspace's inputs before those inside the margin are drawn again. The last two are log-concave and
/// isotropic: E xx^T = I.
enum class HalfspaceInputs {
  sphere,    ///< uniform on the unit sphere
  gaussian,  ///< N(0, I)
  laplace    ///< independent coordinates of density exp(-sqrt(2)|z|)/sqrt(2): mean 0, variance 1, heavier tails
};

/// What noisy_halfspace draws.
struct NoisyHalfspaceSettings {
  Index samples = 500;                               ///< n >= 1
  Index dimension = 10;                              ///< d >= 1
  double margin = 0.2;                               ///< >= 0, on the sphere < 1: every sample has |v.x| >= margin
  double noise = 0;                                  ///< in [0, 1]: exactly round(noise n) labels are flipped
  HalfspaceInputs inputs = HalfspaceInputs::sphere;  ///< the law of x
};

/// The unit vector v of the halfspace that this seed draws: uniform on the sphere. Throws unless dimension >= 1.
template <class Scalar = double> [[nodiscard]] Vector<Scalar> halfspace_direction(Index dimension, Seed seed) {
  require(dimension >= 1, "dimension", "a number >= 1", dimension);
  RandomStream stream{seed, 0, Purpose::data};
  Vector<Scalar> v(dimension);
  do {
    stream.fill_normal(v);
  } while (!(scaled_norm(v) > Scalar(0)));
  return v / scaled_norm(v);
}

namespace detail {

/// Fills x with one draw of the law; false where there is none (0 has no direction).
template <class Scalar> [[nodiscard]] bool draw_input(HalfspaceInputs law, RandomStream& stream, Vector<Scalar>& x) {
  if (law == HalfspaceInputs::laplace) {
    for (Scalar& z : x) {  // the inverse of the distribution function, u uniform in (-1, 1)
      const double u = 2 * stream.uniform() - 1;
      z = static_cast<Scalar>(std::copysign(std::log1p(-std::abs(u)) / std::sqrt(2.0), u));
    }
    return true;
  }
  stream.fill_normal(x);
  if (law == HalfspaceInputs::gaussian) return true;
  const Scalar norm = scaled_norm(x);
  if (!(norm > Scalar(0))) return false;
  x /= norm;
  return true;
}

}  // namespace detail

/// Samples x_i of the law, redrawn until |v.x_i| >= margin (v = halfspace_direction(dimension, seed)), labels
/// sign(v.x_i) = +-1, of which exactly round(noise n), chosen uniformly, are flipped. Sample i is a function of
/// (seed, i). Expected cost O(d n / P(|v.x| >= margin)).
/// Throws std::invalid_argument on settings out of range, or a margin so large for the dimension that a million draws
/// in a row miss it.
template <class Scalar = double>
[[nodiscard]] Dataset<Scalar> noisy_halfspace(const NoisyHalfspaceSettings& settings, Seed seed) {
  require(settings.samples >= 1, "samples", "a number >= 1", settings.samples);
  if (settings.inputs == HalfspaceInputs::sphere) {
    require(settings.margin >= 0 && settings.margin < 1, "margin", "a number in [0, 1)", settings.margin);
  } else {
    require(settings.margin >= 0 && is_finite(settings.margin), "margin", "a finite number >= 0", settings.margin);
  }
  require(settings.noise >= 0 && settings.noise <= 1, "noise", "a number in [0, 1]", settings.noise);
  const Vector<Scalar> v = halfspace_direction<Scalar>(settings.dimension, seed);
  const Index n = settings.samples;
  Matrix<Scalar> inputs(settings.dimension, n);
  Matrix<Scalar> targets(1, n);
  Vector<Scalar> x(settings.dimension);
  for (Index i = 0; i < n; ++i) {
    RandomStream stream{seed, static_cast<std::uint64_t>(i) + 1, Purpose::data};
    Scalar side(0);
    for (int draws = 0;; ++draws) {
      require(draws < 1'000'000, "margin", "one that samples of this dimension reach", settings.margin);
      if (!detail::draw_input(settings.inputs, stream, x)) continue;
      side = v.dot(x);
      using std::abs;
      if (side != Scalar(0) && Scalar(abs(side)) >= static_cast<Scalar>(settings.margin)) break;
    }
    inputs.col(i) = x;
    targets(0, i) = side > Scalar(0) ? Scalar(1) : Scalar(-1);
  }
  // Selection sampling (Knuth 1997, Algorithm S): each set of that many labels is equally likely.
  auto flips = static_cast<Index>(std::llround(settings.noise * static_cast<double>(n)));
  RandomStream stream{seed, 0, Purpose::noise};
  for (Index i = 0; i < n && flips > 0; ++i) {
    if (stream.below(n - i) >= flips) continue;
    targets(0, i) = -targets(0, i);
    --flips;
  }
  return {std::move(inputs), std::move(targets)};
}

}  // namespace proxcvx
