// SPDX-License-Identifier: MIT
#include <array>
#include <numeric>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/least_squares.hpp>
#include <proxcvx/objectives/logistic_regression.hpp>
#include <proxcvx/optimize/recorders.hpp>
#include <proxcvx/optimize/stochastic_gradient_descent.hpp>
#include <proxcvx/regions/ball.hpp>
#include <span>
#include <vector>

#include "optimize/models.hpp"
#include "support/catch2.hpp"

// A step on one term that never forms its gradient: the bits of the step that does, which is within rounding of the
// network's own pull-back.

namespace one_term_tests {

namespace pc = proxcvx;
using pc::Index;
using pc::Sampling;

template <class S> pc::Vector<S> random_weights(Index size, std::uint64_t seed) {
  return models::normal_vector(size, seed).template cast<S>() / static_cast<S>(2);
}

/// A network of m tanh units under the squared loss, and least squares, on inputs of dimension d: visit(f).
template <class S, class Visitor> void visit_risks(Index d, Index m, std::uint64_t seed, const Visitor& visit) {
  const auto numbers = models::normal_data(d, 7, seed).template cast<S>();
  visit(pc::LeastSquares<S>(numbers));
  for (const pc::Train train : {pc::Train::first, pc::Train::all}) {
    const pc::TwoLayer<pc::Tanh, S> network({.inputs = d, .hidden = m, .train = train}, pc::Tanh{});
    visit(pc::EmpiricalRisk{network, pc::SquaredLoss{}, numbers});
  }
}

template <class S> void steps_are_equal() {
  const pc::SingleThreadedEigen guard;
  const pc::SGD sgd{0.25};
  for (const Index d : {1, 2, 3, 8, 20, 31, 70, 150}) {  // below and above what is a short column
    for (const Index m : {1, 5, 16}) {
      visit_risks<S>(d, m, static_cast<std::uint64_t>(100 * d + m), [&](const auto& f) {
        using F = std::decay_t<decltype(f)>;
        static_assert(pc::TermDescentObjective<F>);
        const pc::Vector<S> w = random_weights<S>(f.dimension(), 5);
        pc::Vector<S> gradient(w.size()), pulled_back(w.size());
        bool moved = false;
        for (Index i = 0; i < f.terms(); ++i) {
          const std::array batch{i};
          const auto plain = f.bounded_gradient(w, batch, pulled_back);
          pc::Vector<S> with = w, without = w;
          const S value = sgd.step(f, batch, with, gradient);
          sgd.step(f, batch, without);
          CHECK(with == without);
          moved = moved || with != w;  // a saturated unit may stay
          CHECK((gradient - pulled_back).norm() <= 2 * plain.gradient_error);
          CHECK(std::abs(value - plain.value) <= 2 * plain.value_error);
        }
        CHECK(moved);
      });
    }
  }
}

constexpr Sampling all_samplings[] = {Sampling::with_replacement, Sampling::without_replacement, Sampling::reshuffled,
                                      Sampling::in_order};

template <class Result> void same_result(const Result& a, const Result& b) {
  CHECK(a.status == b.status);
  CHECK(a.last == b.last);
  CHECK(a.best == b.best);
  CHECK(a.average == b.average);
  CHECK((a.last_value == b.last_value || (std::isnan(a.last_value) && std::isnan(b.last_value))));
  CHECK(a.best_value == b.best_value);
  CHECK(a.iterations == b.iterations);
  CHECK(a.gradient_evaluations == b.gradient_evaluations);
  CHECK(a.value_evaluations == b.value_evaluations);
}

/// Many steps in a row against as many single ones: weights may wait for the next step, and have arrived at the end.
template <class S> void rows_of_steps_are_equal() {
  const pc::SingleThreadedEigen guard;
  const std::vector<Index> order{3, 0, 0, 6, 2, 5, 1, 4, 4};
  for (const Index d : {1, 3, 4, 7, 8, 9, 20, 70, 300}) {
    for (const Index m : {1, 3, 16, 37}) {
      visit_risks<S>(d, m, static_cast<std::uint64_t>(100 * d + m), [&](const auto& f) {
        const pc::Vector<S> w = random_weights<S>(f.dimension(), 5);
        const auto run = [&](const auto& sgd) {
          pc::Vector<S> single = w, together = w;
          for (std::size_t t = 0; t < order.size(); ++t) {
            sgd.step(f, std::span(order).subspan(t, 1), single, static_cast<Index>(t));
          }
          sgd.steps(f, order, together);
          CHECK(((single.array() == together.array()) || (single.array().isNaN() && together.array().isNaN())).all());
        };
        run(pc::SGD{pc::PolynomialStep{0.3, 0.5}});
        if (d == 3) run(pc::SGD{0.25, {}, pc::Ball<S>(w, S(0.2))});
        if (d == 3) run(pc::SGD{sizeof(S) == 4 ? 1e20 : 1e160});  // where a step is not finite it is as it was
      });
    }
  }
}

/// A regression of one's own, with another gradient than the one that it inherits.
struct Halved : pc::LeastSquares<double> {
  using LeastSquares::gradient;
  using LeastSquares::LeastSquares;
  double gradient(pc::ConstVectorRef<double> w, std::span<const Index> batch, pc::VectorRef<double> out) const {
    const double value = LeastSquares::gradient(w, batch, out);
    out /= 2;
    return value / 2;
  }
};
struct Neuron : pc::Neuron<pc::Tanh> {
  using pc::Neuron<pc::Tanh>::Neuron;
};
static_assert(pc::FiniteSumObjective<Halved> && !pc::TermDescentObjective<Halved>);
static_assert(pc::Network<Neuron> && !pc::OuterProductNetwork<Neuron>);
static_assert(!pc::TermDescentObjective<pc::EmpiricalRisk<Neuron, pc::SquaredLoss>>);

}  // namespace one_term_tests

