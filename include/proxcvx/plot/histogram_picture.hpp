// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <proxcvx/plot/axis.hpp>
#include <proxcvx/plot/gnuplot.hpp>
#include <proxcvx/verify/histogram.hpp>
#include <proxcvx/verify/report.hpp>
#include <proxcvx/verify/table.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The picture of a check: how many margins fell into which octave, on a signed logarithmic axis. What is below zero
// stands to the left and is red, what is above it stands to the right and is blue.

namespace proxcvx {

namespace detail {

/// The axis of margins. Bars are one unit wide; the one about zero is centred at 0, the k-th octave of either sign at
/// +-k. The octaves about zero that hold no margin of either sign are part of the bar about zero, so that the axis
/// shows what is occupied: |margin| < 2^inner there, and the first octave is [2^inner, 2^(inner + 1)).
class MarginAxis {
 public:
  explicit MarginAxis(const MarginHistogram& histogram) {
    constexpr int octaves = MarginHistogram::octaves + 1;  // with the outermost bin
    const auto count = [&](int offset) {
      const int position = octaves + offset;
      return histogram.bin(static_cast<std::size_t>(position)).count;
    };
    int first = octaves + 1;
    int lowest = 0;
    int highest = 0;
    for (int k = 1; k <= octaves; ++k) {
      if (count(-k) > 0) lowest = k;
      if (count(k) > 0) highest = k;
      if (count(-k) + count(k) > 0) first = std::min(first, k);
    }
    if (first > octaves) first = 1;
    inner_ = MarginHistogram::lowest + first - 1;
    about_zero_ = count(0);
    for (int k = first; k <= lowest; ++k) negative_.push_back(count(-k));
    for (int k = first; k <= highest; ++k) positive_.push_back(count(k));
  }

  /// Counts by octave, from zero outwards.
  [[nodiscard]] const std::vector<std::int64_t>& negative() const { return negative_; }
  [[nodiscard]] const std::vector<std::int64_t>& positive() const { return positive_; }
  [[nodiscard]] std::int64_t about_zero() const { return about_zero_; }
  [[nodiscard]] int inner() const { return inner_; }

  /// The ends of the axis: what is occupied and zero, with some air where that is a few bars.
  [[nodiscard]] double low() const { return -0.5 - static_cast<double>(negative_.size()) - air(); }
  [[nodiscard]] double high() const { return 0.5 + static_cast<double>(positive_.size()) + air(); }

  /// Decades of both signs where at least three are in sight, else the edges of octaves; and zero.
  [[nodiscard]] std::vector<Tick> ticks() const {
    const int length = static_cast<int>(std::max(negative_.size(), positive_.size()));
    const int total = static_cast<int>(negative_.size() + positive_.size());
    std::vector<Tick> ticks{{0, "0"}};
    const auto add = [&](double magnitude) {
      const double at = std::log2(magnitude) - inner_ + 0.5;
      const double room = 0.04 * (total + 1);  // the label beside "0" must not touch it
      if (at < 0.49 + room || magnitude > std::ldexp(1.0, MarginHistogram::highest)) return;
      if (at < 0.51 + static_cast<double>(positive_.size())) ticks.push_back({at, number_label(magnitude)});
      if (at < 0.51 + static_cast<double>(negative_.size())) ticks.push_back({-at, number_label(-magnitude)});
    };
    if (length >= 10) {
      const int first = static_cast<int>(std::ceil(inner_ * std::log10(2.0) - 1e-9));
      const int last = static_cast<int>(std::floor((inner_ + length) * std::log10(2.0) + 1e-9));
      const int step = round_step(total / 24 + 1);
      for (int exponent = first; exponent <= last; ++exponent) {
        if (exponent % step == 0) add(decade(exponent));
      }
    } else {
      const int step = total / 8 + 1;
      for (int k = 0; k <= length; k += step) add(std::ldexp(1.0, inner_ + k));
    }
    return ticks;
  }

 private:
  [[nodiscard]] double air() const {
    return std::max(0.3, (6.0 - static_cast<double>(negative_.size() + positive_.size())) / 2);
  }

