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

  [[nodiscard]] pc::Index dimension() const { return c[0].size(); }
  [[nodiscard]] pc::Index terms() const { return static_cast<pc::Index>(c.size()); }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const {
    double sum = 0;
    for (std::size_t i = 0; i < c.size(); ++i) sum += 0.5 * (w - c[i]).dot(a[i] * (w - c[i]));
    return sum / static_cast<double>(c.size());
  }
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    out.setZero();
    for (std::size_t i = 0; i < c.size(); ++i) out += a[i] * (w - c[i]) / static_cast<double>(c.size());
    return value(w);
  }
  double gradient(pc::ConstVectorRef<double> w, std::span<const pc::Index> batch, pc::VectorRef<double> out) const {
    out.setZero();
    for (const pc::Index b : batch) {
      const auto i = static_cast<std::size_t>(b);
      out += a[i] * (w - c[i]) / static_cast<double>(batch.size());
    }
    return 0;
  }
  void hessian_vector(pc::ConstVectorRef<double> /*w*/, pc::ConstVectorRef<double> d, pc::VectorRef<double> out) const {
    out.setZero();
    for (const Matrix& each : a) out += each * d / static_cast<double>(a.size());
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

/// The same, but the gradient of a batch is NaN to the right of `wall`.
struct Broken : Linear {
  double wall = 0;
  using Linear::gradient;
  double gradient(pc::ConstVectorRef<double> w, std::span<const pc::Index> batch, pc::VectorRef<double> out) const {
    const double value = Linear::gradient(w, batch, out);
    if (w[0] > wall) out[0] = std::numeric_limits<double>::quiet_NaN();
    return value;
  }
};

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
