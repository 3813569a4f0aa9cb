// SPDX-License-Identifier: MIT

// W6: the infinite-width Gram matrix of n inputs of dimension 1000. W6 lambda: its smallest eigenvalue.

#include <cmath>
#include <numbers>

#include "fixtures.hpp"

#if __has_include(<Spectra/SymEigsShiftSolver.h>)
#include <Spectra/SymEigsShiftSolver.h>
#define PROXCVX_BENCHMARK_SPECTRA
#endif

#if defined(PROXCVX_BENCHMARK_LAPACK)
extern "C" void dsyevr_(const char*, const char*, const char*, const int*, double*, const int*, const double*,
                        const double*, const int*, const int*, const double*, int*, double*, double*, const int*, int*,
                        double*, const int*, int*, const int*, int*);
#endif

namespace {

namespace pc = proxcvx;
using rows::add;

constexpr pc::Index dimension = 1000;
constexpr pc::Index sizes[] = {1000, 4000};
constexpr pc::Index eigenvalue_sizes[] = {1000, 2000};  // at 4000 the peers take ten seconds each time

std::string shape_of(pc::Index n) { return "n " + std::to_string(n); }

/// Inputs uniform on the unit sphere.
template <class Scalar> pc::Matrix<Scalar> sphere(pc::Index n) {
  pc::RandomStream stream{pc::Seed{1}};
  pc::Matrix<Scalar> x(dimension, n);
  stream.fill_normal(x);
  x.colwise().normalize();
  return x;
}

template <class Scalar> void register_gram(pc::Index n) {
  add<Scalar>("W6", shape_of(n), "proxcvx", [n](benchmark::State& state) {
    const auto x = sphere<Scalar>(n);
    for (auto _ : state) benchmark::DoNotOptimize(pc::infinite_width_gram(x).data());
  });
  // What the matrix takes at the least: half of the inner products, and an arc cosine of each.
  add<Scalar>("W6", shape_of(n), "rank update + acos", [n](benchmark::State& state) {
    const auto x = sphere<Scalar>(n);
    const pc::SingleThreadedEigen guard;
    for (auto _ : state) {
      pc::Matrix<Scalar> gram = pc::Matrix<Scalar>::Zero(n, n);
      gram.template selfadjointView<Eigen::Lower>().rankUpdate(x.transpose());
      for (pc::Index j = 0; j < n; ++j) {
        pc::detail::for_each_entry(&gram(j, j), &gram(j, j), n - j, [](auto c) { return pc::detail::vector_acos(c); });
      }
      benchmark::DoNotOptimize(gram.data());
    }
  });
  add<Scalar>("W6", shape_of(n), "Eigen's product", [n](benchmark::State& state) {
    const auto x = sphere<Scalar>(n);
    const pc::SingleThreadedEigen guard;
    pc::Matrix<Scalar> gram(n, n);
    for (auto _ : state) {
      gram.noalias() = x.transpose() * x;
      benchmark::DoNotOptimize(gram.data());
    }
  });
  if (n > 1000) return;
  add<Scalar>("W6", shape_of(n), "plain loop", [n](benchmark::State& state) {
    const auto x = sphere<Scalar>(n);
    pc::Matrix<Scalar> gram(n, n);
    for (auto _ : state) {
      for (pc::Index j = 0; j < n; ++j) {
        for (pc::Index i = 0; i < n; ++i) {
          const Scalar c = std::min(Scalar(1), std::max(Scalar(-1), x.col(i).dot(x.col(j))));
          gram(i, j) = c * (std::numbers::pi_v<Scalar> - std::acos(c)) / (2 * std::numbers::pi_v<Scalar>);
        }
      }
      benchmark::DoNotOptimize(gram.data());
    }
  });
}

void register_eigenvalue(pc::Index n) {
  add<double>("W6 lambda", shape_of(n), "proxcvx", [n](benchmark::State& state) {
    const auto gram = pc::infinite_width_gram(sphere<double>(n));
    for (auto _ : state) benchmark::DoNotOptimize(pc::smallest_eigenvalue(gram).value);
  });
  add<double>("W6 lambda", shape_of(n), "Eigen, values only", [n](benchmark::State& state) {
    const auto gram = pc::infinite_width_gram(sphere<double>(n));
    const pc::SingleThreadedEigen guard;
    const double ours = pc::smallest_eigenvalue(gram).value;
    for (auto _ : state) {
      const Eigen::SelfAdjointEigenSolver<pc::Matrix<double>> solver(gram, Eigen::EigenvaluesOnly);
      if (!(std::abs(solver.eigenvalues()[0] - ours) < 1e-10)) return state.SkipWithError("the eigenvalues differ");
    }
  });
#if defined(PROXCVX_BENCHMARK_SPECTRA)
  // Its Lanczos method on A^{-1}, one LDL^T factor, as its documentation advises for small eigenvalues.
  add<double>("W6 lambda", shape_of(n), "Spectra, shift and invert", [n](benchmark::State& state) {
    const auto gram = pc::infinite_width_gram(sphere<double>(n));
    const pc::SingleThreadedEigen guard;
    const double ours = pc::smallest_eigenvalue(gram).value;
    for (auto _ : state) {
      Spectra::DenseSymShiftSolve<double> operation(gram);
      Spectra::SymEigsShiftSolver<Spectra::DenseSymShiftSolve<double>> solver(operation, 1, 20, 0.0);
      solver.init();
      if (solver.compute(Spectra::SortRule::LargestMagn) != 1) return state.SkipWithError("Spectra did not converge");
      if (!(std::abs(solver.eigenvalues()[0] - ours) < 1e-10)) return state.SkipWithError("the eigenvalues differ");
    }
  });
#endif
#if defined(PROXCVX_BENCHMARK_LAPACK)
  add<double>("W6 lambda", shape_of(n), "LAPACK, index range", [n](benchmark::State& state) {
    const auto gram = pc::infinite_width_gram(sphere<double>(n));
    const int size = static_cast<int>(n), first = 1, one = 1, work_size = 40 * size, integers = 20 * size;
    const double zero = 0;
    std::vector<double> values(static_cast<std::size_t>(n)), work(static_cast<std::size_t>(work_size));
    std::vector<int> integer_work(static_cast<std::size_t>(integers)), support(2);
    double vector = 0;
    for (auto _ : state) {
      pc::Matrix<double> a = gram;
      int found = 0, info = 0;
      dsyevr_("N", "I", "L", &size, a.data(), &size, &zero, &zero, &first, &first, &zero, &found, values.data(),
              &vector, &one, support.data(), work.data(), &work_size, integer_work.data(), &integers, &info);
      if (info != 0) return state.SkipWithError("dsyevr failed");
      benchmark::DoNotOptimize(values.data());
    }
  });
#endif
}

const bool registered = [] {
  for (const pc::Index n : sizes) {
    register_gram<double>(n);
    register_gram<float>(n);
  }
  for (const pc::Index n : eigenvalue_sizes) register_eigenvalue(n);
  return true;
}();

}  // namespace
