// SPDX-License-Identifier: MIT

// "How fast is gradient descent where theory knows, and how much faster is it really?"
//
// Runs of full-batch descent with the step of their theorem, each beside its bound at every T:
//   logistic regression        convex: the mean of f(w_0), ..., f(w_{T-1}) against the best w found
//   least squares, rank 3      not strongly convex, yet PL: f - f* <= (1 - eta m)^T (f(w_0) - f*)
//   x^2 + 3 sin^2 x            not convex, PL with a sharp m
//   matrix factorisation       not convex, PL near a start that is nearly a solution, which descent never leaves
//   tangent margin             a two-layer network that is classified: ||grad f(w)|| >= kappa(w) G(w), and min G falls
//                              as fast as the smallest kappa of the run says
//
//   gd_rates [--quick] [--out DIR]
//
// --quick makes a fifth of the steps; --out writes rates.csv, gd_rates.svg and tangent_margin.svg to DIR.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <limits>
#include <proxcvx/proxcvx.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace pc = proxcvx;

using Numbers = std::vector<double>;

/// What was measured after T = 1, 2, ... steps, and what the theorem promises.
struct Run {
  std::string name;
  std::string quantity;
  double step_size = 0;
  Numbers measured, bound;

  bool kept() const {
    for (std::size_t i = 0; i < measured.size(); ++i) {
      if (!(measured[i] <= bound[i] * (1 + 1e-12))) return false;
    }
    return !measured.empty();
  }
  double ratio_at_the_end() const { return bound.back() / measured.back(); }
};

/// f(w_0), f(w_1), ..., f(w_T).
template <class F> Numbers values_of_descent(const F& f, const pc::Vector<double>& w0, double step, pc::Index T) {
  Numbers values;
  const auto record = [&](const pc::Iterate<double>& iterate) { values.push_back(iterate.value); };
  const auto result = pc::GD{pc::ConstantStep{step}, {.iterations = T}}.minimize(f, w0, record);
  values.push_back(f.value(result.last));
  return values;
}

