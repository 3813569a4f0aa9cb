// SPDX-License-Identifier: MIT

// "How fast does SGD go when nothing bounds its gradients?"
//
// Eight runs of SGD, one for each regime of Lei, Hu, Li & Tang (2019): |residual|^{1+a} for a = 1/4, 1/2, 3/4, 1 and a
// sigmoid neuron (not convex) with steps eta_1 t^{-theta}, where min E||grad f(w_t)||^2 falls like T^{theta-1}; least
// squares with steps 2/(m (t + t_0)), where E f - f* falls like 1/T; with a constant step, linear to a level; and with
// data that a w fits, linear to 0. The mean of 200 seeds, with its standard error, stands beside the bound at every T.
//
//   sgd_rates [--quick] [--seeds N] [--out DIR]
//
// --quick makes 40 seeds and a tenth of the steps; --out writes rates.csv and rates.svg to DIR.

#include <algorithm>
#include <cmath>
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

/// What was measured at T = 1, 2, ...: the mean over seeds, its standard error, and what the theorem promises.
struct Regime {
  std::string name;
  std::string quantity;
  bool linear = false;  // the rate is of log(quantity) in T, not in log T
  double rate = 0;      // the theorem's slope
  std::size_t fit_from = 0;
  std::size_t fit_to = 0;
  std::vector<double> mean, error, bound;

  /// Least-squares slope of log(values) over the fitted stretch.
  double slope(const std::vector<double>& values) const {
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (std::size_t i = fit_from; i < fit_to; ++i) {
      const auto T = static_cast<double>(i + 1);
      const double x = linear ? T : std::log(T);
      const double y = std::log(values[i]);
      const double weight = linear ? 1 : 1 / T;  // a decade counts as much as another
      n += weight, sx += weight * x, sy += weight * y, sxx += weight * x * x, sxy += weight * x * y;
    }
    return (n * sxy - sx * sy) / (n * sxx - sx * sx);
  }
  /// The largest mean + standard errors, in bounds.
  double largest_ratio(double errors) const {
    double largest = 0;
    for (std::size_t i = 0; i < mean.size(); ++i) largest = std::max(largest, (mean[i] + errors * error[i]) / bound[i]);
    return largest;
  }
  bool as_promised() const { return slope(mean) <= rate + (linear ? 0.1 * -rate : 0.1) && largest_ratio(0) <= 1; }
};

/// Runs of SGD with these steps; measure(w_t) for t = first, first + 1, ... is averaged over seeds.
template <class F, class Steps, class Measure>
void run_seeds(const F& f, const pc::Vector<double>& w0, const Steps& steps, const Measure& measure, pc::Index first,
               pc::Index T, pc::Index seeds, Regime& regime) {
  constexpr pc::Index together = 8;  // seeds of a block, whose sums are added in order
  const pc::Index blocks = (seeds + together - 1) / together;
  const auto size = static_cast<std::size_t>(T);
  std::vector<std::vector<double>> sums(static_cast<std::size_t>(blocks), std::vector<double>(2 * size));
  pc::parallel_for_blocks(0, blocks, 0, [&](pc::Index block) {
    auto& sum = sums[static_cast<std::size_t>(block)];
    for (pc::Index seed = block * together; seed < std::min(seeds, (block + 1) * together); ++seed) {
      const auto record = [&](pc::Index t, const pc::Vector<double>& w) {
        if (t < first) return;
        const double value = measure(w);
        sum[static_cast<std::size_t>(t - first)] += value;
        sum[size + static_cast<std::size_t>(t - first)] += value * value;
      };
      const auto observe = [&](const pc::Iterate<double>& iterate) { record(iterate.t, iterate.w); };
      const pc::SGD sgd{steps, {.iterations = T + first - 1, .seed = pc::Seed{static_cast<std::uint64_t>(seed) + 1}}};
      const auto result = sgd.minimize(f, w0, observe);
      record(T + first - 1, result.last);
    }
  });
  const auto n = static_cast<double>(seeds);
  regime.mean.assign(size, 0);
  regime.error.assign(size, 0);
  for (std::size_t i = 0; i < size; ++i) {
    double squares = 0;
    for (const auto& sum : sums) regime.mean[i] += sum[i] / n, squares += sum[size + i] / n;
    regime.error[i] = std::sqrt(std::max(0.0, squares - regime.mean[i] * regime.mean[i]) / (n - 1));
  }
}

/// 20 inputs on the unit sphere of R^3.
pc::Matrix<double> inputs(pc::Seed seed) {
  pc::RandomStream stream{seed};
  pc::Matrix<double> x(3, 20);
  stream.fill_normal(x);
  x.colwise().normalize();
  return x;
}

/// Targets (2, -1, 1).x plus noise of this size.
pc::Dataset<double> linear_data(double noise) {
  const pc::Matrix<double> x = inputs(pc::Seed{1});
  pc::RandomStream stream{pc::Seed{2}};
  pc::Matrix<double> e(1, x.cols());
  stream.fill_normal(e);
  return {x, pc::Matrix<double>(Eigen::RowVector3d(2, -1, 1) * x + noise * e)};
}

