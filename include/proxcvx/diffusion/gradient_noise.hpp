// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/optimize/batches.hpp>
#include <span>
#include <string>
#include <utility>

// The noise of stochastic gradients: Sigma(w) = Cov grad f_B(w), B a random batch of the terms of a finite sum. It is
// c C(w), C(w) = (1/n) sum_i (g_i - g)(g_i - g)^T the covariance of one term's gradient g_i about their mean g, and
// c = 1/b for b draws with replacement, (n - b)/(b (n - 1)) without. As a matrix, as an operator, of low rank, and
// drawn from; only the first and the third are formed.

namespace proxcvx {

/// How the batches are drawn whose noise this is.
struct BatchSettings {
  Index batch = 1;                                 ///< b >= 1 terms
  Sampling sampling = Sampling::with_replacement;  ///< or without_replacement, within a batch
};

/// Fills `batch` with uniform indices below `terms`: independent ones, or distinct ones (Floyd 1987, O(b^2)).
inline void draw_batch(RandomStream& stream, Index terms, Sampling sampling, std::span<Index> batch) {
  if (sampling == Sampling::with_replacement) {
    for (Index& i : batch) i = stream.below(terms);
    return;
  }
  const auto size = static_cast<Index>(batch.size());
  for (Index k = 0; k < size; ++k) {
    const Index last = terms - size + k;
    const Index drawn = stream.below(last + 1);
    const auto end = batch.begin() + k;
    batch[static_cast<std::size_t>(k)] = std::find(batch.begin(), end, drawn) == end ? drawn : last;
  }
}

/// The noise of F's gradients over random batches. Keeps a copy of f; nothing is allocated by draws and products after
/// the first on a thread.
template <class F> class GradientNoise {
  static_assert(expect_differentiable<F>());
  static_assert(FiniteSumObjective<F>,
                "proxcvx::GradientNoise: the objective must be a finite sum: `terms()` and `gradient(w, batch, out)`");

 public:
  using Scalar = typename F::Scalar;

  /// Throws std::invalid_argument unless 1 <= batch (<= terms without replacement), and batches are independent.
  explicit GradientNoise(F f, BatchSettings settings = {}) : f_{std::move(f)}, settings_{settings} {
    const Index n = f_.terms();
    const bool distinct = settings.sampling == Sampling::without_replacement;
    require(settings.batch >= 1, "batch", "a number >= 1", settings.batch);
    require(distinct || settings.sampling == Sampling::with_replacement,
            "sampling: expected with_replacement or without_replacement, as batches must be independent of each other");
    require(!distinct || settings.batch <= n, "batch", "at most the number of terms, " + std::to_string(n),
            settings.batch);
    const auto b = static_cast<double>(settings.batch);
    const auto terms = static_cast<double>(n);
    factor_ = !distinct ? 1 / b : n == 1 ? 0 : (terms - b) / (b * (terms - 1));
  }

  [[nodiscard]] const F& objective() const { return f_; }
  [[nodiscard]] const BatchSettings& settings() const { return settings_; }
  [[nodiscard]] Index dimension() const { return f_.dimension(); }
  /// c, the covariance of a batch's gradient in units of that of one term's.
  [[nodiscard]] double factor() const { return factor_; }

  /// Sigma(w) into the p x p `out`. O(n p^2), and a gradient per term.
  void covariance(ConstVectorRef<Scalar> w, MatrixRef<Scalar> out) const {
    require(out.rows() == dimension() && out.cols() == dimension(), "out", "p x p", out.rows());
    out.setZero();
    visit_centred(w,
                  [&](const auto& deviation) { out.template selfadjointView<Eigen::Lower>().rankUpdate(deviation); });
    out *= scale();
    out.template triangularView<Eigen::StrictlyUpper>() = out.transpose();
  }
  [[nodiscard]] Matrix<Scalar> covariance(ConstVectorRef<Scalar> w) const {
    Matrix<Scalar> out(dimension(), dimension());
    covariance(w, out);
    return out;
  }

  /// Sigma(w) v into `out` without forming Sigma. O(n p), and a gradient per term.
  void times(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> v, VectorRef<Scalar> out) const {
    require(v.size() == dimension(), "v", std::to_string(dimension()) + " entries", v.size());
    out.setZero();
    visit_centred(w, [&](const auto& deviation) { out += deviation.dot(v) * deviation; });
    out *= scale();
  }

  /// tr Sigma(w) = E ||grad f_B(w) - grad f(w)||^2. O(n p), and a gradient per term.
  [[nodiscard]] Scalar trace(ConstVectorRef<Scalar> w) const {
    Scalar sum(0);
    visit_centred(w, [&](const auto& deviation) { sum += deviation.squaredNorm(); });
    return scale() * sum;
  }

  /// The best approximation root root^T of Sigma of a rank, and the part of its trace that is left out.
  struct LowRank {
    Matrix<Scalar> root;  ///< p x r, orthogonal columns, the largest first
    Scalar left_out;
  };
  /// From the spectrum of Sigma where p <= n, else of the n x n products of the centred gradients; small eigenvalues
  /// are known to a rounding error of the largest. O(n p min(n, p)), and p^2 or n (n + p) numbers. Throws
  /// std::invalid_argument unless 1 <= rank <= min(n, p).
  [[nodiscard]] LowRank low_rank(ConstVectorRef<Scalar> w, Index rank) const {
    const Index most = std::min(f_.terms(), dimension());
    require(rank >= 1 && rank <= most, "rank", "a number in [1, " + std::to_string(most) + "]", rank);
    Matrix<Scalar> factor;
    Eigen::SelfAdjointEigenSolver<Matrix<Scalar>> spectrum;
    if (most == dimension()) {
      spectrum.compute(covariance(w));
    } else {
      factor.resize(dimension(), f_.terms());
      Index next = 0;
      visit_centred(w, [&](const auto& deviation) { factor.col(next++) = deviation; });
      using std::sqrt;
      factor *= sqrt(scale());
      spectrum.compute(factor.transpose() * factor);
    }
    const Vector<Scalar> eigenvalues = spectrum.eigenvalues().cwiseMax(Scalar(0)).reverse();
    Matrix<Scalar> root = spectrum.eigenvectors().rightCols(rank).rowwise().reverse();
    if (most == dimension()) {
      root *= eigenvalues.head(rank).cwiseSqrt().asDiagonal();
    } else {
      root = factor * root;
    }
    return {root, eigenvalues.tail(most - rank).sum()};
  }

  /// A Gaussian vector of covariance Sigma(w) into `out`: sqrt(c/n) sum_i z_i (g_i - g), z_i independent and standard
  /// normal, exact in law whatever n. O(n p), and a gradient per term.
  void gaussian(ConstVectorRef<Scalar> w, RandomStream& stream, VectorRef<Scalar> out) const {
    ScratchFrame<Scalar> frame;
    auto slope = frame.vector(dimension());
    auto mean = frame.vector(dimension());
    out.setZero();
    mean.setZero();
    Scalar total(0);
    for (Index i = 0; i < f_.terms(); ++i) {
      term(w, i, slope);
      const auto z = static_cast<Scalar>(stream.normal());
      out += z * slope;
      mean += slope;
      total += z;
    }
    using std::sqrt;
    out -= (total / static_cast<Scalar>(f_.terms())) * mean;
    out *= sqrt(scale());
  }

  /// The same law by a Cholesky factor of Sigma(w), semidefinite or not: p normal numbers instead of n.
  /// O(n p^2 + p^3), and a gradient per term: for small p.
  void gaussian_by_cholesky(ConstVectorRef<Scalar> w, RandomStream& stream, VectorRef<Scalar> out) const {
    ScratchFrame<Scalar> frame;
    auto root = frame.matrix(dimension(), dimension());
    covariance(w, root);
    factorise(root);
    auto normals = frame.vector(dimension());
    for (Index i = 0; i < dimension(); ++i) normals[i] = static_cast<Scalar>(stream.normal());
    out.noalias() = root.template triangularView<Eigen::Lower>() * normals;
  }

  /// grad f_B(w) - grad f(w) of a batch drawn from the stream: what SGD's noise is. A gradient of b terms, and one of
  /// f.
  void minibatch(ConstVectorRef<Scalar> w, RandomStream& stream, VectorRef<Scalar> out) const {
    ScratchFrame<Index> indices;
    auto batch = indices.vector(settings_.batch);
    const std::span<Index> drawn{batch.data(), static_cast<std::size_t>(batch.size())};
    draw_batch(stream, f_.terms(), settings_.sampling, drawn);
    minibatch(w, drawn, out);
  }
  /// The same for a given batch.
  void minibatch(ConstVectorRef<Scalar> w, std::span<const Index> batch, VectorRef<Scalar> out) const {
    ScratchFrame<Scalar> frame;
    auto mean = frame.vector(dimension());
    gradient_alone(f_, w, mean);
    gradient_alone(f_, w, batch, out);
    out -= mean;
  }

 private:
  [[nodiscard]] Scalar scale() const { return static_cast<Scalar>(factor_ / static_cast<double>(f_.terms())); }

  void term(ConstVectorRef<Scalar> w, Index i, VectorRef<Scalar> out) const {
    const std::array<Index, 1> one{i};
    f_.gradient(w, one, out);
  }
  /// visitor(g_i - g) for i = 0, ..., n - 1.
  template <class Visitor> void visit_centred(ConstVectorRef<Scalar> w, Visitor&& visitor) const {
    ScratchFrame<Scalar> frame;
    auto mean = frame.vector(dimension());
    auto slope = frame.vector(dimension());
    gradient_alone(f_, w, mean);
    for (Index i = 0; i < f_.terms(); ++i) {
      term(w, i, slope);
      slope -= mean;
      visitor(slope);
    }
  }
  /// The lower factor of a semidefinite matrix in its place. A pivot within rounding of 0 has a column of zeros, so
  /// what is left out is a rounding error of Sigma.
  template <class M> static void factorise(M& a) {
    using std::sqrt;
    const Index p = a.rows();
    const Scalar least = static_cast<Scalar>(p) * Eigen::NumTraits<Scalar>::epsilon() * Scalar(a.diagonal().maxCoeff());
    for (Index j = 0; j < p; ++j) {
      const Scalar pivot = a(j, j) - a.row(j).head(j).squaredNorm();
      if (pivot <= least) {
        a.col(j).tail(p - j).setZero();
        continue;
      }
      for (Index i = j + 1; i < p; ++i) {
        a(i, j) = (a(i, j) - a.row(i).head(j).dot(a.row(j).head(j))) / sqrt(pivot);
      }
      a(j, j) = sqrt(pivot);
    }
  }

  F f_;
  BatchSettings settings_;
  double factor_ = 1;
};

}  // namespace proxcvx
