// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <proxcvx/core/types.hpp>
#include <stdexcept>
#include <string>
#include <vector>

// What the command line of verify_network says.

namespace verify_network {

/// The command line, parsed and in range; what the flags mean together is the studies' business.
struct Options {
  // the data
  std::string data;  ///< a CSV file; empty: the embedded noisy halfspace
  std::string label;
  std::string positive;
  std::vector<std::string> idx;  ///< images and labels, or empty
  std::vector<int> classes{0, 1};
  std::string scale = "standard";
  // the network
  std::string network = "two-layer";
  std::vector<proxcvx::Index> hidden{64};
  std::string activation = "leaky_relu";
  double slope = 0.1;
  std::string train = "first";
  std::string loss = "logistic";
  std::string weights;  ///< a file of initial parameters; empty: drawn by the seed
  // the claim
  std::string property = "all";
  std::optional<double> alpha;
  std::optional<double> mu;
  std::optional<double> xi;
  double radius = 5;
  proxcvx::Index samples = 20'000;
  double confidence = 0.99;
  // the run
  std::string optimizer = "gd";
  proxcvx::Index batch = 1;
  proxcvx::Index repeats = 10;
  std::optional<double> accuracy;
  std::optional<proxcvx::Index> iterations;
  std::optional<double> step_size;
  // the program
  std::uint64_t seed = 1;
  int threads = 0;
  std::string out;
  bool quiet = false;

  [[nodiscard]] bool stochastic() const { return optimizer == "sgd"; }
  [[nodiscard]] bool wants(const std::string& name) const { return property == "all" || property == name; }
};

/// Parses the command line. Throws std::invalid_argument with one line on a bad one; prints the help and returns
/// nothing when it was asked for.
[[nodiscard]] std::optional<Options> parse(int argc, char** argv);

}  // namespace verify_network
