// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/data/dataset.hpp>
#include <proxcvx/objectives/spectrum.hpp>
#include <utility>
#include <vector>

// The halfspace that the theorem on leaky networks compares with (Frei, Cao & Gu 2021): a unit vector v and a margin
// m_0 with a small level
//     xi(v, m_0) = (1/n) sum_i max(0, gamma m_0 - min(t_i, gamma t_i))/(gamma m_0),   t_i = y_i v.x_i,
// zero when every t_i >= m_0. Real data has no separating margin; the inequality is exact for any (v, m_0), so the
// pair is chosen to make xi small: v by logistic regression over a ladder of ridges, m_0 by a scan that is exact.

namespace proxcvx {

/// A direction v (norm 1 up to rounding), a margin m_0 > 0 and the level xi that both leave, rounded up.
struct HalfspaceReference {
  Vector<double> direction;
  double margin = 0;
  double level = 0;
};

namespace detail {

/// y_i x_i, a column per sample. Throws std::invalid_argument unless targets are one row of -1 and +1.
template <class Scalar> [[nodiscard]] Matrix<double> signed_inputs(const Dataset<Scalar>& data) {
  require(data.outputs() == 1, "data", "one target per sample", data.outputs());
  Matrix<double> signed_x(data.dimension(), data.size());
  for (Index i = 0; i < data.size(); ++i) {
    const auto y = static_cast<double>(data.targets()(0, i));
    require(y == 1 || y == -1, "data", "labels -1 or +1", y);
    signed_x.col(i) = y * data.inputs().col(i).template cast<double>();
  }
  return signed_x;
}

/// The m_0 with the smallest xi for given t_i, the largest such: in s = 1/m_0, xi = mean max(0, 1 - s u_i) with
/// u_i = min(t_i, t_i/gamma) is convex and piecewise linear, so that a minimum is at a breakpoint 1/u_i, u_i > 0.
/// O(n log n). Returns (m_0, xi), or (0, infinity) when no t_i is positive.
[[nodiscard]] inline std::pair<double, double> best_margin(const Vector<double>& t, double gamma) {
  std::vector<double> positive;
  double below = 0;  // sum of the u_i that are never satisfied
  for (Index i = 0; i < t.size(); ++i) {
    if (t[i] > 0) {
      positive.push_back(t[i]);
    } else {
      below += t[i] / gamma;
    }
  }
  std::pair<double, double> best{0, std::numeric_limits<double>::infinity()};
  std::sort(positive.begin(), positive.end());
  const auto misses = static_cast<double>(t.size()) - static_cast<double>(positive.size());
  double short_sum = below;  // sum of u_i over the samples with u_i < m_0
  double short_count = misses;
  for (const double margin : positive) {
    const double level = (short_count - short_sum / margin) / static_cast<double>(t.size());
    if (level <= best.second) best = {margin, level};
    short_sum += margin;
    short_count += 1;
  }
  return best;
}

/// Minimises mean log(1 + exp(-v.s_i)) + (ridge/2)||v||^2 over v by damped Newton steps from `v`, in place.
template <class Scalar> void fit_logistic(const Matrix<Scalar>& signed_x, Scalar ridge, Vector<Scalar>& v) {
  const auto n = static_cast<Scalar>(signed_x.cols());
  const auto objective = [&](const Vector<Scalar>& at) {
    const Vector<Scalar> t = signed_x.transpose() * at;
    Scalar sum = 0;
    for (Index i = 0; i < t.size(); ++i)
      sum += t[i] > 0 ? std::log1p(std::exp(-t[i])) : std::log1p(std::exp(t[i])) - t[i];
    return sum / n + ridge / 2 * at.squaredNorm();
  };
  Scalar value = objective(v);
  for (int step = 0; step < 25; ++step) {
    const Vector<Scalar> t = signed_x.transpose() * v;
    const Vector<Scalar> miss = t.unaryExpr([](Scalar z) { return 1 / (1 + std::exp(z)); });
    const Vector<Scalar> gradient = ridge * v - signed_x * miss / n;
    const Vector<Scalar> weight = (miss.array() * (1 - miss.array()) / n).max(1e-300).sqrt();
    const Matrix<Scalar> scaled = signed_x * weight.asDiagonal();
    Matrix<Scalar> hessian = Matrix<Scalar>::Zero(v.size(), v.size());
    hessian.template selfadjointView<Eigen::Lower>().rankUpdate(scaled);
    hessian.diagonal().array() += ridge;
    const Vector<Scalar> newton = hessian.template selfadjointView<Eigen::Lower>().llt().solve(gradient);
    Scalar length = 1;
    Vector<Scalar> next = v - newton;
    Scalar lower = objective(next);
    while (!(lower < value) && length > 1e-6) {
      length /= 2;
      next = v - length * newton;
      lower = objective(next);
    }
    if (!(lower < value)) return;
    const bool settled = value - lower < 1e-9 * (1 + value);
    v = next;
    value = lower;
    if (settled) return;
  }
}

/// xi(v, m_0) for the v and m_0 as they are, rounded up: t_i and the sum in long double, less their rounding bounds.
template <class Scalar>
[[nodiscard]] double halfspace_level(const Matrix<Scalar>& signed_x, const Vector<Scalar>& v, double margin,
                                     double slope) {
  const Vector<long double> wide = v.template cast<long double>();
  const auto gamma_slope = static_cast<long double>(slope);
  const long double wanted = gamma_slope * static_cast<long double>(margin);
  const long double relative = gamma<long double>(v.size() + 4);
  long double sum = 0;
  for (Index i = 0; i < signed_x.cols(); ++i) {
    const Vector<long double> s = signed_x.col(i).template cast<long double>();
    const long double t = s.dot(wide) - relative * s.cwiseAbs().dot(wide.cwiseAbs());
    sum += std::max(0.0L, wanted * (1 + 8 * unit_roundoff<long double>()) - std::min(t, gamma_slope * t));
  }
  const long double level = sum / (wanted * static_cast<long double>(signed_x.cols()));
  return rounded_up(level * (1 + gamma<long double>(2 * signed_x.cols() + 64)));
}

/// min(t_i, gamma t_i) for the v as it is, rounded down. O(n d).
template <class Scalar>
[[nodiscard]] Vector<long double> worst_margins(const Matrix<Scalar>& signed_x, const Vector<Scalar>& v, double slope) {
  const Vector<long double> wide = v.template cast<long double>();
  const long double relative = gamma<long double>(v.size() + 4);
  Vector<long double> worst(signed_x.cols());
  for (Index i = 0; i < worst.size(); ++i) {
    const Vector<long double> s = signed_x.col(i).template cast<long double>();
    const long double t = s.dot(wide) - relative * s.cwiseAbs().dot(wide.cwiseAbs());
    worst[i] = std::min(t, static_cast<long double>(slope) * t);
  }
  return worst;
}

/// (1/n) sum_i log(1 + exp(-c u_i)) for some c in [low, high], rounded up. O(n).
[[nodiscard]] inline double logistic_level(const Vector<long double>& u, double low, double high) {
  long double sum = 0;
  for (const long double margin : u) {
    const long double exact = static_cast<long double>(margin < 0 ? high : low) * margin;
    const long double z = exact - 8 * unit_roundoff<long double>() * std::abs(exact);
    sum += z > 0 ? std::log1p(std::exp(-z)) : std::log1p(std::exp(z)) - z;
  }
  return rounded_up(sum / static_cast<long double>(u.size()) * (1 + gamma<long double>(u.size() + 64)));
}

}  // namespace detail

/// The reference with the smallest xi over a ladder of logistic regressions, for slopes in [slope, 1]. Each ridge is
/// relative to the mean of ||x||^2. O(n d^2) a Newton step.
/// Throws std::invalid_argument unless 0 < slope <= 1, labels are -1/+1, and squares of inputs neither overflow
/// nor are all zero.
template <class Scalar>
[[nodiscard]] HalfspaceReference halfspace_reference(const Dataset<Scalar>& data, double slope) {
  require(slope > 0 && slope <= 1, "slope", "a number in (0, 1] (a ReLU has dead units: no mu > 0)", slope);
  const Matrix<double> signed_x = detail::signed_inputs(data);
  const double scale = signed_x.colwise().squaredNorm().mean();
  require(scale > 0, "data", "an input that is not zero, and whose square is not", scale);
  require(is_finite(scale), "data", "inputs whose squares are finite", scale);
  HalfspaceReference best;
  best.level = std::numeric_limits<double>::infinity();
  const auto consider = [&](const Vector<double>& v) {
    const double norm = scaled_norm(v);
    if (!(norm > 0) || !is_finite(norm)) return;
    const Vector<double> unit = v / norm;
    const auto [margin, level] = detail::best_margin(signed_x.transpose() * unit, slope);
    if (level < best.level || (level == best.level && margin > best.margin)) best = {unit, margin, level};
  };
  Vector<double> v = signed_x.rowwise().mean();
  consider(v);
  v.setZero();
  for (const double ridge : {1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-6}) {
    detail::fit_logistic(signed_x, ridge * scale, v);
    consider(v);
  }
  if (!(best.margin > 0)) {  // labels that contradict each other everywhere: no direction is good, one sample's will do
    Index farthest = 0;
    signed_x.colwise().squaredNorm().maxCoeff(&farthest);
    consider(signed_x.col(farthest));
  }
  require(best.margin > 0, "data", "inputs within the range where a margin can be computed", best.margin);
  best.margin *= 1 - 0x1p-44;  // so that a sample at the margin is beyond it for certain, and a level of 0 stays 0
  best.level = detail::halfspace_level(signed_x, best.direction, best.margin, slope);
  return best;
}

}  // namespace proxcvx
