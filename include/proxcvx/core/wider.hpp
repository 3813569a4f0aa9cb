// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/fifty_digits.hpp>

// The ladder of scalars on which a suspicious margin is evaluated again:
// float -> double -> long double -> 50 decimal digits.

namespace proxcvx {

/// The next wider scalar; the widest one has none (`void`).
template <class Scalar> struct Wider { using type = void; };
template <> struct Wider<float> { using type = double; };
template <> struct Wider<double> { using type = long double; };
template <> struct Wider<long double> { using type = FiftyDigits; };

template <class Scalar> using WiderScalar = typename Wider<Scalar>::type;

}  // namespace proxcvx
