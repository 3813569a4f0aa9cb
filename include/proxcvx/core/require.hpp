// SPDX-License-Identifier: MIT
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

// Argument checks: bad input is std::invalid_argument with one sentence that names the argument, says what was
// expected and what came. Numerical events are never exceptions: they are a Status or a verdict.

namespace proxcvx {

/// Throws std::invalid_argument "`argument`: expected `expected`, got `got`" unless `condition` holds.
/// The message is only built when it is needed.
template <class Got>
void require(bool condition, std::string_view argument, std::string_view expected, const Got& got) {
  if (condition) return;
  std::ostringstream message;
  message.precision(17);
  message << argument << ": expected " << expected << ", got " << got;
  throw std::invalid_argument(message.str());
}

/// Throws std::invalid_argument "`what`" unless `condition` holds, where no single value is to blame.
inline void require(bool condition, std::string_view what) {
  if (!condition) throw std::invalid_argument(std::string(what));
}

}  // namespace proxcvx
