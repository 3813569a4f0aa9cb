// SPDX-License-Identifier: MIT
#include <cmath>
#include <Eigen/QR>
#include <proxcvx/data/geoff.hpp>
#include <vector>

#include "support/catch2.hpp"

// Laws of the GEOFF generator. Few inputs make it a table: with d bits there are 2^d inputs, and as many target levels.

namespace pc = proxcvx;

namespace {

/// The target of each of the 2^d inputs, read off noiseless samples; NaN where none was drawn. False in `consistent`
/// where one input has two targets.
std::vector<double> levels(const pc::Dataset<double>& data, bool& consistent) {
  std::vector<double> table(std::size_t{1} << static_cast<unsigned>(data.dimension()), std::nan(""));
  for (pc::Index n = 0; n < data.size(); ++n) {
    std::size_t at = 0;
    for (pc::Index i = 0; i < data.dimension(); ++i) at = 2 * at + (data.inputs()(i, n) == 1 ? 1 : 0);
    if (!std::isnan(table[at])) consistent = consistent && table[at] == data.targets()(0, n);
    table[at] = data.targets()(0, n);
  }
  return table;
}

}  // namespace

TEST_CASE("GEOFF draws fair bits, and targets that are integers plus noise") {
  const auto noiseless = pc::geoff_tasks({.samples = 2'000, .noise = 0}, pc::Seed{3});
  const auto noisy = pc::geoff_tasks({.samples = 2'000, .noise = 2}, pc::Seed{3});
  REQUIRE(noiseless.size() == 3);
  for (std::size_t task = 0; task < 3; ++task) {
    const auto& bits = noiseless[task].inputs();
    REQUIRE(bits.rows() == 20);
    REQUIRE(bits.cols() == 2'000);
    CHECK((bits.array() * (1 - bits.array())).isZero(0));
    const double deviation = 0.5 / std::sqrt(40'000.0);
    CHECK(std::abs(bits.mean() - 0.5) <= 5 * deviation);
    const auto& targets = noiseless[task].targets();
    CHECK(targets.array().round().matrix() == targets);
    CHECK(noisy[task].inputs() == bits);
    const pc::Matrix<double> noise = noisy[task].targets() - targets;
    CHECK(std::abs(noise.mean()) <= 5 * 2 / std::sqrt(2'000.0));
    CHECK(std::abs(noise.squaredNorm() / 2'000 - 4) <= 5 * 4 * std::sqrt(2 / 2'000.0));
  }
  CHECK(noiseless[0].inputs() != noiseless[1].inputs());
  CHECK(pc::geoff_tasks({.samples = 2'000, .noise = 0}, pc::Seed{3})[2].targets() == noiseless[2].targets());
  CHECK(pc::geoff_tasks({.samples = 2'000, .noise = 0}, pc::Seed{4})[2].targets() != noiseless[2].targets());
}

TEST_CASE("a GEOFF feature fires where more than beta (d + 1) inputs agree with it") {
  // One feature over four bits and the constant, W = (W_1, W_0): where W_1 is not 0, the target is W_1 + W_0 on the
  // inputs that fire and W_0 on the others. beta (d + 1) = 3: four of five inputs have to agree. Where the constant
  // does, three of the four bits: 5 of 16 inputs fire; where it does not, all four: 1 of 16.
  int one_of_16 = 0;
  int five_of_16 = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    bool consistent = true;
    const auto table =
        levels(pc::geoff_tasks({.inputs = 4, .features = 1, .tasks = 1, .samples = 400, .noise = 0}, pc::Seed{seed})[0],
               consistent);
    CHECK(consistent);
    const double first = table[0];
    std::size_t others = 0;
    for (const double level : table) others += level != first ? 1U : 0U;
    if (others == 0) continue;  // W_1 = 0
    const bool one = others == 1 || others == 15;
    CHECK((one || others == 5 || others == 11));
    ++(one ? one_of_16 : five_of_16);
  }
  CHECK(one_of_16 >= 8);
  CHECK(five_of_16 >= 8);
}

TEST_CASE("a new GEOFF task keeps the features and changes no more than half of the weights") {
  // The targets of a task are phi(x) W: where all tasks have the same features, those of 40 tasks, as functions of x,
  // span no more dimensions than there are features.
  constexpr pc::Index d = 6;
  constexpr pc::Index features = 8;
  const auto tasks =
      pc::geoff_tasks({.inputs = d, .features = features, .tasks = 40, .samples = 1'500, .noise = 0}, pc::Seed{9});
  std::vector<std::vector<double>> tables;
  bool consistent = true;
  for (const auto& task : tasks) tables.push_back(levels(task, consistent));
  REQUIRE(consistent);
  pc::Matrix<double> all(64, 40);
  for (pc::Index task = 0; task < 40; ++task) {
    for (pc::Index at = 0; at < 64; ++at)
      all(at, task) = tables[static_cast<std::size_t>(task)][static_cast<std::size_t>(at)];
  }
  REQUIRE(all.allFinite());  // each of the 64 inputs came up
  Eigen::ColPivHouseholderQR<pc::Matrix<double>> factors(all);
  factors.setThreshold(1e-9);
  CHECK(factors.rank() <= features + 1);
  CHECK(factors.rank() >= features - 3);
  bool changes = true;
  for (pc::Index task = 1; task < 40; ++task) {
    const pc::Vector<double> difference = all.col(task) - all.col(task - 1);
    changes = changes && difference.cwiseAbs().maxCoeff() <= 2 * ((features + 1) / 2);  // of four weights, by at most 2
  }
  CHECK(changes);
}

TEST_CASE("GEOFF refuses settings out of range and says which") {
  using Catch::Matchers::ContainsSubstring;
  CHECK_THROWS_WITH(pc::geoff_tasks({.inputs = 0}, pc::Seed{1}), ContainsSubstring("inputs"));
  CHECK_THROWS_WITH(pc::geoff_tasks({.features = 0}, pc::Seed{1}), ContainsSubstring("features"));
  CHECK_THROWS_WITH(pc::geoff_tasks({.tasks = 0}, pc::Seed{1}), ContainsSubstring("tasks"));
  CHECK_THROWS_WITH(pc::geoff_tasks({.samples = 0}, pc::Seed{1}), ContainsSubstring("samples"));
  CHECK_THROWS_WITH(pc::geoff_tasks({.threshold = 1.5}, pc::Seed{1}), ContainsSubstring("threshold"));
  CHECK_THROWS_WITH(pc::geoff_tasks({.noise = -1}, pc::Seed{1}), ContainsSubstring("noise"));
}
