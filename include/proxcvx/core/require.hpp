// SPDX-License-Identifier: MIT
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

// Argument checks: bad input is std::invalid_argument with one sentence that names the argument, says what was
// expected and what came. Numerical events are never exceptions: they are a Status or a verdict.

namespace proxcvx {

namespace detail {

/// Throws std::invalid_argument "`argument`: expected `expected`, got `got`".
[[noreturn]] inline void refuse(std::string_view argument, std::string_view expected, std::string_view got) {
  std::string message(argument);
  message.append(": expected ").append(expected).append(", got ").append(got);
  throw std::invalid_argument(message);
}

}  // namespace detail

/// Throws std::invalid_argument "`argument`: expected `expected`, got `got`" unless `condition` holds.
/// The message is only built when it is needed.
template <class Got>
void require(bool condition, std::string_view argument, std::string_view expected, const Got& got) {
  if (condition) return;
  std::ostringstream text;
  text.precision(17);
  text << got;
  detail::refuse(argument, expected, text.str());
}

/// Throws std::invalid_argument "`what`" unless `condition` holds, where no single value is to blame.
inline void require(bool condition, std::string_view what) {
  if (!condition) throw std::invalid_argument(std::string(what));
}

}  // namespace proxcvx
