// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <ostream>
#include <proxcvx/core/types.hpp>
#include <string_view>

// How a run ended and what it leaves behind. "Iteration limit" is not success, and the best iterate always comes back.

namespace proxcvx {

enum class Status {
  converged,            ///< the gradient norm fell to the tolerance
  iteration_limit,      ///< all iterations were made
  stopped_by_observer,  ///< an observer asked for it
  non_finite            ///< f or its gradient became NaN or infinite; `last` is where
};

[[nodiscard]] constexpr std::string_view to_string(Status status) {
  switch (status) {
    case Status::converged:
      return "converged";
    case Status::iteration_limit:
      return "iteration limit";
    case Status::stopped_by_observer:
      return "stopped by observer";
    case Status::non_finite:
      break;
  }
  return "non-finite";
}

inline std::ostream& operator<<(std::ostream& out, Status status) { return out << to_string(status); }

/// What a run returns.
template <class Scalar> struct Result {
  Status status = Status::iteration_limit;
  Vector<Scalar> last;     ///< w_T
  Vector<Scalar> best;     ///< the iterate with the smallest f among those at which f was evaluated
  Vector<Scalar> average;  ///< mean of w_0, ..., w_{T-1} (w_0 if T = 0); empty unless asked for
  Scalar last_value = std::numeric_limits<Scalar>::quiet_NaN();  ///< f(w_T)
  Scalar best_value = std::numeric_limits<Scalar>::infinity();   ///< f(best)
  Index iterations = 0;                                          ///< T: steps made
  Index gradient_evaluations = 0;                                ///< of f, or of batches
  Index value_evaluations = 0;                                   ///< of f alone
};

}  // namespace proxcvx
