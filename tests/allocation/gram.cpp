// SPDX-License-Identifier: MIT
#include <proxcvx/gram/eigenvalue_bound.hpp>
#include <proxcvx/gram/infinite_width.hpp>
#include <proxcvx/gram/smallest_eigenvalue.hpp>

#include "gram/problems.hpp"
#include "support/catch2.hpp"
#include "support/counts.hpp"
#include "support/peak_memory.hpp"

// The infinite-width Gram matrix takes one n x n matrix and its inputs once more; its eigenvalue takes one factor: with
// H itself, less than three n x n matrices at any time. The long run has n = 4000, d = 1000.

namespace gram_memory {

namespace pc = proxcvx;

TEST_CASE("the Gram matrix and its smallest eigenvalue take less than three n x n matrices of memory") {
  const pc::Index n = tests::long_run() ? 4000 : 1000;
  pc::Matrix<double> x = gram_problems::normal_matrix<double>(n / 4, n, 1);
  x.colwise().normalize();
  const double unit = static_cast<double>(n * n) * sizeof(double);  // an n x n matrix
  if (!tests::measures_memory()) {
    WARN("not measured: this system does not tell a peak of resident memory");
    return;
  }
  pc::Matrix<double> gram;
  const double of_gram = tests::peak_bytes([&] { gram = pc::infinite_width_gram(x); }) / unit;
  pc::EigenvalueEstimate<double> least;
  const double of_eigenvalue = tests::peak_bytes([&] { least = pc::smallest_eigenvalue(gram); }) / unit;
  double bound = 0;
  const double of_bound = tests::peak_bytes([&] { bound = pc::smallest_eigenvalue_bound(gram, least); }) / unit;
  CAPTURE(n, of_gram, of_eigenvalue, of_bound);
  if (tests::long_run()) WARN("n x n matrices: " << of_gram << ", " << of_eigenvalue << ", " << of_bound);
  CHECK(bound > 0);
  CHECK(of_gram >= 0.9);  // what it returns: the measurement sees it
  CHECK(of_gram < 3);
  CHECK(1 + std::max(of_eigenvalue, of_bound) < 3);  // beside H
}

}  // namespace gram_memory
