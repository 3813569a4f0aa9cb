// SPDX-License-Identifier: MIT

// "Does a cloud of networks know better than one network how sure it may be?"
//
// A Bayesian network: a perceptron d-10-1 with tanh and logistic loss, weights N(0, 1) a priori; its posterior given a
// quarter of the data is sampled by 50 particles, each a parameter vector, by SVGD, NVGD, Langevin (ULA) and SGLD. A
// prediction is the mean of the particles' probabilities. Beside them one network trained by SGD without a prior. On
// the other three quarters: accuracy, mean log loss, and calibration: how often y = +1 where that was said to be p %
// sure.
//
//   bayesian_network [--quick] [--data FILE.csv] [--out DIR]
//
// FILE has a sample per line, the label last, of two classes; without it the data are 1,200 points of the plane with
// known probabilities. --quick makes a tenth of the steps; --out writes calibration.csv and calibration.svg to DIR.

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <proxcvx/proxcvx.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace pc = proxcvx;

constexpr pc::Index particles = 50;
constexpr std::size_t bins = 10;

using Data = pc::Dataset<double>;
using Network = pc::MLP<pc::Tanh>;

double sigmoid(double z) { return pc::Sigmoid{}.value(z); }

/// x ~ N(0, I) in the plane, y = +1 with probability 1/(1 + exp(3 - 2 ||x||^2)): an inside and an outside that overlap.
Data known_probabilities(pc::Index samples, pc::Seed seed) {
  pc::Matrix<double> x(2, samples);
  pc::Matrix<double> y(1, samples);
  for (pc::Index i = 0; i < samples; ++i) {
    pc::RandomStream stream{seed, static_cast<std::uint64_t>(i), pc::Purpose::data};
    auto column = x.col(i);
    stream.fill_normal(column);
    y(0, i) = stream.uniform() < sigmoid(2 * column.squaredNorm() - 3) ? 1 : -1;
  }
  return {x, y};
}

/// What a predictor's probabilities of y = +1 are worth on a test set.
struct Quality {
  std::string name;
  double accuracy = 0;
  double log_loss = 0;
  double calibration_error = 0;     // mean over samples of |said - seen| of their bin
  std::array<double, bins> said{};  // the mean probability of those in a bin
  std::array<double, bins> seen{};  // the share of y = +1 among them
  std::array<pc::Index, bins> count{};
};

Quality quality(std::string name, const Network& network, const pc::Matrix<double>& cloud, const Data& test) {
  Quality found{.name = std::move(name)};
  pc::Vector<double> mean = pc::Vector<double>::Zero(test.size());
  pc::Matrix<double> outputs(1, test.size());
  for (pc::Index j = 0; j < cloud.cols(); ++j) {
    network.forward(cloud.col(j), test.inputs(), outputs);
    for (pc::Index i = 0; i < test.size(); ++i) mean[i] += sigmoid(outputs(0, i)) / static_cast<double>(cloud.cols());
  }
  const auto n = static_cast<double>(test.size());
  for (pc::Index i = 0; i < test.size(); ++i) {
    const bool positive = test.targets()(0, i) > 0;
    found.accuracy += (mean[i] > 0.5) == positive ? 1 / n : 0;
    found.log_loss -= std::log(std::max(positive ? mean[i] : 1 - mean[i], 1e-300)) / n;
    const std::size_t bin = std::min(bins - 1, static_cast<std::size_t>(mean[i] * bins));
    found.said[bin] += mean[i];
    found.seen[bin] += positive ? 1 : 0;
    ++found.count[bin];
  }
  for (std::size_t b = 0; b < bins; ++b) {
    found.calibration_error += std::abs(found.said[b] - found.seen[b]) / n;
    if (found.count[b] == 0) continue;
    found.said[b] /= static_cast<double>(found.count[b]);
    found.seen[b] /= static_cast<double>(found.count[b]);
  }
  return found;
}

