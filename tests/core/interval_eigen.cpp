// SPDX-License-Identifier: MIT
#include <cfloat>
#include <proxcvx/core/interval_functions.hpp>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/core/wider.hpp>
#include <sstream>

#include "support/catch2.hpp"
#include "support/counts.hpp"

// Eigen's expressions over intervals contain the results in 50 digits at numbers from inside the intervals, and are
// not much wider than the exact range.

namespace pc = proxcvx;
using pc::FiftyDigits;
using pc::Interval;
using Intervals = pc::Matrix<Interval>;
using Wide = pc::Matrix<FiftyDigits>;

namespace {

/// Intervals and numbers inside them; exponents spread over `spread` powers of two.
struct Sample {
  Intervals intervals;
  pc::Matrix<double> numbers;

  Sample(pc::Index rows, pc::Index cols, double spread, double relative_width, pc::RandomStream& stream)
      : intervals(rows, cols), numbers(rows, cols) {
    for (pc::Index i = 0; i < intervals.size(); ++i) {
      const double x = stream.normal() * std::exp2(stream.uniform(-spread, spread));
      const double radius = relative_width * std::abs(x) * stream.uniform();
      intervals(i) = Interval{x - radius, x + radius};
      numbers(i) = std::clamp(x + stream.uniform(-1, 1) * radius, x - radius, x + radius);
    }
  }
  [[nodiscard]] Wide wide() const { return numbers.cast<FiftyDigits>(); }
};

/// The exact product. Its one instantiation: Eigen's kernels for 50 digits took most of this file's time to compile.
Wide times(const Wide& a, const Wide& b) { return a.lazyProduct(b); }

bool contains(const Interval& x, const FiftyDigits& exact) {
  return FiftyDigits(x.lower()) <= exact && exact <= FiftyDigits(x.upper());
}

template <class A, class B> bool all_contain(const A& intervals, const B& exact) {
  const Intervals x = intervals;
  const Wide e = exact;
  bool all = x.rows() == e.rows() && x.cols() == e.cols();
  for (pc::Index i = 0; i < x.size() && all; ++i) all = contains(x(i), e(i));
  return all;
}

}  // namespace

TEST_CASE("Eigen's products, sums and norms of intervals contain the results in 50 digits") {
  const int repeats = tests::scaled_count(2000);
  for (int repeat = 0; repeat < repeats; ++repeat) {
    pc::RandomStream stream{pc::Seed{1}, static_cast<std::uint64_t>(repeat)};
    const double spread = repeat % 2 == 0 ? 0 : 300, width = repeat % 3 == 0 ? 0 : std::exp2(stream.uniform(-50, 0));
    const pc::Index n = 1 + stream.below(30), k = 1 + stream.below(30), m = 1 + stream.below(30);
    const Sample A{n, k, spread, width, stream}, B{k, m, spread, width, stream}, x{k, 1, spread, width, stream},
        y{k, 1, spread, width, stream};
    const auto& [a, a_numbers] = A;
    const auto& b = B.intervals;
    const pc::Vector<Interval> u = x.intervals, v = y.intervals;
    const Wide wx = x.wide(), wy = y.wide();
    CAPTURE(repeat, n, k, m, spread, width);
    CHECK(all_contain(a * u, times(A.wide(), wx)));
    CHECK(all_contain(a * b, times(A.wide(), B.wide())));
    CHECK(all_contain(b.transpose() * a.transpose(), times(B.wide().transpose(), A.wide().transpose())));
    CHECK(all_contain(pc::product(a, b), times(A.wide(), B.wide())));
    CHECK(all_contain(pc::product(a_numbers, b), times(A.wide(), B.wide())));
    CHECK(all_contain(a_numbers * b, times(A.wide(), B.wide())));
    CHECK(all_contain(a * B.numbers, times(A.wide(), B.wide())));
    CHECK(all_contain(a_numbers * u, times(A.wide(), wx)));
    CHECK(all_contain((2 * a) * x.numbers, FiftyDigits(2) * times(A.wide(), wx)));
    CHECK(all_contain((2.5 * a_numbers) * (v * 2), FiftyDigits(5) * times(A.wide(), wy)));
    CHECK(all_contain(u + 2.5 * v - v / 3, wx + FiftyDigits(2.5) * wy - wy / FiftyDigits(3)));
    CHECK(all_contain(u + x.numbers, wx + wx));
    CHECK(all_contain(u.cwiseProduct(v).array() + 1, wx.cwiseProduct(wy).array() + FiftyDigits(1)));
    CHECK(all_contain(u.cwiseAbs(), wx.cwiseAbs()));
    CHECK(contains(u.dot(v), wx.cwiseProduct(wy).sum()));
    CHECK(contains(a.sum(), A.wide().sum()));
    CHECK(contains(u.mean(), wx.mean()));
    CHECK(contains(u.squaredNorm(), wx.cwiseProduct(wx).sum()));
    CHECK(contains(u.norm(), sqrt(FiftyDigits(wx.cwiseProduct(wx).sum()))));
    CHECK(contains(u.cwiseAbs().sum(), wx.cwiseAbs().sum()));
    CHECK(pc::certainly_nonnegative(u.squaredNorm()));
  }
}

