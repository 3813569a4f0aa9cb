// SPDX-License-Identifier: MIT
#include <numeric>
#include <proxcvx/data/noisy_halfspace.hpp>
#include <proxcvx/distributed/distributed_risk.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/optimize/adaptive.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/optimize/stochastic_gradient_descent.hpp>
#include <sstream>

#include "distributed/the_world.hpp"
#include "support/catch2.hpp"

// The risk of data that is spread over ranks against that of all data on each of them.

namespace pc = proxcvx;
using tests::world;

namespace {

/// n eps, n the terms of the longest sum here: 4e-14 for double.
template <class Scalar> constexpr Scalar tolerance = 181 * std::numeric_limits<Scalar>::epsilon();
static_assert(tolerance<double> < 1e-12);

template <class Scalar> void close(const pc::Vector<Scalar>& a, const pc::Vector<Scalar>& b, double factor = 1) {
  CHECK((a - b).norm() <= static_cast<Scalar>(factor) * tolerance<Scalar> * b.norm());
}

const auto all_data = pc::noisy_halfspace({.samples = 181, .dimension = 7, .margin = 0.1, .noise = 0.05}, pc::Seed{3});

template <class Scalar> auto whole_risk() {
  const pc::TwoLayer<pc::SmoothLeakyReLU, Scalar> network{{.inputs = 7, .hidden = 9}, pc::SmoothLeakyReLU{0.2}};
  return pc::EmpiricalRisk{network, pc::LogisticLoss{}, all_data.template cast<Scalar>()};
}
template <class Risk> auto part_of(const Risk& whole) {
  return pc::EmpiricalRisk{whole.network(), whole.loss(), pc::mpi::share(whole.data(), world())};
}

template <class Scalar> void values_and_gradients(pc::Index pieces) {
  const auto whole = whole_risk<Scalar>();
  const pc::mpi::DistributedRisk f{world(), part_of(whole), {.pieces = pieces}};
  using F = decltype(f);
  static_assert(pc::FiniteSumObjective<std::remove_const_t<F>>);
  static_assert(pc::TwiceDifferentiableObjective<std::remove_const_t<F>>);
  REQUIRE(f.terms() == whole.terms());
  REQUIRE(f.dimension() == whole.dimension());
  const pc::Vector<Scalar> w = whole.network().initialize(pc::Seed{1});
  const Scalar value = whole.value(w);
  CHECK(std::abs(f.value(w) - value) <= tolerance<Scalar> * value);
  pc::Vector<Scalar> expected(w.size()), found(w.size());
  whole.gradient(w, expected);
  CHECK(std::abs(f.gradient(w, found) - value) <= tolerance<Scalar> * value);
  close<Scalar>(found, expected);
  whole.hessian_vector(w, expected, found);
  const pc::Vector<Scalar> curved = found;
  f.hessian_vector(w, expected, found);
  close<Scalar>(found, curved);

  std::vector<pc::Index> all(181);
  std::iota(all.begin(), all.end(), 0);
  for (const std::vector<pc::Index>& batch : {std::vector<pc::Index>{0}, {180}, {5, 90, 90, 180, 33}, all}) {
    const Scalar mean = whole.gradient(w, batch, expected);
    CHECK(std::abs(f.gradient(w, batch, found) - mean) <= tolerance<Scalar> * std::abs(mean));
    close<Scalar>(found, expected);
  }
  CHECK_THROWS_AS(f.gradient(w, std::span<const pc::Index>{}, found), std::invalid_argument);
}

}  // namespace

TEST_CASE("value, gradient, those of a batch and Hessian are those of all data, in float and double") {
  values_and_gradients<double>(1);
  values_and_gradients<float>(1);
  for (const pc::Index pieces : {2, 5}) values_and_gradients<double>(pieces);
}

TEST_CASE("every optimizer runs on it unchanged, to the iterates that it has on all data, the same on all ranks") {
  const auto whole = whole_risk<double>();
  const pc::mpi::DistributedRisk f{world(), part_of(whole)};
  const pc::Vector<double> w0 = whole.network().initialize(pc::Seed{1});
  const auto compare = [&](const auto& optimizer) {
    const auto alone = optimizer.minimize(whole, w0);
    const auto together = optimizer.minimize(f, w0);
    CHECK(together.iterations == alone.iterations);
    close<double>(together.last, alone.last, 100);
    std::ostringstream bits;
    bits << std::hexfloat;
    for (const double entry : together.last) bits << entry << ' ';
    CHECK(tests::same_everywhere(bits.str()));
  };
  compare(pc::GD(pc::ConstantStep{0.5}, {.iterations = 25}));
  compare(pc::SGD(pc::ConstantStep{0.2}, {.iterations = 40, .batch = 6, .sampling = pc::Sampling::reshuffled}));
  compare(pc::Momentum(pc::ConstantStep{0.05}, {}, {.iterations = 25, .batch = 4}));
}

TEST_CASE("a gradient allocates nothing after the first") {
  const auto whole = whole_risk<double>();
  const pc::mpi::DistributedRisk f{world(), part_of(whole)};
  const pc::mpi::DistributedRisk in_pieces{world(), part_of(whole), {.pieces = 3}};
  const pc::Vector<double> w = whole.network().initialize(pc::Seed{1});
  pc::Vector<double> out(w.size());
  const std::vector<pc::Index> batch{1, 100};
  const auto evaluate = [&] { return f.gradient(w, out) + f.gradient(w, batch, out) + in_pieces.gradient(w, out); };
  const double first = evaluate();
  Eigen::internal::set_is_malloc_allowed(false);
  const double again = evaluate();
  Eigen::internal::set_is_malloc_allowed(true);
  CHECK(again == first);
}

TEST_CASE("parts that do not fit are refused on every rank") {
  const auto whole = whole_risk<double>();
  CHECK_THROWS_AS((pc::mpi::DistributedRisk{world(), part_of(whole), {.pieces = 0}}), std::invalid_argument);
  CHECK_THROWS_AS((pc::mpi::DistributedRisk{world(), part_of(whole), {.pieces = 182}}), std::invalid_argument);
}
