// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/catch2.hpp"
#include "support/programs.hpp"
#include "support/run.hpp"
#include "support/temporary.hpp"

// verify_network run as a user runs it, its report read; and the problem on which its constant is sharp.

namespace tests {

struct Report {
  Ended ended;
  nlohmann::ordered_json json;
  std::string bytes;  ///< of the report without "seconds"
  std::string page;   ///< report.html
};

/// Runs verify_network --out into a folder and reads the report.
inline Report verify(std::vector<std::string> words, const std::vector<std::string>& environment = {}) {
  const TemporaryFolder folder;
  words.insert(words.end(), {"--out", folder.path().string()});
  Report report{run(program("verify_network"), words, environment), {}, {}, {}};
  INFO(report.ended.out << report.ended.err);
  REQUIRE(std::filesystem::exists(folder.path() / "report.json"));
  report.json = nlohmann::ordered_json::parse(content_of(folder.path() / "report.json"));
  nlohmann::ordered_json without = report.json;
  without.erase("seconds");
  report.bytes = without.dump();
  CHECK(std::filesystem::exists(folder.path() / "report.html"));
  report.page = content_of(folder.path() / "report.html");
  return report;
}

/// Two classes with y_i x_i = (m_0, +-epsilon).
inline constexpr const char* two_classes = "a,b,class\n0.75,0.25,plus\n-0.75,0.25,minus\n";

/// Four units that are all inactive at both samples: w_j = (0, -1).
inline constexpr const char* inactive = "0 -1 0 -1 0 -1 0 -1\n";

inline std::vector<std::string> sharp_words(const TemporaryFolder& folder) {
  return {"--data",       folder.file("two.csv", two_classes).string(),
          "--weights",    folder.file("weights.txt", inactive).string(),
          "--scale",      "none",
          "--hidden",     "4",
          "--slope",      "0.25",
          "--samples",    "2000",
          "--property",   "proxy-pl",
          "--iterations", "50"};
}

}  // namespace tests
