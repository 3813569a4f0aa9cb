// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "outcome.hpp"

// What is said of constants that are those of points, in tables and in report.json.

namespace verify_network {

/// Constants at points, and what is left out, as rows.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> remark_rows(const PropertyOutcome& property);

/// The constants, or null.
[[nodiscard]] nlohmann::ordered_json measured_json(const std::optional<MeasuredConstants>& measured);

}  // namespace verify_network
