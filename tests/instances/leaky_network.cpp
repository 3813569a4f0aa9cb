// SPDX-License-Identifier: MIT
#include <proxcvx/data/noisy_halfspace.hpp>
#include <proxcvx/instances/leaky_network.hpp>
#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/optimize/recorders.hpp>
#include <proxcvx/optimize/stochastic_gradient_descent.hpp>
#include <proxcvx/properties/gradient_growth.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/check.hpp>
#include <stdexcept>
#include <string>

#include "instances/random_problems.hpp"

// Theory 4.4: leaky networks of any width on any data.

namespace pc = proxcvx;

namespace {

using Net = pc::TwoLayer<pc::AnyActivation>;

/// A leaky or smoothed leaky activation with a random slope; 1 now and then.
pc::AnyActivation activation(pc::RandomStream& stream) {
  const double slope = stream.below(8) == 0 ? 1.0 : std::exp2(stream.uniform(-5, 0));
  if (stream.below(2) == 0) return pc::LeakyReLU{slope};
  return pc::SmoothLeakyReLU{slope, problems::scale(stream, 3)};
}

/// A network of 1 to 6 units on the data, outer weights random.
Net network(pc::RandomStream& stream, const pc::Dataset<double>& data) {
  const pc::Index hidden = 1 + stream.below(6);
  return Net({.inputs = data.dimension(), .hidden = hidden}, activation(stream),
             problems::vector(stream, hidden, 2).cwiseMax(-4).cwiseMin(4) + pc::Vector<double>::Constant(hidden, 1e-3));
}

}  // namespace

TEST_CASE("4.4: proxy PL, proxy convexity and growth have no violation on any data") {
  problems::on_random_data(441, true, [&](pc::RandomStream& stream, const auto& data, pc::Index points) {
    if (!(data.inputs().squaredNorm() > 0)) return;
    const Net net = network(stream, data);
    const pc::LeakyNetwork instance{net, data};
    INFO(net.name());
    const auto pl = instance.proxy_pl();
    const auto convexity = instance.proxy_convexity();
    const pc::GradientGrowth single{instance.objective(), instance.objective(),
                                    instance.growth(pc::Noise::single_example)};
    const pc::GradientGrowth full{instance.objective(), instance.objective(), instance.growth(pc::Noise::full_batch)};
    for (pc::Index i = 0; i < points; ++i) {
      const auto w = problems::vector(stream, net.parameters());
      const auto v = stream.below(6) == 0 ? w : problems::vector(stream, net.parameters());
      problems::has_no_violation(pl, w);
      problems::has_no_violation(convexity, w, v);
      problems::has_no_violation(single, w);
      problems::has_no_violation(full, w);
    }
  });
}

static_assert(pc::Instance<pc::LeakyNetwork<pc::TwoLayer<pc::LeakyReLU>>> && pc::Instance<pc::LeakyNetwork<Net>>);
static_assert(!pc::Instance<pc::TwoLayer<pc::LeakyReLU>> && !pc::SearchableInstance<pc::Ball<double>>);

TEST_CASE("4.4: mu is sharp where all units are inactive, and 1.001 times it is violated") {
  // y_i x_i = (m_0, +-epsilon); w_j = (0, -1) leaves every unit inactive at every sample.
  const double m0 = 0.75;
  const double epsilon = 0.25;
  pc::Matrix<double> x(2, 2);
  x << m0, -m0, epsilon, epsilon;
  pc::Matrix<double> y(1, 2);
  y << 1, -1;
  const pc::Dataset<double> data(x, y);
  for (const pc::Index hidden : {1, 3, 8}) {
    const Net net({.inputs = 2, .hidden = hidden}, pc::LeakyReLU{0.25});
    const pc::LeakyNetwork instance{net, data};
    const auto constants = instance.constants();
    CHECK(instance.reference().margin == Approx(m0).epsilon(1e-6));
    CHECK(constants.xi == 0);
    CHECK(constants.mu == Approx(2 * 0.25 * m0).epsilon(1e-6));
    pc::Vector<double> inactive(net.parameters());
    for (pc::Index j = 0; j < hidden; ++j) inactive.segment(2 * j, 2) << 0, -1;
    problems::has_no_violation(instance.proxy_pl(), inactive);
    auto larger = constants;
    larger.mu *= 1.001;
    problems::is_violated(instance.proxy_pl(larger), inactive);
  }
}

