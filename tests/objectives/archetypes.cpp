// SPDX-License-Identifier: MIT
#include <proxcvx/objectives/calculus.hpp>
#include <proxcvx/objectives/differentiate.hpp>
#include <proxcvx/objectives/logistic_regression.hpp>
#include <proxcvx/objectives/test_functions.hpp>

#include "support/catch2.hpp"

// Types that miss one member each: the concepts must refuse them, and accept the whole one.

namespace pc = proxcvx;

namespace {

struct Whole {
  using Scalar = double;
  [[nodiscard]] pc::Index dimension() const { return 2; }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const { return w.sum(); }
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    out.setOnes();
    return w.sum();
  }
};

struct WithoutScalar {
  [[nodiscard]] pc::Index dimension() const { return 2; }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const { return w.sum(); }
};

struct WithoutDimension {
  using Scalar = double;
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const { return w.sum(); }
};

struct MutableValue {
  using Scalar = double;
  [[nodiscard]] pc::Index dimension() const { return 2; }
  double value(pc::ConstVectorRef<double> w) { return w.sum(); }
};

struct OnlyValue {
  using Scalar = double;
  [[nodiscard]] pc::Index dimension() const { return 2; }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const { return w.sum(); }
};

struct GradientWithoutValue : OnlyValue {
  void gradient(pc::ConstVectorRef<double> /*w*/, pc::VectorRef<double> out) const { out.setOnes(); }
};

struct BatchesWithoutTerms : Whole {
  using Whole::gradient;
  double gradient(pc::ConstVectorRef<double> w, std::span<const pc::Index> /*batch*/, pc::VectorRef<double> out) const {
    return Whole::gradient(w, out);
  }
};

struct WrongBound : Whole {
  [[nodiscard]] std::pair<double, double> bounded_value(pc::ConstVectorRef<double> /*w*/) const { return {0, 0}; }
};

static_assert(pc::DifferentiableObjective<Whole>);
static_assert(!pc::Objective<WithoutScalar> && !pc::Objective<WithoutDimension> && !pc::Objective<MutableValue>);
static_assert(pc::Objective<OnlyValue> && !pc::DifferentiableObjective<OnlyValue>);
static_assert(!pc::DifferentiableObjective<GradientWithoutValue>);
static_assert(!pc::FiniteSumObjective<Whole> && !pc::FiniteSumObjective<BatchesWithoutTerms>);
static_assert(!pc::TwiceDifferentiableObjective<Whole> && !pc::BatchedObjective<Whole>);
static_assert(!pc::BoundsItsValue<Whole> && !pc::BoundsItsValue<WrongBound>);

// What a sum offers is what both parts offer.
static_assert(pc::DifferentiableObjective<pc::Sum<Whole, pc::Saddle<>>>);
static_assert(!pc::TwiceDifferentiableObjective<pc::Sum<Whole, pc::Saddle<>>>);
static_assert(!pc::BoundsItsGradient<pc::Sum<Whole, pc::Saddle<>>> && !pc::BoundsItsValue<pc::Scaled<Whole>>);
static_assert(!pc::DifferentiableObjective<pc::Sum<OnlyValue, Whole>> && pc::Objective<pc::Sum<OnlyValue, Whole>>);
static_assert(!pc::FiniteSumObjective<pc::Sum<OnlyValue, pc::LogisticRegression<>>>);
static_assert(!pc::BatchedObjective<pc::Saddle<>> && pc::BatchedObjective<pc::LogisticRegression<>>);

}  // namespace

TEST_CASE("a user's objective adds up with the library's") {
  const pc::Vector<double> w{{3.0, 2.0}};
  pc::Vector<double> out(2);
  const auto sum = pc::Sum{Whole{}, pc::Scaled{2.0, pc::Saddle{}}};
  CHECK(sum.gradient(w, out) == 5 + 2 * 5);
  CHECK(out[0] == 1 + 12);
  CHECK(out[1] == 1 - 8);
}
