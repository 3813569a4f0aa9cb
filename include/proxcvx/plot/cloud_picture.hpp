// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/types.hpp>
#include <proxcvx/plot/axis.hpp>
#include <proxcvx/plot/gnuplot.hpp>
#include <string>
#include <vector>

// The picture of particles in the plane, over level lines of a density: a panel per cloud, all with the same axes.

namespace proxcvx {

/// One panel: a cloud, 2 x n, and its name.
struct CloudPanel {
  std::string name;
  Matrix<double> particles;
};

/// Panels over one density.
struct CloudPicture {
  std::string title = {};
  std::vector<CloudPanel> panels = {};
  std::function<double(double, double)> log_density = {};  ///< up to a constant
  std::array<double, 2> x{-1, 1};                          ///< what a panel spans
  std::array<double, 2> y{-1, 1};
};

namespace detail {

/// log p - max log p on a grid, clipped below where no line is drawn, as gnuplot wants it.
[[nodiscard]] inline std::string density_grid(const CloudPicture& picture, int cells, double lowest) {
  const auto at = [&](const std::array<double, 2>& range, int k) {
    return range[0] + (range[1] - range[0]) * k / cells;
  };
  std::vector<double> values;
  double largest = -std::numeric_limits<double>::infinity();
  for (int i = 0; i <= cells; ++i) {
    for (int j = 0; j <= cells; ++j) {
      values.push_back(picture.log_density(at(picture.x, i), at(picture.y, j)));
      if (std::isfinite(values.back())) largest = std::max(largest, values.back());
    }
  }
  std::string grid;
  std::size_t k = 0;
  for (int i = 0; i <= cells; ++i) {
    for (int j = 0; j <= cells; ++j, ++k) {
      const double below = values[k] >= largest + 2 * lowest ? values[k] - largest : 2 * lowest;  // NaN, too
      grid += number_text(at(picture.x, i), 5) + " " + number_text(at(picture.y, j), 5) + " " + number_text(below, 5) +
              "\n";
    }
    grid += "\n";
  }
  return grid;
}

}  // namespace detail

/// Draws the panels in two columns; see draw for the status, `complaint` and what is thrown. Level lines are at 1/2, 1,
/// 2, 4 and 8 below the largest log density that the panels show; particles outside of the panels are counted in their
/// titles. Throws std::invalid_argument unless there is a panel, a density, and clouds are 2 x n.
[[nodiscard]] inline PictureStatus draw_clouds(const std::filesystem::path& svg, const CloudPicture& picture,
                                               std::string* complaint = nullptr) {
  require(!picture.panels.empty(), "panels: expected at least one");
  require(static_cast<bool>(picture.log_density), "log_density: expected a function");
  const std::size_t rows = (picture.panels.size() + 1) / 2;
  std::string script = detail::terminal(40 + 290 * static_cast<int>(rows));
  script += "$density << END\n" + detail::density_grid(picture, 90, -8) + "END\n";
  script += "set contour base\nunset surface\nset cntrparam levels discrete -8,-4,-2,-1,-0.5\n";
  script += "set table $lines\nsplot $density using 1:2:3 with lines notitle\nunset table\nunset contour\n";
  script += "set key off\nset multiplot layout " + std::to_string(rows) + ",2 title " +
            detail::quoted(picture.title, 62, 1) + " noenhanced font ',14'\n";
  const auto range = [](const char* axis, const std::array<double, 2>& ends) {
    return std::string("set ") + axis + "range [" + detail::number_text(ends[0]) + ":" + detail::number_text(ends[1]) +
           "]\n" + detail::tick_command(axis, detail::even_ticks(ends[0], ends[1]));
  };
  script += range("x", picture.x) + range("y", picture.y);
  std::size_t k = 0;
  for (const CloudPanel& panel : picture.panels) {
    require(panel.particles.rows() == 2, "particles", "two rows", panel.particles.rows());
    std::string points;
    Index outside = 0;
    for (Index i = 0; i < panel.particles.cols(); ++i) {
      const double x = panel.particles(0, i);
      const double y = panel.particles(1, i);
      if (x >= picture.x[0] && x <= picture.x[1] && y >= picture.y[0] && y <= picture.y[1]) {
        points += detail::number_text(x, 5) + " " + detail::number_text(y, 5) + "\n";
      } else {
        ++outside;
      }
    }
    std::string name = panel.name;
    if (outside > 0) name += " (" + std::to_string(outside) + " outside)";
    script += "set title " + detail::quoted(name, 40, 1) + "\n";
    std::string source = "NaN";
    if (!points.empty()) {
      source = "$cloud" + std::to_string(k++);
      script += source + " << END\n" + points + "END\n";
    }
    script += "plot $lines using 1:2 with lines linecolor rgb '#b0b0b0' linewidth 1 notitle, " + source +
              " with points pointtype 7 pointsize 0.25 linecolor rgb '#0072b2' notitle\n";
  }
  return draw(svg, script + "unset multiplot\n", complaint);
}

}  // namespace proxcvx