using namespace one_term_tests;

TEST_CASE("a step in place has the bits of one with a gradient, float") { steps_are_equal<float>(); }
TEST_CASE("a step in place has the bits of one with a gradient, double") { steps_are_equal<double>(); }

TEST_CASE("steps in a row are single steps, float") { rows_of_steps_are_equal<float>(); }
TEST_CASE("steps in a row are single steps, double") { rows_of_steps_are_equal<double>(); }

TEST_CASE("a step of logistic regression is one with its gradient, and steps in a row are single ones") {
  pc::Matrix<double> inputs = models::normal_data(21, 9, 4).inputs();
  inputs.col(3) *= 1e4;  // saturated
  pc::Matrix<double> labels(1, 9);
  for (Index i = 0; i < 9; ++i) labels(0, i) = i % 2 == 0 ? 1 : -1;
  const pc::LogisticRegression<double> f(pc::Dataset<double>(inputs, labels));
  const pc::SGD sgd{0.5};
  pc::Vector<double> with = models::normal_vector(21, 7), without = with, together = with, gradient(21);
  std::vector<Index> order;
  for (Index i = 0; i < 30; ++i) order.push_back(i * 4 % 9);
  for (const Index i : order) {
    const std::array batch{i};
    sgd.step(f, batch, with, gradient);
    sgd.step(f, batch, without);
    CHECK(with == without);
  }
  sgd.steps(f, order, together);
  CHECK(together == with);
}

TEST_CASE("a run of SGD is the same, watched or not") {
  const auto nobody = [](const auto& /*iterate*/) {};
  visit_risks<double>(3, 4, 8, [&](const auto& f) {
    const auto w0 = random_weights<double>(f.dimension(), 9);
    for (const Sampling sampling : all_samplings) {
      for (const Index every : {0, 4}) {
        const pc::SGDSettings settings{.iterations = 25, .sampling = sampling, .evaluate_every = every};
        const pc::PolynomialStep step{0.3, 0.5};
        const pc::Ball<double> ball(w0, 0.2);
        same_result(pc::SGD{step, settings, ball}.minimize(f, w0),
                    pc::SGD{step, settings, ball}.minimize(f, w0, nobody));
        pc::SGDSettings averaged = settings;
        averaged.average = true;
        const auto result = pc::SGD{step, averaged, ball}.minimize(f, w0);
        same_result(result, pc::SGD{step, averaged, ball}.minimize(f, w0, nobody));
        CHECK(result.last == pc::SGD{step, settings, ball}.minimize(f, w0).last);
      }
    }
  });
}

TEST_CASE("a run ends where numbers end, watched or not") {
  const auto nobody = [](const auto& /*iterate*/) {};
  visit_risks<double>(3, 4, 8, [&](const auto& f) {
    const auto w0 = random_weights<double>(f.dimension(), 9);
    for (const double eta : {1e3, 1e160, 1e300}) {
      const pc::SGD sgd{eta, {.iterations = 200}};
      same_result(sgd.minimize(f, w0), sgd.minimize(f, w0, nobody));
    }
  });
  const pc::LeastSquares f(models::normal_data(2, 3, 1));
  const auto diverged = pc::SGD{1e100, {.iterations = 50}}.minimize(f, models::normal_vector(2, 3));
  CHECK(diverged.status == pc::Status::non_finite);
  CHECK(diverged.iterations < 4);
}

TEST_CASE("what inherits a step in place and has a gradient of its own moves by its own") {
  const Halved halved(models::normal_data(3, 6, 4));
  const pc::LeastSquares<double>& whole = halved;
  const auto w0 = models::normal_vector(3, 5);
  const auto slow = pc::SGD{0.125, {.iterations = 12}}.minimize(halved, w0);
  const auto whole_run = pc::SGD{0.0625, {.iterations = 12}}.minimize(whole, w0);
  CHECK((slow.last - whole_run.last).norm() <= 12 * 64 * pc::unit_roundoff<double>() * w0.norm());
}

TEST_CASE("batches without replacement are the first entries of a shuffle that starts anew each step") {
  for (const Index batch : {1, 2, 5, 9}) {
    pc::Batches batches{9, batch, Sampling::without_replacement, pc::Seed{6}};
    for (Index t = 0; t < 50; ++t) {
      pc::RandomStream stream{pc::Seed{6}, static_cast<std::uint64_t>(t), pc::Purpose::batches};
      std::vector<Index> order(9);
      std::iota(order.begin(), order.end(), Index{0});
      for (Index i = 0; i < batch; ++i) {
        std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(i + stream.below(9 - i))]);
      }
      order.resize(static_cast<std::size_t>(batch));
      const auto drawn = batches.draw(t);
      CHECK(std::vector<Index>(drawn.begin(), drawn.end()) == order);
    }
  }
}
