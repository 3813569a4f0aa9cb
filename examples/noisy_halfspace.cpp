// SPDX-License-Identifier: MIT

// "How does a leaky network of any width do on a noisy halfspace, and what does the theorem promise?"
//
// N(x; W) = sum_j a_j s(w_j.x) with a fixed, ||a|| = 1, the slopes of s in [gamma, 1], and logistic risk F = E l(yN).
// The theorems (Frei, Cao & Gu 2021; Frei & Gu 2021) know the data and not the width:
//   leaky ReLU:    mean over t < T of F(W_t) <= (h(V) + ||W_0 - V||^2/(2 eta T))/(1 - eta B/2)     for every V,
//   smooth leaky:  min over t < T of G(W_t) <= xi + (2/mu) sqrt(2F(W_0)/(eta T)),   training error <= 2G,
// where B = C R^2 (C lambda_max(E xx^T) for full batch), G = E[-l'(yN)], and xi and mu are read off the data. Over one
// pass of SGD, in which F(W_t) is the loss of the sample that comes next, the first holds for certain on every run.
// Three experiments: one pass over normal and Laplace inputs, its error on fresh samples beside that of the halfspace
// that made the labels; what the growth constant C = sup l'^2/l = 0.407 saves beside the usual C = 1; and xi.
//
//   noisy_halfspace [--quick] [--out DIR]
//
// --quick takes a fifth of the samples, one seed and narrow networks; --out writes error.csv, gain.csv, error.svg and
// gain.svg to DIR.

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <limits>
#include <numbers>
#include <numeric>
#include <proxcvx/proxcvx.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace pc = proxcvx;

using Network = pc::TwoLayer<pc::AnyActivation>;
using Theorem = pc::LeakyNetwork<Network>;

constexpr pc::Index dimension = 10;
constexpr double slope = 0.5;
constexpr double C = pc::LogisticLoss::self_bounding;
constexpr std::array laws{pc::HalfspaceInputs::gaussian, pc::HalfspaceInputs::laplace};
constexpr std::array law_names{"normal", "Laplace"};

Network leaky_network(pc::Index width) {
  return {{.inputs = dimension, .hidden = width}, pc::AnyActivation::named("leaky_relu", slope)};
}

/// Normal entries of such a size that ||W_0|| is about 1 whatever the width.
pc::Vector<double> start(const Network& network, std::uint64_t seed) {
  return network.initialize(pc::Seed{seed}) / std::sqrt(static_cast<double>(network.hidden()));
}

// --- one pass of SGD, and fresh samples ----------------------------------------------------------------------------

/// Means over seeds.
struct Cell {
  std::size_t law = 0;
  double noise = 0;
  pc::Index width = 0;
  double fresh = 0;      // error of the last iterate on fresh samples with labels as noisy as in training
  double clean = 0;      // and with the labels of the halfspace
  double halfspace = 0;  // error of the halfspace on the noisy ones
  double online = 0;     // mean over t of the error of W_t on the sample that comes next
  double loss = 0;       // and of its loss
  double bound = 0;      // which the theorem bounds
  double level = 0;      // 2 xi
  double step_size = 0;
  bool kept = true;
};

