// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/regions/box.hpp>
#include <proxcvx/regions/gaussian.hpp>
#include <proxcvx/regions/segment.hpp>
#include <proxcvx/regions/sphere.hpp>
#include <vector>

#include "support/catch2.hpp"

// Laws of regions: samples lie inside and are functions of the stream, projection is a nearest point and idempotent.

namespace pc = proxcvx;
using Catch::Matchers::ContainsSubstring;

namespace {

template <class S> pc::Vector<S> normal_vector(pc::Index size, std::uint64_t seed) {
  pc::RandomStream stream{pc::Seed{seed}};
  pc::Vector<S> w(size);
  stream.fill_normal(w);
  return w;
}

template <class Region> auto drawn(const Region& region, std::uint64_t index) {
  pc::Vector<typename Region::Scalar> w(region.dimension());
  pc::RandomStream stream{pc::Seed{121}, index, pc::Purpose::points};
  region.sample(stream, w);
  return w;
}

template <class Region> void obeys_the_laws(const Region& region) {
  using S = typename Region::Scalar;
  INFO(region.description());
  bool inside = true;
  bool pure = true;
  std::vector<pc::Vector<S>> samples;
  for (std::uint64_t i = 0; i < 300; ++i) {
    samples.push_back(drawn(region, i));
    inside = inside && region.contains(samples.back());
    pure = pure && drawn(region, i) == samples.back();
  }
  CHECK(inside);
  CHECK(pure);
  const S slack = S(64) * pc::unit_roundoff<S>();
  for (std::uint64_t i = 0; i < 60; ++i) {
    const auto scale = static_cast<S>(std::pow(10.0, static_cast<double>(i % 7) - 3));
    const pc::Vector<S> w = scale * normal_vector<S>(region.dimension(), 200 + i);
    pc::Vector<S> nearest = w;
    region.project(nearest);
    CHECK(region.contains(nearest));
    pc::Vector<S> again = nearest;
    region.project(again);
    CHECK((again - nearest).norm() <= slack * (nearest.norm() + S(1)));
    S least = (samples.front() - w).norm();
    for (const auto& sample : samples) least = std::min(least, S((sample - w).norm()));
    CHECK((nearest - w).norm() <= least + slack * (w.norm() + nearest.norm()));
  }
  const auto wide = region.template cast<long double>();
  CHECK(wide.dimension() == region.dimension());
  CHECK(wide.contains(drawn(wide, 3)));
}

template <class S> void all_regions(pc::Index p) {
  const pc::Vector<S> center = normal_vector<S>(p, 1);
  const pc::Vector<S> other = normal_vector<S>(p, 2);
  obeys_the_laws(pc::Ball<S>(center, 0.7));
  obeys_the_laws(pc::Ball<S>(center, 2.5, pc::RadiusLaw::uniform));
  obeys_the_laws(pc::Sphere<S>(center, 1.3));
  obeys_the_laws(pc::Point<S>(center));
  obeys_the_laws(pc::Box<S>(center.cwiseMin(other), center.cwiseMax(other)));
  obeys_the_laws(pc::Gaussian<S>(center, 0.5));
  obeys_the_laws(pc::Segment<S>(center, other));
  obeys_the_laws(pc::Segment<S>(center, center));
  pc::Matrix<S> points(p, 4);
  points << center, other, -center, -other;
  obeys_the_laws(pc::Trajectory<S>(points));
}

}  // namespace

TEST_CASE("every region: samples inside, pure; projection nearest, idempotent; cast") {
  for (const pc::Index p : {1, 2, 7}) {
    all_regions<double>(p);
    all_regions<float>(p);
  }
}

TEST_CASE("radii of a ball: log-uniform over six decades by default, r^p uniform otherwise") {
  constexpr int n = 20'000;
  const pc::Vector<double> zero = pc::Vector<double>::Zero(3);
  const auto below = [&](const pc::Ball<double>& ball, double radius) {
    int count = 0;
    for (std::uint64_t i = 0; i < n; ++i) count += drawn(ball, i).norm() <= radius ? 1 : 0;
    return count;
  };
  const auto five_sigma = [](double count, double p) {
    CHECK(std::abs(count - n * p) <= 5 * std::sqrt(n * p * (1 - p)));
  };
  const pc::Ball<double> log_scale(zero, 2.0);
  for (int k = 1; k <= 5; ++k) five_sigma(below(log_scale, 2 * std::pow(10.0, -k)), (6.0 - k) / 6);
  CHECK(below(log_scale, 2e-6 * (1 - 1e-9)) == 0);
  CHECK(below(log_scale, 2.0) == n);
  const pc::Ball<double> uniform(zero, 2.0, pc::RadiusLaw::uniform);
  for (const double q : {0.25, 0.5, 0.9}) five_sigma(below(uniform, 2 * std::cbrt(q)), q);
  pc::Vector<double> mean = zero;
  for (std::uint64_t i = 0; i < n; ++i) mean += drawn(pc::Sphere<double>(zero, 1.0), i) / n;
  CHECK(mean.cwiseAbs().maxCoeff() <= 5 / std::sqrt(3.0 * n));
}

