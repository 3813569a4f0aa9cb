// SPDX-License-Identifier: MIT
#include <proxcvx/core/wider.hpp>
#include <proxcvx/properties/at_reference.hpp>
#include <proxcvx/properties/gradient_growth.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/properties/proxy_pl.hpp>

#include "support/catch2.hpp"
#include "verify/models.hpp"

namespace pc = proxcvx;
using models::Bowl;
using models::Level;

namespace {

template <class S> pc::Vector<S> random_vector(pc::RandomStream& stream, pc::Index size, int exponents) {
  pc::Vector<S> w(size);
  for (pc::Index i = 0; i < size; ++i) {
    w[i] = static_cast<S>(std::ldexp(stream.normal(), static_cast<int>(stream.below(2 * exponents + 1)) - exponents));
  }
  return w;
}

/// Whether the margin in S is within its own bound of the margin at 50 digits.
template <class Property, class... Points> void within_bound(const Property& property, const Points&... points) {
  const auto margin = property.margin(points...);
  const auto wide = property.template cast<pc::FiftyDigits>().margin(points.template cast<pc::FiftyDigits>().eval()...);
  const pc::FiftyDigits off = abs(pc::FiftyDigits(margin.value) - wide.value);
  CAPTURE(margin.value, margin.error, static_cast<double>(off));
  CHECK(off <= pc::FiftyDigits(margin.error) + wide.error);
  CHECK(margin.error >= 0);
}

template <class S> void margins_are_within_their_bounds() {
  pc::RandomStream stream{pc::Seed{21}};
  for (int i = 0; i < 2000; ++i) {
    const pc::Index size = 1 + stream.below(12);
    const Bowl<S> f{size, std::ldexp(stream.uniform(0.5, 1), static_cast<int>(stream.below(9)) - 4)};
    const Bowl<S> g{size, f.curvature * stream.uniform(0.5, 1.5)};
    const auto w = random_vector<S>(stream, size, 6);
    auto v = random_vector<S>(stream, size, 6);
    if (i % 3 == 0) v = w + random_vector<S>(stream, size, 1) * std::numeric_limits<S>::epsilon() * S(10);
    within_bound(pc::ProxyConvexity{f, g, g}, w, v);
    within_bound(pc::at_reference(pc::ProxyConvexity{f, g, f}, v), w);
    for (const double alpha : {0.5, 1.0, 1.7, 2.0, 5.0}) {
      within_bound(pc::ProxyPL{f, g, {.alpha = alpha, .mu = stream.uniform(0.1, 4), .xi = stream.uniform(-1, 1)}}, w);
    }
    within_bound(
        pc::GradientGrowth{f, g, {.A = stream.uniform(), .B = stream.uniform(), .noise = pc::Noise::full_batch}}, w);
  }
}

/// Clouds larger than a tile, of which some references nearly are points; every margin against one of the scalar W.
template <class S, class W> void all_pairs_are_within_their_bounds() {
  pc::RandomStream stream{pc::Seed{22}};
  const pc::Index size = 9, points = 300, references = 21;
  const Bowl<S> f{size, 0.75};
  const Bowl<S> g{size, 0.5};
  const pc::ProxyConvexity property{f, g, f};
  const auto wide = property.template cast<W>();
  pc::Matrix<S> w(size, points), v(size, references), values(points, references), errors(points, references);
  for (pc::Index i = 0; i < points; ++i) w.col(i) = random_vector<S>(stream, size, 4);
  for (pc::Index j = 0; j < references; ++j) v.col(j) = random_vector<S>(stream, size, 4);
  for (pc::Index j = 0; j < references; j += 3) v.col(j) = w.col(13 * j) * (S(1) + S(3) * pc::unit_roundoff<S>());
  property.margins(w, v, values, errors);
  bool within = true;
  for (pc::Index i = 0; i < points; ++i) {
    for (pc::Index j = 0; j < references; ++j) {
      const auto exact = wide.margin(w.col(i).template cast<W>().eval(), v.col(j).template cast<W>().eval());
      within = within && std::abs(W(values(i, j)) - exact.value) <= W(errors(i, j)) + exact.error;
    }
  }
  CHECK(within);
  const auto least = property.least_margin(w, v);
  CHECK(least.value == values.minCoeff());
  CHECK(least.value == values(least.point, least.reference));
  CHECK(least.error == errors(least.point, least.reference));
}

}  // namespace

TEST_CASE("all pairs of two clouds are within their rounding bounds") {
  all_pairs_are_within_their_bounds<float, double>();
  all_pairs_are_within_their_bounds<double, long double>();
}

