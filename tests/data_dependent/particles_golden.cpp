// SPDX-License-Identifier: MIT
#include <cmath>
#include <fstream>
#include <numeric>
#include <proxcvx/optimize/adaptive.hpp>
#include <proxcvx/particles/curved_targets.hpp>
#include <proxcvx/particles/discrepancies.hpp>
#include <proxcvx/particles/normal_targets.hpp>
#include <proxcvx/particles/stein_loss.hpp>
#include <proxcvx/particles/svgd.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch2.hpp"
#include "support/shared.hpp"

// SVGD, KSD, MMD and NVGD against an independent implementation of theory 6 (../shared/golden/README.md).

namespace pc = proxcvx;

namespace particle_golden {

namespace {

/// The table as the file has it, a row per line.
pc::Matrix<double> rows(const std::string& name) {
  const auto path = tests::shared_path("golden") / ("svgd_" + name + ".csv");
  std::ifstream file(path);
  INFO(path.string());
  REQUIRE(file.is_open());
  std::vector<std::vector<double>> table;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) continue;
    table.emplace_back();
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) table.back().push_back(std::stod(cell));
  }
  REQUIRE(!table.empty());
  pc::Matrix<double> matrix(table.size(), table.front().size());
  for (std::size_t row = 0; row < table.size(); ++row) {
    REQUIRE(table[row].size() == table.front().size());
    for (std::size_t column = 0; column < table[row].size(); ++column) {
      matrix(static_cast<pc::Index>(row), static_cast<pc::Index>(column)) = table[row][column];
    }
  }
  return matrix;
}

/// The same as a cloud: a particle per column.
pc::Matrix<double> cloud(const std::string& name) { return rows(name).transpose(); }

double difference(const pc::Matrix<double>& a, const pc::Matrix<double>& b) {
  REQUIRE(a.rows() == b.rows());
  REQUIRE(a.cols() == b.cols());
  return (a - b).cwiseAbs().maxCoeff();
}

constexpr double tolerance = 1e-12;

/// phi with its two parts, the scalars and the two steps of a kernel.
template <class Kernel> void field_is(const std::string& name, const Kernel& kernel) {
  INFO(name);
  const auto x = cloud("particles");
  const pc::IsotropicNormal<> target{2};
  const auto phi = cloud("phi_" + name);
  CHECK(difference(pc::SVGD{0.1, kernel}.direction(target, x), phi.topRows(2)) <= tolerance);
  pc::Matrix<double> repulsion(2, 10);
  pc::detail::stein_field<double>(x, pc::Matrix<double>::Zero(2, 10), kernel.on(x), repulsion);
  CHECK(difference(repulsion, phi.bottomRows(2)) <= tolerance);
  CHECK(difference(pc::SVGD{0.1, kernel, {.iterations = 1}}.run(target, x).last, cloud("step_" + name)) <= tolerance);
}

template <class T, class Kernel>
void scalars_are(const pc::Matrix<double>& row, const T& target, const Kernel& kernel) {
  const auto x = cloud("particles");
  const pc::Matrix<double> phi = pc::SVGD{0.1, kernel}.direction(target, x);
  CHECK(kernel.on(x).bandwidth() == Approx(row(0, 1)).epsilon(tolerance));
  CHECK(std::abs(pc::squared_ksd(x, target, kernel, pc::Pairs::all) - row(0, 2)) <= tolerance);
  CHECK(std::abs(pc::squared_ksd(x, target, kernel, pc::Pairs::all) - row(0, 3)) <= tolerance);
  CHECK(std::abs(pc::squared_ksd(x, target, kernel) - row(0, 4)) <= tolerance);
  CHECK(std::abs(phi.squaredNorm() / 10 - row(0, 5)) <= tolerance);
  const pc::Matrix<double> scaled = pc::SVGD{0.1, kernel, {.scaled = true}}.direction(target, x);
  CHECK(difference(scaled, row(0, 6) * phi) <= 10 * tolerance);
}

}  // namespace

