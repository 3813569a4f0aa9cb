// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <limits>
#include <ostream>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/types.hpp>
#include <proxcvx/optimize/batches.hpp>
#include <proxcvx/optimize/result.hpp>
#include <sstream>
#include <string>
#include <vector>

// What weak_error asks for and returns, and the slope that is fitted to it.

namespace proxcvx {

/// Where in time the error is taken.
enum class ErrorAt {
  final_time,  ///< at t = `time`
  supremum  ///< the largest over n eta <= `time`; of estimates, so too large by up to about two standard errors where
            ///< the error stays near its largest for long
};

/// What weak_error measures.
struct WeakErrorSettings {
  std::vector<double> steps = {0.2, 0.1, 0.05, 0.025, 0.0125};  ///< eta > 0, each of which divides `time`
  int order = 2;                                                ///< of the equation: 0, 1 or 2
  double time = 2;                                              ///< T > 0
  ErrorAt at = ErrorAt::final_time;
  Index batch = 1;  ///< of SGD
  Sampling sampling = Sampling::with_replacement;
  Index paths = 1'000'000;  ///< at most, for each eta and each number of substeps
  double precision = 0.02;  ///< paths end once the standard error is under this share of the error; in (0, 0.05]
  Index substeps = 16;      ///< at most, of the integrator in a step of SGD; a power of two
  int threads = 0;          ///< 0: all; no bit depends on it
};

/// The error of one step size.
struct WeakError {
  double step = 0;  ///< eta
  Index steps = 0;  ///< n = T/eta
  /// converged: the standard error is at most 5 % of the error and the integrator's bias at most 10 %;
  /// iteration_limit: neither is sure with the paths and substeps allowed; non_finite: some path became so.
  Status status = Status::iteration_limit;
  double time = 0;                                          ///< where: T, or where the supremum is
  double error = std::numeric_limits<double>::quiet_NaN();  ///< E phi(w_n) - E phi(X_t) there, signed
  double standard_error = std::numeric_limits<double>::infinity();
  double bias = std::numeric_limits<double>::infinity();  ///< of the integrator: the change by the last doubling
  Index substeps = 0;                                     ///< of the integrator in a step of SGD
  Index paths = 0;                                        ///< finite ones
  Index failed_path = -1;                                 ///< the first that became non-finite, and the step at which
  Index failed_step = -1;
  std::vector<double> errors;           ///< after 1, ..., n steps
  std::vector<double> standard_errors;  ///< of each

  /// Whether the error is known well enough to fit an order to.
  [[nodiscard]] bool conclusive() const { return status == Status::converged; }
};

/// The errors for each step size.
struct WeakErrors {
  WeakErrorSettings settings;
  Seed seed;
  std::vector<WeakError> rows;
};

/// A fitted slope of log|error| against log eta.
struct WeakOrder {
  double order = std::numeric_limits<double>::quiet_NaN();
  double standard_error = std::numeric_limits<double>::infinity();  ///< of the order, from those of the errors
  Index points = 0;                                                 ///< step sizes it was fitted to
  bool conclusive = false;  ///< at least two step sizes, and all of them conclusive: then it is good to 0.15
};

/// The slope of log|error| against log step by least squares, each point weighted by 1/s^2, s its relative standard
/// error, but no less than 1 %, as a straight line is only what the errors tend to; all alike where every standard
/// error is 0, and the slope's own then comes from how far points lie off the line. Throws std::invalid_argument when
/// sizes differ, or a step or an error has no logarithm.
[[nodiscard]] inline WeakOrder fit_order(const std::vector<double>& steps, const std::vector<double>& errors,
                                         const std::vector<double>& standard_errors) {
  require(errors.size() == steps.size() && standard_errors.size() == steps.size(), "errors, standard_errors",
          std::to_string(steps.size()) + " numbers like steps", errors.size());
  bool exact = true;
  for (const double e : standard_errors) exact = exact && e == 0;
  double weight = 0;
  double x = 0;
  double y = 0;
  std::vector<double> weights;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    require(steps[i] > 0 && std::isfinite(steps[i]), "steps", "finite numbers > 0", steps[i]);
    require(errors[i] != 0 && std::isfinite(errors[i]), "errors", "finite numbers other than 0", errors[i]);
    require(standard_errors[i] >= 0 && std::isfinite(standard_errors[i]), "standard_errors", "finite numbers >= 0",
            standard_errors[i]);
    const double relative = exact ? 1 : std::max(standard_errors[i] / std::abs(errors[i]), 0.01);
    weights.push_back(1 / (relative * relative));
    weight += weights.back();
    x += weights.back() * std::log(steps[i]);
    y += weights.back() * std::log(std::abs(errors[i]));
  }
  WeakOrder out{.points = static_cast<Index>(steps.size())};
  if (steps.size() < 2) return out;
  x /= weight;
  y /= weight;
  double xx = 0;
  double xy = 0;
  double yy = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double dx = std::log(steps[i]) - x;
    const double dy = std::log(std::abs(errors[i])) - y;
    xx += weights[i] * dx * dx;
    xy += weights[i] * dx * dy;
    yy += weights[i] * dy * dy;
  }
  require(xx > 0, "steps: expected at least two different ones");
  out.order = xy / xx;
  if (!exact) {
    out.standard_error = 1 / std::sqrt(xx);
  } else if (steps.size() > 2) {
    const double left = std::max(yy - xy * xy / xx, 0.0) / static_cast<double>(steps.size() - 2);
    out.standard_error = std::sqrt(left / xx);
  }
  out.conclusive = true;
  return out;
}

/// The weak order that the errors show: a straight line through those step sizes that have a finite error other than 0.
[[nodiscard]] inline WeakOrder weak_order(const WeakErrors& errors) {
  std::vector<double> steps;
  std::vector<double> sizes;
  std::vector<double> deviations;
  bool conclusive = true;
  for (const WeakError& row : errors.rows) {
    conclusive = conclusive && row.conclusive();
    if (row.error == 0 || !std::isfinite(row.error) || !std::isfinite(row.standard_error)) continue;
    steps.push_back(row.step);
    sizes.push_back(row.error);
    deviations.push_back(row.standard_error);
  }
  WeakOrder out = fit_order(steps, sizes, deviations);
  out.conclusive = out.conclusive && conclusive;
  return out;
}

inline std::ostream& operator<<(std::ostream& out, const WeakErrors& errors) {
  std::ostringstream text;
  text << std::left << std::setw(10) << "step" << std::setw(13) << "error" << std::setw(12) << "std. error"
       << std::setw(12) << "bias" << std::setw(10) << "at t" << std::setw(10) << "paths" << std::setw(10) << "substeps"
       << "status\n";
  for (const WeakError& row : errors.rows) {
    text << std::setprecision(6) << std::setw(10) << row.step << std::setprecision(4) << std::setw(13) << row.error
         << std::setprecision(2) << std::setw(12) << row.standard_error << std::setw(12) << row.bias
         << std::setprecision(6) << std::setw(10) << row.time << std::setw(10) << row.paths << std::setw(10)
         << row.substeps << (row.conclusive() ? "conclusive" : "inconclusive");
    if (row.failed_path >= 0) text << ": path " << row.failed_path << " non-finite at step " << row.failed_step;
    text << '\n';
  }
  return out << text.str();
}

inline std::ostream& operator<<(std::ostream& out, const WeakOrder& order) {
  std::ostringstream text;
  text << std::setprecision(3) << "weak order " << order.order << " +- " << std::setprecision(2) << order.standard_error
       << (order.conclusive ? "" : " (inconclusive)") << '\n';
  return out << text.str();
}

}  // namespace proxcvx
