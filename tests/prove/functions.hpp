// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/objectives/analytic_function.hpp>
#include <proxcvx/properties/special_cases.hpp>
#include <proxcvx/regions/box.hpp>
#include <proxcvx/verify/prove.hpp>
#include <string>

// What the tests of prove share: one type for many functions (each further type costs seconds to compile), intervals.

namespace proving {

namespace pc = proxcvx;

inline pc::Box<double> cube(pc::Index dimension, double half_width) {
  return {pc::Vector<double>::Constant(dimension, -half_width), pc::Vector<double>::Constant(dimension, half_width)};
}

/// Functions of one or two variables by name; `at`, `width` and `height` are theirs.
enum class Kind {
  line,       ///< x
  bump,       ///< (1 + height)/(1 + ((x - at)/width)^2): above 1 for |x - at| < width sqrt(height)
  quartic,    ///< x^4
  third,      ///< x^2 + 1/3, which declares the double below 1/3 as its minimum
  bowl,       ///< (x - at)^2 + y^2
  saddle,     ///< x^2 - y^2
  logarithm,  ///< log x
  absolute,   ///< |x|
  soft        ///< sqrt(1 + x^2) + exp(-x)
};

template <class S = double> class Function : public pc::detail::AnalyticFunction<Function<S>, S> {
 public:
  explicit Function(Kind kind, double at = 0, double width = 1, double height = 0)
      : kind_{kind}, at_{at}, width_{width}, height_{height} {}

  [[nodiscard]] pc::Index dimension() const { return kind_ == Kind::bowl || kind_ == Kind::saddle ? 2 : 1; }
  [[nodiscard]] std::string name() const { return "function"; }
  [[nodiscard]] double minimum() const { return kind_ == Kind::third ? 0x1.5555555555555p-2 : 0; }
  [[nodiscard]] pc::Vector<S> minimizer() const {
    pc::Vector<S> x = pc::Vector<S>::Zero(dimension());
    if (kind_ == Kind::bowl) x[0] = S(at_);
    return x;
  }
  template <class Other> [[nodiscard]] Function<Other> cast() const {
    return Function<Other>(kind_, at_, width_, height_);
  }

  template <class T> [[nodiscard]] T value_of(pc::ConstVectorRef<S> w) const {
    using std::abs;
    using std::exp;
    using std::log;
    using std::sqrt;
    const T x(w[0]);
    switch (kind_) {
      case Kind::line:
        return x;
      case Kind::bump: {
        const T z = (x - T(at_)) / T(width_);
        return (T(1) + T(height_)) / (T(1) + z * z);
      }
      case Kind::quartic:
        return (x * x) * (x * x);
      case Kind::third:
        return x * x + T(1) / T(3);
      case Kind::bowl:
        return (x - T(at_)) * (x - T(at_)) + T(w[1]) * T(w[1]);
      case Kind::saddle:
        return (x + T(w[1])) * (x - T(w[1]));
      case Kind::logarithm:
        return log(x);
      case Kind::absolute:
        return abs(x);
      case Kind::soft:
        break;
    }
    return T(sqrt(T(T(1) + x * x))) + T(exp(T(-x)));
  }
  template <class T> [[nodiscard]] T slope_of(pc::ConstVectorRef<S> w, pc::Index i) const {
    using std::exp;
    using std::sqrt;
    const T x(w[0]);
    switch (kind_) {
      case Kind::line:
        return T(1);
      case Kind::bump: {
        const T z = (x - T(at_)) / T(width_);
        const T bottom = T(1) + z * z;
        return T(-2) * z * (T(1) + T(height_)) / (T(width_) * bottom * bottom);
      }
      case Kind::quartic:
        return T(4) * x * (x * x);
      case Kind::third:
        return T(2) * x;
      case Kind::bowl:
        return i == 0 ? T(T(2) * (x - T(at_))) : T(T(2) * T(w[1]));
      case Kind::saddle:
        return i == 0 ? T(T(2) * x) : T(T(-2) * T(w[1]));
      case Kind::logarithm:
        return T(1) / x;
      case Kind::absolute:
        return x < T(0) ? T(-1) : T(1);
      case Kind::soft:
        break;
    }
    return x / T(sqrt(T(T(1) + x * x))) - T(exp(T(-x)));
  }

 private:
  Kind kind_;
  double at_;
  double width_;
  double height_;
};

/// f'^2 >= (mu/2)(g - xi).
inline pc::ProxyPL<Function<>, Function<>> claim(const Function<>& f, const Function<>& g, double mu, double xi) {
  return {f, g, {.alpha = 2, .mu = mu, .xi = xi}};
}

inline pc::Box<double> interval(double low, double high) {
  return {pc::Vector<double>::Constant(1, low), pc::Vector<double>::Constant(1, high)};
}
inline pc::Box<double> square(double low, double high) {
  return {pc::Vector<double>::Constant(2, low), pc::Vector<double>::Constant(2, high)};
}

}  // namespace proving
