// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numbers>
#include <proxcvx/core/philox.hpp>
#include <proxcvx/core/types.hpp>
#include <proxcvx/core/vector_normal.hpp>
#include <span>
#include <type_traits>
#include <utility>

// Counter-based random streams (Salmon et al. 2011): the k-th draw of a stream is a pure function of
// (seed, purpose, index, k), so that sample i is the same whatever the number of threads, ranks or restarts.

namespace proxcvx {

/// A seed as an argument of its own type, so that it cannot be mistaken for a size.
struct Seed {
  std::uint64_t value = 1;
};

/// What a stream is used for: streams of different purpose are independent under one seed.
enum class Purpose : std::uint64_t {
  data = 1,
  weights,
  split,
  points,
  references,
  batches,
  search,
  noise,
  particles,
  user = 1000
};

/// The random numbers of sample `index`. A UniformRandomBitGenerator: it also drives <random>'s distributions.
class RandomStream {
 public:
  using result_type = std::uint64_t;

  explicit RandomStream(Seed seed, std::uint64_t index = 0, Purpose purpose = Purpose::user)
      : key_{seed.value, static_cast<std::uint64_t>(purpose)}, index_{index} {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

  /// 64 random bits.
  result_type operator()() {
    if (used_ == words_.size()) {
      words_ = detail::philox({counter_++, index_, 0, 0}, key_);
      used_ = 0;
    }
    return words_[used_++];
  }

  /// Uniform in the open interval (0, 1), on a grid of 2^52 points: never 0, never 1, so logarithms are finite.
  double uniform() { return (static_cast<double>((*this)() >> 12U) + 0.5) * 0x1p-52; }

  /// Uniform in (low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }

  /// Standard normal, by Box & Muller 1958.
  double normal() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    const double u = uniform();
    const double v = uniform();
    has_spare_ = true;
    if constexpr (detail::prefers_vector_functions) {
      const auto pair = detail::normal_pair(u, v);
      spare_ = pair.second;
      return pair.first;
    } else {
      const double radius = std::sqrt(-2 * std::log(u));
      const double angle = 2 * std::numbers::pi * v;
      spare_ = radius * std::sin(angle);
      return radius * std::cos(angle);
    }
  }

  /// Uniform on {0, ..., count - 1}, without bias (Lemire 2019's rejection, in plain arithmetic); count >= 1.
  Index below(Index count) {
    const auto n = static_cast<std::uint64_t>(count);
    const std::uint64_t rejected = (max() - n + 1) % n;
    for (;;) {
      const std::uint64_t bits = (*this)();
      if (bits <= max() - rejected) return static_cast<Index>(bits % n);
    }
  }

  /// Fills with independent standard normal numbers, column by column: what as many calls of normal() return, to the
  /// bit.
  template <class Derived> void fill_normal(Eigen::MatrixBase<Derived>& out) {
    for (Index column = 0; column < out.cols(); ++column) {
      Index row = 0;
#if defined(__GNUC__)
      if constexpr (detail::prefers_vector_functions) row = fill_by_registers(out, column);
#endif
      for (; row < out.rows(); ++row) out(row, column) = static_cast<typename Derived::Scalar>(normal());
    }
  }

 private:
  /// The next words: what as many calls return.
  void fill_words(std::span<std::uint64_t> words) {
    std::size_t i = 0;
    while (used_ < words_.size() && i < words.size()) words[i++] = words_[used_++];
    for (; i + words_.size() <= words.size(); i += words_.size()) {
      const auto some = detail::philox({counter_++, index_, 0, 0}, key_);
      std::copy(some.begin(), some.end(), words.begin() + static_cast<std::ptrdiff_t>(i));
    }
    while (i < words.size()) words[i++] = (*this)();
  }

#if defined(__GNUC__)
  /// Fills a column from its top as far as whole registers go, and returns how far that is. Words are drawn many at
  /// once: a register that is read right after its single words were written waits for them.
  template <class Derived> Index fill_by_registers(Eigen::MatrixBase<Derived>& out, Index column) {
    using Scalar = typename Derived::Scalar;
    constexpr Index lanes = detail::lane_count<double>, numbers = 2 * lanes, most = 8 * numbers;
    constexpr auto all = std::make_index_sequence<static_cast<std::size_t>(lanes)>{};
    Index row = 0;
    if (has_spare_ && out.rows() > 0) out(row++, column) = static_cast<Scalar>(normal());
    std::array<std::uint64_t, static_cast<std::size_t>(most)> words;
    while (row + numbers <= out.rows()) {
      const Index count = std::min(most, (out.rows() - row) / numbers * numbers);
      fill_words(std::span(words).first(static_cast<std::size_t>(count)));
      for (const std::uint64_t* next = words.data(); next != words.data() + count; next += numbers, row += numbers) {
        const auto uniforms = [&](Index at) { return uniform_lanes(next + at); };
        const detail::Lanes<double> low = uniforms(0), high = uniforms(lanes);
        const auto pairs =
            detail::normal_pair(detail::every_other<false>(low, high, all), detail::every_other<true>(low, high, all));
        const detail::Lanes<double> both[] = {detail::interleaved<false>(pairs.first, pairs.second, all),
                                              detail::interleaved<true>(pairs.first, pairs.second, all)};
        for (Index part = 0; part < 2; ++part) {
          if constexpr (std::is_same_v<Scalar, double> && detail::has_direct_access<Derived>) {
            detail::store_lanes(&out.derived().coeffRef(row + part * lanes, column), both[part]);
          } else {
            for (Index l = 0; l < lanes; ++l) out(row + part * lanes + l, column) = static_cast<Scalar>(both[part][l]);
          }
        }
      }
    }
    return row;
  }

  /// What uniform() makes of these words, exactly: below 2^52, a word is the fraction of 2^52 and itself.
  static detail::Lanes<double> uniform_lanes(const std::uint64_t* words) {
    detail::BitsOf<detail::Lanes<double>> bits;
    std::memcpy(&bits, words, sizeof bits);
    const auto above = std::bit_cast<detail::Lanes<double>>(
        static_cast<decltype(bits)>((bits >> 12U) | std::bit_cast<std::uint64_t>(0x1p52)));
    return (above - 0x1p52 + 0.5) * 0x1p-52;
  }
#endif

  std::array<std::uint64_t, 2> key_;
  std::uint64_t index_;
  std::uint64_t counter_ = 0;
  std::array<std::uint64_t, 4> words_{};
  std::size_t used_ = 4;
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace proxcvx