std::vector<Quality> compare(const Data& training, const Data& test, pc::Index steps) {
  const Network network{{.inputs = training.dimension(), .hidden = {10}}, pc::Tanh{}};
  const pc::EmpiricalRisk risk{network, pc::LogisticLoss{}, training};
  const pc::IsotropicNormal<> prior{network.parameters()};
  const pc::Posterior posterior{risk, prior};
  const pc::Matrix<double> start = pc::draw_samples(prior, particles, pc::Seed{1});
  std::vector<Quality> all;
  const auto add = [&](const std::string& name, const auto& method) {
    const auto result = method.run(posterior, start);
    if (result.status != pc::Status::iteration_limit) {
      throw std::runtime_error(name + " ended early: " + std::string(to_string(result.status)));
    }
    all.push_back(quality(name, network, result.last, test));
  };
  add("SVGD", pc::SVGD{0.02, pc::RBF{}, {.iterations = steps}});
  add("NVGD", pc::NVGD{2e-3, {.iterations = steps, .learning_rate = 1e-3, .training_steps = 10}});
  add("Langevin (ULA)", pc::ULA{5e-4, {.iterations = steps}});
  add("SGLD", pc::SGLD{5e-4, {.iterations = steps, .batch = 32}});
  const pc::SGD sgd{0.1, {.iterations = 10 * steps, .batch = 32}};
  all.push_back(quality("SGD, one network", network, sgd.minimize(risk, network.initialize(pc::Seed{1})).last, test));
  return all;
}

void write(const std::filesystem::path& folder, const std::vector<Quality>& all) {
  std::filesystem::create_directories(folder);
  std::ostringstream csv;
  std::string script;
  std::string plots = "plot x with lines linecolor rgb '#999999' dashtype (4,4) title 'as often as said'";
  csv << "method,said,seen,count\n" << std::setprecision(10);
  constexpr std::array colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#222222"};
  for (std::size_t k = 0; k < all.size(); ++k) {
    script += "$curve" + std::to_string(k) + " << END\n";
    for (std::size_t b = 0; b < bins; ++b) {
      if (all[k].count[b] == 0) continue;
      csv << '"' << all[k].name << "\"," << all[k].said[b] << ',' << all[k].seen[b] << ',' << all[k].count[b] << '\n';
      if (all[k].count[b] >= 5) script += std::to_string(all[k].said[b]) + " " + std::to_string(all[k].seen[b]) + "\n";
    }
    script += "END\n";
    plots += ", $curve" + std::to_string(k) +
             " with linespoints pointtype 7 pointsize 0.4 linewidth 2 linecolor rgb '" +
             std::string(colours[k % colours.size()]) + "' title '" + all[k].name + "'";
  }
  pc::write_atomically(folder / "calibration.csv", csv.str());
  script +=
      "set title 'Calibration on the test set, bins of at least 5 samples'\nset xrange [0:1]\nset yrange [0:1]\n"
      "set xlabel \"probability of y = +1 that was said\\n \"\nset ylabel 'share of y = +1 that was seen'\n" +
      plots;
  std::cout << "calibration.svg: " << pc::draw(folder / "calibration.svg", script) << '\n';
}

int main(int argc, char** argv) try {
  pc::Index steps = 5'000;
  std::filesystem::path folder;
  std::filesystem::path file;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--quick") {
      steps = 500;
    } else if (word == "--out" && i + 1 < argc) {
      folder = argv[++i];
    } else if (word == "--data" && i + 1 < argc) {
      file = argv[++i];
    } else {
      std::cerr << "usage: bayesian_network [--quick] [--data FILE.csv] [--out DIR]\n";
      return 2;
    }
  }
  const Data data = file.empty() ? known_probabilities(1'200, pc::Seed{1}) : pc::read_csv(file).data;
  const auto parts = pc::split(data, 0.25, pc::Seed{1});
  const auto scaling = pc::Scaling<double>::fit(parts.training, pc::Scale::standard);
  const Data test = scaling.apply(parts.test);
  const auto all = compare(scaling.apply(parts.training), test, steps);

  std::cout << parts.training.size() << " samples to learn from, " << test.size() << " to test, " << particles
            << " particles, " << steps << " steps\n"
            << std::left << std::setw(18) << "method" << std::right << std::setw(10) << "accuracy" << std::setw(10)
            << "log loss" << std::setw(19) << "calibration error" << '\n'
            << std::fixed << std::setprecision(4);
  for (const Quality& one : all) {
    std::cout << std::left << std::setw(18) << one.name << std::right << std::setw(10) << one.accuracy << std::setw(10)
              << one.log_loss << std::setw(19) << one.calibration_error << '\n';
  }
  if (!folder.empty()) write(folder, all);
  const double share = (test.targets().array() > 0).cast<double>().mean();
  const double most = std::max(share, 1 - share);
  const bool as_expected = std::ranges::all_of(all, [&](const Quality& one) { return one.accuracy > most; });
  std::cout << (as_expected ? "" : "NOT ") << "as expected: each beats the larger class, " << most << '\n';
  return as_expected ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << "bayesian_network: " << error.what() << '\n';
  return 2;
}
