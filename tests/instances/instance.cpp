// SPDX-License-Identifier: MIT
#include <proxcvx/data/noisy_halfspace.hpp>
#include <proxcvx/instances/instance.hpp>
#include <proxcvx/instances/leaky_network.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/regions/box.hpp>
#include <proxcvx/verify/falsify.hpp>

#include "support/catch2.hpp"

// The shape of instances: what falsify takes from it.

namespace instance_shape {

namespace pc = proxcvx;
using Leaky = pc::LeakyNetwork<pc::TwoLayer<pc::LeakyReLU>>;

/// The leaky network's theorem with a mu that is too large by a little: false where all units are inactive.
struct Overstated {
  using Scalar = double;
  Leaky leaky;
  [[nodiscard]] auto property() const {
    auto constants = leaky.constants();
    constants.mu *= 1.001;
    return leaky.proxy_pl(constants);
  }
  [[nodiscard]] pc::Matrix<double> starts(const pc::Vector<double>& center, double radius) const {
    return leaky.starts(center, radius);
  }
};
static_assert(pc::SearchableInstance<Overstated> && !pc::Instance<Overstated>);

/// y_i x_i = (3/4, +-1/4): the margin is sharp.
Leaky sharp() {
  pc::Matrix<double> x(2, 2), y(1, 2);
  x << 0.75, -0.75, 0.25, 0.25;
  y << 1, -1;
  return {pc::TwoLayer{{.inputs = 2, .hidden = 3}, pc::LeakyReLU{0.25}}, {x, y}};
}

TEST_CASE("starts of an instance are in the ball, structured, and of the parameters' dimension") {
  const Leaky leaky = sharp();
  const pc::Vector<double> center = pc::Vector<double>::Constant(6, 0.1);
  for (const double radius : {1e-3, 1.0, 50.0}) {
    const pc::Matrix<double> starts = leaky.starts(center, radius);
    CHECK(starts.rows() == 6);
    CHECK(starts.cols() >= 6);
    CHECK(starts.col(0) == center);
    for (pc::Index i = 0; i < starts.cols(); ++i) CHECK((starts.col(i) - center).norm() <= radius * (1 + 1e-12));
    CHECK((starts.col(2) - center).norm() == Approx(radius));
  }
  CHECK(leaky.starts(center, 50).col(1).norm() == 0);
  CHECK_THROWS_AS(leaky.starts(pc::Vector<double>::Zero(5), 1), std::invalid_argument);
  CHECK_THROWS_AS(leaky.starts(center, 0), std::invalid_argument);
}

TEST_CASE("falsify takes an instance, and looks where the instance says") {
  const Leaky leaky = sharp();
  const pc::Ball ball{pc::Vector<double>(pc::Vector<double>::Zero(6)), 2.0};
  const pc::FalsifySettings brief{.starts = 2, .evaluations = 64};
  const auto kept = pc::falsify(leaky, ball, brief);
  CHECK(kept.verdict() == pc::Verdict::no_violation_found);
  CHECK(kept.given == leaky.starts(ball.center(), 2).cols());
  CHECK(pc::falsify(Overstated{leaky}, ball, brief).verdict() == pc::Verdict::violated);
  const pc::Box box{pc::Vector<double>(pc::Vector<double>::Constant(6, -1)),
                    pc::Vector<double>(pc::Vector<double>::Constant(6, 1))};
  CHECK(pc::falsify(Overstated{leaky}, box, brief).verdict() == pc::Verdict::violated);
  pc::Index rounds = 0;
  (void)pc::falsify(leaky, ball, brief, [&](const pc::FalsifyReport&) { ++rounds; });
  CHECK(rounds >= 1);
}

}  // namespace instance_shape