TEST_CASE("boxes as wide as the numbers, and the sphere's centre") {
  const double huge = std::numeric_limits<double>::max();
  const pc::Box<double> box(pc::Vector<double>::Constant(2, -huge), pc::Vector<double>::Constant(2, huge));
  for (std::uint64_t i = 0; i < 50; ++i) CHECK(drawn(box, i).allFinite());
  const pc::Sphere<double> sphere(pc::Vector<double>::Ones(2), 3.0);
  pc::Vector<double> w = pc::Vector<double>::Ones(2);
  sphere.project(w);
  CHECK(w == pc::Vector<double>(Eigen::Vector2d(4, 1)));
  CHECK_FALSE(pc::Box<double>(w, w).contains(pc::Vector<double>::Constant(2, std::nan(""))));
  CHECK_FALSE(pc::Ball<double>(w, 1.0).contains(pc::Vector<double>::Constant(2, std::nan(""))));
  CHECK_FALSE(pc::Gaussian<double>(w, 1.0).contains(pc::Vector<double>::Constant(2, std::nan(""))));
}

TEST_CASE("regions refuse senseless arguments and say which") {
  const pc::Vector<double> fine = pc::Vector<double>::Zero(2);
  const pc::Vector<double> empty(0);
  const pc::Vector<double> broken = pc::Vector<double>::Constant(2, std::nan(""));
  for (const double bad : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    CHECK_THROWS_WITH(pc::Ball<double>(fine, bad), ContainsSubstring("radius"));
    CHECK_THROWS_WITH(pc::Sphere<double>(fine, bad), ContainsSubstring("radius"));
    CHECK_THROWS_WITH(pc::Gaussian<double>(fine, bad), ContainsSubstring("deviation"));
  }
  for (const auto& bad : {empty, broken}) {
    CHECK_THROWS_WITH(pc::Ball<double>(bad, 1.0), ContainsSubstring("center"));
    CHECK_THROWS_WITH(pc::Sphere<double>(bad, 1.0), ContainsSubstring("center"));
    CHECK_THROWS_WITH(pc::Gaussian<double>(bad, 1.0), ContainsSubstring("mean"));
    CHECK_THROWS_WITH(pc::Point<double>(bad), ContainsSubstring("point"));
    CHECK_THROWS_AS(pc::Box<double>(bad, bad), std::invalid_argument);
    CHECK_THROWS_AS(pc::Segment<double>(bad, bad), std::invalid_argument);
    CHECK_THROWS_WITH(pc::Trajectory<double>(pc::Matrix<double>(bad)), ContainsSubstring("points"));
  }
  CHECK_THROWS_WITH(pc::Box<double>(fine, pc::Vector<double>::Zero(3)), ContainsSubstring("high"));
  CHECK_THROWS_WITH(pc::Box<double>(fine, pc::Vector<double>::Constant(2, -1)), ContainsSubstring("low <= high"));
  CHECK_THROWS_WITH(pc::Segment<double>(fine, pc::Vector<double>::Zero(3)), ContainsSubstring("to"));
}

TEST_CASE("regions in fewer entries: what lies in the whole one lies there") {
  pc::RandomStream stream{pc::Seed{17}};
  const std::vector<pc::Index> kept{3, 0};
  pc::Vector<double> low(4), w(4);
  stream.fill_normal(low);
  const pc::Vector<double> high = low.array() + 0.75;
  const auto law = [&](const auto& region) {
    const auto fewer = region.with_entries(kept);
    CHECK(fewer.dimension() == 2);
    CHECK(fewer.center() == region.center()(kept));
    for (int i = 0; i < 200; ++i) {
      region.sample(stream, w);
      CHECK(fewer.contains(w(kept)));
    }
    CHECK_THROWS_WITH(region.with_entries(std::vector<pc::Index>{4}), ContainsSubstring("entries"));
    CHECK_THROWS_AS(region.with_entries(std::vector<pc::Index>{}), std::invalid_argument);
  };
  law(pc::Ball<double>(low, 2.0, pc::RadiusLaw::uniform));
  law(pc::Box<double>(low, high));
  law(pc::Gaussian<double>(low, 2.0));
  CHECK(pc::Ball<double>(low, 2.0).with_entries(kept).radius() == 2);
}
