// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <proxcvx/plot/axis.hpp>
#include <proxcvx/plot/gnuplot.hpp>
#include <proxcvx/plot/run_picture.hpp>
#include <proxcvx/verify/monitor_report.hpp>
#include <proxcvx/verify/rows.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The picture of a monitored run: the margin at every iterate, the proxy beside its bound, and the distance to the
// reference, one below the other against T = t + 1. The margin's axis is logarithmic on both sides of a line at zero,
// which is always in sight: what is below it is violated.

namespace proxcvx {

namespace detail {

/// An axis that is logarithmic in |value| above and below zero, in decades: |value| >= floor is at
/// +-(band + log10(|value|/floor)), and what is smaller is, linearly, in the band about zero.
class SignedLogAxis {
 public:
  static constexpr double most_decades = 40;  ///< magnitudes that are smaller than the largest by more are about zero

  explicit SignedLogAxis(const std::vector<double>& values) {
    double least = RunAxis::most;
    for (const double value : values) {
      const double magnitude = std::clamp(std::abs(value), RunAxis::least, RunAxis::most);
      if (!std::isfinite(value) || value == 0) continue;
      least = std::min(least, magnitude);
      (value > 0 ? above_ : below_) = std::max(value > 0 ? above_ : below_, magnitude);
    }
    const double most = std::max(above_, below_);
    if (most == 0) {
      above_ = floor_ = 1;
      return;
    }
    floor_ = std::max(least, most * std::pow(10.0, -most_decades));
    const double decades = std::log10(most / floor_);
    const double air = std::max(0.05 * decades, 0.1);
    floor_ /= std::pow(10.0, air);
    if (above_ > 0) above_ = std::max(above_, floor_) * std::pow(10.0, air);
    if (below_ > 0) below_ = std::max(below_, floor_) * std::pow(10.0, air);
    const double sides = std::log10(std::max(above_ / floor_, 1.0)) + std::log10(std::max(below_ / floor_, 1.0));
    band_ = 0.08 * sides;
  }

  [[nodiscard]] double position(double value) const {
    const double magnitude = std::min(std::abs(value), RunAxis::most);
    const double at = magnitude <= floor_ ? band_ * (magnitude / floor_) : band_ + std::log10(magnitude / floor_);
    return value < 0 ? -at : at;
  }
  [[nodiscard]] double low() const { return below_ > 0 ? position(-below_) : -0.6 * band_; }
  [[nodiscard]] double high() const { return above_ > 0 ? position(above_) : 0.6 * band_; }

  /// Zero, and on either side that is occupied what a logarithmic axis has.
  [[nodiscard]] std::vector<Tick> ticks() const {
    std::vector<Tick> all{{0, "0"}};
    for (const bool positive : {true, false}) {
      const double end = positive ? above_ : below_;
      if (!(end > floor_)) continue;
      const double share = std::log10(end / floor_) / (high() - low());
      for (Tick tick : logarithmic_ticks(floor_, end, share > 0.7 ? 5 : share > 0.4 ? 3 : 1)) {
        const double at = position(positive ? tick.at : -tick.at);
        if (!positive && !tick.label.empty()) tick.label.insert(0, "\xe2\x88\x92");
        if (std::abs(at) < 0.13 * (high() - low())) tick.label.clear();  // the label beside "0" must not touch it
        all.push_back({at, tick.label});
      }
    }
    return all;
  }

 private:
  double floor_ = 1;
  double above_ = 0;
  double below_ = 0;
  double band_ = 0.1;
};

/// The panels of a monitor's picture, drawn one below the other.
class MonitorPanels {
 public:
  explicit MonitorPanels(const MonitorReport& report) : report_{report} {
    longest_ = report.rows.empty() ? 1 : static_cast<std::size_t>(report.rows.back().t) + 1;
    panels_ = 1 + (report.proxy ? 1 : 0) + (report.measures_distance ? 1 : 0);
    height_ = top + panels_ * (panel + gap) + bottom;
  }

