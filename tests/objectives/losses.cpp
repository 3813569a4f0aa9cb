// SPDX-License-Identifier: MIT
#include <proxcvx/objectives/losses.hpp>
#include <proxcvx/objectives/softmax_cross_entropy.hpp>

#include "objectives/laws.hpp"

namespace pc = proxcvx;
using pc::FiftyDigits;

namespace {

/// An almost exact scalar: 50 digits for the built-in ones (a double is a test's exact scalar for nobody).
template <class S> FiftyDigits wide(const S& x) { return static_cast<FiftyDigits>(x); }

/// Whether `computed` is within `ulps` u of `exact`, relatively, or both underflow.
template <class S> bool close(const S& computed, const FiftyDigits& exact, double ulps) {
  const FiftyDigits off = abs(FiftyDigits(wide(computed) - exact));
  return off <= FiftyDigits(ulps) * wide(pc::unit_roundoff<S>()) * abs(exact) +
                    FiftyDigits(4) * wide(std::numeric_limits<S>::denorm_min());
}

/// Outputs from the middle to the far tails, both signs.
template <class S> std::vector<S> outputs_of_all_sizes() {
  std::vector<S> outputs{S(0), S(1e4), S(-1e4), S(700), S(-700)};
  pc::RandomStream stream{pc::Seed{4}};
  for (int i = 0; i < 1000; ++i) {
    const double size = std::exp2(stream.uniform(-40, 13));
    outputs.push_back(static_cast<S>(i % 2 == 0 ? size : -size));
  }
  return outputs;
}

template <class S, class L> void scalar_members_are_accurate(const L& loss) {
  INFO(loss.name());
  bool all = true;
  for (const S& o : outputs_of_all_sizes<S>()) {
    for (const S& t : {S(1), S(-1)}) {
      if (pc::is_finite(S(loss.value(o, t)))) {  // exp(1e4) overflows and says so
        all = all && close<S>(loss.value(o, t), loss.value(wide(o), wide(t)), L::ulps);
        all = all && close<S>(loss.derivative(o, t), loss.derivative(wide(o), wide(t)), L::ulps);
        all = all && close<S>(loss.second_derivative(o, t), loss.second_derivative(wide(o), wide(t)), L::ulps);
        if constexpr (pc::detail::VectorScalar<S>) {  // the same without a branch
          const auto [value, slope] = loss.on_lanes(o, t);
          all = all && close<S>(value, loss.value(wide(o), wide(t)), L::ulps);
          all = all && close<S>(slope, loss.derivative(wide(o), wide(t)), L::ulps);
        }
      }
      if (!all) {
        CAPTURE(o, t, loss.value(o, t), loss.derivative(o, t));
        REQUIRE(all);
      }
    }
  }
}

/// l' is the derivative of l and l'' that of l', by central differences at 50 digits.
template <class L> void derivatives_are_derivatives(const L& loss) {
  INFO(loss.name());
  const FiftyDigits h("1e-15");
  for (const double output : {-30.0, -3.0, -0.5, 0.0, 0.25, 2.0, 30.0}) {
    for (const double target : {1.0, -1.0}) {
      const FiftyDigits o(output);
      const FiftyDigits t(target);
      const FiftyDigits first = (loss.value(FiftyDigits(o + h), t) - loss.value(FiftyDigits(o - h), t)) / (2 * h);
      const FiftyDigits second =
          (loss.derivative(FiftyDigits(o + h), t) - loss.derivative(FiftyDigits(o - h), t)) / (2 * h);
      CHECK(abs(FiftyDigits(first - loss.derivative(o, t))) <= FiftyDigits(1e-25) * (1 + abs(first)));
      CHECK(abs(FiftyDigits(second - loss.second_derivative(o, t))) <= FiftyDigits(1e-25) * (1 + abs(second)));
    }
  }
}

/// Targets that a loss takes: signs, numbers, or probabilities.
template <class S, class L>
pc::Matrix<S> some_targets(const L& /*loss*/, pc::RandomStream& stream, pc::Index rows, pc::Index cols) {
  pc::Matrix<S> targets = laws::random_matrix<S>(stream, rows, cols);
  if constexpr (std::is_same_v<L, pc::SoftmaxCrossEntropy>) {
    for (pc::Index i = 0; i < cols; ++i) {
      const bool soft = i % 3 == 0;
      if (soft) {
        targets.col(i) = targets.col(i).cwiseAbs();
        targets.col(i) /= targets.col(i).sum();
      } else {
        targets.col(i).setZero();
        targets(stream.below(rows), i) = S(1);
      }
    }
  } else if constexpr (pc::MarginLoss<L>) {
    targets = targets.unaryExpr([](const S& x) { return x > S(0) ? S(1) : S(-1); });
  }
  return targets;
}

/// With outputs off by delta, sums, signals and their norms are within the bounds that rounding() states.
template <class S, class L> void rounding_bounds_hold(const L& loss, pc::Index rows) {
  INFO(loss.name() << " with " << rows << " outputs");
  pc::RandomStream stream{pc::Seed{6}};
  int violations = 0;
  for (int i = 0; i < 300; ++i) {
    const pc::Index cols = 1 + stream.below(i % 4 == 0 ? 8 : 3);  // from 4 on by registers
    const double scale = std::exp2(stream.uniform(-20, 7));
    const pc::Matrix<S> outputs = static_cast<S>(scale) * laws::random_matrix<S>(stream, rows, cols);
    const pc::Matrix<S> targets = some_targets<S>(loss, stream, rows, cols);
    const S delta = i % 4 == 0 ? S(0) : static_cast<S>(std::exp2(stream.uniform(-50, 3)));
    pc::Matrix<FiftyDigits> exact = outputs.template cast<FiftyDigits>();
    for (pc::Index j = 0; j < cols; ++j) {  // the exact outputs are at distance delta
      pc::Vector<FiftyDigits> shift = laws::random_vector<FiftyDigits>(stream, rows);
      exact.col(j) += shift * FiftyDigits(wide(delta) / shift.norm());
    }
    const pc::Matrix<FiftyDigits> wide_targets = targets.template cast<FiftyDigits>();
    const pc::LossRounding<S> bounds = loss.rounding(outputs, targets, delta);
    pc::Matrix<S> signals = outputs;
    const S total = loss.total(outputs, targets);
    const S total_again = loss.differentiate(signals, targets);
    CHECK(std::abs(total - total_again) <= S(8) * pc::unit_roundoff<S>() * std::abs(total));
    pc::Matrix<FiftyDigits> exact_signals = exact;
    const FiftyDigits exact_total = loss.differentiate(exact_signals, wide_targets);
    FiftyDigits signal_error(0);
    FiftyDigits signal_norm(0);
    for (pc::Index j = 0; j < cols; ++j) {
      const pc::Vector<FiftyDigits> computed = signals.col(j).template cast<FiftyDigits>();
      signal_error += (computed - exact_signals.col(j)).norm();
      signal_norm += computed.norm();
    }
    if (!pc::is_finite(total) || !pc::is_finite(S(signals.sum()))) continue;
    // What the callers add for the sums themselves: gamma_{2n + 16}, relative.
    const FiftyDigits pad = 1 + FiftyDigits(2 * static_cast<double>(cols) + 16) * wide(pc::unit_roundoff<S>());
    const FiftyDigits summed = wide(pc::gamma<S>(rows * cols)) * wide(S(std::abs(total)));
    const bool fine = abs(FiftyDigits(wide(total) - exact_total)) <= (wide(bounds.value_error) + summed) * pad &&
                      signal_error <= wide(bounds.signal_error) * pad && signal_norm <= wide(bounds.signal_norm) * pad;
    if (!fine && ++violations == 1) {
      CAPTURE(outputs, targets, delta, total, bounds.value_error, bounds.signal_error, bounds.signal_norm,
              static_cast<double>(FiftyDigits(wide(total) - exact_total)), static_cast<double>(signal_error),
              static_cast<double>(signal_norm));
      CHECK(fine);
    }
  }
  CHECK(violations == 0);
}

/// Blocks of every number of entries, with rounding bounds and without, have the signals and sums of their entries.
template <class S, class L> void blocks_are_entries(const L& loss) {
  INFO(loss.name());
  pc::RandomStream stream{pc::Seed{8}};
  for (pc::Index size = 1; size <= 150; size += size < 40 ? 1 : 37) {
    const pc::Matrix<S> outputs = laws::random_matrix<S>(stream, 1, size);
    const pc::Matrix<S> targets = some_targets<S>(loss, stream, 1, size);
    pc::Matrix<S> signals = outputs, bounded = outputs, alone = outputs;
    pc::LossRounding<S> errors;
    loss.signals(alone, targets);
    const S sums[] = {loss.total(outputs, targets), loss.differentiate(signals, targets),
                      loss.differentiate(bounded, targets, S(0), errors), loss.total(outputs, targets, S(0), errors)};
    FiftyDigits exact(0);
    bool all = alone == signals;
    for (pc::Index i = 0; i < size; ++i) {
      const FiftyDigits o = wide(outputs(0, i)), t = wide(targets(0, i));
      exact += loss.value(o, t);
      all = all && close<S>(signals(0, i), loss.derivative(o, t), L::ulps);
      all = all && close<S>(bounded(0, i), loss.derivative(o, t), L::ulps);
    }
    CAPTURE(size, outputs, targets, signals, bounded);
    CHECK(all);
    for (const S sum : sums) CHECK(close<S>(sum, exact, L::ulps + static_cast<double>(size)));
  }
}

/// differentiate and curvature agree with differences of total and of the signals, at 50 digits.
template <class L> void blocks_are_derivatives(const L& loss, pc::Index rows) {
  INFO(loss.name() << " with " << rows << " outputs");
  pc::RandomStream stream{pc::Seed{9}};
  const FiftyDigits h("1e-15");
  const pc::Index cols = 4;
  const pc::Matrix<FiftyDigits> outputs = laws::random_matrix<FiftyDigits>(stream, rows, cols);
  const pc::Matrix<FiftyDigits> direction = laws::random_matrix<FiftyDigits>(stream, rows, cols);
  const pc::Matrix<FiftyDigits> targets = some_targets<FiftyDigits>(loss, stream, rows, cols);
  pc::Matrix<FiftyDigits> above = outputs + h * direction;
  pc::Matrix<FiftyDigits> below = outputs - h * direction;
  const FiftyDigits difference = (loss.total(above, targets) - loss.total(below, targets)) / (2 * h);
  pc::Matrix<FiftyDigits> signals = outputs;
  loss.differentiate(signals, targets);
  CHECK(abs(FiftyDigits(difference - signals.cwiseProduct(direction).sum())) <= FiftyDigits(1e-25));
  loss.differentiate(above, targets);
  loss.differentiate(below, targets);
  pc::Matrix<FiftyDigits> again = outputs;
  pc::Matrix<FiftyDigits> tangents = direction;
  loss.curvature(again, tangents, targets);
  CHECK((again - signals).norm() <= FiftyDigits(1e-45));
  CHECK((tangents - (above - below) / (2 * h)).norm() <= FiftyDigits(1e-25));
}

/// Archetypes that are no losses: one that misses a member, one that only has it by another name.
struct WithoutRounding {
  template <class O, class T> [[nodiscard]] double total(const O& /*o*/, const T& /*t*/) const { return 0; }
  template <class O, class T> double differentiate(O&& /*o*/, const T& /*t*/) const { return 0; }
  template <class O, class U, class T> void curvature(O&& /*o*/, U&& /*u*/, const T& /*t*/) const {}
  template <class T> void require_targets(const T& /*t*/) const {}
  [[nodiscard]] std::string name() const { return "without rounding"; }
};
struct WithoutDifferentiate : pc::LogisticLoss {
  void differentiate() const {}
};
static_assert(!pc::Loss<WithoutRounding> && !pc::Loss<WithoutDifferentiate> && !pc::Loss<int>);
static_assert(!pc::MarginLoss<pc::SoftmaxCrossEntropy>);

}  // namespace

