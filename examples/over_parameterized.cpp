// SPDX-License-Identifier: MIT

// "Why does gradient descent fit random labels with a wide ReLU network, though its loss is not convex?"
//
// The experiment of Du, Zhai, Poczos & Singh 2019: n inputs uniform on the unit sphere of R^n, N(0, 1) labels, a
// two-layer ReLU network of m units, full-batch descent on L(W) = ||u - y||^2/2. For each width: the training error
// beside (1 - eta lambda_0/2)^k, the share of activation patterns that changed, and how far a weight moved beside its
// bound; whether lambda_min(H(W)) stays above lambda_0/2; and ||grad L||^2 = (u - y)^T H (u - y) along the way.
//
//   over_parameterized [--quick] [--samples N] [--iterations T] [--out DIR]
//
// --quick takes n = 200 in place of 1000 and a fifth of each width; --out writes runs.csv, error.svg, flips.svg and
// movement.svg to DIR.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <limits>
#include <proxcvx/proxcvx.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace pc = proxcvx;

using Network = pc::TwoLayer<pc::ReLU>;

/// Inputs uniform on the unit sphere of R^n, a sample per dimension, and N(0, 1) labels.
pc::Dataset<double> random_labels(pc::Index n, pc::Seed seed) {
  pc::RandomStream stream{seed, 0, pc::Purpose::data};
  pc::Matrix<double> inputs(n, n), labels(1, n);
  stream.fill_normal(inputs);
  inputs.colwise().normalize();
  stream.fill_normal(labels);
  return {inputs, labels};
}

/// m units with outer weights +1/sqrt m or -1/sqrt m, by the toss of a coin.
Network random_signs(pc::Index n, pc::Index m, pc::Seed seed) {
  pc::RandomStream stream{seed, 1, pc::Purpose::weights};
  pc::Vector<double> a(m);
  for (double& entry : a) entry = (stream.below(2) == 0 ? 1 : -1) / std::sqrt(static_cast<double>(m));
  return {{.inputs = n, .hidden = m}, pc::ReLU{}, a};
}

/// A width's run and what it is held beside.
struct Run {
  pc::Index width = 0;
  double step_size = 0;
  double lambda_0 = 0;
  double movement_bound = 0;
  std::vector<double> bound;  // on L, at t = 0, 1, ...
  std::vector<pc::LazyTrainingRow> rows;

  double smallest() const {
    double least = std::numeric_limits<double>::infinity();
    for (const auto& row : rows) least = std::fmin(least, row.smallest);
    return least;
  }
  double identity_error() const {
    double most = 0;
    for (const auto& row : rows) most = std::fmax(most, row.identity_error);
    return most;
  }
  /// The first iteration at which the loss is a thousandth of the first, or how many there were.
  pc::Index time_to_a_thousandth() const {
    const auto reached =
        std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.loss <= rows.front().loss / 1'000; });
    return reached - rows.begin();
  }
  /// Whether the loss is at most its bound at all iterations up to the last kernel with lambda_min >= lambda_0/2.
  bool keeps_bound() const {
    std::size_t last = 0;
    for (std::size_t t = 0; t < rows.size(); ++t) {
      if (rows[t].smallest < lambda_0 / 2) break;
      last = t;
    }
    for (std::size_t t = 0; t <= last; ++t) {
      if (!(rows[t].loss <= bound[t] * (1 + 1e-12))) return false;
    }
    return true;
  }
};

/// `step_size` 0: the theorem's order lambda_0/n^2.
Run train(const pc::Dataset<double>& data, pc::Index width, double step_size, pc::Index iterations) {
  const pc::OverParameterized theorem{random_signs(data.dimension(), width, pc::Seed{2}), data};
  const auto w0 = theorem.initialize(pc::Seed{static_cast<std::uint64_t>(width)});
  const auto promise = theorem.guarantee(w0, {.iterations = iterations, .step_size = step_size});
  pc::LazyTrainingRecorder recorder{
      theorem, w0, {.flips_every = 2, .kernel_every = std::max<pc::Index>(iterations / 6, 1)}};
  const auto result =
      pc::GD{promise.step_size(), {.iterations = iterations}}.minimize(theorem.objective(), w0, recorder);
  Run run{width, promise.step_size(), theorem.lambda_0(), theorem.movement_bound(w0), {}, recorder.rows()};
  for (pc::Index t = 0; t < result.iterations; ++t) run.bound.push_back(promise.bound(t));
  return run;
}

