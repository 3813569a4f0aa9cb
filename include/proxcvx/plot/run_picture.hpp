// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <proxcvx/plot/axis.hpp>
#include <proxcvx/plot/gnuplot.hpp>
#include <string>
#include <string_view>
#include <vector>

// The picture of a run: what was measured and what the guarantee promised, against the iterations, on logarithmic axes
// (a rate t^-a is a straight line of slope -a).

namespace proxcvx {

/// One line of a picture. Values that are not finite leave a gap.
struct Curve {
  std::string name;
  std::vector<double> values;  ///< the value at t = 1, 2, ..., T; values[0] is the one at t = 1
  bool guarantee = false;      ///< what a theorem promises, not what was measured: drawn dashed and darker
};

/// The curves of one run, and a horizontal line such as xi where `level` is finite.
struct RunPicture {
  std::string title = {};
  std::string y_label = {};
  std::string x_label = "iteration t";
  std::vector<Curve> curves = {};
  double level = std::numeric_limits<double>::quiet_NaN();
  std::string level_name = {};
  bool even_iterations = false;  ///< t on a linear axis, for a run in stages; else on a logarithmic one
};

namespace detail {

/// The positions of a curve that are drawn, ascending: all of them where there are no more than `most`; else the first,
/// the last, and of each log-spaced stretch between them the smallest value, the largest and the first that is not
/// finite. So a picture shows every peak and every gap of a curve, however long it is. O(T).
[[nodiscard]] inline std::vector<std::size_t> thinned(const std::vector<double>& values, std::size_t most = 400) {
  std::vector<std::size_t> kept;
  const std::size_t count = values.size();
  if (count <= most) {
    for (std::size_t i = 0; i < count; ++i) kept.push_back(i);
    return kept;
  }
  const std::size_t stretches = (most - 2) / 3;
  const double ratio = std::log(static_cast<double>(count)) / static_cast<double>(stretches);
  kept.push_back(0);
  std::size_t begin = 1;
  for (std::size_t k = 1; k <= stretches && begin + 1 < count; ++k) {
    const auto reach = static_cast<std::size_t>(std::exp(ratio * static_cast<double>(k)));
    const std::size_t end = k == stretches ? count - 1 : std::min(reach, count - 1);
    if (end <= begin) continue;
    std::size_t low = count;
    std::size_t high = count;
    std::size_t gap = count;
    for (std::size_t i = begin; i < end; ++i) {
      if (!std::isfinite(values[i])) {
        gap = std::min(gap, i);
        continue;
      }
      if (low == count || values[i] < values[low]) low = i;
      if (high == count || values[i] > values[high]) high = i;
    }
    std::array<std::size_t, 3> chosen{low, high, gap};
    std::ranges::sort(chosen);
    for (const std::size_t i : chosen) {
      if (i != count && i != kept.back()) kept.push_back(i);
    }
    begin = end;
  }
  kept.push_back(count - 1);
  return kept;
}

/// The vertical axis of a run: what it spans, and whether it is logarithmic, which it is as soon as any value is
/// positive. On a logarithmic axis a value that is not positive is drawn at the lower edge.
struct RunAxis {
  bool logarithmic = false;
  bool clips = false;  ///< some value is drawn at the lower edge instead of where it belongs
  double low = 0;
  double high = 1;

  /// Values beyond these are drawn at them, well within what gnuplot's numbers hold.
  static constexpr double least = 1e-250;
  static constexpr double most = 1e250;

  explicit RunAxis(const RunPicture& picture) {
    double smallest = most;
    double largest = -most;
    double smallest_positive = most;
    const auto see = [&](double value) {
      if (!std::isfinite(value)) return;
      smallest = std::min(smallest, std::max(value, -most));
      largest = std::max(largest, std::min(value, most));
      if (value > 0) smallest_positive = std::min(smallest_positive, std::max(value, least));
    };
    for (const Curve& curve : picture.curves) std::ranges::for_each(curve.values, see);
    see(picture.level);
    if (smallest > largest) {  // nothing is finite
      logarithmic = true;
      low = 0.1;
      return;
    }
    logarithmic = largest > 0;
    if (logarithmic) {
      clips = smallest <= 0;
      largest = std::max(largest, least);
      // At least 0.2 % either way, so that what is constant up to rounding looks constant.
      const double decades = std::log10(largest) - std::log10(smallest_positive);
      const double margin = largest > smallest_positive ? std::max(0.05 * decades, 1e-3) : 0.3;
      low = smallest_positive / std::pow(10.0, margin);
      high = largest * std::pow(10.0, margin);
    } else {
      const double room = std::max(0.05 * (largest - smallest), 1e-3 * -smallest);
      const double margin = room > least ? room : 1;
      low = smallest - margin;
      high = largest + margin;
    }
  }

  [[nodiscard]] double position(double value) const {
    return logarithmic ? std::clamp(value, low, high) : std::clamp(value, -most, most);
  }

