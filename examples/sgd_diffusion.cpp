// SPDX-License-Identifier: MIT

// "How well, and for how long, does a stochastic differential equation stand for SGD?"
// (Li, Tai & E 2017; Feng, Gao, Li, Liu & Lu 2019.) Weak errors of the equations of orders 0, 1 and 2 against the step
// size: in closed form for a quadratic, by simulation for a strongly convex sum, at a fixed time and over all times; a
// double well, where no equation stands for SGD for ever; and the covariance that SGD settles at near a minimum of a
// network's risk beside the discrete Lyapunov equation.
//
//   sgd_diffusion [--quick] [--out DIR]
// --quick takes fewer step sizes and paths; --out writes orders.csv, well.csv, orders.svg and well.svg to DIR.

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <proxcvx/proxcvx.hpp>
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace pc = proxcvx;

using Vector = pc::Vector<double>;
using Matrix = pc::Matrix<double>;

/// A mean of functions of one variable: Term offers slope(i, x) and curvature(i, x). An objective of one's own.
template <class Term> struct OneDimensional : Term {
  using Scalar = double;
  [[nodiscard]] pc::Index dimension() const { return 1; }
  [[nodiscard]] pc::Index terms() const { return Term::count; }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const {
    return mean([&](auto i) { return this->at(i, w[0]); });
  }
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    out[0] = mean([&](auto i) { return this->slope(i, w[0]); });
    return value(w);
  }
  double gradient(pc::ConstVectorRef<double> w, std::span<const pc::Index> batch, pc::VectorRef<double> out) const {
    double sum = 0;
    out[0] = 0;
    for (const pc::Index i : batch) {
      out[0] += this->slope(i, w[0]) / static_cast<double>(batch.size());
      sum += this->at(i, w[0]);
    }
    return sum / static_cast<double>(batch.size());
  }
  void hessian_vector(pc::ConstVectorRef<double> w, pc::ConstVectorRef<double> d, pc::VectorRef<double> out) const {
    out[0] = d[0] * mean([&](auto i) { return this->curvature(i, w[0]); });
  }

 private:
  template <class Of> static double mean(const Of& of) {
    double sum = 0;
    for (pc::Index i = 0; i < Term::count; ++i) sum += of(i);
    return sum / static_cast<double>(Term::count);
  }
};

/// x^2/2 -+ x: the table of Feng et al.'s example, lambda = s = 1.
struct Parabola {
  static constexpr pc::Index count = 2;
  static double sign(pc::Index i) { return i == 0 ? 1 : -1; }
  static double at(pc::Index i, double x) { return x * x / 2 - sign(i) * x; }
  static double slope(pc::Index i, double x) { return x - sign(i); }
  static double curvature(pc::Index /*i*/, double /*x*/) { return 1; }
};

/// (x - c_i)^2/2 + sqrt(1 + a_i x^2): strongly convex with lambda = 1, and noise that varies with x.
struct Bent {
  static constexpr pc::Index count = 4;
  static constexpr double c[] = {1.2, -0.9, 0.3, -0.4};
  static constexpr double a[] = {0.5, 2.0, 1.0, 0.1};
  static double at(pc::Index i, double x) { return (x - c[i]) * (x - c[i]) / 2 + std::sqrt(1 + a[i] * x * x); }
  static double slope(pc::Index i, double x) { return x - c[i] + a[i] * x / std::sqrt(1 + a[i] * x * x); }
  static double curvature(pc::Index i, double x) { return 1 + a[i] / std::pow(1 + a[i] * x * x, 1.5); }
};

/// (x^2 - 1)^2/4 -+ 0.38 x: two wells, between which F pulls back by up to 2/(3 sqrt 3) = 0.385: more than the noise.
struct TwoWells {
  static constexpr pc::Index count = 2;
  static constexpr double s = 0.38;
  static double at(pc::Index i, double x) { return (x * x - 1) * (x * x - 1) / 4 - (i == 0 ? s : -s) * x; }
  static double slope(pc::Index i, double x) { return x * x * x - x - (i == 0 ? s : -s); }
  static double curvature(pc::Index /*i*/, double x) { return 3 * x * x - 1; }
};

const auto square = [](const auto& w) { return w[0] * w[0]; };
const Vector start = Vector::Constant(1, 1.5);