void write(const std::filesystem::path& folder, const std::vector<Run>& runs, pc::Index n) {
  std::filesystem::create_directories(folder);
  std::ostringstream csv;
  csv << "width,step_size,iteration,loss,bound,flips,movement,movement_bound,lambda_min,identity_error\n"
      << std::setprecision(10);
  const std::string setting = "n = d = " + std::to_string(n) + ", widths m";
  pc::RunPicture error{.title = "Training error and its bound, " + setting, .y_label = "\u2016u \u2212 y\u2016\u00b2"};
  pc::RunPicture flips{.title = "Activation patterns that changed, " + setting, .y_label = "share of patterns"};
  pc::RunPicture movement{.title = "How far a weight moved, and its bound, " + setting,
                          .y_label = "max \u2016w_r(t) \u2212 w_r(0)\u2016"};
  for (const Run& run : runs) {
    pc::Curve loss{.name = "m = " + std::to_string(run.width), .values = {}}, share = loss, moved = loss;
    const bool slow = run.step_size != runs.front().step_size;
    if (slow) loss.name += ", step of the theorem";
    for (std::size_t t = 0; t < run.rows.size(); ++t) {
      const auto& row = run.rows[t];
      csv << run.width << ',' << run.step_size << ',' << row.t << ',' << row.loss << ',' << run.bound[t] << ','
          << row.flips << ',' << row.movement << ',' << run.movement_bound << ',' << row.smallest << ','
          << row.identity_error << '\n';
      if (t == 0) continue;  // pictures begin at t = 1
      loss.values.push_back(2 * row.loss);
      if (!std::isnan(row.flips)) share.values.insert(share.values.end(), t - share.values.size(), row.flips);
      moved.values.push_back(row.movement);
    }
    error.curves.push_back(loss);
    if (slow) continue;
    flips.curves.push_back(share);
    movement.curves.push_back(moved);
    movement.curves.push_back({.name = "bound for m = " + std::to_string(run.width),
                               .values = std::vector<double>(moved.values.size(), run.movement_bound),
                               .guarantee = true});
  }
  pc::Curve bound{.name = "bound for the longer step", .values = {}, .guarantee = true};
  for (std::size_t t = 1; t < runs.front().bound.size(); ++t) bound.values.push_back(2 * runs.front().bound[t]);
  error.curves.push_back(bound);
  pc::write_atomically(folder / "runs.csv", csv.str());
  for (const auto& [name, picture] :
       {std::pair{"error.svg", &error}, std::pair{"flips.svg", &flips}, std::pair{"movement.svg", &movement}}) {
    std::cout << name << ": " << pc::draw_run(folder / name, *picture) << '\n';
  }
}

