// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <proxcvx/core/require.hpp>
#include <proxcvx/objectives/analytic_function.hpp>
#include <string>

// The small functions of the literature whose constants are known: where an inequality is sharp, nearly fails or must
// fail. Each has its gradient, Hessian, rigorous rounding bounds, and as members the constants that theorems ask for
// (lower ones rounded down, upper ones up).

namespace proxcvx {

/// f(x) = x^2 + 3 sin^2 x (Karimi, Nutini & Schmidt 2016): PL but not convex, and not (f, f)-proxy convex.
template <class S = double> class SquarePlusSine : public detail::AnalyticFunction<SquarePlusSine<S>, S> {
 public:
  [[nodiscard]] Index dimension() const { return 1; }
  [[nodiscard]] std::string name() const { return "x^2 + 3 sin^2 x"; }
  /// sup|f''|.
  [[nodiscard]] double smoothness() const { return 8; }
  /// The sharp m of f'^2/2 >= m f, at x = +-2.201709176 (the paper proves 1/32).
  [[nodiscard]] double pl_modulus() const { return 0.17553098587973171; }
  /// The sharp zeta of x f'(x) >= zeta f(x), at x = +-2.153827438.
  [[nodiscard]] double quasar_convexity() const { return 0.49609006211445255; }
  [[nodiscard]] double minimum() const { return 0; }
  [[nodiscard]] Vector<S> minimizer() const { return Vector<S>::Zero(1); }
  template <class Other> [[nodiscard]] SquarePlusSine<Other> cast() const { return {}; }

  template <class T> [[nodiscard]] T value_of(ConstVectorRef<S> w) const {
    using std::sin;
    const T x(w[0]);
    const T s = sin(x);
    return x * x + T(3) * s * s;
  }
  template <class T> [[nodiscard]] T slope_of(ConstVectorRef<S> w, Index /*i*/) const {
    using std::sin;
    const T double_x = T(2) * T(w[0]);
    return double_x + T(3) * T(sin(double_x));
  }
  [[nodiscard]] S curvature_of(ConstVectorRef<S> w, ConstVectorRef<S> direction, Index /*i*/) const {
    using std::cos;
    return (S(2) + S(6) * S(cos(S(S(2) * w[0])))) * direction[0];
  }
};

/// f(x) = |x|^p, p > 1: |f'|^{p/(p-1)} = p^{p/(p-1)} f, an equality of KL type with theta = 1 - 1/p and c = p.
template <class S = double> class AbsolutePower : public detail::AnalyticFunction<AbsolutePower<S>, S> {
 public:
  /// p is rounded to S. Throws std::invalid_argument unless 1 < p is finite.
  explicit AbsolutePower(double p) : p_{p} {
    require(p > 1 && std::isfinite(p), "p", "a finite number > 1", p);
    if constexpr (std::numeric_limits<S>::digits < std::numeric_limits<double>::digits) {
      p_ = static_cast<double>(static_cast<S>(p));
    }
  }
  [[nodiscard]] double power() const { return p_; }
  [[nodiscard]] Index dimension() const { return 1; }
  [[nodiscard]] std::string name() const { return "|x|^p"; }
  [[nodiscard]] double minimum() const { return 0; }
  [[nodiscard]] Vector<S> minimizer() const { return Vector<S>::Zero(1); }
  template <class Other> [[nodiscard]] AbsolutePower<Other> cast() const { return AbsolutePower<Other>(p_); }

  template <class T> [[nodiscard]] T value_of(ConstVectorRef<S> w) const {
    using std::abs;
    using std::pow;
    return pow(T(abs(T(w[0]))), T(p_));
  }
  template <class T> [[nodiscard]] T slope_of(ConstVectorRef<S> w, Index /*i*/) const {
    using std::abs;
    using std::pow;
    const T size = T(p_) * T(pow(T(abs(T(w[0]))), T(T(p_) - T(1))));
    return w[0] < S(0) ? T(-size) : size;
  }
  [[nodiscard]] S curvature_of(ConstVectorRef<S> w, ConstVectorRef<S> direction, Index /*i*/) const {
    using std::abs;
    using std::pow;
    const S p = static_cast<S>(p_);
    return p * (p - S(1)) * S(pow(S(abs(S(w[0]))), S(p - S(2)))) * direction[0];
  }

 private:
  double p_;
};

/// f(x) = (x^2 + 1/8)^{1/6} (Hinder, Sidford & Sohoni 2020): quasar-convex about 0 with zeta = 1/3, approached at
/// infinity; zeta = 1/2 fails only for |x| > 9.4599.
template <class S = double> class SixthRoot : public detail::AnalyticFunction<SixthRoot<S>, S> {
 public:
  [[nodiscard]] Index dimension() const { return 1; }
  [[nodiscard]] std::string name() const { return "(x^2 + 1/8)^(1/6)"; }
  /// sup|f''| = f''(0) = 4 sqrt(2)/3.
  [[nodiscard]] double smoothness() const { return 1.8856180831641270; }
  [[nodiscard]] double quasar_convexity() const { return 0.33333333333333331; }
  /// f(0) = 1/sqrt(2).
  [[nodiscard]] double minimum() const { return 0.70710678118654746; }
  [[nodiscard]] Vector<S> minimizer() const { return Vector<S>::Zero(1); }
  template <class Other> [[nodiscard]] SixthRoot<Other> cast() const { return {}; }

  template <class T> [[nodiscard]] T value_of(ConstVectorRef<S> w) const {
    using std::cbrt;
    return cbrt(root<T>(w[0]));
  }
  /// f' = (x/r) f/(3r), r = sqrt(x^2 + 1/8).
  template <class T> [[nodiscard]] T slope_of(ConstVectorRef<S> w, Index /*i*/) const {
    const T r = root<T>(w[0]);
    return T(w[0]) / r * (value_of<T>(w) / (T(3) * r));
  }
  [[nodiscard]] S curvature_of(ConstVectorRef<S> w, ConstVectorRef<S> direction, Index /*i*/) const {
    const S r = root<S>(w[0]);
    const S sine = w[0] / r;
    return value_of<S>(w) / (S(3) * r) / r * (S(1) - S(5) * sine * sine / S(3)) * direction[0];
  }

 private:
  /// sqrt(x^2 + 1/8), without overflow.
  template <class T> [[nodiscard]] static T root(const S& x) {
    using std::abs;
    using std::sqrt;
    const T size = abs(T(x));
    if (x <= S(1) && x >= S(-1)) return sqrt(T(size * size + T(0.125)));
    return size * T(sqrt(T(T(1) + T(0.125) / size / size)));
  }
};

/// f(x) = |x|(1 - e^{-|x|}) (Nesterov & Polyak 2006): star-convex about 0 and not convex.
template <class S = double> class DampedAbsolute : public detail::AnalyticFunction<DampedAbsolute<S>, S> {
 public:
  [[nodiscard]] Index dimension() const { return 1; }
  [[nodiscard]] std::string name() const { return "|x|(1 - exp(-|x|))"; }
  /// sup|f''| = f''(0).
  [[nodiscard]] double smoothness() const { return 2; }
  /// x f'(x) >= f(x): star-convex.
  [[nodiscard]] double quasar_convexity() const { return 1; }
  [[nodiscard]] double minimum() const { return 0; }
  [[nodiscard]] Vector<S> minimizer() const { return Vector<S>::Zero(1); }
  template <class Other> [[nodiscard]] DampedAbsolute<Other> cast() const { return {}; }

  template <class T> [[nodiscard]] T value_of(ConstVectorRef<S> w) const {
    using std::abs;
    using std::expm1;
    const T size = abs(T(w[0]));
    return size * T(-T(expm1(T(-size))));
  }
  template <class T> [[nodiscard]] T slope_of(ConstVectorRef<S> w, Index /*i*/) const {
    using std::abs;
    using std::exp;
    using std::expm1;
    const T size = abs(T(w[0]));
    const T slope = size * T(exp(T(-size))) - T(expm1(T(-size)));
    return w[0] < S(0) ? T(-slope) : slope;
  }
  [[nodiscard]] S curvature_of(ConstVectorRef<S> w, ConstVectorRef<S> direction, Index /*i*/) const {
    using std::abs;
    using std::exp;
    const S size = abs(S(w[0]));
    return (S(2) - size) * S(exp(S(-size))) * direction[0];
  }
};

/// f(x) = sin x: no proxy PL with g = f and xi = -1 at pi/2, whatever mu.
template <class S = double> class Sine : public detail::AnalyticFunction<Sine<S>, S> {
 public:
  [[nodiscard]] Index dimension() const { return 1; }
  [[nodiscard]] std::string name() const { return "sin x"; }
  [[nodiscard]] double smoothness() const { return 1; }
  [[nodiscard]] double minimum() const { return -1; }
  template <class Other> [[nodiscard]] Sine<Other> cast() const { return {}; }

  template <class T> [[nodiscard]] T value_of(ConstVectorRef<S> w) const {
    using std::sin;
    return sin(T(w[0]));
  }
  template <class T> [[nodiscard]] T slope_of(ConstVectorRef<S> w, Index /*i*/) const {
    using std::cos;
    return cos(T(w[0]));
  }
  [[nodiscard]] S curvature_of(ConstVectorRef<S> w, ConstVectorRef<S> direction, Index /*i*/) const {
    return -value_of<S>(w) * direction[0];
  }
};

/// f(x) = x^4: with alpha = 2 proxy PL fails for 0 < |x| < sqrt(mu/32).
template <class S = double> class Quartic : public detail::AnalyticFunction<Quartic<S>, S> {
 public:
  [[nodiscard]] Index dimension() const { return 1; }
  [[nodiscard]] std::string name() const { return "x^4"; }
  [[nodiscard]] double minimum() const { return 0; }
  [[nodiscard]] Vector<S> minimizer() const { return Vector<S>::Zero(1); }
  template <class Other> [[nodiscard]] Quartic<Other> cast() const { return {}; }

  template <class T> [[nodiscard]] T value_of(ConstVectorRef<S> w) const {
    const T square = T(w[0]) * T(w[0]);
    return square * square;
  }
  template <class T> [[nodiscard]] T slope_of(ConstVectorRef<S> w, Index /*i*/) const {
    const T x(w[0]);
    return T(4) * x * (x * x);
  }
  [[nodiscard]] S curvature_of(ConstVectorRef<S> w, ConstVectorRef<S> direction, Index /*i*/) const {
    return S(12) * w[0] * w[0] * direction[0];
  }
};

/// f(x, y) = x^2 - y^2: (f, f)-proxy convex nowhere useful, no proxy PL with xi < 0; it satisfies (f, 0, 2, 8).
template <class S = double> class Saddle : public detail::AnalyticFunction<Saddle<S>, S> {
 public:
  [[nodiscard]] Index dimension() const { return 2; }
  [[nodiscard]] std::string name() const { return "x^2 - y^2"; }
  [[nodiscard]] double smoothness() const { return 2; }
  template <class Other> [[nodiscard]] Saddle<Other> cast() const { return {}; }

  /// (x + y)(x - y): no cancellation but that of the factors.
  template <class T> [[nodiscard]] T value_of(ConstVectorRef<S> w) const {
    return (T(w[0]) + T(w[1])) * (T(w[0]) - T(w[1]));
  }
  template <class T> [[nodiscard]] T slope_of(ConstVectorRef<S> w, Index i) const {
    return T(i == 0 ? 2 : -2) * T(w[i]);
  }
  [[nodiscard]] S curvature_of(ConstVectorRef<S> /*w*/, ConstVectorRef<S> direction, Index i) const {
    return S(i == 0 ? 2 : -2) * direction[i];
  }
};

/// f(x) = sum_i 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2 (Rosenbrock 1960), i = 1..n-1, minimum 0 at (1, ..., 1).
template <class S = double> class Rosenbrock : public detail::AnalyticFunction<Rosenbrock<S>, S> {
 public:
  /// Throws std::invalid_argument unless dimension >= 2.
  explicit Rosenbrock(Index dimension = 2) : dimension_{dimension} {
    require(dimension >= 2, "dimension", "a number >= 2", dimension);
  }
  [[nodiscard]] Index dimension() const { return dimension_; }
  [[nodiscard]] std::string name() const { return "Rosenbrock"; }
  [[nodiscard]] double minimum() const { return 0; }
  [[nodiscard]] Vector<S> minimizer() const { return Vector<S>::Ones(dimension_); }
  template <class Other> [[nodiscard]] Rosenbrock<Other> cast() const { return Rosenbrock<Other>(dimension_); }

  template <class T> [[nodiscard]] T value_of(ConstVectorRef<S> w) const {
    T sum(0);
    for (Index i = 0; i + 1 < dimension_; ++i) {
      const T gap = valley_gap<T>(w, i);
      const T rest = T(1) - T(w[i]);
      sum += T(100) * gap * gap + rest * rest;
    }
    return sum;
  }
  template <class T> [[nodiscard]] T slope_of(ConstVectorRef<S> w, Index i) const {
    T slope(0);
    if (i + 1 < dimension_) {
      slope += T(-400) * T(w[i]) * valley_gap<T>(w, i) - T(2) * (T(1) - T(w[i]));
    }
    if (i > 0) slope += T(200) * valley_gap<T>(w, i - 1);
    return slope;
  }
  [[nodiscard]] S curvature_of(ConstVectorRef<S> w, ConstVectorRef<S> direction, Index i) const {
    S sum(0);
    if (i + 1 < dimension_) {
      sum += (S(1200) * w[i] * w[i] - S(400) * w[i + 1] + S(2)) * direction[i] - S(400) * w[i] * direction[i + 1];
    }
    if (i > 0) sum += S(200) * direction[i] - S(400) * w[i - 1] * direction[i - 1];
    return sum;
  }

 private:
  template <class T> [[nodiscard]] static T valley_gap(ConstVectorRef<S> w, Index i) {
    return T(w[i + 1]) - T(w[i]) * T(w[i]);
  }

  Index dimension_;
};

static_assert(TwiceDifferentiableObjective<SquarePlusSine<>> && BoundsItsGradient<SquarePlusSine<float>>);
static_assert(TwiceDifferentiableObjective<AbsolutePower<>> && BoundsItsGradient<SixthRoot<long double>>);
static_assert(TwiceDifferentiableObjective<DampedAbsolute<>> && TwiceDifferentiableObjective<Quartic<>>);
static_assert(TwiceDifferentiableObjective<Saddle<>> && TwiceDifferentiableObjective<Rosenbrock<>>);
static_assert(TwiceDifferentiableObjective<Sine<>> && TwiceDifferentiableObjective<SixthRoot<>>);

}  // namespace proxcvx
