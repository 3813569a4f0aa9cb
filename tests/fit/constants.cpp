// SPDX-License-Identifier: MIT
#include <cmath>
#include <proxcvx/networks/neuron.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/objectives/losses.hpp>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/properties/open_constants.hpp>
#include <proxcvx/proxies/loss_derivative.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/fit.hpp>
#include <proxcvx/verify/fit_table.hpp>
#include <span>
#include <vector>

#include "fit/any_function.hpp"
#include "support/catch2.hpp"

namespace pc = proxcvx;
using fits::AnyFunction;

namespace sharp_rows {

/// A neuron's least squares; slope 1 makes it those of a line.
using NeuronRisk = pc::EmpiricalRisk<pc::Neuron<pc::LeakyReLU>, pc::SquaredLoss>;

pc::Ball<double> ball(pc::Index dimension, double radius, double center = 0) {
  return pc::Ball<double>(pc::Vector<double>::Constant(dimension, center), radius);
}

void is(const pc::FitReport& report, double sharp, double relative) {
  INFO(report);
  CHECK(report.constant == Approx(sharp).epsilon(relative).margin(0));
  CHECK(report.settled);
  CHECK(report.verdict() == pc::Verdict::no_violation_found);
  REQUIRE(report.witness);
  CHECK(report.witness->stands);
}

/// A mean of terms (c_i/2)(w - b_i)^2, as a finite sum.
struct Parabolas {
  using Scalar = double;
  std::vector<double> c;
  std::vector<double> b;
  [[nodiscard]] pc::Index dimension() const { return 1; }
  [[nodiscard]] pc::Index terms() const { return static_cast<pc::Index>(c.size()); }
  [[nodiscard]] double term(std::size_t i, double w) const { return c[i] / 2 * (w - b[i]) * (w - b[i]); }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const {
    double sum = 0;
    for (std::size_t i = 0; i < c.size(); ++i) sum += term(i, w[0]);
    return sum / static_cast<double>(c.size());
  }
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    out[0] = 0;
    for (std::size_t i = 0; i < c.size(); ++i) out[0] += c[i] * (w[0] - b[i]) / static_cast<double>(c.size());
    return value(w);
  }
  double gradient(pc::ConstVectorRef<double> w, std::span<const pc::Index> batch, pc::VectorRef<double> out) const {
    double sum = 0;
    out[0] = 0;
    for (const pc::Index at : batch) {
      const auto i = static_cast<std::size_t>(at);
      out[0] += c[i] * (w[0] - b[i]) / static_cast<double>(batch.size());
      sum += term(i, w[0]) / static_cast<double>(batch.size());
    }
    return sum;
  }
};

const pc::FitSettings few{.samples = 500};

}  // namespace sharp_rows

TEST_CASE("theory 4.2: least squares, its modulus, growth and smoothness are eigenvalues") {
  // x_i = sqrt(3) s_i q_i with orthonormal q_1, q_2, q_3 in R^4: E x x^T has the eigenvalues s_i^2 and 0.
  const pc::Vector<double> roots{{0.5, 0.8, 1.5}};
  const pc::Matrix<double> basis = fits::reflection(4);
  pc::Matrix<double> inputs = std::sqrt(3.0) * basis.leftCols(3);
  for (pc::Index i = 0; i < 3; ++i) inputs.col(i) *= roots[i];
  const double smallest = 0.25;
  const double largest = 2.25;
  const pc::Vector<double> minimizer{{1.0, -0.5, 2.0, 0.0}};  // interpolates: f* = 0
  pc::Matrix<double> targets(1, 3);
  for (pc::Index i = 0; i < 3; ++i) targets(0, i) = inputs.col(i).dot(minimizer);
  const sharp_rows::NeuronRisk squares{{{.inputs = 4}, pc::LeakyReLU{1.0}}, pc::SquaredLoss{}, {inputs, targets}};
  const AnyFunction f{squares};
  const pc::Ball<double> region{minimizer, 3.0};
  sharp_rows::is(pc::fit(pc::largest_pl_modulus(f, 0.0), region, sharp_rows::few), smallest, 1e-6);
  const pc::GradientGrowth growth{f, f, {.A = 0, .B = 1, .noise = pc::Noise::full_batch}};
  sharp_rows::is(pc::fit(pc::smallest_B(growth), region, sharp_rows::few), 2 * largest, 1e-6);
  sharp_rows::is(pc::fit(pc::smallest_A(pc::GradientGrowth{f, f, {.B = 0, .noise = pc::Noise::full_batch}}), region,
                         sharp_rows::few),
                 9 * largest * largest, 1e-6);  // ||grad f|| <= largest * 3, at the border
  sharp_rows::is(pc::fit(pc::smallest_L(pc::HessianBound{f}), region, {.samples = 50, .evaluations = 200}), largest,
                 1e-6);
  sharp_rows::is(pc::fit(pc::smallest_L(pc::HoelderGradient{f}), region, sharp_rows::few), largest, 1e-6);
}

