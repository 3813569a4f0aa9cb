// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#if defined(__GLIBC__)
#include <malloc.h>
#endif
#if !defined(__has_feature)
#define __has_feature(x) 0
#endif

// How much memory a call takes at its peak, as Linux counts resident pages: everything, whoever allocates it.

namespace tests {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer) || \
    __has_feature(thread_sanitizer)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

/// A line of /proc/self/status in bytes; -1 where there is none.
inline double status_bytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(name + ":", 0) == 0) return 1024 * std::strtod(line.c_str() + name.size() + 1, nullptr);
  }
  return -1;
}

/// Gives back what is free, so that it does not count as there already, and lets the peak begin anew.
inline void forget_peak() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
  std::ofstream("/proc/self/clear_refs") << "5" << std::flush;
}

/// Bytes that are resident at the peak of the call, beyond those before it.
template <class Call> double peak_bytes(const Call& call) {
  forget_peak();
  const double before = status_bytes("VmRSS");
  call();
  return std::max(0.0, status_bytes("VmHWM") - before);
}

/// Whether peak_bytes tells the truth here: a peak of 32 MB is seen, and forgotten. No sanitizer: it keeps what is
/// freed.
inline bool measures_memory() {
  if (sanitized) return false;
  constexpr std::size_t size = 32 << 20;
  const double seen = peak_bytes([] {
    std::vector<char> memory(size);
    for (volatile char& byte : memory) byte = 'x';  // else the compiler may leave the vector out
  });
  const double forgotten = peak_bytes([] {});
  return seen > 0.9 * size && seen < 1.5 * size && forgotten < 0.1 * size;
}

}  // namespace tests
