// SPDX-License-Identifier: MIT
// The Eigen of this test asserts, where told to, that it does not allocate (tests/CMakeLists.txt defines the same).
#ifndef EIGEN_RUNTIME_NO_MALLOC
#define EIGEN_RUNTIME_NO_MALLOC
#endif
#undef NDEBUG

#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/properties/gradient_growth.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/proxies/loss_derivative.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/check.hpp>
#include <proxcvx/verify/monitor.hpp>

#include "objectives/models.hpp"

// The block loop of check allocates nothing of ours after its first block, as long as no margin has to be taken again
// in a wider scalar: shapes up to 100 a side, one thread. Nor does a monitor after its first iterate, but for its rows.

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

/// Forbids Eigen to allocate from t = 1 on, and hands the iterate to the monitor; allowed again when the test says so.
template <class Monitor> struct ForbidFromOne {
  Monitor& monitor;
  pc::Index forbidden_iterations = 0;
  pc::Flow operator()(const pc::Iterate<double>& iterate) {
    if (iterate.t >= 1) {
      Eigen::internal::set_is_malloc_allowed(false);
      ++forbidden_iterations;
    }
    return monitor(iterate);
  }
};

template <class Monitor, class F>
void watching_allocates_nothing(Monitor& monitor, const F& f, const pc::Vector<double>& w0) {
  ForbidFromOne<Monitor> forbid{monitor};
  (void)pc::GD{1e-4, {.iterations = 8}}.minimize(f, w0, forbid);
  Eigen::internal::set_is_malloc_allowed(true);
  CHECK(forbid.forbidden_iterations == 7);
  CHECK(monitor.report().iterates() == 8);
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

TEST_CASE("a monitor's mathematics allocates nothing after the first iterate") {
  pc::RandomStream stream{pc::Seed{62}};
  for (const pc::Index side : {3, 33, 100}) {
    const auto data = models::random_data<double>(pc::LogisticLoss{}, stream, side, 1, 20);
    const pc::TwoLayer<pc::AnyActivation> network({.inputs = side, .hidden = side},
                                                  pc::AnyActivation::named("leaky_relu", 0.25, 2));
    const pc::EmpiricalRisk f{network, pc::LogisticLoss{}, data};
    const pc::Vector<double> w0 = network.initialize(pc::Seed{1});
    const pc::WatchedProxy proxy{pc::LossDerivative{f}, [](pc::Index /*T*/) { return 1e3; },
                                 pc::Measured::average_iterate};
    INFO("side " << side);
    pc::Monitor points{
        pc::ProxyPL{f, pc::LossDerivative{f}, {.alpha = 1, .mu = 1e-3, .xi = 2}}, proxy, {.distance_to = w0}};
    watching_allocates_nothing(points, f, w0);
    CHECK(points.report().inequality.statistics.satisfied == 8);
    const auto far_below = [](const auto& /*w*/) { return -1e4; };
    const pc::Index count = side == 3 ? pc::block_size + 4 : 5;
    pc::Matrix<double> references(w0.size(), count);
    for (pc::Index j = 0; j < count; ++j) references.col(j) = 0.1 * static_cast<double>(j) * w0;
    pc::Monitor pairs{pc::ProxyConvexity{f, far_below, f}, references, proxy};
    watching_allocates_nothing(pairs, f, w0);
    CHECK(pairs.report().inequality.statistics.satisfied == 8 * count);
    // A violation at each iterate, worse than the one before: its vector is kept in place.
    pc::Monitor violated{pc::GradientGrowth{f, far_below, {.A = 0, .B = 1, .noise = pc::Noise::full_batch}}, proxy};
    watching_allocates_nothing(violated, f, w0);
    CHECK(violated.report().inequality.statistics.violated == 8);
  }
}