void add_run(Cell& cell, pc::Index n, std::uint64_t seed, pc::Index seeds) {
  constexpr pc::Index fresh_samples = 10'000;
  const auto all = pc::noisy_halfspace({.samples = n + fresh_samples,
                                        .dimension = dimension,
                                        .margin = 0.1,
                                        .noise = cell.noise,
                                        .inputs = laws[cell.law]},
                                       pc::Seed{seed});
  const pc::Dataset<double> data{all.inputs().leftCols(n), all.targets().leftCols(n)};
  const pc::Dataset<double> fresh{all.inputs().rightCols(fresh_samples), all.targets().rightCols(fresh_samples)};
  const pc::Matrix<double> sides = pc::halfspace_direction(dimension, pc::Seed{seed}).transpose() * fresh.inputs();
  const pc::Matrix<double> labels = sides.array().sign().matrix();

  const Network network = leaky_network(cell.width);
  const Theorem theorem{network, data};
  const auto w0 = start(network, seed);
  const auto promise = theorem.proxy_convexity_guarantee(w0, {.iterations = n, .noise = pc::Noise::single_example});
  pc::ValueRecorder losses;
  const pc::SGD sgd{promise.step_size(), {.iterations = n, .sampling = pc::Sampling::in_order}};
  const auto run = sgd.minimize(theorem.objective(), w0, losses);

  const auto error = [&](const pc::Matrix<double>& targets) {
    const pc::EmpiricalRisk risk{network, pc::LogisticLoss{}, pc::Dataset<double>{fresh.inputs(), targets}};
    return pc::ClassificationError{risk}.value(run.last);
  };
  const auto share = [](double count, pc::Index of) { return count / static_cast<double>(of); };
  const auto& values = losses.values();
  const double mean = share(std::accumulate(values.begin(), values.end(), 0.0), n);
  const auto mistakes = std::count_if(values.begin(), values.end(), [](double l) { return l >= std::numbers::ln2; });
  const auto weight = static_cast<double>(seeds);
  cell.fresh += error(fresh.targets()) / weight;
  cell.clean += error(labels) / weight;
  cell.halfspace +=
      share(static_cast<double>((labels.array() != fresh.targets().array()).count()), fresh_samples) / weight;
  cell.online += share(static_cast<double>(mistakes), n) / weight;
  cell.loss += mean / weight;
  cell.bound += promise.bound(n) / weight;
  cell.level += 2 * theorem.constants().xi / weight;
  cell.step_size += promise.step_size() / weight;
  cell.kept = cell.kept && mean <= promise.bound(n) * (1 + 1e-12);
}

std::vector<Cell> one_pass(bool quick) {
  const std::vector<pc::Index> widths =
      quick ? std::vector<pc::Index>{2, 64} : std::vector<pc::Index>{2, 8, 64, 512, 4096};
  const std::vector<double> rates = quick ? std::vector{0.0, 0.1, 0.4} : std::vector{0.0, 0.05, 0.1, 0.2, 0.3, 0.4};
  const pc::Index n = quick ? 1'000 : 5'000;
  const pc::Index seeds = quick ? 1 : 3;
  std::vector<Cell> cells;
  for (const pc::Index width : widths) {
    for (std::size_t law = 0; law < laws.size(); ++law) {
      for (const double noise : rates) cells.push_back({.law = law, .noise = noise, .width = width});
    }
  }
  const auto count = static_cast<pc::Index>(cells.size());
  pc::parallel_for_blocks(0, count, 0, [&](pc::Index block) {  // the wide ones first
    Cell& cell = cells[static_cast<std::size_t>(count - 1 - block)];
    for (pc::Index seed = 1; seed <= seeds; ++seed) add_run(cell, n, static_cast<std::uint64_t>(seed), seeds);
  });
  std::stable_sort(cells.begin(), cells.end(), [](const Cell& a, const Cell& b) {
    return std::pair{a.law, a.noise} < std::pair{b.law, b.noise};
  });
  return cells;
}

// --- what the sharp growth constant saves --------------------------------------------------------------------------

/// A mean of F(W_t) over t < T is promised to be at most `level` by two values of C; when it was.
struct Gain {
  std::string method;
  double noise = 0;
  double level = 0;
  std::array<pc::Index, 2> promised{};        // T with C = 0.407, and with 1
  std::array<pc::Index, 2> measured{};        // from when on the mean was at most the level
  std::array<std::vector<double>, 2> mean{};  // over t < T, T = 1, 2, ...
  std::array<std::vector<double>, 2> bound{};
  bool kept = true;
};

