// SPDX-License-Identifier: MIT
// The Eigen of this test asserts, where told to, that it does not allocate (tests/CMakeLists.txt defines the same).
#ifndef EIGEN_RUNTIME_NO_MALLOC
#define EIGEN_RUNTIME_NO_MALLOC
#endif
#undef NDEBUG

#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/properties/gradient_growth.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/proxies/loss_derivative.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/check.hpp>

#include "objectives/models.hpp"

// The block loop of check allocates nothing of ours after its first block, as long as no margin has to be taken again
// in a wider scalar: shapes up to 100 a side, one thread.

namespace pc = proxcvx;

namespace {

/// A region that forbids Eigen to allocate once more than `free` samples were drawn from it.
template <class Inner> struct ForbidAfter {
  using Scalar = double;
  const Inner& inner;
  pc::Index free;
  mutable pc::Index drawn = 0;
  [[nodiscard]] pc::Index dimension() const { return inner.dimension(); }
  void sample(pc::RandomStream& stream, pc::VectorRef<double> out) const {
    if (++drawn > free) Eigen::internal::set_is_malloc_allowed(false);
    inner.sample(stream, out);
  }
  [[nodiscard]] bool contains(pc::ConstVectorRef<double> w) const { return inner.contains(w); }
  void project(pc::VectorRef<double> w) const { inner.project(w); }
};

/// Three blocks, in one round: allowed in the first, forbidden in the others, allowed again by the observer.
template <class Property> void blocks_allocate_nothing(const Property& property, const pc::Ball<double>& ball) {
  constexpr pc::Index samples = 2 * pc::block_size + 70;
  const ForbidAfter<pc::Ball<double>> region{ball, pc::block_size * (pc::PairProperty<Property> ? 2 : 1)};
  bool was_forbidden = false;
  const auto report =
      pc::check(property, region, {.samples = samples, .threads = 1}, [&](const pc::CheckReport& /*so_far*/) {
        was_forbidden = !Eigen::internal::is_malloc_allowed();
        Eigen::internal::set_is_malloc_allowed(true);
      });
  CHECK(was_forbidden);
  CHECK(report.statistics.independent == samples);
  CHECK(report.statistics.satisfied == report.statistics.examined);
}

}  // namespace

TEST_CASE("check allocates nothing after the first block, for points and for pairs") {
  pc::RandomStream stream{pc::Seed{61}};
  for (const pc::Index side : {3, 33, 100}) {
    const auto data = models::random_data<double>(pc::LogisticLoss{}, stream, side, 1, 20);
    const pc::TwoLayer<pc::AnyActivation> network({.inputs = side, .hidden = side},
                                                  pc::AnyActivation::named("leaky_relu", 0.25, 2));
    const pc::EmpiricalRisk f{network, pc::LogisticLoss{}, data};
    const pc::Ball<double> ball(network.initialize(pc::Seed{1}), 0.5);
    INFO("side " << side);
    // True by a margin of one, so that nothing has to be taken again in a wider scalar.
    blocks_allocate_nothing(pc::ProxyPL{f, pc::LossDerivative{f}, {.alpha = 1, .mu = 1e-3, .xi = 2}}, ball);
    blocks_allocate_nothing(pc::GradientGrowth{f, f, {.A = 1e3 * static_cast<double>(side), .B = 1}}, ball);
    const auto far_below = [](const auto& /*w*/) { return -1e4; };
    blocks_allocate_nothing(pc::ProxyConvexity{f, far_below, f}, ball);
  }
}
