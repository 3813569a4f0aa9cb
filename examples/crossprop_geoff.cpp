// SPDX-License-Identifier: MIT

// "Do features that crossprop learned move less, and serve again when a task returns?"
//
// GEOFF (Veeriah, Zhang & Sutton 2017): regression of noisy targets on 20 bits, one pass, a network 20-500-1 with tanh,
// weights N(0, 1), stages of 5,000 examples of the tasks 0, 1, 2, 0, 1, 2, nothing reset between them. For each way of
// learning: the mean of delta^2 over the last 1,000 examples of each stage, and how far the features went in the end.
//
//   crossprop_geoff [--quick] [--runs N] [--out DIR]
//
// --quick makes 2 runs instead of 30; --out writes curves.csv, error.svg and features.svg to DIR.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <proxcvx/proxcvx.hpp>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace pc = proxcvx;

constexpr pc::Index bits = 20;
constexpr pc::Index units = 500;
constexpr pc::Index samples = 5'000;
constexpr pc::Index stages = 6;
constexpr pc::Index tail = 1'000;   // examples at the end of a stage whose errors are averaged
constexpr pc::Index stretch = 250;  // examples that a point of a curve averages
constexpr double step_size = 5e-4;

/// What a way of learning did: sums over runs, divided in the end.
struct Curves {
  std::vector<double> error = std::vector<double>(stages * samples / stretch);     // mean delta^2 of a stretch
  std::vector<double> features = std::vector<double>(stages * samples / stretch);  // ||U - U_0||^2 after it
  std::vector<double> outgoing = std::vector<double>(stages * samples / stretch);  // ||W - W_0||^2 after it

  void add(const Curves& other, double share) {
    for (std::size_t i = 0; i < error.size(); ++i) {
      error[i] += share * other.error[i];
      features[i] += share * other.features[i];
      outgoing[i] += share * other.outgoing[i];
    }
  }
  /// The mean of delta^2 over the last 1,000 examples of a stage.
  double at_the_end_of(pc::Index stage) const {
    double sum = 0;
    const pc::Index end = (stage + 1) * samples / stretch;
    for (pc::Index i = end - tail / stretch; i < end; ++i) sum += error[static_cast<std::size_t>(i)];
    return sum * stretch / tail;
  }
};

/// One pass over all stages; learn(task, sample) returns half of delta^2, moved() the distances from the start.
template <class Learn, class Moved> Curves one_pass(const Learn& learn, const Moved& moved) {
  Curves curves;
  for (pc::Index t = 0; t < stages * samples; ++t) {
    const auto point = static_cast<std::size_t>(t / stretch);
    curves.error[point] += 2 * learn(static_cast<std::size_t>(t / samples % 3), t % samples) / stretch;
    if ((t + 1) % stretch == 0) std::tie(curves.features[point], curves.outgoing[point]) = moved();
  }
  return curves;
}

using Tasks = std::vector<pc::Dataset<double>>;

template <class Rule> Curves crossprop(const Rule& rule, const Tasks& tasks, pc::Seed seed) {
  pc::Crossprop learner{{.inputs = bits + 1, .hidden = units, .step_size = step_size}, rule};
  learner.initialize(seed);
  const pc::Matrix<double> u = learner.incoming();
  const pc::Matrix<double> w = learner.outgoing();
  pc::Vector<double> x(bits + 1);
  x[bits] = 1;
  return one_pass(
      [&](std::size_t task, pc::Index n) {
        x.head(bits) = tasks[task].inputs().col(n);
        return learner.step(x, tasks[task].targets()(0, n));
      },
      [&] {
        return std::pair{(learner.incoming() - u).squaredNorm(), (learner.outgoing() - w).squaredNorm()};
      });
}

/// The same network as an MLP, from the same weights, with its bias in place of the constant input and unit: an
/// optimizer's step on one example, `step(f, batch, w, gradient)`, is what learns.
template <class Step> Curves by_gradients(const Step& step, const Tasks& tasks, pc::Seed seed) {
  const pc::MLP network{{.inputs = bits, .hidden = {units}}, pc::Tanh{}};
  pc::Crossprop start{{.inputs = bits + 1, .hidden = units}, pc::Backprop{}};
  start.initialize(seed);
  pc::Vector<double> w0(network.parameters());
  w0 << start.incoming().reshaped(), start.outgoing();
  std::vector<pc::EmpiricalRisk<pc::MLP<pc::Tanh>, pc::SquaredLoss>> risks;
  for (const auto& task : tasks) risks.emplace_back(network, pc::SquaredLoss{}, task);
  pc::Vector<double> w = w0;
  pc::Vector<double> gradient(w.size());
  return one_pass(
      [&](std::size_t task, pc::Index n) {
        const std::array batch{n};
        return step(risks[task], batch, w, gradient);
      },
      [&] {
        const pc::Index incoming = units * (bits + 1);
        return std::pair{(w - w0).head(incoming).squaredNorm(), (w - w0).tail(units + 1).squaredNorm()};
      });
}

