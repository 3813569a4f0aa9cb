// SPDX-License-Identifier: MIT
#include <proxcvx/diffusion/weak_error_report.hpp>
#include <sstream>

#include "diffusion/sums.hpp"
#include "support/catch2.hpp"

namespace diffusion_tests {

/// Rows of errors 3 eta^p, known to 2 %.
inline pc::WeakErrors power_law(double p) {
  pc::WeakErrors errors;
  for (const double eta : {0.2, 0.1, 0.05}) {
    const double error = -3 * std::pow(eta, p);
    errors.rows.push_back(
        {.step = eta, .status = pc::Status::converged, .error = error, .standard_error = 0.02 * std::abs(error)});
  }
  return errors;
}

}  // namespace diffusion_tests

TEST_CASE("the fitted order of a power law is its power, and its standard error what the errors' make of it") {
  using namespace diffusion_tests;
  const auto order = pc::weak_order(power_law(1.7));
  CHECK(order.order == Approx(1.7).epsilon(1e-12));
  CHECK(order.points == 3);
  CHECK(order.conclusive);
  // Three points at equal weights: log 2 apart, so sum (x - mean)^2 = 2 log(2)^2.
  CHECK(order.standard_error == Approx(0.02 / (std::sqrt(2.0) * std::log(2.0))).epsilon(1e-12));
  const auto exact = pc::fit_order({0.2, 0.1, 0.05}, {0.4, 0.1, 0.025}, {0, 0, 0});
  CHECK(exact.order == Approx(2).epsilon(1e-12));
  CHECK(exact.standard_error <= 1e-7);
}

TEST_CASE("a point that is not known well weighs little, and makes the order inconclusive") {
  using namespace diffusion_tests;
  auto errors = power_law(2);
  errors.rows[2].error *= 3;
  errors.rows[2].standard_error = 10 * std::abs(errors.rows[2].error);
  errors.rows[2].status = pc::Status::iteration_limit;
  const auto order = pc::weak_order(errors);
  CHECK(order.order == Approx(2).margin(0.01));
  CHECK(!order.conclusive);
  errors.rows[2].error = std::nan("");
  CHECK(pc::weak_order(errors).points == 2);
  std::ostringstream text;
  text << errors << order;
  CHECK_THAT(text.str(), Catch::Matchers::ContainsSubstring("inconclusive"));
  CHECK(std::isnan(pc::weak_order({}).order));
  CHECK(!pc::weak_order({}).conclusive);
}

TEST_CASE("fitting an order refuses what has no logarithm") {
  using Catch::Matchers::ContainsSubstring;
  CHECK_THROWS_WITH(proxcvx::fit_order({0.1, 0.0}, {1, 1}, {0, 0}), ContainsSubstring("steps"));
  CHECK_THROWS_WITH(proxcvx::fit_order({0.1, 0.2}, {1, 0}, {0, 0}), ContainsSubstring("errors"));
  CHECK_THROWS_WITH(proxcvx::fit_order({0.1, 0.2}, {1, 1}, {0, -1}), ContainsSubstring("standard_errors"));
  CHECK_THROWS_WITH(proxcvx::fit_order({0.1, 0.2}, {1}, {0, 0}), ContainsSubstring("errors"));
  CHECK_THROWS_WITH(proxcvx::fit_order({0.1, 0.1}, {1, 1}, {0, 0}), ContainsSubstring("steps"));
}
