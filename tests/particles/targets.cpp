// SPDX-License-Identifier: MIT
#include <cmath>
#include <proxcvx/data/noisy_halfspace.hpp>
#include <proxcvx/networks/mlp.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/objectives/gradient_check.hpp>
#include <proxcvx/particles/curved_targets.hpp>
#include <proxcvx/particles/moments.hpp>
#include <proxcvx/particles/normal_targets.hpp>
#include <proxcvx/particles/posterior.hpp>
#include <vector>

#include "particles/models.hpp"
#include "support/catch2.hpp"

// A target's score is the gradient of its log density, by differences in the next wider scalar; what can be drawn from
// has the moments that its definition says.

namespace pc = proxcvx;

namespace {

/// log p as an objective, for check_gradient.
template <class T> struct LogDensity {
  using Scalar = typename T::Scalar;
  T target;
  [[nodiscard]] pc::Index dimension() const { return target.dimension(); }
  [[nodiscard]] Scalar value(pc::ConstVectorRef<Scalar> x) const { return target.log_density(x); }
  Scalar gradient(pc::ConstVectorRef<Scalar> x, pc::VectorRef<Scalar> out) const { return target.score(x, out); }
  template <class Other> [[nodiscard]] auto cast() const {
    auto wider = target.template cast<Other>();
    return LogDensity<decltype(wider)>{std::move(wider)};
  }
};

template <class T> void score_is_the_gradient(const T& target, double spread = 1) {
  using S = typename T::Scalar;
  for (std::uint64_t k = 0; k < 4; ++k) {
    const pc::Vector<S> x = particle_models::normal_cloud(target.dimension(), 1, 40 + k, spread).template cast<S>();
    const auto check = pc::check_gradient(LogDensity<T>{target}, x);
    INFO(check);
    CHECK(check.passed);
  }
}

template <class S> pc::Matrix<S> some_covariance() {
  pc::Matrix<S> covariance(3, 3);
  covariance << S(2), S(0.5), S(0), S(0.5), S(1), S(-0.25), S(0), S(-0.25), S(0.75);
  return covariance;
}

template <class S> void all_scores_are_gradients() {
  score_is_the_gradient(pc::IsotropicNormal<S>{4, 0.5});
  score_is_the_gradient(pc::MultivariateNormal<S>{pc::Vector<S>::Constant(3, S(0.5)), some_covariance<S>()});
  pc::Matrix<S> means(2, 3);
  means << S(-2), S(1), S(3), S(0), S(1), S(-1);
  pc::Vector<S> weights(3);
  weights << S(1), S(2), S(0.5);
  score_is_the_gradient(pc::GaussianMixture<S>{means, weights, 0.75});
  score_is_the_gradient(pc::Funnel<S>{2});
  score_is_the_gradient(pc::Funnel<S>{5, 1.5});
  score_is_the_gradient(pc::Banana<S>{{.bend = 0.25, .thickness = 0.5}});
  score_is_the_gradient(pc::Sinusoid<S>{});
}

/// Within 5 standard errors of n draws.
template <class T>
void has_moments(const T& target, const pc::Vector<double>& mean, const pc::Vector<double>& variance) {
  constexpr pc::Index n = 20'000;
  const pc::Matrix<double> draws = pc::draw_samples(target, n, pc::Seed{5});
  for (pc::Index k = 0; k < target.dimension(); ++k) {
    const pc::Vector<double> moved = draws.row(k).transpose().array() - mean[k];
    const auto root = std::sqrt(static_cast<double>(n));
    CHECK(std::abs(moved.mean()) <= 5 * std::sqrt(variance[k]) / root);
    const double fourth = moved.array().pow(4).mean();
    CHECK(std::abs(moved.squaredNorm() / n - variance[k]) <= 5 * std::sqrt(fourth) / root);
  }
}

struct NoScore {
  using Scalar = double;
  [[nodiscard]] pc::Index dimension() const { return 1; }
  [[nodiscard]] double log_density(const pc::Vector<double>& /*x*/) const { return 0; }
};
static_assert(!pc::Target<NoScore> &&
              !pc::SampledTarget<pc::Posterior<pc::LogisticRegression<>, pc::IsotropicNormal<>>>);
static_assert(!pc::FiniteSumTarget<pc::Funnel<>>);

}  // namespace

TEST_CASE("a target's score is the gradient of its log density") {
  all_scores_are_gradients<float>();
  all_scores_are_gradients<double>();
  const auto data = pc::noisy_halfspace({.samples = 40, .dimension = 3}, pc::Seed{3});
  score_is_the_gradient(pc::bayesian_logistic_regression(data, 2.0));
  const pc::MLP network{{.inputs = 3, .hidden = {4}}, pc::Tanh{}};
  const pc::EmpiricalRisk risk{network, pc::LogisticLoss{}, data};
  score_is_the_gradient(pc::Posterior{risk, pc::IsotropicNormal<>{network.parameters(), 3}});
}