TEST_CASE("4.4: the growth constant is sharp at z = -0.921423") {
  // One sample, one linear unit: E||grad f||^2 = l'(z)^2 ||a||^2 R^2 at z = -0.921423.
  const pc::Dataset<double> data(pc::Matrix<double>::Ones(1, 1), pc::Matrix<double>::Ones(1, 1));
  const Net net({.inputs = 1, .hidden = 1}, pc::Identity{}, pc::Vector<double>::Ones(1));
  const pc::LeakyNetwork instance{net, data};
  const pc::Vector<double> w = pc::Vector<double>::Constant(1, -0.921423);
  auto constants = instance.growth(pc::Noise::single_example);
  CHECK(constants.B == Approx(0.40726437758908).epsilon(1e-12));
  problems::has_no_violation(pc::GradientGrowth{instance.objective(), instance.objective(), constants}, w);
  constants.B /= 1.001;
  problems::is_violated(pc::GradientGrowth{instance.objective(), instance.objective(), constants}, w);
}

TEST_CASE("4.4: a smoothed activation needs the shift in h") {
  // Without the shift h is too small; W = V far from 0 on the side where sum min(t_j, gamma t_j) is tight.
  const pc::Dataset<double> data(pc::Matrix<double>::Ones(1, 1), pc::Matrix<double>::Ones(1, 1));
  const Net net({.inputs = 1, .hidden = 2}, pc::SmoothLeakyReLU{0.5, 1});
  const pc::LeakyNetwork instance{net, data};
  const auto f = instance.objective();
  const auto unshifted = [&](pc::ConstVectorRef<double> v) {
    double margin = 0;
    for (pc::Index j = 0; j < 2; ++j) {
      const double t = net.outer_weights()[j] * v[j];
      margin += std::min(t, 0.5 * t);
    }
    return std::log1p(std::exp(-margin));
  };
  pc::Vector<double> w(2);
  w << 0, 0;  // z = 0: s(0) > 0 in both units
  pc::Vector<double> v(2);
  v << -4, 0;  // only the first unit, at its worse slope
  const pc::ProxyConvexity wrong{f, f, unshifted};
  bool violated = false;
  for (int i = 0; i < 4000 && !violated; ++i) {
    pc::RandomStream stream{pc::Seed{5}, static_cast<std::uint64_t>(i)};
    w = problems::vector(stream, 2, 4);
    v = problems::vector(stream, 2, 4);
    const auto margin = wrong.margin(w, v);
    problems::has_no_violation(instance.proxy_convexity(), w, v);
    violated = margin.value < -1e-6;
  }
  CHECK(violated);
}

TEST_CASE("4.4: a ReLU is refused, and so are a trained outer layer and labels that are no signs") {
  const auto data = pc::noisy_halfspace({.samples = 20, .dimension = 3}, pc::Seed{1});
  CHECK_THROWS_AS(pc::LeakyNetwork(Net({.inputs = 3, .hidden = 2}, pc::ReLU{}), data), std::invalid_argument);
  CHECK_THROWS_AS(pc::LeakyNetwork(Net({.inputs = 3, .hidden = 2}, pc::Tanh{}), data), std::invalid_argument);
  CHECK_THROWS_AS(pc::LeakyNetwork(Net({.inputs = 3, .hidden = 2, .train = pc::Train::all}, pc::LeakyReLU{0.1}), data),
                  std::invalid_argument);
  const pc::Dataset<double> numbers(data.inputs(), 2 * data.targets());
  CHECK_THROWS_AS(pc::LeakyNetwork(Net({.inputs = 3, .hidden = 2}, pc::LeakyReLU{0.1}), numbers),
                  std::invalid_argument);
}

