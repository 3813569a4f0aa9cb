// SPDX-License-Identifier: MIT
#include <algorithm>
#include <proxcvx/data/noisy_halfspace.hpp>
#include <proxcvx/data/scaling.hpp>
#include <proxcvx/data/split.hpp>
#include <set>
#include <vector>

#include "support/catch2.hpp"

// Laws of data sets, scalings, splits and generated halfspaces.

namespace pc = proxcvx;
using Catch::Matchers::ContainsSubstring;
using pc::Scale;

namespace {

pc::Dataset<double> normal_data(pc::Index d, pc::Index n, double scale = 1, double offset = 0) {
  pc::RandomStream stream{pc::Seed{111}};
  pc::Matrix<double> x(d, n);
  pc::Matrix<double> y(1, n);
  stream.fill_normal(x);
  stream.fill_normal(y);
  return {(scale * x.array() + offset).matrix(), y};
}

}  // namespace

TEST_CASE("a data set holds its invariant, and shares its storage") {
  const auto data = normal_data(3, 5);
  CHECK(data.size() == 5);
  CHECK(data.dimension() == 3);
  CHECK(data.outputs() == 1);
  const double largest = data.inputs().colwise().norm().maxCoeff();
  CHECK(data.radius() >= largest);
  CHECK(data.radius() <= largest * (1 + 1e-14));
  const pc::Dataset<double> copy = data;
  CHECK(copy.shares_storage_with(data));
  const std::vector<pc::Index> indices{4, 0, 4};
  const auto part = data.subset(indices);
  for (pc::Index i = 0; i < 3; ++i) {
    CHECK(part.inputs().col(i) == data.inputs().col(indices[static_cast<std::size_t>(i)]));
    CHECK(part.targets()(0, i) == data.targets()(0, indices[static_cast<std::size_t>(i)]));
  }
  CHECK(data.cast<long double>().inputs().cast<double>() == data.inputs());

  using M = pc::Matrix<double>;
  const auto throws = [](const M& x, const M& y, const std::string& message) {
    CHECK_THROWS_WITH(pc::Dataset<double>(x, y), ContainsSubstring(message));
    CHECK_THROWS_AS(pc::Dataset<double>(x, y), std::invalid_argument);
  };
  throws(M(3, 0), M(1, 0), "inputs");
  throws(M(0, 3), M::Zero(1, 3), "inputs");
  throws(M::Zero(2, 3), M(0, 3), "targets");
  throws(M::Zero(2, 3), M::Zero(1, 2), "a column per input column, 3");
  M bad = M::Zero(2, 3);
  bad(1, 2) = std::nan("");
  throws(bad, M::Zero(1, 3), "inputs: expected finite entries, got a non-finite one at row 1, column 2");
  bad(1, 2) = HUGE_VAL;
  throws(M::Zero(2, 3), bad, "targets: expected finite entries");
  for (const std::vector<pc::Index>& wrong : {std::vector<pc::Index>{5}, {-1}, {}}) {
    CHECK_THROWS_WITH(data.subset(wrong), ContainsSubstring("indices"));
  }
}

TEST_CASE("standard: mean 0 and variance 1 for every feature, whatever its scale and offset") {
  for (const auto& [scale, offset] :
       std::vector<std::pair<double, double>>{{1, 0}, {1e-150, 0}, {1e150, 0}, {1, 1e6}, {1e306, 0}, {1e-3, -1e3}}) {
    const auto data = pc::scaled(normal_data(4, 50, scale, offset), Scale::standard);
    // rounding of the data relative to its deviation, times the number of samples
    const double rounding = 50 * 4 * pc::unit_roundoff<double>() * (1 + std::abs(offset) / scale);
    for (pc::Index row = 0; row < 4; ++row) {
      CHECK(std::abs(data.inputs().row(row).mean()) <= rounding);
      CHECK(std::abs(data.inputs().row(row).squaredNorm() / 50 - 1) <= rounding);
    }
  }
}

TEST_CASE("standard: a constant feature becomes exactly 0, also one that no mean reproduces") {
  for (const double constant : {0.0, 0.1, 1.0 / 3, -1e308, 5e-324, 12345.678}) {
    pc::Matrix<double> x(2, 7);
    x.row(0).setConstant(constant);
    x.row(1).setLinSpaced(-1, 2);
    const auto data = pc::scaled(pc::Dataset<double>{x, pc::Matrix<double>::Zero(1, 7)}, Scale::standard);
    CHECK((data.inputs().row(0).array() == 0).all());
    CHECK((data.inputs().row(1).array() != 0).any());
  }
  const pc::Dataset<double> single{pc::Matrix<double>::Constant(2, 1, 3), pc::Matrix<double>::Ones(1, 1)};
  CHECK((pc::scaled(single, Scale::standard).inputs().array() == 0).all());
}