TEST_CASE("the least margin of large clouds is found in strips, and NaN is never passed over") {
  const Bowl<double> f{3, 1};
  const pc::ProxyConvexity property{f, f, f};
  pc::RandomStream stream{pc::Seed{23}};
  pc::Matrix<double> w(3, 260), v(3, 2500);
  for (auto& entry : w.reshaped()) entry = stream.uniform(1, 2);
  for (auto& entry : v.reshaped()) entry = stream.uniform(-1, 0);
  v.col(2300) = w.col(258);
  v(0, 2300) += 0x1p-10;  // ||w - v||^2/2 is the margin
  const auto least = property.least_margin(w, v);
  CHECK(least.point == 258);
  CHECK(least.reference == 2300);
  CHECK(std::abs(least.value - 0x1p-21) <= least.error);
  v(1, 40) = std::nan("");
  CHECK(std::isnan(property.least_margin(w, v).value));
  CHECK(property.least_margin(w, v).reference == 40);
  CHECK_THROWS_WITH(property.least_margin(w, v.leftCols(0)), Catch::Contains("references"));
}
TEST_CASE("margins are within their rounding bounds, float") { margins_are_within_their_bounds<float>(); }
TEST_CASE("margins are within their rounding bounds, double") { margins_are_within_their_bounds<double>(); }
TEST_CASE("margins are within their rounding bounds, long double") { margins_are_within_their_bounds<long double>(); }

TEST_CASE("the margin is the formula") {
  const Bowl<double> f{2, 2};
  const pc::Vector<double> w{{3.0, 4.0}};
  const pc::Vector<double> v{{1.0, 1.0}};
  // <2w, w - v> - ||w||^2 + ||v||^2, with ||w||^2 = 25, w.v = 7, ||v||^2 = 2
  CHECK(pc::ProxyConvexity{f, f, f}.margin(w, v).value == Approx(2 * (25 - 7) - 25 + 2));
  CHECK(pc::ProxyPL{f, Level<double>{3}, {.alpha = 2, .mu = 4, .xi = 1}}.margin(w).value == Approx(100 - 2 * (3 - 1)));
  CHECK(pc::GradientGrowth{f, f, {.A = 1, .B = 3, .noise = pc::Noise::full_batch}}.margin(w).value ==
        Approx(1 + 3 * 25 - 100));
}

TEST_CASE("a reference may depend on w: h(v; w)") {
  const Bowl<double> f{2, 1};
  const auto tangent = [&](const pc::Vector<double>& v, const pc::Vector<double>& w) {
    return f.value(w) + w.dot(v - w);
  };
  const pc::ProxyConvexity property{f, f, tangent};  // <grad f, w - v> = f(w) - tangent(v; w) for every f
  const pc::Vector<double> w{{3.0, 4.0}};
  const pc::Vector<double> v{{1.0, -1.0}};
  CHECK(std::abs(property.margin(w, v).value) <= property.margin(w, v).error);
  pc::Matrix<double> values(1, 1);
  pc::Matrix<double> errors(1, 1);
  property.margins(w, v, values, errors);
  CHECK(std::abs(values(0, 0)) <= errors(0, 0));
}

TEST_CASE("a reference may be a projection P(w)") {
  const Bowl<double> f{2, 1};
  const auto onto_axis = [](const pc::Vector<double>& w) { return pc::Vector<double>{{w[0], 0.0}}; };
  const auto property = pc::at_reference(pc::ProxyConvexity{f, f, f}, onto_axis);
  const pc::Vector<double> w{{3.0, 4.0}};
  CHECK(property.margin(w).value == Approx(16 - 12.5 + 4.5));
  static_assert(pc::PointProperty<decltype(property)>);
}

TEST_CASE("tiny gradients keep their norm: no underflow") {
  const Bowl<double> f{2, 1};
  const pc::ProxyPL property{f, Level<double>{0}, {.alpha = 1, .mu = 1, .xi = 0}};
  const pc::Vector<double> w{{3e-200, 4e-200}};
  CHECK(property.margin(w).value == Approx(5e-200));
}

TEST_CASE("properties refuse constants that make no sense") {
  const Bowl<double> f{};
  CHECK_THROWS_WITH((pc::ProxyPL{f, f, {.alpha = 0, .mu = 1, .xi = 0}}), Catch::Contains("alpha"));
  CHECK_THROWS_WITH((pc::ProxyPL{f, f, {.alpha = 1, .mu = -1, .xi = 0}}), Catch::Contains("mu"));
  CHECK_THROWS_WITH((pc::ProxyPL{f, f, {.alpha = 1, .mu = 1, .xi = std::nan("")}}), Catch::Contains("xi"));
  CHECK_THROWS_WITH((pc::GradientGrowth{f, f, {.A = -1, .B = 1, .noise = pc::Noise::full_batch}}),
                    Catch::Contains("A"));
  CHECK_THROWS_WITH((pc::GradientGrowth{f, f, {.A = 1, .B = 1}}), Catch::Contains("full_batch"));
  CHECK_THROWS_WITH(pc::at_reference(pc::ProxyConvexity{f, f, f}, pc::Vector<double>::Zero(2).eval()),
                    Catch::Contains("reference"));
}