/// Labels 0 and 1 of a half-space, a fifth of them wrong.
pc::Dataset<double> binary_data() {
  const pc::Matrix<double> x = inputs(pc::Seed{3});
  pc::Matrix<double> y(1, x.cols());
  for (pc::Index i = 0; i < y.cols(); ++i) y(0, i) = (x(0, i) > 0) != (i % 5 == 0) ? 1 : 0;
  return {x, y};
}

/// min_{t<T} E||grad f(w_t)||^2 under steps eta_1 (t + 1)^{-theta}.
template <class Risk>
Regime gradient_regime(const std::string& name, const Risk& f, double theta, pc::Index T, pc::Index seeds) {
  const pc::UnboundedSGD instance{f};
  const auto [a, L] = instance.constants();
  const double c = L * std::pow(pc::self_bounding_constant(a, L), 1 + a) / (1 + a);
  const pc::PolynomialStep steps{std::pow(0.3 / (a * c), 1 / (1 + a)), theta};
  const pc::Vector<double> w0 = pc::Vector<double>::Zero(f.dimension());
  Regime regime{.name = name, .quantity = "min E||grad f||^2", .rate = theta - 1};
  const auto squares = [&f](const pc::Vector<double>& w) {
    pc::Vector<double> slope(w.size());
    f.gradient(w, slope);
    return slope.squaredNorm();
  };
  run_seeds(f, w0, steps, squares, 0, T, seeds, regime);
  for (std::size_t i = 1; i < regime.mean.size(); ++i) {  // the smallest so far, with its own standard error
    if (regime.mean[i] <= regime.mean[i - 1]) continue;
    regime.mean[i] = regime.mean[i - 1];
    regime.error[i] = regime.error[i - 1];
  }
  const auto guarantee = instance.guarantee(w0, steps, T);
  for (pc::Index t = 1; t <= T; ++t) regime.bound.push_back(guarantee.bound(t));
  regime.fit_from = static_cast<std::size_t>(T / 20);
  regime.fit_to = static_cast<std::size_t>(T);
  return regime;
}

/// E f(w_T) - f* of least squares under a guarantee made of its settings.
template <class Guarantee, class Steps>
Regime value_regime(Regime regime, const pc::LeastSquares<>& f, const pc::Vector<double>& w0, double minimum,
                    const Guarantee& guarantee, const Steps& steps, pc::Index T, pc::Index seeds) {
  regime.quantity = "E f - f*";
  run_seeds(
      f, w0, steps, [&](const pc::Vector<double>& w) { return f.value(w) - minimum; }, 1, T, seeds, regime);
  for (pc::Index t = 1; t <= T; ++t) regime.bound.push_back(guarantee.excess(t));
  if (regime.fit_to == 0) regime.fit_to = static_cast<std::size_t>(T);
  return regime;
}

std::vector<Regime> all_regimes(pc::Index T, pc::Index seeds) {
  std::vector<Regime> regimes;
  const auto noisy = linear_data(0.5);
  const std::vector<std::tuple<double, double, std::string>> orders{
      {0.25, 0.85, "a = 1/4"}, {0.5, 0.75, "a = 1/2"}, {0.75, 0.65, "a = 3/4"}, {1, 0.6, "a = 1"}};
  for (const auto& [a, theta, name] : orders) {
    const pc::EmpiricalRisk f{pc::Neuron{{.inputs = 3}, pc::Identity{}}, pc::HoelderLoss{a}, noisy};
    regimes.push_back(gradient_regime(name, f, theta, T, seeds));
  }
  const pc::EmpiricalRisk sigmoid{pc::Neuron{{.inputs = 3}, pc::Sigmoid{}}, pc::SquaredLoss{}, binary_data()};
  regimes.push_back(gradient_regime("sigmoid neuron", sigmoid, 0.6, T, seeds));

  const pc::LeastSquares<> f(noisy);
  const double minimum = f.minimum_bounds().lower;
  const pc::Vector<double> far = pc::Vector<double>::Constant(3, 5);
  auto settings = pc::UnboundedSGD{f}.pl_settings(far);
  settings.iterations = T;
  const pc::DecreasingStepPLGuarantee decreasing{settings};
  const pc::InverseStep inverse{settings.modulus, 2, decreasing.offset()};
  regimes.push_back(value_regime({.name = "PL: 1/T", .rate = -1, .fit_from = static_cast<std::size_t>(T / 20)}, f, far,
                                 minimum, decreasing, inverse, T, seeds));

  settings.step_size = 0.1 * settings.modulus / (settings.smoothness * settings.smoothness);
  const pc::StochasticPLGuarantee constant{settings};
  const double rate = std::log1p(-settings.modulus * settings.step_size);
  const double until = std::log(constant.noise_level() / settings.gap) / rate;  // from there on the level shows
  regimes.push_back(value_regime(
      {.name = "PL: constant step", .linear = true, .rate = rate, .fit_to = static_cast<std::size_t>(until)}, f, far,
      minimum, constant, pc::ConstantStep{settings.step_size}, static_cast<pc::Index>(6 * until), seeds));

  const pc::LeastSquares<> fits(linear_data(0));
  settings = pc::UnboundedSGD{fits}.pl_settings(far);
  settings.iterations = 1;
  const pc::StochasticPLGuarantee interpolation{settings};
  regimes.push_back(value_regime(
      {.name = "interpolation", .linear = true, .rate = std::log1p(-settings.modulus * interpolation.step_size())},
      fits, far, 0, interpolation, pc::ConstantStep{interpolation.step_size()}, 150, seeds));
  return regimes;
}