TEST_CASE("losses are accurate in the middle, at 1e4 and in the tails") {
  scalar_members_are_accurate<float>(pc::LogisticLoss{});
  scalar_members_are_accurate<double>(pc::LogisticLoss{});
  scalar_members_are_accurate<long double>(pc::LogisticLoss{});
  scalar_members_are_accurate<float>(pc::ExponentialLoss{});
  scalar_members_are_accurate<double>(pc::ExponentialLoss{});
  scalar_members_are_accurate<double>(pc::SquaredLoss{});
  CHECK(pc::LogisticLoss{}.value(-1e4, 1.0) == 1e4);
  CHECK(pc::LogisticLoss{}.value(1e4, 1.0) == 0);
  CHECK(pc::LogisticLoss{}.derivative(700.0, 1.0) < 0);
}

TEST_CASE("derivatives are derivatives") {
  derivatives_are_derivatives(pc::LogisticLoss{});
  derivatives_are_derivatives(pc::ExponentialLoss{});
  derivatives_are_derivatives(pc::SquaredLoss{});
  blocks_are_derivatives(pc::LogisticLoss{}, 1);
  blocks_are_derivatives(pc::SquaredLoss{}, 3);
  blocks_are_derivatives(pc::SoftmaxCrossEntropy{}, 3);
}

