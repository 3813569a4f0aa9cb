// SPDX-License-Identifier: MIT

// "My loss is not convex in the weights. By how much, and does width help?"
//
// delta(R, m) is the smallest slack for which the risk f of a network of width m satisfies
//     <grad f(w), w - v> >= f(w) - f(v) - delta   for all w, v within R of the initial weights:
// what the tangent-kernel results bound by R^2/sqrt(m). Measured here in two ways: by ascent of the violation, from
// pairs that put all of R into a few units, or (deep networks) into the direction in which the Hessian is most
// negative, and from the worst random pair; and at random pairs alone, which show R^2/m: why sampling flatters. Means
// over eight draws of the initial weights. A deep network in the usual scaling moves by R/sqrt(m), which is R in the
// scaling of tangent kernels.
//
//   tangent_gap [--quick] [--out DIR]
//
// --quick takes three widths and two radii; --out writes gaps.csv, worst.svg and random.svg to DIR.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <limits>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/instances/wide_network.hpp>
#include <proxcvx/io/atomic_file.hpp>
#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/networks/mlp.hpp>
#include <proxcvx/plot/gnuplot.hpp>
#include <proxcvx/properties/special_cases.hpp>
#include <proxcvx/regions/ball.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace pc = proxcvx;

using Vector = pc::Vector<double>;
using Matrix = pc::Matrix<double>;
using Deep = pc::MLP<pc::AnyActivation>;
using TwoLayer = pc::TwoLayer<pc::AnyActivation>;
template <class Network> using Risk = pc::EmpiricalRisk<Network, pc::LogisticLoss>;

/// n inputs on the unit sphere of R^4; the label is the sign of the first coordinate.
pc::Dataset<double> data_set() {
  pc::RandomStream stream{pc::Seed{3}, 0, pc::Purpose::data};
  Matrix x(4, 8), y(1, 8);
  stream.fill_normal(x);
  x.colwise().normalize();
  y = x.row(0).unaryExpr([](double z) { return z > 0 ? 1.0 : -1.0; });
  return {x, y};
}

/// delta at one width and radius, and the theorem's bound on it, infinite where there is none.
struct Gap {
  std::string family;
  pc::Index width = 0;
  double radius = 0, worst = 0, random = 0, bound = std::numeric_limits<double>::infinity();
};

/// Climbs from x = (w; v) in the ball along the gradient of -margin, which is f(w) - f(v) - <grad f(w), w - v>; returns
/// where that ends, less what rounding may have added.
template <class Convexity>
double climbed(const Convexity& convexity, const pc::Ball<double>& ball, Vector w, Vector v, int steps) {
  const auto gap_at = [&](const Vector& a, const Vector& b) {
    const auto margin = convexity.margin(a, b);
    return -margin.value - margin.error;
  };
  Vector down_w(w.size()), down_v(v.size()), next_w(w.size()), next_v(v.size());
  double gap = gap_at(w, v), length = ball.radius() / 2;
  bool moved = true;
  for (int i = 0; i < steps && length > 1e-3 * ball.radius(); ++i) {
    if (moved) convexity.margin_gradient(w, v, down_w, down_v);
    const double norm = std::hypot(down_w.norm(), down_v.norm());
    if (!(norm > 0)) break;
    next_w = w - down_w * (length / norm);
    next_v = v - down_v * (length / norm);
    ball.project(next_w);
    ball.project(next_v);
    const double there = gap_at(next_w, next_v);
    moved = there > gap;
    length *= moved ? 1.5 : 0.4;
    if (!moved) continue;
    gap = there;
    w.swap(next_w);
    v.swap(next_v);
  }
  return gap;
}

