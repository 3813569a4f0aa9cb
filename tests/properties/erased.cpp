// SPDX-License-Identifier: MIT
#include <array>
#include <proxcvx/core/interval_functions.hpp>
#include <proxcvx/core/slope_functions.hpp>
#include <proxcvx/data/noisy_halfspace.hpp>
#include <proxcvx/instances/leaky_network.hpp>
#include <proxcvx/io/saved_check.hpp>
#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/properties/erased.hpp>
#include <proxcvx/proxies/tangent_risk.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/check.hpp>

#include "support/catch2.hpp"

// A claim whose parts are of any type is the claim itself: the same margins, gradients and reports, bit for bit.

namespace erased_claims {

namespace pc = proxcvx;
using Vector = pc::Vector<double>;
using Form = pc::SlopeForm<pc::Interval>;

namespace {

pc::LeakyNetwork<pc::TwoLayer<pc::AnyActivation>> instance() {
  const auto data = pc::noisy_halfspace({.samples = 30, .dimension = 3, .margin = 0.2, .noise = 0.1}, pc::Seed{3});
  return {pc::TwoLayer<pc::AnyActivation>({.inputs = 3, .hidden = 4}, pc::LeakyReLU{0.5}), data};
}

Vector drawn(std::uint64_t i) {
  Vector w(12);
  pc::RandomStream stream{pc::Seed{5}, i, pc::Purpose::points};
  stream.fill_normal(w);
  return w;
}

bool same(const pc::Margin<double>& a, const pc::Margin<double>& b) {
  return a.value == b.value && a.error == b.error && a.scale == b.scale && a.vacuous == b.vacuous;
}

}  // namespace

TEST_CASE("an erased claim has the margins and gradients of the bare one, bit for bit") {
  const auto bare = instance().proxy_pl();
  const auto erased = pc::erased(bare);
  const auto bare_pairs = instance().proxy_convexity();
  const auto erased_pairs = pc::erased(bare_pairs);
  Vector a(12), b(12), c(12), d(12);
  for (std::uint64_t i = 0; i < 20; ++i) {
    const Vector w = drawn(2 * i), v = drawn(2 * i + 1);
    CHECK(same(bare.margin(w), erased.margin(w)));
    CHECK(same(bare_pairs.margin(w, v), erased_pairs.margin(w, v)));
    bare.scale_free_gradient(w, a);
    erased.scale_free_gradient(w, b);
    CHECK(a == b);
    bare_pairs.margin_gradient(w, v, a, c);
    erased_pairs.margin_gradient(w, v, b, d);
    CHECK((a == b && c == d));
  }
  pc::Matrix<double> points(12, 5), values(5, 5), errors(5, 5), others(5, 5), other_errors(5, 5);
  for (pc::Index i = 0; i < 5; ++i) points.col(i) = drawn(static_cast<std::uint64_t>(i));
  bare_pairs.margins(points, points, values, errors);
  erased_pairs.margins(points, points, others, other_errors);
  CHECK((values == others && errors == other_errors));
  CHECK(bare.statement() == erased.statement());
  CHECK(bare.constants() == erased.constants());
  CHECK(bare_pairs.statement() == erased_pairs.statement());
}

TEST_CASE("check writes the same bytes of an erased claim, close calls in wider scalars included") {
  const pc::Ball region{drawn(0), 3.0};
  const pc::CheckSettings settings{.samples = 600};
  // xi is moved so that the margin is 0, up to rounding, at the region's centre: double does not decide there.
  auto constants = instance().constants();
  const auto before = instance().proxy_pl(constants).margin(drawn(0));
  constants.xi -= 2 * before.value / constants.mu;
  const auto bare = instance().proxy_pl(constants);
  const pc::Ball close{drawn(0), 1e-13};
  for (const auto& ball : {region, close}) {
    CHECK(pc::saved_text(pc::check(bare, ball, settings)) ==
          pc::saved_text(pc::check(pc::erased(bare), ball, settings)));
  }
}

TEST_CASE("a reference that moves with w is erased likewise, and check sets each point beside four") {
  const auto risk = instance().objective();
  const pc::ProxyConvexity bare{risk, risk, pc::TangentRisk{risk}};
  const auto erased = pc::erased(bare);
  for (std::uint64_t i = 0; i < 20; ++i) {
    const Vector w = drawn(2 * i), v = drawn(2 * i + 1);
    CHECK(same(bare.margin(w, v), erased.margin(w, v)));
    CHECK(bare.reference().value(v, w) == erased.reference().value(v, w));
  }
  CHECK(bare.statement() == erased.statement());
  CHECK(erased.rigorous_rounding());
  const pc::CheckSettings settings{.samples = 300};
  const pc::Ball region{drawn(0), 3.0};
  const auto report = pc::check(erased, region, settings);
  CHECK(pc::saved_text(pc::check(bare, region, settings)) == pc::saved_text(report));
  CHECK(report.statistics.independent == 300);
  CHECK(report.statistics.examined == 4 * 300);
  CHECK(report.verdict() == pc::Verdict::no_violation_found);
  // Next to w = v double does not decide, and its wider forms do.
  const auto close = pc::check(erased, pc::Ball{drawn(0), 1e-6}, settings);
  CHECK(close.verdict() == pc::Verdict::no_violation_found);
  const pc::AnyReference<> any(pc::TangentRisk{risk});
  const auto wide = any.cast<long double>().cast<pc::FiftyDigits>();
  const Vector w = drawn(1), v = drawn(2);
  const auto value = wide.value(v.cast<pc::FiftyDigits>(), w.cast<pc::FiftyDigits>());
  CHECK(std::abs(static_cast<double>(value) - any.value(v, w)) <= any.bounded_value(v, w).error);
}

TEST_CASE("erased claims about different objectives are of one type, and formulas enclose their margins") {
  const auto one = pc::erased<Form>(instance().proxy_pl());
  const auto risk = instance().objective();
  const auto other = pc::erased<Form>(pc::ProxyPL(risk, risk, {.alpha = 2, .mu = 0.1, .xi = 0}));
  static_assert(std::is_same_v<decltype(one), decltype(other)>);
  static_assert(!pc::CastableTo<pc::AnyObjective<double>, Form>);
  const Vector w = drawn(1);
  pc::Vector<Form> box(12);
  for (pc::Index i = 0; i < 12; ++i) box[i] = Form(pc::Interval(w[i], w[i]));
  for (const auto& claim : {one, other}) {
    const pc::Margin<double> margin = claim.margin(w);
    const pc::Interval enclosed = claim.cast<Form>().margin_value(box).range();
    CHECK(enclosed.lower() <= margin.value + margin.error);
    CHECK(enclosed.upper() >= margin.value - margin.error);
    CHECK(enclosed.upper() - enclosed.lower() <= 1e-9);
  }
}

TEST_CASE("an objective that is no finite sum is the mean of one term") {
  using Quadratic = pc::Quadratic<double>;
  const Quadratic bare{pc::Matrix<double>{{2.0, 0.5}, {0.5, 1.0}}};
  const pc::AnyObjective<double> any(bare);
  CHECK(any.terms() == 1);
  CHECK(pc::AnyObjective<double>(instance().objective()).terms() == 30);
  REQUIRE(any.target<Quadratic>() != nullptr);
  CHECK(any.target<Quadratic>()->dimension() == 2);
  const Vector w{{0.3, -2.0}};
  Vector whole(2), batch(2);
  const std::array<pc::Index, 2> indices{0, 0};
  CHECK(any.gradient(w, whole) == any.gradient(w, indices, batch));
  CHECK(whole == batch);
  CHECK(bare.gradient(w, batch) == any.value(w));
  CHECK(whole == batch);
  CHECK(any.starts().cols() == 0);
}

}  // namespace erased_claims
