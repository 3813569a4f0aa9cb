// SPDX-License-Identifier: MIT
#pragma once

// Random123's Philox4x64-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") behind one function,
// and the one header that includes Random123.

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#elif defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#endif

// Philox needs no vector instructions, and their headers take nearly half as long to compile as Eigen. Whoever uses the
// generators of Random123 that do includes those before.
#if !defined(R123_USE_SSE)
#define R123_USE_SSE 0
#endif
#include <Random123/philox.h>

#if defined(__clang__)
#pragma clang diagnostic pop
#elif defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include <array>
#include <cstdint>

namespace proxcvx::detail {

/// 256 random bits, a pure function of counter and key.
inline std::array<std::uint64_t, 4> philox(const std::array<std::uint64_t, 4>& counter,
                                           const std::array<std::uint64_t, 2>& key) {
  r123::Philox4x64::ctr_type c{};
  r123::Philox4x64::key_type k{};
  for (std::size_t i = 0; i < 4; ++i) c.v[i] = counter[i];
  for (std::size_t i = 0; i < 2; ++i) k.v[i] = key[i];
  const r123::Philox4x64::ctr_type words = r123::Philox4x64{}(c, k);
  return {words.v[0], words.v[1], words.v[2], words.v[3]};
}

}  // namespace proxcvx::detail
