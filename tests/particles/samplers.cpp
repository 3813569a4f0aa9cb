// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <proxcvx/data/noisy_halfspace.hpp>
#include <proxcvx/objectives/gradient_check.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/particles/curved_targets.hpp>
#include <proxcvx/particles/gaussian_divergence.hpp>
#include <proxcvx/particles/langevin.hpp>
#include <proxcvx/particles/moments.hpp>
#include <proxcvx/particles/posterior.hpp>
#include <proxcvx/particles/svgd.hpp>
#include <proxcvx/properties/special_cases.hpp>
#include <proxcvx/verify/monitor.hpp>
#include <span>
#include <string>

#include "particles/models.hpp"
#include "support/catch2.hpp"

// SVGD and Langevin as runs: what observers see, what a run leaves behind, what it is invariant to; stationary laws in
// closed form; and the PL view of KL along Langevin.

namespace pc = proxcvx;
using particle_models::normal_cloud;

namespace {

/// A score that is NaN from the level on, in the first coordinate.
struct NotANumberFrom {
  using Scalar = double;
  double level;
  [[nodiscard]] pc::Index dimension() const { return 1; }
  [[nodiscard]] double log_density(pc::ConstVectorRef<double> x) const {
    return x[0] >= level ? std::numeric_limits<double>::quiet_NaN() : x[0];
  }
  double score(pc::ConstVectorRef<double> x, pc::VectorRef<double> out) const {
    out[0] = x[0] >= level ? std::numeric_limits<double>::quiet_NaN() : 1.0;
    return log_density(x);
  }
  pc::Index count = 2;  // of terms, all the same
  [[nodiscard]] pc::Index terms() const { return count; }
  double score(pc::ConstVectorRef<double> x, std::span<const pc::Index> /*batch*/, pc::VectorRef<double> out) const {
    return score(x, out);
  }
};

/// Uniform on x > 0, with a kink of density at 0.
struct HalfLine {
  using Scalar = double;
  [[nodiscard]] pc::Index dimension() const { return 1; }
  [[nodiscard]] double log_density(pc::ConstVectorRef<double> x) const {
    return x[0] > 0 ? -x[0] : -std::numeric_limits<double>::infinity();
  }
  double score(pc::ConstVectorRef<double> x, pc::VectorRef<double> out) const {
    out[0] = -1;
    return log_density(x);
  }
};

/// KL to a normal law in one scalar alone: what a monitor takes again in wider ones costs a minute to compile.
struct DivergenceInDouble {
  using Scalar = double;
  pc::GaussianDivergence<> f;
  [[nodiscard]] pc::Index dimension() const { return f.dimension(); }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const { return f.value(w); }
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const { return f.gradient(w, out); }
};

struct NamedHookOfClouds {
  void on_cloud(const pc::CloudIterate<double>& /*iterate*/) {}
};
static_assert(!pc::ObserverOf<NamedHookOfClouds, pc::CloudIterate<double>>);
static_assert(!pc::ObserverOf<void (*)(const pc::Iterate<double>&), pc::CloudIterate<double>>);

template <class Method> void refuses_bad_clouds(const Method& method) {
  const pc::Funnel<> target;
  CHECK_THROWS_AS(method.run(target, pc::Matrix<double>::Zero(2, 0)), std::invalid_argument);
  CHECK_THROWS_AS(method.run(target, pc::Matrix<double>::Zero(3, 5)), std::invalid_argument);
  CHECK_THROWS_AS(method.run(target, pc::Matrix<double>::Constant(2, 5, HUGE_VAL)), std::invalid_argument);
}

/// Particle 2 walks off by about the step size a step: it is found where it is, and the cloud before its step is kept.
template <class Method> void finds_the_particle(const Method& method, bool drifts) {
  pc::Matrix<double> start(1, 4);
  start << -50, -40, -1, -60;
  pc::Index seen = 0;
  const auto result = method.run(NotANumberFrom{0}, start, [&](const auto&) { ++seen; });
  CHECK(result.status == pc::Status::non_finite);
  CHECK(result.failed_particle == 2);
  CHECK(result.last.allFinite());
  CHECK(result.iterations > 0);
  CHECK(seen >= result.iterations);
  if (drifts) CHECK(result.last(0, 2) >= 0);
}

}  // namespace

