// SPDX-License-Identifier: MIT
#include <proxcvx/diffusion/ornstein_uhlenbeck.hpp>

#include "diffusion/sums.hpp"
#include "support/catch2.hpp"

TEST_CASE("the law of an Ornstein-Uhlenbeck process is a semigroup with the right derivative at 0") {
  using namespace diffusion_tests;
  const Matrix rates{{1.5, 0.4, 0.0}, {0.4, 0.8, -0.2}, {0.0, -0.2, 0.3}};
  const Matrix diffusion{{1.0, 0.2, 0.1}, {0.2, 0.5, 0.0}, {0.1, 0.0, 0.3}};
  const Vector c{{0.3, -1.0, 2.0}};
  const Vector x{{1.0, 2.0, -1.0}};
  const pc::OrnsteinUhlenbeck<double> process{rates, c, diffusion};
  const double t = 0.7, s = 1.1;
  CHECK(distance(process.mean(process.mean(x, s), t), process.mean(x, s + t)) <= 1e-13);
  Matrix flow(3, 3);
  for (pc::Index j = 0; j < 3; ++j) flow.col(j) = process.mean(c + Vector::Unit(3, j), t) - c;
  CHECK(distance(flow * process.covariance(s) * flow.transpose() + process.covariance(t), process.covariance(s + t)) <=
        1e-13);
  const double h = 1e-7;
  CHECK(distance(process.covariance(h) / h, diffusion) <= 1e-6);
  CHECK(distance((process.mean(x, h) - x) / h, -rates * (x - c)) <= 1e-6);
  const Matrix settled = process.stationary_covariance();
  CHECK(distance(rates * settled + settled * rates, diffusion) <= 1e-13);
  CHECK(distance(process.covariance(400), settled) <= 1e-13);
  CHECK(distance(process.moments(x, t).covariance(), process.covariance(t)) <= 1e-12);
}

TEST_CASE("a direction without a rate is a Brownian motion") {
  using namespace diffusion_tests;
  const pc::OrnsteinUhlenbeck<double> process{Matrix{{0.0, 0.0}, {0.0, 1.0}}, Vector::Zero(2), Matrix::Identity(2, 2)};
  CHECK(process.covariance(3)(0, 0) == Approx(3).epsilon(1e-14));
  CHECK(process.mean(Vector::Ones(2), 3)[0] == Approx(1).epsilon(1e-14));
  CHECK_THROWS_WITH(process.stationary_covariance(), Catch::Matchers::ContainsSubstring("rates"));
}

TEST_CASE("samples of an Ornstein-Uhlenbeck process have its moments") {
  using namespace diffusion_tests;
  constexpr pc::Index draws = 5'000;
  const Matrix rates{{1.5, 0.4}, {0.4, 0.8}};
  const Matrix diffusion{{1.0, 1.0}, {1.0, 1.0}};  // singular
  const Vector x{{1.0, 2.0}};
  const pc::OrnsteinUhlenbeck<double> process{rates, Vector::Zero(2), diffusion};
  pc::RandomStream stream{pc::Seed{1}};
  Vector mean = Vector::Zero(2);
  Matrix second = Matrix::Zero(2, 2);
  for (pc::Index k = 0; k < draws; ++k) {
    const Vector deviation = process.sample(x, 0.9, stream) - process.mean(x, 0.9);
    mean += deviation / draws;
    second += deviation * deviation.transpose() / draws;
  }
  const double size = process.covariance(0.9).diagonal().maxCoeff();
  CHECK(mean.cwiseAbs().maxCoeff() <= 5 * std::sqrt(size / draws));
  CHECK((second - process.covariance(0.9)).cwiseAbs().maxCoeff() <= 5 * std::sqrt(2.0 / draws) * size);
}

TEST_CASE("an Ornstein-Uhlenbeck process refuses what does not fit") {
  using namespace diffusion_tests;
  using Catch::Matchers::ContainsSubstring;
  const Matrix one = Matrix::Identity(2, 2);
  const Vector c = Vector::Zero(2);
  CHECK_THROWS_WITH((pc::OrnsteinUhlenbeck<double>{Matrix::Identity(3, 3), c, one}), ContainsSubstring("rates"));
  CHECK_THROWS_WITH((pc::OrnsteinUhlenbeck<double>{one, c, Matrix{{1.0, 2.0}, {0.0, 1.0}}}),
                    ContainsSubstring("diffusion") && ContainsSubstring("symmetric"));
  CHECK_THROWS_WITH((pc::OrnsteinUhlenbeck<double>{std::nan("") * one, c, one}), ContainsSubstring("rates"));
  CHECK_THROWS_WITH((pc::OrnsteinUhlenbeck<double>{one, Vector::Constant(2, HUGE_VAL), one}),
                    ContainsSubstring("center"));
}
