// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <proxcvx/core/types.hpp>
#include <type_traits>
#include <utility>

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

/// a_0, b_0, a_1, b_1, ... of the lower or the upper halves of two registers.
template <bool upper, class Register, std::size_t... l>
[[nodiscard, gnu::always_inline]] inline Register interleaved(Register a, Register b, std::index_sequence<l...>) {
  constexpr int lanes = sizeof...(l), from = upper ? lanes / 2 : 0;
  return __builtin_shufflevector(a, b, (static_cast<int>(l / 2) + from + (l % 2 == 0 ? 0 : lanes))...);
}

/// The even or the odd lanes of two registers, one after the other: what `interleaved` came from.
template <bool odd, class Register, std::size_t... l>
[[nodiscard, gnu::always_inline]] inline Register every_other(Register a, Register b, std::index_sequence<l...>) {
  return __builtin_shufflevector(a, b, (static_cast<int>(2 * l) + (odd ? 1 : 0))...);
}

/// As many registers as lanes: a square block.
template <VectorScalar S> using LaneBlock = std::array<Lanes<S>, static_cast<std::size_t>(lane_count<S>)>;

/// Its transpose. Each round turns the bits of (row, lane) by one.
template <VectorScalar S, std::size_t width = static_cast<std::size_t>(lane_count<S>), std::size_t... i>
[[nodiscard, gnu::always_inline]] inline LaneBlock<S> transposed(const LaneBlock<S>& rows,
                                                                 std::index_sequence<i...> all) {
  if constexpr (width == 1) {
    return rows;
  } else {
    constexpr std::size_t half = sizeof...(i) / 2;
    return transposed<S, width / 2>(LaneBlock<S>{interleaved<(i % 2 == 1)>(rows[i / 2], rows[i / 2 + half], all)...},
                                    all);
  }
}
template <VectorScalar S> [[nodiscard, gnu::always_inline]] inline LaneBlock<S> transposed(const LaneBlock<S>& rows) {
  return transposed<S>(rows, std::make_index_sequence<static_cast<std::size_t>(lane_count<S>)>{});
}

/// The sums of the lanes of each of its rows, halves onto halves.
template <VectorScalar S, std::size_t count, std::size_t... l, std::size_t... i>
[[nodiscard, gnu::always_inline]] inline Lanes<S> lane_sums(const std::array<Lanes<S>, count>& rows,
                                                            std::index_sequence<l...> lanes,
                                                            std::index_sequence<i...> /*pairs*/) {
  if constexpr (count == 1) {
    return rows[0];
  } else {
    constexpr std::size_t half = count / 2;
    return lane_sums<S, half>(
        {(interleaved<false>(rows[i], rows[i + half], lanes) + interleaved<true>(rows[i], rows[i + half], lanes))...},
        lanes, std::make_index_sequence<half / 2>{});
  }
}
template <VectorScalar S> [[nodiscard, gnu::always_inline]] inline Lanes<S> lane_sums(const LaneBlock<S>& rows) {
  constexpr auto lanes = static_cast<std::size_t>(lane_count<S>);
  return lane_sums<S, lanes>(rows, std::make_index_sequence<lanes>{}, std::make_index_sequence<lanes / 2>{});
}

/// `count` zeros, then as many words of ones.
template <class Bits, std::size_t count>
inline constexpr std::array<Bits, 2 * count> lane_window = [] {
  std::array<Bits, 2 * count> bits{};
  for (std::size_t l = count; l < 2 * count; ++l) bits[l] = static_cast<Bits>(~Bits(0));
  return bits;
}();

/// The sum of the lanes of one register, and its lanes from the `first` on with zeros before.
template <VectorScalar S, std::size_t step = 1>
[[nodiscard, gnu::always_inline]] inline S sum_of_lanes(Lanes<S> lanes) {
  constexpr auto count = static_cast<std::size_t>(lane_count<S>);
  if constexpr (step == count) {
    return lanes[0];
  } else {
    return [&]<std::size_t... l>(std::index_sequence<l...> /*all*/) {
      return sum_of_lanes<S, 2 * step>(lanes + __builtin_shufflevector(lanes, lanes, (l ^ step)...));
    }
    (std::make_index_sequence<count>{});
  }
}
template <VectorScalar S> [[nodiscard]] inline Lanes<S> lanes_from(Lanes<S> lanes, Index first) {
  using Bits = typename LaneTraits<S>::Bits;
  using Mask = typename LaneTraits<Lanes<S>>::Bits;
  constexpr auto count = static_cast<std::size_t>(lane_count<S>);
  Mask mask;
  std::memcpy(&mask, lane_window<Bits, count>.data() + (lane_count<S> - first), sizeof mask);
  return std::bit_cast<Lanes<S>>(static_cast<Mask>(std::bit_cast<Mask>(lanes) & mask));
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
