// SPDX-License-Identifier: MIT
#pragma once

// The one header that includes Eigen: the push/pop keeps a consumer's strict warnings out of Eigen's code,
// even where Eigen comes by plain -I. Everything else includes this file.

#if defined(__FAST_MATH__)
#error "proxcvx: -ffast-math breaks NaN handling and rounding bounds; compile without it"
#endif

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

#include <Eigen/Dense>

#if defined(__clang__)
#pragma clang diagnostic pop
#elif defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
