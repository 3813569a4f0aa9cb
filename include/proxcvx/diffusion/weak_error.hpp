// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/diffusion/ensemble.hpp>
#include <proxcvx/diffusion/integrators.hpp>
#include <proxcvx/diffusion/modified_equation.hpp>
#include <proxcvx/diffusion/path_sums.hpp>
#include <proxcvx/diffusion/weak_error_report.hpp>
#include <span>
#include <vector>

// The weak error E phi(w_n) - E phi(X_{n eta}) of SGD against its equation. It is O(eta^2) or less beside a spread of
// O(sqrt(eta)), far too small for the difference of two ensembles. With S and P the transition operators of a step of
// SGD and of the equation it is a sum over the step where the one takes the place of the other (as in Talay & Tubaro
// 1990),
//   S^n phi - P^n phi = sum_{k<n} P^k (S - P) S^{n-1-k} phi,
// of which a path sees some k: it follows the equation for k steps and branches there, and all branches go on as SGD on
// one and the same sequence of batches (common random numbers), so that they differ by what a single step changed, and
// the difference of their phi estimates a term of the sum with a deviation of that term's own order.

namespace proxcvx {

namespace detail {

/// The steps behind weak_error: P by Strang's splitting in m substeps, m a power of two, with signed minibatch noise.
///
/// At x, with m batches B_l, deviations d_l = grad f_{B_l}(x) - grad f(x) and c = x - eta grad f(x), the branches are
///   SGD         c - eta d_l, weight 1/m each
///   equation    the substeps, noise of substep l from B_l with sign s_l: signs +-(row r of a Hadamard matrix), r < m,
///               which cancel odd moments and products of two signs; weight -1/(2m) each (order 0: the flow, weight -1)
///   antithetic  c +- eta d_l and c +- eta d_l/2, of weights -+1/(6m) and +-8/(6m): they cancel what is linear in d_l,
///               whose mean is 0, from SGD's branches; the mean of all is changed at the fifth power of eta only
template <class F> class BranchingStep {
 public:
  using Scalar = typename F::Scalar;

  BranchingStep(const ModifiedEquation<F>& equation, Index substeps) : equation_{equation}, m_{substeps} {}

  [[nodiscard]] const F& objective() const { return equation_.objective(); }
  [[nodiscard]] Index batch() const { return equation_.settings().batch; }
  /// SGD's 4 m branches, and those of the equation.
  [[nodiscard]] Index branches() const { return 4 * m_ + (equation_.has_noise() ? 2 * m_ : 1); }

  /// P, in place.
  void follow(RandomStream& stream, VectorRef<Scalar> w) const {
    for (Index l = 0; l < m_; ++l) SplitStep{}.step(equation_, substep(), stream, w);
  }

  /// The branches at x, a column each, and their weights, which add up to 0.
  void branch(ConstVectorRef<Scalar> x, RandomStream& stream, MatrixRef<Scalar> out, VectorRef<double> weights) const {
    const Index p = x.size();
    const auto eta = static_cast<Scalar>(equation_.settings().step);
    const auto share = 1 / static_cast<double>(m_);
    ScratchFrame<Scalar> frame;
    ScratchFrame<Index> indices;
    auto batches = indices.matrix(batch(), m_);
    auto slope = frame.vector(p);
    auto deviation = frame.vector(p);
    gradient_alone(objective(), x, slope);
    for (Index l = 0; l < m_; ++l) {
      draw(stream, span_of(batches.col(l)));
      gradient_alone(objective(), x, span_of(batches.col(l)), deviation);
      deviation -= slope;
      const auto here = [&](Index place, double along, double weight) {
        out.col(4 * l + place) = x - eta * slope + static_cast<Scalar>(along) * eta * deviation;
        weights[4 * l + place] = weight * share;
      };
      here(0, -1, 1 + 1.0 / 6);
      here(1, 1, -1.0 / 6);
      here(2, 0.5, 4.0 / 3);
      here(3, -0.5, -4.0 / 3);
    }
    for (Index j = 4 * m_; j < branches(); ++j) {
      auto w = out.col(j);
      const Index row = j - 4 * m_;
      weights[j] = equation_.has_noise() ? -share / 2 : -1;
      w = x;
      for (Index l = 0; l < m_; ++l) {
        SplitStep::flow(equation_, substep() / 2, w);
        if (equation_.has_noise()) {
          equation_.gradient_noise().minibatch(w, span_of(batches.col(l)), deviation);
          const bool negative =
              (std::popcount(static_cast<std::uint64_t>(row % m_ & l)) % 2 != 0) != (row >= m_);  // Sylvester's matrix
          using std::sqrt;
          w += (negative ? -sqrt(eta * substep()) : sqrt(eta * substep())) * deviation;
        }
        SplitStep::flow(equation_, substep() / 2, w);
      }
    }
  }

  /// S on all branches with one batch from the stream.
  void descend(RandomStream& stream, MatrixRef<Scalar> points) const {
    ScratchFrame<Scalar> frame;
    ScratchFrame<Index> indices;
    auto slope = frame.vector(points.rows());
    auto drawn = indices.vector(batch());
    draw(stream, span_of(drawn));
    for (Index j = 0; j < points.cols(); ++j) {
      gradient_alone(objective(), points.col(j), span_of(drawn), slope);
      points.col(j) -= static_cast<Scalar>(equation_.settings().step) * slope;
    }
  }

 private:
  [[nodiscard]] Scalar substep() const {
    return static_cast<Scalar>(equation_.settings().step / static_cast<double>(m_));
  }
  template <class Indices> [[nodiscard]] std::span<Index> span_of(Indices&& of) const {
    return {of.data(), static_cast<std::size_t>(batch())};
  }
  void draw(RandomStream& stream, std::span<Index> batch) const {
    draw_batch(stream, objective().terms(), equation_.settings().sampling, batch);
  }

  const ModifiedEquation<F>& equation_;
  Index m_;
};

/// Path i: fills values[n'] for n' = 1, ..., n with its estimate of the error after n' steps. It branches at J evenly
/// spread steps k, the first at random, so that each stands for n/J of them.
template <class F, class O>
Index branching_path(const BranchingStep<F>& law, const O& phi, ConstVectorRef<typename F::Scalar> w0, Index n,
                     Seed seed, Index i, std::vector<double>& values) {
  using Scalar = typename F::Scalar;
  RandomStream stream{seed, static_cast<std::uint64_t>(i), Purpose::noise};
  const Index count = std::min(n, std::clamp<Index>(n / 8, 16, 64));
  const auto spacing = static_cast<double>(n) / static_cast<double>(count);
  const double first = stream.uniform();

  ScratchFrame<Scalar> frame;
  ScratchFrame<double> weighting;
  auto x = frame.vector(w0.size());
  auto points = frame.matrix(w0.size(), law.branches());
  auto weights = weighting.vector(law.branches());
  values.assign(values.size(), 0.0);
  x = w0;
  Index at = 0;
  for (Index j = 0; j < count; ++j) {
    const Index k = std::min(static_cast<Index>((static_cast<double>(j) + first) * spacing), n - 1);
    for (; at < k; ++at) law.follow(stream, x);
    if (!x.allFinite()) return k;
    law.branch(x, stream, points, weights);
    for (Index s = k; s < n; ++s) {
      if (s > k) law.descend(stream, points);
      double difference = 0;
      for (Index b = 0; b < points.cols(); ++b) difference += weights[b] * static_cast<double>(phi(points.col(b)));
      if (!std::isfinite(difference) || !points.allFinite()) return s + 1;
      values[static_cast<std::size_t>(s)] += spacing * difference;
    }
  }
  return -1;
}

/// Where the error is taken: the last step, or that of the largest error.
[[nodiscard]] inline Index place_of_error(const PathSums& sums, ErrorAt at) {
  Index place = sums.points() - 1;
  if (at == ErrorAt::final_time) return place;
  for (Index i = 0; i < sums.points(); ++i) {
    if (std::abs(sums.mean(i)) > std::abs(sums.mean(place))) place = i;
  }
  return place;
}

/// Adds paths until the standard error is under the share `precision` of the error, or all are used.
template <class Path> PathSums enough_paths(const WeakErrorSettings& settings, Index n, const Path& path) {
  PathSums sums{n};
  Index done = 0;
  for (Index next = block_size;; next *= 2) {
    const Index last = std::min(next, settings.paths);
    add_paths(done, last, settings.threads, path, sums);
    done = last;
    const Index place = place_of_error(sums, settings.at);
    if (done == settings.paths || sums.failures() > 0 ||
        sums.standard_error(place) <= settings.precision * std::abs(sums.mean(place))) {
      return sums;
    }
  }
}

inline Index require_settings(const WeakErrorSettings& settings) {
  require(settings.time > 0 && std::isfinite(settings.time), "time", "a finite number > 0", settings.time);
  require(settings.paths >= 2, "paths", "a number >= 2", settings.paths);
  require(settings.precision > 0 && settings.precision <= 0.05, "precision", "a number in (0, 0.05]",
          settings.precision);
  require(settings.substeps >= 2 && settings.substeps <= 1024 &&
              std::has_single_bit(static_cast<std::uint64_t>(settings.substeps)),
          "substeps", "a power of two in [2, 1024]", settings.substeps);
  require(!settings.steps.empty(), "steps: expected at least one");
  for (const double step : settings.steps) {
    require(step > 0 && std::isfinite(step), "steps", "finite numbers > 0", step);
    const double n = std::round(settings.time / step);
    require(n >= 1 && n < 1e9 && std::abs(n * step - settings.time) <= 1e-9 * settings.time, "steps",
            "numbers that divide the time " + std::to_string(settings.time), step);
  }
  return static_cast<Index>(settings.steps.size());
}

/// The error of one step size; substeps are doubled until that changes the error by less than a tenth.
template <class F, class O>
WeakError weak_error_of(const F& f, const O& phi, ConstVectorRef<typename F::Scalar> w0,
                        const WeakErrorSettings& settings, double step, Seed seed) {
  const ModifiedEquation<F> equation{f,
                                     {.step = step,
                                      .order = settings.order,
                                      .batch = settings.batch,
                                      .sampling = settings.sampling,
                                      .noise = NoiseLaw::signed_minibatches}};
  WeakError row{.step = step, .steps = static_cast<Index>(std::round(settings.time / step))};
  for (Index m = 1; m <= settings.substeps; m *= 2) {
    const BranchingStep<F> law{equation, m};
    const PathSums sums = enough_paths(settings, row.steps, [&](Index i, std::vector<double>& values) {
      return branching_path(law, phi, w0, row.steps, seed, i, values);
    });
    const Index place = place_of_error(sums, settings.at);
    if (m > 1) row.bias = std::abs(sums.mean(place) - row.error);
    row.time = step * static_cast<double>(place + 1);
    row.error = sums.mean(place);
    row.standard_error = sums.standard_error(place);
    row.substeps = m;
    row.paths = sums.paths();
    row.failed_path = sums.failed_path();
    row.failed_step = sums.failed_step();
    row.errors.clear();
    row.standard_errors.clear();
    for (Index i = 0; i < sums.points(); ++i) {
      row.errors.push_back(sums.mean(i));
      row.standard_errors.push_back(sums.standard_error(i));
    }
    if (sums.failures() > 0) {
      row.status = Status::non_finite;
      break;
    }
    if (row.bias > 0.1 * std::abs(row.error)) continue;
    if (row.standard_error <= 0.05 * std::abs(row.error)) row.status = Status::converged;
    break;
  }
  return row;
}

}  // namespace detail

/// E phi(w_n) - E phi(X_{n eta}) from w0, of SGD on the finite sum f against its equation of the given order, for each
/// step size. A path costs 8 n drifts of the equation and, 16 to 64 times, up to 6 n gradients of a batch, times the
/// number of substeps; paths are added until the standard error is a share
/// of the error, and substeps until the integrator's bias is under a tenth of it. What is not known that well is
/// inconclusive. Smooth phi and f are what the variance is small for. The same bits for any number of threads.
/// Throws std::invalid_argument on senseless settings, an order 2 without `hessian_vector`, or when w0 has another
/// dimension than f or is not finite.
template <class F, class O>
requires Observable<O, typename F::Scalar>
[[nodiscard]] WeakErrors weak_error(const F& f, const O& phi, ConstVectorRef<typename F::Scalar> w0,
                                    const WeakErrorSettings& settings, Seed seed) {
  detail::require_settings(settings);
  detail::require_start<typename F::Scalar>(w0, f.dimension());
  WeakErrors out{settings, seed, {}};
  for (const double step : settings.steps) out.rows.push_back(detail::weak_error_of(f, phi, w0, settings, step, seed));
  return out;
}

}  // namespace proxcvx