/// A picture of curves (x, y).
struct Plot {
  std::string title, x_label, y_label, settings;
  std::ostringstream data, plots;
  int curves = 0;
  void add(const std::string& name, const std::vector<double>& x, const std::vector<double>& y) {
    constexpr std::array colours{"#0072b2", "#d55e00", "#009e73"};
    data << "$c" << curves << " << END\n";
    for (std::size_t i = 0; i < x.size(); ++i) data << x[i] << ' ' << y[i] << '\n';
    data << "END\n";
    plots << (curves == 0 ? "plot " : ", ") << "$c" << curves << " with " << (x.size() < 20 ? "linespoints" : "lines")
          << " pointtype 7 pointsize 0.5 linewidth 2.25 linecolor rgb '"
          << colours[static_cast<std::size_t>(curves % 3)] << "' title '" << name << "'";
    ++curves;
  }
  void draw(const std::filesystem::path& svg) const {
    std::cout << svg.filename().string() << ": "
              << pc::draw(svg, "set title '" + title + "'\nset xlabel '" + x_label + "'\nset ylabel '" + y_label +
                                   "'\n" + settings + "\n" + data.str() + plots.str())
              << '\n';
  }
};

bool fine = true;
void expect(bool holds, const std::string& what) {
  if (!holds) std::cout << "NOT AS EXPECTED: " << what << '\n';
  fine = fine && holds;
}

/// The errors of E x^2 in closed form after 1, ..., n steps; order 3 stands for u_0 + eta u_1.
std::vector<double> exact_errors(double eta, int order, double time) {
  const Matrix one = Matrix::Ones(1, 1);
  const pc::QuadraticMoments<double> exact{one, Vector::Zero(1), one, eta};
  std::vector<double> errors;
  for (pc::Index n = 1; static_cast<double>(n) * eta <= time + 1e-9; ++n) {
    const double t = static_cast<double>(n) * eta;
    const auto other = order == 3 ? exact.expansion(start, t) : exact.equation(order).moments(start, t);
    errors.push_back(exact.sgd(start, n).second(0, 0) - other.second(0, 0));
  }
  return errors;
}
double size_of(double error) { return std::abs(error); }
double largest(const std::vector<double>& errors) { return size_of(*std::ranges::max_element(errors, {}, size_of)); }

void table_of_the_quadratic(bool quick) {
  std::cout << "1. F = x^2/2, noise +-1, x_0 = 1.5, phi = x^2: the largest error over n eta <= 20\n"
            << "eta     of          in closed form   simulated     standard errors  largest simulated\n"
            << "                    at some time     at that time  too large        at any time\n";
  const std::vector<std::vector<double>> published{{5.263e-2, 4.053e-2, 5.013e-3, 3.091e-3},
                                                   {2.564e-2, 2.049e-2, 1.251e-3, 7.530e-4}};
  for (std::size_t k = 0; k < 2; ++k) {
    const double eta = k == 0 ? 0.1 : 0.05;
    for (int order = 0; order <= 3; ++order) {
      const auto exactly = exact_errors(eta, order, 20);
      const double exact = largest(exactly);
      std::cout << std::left << std::setprecision(4) << std::setw(8) << eta << std::setw(12)
                << (order == 3 ? "expansion" : "order " + std::to_string(order)) << std::setw(17) << exact;
      expect(std::abs(exact - published[k][static_cast<std::size_t>(order)]) <= 0.51e-3 * exact, "four digits");
      if (order < 3) {
        const auto errors = pc::weak_error(OneDimensional<Parabola>{}, square, start,
                                           {.steps = {eta},
                                            .order = order,
                                            .time = 20,
                                            .at = pc::ErrorAt::supremum,
                                            .paths = quick ? 2'048 : 1'000'000,
                                            .precision = quick ? 0.05 : 0.01},
                                           pc::Seed{1});
        const pc::WeakError& row = errors.rows[0];
        // Where the exact error is largest, as the largest of many estimates is too large.
        const auto place = static_cast<std::size_t>(std::ranges::find(exactly, exact, size_of) - exactly.begin());
        const double simulated = std::abs(row.errors[place]);
        const double off = (simulated - exact) / row.standard_errors[place];
        std::cout << std::setw(14) << simulated << std::setprecision(2) << std::setw(17) << off << std::setprecision(4)
                  << std::abs(row.error);
        expect(std::abs(off) <= 3, "three standard errors");
      }
      std::cout << '\n';
    }
  }
}

