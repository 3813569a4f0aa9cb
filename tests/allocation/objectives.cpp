// SPDX-License-Identifier: MIT
// The Eigen of this test asserts, where told to, that it does not allocate (tests/CMakeLists.txt defines the same).
#ifndef EIGEN_RUNTIME_NO_MALLOC
#define EIGEN_RUNTIME_NO_MALLOC
#endif
#undef NDEBUG

#include <proxcvx/core/parallel.hpp>
#include <proxcvx/networks/mlp.hpp>
#include <proxcvx/networks/neuron.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/calculus.hpp>
#include <proxcvx/objectives/differentiate.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/objectives/least_squares.hpp>
#include <proxcvx/objectives/matrix_factorization.hpp>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/proxies/classification_error.hpp>
#include <proxcvx/proxies/loss_derivative.hpp>
#include <proxcvx/proxies/neuron_proxy.hpp>

#include "objectives/models.hpp"

#if !defined(eigen_assert)
#error "this test needs Eigen's assertions"
#endif

// After the first call on a thread, hot calls allocate nothing of ours: shapes up to 100 a side.

namespace pc = proxcvx;

namespace {

/// Runs the call twice, and again while Eigen refuses to allocate: an allocation is a failed assertion of Eigen's,
/// which ends the program. On one thread, as the library's loops run it: Eigen's parallel products allocate.
template <class Call> void allocates_nothing(const Call& call) {
  const pc::SingleThreadedEigen guard;
  call();
  call();  // the chunks of the scratch arena are as they stay by now
  Eigen::internal::set_is_malloc_allowed(false);
  call();
  Eigen::internal::set_is_malloc_allowed(true);
}

template <class F> void hot_calls_allocate_nothing(const F& f) {
  using S = typename F::Scalar;
  pc::RandomStream stream{pc::Seed{41}};
  const auto w = laws::random_vector<S>(stream, f.dimension());
  pc::Vector<S> out(f.dimension());
  allocates_nothing([&] { (void)f.value(w); });
  allocates_nothing([&] { f.gradient(w, out); });
  if constexpr (pc::TwiceDifferentiableObjective<F>) allocates_nothing([&] { f.hessian_vector(w, w, out); });
  if constexpr (pc::BoundsItsValue<F>) allocates_nothing([&] { (void)f.bounded_value(w); });
  if constexpr (pc::BoundsItsGradient<F>) allocates_nothing([&] { f.bounded_gradient(w, out); });
  if constexpr (pc::FiniteSumObjective<F>) {
    const std::vector<pc::Index> batch{3, 1, 2};
    const std::vector<pc::Index> single{4};
    allocates_nothing([&] { f.gradient(w, batch, out); });
    allocates_nothing([&] { f.gradient(w, single, out); });
    allocates_nothing([&] { pc::gradient_alone(f, w, out); });
  }
}

struct Bowl {
  template <class T> T value(const pc::Vector<T>& w) const { return T(0.5) * w.squaredNorm(); }
};

}  // namespace

TEST_CASE("Eigen's check for allocation is on") {
  Eigen::internal::set_is_malloc_allowed(false);
  CHECK_FALSE(Eigen::internal::is_malloc_allowed());
  Eigen::internal::set_is_malloc_allowed(true);
}

TEST_CASE("empirical risks and their proxies allocate nothing after the first call") {
  pc::RandomStream stream{pc::Seed{42}};
  const pc::LogisticLoss loss;
  for (const pc::Index side : {3, 64, 100}) {
    const auto data = models::random_data<double>(loss, stream, side, 1, side + 5);
    for (const pc::AnyActivation& activation : models::all_activations()) {
      INFO(side << " " << activation.name());
      for (const pc::Train train : {pc::Train::first, pc::Train::all}) {
        const pc::TwoLayer<pc::AnyActivation> network({.inputs = side, .hidden = side, .train = train}, activation);
        const pc::EmpiricalRisk f{network, loss, data};
        hot_calls_allocate_nothing(f);
        const auto w = network.initialize(pc::Seed{1});
        const pc::LossDerivative g{f};
        const pc::ClassificationError e{f};
        allocates_nothing([&] { (void)g.bounded_value(w); });
        allocates_nothing([&] { (void)e.bounded_value(w); });
      }
      const pc::Neuron<pc::AnyActivation> neuron({.inputs = side}, activation);
      const pc::EmpiricalRisk f{neuron, pc::SquaredLoss{}, data};
      hot_calls_allocate_nothing(f);
      const pc::NeuronProxy g(neuron, data, neuron.initialize(pc::Seed{2}));
      const auto w = neuron.initialize(pc::Seed{3});
      allocates_nothing([&] { (void)g.bounded_value(w); });
    }
  }
  for (const pc::AnyActivation& activation : models::all_activations()) {
    for (const std::vector<pc::Index>& hidden : {std::vector<pc::Index>{}, {7}, {100, 100, 30}}) {
      const pc::MLP<pc::AnyActivation> network({.inputs = 100, .hidden = hidden, .outputs = 10}, activation);
      INFO(network.name());
      const auto data = models::random_data<double>(pc::SquaredLoss{}, stream, 100, 10, 100);
      hot_calls_allocate_nothing(pc::EmpiricalRisk{network, pc::SquaredLoss{}, data});
    }
  }
  const auto classes = models::random_data<double>(pc::SoftmaxCrossEntropy{}, stream, 100, 10, 100);
  hot_calls_allocate_nothing(pc::EmpiricalRisk{models::LinearMap<double>{100, 10}, pc::SoftmaxCrossEntropy{}, classes});
}

TEST_CASE("analytic objectives allocate nothing after the first call") {
  pc::RandomStream stream{pc::Seed{43}};
  pc::Matrix<double> a = laws::random_matrix<double>(stream, 100, 100);
  a = (a + a.transpose()).eval();
  hot_calls_allocate_nothing(pc::Quadratic(a));
  hot_calls_allocate_nothing(pc::MatrixFactorization(a, 50));
  hot_calls_allocate_nothing(pc::Rosenbrock{100});
  hot_calls_allocate_nothing(2.0 * pc::Quadratic(a) + pc::WeightDecay{100, 0.1});
  hot_calls_allocate_nothing(pc::differentiate(Bowl{}, 20));
  hot_calls_allocate_nothing(pc::LeastSquares(models::random_data<double>(pc::SquaredLoss{}, stream, 100, 1, 100)));
}
