// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/wider.hpp>
#include <type_traits>

// A gradient against central differences of its value, (f(w + h e_i) - f(w - h e_i))/(2h). The differences are taken in
// the next wider scalar where the objective has a cast, so that a gradient that is only right to a lower precision, or
// that misses a small term, does not pass.

namespace proxcvx {

/// How check_gradient works.
struct GradientCheckSettings {
  double step = 0;       ///< h relative to the size of w; 0: the cube root of the epsilon of the differences' scalar
  double tolerance = 0;  ///< largest relative error that passes; 0: the square of that step and 64 epsilon, times 100
};

/// What check_gradient found. Errors are relative to the largest entry of the gradient; a difference within the
/// rounding noise of its own quotient (16 epsilon of f over h) counts as 0.
template <class Scalar> struct GradientCheck {
  bool passed = false;          ///< every entry and the returned value agree, and all is finite
  double largest_error = 0;     ///< max_i |analytic_i - numeric_i| / max_j |numeric_j|
  Index index = 0;              ///< where
  Scalar analytic = Scalar(0);  ///< the gradient's entry there
  Scalar numeric = Scalar(0);   ///< the difference quotient there
  double value_error = 0;       ///< |returned value - value(w)| / |value(w)|
  double tolerance = 0;         ///< what largest_error was held against

  friend std::ostream& operator<<(std::ostream& stream, const GradientCheck& check) {
    return stream << (check.passed ? "gradient agrees" : "gradient DISAGREES") << " with differences: relative error "
                  << check.largest_error << " at entry " << check.index << " (tolerance " << check.tolerance << ")\n";
  }
};

namespace detail {

/// f's gradient at w against differences of `wide`, the same function in a scalar at least as wide.
template <class F, class Wide>
[[nodiscard]] GradientCheck<typename F::Scalar> check_gradient_against(const F& f, const Wide& wide,
                                                                       ConstVectorRef<typename F::Scalar> w,
                                                                       GradientCheckSettings settings) {
  using Scalar = typename F::Scalar;
  using T = typename Wide::Scalar;
  using std::abs;
  using std::cbrt;
  using std::sqrt;
  const T step = settings.step > 0 ? static_cast<T>(settings.step) : T(cbrt(std::numeric_limits<T>::epsilon()));
  GradientCheck<Scalar> check;
  check.tolerance = settings.tolerance;
  if (!(check.tolerance > 0)) {
    check.tolerance =
        100 * static_cast<double>(step * step) + 6400 * static_cast<double>(std::numeric_limits<Scalar>::epsilon());
  }
  Vector<Scalar> analytic(w.size());
  const Scalar returned = f.gradient(w, analytic);
  const Scalar value = f.value(w);
  Vector<T> point = w.template cast<T>();
  // A step fits the entry, but not less than the typical entry: 1 at w = 0.
  const T typical = scaled_norm(point) / T(sqrt(static_cast<T>(point.size())));
  Vector<T> numeric(w.size());
  Vector<T> noise(w.size());
  for (Index i = 0; i < point.size(); ++i) {
    const T center = point[i];
    T scale = std::max(T(abs(center)), typical);
    if (!(scale > T(0))) scale = T(1);
    point[i] = center + step * scale;
    const T right = point[i];
    const T above = wide.value(point);
    point[i] = center - step * scale;
    const T below = wide.value(point);
    numeric[i] = (above - below) / (right - point[i]);
    noise[i] = T(16) * std::numeric_limits<T>::epsilon() * (T(abs(above)) + T(abs(below))) / (right - point[i]);
    point[i] = center;
  }
  const T largest = numeric.cwiseAbs().template maxCoeff<Eigen::PropagateNaN>();
  bool finite = is_finite(value) && is_finite(returned) && is_finite(largest);
  for (Index i = 0; i < point.size(); ++i) {
    T difference = abs(T(static_cast<T>(analytic[i]) - numeric[i]));
    if (difference <= noise[i]) difference = T(0);
    const double error = static_cast<double>(largest > T(0) ? T(difference / largest) : difference);
    if (i == 0 || !(error <= check.largest_error)) {
      check.largest_error = error;
      check.index = i;
      check.analytic = analytic[i];
      check.numeric = static_cast<Scalar>(numeric[i]);
    }
    finite = finite && is_finite(analytic[i]) && is_finite(numeric[i]);
    if (!finite) break;
  }
  const Scalar size = abs(value);
  const Scalar off = abs(Scalar(returned - value));
  check.value_error = static_cast<double>(size > Scalar(0) ? Scalar(off / size) : off);
  check.passed = finite && check.largest_error <= check.tolerance &&
                 check.value_error <= 6400 * static_cast<double>(std::numeric_limits<Scalar>::epsilon());
  return check;
}

}  // namespace detail

/// Checks f's gradient at w. 2p evaluations in the next wider scalar if f has `cast`, else in its own.
/// At a kink closer than h the two rightly differ. Throws std::invalid_argument when w does not fit f or a setting is
/// out of range.
template <class F>
[[nodiscard]] GradientCheck<typename F::Scalar> check_gradient(const F& f, ConstVectorRef<typename F::Scalar> w,
                                                               GradientCheckSettings settings = {}) {
  static_assert(expect_differentiable<F>());
  using Scalar = typename F::Scalar;
  using Next = WiderScalar<Scalar>;
  require(w.size() == f.dimension(), "w", "a vector of dimension " + std::to_string(f.dimension()), w.size());
  require(settings.step >= 0 && settings.step < 1, "step", "a number in [0, 1)", settings.step);
  require(settings.tolerance >= 0, "tolerance", "a number >= 0", settings.tolerance);
  if constexpr (!std::is_void_v<Next>) {
    if constexpr (requires { f.template cast<Next>(); }) {
      return detail::check_gradient_against(f, f.template cast<Next>(), w, settings);
    }
  }
  return detail::check_gradient_against(f, f, w, settings);
}

}  // namespace proxcvx