TEST_CASE("growth of single examples: A given B, and B given A") {
  // E|f_z'|^2 = mean c_i^2 (w - b_i)^2, two terms with c = 1, 3 and b = 0, 1: (w^2 + 9(w - 1)^2)/2 against
  // f = (w^2 + 3(w - 1)^2)/4.
  const sharp_rows::Parabolas f{{1, 3}, {0, 1}};
  const auto region = sharp_rows::ball(1, 5);
  // B with A = 0: the ratio 2(w^2 + 9(w-1)^2)/(w^2 + 3(w-1)^2) = 2(1 + 6/(3 + t)), t = (w/(w-1))^2: 6 at w = 0.
  sharp_rows::is(pc::fit(pc::smallest_B(pc::GradientGrowth{f, f, {.A = 0, .B = 1}}), region, sharp_rows::few), 6, 1e-9);
  // A with B = 6: sup of (w^2 + 9(w-1)^2)/2 - 6 (w^2 + 3(w-1)^2)/4 = -w^2 <= 0.
  const auto none = pc::fit(pc::smallest_A(pc::GradientGrowth{f, f, {.A = 1, .B = 6}}), region, sharp_rows::few);
  INFO(none);
  CHECK(none.constant >= 0);
  CHECK(none.constant < 1e-9);
  // A with B = 2: (w^2 + 9(w-1)^2)/2 - (w^2 + 3(w-1)^2)/2 = 3(w - 1)^2, 108 at w = -5.
  sharp_rows::is(pc::fit(pc::smallest_A(pc::GradientGrowth{f, f, {.A = 1, .B = 2}}), region, sharp_rows::few), 108,
                 1e-9);
}

TEST_CASE("smoothness: by power iteration, and over pairs; Hoelder gradients of |x|^{3/2}") {
  const pc::FitSettings by_power{.samples = 200, .evaluations = 800};
  const auto smoothness = [&](const AnyFunction& f, double radius, double L) {
    const auto region = sharp_rows::ball(f.dimension(), radius);
    sharp_rows::is(pc::fit(pc::smallest_L(pc::HessianBound{f}), region, by_power), L, 1e-9);
    sharp_rows::is(pc::fit(pc::smallest_L(pc::HoelderGradient{f}), region, sharp_rows::few), L, 1e-9);
  };
  smoothness(pc::SquarePlusSine<>{}, 20, 8);
  smoothness(pc::SixthRoot<>{}, 5, 4 * std::sqrt(2.0) / 3);
  smoothness(pc::DampedAbsolute<>{}, 5, 2);
  smoothness(pc::Saddle<>{}, 2, 2);
  // Rosenbrock's largest curvature on a small ball about (1, 1) with radius 1e-3 is beyond that at (1, 1) by O(1e-3).
  const AnyFunction valley{pc::Rosenbrock<>{}};
  const auto steep = pc::fit(pc::smallest_L(pc::HessianBound{valley}), sharp_rows::ball(2, 1e-3, 1), by_power);
  INFO(steep);
  const double at_ones = (1002 + std::sqrt(1002.0 * 1002 - 4 * 400)) / 2;  // Hessian (802, -400; -400, 200)
  CHECK(steep.constant > at_ones);
  CHECK(steep.constant < at_ones * 1.003);
  // |f'(w) - f'(v)| = (3/2)(|w|^{1/2} + |v|^{1/2}) for opposite signs, at most (3/2) 2^{1/2} |w - v|^{1/2}.
  const AnyFunction power{pc::AbsolutePower<>{1.5}};
  sharp_rows::is(
      pc::fit(pc::smallest_L(pc::HoelderGradient{power, {.a = 0.5}}), sharp_rows::ball(1, 3), sharp_rows::few),
      1.5 * std::sqrt(2.0), 1e-9);
}

