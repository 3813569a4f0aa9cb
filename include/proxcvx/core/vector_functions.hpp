// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <proxcvx/core/lanes.hpp>
#include <proxcvx/core/types.hpp>

// exp, log, log1p, 1/(1 + e^-z), log(1 + e^z) and acos for float and double within 2 ulp everywhere (subnormal
// results, +-0, +-infinity and NaN included), without a branch, a table or a call, so that compilers vectorize a loop
// over them; tanh is in vector_tanh.hpp.
// A result depends on its argument alone: not on its place in an array, nor on how wide the machine's vectors are.
// Polynomials: tools/vector_function_coefficients.py. Reductions: Cody & Waite (1980) for exp; log as 2 atanh s with
// s = f/(2 + f), as in fdlibm (Sun, 1993).

namespace proxcvx::detail {

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
  static constexpr float arcsine[] = {0x1.55555ep-3F, 0x1.332732p-4F, 0x1.70a6bcp-5F, 0x1.b311d2p-6F, 0x1.37fe16p-5F};
  static constexpr float half_pi = 0x1.921fb6p+0F;
  static constexpr float half_pi_rest = -0x1.777a5cp-25F;
  static constexpr Bits reciprocal_root = 0x5f375a86;
  static constexpr int reciprocal_root_steps = 3;
};

/// A polynomial by Horner's rule from coefficient k on; a recursion, because an inner loop keeps gcc from vectorizing.
template <std::size_t k = 0, LaneArgument S, std::size_t n>
[[nodiscard, gnu::always_inline]] inline S horner(const ScalarOf<S> (&coefficients)[n], S x) {
  if constexpr (k + 1 == n)
    return constant<S>(coefficients[k]);
  else
    return multiply_add(horner<k + 1>(coefficients, x), x, constant<S>(coefficients[k]));
}

/// a b, rounded: as a summand it would else be anyone's guess which of two products a compiler adds without rounding.
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline S rounded_product(S a, S b) {
  return multiply_add(a, b, constant<S>(0));
}

/// 2^k for an integer k of the scalar's normal range.
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline S power_of_two(S k) {
  using C = VectorConstants<ScalarOf<S>>;
  return std::bit_cast<S>(static_cast<BitsOf<S>>(std::bit_cast<BitsOf<S>>(k + constant<S>(C::shifter + C::bias))
                                                 << typename C::Bits(C::fraction)));
}

/// e^r for r = upper - k lower, |r| <= 0.3466, k lower being what is left of k log 2.
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline S reduced_exp(S upper, S k) {
  using C = VectorConstants<ScalarOf<S>>;
  const S one = constant<S>(1), lower = constant<S>(C::log2_lower);
  const S r = multiply_add(S(-k), lower, upper);
  const S lost = multiply_add(S(-k), lower, S(upper - r));
  const S tail = multiply_add(S(r * r), horner(C::exponential, r), lost);
  const S top = one + r;
  return top + ((r - (top - one)) + tail);
}

/// e^x.
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline S vector_exp(S x) {
  using C = VectorConstants<ScalarOf<S>>;
  constexpr auto c = [](ScalarOf<S> number) { return constant<S>(number); };
  const S above = select(x < c(C::exp_low), c(C::exp_low), x);  // a NaN fails both comparisons and stays
  const S z = select(above > c(C::exp_high), c(C::exp_high), above);
  const S k = multiply_add(z, c(C::per_log2), c(C::shifter)) - c(C::shifter);
  const S mantissa = reduced_exp(multiply_add(S(-k), c(C::log2_upper), z), k);
  // In two steps: 2^k itself may lie outside the range; only the second can round.
  const S half = multiply_add(k, c(0.5), c(C::shifter)) - c(C::shifter);
  return mantissa * power_of_two(half) * power_of_two(S(k - half));
}

/// e^-size for size >= 0, in fewer steps: with an exponent that is larger by 64, so that 2^k is in range.
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline S vector_exp_of_minus(S size) {
  using C = VectorConstants<ScalarOf<S>>;
  constexpr auto c = [](ScalarOf<S> number) { return constant<S>(number); };
  const S z = select(size > c(-C::exp_low), c(-C::exp_low), size);
  const S shifter = c(C::shifter + (C::bias + 64));
  const S shifted = multiply_add(z, c(-C::per_log2), shifter);
  const S k = shifted - shifter;
  const S mantissa = reduced_exp(multiply_add(S(-k), c(C::log2_upper), S(-z)), k);
  const BitsOf<S> power = std::bit_cast<BitsOf<S>>(shifted) << typename C::Bits(C::fraction);
  return mantissa * std::bit_cast<S>(power) * c(0x1p-64);
}

/// x = 2^k m with m in [1/sqrt 2, sqrt 2).
template <class S> struct SplitNumber {
  S k;
  S m;
};

