// SPDX-License-Identifier: MIT

// "I have an objective of my own and a guess at what gradient descent on it really minimises. Is the guess right?"
//
// Fitting a line robustly: r_i(w) = w_0 + w_1 x_i - y_i, some y_i far off. Cauchy's loss f is not convex. The guess is
// that descent on f drives Geman & McClure's loss g down to the level h that least squares reaches:
//     <grad f(w), w - v> >= g(w) - h(v),    f = E log(1 + r^2)/2,    g = E r^2/(1 + r^2)/2,    h = E r^2/2,
// which follows from r(r - s) >= (r^2 - s^2)/2, sample by sample.

#include <iostream>
#include <proxcvx/proxcvx.hpp>

namespace pc = proxcvx;

/// E loss(r_i(w)). Written for any number type T: that is what differentiates it, bounds its rounding errors, and
/// decides close calls with more digits.
template <class Loss> struct MeanLoss {
  const char* name_in_reports;
  Loss loss;

  [[nodiscard]] std::string name() const { return name_in_reports; }

  template <class T> T value(const pc::Vector<T>& w) const {
    T sum(0);
    for (int i = 0; i < 20; ++i) {
      const double x = 0.125 * i;
      const double y = 1 + 2 * x + (i % 7 == 3 ? 10 : 0);
      sum += loss(T(w[0] + w[1] * T(x) - T(y)));
    }
    return sum / T(20);
  }
};

int main() {
  const auto mean = [](auto name, auto loss) { return pc::differentiate(MeanLoss<decltype(loss)>{name, loss}, 2); };
  const auto f = mean("Cauchy", []<class T>(const T& r) {
    using std::log1p;
    return T(log1p(T(r * r))) / T(2);
  });
  const auto g = mean("Geman-McClure", []<class T>(const T& r) { return T(0.5) * r * r / (T(1) + r * r); });
  const auto h = mean("least squares", []<class T>(const T& r) { return T(0.5) * r * r; });

  const pc::Ball region{pc::Vector<double>::Zero(2), 10.0};
  std::cout << pc::check_gradient(f, region.center()) << "\nThe guess:\n";
  const auto guess = pc::check(pc::ProxyConvexity{f, g, h}, region, {.samples = 2'000});
  std::cout << guess << "\nPlain convexity, for comparison:\n"
            << pc::check(pc::convexity(f), region, {.samples = 2'000});
  return guess.verdict() == pc::Verdict::no_violation_found ? 0 : 1;
}
