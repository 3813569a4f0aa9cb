// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/io/proof_file.hpp>
#include <string>

#include "support/catch2.hpp"

// Proof files that were changed by somebody who knows how a checksum is computed.

namespace proving {

inline std::string with_checksum(const std::string& body) { return body + proxcvx::detail::checksum_line(body); }

/// The text with one part replaced, and a checksum that fits.
inline std::string forged(const std::string& text, const std::string& part, const std::string& by) {
  std::string body = text.substr(0, text.rfind("checksum"));
  const std::size_t at = body.find(part);
  REQUIRE(at != std::string::npos);
  return with_checksum(body.replace(at, part.size(), by));
}

}  // namespace proving