void write(const std::filesystem::path& folder, const std::vector<Regime>& regimes, pc::Index seeds) {
  std::filesystem::create_directories(folder);
  std::ostringstream csv, script;
  csv << "regime,T,mean,standard_error,bound\n" << std::setprecision(8);
  script << "set terminal svg size 800,1120 fixed enhanced rounded font 'sans-serif,13' background rgb 'white'\n"
         << "set multiplot layout 4,2\nset format y '10^{%L}'\nset logscale y\nset mxtics 1\nset mytics 1\nset key top "
            "right vertical\n"
         << std::setprecision(6);
  for (const Regime& regime : regimes) {
    std::ostringstream points;
    const double step = regime.linear ? static_cast<double>(regime.mean.size()) / 50 : 1.25;
    for (double next = 1; next <= static_cast<double>(regime.mean.size());) {
      const auto i = static_cast<std::size_t>(next) - 1;
      csv << regime.name << ',' << i + 1 << ',' << regime.mean[i] << ',' << regime.error[i] << ',' << regime.bound[i]
          << '\n';
      points << i + 1 << ' ' << regime.mean[i] << ' '
             << std::max(regime.mean[i] - 2 * regime.error[i], regime.mean[i] / 10) << ' '
             << regime.mean[i] + 2 * regime.error[i] << ' ' << regime.bound[i] << '\n';
      next = regime.linear ? next + std::max(step, 1.0) : std::max(next * step, std::floor(next) + 1);
    }
    script << "$data << END\n"
           << points.str() << "END\nset title '" << regime.name << "'\nset xlabel 'T'\nset ylabel '" << regime.quantity
           << "'\n"
           << (regime.linear ? "unset logscale x\nset format x '%g'\n" : "set logscale x\nset format x '10^{%L}'\n")
           << "plot $data using 1:3:4 with filledcurves linecolor rgb '#9ecae1' title 'mean, 2 standard errors', "
           << "$data using 1:2 with lines linewidth 2 linecolor rgb '#0072b2' notitle, "
           << "$data using 1:5 with lines linewidth 2 dashtype (9,5) linecolor rgb '#222222' title 'bound'\n";
  }
  script << "unset multiplot\n";
  pc::write_atomically(folder / "rates.csv", csv.str());
  std::cout << "rates.svg (" << seeds << " seeds): " << pc::draw(folder / "rates.svg", script.str()) << '\n';
}

int main(int argc, char** argv) {
  pc::Index seeds = 200;
  pc::Index steps = 20'000;
  std::filesystem::path folder;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--quick") {
      seeds = 40;
      steps = 2'000;
    } else if (word == "--out" && i + 1 < argc) {
      folder = argv[++i];
    } else if (word == "--seeds" && i + 1 < argc && std::atoi(argv[i + 1]) > 1) {
      seeds = std::atoi(argv[++i]);
    } else {
      std::cerr << "usage: sgd_rates [--quick] [--seeds N] [--out DIR]\n";
      return 1;
    }
  }
  const std::vector<Regime> regimes = all_regimes(steps, seeds);
  std::cout
      << "SGD with unbounded gradients, mean of " << seeds << " seeds. Slopes: of the log of what is bounded in "
      << "log T; in T where the rate is linear.\nThe last columns: the largest mean, and mean + 4 standard errors, "
      << "in bounds.\n\n"
      << std::left << std::setw(19) << "regime" << std::setw(19) << "bounded" << std::right << std::setw(10)
      << "theorem" << std::setw(10) << "measured" << std::setw(10) << "its bound" << std::setw(11) << "mean"
      << std::setw(11) << "+ 4 SE" << '\n';
  bool all = true;
  for (const Regime& regime : regimes) {
    std::cout << std::left << std::setw(19) << regime.name << std::setw(19) << regime.quantity << std::right
              << std::fixed << std::setprecision(4) << std::setw(10) << regime.rate << std::setw(10)
              << regime.slope(regime.mean) << std::setw(10) << regime.slope(regime.bound) << std::setw(11)
              << regime.largest_ratio(0) << std::setw(11) << regime.largest_ratio(4)
              << (regime.as_promised() ? "" : "   NOT as promised") << '\n';
    all = all && regime.as_promised();
  }
  if (!folder.empty()) write(folder, regimes, seeds);
  std::cout << (all ? "" : "NOT ")
            << "as promised: every mean is under its bound at every T, and falls at least as fast "
            << "as the theorem says, up to 0.1\n";
  return all ? 0 : 1;
}
