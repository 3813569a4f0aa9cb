// SPDX-License-Identifier: MIT
// The Eigen of this test asserts, where told to, that it does not allocate (tests/CMakeLists.txt defines the same).
#ifndef EIGEN_RUNTIME_NO_MALLOC
#define EIGEN_RUNTIME_NO_MALLOC
#endif
#undef NDEBUG

#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/objectives/least_squares.hpp>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/optimize/adaptive.hpp>
#include <proxcvx/optimize/crossprop.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/optimize/stochastic_gradient_descent.hpp>
#include <proxcvx/regions/ball.hpp>

#include "objectives/models.hpp"

// After its first iteration a run of GD or SGD allocates nothing of ours, nor does a single step: shapes up to 100 a
// side, with and without projection, averages and evaluations for the best iterate.

namespace pc = proxcvx;

namespace {

/// Forbids Eigen to allocate from t = 2 on; allowed again when the test says so.
struct ForbidFromTwo {
  pc::Index forbidden_iterations = 0;
  void operator()(const pc::Iterate<double>& iterate) {
    if (iterate.t >= 2) {
      Eigen::internal::set_is_malloc_allowed(false);
      ++forbidden_iterations;
    }
  }
};

template <class F> void runs_allocate_nothing(const F& f) {
  pc::RandomStream stream{pc::Seed{51}};
  const auto w0 = laws::random_vector<double>(stream, f.dimension());
  const pc::Ball<double> ball(w0, 1e-4);
  const auto run = [&](const auto& optimizer) {
    ForbidFromTwo forbid;
    const auto result = optimizer.minimize(f, w0, forbid);
    Eigen::internal::set_is_malloc_allowed(true);
    CHECK(result.status == pc::Status::iteration_limit);
    CHECK(forbid.forbidden_iterations == 6);
  };
  run(pc::GD{1e-3, {.iterations = 8, .average = true}});
  run(pc::GD{1e-3, {.iterations = 8}, ball});
  for (const pc::Sampling sampling : {pc::Sampling::with_replacement, pc::Sampling::without_replacement,
                                      pc::Sampling::reshuffled, pc::Sampling::in_order}) {
    run(pc::SGD{1e-3, {.iterations = 8, .batch = 3, .sampling = sampling, .average = true, .evaluate_every = 3}});
    run(pc::SGD{1e-3, {.iterations = 8, .sampling = sampling}, ball});
  }

  run(pc::Momentum{1e-3, {}, {.iterations = 8, .batch = 3}});
  run(pc::RMSprop{1e-3, {}, {.iterations = 8}});
  run(pc::Adam{1e-3, {}, {.iterations = 8}});

  // A run that nobody observes may move on one term at a time in place; its step size is what forbids.
  const auto forbid_from_two = [](pc::Index t) {
    Eigen::internal::set_is_malloc_allowed(t < 2);
    return 1e-3;
  };
  const auto unwatched = pc::SGD{forbid_from_two, {.iterations = 8}, ball}.minimize(f, w0);
  Eigen::internal::set_is_malloc_allowed(true);
  CHECK(unwatched.iterations == 8);

  const pc::SingleThreadedEigen guard;
  const pc::GD gd{1e-3, {}, ball};
  const pc::SGD sgd{1e-3, {}, ball};
  const pc::SGD unprojected{1e-3};
  const std::vector<pc::Index> batch{2, 0, 1};
  pc::Vector<double> w = w0;
  pc::Vector<double> gradient(w.size());
  for (int t = 0; t < 5; ++t) {
    Eigen::internal::set_is_malloc_allowed(t < 2);
    gd.step(f, w, gradient);
    sgd.step(f, batch, w, gradient);
    sgd.step(f, batch, w);
    unprojected.steps(f, batch, w);
    sgd.steps(f, batch, w);
    sgd.step(f, std::span<const pc::Index>(batch).first(1), w);
  }
  Eigen::internal::set_is_malloc_allowed(true);
  CHECK(ball.contains(w));
}

}  // namespace

TEST_CASE("GD and SGD allocate nothing after the first iteration") {
  pc::RandomStream stream{pc::Seed{52}};
  for (const pc::Index side : {3, 100}) {
    const auto signs = models::random_data<double>(pc::LogisticLoss{}, stream, side, 1, side + 5);
    for (const pc::Train train : {pc::Train::first, pc::Train::all}) {
      const pc::TwoLayer<pc::AnyActivation> network({.inputs = side, .hidden = side, .train = train},
                                                    pc::AnyActivation::named("leaky_relu", 0.25, 2));
      runs_allocate_nothing(pc::EmpiricalRisk{network, pc::LogisticLoss{}, signs});
    }
    runs_allocate_nothing(pc::LeastSquares(models::random_data<double>(pc::SquaredLoss{}, stream, side, 1, side + 5)));
  }
}

namespace {

template <class Rule, class Output> void learner_allocates_nothing(const Rule& rule, const Output& output) {
  pc::RandomStream stream{pc::Seed{53}};
  pc::Crossprop learner{{.inputs = 21, .hidden = 500, .outputs = 3}, rule, pc::Tanh{}, output};
  learner.initialize(pc::Seed{1});
  const auto x = laws::random_vector<double>(stream, 21);
  const pc::Vector<double> target{{0.25, 0.5, 0.25}};
  Eigen::internal::set_is_malloc_allowed(false);  // from the first step on
  double loss = 0;
  for (int t = 0; t < 3; ++t) loss += learner.step(x, target);
  Eigen::internal::set_is_malloc_allowed(true);
  CHECK(std::isfinite(loss));
}

}  // namespace

TEST_CASE("a step of crossprop allocates nothing, the first included") {
  const auto with = [](const auto& output) {
    learner_allocates_nothing(pc::Backprop{}, output);
    learner_allocates_nothing(pc::FullCrossprop{}, output);
    learner_allocates_nothing(pc::PerUnitCrossprop{}, output);
  };
  with(pc::LinearOutput{});
  with(pc::SoftmaxOutput{});
}