TEST_CASE("4.4: full-batch descent stays under both guarantees at every T") {
  for (const double noise : {0.0, 0.05, 0.2}) {
    const auto data = pc::noisy_halfspace({.samples = 120, .dimension = 5, .margin = 0.1, .noise = noise}, pc::Seed{3});
    for (const pc::AnyActivation& s : {pc::AnyActivation{pc::LeakyReLU{0.3}}, {pc::SmoothLeakyReLU{0.3, 2}}}) {
      INFO(noise << " " << s.name());
      const pc::Index T = 300;
      const Net net({.inputs = 5, .hidden = 16}, s);
      const pc::LeakyNetwork instance{net, data};
      const auto w0 = net.initialize(pc::Seed{2});
      const double eta = s.kinked() ? 0 : 1 / instance.smoothness() * (1 - 1e-12);
      const auto convexity = instance.proxy_convexity_guarantee(w0, {.iterations = T, .step_size = eta});
      pc::ProxyRecorder F{instance.objective()};
      pc::ProxyRecorder G{pc::LossDerivative{instance.objective()}};
      (void)pc::GD(convexity.step_size(), {.iterations = T}).minimize(instance.objective(), w0, F, G);
      double sum = 0;
      for (pc::Index t = 1; t <= T; ++t) {
        sum += F.values()[static_cast<std::size_t>(t - 1)];
        CHECK(sum / static_cast<double>(t) <= convexity.bound(t) * (1 + 1e-12));
      }
      if (s.kinked()) {
        CHECK_THROWS_AS(instance.proxy_pl_guarantee(w0, {.iterations = T}), std::invalid_argument);
        continue;
      }
      const auto pl = instance.proxy_pl_guarantee(w0, {.iterations = T, .step_size = convexity.step_size()});
      double best = 1;
      for (pc::Index t = 1; t <= T; ++t) {
        best = std::min(best, G.values()[static_cast<std::size_t>(t - 1)]);
        CHECK(best <= pl.bound(t) * (1 + 1e-12));
      }
      const auto accurate = instance.proxy_pl_guarantee(w0, {.accuracy = 0.1});
      CHECK(accurate.bound(accurate.iterations()) <= instance.constants().xi + 0.1 + 1e-9);
    }
  }
}