TEST_CASE("products of numbers as intervals are as wide as rounding makes them, n ulp of the terms") {
  pc::RandomStream stream{pc::Seed{2}};
  constexpr pc::Index n = 50;
  const Sample A{n, n, 0, 0, stream}, B{n, n, 0, 0, stream};
  const pc::Matrix<double> terms = A.numbers.cwiseAbs() * B.numbers.cwiseAbs();
  const Intervals by_kernels = A.intervals * B.intervals, one_by_one = pc::product(A.intervals, B.intervals);
  for (pc::Index i = 0; i < terms.size(); ++i) {
    const double allowed = 2 * (n + 2) * 2 * DBL_EPSILON * terms(i);  // two ends, n + 2 operations, 2 ulp each
    CHECK(pc::width(by_kernels(i)) <= allowed);
    CHECK(pc::width(one_by_one(i)) <= allowed);
    CHECK(pc::width(one_by_one(i)) > 0);
  }
}

TEST_CASE("products of wide intervals have the exact range of a linear map") {
  // y = a x over a box: the range of each entry is sum of the terms' ranges
  pc::RandomStream stream{pc::Seed{3}};
  const Sample x{20, 1, 0, 0.5, stream};
  const pc::Matrix<double> a = pc::Matrix<double>::NullaryExpr(7, 20, [&] { return stream.normal(); });
  const pc::Vector<Interval> y = pc::product(a, x.intervals);
  for (pc::Index i = 0; i < 7; ++i) {
    FiftyDigits lower = 0, upper = 0, terms = 0;
    for (pc::Index j = 0; j < 20; ++j) {
      const FiftyDigits p = FiftyDigits(a(i, j)) * x.intervals(j).lower();
      const FiftyDigits q = FiftyDigits(a(i, j)) * x.intervals(j).upper();
      lower += p < q ? p : q;
      upper += p < q ? q : p;
      terms += FiftyDigits(std::abs(a(i, j))) * pc::magnitude(x.intervals(j));
    }
    const FiftyDigits slack = terms * FiftyDigits(2 * 22 * DBL_EPSILON);
    CHECK(FiftyDigits(y[i].lower()) <= lower);
    CHECK(FiftyDigits(y[i].lower()) >= lower - slack);
    CHECK(FiftyDigits(y[i].upper()) >= upper);
    CHECK(FiftyDigits(y[i].upper()) <= upper + slack);
  }
}

TEST_CASE("the norm at zero, scratch memory, casts and printing") {
  const pc::Vector<Interval> around = pc::Vector<Interval>::Constant(5, Interval{-1, 1});
  CHECK(around.norm().lower() == 0);
  CHECK(around.norm().upper() >= std::sqrt(5.0));
  CHECK(around.norm().upper() <= std::sqrt(5.0) * (1 + 16 * DBL_EPSILON));
  CHECK(pc::Vector<Interval>::Zero(3).norm().lower() == 0);
  pc::ScratchFrame<Interval> frame;
  auto scratch = frame.matrix(3, 4);
  scratch.setZero();
  CHECK(scratch.sum().lower() == 0);
  const pc::Vector<double> numbers = pc::Vector<double>::LinSpaced(4, 0, 1);
  const pc::Vector<Interval> points = numbers.cast<Interval>();
  CHECK(pc::is_point(points[1]));
  CHECK(points[1].lower() == numbers[1]);
  std::ostringstream text;
  text << points.tail(1).transpose() << pc::Vector<Interval>::Zero(2).transpose();
  CHECK(text.str() == "[1, 1][0, 0] [0, 0]");
}
