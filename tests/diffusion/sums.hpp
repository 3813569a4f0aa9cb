// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/random.hpp>
#include <span>
#include <vector>

// Finite sums that the tests of diffusion/ share.

namespace diffusion_tests {

namespace pc = proxcvx;

using Vector = pc::Vector<double>;
using Matrix = pc::Matrix<double>;

/// (1/2) mean_i (w - c_i)^T A_i (w - c_i): linear gradients, and noise that grows with w unless all A_i are alike.
struct Linear {
  using Scalar = double;
  std::vector<Matrix> a;
  std::vector<Vector> c;
  double wall = std::numeric_limits<double>::infinity();  ///< to the right of it the gradient of a batch is NaN

  [[nodiscard]] pc::Index dimension() const { return c[0].size(); }
  [[nodiscard]] pc::Index terms() const { return static_cast<pc::Index>(c.size()); }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const {
    Vector ignored(dimension());
    return gradient(w, ignored);
  }
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    out.setZero();
    double sum = 0;
    for (std::size_t i = 0; i < c.size(); ++i) sum += add(i, 1 / static_cast<double>(c.size()), w, out);
    return sum;
  }
  double gradient(pc::ConstVectorRef<double> w, std::span<const pc::Index> batch, pc::VectorRef<double> out) const {
    out.setZero();
    double sum = 0;
    for (const pc::Index b : batch) {
      sum += add(static_cast<std::size_t>(b), 1 / static_cast<double>(batch.size()), w, out);
    }
    if (w[0] > wall) out[0] = std::numeric_limits<double>::quiet_NaN();
    return sum;
  }
  void hessian_vector(pc::ConstVectorRef<double> /*w*/, pc::ConstVectorRef<double> d, pc::VectorRef<double> out) const {
    out.setZero();
    for (std::size_t i = 0; i < a.size(); ++i) multiply(i, 1 / static_cast<double>(a.size()), d.data(), out);
  }

 private:
  // Plain loops: most of what the tests run is this.
  void multiply(std::size_t i, double weight, const double* v, pc::VectorRef<double> out) const {
    const double* entry = a[i].data();
    double* sum = out.data();
    for (pc::Index k = 0; k < out.size(); ++k) {
      for (pc::Index j = 0; j < out.size(); ++j) sum[j] += weight * *entry++ * v[k];
    }
  }
  /// Adds weight times the gradient of term i to `out`, and returns weight times its value.
  double add(std::size_t i, double weight, pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    const double* entry = a[i].data();
    const double* center = c[i].data();
    double value = 0;
    for (pc::Index k = 0; k < w.size(); ++k) {
      for (pc::Index j = 0; j < w.size(); ++j) {
        const double slope = weight * *entry++ * (w.data()[k] - center[k]);
        out.data()[j] += slope;
        value += slope * (w.data()[j] - center[j]) / 2;
      }
    }
    return value;
  }
};
static_assert(pc::FiniteSumObjective<Linear> && pc::TwiceDifferentiableObjective<Linear>);

/// n random terms in p dimensions, eigenvalues from 0.3 up; with one curvature for all where `additive`.
inline Linear linear(pc::Index p, pc::Index n, bool additive, std::uint64_t seed) {
  pc::RandomStream stream{pc::Seed{seed}};
  Linear f;
  for (pc::Index i = 0; i < n; ++i) {
    Matrix root(p, p);
    Vector c(p);
    stream.fill_normal(root);
    stream.fill_normal(c);
    f.a.push_back(0.3 * Matrix::Identity(p, p) + 0.3 * root * root.transpose() / static_cast<double>(p));
    f.c.push_back(c);
    if (additive) f.a.back() = f.a.front();
  }
  return f;
}

/// |w|^2, w_0, and whether w_0 > 0: of one type, so that what depends on an observable is compiled once.
using Phi = double (*)(pc::ConstVectorRef<double>);
inline constexpr Phi length_squared = [](pc::ConstVectorRef<double> w) { return w.squaredNorm(); };
inline constexpr Phi first_entry = [](pc::ConstVectorRef<double> w) { return w[0]; };
inline constexpr Phi right_half = [](pc::ConstVectorRef<double> w) { return w[0] > 0 ? 1.0 : 0.0; };

/// A sum without second derivatives.
struct Once {
  using Scalar = double;
  Linear f;
  [[nodiscard]] pc::Index dimension() const { return f.dimension(); }
  [[nodiscard]] pc::Index terms() const { return f.terms(); }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const { return f.value(w); }
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const { return f.gradient(w, out); }
  double gradient(pc::ConstVectorRef<double> w, std::span<const pc::Index> batch, pc::VectorRef<double> out) const {
    return f.gradient(w, batch, out);
  }
};

/// The largest difference of entries, relative to the largest entry of b.
inline double distance(const Matrix& a, const Matrix& b) {
  return (a - b).cwiseAbs().maxCoeff() / b.cwiseAbs().maxCoeff();
}

/// All batches of `size` of n terms, each as likely as any other: ordered, with or without repetition.
inline std::vector<std::vector<pc::Index>> all_batches(pc::Index n, pc::Index size, bool repeat) {
  std::vector<std::vector<pc::Index>> all{{}};
  for (pc::Index k = 0; k < size; ++k) {
    std::vector<std::vector<pc::Index>> longer;
    for (const auto& batch : all) {
      for (pc::Index i = 0; i < n; ++i) {
        if (!repeat && std::find(batch.begin(), batch.end(), i) != batch.end()) continue;
        longer.push_back(batch);
        longer.back().push_back(i);
      }
    }
    all = longer;
  }
  return all;
}

}  // namespace diffusion_tests