TEST_CASE("4.4: over one pass of SGD the mean loss of the next sample stays under the bound on every run") {
  for (pc::Index problem = 0; problem < problems::count(400'000); ++problem) {
    pc::RandomStream stream{pc::Seed{446}, static_cast<std::uint64_t>(problem)};
    const pc::Index n = 1 + stream.below(60);
    const auto law = problem % 2 == 0 ? pc::HalfspaceInputs::gaussian : pc::HalfspaceInputs::laplace;
    const auto data = pc::noisy_halfspace(
        {.samples = n, .dimension = 3, .margin = 0.05, .noise = stream.uniform(0, 0.5), .inputs = law},
        pc::Seed{static_cast<std::uint64_t>(problem)});
    const Net net({.inputs = 3, .hidden = 1 + stream.below(8)}, pc::LeakyReLU{std::exp2(stream.uniform(-4, 0))});
    const pc::LeakyNetwork instance{net, data};
    const auto w0 = problems::vector(stream, net.parameters());
    const auto promise = instance.proxy_convexity_guarantee(w0, {.iterations = n, .noise = pc::Noise::single_example});
    pc::ValueRecorder losses;
    const pc::SGD pass{promise.step_size(), {.iterations = n, .sampling = pc::Sampling::in_order}};
    (void)pass.minimize(instance.objective(), w0, losses);
    double mean = 0;
    for (const double loss : losses.values()) mean += loss / static_cast<double>(n);
    INFO("problem " << problem << ", " << net.name() << ", " << n << " samples");
    CHECK(mean <= promise.bound(n) * (1 + 1e-12));

    // What the reference's level is worked out from: h(V), V_j = c a_j v, ||a|| = 1, by one number a sample.
    const auto& v = instance.reference().direction;
    const double c = problems::scale(stream, 6);
    const pc::Matrix<double> scaled = c * v * net.outer_weights().transpose();
    const double h = pc::WorstSlopeRisk{instance.objective()}.value(
        Eigen::Map<const pc::Vector<double>>(scaled.data(), scaled.size()));
    const auto margins = pc::detail::worst_margins(pc::detail::signed_inputs(data), v, instance.slope());
    const double level = pc::detail::logistic_level(margins, c * (1 - 1e-15), c * (1 + 1e-15));
    CHECK(std::abs(level - h) <= 1e-12 * (1 + h));
  }
}

TEST_CASE("4.4: the ladder of references is near the best scale, and beats the reference 0") {
  const auto data = pc::noisy_halfspace({.samples = 200, .dimension = 10, .margin = 0.2}, pc::Seed{7});
  const Net net({.inputs = 10, .hidden = 32}, pc::LeakyReLU{0.5});
  const pc::LeakyNetwork instance{net, data};
  const auto w0 = net.initialize(pc::Seed{1});
  const auto guarantee = instance.proxy_convexity_guarantee(w0, {.iterations = 20'000});
  CHECK(guarantee.bound(20'000) < 0.5 * std::log(2.0));  // V = 0 has h = log 2
  CHECK(guarantee.step_size() * instance.growth(pc::Noise::full_batch).B < 2);
}

TEST_CASE("inputs without a reference in the range of double are refused, not computed with") {
  const auto refusal = [](double size, double small) {
    const pc::Dataset<double> data(pc::Matrix<double>{{size, -size, size}, {-small, small, small}},
                                   pc::Matrix<double>{{1, -1, 1}});
    try {
      (void)pc::halfspace_reference(data, 0.1);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refusal(0, 0) == "data: expected an input that is not zero, and whose square is not, got 0");
  CHECK(refusal(1e-200, 0).find("data: expected an input that is not zero") == 0);
  CHECK(refusal(1.7e308, 1e308) == "data: expected inputs whose squares are finite, got inf");
  CHECK(refusal(1e200, 1) == "data: expected inputs whose squares are finite, got inf");
  CHECK(refusal(1e100, 1).empty());
}

TEST_CASE("the halfspace reference minimises its level over the margin, and its level is what it says") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    pc::RandomStream stream{pc::Seed{90}, seed};
    const auto data = problems::dataset(stream, true);
    if (!(data.inputs().squaredNorm() > 0)) continue;
    const double slope = std::exp2(stream.uniform(-4, 0));
    const auto reference = pc::halfspace_reference(data, slope);
    INFO("seed " << seed);
    CHECK(pc::scaled_norm(reference.direction) == Approx(1).epsilon(1e-14));
    const auto level = [&](double margin) {
      double sum = 0;
      for (pc::Index i = 0; i < data.size(); ++i) {
        const double t = data.targets()(0, i) * reference.direction.dot(data.inputs().col(i));
        sum += std::max(0.0, slope * margin - std::min(t, slope * t));
      }
      return sum / (static_cast<double>(data.size()) * slope * margin);
    };
    CHECK(reference.level == Approx(level(reference.margin)).margin(1e-12));
    // Beyond level 1 there is nothing to minimise: it tends to 1 as the margin grows, and the claim is vacuous.
    const double least = std::min(reference.level, 1.0);
    for (double factor = 0.01; factor < 100; factor *= 1.07) {
      CHECK(level(reference.margin * factor) >= least * (1 - 1e-9) - 1e-12);
    }
  }
}
