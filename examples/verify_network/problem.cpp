// SPDX-License-Identifier: MIT
#include "problem.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <proxcvx/core/random.hpp>
#include <proxcvx/data/noisy_halfspace.hpp>
#include <proxcvx/data/scaling.hpp>
#include <proxcvx/io/csv.hpp>
#include <proxcvx/io/hex_float.hpp>
#include <proxcvx/io/idx.hpp>
#include <proxcvx/io/number.hpp>
#include <sstream>
#include <vector>

namespace verify_network {

namespace pc = proxcvx;

namespace {

/// 120 normal inputs in five dimensions; the class is the largest of three random linear functions, of 5 % of them any.
Problem noisy_classes() {
  constexpr pc::Index n = 120, d = 5, classes = 3;
  pc::RandomStream stream{pc::Seed{7}};
  pc::Matrix<double> teacher(classes, d), inputs(d, n), targets = pc::Matrix<double>::Zero(classes, n);
  stream.fill_normal(teacher);
  stream.fill_normal(inputs);
  for (pc::Index i = 0; i < n; ++i) {
    pc::Index label = 0;
    (teacher * inputs.col(i)).maxCoeff(&label);
    if (stream.uniform() < 0.05) label = stream.below(classes);
    targets(label, i) = 1;
  }
  return {"three noisy classes (embedded)", pc::Dataset<double>(inputs, targets)};
}

/// The images of the classes that were asked for, or all; a row of the targets per class, in the order asked for.
Problem images_of_classes(const Options& o) {
  const auto read = pc::read_idx(o.idx[0], o.idx[1], {.targets = pc::Targets::one_hot});
  const std::string file = std::filesystem::path(o.idx[0]).filename().string();
  pc::require(read.classes.size() >= 2, "--idx", "images of at least two classes", read.classes.size());
  if (o.classes.empty()) return {file, read.data};
  std::vector<pc::Index> rows;
  std::string names;
  for (const int wanted : o.classes) {
    const auto found = std::find(read.classes.begin(), read.classes.end(), std::to_string(wanted));
    pc::require(found != read.classes.end(), "--classes", "labels that are in the file", wanted);
    rows.push_back(found - read.classes.begin());
    names += ", " + std::to_string(wanted);
  }
  const pc::Matrix<double> targets = read.data.targets()(rows, Eigen::all);
  std::vector<pc::Index> kept;
  for (pc::Index i = 0; i < targets.cols(); ++i) {
    if (targets.col(i).sum() == 1) kept.push_back(i);
  }
  return {file + names, pc::Dataset<double>(read.data.inputs(), targets).subset(kept)};
}

/// A class per label, in file order; a number with a fraction is none.
Problem table_of_classes(const Options& o) {
  auto read = pc::read_csv(o.data, {.label = o.label, .targets = pc::Targets::one_hot});
  for (const std::string& name : read.classes) {
    const auto number = pc::detail::parse_number(name);
    const bool fraction = number.status == pc::detail::NumberStatus::number && number.value != std::floor(number.value);
    pc::require(!fraction, "--loss softmax", "a label column of classes (numbers need --loss squared)",
                pc::detail::in_quotes(name));
  }
  return {std::filesystem::path(o.data).filename().string(), std::move(read.data)};
}

Problem unscaled(const Options& o) {
  if (o.loss == "softmax")
    return !o.idx.empty() ? images_of_classes(o) : o.data.empty() ? noisy_classes() : table_of_classes(o);
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
