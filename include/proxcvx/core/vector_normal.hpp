// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/lanes.hpp>
#include <proxcvx/core/vector_functions.hpp>

// Two standard normal numbers from two uniform ones (Box & Muller 1958), for a double or a register of them: a check of
// a small network spent a third of its time on the logarithms, sines and cosines of its samples. Like all vector
// functions, without a branch, a table or a call: a pair depends on its two numbers alone.

namespace proxcvx::detail {

/// Two numbers, or two registers of them.
template <class S> struct TwoOf {
  S first;
  S second;
};

/// cos 2 pi u and sin 2 pi u for u in [0, 1], each within 2 ulp of itself or, near their zeros, 2^-52 pi |u - the
/// zero|. 4u = q + r exactly, |r| <= 1/2; Taylor's polynomials of cos and sin of r pi/2 are true to 1e-17 there.
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline TwoOf<S> cosine_and_sine_of_turns(S u) {
  using C = VectorConstants<double>;
  constexpr double sine[] = {-0x1.4abbce625be53p-1,  0x1.466bc6775aae2p-4,   -0x1.32d2cce62bd86p-8,
                             0x1.50783487ee782p-13,  -0x1.e3074fde8871fp-19, 0x1.e8f434d018d63p-25,
                             -0x1.6fadb9f155744p-31, 0x1.aaec32af93359p-38};
  constexpr double cosine[] = {-0x1.3bd3cc9be45dep+0,  0x1.03c1f081b5ac4p-2,   -0x1.55d3c7e3cbffap-6,
                               0x1.e1f506891babbp-11,  -0x1.a6d1f2a204a8cp-16, 0x1.f9d38a3763cc3p-22,
                               -0x1.b6e24f44b128fp-28, 0x1.20c62c2f2d7f5p-34};
  constexpr auto c = [](double number) { return constant<S>(number); };
  const S quarters = c(4) * u;
  const S q = (quarters + c(C::shifter)) - c(C::shifter);
  const S r = quarters - q;
  const S square = r * r;
  const S s = r * multiply_add(square, horner(sine, square), c(C::half_pi));
  const S t = multiply_add(square, horner(cosine, square), c(1));
  const S cosine_size = select(q == c(1), s, select(q == c(3), s, t));
  const S sine_size = select(q == c(1), t, select(q == c(3), t, s));
  const S to_the_left = select(q == c(1), S(-cosine_size), select(q == c(2), S(-cosine_size), cosine_size));
  const S below = select(q == c(2), S(-sine_size), select(q == c(3), S(-sine_size), sine_size));
  return {to_the_left, below};
}

/// sqrt(-2 log u) times cos and sin of 2 pi v, for u in (2^-53, 1) and v in [0, 1].
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline TwoOf<S> normal_pair(S u, S v) {
  constexpr auto c = [](double number) { return constant<S>(number); };
  const S radius = c(16) * root_of_fraction(S(c(-0x1p-7) * vector_log(u)));  // -2 log u <= 74
  const TwoOf<S> direction = cosine_and_sine_of_turns(v);
  return {radius * direction.first, radius * direction.second};
}

}  // namespace proxcvx::detail
