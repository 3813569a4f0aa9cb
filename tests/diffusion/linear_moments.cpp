// SPDX-License-Identifier: MIT
#include <proxcvx/diffusion/linear_moments.hpp>

#include "diffusion/sums.hpp"
#include "support/catch2.hpp"

TEST_CASE("the moments of SGD on a sum with linear gradients are those over all its runs") {
  using namespace diffusion_tests;
  const Linear f = linear(2, 3, false, 8);
  const Vector start{{1.0, -2.0}};
  const double eta = 0.4;
  for (const bool repeat : {true, false}) {
    for (const pc::Index size : {1, 2}) {
      const auto batches = all_batches(3, size, repeat);
      std::vector<Vector> ends{start};
      for (int n = 0; n < 3; ++n) {
        std::vector<Vector> next;
        for (const Vector& w : ends) {
          for (const auto& batch : batches) {
            Vector g(2);
            f.gradient(w, batch, g);
            next.push_back(w - eta * g);
          }
        }
        ends = next;
      }
      Vector mean = Vector::Zero(2);
      Matrix second = Matrix::Zero(2, 2);
      for (const Vector& w : ends) {
        mean += w / static_cast<double>(ends.size());
        second += w * w.transpose() / static_cast<double>(ends.size());
      }
      const auto sampling = repeat ? pc::Sampling::with_replacement : pc::Sampling::without_replacement;
      const auto exact = pc::LinearMoments{f, eta, {.batch = size, .sampling = sampling}}.sgd(start, 3);
      CHECK(distance(exact.mean, mean) <= 1e-13);
      CHECK(distance(exact.second, second) <= 1e-13);
    }
  }
}

TEST_CASE("the moments of an equation with multiplicative noise solve its differential equation") {
  using namespace diffusion_tests;
  // One dimension, A_i = 1 +- r, c_i = 0: Sigma = r^2 w^2, so M' = (-2 b + eta r^2) M, b the drift's rate.
  const double r = 0.6, eta = 0.3, t = 1.7;
  const Linear f{{Matrix::Constant(1, 1, 1 + r), Matrix::Constant(1, 1, 1 - r)}, {Vector::Zero(1), Vector::Zero(1)}};
  const Vector x = Vector::Constant(1, 1.5);
  const pc::LinearMoments exact{f, eta};
  for (const int order : {0, 1, 2}) {
    const double rate = order == 2 ? 1 + eta / 2 : 1;
    const auto moments = exact.equation(order, x, t);
    CHECK(moments.mean[0] == Approx(1.5 * std::exp(-rate * t)).epsilon(1e-13));
    CHECK(moments.second(0, 0) ==
          Approx(2.25 * std::exp((-2 * rate + (order > 0 ? eta * r * r : 0)) * t)).epsilon(1e-13));
  }
}

TEST_CASE("linear moments refuse gradients that are not linear, and senseless arguments") {
  using namespace diffusion_tests;
  using Catch::Matchers::ContainsSubstring;
  struct Bent : Linear {
    using Linear::gradient;
    double gradient(pc::ConstVectorRef<double> w, std::span<const pc::Index> batch, pc::VectorRef<double> out) const {
      Linear::gradient(w, batch, out);
      out[0] += 1e-3 * w[0] * w[0];
      return 0;
    }
  };
  CHECK_THROWS_WITH((pc::LinearMoments{Bent{linear(2, 3, false, 1)}, 0.1}), ContainsSubstring("linear"));
  const Linear f = linear(2, 3, false, 1);
  CHECK_THROWS_WITH((pc::LinearMoments{f, -0.1}), ContainsSubstring("step"));
  CHECK_THROWS_WITH((pc::LinearMoments{f, 0.1, {.batch = 0}}), ContainsSubstring("batch"));
  const Vector x = Vector::Ones(2);
  CHECK_THROWS_WITH((pc::LinearMoments{f, 0.1}.equation(3, x, 1.0)), ContainsSubstring("order"));
  CHECK_THROWS_WITH((pc::LinearMoments{f, 0.1}.equation(1, x, -1.0)), ContainsSubstring("t: "));
}
