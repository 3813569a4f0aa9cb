// SPDX-License-Identifier: MIT
#include <algorithm>
#include <proxcvx/core/fifty_digits.hpp>
#include <proxcvx/io/proof_file.hpp>
#include <proxcvx/networks/neuron.hpp>
#include <proxcvx/objectives/calculus.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <sstream>
#include <vector>

#include "prove/forged.hpp"
#include "prove/functions.hpp"
#include "support/catch2.hpp"
#include "support/counts.hpp"
#include "support/temporary.hpp"

#if !defined(PROXCVX_TESTS_WITHOUT_MPFR)
#include <proxcvx/io/verify_proof.hpp>
#endif

// Claims whose margin is a mean of functions of two numbers: the agnostic neuron over [-1, 1]^8, sums of which a term
// is negative, and false claims, which may never be proved.

namespace pc = proxcvx;
using pc::Verdict;

namespace {

using Data = pc::Dataset<double>;
using Leaky = pc::EmpiricalRisk<pc::Neuron<pc::LeakyReLU>, pc::SquaredLoss>;

template <class Activation, class Loss> auto neuron(const Activation& activation, const Loss& loss, const Data& data) {
  return pc::EmpiricalRisk{pc::Neuron({.inputs = data.dimension()}, activation), loss, data};
}
Leaky leaky(const Data& data, double slope = 0.5) { return neuron(pc::LeakyReLU{slope}, pc::SquaredLoss{}, data); }

/// g = g_factor F + g_offset, h = h_factor F.
template <class Risk> auto multiples(const Risk& risk, double g_factor, double h_factor, double g_offset = 0) {
  return pc::ProxyConvexity{risk, pc::Affine{g_factor, risk, g_offset}, pc::Affine{h_factor, risk}};
}

enum class Labels { noisy, realisable, tight };

/// `samples` Gaussian points of R^4. Labels: Gaussian; those of a neuron of the box; or such that each term is 0 at
/// some w = v of the box, where inputs repeat, one is 0, and one label is that of the kink.
Data points_in_r4(std::uint64_t seed, Labels labels, pc::Index samples = 6) {
  pc::RandomStream stream{pc::Seed{seed}, 0};
  pc::Matrix<double> inputs(4, samples), targets(1, samples);
  for (double& x : inputs.reshaped()) x = stream.normal();
  for (double& y : targets.reshaped()) y = stream.normal();
  if (labels == Labels::tight) {
    inputs.col(1) = inputs.col(0);
    inputs.col(2).setZero();
  }
  if (labels != Labels::noisy) {
    pc::Vector<double> teacher(4);
    for (pc::Index i = 0; i < samples; ++i) {
      if (i == 0 || labels == Labels::tight) {
        for (double& x : teacher) x = stream.uniform(-1, 1);
      }
      const double z = teacher.dot(inputs.col(i));
      targets(0, i) = std::max(0.5 * z, z);
    }
  }
  if (labels == Labels::tight) targets(0, 3) = 0;
  return {inputs, targets};
}

/// One sample x = (2, 0, 0, 0), y = 1. With g = F/2 the claim is true for h = F/(gamma (2 - gamma^2)) = (8/7) F and
/// above only: at w.x = 0, v.x = -3/2 it is an equality.
Data single() { return {pc::Matrix<double>{{2, 0, 0, 0}}.transpose().eval(), pc::Matrix<double>::Constant(1, 1, 1.0)}; }

}  // namespace

