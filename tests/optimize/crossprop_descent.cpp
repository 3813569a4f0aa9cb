// SPDX-License-Identifier: MIT
#include <proxcvx/optimize/crossprop_descent.hpp>
#include <proxcvx/optimize/recorders.hpp>
#include <proxcvx/optimize/stochastic_gradient_descent.hpp>

#include "optimize/models.hpp"
#include "support/catch2.hpp"

namespace pc = proxcvx;

static_assert(pc::Optimizer<pc::CrosspropDescent<>, pc::EmpiricalRisk<pc::MLP<pc::Tanh>, pc::SquaredLoss>>);

namespace {

template <class Loss> void backprop_is_sgd(const Loss& loss, const pc::Dataset<double>& data) {
  const pc::MLP network{{.inputs = 4, .hidden = {6}, .outputs = data.outputs()}, pc::Tanh{}};
  const pc::EmpiricalRisk f{network, loss, data};
  const auto w0 = models::normal_vector(f.dimension(), 12);
  const pc::SGDSettings settings{.iterations = 80, .seed = pc::Seed{5}, .average = true, .evaluate_every = 9};
  pc::TrajectoryRecorder<double> expected;
  pc::TrajectoryRecorder<double> got;
  const auto sgd = pc::SGD{0.05, settings}.minimize(f, w0, expected);
  const auto run = pc::CrosspropDescent{0.05, pc::Backprop{}, settings}.minimize(f, w0, got);
  REQUIRE(got.points().cols() == 80);
  CHECK((got.points() - expected.points()).cwiseAbs().maxCoeff() <= 1e-13);
  CHECK((run.last - sgd.last).cwiseAbs().maxCoeff() <= 1e-13);
  CHECK((run.average - sgd.average).cwiseAbs().maxCoeff() <= 1e-13);
  CHECK(run.best_value == Approx(sgd.best_value).epsilon(1e-12));
  const auto full = pc::CrosspropDescent{0.05, pc::FullCrossprop{}, settings}.minimize(f, w0);
  CHECK((full.last - sgd.last).norm() > 1e-4);
  CHECK(full.last_value == f.value(full.last));
}

}  // namespace

TEST_CASE("crossprop by backprop over a risk is SGD with batches of one") {
  backprop_is_sgd(pc::SquaredLoss{}, models::normal_data(4, 11, 21));
  pc::Matrix<double> classes = pc::Matrix<double>::Zero(3, 12);
  for (pc::Index i = 0; i < 12; ++i) classes(i % 3, i) = 1;
  backprop_is_sgd(pc::SoftmaxCrossEntropy{}, {models::normal_data(4, 12, 22).inputs(), classes});
}

TEST_CASE("crossprop over a risk refuses what it is not for, and says which") {
  using Catch::Matchers::ContainsSubstring;
  CHECK_THROWS_WITH((pc::CrosspropDescent{0.1, pc::Backprop{}, {.batch = 2}}), ContainsSubstring("batch"));
  const auto data = models::normal_data(4, 11, 21);
  const pc::EmpiricalRisk deep{pc::MLP{{.inputs = 4, .hidden = {3, 2}}, pc::Tanh{}}, pc::SquaredLoss{}, data};
  const pc::EmpiricalRisk one{pc::MLP{{.inputs = 4, .hidden = {3}}, pc::Tanh{}}, pc::SquaredLoss{}, data};
  const pc::CrosspropDescent descent{0.1, pc::FullCrossprop{}};
  CHECK_THROWS_WITH(descent.minimize(deep, models::normal_vector(deep.dimension(), 1)), ContainsSubstring("hidden"));
  CHECK_THROWS_WITH(descent.minimize(one, models::normal_vector(3, 1)), ContainsSubstring("w0"));
  CHECK_THROWS_WITH((pc::CrosspropDescent{-1, pc::Backprop{}}.minimize(one, models::normal_vector(one.dimension(), 1))),
                    ContainsSubstring("step_size"));
  const auto stop = [](const pc::Iterate<double>& iterate) {
    return iterate.t == 2 ? pc::Flow::stop : pc::Flow::proceed;
  };
  const auto w0 = models::normal_vector(one.dimension(), 3);
  CHECK(descent.minimize(one, w0, stop).iterations == 2);
  CHECK(descent.minimize(one, w0, stop).last ==
        (pc::CrosspropDescent{0.1, pc::FullCrossprop{}, {.iterations = 2}}.minimize(one, w0).last));
}
