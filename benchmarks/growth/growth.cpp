// SPDX-License-Identifier: MIT
//
// How cost grows: the time of a gradient against samples n, inputs d and hidden units m, of a check against those and
// its own samples N, of all pairs of two clouds against their size N and length p, of the Gram matrix and its
// smallest eigenvalue against n and d. `growth [DIR]` prints an exponent for each, the slope of a least-squares line
// through (log size, log time), beside the one that theory gives; DIR receives growth.csv and growth.svg.
//
// Sizes of all curves take turns, round after round, so that a slow minute of the machine slows all; times are medians
// in double. OMP_NUM_THREADS=1 measures one core.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <proxcvx/data/noisy_halfspace.hpp>
#include <proxcvx/gram/infinite_width.hpp>
#include <proxcvx/gram/smallest_eigenvalue.hpp>
#include <proxcvx/io/atomic_file.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/plot/gnuplot.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/proxies/constant.hpp>
#include <proxcvx/proxies/loss_derivative.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/check.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace pc = proxcvx;

using Work = std::function<void()>;

/// Time against one size, all others fixed.
struct Curve {
  std::string work, variable;
  double exponent;  ///< that theory gives
  std::vector<pc::Index> sizes;
  std::function<Work(pc::Index)> prepare;  ///< what is timed, at a size
  std::vector<double> seconds = {};
};

struct Shape {
  pc::Index n = 500, d = 50, m = 64;
};

auto risk(const Shape& shape) {
  const pc::TwoLayer<pc::LeakyReLU> network{{.inputs = shape.d, .hidden = shape.m}, pc::LeakyReLU{0.1}};
  const auto data = pc::noisy_halfspace({.samples = shape.n, .dimension = shape.d, .margin = 0.01}, pc::Seed{1});
  return pc::EmpiricalRisk{network, pc::LogisticLoss{}, data};
}

Work gradient(const Shape& shape) {
  return [f = risk(shape), w = pc::Vector<double>(), out = pc::Vector<double>()]() mutable {
    if (w.size() == 0) {
      w = f.network().initialize(pc::Seed{2});
      out.resize(w.size());
    }
    (void)f.gradient(w, out);
  };
}

Work check(const Shape& shape, pc::Index samples) {
  const auto f = risk(shape);
  const pc::ProxyPL property{f, pc::LossDerivative{f}, {.alpha = 1, .mu = 0.01, .xi = 0.2}};
  const pc::Ball region{f.network().initialize(pc::Seed{2}), 5.0};
  return [=] { (void)pc::check(property, region, {.samples = samples}); };
}

pc::Matrix<double> normal(pc::Index rows, pc::Index columns, std::uint64_t seed) {
  pc::Matrix<double> out(rows, columns);
  pc::RandomStream{pc::Seed{seed}, 0}.fill_normal(out);
  return out;
}

/// ||w||^2/2, whose gradient costs a copy.
struct HalfSquare {
  using Scalar = double;
  pc::Index size;
  [[nodiscard]] pc::Index dimension() const { return size; }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const { return w.squaredNorm() / 2; }
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    out = w;
    return w.squaredNorm() / 2;
  }
};

Work pairs(pc::Index cloud, pc::Index p) {
  const pc::ProxyConvexity property{HalfSquare{p}, pc::Constant<double>{0}, pc::Constant<double>{0}};
  return [=, points = normal(p, cloud, 1), references = normal(p, cloud, 2)] {
    (void)property.least_margin(points, references);
  };
}

Work gram(pc::Index n, pc::Index d) {
  return [x = normal(d, n, 3).colwise().normalized().eval()] { (void)pc::infinite_width_gram(x); };
}

Work eigenvalue(pc::Index n) {
  return [gram = pc::infinite_width_gram(normal(n / 2, n, 4).colwise().normalized().eval())] {
    (void)pc::smallest_eigenvalue(gram);
  };
}

std::vector<pc::Index> doubled(pc::Index first, int count) {
  std::vector<pc::Index> sizes;
  for (int i = 0; i < count; ++i) sizes.push_back(first << i);
  return sizes;
}

std::vector<Curve> curves() {
  using I = pc::Index;
  return {
      {"gradient", "n", 1, doubled(250, 6), [](I n) { return gradient({.n = n}); }},
      {"gradient", "d", 1, doubled(32, 6), [](I d) { return gradient({.d = d}); }},
      {"gradient", "m", 1, doubled(32, 6), [](I m) { return gradient({.m = m}); }},
      {"check", "n", 1, doubled(250, 5), [](I n) { return check({.n = n}, 512); }},
      {"check", "d", 1, doubled(32, 5), [](I d) { return check({.d = d}, 512); }},
      {"check", "m", 1, doubled(32, 5), [](I m) { return check({.m = m}, 512); }},
      {"check", "N", 1, doubled(512, 5), [](I samples) { return check({.n = 200, .d = 20, .m = 32}, samples); }},
      {"pairs", "N", 2, doubled(256, 5), [](I cloud) { return pairs(cloud, 1024); }},
      {"pairs", "p", 1, doubled(256, 5), [](I p) { return pairs(1024, p); }},
      {"Gram", "n", 2, doubled(500, 4), [](I n) { return gram(n, 1000); }},
      {"Gram", "d", 1, doubled(500, 4), [](I d) { return gram(1000, d); }},
      {"eigenvalue", "n", 3, doubled(500, 4), [](I n) { return eigenvalue(n); }},
  };
}