TEST_CASE("SVGD's field, bandwidths and steps are the golden ones") {
  field_is("gauss_h1", pc::RBF{1.0});
  field_is("gauss_median", pc::RBF{});
  CHECK(std::abs(pc::MedianHeuristic{}(cloud("particles")) - rows("bandwidths")(0, 1)) <= tolerance);
}

TEST_CASE("KSD^2, the scale of SVGD and MMD^2 are the golden ones") {
  const auto scalars = rows("scalars");
  scalars_are(scalars.row(0), pc::IsotropicNormal<>{2}, pc::RBF{1.0});
  scalars_are(scalars.row(1), pc::IsotropicNormal<>{2}, pc::RBF{});
  scalars_are(scalars.row(2), pc::Funnel<>{2}, pc::RBF{1.0});
  scalars_are(scalars.row(3), pc::Funnel<>{2}, pc::RBF{});
  const auto x = cloud("particles");
  const auto y = cloud("target_samples_gauss");
  const auto mmd = rows("mmd");
  CHECK(std::abs(pc::squared_mmd(x, y, pc::RBF{1.0}) - mmd(0, 1)) <= tolerance);
  CHECK(std::abs(pc::squared_mmd(x, y, pc::RBF{1.0}, pc::Pairs::all) - mmd(0, 2)) <= tolerance);
}

TEST_CASE("the Stein loss of a witness, its gradient and five steps of Adam are the golden ones") {
  const auto x = cloud("particles");
  const auto s = cloud("score_gauss");
  // The golden network is v = -f: what it scales by s, a witness scales by -s.
  const auto mirrored = [](pc::Vector<double> theta) {
    theta[theta.size() - 1] *= -1;
    return theta;
  };
  const pc::Vector<double> start = mirrored(rows("nvgd_mlp_theta").col(0));
  const pc::SteinWitness<> witness{2, {8, 8}};
  REQUIRE(witness.parameters() == start.size());
  const auto losses = rows("nvgd_loss_gauss");
  const auto gradients = rows("nvgd_grad_gauss");
  pc::Vector<double> gradient(start.size());
  for (const pc::Index way : {0, 1}) {  // the exact divergence; Hutchinson's
    CAPTURE(way);
    const pc::SteinLoss<> loss{witness, x, s, 0.5, way == 0 ? pc::Matrix<double>{} : cloud("nvgd_hutchinson_z")};
    const auto parts = loss.parts(start);
    CHECK(std::abs(loss.value(start) - losses(way, 0)) <= 1e-10);
    CHECK(std::abs(parts.stein - losses(way, 1)) <= 1e-10);
    CHECK(std::abs(parts.squares - losses(way, 2)) <= 1e-10);
    CHECK(std::abs(loss.gradient(start, gradient) - losses(way, 0)) <= 1e-10);
    CHECK(difference(mirrored(gradient), gradients.col(way)) <= 1e-10);
  }
  const pc::SteinLoss<> loss{witness, x, s};
  std::vector<pc::Index> all(10);
  std::iota(all.begin(), all.end(), pc::Index{0});
  pc::Vector<double> theta = start;
  const pc::Adam adam{1e-2};
  auto memory = adam.start(theta.size());
  const auto trained = rows("nvgd_adam5_losses_gauss");
  for (pc::Index k = 0; k < 5; ++k)
    CHECK(std::abs(adam.step(loss, all, theta, gradient, memory) - trained(k, 0)) <= 1e-9);
  CHECK(std::abs(loss.value(theta) - trained(5, 0)) <= 1e-9);
  CHECK(difference(mirrored(theta), rows("nvgd_adam5_gauss")) <= 1e-9);
  pc::Matrix<double> field(2, 10);
  witness.forward(theta, x, field);
  CHECK(difference(x + 0.01 * field, cloud("nvgd_particlestep_gauss")) <= 1e-10);
}

}  // namespace particle_golden