  std::vector<std::int64_t> negative_;
  std::vector<std::int64_t> positive_;
  std::int64_t about_zero_ = 0;
  int inner_ = MarginHistogram::lowest;
};

[[nodiscard]] inline PictureStatus draw_histogram(const std::filesystem::path& svg, const MarginHistogram& histogram,
                                                  const std::vector<std::string>& title, std::string* complaint) {
  const MarginAxis axis(histogram);
  std::int64_t most = std::max<std::int64_t>(axis.about_zero(), 1);
  for (const auto* side : {&axis.negative(), &axis.positive()}) {
    for (const std::int64_t count : *side) most = std::max(most, count);
  }
  constexpr double floor_of_counts = 0.6;  // a single margin is a bar that one can see
  const double top = std::max(10.0, 1.5 * static_cast<double>(most));
  std::string script = "set title " + quoted(title) + " offset 0,1.1\nset tmargin " +
                       number_text(2.7 + 1.2 * static_cast<double>(title.size())) + "\n";
  script += "set xlabel 'margin'\nset ylabel 'count per octave'\n";
  script += "set logscale y\nset yrange [" + number_text(floor_of_counts) + ":" + number_text(top) + "]\n";
  script += tick_command("y", logarithmic_ticks(1, top));
  script += "set xrange [" + number_text(axis.low()) + ":" + number_text(axis.high()) + "]\n";
  script += tick_command("x", axis.ticks());
  script += "set grid noxtics\nset style fill solid 1 noborder\n";
  script += "set key off\nset arrow from 0, graph 0 to 0, graph 1 nohead back linewidth 1 linecolor rgb '#999999'\n";

  const double half = axis.negative().size() + axis.positive().size() > 60 ? 0.5 : 0.45;  // of a bar's width
  std::string plots;
  const auto add = [&](const std::string& name, std::string_view colour, const std::vector<std::int64_t>& counts,
                       int first, int direction, const std::string& legend) {
    std::string bars;
    std::int64_t total = 0;
    for (std::size_t k = 0; k < counts.size(); ++k) {
      const double at = direction * (first + static_cast<double>(k));
      total += counts[k];
      if (counts[k] == 0) continue;
      bars += number_text(at) + " 1 " + number_text(at - half) + " " + number_text(at + half) + " " +
              number_text(floor_of_counts) + " " + number_text(static_cast<double>(counts[k])) + "\n";
    }
    const std::string_view side = direction < 0 ? "left" : direction > 0 ? "right" : "center";
    const std::string paint = " rgb '" + std::string(colour) + "'";
    const std::string words = quoted({legend + ": " + grouped(total)});
    script += "set label " + words + " at graph " + number_text(0.5 + 0.5 * direction) + ", graph 1.06 " +
              std::string(side) + " noenhanced textcolor" + paint + "\n";
    if (bars.empty()) return;
    script += "$" + name + " << END\n" + bars + "END\n";
    plots += (plots.empty() ? "plot $" : ", $") + name + " using 1:2:3:4:5:6 with boxxyerror fillcolor" + paint +
             " title " + words;
  };
  add("negative", "#cc3311", axis.negative(), 1, -1, "below 0");
  add("zero", "#666666", {axis.about_zero()}, 0, 0, "about 0");
  add("positive", "#0077bb", axis.positive(), 1, 1, "above 0");
  return draw(svg, script + (plots.empty() ? "plot NaN" : plots), complaint);
}

}  // namespace detail

/// Draws the histogram under a title; see draw for the status, `complaint` and what is thrown. The picture shows the
/// octaves that are occupied.
[[nodiscard]] inline PictureStatus draw_histogram(const std::filesystem::path& svg, const MarginHistogram& histogram,
                                                  std::string_view title, std::string* complaint = nullptr) {
  return detail::draw_histogram(svg, histogram, detail::balanced(title, 62, 3), complaint);
}

/// Draws the margins of a check. The title says what was claimed, the verdict, and what was examined.
[[nodiscard]] inline PictureStatus draw_histogram(const std::filesystem::path& svg, const CheckReport& report,
                                                  std::string* complaint = nullptr) {
  const MarginStatistics& found = report.statistics;
  std::vector<std::string> title = detail::wrapped(report.property, 62, 1);
  std::string examined = std::string(to_string(report.verdict())) + ": " + detail::grouped(found.examined) +
                         (report.pairs ? " pairs" : " points") + " examined";
  if (report.vacuous()) examined += ", vacuous at all of them";
  if (found.non_finite > 0) examined += ", " + detail::grouped(found.non_finite) + " not finite and not shown";
  if (!report.region.empty()) examined += ", " + report.region;  // last: it may be long, and what is too long is cut
  for (std::string& line : detail::balanced(examined, 62, 2)) title.push_back(std::move(line));
  return detail::draw_histogram(svg, found.histogram, title, complaint);
}

}  // namespace proxcvx
