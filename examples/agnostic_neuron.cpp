// SPDX-License-Identifier: MIT

// "How close does gradient descent on one neuron come to the best neuron, whatever the labels?"
//
// F(w) = (1/2) E(s(w.x) - y)^2 for a non-decreasing s with slopes at most C, no matter what an adversary did to y.
// Against a reference v, here the best neuron that could be found, OPT = F(v), while ||w - v|| <= rho (Frei, Cao & Gu
// 2020):
//   ||grad F(w)|| >= (2/(C rho)) (G_v(w) - xi),       G_v(w) = (1/2) E[(s(w.x) - s(v.x))^2 s'(w.x)],
// and descent from 0, projected onto that ball, drives the mean of G_v(w_t) down to a level of order sqrt(OPT). Where
// slopes are at least gamma > 0, F <= (2/gamma) G_v + 2 OPT; a leaky ReLU does better: the mean of F(w_t) comes down to
// OPT/(gamma^2 (2 - gamma^2)).
//
//   agnostic_neuron [--quick] [--data FILE.csv]... [--out DIR]
//
// The adversary mirrors the labels (low + high - y) of the share of samples that lie farthest along the best linear
// fit. --data adds a table: its last column the label, a number or one of two classes, taken to [0, 1]; features are
// standardised, and a 1 is appended. --quick takes two rates of five; --out writes risks.csv and risks.svg to DIR.

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <limits>
#include <numeric>
#include <proxcvx/io/csv.hpp>
#include <proxcvx/proxcvx.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace pc = proxcvx;

using Neuron = pc::Neuron<pc::AnyActivation>;
using Risk = pc::EmpiricalRisk<Neuron, pc::SquaredLoss>;
using Vector = pc::Vector<double>;
using Matrix = pc::Matrix<double>;

constexpr std::array names{"relu", "leaky_relu", "sigmoid"};
constexpr double leaky_slope = 0.5;

/// y = s(u.x) for a hidden u of length 2: what a neuron fits exactly until somebody meddles.
pc::Dataset<double> planted(const pc::AnyActivation& s) {
  constexpr pc::Index n = 500;
  constexpr pc::Index d = 10;
  pc::RandomStream stream{pc::Seed{7}};
  Matrix x(d, n);
  Vector u(d);
  stream.fill_normal(x);
  stream.fill_normal(u);
  const Matrix z = 2 * u.normalized().transpose() * x;
  return {x, z.unaryExpr([&](double t) { return s.value(t); })};
}

/// A table as said above.
pc::Dataset<double> read(const std::filesystem::path& file) {
  const auto table = [&] {
    try {
      return pc::read_csv(file, {.targets = pc::Targets::numbers}).data;
    } catch (const std::invalid_argument&) {  // a label in words; what else is wrong is wrong in this way, too
      return pc::read_csv(file, {.targets = pc::Targets::signs}).data;
    }
  }();
  const pc::Dataset<double> standard = pc::scaled(table, pc::Scale::standard);
  Matrix x(standard.dimension() + 1, standard.size());
  x << standard.inputs(), Matrix::Ones(1, standard.size());
  const double low = table.targets().minCoeff();
  const double high = table.targets().maxCoeff();
  return {x, ((table.targets().array() - low) / std::max(high - low, 1e-300)).matrix()};
}

Vector linear_fit(const pc::Dataset<double>& data) {
  return Eigen::CompleteOrthogonalDecomposition<Matrix>(data.inputs().transpose()).solve(data.targets().transpose());
}

pc::Dataset<double> attacked(const pc::Dataset<double>& data, double rate) {
  const Vector score = data.inputs().transpose() * linear_fit(data);
  std::vector<pc::Index> order(static_cast<std::size_t>(data.size()));
  std::iota(order.begin(), order.end(), pc::Index{0});
  std::stable_sort(order.begin(), order.end(), [&](pc::Index i, pc::Index j) { return score[i] > score[j]; });
  Matrix y = data.targets();
  const double ends = y.minCoeff() + y.maxCoeff();
  const auto count = static_cast<std::size_t>(std::llround(rate * static_cast<double>(data.size())));
  for (std::size_t k = 0; k < count; ++k) y(0, order[k]) = ends - y(0, order[k]);
  return {data.inputs(), y};
}

