// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/eigen.hpp>

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

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/multiprecision/eigen.hpp>

#if defined(__clang__)
#pragma clang diagnostic pop
#elif defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

// The ladder of scalars on which a suspicious margin is evaluated again:
// float -> double -> long double -> 50 decimal digits.

namespace proxcvx {

/// 50 decimal digits, header-only: where a witness is confirmed.
using FiftyDigits = boost::multiprecision::cpp_bin_float_50;

/// The next wider scalar; the widest one has none (`void`).
template <class Scalar> struct Wider { using type = void; };
template <> struct Wider<float> { using type = double; };
template <> struct Wider<double> { using type = long double; };
template <> struct Wider<long double> { using type = FiftyDigits; };

template <class Scalar> using WiderScalar = typename Wider<Scalar>::type;

}  // namespace proxcvx
