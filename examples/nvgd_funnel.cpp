// SPDX-License-Identifier: MIT

// "Does a learned witness carry particles to a hard distribution faster than a kernel, or than noise?"
//
// The funnel protocol of di Langosco, Fortuin & Strathmann 2021: y ~ N(0, 9), x | y ~ N(0, e^y), 200 particles from
// N(0, I), 5,000 steps. NVGD with step 1e-2 and Adam's 1e-4; SVGD, scaled, with step 5e-2 and the median bandwidth or
// h = 1; Langevin (ULA) with step 1e-2. Measured: MMD^2 (unbiased, Gaussian kernel, h = 1) against 2,000 exact draws
// every 10 steps, and the step at which it first is at most 0.002.
//
//   nvgd_funnel [--quick] [--seeds N] [--steps N] [--out DIR]
//
// One seed by default; --quick makes 300 steps; --out writes curves.csv, mmd.svg and particles.svg to DIR.

#include <algorithm>
#include <array>
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

constexpr pc::Index particles = 200;
constexpr pc::Index draws = 2'000;
constexpr pc::Index stretch = 10;  // steps between two measurements
constexpr double goal = 0.002;

using Reference = pc::SampleDiscrepancy<double, pc::RBF<double>>;

const std::array<std::string, 4> names{"NVGD", "SVGD, median h", "SVGD, h = 1", "Langevin (ULA)"};

/// What a method did from one start.
struct Curve {
  std::vector<double> mmd{};  // MMD^2 at steps 0, 10, 20, ...
  pc::Matrix<double> last{};  // where its particles ended
  pc::Status status{};

  /// The first step at which MMD^2 is at most the goal; infinity where it never was.
  double first_step() const {
    const auto at = std::ranges::find_if(mmd, [](double value) { return value <= goal; });
    if (at == mmd.end()) return std::numeric_limits<double>::infinity();
    return static_cast<double>(stretch * (at - mmd.begin()));
  }
};

template <class Method>
Curve follow(const Method& method, const pc::Funnel<>& target, const pc::Matrix<double>& start,
             const Reference& reference) {
  Curve curve;
  const auto result = method.run(target, start, [&](const pc::CloudIterate<double>& now) {
    if (now.t % stretch == 0) curve.mmd.push_back(reference.squared_mmd(now.particles));
  });
  curve.mmd.push_back(reference.squared_mmd(result.last));
  curve.last = result.last;
  curve.status = result.status;
  return curve;
}

