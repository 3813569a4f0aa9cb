// SPDX-License-Identifier: MIT
#include <proxcvx/objectives/calculus.hpp>
#include <proxcvx/objectives/differentiate.hpp>
#include <proxcvx/objectives/logistic_regression.hpp>
#include <proxcvx/objectives/test_functions.hpp>

#include "objectives/laws.hpp"

namespace pc = proxcvx;

namespace {

template <class S> pc::LogisticRegression<S> small_regression() {
  pc::RandomStream stream{pc::Seed{8}};
  const auto inputs = laws::random_matrix<S>(stream, 3, 6);
  pc::Matrix<S> labels(1, 6);
  labels << S(1), S(-1), S(1), S(1), S(-1), S(-1);
  return pc::LogisticRegression<S>(pc::Dataset<S>(inputs, labels));
}

/// A formula with each function that formulas may use.
struct Formula {
  template <class T> T value(const pc::Vector<T>& w) const {
    using std::abs;
    using std::atan;
    using std::cbrt;
    using std::cos;
    using std::exp;
    using std::expm1;
    using std::log;
    using std::log1p;
    using std::pow;
    using std::sin;
    using std::sqrt;
    using std::tanh;
    const T size = sqrt(T(w.squaredNorm() + T(1)));
    T sum = T(sin(T(w[0] * w[1]))) * T(exp(T(w[1] / size))) - T(cos(w[0])) / size;
    sum += T(log(size)) + T(log1p(T(w[0] * w[0]))) * T(tanh(w[1])) + T(expm1(T(w[2] / T(4))));
    sum -= T(atan(w[2])) * T(cbrt(size)) + T(pow(size, T(1.5))) * T(abs(w[0]));
    return w[2] < T(0) ? T(-sum * T(2)) : T(sum / T(3));
  }
};

/// A branch that rounding may take wrongly: the two sides differ.
struct Jump {
  template <class T> T value(const pc::Vector<T>& w) const {
    const T sum = w[0] + T(0.1) - T(0.1);
    return sum > w[1] ? T(sum + T(1)) : sum;
  }
};

}  // namespace

TEST_CASE("a sum is the sum: values, gradients, Hessians, bounds") {
  pc::RandomStream stream{pc::Seed{3}};
  const auto f = 2.5 * pc::Rosenbrock<double>{4} + pc::WeightDecay{4, 0.3} + -0.5 * pc::WeightDecay{4, 0.1};
  laws::Sharpness sharpness;
  for (int i = 0; i < 300; ++i) {
    const auto w = laws::random_vector<double>(stream, 4, 3);
    const double parts = 2.5 * pc::Rosenbrock{4}.value(w) + 0.125 * w.squaredNorm();
    CHECK(f.value(w) == Approx(parts));
    laws::gradient_is_within_its_bound<pc::FiftyDigits>(f, w, sharpness);
  }
  const auto w = laws::random_vector<double>(stream, 4);
  laws::gradient_is_right(f, w);
  laws::hessian_is_the_gradients_derivative(f, w, laws::random_vector<double>(stream, 4));
}

TEST_CASE("a regularised finite sum is a finite sum: batches average to the whole") {
  const auto f = small_regression<double>();
  const pc::WeightDecay<double> decay{3, 0.7};
  const auto left = 3.0 * (f + decay);
  const auto right = decay + 0.25 * f;
  static_assert(pc::FiniteSumObjective<decltype(left)> && pc::FiniteSumObjective<decltype(right)>);
  static_assert(pc::BoundsItsGradient<decltype(left)> && pc::TwiceDifferentiableObjective<decltype(right)>);
  const auto law = [](const auto& sum) {
    CHECK(sum.terms() == 6);
    const pc::Vector<double> w{{0.3, -0.2, 0.9}};
    pc::Vector<double> whole(3);
    const double value = sum.gradient(w, whole);
    pc::Vector<double> mean = pc::Vector<double>::Zero(3);
    pc::Vector<double> part(3);
    double mean_value = 0;
    for (pc::Index i = 0; i < 6; i += 2) {
      const std::array<pc::Index, 2> batch{i, i + 1};
      mean_value += sum.gradient(w, batch, part) / 3;
      mean += part / 3;
    }
    CHECK(mean_value == Approx(value));
    CHECK((mean - whole).norm() <= 1e-14 * whole.norm());
    laws::gradient_is_right(sum, w);
  };
  law(left);
  law(right);
  law(f + 0.5 * f);
}

