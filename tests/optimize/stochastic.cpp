// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>
#include <numeric>
#include <proxcvx/objectives/least_squares.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/optimize/recorders.hpp>
#include <proxcvx/optimize/stochastic_gradient_descent.hpp>
#include <proxcvx/regions/ball.hpp>

#include "optimize/models.hpp"
#include "support/catch2.hpp"

namespace pc = proxcvx;
using models::Line;
using models::normal_vector;
using pc::Sampling;

namespace {

constexpr Sampling every_sampling[] = {Sampling::with_replacement, Sampling::without_replacement, Sampling::reshuffled,
                                       Sampling::in_order};

std::vector<pc::Index> drawn(pc::Batches& batches, pc::Index t) {
  const auto batch = batches.draw(t);
  return {batch.begin(), batch.end()};
}

bool distinct(std::vector<pc::Index> indices) {
  std::sort(indices.begin(), indices.end());
  return std::adjacent_find(indices.begin(), indices.end()) == indices.end();
}

/// The count of a binomial variable is within 5 standard deviations of its mean.
void within_five_sigma(double count, double trials, double probability) {
  const double deviation = std::sqrt(trials * probability * (1 - probability));
  CHECK(std::abs(count - trials * probability) <= 5 * deviation);
}

pc::Vector<double> point(double x) { return pc::Vector<double>::Constant(1, x); }

const Line line{{1.0, -0.5, 2.0, 0.25}, {0.5, 1.0, -1.0, 2.0}};

}  // namespace

TEST_CASE("step t sees a pure function of (seed, t)") {
  for (const Sampling sampling : every_sampling) {
    pc::Batches forward{7, 3, sampling, pc::Seed{9}};
    std::vector<std::vector<pc::Index>> batches;
    for (pc::Index t = 0; t < 40; ++t) batches.push_back(drawn(forward, t));
    pc::Batches again{7, 3, sampling, pc::Seed{9}};
    for (pc::Index t = 39; t >= 0; --t) CHECK(drawn(again, t) == batches[static_cast<std::size_t>(t)]);
    for (const pc::Index t : {5, 5, 31, 0}) CHECK(drawn(again, t) == batches[static_cast<std::size_t>(t)]);
    for (const auto& batch : batches) {
      CHECK(batch.size() == 3);
      for (const pc::Index i : batch) CHECK((i >= 0 && i < 7));
    }
    pc::Batches other{7, 3, sampling, pc::Seed{10}};
    int equal = 0;
    for (pc::Index t = 0; t < 40; ++t) equal += drawn(other, t) == batches[static_cast<std::size_t>(t)] ? 1 : 0;
    CHECK((equal == 40) == (sampling == Sampling::in_order));
  }
}

TEST_CASE("indices are distinct within a batch, and epochs are permutations, where that is promised") {
  for (const pc::Index terms : {1, 2, 7, 12}) {
    for (pc::Index batch = 1; batch <= terms; ++batch) {
      pc::Batches without{terms, batch, Sampling::without_replacement, pc::Seed{3}};
      for (pc::Index t = 0; t < 20; ++t) CHECK(distinct(drawn(without, t)));
      for (const Sampling sampling : {Sampling::reshuffled, Sampling::in_order}) {
        pc::Batches epochs{terms, batch, sampling, pc::Seed{3}};
        std::vector<pc::Index> sequence;
        for (pc::Index t = 0; t < terms * 4; ++t) {
          const auto indices = drawn(epochs, t);
          sequence.insert(sequence.end(), indices.begin(), indices.end());
        }
        for (std::size_t start = 0; start < sequence.size(); start += static_cast<std::size_t>(terms)) {
          std::vector<pc::Index> epoch(sequence.begin() + static_cast<std::ptrdiff_t>(start),
                                       sequence.begin() + static_cast<std::ptrdiff_t>(start) + terms);
          if (sampling == Sampling::in_order) CHECK(std::is_sorted(epoch.begin(), epoch.end()));
          CHECK(distinct(epoch));
        }
      }
    }
  }
}

