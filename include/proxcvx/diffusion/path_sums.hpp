// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/core/types.hpp>
#include <vector>

// Means over independent paths of what each path says at a number of times, with standard errors. Paths are cut into
// blocks of 256 and blocks are added in their order, so that the bits do not depend on the number of threads.

namespace proxcvx {

/// Sums over paths. A path that became non-finite is left out of them, and told.
class PathSums {
 public:
  explicit PathSums(Index points)
      : sums_(static_cast<std::size_t>(points)), squares_(static_cast<std::size_t>(points)) {}

  [[nodiscard]] Index points() const { return static_cast<Index>(sums_.size()); }
  /// Paths in the sums.
  [[nodiscard]] Index paths() const { return paths_; }
  /// Paths that were left out; the lowest of them and the step at which it became non-finite, -1 where there is none.
  [[nodiscard]] Index failures() const { return failures_; }
  [[nodiscard]] Index failed_path() const { return failed_path_; }
  [[nodiscard]] Index failed_step() const { return failed_step_; }

  /// The mean at point i; NaN where there is no path.
  [[nodiscard]] double mean(Index i) const {
    return paths_ == 0 ? std::numeric_limits<double>::quiet_NaN()
                       : sums_[static_cast<std::size_t>(i)] / static_cast<double>(paths_);
  }
  /// Its standard error, from the sample variance; infinite below two paths.
  [[nodiscard]] double standard_error(Index i) const {
    if (paths_ < 2) return std::numeric_limits<double>::infinity();
    const auto n = static_cast<double>(paths_);
    const double square = squares_[static_cast<std::size_t>(i)] / n - mean(i) * mean(i);
    return std::sqrt(std::max(square, 0.0) / (n - 1));
  }

  void add(const std::vector<double>& values) {
    ++paths_;
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      sums_[i] += values[i];
      squares_[i] += values[i] * values[i];
    }
  }
  void fail(Index path, Index step) {
    ++failures_;
    if (failed_path_ >= 0 && failed_path_ <= path) return;
    failed_path_ = path;
    failed_step_ = step;
  }
  void merge(const PathSums& other) {
    paths_ += other.paths_;
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      sums_[i] += other.sums_[i];
      squares_[i] += other.squares_[i];
    }
    if (other.failures_ == 0) return;
    fail(other.failed_path_, other.failed_step_);
    failures_ += other.failures_ - 1;
  }

 private:
  std::vector<double> sums_;
  std::vector<double> squares_;
  Index paths_ = 0;
  Index failures_ = 0;
  Index failed_path_ = -1;
  Index failed_step_ = -1;
};

namespace detail {

/// Adds paths first, ..., last - 1 to the sums: path(i, values) fills the values at all points and returns -1, or the
/// step at which it became non-finite. `first` is a multiple of 256.
template <class Path> void add_paths(Index first, Index last, int threads, const Path& path, PathSums& sums) {
  constexpr Index wave = 64;  // blocks whose sums are held at once
  const Index blocks = (last + block_size - 1) / block_size;
  for (Index begin = first / block_size; begin < blocks; begin += wave) {
    const Index end = std::min(blocks, begin + wave);
    std::vector<PathSums> of_block(static_cast<std::size_t>(end - begin), PathSums{sums.points()});
    parallel_for_blocks(begin, end, threads, [&](Index block) {
      PathSums& own = of_block[static_cast<std::size_t>(block - begin)];
      std::vector<double> values(static_cast<std::size_t>(sums.points()));
      for (Index i = block * block_size; i < std::min(last, (block + 1) * block_size); ++i) {
        const Index failed = path(i, values);
        if (failed < 0) {
          own.add(values);
        } else {
          own.fail(i, failed);
        }
      }
    });
    for (const PathSums& own : of_block) sums.merge(own);
  }
}

}  // namespace detail

}  // namespace proxcvx
