// SPDX-License-Identifier: MIT
#include <cmath>
#include <proxcvx/instances/lazy_training.hpp>
#include <proxcvx/instances/over_parameterized.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>

#include "instances/random_problems.hpp"

namespace pc = proxcvx;

namespace over_parameterized {

using Instance = pc::OverParameterized<pc::TwoLayer<pc::ReLU>>;

/// n inputs uniform on the sphere of R^n, N(0, 1) labels, m units.
Instance instance(pc::Index n, pc::Index m, std::uint64_t seed = 1) {
  pc::RandomStream stream{pc::Seed{seed}};
  pc::Matrix<double> x(n, n), y(1, n);
  stream.fill_normal(x);
  x.colwise().normalize();
  stream.fill_normal(y);
  return {pc::TwoLayer{{.inputs = n, .hidden = m}, pc::ReLU{}}, pc::Dataset<double>(x, y)};
}

}  // namespace over_parameterized

using over_parameterized::instance;

TEST_CASE("over-parameterized: L is half the squared residual, and proxy PL exactly as H(W) says") {
  const auto theorem = instance(20, 60);
  pc::RandomStream stream{pc::Seed{3}};
  pc::Vector<double> w(theorem.objective().dimension()), gradient(w.size());
  for (int repeat = 0; repeat < 20; ++repeat) {
    stream.fill_normal(w);
    const double loss = theorem.objective().gradient(w, gradient);
    pc::Matrix<double> u(1, 20);
    theorem.network().forward(w, theorem.data().inputs(), u);
    const pc::Vector<double> e = (u - theorem.data().targets()).transpose();
    CHECK(loss == Approx(e.squaredNorm() / 2));
    const pc::Matrix<double> h = theorem.tangent_kernel(w);
    CHECK(std::abs(e.dot(h * e) - gradient.squaredNorm()) <= 1e-12 * gradient.squaredNorm());
    const auto constants = theorem.constants_at(w);
    const double exact = 4 * pc::smallest_eigenvalue(h).value;
    CHECK(constants.mu <= exact);
    CHECK(constants.mu >= exact - 1e-9);
    if (constants.mu > 0) CHECK(theorem.proxy_pl(constants).margin(w).value >= 0);
  }
}

static_assert(pc::Instance<over_parameterized::Instance>);

TEST_CASE("over-parameterized: the gradient is as long as H(W) says, on any data") {
  problems::on_random_data(251, false, [&](pc::RandomStream& stream, const auto& data, pc::Index points) {
    const pc::TwoLayer network{{.inputs = data.dimension(), .hidden = 1 + stream.below(20)}, pc::ReLU{}};
    const pc::OverParameterized theorem{network, data};
    const auto property = theorem.property();
    for (pc::Index i = 0; i < points; ++i) {
      problems::has_no_violation(property, problems::vector(stream, network.parameters(), 3));
    }
  });
}

TEST_CASE("over-parameterized: the constant is sharp where the residual is H's eigenvector") {
  auto theorem = instance(12, 80);
  const auto w = theorem.initialize(pc::Seed{5});
  const auto estimate = pc::smallest_eigenvalue(theorem.tangent_kernel(w));
  REQUIRE(estimate.value > 0);
  pc::Matrix<double> u(1, 12);
  theorem.network().forward(w, theorem.data().inputs(), u);
  const pc::Matrix<double> targets = u - estimate.vector.transpose();  // labels that leave this residual
  const over_parameterized::Instance sharp{theorem.network(), {theorem.data().inputs(), targets}};
  const auto constants = sharp.constants_at(w);
  CHECK(sharp.proxy_pl(constants).margin(w).value >= 0);
  CHECK(sharp.proxy_pl({.alpha = 2, .mu = 1.001 * constants.mu, .xi = 0}).margin(w).value < 0);
}