TEST_CASE("rounding bounds of losses hold") {
  rounding_bounds_hold<float>(pc::LogisticLoss{}, 1);
  rounding_bounds_hold<double>(pc::LogisticLoss{}, 1);
  rounding_bounds_hold<double>(pc::ExponentialLoss{}, 1);
  rounding_bounds_hold<double>(pc::SquaredLoss{}, 1);
  rounding_bounds_hold<float>(pc::SquaredLoss{}, 3);
  rounding_bounds_hold<float>(pc::SoftmaxCrossEntropy{}, 2);
  rounding_bounds_hold<double>(pc::SoftmaxCrossEntropy{}, 2);
  rounding_bounds_hold<double>(pc::SoftmaxCrossEntropy{}, 5);
}

TEST_CASE("a block of outputs has the losses and signals of its entries") {
  blocks_are_entries<float>(pc::LogisticLoss{});
  blocks_are_entries<double>(pc::LogisticLoss{});
  blocks_are_entries<double>(pc::SquaredLoss{});
  blocks_are_entries<float>(pc::ExponentialLoss{});
}

TEST_CASE("|l'| <= l survives rounding for the logistic loss, and not through tanh") {
  int naive_violations = 0;
  for (int i = 0; i <= 60'000; ++i) {
    const double z = -20 + i / 1000.0;
    const auto [value, derivative] = pc::LogisticLoss{}.value_and_derivative(z, 1.0);
    REQUIRE(-derivative <= value);
    REQUIRE(-derivative <= 1);
    const auto narrow = pc::LogisticLoss{}.value_and_derivative(static_cast<float>(z), 1.0F);
    REQUIRE(-narrow.derivative <= narrow.value);
    const auto lane = pc::LogisticLoss{}.on_lanes(z, 1.0);
    REQUIRE(-lane.derivative <= lane.value);
    REQUIRE(-lane.derivative <= 1);
    const auto narrow_lane = pc::LogisticLoss{}.on_lanes(static_cast<float>(z), 1.0F);
    REQUIRE(-narrow_lane.derivative <= narrow_lane.value);
    if (!(0.5 * (1 - std::tanh(z / 2)) <= std::log1p(std::exp(-z)))) ++naive_violations;
  }
  CHECK(naive_violations > 5'000);
}

TEST_CASE("the logistic loss is self-bounding with the sharp constant") {
  double largest = 0;
  for (int i = -4'000'000; i <= 4'000'000; ++i) {
    const auto [value, derivative] = pc::LogisticLoss{}.value_and_derivative(i * 1e-6, 1.0);
    largest = std::max(largest, derivative * derivative / value);
  }
  CHECK(largest <= pc::LogisticLoss::self_bounding);
  CHECK(largest > pc::LogisticLoss::self_bounding - 1e-12);
  CHECK(pc::LogisticLoss{}.second_derivative(0.0, 1.0) == pc::LogisticLoss::smoothness);
}

TEST_CASE("softmax keeps its accuracy where the answer is confident") {
  const pc::SoftmaxCrossEntropy loss;
  pc::Matrix<double> targets(3, 1);
  targets << 0, 1, 0;
  for (const double gap : {1.0, 30.0, 300.0, 700.0}) {
    pc::Matrix<double> outputs(3, 1);
    outputs << 5, 5 + gap, 5 - gap;
    pc::Matrix<FiftyDigits> exact = outputs.cast<FiftyDigits>();
    const pc::Matrix<FiftyDigits> exact_targets = targets.cast<FiftyDigits>();
    CHECK(close<double>(loss.total(outputs, targets), loss.total(exact, exact_targets), 20));
    loss.differentiate(outputs, targets);
    loss.differentiate(exact, exact_targets);
    for (pc::Index k = 0; k < 3; ++k) CHECK(close<double>(outputs(k, 0), exact(k, 0), 20));
  }
  pc::Matrix<double> huge(3, 1);
  huge << 1e4, -1e4, 0;
  CHECK(loss.total(huge, targets) == 2e4);
}

TEST_CASE("many samples at once have the losses and signals of each alone") {
  const pc::SoftmaxCrossEntropy loss;
  pc::RandomStream stream{pc::Seed{11}};
  const auto hold = [&]<class S>(S /*scalar*/) {
    const pc::Index classes = 2 + stream.below(12), samples = 4 + stream.below(40);
    CAPTURE(classes, samples);
    // Blocks of larger matrices: their columns have a stride.
    pc::Matrix<S> all_outputs(classes + 1, samples), all_targets(classes + 2, samples);
    auto outputs = all_outputs.topRows(classes);
    auto targets = all_targets.bottomRows(classes);
    targets = some_targets<S>(loss, stream, classes, samples);
    outputs = static_cast<S>(std::exp2(stream.uniform(-2, 11))) * laws::random_matrix<S>(stream, classes, samples);
    outputs = outputs.unaryExpr([](const S& o) { return S(std::round(o * 256) / 256); });  // exact differences
    if (samples > 20) outputs.col(7).setConstant(S(3));                                    // no largest one
    pc::Matrix<long double> exact = outputs.template cast<long double>();
    const pc::Matrix<long double> exact_targets = targets.template cast<long double>();
    const long double u = pc::unit_roundoff<S>(), unit = static_cast<long double>(2 * classes + 40) * u;
    const long double total = loss.total(outputs, targets), exact_total = loss.differentiate(exact, exact_targets);
    CHECK(std::abs(total - exact_total) <= unit * exact_total + static_cast<long double>(samples) * u * exact_total);
    CHECK(loss.differentiate(outputs, targets) == total);
    int wrong = 0;
    for (pc::Index i = 0; i < samples; ++i) {
      const bool one_hot = targets.col(i).maxCoeff() == S(1);
      for (pc::Index k = 0; k < classes; ++k) {
        const long double size = one_hot ? std::abs(exact(k, i)) : 1.0L;
        const long double tiny = 8 * static_cast<long double>(std::numeric_limits<S>::denorm_min());
        if (!(std::abs(static_cast<long double>(outputs(k, i)) - exact(k, i)) <= unit * size + tiny)) ++wrong;
      }
    }
    CHECK(wrong == 0);
  };
  for (int trial = 0; trial < 100; ++trial) {
    hold(0.0);
    hold(0.0F);
  }
  pc::Matrix<double> outputs = laws::random_matrix<double>(stream, 3, 9);
  const pc::Matrix<double> targets = some_targets<double>(loss, stream, 3, 9);
  outputs(1, 4) = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(loss.total(outputs, targets)));
  loss.differentiate(outputs, targets);
  for (pc::Index i = 0; i < 9; ++i) CHECK(outputs.col(i).allFinite() == (i != 4));
}

TEST_CASE("losses reject targets that they have no meaning for") {
  const pc::Matrix<double> numbers{{1.0, 0.5}};
  const pc::Matrix<double> nothing{{1.0, std::numeric_limits<double>::quiet_NaN()}};
  CHECK_THROWS_AS(pc::LogisticLoss{}.require_targets(numbers), std::invalid_argument);
  CHECK_THROWS_AS(pc::ExponentialLoss{}.require_targets(nothing), std::invalid_argument);
  CHECK_NOTHROW(pc::SquaredLoss{}.require_targets(numbers));
  CHECK_THROWS_AS(pc::SoftmaxCrossEntropy{}.require_targets(numbers), std::invalid_argument);
  const pc::Matrix<double> negative{{1.5}, {-0.5}};
  CHECK_THROWS_WITH(pc::SoftmaxCrossEntropy{}.require_targets(negative),
                    Catch::Matchers::ContainsSubstring("sample 0"));
  const pc::Matrix<double> one_hot{{1.0, 0.0}, {0.0, 1.0}};
  CHECK_NOTHROW(pc::SoftmaxCrossEntropy{}.require_targets(one_hot));
}
