// SPDX-License-Identifier: MIT

// "How does a leaky network of any width do on a noisy halfspace, and what does the theorem promise?"
//
// N(x; W) = sum_j a_j s(w_j.x) with a fixed, the slopes of s in [gamma, 1], and logistic risk F(W) = E l(yN(x; W)).
// Two theorems (Frei, Cao & Gu 2021; Frei & Gu 2021) speak of the iterates of gradient descent from any W_0:
//   leaky ReLU:    mean over t < T of F(W_t) <= (h(V) + ||W_0 - V||^2/(2 eta T))/(1 - eta B/2)     for every V,
//   smooth leaky:  min over t < T of G(W_t) <= xi + (2/mu) sqrt(2F(W_0)/(eta T)),   training error <= 2G,
// where G = E[-l'(yN)], and xi and mu = 2 gamma m_0 ||a|| are read off the data. Neither knows the width.

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <limits>
#include <proxcvx/proxcvx.hpp>
#include <vector>

namespace pc = proxcvx;

constexpr pc::Seed seed{7};

/// 400 samples of the halfspace, that share of their labels wrong.
pc::Dataset<double> training_data(double noise) {
  return pc::noisy_halfspace({.samples = 400, .dimension = 10, .margin = 0.2, .noise = noise}, seed);
}

/// Samples that training never saw, labels right: the seed draws the halfspace, and (seed, i) sample i.
pc::Dataset<double> fresh_data() {
  const auto all = pc::noisy_halfspace({.samples = 2'400, .dimension = 10, .margin = 0.2}, seed);
  return {all.inputs().rightCols(2'000), all.targets().rightCols(2'000)};
}

/// Whether the run keeps the bound at every T: `measured` is the run's g(w_0), g(w_1), ...
template <pc::Guarantee Promise> bool kept(const Promise& promise, const std::vector<double>& measured) {
  double sum = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t t = 0; t < measured.size(); ++t) {
    sum += measured[t];
    least = std::min(least, measured[t]);
    const auto T = static_cast<pc::Index>(t + 1);
    const bool mean = promise.measured() == pc::Measured::average_iterate;
    if (!((mean ? sum / static_cast<double>(T) : least) <= promise.bound(T) * (1 + 1e-12))) return false;
  }
  return !measured.empty();
}

template <class... Cells> void row(const Cells&... cells) { ((std::cout << std::setw(10) << cells), ...) << '\n'; }

int main() {
  bool good = true;
  std::cout << std::setprecision(3) << "Leaky ReLU, slope 0.5: gradient descent against proxy convexity\n";
  row("width", "noise", "xi", "mu", "error", "fresh", "bound", "mean F", "kept");
  for (const pc::Index width : {4, 64}) {
    for (const double noise : {0.0, 0.01, 0.05, 0.1}) {
      const pc::TwoLayer network{{.inputs = 10, .hidden = width}, pc::LeakyReLU{0.5}};
      const pc::LeakyNetwork theorem{network, training_data(noise)};
      const auto& f = theorem.objective();
      const auto w0 = network.initialize(pc::Seed{1});
      const auto promise = theorem.proxy_convexity_guarantee(w0, {.iterations = 1'000});
      pc::ProxyRecorder proxy{f};
      const auto run = pc::GD{promise.step_size(), {.iterations = promise.iterations()}}.minimize(f, w0, proxy);

      const double fresh = pc::ClassificationError{pc::EmpiricalRisk{network, f.loss(), fresh_data()}}.value(run.last);
      const auto constants = theorem.constants();
      const bool holds = kept(promise, proxy.values());
      good = good && holds;
      row(width, noise, constants.xi, constants.mu, pc::ClassificationError{f}.value(run.last), fresh,
          promise.bound(run.iterations), proxy.mean(), holds ? "yes" : "NO");
    }
  }
  std::cout << "\nSmooth leaky, slope 0.5: gradient descent against proxy PL, as long as xi + 0.1 takes\n";
  row("width", "noise", "xi", "mu", "T", "error", "2 min G", "2 bound", "kept");
  for (const double noise : {0.0, 0.01, 0.05, 0.1}) {
    const pc::TwoLayer network{{.inputs = 10, .hidden = 16}, pc::SmoothLeakyReLU{0.5}};
    const pc::LeakyNetwork theorem{network, training_data(noise)};
    const auto& f = theorem.objective();
    const auto w0 = network.initialize(pc::Seed{1});
    const auto promise = theorem.proxy_pl_guarantee(w0, {.accuracy = 0.1});
    pc::ProxyRecorder proxy{pc::LossDerivative{f}};
    pc::ProxyRecorder error{pc::ClassificationError{f}};
    const auto run = pc::GD{promise.step_size(), {.iterations = promise.iterations()}}.minimize(f, w0, proxy, error);

    const bool holds = kept(promise, proxy.values()) && error.best() <= 2 * promise.bound(run.iterations);
    good = good && holds;
    const auto constants = theorem.constants();
    row(16, noise, constants.xi, constants.mu, run.iterations, error.best(), 2 * proxy.best(),
        2 * promise.bound(run.iterations), holds ? "yes" : "NO");
  }
  return good ? 0 : 1;
}