TEST_CASE("theory 4.3: the leaky neuron's h is sharp at one data point") {
  const pc::Dataset<double> data{pc::Matrix<double>::Ones(1, 1), pc::Matrix<double>::Ones(1, 1)};
  for (const double gamma : {0.5, 0.8, 1.0}) {
    const sharp_rows::NeuronRisk risk{{{.inputs = 1}, pc::LeakyReLU{gamma}}, pc::SquaredLoss{}, data};
    const AnyFunction f{risk};
    const AnyFunction g{pc::Affine{gamma, risk, 0.0}};
    const auto claim = pc::smallest_factor(pc::ProxyConvexity{f, g, f});
    sharp_rows::is(pc::fit(claim, sharp_rows::ball(1, 4), {.samples = 500, .evaluations = 6000}),
                   1 / (gamma * (2 - gamma * gamma)), 1e-6);
  }
}

TEST_CASE("theory 4.3: the linear neuron's PL modulus is the least eigenvalue of E x x^T") {
  // x_i = sqrt(3) s_i q_i with orthonormal q_i: the eigenvalues are s_i^2; y = v.x.
  const pc::Vector<double> roots{{0.7, 1.0, 1.6}};
  const pc::Vector<double> teacher{{0.5, -1.0, 2.0}};
  pc::Matrix<double> inputs = std::sqrt(3.0) * fits::reflection(3);
  for (pc::Index i = 0; i < 3; ++i) inputs.col(i) *= roots[i];
  const pc::Dataset<double> data{inputs, pc::Matrix<double>(teacher.transpose() * inputs)};
  const AnyFunction f{sharp_rows::NeuronRisk{{{.inputs = 3}, pc::LeakyReLU{1.0}}, pc::SquaredLoss{}, data}};
  sharp_rows::is(pc::fit(pc::largest_pl_modulus(f, 0.0), pc::Ball<double>{teacher, 3.0}, sharp_rows::few), 0.49, 1e-6);
}

TEST_CASE("theory 4.4: growth and proxy PL of the leaky network are sharp at one data point") {
  const pc::Dataset<double> data{pc::Matrix<double>::Constant(1, 1, 2.0), pc::Matrix<double>::Ones(1, 1)};
  const double gamma = 0.5;
  const pc::EmpiricalRisk risk{pc::TwoLayer{{.inputs = 1, .hidden = 2}, pc::LeakyReLU{gamma}}, pc::LogisticLoss{},
                               data};
  const AnyFunction f{risk};
  const AnyFunction g{pc::LossDerivative{risk}};
  const auto region = sharp_rows::ball(2, 6);
  // ||a|| = 1, R = m_0 = 2: mu = 2 gamma m_0, and B = R^2 sup l'^2/l.
  sharp_rows::is(pc::fit(pc::largest_mu(pc::ProxyPL{f, g, {}}), region, sharp_rows::few), 2 * gamma * 2, 1e-9);
  const pc::GradientGrowth growth{f, f, {.A = 0, .B = 1, .noise = pc::Noise::full_batch}};
  sharp_rows::is(pc::fit(pc::smallest_B(growth), region, sharp_rows::few), 4 * 0.40726437758908, 1e-9);
}
