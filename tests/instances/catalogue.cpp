// SPDX-License-Identifier: MIT
#include <filesystem>
#include <fstream>
#include <proxcvx/instances/catalogue.hpp>
#include <set>
#include <sstream>
#include <string>

#include "support/catch2.hpp"

// The table of instances: what it names is there, and docs/results/README.md has it row by row.

namespace catalogue {

namespace pc = proxcvx;

inline std::filesystem::path repository() {  // __FILE__ is tests/instances/catalogue.cpp
  return std::filesystem::absolute(__FILE__).parent_path().parent_path().parent_path();
}

/// Code in a cell of a table: a bar would end the cell.
inline std::string code(std::string_view text) {
  std::string cell = "`";
  for (const char c : text) cell += c == '|' ? std::string("\\|") : std::string(1, c);
  return cell + "`";
}

inline std::string row(const pc::CatalogueEntry& entry) {
  std::ostringstream out;
  out << "| [" << entry.name << "](" << entry.page << ") | " << code(entry.instance) << " | " << code(entry.inequality)
      << " | " << entry.promise << " | " << entry.paper << " | " << (entry.flags.empty() ? "" : "yes") << " |\n";
  return out.str();
}

TEST_CASE("the catalogue of instances: names are unique, headers and pages are there") {
  std::set<std::string_view> names;
  for (const auto& entry : pc::instance_catalogue) {
    INFO(entry.name);
    CHECK(names.insert(entry.name).second);
    CHECK(pc::find_instance(entry.name) == &entry);
    CHECK(std::filesystem::exists(repository() / "docs/results" / entry.page));
    CHECK(std::filesystem::exists(repository() / "include/proxcvx" /
                                  (entry.header.empty() ? "properties" : "instances") / entry.header));
    CHECK((!entry.inequality.empty() && !entry.promise.empty() && !entry.paper.empty()));
  }
  CHECK(pc::find_instance("nothing") == nullptr);
}

TEST_CASE("the catalogue of instances: docs/results/README.md has it") {
  std::ifstream file(repository() / "docs/results/README.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  std::string table;
  for (const auto& entry : pc::instance_catalogue) table += row(entry);
  INFO("the page should have these rows:\n" << table);
  CHECK(page.find(table) != std::string::npos);
}

}  // namespace catalogue