TEST_CASE("every index is as likely as any other, at every place, and pairs are independent or distinct") {
  constexpr pc::Index terms = 5;
  constexpr pc::Index steps = 20'000;
  for (const Sampling sampling : {Sampling::with_replacement, Sampling::without_replacement, Sampling::reshuffled}) {
    pc::Batches batches{terms, terms, sampling, pc::Seed{17}};
    std::map<std::pair<pc::Index, pc::Index>, double> at_place;
    std::map<std::pair<pc::Index, pc::Index>, double> first_two;
    for (pc::Index t = 0; t < steps; ++t) {
      const auto batch = drawn(batches, t);
      for (pc::Index k = 0; k < terms; ++k) ++at_place[{k, batch[static_cast<std::size_t>(k)]}];
      ++first_two[{batch[0], batch[1]}];
    }
    for (pc::Index i = 0; i < terms; ++i) {
      for (pc::Index k = 0; k < terms; ++k) {
        within_five_sigma(at_place[{k, i}], steps, 1.0 / terms);
        const double pair = sampling == Sampling::with_replacement ? 1.0 / (terms * terms)
                            : i == k                               ? 0.0
                                                                   : 1.0 / (terms * (terms - 1));
        within_five_sigma(first_two[{i, k}], steps, pair);
      }
    }
  }
}

TEST_CASE("SGD on all terms in order is GD up to rounding") {
  const pc::LeastSquares f(models::normal_data(6, 15, 23));
  const auto w0 = normal_vector(6, 24);
  const double eta = 1 / f.smoothness();
  const auto gd = pc::GD{eta, {.iterations = 50}}.minimize(f, w0);
  for (const Sampling sampling : {Sampling::in_order, Sampling::reshuffled, Sampling::without_replacement}) {
    const auto sgd = pc::SGD{eta, {.iterations = 50, .batch = 15, .sampling = sampling}}.minimize(f, w0);
    const double rounding = 50 * 15 * 8 * pc::unit_roundoff<double>();
    CHECK((sgd.last - gd.last).norm() <= rounding * (w0.norm() + gd.last.norm()));
  }
}

TEST_CASE("SGD is its formula on the batches that the seed draws, and reproducible") {
  for (const Sampling sampling : every_sampling) {
    const pc::PolynomialStep step{0.2, 0.5};
    const pc::SGD sgd{step, {.iterations = 30, .batch = 2, .sampling = sampling, .seed = pc::Seed{4}, .average = true}};
    const auto result = sgd.minimize(line, point(1.5));
    pc::Batches batches{4, 2, sampling, pc::Seed{4}};
    pc::Vector<double> w = point(1.5);
    pc::Vector<double> gradient(1);
    double by_hand = 1.5;
    double sum = 0;
    for (pc::Index t = 0; t < 30; ++t) {
      sum += w[0];
      const auto batch = batches.draw(t);
      const double slope = 0.5 * line.slope(static_cast<std::size_t>(batch[0]), by_hand) +
                           0.5 * line.slope(static_cast<std::size_t>(batch[1]), by_hand);
      by_hand -= 0.2 / std::sqrt(static_cast<double>(t) + 1) * slope;
      sgd.step(line, batch, w, gradient, t);
    }
    CHECK(result.last == w);
    CHECK(result.last[0] == Approx(by_hand).epsilon(1e-13));
    CHECK(result.average[0] == Approx(sum / 30).epsilon(1e-13));
    CHECK(result.iterations == 30);
    CHECK(sgd.minimize(line, point(1.5)).last == result.last);
    const pc::SGD other{step, {.iterations = 30, .batch = 2, .sampling = sampling, .seed = pc::Seed{5}}};
    CHECK((other.minimize(line, point(1.5)).last == result.last) == (sampling == Sampling::in_order));
  }
}