  [[nodiscard]] std::string script(const std::vector<std::string>& title) {
    std::string text = terminal(height_) + "set multiplot\nset lmargin at screen 0.19\n";
    text += "set rmargin at screen 0.965\n";
    text += iteration_axis(longest_);
    if (report_.first_failure) {
      const std::string at = std::to_string(report_.first_failure->t + 1);
      text += "set arrow from " + at + ", graph 0 to " + at +
              ", graph 1 nohead back linewidth 1.5 dashtype (3,3) linecolor rgb '#cc3311'\n";
    }
    text += "set key at graph 0.5, graph 1.03 center bottom vertical maxrows 1 width -1 samplen 2 spacing 1.1\n";
    text += "set label 1 " + quoted(title) + " at screen 0.5, screen " + from_top(16) +
            " center noenhanced textcolor rgb '#111111'\n";
    text += margins();
    text += "unset label 1\n";
    if (report_.proxy) text += proxy();
    if (report_.measures_distance) text += distances();
    return text + "unset multiplot\n";
  }

 private:
  static constexpr int top = 58;
  static constexpr int panel = 150;
  static constexpr int gap = 62;
  static constexpr int bottom = 54;

  [[nodiscard]] std::string from_top(int pixels) const {
    return number_text(1 - static_cast<double>(pixels) / height_, 6);
  }

  /// The next panel's place and axis label; the last one names the horizontal axis.
  [[nodiscard]] std::string place(const std::string& label) {
    const int above = top + drawn_ * (panel + gap) + gap - 6;
    ++drawn_;
    return "set tmargin at screen " + from_top(above) + "\nset bmargin at screen " + from_top(above + panel) +
           "\nset ylabel " + quoted(label, 20, 2) + "\nset xlabel " +
           quoted(drawn_ == panels_ ? "T = t + 1" : "", 40, 1) + "\n";
  }

  template <class Value> [[nodiscard]] std::vector<double> column(const Value& value) const {
    std::vector<double> values;
    for (const MonitorRow& row : report_.rows) values.push_back(value(row));
    return values;
  }

  /// A block of data with a line for each of some rows: T, and where the value is drawn; a blank line is a gap.
  template <class Position>
  [[nodiscard]] std::string block(const std::string& name, const std::vector<double>& values,
                                  const Position& position) const {
    std::string points;
    bool drawable = false;
    for (const std::size_t i : thinned(values, 200)) {
      const bool finite = std::isfinite(values[i]);
      drawable = drawable || finite;
      if (finite) points += std::to_string(report_.rows[i].t + 1) + " " + number_text(position(values[i]), 6);
      points += "\n";
    }
    return drawable ? "$" + name + " << END\n" + points + "END\n" : "";
  }

  [[nodiscard]] std::string margins() {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    const auto all = column([](const MonitorRow& row) { return row.margin; });
    const SignedLogAxis axis(all);
    const auto position = [&](double value) { return axis.position(value); };
    std::string text = place("margin") + "set yrange [" + number_text(axis.low()) + ":" + number_text(axis.high()) +
                       "]\n" + tick_command("y", axis.ticks());
    text +=
        "set arrow 99 from graph 0, first 0 to graph 1, first 0 nohead back linewidth 1.25 linecolor rgb '#555555'\n";
    std::string plots;
    const std::string line = block("margins", all, position);
    if (!line.empty()) plots = "plot $margins with lines linewidth 1 linecolor rgb '#bbbbbb' notitle";
    const auto add = [&](Outcome outcome, std::string_view colour, std::int64_t count) {
      const auto values = column([&](const MonitorRow& row) { return row.outcome == outcome ? row.margin : nan; });
      const std::string name(to_string(outcome));
      const std::string points = block(name, values, position);
      if (count == 0) return;
      text += points;
      plots += (plots.empty() ? "plot " : ", \\\n  ") + (points.empty() ? "NaN" : "$" + name) +
               " with points pointtype 7 pointsize 0.35 linecolor rgb '" + std::string(colour) + "' title " +
               quoted(name + ": " + grouped(count) + (report_.inequality.pairs ? " pairs" : ""), 40, 1);
    };
    const MarginStatistics& found = report_.inequality.statistics;
    add(Outcome::satisfied, "#0077bb", found.satisfied);
    add(Outcome::violated, "#cc3311", found.violated);
    add(Outcome::undecided, "#666666", found.undecided);
    return text + line + (plots.empty() ? "plot NaN notitle" : plots) + "\nunset arrow 99\n";
  }