TEST_CASE("SVGD drives a cloud to a normal law and stops where told") {
  const pc::IsotropicNormal<> target{2};
  const pc::Matrix<double> start = normal_cloud(2, 80, 5).array() + 2;
  pc::Index seen = 0;
  const auto watch = [&](const pc::CloudIterate<double>& now) {
    CHECK(now.t == seen++);
    CHECK(now.step_size == 0.5);
    if (now.t == 0) CHECK(now.particles == start);
  };
  const auto result = pc::SVGD{0.5, pc::RBF{}, {.iterations = 300}}.run(target, start, watch);
  CHECK(seen == 300);
  CHECK(result.status == pc::Status::iteration_limit);
  const auto errors = pc::moment_errors(result.last, pc::Vector<double>::Zero(2), pc::Matrix<double>::Identity(2, 2));
  CHECK(errors.mean < 0.02);
  CHECK(errors.covariance < 0.3);
  const auto stopped =
      pc::SVGD{0.5}.run(target, start, [](const auto& now) { return now.t == 3 ? pc::Flow::stop : pc::Flow::proceed; });
  CHECK(stopped.status == pc::Status::stopped_by_observer);
  CHECK(stopped.iterations == 3);
  const pc::Matrix<double> moved = start.array() + 100;  // the field moves along with cloud and target
  const pc::MultivariateNormal<double> far{pc::Vector<double>::Constant(2, 100), pc::Matrix<double>::Identity(2, 2)};
  CHECK((pc::SVGD{0.5}.direction(far, moved) - pc::SVGD{0.5}.direction(target, start)).norm() <= 1e-11);
}

TEST_CASE("runs of particles refuse bad input and say whose score is not a number") {
  CHECK_THROWS_AS(pc::SVGD(0.0), std::invalid_argument);
  CHECK_THROWS_AS(pc::ULA(-1.0), std::invalid_argument);
  CHECK_THROWS_AS((pc::MALA{0.1, {.lambda = 0}}), std::invalid_argument);
  CHECK_THROWS_AS((pc::SGLD{0.1, {.batch = 0}}), std::invalid_argument);
  CHECK_THROWS_AS((pc::SVGD{0.1, pc::RBF{}, {.iterations = -1}}), std::invalid_argument);
  CHECK_THROWS_AS(pc::SVGD{[](pc::Index) { return 0.0; }}.run(pc::Funnel<>{}, normal_cloud(2, 5, 1)),
                  std::invalid_argument);
  refuses_bad_clouds(pc::SVGD{0.1});
  refuses_bad_clouds(pc::ULA{0.1});
  refuses_bad_clouds(pc::MALA{0.1});
  finds_the_particle(pc::SVGD{0.5, pc::RBF{1.0}}, true);
  finds_the_particle(pc::ULA{0.01}, true);
  finds_the_particle(pc::SGLD{0.01}, true);
  finds_the_particle(pc::MALA{0.01}, false);
  CHECK_THROWS_AS(pc::SGLD{0.01}.run(NotANumberFrom{0, 0}, normal_cloud(1, 5, 1)), std::invalid_argument);
  CHECK_THROWS_AS(pc::draw_samples(pc::Funnel<>{}, -1, pc::Seed{1}), std::invalid_argument);
}

TEST_CASE("a cloud that overflows is an event of the run, with its last finite particles") {
  const pc::Matrix<double> start = normal_cloud(2, 6, 1);
  const auto lost = [&](const auto& method, const pc::Matrix<double>& from) {
    const auto result = method.run(pc::IsotropicNormal<>{2}, from);
    CHECK(result.status == pc::Status::non_finite);
    CHECK(result.failed_particle >= 0);
    CHECK(result.last.allFinite());
    return result.iterations;
  };
  CHECK(lost(pc::SVGD{1e100}, start) > 0);  // the median heuristic would have nothing to say
  CHECK(lost(pc::SVGD{1e100, pc::RBF{1.0}}, start) > 0);
  CHECK(lost(pc::SVGD{0.1}, 1e200 * start) == 0);
  CHECK(lost(pc::ULA{1e200}, start) > 0);
  CHECK_THROWS_AS(pc::MedianHeuristic{}(1e200 * start), std::invalid_argument);
}

