// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/data/dataset.hpp>
#include <utility>
#include <vector>

// GEOFF, the generic online feature finding problem (Sutton 2014; Veeriah, Zhang & Sutton 2017): regression on random
// threshold features of random bits, which stay, under a weighting, half of which changes with each task.

namespace proxcvx {

/// What geoff_tasks draws.
struct GeoffSettings {
  Index inputs = 20;       ///< d >= 1 fair bits
  Index features = 1000;   ///< >= 1 threshold features; a constant one comes on top
  Index tasks = 3;         ///< >= 1
  Index samples = 5000;    ///< >= 1 of each task
  double threshold = 0.6;  ///< beta in [0, 1]: a feature fires where more than beta (d + 1) inputs agree with it
  double noise = 1;        ///< >= 0, the deviation of targets
};

/// A data set for each task. Inputs are bits in {0, 1}^d, to which a learner adds a constant 1. With x = (bits, 1) and
/// U_ij in {-1, 1}, feature j is 1 where sum_i x_i U_ij > theta_j = beta (d + 1) - #{i : U_ij = -1}, else 0, which says
/// that more than beta (d + 1) inputs agree with it; the target is sum_j phi_j W_j + N(0, noise^2), the last phi_j = 1,
/// W_j uniform on {-1, 0, 1}. Every task after the first draws floor((features + 1)/2) entries of the task before anew
/// (which may leave one as it was). Bits and noise of a task are functions of (seed, task, sample).
/// O(tasks samples features d). Throws std::invalid_argument on settings out of range.
template <class Scalar = double>
[[nodiscard]] std::vector<Dataset<Scalar>> geoff_tasks(const GeoffSettings& settings, Seed seed) {
  require(settings.inputs >= 1, "inputs", "a number >= 1", settings.inputs);
  require(settings.features >= 1, "features", "a number >= 1", settings.features);
  require(settings.tasks >= 1, "tasks", "a number >= 1", settings.tasks);
  require(settings.samples >= 1, "samples", "a number >= 1", settings.samples);
  require(settings.threshold >= 0 && settings.threshold <= 1, "threshold", "a number in [0, 1]", settings.threshold);
  require(settings.noise >= 0 && std::isfinite(settings.noise), "noise", "a finite number >= 0", settings.noise);
  const Index d = settings.inputs;
  const Index count = settings.features;
  RandomStream world{seed, 0, Purpose::data};
  Matrix<float> signs(count, d + 1);  // sums of at most d + 1 signs are exact
  Vector<float> thresholds(count);    // the largest sum at which the feature stays 0
  const double agreeing = settings.threshold * static_cast<double>(d + 1);
  for (Index j = 0; j < count; ++j) {
    Index negative = 0;
    for (Index i = 0; i <= d; ++i) {
      const bool minus = world.below(2) == 0;
      signs(j, i) = minus ? -1.0F : 1.0F;
      negative += minus ? 1 : 0;
    }
    thresholds[j] = static_cast<float>(std::floor(agreeing) - static_cast<double>(negative));
  }
  const auto draw = [](RandomStream& stream) { return static_cast<Scalar>(stream.below(3) - 1); };
  Vector<Scalar> weights(count + 1);
  for (Index j = 0; j <= count; ++j) weights[j] = draw(world);

  std::vector<Dataset<Scalar>> tasks;
  Vector<float> x(d + 1);
  Vector<float> sums(count);
  for (Index task = 0; task < settings.tasks; ++task) {
    if (task > 0) {  // selection sampling (Knuth 1997, Algorithm S)
      RandomStream change{seed, static_cast<std::uint64_t>(task), Purpose::weights};
      Index left = (count + 1) / 2;
      for (Index j = 0; j <= count && left > 0; ++j) {
        if (change.below(count + 1 - j) >= left) continue;
        weights[j] = draw(change);
        --left;
      }
    }
    Matrix<Scalar> inputs(d, settings.samples);
    Matrix<Scalar> targets(1, settings.samples);
    for (Index n = 0; n < settings.samples; ++n) {
      RandomStream stream{seed, static_cast<std::uint64_t>(task * settings.samples + n) + 1, Purpose::data};
      for (Index i = 0; i < d; ++i) x[i] = static_cast<float>(stream.below(2));
      x[d] = 1;
      inputs.col(n) = x.head(d).template cast<Scalar>();
      sums.noalias() = signs * x;
      Scalar target = weights[count] + static_cast<Scalar>(settings.noise * stream.normal());
      for (Index j = 0; j < count; ++j) {
        if (sums[j] > thresholds[j]) target += weights[j];
      }
      targets(0, n) = target;
    }
    tasks.emplace_back(std::move(inputs), std::move(targets));
  }
  return tasks;
}

}  // namespace proxcvx