template <class Optimizer> Curves remembering(const Optimizer& optimizer, const Tasks& tasks, pc::Seed seed) {
  auto memory = optimizer.start(units * (bits + 2) + 1);
  return by_gradients([&](const auto& f, const auto& batch, auto& w,
                          auto& gradient) { return optimizer.step(f, batch, w, gradient, memory); },
                      tasks, seed);
}

const std::vector<std::string> names{"backprop",    "full",          "per weight",   "per unit", "lambda = 1/2",
                                     "SGD by risk", "momentum 5e-5", "RMSprop 1e-3", "Adam 1e-3"};

std::vector<Curves> one_run(std::uint64_t run) {
  const Tasks tasks = pc::geoff_tasks({.samples = samples}, pc::Seed{run});
  const pc::Seed seed{run + 1'000'000};
  const pc::SGD sgd{step_size};
  return {crossprop(pc::Backprop{}, tasks, seed),
          crossprop(pc::FullCrossprop{}, tasks, seed),
          crossprop(pc::PerWeightCrossprop{}, tasks, seed),
          crossprop(pc::PerUnitCrossprop{}, tasks, seed),
          crossprop(pc::MixedCrossprop{0.5}, tasks, seed),
          by_gradients([&](const auto& f, const auto& batch, auto& w,
                           auto& gradient) { return sgd.step(f, batch, w, gradient); },
                       tasks, seed),
          remembering(pc::Momentum{step_size / 10}, tasks, seed),
          remembering(pc::RMSprop{1e-3}, tasks, seed),
          remembering(pc::Adam{1e-3}, tasks, seed)};
}

void write(const std::filesystem::path& folder, const std::vector<Curves>& all, pc::Index runs) {
  std::filesystem::create_directories(folder);
  std::ostringstream csv;
  csv << "learner,examples,delta_squared,features_moved,outgoing_moved\n" << std::setprecision(10);
  pc::RunPicture error{
      .title = "GEOFF, mean of " + std::to_string(runs) + " runs, tasks 0, 1, 2, 0, 1, 2; t: a stretch of 250 examples",
      .y_label = "squared error",
      .x_label = "stretch t"};
  pc::RunPicture features{.title = error.title, .y_label = "||U - U_0||^2", .x_label = error.x_label};
  for (std::size_t k = 0; k < all.size(); ++k) {
    for (std::size_t i = 0; i < all[k].error.size(); ++i) {
      csv << names[k] << ',' << (i + 1) * stretch << ',' << all[k].error[i] << ',' << all[k].features[i] << ','
          << all[k].outgoing[i] << '\n';
    }
    if (k >= 5) continue;  // the rules; all is in the table
    error.curves.push_back({names[k], all[k].error});
    features.curves.push_back({names[k], all[k].features});
  }
  pc::write_atomically(folder / "curves.csv", csv.str());
  for (const auto& [name, picture] : {std::pair{"error.svg", &error}, std::pair{"features.svg", &features}}) {
    std::cout << name << ": " << pc::draw_run(folder / name, *picture) << '\n';
  }
}

int main(int argc, char** argv) {
  pc::Index runs = 30;
  std::filesystem::path folder;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--quick") {
      runs = 2;
    } else if (word == "--out" && i + 1 < argc) {
      folder = argv[++i];
    } else if (word == "--runs" && i + 1 < argc && std::atoi(argv[i + 1]) > 0) {
      runs = std::atoi(argv[++i]);
    } else {
      std::cerr << "usage: crossprop_geoff [--quick] [--runs N] [--out DIR]\n";
      return 1;
    }
  }
  std::vector<std::vector<Curves>> of_run(static_cast<std::size_t>(runs));
  pc::parallel_for_blocks(0, runs, 0, [&](pc::Index run) {
    of_run[static_cast<std::size_t>(run)] = one_run(static_cast<std::uint64_t>(run) + 1);
  });
  std::vector<Curves> all(names.size());
  for (const auto& run : of_run) {
    for (std::size_t k = 0; k < all.size(); ++k) all[k].add(run[k], 1.0 / static_cast<double>(runs));
  }

  std::cout << "Mean of delta^2 over the last 1,000 examples of each stage, " << runs << " runs\n"
            << std::left << std::setw(15) << "learner" << std::right;
  for (const char* stage : {"task 0", "task 1", "task 2", "task 0", "task 1", "task 2"}) {
    std::cout << std::setw(9) << stage;
  }
  std::cout << std::setw(13) << "||U-U0||^2" << '\n' << std::fixed << std::setprecision(1);
  for (std::size_t k = 0; k < all.size(); ++k) {
    std::cout << std::left << std::setw(15) << names[k] << std::right;
    for (pc::Index stage = 0; stage < stages; ++stage) std::cout << std::setw(9) << all[k].at_the_end_of(stage);
    std::cout << std::setw(13) << all[k].features.back() << '\n';
  }
  if (!folder.empty()) write(folder, all, runs);
  // What holds of any run: the full rule moves features less than backprop does, and per-weight memory far less.
  const bool as_expected =
      all[1].features.back() < all[0].features.back() && all[2].features.back() < 0.2 * all[0].features.back();
  std::cout << (as_expected ? "" : "NOT ") << "as expected: the full rule's features move less than backprop's, "
            << "those with a memory alone under a fifth as far\n";
  return as_expected ? 0 : 1;
}
