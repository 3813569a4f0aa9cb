// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/verify/check.hpp>
#include <proxcvx/verify/claim.hpp>
#include <vector>

// What a frontier and an exponent are fitted to: the proxy and the length of the gradient at samples of a region.

namespace proxcvx {

/// What is sampled. Sample i is the one that `check` sees under the same seed.
struct FrontierSettings {
  Index samples = 20'000;
  Seed seed{1};
  int threads = 0;           ///< 0: all that OpenMP offers; the result does not depend on it
  double confidence = 0.99;  ///< in (0, 1)
};

namespace detail {

/// g(w) and ||grad f(w)|| at one sample, with their rounding bounds.
struct GradientPoint {
  double g = 0;
  double g_error = 0;
  double norm = 0;
  double norm_error = 0;
  [[nodiscard]] bool finite() const { return std::isfinite(g) && std::isfinite(norm); }
};

/// One for each sample, in order.
template <class F, class G, class SampleRegion>
[[nodiscard]] std::vector<GradientPoint> gradient_points(const F& f, const G& g, const SampleRegion& region,
                                                         const FrontierSettings& settings) {
  using Scalar = typename F::Scalar;
  static_assert(expect_differentiable<F>());
  static_assert(proxcvx::expect_region<SampleRegion>());
  require(region.dimension() == f.dimension(), "region", "dimension " + std::to_string(f.dimension()),
          region.dimension());
  require(settings.samples >= 2, "samples", "a number >= 2", settings.samples);
  require(settings.confidence > 0 && settings.confidence < 1, "confidence", "a number in (0, 1)", settings.confidence);
  std::vector<GradientPoint> points(static_cast<std::size_t>(settings.samples));
  const Index blocks = (settings.samples + block_size - 1) / block_size;
  parallel_for_blocks(0, blocks, settings.threads, [&](Index block) {
    ScratchFrame<Scalar> frame;
    auto w = frame.vector(f.dimension());
    auto gradient = frame.vector(f.dimension());
    for (Index i = block * block_size; i < std::min(settings.samples, (block + 1) * block_size); ++i) {
      RandomStream stream = sample_stream(settings.seed, i, Purpose::points);
      region.sample(stream, w);
      const auto [at_w, proxy] = bounded_gradient_and_proxy<F, G>(f, g, w, gradient);
      const Scalar norm = scaled_norm(gradient);
      const Scalar own = gamma<Scalar>(w.size() + 3) * norm;
      points[static_cast<std::size_t>(i)] = {static_cast<double>(proxy.value), static_cast<double>(proxy.error),
                                             static_cast<double>(norm),
                                             static_cast<double>(Scalar(at_w.gradient_error + own))};
    }
  });
  return points;
}

}  // namespace detail

}  // namespace proxcvx