  struct Line {
    std::string name;
    std::vector<double> values;
    std::string_view style;
  };
  /// A panel of curves on one logarithmic axis, which ends at `floor`: a curve below it leaves the panel.
  [[nodiscard]] std::string curves(const std::string& label, const std::string& prefix, const std::vector<Line>& lines,
                                   double floor = 0) {
    RunPicture picture;
    for (const Line& line : lines) picture.curves.push_back({line.name, line.values});
    RunAxis axis(picture);
    const double edge = axis.low;
    if (axis.logarithmic && floor > axis.low && floor < axis.high) {
      axis.low = floor;
      double most = floor;
      for (const Line& line : lines) {
        for (const double value : line.values) most = std::isfinite(value) ? std::max(most, value) : most;
      }
      axis.high = std::min(axis.high, 3 * most);
    }
    std::string text = place(label) + "unset logscale y\n" + axis.commands(5);
    std::string plots;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::string name = prefix + std::to_string(i);
      const std::string points = block(name, lines[i].values, [&](double value) {
        return axis.logarithmic ? std::clamp(value, edge, axis.high) : axis.position(value);
      });
      text += points;
      const std::string shape = lines[i].values.size() < 20 ? "linespoints pointtype 7 pointsize 0.4 " : "lines ";
      plots += (plots.empty() ? "plot " : ", \\\n  ") + (points.empty() ? "NaN" : "$" + name) + " with " + shape +
               std::string(lines[i].style) + " title " + quoted(lines[i].name, 40, 1);
    }
    return text + plots + "\n";
  }

  [[nodiscard]] std::string proxy() {
    const ProxyReport& watched = *report_.proxy;
    std::vector<Line> lines;
    lines.push_back(
        {"g(w_t)", column([](const MonitorRow& row) { return row.proxy; }), "linewidth 4 linecolor rgb '#56b4e9'"});
    if (watched.bounded) {
      if (watched.measured != Measured::last_iterate) {
        lines.push_back({std::string(to_string(watched.measured)),
                         column([](const MonitorRow& row) { return row.measured; }),
                         "linewidth 1.5 linecolor rgb '#0072b2'"});
      }
      lines.push_back({"bound(T)", column([](const MonitorRow& row) { return row.bound; }),
                       "linewidth 2 dashtype (9,5) linecolor rgb '#222222'"});
    }
    double floor = RunAxis::most;  // four decades below the bound, there is nothing left to compare
    for (const MonitorRow& row : report_.rows) {
      if (row.bound > 0) floor = std::min(floor, 1e-4 * row.bound);
    }
    return curves("proxy", "proxy", lines, floor);
  }

  [[nodiscard]] std::string distances() {
    return curves(
        "distance", "distance",
        {{"\xe2\x80\x96w_t \xe2\x88\x92 v\xe2\x80\x96", column([](const MonitorRow& row) { return row.distance; }),
          "linewidth 2.25 linecolor rgb '#009e73'"}});
  }

  const MonitorReport& report_;
  std::size_t longest_;
  int panels_;
  int drawn_ = 0;
  int height_;
};

}  // namespace detail

/// Draws a monitored run; see draw for the status, `complaint` and what is thrown. A run of any length becomes at most
/// 200 points a curve. The title says what was claimed, the verdict and the first failure, which a red line marks.
[[nodiscard]] inline PictureStatus draw_monitor(const std::filesystem::path& svg, const MonitorReport& report,
                                                std::string* complaint = nullptr) {
  const CheckReport& claim = report.inequality;
  std::string found =
      std::string(to_string(report.verdict())) + ": " + detail::grouped(report.iterates()) + " iterates";
  const std::int64_t missing = claim.statistics.non_finite;
  if (missing > 0) {
    found += ", " + detail::grouped(missing) + (missing == 1 ? " margin" : " margins") + " not finite and not shown";
  }
  std::string failure = "no failure";
  if (report.first_failure) {
    failure = "first failure at t = " + std::to_string(report.first_failure->t) + ": " + report.first_failure->what;
  }
  std::vector<std::string> title;
  for (const std::string& line : {claim.property, found, failure}) {
    title.push_back(line.empty() ? line : detail::wrapped(line, 70, 1).front());
  }
  return draw(svg, detail::MonitorPanels(report).script(title), complaint);
}

}  // namespace proxcvx
