// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <limits>
#include <proxcvx/core/lanes.hpp>
#include <proxcvx/core/vector_functions.hpp>

// tanh and its derivative together, for float and double: what a step on one example spends half of its time on. From
// E = e^2|x| - 1 by steps that keep its relative accuracy near 0, tanh |x| = E/(2 + E) and (tanh x)' = 4(1 + E)/(2 +
// E)^2, so that no second polynomial is needed there. The one that is needed goes by Estrin's scheme: its steps wait
// less for each other than Horner's.

namespace proxcvx::detail {

/// The polynomial whose coefficients are k, k + step, k + 2 step, ... of these.
template <std::size_t k = 0, std::size_t step = 1, LaneArgument S, std::size_t n>
[[nodiscard, gnu::always_inline]] inline S estrin(const ScalarOf<S> (&coefficients)[n], S x) {
  if constexpr (k + step >= n)
    return constant<S>(coefficients[k]);
  else
    return multiply_add(estrin<k + step, 2 * step>(coefficients, S(x * x)), x,
                        estrin<k, 2 * step>(coefficients, S(x * x)));
}

/// tanh x within 2 ulp, and 1 - tanh^2 x within 8 u of itself; that is 0 where it would be below 1e-307 (2e-38 in
/// float). NaN comes through.
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline ValueAndDerivative<S> tanh_and_slope(S x) {
  using Scalar = ScalarOf<S>;
  using C = VectorConstants<Scalar>;
  constexpr auto c = [](Scalar number) { return constant<S>(number); };
  constexpr Scalar highest = std::numeric_limits<Scalar>::max_exponent == 1024 ? 709 : 88;  // e^ that is finite
  const S exponent = c(2) * magnitude(x);
  const auto beyond = exponent > c(highest);
  const S z = select(beyond, c(highest), exponent);
  const S k = multiply_add(z, c(C::per_log2), c(C::shifter)) - c(C::shifter);
  const S upper = multiply_add(S(-k), c(C::log2_upper), z);
  const S r = multiply_add(S(-k), c(C::log2_lower), upper);
  const S lost = multiply_add(S(-k), c(C::log2_lower), S(upper - r));
  const S rest = r + multiply_add(S(r * r), estrin(C::exponential, r), lost);  // e^r - 1
  const S power = power_of_two(k);
  const S E = multiply_add(power, rest, S(power - c(1)));
  const S inverse = c(1) / (c(2) + E);
  const S quotient = E * inverse;
  const S error = multiply_add(S(-quotient), E, multiply_add(S(-quotient), c(2), E));
  const S near = multiply_add(error, inverse, quotient);
  const S far = multiply_add(c(-2), inverse, c(1));  // what rounds in E is lost in 1 by then
  const S slope = c(4) * ((c(1) + E) * inverse) * inverse;
  return {with_sign_of(select(E > c(2), far, near), x), select(beyond, c(0), slope)};
}

/// tanh x.
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline S vector_tanh(S x) {
  return tanh_and_slope(x).value;
}

}  // namespace proxcvx::detail