TEST_CASE("a scaling is fitted once and applied to other data by the same map") {
  const auto training = normal_data(3, 40, 2, 5);
  const auto test = normal_data(3, 9, 1, -2);
  const auto scaling = pc::Scaling<double>::fit(training, Scale::standard);
  const auto scaled = scaling.apply(test);
  for (pc::Index row = 0; row < 3; ++row) {
    const double mean = training.inputs().row(row).mean();
    const double deviation = std::sqrt((training.inputs().row(row).array() - mean).square().mean());
    for (pc::Index i = 0; i < 9; ++i) {
      CHECK(scaled.inputs()(row, i) == Approx((test.inputs()(row, i) - mean) / deviation).epsilon(1e-13));
    }
  }
  CHECK(scaled.targets() == test.targets());
  CHECK(scaling.scale() == Scale::standard);
  CHECK_THROWS_WITH(scaling.apply(normal_data(4, 2)), ContainsSubstring("dimension 3") && ContainsSubstring("got 4"));
  CHECK(pc::scaled(test, Scale::none).shares_storage_with(test));
}

TEST_CASE("unit norm: every sample has norm 1 but a zero sample, which stays") {
  for (const double scale : {1.0, 1e-300, 1e300}) {
    pc::Matrix<double> x = normal_data(3, 8, scale).inputs();
    x.col(2).setZero();
    const auto data = pc::scaled(pc::Dataset<double>{x, pc::Matrix<double>::Zero(1, 8)}, Scale::unit_norm);
    for (pc::Index i = 0; i < 8; ++i) {
      const double expected = i == 2 ? 0 : 1;
      CHECK(std::abs(data.inputs().col(i).norm() - expected) <= 8 * pc::unit_roundoff<double>());
      if (i != 2) CHECK(data.inputs().col(i).dot(x.col(i)) > 0);
    }
  }
}

TEST_CASE("what cannot be scaled is refused, not turned into NaN") {
  pc::Matrix<double> x(2, 2);
  x << 1, 2, 1.7e308, -1.7e308;
  const pc::Dataset<double> huge{x, pc::Matrix<double>::Zero(1, 2)};
  CHECK_THROWS_WITH(pc::scaled(huge, Scale::standard), ContainsSubstring("feature 1"));
  CHECK_THROWS_AS(pc::scaled(huge, Scale::standard), std::invalid_argument);
  x << 1, 2, 5e-324, 0;
  const pc::Dataset<double> tiny{x, pc::Matrix<double>::Zero(1, 2)};
  CHECK_THROWS_WITH(pc::scaled(tiny, Scale::standard), ContainsSubstring("feature 1"));
  for (const auto name : pc::scale_names) CHECK(pc::to_string(pc::scale_named(name)) == name);
  CHECK_THROWS_WITH(pc::scale_named("minmax"), ContainsSubstring("unit-norm") && ContainsSubstring("got minmax"));
}

TEST_CASE("a split is two disjoint parts that make up the whole, a function of the seed") {
  for (const pc::Index n : {2, 3, 10, 101}) {
    pc::Matrix<double> x(1, n);
    for (pc::Index i = 0; i < n; ++i) x(0, i) = static_cast<double>(i);
    const pc::Dataset<double> data{x, -x};
    for (const double fraction : {0.3, 0.5, 0.8}) {
      const auto training = std::llround(fraction * static_cast<double>(n));
      if (training < 1 || training >= n) continue;
      const auto parts = pc::split(data, fraction, pc::Seed{3});
      CHECK(parts.training.size() == training);
      CHECK(parts.test.size() == n - training);
      std::vector<double> all;
      for (const auto* part : {&parts.training, &parts.test}) {
        CHECK(part->targets() == -part->inputs());
        all.insert(all.end(), part->inputs().data(), part->inputs().data() + part->size());
      }
      std::sort(all.begin(), all.end());
      for (pc::Index i = 0; i < n; ++i) CHECK(all[static_cast<std::size_t>(i)] == static_cast<double>(i));
      CHECK(pc::split(data, fraction, pc::Seed{3}).training.inputs() == parts.training.inputs());
      if (n > 100) CHECK(pc::split(data, fraction, pc::Seed{4}).training.inputs() != parts.training.inputs());
    }
  }
  const auto data = normal_data(2, 3);
  for (const double bad : {0.0, 1.0, -0.1, 1.1, 0.01, 0.99, std::nan("")}) {
    CHECK_THROWS_WITH(pc::split(data, bad, pc::Seed{1}), ContainsSubstring("training_fraction"));
  }
}

TEST_CASE("a split is uniform: every sample is as likely to be trained on as any other") {
  pc::Matrix<double> x(1, 5);
  x << 0, 1, 2, 3, 4;
  const pc::Dataset<double> data{x, x};
  std::vector<double> counts(5, 0.0);
  constexpr int trials = 4000;
  for (int seed = 0; seed < trials; ++seed) {
    const auto part = pc::split(data, 0.4, pc::Seed{static_cast<std::uint64_t>(seed)}).training;
    for (pc::Index i = 0; i < 2; ++i) ++counts[static_cast<std::size_t>(part.inputs()(0, i))];
  }
  for (const double count : counts) CHECK(std::abs(count - 0.4 * trials) <= 5 * std::sqrt(trials * 0.4 * 0.6));
}