double seconds(const Work& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// The least of a few milliseconds of repetitions: what the work costs when nobody disturbs it.
double time_of(const Work& work) {
  double least = seconds(work), spent = least;  // the first one also touches the memory
  while (spent < 0.02) {
    const double next = seconds(work);
    least = std::min(least, next);
    spent += next;
  }
  return least;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void measure(std::vector<Curve>& all, int rounds) {
  std::vector<std::vector<std::vector<double>>> times(all.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t c = 0; c < all.size(); ++c) {
      times[c].resize(all[c].sizes.size());
      for (std::size_t s = 0; s < all[c].sizes.size(); ++s) {
        times[c][s].push_back(time_of(all[c].prepare(all[c].sizes[s])));
      }
    }
  }
  for (std::size_t c = 0; c < all.size(); ++c) {
    for (const auto& of_size : times[c]) all[c].seconds.push_back(median(of_size));
  }
}

/// The slope of the least-squares line through (log size, log time).
double slope(const Curve& curve) {
  const auto count = static_cast<double>(curve.sizes.size());
  double x = 0, y = 0, xx = 0, xy = 0;
  for (std::size_t i = 0; i < curve.sizes.size(); ++i) {
    const double u = std::log(static_cast<double>(curve.sizes[i])), v = std::log(curve.seconds[i]);
    x += u / count;
    y += v / count;
    xx += u * u / count;
    xy += u * v / count;
  }
  return (xy - x * y) / (xx - x * x);
}

void print(const std::vector<Curve>& all) {
  std::puts(
      "| work | against | sizes | time, first to last | exponent | theory |\n| --- | --- | --- | --- | --- | --- |");
  for (const Curve& curve : all) {
    std::printf("| %s | %s | %td to %td | %.3g to %.3g ms | %.2f | %g |\n", curve.work.c_str(), curve.variable.c_str(),
                curve.sizes.front(), curve.sizes.back(), 1e3 * curve.seconds.front(), 1e3 * curve.seconds.back(),
                slope(curve), curve.exponent);
  }
}

std::string csv(const std::vector<Curve>& all) {
  std::ostringstream text;
  text << "work,variable,size,seconds\n";
  for (const Curve& curve : all) {
    for (std::size_t i = 0; i < curve.sizes.size(); ++i) {
      text << curve.work << ',' << curve.variable << ',' << curve.sizes[i] << ',' << curve.seconds[i] << '\n';
    }
  }
  return text.str();
}

/// A panel per work: measured points, and lines of theory's exponent through the last of them.
std::string script(const std::vector<Curve>& all) {
  const char* const colors[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7"};
  std::ostringstream text;
  text << "set terminal svg size 900,560 fixed enhanced rounded font 'sans-serif,13' background rgb 'white'\n"
       << "set multiplot layout 2,3\nset logscale xy\nset format y '10^{%L}'\nset ylabel 'seconds'\nset key top left\n";
  for (std::size_t first = 0; first < all.size();) {
    std::size_t last = first;
    std::ostringstream plots;
    while (last < all.size() && all[last].work == all[first].work) {
      const Curve& curve = all[last];
      const std::string color = colors[last - first], block = "$c" + std::to_string(last);
      text << block << " << END\n";
      for (std::size_t i = 0; i < curve.sizes.size(); ++i) {
        const double along = static_cast<double>(curve.sizes[i]) / static_cast<double>(curve.sizes.back());
        text << curve.sizes[i] << ' ' << curve.seconds[i] << ' '
             << curve.seconds.back() * std::pow(along, curve.exponent) << '\n';
      }
      text << "END\n";
      plots << (last == first ? "plot " : ", ") << block << " using 1:2 with points pointtype 7 linecolor rgb '"
            << color << "' title '" << curve.variable << "', " << block << " using 1:3 with lines linecolor rgb '"
            << color << "' notitle";
      ++last;
    }
    text << "set title '" << all[first].work << "'\n" << plots.str() << '\n';
    first = last;
  }
  text << "unset multiplot\n";
  return text.str();
}

}  // namespace

int main(int argc, char** argv) {
  auto all = curves();
  measure(all, 3);
  print(all);
  if (argc < 2) return 0;
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  pc::write_atomically(folder / "growth.csv", csv(all));
  std::printf("%s: ", (folder / "growth.svg").c_str());
  std::ostringstream status;
  status << pc::draw(folder / "growth.svg", script(all));
  std::puts(status.str().c_str());
  return 0;
}
