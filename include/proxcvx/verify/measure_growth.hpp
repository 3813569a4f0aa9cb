// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <ostream>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/properties/gradient_growth.hpp>
#include <proxcvx/verify/check.hpp>
#include <string>
#include <vector>

// The constants of gradient growth E||grad f_z(w)||^2 <= A + B g(w) (Frei & Gu 2021, section 3), measured on a region:
// the least A that does with B = 0 (bounded case), and the least B that does with A = 0 (proxy-smooth case), over
// samples. A measurement is no proof: between the samples both may be larger.

namespace proxcvx {

/// What a measurement examines. Sample i is the one that `check` sees under the same seed.
struct MeasureGrowthSettings {
  Index samples = 20'000;
  Seed seed{1};
  int threads = 0;                      ///< 0: all that OpenMP offers; the result does not depend on it
  Noise noise = Noise::single_example;  ///< full_batch for full-batch descent
};

/// A constant, and the sample that makes it tight (-1: none does).
struct MeasuredConstant {
  double value = 0;
  Index sample = -1;

  /// The larger one; of equals the one of the earlier sample.
  void keep_larger(const MeasuredConstant& other) {
    if (other.sample < 0) return;
    if (sample < 0 || other.value > value || (other.value == value && other.sample < sample)) *this = other;
  }
};

/// What measure_growth found over its samples, rounded as computed: measured, not proved.
struct GrowthMeasurement {
  Noise noise = Noise::single_example;
  std::string region;
  Seed seed;
  Index samples = 0;
  MeasuredConstant bounded;       ///< the least A with B = 0: max E||grad f_z||^2; NaN if a sample is not finite
  MeasuredConstant proxy_smooth;  ///< the least B with A = 0: max E||grad f_z||^2/g; infinity where g <= 0 and the
                                  ///< gradient is not 0 (no B will do); NaN if a sample is not finite
  Index undecided = 0;            ///< samples left out of B: g or the gradient there is nothing but rounding error
  Index non_finite = 0;           ///< samples at which either side is NaN or infinite
  Index first_non_finite = -1;

  /// The constants of the bounded case, for GradientGrowth (which refuses NaN and infinity).
  [[nodiscard]] GradientGrowthConstants bounded_constants() const { return {bounded.value, 0, noise}; }
  /// The constants of the proxy-smooth case, for GradientGrowth (which refuses NaN and infinity).
  [[nodiscard]] GradientGrowthConstants proxy_smooth_constants() const { return {0, proxy_smooth.value, noise}; }
};

namespace detail {

/// One sample's contribution: `squares` the left side of gradient growth, `g` the proxy, both with rounding bounds.
template <class Scalar>
void record_growth(const BoundedValue<Scalar>& squares, const BoundedValue<Scalar>& g, Index sample,
                   GrowthMeasurement& found) {
  if (!is_finite(squares.value) || !is_finite(g.value)) {
    ++found.non_finite;
    if (found.first_non_finite < 0) found.first_non_finite = sample;
    return;
  }
  found.bounded.keep_larger({static_cast<double>(squares.value), sample});
  if (squares.value == Scalar(0) && g.value >= Scalar(0)) return;  // 0 <= B g whatever B
  using std::abs;
  const bool noise_alone = Scalar(2) * g.error >= Scalar(abs(g.value)) && g.value != Scalar(0);
  if (noise_alone || Scalar(2) * squares.error >= squares.value) {
    ++found.undecided;
    return;
  }
  const double ratio = g.value > Scalar(0) ? static_cast<double>(Scalar(squares.value / g.value))
                                           : std::numeric_limits<double>::infinity();
  found.proxy_smooth.keep_larger({ratio, sample});
}

inline void merge_growth(const GrowthMeasurement& next, GrowthMeasurement& found) {
  found.bounded.keep_larger(next.bounded);
  found.proxy_smooth.keep_larger(next.proxy_smooth);
  found.undecided += next.undecided;
  found.non_finite += next.non_finite;
  if (found.first_non_finite < 0) found.first_non_finite = next.first_non_finite;
}

}  // namespace detail

/// Measures the constants of E||grad f_z(w)||^2 <= A + B g(w) over samples of a region; g is an objective, a proxy or
/// any callable. The same settings give the same result on any number of threads.
/// Throws std::invalid_argument on a region of another dimension, samples < 1, threads < 0, or single-example noise for
/// an objective that is no finite sum. Cost: `samples` times a g and a gradient for each term (one for full_batch).
template <class F, class G, class SampleRegion>
[[nodiscard]] GrowthMeasurement measure_growth(const F& f, const G& g, const SampleRegion& region,
                                               const MeasureGrowthSettings& settings = {}) {
  using Scalar = typename F::Scalar;
  const GradientGrowth<F, G> property{f, g, {.A = 0, .B = 0, .noise = settings.noise}};
  detail::expect_region(property, region);
  require(settings.samples >= 1, "samples", "a number >= 1", settings.samples);
  const Index blocks = (settings.samples + block_size - 1) / block_size;
  std::vector<GrowthMeasurement> of_block(static_cast<std::size_t>(blocks));
  parallel_for_blocks(0, blocks, settings.threads, [&](Index block) {
    ScratchFrame<Scalar> frame;
    auto w = frame.vector(property.dimension());
    const Index end = std::min(settings.samples, (block + 1) * block_size);
    for (Index i = block * block_size; i < end; ++i) {
      RandomStream stream = detail::sample_stream(settings.seed, i, Purpose::points);
      region.sample(stream, w);
      detail::record_growth(property.mean_squares(w), bounded_proxy_value<Scalar>(g, w), i,
                            of_block[static_cast<std::size_t>(block)]);
    }
  });
  GrowthMeasurement found;
  found.noise = settings.noise;
  found.region = detail::region_description(region);
  found.seed = settings.seed;
  found.samples = settings.samples;
  for (const GrowthMeasurement& block : of_block) detail::merge_growth(block, found);
  if (found.non_finite > 0) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    found.bounded = {nan, found.first_non_finite};
    found.proxy_smooth = {nan, found.first_non_finite};
  }
  return found;
}

/// Two lines of constants and a line of what they rest on.
inline std::ostream& operator<<(std::ostream& out, const GrowthMeasurement& found) {
  const auto line = [&](const char* name, const MeasuredConstant& constant) {
    out << name << constant.value;
    if (constant.sample >= 0) out << " (tight at sample " << constant.sample << ')';
    out << '\n';
  };
  line("A with B = 0  ", found.bounded);
  line("B with A = 0  ", found.proxy_smooth);
  out << "measured on " << found.samples << " samples of the " << found.region << ", seed " << found.seed.value
      << "; not proved";
  if (found.undecided > 0) out << "; " << found.undecided << " samples undecided for B by rounding";
  if (found.non_finite > 0) out << "; " << found.non_finite << " samples not finite";
  return out << '\n';
}

}  // namespace proxcvx
