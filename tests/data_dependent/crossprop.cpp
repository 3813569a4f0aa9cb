// SPDX-License-Identifier: MIT
#include <cmath>
#include <fstream>
#include <proxcvx/optimize/crossprop.hpp>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "support/catch2.hpp"
#include "support/shared.hpp"

// The trajectories of the paper authors' code, and of an independent one for the rules that theirs has not
// (../shared/golden/README.md).

namespace pc = proxcvx;

namespace {

pc::Matrix<double> golden(const std::string& name) {
  const auto path = tests::shared_path("golden") / ("crossprop_" + name + ".csv");
  std::ifstream file(path);
  INFO(path.string());
  REQUIRE(file.is_open());
  std::vector<std::vector<double>> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) continue;
    rows.emplace_back();
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) rows.back().push_back(std::stod(cell));
  }
  REQUIRE(!rows.empty());
  pc::Matrix<double> table(rows.size(), rows.front().size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    REQUIRE(rows[row].size() == rows.front().size());
    for (std::size_t column = 0; column < rows[row].size(); ++column) {
      table(static_cast<pc::Index>(row), static_cast<pc::Index>(column)) = rows[row][column];
    }
  }
  return table;
}

constexpr double tolerance = 1e-12;

/// The authors' CP also moves the incoming weights of the constant unit, which nothing reads. Ours has none, so that
/// the test moves them beside it, with phi = 1. For tanh their D is (1 - phi^2) x_i = 0 there, so that only those of
/// ReLU move, with D = s'(u.x) x_i.
struct IdleWeights {
  pc::Vector<double> start;
  pc::Vector<double> u = start;
  pc::Vector<double> h = pc::Vector<double>::Zero(start.size());

  template <class A> void step(const A& activation, double alpha, double delta, const pc::Vector<double>& x) {
    const double slope = activation.derivative(u.dot(x));
    u += alpha * delta * h;
    h = (1 - alpha) * h + alpha * delta * slope * x;
  }
};

template <class Rule, class A> void follows(const std::string& name, const Rule& rule, const A& activation) {
  INFO(name);
  const auto x = golden("small_X");
  const auto y = golden("small_Y");
  const pc::Matrix<double> u0 = golden("small_U0");  // inputs x (units + the constant one)
  const auto w0 = golden("small_W0");
  const auto steps = golden(name + "_steps");
  REQUIRE(steps.rows() == 200);
  REQUIRE(x.rows() == 200);
  const pc::Index m = w0.rows() - 1;
  const double alpha = std::is_same_v<A, pc::Tanh> ? 0.05 : 0.005;
  pc::Crossprop learner{{.inputs = x.cols(), .hidden = m, .step_size = alpha}, rule, activation};
  const pc::Matrix<double> incoming = u0.leftCols(m).transpose();
  learner.set_weights(incoming, w0);
  IdleWeights idle{u0.col(m)};
  double worst = 0;
  const auto compare = [&](double got, double expected) {
    worst = std::max(worst, std::isfinite(got) ? std::abs(got - expected) : HUGE_VAL);
  };
  for (pc::Index t = 0; t < 200; ++t) {
    const pc::Vector<double> example = x.row(t);
    const double loss = learner.step(example, y(t, 0));
    const double delta = y(t, 0) - learner.outputs()[0];
    if (std::is_same_v<Rule, pc::PerWeightCrossprop> && std::is_same_v<A, pc::ReLU>)
      idle.step(activation, alpha, delta, example);
    compare(learner.outputs()[0], steps(t, 1));
    compare(delta * delta, steps(t, 3));
    compare(loss, steps(t, 4));
    compare((learner.incoming() - incoming).squaredNorm() + (idle.u - idle.start).squaredNorm(), steps(t, 5));
    compare((learner.outgoing() - w0).squaredNorm(), steps(t, 6));
  }
  const auto last_u = golden(name + "_Ufinal");
  compare((learner.incoming().transpose() - last_u.leftCols(m)).cwiseAbs().maxCoeff(), 0);
  compare((idle.u - last_u.col(m)).cwiseAbs().maxCoeff(), 0);
  compare((learner.outgoing() - golden(name + "_Wfinal")).cwiseAbs().maxCoeff(), 0);
  if constexpr (Rule::memory != pc::Memory::none) {
    const auto last_h = golden(name + "_Hfinal");
    const pc::Matrix<double> h =
        Rule::memory == pc::Memory::per_unit ? learner.memory() : pc::Matrix<double>(learner.memory().transpose());
    const pc::Matrix<double> expected =
        Rule::memory == pc::Memory::per_unit ? last_h.topRows(m) : pc::Matrix<double>(last_h.leftCols(m));
    REQUIRE(h.rows() == expected.rows());
    REQUIRE(h.cols() == expected.cols());
    compare((h - expected).cwiseAbs().maxCoeff(), 0);
  }
  INFO("largest difference " << worst);
  CHECK(worst <= tolerance);
}

}  // namespace

TEST_CASE("every rule of crossprop follows its golden trajectory over 200 steps") {
  follows("small_bp_tanh", pc::Backprop{}, pc::Tanh{});
  follows("small_bp_relu", pc::Backprop{}, pc::ReLU{});
  follows("small_cp_tanh", pc::PerWeightCrossprop{}, pc::Tanh{});
  follows("small_cp_relu", pc::PerWeightCrossprop{}, pc::ReLU{});
  follows("small_cpalt_tanh", pc::PerUnitCrossprop{}, pc::Tanh{});
  follows("small_cpalt_relu", pc::PerUnitCrossprop{}, pc::ReLU{});
  follows("ownref_small_full_tanh", pc::FullCrossprop{}, pc::Tanh{});
  follows("ownref_small_lambda_tanh", pc::MixedCrossprop{0.5}, pc::Tanh{});
}
