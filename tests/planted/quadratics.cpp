// SPDX-License-Identifier: MIT
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/properties/special_cases.hpp>
#include <proxcvx/regions/ball.hpp>

#include "planted/tally.hpp"

namespace pc = proxcvx;
using planted::Tally;

namespace {

/// Curvature 1 but for `least` in one direction, which is no axis.
pc::Quadratic<double> valley(pc::Index dimension, double least) {
  pc::RandomStream stream{pc::Seed{11}, static_cast<std::uint64_t>(dimension)};
  pc::Vector<double> direction(dimension);
  stream.fill_normal(direction);
  direction.normalize();
  const pc::Matrix<double> outer = direction * direction.transpose();
  const pc::Matrix<double> curvature = pc::Matrix<double>::Identity(dimension, dimension) - (1 - least) * outer;
  return pc::Quadratic<double>((curvature + curvature.transpose()) / 2);
}

}  // namespace

TEST_CASE("planted: quadratics in 2 to 20 dimensions") {
  Tally tally;
  for (const pc::Index dimension : {2, 5, 20}) {
    const pc::Ball ball(pc::Vector<double>::Zero(dimension), 10.0);
    const pc::Vector<double> center = pc::Vector<double>::Zero(dimension);
    const auto f = valley(dimension, 0.1);
    const std::string name = "valley in " + std::to_string(dimension);
    Tally::is_true(name, pc::convexity(f), ball);
    Tally::is_true(name + ", PL", pc::polyak_lojasiewicz(f, 0, 0.0999), ball);
    tally.is_false(name + ", 1.01 PL", pc::polyak_lojasiewicz(f, 0, 0.101), ball);
    tally.is_false(name + ", 1.2 PL", pc::polyak_lojasiewicz(f, 0, 0.12), ball);
    tally.is_false(name + ", secant", pc::restricted_secant(f, center, 0.11), ball);
    tally.is_false(name + ", turned down", pc::convexity(valley(dimension, -0.01)), ball);
  }
  tally.is_enough();
}