/// Of a normal x > 0.
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline SplitNumber<S> split(S x) {
  using Scalar = ScalarOf<S>;
  using C = VectorConstants<Scalar>;
  using Bits = typename C::Bits;
  constexpr Bits root = std::bit_cast<Bits>(Scalar(0.70710678118654752));
  constexpr Bits to_one = std::bit_cast<Bits>(Scalar(1)) - root;
  constexpr Bits mask = (Bits(1) << C::fraction) - 1;
  constexpr Scalar base = Scalar(Bits(1) << C::fraction);
  const BitsOf<S> moved = std::bit_cast<BitsOf<S>>(x) + to_one;
  const S k = std::bit_cast<S>(static_cast<BitsOf<S>>((moved >> Bits(C::fraction)) | std::bit_cast<Bits>(base))) -
              constant<S>(base + C::bias);
  return {k, std::bit_cast<S>(static_cast<BitsOf<S>>((moved & mask) + root))};
}

/// k log 2 + log(1 + f) + correction, for 1 + f in [1/sqrt 2, sqrt 2): 2 atanh s of s = f/(2 + f).
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline S log_of_split(S k, S f, S correction) {
  using C = VectorConstants<ScalarOf<S>>;
  constexpr auto c = [](ScalarOf<S> number) { return constant<S>(number); };
  const S s = f / (c(2) + f);
  const S z = s * s;
  const S half_square = rounded_product(S(c(ScalarOf<S>(0.5)) * f), f);
  const S rest = multiply_add(z, horner(C::logarithm, z), half_square);
  const S low = multiply_add(s, rest, multiply_add(k, c(C::log2_lower), correction));
  return multiply_add(k, c(C::log2_upper), S(f - (half_square - low)));
}

/// log x for a normal x > 0.
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline S vector_log(S x) {
  const SplitNumber<S> of = split(x);
  return log_of_split(of.k, S(of.m - constant<S>(1)), constant<S>(0));
}

/// log(1 + x).
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline S vector_log1p(S x) {
  using Scalar = ScalarOf<S>;
  constexpr auto c = [](Scalar number) { return constant<S>(number); };
  constexpr Scalar infinity = std::numeric_limits<Scalar>::infinity();
  const S u = c(1) + x;
  const auto [k, m] = split(u);
  const S lost_low = x - (u - c(1));
  const S lost_high = c(1) - (u - x);
  const S lost = select(x < c(1), lost_low, lost_high) / u;  // log(1 + x) = log u + lost
  const S f = select(k == c(0), x, S(m - c(1)));
  const S sum = log_of_split(k, f, select(k == c(0), c(0), lost));
  const S tiny = select(magnitude(x) < c(std::numeric_limits<Scalar>::epsilon() / 4), x, sum);  // keeps -0
  const S large = select(x == c(infinity), x, tiny);
  const S pole = select(x == c(-1), c(-infinity), large);
  return select(x < c(-1), c(std::numeric_limits<Scalar>::quiet_NaN()), pole);
}

/// A value with its derivative.
template <class S> struct ValueAndDerivative {
  S value;
  S derivative;
};

/// numerator/(1 + e) from an approximation of 1/(1 + e), for e in [0, 1] and one of e and 1; sum is 1 + e, rounded.
template <LaneArgument S>
[[nodiscard, gnu::always_inline]] inline S refined_quotient(S numerator, S e, S sum, S inverse) {
  const S lost = e - (sum - constant<S>(1));
  const S quotient = numerator * inverse;
  const S rest = multiply_add(S(-quotient), lost, multiply_add(S(-quotient), sum, numerator));
  return multiply_add(rest, inverse, quotient);
}

/// s(z) and s'(z) of s(z) = 1/(1 + e^-z).
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline ValueAndDerivative<S> sigmoid_with_slope(S z) {
  const S one = constant<S>(1);
  const S e = vector_exp_of_minus(magnitude(z));
  const S sum = one + e;
  const S inverse = one / sum;
  return {refined_quotient(select(z < constant<S>(0), e, one), e, sum, inverse), e * inverse * inverse};
}

/// s(z) and s'(z) of s(z) = log(1 + e^z), by one division. With e = e^-|z|, log(1 + e) is log 2 + log(1 + f),
/// f = (e - 1)/2, where e is above sqrt 2 - 1.
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline ValueAndDerivative<S> softplus_with_slope(S z) {
  using C = VectorConstants<ScalarOf<S>>;
  constexpr auto c = [](ScalarOf<S> number) { return constant<S>(number); };
  const S e = vector_exp_of_minus(magnitude(z));
  const auto large = e > c(ScalarOf<S>(0.41421356237309505));
  const auto negative = z < c(0);
  const S f = select(large, S((e - c(1)) * c(0.5)), e);
  const S sum = c(1) + e;
  const S other = c(2) + f;
  const S both = c(1) / (sum * other);
  const S slope = refined_quotient(select(negative, e, c(1)), e, sum, S(other * both));
  const S s = f * (sum * both);
  const S square = s * s;
  const S half_square = c(0.5) * f * f;
  const S rest = multiply_add(square, horner(C::logarithm, square), half_square);
  const S low = multiply_add(s, rest, select(large, c(C::log2_lower), c(0)));
  const S logarithm = select(large, c(C::log2_upper), c(0)) + (f - (half_square - low));
  return {select(negative, c(0), z) + logarithm, slope};
}

