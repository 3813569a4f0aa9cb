// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <proxcvx/guarantees/guarantee.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/optimize/recorders.hpp>
#include <proxcvx/optimize/stochastic_gradient_descent.hpp>
#include <vector>

#include "optimize/models.hpp"
#include "support/catch2.hpp"

// Runs that a guarantee is held against: full-batch descent at every T, and SGD as an exact expectation over all of its
// sample paths.

namespace runs {

namespace pc = proxcvx;

/// Theory 2.3: full-batch bounds hold on every run at every T to this relative accuracy.
inline constexpr double relative = 1e-12;

inline pc::Vector<double> at(double x) { return pc::Vector<double>::Constant(1, x); }

inline double log_uniform(pc::RandomStream& stream, double low, double high) {
  return low * std::pow(high / low, stream.uniform());
}

/// What a theorem bounds, for T = 1, 2, ...: from the expectations of g(w_0), g(w_1), ...
inline std::vector<double> measured(const std::vector<double>& values, pc::Measured what) {
  std::vector<double> result;
  double least = values.front();
  double sum = 0;
  for (std::size_t t = 0; t < values.size(); ++t) {
    least = std::min(least, values[t]);
    sum += values[t];
    if (what == pc::Measured::best_iterate) result.push_back(least);
    if (what == pc::Measured::average_iterate) result.push_back(sum / static_cast<double>(t + 1));
    if (what == pc::Measured::last_iterate && t + 1 < values.size()) result.push_back(values[t + 1]);
  }
  return result;
}

/// The bound is above what it bounds at every T.
template <class Guarantee> void holds(const Guarantee& guarantee, const std::vector<double>& values) {
  const auto found = measured(values, guarantee.measured());
  REQUIRE(found.size() >= 2);
  for (std::size_t t = 0; t < found.size(); ++t) {
    const double bound = guarantee.bound(static_cast<pc::Index>(t) + 1);
    if (!(found[t] <= bound + relative * std::abs(bound))) {
      FAIL_CHECK("T = " << t + 1 << ": measured " << found[t] << ", bound " << bound);
    }
  }
}

/// Full-batch descent with the guarantee's step holds its bound for g at every T up to `steps`.
template <class Guarantee, class F, class G>
void holds_on_descent(const Guarantee& guarantee, const F& f, const G& g, const pc::Vector<double>& w0,
                      pc::Index steps = 300) {
  pc::ProxyRecorder recorder{g};
  (void)pc::GD{guarantee.step_size(), {.iterations = steps}}.minimize(f, w0, recorder);
  holds(guarantee, recorder.values());
}

/// E g(w_0), ..., E g(w_T) of SGD with batches of one, exactly: every sequence of terms with its probability.
template <class F, class G, class Step>
std::vector<double> expectations(const F& f, const G& g, const pc::Vector<double>& w0, const Step& step,
                                 pc::Index steps) {
  std::vector<double> sums(static_cast<std::size_t>(steps) + 1, 0.0);
  const pc::SGD sgd{step};
  const auto walk = [&](const auto& self, const pc::Vector<double>& w, std::size_t t, double probability) -> void {
    sums[t] += probability * g(w);
    if (t + 1 == sums.size()) return;
    for (pc::Index i = 0; i < f.terms(); ++i) {
      const std::array<pc::Index, 1> batch{i};
      pc::Vector<double> next = w;
      pc::Vector<double> gradient(w.size());
      sgd.step(f, batch, next, gradient, static_cast<pc::Index>(t));
      self(self, next, t + 1, probability / static_cast<double>(f.terms()));
    }
  };
  walk(walk, w0, 0, 1.0);
  return sums;
}

}  // namespace runs
