// SPDX-License-Identifier: MIT
#include <proxcvx/diffusion/integrators.hpp>
#include <proxcvx/diffusion/ornstein_uhlenbeck.hpp>

#include "diffusion/sums.hpp"
#include "support/catch2.hpp"

namespace diffusion_tests {

/// dX = -R X dt + sqrt(D) dB whose increment is what a test wants it to be: a step is linear in it, so that its moments
/// are known without a draw.
struct Probe {
  using Scalar = double;
  Matrix rates;
  Vector wanted = Vector::Zero(rates.rows());
  void drift(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const { out = -rates * w; }
  void increment(pc::ConstVectorRef<double> /*w*/, double h, pc::RandomStream& /*stream*/, double sign,
                 pc::VectorRef<double> out) const {
    out = sign * std::sqrt(h) * wanted;
  }
};

/// The errors of mean and covariance after the time 1 from (1, -2), in steps of h, against the closed form.
template <class Integrator> std::pair<double, double> errors_of(const Integrator& integrator, double h) {
  const Matrix rates{{1.5, 0.4}, {0.4, 0.8}};
  const Matrix root{{0.7, 0.0}, {-0.3, 0.5}};
  pc::RandomStream stream{pc::Seed{1}};
  Matrix flow(2, 2), noise(2, 2);
  for (pc::Index j = 0; j < 2; ++j) {
    Vector w = Vector::Unit(2, j);
    integrator.step(Probe{rates}, h, stream, w);
    flow.col(j) = w;
    w.setZero();
    integrator.step(Probe{rates, root.col(j)}, h, stream, w);
    noise.col(j) = w;
  }
  const Vector start{{1.0, -2.0}};
  Vector mean = start;
  Matrix covariance = Matrix::Zero(2, 2);
  for (int k = 0; k < std::lround(1 / h); ++k) {
    mean = flow * mean;
    covariance = flow * covariance * flow.transpose() + noise * noise.transpose();
  }
  const pc::OrnsteinUhlenbeck<double> exact{rates, Vector::Zero(2), root * root.transpose()};
  return {(mean - exact.mean(start, 1)).norm(), (covariance - exact.covariance(1)).norm()};
}

}  // namespace diffusion_tests

TEST_CASE("Euler-Maruyama has weak order 1, the split step 2, on a process of known moments") {
  using namespace diffusion_tests;
  const auto order = [](double coarse, double fine) { return std::log2(coarse / fine); };
  const auto [euler_mean, euler_covariance] = errors_of(pc::EulerMaruyama{}, 1.0 / 32);
  const auto [euler_mean_2, euler_covariance_2] = errors_of(pc::EulerMaruyama{}, 1.0 / 64);
  CHECK(order(euler_mean, euler_mean_2) == Approx(1).margin(0.1));
  CHECK(order(euler_covariance, euler_covariance_2) == Approx(1).margin(0.1));
  const auto [split_mean, split_covariance] = errors_of(pc::SplitStep{}, 1.0 / 32);
  const auto [split_mean_2, split_covariance_2] = errors_of(pc::SplitStep{}, 1.0 / 64);
  CHECK(order(split_mean, split_mean_2) == Approx(4).margin(0.2));  // without noise, Kutta's order
  CHECK(order(split_covariance, split_covariance_2) == Approx(2).margin(0.1));
  CHECK(split_covariance < euler_covariance / 30);
}

TEST_CASE("the split step is the flow, the noise, the flow; the mirrored one has the mirrored noise") {
  using namespace diffusion_tests;
  const Probe probe{Matrix::Identity(1, 1), Vector::Ones(1)};
  pc::RandomStream stream{pc::Seed{1}};
  Vector w = Vector::Constant(1, 3.0), mirrored = w;
  pc::SplitStep{}.step(probe, 0.01, stream, w);
  pc::SplitStep{}.step(probe, 0.01, stream, mirrored, -1);
  CHECK(w[0] == Approx((3 * std::exp(-0.005) + 0.1) * std::exp(-0.005)).epsilon(1e-12));
  CHECK(mirrored[0] == Approx((3 * std::exp(-0.005) - 0.1) * std::exp(-0.005)).epsilon(1e-12));
}