TEST_CASE("sums and multiples reject what does not fit") {
  CHECK_THROWS_AS((pc::WeightDecay{3, 1.0} + pc::WeightDecay{4, 1.0}), std::invalid_argument);
  CHECK_THROWS_AS(std::numeric_limits<double>::infinity() * pc::WeightDecay(3, 1.0), std::invalid_argument);
  CHECK_THROWS_AS(pc::WeightDecay(3, -1.0), std::invalid_argument);
  CHECK_THROWS_AS(pc::WeightDecay(0, 1.0), std::invalid_argument);
  CHECK_THROWS_AS(1e300 * pc::WeightDecay<float>(3, 1.0), std::invalid_argument);
}

TEST_CASE("differentiate: gradients, Hessians and bounds of a formula, double") {
  pc::RandomStream stream{pc::Seed{11}};
  const auto f = pc::differentiate(Formula{}, 11);  // two chunks of directions
  static_assert(pc::TwiceDifferentiableObjective<decltype(f)> && pc::BoundsItsGradient<decltype(f)>);
  laws::Sharpness sharpness;
  for (int i = 0; i < 100; ++i) {
    const auto w = laws::random_vector<double>(stream, 11, 2);
    laws::gradient_is_within_its_bound<pc::FiftyDigits>(f, w, sharpness);
  }
  CHECK(laws::Sharpness::median(sharpness.gradients) < 1e3);
  for (int i = 0; i < 10; ++i) {
    const auto w = laws::random_vector<double>(stream, 11);
    laws::gradient_is_right(f, w);
    laws::hessian_is_the_gradients_derivative(f, w, laws::random_vector<double>(stream, 11));
  }
}

TEST_CASE("differentiate: the same in float, against double") {
  pc::RandomStream stream{pc::Seed{12}};
  const auto f = pc::differentiate<float>(Formula{}, 3);
  laws::Sharpness sharpness;
  for (int i = 0; i < 2000; ++i) {
    laws::gradient_is_within_its_bound<double>(f, laws::random_vector<float>(stream, 3, 2), sharpness);
  }
}

TEST_CASE("differentiate gives up its bound where rounding may take the wrong branch") {
  const auto f = pc::differentiate(Jump{}, 2);
  CHECK(f.bounded_value(pc::Vector<double>{{0.3, 0.9}}).error < 1e-15);
  CHECK(f.bounded_value(pc::Vector<double>{{0.3, 0.3}}).error == std::numeric_limits<double>::infinity());
  pc::Vector<double> slope(2);
  CHECK(f.bounded_gradient(pc::Vector<double>{{0.3, 0.3}}, slope).gradient_error ==
        std::numeric_limits<double>::infinity());
  CHECK_THROWS_AS(pc::differentiate(Jump{}, 0), std::invalid_argument);
}

TEST_CASE("tracked numbers never lose an error to infinity or zero") {
  using T = pc::Tracked<double>;
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK((T(1.0, 0.5) / T(1.0, 2.0)).error() == infinity);  // the divisor may be 0
  CHECK(log(T(1.0, 2.0)).error() == infinity);
  CHECK((T(infinity) - T(infinity)).error() == infinity);
  CHECK((T(0.0) * T(1.0, infinity)).error() == infinity);
  CHECK(sqrt(T(0.0, 4.0)).error() >= 2);
  CHECK(pc::Tracked<float>(0.1).error() >= static_cast<float>(std::abs(0.1 - static_cast<double>(0.1F))));
  CHECK(pc::Tracked<double>(3).error() == 0);
}