/// The w with the least risk that descent reaches from 0, from linear fits to these and to the clean labels, and from
/// random draws. (The linear fit to clean labels of a planted leaky neuron is nearly u; from there descent finds u.)
Vector best_found(const Risk& f, const pc::Dataset<double>& clean, bool quick) {
  const int random = quick ? 1 : 8;
  const pc::Index iterations = quick ? 2'000 : 10'000;
  std::vector<Vector> starts{Vector::Zero(f.dimension()), linear_fit(f.data()), linear_fit(clean)};
  for (int k = 0; k < random; ++k) {
    starts.push_back(2 * f.network().initialize(pc::Seed{static_cast<std::uint64_t>(k) + 1}));
  }
  const Matrix moment = f.data().inputs() * f.data().inputs().transpose() / static_cast<double>(f.terms());
  // Curvature: s'^2 alone, or |s''| too, labels and outputs being within 1 or so. The longer steps may go farther.
  const auto& s = f.network().activation();
  const double slopes = s.lipschitz() * s.lipschitz();
  std::vector<double> curvatures{slopes};
  if (!s.kinked()) curvatures.push_back(slopes + s.smoothness());
  Vector best;
  double least = std::numeric_limits<double>::infinity();
  for (const double curvature : curvatures) {
    const pc::ConstantStep step{1 / (curvature * pc::largest_eigenvalue(moment).value)};
    for (const Vector& start : starts) {
      const auto run = pc::GD{step, {.iterations = iterations}, pc::Ball{start, 1e6}}.minimize(f, start);
      if (run.best_value < least) least = run.best_value, best = run.best;
    }
  }
  return best;
}

struct Row {
  std::string data;
  std::string activation;
  double rate = 0;
  double opt = 0;
  double reached = 0;  // F(w_T)
  double mean = 0;     // of F(w_t) over t < T
  double bound = 0;    // what follows from the theorem for it
  double proxy = 0;    // mean of G_v(w_t)
  double proxy_bound = std::numeric_limits<double>::infinity();
  double xi = 0;
  bool kept = true;
  bool checked = true;
};

Row measure(const std::string& name, const pc::AnyActivation& s, const pc::Dataset<double>& clean, double rate,
            bool quick) {
  constexpr pc::Index T = 2'000;
  const auto data = attacked(clean, rate);
  const Neuron network{{.inputs = data.dimension()}, s};
  const Vector v = best_found({network, pc::SquaredLoss{}, data}, clean, quick);
  const pc::AnyActivation& activation = network.activation();
  const pc::AgnosticNeuron theorem{network, data, v};
  const auto& f = theorem.objective();
  const Vector w0 = Vector::Zero(f.dimension());
  const double rho = v.isZero(0) ? 1 : pc::scaled_norm(v) * (1 + 1e-12);
  const pc::Ball ball{v, rho};
  Row row{.data = name, .activation = s.name(), .rate = rate, .opt = theorem.reference_risk()};
  row.xi = theorem.constants(rho).xi;
  row.checked = pc::check(theorem.proxy_pl(rho), ball, {.samples = 2'000}).verdict() == pc::Verdict::no_violation_found;

  const bool leaky = theorem.leaky();
  const auto promise =
      leaky ? theorem.leaky_guarantee(w0, {.iterations = T}) : theorem.guarantee(w0, rho, {.iterations = T});
  pc::ProxyRecorder proxies{theorem.proxy()};
  pc::ValueRecorder risks;
  const pc::GD descent{pc::ConstantStep{promise.step_size()}, {.iterations = T}, ball};
  const auto run = descent.minimize(f, w0, proxies, risks);
  // The least slope on the ball: of F the theorem on G_v says no more.
  const double C = activation.lipschitz();
  const double reach = 2 * rho * static_cast<double>(data.radius());
  const double gamma = activation.kinked() ? activation.smallest_slope() : activation.derivative(reach);
  double sum_proxy = 0;
  double sum_risk = 0;
  for (pc::Index t = 1; t <= T; ++t) {
    sum_proxy += proxies.values()[static_cast<std::size_t>(t - 1)];
    sum_risk += risks.values()[static_cast<std::size_t>(t - 1)];
    if (leaky) {
      row.bound = promise.bound(t) / leaky_slope;
    } else {
      row.proxy_bound = C / 2 * promise.bound(t);
      row.bound = 2 / gamma * row.proxy_bound + 2 * row.opt;
    }
    row.proxy = sum_proxy / static_cast<double>(t);
    row.mean = sum_risk / static_cast<double>(t);
    row.kept = row.kept && row.proxy <= row.proxy_bound * (1 + 1e-12) && row.mean <= row.bound * (1 + 1e-12);
  }
  row.reached = run.last_value;
  return row;
}

template <class... Cells> void print(const Cells&... cells) { ((std::cout << std::setw(11) << cells), ...) << '\n'; }

/// A panel for each data set and activation: risks against the rate of noise.
std::string script_of(const std::vector<Row>& rows) {
  std::ostringstream script;
  const auto panels =
      rows.size() / static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), [&](const Row& row) {
        return row.data == rows[0].data && row.activation == rows[0].activation;
      }));
  script << "set terminal svg size 900," << 330 * (panels / names.size())
         << " fixed enhanced rounded font 'sans-serif,12' background rgb 'white'\nset multiplot layout "
         << panels / names.size() << ",3\nset xlabel \"label noise\\n \"\nset logscale y\nset format y '10^{%L}'\n"
         << "set yrange [1e-4:10]\nset mytics 1\nset xrange [0:0.42]\nset xtics 0.1\nset key maxrows 2 font ',12'\n";
  for (std::size_t begin = 0; begin < rows.size(); begin += rows.size() / panels) {
    script << "$rows << END\n";
    for (std::size_t k = begin; k < begin + rows.size() / panels; ++k) {
      const Row& r = rows[k];
      script << r.rate << ' ' << std::max(r.opt, 1e-4) << ' ' << std::max(r.reached, 1e-4) << ' '
             << std::max(r.proxy, 1e-4) << ' ' << (std::isfinite(r.proxy_bound) ? r.proxy_bound : r.bound) << '\n';
    }
    const bool leaky = !std::isfinite(rows[begin].proxy_bound);
    script << "END\nset title '" << rows[begin].data << ", " << rows[begin].activation
           << "'\nplot $rows using 1:2 with lines linewidth 2 dashtype (2,4) linecolor rgb '#222222' title 'OPT', "
           << "$rows using 1:3 with linespoints linewidth 2 pointtype 7 pointsize 0.4 linecolor rgb '#0072b2' title "
           << "'F(w_T)', $rows using 1:4 with linespoints linewidth 2 pointtype 7 pointsize 0.4 linecolor rgb "
           << "'#009e73' title 'mean G_v', $rows using 1:5 with lines linewidth 2 dashtype (9,5) linecolor rgb '"
           << (leaky ? "#003f5c' title 'bound on mean F'\n" : "#7a2e00' title 'bound on mean G_v'\n");
  }
  script << "unset multiplot\n";
  return script.str();
}

