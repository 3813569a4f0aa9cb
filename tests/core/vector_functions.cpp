// SPDX-License-Identifier: MIT
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <proxcvx/core/fifty_digits.hpp>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/vector_functions.hpp>
#include <proxcvx/core/vector_tanh.hpp>
#include <vector>

#include "support/catch2.hpp"
#include "support/counts.hpp"

namespace pc = proxcvx;

namespace {

// Each function beside the same one in a wider scalar, T = FiftyDigits or, for float, double.
struct Exponential {
  static constexpr const char* name = "exp";
  template <class S> S operator()(S x) const { return pc::detail::vector_exp(x); }
  template <class T> static T exact(const T& x) {
    using std::exp;
    return exp(x);
  }
};

struct LogOnePlus {
  static constexpr const char* name = "log1p";
  template <class S> S operator()(S x) const { return pc::detail::vector_log1p(x); }
  template <class T> static T exact(const T& x) {
    using std::log1p;
    return log1p(x);
  }
};

struct HyperbolicTangent {
  static constexpr const char* name = "tanh";
  template <class S> S operator()(S x) const { return pc::detail::vector_tanh(x); }
  template <class T> static T exact(const T& x) {
    using std::tanh;
    return tanh(x);
  }
};

struct Logistic {
  static constexpr const char* name = "sigmoid";
  template <class S> S operator()(S x) const { return pc::detail::vector_sigmoid(x); }
  template <class T> static T exact(const T& x) {
    using std::exp;
    if (x > T(0)) return T(1) / (T(1) + exp(T(-x)));
    const T e = exp(x);
    return e / (T(1) + e);
  }
};

struct LogOnePlusExp {
  static constexpr const char* name = "softplus";
  template <class S> S operator()(S x) const { return pc::detail::vector_softplus(x); }
  template <class T> static T exact(const T& x) {
    using std::exp;
    using std::log1p;
    return x > T(0) ? T(x + log1p(T(exp(T(-x))))) : T(log1p(T(exp(x))));
  }
};

struct ArcCosine {
  static constexpr const char* name = "acos";
  template <class S> S operator()(S x) const { return pc::detail::vector_acos(x); }
  template <class T> static T exact(const T& x) {
    using std::atan;
    using std::sqrt;
    if (!(x >= T(-1) && x <= T(1))) return std::numeric_limits<T>::quiet_NaN();
    if (x == T(-1)) return T(4) * atan(T(1));
    return T(2) * atan(T(sqrt(T((T(1) - x) / (T(1) + x)))));
  }
};

/// |computed - exact| in units of the last place of the exact value; 0 where both are NaN or rounded to the same.
template <class S, class T> double ulps_apart(S computed, const T& exact) {
  const S rounded = static_cast<S>(exact);
  if (std::isnan(computed) || std::isnan(rounded)) return std::isnan(computed) && std::isnan(rounded) ? 0 : 1e9;
  if (std::isinf(computed) || std::isinf(rounded)) return computed == rounded ? 0 : 1e9;
  const int lowest = std::numeric_limits<S>::min_exponent;
  int exponent = lowest;
  if (rounded != S(0)) std::frexp(rounded, &exponent);
  const int place = std::max(exponent, lowest) - std::numeric_limits<S>::digits;
  using std::ldexp;
  return std::abs(static_cast<double>(ldexp(T(T(computed) - exact), -place)));
}

/// Points of every kind: moderate ones, every binary order of magnitude, both ends of the range of e^x.
template <class S> std::vector<S> points(pc::Index count) {
  pc::RandomStream stream{pc::Seed{11}, sizeof(S), pc::Purpose::user};
  std::vector<S> x;
  const double edge = sizeof(S) == 4 ? 88 : 709;
  for (pc::Index i = 0; i < count; ++i) {
    const double u = 2 * (static_cast<double>(stream() >> 11) * 0x1p-53) - 1;
    const double v = static_cast<double>(stream() >> 11) * 0x1p-53;
    const std::vector<double> kinds{
        u, 4 * u, 40 * u, std::ldexp(u, -static_cast<int>(140 * v)), edge + u, -1.02 * edge - 0.05 * edge * v};
    const double to_one = 1 - std::ldexp(v, -static_cast<int>(50 * v));
    x.push_back(static_cast<S>(u < 0 ? -to_one : to_one));
    for (const double kind : kinds) x.push_back(static_cast<S>(kind));
  }
  return x;
}

template <class S, class Function> void check_against_fifty_digits() {
  double worst = 0;
  S at = 0;
  for (const S x : points<S>(tests::scaled_count<pc::Index>(20'000))) {
    if (std::is_same_v<Function, LogOnePlus> && x <= S(-1)) continue;
    const double error = ulps_apart(Function{}(x), Function::exact(pc::FiftyDigits(x)));
    if (error > worst) worst = error, at = x;
  }
  INFO(Function::name << " at " << at);
  CHECK(worst <= 2);
}

template <class Function> void check_floats() {
  // A prime stride meets every exponent and both signs.
  const std::uint64_t stride = tests::long_run() ? 1 : 40'009;
  double worst = 0;
  float at = 0;
  for (std::uint64_t bits = 0; bits <= 0xffffffffU; bits += stride) {
    const auto x = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    const double error = ulps_apart(Function{}(x), Function::exact(static_cast<double>(x)));
    if (error > worst) worst = error, at = x;
  }
  INFO(Function::name << " at " << at);
  CHECK(worst <= 2);
}

template <class S, class Function> void check_places() {
  const std::vector<S> x = points<S>(40);
  std::vector<S> whole(x.size());
  pc::detail::for_each_entry(x.data(), whole.data(), static_cast<pc::Index>(x.size()), Function{});
  std::size_t differ = 0;
  for (std::size_t first = 0; first < 9; ++first) {
    for (std::size_t length = 1; length < 20; ++length) {
      std::vector<S> part(x.begin() + static_cast<std::ptrdiff_t>(first),
                          x.begin() + static_cast<std::ptrdiff_t>(first + length));
      pc::detail::for_each_entry(part.data(), part.data(), static_cast<pc::Index>(length), Function{});
      for (std::size_t i = 0; i < length; ++i) {
        const bool same = part[i] == whole[first + i] || (std::isnan(part[i]) && std::isnan(whole[first + i]));
        differ += same ? 0 : 1;
      }
    }
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    const S single = Function{}(x[i]);
    differ += single == whole[i] || (std::isnan(single) && std::isnan(whole[i])) ? 0 : 1;
  }
  INFO(Function::name);
  CHECK(differ == 0);
}

template <class S> void check_special_values() {
  namespace d = pc::detail;
  constexpr S infinity = std::numeric_limits<S>::infinity();
  constexpr S nan = std::numeric_limits<S>::quiet_NaN();
  constexpr S largest = std::numeric_limits<S>::max();
  constexpr S smallest = std::numeric_limits<S>::denorm_min();
  CHECK(std::isnan(d::vector_exp(nan)));
  CHECK(std::isnan(d::vector_log1p(nan)));
  CHECK(std::isnan(d::vector_tanh(nan)));
  CHECK(std::isnan(d::vector_sigmoid(nan)));
  CHECK(std::isnan(d::vector_softplus(nan)));
  for (const S x : {infinity, largest}) {
    CHECK(d::vector_exp(x) == infinity);
    CHECK(d::vector_exp(S(-x)) == 0);
    CHECK(d::vector_tanh(x) == 1);
    CHECK(d::vector_tanh(S(-x)) == -1);
    CHECK(d::vector_sigmoid(x) == 1);
    CHECK(d::vector_sigmoid(S(-x)) == 0);
    CHECK(d::vector_softplus(x) == x);
    CHECK(d::vector_softplus(S(-x)) == 0);
    CHECK(std::isnan(d::vector_log1p(S(-x))));
  }
  for (const S x : {infinity, largest, S(-infinity), S(1) + std::numeric_limits<S>::epsilon(), nan}) {
    CHECK(std::isnan(d::vector_acos(x)));
  }
  CHECK(d::vector_acos(S(1)) == 0);
  CHECK(d::vector_acos(S(-1)) == static_cast<S>(std::numbers::pi));
  CHECK(d::vector_acos(S(0)) == static_cast<S>(std::numbers::pi / 2));
  CHECK(d::vector_acos(S(-S(0))) == static_cast<S>(std::numbers::pi / 2));
  CHECK(d::vector_log1p(infinity) == infinity);
  CHECK(d::vector_log1p(S(-1)) == -infinity);
  CHECK(d::vector_exp(S(0)) == 1);
  CHECK(d::vector_sigmoid(S(0)) == S(0.5));
  for (const S x : {S(0), S(-S(0)), smallest, S(-smallest)}) {
    CHECK(d::vector_log1p(x) == x);
    CHECK(std::signbit(d::vector_log1p(x)) == std::signbit(x));
    CHECK(d::vector_tanh(x) == x);
    CHECK(std::signbit(d::vector_tanh(x)) == std::signbit(x));
  }
}

/// 1 - tanh^2 x within 8 u of itself where it is no smaller than e^-highest times 4, to which e^-2|x| need not go.
template <class S> void check_slopes() {
  const double highest = sizeof(S) == 4 ? 88 : 709;
  double worst = 0;
  bool ends = true;
  for (const S x : points<S>(2000)) {
    const S slope = pc::detail::tanh_and_slope(x).derivative;
    if (2 * std::abs(static_cast<double>(x)) > highest) {
      ends = ends && slope == 0;
      continue;
    }
    const pc::FiftyDigits e = exp(pc::FiftyDigits(-2) * abs(pc::FiftyDigits(x)));
    const pc::FiftyDigits exact = 4 * e / ((1 + e) * (1 + e));
    worst = std::max(worst, static_cast<double>(abs(pc::FiftyDigits(slope) / exact - 1)));
  }
  CHECK(ends);
  CHECK(worst <= 4 * static_cast<double>(std::numeric_limits<S>::epsilon()));
  for (const S x : {S(0), S(-0.0)}) {
    CHECK(pc::detail::tanh_and_slope(x).derivative == 1);
    CHECK(std::signbit(pc::detail::tanh_and_slope(x).value) == std::signbit(x));
  }
  CHECK(std::isnan(pc::detail::tanh_and_slope(std::numeric_limits<S>::quiet_NaN()).derivative));
  CHECK(pc::detail::tanh_and_slope(-std::numeric_limits<S>::infinity()).value == -1);
}

template <class Check> void with_every_function(const Check& check) {
  check(Exponential{});
  check(LogOnePlus{});
  check(HyperbolicTangent{});
  check(Logistic{});
  check(LogOnePlusExp{});
  check(ArcCosine{});
}

}  // namespace

TEST_CASE("vector functions are within 2 ulp of their values in fifty digits") {
  with_every_function([]<class Function>(Function) { check_against_fifty_digits<double, Function>(); });
  with_every_function([]<class Function>(Function) { check_against_fifty_digits<float, Function>(); });
}

TEST_CASE("vector functions are within 2 ulp at every float") {
  with_every_function([]<class Function>(Function) { check_floats<Function>(); });
}

TEST_CASE("vector functions do not depend on an entry's place in its array") {
  with_every_function([]<class Function>(Function) { check_places<double, Function>(); });
  with_every_function([]<class Function>(Function) { check_places<float, Function>(); });
}

TEST_CASE("vector functions at infinities, NaN, signed zeros and subnormal numbers") {
  check_special_values<double>();
  check_special_values<float>();
}

TEST_CASE("the slope of tanh keeps its relative accuracy in the tails") {
  check_slopes<double>();
  check_slopes<float>();
}