TEST_CASE("prove: the agnostic neuron over [-1, 1]^8") {
  const double gamma = 0.5;
  const auto instances = std::uint64_t{tests::long_run() ? 3'000u : 30u};
  for (std::uint64_t seed = 0; seed < instances; ++seed) {
    const auto labels = static_cast<Labels>(seed % 3);
    const auto risk = leaky(points_in_r4(seed, labels));
    for (const auto& [g, h] : {std::pair{gamma / 2, gamma + 1 / (gamma * gamma)},
                               std::pair{gamma, (1 + 1e-9) / (gamma * (2 - gamma * gamma))}}) {
      const auto report = pc::prove(multiples(risk, g, h), proving::cube(4, 1), {.threads = 2});
      INFO("seed " << seed << '\n' << report);
      CHECK(report.verdict() == Verdict::proved_on_box);
      CHECK(report.termwise == 1);
      CHECK(report.rectangles == 6);  // the quadratic form takes each plane at once
      CHECK(report.open_volume == 0);
    }
  }
}

TEST_CASE("prove: a term's rectangle holds all that its two numbers can be") {
  const auto data = points_in_r4(3, Labels::noisy);
  const pc::Box<double> points{pc::Vector<double>{{-1, 0.1, -0.3, 2}}, pc::Vector<double>{{0.7, 0.1, 0.9, 3}}};
  const auto report = pc::prove(multiples(leaky(data), 0.25, 4.5), points, proving::cube(4, 1));
  CHECK(report.verdict() == Verdict::proved_on_box);
  REQUIRE(report.terms.size() == 6);
  for (pc::Index i = 0; i < 6; ++i) {
    pc::FiftyDigits least(0), most(0), length(0);
    for (pc::Index k = 0; k < 4; ++k) {
      const pc::FiftyDigits x(data.inputs()(k, i)), low = x * points.low()[k], high = x * points.high()[k];
      least += low < high ? low : high;
      most += low < high ? high : low;
      length += abs(x);
    }
    const pc::TermProof& term = report.terms[static_cast<std::size_t>(i)];
    CHECK((term.low[0] <= least && least - term.low[0] < 1e-14));
    CHECK((term.high[0] >= most && term.high[0] - most < 1e-14));
    CHECK((term.low[1] <= -length && -length - term.low[1] < 1e-14));
    CHECK((term.high[1] >= length && term.high[1] - length < 1e-14));
  }
}

TEST_CASE("prove: just below the sharp constant nothing is proved term by term") {
  const auto risk = leaky(single());
  const pc::Vector<double> w = pc::Vector<double>::Zero(4), v{{-0.75, 0, 0, 0}};
  const double below = 0x1.2492492492492p+0;  // the double below 8/7: false by 1e-16
  for (const double h : {below, below * (1 - 1e-12), 1.142, 1.1, 0.5}) {
    const auto property = multiples(risk, 0.5, h);
    CHECK(property.cast<pc::FiftyDigits>().margin(w.cast<pc::FiftyDigits>(), v.cast<pc::FiftyDigits>()).value < 0);
    const auto report = pc::prove(property, proving::cube(4, 1), {.boxes = 2'000});
    INFO(report);
    CHECK(report.verdict() != Verdict::proved_on_box);
    CHECK(report.rectangles > 1);
  }
  CHECK(pc::prove(multiples(risk, 0.5, 8.0 / 7 + 1e-14), proving::cube(4, 1)).rectangles == 1);
  // an offset that the claim can't pay
  CHECK(pc::prove(multiples(risk, 0.5, 4.5, -1e-300), proving::cube(4, 1)).verdict() == Verdict::proved_on_box);
  CHECK(pc::prove(multiples(risk, 0.5, 4.5, 1e-300), proving::cube(4, 1), {.boxes = 2'000}).verdict() !=
        Verdict::proved_on_box);
}

TEST_CASE("prove: a claim that random pairs break is never proved") {
  int broken = 0;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const auto risk = leaky(points_in_r4(100 + seed, static_cast<Labels>(seed % 3)));
    for (const auto& [g, h] :
         {std::pair{0.5, 0.9}, std::pair{0.5, 0.5}, std::pair{1.0, 1.0}, std::pair{1.9, 4.0}, std::pair{2.1, 2.0}}) {
      const auto property = multiples(risk, g, h);
      pc::RandomStream stream{pc::Seed{seed}, 1};
      bool violated = false;
      for (int pair = 0; pair < 20'000 && !violated; ++pair) {
        pc::Vector<double> w(4), v(4);
        for (double& x : w) x = stream.uniform(-1, 1);
        for (double& x : v) x = stream.uniform(-1, 1);
        const auto margin = property.margin(w, v);
        violated = margin.value < -margin.error;
      }
      if (!violated) continue;
      ++broken;
      const auto report = pc::prove(property, proving::cube(4, 1), {.boxes = 1'000, .rectangles = 500});
      INFO(report);
      CHECK(report.verdict() != Verdict::proved_on_box);
    }
  }
  CHECK(broken >= 20);
}

TEST_CASE("prove: terms below 0 that others make up for, or do not") {
  // x_1 = (8, 0) and x_2 = (0, 1): the two terms depend on numbers of their own, so that the least margin is the mean
  // of the least terms. With g = F/2, h = F the first is -y_1^2/4 at w.x_1 = 0, v.x_1 = -2 y_1; the second, where y_2 =
  // 3, is 19/24 at 1/3 and -1.
  const double least = 19.0 / 24;
  for (const double share : {0.5, 0.9, 0.99, 1.01, 1.1, 1.5}) {
    const double y = 2 * std::sqrt(share * least);
    const auto claim = multiples(leaky({pc::Matrix<double>{{8, 0}, {0, 1}}, pc::Matrix<double>{{y, 3}}}), 0.5, 1);
    const auto at_least = claim.margin(pc::Vector<double>{{0, 1.0 / 3}}, pc::Vector<double>{{-y / 4, -1}});
    CHECK(std::abs(at_least.value - least * (1 - share) / 2) < 1e-12);
    const auto report = pc::prove(claim, proving::cube(2, 1), {.boxes = 20'000});
    INFO(share << '\n' << report);
    CHECK((report.verdict() == Verdict::proved_on_box) == (share < 1));
    CHECK((report.termwise == 1) == (share < 1));
    if (share > 1) continue;
    REQUIRE(report.terms.size() == 2);
    CHECK((report.terms[0].bound <= -least * share && report.terms[0].bound > -least));
    CHECK(report.terms[1].bound <= least * (1 + 1e-12));
    CHECK(report.terms[0].bound + report.terms[1].bound >= 0);
  }
}

namespace {

/// Inherits the residual, and is not half its square.
struct Steeper : pc::SquaredLoss {
  template <class Outputs, class Targets> auto total(const Outputs& outputs, const Targets& targets) const {
    return typename Outputs::Scalar(3) * pc::SquaredLoss::total(outputs, targets);
  }
};
static_assert(pc::detail::HalfSquaredLoss<pc::SquaredLoss, double> && !pc::detail::HalfSquaredLoss<Steeper, double>);

/// A formula that compares and jumps: where a rectangle leaves the comparison open, nothing is known.
struct Jump : pc::Identity {
  template <class S> [[nodiscard]] S value(const S& z) const { return z >= S(0) ? S(z + S(1)) : S(S(0.5) * z); }
  template <class S> [[nodiscard]] S derivative(const S& z) const { return z >= S(0) ? S(1) : S(0.5); }
  template <class Other> [[nodiscard]] Jump cast() const { return {}; }
};

/// In 50 digits: how far the mean of the terms is from the margin, at a random pair.
template <class Exact> double mean_less_margin(const Exact& property, pc::RandomStream& stream) {
  pc::Vector<pc::FiftyDigits> w(property.dimension()), v(property.dimension());
  for (pc::FiftyDigits& x : w) x = stream.normal();
  for (pc::FiftyDigits& x : v) x = stream.normal();
  pc::FiftyDigits sum(0);
  for (pc::Index i = 0; i < property.ridge_terms(); ++i) {
    const pc::Vector<pc::FiftyDigits> a = property.ridge_direction(i);
    sum += property.ridge_margin(i, a.dot(w), a.dot(v));
  }
  return static_cast<double>(abs(sum / static_cast<double>(property.ridge_terms()) - property.margin_value(w, v)));
}

/// Rectangles of all sizes: no lower bound may be above a value, in 50 digits. Returns how many were by residuals.
template <class Property> int bounds_below_values(const Property& property, double reach, std::uint64_t seed) {
  const pc::detail::RidgeTerms<pc::Interval, Property> terms(property);
  const auto exact = property.template cast<pc::FiftyDigits>();
  REQUIRE(property.has_ridge_margin());
  int by_residuals = 0, failures = 0, finite = 0;
  const int repeats = tests::long_run() ? 20'000 : 200;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    pc::RandomStream stream{pc::Seed{seed}, static_cast<std::uint64_t>(repeat)};
    if (repeat < 5) CHECK(mean_less_margin(exact, stream) < 1e-40);
    const pc::Index i = stream.below(property.ridge_terms());
    const double size = reach * std::exp2(stream.uniform(-12, 0));
    // about the diagonal, and about the kink, as often as anywhere
    const double s = stream.below(3) == 0 ? 0 : stream.uniform(-reach, reach);
    const double t = stream.below(3) == 0 ? s : stream.uniform(-reach, reach);
    const pc::Vector<double> low{{s - size * stream.uniform(0, 1), t - size * stream.uniform(0, 1)}};
    const pc::Vector<double> high{{s + size * stream.uniform(0, 1), t + size * stream.uniform(0, 1)}};
    const pc::detail::TermLook look = terms.look(i, low, high);
    by_residuals += look.test == pc::LeafTest::residuals;
    finite += std::isfinite(look.lower);
    for (int point = 0; point < 8; ++point) {
      double at[2];
      for (pc::Index k = 0; k < 2; ++k) {
        const double ends[] = {low[k], high[k], std::clamp(0.0, low[k], high[k]), stream.uniform(low[k], high[k])};
        at[k] = ends[stream.below(4)];
      }
      const pc::FiftyDigits value = exact.ridge_margin(i, pc::FiftyDigits(at[0]), pc::FiftyDigits(at[1]));
      failures += value < look.lower;
      if (failures == 1) UNSCOPED_INFO(i << ": " << low << ", " << high << " at " << at[0] << ", " << at[1]);
    }
  }
  CHECK(failures == 0);
  CHECK(finite > repeats / 2);
  return by_residuals;
}

}  // namespace

TEST_CASE("bounds of terms are below the terms") {
  const auto data = points_in_r4(5, Labels::tight);
  pc::Matrix<double> signs = data.targets();
  for (double& y : signs.reshaped()) y = y < 0.5 ? -1 : 1;
  const Data labelled(data.inputs(), signs);
  constexpr int some = 5;
  for (const auto& [g, h] : {std::pair{0.25, 4.5}, std::pair{0.5, 8.0 / 7}, std::pair{0.5, 0.9}, std::pair{1.0, 1.0},
                             std::pair{-1.0, 0.6}, std::pair{2.0, 9.0}, std::pair{0.1, -0.5}}) {
    INFO("g = " << g << " F, h = " << h << " F");
    const int leaky_ones = bounds_below_values(multiples(leaky(data), g, h, 0.01), 3, 1);
    const int smooth =
        bounds_below_values(multiples(neuron(pc::SmoothLeakyReLU{0.5, 2}, pc::SquaredLoss{}, data), g, h), 3, 2);
    const int bounded = bounds_below_values(multiples(neuron(pc::Tanh{}, pc::SquaredLoss{}, data), g, h), 2, 3);
    CAPTURE(leaky_ones, smooth, bounded);
    if (h > 0.9 && g < 1) CHECK((leaky_ones > some && smooth > some && bounded > some));
    if (h < 0) CHECK(leaky_ones + smooth + bounded == 0);
    CHECK(bounds_below_values(multiples(neuron(pc::LeakyReLU{0.5}, pc::LogisticLoss{}, labelled), g, h), 3, 4) == 0);
  }
  // a slope that may be 0, or changes its sign
  CHECK(bounds_below_values(multiples(leaky(data, 0), 0.25, 4.5), 3, 5) >= 0);
  CHECK(bounds_below_values(multiples(neuron(Jump{}, pc::SquaredLoss{}, data), 0.25, 4.5), 4, 7) > 0);
  CHECK(bounds_below_values(multiples(neuron(pc::Swish{}, pc::SquaredLoss{}, data), 0.25, 4.5), 4, 6) > 0);
}

TEST_CASE("rounding makes no quadratic form semidefinite") {
  // 2u (rho - q/2) >= rho^2 at rho = 1/gamma fails for the doubles below u = 1/(gamma (2 - q gamma)), by some 1e-16
  const pc::LeafTest residuals = pc::LeafTest::residuals;
  const pc::Vector<double> low{{-1, -1}}, high{{1, 1}};
  pc::RandomStream stream{pc::Seed{17}, 0};
  const int repeats = tests::long_run() ? 20'000 : 1'000;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    const double gamma = stream.uniform(0.05, 1), q = stream.uniform(0, gamma);
    const pc::FiftyDigits sharp = 1 / (gamma * (2 - pc::FiftyDigits(q) * gamma));
    auto below = static_cast<double>(sharp);
    while (pc::FiftyDigits(below) >= sharp) below = std::nextafter(below, 0.0);
    const auto risk = leaky(single(), gamma);
    const auto lower = [&](double u) {
      const auto property = multiples(risk, q, u);
      return pc::detail::RidgeTerms<pc::Interval, decltype(property)>(property).lower(0, residuals, low, high);
    };
    INFO(gamma << ", " << q << ", " << below);
    CHECK(lower(below) == -pc::detail::infinite);
    CHECK(lower(below * (1 + 1e-12)) == 0);
  }
}

TEST_CASE("prove: what is no mean of functions of two numbers is not proved as one") {
  const auto data = points_in_r4(8, Labels::noisy);
  const auto risk = leaky(data);
  const auto exact = [](const auto& property) { return pc::prove(property, proving::cube(4, 1), {.boxes = 1'000}); };
  // the same risk by another object, and its multiples of multiples
  const auto again = leaky(data);
  CHECK(exact(pc::ProxyConvexity{risk, pc::Affine{0.25, again}, pc::Affine{4.5, again}}).rectangles > 6);
  const pc::ProxyConvexity nested{risk, pc::Affine{0.5, pc::Affine{0.5, risk, 2}, -1}, 3.0 * (1.5 * risk)};
  const auto forms = nested.residual_forms<pc::Interval>();
  REQUIRE((nested.has_ridge_margin() && forms));
  CHECK(
      (contains(forms->first.factor, 0.25) && contains(forms->first.offset, 0) && width(forms->first.offset) < 1e-15));
  CHECK((contains(forms->second.factor, 4.5) && forms->second.offset == pc::Interval(0)));
  CHECK(bounds_below_values(nested, 3, 8) > 0);
  // g of other targets: a mean of such functions, but not of one residual; false at w = v where F is small
  const auto other = leaky({data.inputs(), (data.targets().array() + 3).matrix()});
  const pc::ProxyConvexity targets{risk, pc::Affine{0.25, other}, pc::Affine{4.5, risk}};
  CHECK(targets.has_ridge_margin());
  CHECK(!targets.residual_forms<pc::Interval>());
  CHECK(exact(targets).verdict() != Verdict::proved_on_box);
  // other inputs, one sample fewer
  const auto moved = leaky(points_in_r4(9, Labels::noisy)), fewer = leaky(points_in_r4(8, Labels::noisy, 5));
  for (const auto& g : {moved, fewer}) {
    const pc::ProxyConvexity in_g{risk, pc::Affine{0.25, g}, pc::Affine{4.5, risk}};
    const pc::ProxyConvexity in_h{risk, pc::Affine{0.25, risk}, pc::Affine{4.5, g}};
    CHECK((!in_g.has_ridge_margin() && !in_h.has_ridge_margin()));
    const auto report = exact(in_g);
    CHECK((report.rectangles == 0 && report.termwise == 0));
    CHECK(exact(in_h).termwise == 0);
  }
  // a comparison that no rectangle about it decides
  const auto jumps = exact(multiples(neuron(Jump{}, pc::SquaredLoss{}, data), 0.25, 4.5));
  CHECK((jumps.rectangles > 6 && jumps.termwise == 0 && jumps.verdict() != Verdict::proved_on_box));
  // numbers that overflow
  const auto huge = leaky({data.inputs() * 1e306, data.targets()});
  const auto report = pc::prove(multiples(huge, 0.25, 4.5), proving::cube(4, 1e6), {.boxes = 1'000});
  CHECK((report.termwise == 0 && report.verdict() != Verdict::proved_on_box));
}

TEST_CASE("prove: term by term as settings and reports have it") {
  const auto risk = leaky(points_in_r4(1, Labels::noisy));
  const auto property = multiples(risk, 0.25, 4.5);
  std::ostringstream printed;
  printed << pc::prove(property, proving::cube(4, 1));
  CHECK_THAT(printed.str(), Catch::Matchers::ContainsSubstring("term by term: 6 functions of two numbers"));
  CHECK_THAT(printed.str(), Catch::Matchers::ContainsSubstring("6 rectangles"));
  CHECK(pc::prove(property, proving::cube(4, 1), {.keep_proof = false}).terms.front().tree.empty());
  const auto by_boxes = pc::prove(property, proving::cube(4, 1), {.boxes = 1'000, .rectangles = 0});
  CHECK((by_boxes.rectangles == 0 && by_boxes.boxes == 1'000 && by_boxes.verdict() == Verdict::inconclusive));
  CHECK_THROWS_AS(pc::prove(property, proving::cube(4, 1), {.rectangles = -1}), std::invalid_argument);
  // slices are proved by boxes
  const pc::Vector<double> from = pc::Vector<double>::Constant(8, -0.5), to = pc::Vector<double>::LinSpaced(8, 0, 1);
  CHECK(pc::prove(property, pc::Slice::line(from, to)).termwise == 0);
  // by mean-value forms, where no residual helps
  pc::Matrix<double> signs = risk.data().targets();
  for (double& y : signs.reshaped()) y = y < 0 ? -1 : 1;
  const auto logistic = neuron(pc::LeakyReLU{0.5}, pc::LogisticLoss{}, Data(risk.data().inputs(), signs));
  const auto report = pc::prove(multiples(logistic, 0.5, 2.5), proving::cube(4, 1), {.boxes = 1'000});
  INFO(report);
  CHECK(report.termwise == 1);
  CHECK(report.rectangles > 6);
}

TEST_CASE("a proof term by term as a file says what was proved, and no byte of it may change") {
  const tests::TemporaryFolder folder;
  const auto property = multiples(leaky(points_in_r4(1, Labels::noisy, 2)), 0.5, 1.14);
  const auto report = pc::prove(property, proving::cube(4, 1));
  INFO(report);
  REQUIRE(report.termwise == 1);
  pc::write_proof(folder.path() / "proof", report);
  const pc::Proof proof = pc::read_proof(folder.path() / "proof");
  CHECK((proof.pairs && proof.nodes.empty() && proof.pieces.empty()));
  CHECK(proof.low == pc::Vector<double>::Constant(8, -1.0));
  REQUIRE(proof.terms.size() == 2);
  std::int64_t nodes = 0;
  for (std::size_t k = 0; k < 2; ++k) {
    CHECK(proof.terms[k].low == report.terms[k].low);
    CHECK(proof.terms[k].high == report.terms[k].high);
    nodes += static_cast<std::int64_t>(proof.terms[k].nodes.size());
  }
  CHECK(nodes == report.rectangles);
  const std::string text = tests::content_of(folder.path() / "proof");
  const std::size_t step = tests::long_run() ? 1 : 7;
  for (std::size_t at = 0; at < text.size(); at += step) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    CHECK_THROWS_AS(pc::parse_proof(changed, "changed"), std::invalid_argument);
    CHECK_THROWS_AS(pc::parse_proof(text.substr(0, at), "changed"), std::invalid_argument);
  }
  for (const auto& [part, by] :
       {std::pair{"terms 2", "terms 3"}, std::pair{"terms 2", "terms 1"}, std::pair{"terms 2", "terms 0"},
        std::pair{"pairs 1", "pairs 0"}, std::pair{"term -", "term 0x1p+0 -"}, std::pair{"term -", "term Infinity -"},
        std::pair{" r", " s"}, std::pair{" r", " 2"}}) {
    INFO(part << " -> " << by);
    CHECK_THROWS_AS(pc::parse_proof(proving::forged(text, part, by), "forged"), std::invalid_argument);
  }
  const auto bare = pc::prove(property, proving::cube(4, 1), {.keep_proof = false});
  CHECK_THROWS_AS(pc::write_proof(folder.path() / "bare", bare), std::invalid_argument);
  auto half = report;  // a leaf of the box that says more than it holds
  half.terms.clear();
  CHECK_THROWS_AS(pc::write_proof(folder.path() / "half", half), std::invalid_argument);
}

#if !defined(PROXCVX_TESTS_WITHOUT_MPFR)

TEST_CASE("a proof term by term passes the second arithmetic, and what was made of it does not") {
  const tests::TemporaryFolder folder;
  const auto file = folder.path() / "proof";
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const auto risk = leaky(points_in_r4(seed, static_cast<Labels>(seed % 3)));
    const auto property = multiples(risk, 0.25, 4.5);
    pc::write_proof(file, pc::prove(property, proving::cube(4, 1)));
    const pc::ProofCheck check = pc::verify_proof(property, proving::cube(4, 1), file);
    INFO(check);
    CHECK(check.verified());
    CHECK((check.leaves == 6 && check.terms == 6));
    CHECK(pc::verify_proof(property, proving::cube(4, 0.5), file).difference == "on another box");
    CHECK(!pc::verify_proof(multiples(risk, 0.25, 4), file).difference.empty());
    // the same words about other data, whose numbers reach farther, or are more
    const auto wider = leaky({1.001 * risk.data().inputs(), risk.data().targets()});
    CHECK(pc::verify_proof(multiples(wider, 0.25, 4.5), file).covers == false);
    CHECK(pc::verify_proof(multiples(leaky(points_in_r4(seed, Labels::noisy, 7)), 0.25, 4.5), file).covers == false);
  }
  // a term below 0 and one above; mean values and residuals
  const auto sum = [](double y) {
    return multiples(leaky({pc::Matrix<double>{{8, 0}, {0, 1}}, pc::Matrix<double>{{y, 3}}}), 0.5, 1);
  };
  const auto property = sum(1.6);
  const auto report = pc::prove(property, proving::cube(2, 1));
  pc::write_proof(file, report);
  const pc::ProofCheck check = pc::verify_proof(property, file);
  INFO(check);
  CHECK(check.verified());
  CHECK(check.leaves == (report.rectangles + 2) / 2);
  CHECK(pc::verify_proof(sum(1.8), file).refused > 0);  // 0.81 against 19/24
  CHECK(pc::verify_proof(multiples(property.objective(), 0.5, 0.9), file).difference.find("states") !=
        std::string::npos);

  const pc::Proof proof = pc::read_proof(file);
  const auto altered = [&](const auto& change) {
    pc::Proof other = proof;
    change(other);
    return pc::verify_proof(property, other);
  };
  CHECK(altered([](pc::Proof&) {}).verified());
  CHECK(!altered([](pc::Proof& p) { p.terms.pop_back(); }).covers);
  CHECK(!altered([](pc::Proof& p) { p.terms.push_back(p.terms.back()); }).covers);
  CHECK(!altered([](pc::Proof& p) { p.terms[0] = p.terms[1]; }).verified());
  CHECK(!altered([](pc::Proof& p) { p.terms[0].nodes.pop_back(); }).covers);
  CHECK(!altered([](pc::Proof& p) { p.terms[0].nodes.emplace_back(-1, pc::LeafTest::mean_value); }).covers);
  CHECK(!altered([](pc::Proof& p) { p.nodes.assign(1, {-1, pc::LeafTest::mean_value}); }).verified());
  for (const pc::LeafTest test : {pc::LeafTest::mean_value, pc::LeafTest::residuals, pc::LeafTest::second_order,
                                  pc::LeafTest::termwise, pc::LeafTest::none}) {
    CHECK(altered([&](pc::Proof& p) { p.terms[0].nodes.assign(1, {-1, test}); }).refused > 0);
  }
  for (const pc::Index k : {0, 1}) {  // a rectangle that leaves something out
    CHECK(!altered([&](pc::Proof& p) { p.terms[1].low[k] = -1 + 0x1p-52; }).covers);
    CHECK(!altered([&](pc::Proof& p) { p.terms[1].high[k] = 1 - 0x1p-52; }).covers);
  }
  CHECK(!altered([](pc::Proof& p) { p.low[0] = -1.5; }).covers);
  CHECK(!altered([](pc::Proof& p) { p.high[3] = 1.5; }).covers);
  // what has no terms
  const auto bowl = pc::convexity(proving::Function<>(proving::Kind::bowl, 0.3));
  pc::Proof other = proof;
  other.statement = bowl.statement();
  CHECK(!pc::verify_proof(bowl, other).covers);
}

#endif