void orders(bool quick, const std::filesystem::path& folder) {
  const std::vector<double> steps = quick ? std::vector{0.1, 0.05} : std::vector{0.2, 0.1, 0.05, 0.025, 0.0125};
  std::ostringstream csv;
  csv << "problem,time,order,step,error,standard_error,bias\n" << std::setprecision(8);
  Plot plot{.title = "SGD against its equations: a strongly convex sum",
            .x_label = "step size",
            .y_label = "error of E x² at t = 1",
            .settings = "set logscale xy\nset xrange [0.01:0.3]\nset format y '10^{%L}'"};
  const std::ptrdiff_t most = quick ? 2 : 3;  // step sizes that are followed to t = 50/lambda by simulation
  std::cout << "\n2. Weak orders, eta from " << steps.front() << " to " << steps.back() << '\n';
  for (int order = 0; order <= 3; ++order) {
    for (const double time : {1.0, 50.0}) {
      std::vector<double> sizes;
      for (const double eta : steps) {
        const auto errors = exact_errors(eta, order, time);
        sizes.push_back(time == 1.0 ? std::abs(errors.back()) : largest(errors));
        csv << "quadratic," << time << ',' << order << ',' << eta << ',' << sizes.back() << ",0,0\n";
      }
      const auto slope = pc::fit_order(steps, sizes, std::vector<double>(steps.size(), 0.0));
      std::cout << "quadratic, in closed form, " << (order == 3 ? "expansion" : "order " + std::to_string(order))
                << (time == 1.0 ? ", at t = 1:    " : ", sup to t = 50: ") << slope;
      expect(std::abs(slope.order - (order < 2 ? 1 : 2)) <= 0.15, "weak order of the quadratic");
    }
  }
  for (int order = 0; order <= 2; ++order) {
    for (const double time : {1.0, quick ? 10.0 : 50.0}) {
      const bool whole = time > 1;
      const auto errors = pc::weak_error(OneDimensional<Bent>{}, square, Vector::Constant(1, 4.0),
                                         {.steps = whole ? std::vector(steps.begin(), steps.begin() + most) : steps,
                                          .order = order,
                                          .time = time,
                                          .at = whole ? pc::ErrorAt::supremum : pc::ErrorAt::final_time,
                                          .paths = quick ? 1'024 : 100'000,
                                          .precision = whole || quick ? 0.05 : 0.02},
                                         pc::Seed{2});
      const auto slope = pc::weak_order(errors);
      std::cout << "\nstrongly convex sum, order " << order << (whole ? ", sup to t = " : ", at t = ") << time << ": "
                << slope << errors;
      expect(std::abs(slope.order - std::max(order, 1)) <= 0.15 || (quick && !slope.conclusive), "weak order");
      expect(quick || slope.conclusive, "conclusive");
      std::vector<double> sizes;
      for (const auto& row : errors.rows) {
        sizes.push_back(std::abs(row.error));
        csv << "bent," << time << ',' << order << ',' << row.step << ',' << row.error << ',' << row.standard_error
            << ',' << row.bias << '\n';
      }
      if (!whole) plot.add("order " + std::to_string(order), steps, sizes);
    }
  }
  if (folder.empty()) return;
  pc::write_atomically(folder / "orders.csv", csv.str());
  plot.draw(folder / "orders.svg");
}

