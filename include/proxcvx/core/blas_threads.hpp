// SPDX-License-Identifier: MIT
#pragma once

#ifdef EIGEN_USE_BLAS
#include <dlfcn.h>
#endif

// The threads of the BLAS that Eigen's products are handed to (PROXCVX_USE_BLAS): OpenBLAS has a pool of its own, which
// Eigen's setting does not reach and which would start threads inside of ours.

namespace proxcvx::detail {

#ifdef EIGEN_USE_BLAS
/// Sets how many threads OpenBLAS uses, and returns how many it did; 0 where another BLAS is linked.
inline int exchange_blas_threads(int threads) {
  using Get = int (*)();
  using Set = void (*)(int);
  static const auto get = reinterpret_cast<Get>(dlsym(RTLD_DEFAULT, "openblas_get_num_threads"));
  static const auto set = reinterpret_cast<Set>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
  if (!get || !set) return 0;
  const int before = get();
  if (threads > 0 && threads != before) set(threads);
  return before;
}
#else
inline int exchange_blas_threads(int) { return 0; }
#endif

}  // namespace proxcvx::detail
