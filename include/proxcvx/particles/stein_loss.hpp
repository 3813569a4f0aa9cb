// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/particles/stein_witness.hpp>
#include <span>
#include <string>
#include <utility>

// The regularised Stein loss of a witness f on particles x_i with scores s_i (di Langosco, Fortuin & Strathmann 2021):
//   L(theta) = mean_i [-(s_i.f(x_i) + div f(x_i)) + lambda ||f(x_i)||^2],
// least over all f at f = (grad log p - grad log q)/(2 lambda), the particles' law being q: there it is
// -E_q ||grad log p - grad log q||^2/(4 lambda).

namespace proxcvx {

/// The loss as a finite sum over the particles; theta as SteinWitness has it. The divergence is exact (d tangents a
/// particle) or, given probes z_i, Hutchinson's estimate z_i.(J(x_i) z_i) (Hutchinson 1990), unbiased for z_i ~ N(0,
/// I). A gradient costs about 6 flops per particle, weight and (1 + tangents).
template <class A = Swish, class Scalar_ = double> class SteinLoss {
 public:
  using Scalar = Scalar_;

  /// Means over the particles.
  struct Parts {
    Scalar stein = Scalar(0);    ///< of s.f + div f
    Scalar squares = Scalar(0);  ///< of ||f||^2
  };

  /// `particles` and `scores` are d x n, `probes` d x n or empty for the exact divergence. Throws std::invalid_argument
  /// unless the shapes fit, n >= 1, and lambda > 0 is finite.
  SteinLoss(SteinWitness<A, Scalar> witness, Matrix<Scalar> particles, Matrix<Scalar> scores, double lambda = 0.5,
            Matrix<Scalar> probes = {})
      : witness_{std::move(witness)},
        particles_{std::move(particles)},
        scores_{std::move(scores)},
        probes_{std::move(probes)},
        lambda_{lambda} {
    const auto shape = [](const auto& x) { return std::to_string(x.rows()) + " x " + std::to_string(x.cols()); };
    require(particles_.rows() == witness_.dimension() && particles_.cols() >= 1, "particles",
            "at least one column of dimension " + std::to_string(witness_.dimension()), shape(particles_));
    require(scores_.rows() == particles_.rows() && scores_.cols() == particles_.cols(), "scores", shape(particles_),
            shape(scores_));
    require(probes_.size() == 0 || (probes_.rows() == particles_.rows() && probes_.cols() == particles_.cols()),
            "probes", shape(particles_), shape(probes_));
    require(lambda > 0 && std::isfinite(lambda), "lambda", "a finite number > 0", lambda);
  }

  [[nodiscard]] const SteinWitness<A, Scalar>& witness() const { return witness_; }
  [[nodiscard]] Index dimension() const { return witness_.parameters(); }
  /// n.
  [[nodiscard]] Index terms() const { return particles_.cols(); }

  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> theta) const { return loss_of(parts(theta)); }
  /// The mean over a batch alone. Throws std::invalid_argument on an empty one.
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> theta, std::span<const Index> batch) const {
    Parts sums;
    visit_batch(batch, [&](const auto& x, const auto& s, const auto& z) { add(theta, x, s, z, sums, nullptr); });
    return loss_of(mean(sums, static_cast<Index>(batch.size())));
  }

  /// What the loss is made of.
  [[nodiscard]] Parts parts(ConstVectorRef<Scalar> theta) const {
    Parts sums;
    visit_all([&](const auto& x, const auto& s, const auto& z) { add(theta, x, s, z, sums, nullptr); });
    return mean(sums, terms());
  }

  /// The loss, and its gradient by theta into `out`.
  Scalar gradient(ConstVectorRef<Scalar> theta, VectorRef<Scalar> out) const {
    Parts sums;
    out.setZero();
    visit_all([&](const auto& x, const auto& s, const auto& z) { add(theta, x, s, z, sums, &out); });
    out /= static_cast<Scalar>(terms());
    return loss_of(mean(sums, terms()));
  }
  /// The same over a batch. Throws std::invalid_argument on an empty one.
  Scalar gradient(ConstVectorRef<Scalar> theta, std::span<const Index> batch, VectorRef<Scalar> out) const {
    Parts sums;
    out.setZero();
    visit_batch(batch, [&](const auto& x, const auto& s, const auto& z) { add(theta, x, s, z, sums, &out); });
    out /= static_cast<Scalar>(batch.size());
    return loss_of(mean(sums, static_cast<Index>(batch.size())));
  }

  template <class Other> [[nodiscard]] SteinLoss<A, Other> cast() const {
    return {witness_.template cast<Other>(), Matrix<Other>(particles_.template cast<Other>()),
            Matrix<Other>(scores_.template cast<Other>()), lambda_, Matrix<Other>(probes_.template cast<Other>())};
  }

 private:
  static constexpr Index some = 256;  // samples at a time

  [[nodiscard]] bool exact() const { return probes_.size() == 0; }
  [[nodiscard]] Scalar loss_of(const Parts& parts) const {
    return static_cast<Scalar>(lambda_) * parts.squares - parts.stein;
  }
  [[nodiscard]] static Parts mean(const Parts& sums, Index count) {
    return {sums.stein / static_cast<Scalar>(count), sums.squares / static_cast<Scalar>(count)};
  }

  /// visit(particles, scores, probes) for some samples at a time; probes have no columns where there are none.
  template <class Visit> void visit_all(const Visit& visit) const {
    for (Index first = 0; first < terms(); first += some) {
      const Index width = std::min(some, terms() - first);
      visit(particles_.middleCols(first, width), scores_.middleCols(first, width),
            probes_.middleCols(exact() ? 0 : first, exact() ? 0 : width));
    }
  }
  template <class Visit> void visit_batch(std::span<const Index> batch, const Visit& visit) const {
    require(!batch.empty(), "batch", "at least one index", 0);
    const auto size = static_cast<Index>(batch.size());
    const Index d = particles_.rows();
    ScratchFrame<Scalar> frame;
    auto x = frame.matrix(d, std::min(some, size));
    auto s = frame.matrix(d, std::min(some, size));
    auto z = frame.matrix(d, exact() ? 0 : std::min(some, size));
    for (Index first = 0; first < size; first += some) {
      const Index width = std::min(some, size - first);
      for (Index i = 0; i < width; ++i) {
        const Index sample = batch[static_cast<std::size_t>(first + i)];
        eigen_assert(sample >= 0 && sample < terms());
        x.col(i) = particles_.col(sample);
        s.col(i) = scores_.col(sample);
        if (!exact()) z.col(i) = probes_.col(sample);
      }
      visit(x.leftCols(width), s.leftCols(width), z.leftCols(exact() ? 0 : width));
    }
  }

  /// Adds the samples' terms to the sums and, where it is asked for, to the gradient.
  template <class X, class S, class Z>
  void add(ConstVectorRef<Scalar> theta, const X& x, const S& s, const Z& z, Parts& sums,
           VectorRef<Scalar>* gradient) const {
    const Index d = x.rows();
    const Index samples = x.cols();
    const Index tangents = exact() ? d : 1;
    const Index scale_at = theta.size() - 1;
    const Scalar scale = theta[scale_at];
    ScratchFrame<Scalar> frame;
    auto columns = frame.matrix(d, (1 + tangents) * samples);
    columns.leftCols(samples) = x;
    columns.rightCols(tangents * samples).setZero();
    if (!exact()) columns.rightCols(samples) = z;
    for (Index k = 0; exact() && k < d; ++k) columns.middleCols((1 + k) * samples, samples).row(k).setOnes();

    const auto visit = [&](MatrixRef<Scalar> outputs) {
      const auto tangents_out = outputs.rightCols(tangents * samples);
      const auto directions = columns.rightCols(tangents * samples);
      const Scalar divergence = tangents_out.cwiseProduct(directions).sum();
      const Scalar along = outputs.leftCols(samples).cwiseProduct(s).sum();
      const Scalar squares = outputs.leftCols(samples).squaredNorm();
      const auto lambda = static_cast<Scalar>(lambda_);
      sums.stein += scale * (along + divergence);
      sums.squares += scale * scale * squares;
      if (gradient == nullptr) return false;
      (*gradient)[scale_at] += Scalar(2) * lambda * scale * squares - along - divergence;
      outputs.leftCols(samples) = Scalar(2) * lambda * scale * scale * outputs.leftCols(samples) - scale * s;
      outputs.rightCols(tangents * samples) = -scale * directions;
      return true;
    };
    // Without a gradient to add to, nothing is written to what stands in its place.
    if (gradient != nullptr) {
      witness_.differentiate(theta, columns, samples, visit, *gradient);
    } else {
      witness_.differentiate(theta, columns, samples, visit, columns.col(0));
    }
  }

  SteinWitness<A, Scalar> witness_;
  Matrix<Scalar> particles_;
  Matrix<Scalar> scores_;
  Matrix<Scalar> probes_;
  double lambda_;
};

template <class A, class S, class... Rest> SteinLoss(SteinWitness<A, S>, const Rest&...) -> SteinLoss<A, S>;

static_assert(FiniteSumObjective<SteinLoss<>> && FiniteSumObjective<SteinLoss<Tanh, float>>);

}  // namespace proxcvx
