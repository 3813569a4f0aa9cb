// SPDX-License-Identifier: MIT
#include <map>
#include <proxcvx/diffusion/gradient_noise.hpp>

#include "diffusion/sums.hpp"
#include "support/catch2.hpp"

namespace diffusion_tests {

/// The covariance of the gradient over all batches, each as likely as any other: the definition.
inline Matrix enumerated_covariance(const Linear& f, const Vector& w, pc::Index size, bool repeat) {
  Vector mean = Vector::Zero(f.dimension());
  Matrix second = Matrix::Zero(f.dimension(), f.dimension());
  const auto batches = all_batches(f.terms(), size, repeat);
  for (const auto& batch : batches) {
    Vector g(f.dimension());
    f.gradient(w, batch, g);
    mean += g / static_cast<double>(batches.size());
    second += g * g.transpose() / static_cast<double>(batches.size());
  }
  return second - mean * mean.transpose();
}

}  // namespace diffusion_tests

TEST_CASE("the covariance of gradient noise is that over all batches") {
  using namespace diffusion_tests;
  const Linear f = linear(3, 5, false, 1);
  const Vector w{{0.7, -1.1, 0.4}};
  for (const pc::Index size : {1, 2, 3}) {
    for (const bool repeat : {true, false}) {
      const auto sampling = repeat ? pc::Sampling::with_replacement : pc::Sampling::without_replacement;
      const pc::GradientNoise noise{f, {.batch = size, .sampling = sampling}};
      CHECK(distance(noise.covariance(w), enumerated_covariance(f, w, size, repeat)) <= 1e-13);
    }
  }
  const pc::GradientNoise whole{f, {.batch = 5, .sampling = pc::Sampling::without_replacement}};
  CHECK(whole.covariance(w).isZero(0));
}

TEST_CASE("the noise as an operator, its trace and its low-rank roots agree with its matrix") {
  using namespace diffusion_tests;
  for (const pc::Index terms : {3, 9}) {  // fewer than p: a singular covariance
    const Linear f = linear(5, terms, false, 2);
    const pc::GradientNoise noise{f, {.batch = 2}};
    const Vector w = Vector::LinSpaced(5, -1, 1);
    const Vector v = Vector::LinSpaced(5, 2, -1);
    const Matrix sigma = noise.covariance(w);
    Vector out(5);
    noise.times(w, v, out);
    CHECK(distance(out, sigma * v) <= 1e-13);
    CHECK(noise.trace(w) == Approx(sigma.trace()).epsilon(1e-13));
    const Vector eigenvalues = sigma.selfadjointView<Eigen::Lower>().eigenvalues();
    const pc::Index most = std::min<pc::Index>(terms, 5);
    for (pc::Index rank = 1; rank <= most; ++rank) {
      const auto low = noise.low_rank(w, rank);
      // Eckart & Young 1936: what is left has the eigenvalues that are not taken.
      const Vector left = Matrix(sigma - low.root * low.root.transpose()).selfadjointView<Eigen::Lower>().eigenvalues();
      Vector expected = eigenvalues;
      expected.tail(rank).setZero();
      std::sort(expected.begin(), expected.end());
      CHECK((left - expected).cwiseAbs().maxCoeff() <= 1e-12 * eigenvalues[4]);
      CHECK(std::abs(low.left_out - expected.sum()) <= 1e-12 * eigenvalues[4]);
    }
  }
}

TEST_CASE("drawn noise has mean 0 and the noise's covariance") {
  using namespace diffusion_tests;
  constexpr pc::Index draws = 20'000;
  const Vector w{{0.7, -1.1}};
  for (const pc::Index terms : {2, 6}) {  // 2: a covariance of rank 1
    const Linear f = linear(2, terms, false, 3);
    const pc::GradientNoise noise{
        f, {.batch = 2, .sampling = terms == 2 ? pc::Sampling::with_replacement : pc::Sampling::without_replacement}};
    const Matrix sigma = noise.covariance(w);
    for (int law = 0; law < 3; ++law) {
      pc::RandomStream stream{pc::Seed{4}};
      Vector mean = Vector::Zero(2), z(2);
      Matrix second = Matrix::Zero(2, 2);
      for (pc::Index k = 0; k < draws; ++k) {
        if (law == 0) noise.gaussian(w, stream, z);
        if (law == 1) noise.gaussian_by_cholesky(w, stream, z);
        if (law == 2) noise.minibatch(w, stream, z);
        mean += z / draws;
        second += z * z.transpose() / draws;
      }
      // Standard errors of a mean and of a second moment of Gaussians, 5 of them; a minibatch's fourth moment is less
      // than thrice its square here.
      CHECK(mean.cwiseAbs().maxCoeff() <= 5 * std::sqrt(sigma.diagonal().maxCoeff() / draws));
      CHECK((second - sigma).cwiseAbs().maxCoeff() <= 5 * std::sqrt(2.0 / draws) * sigma.diagonal().maxCoeff());
    }
  }
}

TEST_CASE("a batch without replacement is any subset with equal probability") {
  using namespace diffusion_tests;
  std::map<std::vector<pc::Index>, int> counts;
  pc::RandomStream stream{pc::Seed{5}};
  constexpr int draws = 20'000;
  for (int k = 0; k < draws; ++k) {
    std::vector<pc::Index> batch(3);
    pc::draw_batch(stream, 5, pc::Sampling::without_replacement, batch);
    std::sort(batch.begin(), batch.end());
    ++counts[batch];
  }
  CHECK(counts.size() == 10);
  for (const auto& [subset, count] : counts) {
    CHECK(subset[0] < subset[1]);
    CHECK(subset[1] < subset[2]);
    CHECK(std::abs(count - draws / 10) <= 5 * std::sqrt(draws * 0.09));
  }
}

TEST_CASE("gradient noise refuses senseless arguments and says which") {
  using namespace diffusion_tests;
  using Catch::Matchers::ContainsSubstring;
  const Linear f = linear(2, 3, false, 6);
  CHECK_THROWS_WITH((pc::GradientNoise{f, {.batch = 0}}), ContainsSubstring("batch"));
  CHECK_THROWS_WITH((pc::GradientNoise{f, {.batch = 4, .sampling = pc::Sampling::without_replacement}}),
                    ContainsSubstring("batch") && ContainsSubstring("3"));
  CHECK_THROWS_WITH((pc::GradientNoise{f, {.sampling = pc::Sampling::reshuffled}}), ContainsSubstring("sampling"));
  const pc::GradientNoise noise{f};
  const Vector w = Vector::Zero(2);
  CHECK_THROWS_WITH(noise.low_rank(w, 3), ContainsSubstring("rank"));
  Vector out(2);
  CHECK_THROWS_WITH(noise.times(w, Vector::Zero(3), out), ContainsSubstring("v: "));
}