Gain gain(double noise, pc::Noise batches) {
  const auto data = pc::noisy_halfspace(
      {.samples = 500, .dimension = dimension, .margin = 0.1, .noise = noise, .inputs = laws[0]}, pc::Seed{7});
  const Network network = leaky_network(64);
  const Theorem theorem{network, data};
  const auto& f = theorem.objective();
  const auto w0 = start(network, 1);
  const bool full = batches == pc::Noise::full_batch;
  Gain result{.method = full ? "GD" : "SGD", .noise = noise};
  const double B = theorem.growth(batches).B;
  const auto sharp = theorem.proxy_convexity_guarantee(w0, {.accuracy = 0.05, .noise = batches});
  result.level = sharp.bound(sharp.iterations());
  for (const std::size_t k : {0U, 1U}) {
    const double constant = k == 0 ? C : 1;  // with C = 1, B is larger by 1/C and the step is shorter by C
    const double eta = sharp.step_size() * C / constant;
    const auto promise = theorem.proxy_convexity_guarantee(w0, {.accuracy = 0.05, .step_size = eta, .noise = batches});
    const double less = (1 - eta * B / 2) / (1 - eta * B / C * constant / 2);
    const pc::Index T = promise.iterations();
    pc::ValueRecorder values;  // of full batches F(W_t), of single samples what has the mean F(W_t)
    if (full) {
      (void)pc::GD{eta, {.iterations = T}}.minimize(f, w0, values);
    } else {
      (void)pc::SGD{eta, {.iterations = T}}.minimize(f, w0, values);
    }
    double sum = 0;
    for (pc::Index t = 1; t <= T; ++t) {
      sum += values.values()[static_cast<std::size_t>(t - 1)];
      result.mean[k].push_back(sum / static_cast<double>(t));
      result.bound[k].push_back(promise.bound(t) * less);
      if (result.mean[k].back() > result.level) result.measured[k] = t + 1;
      result.kept = result.kept && (!full || result.mean[k].back() <= promise.bound(t) * (1 + 1e-12));
    }
    result.promised[k] = T;
    result.measured[k] = std::max<pc::Index>(result.measured[k], 1);
  }
  return result;
}

template <class... Words> void row(const Words&... words) { ((std::cout << std::setw(10) << words), ...) << '\n'; }

/// Proxy PL on the sphere: a run of GD as long as the level xi + 0.1 takes. Whether the bound is kept at every T.
bool smooth_leaky(double noise) {
  const auto data =
      pc::noisy_halfspace({.samples = 400, .dimension = dimension, .margin = 0.2, .noise = noise}, pc::Seed{7});
  const Network network{{.inputs = dimension, .hidden = 16}, pc::AnyActivation::named("smooth_leaky_relu", slope)};
  const Theorem theorem{network, data};
  const auto& f = theorem.objective();
  const auto w0 = network.initialize(pc::Seed{1});
  const auto promise = theorem.proxy_pl_guarantee(w0, {.accuracy = 0.1});
  pc::ProxyRecorder proxy{pc::LossDerivative{f}};
  pc::ProxyRecorder error{pc::ClassificationError{f}};
  const auto run = pc::GD{promise.step_size(), {.iterations = promise.iterations()}}.minimize(f, w0, proxy, error);
  bool kept = error.best() <= 2 * promise.bound(run.iterations);
  double least = std::numeric_limits<double>::infinity();
  for (pc::Index t = 1; t <= run.iterations; ++t) {
    least = std::min(least, proxy.values()[static_cast<std::size_t>(t - 1)]);
    kept = kept && least <= promise.bound(t) * (1 + 1e-12);
  }
  row(noise, theorem.constants().xi, theorem.constants().mu, run.iterations, error.best(), 2 * proxy.best(),
      2 * promise.bound(run.iterations), kept ? "yes" : "NO");
  return kept;
}

// --- tables and pictures -------------------------------------------------------------------------------------------

