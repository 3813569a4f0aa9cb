// SPDX-License-Identifier: MIT

// "How close does gradient descent on one neuron come to the best neuron, whatever the labels?"
//
// F(w) = (1/2) E(s(w.x) - y)^2 for a non-decreasing s with slopes at most C, no matter what an adversary did to y.
// Against a reference v, here the best neuron that could be found, and while ||w - v|| <= rho (Frei, Cao & Gu 2020):
//   ||grad F(w)|| >= (2/(C rho)) (G_v(w) - xi),       G_v(w) = (1/2) E[(s(w.x) - s(v.x))^2 s'(w.x)],
// and descent, projected onto that ball, drives the mean of G_v(w_t) down to a level that is 0 where F(v) = 0. Where
// slopes are at least gamma > 0 this speaks of the risk itself: F <= (2/gamma) G_v + 2F(v).

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <limits>
#include <proxcvx/proxcvx.hpp>
#include <utility>
#include <vector>

namespace pc = proxcvx;

/// y = s(u.x) for a hidden u; then an adversary negates the labels of the samples with the largest outputs.
pc::Dataset<double> attacked_data(const pc::AnyActivation& s, double rate) {
  constexpr pc::Index n = 200;
  constexpr pc::Index d = 5;
  pc::RandomStream stream{pc::Seed{7}};
  pc::Matrix<double> x(d, n);
  pc::Vector<double> u(d);
  stream.fill_normal(x);
  stream.fill_normal(u);
  std::vector<std::pair<double, pc::Index>> outputs;
  pc::Matrix<double> y(1, n);
  for (pc::Index i = 0; i < n; ++i) {
    y(0, i) = s.value(u.dot(x.col(i)));
    outputs.emplace_back(-y(0, i), i);
  }
  std::sort(outputs.begin(), outputs.end());
  const auto attacked = static_cast<std::size_t>(rate * static_cast<double>(n));
  for (std::size_t k = 0; k < attacked; ++k) y(0, outputs[k].second) *= -1;
  return {x, y};
}

template <class... Cells> void row(const Cells&... cells) { ((std::cout << std::setw(11) << cells), ...) << '\n'; }

int main() {
  bool good = true;
  std::cout << std::setprecision(3)
            << "Gradient descent from 0 on one neuron, T = 2,000 (bound inf: slopes may be 0)\n";
  row("activation", "attacked", "F(v)", "F(w_T)", "xi", "mean G_v", "bound", "mean F", "bound", "kept", "checked");
  for (const char* name : {"relu", "leaky_relu", "sigmoid", "tanh"}) {
    const auto s = pc::AnyActivation::named(name, 0.5);
    for (const double rate : {0.0, 0.1, 0.3}) {
      const auto data = attacked_data(s, rate);
      const pc::AgnosticNeuron theorem{pc::Neuron{{.inputs = data.dimension()}, s}, data};
      const auto& f = theorem.objective();
      const auto w0 = pc::Vector<double>::Zero(data.dimension()).eval();
      const double rho = pc::scaled_norm(w0 - theorem.reference()) * (1 + 1e-12);
      const pc::Ball ball{theorem.reference(), rho};

      const auto report = pc::check(theorem.proxy_pl(rho), ball, {.samples = 2'000});
      const auto promise = theorem.guarantee(w0, rho, {.iterations = 2'000});
      const double C = s.lipschitz();  // the promise is on the mean of (2/C) G_v
      pc::ProxyRecorder proxy{theorem.proxy()};
      pc::ProxyRecorder risk{f};
      const pc::GD descent{pc::ConstantStep{promise.step_size()}, {.iterations = promise.iterations()}, ball};
      const auto run = descent.minimize(f, w0, proxy, risk);

      bool kept = true;
      double sum_proxy = 0;
      double sum_risk = 0;
      double risk_bound = std::numeric_limits<double>::infinity();  // nothing is promised of F where gamma = 0
      for (pc::Index T = 1; T <= run.iterations; ++T) {
        const auto t = static_cast<std::size_t>(T - 1);
        sum_proxy += proxy.values()[t];
        sum_risk += risk.values()[t];
        const double bound = C / 2 * promise.bound(T);
        if (s.smallest_slope() > 0) risk_bound = 2 / s.smallest_slope() * bound + 2 * theorem.reference_risk();
        const auto steps = static_cast<double>(T);
        kept = kept && sum_proxy / steps <= bound * (1 + 1e-12) && sum_risk / steps <= risk_bound * (1 + 1e-12);
      }
      const bool checked = report.verdict() == pc::Verdict::no_violation_found;
      good = good && kept && checked;
      row(name, rate, theorem.reference_risk(), run.last_value, theorem.constants(rho).xi, proxy.mean(),
          C / 2 * promise.bound(run.iterations), risk.mean(), risk_bound, kept ? "yes" : "NO", checked ? "yes" : "NO");
    }
  }
  return good ? 0 : 1;
}