std::array<Curve, 4> one_run(std::uint64_t run, pc::Index steps) {
  const pc::Funnel<> target;
  const pc::Matrix<double> start = pc::draw_samples(pc::IsotropicNormal<>{2}, particles, pc::Seed{run});
  const Reference reference{pc::draw_samples(target, draws, pc::Seed{run + 1'000'000}), pc::RBF{1.0}};
  return {follow(pc::NVGD{1e-2, {.iterations = steps, .learning_rate = 1e-4, .seed = pc::Seed{run}}}, target, start,
                 reference),
          follow(pc::SVGD{5e-2, pc::RBF{}, {.iterations = steps, .scaled = true}}, target, start, reference),
          follow(pc::SVGD{5e-2, pc::RBF{1.0}, {.iterations = steps, .scaled = true}}, target, start, reference),
          follow(pc::ULA{1e-2, {.iterations = steps, .seed = pc::Seed{run}}}, target, start, reference)};
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

using Runs = std::vector<std::array<Curve, 4>>;

/// The median over runs of what `of` finds in method k's curve.
template <class Of> double median_of(const Runs& runs, std::size_t k, const Of& of) {
  std::vector<double> values;
  for (const auto& run : runs) values.push_back(of(run[k]));
  return median(std::move(values));
}

void write(const std::filesystem::path& folder, const Runs& runs) {
  std::filesystem::create_directories(folder);
  std::ostringstream csv;
  csv << "seed,method,step,squared_mmd\n" << std::setprecision(10);
  for (std::size_t run = 0; run < runs.size(); ++run) {
    for (std::size_t k = 0; k < names.size(); ++k) {
      const auto& mmd = runs[run][k].mmd;
      for (std::size_t i = 0; i < mmd.size(); ++i) {
        csv << run + 1 << ",\"" << names[k] << "\"," << static_cast<pc::Index>(i) * stretch << ',' << mmd[i] << '\n';
      }
    }
  }
  pc::write_atomically(folder / "curves.csv", csv.str());

  pc::RunPicture curves{.title = "Funnel: MMD^2 to exact draws, median of " + std::to_string(runs.size()) + " seeds",
                        .y_label = "MMD^2",
                        .x_label = "tens of steps",
                        .level = goal,
                        .level_name = "0.002"};
  pc::CloudPicture clouds{.title = "After " + std::to_string((runs[0][0].mmd.size() - 1) * stretch) + " steps, seed 1",
                          .log_density =
                              [](double x, double y) {
                                return pc::Funnel<>{}.log_density(pc::Vector<double>{{x, y}});
                              },
                          .x = {-20, 20},
                          .y = {-9, 9}};
  for (std::size_t k = 0; k < names.size(); ++k) {
    std::vector<double> values;
    for (std::size_t i = 1; i < runs[0][k].mmd.size(); ++i) {
      const auto at = [&](const Curve& curve) { return curve.mmd[std::min(i, curve.mmd.size() - 1)]; };
      values.push_back(std::max(1e-4, median_of(runs, k, at)));
    }
    curves.curves.push_back({names[k], std::move(values)});
    clouds.panels.push_back({names[k], runs[0][k].last});
  }
  std::cout << "mmd.svg: " << pc::draw_run(folder / "mmd.svg", curves) << '\n';
  std::cout << "particles.svg: " << pc::draw_clouds(folder / "particles.svg", clouds) << '\n';
}

int main(int argc, char** argv) {
  pc::Index seeds = 1;
  pc::Index steps = 5'000;
  std::filesystem::path folder;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--quick") {
      steps = 300;
    } else if (word == "--out" && i + 1 < argc) {
      folder = argv[++i];
    } else if (word == "--seeds" && i + 1 < argc && std::atoi(argv[i + 1]) > 0) {
      seeds = std::atoi(argv[++i]);
    } else if (word == "--steps" && i + 1 < argc && std::atoi(argv[i + 1]) > 0) {
      steps = std::atoi(argv[++i]);
    } else {
      std::cerr << "usage: nvgd_funnel [--quick] [--seeds N] [--steps N] [--out DIR]\n";
      return 1;
    }
  }
  Runs runs(static_cast<std::size_t>(seeds));
  pc::parallel_for_blocks(0, seeds, 0, [&](pc::Index run) {
    runs[static_cast<std::size_t>(run)] = one_run(static_cast<std::uint64_t>(run) + 1, steps);
  });

  std::cout << "Funnel, " << particles << " particles, " << steps << " steps, median of " << seeds
            << " seeds: MMD^2 at the start and the end, and the step at which it first was <= " << goal << '\n'
            << std::left << std::setw(16) << "method" << std::right << std::setw(10) << "start" << std::setw(10)
            << "end" << std::setw(12) << "first step" << std::setw(16) << "runs that did" << '\n';
  bool as_expected = true;
  for (std::size_t k = 0; k < names.size(); ++k) {
    const double start = median_of(runs, k, [](const Curve& curve) { return curve.mmd.front(); });
    const double end = median_of(runs, k, [](const Curve& curve) { return curve.mmd.back(); });
    const double first = median_of(runs, k, [](const Curve& curve) { return curve.first_step(); });
    const auto reached =
        std::ranges::count_if(runs, [&](const auto& run) { return std::isfinite(run[k].first_step()); });
    std::cout << std::left << std::setw(16) << names[k] << std::right << std::setprecision(3) << std::setw(10) << start
              << std::setw(10) << end << std::setw(12);
    if (std::isfinite(first)) {
      std::cout << std::lround(first);
    } else {
      std::cout << "never";
    }
    std::cout << std::setw(16) << reached << '\n';
    for (const auto& run : runs) {
      if (run[k].status == pc::Status::iteration_limit) continue;
      std::cout << "  a run of " << names[k] << " ended early: " << run[k].status << '\n';
      as_expected = false;
    }
    as_expected = as_expected && end < start;
  }
  if (!folder.empty()) write(folder, runs);
  std::cout << (as_expected ? "" : "NOT ") << "as expected: every method ends nearer to the funnel than it began\n";
  return as_expected ? 0 : 1;
}
