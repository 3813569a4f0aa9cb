// SPDX-License-Identifier: MIT
#include <proxcvx/diffusion/integrators.hpp>
#include <proxcvx/diffusion/modified_loss.hpp>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>

#include "diffusion/sums.hpp"
#include "support/catch2.hpp"

namespace diffusion_tests {

/// log(1 + e^{w_0}) + w_0 w_1^2/4 + w_1^2: no quadratic, smooth, with a slope at (1, 1).
struct Curved {
  using Scalar = double;
  [[nodiscard]] pc::Index dimension() const { return 2; }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const {
    return std::log1p(std::exp(w[0])) + w[0] * w[1] * w[1] / 4 + w[1] * w[1];
  }
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    out[0] = 1 / (1 + std::exp(-w[0])) + w[1] * w[1] / 4;
    out[1] = w[0] * w[1] / 2 + 2 * w[1];
    return value(w);
  }
  void hessian_vector(pc::ConstVectorRef<double> w, pc::ConstVectorRef<double> d, pc::VectorRef<double> out) const {
    const double s = 1 / (1 + std::exp(-w[0]));
    out[0] = s * (1 - s) * d[0] + w[1] / 2 * d[1];
    out[1] = w[1] / 2 * d[0] + (w[0] / 2 + 2) * d[1];
  }
};

/// What SplitStep::flow asks of an equation: the flow of -grad f.
template <class F> struct GradientFlow {
  using Scalar = double;
  F f;
  void drift(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    f.gradient(w, out);
    out = -out;
  }
};

/// How far gradient descent with step eta is from the gradient flow of f after the time 1, from (1, 1).
template <class F> double distance_from_flow(const F& f, double eta) {
  const auto steps = static_cast<pc::Index>(std::round(1 / eta));
  const Vector start = Vector::Ones(2);
  const Vector descended = pc::GD{eta, {.iterations = steps}}.minimize(Curved{}, start).last;
  Vector w = start;
  for (int k = 0; k < 400; ++k) pc::SplitStep::flow(GradientFlow<F>{f}, 1.0 / 400, w);
  return (w - descended).norm();
}

}  // namespace diffusion_tests

TEST_CASE("the gradient of the modified loss is the derivative of its value") {
  using namespace diffusion_tests;
  const pc::ModifiedLoss f{Curved{}, 0.3};
  const Vector w{{0.4, -0.9}};
  Vector slope(2);
  CHECK(f.gradient(w, slope) == f.value(w));
  for (pc::Index i = 0; i < 2; ++i) {
    const double h = 1e-5;
    const double central = (f.value(w + h * Vector::Unit(2, i)) - f.value(w - h * Vector::Unit(2, i))) / (2 * h);
    CHECK(slope[i] == Approx(central).epsilon(1e-8));
  }
  const auto wide = pc::ModifiedLoss{pc::Quadratic{Matrix{{2.0, 0.5}, {0.5, 1.0}}}, 0.25}.cast<long double>();
  const pc::Vector<long double> there = w.cast<long double>();
  const Matrix a{{2.0, 0.5}, {0.5, 1.0}};
  CHECK(static_cast<double>(wide.value(there)) ==
        Approx(0.5 * w.dot(a * w) + 0.25 / 4 * (a * w).squaredNorm()).epsilon(1e-14));
}

TEST_CASE("gradient descent follows the flow of its modified loss to the second order, that of the loss to the first") {
  using namespace diffusion_tests;
  const double coarse = 0.05;
  const double first = distance_from_flow(Curved{}, coarse) / distance_from_flow(Curved{}, coarse / 2);
  CHECK(std::log2(first) == Approx(1).margin(0.15));
  const double second = distance_from_flow(pc::ModifiedLoss{Curved{}, coarse}, coarse) /
                        distance_from_flow(pc::ModifiedLoss{Curved{}, coarse / 2}, coarse / 2);
  CHECK(std::log2(second) == Approx(2).margin(0.15));
}

TEST_CASE("the modified loss refuses a senseless step") {
  using namespace diffusion_tests;
  for (const double bad : {-0.1, HUGE_VAL, std::nan("")}) {
    CHECK_THROWS_WITH((pc::ModifiedLoss{Curved{}, bad}), Catch::Matchers::ContainsSubstring("step"));
  }
}