void write(const std::filesystem::path& folder, const std::vector<Row>& rows) {
  std::filesystem::create_directories(folder);
  std::ostringstream csv;
  csv << "data,activation,noise,opt,last,mean,bound,proxy,proxy_bound,xi\n" << std::setprecision(10);
  for (const Row& r : rows) {
    csv << r.data << ",\"" << r.activation << "\"," << r.rate << ',' << r.opt << ',' << r.reached << ',' << r.mean
        << ',' << r.bound << ',' << r.proxy << ',' << r.proxy_bound << ',' << r.xi << '\n';
  }
  pc::write_atomically(folder / "risks.csv", csv.str());
  std::cout << "risks.svg: " << pc::draw(folder / "risks.svg", script_of(rows)) << '\n';
}

int main(int argc, char** argv) {
  bool quick = false;
  std::vector<std::filesystem::path> files;
  std::filesystem::path folder;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--quick") {
      quick = true;
    } else if (word == "--data" && i + 1 < argc) {
      files.emplace_back(argv[++i]);
    } else if (word == "--out" && i + 1 < argc) {
      folder = argv[++i];
    } else {
      std::cerr << "usage: agnostic_neuron [--quick] [--data FILE.csv]... [--out DIR]\n";
      return 1;
    }
  }
  std::vector<std::pair<std::string, pc::Dataset<double>>> tables;
  try {
    for (const auto& file : files) tables.emplace_back(file.stem().string(), read(file));
  } catch (const std::invalid_argument& error) {
    std::cerr << "agnostic_neuron: " << error.what() << '\n';
    return 1;
  }

  const std::vector<double> rates = quick ? std::vector{0.0, 0.2} : std::vector{0.0, 0.1, 0.2, 0.3, 0.4};
  std::vector<Row> rows((tables.size() + 1) * names.size() * rates.size());
  pc::parallel_for_blocks(0, static_cast<pc::Index>(rows.size()), 0, [&](pc::Index block) {
    const auto k = static_cast<std::size_t>(block);
    const auto s = pc::AnyActivation::named(names[k / rates.size() % names.size()], leaky_slope);
    const std::size_t table = k / rates.size() / names.size();
    const auto& [name, clean] = table == 0 ? std::pair{std::string("planted"), planted(s)} : tables[table - 1];
    rows[k] = measure(name, s, clean, rates[k % rates.size()], quick);
  });

  bool good = true;
  std::cout << std::setprecision(3)
            << "Gradient descent from 0 on one neuron, T = 2,000; OPT: the least risk found; means over t < T (bounds "
               "inf: nothing is promised)\n";
  print("data", "activation", "noise", "OPT", "F(w_T)", "F/OPT", "mean F", "bound", "mean G_v", "bound", "xi", "kept",
        "checked");
  for (const Row& r : rows) {
    good = good && r.kept && r.checked;
    print(r.data.substr(0, 10), r.activation.substr(0, 10), r.rate, r.opt, r.reached,
          r.opt > 1e-12 ? r.reached / r.opt : std::numeric_limits<double>::quiet_NaN(), r.mean, r.bound, r.proxy,
          r.proxy_bound, r.xi, r.kept ? "yes" : "NO", r.checked ? "yes" : "NO");
  }
  if (!folder.empty()) write(folder, rows);
  return good ? 0 : 1;
}
