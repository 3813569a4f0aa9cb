// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <proxcvx/core/types.hpp>
#include <type_traits>

// A vector register as a type, in GNU vector types, which g++ and clang++ share: what loops are written in that no
// compiler vectorizes well by itself. One function serves a number and a register of them.

namespace proxcvx::detail {

/// The scalars that registers hold.
template <class S>
concept VectorScalar = std::same_as<S, float> || std::same_as<S, double>;

/// Bytes of a vector register, as far as Eigen was told; a multiple of every scalar's size.
inline constexpr Index register_bytes = EIGEN_MAX_STATIC_ALIGN_BYTES >= 16 ? EIGEN_MAX_STATIC_ALIGN_BYTES : 16;

/// How many of a scalar a register holds.
template <class S> inline constexpr Index lane_count = register_bytes / static_cast<Index>(sizeof(S));

/// The scalar of a number or of a register, and its bits as unsigned integers.
template <class S> struct LaneTraits {};
template <> struct LaneTraits<float> {
  using Scalar = float;
  using Bits = std::uint32_t;
};
template <> struct LaneTraits<double> {
  using Scalar = double;
  using Bits = std::uint64_t;
};

#if defined(__GNUC__)
template <class S> inline constexpr bool has_lanes = VectorScalar<S>;

using FloatLanes [[gnu::vector_size(register_bytes)]] = float;
using DoubleLanes [[gnu::vector_size(register_bytes)]] = double;
template <> struct LaneTraits<FloatLanes> {
  using Scalar = float;
  using Bits [[gnu::vector_size(register_bytes)]] = std::uint32_t;
};
template <> struct LaneTraits<DoubleLanes> {
  using Scalar = double;
  using Bits [[gnu::vector_size(register_bytes)]] = std::uint64_t;
};

template <class S> struct LanesOf;
template <> struct LanesOf<float> { using Type = FloatLanes; };
template <> struct LanesOf<double> { using Type = DoubleLanes; };

/// A register of float or double.
template <VectorScalar S> using Lanes = typename LanesOf<S>::Type;

/// From any address.
template <VectorScalar S> [[nodiscard, gnu::always_inline]] inline Lanes<S> load_lanes(const S* from) {
  Lanes<S> lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}
template <VectorScalar S> [[gnu::always_inline]] inline void store_lanes(S* to, Lanes<S> lanes) {
  std::memcpy(to, &lanes, sizeof lanes);
}
#else
template <class S> inline constexpr bool has_lanes = false;
#endif

/// A float, a double, or a register of them.
template <class S>
concept LaneArgument = requires {
  typename LaneTraits<S>::Scalar;
};

/// A register of numbers, not a single one.
template <class S>
concept LaneVector = LaneArgument<S> && !VectorScalar<S>;

template <LaneArgument S> using ScalarOf = typename LaneTraits<S>::Scalar;
template <LaneArgument S> using BitsOf = typename LaneTraits<S>::Bits;

/// A number in every lane.
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline constexpr S constant(ScalarOf<S> number) {
  if constexpr (VectorScalar<S>)
    return number;
  else
    return number - S{};  // not +: the sum of -0 and 0 is 0
}

/// `condition ? a : b`, lane by lane.
template <LaneArgument S, class Condition>
[[nodiscard, gnu::always_inline]] inline S select(Condition condition, S a, S b) {
  if constexpr (VectorScalar<S>) {  // on bits: of the conditional operator, gcc makes branches that it does not
                                    // vectorize
    using Bits = BitsOf<S>;
    const Bits mask = condition ? ~Bits(0) : Bits(0);
    return std::bit_cast<S>(static_cast<Bits>((std::bit_cast<Bits>(a) & mask) | (std::bit_cast<Bits>(b) & ~mask)));
  } else {
    return condition ? a : b;
  }
}

template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline S magnitude(S x) {
  using One = BitsOf<ScalarOf<S>>;
  constexpr One all_but_sign = static_cast<One>(~One(0)) >> 1;
  return std::bit_cast<S>(static_cast<BitsOf<S>>(std::bit_cast<BitsOf<S>>(x) & all_but_sign));
}

/// x with the sign of y, for x >= 0.
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline S with_sign_of(S x, S y) {
  using One = BitsOf<ScalarOf<S>>;
  constexpr One sign = ~(static_cast<One>(~One(0)) >> 1);
  return std::bit_cast<S>(static_cast<BitsOf<S>>(std::bit_cast<BitsOf<S>>(x) | (std::bit_cast<BitsOf<S>>(y) & sign)));
}

/// a b + c: one rounding where the machine has that instruction, for whole registers and single numbers alike.
template <LaneArgument S> [[nodiscard, gnu::always_inline]] inline S multiply_add(S a, S b, S c) {
#if defined(__FMA__) || defined(__FP_FAST_FMA)
  if constexpr (VectorScalar<S>) return std::fma(a, b, c);
#endif
  return a * b + c;
}

}  // namespace proxcvx::detail
