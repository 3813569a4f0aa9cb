// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <ostream>
#include <proxcvx/core/require.hpp>
#include <proxcvx/optimize/observer.hpp>
#include <proxcvx/verify/report.hpp>
#include <string>
#include <type_traits>

// What watches a long check or search: any callable on the report so far, after each round of blocks or of starts. It
// returns nothing, or Flow::stop to end the run. A check that a callable could end (one that returns Flow) makes a
// weaker statement, whether it is ended or not: see violation_probability_upper.

namespace proxcvx {

/// A callable on a report that returns void or Flow.
template <class O, class Report>
concept ReportObserver = std::invocable<O&, const Report&> &&
    (std::is_void_v<std::invoke_result_t<O&, const Report&>> ||
     std::same_as<std::invoke_result_t<O&, const Report&>, Flow>);

namespace detail {

template <class Report, class O> [[nodiscard]] consteval bool can_stop() {
  return std::same_as<std::invoke_result_t<O&, const Report&>, Flow>;
}

/// Shows the report to every observer, even after one of them asked to stop.
template <class Report, class... Observers>
[[nodiscard]] bool any_wants_to_stop_at(const Report& report, Observers&... observers) {
  bool stop = false;
  const auto show = [&](auto& observer) {
    if constexpr (can_stop<Report, std::remove_reference_t<decltype(observer)>>()) {
      stop = observer(report) == Flow::stop || stop;
    } else {
      observer(report);
    }
  };
  (show(observers), ...);
  return stop;
}

/// A report that says in a line how far its run has come.
template <class Report>
concept ReportOfProgress = requires(const Report& report) {
  { report.progress() } -> std::convertible_to<std::string>;
};

/// Says yes once every so many seconds, and the first time.
class Every {
 public:
  explicit Every(double seconds) : seconds_{seconds} { require(seconds >= 0, "seconds", "a number >= 0", seconds); }
  [[nodiscard]] bool due() {
    const auto now = std::chrono::steady_clock::now();
    if (asked_ && std::chrono::duration<double>(now - last_).count() < seconds_) return false;
    asked_ = true;
    last_ = now;
    return true;
  }

 private:
  double seconds_;
  bool asked_ = false;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace detail

/// Ends a check or a search after so many seconds since the limit was made, at the end of the round that it is in: at
/// least one round is examined. Throws std::invalid_argument unless seconds >= 0 (NaN is not).
class TimeLimit {
 public:
  explicit TimeLimit(double seconds) : seconds_{seconds}, start_{std::chrono::steady_clock::now()} {
    require(seconds >= 0, "seconds", "a number >= 0", seconds);
  }
  template <detail::ReportOfProgress Report> [[nodiscard]] Flow operator()(const Report& /*report*/) const {
    return left() > 0 ? Flow::proceed : Flow::stop;
  }
  /// The seconds that are left, 0 after the last of them.
  [[nodiscard]] double left() const {
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start_;
    return std::max(seconds_ - spent.count(), 0.0);
  }

 private:
  double seconds_;
  std::chrono::steady_clock::time_point start_;
};

/// Writes a line on how far a check or a search has come, at most every so many seconds, to a stream that outlives it.
class Progress {
 public:
  explicit Progress(std::ostream& out, double seconds = 1) : out_{&out}, every_{seconds} {}

  template <detail::ReportOfProgress Report> void operator()(const Report& report) {
    if (every_.due()) *out_ << report.progress() << std::endl;
  }

 private:
  std::ostream* out_;
  detail::Every every_;
};

static_assert(ReportObserver<TimeLimit, CheckReport> && ReportObserver<Progress, CheckReport>);

}  // namespace proxcvx
