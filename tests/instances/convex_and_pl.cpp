// SPDX-License-Identifier: MIT
#include <proxcvx/instances/convex_risk.hpp>
#include <proxcvx/instances/polyak_lojasiewicz.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/optimize/recorders.hpp>
#include <proxcvx/properties/gradient_growth.hpp>

#include "instances/random_problems.hpp"

// Theory 4.1 and 4.2: what is convex, and what is PL without being convex.

namespace pc = proxcvx;

namespace {

template <class Risk> void convex_instances(std::uint64_t seed, bool signs) {
  problems::on_random_data(seed, signs, [&](pc::RandomStream& stream, const auto& data, pc::Index points) {
    const pc::ConvexRisk instance{Risk(data)};
    const auto property = instance.property();
    const pc::GradientGrowth single{instance.objective(), instance.objective(),
                                    instance.growth(pc::Noise::single_example)};
    const pc::GradientGrowth full{instance.objective(), instance.objective(), instance.growth(pc::Noise::full_batch)};
    for (pc::Index i = 0; i < points; ++i) {
      const auto w = problems::vector(stream, data.dimension());
      const auto v = stream.below(6) == 0 ? w : problems::vector(stream, data.dimension());
      problems::has_no_violation(property, w, v);
      problems::has_no_violation(single, w);
      problems::has_no_violation(full, w);
    }
  });
}

}  // namespace

TEST_CASE("4.1: least squares is convex, with its growth, on any data") {
  convex_instances<pc::LeastSquares<>>(411, false);
}

TEST_CASE("4.1: logistic regression is convex, with its growth, on any data") {
  convex_instances<pc::LogisticRegression<>>(412, true);
}

TEST_CASE("4.1: descent on a convex risk stays under its guarantee at every T") {
  pc::RandomStream stream{pc::Seed{413}};
  const auto data = problems::dataset(stream, false);
  const pc::LeastSquares<> f(data);
  const pc::ConvexRisk instance{f};
  const auto w0 = problems::vector(stream, data.dimension(), 1);
  const auto guarantee = instance.guarantee(w0, {f.minimizer(), w0}, {.iterations = 100});
  pc::ProxyRecorder recorder{f};
  (void)pc::GD(guarantee.step_size(), {.iterations = 100}).minimize(f, w0, recorder);
  double sum = 0;
  for (pc::Index t = 1; t <= 100; ++t) {
    sum += recorder.values()[static_cast<std::size_t>(t - 1)];
    CHECK(sum / static_cast<double>(t) <= guarantee.bound(t) * (1 + 1e-12));
  }
  CHECK_THROWS_AS(instance.guarantee(w0, {}, {.iterations = 100}), std::invalid_argument);
}

TEST_CASE("4.2: least squares of any rank is PL with the smallest non-zero eigenvalue") {
  problems::on_random_data(421, false, [&](pc::RandomStream& stream, const auto& data, pc::Index points) {
    const pc::LeastSquares<> f(data);
    if (!(f.pl_modulus() > 0)) return;
    const pc::PolyakLojasiewicz instance{f};
    const auto property = instance.property();
    for (pc::Index i = 0; i < points; ++i) {
      problems::has_no_violation(property, problems::vector(stream, data.dimension()));
    }
  });
}

TEST_CASE("4.2: what is true of test functions everywhere has no violation: PL, quasar- and star-convexity") {
  const pc::SquarePlusSine<> sine;
  const pc::SixthRoot<> root;
  const pc::DampedAbsolute<> damped;
  const pc::Vector<double> zero = pc::Vector<double>::Zero(1);
  const auto pl = pc::polyak_lojasiewicz(sine, sine.minimum(), sine.pl_modulus());
  const auto of_sine = pc::quasar_convexity(sine, zero, sine.quasar_convexity());
  const auto of_root = pc::quasar_convexity(root, zero, root.quasar_convexity());
  const auto star = pc::star_convexity(damped, zero);
  pc::RandomStream stream{pc::Seed{422}};
  for (pc::Index i = 0; i < tests::scaled_count(1'000'000); ++i) {
    const pc::Vector<double> w = problems::vector(stream, 1, 20);
    problems::has_no_violation(pl, w);
    problems::has_no_violation(of_sine, w);
    problems::has_no_violation(of_root, w);
    problems::has_no_violation(star, w);
  }
}

TEST_CASE("4.2: x^2 + 3 sin^2 x is PL with the sharp modulus, and 1.001 times it is violated") {
  const pc::SquarePlusSine<> f;
  const pc::PolyakLojasiewicz instance{f};
  for (int i = -40'000; i <= 40'000; i += tests::long_run() ? 1 : 100) {
    problems::has_no_violation(instance.property(), pc::Vector<double>::Constant(1, i / 1000.0).eval());
  }
  const pc::Vector<double> sharp = pc::Vector<double>::Constant(1, 2.201709173);
  problems::has_no_violation(instance.property(), sharp);
  problems::is_violated(pc::polyak_lojasiewicz(f, 0, 1.001 * f.pl_modulus()), sharp);
}

TEST_CASE("4.2: descent on PL functions converges linearly, under the last-iterate bound") {
  const pc::SquarePlusSine<> f;
  const pc::PolyakLojasiewicz instance{f};
  for (const double start : {-7.0, 0.3, 2.2, 9.5}) {
    const pc::Vector<double> w0 = pc::Vector<double>::Constant(1, start);
    const auto guarantee = instance.guarantee(w0, {.iterations = 200});
    pc::ProxyRecorder recorder{f};
    (void)pc::GD(guarantee.step_size(), {.iterations = 200}).minimize(f, w0, recorder);
    REQUIRE(recorder.values().size() > 10);  // a gradient of exactly 0 may end the run early
    for (std::size_t t = 1; t < recorder.values().size(); ++t) {
      const double excess = guarantee.last_iterate_excess(instance.gap(w0), static_cast<pc::Index>(t));
      CHECK(recorder.values()[t] <= excess * (1 + 1e-12));
    }
    CHECK(recorder.best() <= guarantee.bound(200));
  }
}
