// SPDX-License-Identifier: MIT
#include <concepts>
#include <proxcvx/networks/neuron.hpp>
#include <proxcvx/objectives/differentiate.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/optimize/stochastic_gradient_descent.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/verify/check.hpp>
#include <proxcvx/verify/table.hpp>
#include <sstream>

#include "support/catch2.hpp"

// What a user brings: callables as proxies, a region and a network of the bare concepts. A type that misses one member
// is refused.

namespace pc = proxcvx;

namespace {

struct Plane {
  using Scalar = double;
  [[nodiscard]] pc::Index dimension() const { return 1; }
  void sample(pc::RandomStream& stream, pc::VectorRef<double> out) const { stream.fill_normal(out); }
  [[nodiscard]] bool contains(pc::ConstVectorRef<double> /*w*/) const { return true; }
  void project(pc::VectorRef<double> /*w*/) const {}
};
struct WithoutProjection : Plane {
  void project(pc::VectorRef<double>) = delete;
};
struct WithoutContains : Plane {
  void contains(pc::ConstVectorRef<double>) = delete;
};
struct WithoutSample : Plane {
  void sample(pc::RandomStream&, pc::VectorRef<double>) = delete;
};
static_assert(pc::Region<Plane>);
static_assert(!pc::Region<WithoutProjection> && !pc::Region<WithoutContains> && !pc::Region<WithoutSample>);

struct WithoutForward : pc::Neuron<pc::Tanh> {
  void forward() = delete;
};
struct WithoutPullBack : pc::Neuron<pc::Tanh> {
  void pull_back() = delete;
};
struct WithoutPushForward : pc::Neuron<pc::Tanh> {
  void push_forward() = delete;
};
struct WithoutOutputs : pc::Neuron<pc::Tanh> {
  void outputs() = delete;
};
static_assert(pc::Network<pc::Neuron<pc::Tanh>>);
static_assert(!pc::Network<WithoutForward> && !pc::Network<WithoutPullBack>);
static_assert(!pc::Network<WithoutPushForward> && !pc::Network<WithoutOutputs>);

struct Named {
  [[nodiscard]] std::string name() const { return "half of x^2"; }
  [[nodiscard]] auto value(const auto& w) const { return w.squaredNorm() / 2; }
};
struct Nameless {
  [[nodiscard]] auto value(const auto& w) const { return w.squaredNorm() / 2; }
};

template <class F> constexpr bool has_name = requires(const F& f) { f.name(); };
static_assert(has_name<pc::Differentiated<Named>> && !has_name<pc::Differentiated<Nameless>>);

static_assert(std::convertible_to<double, pc::ConstantStep>);
static_assert(std::same_as<decltype(pc::GD{0.1}), pc::GD<pc::ConstantStep>>);
static_assert(std::same_as<decltype(pc::SGD{0.1, {.batch = 2}}), pc::SGD<pc::ConstantStep>>);

}  // namespace

TEST_CASE("a lambda is a proxy whose rounding is assumed") {
  const auto square = [](pc::ConstVectorRef<double> w) { return w.squaredNorm(); };
  // f'^2 >= (mu/2) x^2 for f = x^2 + 3 sin^2 x fails near x = 2.2, where |f'/x| is least.
  const pc::SquarePlusSine<> f;
  const pc::ProxyPL weak{f, square, {.alpha = 2, .mu = 0.25, .xi = 0}};
  const pc::ProxyPL strong{f, square, {.alpha = 2, .mu = 4, .xi = 0}};
  static_assert(!decltype(weak)::rigorous_rounding());
  const pc::CheckReport found = pc::check(strong, Plane{}, {.samples = 2'000});
  CHECK(pc::check(weak, Plane{}, {.samples = 2'000}).verdict() == pc::Verdict::no_violation_found);
  CHECK(found.verdict() == pc::Verdict::violated);
  CHECK(found.region == "user's region");
  std::ostringstream printed;
  printed << found;
  CHECK_THAT(printed.str(), Catch::Matchers::ContainsSubstring("assumed"));
}

TEST_CASE("a report names the formula that brings a name") {
  const auto f = pc::differentiate(Named{}, 1);
  const auto report = pc::check(pc::ProxyConvexity{f, f, f}, Plane{}, {.samples = 256});
  CHECK_THAT(report.statement, Catch::Matchers::ContainsSubstring("g = half of x^2"));
  CHECK_THROWS_AS(pc::ConstantStep{0.0}, std::invalid_argument);
}
