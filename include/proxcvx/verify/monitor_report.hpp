// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <proxcvx/core/measured.hpp>
#include <proxcvx/verify/report.hpp>
#include <string>
#include <vector>

// What a monitor returns: the inequality at every iterate, what was measured beside what was promised, and the first
// iteration at which anything failed. The iterates of a run are not independent, so nothing is said of a probability.

namespace proxcvx {

/// What a monitor wrote down at one iterate. What was not watched, or is no number, is NaN.
struct MonitorRow {
  Index t = 0;
  Outcome outcome = Outcome::satisfied;  ///< over all references: violated, else non-finite, else undecided
  double margin = std::numeric_limits<double>::quiet_NaN();    ///< the smallest over all references
  double error = std::numeric_limits<double>::quiet_NaN();     ///< bound on its rounding error
  double proxy = std::numeric_limits<double>::quiet_NaN();     ///< g(w_t)
  double measured = std::numeric_limits<double>::quiet_NaN();  ///< min or mean over w_0, ..., w_t, or g(w_t)
  double bound = std::numeric_limits<double>::quiet_NaN();     ///< what the theorem promises of `measured`
  double distance = std::numeric_limits<double>::quiet_NaN();  ///< ||w_t - v||, v the nearest reference
};

/// A bound T at which a promise was not kept.
struct BrokenPromise {
  Index T = -1;
  Index t = -1;  ///< the last iterate that counts in it
  double measured = 0;
  double bound = 0;
};

/// The watched proxy, and how its bound was kept at T = 1, 2, ...
struct ProxyReport {
  std::string proxy = {};
  bool bounded = false;  ///< there is a bound; else the rest says nothing
  std::string theorem = {};
  Measured measured = Measured::best_iterate;
  bool expectation = false;  ///< the bound is of an expectation: one run that exceeds it is no failure
  bool rigorous_rounding = true;
  std::int64_t kept = 0;
  std::int64_t exceeded = 0;
  std::int64_t undecided = 0;
  std::int64_t non_finite = 0;
  std::optional<BrokenPromise> first_exceeded = {};
  std::optional<BrokenPromise> first_open = {};  ///< the first T that is undecided or not finite

  [[nodiscard]] bool kept_throughout() const { return kept > 0 && exceeded + undecided + non_finite == 0; }
};

/// The first iterate at which something failed.
struct MonitorFailure {
  Index t = -1;
  std::string what;
};

/// What a monitor watched and found.
struct MonitorReport {
  CheckReport inequality;  ///< what `check` says of the iterates; its `point` and `first_non_finite` are iterations
  bool measures_distance = false;
  std::optional<ProxyReport> proxy;
  std::optional<MonitorFailure> first_failure;  ///< a violation that stands, what is not finite, a bound exceeded
  std::vector<MonitorRow> rows;  ///< every so many iterates; always the last, the smallest margin, the first failure

  /// Iterates that were examined, w_0, ..., all of them whatever `every` is.
  [[nodiscard]] Index iterates() const { return inequality.samples; }

  /// That of the inequality at the iterates; "inconclusive" instead of "no-violation-found" where the proxy or its
  /// bound was not finite, or the bound, if it is not of an expectation, was not kept at every T.
  [[nodiscard]] Verdict verdict() const {
    const Verdict verdict = inequality.verdict();
    const bool open =
        first_failure ||
        (proxy && (proxy->non_finite > 0 || (!proxy->expectation && proxy->exceeded + proxy->undecided > 0)));
    return verdict == Verdict::no_violation_found && open ? Verdict::inconclusive : verdict;
  }
};

}  // namespace proxcvx