TEST_CASE("draws have their law's moments") {
  const pc::Vector<double> zero = pc::Vector<double>::Zero(2);
  has_moments(pc::IsotropicNormal<>{2, 0.5}, zero, pc::Vector<double>::Constant(2, 0.25));
  pc::Vector<double> center(3);
  center << 1, -2, 0.5;
  has_moments(pc::MultivariateNormal{center, some_covariance<double>()}, center, some_covariance<double>().diagonal());
  // x | y ~ N(0, e^y) with y ~ N(0, s^2): E x^2 = e^{s^2/2}
  pc::Vector<double> variance(2);
  variance << std::exp(0.125), 0.25;
  has_moments(pc::Funnel<>{2, 0.5}, zero, variance);
  // y = b (x^2 - w^2) + t xi: mean 0, variance 2 b^2 w^4 + t^2
  variance << 4, 2 * 0.25 * 16 + 1;
  has_moments(pc::Banana<>{}, zero, variance);
  // E sin^2(omega x) = (1 - e^{-2 omega^2 w^2})/2
  variance << 4, (1 - std::exp(-2 * 2.25 * 4)) / 2 + 0.16;
  has_moments(pc::Sinusoid<>{}, zero, variance);
  pc::Matrix<double> means(1, 2);
  means << -1, 3;
  pc::Vector<double> weights(2);
  weights << 3, 1;
  has_moments(pc::GaussianMixture{means, weights, 0.5}, pc::Vector<double>::Zero(1),
              pc::Vector<double>::Constant(1, 3.25));
}

TEST_CASE("scores of batches have the whole score as their mean") {
  const auto data = pc::noisy_halfspace({.samples = 12, .dimension = 3}, pc::Seed{4});
  const auto target = pc::bayesian_logistic_regression(data, 1.5);
  const pc::Vector<double> w = particle_models::normal_cloud(3, 1, 9);
  pc::Vector<double> whole(3), part(3), mean = pc::Vector<double>::Zero(3);
  const double log_density = target.score(w, whole);
  double mean_log_density = 0;
  for (pc::Index first = 0; first < 12; first += 4) {
    const std::vector<pc::Index> batch{first, first + 1, first + 2, first + 3};
    mean_log_density += target.score(w, batch, part) / 3;
    mean += part / 3;
  }
  CHECK((mean - whole).norm() <= 1e-13 * whole.norm());
  CHECK(mean_log_density == Approx(log_density).epsilon(1e-13));
}

TEST_CASE("what is no distribution is refused") {
  CHECK_THROWS_AS(pc::IsotropicNormal<>(0), std::invalid_argument);
  CHECK_THROWS_AS(pc::IsotropicNormal<>(2, 0), std::invalid_argument);
  CHECK_THROWS_AS(pc::Funnel<>(1), std::invalid_argument);
  CHECK_THROWS_AS(pc::Banana<>({.thickness = -1}), std::invalid_argument);
  const pc::Vector<double> zero = pc::Vector<double>::Zero(2);
  pc::Matrix<double> indefinite = pc::Matrix<double>::Identity(2, 2);
  indefinite(1, 0) = indefinite(0, 1) = 2;
  CHECK_THROWS_AS((pc::MultivariateNormal<double>{zero, indefinite}), std::invalid_argument);
  CHECK_THROWS_AS((pc::MultivariateNormal<double>{zero, pc::Matrix<double>::Identity(3, 3)}), std::invalid_argument);
  CHECK_THROWS_AS((pc::GaussianMixture<double>{pc::Matrix<double>::Zero(2, 2), zero}), std::invalid_argument);
  const auto data = pc::noisy_halfspace({.samples = 12, .dimension = 3}, pc::Seed{4});
  CHECK_THROWS_AS((pc::Posterior{pc::LogisticRegression<>{data}, pc::IsotropicNormal<>{2}}), std::invalid_argument);
}

TEST_CASE("an effective sample size is that of an autoregressive chain") {
  // x_{t+1} = a x_t + noise: T (1 - a)/(1 + a)
  constexpr pc::Index T = 40'000;
  for (const double a : {0.0, 0.5, 0.9}) {
    pc::RandomStream stream{pc::Seed{8}};
    pc::Vector<double> chain(T);
    double x = 0;
    for (pc::Index t = 0; t < T; ++t) chain[t] = x = a * x + stream.normal();
    CHECK(pc::effective_sample_size(chain) == Approx(T * (1 - a) / (1 + a)).epsilon(0.15));
  }
  CHECK(pc::effective_sample_size(pc::Vector<double>::Ones(10)) == 1);
  CHECK_THROWS_AS(pc::effective_sample_size(pc::Vector<double>::Ones(3)), std::invalid_argument);
}

TEST_CASE("moment errors are those of a cloud moved and stretched") {
  const pc::Matrix<double> x = particle_models::normal_cloud(3, 50, 3);
  const pc::Vector<double> mean = x.rowwise().mean();
  const pc::Matrix<double> moved = x.colwise() - mean;
  const pc::Matrix<double> covariance = moved * moved.transpose() / 49;
  const auto none = pc::moment_errors(x, mean, covariance);
  CHECK(none.mean <= 1e-14);
  CHECK(none.covariance <= 1e-13);
  const auto some = pc::moment_errors((2 * x).colwise() + pc::Vector<double>::Unit(3, 0), 2 * mean, covariance);
  CHECK(some.mean == Approx(1));
  CHECK(some.covariance == Approx(3 * covariance.norm()));
  CHECK_THROWS_AS(pc::moment_errors(x, mean.head(2), covariance), std::invalid_argument);
}
