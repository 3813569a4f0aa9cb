// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/verify/report.hpp>

// How simple a witness was made (shrink, falsify), and what it took.

namespace proxcvx {

/// How long a witness is shrunk.
struct ShrinkSettings {
  Index evaluations = 5000;  ///< at most: margins, some again in wider scalars, and gradients; 0: as found
  int halvings = 20;         ///< the point is scaled down by at most 2^-halvings
};

/// What shrinking cost, and the sizes before and after.
struct ShrinkSizes {
  Index evaluations = 0;      ///< margins that were spent
  Index nonzeros_before = 0;  ///< entries of (w, v) that are not 0
  Index nonzeros = 0;
  Index bits_before = 0;  ///< of all mantissas together, without trailing zeros
  Index bits = 0;
};

/// A simpler witness, and how it differs from the one that was handed in.
struct ShrinkReport : ShrinkSizes {
  Witness witness;  ///< stands
};

}  // namespace proxcvx
