// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <proxcvx/core/interval_functions.hpp>
#include <string>
#include <vector>

// The operations on intervals that are held against exact results. It includes little, so that tools/interval_matrix.py
// can compile it by every compiler and flag.

namespace tests {

namespace pc = proxcvx;

enum class Op {
  plus,
  minus,
  times,
  over,
  min,
  max,  // of two intervals
  pow,  // of an interval and a number
  power,
  abs,
  square,
  sqrt,
  exp,
  expm1,
  log,
  log1p,
  tanh,
  sinh,
  cosh,
  sin,
  cos
};

struct Operation {
  std::string name;
  Op op;
  pc::Interval (*apply)(const pc::Interval&, const pc::Interval&);
  bool binary = false;
  /// How far the widened end may lie from the exact one, in 2^{-52}|exact|: 2^{-52}|x| and two roundings (basic
  /// operations); 4 ulp, libm's own 2 and one rounding (functions); nothing (exact ones); anything (two functions).
  double ulps = 6.6;
};

inline std::vector<Operation> all_operations() {
  using I = const pc::Interval&;
  constexpr double basic = 2.01;
  return {
      {"x + y", Op::plus, [](I x, I y) { return x + y; }, true, basic},
      {"x - y", Op::minus, [](I x, I y) { return x - y; }, true, basic},
      {"x * y", Op::times, [](I x, I y) { return x * y; }, true, basic},
      {"x / y", Op::over, [](I x, I y) { return x / y; }, true, basic},
      {"min", Op::min, [](I x, I y) { return min(x, y); }, true, 0},
      {"max", Op::max, [](I x, I y) { return max(x, y); }, true, 0},
      {"pow", Op::pow, [](I x, I y) { return pow(x, y); }},
      {"power", Op::power, [](I x, I y) { return pow(x, y); }, true, std::numeric_limits<double>::infinity()},
      {"abs", Op::abs, [](I x, I) { return abs(x); }, false, 0},
      {"square", Op::square, [](I x, I) { return square(x); }, false, basic},
      {"sqrt", Op::sqrt, [](I x, I) { return sqrt(x); }, false, basic},
      {"exp", Op::exp, [](I x, I) { return exp(x); }},
      {"expm1", Op::expm1, [](I x, I) { return expm1(x); }},
      {"log", Op::log, [](I x, I) { return log(x); }},
      {"log1p", Op::log1p, [](I x, I) { return log1p(x); }},
      {"tanh", Op::tanh, [](I x, I) { return tanh(x); }},
      {"sinh", Op::sinh, [](I x, I) { return sinh(x); }},
      {"cosh", Op::cosh, [](I x, I) { return cosh(x); }},
      {"sin", Op::sin, [](I x, I) { return sin(x); }},
      {"cos", Op::cos, [](I x, I) { return cos(x); }},
  };
}

}  // namespace tests
