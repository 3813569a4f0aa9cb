// SPDX-License-Identifier: MIT
#include <proxcvx/objectives/calculus.hpp>
#include <proxcvx/objectives/test_functions.hpp>

#include "objectives/laws.hpp"
#include "support/counts.hpp"

namespace pc = proxcvx;

namespace {

/// Exact for our purposes: sines of 1e150 keep their digits.
using Exact = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<400>>;

/// A random number of either sign, its size log-uniform in [2^-e, 2^e].
template <class S> S log_uniform(pc::RandomStream& stream, double e) {
  const double size = std::exp2(stream.uniform(-e, e));
  return static_cast<S>(stream.below(2) == 0 ? size : -size);
}

template <class F> void obeys_the_laws(const F& f, double exponent, int samples) {
  using S = typename F::Scalar;
  INFO(f.name());
  pc::RandomStream stream{pc::Seed{5}};
  laws::Sharpness sharpness;
  pc::Vector<S> w(f.dimension());
  for (int i = 0; i < samples; ++i) {
    // Some points of all sizes (1e-150 to 1e150), others where the function bends.
    for (S& x : w) x = i % 2 == 0 ? log_uniform<S>(stream, exponent) : static_cast<S>(stream.uniform(-12, 12));
    laws::gradient_is_within_its_bound<Exact>(f, w, sharpness);
  }
  CHECK(laws::Sharpness::median(sharpness.values) < 1e3);
  CHECK(laws::Sharpness::median(sharpness.gradients) < 1e3);
  w.setZero();
  laws::gradient_is_within_its_bound<Exact>(f, w, sharpness);
  for (int i = 0; i < 20; ++i) {
    for (S& x : w) x = static_cast<S>(stream.uniform(0.1, 3));
    laws::gradient_is_right(f, w);
    laws::hessian_is_the_gradients_derivative(f, w, laws::random_vector<S>(stream, f.dimension()));
  }
}

const int points = tests::long_run() ? 10'000 : 300;  // each is held against 400 digits

template <class S> void all_obey_the_laws(int samples) {
  const double wide = std::is_same_v<S, float> ? 100 : 498;  // 2^498 is about 1e150
  obeys_the_laws(pc::SquarePlusSine<S>{}, wide, samples);
  obeys_the_laws(pc::AbsolutePower<S>{1.5}, wide / 2, samples);
  obeys_the_laws(pc::AbsolutePower<S>{2.7}, wide / 4, samples);
  obeys_the_laws(pc::SixthRoot<S>{}, wide, samples);
  obeys_the_laws(pc::DampedAbsolute<S>{}, wide, samples);
  obeys_the_laws(pc::Sine<S>{}, wide, samples);
  obeys_the_laws(pc::Quartic<S>{}, wide / 4, samples);
  obeys_the_laws(pc::Saddle<S>{}, wide, samples);
  obeys_the_laws(pc::Rosenbrock<S>{4}, wide / 5, samples);
}

/// x f'(x) - zeta (f(x) - f*) at x, in doubles.
template <class F> double quasar_margin(const F& f, double x, double zeta) {
  const pc::Vector<double> w{{x}};
  pc::Vector<double> slope(1);
  const double value = f.gradient(w, slope);
  return slope[0] * x - zeta * (value - f.value(f.minimizer()));
}

/// The largest |second difference| over a grid.
template <class F> double largest_curvature(const F& f) {
  double largest = 0;
  const pc::Vector<double> one{{1.0}};
  pc::Vector<double> product(1);
  for (int i = -20000; i <= 20000; ++i) {
    const pc::Vector<double> w{{i * 1e-3}};
    f.hessian_vector(w, one, product);
    largest = std::max(largest, std::abs(product[0]));
  }
  return largest;
}

}  // namespace

TEST_CASE("test functions: bounds hold, gradients and Hessians are right, float") { all_obey_the_laws<float>(points); }
TEST_CASE("test functions: bounds hold, gradients and Hessians are right, double") {
  all_obey_the_laws<double>(points);
}
TEST_CASE("test functions: bounds hold, gradients and Hessians are right, long double") {
  obeys_the_laws(pc::SquarePlusSine<long double>{}, 498, 300);
  obeys_the_laws(pc::AbsolutePower<long double>{1.5}, 200, 300);
  obeys_the_laws(pc::SixthRoot<long double>{}, 498, 300);
  obeys_the_laws(pc::Rosenbrock<long double>{3}, 100, 300);
}