/// 1/(1 + e^-z).
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline S vector_sigmoid(S z) {
  return sigmoid_with_slope(z).value;
}

/// log(1 + e^z).
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline S vector_softplus(S z) {
  return softplus_with_slope(z).value;
}

/// An approximation y of 1/sqrt x after `steps` more steps of Newton's method. A recursion for horner's reason.
template <int steps, LaneArgument S>
[[nodiscard, gnu::always_inline]] inline S improved_reciprocal_root(S half_x, S y) {
  if constexpr (steps == 0)
    return y;
  else
    return improved_reciprocal_root<steps - 1>(half_x,
                                               S(y * multiply_add(S(-half_x * y), y, constant<S>(ScalarOf<S>(1.5)))));
}

/// sqrt x for 0 <= x <= 1, normal or 0, within 1 ulp. std::sqrt may set errno, which keeps compilers from vectorizing.
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline S root_of_fraction(S x) {
  using C = VectorConstants<ScalarOf<S>>;
  const S half = constant<S>(ScalarOf<S>(0.5));
  const S first = std::bit_cast<S>(static_cast<BitsOf<S>>(C::reciprocal_root - (std::bit_cast<BitsOf<S>>(x) >> 1)));
  const S y = improved_reciprocal_root<C::reciprocal_root_steps>(S(half * x), first);
  const S root = rounded_product(x, y);
  return multiply_add(S(half * y), multiply_add(S(-root), root, x), root);
}

/// acos x; NaN outside [-1, 1]. From asin s with s = x, or s = sqrt((1 - |x|)/2) where |x| > 1/2.
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline S vector_acos(S x) {
  using C = VectorConstants<ScalarOf<S>>;
  const S one = constant<S>(1), two = constant<S>(2), half = constant<S>(ScalarOf<S>(0.5));
  const S half_pi = constant<S>(C::half_pi), half_pi_rest = constant<S>(C::half_pi_rest);
  const S size = magnitude(x);
  const auto outer = size > half;
  const S far = (one - size) * half;  // exact where it is used
  const S square = select(outer, far, S(size * size));
  const S root = root_of_fraction(far);
  const S s = select(outer, root, size);
  const S arc = multiply_add(S(s * square), horner(C::arcsine, square), s);
  const S middle = half_pi - with_sign_of(S(arc - with_sign_of(half_pi_rest, x)), x);
  const S left = two * (half_pi - (arc - half_pi_rest));
  const S side = select(x < constant<S>(0), left, S(two * arc));
  const S angle = select(outer, side, middle);
  return select(size <= one, angle, constant<S>(std::numeric_limits<ScalarOf<S>>::quiet_NaN()));
}

/// Whether loops over float and double use these functions. With registers of 16 bytes, two doubles, the standard
/// library's were faster. PROXCVX_VECTOR_FUNCTIONS, the same in every file of a program, overrides it.
#if defined(PROXCVX_VECTOR_FUNCTIONS) && defined(__GNUC__)
inline constexpr bool prefers_vector_functions = PROXCVX_VECTOR_FUNCTIONS != 0;
#elif defined(__GNUC__)
inline constexpr bool prefers_vector_functions = register_bytes >= 32;
#else
inline constexpr bool prefers_vector_functions = false;
#endif

/// Whether a matrix lies in memory column by column, and is no expression.
template <class Derived>
inline constexpr bool has_direct_access = (static_cast<unsigned>(Derived::Flags) & Eigen::DirectAccessBit) != 0 &&
                                          !static_cast<bool>(Derived::IsRowMajor) &&
                                          static_cast<int>(Derived::InnerStrideAtCompileTime) == 1;

/// Whether its entries lie one after the other.
template <class Derived> [[nodiscard]] bool is_contiguous(const Eigen::MatrixBase<Derived>& matrix) {
  return matrix.derived().outerStride() == matrix.rows() || matrix.cols() == 1;
}

/// out[i] = function(in[i]), i < n; `in` may be `out`.
template <VectorScalar S, class Function>
inline void for_each_entry(const S* in, S* out, Index n, const Function& function) {
  Index i = 0;
#if defined(__GNUC__)
  for (; i + lane_count<S> <= n; i += lane_count<S>) store_lanes(out + i, function(load_lanes(in + i)));
  if (i < n) {
    const auto bytes = static_cast<std::size_t>(n - i) * sizeof(S);
    Lanes<S> rest = {};
    std::memcpy(&rest, in + i, bytes);
    rest = function(rest);
    std::memcpy(out + i, &rest, bytes);
  }
#else
  for (; i < n; ++i) out[i] = function(in[i]);
#endif
}

}  // namespace proxcvx::detail
