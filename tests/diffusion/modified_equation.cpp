// SPDX-License-Identifier: MIT
#include <proxcvx/diffusion/modified_equation.hpp>

#include "diffusion/sums.hpp"
#include "support/catch2.hpp"

TEST_CASE("the drift of the modified equation is minus the gradient of the modified loss") {
  using namespace diffusion_tests;
  const Linear f = linear(3, 4, false, 1);
  const Vector w{{0.7, -1.1, 0.4}};
  Vector drift(3), slope(3);
  for (const int order : {0, 1, 2}) {
    const pc::ModifiedEquation equation{f, {.step = 0.2, .order = order, .batch = 2}};
    equation.drift(w, drift);
    pc::ModifiedLoss{f, order == 2 ? 0.2 : 0.0}.gradient(w, slope);
    CHECK(distance(drift, -slope) <= 1e-14);
    const Matrix expected = (order == 0 ? 0.0 : 0.2 / 2) * pc::GradientNoise{f}.covariance(w);
    CHECK((equation.diffusion(w) - expected).cwiseAbs().maxCoeff() <= 1e-14);
  }
}

TEST_CASE("an increment of the noise has the covariance eta h Sigma by every law, and is mirrored by its sign") {
  using namespace diffusion_tests;
  constexpr pc::Index draws = 20'000;
  const Linear f = linear(2, 4, false, 2);
  const Vector w{{0.7, -1.1}};
  for (const auto law : {pc::NoiseLaw::gaussian, pc::NoiseLaw::cholesky, pc::NoiseLaw::signed_minibatches}) {
    const pc::ModifiedEquation equation{f, {.step = 0.3, .order = 1, .noise = law}};
    const Matrix expected = 0.05 * equation.diffusion(w);
    pc::RandomStream stream{pc::Seed{4}}, twin{pc::Seed{4}};
    Vector mean = Vector::Zero(2), third = mean, z(2), mirrored(2);
    Matrix second = Matrix::Zero(2, 2);
    bool opposite = true;
    for (pc::Index k = 0; k < draws; ++k) {
      equation.increment(w, 0.05, stream, 1, z);
      equation.increment(w, 0.05, twin, -1, mirrored);
      opposite = opposite && z == -mirrored;
      mean += z / draws;
      second += z * z.transpose() / draws;
      third += z.cwiseProduct(z).cwiseProduct(z) / draws;
    }
    CHECK(opposite);
    const double size = expected.diagonal().maxCoeff();
    CHECK(mean.cwiseAbs().maxCoeff() <= 5 * std::sqrt(size / draws));
    CHECK((second - expected).cwiseAbs().maxCoeff() <= 5 * std::sqrt(2.0 / draws) * size);
    CHECK(third.cwiseAbs().maxCoeff() <= 5 * std::sqrt(15.0 / draws) * std::pow(size, 1.5));
  }
  pc::RandomStream stream{pc::Seed{4}};
  Vector z = Vector::Ones(2);
  pc::ModifiedEquation{f, {.order = 0}}.increment(w, 0.05, stream, 1, z);
  CHECK(z.isZero(0));
}

TEST_CASE("the modified equation refuses senseless settings and says which") {
  using namespace diffusion_tests;
  using Catch::Matchers::ContainsSubstring;
  const Linear f = linear(2, 3, false, 6);
  for (const double bad : {0.0, -0.1, HUGE_VAL, std::nan("")}) {
    CHECK_THROWS_WITH((pc::ModifiedEquation{f, {.step = bad}}), ContainsSubstring("step"));
  }
  for (const int bad : {-1, 3})
    CHECK_THROWS_WITH((pc::ModifiedEquation{f, {.order = bad}}), ContainsSubstring("order"));
  CHECK_THROWS_WITH((pc::ModifiedEquation{f, {.batch = 0}}), ContainsSubstring("batch"));
  CHECK_THROWS_WITH((pc::ModifiedEquation{Once{f}, {.order = 2}}), ContainsSubstring("hessian_vector"));
  CHECK_NOTHROW(pc::ModifiedEquation{Once{f}, {.order = 1}});
}