int main(int argc, char** argv) {
  pc::Index n = 1'000;
  pc::Index iterations = 60;
  std::filesystem::path folder;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--quick") {
      n = 200;
    } else if (word == "--out" && i + 1 < argc) {
      folder = argv[++i];
    } else if (word == "--samples" && i + 1 < argc && std::atoi(argv[i + 1]) > 1) {
      n = std::atoi(argv[++i]);
    } else if (word == "--iterations" && i + 1 < argc && std::atoi(argv[i + 1]) > 1) {
      iterations = std::atoi(argv[++i]);
    } else {
      std::cerr << "usage: over_parameterized [--quick] [--samples N] [--iterations T] [--out DIR]\n";
      return 1;
    }
  }
  const auto data = random_labels(n, pc::Seed{1});
  const auto limit = pc::infinite_width_gram(data.inputs());
  const double lambda_0 = pc::smallest_eigenvalue(limit).value;
  const double certain = pc::smallest_eigenvalue_bound(limit) - pc::infinite_width_rounding(data.inputs());
  const double step = 1 / pc::largest_eigenvalue(limit).value;
  std::cout << "n = d = " << n << ", lambda_0 = " << std::setprecision(6) << lambda_0 << " (certainly at least "
            << std::setprecision(12) << certain << "), eta = 1/lambda_max = " << std::setprecision(4) << step << "\n";

  // The widest first: it takes as long as all others.
  std::vector<std::pair<pc::Index, double>> plans;
  for (const pc::Index multiple : {5, 2, 1}) plans.emplace_back(multiple * n, step);
  plans.emplace_back(n, 0);
  std::vector<Run> runs(plans.size());
  pc::parallel_for_blocks(0, static_cast<pc::Index>(plans.size()), 0, [&](pc::Index k) {
    const auto& [width, step_size] = plans[static_cast<std::size_t>(k)];
    runs[plans.size() - 1 - static_cast<std::size_t>(k)] = train(data, width, step_size, iterations);
  });
  std::rotate(runs.begin(), runs.begin() + 1, runs.end());  // narrow to wide, then the theorem's step

  std::cout
      << "lmin(H(0)) relative to lambda_0, lmin(H(t)) the least along the run, L/1000: the first t with L at most "
         "a thousandth\n"
      << std::right << std::setw(6) << "width" << std::setw(11) << "step" << std::setw(14) << "lmin(H(0))"
      << std::setw(12) << "lmin(H(t))" << std::setw(12) << "L(0)" << std::setw(12) << "L(T)" << std::setw(12) << "bound"
      << std::setw(10) << "L/1000" << std::setw(9) << "flips" << std::setw(10) << "moved" << std::setw(10) << "at most"
      << std::setw(10) << "identity\n"
      << std::setprecision(3);
  bool as_expected = certain > 0;
  for (const Run& run : runs) {
    const auto& last = run.rows.back();
    double flips = 0;
    for (const auto& row : run.rows) flips = std::fmax(flips, row.flips);
    const double off = 100 * std::abs(run.rows.front().smallest / run.lambda_0 - 1);
    std::ostringstream start;
    start << std::setprecision(3) << (run.rows.front().smallest < run.lambda_0 ? '-' : '+') << off << " %";
    std::cout << std::setw(6) << run.width << std::setw(11) << run.step_size << std::setw(14) << start.str()
              << std::setw(12) << run.smallest() << std::setw(12) << run.rows.front().loss << std::setw(12) << last.loss
              << std::setw(12) << run.bound.back() << std::setw(10) << run.time_to_a_thousandth() << std::setw(9)
              << flips << std::setw(10) << last.movement << std::setw(10) << run.movement_bound << std::setw(9)
              << run.identity_error() << '\n';
    as_expected = as_expected && run.keeps_bound() && run.smallest() >= run.lambda_0 / 2 &&
                  run.identity_error() <= 1e-12 && last.movement <= run.movement_bound;
  }
  for (std::size_t k = 0; k + 2 < runs.size(); ++k) {  // wider: faster, fewer flips, smaller movement
    const auto &narrow = runs[k].rows, &wide = runs[k + 1].rows;
    const std::size_t even = (narrow.size() - 1) / 2 * 2;
    as_expected = as_expected && runs[k + 1].time_to_a_thousandth() <= runs[k].time_to_a_thousandth() &&
                  wide[even].flips < narrow[even].flips && wide.back().movement < narrow.back().movement;
  }
  if (!folder.empty()) write(folder, runs, n);
  std::cout << (as_expected ? "" : "NOT ")
            << "as expected: the loss under its bound, lambda_min(H) above lambda_0/2, the identity to 1e-12, and the "
               "wider the faster, with fewer flips and smaller movement\n";
  return as_expected ? 0 : 1;
}