TEST_CASE("over-parameterized: a wide network keeps to the three bounds, and a run is recorded as it was") {
  const auto theorem = instance(30, 1500);
  CHECK(theorem.lambda_0_bound() > 0);
  CHECK(theorem.lambda_0_bound() <= theorem.lambda_0());
  const auto w0 = theorem.initialize(pc::Seed{2});
  const double eta = theorem.fast_step_size();
  pc::LazyTrainingRecorder recorder{theorem, w0, {.flips_every = 3, .kernel_every = 5}};
  const auto run = pc::GD{eta, {.iterations = 41}}.minimize(theorem.objective(), w0, recorder);
  const auto promise = theorem.guarantee(w0, {.iterations = 41, .step_size = eta});
  const double reach = theorem.movement_bound(w0);
  REQUIRE(recorder.rows().size() == 41);
  for (const auto& row : recorder.rows()) {
    CHECK(row.loss <= promise.bound(row.t) * (1 + 1e-12));
    CHECK(row.movement <= reach);
    CHECK(std::isnan(row.flips) == (row.t % 3 != 0));
    CHECK(std::isnan(row.smallest) == (row.t % 5 != 0));
    if (row.t % 5 != 0) continue;
    CHECK(row.smallest >= theorem.lambda_0() / 2);
    CHECK(row.identity_error <= 1e-12);
  }
  CHECK(recorder.rows()[0].flips == 0);
  CHECK(recorder.rows()[0].movement == 0);
  // The last row once more, by other means: w after its 40 steps.
  const auto at_40 = pc::GD{eta, {.iterations = 40}}.minimize(theorem.objective(), w0).last;
  const pc::Matrix<double> moved = theorem.network().weights(at_40) - theorem.network().weights(w0);
  CHECK(recorder.rows()[40].movement == Approx(moved.colwise().norm().maxCoeff()));
  const auto at_39 = pc::GD{eta, {.iterations = 39}}.minimize(theorem.objective(), w0).last;
  pc::Index changed = 0;
  for (pc::Index i = 0; i < 30; ++i) {
    for (pc::Index r = 0; r < 1500; ++r) {
      const auto x = theorem.data().inputs().col(i);
      const double now = theorem.network().weights(at_39).col(r).dot(x);
      changed += (now >= 0) != (theorem.network().weights(w0).col(r).dot(x) >= 0) ? 1 : 0;
    }
  }
  CHECK(recorder.rows()[39].flips == Approx(static_cast<double>(changed) / 45'000).margin(1e-4));
  CHECK(recorder.rows()[39].flips > 0);
}

TEST_CASE("over-parameterized: the guarantee's iterations reach its accuracy, and none fewer do") {
  const pc::OverParameterizedGuarantee promise{0.25, 8, 0.5, 0, 1e-3};
  CHECK(promise.bound(0) == Approx(8));
  CHECK(promise.bound(3) == Approx(8 * std::pow(1 - 0.0625, 3)));
  CHECK(promise.bound(promise.iterations()) <= 1e-3 * (1 + 1e-12));
  CHECK(promise.bound(promise.iterations() - 1) > 1e-3);
  CHECK_THROWS_AS(pc::OverParameterizedGuarantee(0, 1, 1, 1), std::invalid_argument);
  CHECK_THROWS_AS(pc::OverParameterizedGuarantee(1, 1, 2.1, 1), std::invalid_argument);
  CHECK_THROWS_AS(pc::OverParameterizedGuarantee(1, 1, 1, 0), std::invalid_argument);
}

TEST_CASE("over-parameterized: what the theorem does not speak of is refused") {
  const pc::Dataset<double> data(pc::Matrix<double>::Identity(3, 3), pc::Matrix<double>::Ones(1, 3));
  const auto with = [&](const pc::TwoLayerSettings& settings, const pc::Vector<double>& a) {
    return pc::OverParameterized{pc::TwoLayer{settings, pc::ReLU{}, a}, data};
  };
  const pc::Vector<double> a = pc::Vector<double>::Constant(4, 0.5);
  CHECK_THROWS_AS(with({.inputs = 3, .hidden = 4, .train = pc::Train::all}, a), std::invalid_argument);
  CHECK_THROWS_AS(with({.inputs = 3, .hidden = 4}, 2 * a), std::invalid_argument);
  const auto theorem = with({.inputs = 3, .hidden = 4}, -a);
  const auto w0 = theorem.initialize(pc::Seed{1});
  CHECK_THROWS_AS(theorem.guarantee(w0, {.iterations = 3, .noise = pc::Noise::single_example}), std::invalid_argument);
  CHECK_THROWS_AS(theorem.guarantee(w0, {}), std::invalid_argument);
  CHECK_THROWS_AS(pc::LazyTrainingRecorder(theorem, w0, {.flips_every = -1}), std::invalid_argument);
  CHECK_THROWS_AS(pc::LazyTrainingRecorder(theorem, w0.head(3)), std::invalid_argument);
}