/// `pairs`: where to begin, a column (w; v) each; the best three are climbed from, and the worst of the random pairs.
template <class Network>
Gap measured(const Risk<Network>& f, const Vector& start, double radius, const Matrix& pairs, bool quick) {
  const auto convexity = pc::convexity(f);
  const pc::Ball ball{start, radius, pc::RadiusLaw::uniform};
  const pc::Index p = start.size();
  const auto gap_at = [&](const Vector& x) { return -convexity.margin(x.head(p), x.tail(p)).value; };
  Gap gap;
  gap.random = -std::numeric_limits<double>::infinity();
  Vector pair(2 * p), worst_random;
  for (pc::Index i = 0; i < 256; ++i) {
    pc::RandomStream stream{pc::Seed{9}, static_cast<std::uint64_t>(i), pc::Purpose::points};
    ball.sample(stream, pair.head(p));
    ball.sample(stream, pair.tail(p));
    const double here = gap_at(pair);
    if (here > gap.random) worst_random = pair;
    gap.random = std::max(gap.random, here);
  }
  std::vector<std::pair<double, Vector>> ends;
  for (pc::Index i = 0; i < pairs.cols(); ++i) ends.emplace_back(gap_at(pairs.col(i)), pairs.col(i));
  std::sort(ends.begin(), ends.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  ends.resize(std::min<std::size_t>(ends.size(), 3));
  ends.emplace_back(gap.random, worst_random);
  gap.worst = gap.random;
  for (const auto& [value, from] : ends)
    gap.worst = std::max(gap.worst, climbed(convexity, ball, from.head(p), from.tail(p), quick ? 20 : 60));
  return gap;
}

Gap two_layer_gap(const pc::AnyActivation& s, pc::Index width, double radius, pc::Seed seed, bool quick) {
  const TwoLayer network{{.inputs = 4, .hidden = width}, s};
  const pc::WideNetwork wide{network, data_set()};
  const Vector start = network.initialize(seed, pc::Initialization::gaussian(1));
  Gap gap = measured(wide.objective(), start, radius, wide.starts(start, radius), quick);
  gap.bound = wide.slack(2 * radius);
  return gap;
}

/// The unit vector along which the Hessian at w is most negative, by power iteration on c - Hessian.
template <class F> Vector most_negative(const F& f, const Vector& w, int iterations) {
  pc::RandomStream stream{pc::Seed{5}};
  Vector e(w.size()), image(w.size());
  double shift = 0;
  for (int pass = 0; pass < 2; ++pass) {  // first the largest |eigenvalue|, then from the other end
    stream.fill_normal(e);
    e.normalize();
    double length = 0;
    for (int i = 0; i < (pass == 0 ? 10 : iterations); ++i) {
      f.hessian_vector(w, e, image);
      if (pass == 1) image = shift * e - image;
      length = image.norm();
      e = image / length;
    }
    shift = length;
  }
  return e;
}

/// The last hidden layer of a deep network is a two-layer network on the features before it: where that is least
/// convex.
Matrix starts_of_last_layer(const Risk<Deep>& f, const Vector& w, double radius) {
  const Deep& network = f.network();
  const pc::Index m = network.width(), first = network.weights(w, 1).data() - w.data();
  const Matrix features =  // biases are 0
      (network.weights(w, 0) * f.data().inputs()).unaryExpr([&](double z) { return network.activation().value(z); });
  const TwoLayer last{{.inputs = m, .hidden = m}, network.activation(), network.weights(w, 2).row(0).transpose()};
  const pc::WideNetwork wide{last, pc::Dataset<double>{features, f.data().targets()}};
  const Matrix rows = network.weights(w, 1).transpose();
  const Matrix inner = wide.starts(rows.reshaped(), radius);
  Matrix pairs = w.replicate(2, inner.cols());
  for (pc::Index i = 0; i < pairs.cols(); ++i) {
    for (const pc::Index half : {0, 1}) {
      const Matrix moved = inner.col(i).segment(half * m * m, m * m).reshaped(m, m).transpose();
      pairs.col(i).segment(half * w.size() + first, m * m) = moved.reshaped();
    }
  }
  return pairs;
}

/// Two hidden layers.
Gap deep_gap(const pc::AnyActivation& s, pc::Index width, double radius, pc::Seed seed, bool quick) {
  const Risk<Deep> f{Deep{{.inputs = 4, .hidden = {width, width}}, s}, pc::LogisticLoss{}, data_set()};
  const Vector start = f.network().initialize(seed, pc::Initialization::lecun());
  const double reach = radius / std::sqrt(static_cast<double>(width));
  Matrix pairs = starts_of_last_layer(f, start, reach);
  if (!s.kinked()) {
    const Vector way = reach * most_negative(f, start, quick ? 30 : 100);
    pairs.conservativeResize(Eigen::NoChange, pairs.cols() + 2);
    pairs.rightCols(2) << start - way, start + way,  //
        start + way, start - way;
  }
  return measured(f, start, reach, pairs, quick);
}

/// The mean over eight draws of the initial weights.
Gap mean_gap(bool deep, const pc::AnyActivation& s, pc::Index width, double radius, bool quick) {
  std::array<Gap, 8> draws;
  pc::parallel_for_blocks(0, 8, 0, [&](pc::Index k) {
    const pc::Seed seed{static_cast<std::uint64_t>(k + 1)};
    draws[static_cast<std::size_t>(k)] =
        deep ? deep_gap(s, width, radius, seed, quick) : two_layer_gap(s, width, radius, seed, quick);
  });
  Gap mean{.family = (deep ? "deep, " : "two-layer, ") + s.name(), .width = width, .radius = radius};
  for (const Gap& gap : draws) {
    mean.worst += gap.worst / 8;
    mean.random += gap.random / 8;
    mean.bound = gap.bound;
  }
  return mean;
}

/// gap ~ R^a m^b by least squares of logarithms, over the rows with gap > 0.
struct Exponents {
  double radius = 0, width = 0;
};

Exponents fitted(const std::vector<Gap>& gaps, double Gap::*which) {
  Matrix rows(0, 3);
  Vector logs(0);
  for (const Gap& gap : gaps) {
    if (!(gap.*which > 0)) continue;
    rows.conservativeResize(rows.rows() + 1, 3);
    logs.conservativeResize(rows.rows());
    rows.row(rows.rows() - 1) << 1, std::log(gap.radius), std::log(static_cast<double>(gap.width));
    logs[rows.rows() - 1] = std::log(gap.*which);
  }
  const Vector solution = rows.colPivHouseholderQr().solve(logs);
  return {solution[1], solution[2]};
}

/// Curves against the width, one for each radius, a panel for each family.
void draw(const std::filesystem::path& svg, const std::vector<std::vector<Gap>>& families, double Gap::*which,
          const std::string& title) {
  constexpr std::array colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7"};
  std::ostringstream script;
  script << "set terminal svg size 960,640 fixed enhanced rounded font 'sans-serif,12' background rgb 'white'\n"
         << "set multiplot layout 2," << (families.size() + 1) / 2 << " title '" << title << "'\n"
         << "set logscale xy\nset format y '10^{%T}'\nset mxtics 1\nset mytics 1\nset grid linecolor rgb '#dddddd'\n"
         << "set key below horizontal samplen 1.5\nset xtics 16, 4, 4096\n";
  for (std::size_t panel = 0; panel < families.size(); ++panel) {
    const auto& gaps = families[panel];
    const Exponents e = fitted(gaps, which);
    std::ostringstream curves, blocks;
    std::size_t curve = 0;
    for (std::size_t first = 0; first < gaps.size(); ++curve) {
      blocks << "$c" << panel << '_' << curve << " << END\n";
      std::size_t i = first;
      for (; i < gaps.size() && gaps[i].radius == gaps[first].radius; ++i) {
        if (gaps[i].*which > 0) blocks << gaps[i].width << ' ' << gaps[i].*which << '\n';
      }
      blocks << "END\n";
      curves << (curve == 0 ? "plot " : ", ") << "$c" << panel << '_' << curve
             << " with linespoints pointtype 7 pointsize 0.4 linewidth 2 linecolor rgb '" << colours[curve % 4]
             << "' title 'R = " << gaps[first].radius << "'";
      first = i;
    }
    script << blocks.str() << std::fixed << std::setprecision(2) << "set title '" << gaps.front().family
           << "'\nset xlabel 'width m (fitted: R^{" << e.radius << "} m^{" << e.width << "})' enhanced\n"
           << std::defaultfloat << std::setprecision(6) << curves.str() << '\n';
  }
  script << "unset multiplot\n";
  std::cout << svg.filename().string() << ": " << pc::draw(svg, script.str()) << '\n';
}

int main(int argc, char** argv) {
  bool quick = false;
  std::filesystem::path folder;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--quick") {
      quick = true;
    } else if (word == "--out" && i + 1 < argc) {
      folder = argv[++i];
    } else {
      std::cerr << "usage: tangent_gap [--quick] [--out DIR]\n";
      return 1;
    }
  }
  const std::vector<pc::AnyActivation> activations{pc::Tanh{}, pc::SmoothLeakyReLU{0.1, 4}, pc::ReLU{}};
  const std::vector<double> radii = quick ? std::vector{0.125, 0.5} : std::vector{0.0625, 0.125, 0.25, 0.5};
  std::vector<std::vector<Gap>> families;
  bool as_expected = true;
  std::cout << std::setprecision(3) << std::left << std::setw(29) << "network" << std::right << std::setw(7) << "width"
            << std::setw(9) << "R" << std::setw(12) << "worst" << std::setw(12) << "random" << std::setw(12)
            << "theorem" << '\n';
  for (const bool deep : {false, true}) {
    const std::vector<pc::Index> widths =
        quick  ? deep ? std::vector<pc::Index>{16, 32, 64} : std::vector<pc::Index>{16, 64, 256}
         : deep ? std::vector<pc::Index>{16, 32, 64, 128, 256}
               : std::vector<pc::Index>{16, 64, 256, 1024, 4096};
    for (const pc::AnyActivation& s : activations) {
      std::vector<Gap>& gaps = families.emplace_back();
      for (const double radius : radii) {
        for (const pc::Index width : widths) {
          const Gap gap = mean_gap(deep, s, width, radius, quick);
          as_expected = as_expected && gap.worst <= gap.bound && gap.worst >= gap.random;
          std::cout << std::left << std::setw(29) << gap.family << std::right << std::setw(7) << width << std::setw(9)
                    << radius << std::setw(12) << gap.worst << std::setw(12) << gap.random << std::setw(12) << gap.bound
                    << '\n';
          gaps.push_back(gap);
        }
      }
    }
  }
  std::cout << "\nexponents of R and m               worst               random\n"
            << std::fixed << std::setprecision(2);
  for (const auto& gaps : families) {
    const Exponents worst = fitted(gaps, &Gap::worst), random = fitted(gaps, &Gap::random);
    std::cout << std::left << std::setw(29) << gaps.front().family << std::right << std::setw(9) << worst.radius
              << std::setw(8) << worst.width << std::setw(13) << random.radius << std::setw(8) << random.width << '\n';
  }
  std::cout << std::defaultfloat << std::setprecision(6);
  const Exponents worst = fitted(families.front(), &Gap::worst), random = fitted(families.front(), &Gap::random);
  as_expected = as_expected && worst.radius >= 1.8 && worst.radius <= 2.2 && worst.width >= -0.6 &&
                worst.width <= -0.4 && random.width >= -1.2 && random.width <= -0.8;

  if (!folder.empty()) {
    std::filesystem::create_directories(folder);
    std::ostringstream csv;
    csv << "network,width,radius,worst,random,theorem\n" << std::setprecision(10);
    for (const auto& gaps : families) {
      for (const Gap& gap : gaps) {
        csv << '"' << gap.family << "\"," << gap.width << ',' << gap.radius << ',' << gap.worst << ',' << gap.random
            << ',' << gap.bound << '\n';
      }
    }
    pc::write_atomically(folder / "gaps.csv", csv.str());
    draw(folder / "worst.svg", families, &Gap::worst, "How far from convex: the worst pairs found");
    draw(folder / "random.svg", families, &Gap::random, "How far from convex: the worst of 256 random pairs");
  }
  std::cout << (as_expected ? "" : "NOT ")
            << "as expected: for two-layer tanh R^2/sqrt(m) at the worst pairs and R^2/m at random ones, all under the "
               "theorem's bound\n";
  return as_expected ? 0 : 1;
}