bool print(const std::vector<Cell>& cells) {
  bool all = true;
  std::cout << std::setprecision(3)
            << "One pass of SGD, leaky slope 0.5: errors on fresh samples; next: mean over t of the error on the next "
               "sample,\nloss: of its loss, which the theorem bounds\n";
  row("inputs", "noise", "width", "network", "halfspace", "clean", "next", "loss", "bound", "2 xi", "eta", "kept");
  for (const Cell& c : cells) {
    row(law_names[c.law], c.noise, c.width, c.fresh, c.halfspace, c.clean, c.online, c.loss, c.bound, c.level,
        c.step_size, c.kept ? "yes" : "NO");
    all = all && c.kept;
  }
  return all;
}

bool print(const std::vector<Gain>& gains) {
  bool all = true;
  std::cout
      << "\nWhat C = 0.407 saves beside C = 1, width 64: T until the mean of F(W_t), t < T, is at most the level\n";
  row("method", "noise", "level", "promised", "C = 1", "ratio", "measured", "C = 1", "ratio", "kept");
  for (const Gain& g : gains) {
    const auto ratio = [](const auto& T) { return static_cast<double>(T[1]) / static_cast<double>(T[0]); };
    row(g.method, g.noise, g.level, g.promised[0], g.promised[1], ratio(g.promised), g.measured[0], g.measured[1],
        ratio(g.measured), g.kept ? "yes" : "NO");
    all = all && g.kept;
  }
  return all;
}

/// Errors against noise, a line for each width, and on clean labels against width: a column for each law of inputs.
std::string error_script(const std::vector<Cell>& cells) {
  std::ostringstream script, widths, rates;
  std::vector<Cell> by_width = cells;  // the points of a line in a row: gnuplot connects no others
  std::stable_sort(by_width.begin(), by_width.end(), [](const Cell& x, const Cell& y) { return x.width < y.width; });
  script << std::setprecision(6);
  for (const bool sorted : {false, true}) {
    script << (sorted ? "END\n$by_width << END\n" : "$by_noise << END\n");
    for (const Cell& c : sorted ? by_width : cells) {
      script << c.law << ' ' << c.noise << ' ' << c.width << ' ' << c.fresh << ' ' << std::max(c.clean, 1e-4) << ' '
             << c.halfspace << ' ' << c.bound / std::numbers::ln2 << ' ' << c.level << '\n';
      if (sorted && c.law == 0 && c.noise == cells[0].noise) widths << c.width << ' ';
      if (sorted && c.law == 0 && c.width == cells[0].width) rates << c.noise << ' ';
    }
  }
  script << "END\nset terminal svg size 840,840 fixed enhanced rounded font 'sans-serif,13' background rgb 'white'\n"
         << "array colour = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9']\n"
         << "set multiplot layout 2,2\nset key maxrows 4\nm = '" << widths.str() << "'\np = '" << rates.str() << "'\n"
         << "of(law, k, key, value) = law == column(1) && column(k) == key ? value : NaN\n";
  const auto panels = [&](const std::string& settings, const std::string& lines) {
    script << settings << '\n';
    for (std::size_t law = 0; law < laws.size(); ++law) {
      script << "set title '" << law_names[law] << " inputs'\nlaw = " << law << "\nplot " << lines << '\n';
    }
  };
  const auto dashed = [&](int column, const std::string& style, const std::string& name) {
    return ", $by_width using (of(law, 3, " + std::to_string(cells[0].width) + ", $2)):" + std::to_string(column) +
           " with lines " + style + " title '" + name + "'";
  };
  const std::string look = " with linespoints linewidth 2 pointtype 7 pointsize 0.4 linecolor rgb colour[k]";
  panels(
      "set xrange [0:0.42]\nset yrange [0:1]\nset format '%g'\nset xtics 0.1\nset ytics 0.2\n"
      "set xlabel \"label noise\\n \"\nset ylabel 'error, noisy labels'",
      "for [k = 1:words(m)] $by_width using (of(law, 3, word(m, k) + 0, $2)):4" + look + " title 'width '.word(m, k)" +
          dashed(6, "linewidth 1.5 dashtype (2,4) linecolor rgb '#222222'", "the halfspace") +
          dashed(7, "linewidth 2 dashtype (9,5) linecolor rgb '#222222'", "bound/ln 2") +
          dashed(8, "linewidth 2 dashtype (9,5) linecolor rgb '#7a2e00'", "2 ξ"));
  panels(
      "set logscale xy\nset xrange [2:5000]\nset yrange [1e-4:1]\nset xtics 4\nset ytics 10\n"
      "set format y '10^{%L}'\nset xlabel \"width\\n \"\nset ylabel 'error, labels of the halfspace'",
      "for [k = 1:words(p)] $by_noise using (of(law, 2, word(p, k) + 0, $3)):5" + look + " title 'noise '.word(p, k)");
  script << "unset multiplot\n";
  return script.str();
}

