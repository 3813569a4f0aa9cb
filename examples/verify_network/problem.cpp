// SPDX-License-Identifier: MIT
#include "problem.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <proxcvx/data/noisy_halfspace.hpp>
#include <proxcvx/data/scaling.hpp>
#include <proxcvx/io/csv.hpp>
#include <proxcvx/io/hex_float.hpp>
#include <proxcvx/io/idx.hpp>
#include <proxcvx/io/number.hpp>
#include <sstream>

namespace verify_network {

namespace pc = proxcvx;

namespace {

Problem unscaled(const Options& o) {
  if (!o.idx.empty()) {
    auto read = pc::read_idx(o.idx[0], o.idx[1], {.positive = o.classes[0], .negative = o.classes[1]});
    const std::string name = std::filesystem::path(o.idx[0]).filename().string() + ", " + std::to_string(o.classes[0]) +
                             " against " + std::to_string(o.classes[1]);
    return {name, std::move(read.data)};
  }
  if (o.data.empty()) {
    return {"noisy halfspace (embedded)",
            pc::noisy_halfspace({.samples = 500, .dimension = 10, .margin = 0.2, .noise = 0.01}, pc::Seed{7})};
  }
  const auto targets = o.loss == "squared" ? pc::Targets::numbers : pc::Targets::signs;
  auto read = pc::read_csv(o.data, {.label = o.label, .positive = o.positive, .targets = targets});
  std::string name = std::filesystem::path(o.data).filename().string();
  if (!read.classes.empty()) name += ", " + read.classes.front() + " against the rest";
  return {std::move(name), std::move(read.data)};
}

/// A finite number, decimal or as hex_float writes it (a witness is a fine place to start from); else nothing.
std::optional<double> weight(const std::string& word) {
  const auto decimal = pc::detail::parse_number(word);
  if (decimal.status == pc::detail::NumberStatus::number) return decimal.value;
  if (!pc::detail::hex_parts(word).valid) return std::nullopt;
  const double number = pc::from_hex_float(word);
  return std::isfinite(number) ? std::optional<double>(number) : std::nullopt;
}

}  // namespace

Problem load_problem(const Options& options) {
  Problem problem = unscaled(options);
  return {std::move(problem.name), pc::scaled(problem.data, pc::scale_named(options.scale))};
}

pc::Vector<double> read_weights(const std::string& file, pc::Index count) {
  std::ifstream stream(file);
  pc::require(std::filesystem::is_regular_file(file) && stream.good(), "--weights", "a readable file", file);
  pc::Vector<double> w(count);
  std::string text((std::istreambuf_iterator<char>(stream)), {});
  for (char& c : text) {
    if (c == ',' || c == ';') c = ' ';
  }
  std::istringstream words(text);
  std::string word;
  pc::Index found = 0;
  while (words >> word) {
    const auto number = weight(word);
    pc::require(number.has_value(), "--weights", "finite numbers, decimal or hexadecimal",
                pc::detail::in_quotes(word) + " (entry " + std::to_string(found) + ")");
    if (found < count) w[found] = *number;
    ++found;
  }
  pc::require(found == count, "--weights", std::to_string(count) + " numbers, the network's parameters", found);
  return w;
}

}  // namespace verify_network
