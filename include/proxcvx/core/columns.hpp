// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <proxcvx/core/lanes.hpp>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/types.hpp>
#include <type_traits>
#include <utility>

// The columns of a matrix where they lie, one after the other: their dot products with a vector, and multiples of it
// subtracted from them. That is all that a step on one example does to weights, and where they are few and short,
// Eigen's products spend more on their preparation.

namespace proxcvx::detail {

#if defined(__GNUC__)

/// Registers of 32 bytes at most: a short column is seldom whole cache lines, which longer registers would straddle.
inline constexpr Index narrow_bytes = std::min<Index>(register_bytes, 32);

using NarrowFloats [[gnu::vector_size(narrow_bytes)]] = float;
using NarrowDoubles [[gnu::vector_size(narrow_bytes)]] = double;
using NarrowFloatBits [[gnu::vector_size(narrow_bytes)]] = std::uint32_t;
using NarrowDoubleBits [[gnu::vector_size(narrow_bytes)]] = std::uint64_t;
template <class S> struct NarrowOf;
template <> struct NarrowOf<float> {
  using Type = NarrowFloats;
  using Bits = NarrowFloatBits;
};
template <> struct NarrowOf<double> {
  using Type = NarrowDoubles;
  using Bits = NarrowDoubleBits;
};
template <VectorScalar S> using Narrow = typename NarrowOf<S>::Type;
template <class S> inline constexpr Index narrow_count = narrow_bytes / static_cast<Index>(sizeof(S));

/// A register of any width from any address.
template <class Register, class S> [[nodiscard, gnu::always_inline]] inline Register load_register(const S* from) {
  Register lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

/// Lane l of the first or, where l has the bit `step`, of the second, and lane l ^ step of the same.
template <std::size_t step, class Register, std::size_t... l>
[[nodiscard, gnu::always_inline]] inline Register add_pairs(Register a, Register b, std::index_sequence<l...> /*all*/) {
  constexpr std::size_t n = sizeof...(l);
  return __builtin_shufflevector(a, b, ((l & step) != 0 ? l + n : l)...) +
         __builtin_shufflevector(a, b, ((l & step) != 0 ? (l ^ step) + n : (l ^ step))...);
}

/// Lane l of the result is the sum of the lanes of register l.
template <class Register, std::size_t n, std::size_t... i>
[[nodiscard, gnu::always_inline]] inline Register sums_of_lanes(const std::array<Register, n>& registers,
                                                                std::index_sequence<i...> /*pairs*/) {
  if constexpr (n == 1) {
    return registers[0];
  } else {
    constexpr std::size_t lanes = sizeof(Register) / sizeof(registers[0][0]);
    const std::array<Register, n / 2> halves{
        add_pairs<lanes / n>(registers[2 * i], registers[2 * i + 1], std::make_index_sequence<lanes>{})...};
    return sums_of_lanes(halves, std::make_index_sequence<n / 4>{});
  }
}

/// entries - eta (c x): the one form of it, so that all steps round alike.
template <class Entries, class S>
[[nodiscard, gnu::always_inline]] inline Entries minus_multiple(Entries entries, Entries x, S c, S eta) {
  return entries - eta * (c * x);
}

/// What is subtracted from columns while they are read: column j loses eta right[j] left.
template <class S> struct ColumnStep {
  const S* left = nullptr;
  const S* right = nullptr;
  S eta = S(0);
};

/// x as the columns' registers meet it: full registers from the first entry on, then, where entries are left, the last
/// register of a column, in which those that were met before count as 0.
template <class S> struct NarrowVector {
  using Bits = typename NarrowOf<S>::Bits;

  NarrowVector(const S* x, Index rows)
      : entries{x}, full{rows - rows % narrow_count<S>}, end{rows - narrow_count<S>}, rest{rows != full} {
    using Bit = BitsOf<S>;
    if (!rest || rows < narrow_count<S>) return;
    for (Index l = narrow_count<S> - rows % narrow_count<S>; l < narrow_count<S>; ++l) {
      last[l] = x[end + l];
      kept[l] = static_cast<Bit>(~Bit(0));
    }
  }

  const S* entries;
  Index full, end;
  bool rest;
  Narrow<S> last = {};
  Bits kept = {};
};

/// The dot products of `narrow_count` columns with x, after a step if there is one.
template <bool steps, class S, std::size_t... c>
[[nodiscard, gnu::always_inline]] inline Narrow<S> dot_columns(std::conditional_t<steps, S, const S>* columns,
                                                               Index rows, const NarrowVector<S>& x,
                                                               [[maybe_unused]] const ColumnStep<S>& step,
                                                               std::index_sequence<c...> /*columns*/) {
  using Register = Narrow<S>;
  using Bits = typename NarrowOf<S>::Bits;
  std::array<Register, sizeof...(c)> sums{(static_cast<void>(c), Register{})...};
  std::array<Register, sizeof...(c)> last{(static_cast<void>(c), Register{})...};
  // Copies, which no store to a column can change.
  [[maybe_unused]] const std::array<S, sizeof...(c)> right{(steps ? step.right[c] : S(0))...};
  [[maybe_unused]] const S eta = step.eta;
  const auto at = [&](std::size_t column, Index k) { return columns + static_cast<Index>(column) * rows + k; };
  const auto stepped = [&](std::size_t column, Index k, Register entries, [[maybe_unused]] Register left) {
    if constexpr (steps) {
      entries = minus_multiple(entries, left, right[column], eta);
      std::memcpy(at(column, k), &entries, sizeof entries);
    }
    return entries;
  };
  const auto left = [&]([[maybe_unused]] Index k) {
    if constexpr (steps)
      return load_register<Register>(step.left + k);
    else
      return Register{};
  };
  if (x.rest) ((last[c] = load_register<Register>(at(c, x.end))), ...);  // before their entries are stored
  for (Index k = 0; k < x.full; k += narrow_count<S>) {
    const auto entries = load_register<Register>(x.entries + k);
    const Register factors = left(k);
    ((sums[c] += stepped(c, k, load_register<Register>(at(c, k)), factors) * entries), ...);
  }
  if (x.rest) {
    const Register factors = left(x.end);
    const auto kept = [&](Register entries) {
      return std::bit_cast<Register>(static_cast<Bits>(std::bit_cast<Bits>(entries) & x.kept));
    };
    ((sums[c] += kept(stepped(c, x.end, last[c], factors)) * x.last), ...);
  }
  return sums_of_lanes(sums, std::make_index_sequence<sizeof...(c) / 2>{});
}

/// The same where a column is `length` full registers: by columns, so that stores to one cache line follow each other,
/// and with both vectors in registers.
template <Index length, class S, std::size_t... c>
[[nodiscard, gnu::always_inline]] inline Narrow<S> step_and_dot_columns(S* columns, const S* x,
                                                                        const ColumnStep<S>& step,
                                                                        std::index_sequence<c...> /*columns*/) {
  using Register = Narrow<S>;
  constexpr Index lanes = narrow_count<S>;
  std::array<Register, static_cast<std::size_t>(length)> entries, left;
  for (Index k = 0; k < length; ++k) {
    entries[static_cast<std::size_t>(k)] = load_register<Register>(x + k * lanes);
    left[static_cast<std::size_t>(k)] = load_register<Register>(step.left + k * lanes);
  }
  const S eta = step.eta;
  const auto whole = [&](S* column, S factor) {
    Register sum = {};
    for (Index k = 0; k < length; ++k) {
      const auto i = static_cast<std::size_t>(k);
      const Register now = minus_multiple(load_register<Register>(column + k * lanes), left[i], factor, eta);
      std::memcpy(column + k * lanes, &now, sizeof now);
      sum += now * entries[i];
    }
    return sum;
  };
  const std::array<Register, sizeof...(c)> sums{
      whole(columns + static_cast<Index>(c) * length * lanes, step.right[c])...};
  return sums_of_lanes(sums, std::make_index_sequence<sizeof...(c) / 2>{});
}

/// Beyond this length columns are left to Eigen.
inline constexpr Index longest_short_column = 256;

/// matrix -= the step, if there is one, and out = matrix^T x, where columns are short; from the last column back or
/// from the first on: whoever goes through a matrix again and again should turn, for what was read last is still in
/// cache.
template <bool steps, class S>
void dot_with_short_columns(std::conditional_t<steps, S, const S>* matrix, Index rows, Index count,
                            const ColumnStep<S>& step, const S* x, S* out, bool backwards) {
  constexpr Index lanes = narrow_count<S>;
  const NarrowVector<S> vector(x, rows);
  const Index groups = rows < lanes ? 0 : count / lanes;
  constexpr auto all = std::make_index_sequence<static_cast<std::size_t>(lanes)>{};
  const auto each = [&](const auto& dots_of) {
    for (Index g = 0; g < groups; ++g) {
      const Index j = (backwards ? groups - 1 - g : g) * lanes;
      ColumnStep<S> part = step;
      if constexpr (steps) part.right += j;
      const Narrow<S> dots = dots_of(matrix + j * rows, part);
      std::memcpy(out + j, &dots, sizeof dots);
    }
  };
  const auto any = [&](auto* columns, const ColumnStep<S>& part) {
    return dot_columns<steps, S>(columns, rows, vector, part, all);
  };
  if constexpr (steps) {
    const auto whole = [&]<Index length>(std::integral_constant<Index, length>) {
      if (rows != length * lanes) return false;
      each([&](S* columns, const ColumnStep<S>& part) {
        return step_and_dot_columns<length, S>(columns, x, part, all);
      });
      return true;
    };
    const bool done = [&]<Index... l>(std::integer_sequence<Index, l...>) {
      return (whole(std::integral_constant<Index, l + 1>{}) || ...);
    }
    (std::make_integer_sequence<Index, 6>{});
    if (!done) each(any);
  } else {
    each(any);
  }
  for (Index j = groups * lanes; j < count; ++j) {
    auto* const column = matrix + j * rows;
    S sum(0);
    for (Index k = 0; k < rows; ++k) {
      if constexpr (steps) column[k] = minus_multiple(column[k], step.left[k], step.right[j], step.eta);
      sum += column[k] * x[k];
    }
    out[j] = sum;
  }
}

/// a . b by four sums, which do not wait for each other.
template <VectorScalar S> [[nodiscard]] S dot_in_lanes(const S* a, const S* b, Index size) {
  constexpr Index lanes = lane_count<S>;
  const auto part = [&](Index k) { return load_lanes(a + k) * load_lanes(b + k); };
  Lanes<S> first = {}, second = {}, third = {}, fourth = {};
  Index k = 0;
  for (; k + 4 * lanes <= size; k += 4 * lanes) {
    first += part(k);
    second += part(k + lanes);
    third += part(k + 2 * lanes);
    fourth += part(k + 3 * lanes);
  }
  for (; k + lanes <= size; k += lanes) first += part(k);
  S rest(0);
  for (; k < size; ++k) rest += a[k] * b[k];
  return rest + sum_of_lanes<S>((first + second) + (third + fourth));
}

/// w[k] -= eta (c x[k]) for entries k, k + 1, ... as long as a register of `bytes` fits before `size`; returns where it
/// stopped. The columns of a small network are a few registers and a rest.
template <Index bytes, class S>
[[gnu::always_inline]] inline Index subtract_registers(S* w, const S* x, S c, S eta, Index k, Index size) {
  using Register [[gnu::vector_size(bytes)]] = S;
  constexpr Index lanes = bytes / static_cast<Index>(sizeof(S));
  for (; k + lanes <= size; k += lanes) {
    const auto entries = minus_multiple(load_register<Register>(w + k), load_register<Register>(x + k), c, eta);
    std::memcpy(w + k, &entries, sizeof entries);
  }
  return k;
}

#endif

/// out = matrix^T x: the dot product of each column with x. From some length on a column is Eigen's.
template <class S, class Out>
void dot_with_columns(Eigen::Map<const Matrix<S>> matrix, ConstVectorRef<S> x, Out&& out) {
#if defined(__GNUC__)
  if constexpr (VectorScalar<S>) {
    if (matrix.rows() <= longest_short_column) {
      return dot_with_short_columns<false, S>(matrix.data(), matrix.rows(), matrix.cols(), {}, x.data(), out.data(),
                                              false);
    }
  }
#endif
  out.noalias() = product(matrix.transpose(), x);
}

/// a . b of two vectors.
template <class S> [[nodiscard]] S dot_of(ConstVectorRef<S> a, ConstVectorRef<S> b) {
#if defined(__GNUC__)
  if constexpr (VectorScalar<S>) return dot_in_lanes<S>(a.data(), b.data(), a.size());
#endif
  return a.dot(b);
}

/// column -= eta (c x), entry by entry: the same bits whatever the registers, of which the longest have `bytes`.
template <Index bytes, class S>
[[gnu::always_inline]] inline void subtract_from_column(S* column, const S* x, S c, S eta, Index size) {
  Index k = 0;
#if defined(__GNUC__)
  if constexpr (VectorScalar<S>) {
    if constexpr (bytes > 32) k = subtract_registers<bytes>(column, x, c, eta, k, size);
    if constexpr (bytes >= 32) k = subtract_registers<32>(column, x, c, eta, k, size);
    k = subtract_registers<16>(column, x, c, eta, k, size);
  }
#endif
  for (; k < size; ++k) column[k] -= eta * (c * x[k]);
}

/// columns -= eta (left right^T), from the last back: a pass that has just read them left the last ones in cache.
template <class S>
void subtract_from_columns(S* columns, Eigen::Map<const Vector<S>> left, Eigen::Map<const Vector<S>> right,
                           const S& eta) {
  const auto each = [&]<Index bytes>(std::integral_constant<Index, bytes> /*longest*/) {
    const Index size = left.size();
    const S* const x = left.data();
    for (Index j = right.size(); j-- > 0;) {
      subtract_from_column<bytes, S>(columns + j * size, x, right.data()[j], eta, size);
    }
  };
  if constexpr (register_bytes > 32 && std::is_arithmetic_v<S>) {
    if (left.size() >= 64 || left.size() * sizeof(S) % register_bytes == 0) {
      return each(std::integral_constant<Index, register_bytes>{});
    }
  }
  each(std::integral_constant<Index, std::min<Index>(register_bytes, 32)>{});
}

}  // namespace proxcvx::detail