TEST_CASE("x^2 + 3 sin^2 x has the sharp modulus of PL and of quasar-convexity") {
  const pc::SquarePlusSine f;
  const auto pl_margin = [&](double x, double m) {
    const pc::Vector<double> w{{x}};
    pc::Vector<double> slope(1);
    const double value = f.gradient(w, slope);
    return slope[0] * slope[0] / 2 - m * value;
  };
  for (int i = -20000; i <= 20000; ++i) {
    const double x = i * 1e-3;
    const double slack = 1e-14 * (1 + x * x);  // the grid is not at the sharp point: rounding only
    REQUIRE(pl_margin(x, f.pl_modulus()) >= -slack);
    REQUIRE(quasar_margin(f, x, f.quasar_convexity()) >= -slack);
  }
  CHECK(pl_margin(2.201709173, 1.001 * f.pl_modulus()) < 0);
  CHECK(quasar_margin(f, 2.153827438, 1.001 * f.quasar_convexity()) < 0);
  CHECK(f.pl_modulus() > 1.0 / 32);
  // The quotients at the sharp points, to 28 digits: both constants are rounded down, by less than 2^-53.
  const auto rounded_down = [](double constant, const char* point, const auto& quotient) {
    const Exact x(point);
    const Exact excess =
        quotient(x, Exact(2 * x + 3 * sin(Exact(2 * x))), Exact(x * x + 3 * sin(x) * sin(x))) - constant;
    CHECK(excess >= 0);
    CHECK(excess < 0x1p-53);
  };
  rounded_down(f.pl_modulus(), "2.201709176435848523158047106",
               [](const Exact&, const Exact& slope, const Exact& value) { return Exact(slope * slope / (2 * value)); });
  rounded_down(f.quasar_convexity(), "2.153827437599547375901710733",
               [](const Exact& x, const Exact& slope, const Exact& value) { return Exact(x * slope / value); });
  CHECK(largest_curvature(f) <= f.smoothness());
  CHECK(largest_curvature(f) > 0.999 * f.smoothness());
}

TEST_CASE("(x^2 + 1/8)^(1/6) is quasar-convex with 1/3, and with 1/2 only to |x| = 9.4599") {
  const pc::SixthRoot f;
  for (double x = 1e-6; x < 1e12; x *= 1.1) REQUIRE(quasar_margin(f, x, f.quasar_convexity()) >= 0);
  CHECK(quasar_margin(f, 9.4598, 0.5) > 0);
  CHECK(quasar_margin(f, 9.4600, 0.5) < 0);
  CHECK(quasar_margin(f, 3.54e8, 1.001 / 3) > 0);
  CHECK(quasar_margin(f, 3.55e8, 1.001 / 3) < 0);
  CHECK(f.minimum() <= f.value(pc::Vector<double>::Zero(1)));
  CHECK(largest_curvature(f) <= f.smoothness());
  CHECK(largest_curvature(f) > 0.999 * f.smoothness());
}

TEST_CASE("|x|(1 - exp(-|x|)) is star-convex, with 1.001 only to |x| = 9.1182") {
  const pc::DampedAbsolute f;
  for (double x = 1e-3; x < 30; x *= 1.01) REQUIRE(quasar_margin(f, -x, f.quasar_convexity()) >= 0);
  CHECK(quasar_margin(f, 9.1181, 1.001) > 0);
  CHECK(quasar_margin(f, 9.1183, 1.001) < 0);
  CHECK(largest_curvature(f) <= f.smoothness());
}

TEST_CASE("|x|^p satisfies its KL equality") {
  for (const double p : {1.25, 1.5, 2.0, 3.0, 7.5}) {
    const pc::AbsolutePower f{p};
    for (const double x : {-3.0, -0.2, 1e-3, 5.0}) {
      const pc::Vector<double> w{{x}};
      pc::Vector<double> slope(1);
      const double value = f.gradient(w, slope);
      CHECK(std::pow(std::abs(slope[0]), p / (p - 1)) == Approx(std::pow(p, p / (p - 1)) * value));
    }
  }
}

TEST_CASE("the saddle satisfies (f, 0, 2, 8) and Rosenbrock is least at ones") {
  pc::RandomStream stream{pc::Seed{2}};
  const pc::Saddle f;
  for (int i = 0; i < 1000; ++i) {
    const auto w = laws::random_vector<double>(stream, 2, 4);
    pc::Vector<double> slope(2);
    const double value = f.gradient(w, slope);
    REQUIRE(slope.squaredNorm() >= 4 * value);
  }
  const pc::Rosenbrock r{5};
  CHECK(r.value(r.minimizer()) == r.minimum());
}

TEST_CASE("test functions reject what makes no sense, and casting keeps the function") {
  CHECK_THROWS_AS(pc::AbsolutePower{1.0}, std::invalid_argument);
  CHECK_THROWS_AS(pc::AbsolutePower{std::numeric_limits<double>::quiet_NaN()}, std::invalid_argument);
  CHECK_THROWS_AS(pc::Rosenbrock{1}, std::invalid_argument);
  CHECK(pc::AbsolutePower<float>{2.1}.cast<double>().power() == static_cast<double>(2.1F));
}
