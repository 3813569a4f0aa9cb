// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <limits>
#include <mutex>
#include <proxcvx/core/blas_threads.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/types.hpp>

#ifdef _OPENMP
#include <omp.h>
#endif

// Deterministic parallel loops over fixed blocks. Work is cut into blocks of 256 samples whatever the number of
// threads, so that what a block computes never depends on who computes it. OpenMP comes with proxcvx::openmp;
// without it the same loop runs serially.

namespace proxcvx {

/// Samples in a block, everywhere.
inline constexpr Index block_size = 256;

/// Threads that parallel_for_blocks uses when asked for 0: what OpenMP offers, 1 without OpenMP.
[[nodiscard]] inline int available_threads() {
#ifdef _OPENMP
  return std::max(1, omp_get_max_threads());
#else
  return 1;
#endif
}

/// While one of these lives, Eigen's products run on one thread, those that OpenBLAS does for it too: their bits depend
/// on the number of threads.
/// Nested and concurrent guards are fine: the last one to go restores the setting that the first one found.
class SingleThreadedEigen {
 public:
  SingleThreadedEigen() {
    const std::lock_guard lock{mutex()};
    if (guards()++ == 0) {
      restored() = Eigen::nbThreads();
      restored_blas() = detail::exchange_blas_threads(1);
      Eigen::setNbThreads(1);
    }
  }
  ~SingleThreadedEigen() {
    const std::lock_guard lock{mutex()};
    if (--guards() != 0) return;
    Eigen::setNbThreads(restored());
    detail::exchange_blas_threads(restored_blas());
  }
  SingleThreadedEigen(const SingleThreadedEigen&) = delete;
  SingleThreadedEigen& operator=(const SingleThreadedEigen&) = delete;

 private:
  static std::mutex& mutex() {
    static std::mutex instance;
    return instance;
  }
  static int& guards() {
    static int count = 0;
    return count;
  }
  static int& restored() {
    static int count = 1;
    return count;
  }
  static int& restored_blas() {
    static int count = 0;
    return count;
  }
};

/// Calls body(block) once for each block in [first, last), on at most `threads` threads (0: all that there are), in
/// any order. An exception from the lowest block that threw is rethrown when all are done. A call from inside
/// another parallel region runs serially.
template <class Body> void parallel_for_blocks(Index first, Index last, int threads, Body&& body) {
  require(threads >= 0, "threads", "a number >= 0 (0 means all)", threads);
  const SingleThreadedEigen guard;
#ifdef _OPENMP
  const Index blocks = last - first;
  const int wanted = threads == 0 ? available_threads() : threads;
  const int team = static_cast<int>(std::min<Index>(wanted, std::max<Index>(blocks, 1)));
  if (team > 1 && omp_in_parallel() == 0) {
    std::exception_ptr failure;
    Index failed_block = std::numeric_limits<Index>::max();
    std::mutex failure_mutex;
#pragma omp parallel for schedule(dynamic, 1) num_threads(team)
    for (Index block = first; block < last; ++block) {
      try {
        body(block);
      } catch (...) {  // rethrown below: an exception must not leave an OpenMP region
        const std::lock_guard lock{failure_mutex};
        if (block < failed_block) {
          failed_block = block;
          failure = std::current_exception();
        }
      }
    }
    if (failure) std::rethrow_exception(failure);
    return;
  }
#endif
  for (Index block = first; block < last; ++block) body(block);
}

}  // namespace proxcvx
