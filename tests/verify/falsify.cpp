// SPDX-License-Identifier: MIT
#include <atomic>
#include <memory>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/properties/gradient_growth.hpp>
#include <proxcvx/properties/special_cases.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/falsify.hpp>
#include <sstream>
#include <stdexcept>
#include <type_traits>

#include "support/catch2.hpp"
#include "verify/models.hpp"

namespace pc = proxcvx;
using models::Bowl;

namespace {

std::string printed(const pc::FalsifyReport& report) {
  std::ostringstream out;
  out.precision(17);
  out << report << report.first_violation_cost << ' ' << report.smallest.value << ' ' << report.smallest.evaluation;
  if (report.witness) out << ' ' << report.witness->w.transpose() << ' ' << report.witness->v.transpose();
  return out.str();
}

/// (1/2)||w||^2, which counts its evaluations and keeps where they were; it knows no other scalar.
struct Watched {
  using Scalar = double;
  std::shared_ptr<std::atomic<pc::Index>> count = std::make_shared<std::atomic<pc::Index>>(0);
  double from = 2;  ///< not a number where w[0] is beyond

  [[nodiscard]] pc::Index dimension() const { return 2; }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const { return w.squaredNorm() / 2; }
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    ++*count;
    out = w;
    if (w[0] > from) out[0] = std::nan("");
    return value(w);
  }
};

const pc::SquarePlusSine<> karimi;
const pc::Ball karimi_region{karimi.minimizer(), 10.0};
const pc::Ball<double> disc{pc::Vector<double>::Zero(2), 1.0};

}  // namespace

TEST_CASE("Karimi's function: 1.0004 times the sharp modulus is violated, the sharp one never") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto false_claim =
        pc::falsify(pc::polyak_lojasiewicz(karimi, 0, 0.1756), karimi_region, {.seed = pc::Seed{seed}});
    INFO(false_claim);
    CHECK(false_claim.verdict() == pc::Verdict::violated);
    REQUIRE(false_claim.witness);
    CHECK(false_claim.witness->scalar == "50 digits");
    CHECK(std::abs(false_claim.witness->w[0]) == Approx(2.2017).epsilon(0.02));
    const auto true_claim =
        pc::falsify(pc::polyak_lojasiewicz(karimi, 0, 0.17553), karimi_region, {.seed = pc::Seed{seed}});
    INFO(true_claim);
    CHECK(true_claim.candidates.violated == 0);
    CHECK(true_claim.verdict() == pc::Verdict::no_violation_found);
  }
}

TEST_CASE("a search gets as low as the infimum of the scale-free margin") {
  // (f'^2/2 - m f)/(f'^2/2 + m f) is monotone in f'^2/(2f), whose infimum is the sharp modulus s: (s - m)/(s + m),
  // except at 0, where all is 0.
  const double m = 0.17;
  const double s = karimi.pl_modulus();
  const auto report =
      pc::falsify(pc::polyak_lojasiewicz(karimi, 0, m), pc::Ball{pc::Vector<double>::Constant(1, 3.0), 2.0});
  CHECK(report.smallest.scale_free == Approx((s - m) / (s + m)).epsilon(1e-6));
  CHECK(report.verdict() == pc::Verdict::no_violation_found);
}

TEST_CASE("x^4 has no PL inequality of exponent 2 about its minimum") {
  const pc::Quartic<> f;
  const auto report = pc::falsify(pc::polyak_lojasiewicz(f, 0, 1e-3), pc::Ball{f.minimizer(), 1.0});
  CHECK(report.verdict() == pc::Verdict::violated);
  REQUIRE(report.witness);
  CHECK(std::abs(report.witness->w[0]) < std::sqrt(4e-3 / 32));
}

TEST_CASE("a quadratic's sharp modulus is not violated, and 1.001 times it is, in float and double") {
  const auto tried = [](auto scalar) {
    using S = decltype(scalar);
    const pc::Vector<S> eigenvalues{{S(0.25), S(1), S(3), S(8)}};
    const pc::Quadratic<S> f{pc::Matrix<S>(eigenvalues.asDiagonal())};
    const pc::Ball<S> region{f.center(), 2.0};
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const auto sharp = pc::falsify(pc::polyak_lojasiewicz(f, 0, 0.25), region, {.seed = pc::Seed{seed}});
      INFO(sharp);
      CHECK(sharp.candidates.violated == 0);
      CHECK(sharp.verdict() != pc::Verdict::violated);
      const auto beyond = pc::falsify(pc::polyak_lojasiewicz(f, 0, 0.25 * 1.001), region, {.seed = pc::Seed{seed}});
      INFO(beyond);
      CHECK(beyond.verdict() == pc::Verdict::violated);
    }
  };
  tried(double{});
  tried(float{});
}