TEST_CASE("noisy halfspaces: unit inputs beyond the margin, exactly round(noise n) labels flipped") {
  for (const pc::Index d : {1, 2, 10, 50}) {
    for (const double noise : {0.0, 0.013, 0.25, 1.0}) {
      const double margin = d == 50 ? 0.05 : 0.2;
      const pc::Seed seed{static_cast<std::uint64_t>(d) + 7};
      const auto data = pc::noisy_halfspace({.samples = 200, .dimension = d, .margin = margin, .noise = noise}, seed);
      const auto v = pc::halfspace_direction(d, seed);
      CHECK(std::abs(v.norm() - 1) <= 1e-15 * 8);
      pc::Index flipped = 0;
      for (pc::Index i = 0; i < 200; ++i) {
        const auto x = data.inputs().col(i);
        CHECK(std::abs(x.norm() - 1) <= 1e-15 * 8);
        CHECK(std::abs(v.dot(x)) >= margin * (1 - 1e-14));
        CHECK(std::abs(data.targets()(0, i)) == 1);
        flipped += data.targets()(0, i) * v.dot(x) < 0 ? 1 : 0;
      }
      CHECK(flipped == std::llround(noise * 200));
    }
  }
}

TEST_CASE("noisy halfspaces: input i is a function of (seed, i), and both sides are drawn alike") {
  const auto large = pc::noisy_halfspace({.samples = 1000, .dimension = 5, .noise = 0.1}, pc::Seed{1});
  const auto small = pc::noisy_halfspace({.samples = 70, .dimension = 5, .noise = 0.3}, pc::Seed{1});
  CHECK(small.inputs() == large.inputs().leftCols(70));
  CHECK(pc::noisy_halfspace({.samples = 70, .dimension = 5, .noise = 0.3}, pc::Seed{1}).targets() == small.targets());
  CHECK(pc::noisy_halfspace({.samples = 70, .dimension = 5}, pc::Seed{2}).inputs() != small.inputs());
  const double positive = (large.targets().array() > 0).cast<double>().sum();
  CHECK(std::abs(positive - 500) <= 5 * std::sqrt(250.0));
}

TEST_CASE("noisy halfspaces of normal and of Laplace inputs: isotropic, beyond the margin, with the law's moments") {
  using pc::HalfspaceInputs;
  for (const auto& [law, fourth] :
       {std::pair{HalfspaceInputs::gaussian, 3.0}, std::pair{HalfspaceInputs::laplace, 6.0}}) {
    constexpr pc::Index n = 20'000;
    const auto x =
        pc::noisy_halfspace({.samples = n, .dimension = 3, .margin = 0, .inputs = law}, pc::Seed{5}).inputs();
    const pc::Matrix<double> moment = x * x.transpose() / static_cast<double>(n);
    CHECK((moment - pc::Matrix<double>::Identity(3, 3)).cwiseAbs().maxCoeff() <= 5 * std::sqrt(fourth / n));
    CHECK(x.rowwise().mean().cwiseAbs().maxCoeff() <= 5 / std::sqrt(n));
    const double kurtosis = x.array().square().square().mean();  // E z^8 is 105 and 2520
    CHECK(std::abs(kurtosis - fourth) <= 5 * std::sqrt((fourth > 3 ? 2520 : 105) / (3.0 * n)));

    const pc::NoisyHalfspaceSettings settings{
        .samples = 300, .dimension = 4, .margin = 1.5, .noise = 0.1, .inputs = law};
    const auto data = pc::noisy_halfspace(settings, pc::Seed{6});
    const pc::Vector<double> t = data.inputs().transpose() * pc::halfspace_direction(4, pc::Seed{6});
    CHECK(t.cwiseAbs().minCoeff() >= 1.5 * (1 - 1e-14));
    CHECK((t.array() * data.targets().transpose().array() < 0).count() == 30);
    const auto few = pc::noisy_halfspace({.samples = 9, .dimension = 4, .margin = 1.5, .inputs = law}, pc::Seed{6});
    CHECK(few.inputs() == data.inputs().leftCols(9));
  }
}

TEST_CASE("noisy halfspaces refuse what cannot be drawn") {
  const auto throws = [](pc::NoisyHalfspaceSettings settings, const std::string& argument) {
    CHECK_THROWS_WITH(pc::noisy_halfspace(settings, pc::Seed{1}), ContainsSubstring(argument));
  };
  throws({.samples = 0}, "samples");
  throws({.dimension = 0}, "dimension");
  for (const double bad : {-0.1, 1.0, std::nan("")}) throws({.margin = bad}, "margin");
  for (const double bad : {-0.1, 1e9, HUGE_VAL, std::nan("")}) {
    throws({.samples = 1, .dimension = 1, .margin = bad, .inputs = pc::HalfspaceInputs::laplace}, "margin");
  }
  for (const double bad : {-0.1, 1.1, std::nan("")}) throws({.noise = bad}, "noise");
  throws({.samples = 1, .dimension = 30, .margin = 0.999}, "margin");  // out of a million draws' reach
}
