// SPDX-License-Identifier: MIT
#include <cmath>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/gram/tangent_kernel.hpp>
#include <proxcvx/networks/mlp.hpp>
#include <proxcvx/networks/neuron.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/objectives/losses.hpp>

#include "gram/problems.hpp"
#include "support/catch2.hpp"

namespace pc = proxcvx;
using gram_problems::normal_matrix;

namespace {

/// A two-layer network behind the members of the concept alone: what the closed form is compared with.
template <class Net> struct AnyNetwork {
  using Scalar = typename Net::Scalar;
  Net net;
  [[nodiscard]] pc::Index parameters() const { return net.parameters(); }
  [[nodiscard]] pc::Index inputs() const { return net.inputs(); }
  [[nodiscard]] pc::Index outputs() const { return net.outputs(); }
  void forward(pc::ConstVectorRef<Scalar> w, pc::ConstMatrixRef<Scalar> x, pc::MatrixRef<Scalar> y) const {
    net.forward(w, x, y);
  }
  template <class Signal>
  void pull_back(pc::ConstVectorRef<Scalar> w, pc::ConstMatrixRef<Scalar> x, Signal&& signal,
                 pc::VectorRef<Scalar> gradient) const {
    net.pull_back(w, x, signal, gradient);
  }
  void push_forward(pc::ConstVectorRef<Scalar> w, pc::ConstVectorRef<Scalar> v, pc::ConstMatrixRef<Scalar> x,
                    pc::MatrixRef<Scalar> t) const {
    net.push_forward(w, v, x, t);
  }
};

template <class A, class S> void check_closed_form(const A& activation, pc::Train train, pc::Index n, pc::Index m) {
  const pc::TwoLayer<A, S> network{{.inputs = 6, .hidden = m, .train = train}, activation};
  const pc::Vector<S> w = network.initialize(pc::Seed{3});
  const pc::Matrix<S> x = normal_matrix<S>(6, n, 4);
  const pc::Matrix<S> closed = pc::tangent_kernel(network, w, x);
  const pc::Matrix<S> general = pc::tangent_kernel(AnyNetwork<pc::TwoLayer<A, S>>{network}, w, x);
  CHECK(closed == closed.transpose());
  CHECK(general == general.transpose());
  const S scale = closed.diagonal().maxCoeff();
  CHECK((closed - general).cwiseAbs().maxCoeff() <= S(64) * pc::gamma<S>(network.parameters() + 32) * scale);
}

/// ||grad f||^2 n^2 = e^T K e for f = ||e||^2/(2n), from any parameters.
template <class Net> void check_identity(const Net& network, pc::Index n) {
  const pc::Matrix<double> x = normal_matrix<double>(network.inputs(), n, 7);
  const pc::Matrix<double> y = normal_matrix<double>(network.outputs(), n, 8);
  const pc::EmpiricalRisk f{network, pc::SquaredLoss{}, pc::Dataset<double>(x, y)};
  const pc::Vector<double> w = normal_matrix<double>(network.parameters(), 1, 9);
  pc::Vector<double> gradient(w.size());
  f.gradient(w, gradient);
  pc::Matrix<double> outputs(network.outputs(), n);
  network.forward(w, x, outputs);
  const pc::Vector<double> e = (outputs - y).reshaped();
  const double squares = gradient.squaredNorm() * static_cast<double>(n) * static_cast<double>(n);
  CHECK(std::abs(e.dot(pc::tangent_kernel(network, w, x) * e) - squares) <= 1e-12 * squares);
}

}  // namespace

TEST_CASE("the closed form of two-layer networks is the kernel by pull-backs") {
  check_closed_form<pc::LeakyReLU, double>(pc::LeakyReLU{0}, pc::Train::first, 300, 270);
  check_closed_form<pc::LeakyReLU, double>(pc::LeakyReLU{0.3}, pc::Train::all, 20, 13);
  check_closed_form<pc::LeakyReLU, double>(pc::LeakyReLU{0.3}, pc::Train::first, 1, 1);
  check_closed_form<pc::Tanh, float>(pc::Tanh{}, pc::Train::all, 30, 17);
  check_closed_form<pc::Tanh, float>(pc::Tanh{}, pc::Train::first, 30, 17);
  check_closed_form<pc::Tanh, long double>(pc::Tanh{}, pc::Train::all, 9, 5);
}

TEST_CASE("the squared norm of the gradient is the kernel's quadratic form at the residual") {
  check_identity(pc::TwoLayer{{.inputs = 5, .hidden = 40}, pc::LeakyReLU{0}}, 30);
  check_identity(pc::TwoLayer{{.inputs = 5, .hidden = 40, .train = pc::Train::all}, pc::LeakyReLU{0.2}}, 30);
  check_identity(pc::MLP{{.inputs = 4, .hidden = {7, 6}, .outputs = 3}, pc::Tanh{}}, 25);
}

TEST_CASE("the kernel counts common units of ReLU") {
  const pc::TwoLayer network{{.inputs = 3, .hidden = 8}, pc::LeakyReLU{0}};
  const pc::Vector<double> w = network.initialize(pc::Seed{1});
  const pc::Matrix<double> x = normal_matrix<double>(3, 5, 2);
  const pc::Matrix<double> kernel = pc::tangent_kernel(network, w, x);
  const pc::Matrix<double> z = network.weights(w).transpose() * x;
  for (pc::Index j = 0; j < 5; ++j) {
    for (pc::Index i = 0; i < 5; ++i) {
      double common = 0;
      for (pc::Index r = 0; r < 8; ++r) common += z(r, i) >= 0 && z(r, j) >= 0 ? 1 : 0;
      CHECK(kernel(i, j) == Approx(x.col(i).dot(x.col(j)) * common / 8).margin(1e-14));
    }
  }
}

TEST_CASE("the kernel refuses parameters and inputs that do not fit") {
  const pc::TwoLayer network{{.inputs = 3, .hidden = 8}, pc::LeakyReLU{0}};
  const pc::MLP deep{{.inputs = 3, .hidden = {2}}, pc::Tanh{}};
  const pc::Matrix<double> x = pc::Matrix<double>::Ones(3, 2);
  CHECK_THROWS_AS(pc::tangent_kernel(network, pc::Vector<double>::Ones(23), x), std::invalid_argument);
  CHECK_THROWS_AS(pc::tangent_kernel(network, pc::Vector<double>::Ones(24), x.topRows(2)), std::invalid_argument);
  CHECK_THROWS_AS(pc::tangent_kernel(deep, pc::Vector<double>::Ones(3), x), std::invalid_argument);
  CHECK_THROWS_AS(pc::tangent_kernel(deep, pc::Vector<double>::Ones(deep.parameters()), x.leftCols(0)),
                  std::invalid_argument);
}