TEST_CASE("pairs: x^2 + 3 sin^2 x is not convex, a bowl is") {
  const auto report = pc::falsify(pc::convexity(karimi), karimi_region);
  REQUIRE(report.witness);
  CHECK(report.verdict() == pc::Verdict::violated);
  const double w = report.witness->w[0];
  const double v = report.witness->v[0];
  const auto f = [](double x) { return x * x + 3 * std::sin(x) * std::sin(x); };
  CHECK((2 * w + 3 * std::sin(2 * w)) * (w - v) - f(w) + f(v) == Approx(report.witness->margin).epsilon(1e-9));
  CHECK(report.witness->margin < 0);

  const Bowl<double> bowl{2};
  const auto true_claim = pc::falsify(pc::convexity(bowl), disc);
  INFO(true_claim);
  CHECK(true_claim.candidates.violated == 0);
  CHECK(true_claim.verdict() != pc::Verdict::violated);
}

TEST_CASE("pairs are searched in the two regions") {
  const pc::Ball<double> points{pc::Vector<double>::Constant(1, 3.0), 0.5};
  const pc::Ball<double> references{pc::Vector<double>::Constant(1, -1.0), 0.25};
  const auto report = pc::falsify(pc::ProxyConvexity{karimi, pc::Affine{4.0, karimi, 0.0}, karimi}, points, references,
                                  pc::FalsifySettings{});
  REQUIRE(report.witness);
  CHECK(points.contains(report.witness->w));
  CHECK(references.contains(report.witness->v));
}

TEST_CASE("the report is a function of the seed, not of the number of threads") {
  const auto property = pc::convexity(karimi);
  const auto one = pc::falsify(property, karimi_region, {.seed = pc::Seed{3}, .threads = 1});
  for (const int threads : {1, 2, 5}) {
    CHECK(printed(pc::falsify(property, karimi_region, {.seed = pc::Seed{3}, .threads = threads})) == printed(one));
  }
  CHECK(printed(pc::falsify(property, karimi_region, {.seed = pc::Seed{4}})) != printed(one));
}

TEST_CASE("the evaluations reported are those that were made, and no more than allowed") {
  for (const pc::Index evaluations : {160, 1001, 3000}) {
    const Watched f;
    const pc::ProxyPL property{f, f, {.alpha = 2, .mu = 3.9, .xi = 0}};
    const auto report = pc::falsify(property, disc, {.evaluations = evaluations});
    const auto& found = report.candidates;
    CHECK(report.evaluations == evaluations);
    CHECK(found.satisfied + found.violated + found.undecided + found.non_finite == evaluations);
    CHECK(found.violated == 0);
    CHECK(*f.count == evaluations);
  }
}

TEST_CASE("the caller's points are looked at, each of them") {
  // The claim fails in a needle about (0.3, 0.4) alone, where the caller points at.
  const Bowl<double> f{2};
  const auto needle = [](pc::ConstVectorRef<double> w) {
    return (w - pc::Vector<double>{{0.3, 0.4}}).norm() < 1e-9 ? 10.0 : 0.0;
  };
  const pc::ProxyPL property{f, needle, {.alpha = 2, .mu = 1, .xi = 1e-9}};
  const pc::FalsifySettings settings{.starts = 4, .evaluations = 80};
  CHECK(pc::falsify(property, disc, settings).verdict() == pc::Verdict::no_violation_found);
  pc::Matrix<double> starts = pc::Matrix<double>::Random(2, 60) / 2;
  for (const pc::Index at : {0, 31, 59}) {
    pc::Matrix<double> given = starts;
    given.col(at) << 0.3, 0.4;
    const auto report = pc::falsify(property, disc, settings, given);
    CHECK(report.given == 60);
    CHECK(report.evaluations == 80);
    CHECK(report.candidates.violated > 0);
  }
}

