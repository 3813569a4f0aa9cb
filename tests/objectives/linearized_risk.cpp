// SPDX-License-Identifier: MIT
#include <proxcvx/gram/smallest_eigenvalue.hpp>
#include <proxcvx/gram/tangent_kernel.hpp>
#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/networks/mlp.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/linearized_risk.hpp>
#include <proxcvx/objectives/softmax_cross_entropy.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/proxies/tangent_risk.hpp>

#include "objectives/models.hpp"

// The risk of the network that goes on in a straight line: f where it touches, the tangent elsewhere, convex, and with
// the curvature that the tangent kernel has.

namespace linearized {

namespace pc = proxcvx;
using Vector = pc::Vector<double>;

template <class Risk> void is_the_tangent(const Risk& risk, pc::RandomStream& stream) {
  INFO(risk.network().name() << ", " << risk.loss().name());
  const Vector w = laws::random_vector<double>(stream, risk.dimension());
  const pc::LinearizedRisk linear{risk, w};
  const pc::TangentRisk<Risk> tangent{risk};
  CHECK(linear.value(w) == risk.value(w));
  Vector at_w(w.size()), gradient(w.size());
  risk.gradient(w, gradient);
  linear.gradient(w, at_w);
  CHECK((at_w - gradient).norm() <= 1e-13 * (1 + gradient.norm()));
  for (int i = 0; i < 5; ++i) {
    const Vector v = laws::random_vector<double>(stream, risk.dimension());
    const Vector other = laws::random_vector<double>(stream, risk.dimension());
    CHECK(linear.value(v) == tangent.value(v, w));
    laws::gradient_is_right(linear, v);
    CHECK(linear.value((v + other) / 2) <= (linear.value(v) + linear.value(other)) / 2 * (1 + 1e-12));
  }
}

TEST_CASE("the linearised risk is f_tan, with its gradient, and touches f") {
  pc::RandomStream stream{pc::Seed{47}};
  const auto signs = models::random_data<double>(pc::LogisticLoss{}, stream, 4, 1, 9);
  const auto numbers = models::random_data<double>(pc::SquaredLoss{}, stream, 4, 2, 9);
  const auto classes = models::random_data<double>(pc::SoftmaxCrossEntropy{}, stream, 4, 3, 9);
  is_the_tangent(pc::EmpiricalRisk{pc::TwoLayer{{.inputs = 4, .hidden = 5, .train = pc::Train::all}, pc::Tanh{}},
                                   pc::LogisticLoss{}, signs},
                 stream);
  const pc::MLP deep{{.inputs = 4, .hidden = {3, 4}, .outputs = 2}, pc::Swish{}};
  is_the_tangent(pc::EmpiricalRisk{deep, pc::SquaredLoss{}, numbers}, stream);
  const pc::MLP kinked{{.inputs = 4, .hidden = {3}, .outputs = 3}, pc::ReLU{}};
  is_the_tangent(pc::EmpiricalRisk{kinked, pc::SoftmaxCrossEntropy{}, classes}, stream);
}

TEST_CASE("its curvature is lambda_max of the tangent kernel, times that of the loss, and 1/L is a step for descent") {
  pc::RandomStream stream{pc::Seed{48}};
  const auto data = models::random_data<double>(pc::LogisticLoss{}, stream, 4, 1, 9);
  const pc::TwoLayer network{{.inputs = 4, .hidden = 6}, pc::Tanh{}};
  const pc::EmpiricalRisk risk{network, pc::LogisticLoss{}, data};
  const Vector w = network.initialize(pc::Seed{2});
  const pc::LinearizedRisk linear{risk, w};
  const auto kernel = pc::tangent_kernel(network, w, data.inputs());
  const double largest = 0.25 * pc::largest_eigenvalue(kernel).value / 9;
  CHECK(linear.curvature(500) == Approx(largest).epsilon(1e-9));
  CHECK(linear.curvature() <= largest * (1 + 1e-12));
  CHECK(linear.curvature() >= 0.9 * largest);
  const auto run = pc::GD(1 / largest, {.iterations = 100}).minimize(linear, w);
  CHECK(run.best_value < linear.value(w));
  CHECK_THROWS_AS((pc::LinearizedRisk{risk, Vector(Vector::Zero(3))}), std::invalid_argument);
  CHECK_THROWS_AS((pc::LinearizedRisk{risk, Vector(Vector::Constant(24, std::nan("")))}), std::invalid_argument);
}

}  // namespace linearized
