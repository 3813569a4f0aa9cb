// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
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

namespace detail {

/// Calls at(j) for each of `count` vectors, on all threads, which take some at once: the least gradient takes a
/// microsecond.
template <class At> void for_each_vector(Index count, const At& at) {
  constexpr Index some = 16;
  parallel_for_blocks(0, (count + some - 1) / some, 0, [&](Index block) {
    const Index end = std::min(count, (block + 1) * some);
    for (Index j = block * some; j < end; ++j) at(j);
  });
}

/// What the first member of a team that threw has left for the others.
struct TeamFailure {
  std::atomic<bool> happened{false};
  std::mutex mutex;
  std::exception_ptr exception;
};

/// One of the threads that share the parts of a computation: the parts [first, last) are its own in every step.
class TeamMember {
 public:
  TeamMember(Index begin, Index end, Index members, TeamFailure* failure)
      : first{begin}, last{end}, size{members}, failure_{failure} {}

  /// Runs step(), unless a step of some member has thrown: all must still meet as often as the others.
  template <class Step> void run(const Step& step) const {
    if (failure_ == nullptr) return step();
    if (failure_->happened) return;
    try {
      step();
    } catch (...) {  // rethrown by share_parts
      const std::lock_guard lock{failure_->mutex};
      if (!failure_->exception) failure_->exception = std::current_exception();
      failure_->happened = true;
    }
  }

  /// Runs step() on one member while the others wait: it sees what all have written, and all see what it writes.
  template <class Step> void run_alone(const Step& step) const {
    meet();
    if (first == 0) run(step);
    meet();
  }

  const Index first, last;
  const Index size;  ///< of the team

 private:
  void meet() const {
#ifdef _OPENMP
    if (failure_ != nullptr) {
#pragma omp barrier
    }
#endif
  }

  TeamFailure* failure_;  ///< null where there is no team
};

/// Steps 0, 1, 2, ... of which each member does its part and one of them, once all have, what is left. Nobody waits
/// before the result is needed: until then a member may do its part of the next step.
class TeamSteps {
 public:
  /// The member has done its part of step k. The last one to say so runs finish(), in the order of steps. A member
  /// comes here for step k + 2 once it has waited for step k.
  template <class Finish> void arrive(const TeamMember& member, int k, const Finish& finish) {
    if (member.size == 1) return member.run(finish);
    std::atomic<Index>& arrived = arrived_[k % 2];
    if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 < member.size) return;
    arrived.store(0, std::memory_order_relaxed);
    member.run(finish);
    {
      const std::lock_guard lock{mutex_};
      finished_.store(k + 1, std::memory_order_release);
    }
    changed_.notify_all();
  }

  /// Returns when step k is finished. A team that has its processors to itself meets within microseconds, far sooner
  /// than the system wakes a thread; where it has not, std::atomic::wait would give this one's away.
  void wait(const TeamMember& member, int k) {
    if (member.size == 1) return;
    constexpr int patience = 100'000;
    for (int i = 0; i < patience; ++i) {
      if (finished_.load(std::memory_order_acquire) > k) return;
    }
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return finished_.load(std::memory_order_relaxed) > k; });
  }

 private:
  std::atomic<Index> arrived_[2] = {0, 0};
  std::atomic<int> finished_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
};

/// Calls body(member) once for each member of a team of as many threads as Eigen's products may use, so of one where
/// SingleThreadedEigen lives, inside a parallel region or without OpenMP, and of no more than there are `parts`.
template <class Body> void share_parts(Index parts, const Body& body) {
#ifdef _OPENMP
  const auto team = static_cast<int>(std::min<Index>({Eigen::nbThreads(), available_threads(), parts}));
  if (team > 1 && omp_in_parallel() == 0) {
    const SingleThreadedEigen guard;
    TeamFailure failure;
#pragma omp parallel num_threads(team)
    {
      const Index size = omp_get_num_threads(), rank = omp_get_thread_num();
      body(TeamMember(rank * parts / size, (rank + 1) * parts / size, size, &failure));
    }
    if (failure.exception) std::rethrow_exception(failure.exception);
    return;
  }
#endif
  body(TeamMember(0, parts, 1, nullptr));
}

}  // namespace detail

}  // namespace proxcvx
