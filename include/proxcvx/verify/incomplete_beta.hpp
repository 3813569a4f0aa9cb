// SPDX-License-Identifier: MIT
#pragma once

// The one header that includes Boost.Math, which takes compilers seconds to read. The push/pop keeps a consumer's
// strict warnings out of it.

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
#pragma GCC diagnostic ignored "-Wdouble-promotion"
#endif

#include <boost/math/special_functions/beta.hpp>

#if defined(__clang__)
#pragma clang diagnostic pop
#elif defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

namespace proxcvx::detail {

/// The x with I_x(a, b) = p, for a, b > 0 and 0 < p < 1: the quantile of the beta distribution.
[[nodiscard]] inline double inverse_incomplete_beta(double a, double b, double p) {
  return boost::math::ibeta_inv(a, b, p);
}

}  // namespace proxcvx::detail
