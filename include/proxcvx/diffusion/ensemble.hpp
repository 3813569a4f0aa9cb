// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <concepts>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/diffusion/gradient_noise.hpp>
#include <proxcvx/diffusion/integrators.hpp>
#include <proxcvx/diffusion/path_sums.hpp>
#include <proxcvx/optimize/result.hpp>
#include <span>
#include <string>
#include <vector>

// E phi(w_n) along SGD and E phi(X_t) along an equation, from independent paths.

namespace proxcvx {

/// A callable phi(w) -> number.
template <class O, class Scalar>
concept Observable = requires(const O& phi, ConstVectorRef<Scalar> w) {
  { phi(w) } -> std::convertible_to<double>;
};

/// How many paths, how far, and where they are looked at.
struct EnsembleSettings {
  Index steps = 100;       ///< n >= 1 steps of SGD's length
  Index every = 1;         ///< phi is looked at after every so many of them
  Index paths = 10'000;    ///< >= 1; of an equation: pairs of paths
  Index substeps = 1;      ///< of an equation: steps of the integrator to a step of SGD
  bool antithetic = true;  ///< of an equation: the second path of a pair has the mirrored noise
  int threads = 0;         ///< 0: all; no bit depends on it
};

/// E phi after `every`, 2 `every`, ... steps.
struct Ensemble {
  double step = 0;  ///< eta
  Index every = 1;
  Status status = Status::iteration_limit;  ///< non_finite where a path became so: `sums` says which one, and when
  PathSums sums{0};

  [[nodiscard]] Index points() const { return sums.points(); }
  [[nodiscard]] double time(Index i) const { return step * static_cast<double>((i + 1) * every); }
  [[nodiscard]] double mean(Index i) const { return sums.mean(i); }
  [[nodiscard]] double standard_error(Index i) const { return sums.standard_error(i); }
};

namespace detail {

inline void require_settings(const EnsembleSettings& settings) {
  require(settings.steps >= 1, "steps", "a number >= 1", settings.steps);
  require(settings.every >= 1 && settings.every <= settings.steps, "every", "a number in [1, steps]", settings.every);
  require(settings.paths >= 1, "paths", "a number >= 1", settings.paths);
  require(settings.substeps >= 1, "substeps", "a number >= 1", settings.substeps);
}
template <class Scalar> void require_start(ConstVectorRef<Scalar> w0, Index dimension) {
  require(w0.size() == dimension, "w0", "dimension " + std::to_string(dimension), w0.size());
  require(w0.allFinite(), "w0: expected finite entries");
}

/// Runs path i from w0: step(w, stream, n) makes step n. Adds share * phi to values; see add_paths for what returns.
template <class Scalar, class Step, class O>
Index follow(ConstVectorRef<Scalar> w0, RandomStream stream, const EnsembleSettings& settings, const Step& step,
             const O& phi, double share, std::vector<double>& values) {
  ScratchFrame<Scalar> frame;
  auto w = frame.vector(w0.size());
  w = w0;
  for (Index n = 0; n < settings.steps; ++n) {
    step(VectorRef<Scalar>(w), stream);
    if ((n + 1) % settings.every != 0) continue;
    const auto value = static_cast<double>(phi(w));
    if (!std::isfinite(value) || !w.allFinite()) return n + 1;
    values[static_cast<std::size_t>((n + 1) / settings.every - 1)] += share * value;
  }
  return -1;
}

template <class Path> Ensemble ensemble(double step, const EnsembleSettings& settings, const Path& path) {
  Ensemble out{step, settings.every, Status::iteration_limit, PathSums{settings.steps / settings.every}};
  add_paths(0, settings.paths, settings.threads, path, out.sums);
  if (out.sums.failures() > 0) out.status = Status::non_finite;
  return out;
}

}  // namespace detail

/// E phi(w_n) of SGD with step size eta on the finite sum f, from paths of independent batches.
/// Throws std::invalid_argument on senseless settings or when w0 has another dimension than f or is not finite.
template <class F, class O>
requires Observable<O, typename F::Scalar>
[[nodiscard]] Ensemble sgd_ensemble(const F& f, const O& phi, ConstVectorRef<typename F::Scalar> w0, double step,
                                    const BatchSettings& batches, const EnsembleSettings& settings, Seed seed) {
  using Scalar = typename F::Scalar;
  const GradientNoise<F> checked{f, batches};
  detail::require_settings(settings);
  detail::require_start<Scalar>(w0, f.dimension());
  require(step > 0 && std::isfinite(step), "step", "a finite number > 0", step);
  return detail::ensemble(step, settings, [&](Index i, std::vector<double>& values) {
    ScratchFrame<Index> indices;
    ScratchFrame<Scalar> frame;
    auto batch = indices.vector(batches.batch);
    auto slope = frame.vector(f.dimension());
    const std::span<Index> drawn{batch.data(), static_cast<std::size_t>(batch.size())};
    values.assign(values.size(), 0.0);
    const auto move = [&](VectorRef<Scalar> w, RandomStream& stream) {
      draw_batch(stream, f.terms(), batches.sampling, drawn);
      gradient_alone(f, w, drawn, slope);
      w -= static_cast<Scalar>(step) * slope;
    };
    return detail::follow<Scalar>(w0, RandomStream{seed, static_cast<std::uint64_t>(i), Purpose::batches}, settings,
                                  move, phi, 1, values);
  });
}

/// E phi(X_t) of an equation (ModifiedEquation, or any that offers drift and increment, and settings().step) by an
/// integrator: EulerMaruyama, SplitStep. Throws as sgd_ensemble.
template <class Equation, class Integrator, class O>
requires Observable<O, typename Equation::Scalar>
[[nodiscard]] Ensemble equation_ensemble(const Equation& equation, const Integrator& integrator, const O& phi,
                                         ConstVectorRef<typename Equation::Scalar> w0, const EnsembleSettings& settings,
                                         Seed seed) {
  using Scalar = typename Equation::Scalar;
  detail::require_settings(settings);
  detail::require_start<Scalar>(w0, equation.dimension());
  const double step = equation.settings().step;
  const auto h = static_cast<Scalar>(step / static_cast<double>(settings.substeps));
  return detail::ensemble(step, settings, [&](Index i, std::vector<double>& values) {
    values.assign(values.size(), 0.0);
    for (Index second = 0; second < 2; ++second) {
      const Scalar sign = second == 1 && settings.antithetic ? Scalar(-1) : Scalar(1);
      const auto index = static_cast<std::uint64_t>(settings.antithetic ? i : 2 * i + second);
      const auto move = [&](VectorRef<Scalar> w, RandomStream& stream) {
        for (Index s = 0; s < settings.substeps; ++s) integrator.step(equation, h, stream, w, sign);
      };
      const Index failed =
          detail::follow<Scalar>(w0, RandomStream{seed, index, Purpose::noise}, settings, move, phi, 0.5, values);
      if (failed >= 0) return failed;
    }
    return Index{-1};
  });
}

}  // namespace proxcvx
