// SPDX-License-Identifier: MIT
#include <proxcvx/instances/factorized_matrix.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/optimize/recorders.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/prove_by_theorem.hpp>

#include "instances/random_problems.hpp"

// Theory 4.7: ||grad f||^2 >= 2 (lambda_min(UU^T) + lambda_min(VV^T)) f, everywhere, and what follows near a start.

namespace factorized {

namespace pc = proxcvx;

TEST_CASE("4.7: the factorisation's gradient is as long as its local modulus says, everywhere") {
  problems::on_random_data(471, false, [&](pc::RandomStream& stream, const auto& data, pc::Index points) {
    const pc::Index rows = std::min<pc::Index>(data.dimension(), 1 + stream.below(3));  // of the data, as the target
    const pc::Index cols = std::min<pc::Index>(data.size(), 1 + stream.below(3));
    const pc::Matrix<double> target = data.inputs().topLeftCorner(rows, cols);
    const pc::FactorizedMatrix instance{pc::MatrixFactorization<double>(target, 1 + stream.below(4))};
    const auto property = instance.property();
    for (pc::Index k = 0; k < points; ++k) {
      problems::has_no_violation(property, problems::vector(stream, instance.objective().dimension(), 3));
    }
  });
}

TEST_CASE("4.7: (ab - 1)^2/2 attains it, and no PL holds about the saddle") {
  const pc::FactorizedMatrix instance{pc::MatrixFactorization<double>(pc::Matrix<double>::Ones(1, 1), 1)};
  const auto& f = instance.objective();
  pc::RandomStream stream{pc::Seed{472}};
  for (int i = 0; i < 50; ++i) {
    const auto w = problems::vector(stream, 2, 2);
    const auto margin = instance.property().margin(w);  // ||grad f||^2 = 2 (a^2 + b^2) f
    CHECK(std::abs(margin.value) <= 4 * margin.error + 1e-12 * margin.scale);
  }
  const pc::Vector<double> w = Eigen::Vector2d(0.9, -0.4);
  problems::is_violated(pc::ProxyPL(f, pc::LocalModulus{f}, {.alpha = 2, .mu = 4.004, .xi = 0}), w);
  problems::is_violated(pc::polyak_lojasiewicz(f, 0, 1e-6), pc::Vector<double>(pc::Vector<double>::Zero(2)));
  // 2 x 3 of rank 1: U U^T and V V^T are singular, and the inequality says nothing.
  const pc::MatrixFactorization<double> flat(pc::Matrix<double>::Ones(2, 3), 1);
  CHECK(flat.pl_modulus_at(problems::vector(stream, 5, 1)) == 0);
}

TEST_CASE("4.7: PL on a ball, its smoothness there, and descent that never leaves it") {
  pc::RandomStream stream{pc::Seed{473}};
  for (int i = 0; i < 20; ++i) {
    // A start that is nearly a solution: U_0 V_0^T = M up to a small change.
    pc::Matrix<double> u(2, 4), v(3, 4), change(2, 3);
    stream.fill_normal(u);
    stream.fill_normal(v);
    stream.fill_normal(change);
    const pc::FactorizedMatrix instance{
        pc::MatrixFactorization<double>(pc::Matrix<double>(u * v.transpose() + 0.02 * change), 4)};
    const auto& f = instance.objective();
    pc::Vector<double> w0(f.dimension());
    w0 << u.reshaped(), v.reshaped();
    const double radius = 0.5 * std::sqrt(f.pl_modulus_at(w0));
    const auto property = instance.property_within(w0, radius);
    const pc::Ball ball{w0, radius};
    const double L = instance.smoothness(w0, radius);
    for (int k = 0; k < 30; ++k) {
      pc::Vector<double> w(w0.size());
      ball.sample(stream, w);
      problems::has_no_violation(property, w);
      const auto direction = problems::vector(stream, w.size(), 0);
      pc::Vector<double> curved(w.size());
      f.hessian_vector(w, direction, curved);
      CHECK(curved.norm() <= L * direction.norm() * (1 + 1e-12));
    }
    const double way = std::sqrt(8 * f.value(w0) / instance.modulus(w0, radius));
    if (way > 0.99 * radius) {
      CHECK_THROWS_WITH(instance.guarantee(w0, radius / 100, {.iterations = 10}),
                        Catch::Matchers::ContainsSubstring("radius"));
      continue;
    }
    const auto guarantee = instance.guarantee(w0, radius, {.iterations = 300});
    pc::TrajectoryRecorder<double> recorder;
    (void)pc::GD(guarantee.step_size(), {.iterations = 300}).minimize(f, w0, recorder);
    for (pc::Index t = 0; t < recorder.points().cols(); ++t) {
      CHECK(f.value(recorder.points().col(t)) <= guarantee.last_iterate_excess(f.value(w0), t) * (1 + 1e-12) + 1e-26);
      CHECK((recorder.points().col(t) - w0).norm() <= way * (1 + 1e-12));
    }
  }
}

TEST_CASE("4.7: what is refused, and the theorem") {
  pc::RandomStream stream{pc::Seed{474}};
  const pc::FactorizedMatrix instance{pc::MatrixFactorization<double>(pc::Matrix<double>::Ones(1, 1), 1)};
  const pc::Vector<double> w0 = Eigen::Vector2d(0.5, 0.5);
  CHECK(instance.modulus(w0, 1) == 0);
  CHECK(instance.modulus(w0, 0.2) == Approx(std::pow(std::sqrt(0.5) - 0.2, 2)));
  CHECK_THROWS_WITH(instance.property_within(w0, 1), Catch::Matchers::ContainsSubstring("modulus"));
  CHECK_THROWS_WITH(instance.guarantee(w0, 1, {.iterations = 1}), Catch::Matchers::ContainsSubstring("radius"));
  CHECK_THROWS_AS(instance.modulus(w0, -1), std::invalid_argument);
  CHECK(pc::prove(instance).verdict() == pc::Verdict::proved_by_theorem);
}

}  // namespace factorized
