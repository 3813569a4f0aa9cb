// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

// A histogram of margins whose bins never depend on the data, so that two histograms merge exactly, in any order:
// one bin per power of two and sign, from 2^-60 to 2^40, and three for what lies below and above.

namespace proxcvx {

/// Counts of margins in fixed bins; memory is constant, recording costs a few cycles.
class MarginHistogram {
 public:
  static constexpr int lowest = -60;  ///< |margin| < 2^lowest falls into the bin about zero
  static constexpr int highest = 40;  ///< |margin| >= 2^highest falls into an outermost bin
  static constexpr int octaves = highest - lowest;
  static constexpr std::size_t bins = 2 * static_cast<std::size_t>(octaves) + 3;

  /// One bin: its margins lie in [low, high), those of a negative bin in (low, high].
  struct Bin {
    double low;
    double high;
    std::int64_t count;
  };

  /// Counts one finite margin.
  void record(double margin) { ++counts_[position(margin)]; }

  void merge(const MarginHistogram& other) {
    for (std::size_t i = 0; i < bins; ++i) counts_[i] += other.counts_[i];
  }

  /// The i-th bin in ascending order, 0 <= i < bins.
  [[nodiscard]] Bin bin(std::size_t i) const { return {edge(i), edge(i + 1), counts_[i]}; }

  /// Counts so many margins more in the i-th bin, for reports that come from a file.
  void add(std::size_t i, std::int64_t count) { counts_.at(i) += count; }

  [[nodiscard]] std::int64_t total() const {
    std::int64_t sum = 0;
    for (const std::int64_t count : counts_) sum += count;
    return sum;
  }

  friend bool operator==(const MarginHistogram&, const MarginHistogram&) = default;

 private:
  static constexpr std::size_t middle = static_cast<std::size_t>(octaves) + 1;

  /// The bin about zero is `middle`; positive octaves follow it, negative ones mirror them.
  static std::size_t position(double margin) {
    const auto exponent = static_cast<int>(std::bit_cast<std::uint64_t>(margin) >> 52U & 0x7ffU) - 1023;
    if (exponent < lowest) return middle;
    const auto offset = static_cast<std::size_t>(exponent >= highest ? octaves + 1 : exponent - lowest + 1);
    return std::signbit(margin) ? middle - offset : middle + offset;
  }

  /// The lower edge of bin i; edge(bins) is +infinity.
  static double edge(std::size_t i) {
    if (i == 0) return -std::numeric_limits<double>::infinity();
    if (i == bins) return std::numeric_limits<double>::infinity();
    if (i <= middle) return -std::ldexp(1.0, lowest + static_cast<int>(middle - i));
    return std::ldexp(1.0, lowest + static_cast<int>(i - middle - 1));
  }

  std::array<std::int64_t, bins> counts_{};
};

}  // namespace proxcvx