void write(const std::filesystem::path& folder, const std::vector<Cell>& cells, const std::vector<Gain>& gains) {
  std::filesystem::create_directories(folder);
  std::ostringstream errors, saved;
  errors << "inputs,noise,width,fresh,halfspace,clean,next,loss,bound,two_xi,step_size\n" << std::setprecision(10);
  for (const Cell& c : cells) {
    errors << law_names[c.law] << ',' << c.noise << ',' << c.width << ',' << c.fresh << ',' << c.halfspace << ','
           << c.clean << ',' << c.online << ',' << c.loss << ',' << c.bound << ',' << c.level << ',' << c.step_size
           << '\n';
  }
  saved << "method,noise,level,promised,promised_1,measured,measured_1\n" << std::setprecision(10);
  for (const Gain& g : gains) {
    saved << g.method << ',' << g.noise << ',' << g.level << ',' << g.promised[0] << ',' << g.promised[1] << ','
          << g.measured[0] << ',' << g.measured[1] << '\n';
  }
  pc::write_atomically(folder / "error.csv", errors.str());
  pc::write_atomically(folder / "gain.csv", saved.str());
  std::cout << "error.svg: " << pc::draw(folder / "error.svg", error_script(cells)) << '\n';

  const Gain& g = gains.front();
  pc::RunPicture picture{.title = "Gradient descent with the steps that two growth constants allow",
                         .y_label = "mean of F(W_t) over t < T",
                         .x_label = "T",
                         .level = g.level,
                         .level_name = "the level that both promise"};
  for (const std::size_t k : {0U, 1U}) {
    const std::string constant = k == 0 ? "C = 0.407" : "C = 1";
    picture.curves.push_back({.name = constant, .values = g.mean[k]});
    picture.curves.push_back({.name = "bound, " + constant, .values = g.bound[k], .guarantee = true});
  }
  std::cout << "gain.svg: " << pc::draw_run(folder / "gain.svg", picture) << '\n';
}

int main(int argc, char** argv) {
  bool quick = false;
  std::filesystem::path folder;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--quick") {
      quick = true;
    } else if (word == "--out" && i + 1 < argc) {
      folder = argv[++i];
    } else {
      std::cerr << "usage: noisy_halfspace [--quick] [--out DIR]\n";
      return 1;
    }
  }
  const std::vector<Cell> cells = one_pass(quick);
  bool good = print(cells);
  const std::vector<double> rates = quick ? std::vector{0.05} : std::vector{0.0, 0.02, 0.05, 0.1};
  std::vector<Gain> gains;
  for (const auto batches : {pc::Noise::full_batch, pc::Noise::single_example}) {
    for (const double noise : rates) gains.push_back(gain(noise, batches));
  }
  good = print(gains) && good;

  std::cout << "\nSmooth leaky, slope 0.5, width 16, on the sphere: gradient descent for as long as xi + 0.1 takes\n";
  row("noise", "xi", "mu", "T", "error", "2 min G", "2 bound", "kept");
  for (const double noise : quick ? std::vector{0.05} : std::vector{0.0, 0.01, 0.05, 0.1}) {
    good = smooth_leaky(noise) && good;
  }
  if (!folder.empty()) write(folder, cells, gains);
  return good ? 0 : 1;
}
