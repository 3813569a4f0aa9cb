// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

// Which number of a run a theorem bounds: the word that guarantees, who state the bound, and monitors, who hold a run
// beside it, share.

namespace proxcvx {

/// Which quantity of a run w_0, ..., w_{T-1} a bound speaks of.
enum class Measured {
  best_iterate,     ///< min_{t<T} g(w_t)
  average_iterate,  ///< (1/T) sum_{t<T} g(w_t)
  last_iterate      ///< g(w_T)
};

[[nodiscard]] constexpr std::string_view to_string(Measured measured) {
  switch (measured) {
    case Measured::best_iterate:
      return "min g(w_t)";
    case Measured::average_iterate:
      return "mean g(w_t)";
    case Measured::last_iterate:
      break;
  }
  return "g(w_T)";
}

}  // namespace proxcvx