TEST_CASE("a violation that does not stand and NaN are inconclusive, never a pass") {
  const Watched f{.from = 0.5};
  const auto report = pc::falsify(pc::ProxyPL{f, f, {.alpha = 2, .mu = 1, .xi = 0}}, disc);
  CHECK(report.candidates.non_finite > 0);
  CHECK(report.ended_satisfied > 0);
  CHECK(report.verdict() == pc::Verdict::inconclusive);
  const Watched nowhere{.from = -2};
  const auto nothing = pc::falsify(pc::ProxyPL{nowhere, nowhere, {.alpha = 2, .mu = 1, .xi = 0}}, disc);
  CHECK(nothing.candidates.non_finite == nothing.evaluations);
  CHECK_FALSE(nothing.smallest.found());
  CHECK(nothing.verdict() == pc::Verdict::inconclusive);

  pc::FalsifyReport fallen = pc::falsify(pc::polyak_lojasiewicz(karimi, 0, 0.1), karimi_region);
  CHECK(fallen.verdict() == pc::Verdict::no_violation_found);
  fallen.witness = pc::Witness{};
  CHECK(fallen.verdict() == pc::Verdict::inconclusive);
  fallen.witness->stands = true;
  CHECK(fallen.verdict() == pc::Verdict::violated);
}

TEST_CASE("equality everywhere is inconclusive, and a claim that says nothing is called vacuous") {
  const pc::Quadratic<double> f{pc::Matrix<double>{pc::Matrix<double>::Identity(2, 2)}};
  const auto equal = pc::falsify(pc::polyak_lojasiewicz(f, 0, 1), disc);
  CHECK(equal.verdict() == pc::Verdict::inconclusive);
  CHECK(equal.candidates.violated == 0);
  const auto nothing = pc::falsify(pc::polyak_lojasiewicz(f, 5, 1), disc);
  CHECK(nothing.vacuous());
}

TEST_CASE("senseless arguments throw") {
  const auto property = pc::convexity(karimi);
  const auto throws = [&](const pc::FalsifySettings& settings, const pc::Matrix<double>& starts = {}) {
    CHECK_THROWS_AS(pc::falsify(property, karimi_region, settings, starts), std::invalid_argument);
  };
  throws({.starts = 0});
  throws({.starts = 20, .evaluations = 159});
  throws({.threads = -1});
  throws({}, pc::Matrix<double>::Zero(3, 1));
  throws({}, pc::Matrix<double>::Constant(1, 1, std::nan("")));
  throws({.starts = 1, .evaluations = 8}, pc::Matrix<double>::Zero(2, 9));
  CHECK_THROWS_AS(pc::falsify(property, disc), std::invalid_argument);
}

namespace {

/// x^2 - y^2, whose gradients and Hessian-vector products are counted.
struct CountingSaddle : pc::Saddle<double> {
  std::atomic<pc::Index>* gradients = nullptr;
  std::atomic<pc::Index>* products = nullptr;
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    ++*gradients;
    return pc::Saddle<double>::gradient(w, out);
  }
  pc::BoundedGradient<double> bounded_gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    ++*gradients;
    return pc::Saddle<double>::bounded_gradient(w, out);
  }
  void hessian_vector(pc::ConstVectorRef<double> w, pc::ConstVectorRef<double> direction,
                      pc::VectorRef<double> out) const {
    ++*products;
    pc::Saddle<double>::hessian_vector(w, direction, out);
  }
};

}  // namespace

TEST_CASE("a gradient of the margin is paid for: f, g and h each a gradient, a Hessian-vector product three") {
  std::atomic<pc::Index> gradients{0};
  std::atomic<pc::Index> products{0};
  CountingSaddle counting;
  counting.gradients = &gradients;
  counting.products = &products;
  const pc::Ball<double> wide_disc(pc::Vector<double>::Zero(2), 2.0);
  // What is spent on shrinking the witness is counted for itself.
  const auto shrinking = [](const pc::FalsifyReport& report) { return report.shrunk.evaluations; };
  const auto is_paid = [&](const auto& property) {
    static_assert(pc::HasMarginGradient<std::remove_cvref_t<decltype(property)>>);
    for (const pc::Index evaluations : {56, 160, 1003, 3000}) {
      gradients = 0;
      products = 0;
      const auto report = pc::falsify(property, wide_disc, {.starts = 7, .evaluations = evaluations});
      CHECK(report.gradients);
      CHECK((products.load() > 0 || evaluations < 160));
      CHECK(gradients.load() + 3 * products.load() == report.evaluations + shrinking(report));
      CHECK(report.evaluations == evaluations);
    }
  };
  is_paid(pc::ProxyConvexity{counting, counting, counting});
  is_paid(pc::ProxyPL{counting, counting, {.alpha = 2, .mu = 4, .xi = 0}});
  is_paid(pc::GradientGrowth{counting, counting, {.A = 8, .B = 4, .noise = pc::Noise::full_batch}});
}
