// SPDX-License-Identifier: MIT
#pragma once

#include <ostream>
#include <string_view>

// Five verdicts, and no synonyms. The word "holds" is never printed for samples.

namespace proxcvx {

/// What can be said of a claim.
enum class Verdict {
  violated,            ///< a witness that was evaluated again and stands
  no_violation_found,  ///< nothing found, with what was examined
  proved_on_box,       ///< interval arithmetic, everywhere on a box
  proved_by_theorem,   ///< premises checked, each with its own verdict
  inconclusive         ///< rounding, NaN or infinity, or the budget ran out
};

/// "violated", "no-violation-found", "proved-on-box", "proved-by-theorem" or "inconclusive".
[[nodiscard]] constexpr std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::violated:
      return "violated";
    case Verdict::no_violation_found:
      return "no-violation-found";
    case Verdict::proved_on_box:
      return "proved-on-box";
    case Verdict::proved_by_theorem:
      return "proved-by-theorem";
    case Verdict::inconclusive:
      break;
  }
  return "inconclusive";
}

inline std::ostream& operator<<(std::ostream& out, Verdict verdict) { return out << to_string(verdict); }

}  // namespace proxcvx
