// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/io/json_report.hpp>
#include <proxcvx/verify/fit_frontier.hpp>
#include <proxcvx/verify/fit_table.hpp>
#include <string>

// A fitted constant and a frontier as JSON, in the manner of a check's report. Needs nlohmann/json.

namespace proxcvx {
