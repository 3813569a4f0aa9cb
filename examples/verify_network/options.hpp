// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
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
  std::optional<proxcvx::Index> samples;  ///< default: 20,000, fewer of a claim that affords no more
  double confidence = 0.99;
  // the verbs
  std::vector<std::string> verbs{"check", "falsify", "monitor"};
  std::optional<proxcvx::Index> evaluations;  ///< of a search; default: a fifth of the samples, in [200, 3000]
  std::optional<double> time_limit;
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
  std::string resume;  ///< the folder of an earlier --out
  std::string replay;  ///< a witness file: nothing else is done then
  bool quiet = false;
  /// The flags that say what is claimed and examined, files by absolute paths: parse() makes the same problem of them.
  std::vector<std::string> problem_flags;

  [[nodiscard]] bool stochastic() const { return optimizer == "sgd"; }
  [[nodiscard]] bool does(const std::string& verb) const {
    return std::find(verbs.begin(), verbs.end(), verb) != verbs.end();
  }
  /// Samples of a claim that affords so many.
  [[nodiscard]] proxcvx::Index samples_of(proxcvx::Index affordable) const {
    return samples.value_or(std::min<proxcvx::Index>(20'000, affordable));
  }
  [[nodiscard]] proxcvx::Index search_evaluations() const {
    return evaluations.value_or(std::clamp<proxcvx::Index>(samples.value_or(20'000) / 5, 200, 3000));
  }
  /// The files that the problem is read from.
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names = idx;
    for (const std::string& name : {data, weights}) {
      if (!name.empty()) names.push_back(name);
    }
    return names;
  }
  [[nodiscard]] bool wants(const std::string& name) const { return property == "all" || property == name; }
};

/// Parses the words of a command line, the program's name not among them. Throws std::invalid_argument with one line on
/// a bad one; prints the help and returns nothing when it was asked for.
[[nodiscard]] std::optional<Options> parse(const std::vector<std::string>& words);

}  // namespace verify_network