void two_wells(bool quick, const std::filesystem::path& folder) {
  constexpr double eta = 0.5;
  const OneDimensional<TwoWells> f;
  const Vector right = Vector::Ones(1);
  const auto escaped = [](const auto& w) { return w[0] < 0 ? 1.0 : 0.0; };
  const pc::EnsembleSettings settings{
      .steps = quick ? 1'000 : 2'500, .every = 25, .paths = quick ? 256 : 2'048, .substeps = 4, .antithetic = false};
  const auto sgd = pc::sgd_ensemble(f, escaped, right, eta, {}, settings, pc::Seed{3});
  std::ostringstream csv;
  csv << "t,sgd,order_1,order_2\n";
  Plot plot{.title = "Two wells: the equations escape, SGD never does",
            .x_label = "time t = n eta",
            .y_label = "probability of the other well"};
  std::vector<pc::Ensemble> all{sgd};
  for (const int order : {1, 2}) {
    const pc::ModifiedEquation equation{f, {.step = eta, .order = order, .noise = pc::NoiseLaw::cholesky}};
    all.push_back(pc::equation_ensemble(equation, pc::SplitStep{}, escaped, right, settings, pc::Seed{3}));
  }
  std::cout << "\n3. Two wells, eta = " << eta << ": probability of having left the right one\n";
  std::vector<double> times;
  std::vector<std::vector<double>> curves(3);
  for (pc::Index i = 0; i < sgd.points(); ++i) {
    times.push_back(sgd.time(i));
    for (std::size_t k = 0; k < 3; ++k) curves[k].push_back(all[k].mean(i));
    csv << times.back() << ',' << curves[0].back() << ',' << curves[1].back() << ',' << curves[2].back() << '\n';
    if ((i + 1) * 5 % sgd.points() != 0) continue;
    std::cout << "t = " << std::setprecision(4) << times.back() << ": SGD " << sgd.mean(i) << std::setprecision(2)
              << ", order 1 " << all[1].mean(i) << " +- " << all[1].standard_error(i) << ", order 2 " << all[2].mean(i)
              << " +- " << all[2].standard_error(i) << '\n';
  }
  const pc::Index last = sgd.points() - 1;
  expect(sgd.mean(last) == 0, "SGD stays in its well");
  expect(all[2].mean(last) > 4 * all[2].standard_error(last), "the equation of order 2 leaves it");
  if (folder.empty()) return;
  for (std::size_t k = 0; k < 3; ++k) plot.add(k == 0 ? "SGD" : "order " + std::to_string(k), times, curves[k]);
  pc::write_atomically(folder / "well.csv", csv.str());
  plot.draw(folder / "well.svg");
}

void stationary_covariance(bool quick) {
  constexpr double eta = 0.01;
  pc::RandomStream stream{pc::Seed{4}};
  Matrix inputs(1, 16), targets(1, 16);
  for (pc::Index i = 0; i < 16; ++i) {
    inputs(0, i) = -2 + 4.0 * static_cast<double>(i) / 15;
    targets(0, i) = std::sin(inputs(0, i)) + 0.3 * stream.normal();
  }
  const pc::MLP network{{.inputs = 1, .hidden = {3}}, pc::Tanh{}};
  const auto f = pc::EmpiricalRisk{network, pc::SquaredLoss{}, pc::Dataset<double>{inputs, targets}} +
                 pc::WeightDecay{network.parameters(), 0.1};
  const pc::Index p = f.dimension();
  const Vector minimum = pc::GD{0.2, {.iterations = 200'000, .gradient_tolerance = 1e-10}}
                             .minimize(f, network.initialize(pc::Seed{5}))
                             .last;
  Matrix hessian(p, p), slopes(p, f.terms());
  for (pc::Index j = 0; j < p; ++j) f.hessian_vector(minimum, Vector::Unit(p, j), hessian.col(j));
  hessian = 0.5 * (hessian + hessian.transpose().eval());
  for (pc::Index i = 0; i < f.terms(); ++i) f.gradient(minimum, std::array{i}, slopes.col(i));
  const pc::GradientNoise noise{f};
  const pc::QuadraticMoments<double> linear{hessian, Vector::Zero(p), noise.covariance(minimum), eta};
  const Matrix expected = linear.stationary_covariance();
  const Vector curvatures = hessian.selfadjointView<Eigen::Lower>().eigenvalues();

  // SGD from the minimum, and beside it, on the same batches, what it would do on the quadratic: y+ = (I - eta H) y -
  // eta grad f_i(w*), whose covariance is `expected` exactly. Their difference takes most of the chance out.
  const pc::Index chains = quick ? 16 : 64, steps = quick ? 40'000 : 200'000;
  std::vector<Matrix> plain(static_cast<std::size_t>(chains), Matrix::Zero(p, p));
  std::vector<Matrix> beside = plain;
  pc::parallel_for_blocks(0, chains, 0, [&](pc::Index chain) {
    const auto c = static_cast<std::size_t>(chain);
    pc::RandomStream batches{pc::Seed{6}, static_cast<std::uint64_t>(chain)};
    Vector at = minimum, y = Vector::Zero(p), gradient(p), next(p);
    const pc::Index warm = static_cast<pc::Index>(8 / (eta * curvatures[0]));
    for (pc::Index n = 0; n < warm + steps; ++n) {
      const std::array batch{batches.below(f.terms())};
      f.gradient(at, batch, gradient);
      at -= eta * gradient;
      next.noalias() = hessian * y;
      y -= eta * (next + slopes.col(batch[0]));
      if (n < warm) continue;
      const Vector deviation = at - minimum;
      plain[c] += deviation * deviation.transpose() / static_cast<double>(steps * chains);
      beside[c] += y * y.transpose() / static_cast<double>(steps * chains);
    }
  });
  Matrix measured = Matrix::Zero(p, p), controlled = expected;
  for (std::size_t c = 0; c < plain.size(); ++c) {
    measured += plain[c];
    controlled += plain[c] - beside[c];
  }
  const double off_plain = (measured - expected).norm() / expected.norm();
  const double off = (controlled - expected).norm() / expected.norm();
  std::cout << "\n4. A network 1-3-1 with tanh, weight decay 0.1, 16 samples, batches of 1, eta = " << eta << '\n'
            << std::setprecision(3) << "gradient at the minimum " << slopes.rowwise().mean().norm() << ", curvatures "
            << curvatures[0] << " to " << curvatures[p - 1] << '\n'
            << "covariance of SGD against the discrete Lyapunov solution, relative (Frobenius): " << 100 * off << " % ("
            << 100 * off_plain << " % without the quadratic beside it), trace " << controlled.trace() / expected.trace()
            << " of it\n";
  expect(off <= 0.03, "stationary covariance within 3 %");
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
      std::cerr << "usage: sgd_diffusion [--quick] [--out DIR]\n";
      return 1;
    }
  }
  if (!folder.empty()) std::filesystem::create_directories(folder);
  table_of_the_quadratic(quick);
  orders(quick, folder);
  two_wells(quick, folder);
  stationary_covariance(quick);
  std::cout << (fine ? "all as expected\n" : "NOT all as expected\n");
  return fine ? 0 : 1;
}
