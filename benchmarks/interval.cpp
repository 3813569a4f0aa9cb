// SPDX-License-Identifier: MIT

// What an interval costs beside a double, in one run: seconds per multiply-add inside Eigen's products of n x n
// matrices (kernels and entry by entry), of a matrix with a vector, and in a dot product; and the elementary functions.
//
// per_item is the time per multiply-add (or per function).

#include <benchmark/benchmark.h>

#include <proxcvx/core/interval_functions.hpp>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/random.hpp>

namespace pc = proxcvx;

namespace {

template <class Scalar> pc::Matrix<Scalar> random_matrix(pc::Index n, pc::Seed seed) {
  pc::RandomStream stream{seed};
  return pc::Matrix<Scalar>::NullaryExpr(n, n, [&] {
    const double x = stream.normal();
    if constexpr (std::is_same_v<Scalar, pc::Interval>) {
      return pc::Interval{x - 1e-3, x + 1e-3};
    } else {
      return x;
    }
  });
}

void count_items(benchmark::State& state, pc::Index items) {
  state.counters["per_item"] = benchmark::Counter(
      static_cast<double>(items), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

template <class Left, class Right> void matrix_product(benchmark::State& state) {
  const pc::Index n = state.range(0);
  const auto a = random_matrix<Left>(n, pc::Seed{1});
  const auto b = random_matrix<Right>(n, pc::Seed{2});
  pc::Matrix<Right> c(n, n);
  for (auto _ : state) {
    c.noalias() = a * b;
    benchmark::DoNotOptimize(c.data());
  }
  count_items(state, n * n * n);
}

template <class Scalar> void entrywise_product(benchmark::State& state) {
  const pc::Index n = state.range(0);
  const auto a = random_matrix<Scalar>(n, pc::Seed{1}), b = random_matrix<Scalar>(n, pc::Seed{2});
  pc::Matrix<Scalar> c(n, n);
  for (auto _ : state) {
    c.noalias() = a.lazyProduct(b);
    benchmark::DoNotOptimize(c.data());
  }
  count_items(state, n * n * n);
}

template <class Scalar> void matrix_vector(benchmark::State& state) {
  const pc::Index n = state.range(0);
  const auto a = random_matrix<Scalar>(n, pc::Seed{1});
  const pc::Vector<Scalar> x = random_matrix<Scalar>(n, pc::Seed{2}).col(0);
  pc::Vector<Scalar> y(n);
  for (auto _ : state) {
    y.noalias() = a * x;
    benchmark::DoNotOptimize(y.data());
  }
  count_items(state, n * n);
}

template <class Scalar> void dot(benchmark::State& state) {
  const pc::Index n = state.range(0);
  const auto a = random_matrix<Scalar>(n, pc::Seed{1});
  for (auto _ : state) benchmark::DoNotOptimize(Scalar(a.col(0).dot(a.col(1))));
  count_items(state, n);
}

template <class Scalar> void exponentials(benchmark::State& state) {
  using std::exp;
  const auto a = random_matrix<Scalar>(state.range(0), pc::Seed{1});
  for (auto _ : state) {
    for (pc::Index i = 0; i < a.size(); ++i) benchmark::DoNotOptimize(Scalar(exp(a(i))));
  }
  count_items(state, a.size());
}

BENCHMARK(matrix_product<double, double>)->Arg(64)->Arg(256);
BENCHMARK(matrix_product<pc::Interval, pc::Interval>)->Arg(64)->Arg(256);
BENCHMARK(matrix_product<double, pc::Interval>)->Arg(64)->Arg(256);
BENCHMARK(entrywise_product<double>)->Arg(64)->Arg(256);
BENCHMARK(entrywise_product<pc::Interval>)->Arg(64)->Arg(256);
BENCHMARK(matrix_vector<double>)->Arg(256);
BENCHMARK(matrix_vector<pc::Interval>)->Arg(256);
BENCHMARK(dot<double>)->Arg(256);
BENCHMARK(dot<pc::Interval>)->Arg(256);
BENCHMARK(exponentials<double>)->Arg(32);
BENCHMARK(exponentials<pc::Interval>)->Arg(32);

}  // namespace