TEST_CASE("SGD counts what it evaluates, and keeps the best of what it evaluated") {
  for (const auto& [every, evaluations] : std::vector<std::pair<pc::Index, pc::Index>>{{0, 1}, {1, 21}, {7, 4}}) {
    pc::TrajectoryRecorder<double> recorder;
    const pc::SGD sgd{0.3, {.iterations = 20, .evaluate_every = every}};
    const auto result = sgd.minimize(line, point(2), recorder);
    CHECK(result.status == pc::Status::iteration_limit);
    CHECK(result.gradient_evaluations == 20);
    CHECK(result.value_evaluations == evaluations);
    double least = line.value(result.last);
    for (pc::Index t = 0; every > 0 && t < 20; t += every) {
      least = std::min(least, line.value(recorder.points().col(t)));
    }
    CHECK(result.best_value == least);
    CHECK(line.value(result.best) == least);
    CHECK(result.last_value == line.value(result.last));
  }
}

TEST_CASE("SGD stops where it is told, where numbers end, and stays in its region") {
  for (const pc::Index stop : {0, 3}) {
    const auto observer = [&](const pc::Iterate<double>& iterate) {
      return iterate.t == stop ? pc::Flow::stop : pc::Flow::proceed;
    };
    pc::TrajectoryRecorder<double> recorder;
    const auto result = pc::SGD{0.1, {.iterations = 9, .average = true}}.minimize(line, point(2), observer, recorder);
    CHECK(result.status == pc::Status::stopped_by_observer);
    CHECK(result.iterations == stop);
    CHECK(result.gradient_evaluations == stop + 1);
    CHECK(recorder.points().cols() == stop + 1);
    const double mean = stop == 0 ? 2 : recorder.points().leftCols(stop).mean();
    CHECK(result.average[0] == Approx(mean).epsilon(1e-14));
  }
  const Line steep{{1e60}, {0}};
  const auto diverged = pc::SGD{1.0, {.iterations = 50, .evaluate_every = 1}}.minimize(steep, point(1));
  CHECK(diverged.status == pc::Status::non_finite);
  CHECK(diverged.best == point(1));
  CHECK(diverged.iterations == 1);  // w_1 = -1e120 has the value 5e359
  const Line tall{{1e120}, {0}};    // gradients of 1e200: their squares overflow, they do not
  const auto tall_run = pc::SGD{1e-240, {.iterations = 5}}.minimize(tall, point(1e-40));
  CHECK(tall_run.status == pc::Status::iteration_limit);
  CHECK(std::abs(tall_run.last[0]) < 1e-50);

  const pc::Ball<double> ball(point(5), 1.5);
  bool inside = true;
  const auto watch = [&](const auto& iterate) { inside = inside && ball.contains(iterate.w); };
  const auto projected = pc::SGD{0.3, {.iterations = 60, .batch = 4}, ball}.minimize(line, point(5), watch);
  CHECK(inside);
  CHECK(projected.last[0] == Approx(3.5));
}

TEST_CASE("SGD refuses senseless arguments and says which") {
  using Catch::Matchers::ContainsSubstring;
  CHECK_THROWS_WITH((pc::SGD{0.1, {.iterations = -2}}), ContainsSubstring("iterations"));
  CHECK_THROWS_WITH((pc::SGD{0.1, {.batch = 0}}), ContainsSubstring("batch"));
  CHECK_THROWS_WITH((pc::SGD{0.1, {.evaluate_every = -1}}), ContainsSubstring("evaluate_every"));
  CHECK_THROWS_AS(pc::SGD{-0.1}, std::invalid_argument);
  CHECK_THROWS_WITH(pc::SGD{0.1}.minimize(line, normal_vector(2, 1)), ContainsSubstring("w0"));
  CHECK_THROWS_WITH(pc::SGD{0.1}.minimize(line, point(std::nan(""))), ContainsSubstring("w0"));
  for (const Sampling sampling : {Sampling::without_replacement, Sampling::reshuffled, Sampling::in_order}) {
    const pc::SGD too_large{0.1, {.iterations = 1, .batch = 5, .sampling = sampling}};
    CHECK_THROWS_WITH(too_large.minimize(line, point(1)), ContainsSubstring("batch") && ContainsSubstring("terms, 4"));
  }
  CHECK(pc::SGD{0.1, {.iterations = 1, .batch = 50}}.minimize(line, point(1)).iterations == 1);
  CHECK_THROWS_WITH(pc::SGD{0.1}.minimize(Line{}, point(1)), ContainsSubstring("terms"));
}
