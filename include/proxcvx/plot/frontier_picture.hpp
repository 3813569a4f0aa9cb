// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <proxcvx/plot/axis.hpp>
#include <proxcvx/plot/gnuplot.hpp>
#include <proxcvx/verify/fit_frontier.hpp>
#include <string>
#include <vector>

// The picture of a frontier: samples as points (g, ||grad f||^alpha), and the lower hull on which every line
// ||grad f||^alpha = (mu/2)(g - xi) rests, of slope mu/2, that crosses zero at xi.

namespace proxcvx {

namespace detail {

/// "x y" a line, for gnuplot.
[[nodiscard]] inline std::string point_lines(const std::vector<FrontierPoint>& points) {
  std::string lines;
  for (const FrontierPoint& point : points) {
    lines += number_text(point.g, 7) + " " + number_text(point.power, 7) + "\n";
  }
  return lines;
}

}  // namespace detail

/// Draws the frontier; see draw for the status, `complaint` and what is thrown. The samples shown are the first 400,
/// and one line, that of the hull's middle edge, to read mu and xi from. O(hull).
[[nodiscard]] inline PictureStatus draw_frontier(const std::filesystem::path& svg, const Frontier& frontier,
                                                 std::string* complaint = nullptr) {
  double left = 0;
  double right = 0;
  double top = 0;
  bool any = false;
  const auto see = [&](const FrontierPoint& point) {
    left = any ? std::min(left, point.g) : point.g;
    right = any ? std::max(right, point.g) : point.g;
    top = std::max(top, point.power);
    any = true;
  };
  for (const FrontierPoint& point : frontier.others) see(point);
  for (const FrontierPoint& point : frontier.hull) see(point);
  if (!(right > left)) right = left + std::max(1.0, std::abs(left));
  if (!(top > 0)) top = 1;

  const bool has_edge = frontier.hull.size() >= 2;
  const std::size_t middle = has_edge ? (frontier.hull.size() - 2) / 2 : 0;
  double mu = 0;
  double xi = 0;
  if (has_edge) {
    const FrontierPoint& a = frontier.hull[middle];
    const FrontierPoint& b = frontier.hull[middle + 1];
    mu = 2 * (b.power - a.power) / (b.g - a.g);
    xi = frontier.xi(mu);
    left = std::min(left, std::max(xi, left - (right - left)));
  }
  const double room = 0.04 * (right - left);
  std::string script = detail::terminal(450);
  std::vector<std::string> title = detail::balanced("(mu, xi) of proxy PL, g = " + frontier.proxy, 62, 2);
  for (std::string& line :
       detail::balanced(detail::grouped(frontier.samples) + " samples, " + frontier.region, 62, 1)) {
    title.push_back(std::move(line));
  }
  script += "set title " + detail::quoted(title) + "\nset xlabel " + detail::quoted({"g(w)", " "}) + "\n";
  script += "set ylabel " + detail::quoted({"||grad f(w)||^alpha, alpha = " + detail::shortest(frontier.alpha)}) + "\n";
  script += "set key vertical maxrows 3\n";
  script += "set xrange [" + detail::number_text(left - room) + ":" + detail::number_text(right + room) + "]\n";
  script += "set yrange [" + detail::number_text(-0.04 * top) + ":" + detail::number_text(1.05 * top) + "]\n";
  script += detail::tick_command("x", detail::even_ticks(left, right));
  script += detail::tick_command("y", detail::even_ticks(0, top));

  std::string plots;
  const auto add = [&](const std::string& name, const std::string& points, const std::string& style,
                       const std::string& legend) {
    if (points.empty()) return;
    script += "$" + name + " << END\n" + points + "END\n";
    plots += (plots.empty() ? "plot $" : ", $") + name + " with " + style + " title " + detail::quoted(legend, 60, 1);
  };
  add("samples", detail::point_lines(frontier.others), "points pointtype 7 pointsize 0.25 linecolor rgb '#56b4e9'",
      "samples" +
          std::string(static_cast<Index>(frontier.others.size()) < frontier.samples ? " (the first ones)" : ""));
  add("hull", detail::point_lines(frontier.hull),
      "linespoints pointtype 7 pointsize 0.45 linewidth 2.25 linecolor rgb '#0072b2'", "lower hull: the frontier");
  if (has_edge) {
    const std::vector<FrontierPoint> line{{xi, 0, -1}, {right, mu / 2 * (right - xi), -1}};
    add("line", detail::point_lines(line), "lines linewidth 1.75 dashtype (9,5) linecolor rgb '#d55e00'",
        "one of its lines: mu = " + detail::shortest(mu, 4) + ", xi = " + detail::shortest(xi, 4));
  }
  return draw(svg, script + (plots.empty() ? "plot NaN notitle" : plots), complaint);
}

}  // namespace proxcvx