  [[nodiscard]] std::string commands(int most_labels = 7) const {
    const std::string range = "set yrange [" + number_text(low) + ":" + number_text(high) + "]\n";
    if (!logarithmic) return range + tick_command("y", even_ticks(low, high));
    return range + "set logscale y\n" + tick_command("y", logarithmic_ticks(low, high, most_labels));
  }
};

/// The horizontal axis over t = 1, ..., longest, with ticks at whole numbers.
[[nodiscard]] inline std::string iteration_axis(std::size_t longest, bool even = false) {
  const std::string scale = even ? "" : "set logscale x\n";
  if (longest == 1) return scale + "set xrange [0.5:2]\n" + tick_command("x", {{1, "1"}});
  const auto end = static_cast<double>(longest);
  std::vector<Tick> ticks;
  if (longest < 10) {
    for (std::size_t t = 1; t <= longest; ++t) ticks.push_back({static_cast<double>(t), std::to_string(t)});
  } else {
    ticks = even ? even_ticks(1, end) : logarithmic_ticks(1, end);
  }
  return scale + "set xrange [1:" + number_text(end) + "]\n" + tick_command("x", ticks);
}

// Okabe & Ito's colours, which colour-blind readers tell apart; the guarantees have the darker ones.
inline constexpr std::array<std::string_view, 6> curve_colours{"#0072b2", "#d55e00", "#009e73",
                                                               "#cc79a7", "#e69f00", "#56b4e9"};
inline constexpr std::array<std::string_view, 4> guarantee_colours{"#222222", "#7a2e00", "#003f5c", "#5c2a4d"};

}  // namespace detail

/// Draws the run; see draw for the status, `complaint` and what is thrown. A curve of any length becomes at most 400
/// points, so a picture is a few ten kilobytes. O(T) per curve.
[[nodiscard]] inline PictureStatus draw_run(const std::filesystem::path& svg, const RunPicture& picture,
                                            std::string* complaint = nullptr) {
  const detail::RunAxis axis(picture);
  std::size_t longest = 1;
  for (const Curve& curve : picture.curves) longest = std::max(longest, curve.values.size());

  const int entries = static_cast<int>(picture.curves.size()) + (std::isfinite(picture.level) ? 1 : 0);
  std::string script = detail::terminal(366 + 22 * entries);
  script += "set key vertical maxrows " + std::to_string(std::max(entries, 1)) + "\n";
  script += "set title " + detail::quoted(picture.title, 62, 3) + "\n";
  const std::string note = axis.clips ? "   (values \xe2\x89\xa4 0 are drawn at the lower edge)" : "";
  script +=
      "set xlabel " + detail::quoted({picture.x_label + note, " "}) + "\n";  // the blank line keeps the legend off
  script += "set ylabel " + detail::quoted(picture.y_label, 44, 2) + "\n";
  script += detail::iteration_axis(longest, picture.even_iterations) + axis.commands();

  std::string plots;
  std::size_t measured = 0;
  std::size_t promised = 0;
  const auto add = [&](const std::string& source, std::string_view style, std::string_view colour,
                       const std::string& name) {
    plots += (plots.empty() ? "plot " : ", \\\n  ") + source + " with " + std::string(style) + " linecolor rgb '" +
             std::string(colour) + "' title " + detail::quoted(name, 60, 1);
  };
  for (const Curve& curve : picture.curves) {
    std::string points;
    bool drawable = false;
    for (const std::size_t i : detail::thinned(curve.values)) {
      const bool finite = std::isfinite(curve.values[i]);
      drawable = drawable || finite;
      points += finite ? std::to_string(i + 1) + " " + detail::number_text(axis.position(curve.values[i]), 6) : "";
      points += "\n";
    }
    std::string source = "NaN";  // a line of its own in the legend, and nothing in the picture
    if (drawable) {
      source = "$curve" + std::to_string(measured + promised);
      script += source + " << END\n" + points + "END\n";
    }
    const std::string shape = curve.values.size() < 20 && drawable ? "linespoints pointtype 7 pointsize 0.5" : "lines";
    if (curve.guarantee) {
      add(source, shape + " linewidth 2 dashtype (9,5)",
          detail::guarantee_colours[promised++ % detail::guarantee_colours.size()], curve.name);
    } else {
      add(source, shape + " linewidth 2.25 dashtype 1",
          detail::curve_colours[measured++ % detail::curve_colours.size()], curve.name);
    }
  }
  if (std::isfinite(picture.level)) {
    const std::string at = detail::number_text(axis.position(picture.level), 6);
    const std::string ends = longest == 1 ? "2 " : std::to_string(longest) + " ";
    script += std::string("$level << END\n") + (longest == 1 ? "0.5 " : "1 ") + at + "\n" + ends + at + "\nEND\n";
    add("$level", "lines linewidth 1.5 dashtype (2,4)", "#666666", picture.level_name);
  }
  return draw(svg, script + (plots.empty() ? "plot NaN notitle" : plots), complaint);
}

}  // namespace proxcvx