TEST_CASE("ULA has the stationary law of its closed form, MALA that of the target") {
  // x' = (1 - tau) x + sqrt(2 tau) xi for N(0, 1): variance 2 tau/(1 - (1 - tau)^2) = 1/(1 - tau/2), tau = eta/(2
  // lambda)
  const pc::IsotropicNormal<> target{1};
  const pc::Matrix<double> start = normal_cloud(1, 20'000, 5);
  const auto variance = [](const pc::Matrix<double>& x) { return x.squaredNorm() / static_cast<double>(x.size()); };
  const double error = 5 * std::sqrt(2.0 / 20'000);
  const auto plain = pc::ULA{0.5, {.iterations = 12}}.run(target, start);
  CHECK(std::abs(variance(plain.last) * 0.75 - 1) <= error);
  const auto halved = pc::ULA{0.5, {.iterations = 24, .lambda = 1}}.run(target, start);
  CHECK(std::abs(variance(halved.last) * 0.875 - 1) <= error);
  const auto corrected = pc::MALA{0.5, {.iterations = 12}}.run(target, start);
  CHECK(std::abs(variance(corrected.last) - 1) <= error);
  CHECK(corrected.acceptance() > 0.8);
  CHECK(corrected.acceptance() < 0.99);
  CHECK(corrected.evaluations == 13 * 20'000);
  CHECK(corrected.proposed == 12 * 20'000);
  CHECK(std::isnan(plain.acceptance()));
  const auto outside = pc::MALA{1.0, {.iterations = 40}}.run(HalfLine{}, start.cwiseAbs());
  CHECK(outside.status == pc::Status::iteration_limit);
  CHECK(outside.last.minCoeff() > 0);
  CHECK(std::abs(outside.last.mean() - 1) <= 5 / std::sqrt(20'000.0));  // of the exponential law
}

TEST_CASE("a particle's noise depends on seed, step and its own index alone") {
  const pc::IsotropicNormal<> target{2};
  const pc::Matrix<double> start = normal_cloud(2, 9, 5);
  const auto all = pc::ULA{0.1, {.iterations = 5}}.run(target, start).last;
  const auto some = pc::ULA{0.1, {.iterations = 5}}.run(target, start.leftCols(4)).last;
  CHECK(all.leftCols(4) == some);
  CHECK(pc::ULA{0.1, {.iterations = 5, .seed = pc::Seed{2}}}.run(target, start).last != all);
}

TEST_CASE("SGLD over whole batches in the mean is ULA") {
  const auto data = pc::noisy_halfspace({.samples = 60, .dimension = 2}, pc::Seed{4});
  const auto target = pc::bayesian_logistic_regression(data);
  const pc::Matrix<double> start = normal_cloud(2, 4000, 5);
  const auto mean = [](const auto& result) { return pc::Vector<double>(result.last.rowwise().mean()); };
  const auto full = mean(pc::ULA{0.01, {.iterations = 60}}.run(target, start));
  const auto part = mean(pc::SGLD{0.01, {.iterations = 60, .batch = 30}}.run(target, start));
  CHECK((full - part).norm() <= 0.1 * full.norm());
}

TEST_CASE("KL to a normal law: value and gradient in one dimension, and the log-Sobolev inequality as PL") {
  const pc::MultivariateNormal<double> narrow{pc::Vector<double>::Constant(1, 2),
                                              pc::Matrix<double>::Constant(1, 1, 0.25)};
  const pc::GaussianDivergence<> one{narrow};
  const auto w = one.parameters(pc::Vector<double>::Constant(1, 1), pc::Matrix<double>::Constant(1, 1, 9));
  // (log(s^2/v) + (v + (m - mu)^2)/s^2 - 1)/2, v = 9, s^2 = 1/4
  CHECK(one.value(w) == Approx((std::log(0.25 / 9) + (9 + 1) / 0.25 - 1) / 2).epsilon(1e-14));
  CHECK(one.value(one.parameters(narrow.mean(), narrow.covariance())) == Approx(0).margin(1e-14));

  pc::Matrix<double> covariance(2, 2);
  covariance << 2, 0.6, 0.6, 0.5;
  const pc::MultivariateNormal<double> target{pc::Vector<double>::Ones(2), covariance};
  const pc::GaussianDivergence<> f{target};
  pc::Matrix<double> wide(2, 2);
  wide << 4, -1, -1, 3;
  const pc::MultivariateNormal<double> start{pc::Vector<double>::Constant(2, -2), wide};
  const pc::Vector<double> w0 = f.parameters(start.mean(), start.covariance());
  const auto check = pc::check_gradient(f, w0);
  INFO(check);
  CHECK(check.passed);

  // ||grad F||^2 is the Fisher information, which is -d KL/dt along Langevin; KL falls at the rate of PL.
  const double rho = f.pl_modulus();
  const auto at = [&](double t) {
    const auto law = pc::langevin_law(target, start, t);
    return pc::Vector<double>(f.parameters(law.mean(), law.covariance()));
  };
  pc::Vector<double> gradient(w0.size());
  for (const double t : {0.0, 0.1, 0.5, 2.0}) {
    const double value = f.gradient(at(t), gradient);
    CHECK(value <= std::exp(-2 * rho * t) * f.value(w0) * (1 + 1e-12));
    const double h = 1e-5;
    const double slope = (f.value(at(t + h)) - f.value(at(std::max(0.0, t - h)))) / (t > 0 ? 2 * h : h);
    CHECK(-slope == Approx(gradient.squaredNorm()).epsilon(1e-3));
  }

  // The same as a property along a run; a modulus above rho is violated near the minimum.
  pc::Monitor holds{pc::polyak_lojasiewicz(DivergenceInDouble{f}, 0, rho)};
  pc::Monitor fails{pc::polyak_lojasiewicz(DivergenceInDouble{f}, 0, 1.5 * rho)};
  (void)pc::GD{0.02, {.iterations = 300}}.minimize(f, w0, holds, fails);
  CHECK(holds.report().verdict() == pc::Verdict::no_violation_found);
  CHECK(fails.report().verdict() == pc::Verdict::violated);
}