/// The best iterate of a long run from w0.
template <class F> pc::Vector<double> fitted(const F& f, const pc::Vector<double>& w0, double step) {
  return pc::GD{pc::ConstantStep{step}, {.iterations = 20'000}}.minimize(f, w0).best;
}

/// Normal inputs in R^d of the given rank, a sample a column.
pc::Matrix<double> inputs(pc::Index d, pc::Index rank, pc::Index n, pc::Seed seed) {
  pc::RandomStream stream{seed};
  pc::Matrix<double> basis(d, rank), x(rank, n);
  stream.fill_normal(basis);
  stream.fill_normal(x);
  return basis * x;
}

Run logistic_regression(pc::Index T) {
  const auto data = pc::noisy_halfspace({.samples = 200, .dimension = 5, .margin = 0.1, .noise = 0.1}, pc::Seed{3});
  const pc::ConvexRisk instance{pc::LogisticRegression<>(data)};
  const auto& f = instance.objective();
  const pc::Vector<double> w0 = pc::Vector<double>::Zero(5);
  const pc::Vector<double> v = fitted(f, w0, 1 / instance.growth(pc::Noise::full_batch).B);
  const auto promise = instance.guarantee(w0, {v}, {.iterations = T});
  Run run{"logistic regression", "mean f", promise.step_size(), {}, {}};
  double sum = 0;
  const Numbers values = values_of_descent(f, w0, promise.step_size(), T);
  for (pc::Index t = 1; t <= T; ++t) {
    sum += values[static_cast<std::size_t>(t - 1)];
    run.measured.push_back(sum / static_cast<double>(t));
    run.bound.push_back(promise.bound(t));
  }
  return run;
}

/// f(w_T) - f* under a guarantee of proxy PL with g = f, from w0 with this excess.
template <class F>
Run linear_rate(const std::string& name, const F& f, const pc::Vector<double>& w0, const pc::ProxyPLGuarantee& promise,
                double minimum, double excess, pc::Index T) {
  Run run{name, "f - f*", promise.step_size(), {}, {}};
  const Numbers values = values_of_descent(f, w0, promise.step_size(), T);
  for (pc::Index t = 1; t <= T; ++t) {
    const double left = values[static_cast<std::size_t>(t)] - minimum;
    if (left < 1e-14 * excess) break;  // rounding is all that is left
    run.measured.push_back(left);
    run.bound.push_back(promise.last_iterate_excess(excess, t));
  }
  return run;
}

template <class F>
Run polyak_lojasiewicz(const std::string& name, const F& f, const pc::Vector<double>& w0, pc::Index T) {
  const pc::PolyakLojasiewicz instance{f};
  return linear_rate(name, f, w0, instance.guarantee(w0, {.iterations = T}), f.minimum(), instance.gap(w0), T);
}

Run least_squares(pc::Index T) {
  const pc::Matrix<double> x = inputs(6, 3, 40, pc::Seed{5});
  const pc::Matrix<double> y = pc::Matrix<double>::Ones(1, 6) * x;  // some w fits: f* = 0
  return polyak_lojasiewicz("least squares, rank 3 of 6", pc::LeastSquares<>(pc::Dataset<double>{x, y}),
                            pc::Vector<double>::Constant(6, -1), T);
}

Run matrix_factorization(pc::Index T) {
  pc::RandomStream stream{pc::Seed{7}};
  pc::Matrix<double> u(3, 6), v(4, 6), change(3, 4);
  stream.fill_normal(u);
  stream.fill_normal(v);
  stream.fill_normal(change);
  const pc::FactorizedMatrix instance{
      pc::MatrixFactorization<double>(pc::Matrix<double>(u * v.transpose() + 0.02 * change), 6)};
  const auto& f = instance.objective();
  pc::Vector<double> w0(f.dimension());
  w0 << u.reshaped(), v.reshaped();
  const auto promise = instance.guarantee(w0, 0.5 * std::sqrt(f.pl_modulus_at(w0)), {.iterations = T});
  return linear_rate("matrix factorisation", f, w0, promise, 0, f.value(w0), T);
}

/// A run of a network beside its tangent margin.
struct TangentRun {
  Numbers t, gradient, by_tangent_margin, kappa, by_halfspace;  ///< every `every`-th iterate
  double smallest_kappa = std::numeric_limits<double>::infinity();
  double halfspace_mu = 0;
  Run least_g;  ///< min G under 2.1 with mu = 2 min kappa, xi = 0
};

TangentRun tangent_margin(pc::Index T) {
  const auto data = pc::noisy_halfspace({.samples = 60, .dimension = 5, .margin = 0.2}, pc::Seed{9});
  const pc::TwoLayer network{{.inputs = 5, .hidden = 32}, pc::SmoothLeakyReLU{0.5}};
  const pc::LeakyNetwork halfspace{network, data};
  const auto& f = halfspace.objective();
  const pc::TangentMargin property{f};
  const auto w0 = network.initialize(pc::Seed{1});
  const double step = halfspace.proxy_pl_guarantee(w0, {.iterations = T}).step_size();

  TangentRun run;
  run.halfspace_mu = halfspace.constants().mu;
  const pc::Index every = std::max<pc::Index>(T / 100, 1);
  double least = std::numeric_limits<double>::infinity();
  const auto record = [&](const pc::Iterate<double>& iterate) {
    const double g = property.proxy().value(iterate.w);
    least = std::min(least, g);
    run.least_g.measured.push_back(least);
    if (iterate.t % every != 0) return;
    const double kappa = property.kappa(iterate.w).lower;
    run.smallest_kappa = std::min(run.smallest_kappa, kappa);
    run.t.push_back(static_cast<double>(iterate.t + 1));
    run.kappa.push_back(kappa);
    run.gradient.push_back(iterate.gradient.norm());
    run.by_tangent_margin.push_back(kappa * g);
    run.by_halfspace.push_back(run.halfspace_mu / 2 * g);  // theory 4.4, whose xi is 0 for these data
  };
  (void)pc::GD{pc::ConstantStep{step}, {.iterations = T}}.minimize(f, w0, record);
  const auto promise = halfspace.proxy_pl_guarantee(w0, {.iterations = T, .step_size = step},
                                                    {.alpha = 1, .mu = 2 * run.smallest_kappa, .xi = 0});
  for (pc::Index t = 1; t <= T; ++t) run.least_g.bound.push_back(promise.bound(t));
  run.least_g.name = "tangent margin";
  run.least_g.quantity = "min G";
  run.least_g.step_size = step;
  return run;
}

/// About so many points, as lines "x y y2 ..." of gnuplot.
std::string points(const Numbers& x, const std::vector<const Numbers*>& columns, bool logarithmic) {
  std::ostringstream text;
  text << std::setprecision(6);
  const auto n = static_cast<double>(x.size());
  for (double next = 0; next < n; next = logarithmic ? std::max(next * 1.1, next + 1) : next + std::max(n / 120, 1.0)) {
    const auto i = static_cast<std::size_t>(next);
    text << x[i];
    for (const Numbers* column : columns) text << ' ' << (*column)[i];
    text << '\n';
  }
  return text.str();
}

Numbers steps(const Run& run) {
  Numbers t;
  for (std::size_t i = 1; i <= run.measured.size(); ++i) t.push_back(static_cast<double>(i));
  return t;
}

void write(const std::filesystem::path& folder, const std::vector<Run>& runs, const TangentRun& tangent) {
  std::filesystem::create_directories(folder);
  std::ostringstream csv, rates, margins;
  csv << "run,T,measured,bound\n" << std::setprecision(8);
  const std::string head = "terminal svg size 800,";
  const std::string style = " fixed enhanced rounded font 'sans-serif,13' background rgb 'white'\n";
  const std::string axes = "set format y '10^{%L}'\nset logscale y\nset mytics 1\nset key top right\n";
  const std::string blue = " with lines linewidth 2 linecolor rgb '#0072b2' title ";
  const std::string orange = " with lines linewidth 2 linecolor rgb '#d55e00' title ";
  const std::string dashed = " with lines linewidth 2 dashtype (9,5) linecolor rgb '#222222' title ";
  rates << "set " << head << "600" << style << "set multiplot layout 2,2\n" << axes;
  for (const Run& run : runs) {
    for (std::size_t i = 0; i < run.measured.size(); ++i) {
      csv << run.name << ',' << i + 1 << ',' << run.measured[i] << ',' << run.bound[i] << '\n';
    }
    if (run.quantity == "min G") continue;
    const bool logarithmic = run.quantity == "mean f";
    rates << "$data << END\n"
          << points(steps(run), {&run.measured, &run.bound}, logarithmic) << "END\nset title '" << run.name
          << "' noenhanced\nset xlabel 'T'\nset ylabel '" << run.quantity << "'\n"
          << (logarithmic ? "set logscale x\nset format x '10^{%L}'\nset format y '%g'\n"
                          : "unset logscale x\nset format x '%g'\nset format y '10^{%L}'\n")
          << "plot $data using 1:2" << blue << "'measured', $data using 1:3" << dashed << "'bound'\n";
  }
  rates << "unset multiplot\n";
  const Run& g = tangent.least_g;
  margins << "set " << head << "360" << style << "set multiplot layout 1,2\n"
          << axes << "set logscale x\nset format x '10^{%L}'\nset xlabel 'iteration + 1'\n$data << END\n"
          << points(tangent.t, {&tangent.gradient, &tangent.by_tangent_margin, &tangent.by_halfspace}, false)
          << "END\nset title 'What bounds the gradient'\nset ylabel 'norm'\n"
          << "plot $data using 1:2" << blue << "'‖∇f‖', $data using 1:3" << orange << "'κG', $data using 1:4" << dashed
          << "'γm_0‖a‖G'\n$least << END\n"
          << points(steps(g), {&g.measured, &g.bound}, true)
          << "END\nset title 'The proxy and its bound'\nset ylabel 'min G'\nset xlabel 'T'\n"
          << "plot $least using 1:2" << blue << "'measured', $least using 1:3" << dashed << "'bound, least κ'\n"
          << "unset multiplot\n";
  pc::write_atomically(folder / "rates.csv", csv.str());
  std::cout << "gd_rates.svg: " << pc::draw(folder / "gd_rates.svg", rates.str()) << '\n'
            << "tangent_margin.svg: " << pc::draw(folder / "tangent_margin.svg", margins.str()) << '\n';
}

int main(int argc, char** argv) {
  pc::Index T = 2'000;
  std::filesystem::path folder;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--quick") {
      T = 400;
    } else if (word == "--out" && i + 1 < argc) {
      folder = argv[++i];
    } else {
      std::cerr << "usage: gd_rates [--quick] [--out DIR]\n";
      return 1;
    }
  }
  const TangentRun tangent = tangent_margin(T);
  const std::vector<Run> runs{
      logistic_regression(T), least_squares(T),
      polyak_lojasiewicz("x^2 + 3 sin^2 x", pc::SquarePlusSine<>{}, pc::Vector<double>::Constant(1, 3), T),
      matrix_factorization(T), tangent.least_g};
  std::cout
      << "Full-batch gradient descent with the step of its theorem; at the last T with more than rounding left:\n\n"
      << std::left << std::setw(28) << "run" << std::setw(9) << "bounded" << std::right << std::setw(12) << "step size"
      << std::setw(7) << "T" << std::setw(12) << "measured" << std::setw(12) << "bound" << std::setw(10) << "ratio"
      << "  kept\n"
      << std::setprecision(3);
  bool good = true;
  for (const Run& run : runs) {
    good = good && run.kept();
    std::cout << std::left << std::setw(28) << run.name << std::setw(9) << run.quantity << std::right << std::setw(12)
              << run.step_size << std::setw(7) << run.measured.size() << std::setw(12) << run.measured.back()
              << std::setw(12) << run.bound.back() << std::setw(10) << run.ratio_at_the_end()
              << (run.kept() ? "  yes" : "  NO") << '\n';
  }
  bool bounded = true;
  for (std::size_t i = 0; i < tangent.t.size(); ++i) {
    bounded = bounded && tangent.gradient[i] >= tangent.by_tangent_margin[i] * (1 - 1e-9);
  }
  std::cout << "\nTangent margin: kappa is " << tangent.kappa.front() << " at the start and at least "
            << tangent.smallest_kappa << "; the halfspace's own constant is " << tangent.halfspace_mu / 2
            << ".\n||grad f|| >= kappa G " << (bounded ? "at every iterate looked at" : "FAILS")
            << "; kappa G/||grad f|| is " << tangent.by_tangent_margin.front() / tangent.gradient.front()
            << " at the start and " << tangent.by_tangent_margin.back() / tangent.gradient.back() << " in the end\n";
  if (!folder.empty()) write(folder, runs, tangent);
  return good && bounded ? 0 : 1;
}
