// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <proxcvx/core/types.hpp>

// exp, log1p, tanh, 1/(1 + e^-z), log(1 + e^z) and acos for float and double within 2 ulp everywhere (subnormal
// results,
// +-0, +-infinity and NaN included), without a branch, a table or a call, so that compilers vectorize a loop over them.
// A result depends on its argument alone: not on its place in an array, nor on how wide the machine's vectors are.
// Polynomials: tools/vector_function_coefficients.py. Reductions: Cody & Waite (1980) for exp; log as 2 atanh s with
// s = f/(2 + f), as in fdlibm (Sun, 1993).

namespace proxcvx::detail {

/// The scalars that these functions are for.
template <class S>
concept VectorScalar = std::same_as<S, float> || std::same_as<S, double>;

/// What a function needs to know of a scalar.
template <class S> struct VectorConstants;

template <> struct VectorConstants<double> {
  using Bits = std::uint64_t;
  static constexpr int fraction = 52;
  static constexpr double bias = 1023;
  /// Adding it rounds to an integer, which the low bits of the sum then hold.
  static constexpr double shifter = 0x1.8p52;
  static constexpr double exp_low = -750;
  static constexpr double exp_high = 711;
  static constexpr double per_log2 = 0x1.71547652b82fep+0;
  /// log 2 = upper + lower; k upper is exact for every exponent k.
  static constexpr double log2_upper = 0x1.62e42fefa3800p-1;
  static constexpr double log2_lower = 0x1.ef35793c76730p-45;
  /// (e^r - 1 - r)/r^2 on |r| <= 0.3466.
  static constexpr double exponential[] = {0x1.0000000000001p-1,  0x1.5555555555556p-3,  0x1.5555555553d64p-5,
                                           0x1.11111111109b4p-7,  0x1.6c16c1788b646p-10, 0x1.a01a01a7c3d59p-13,
                                           0x1.a019b90eefe8ep-16, 0x1.71de0daf7a6ccp-19, 0x1.2891834686c7ep-22,
                                           0x1.af38a71a18cb9p-26};
  /// (2 atanh s - 2 s)/s^3 in s^2, for 1 + f in [1/sqrt 2, sqrt 2].
  static constexpr double logarithm[] = {0x1.5555555555558p-1, 0x1.99999999952e2p-2, 0x1.2492492df148dp-2,
                                         0x1.c71c62e5800a1p-3, 0x1.7462b4ab2ef6bp-3, 0x1.39fe606542ddep-3,
                                         0x1.2b584aae78a57p-3};
  /// (tanh x - x)/x^3 in x^2, |x| <= 0.625.
  static constexpr double tangent[] = {-0x1.5555555555553p-2,  0x1.11111111107acp-3,  -0x1.ba1ba1b92a52cp-5,
                                       0x1.664f4836ffb5ep-6,   -0x1.226e29216080bp-7, 0x1.d6d17faac7499p-9,
                                       -0x1.7d80275a99754p-10, 0x1.33fc7f7473d21p-11, -0x1.e3f90249802dbp-13,
                                       0x1.4ddd5fb800f82p-14,  -0x1.21522c06d082ap-16};
  /// (asin s - s)/s^3 in s^2, |s| <= 1/2.
  static constexpr double arcsine[] = {0x1.555555555554fp-3, 0x1.3333333336da5p-4,  0x1.6db6db684b6a1p-5,
                                       0x1.f1c71f95269afp-6, 0x1.6e8b2b3b10be4p-6,  0x1.1c593c7b1d958p-6,
                                       0x1.c87265d47ef49p-7, 0x1.8522ddffa6208p-7,  0x1.ff5fc4d14c735p-8,
                                       0x1.06b9d26d10838p-6, -0x1.603991d6060e0p-7, 0x1.cd864394d2ff2p-6};
  /// pi/2 = half_pi + half_pi_rest, each rounded to nearest.
  static constexpr double half_pi = 0x1.921fb54442d18p+0;
  static constexpr double half_pi_rest = 0x1.1a62633145c07p-54;
  /// Less half the bits of x they are those of 1/sqrt x, within 4 % (Lomont 2003).
  static constexpr Bits reciprocal_root = 0x5fe6eb50c7b537a9;
  static constexpr int reciprocal_root_steps = 4;
};

template <> struct VectorConstants<float> {
  using Bits = std::uint32_t;
  static constexpr int fraction = 23;
  static constexpr float bias = 127;
  static constexpr float shifter = 0x1.8p23F;
  static constexpr float exp_low = -110;
  static constexpr float exp_high = 90;
  static constexpr float per_log2 = 0x1.715476p+0F;
  static constexpr float log2_upper = 0x1.62e400p-1F;
  static constexpr float log2_lower = 0x1.7f7d1cp-20F;
  static constexpr float exponential[] = {0x1.000000p-1F, 0x1.5554dcp-3F, 0x1.55551ap-5F, 0x1.120b6cp-7F,
                                          0x1.6d1106p-10F};
  static constexpr float logarithm[] = {0x1.555556p-1F, 0x1.9999ecp-2F, 0x1.245c44p-2F, 0x1.ddced8p-3F};
  static constexpr float tangent[] = {-0x1.555556p-2F, 0x1.1110eap-3F,  -0x1.ba08c4p-5F,
                                      0x1.64a976p-6F,  -0x1.116a16p-7F, 0x1.2c83c0p-9F};
  static constexpr float arcsine[] = {0x1.55555ep-3F, 0x1.332732p-4F, 0x1.70a6bcp-5F, 0x1.b311d2p-6F, 0x1.37fe16p-5F};
  static constexpr float half_pi = 0x1.921fb6p+0F;
  static constexpr float half_pi_rest = -0x1.777a5cp-25F;
  static constexpr Bits reciprocal_root = 0x5f375a86;
  static constexpr int reciprocal_root_steps = 3;
};

/// a b + c: one rounding where the machine has that instruction, for whole arrays and single numbers alike. Left to the
/// compiler, the choice could differ between a loop and its tail.
template <class S> [[nodiscard, gnu::always_inline]] inline S multiply_add(S a, S b, S c) {
#if defined(__FMA__) || defined(__FP_FAST_FMA)
  return std::fma(a, b, c);
#else
  return a * b + c;
#endif
}

/// A polynomial by Horner's rule from coefficient k on; a recursion, because an inner loop keeps gcc from vectorizing.
template <std::size_t k = 0, class S, std::size_t n>
[[nodiscard, gnu::always_inline]] inline S horner(const S (&coefficients)[n], S x) {
  if constexpr (k + 1 == n)
    return coefficients[k];
  else
    return multiply_add(horner<k + 1>(coefficients, x), x, coefficients[k]);
}

template <class S> [[nodiscard, gnu::always_inline]] inline S magnitude(S x) {
  using Bits = typename VectorConstants<S>::Bits;
  return std::bit_cast<S>(std::bit_cast<Bits>(x) & (~Bits(0) >> 1));
}

/// `condition ? a : b` on bits: of the conditional operator, gcc makes branches that it does not vectorize.
template <class S> [[nodiscard, gnu::always_inline]] inline S select(bool condition, S a, S b) {
  using Bits = typename VectorConstants<S>::Bits;
  const Bits mask = condition ? ~Bits(0) : Bits(0);
  return std::bit_cast<S>(static_cast<Bits>((std::bit_cast<Bits>(a) & mask) | (std::bit_cast<Bits>(b) & ~mask)));
}

/// x with the sign of y, for x >= 0.
template <class S> [[nodiscard, gnu::always_inline]] inline S with_sign_of(S x, S y) {
  using Bits = typename VectorConstants<S>::Bits;
  return std::bit_cast<S>(std::bit_cast<Bits>(x) | (std::bit_cast<Bits>(y) & ~(~Bits(0) >> 1)));
}

/// 2^k for an integer k of the scalar's normal range.
template <class S> [[nodiscard, gnu::always_inline]] inline S power_of_two(S k) {
  using C = VectorConstants<S>;
  return std::bit_cast<S>(std::bit_cast<typename C::Bits>(k + (C::shifter + C::bias)) << C::fraction);
}

/// e^x.
template <VectorScalar S> [[nodiscard, gnu::always_inline]] inline S vector_exp(S x) {
  using C = VectorConstants<S>;
  const S above = select(x < C::exp_low, C::exp_low, x);  // a NaN fails both comparisons and stays
  const S z = select(above > C::exp_high, C::exp_high, above);
  const S k = multiply_add(z, C::per_log2, C::shifter) - C::shifter;
  const S upper = multiply_add(-k, C::log2_upper, z);
  const S r = multiply_add(-k, C::log2_lower, upper);
  const S lost = multiply_add(-k, C::log2_lower, S(upper - r));
  const S tail = multiply_add(S(r * r), horner(C::exponential, r), lost);
  const S top = S(1) + r;
  const S mantissa = top + ((r - (top - S(1))) + tail);
  // In two steps: 2^k itself may lie outside the range; only the second can round.
  const S half = multiply_add(k, S(0.5), C::shifter) - C::shifter;
  return mantissa * power_of_two(half) * power_of_two(S(k - half));
}

/// log(1 + x).
template <VectorScalar S> [[nodiscard, gnu::always_inline]] inline S vector_log1p(S x) {
  using C = VectorConstants<S>;
  using Bits = typename C::Bits;
  constexpr S root = S(0.70710678118654752);
  constexpr S infinity = std::numeric_limits<S>::infinity();
  constexpr Bits mask = (Bits(1) << C::fraction) - 1;
  const S u = S(1) + x;
  // u = 2^k m, m in [1/sqrt 2, sqrt 2).
  const Bits moved = std::bit_cast<Bits>(u) + (std::bit_cast<Bits>(S(1)) - std::bit_cast<Bits>(root));
  const S m = std::bit_cast<S>(static_cast<Bits>((moved & mask) + std::bit_cast<Bits>(root)));
  constexpr S base = S(Bits(1) << C::fraction);
  const S k =
      std::bit_cast<S>(static_cast<Bits>((moved >> C::fraction) | std::bit_cast<Bits>(base))) - (base + C::bias);
  const S lost_low = x - (u - S(1));
  const S lost_high = S(1) - (u - x);
  const S lost = select(x < S(1), lost_low, lost_high) / u;  // log(1 + x) = log u + lost
  const S f = select(k == S(0), x, S(m - S(1)));
  const S correction = select(k == S(0), S(0), lost);
  const S s = f / (S(2) + f);
  const S z = s * s;
  const S half_square = S(0.5) * f * f;
  const S rest = multiply_add(z, horner(C::logarithm, z), half_square);
  const S low = multiply_add(s, rest, multiply_add(k, C::log2_lower, correction));
  const S sum = multiply_add(k, C::log2_upper, S(f - (half_square - low)));
  const S tiny = select(magnitude(x) < std::numeric_limits<S>::epsilon() / 4, x, sum);  // keeps -0
  const S large = select(x == infinity, x, tiny);
  const S pole = select(x == S(-1), S(-infinity), large);
  return select(x < S(-1), std::numeric_limits<S>::quiet_NaN(), pole);
}

/// log(1 + e) for e in [0, 1], or NaN: log 2 + log(1 + (e - 1)/2) where e is above sqrt 2 - 1.
template <class S> [[nodiscard, gnu::always_inline]] inline S log1p_of_fraction(S e) {
  using C = VectorConstants<S>;
  const bool large = e > S(0.41421356237309505);
  const S f = select(large, S((e - S(1)) * S(0.5)), e);
  const S s = f / (S(2) + f);
  const S z = s * s;
  const S half_square = S(0.5) * f * f;
  const S rest = multiply_add(z, horner(C::logarithm, z), half_square);
  const S low = multiply_add(s, rest, select(large, C::log2_lower, S(0)));
  return select(large, C::log2_upper, S(0)) + (f - (half_square - low));
}

/// 1/(1 + e) without the rounding error of the sum, for e in [0, 1].
template <class S> [[nodiscard, gnu::always_inline]] inline S reciprocal_of_one_plus(S e) {
  const S sum = S(1) + e;
  const S lost = e - (sum - S(1));
  const S inverse = S(1) / sum;
  return multiply_add(S(-inverse * lost), inverse, inverse);
}

/// 1/(1 + e^-z), given e = e^-|z|.
template <class S> [[nodiscard, gnu::always_inline]] inline S sigmoid_from(S z, S e) {
  const S sum = S(1) + e;
  const S lost = e - (sum - S(1));
  const S quotient = select(z < S(0), e, S(1)) / sum;
  const S inverse = select(z < S(0), S(S(1) - quotient), quotient);
  return multiply_add(S(-quotient * lost), inverse, quotient);
}

/// log(1 + e^z), given e = e^-|z|.
template <class S> [[nodiscard, gnu::always_inline]] inline S softplus_from(S z, S e) {
  const S positive = select(z < S(0), S(0), z);
  return positive + log1p_of_fraction(e);
}

/// 1/(1 + e^-z).
template <VectorScalar S> [[nodiscard, gnu::always_inline]] inline S vector_sigmoid(S z) {
  return sigmoid_from(z, vector_exp(S(-magnitude(z))));
}

/// log(1 + e^z).
template <VectorScalar S> [[nodiscard, gnu::always_inline]] inline S vector_softplus(S z) {
  return softplus_from(z, vector_exp(S(-magnitude(z))));
}

/// tanh x.
template <VectorScalar S> [[nodiscard, gnu::always_inline]] inline S vector_tanh(S x) {
  const S size = magnitude(x);
  const S square = size * size;
  const S near = multiply_add(S(size * square), horner(VectorConstants<S>::tangent, square), size);
  const S e = vector_exp(S(S(-2) * size));
  const S far = multiply_add(S(S(-2) * e), reciprocal_of_one_plus(e), S(1));
  return with_sign_of(select(size < S(0.625), near, far), x);
}

/// An approximation y of 1/sqrt x after `steps` more steps of Newton's method. A recursion for horner's reason.
template <int steps, class S> [[nodiscard, gnu::always_inline]] inline S improved_reciprocal_root(S half_x, S y) {
  if constexpr (steps == 0)
    return y;
  else
    return improved_reciprocal_root<steps - 1>(half_x, S(y * multiply_add(S(-half_x * y), y, S(1.5))));
}

/// sqrt x for 0 <= x <= 1, normal or 0, within 1 ulp. std::sqrt may set errno, which keeps compilers from vectorizing.
template <class S> [[nodiscard, gnu::always_inline]] inline S root_of_fraction(S x) {
  using C = VectorConstants<S>;
  using Bits = typename C::Bits;
  const S first = std::bit_cast<S>(static_cast<Bits>(C::reciprocal_root - (std::bit_cast<Bits>(x) >> 1)));
  const S y = improved_reciprocal_root<C::reciprocal_root_steps>(S(S(0.5) * x), first);
  const S root = x * y;
  return multiply_add(S(S(0.5) * y), multiply_add(S(-root), root, x), root);
}

/// acos x; NaN outside [-1, 1]. From asin s with s = x, or s = sqrt((1 - |x|)/2) where |x| > 1/2.
template <VectorScalar S> [[nodiscard, gnu::always_inline]] inline S vector_acos(S x) {
  using C = VectorConstants<S>;
  const S size = magnitude(x);
  const bool outer = size > S(0.5);
  const S far = (S(1) - size) * S(0.5);  // exact where it is used
  const S square = select(outer, far, S(size * size));
  const S root = root_of_fraction(far);
  const S s = select(outer, root, size);
  const S arc = multiply_add(S(s * square), horner(C::arcsine, square), s);
  const S middle = C::half_pi - with_sign_of(S(arc - with_sign_of(C::half_pi_rest, x)), x);
  const S left = S(2) * (C::half_pi - (arc - C::half_pi_rest));
  const S side = select(x < S(0), left, S(S(2) * arc));
  const S angle = select(outer, side, middle);
  return select(size <= S(1), angle, std::numeric_limits<S>::quiet_NaN());
}

/// out[i] = function(in[i]), i < n; `in` may be `out`. The loop that compilers vectorize.
template <VectorScalar S, class Function>
inline void for_each_entry(const S* in, S* out, Index n, const Function& function) {
  for (Index i = 0; i < n; ++i) out[i] = function(in[i]);
}

}  // namespace proxcvx::detail
