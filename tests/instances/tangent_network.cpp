// SPDX-License-Identifier: MIT
#include <proxcvx/instances/tangent_network.hpp>
#include <proxcvx/instances/wide_network.hpp>
#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/networks/mlp.hpp>
#include <proxcvx/objectives/softmax_cross_entropy.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/properties/special_cases.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/monitor.hpp>
#include <proxcvx/verify/prove_by_theorem.hpp>

#include "instances/random_problems.hpp"

// Theory 4.5: the tangent of any network with a convex loss, the curvature of two-layer ones, and how far from convex
// wide ones are.

namespace tangents {

namespace pc = proxcvx;
using Matrix = pc::Matrix<double>;
using Vector = pc::Vector<double>;
using Net = pc::TwoLayer<pc::AnyActivation>;
using Deep = pc::MLP<pc::AnyActivation>;

pc::AnyActivation smooth(pc::RandomStream& stream) {
  switch (stream.below(4)) {
    case 0:
      return pc::Tanh{};
    case 1:
      return pc::Swish{};
    case 2:
      return pc::Sigmoid{};
    default:
      return pc::SmoothLeakyReLU{stream.uniform(), problems::scale(stream, 3)};
  }
}

pc::AnyActivation any(pc::RandomStream& stream) {
  if (stream.below(2) == 0) return smooth(stream);
  return pc::LeakyReLU{stream.below(2) == 0 ? 0.0 : stream.uniform()};
}

Net two_layer(pc::RandomStream& stream, pc::Index inputs, const pc::AnyActivation& activation) {
  const pc::Index hidden = 1 + stream.below(6);
  return Net({.inputs = inputs, .hidden = hidden}, activation, problems::vector(stream, hidden, 2));
}

/// f_tan(v; w), or f(v) + E|l'|e, is within its bound of what long double finds.
template <class Reference> void is_within_its_bound(const Reference& h, const Vector& v, const Vector& w) {
  const auto bounded = h.bounded_value(v, w);
  if (!std::isfinite(bounded.value)) return;
  const auto wide = h.template cast<long double>().value(v.cast<long double>(), w.cast<long double>());
  CAPTURE(bounded.value, bounded.error, wide);
  CHECK(std::abs(bounded.value - h.value(v, w)) <= bounded.error);
  CHECK(std::abs(static_cast<double>(bounded.value - wide)) <= bounded.error);
}

TEST_CASE("4.5: the tangent bounds every network with a convex loss from below: two-layer, logistic") {
  int looked_at = 0;
  problems::on_random_data(450, true, [&](pc::RandomStream& stream, const auto& data, pc::Index points) {
    const pc::TangentNetwork instance{
        pc::EmpiricalRisk{two_layer(stream, data.dimension(), any(stream)), pc::LogisticLoss{}, data}};
    INFO(instance.objective().network().name());
    const auto property = instance.property();
    CHECK(property.rigorous_rounding());
    for (pc::Index i = 0; i < points; ++i) {
      const Vector w = problems::vector(stream, property.dimension());
      const Vector v = stream.below(6) == 0 ? Vector(w + 1e-6 * problems::vector(stream, w.size()))
                                            : problems::vector(stream, property.dimension());
      problems::has_no_violation(property, w, v);
      if (i < 2 && looked_at++ < 600) is_within_its_bound(property.reference(), v, w);
    }
  });
}

static_assert(pc::Instance<pc::TangentNetwork<pc::EmpiricalRisk<Deep, pc::SoftmaxCrossEntropy>>>);
static_assert(pc::Instance<pc::WideNetwork<Net>>);

TEST_CASE("4.5: and deep ones with several outputs") {
  int looked_at = 0;
  problems::on_random_data(451, true, [&](pc::RandomStream& stream, const auto& data, pc::Index points) {
    Matrix classes = Matrix::Zero(3, data.size());
    for (pc::Index i = 0; i < data.size(); ++i) classes(stream.below(3), i) = 1;
    const auto& inputs = data.inputs();
    const Deep network{{.inputs = inputs.rows(), .hidden = {1 + stream.below(4), 1 + stream.below(4)}, .outputs = 3},
                       any(stream)};
    const pc::TangentNetwork instance{
        pc::EmpiricalRisk{network, pc::SoftmaxCrossEntropy{}, pc::Dataset<double>{inputs, classes}}};
    INFO(network.name());
    const auto property = instance.property();
    for (pc::Index i = 0; i < points; ++i) {
      const Vector w = problems::vector(stream, property.dimension(), 2);
      const Vector v = stream.below(6) == 0 ? Vector(w + 1e-6 * problems::vector(stream, w.size()))
                                            : problems::vector(stream, property.dimension(), 2);
      problems::has_no_violation(property, w, v);
      if (i < 2 && looked_at++ < 400) is_within_its_bound(property.reference(), v, w);
    }
  });
}

TEST_CASE("4.5: smooth two-layer networks are convex up to their curvature, and a third of pairs need it") {
  pc::Index pairs = 0, not_convex = 0, looked_at = 0;
  problems::on_random_data(452, true, [&](pc::RandomStream& stream, const auto& data, pc::Index points) {
    if (!(data.inputs().squaredNorm() > 0)) return;
    const pc::WideNetwork instance{two_layer(stream, data.dimension(), smooth(stream)), data};
    INFO(instance.objective().network().name());
    const auto property = instance.property();
    const auto convexity = pc::convexity(instance.objective());
    const pc::GradientGrowth growth{instance.objective(), instance.objective(),
                                    instance.growth(pc::Noise::single_example)};
    for (pc::Index i = 0; i < points; ++i) {
      const Vector w = problems::vector(stream, property.dimension(), 3);
      const Vector v = stream.below(6) == 0 ? Vector(w + 1e-6 * problems::vector(stream, w.size()))
                                            : problems::vector(stream, property.dimension(), 3);
      problems::has_no_violation(property, w, v);
      problems::has_no_violation(growth, w);
      if (i < 2 && looked_at++ < 600) is_within_its_bound(property.reference(), v, w);
      const double most = instance.slack((v - w).norm() * (1 + 1e-12));  // the bound that knows the distance alone
      const double at_v = instance.objective().value(v);
      CHECK(property.reference().value(v, w) <= (at_v + most) * (1 + 1e-12));
      const auto margin = convexity.margin(w, v);
      ++pairs;
      not_convex += margin.value < -8 * margin.error ? 1 : 0;
    }
  });
  CAPTURE(pairs, not_convex);
  CHECK(not_convex * 5 > pairs);
  CHECK(not_convex * 2 < pairs);
}

/// A two-layer network of that width on eight inputs of length 1, from weights N(0, 1).
struct Wide {
  pc::WideNetwork<Net> instance;
  Vector start;
};
Wide wide(const pc::AnyActivation& activation, pc::Index width, std::uint64_t seed = 1) {
  pc::RandomStream stream{pc::Seed{3}};
  Matrix x(4, 8);
  stream.fill_normal(x);
  x.colwise().normalize();
  const Matrix y = x.row(0).unaryExpr([](double z) { return z > 0 ? 1.0 : -1.0; });
  const Net network{{.inputs = 4, .hidden = width}, activation};
  return {{network, pc::Dataset<double>{x, y}}, network.initialize(pc::Seed{seed}, pc::Initialization::gaussian(1))};
}

/// How far from convex the pairs of a matrix are.
double largest_gap(const Wide& problem, const Matrix& pairs) {
  const auto convexity = pc::convexity(problem.instance.objective());
  const pc::Index p = convexity.dimension();
  double gap = 0;
  for (pc::Index i = 0; i < pairs.cols(); ++i) {
    gap = std::max(gap, -convexity.margin(pairs.col(i).head(p), pairs.col(i).tail(p)).value);
  }
  return gap;
}

Matrix random_pairs(const Wide& problem, double radius) {
  const pc::Ball ball{problem.start, radius, pc::RadiusLaw::uniform};
  pc::RandomStream stream{pc::Seed{453}};
  Matrix pairs(2 * problem.start.size(), 100);
  for (pc::Index i = 0; i < pairs.cols(); ++i) {
    ball.sample(stream, pairs.col(i).head(problem.start.size()));
    ball.sample(stream, pairs.col(i).tail(problem.start.size()));
  }
  return pairs;
}

double slope(double from, double to, double ratio) { return std::log(to / from) / std::log(ratio); }

TEST_CASE("4.5: tanh is R^2/sqrt(m) from convex at the pairs that starts() knows, R^2/m at random ones") {
  const double radius = 0.125;
  const auto at = [&](pc::Index width, double reach) {
    const Wide problem = wide(pc::Tanh{}, width);
    const Matrix pairs = problem.instance.starts(problem.start, reach);
    const pc::Ball ball{problem.start, reach * (1 + 1e-12)};
    CHECK(ball.contains(pairs.col(0).head(problem.start.size())));
    CHECK(ball.contains(pairs.col(0).tail(problem.start.size())));
    const double gap = largest_gap(problem, pairs);
    CHECK(gap <= problem.instance.slack(2 * reach));  // so that the exponents are those of the worst case itself
    CHECK(gap >= 0.2 * problem.instance.slack(2 * reach));
    return gap;
  };
  const double narrow = at(16, radius), broad = at(1024, radius);
  CHECK(std::abs(slope(narrow, broad, 64) + 0.5) <= 0.1);
  CHECK(std::abs(slope(narrow, at(16, 2 * radius), 2) - 2) <= 0.2);
  CHECK(std::abs(slope(broad, at(1024, 2 * radius), 2) - 2) <= 0.2);
  const auto random = [&](pc::Index width, double reach) {
    double sum = 0;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      const Wide problem = wide(pc::Tanh{}, width, seed);
      sum += largest_gap(problem, random_pairs(problem, reach));
    }
    return sum;
  };
  const double sampled = random(16, radius);
  CHECK(std::abs(slope(sampled, random(1024, radius), 64) + 1) <= 0.2);
  CHECK(std::abs(slope(sampled, random(16, 2 * radius), 2) - 2) <= 0.2);

  const Wide problem = wide(pc::Tanh{}, 64);
  const Matrix pairs = problem.instance.starts(problem.start, radius);
  const pc::Index p = problem.start.size();
  problems::is_violated(pc::convexity(problem.instance.objective()), Vector(pairs.col(0).head(p)),
                        Vector(pairs.col(0).tail(p)));
}

TEST_CASE("4.5: a kinked activation is farther from convex, about R^{4/3} m^{-1/6}") {
  const auto at = [&](pc::Index width, double reach) {
    const Wide problem = wide(pc::ReLU{}, width);
    return largest_gap(problem, problem.instance.starts(problem.start, reach));
  };
  const double base = at(1024, 0.25);
  CHECK(std::abs(slope(base, at(1024, 0.5), 2) - 4.0 / 3) <= 0.2);
  CHECK(std::abs(slope(at(64, 0.25), base, 16) + 1.0 / 6) <= 0.15);
  const Wide smooth = wide(pc::Tanh{}, 1024);
  CHECK(base > 5 * largest_gap(smooth, smooth.instance.starts(smooth.start, 0.25)));
}

TEST_CASE("4.5: a run keeps its bound against any v, by the tangents on its way") {
  pc::RandomStream stream{pc::Seed{454}};
  for (int i = 0; i < 20; ++i) {
    const auto data = problems::dataset(stream, true);
    const pc::EmpiricalRisk f{two_layer(stream, data.dimension(), any(stream)), pc::LogisticLoss{}, data};
    const pc::TangentNetwork instance{f};
    const Vector w0 = f.network().initialize(pc::Seed{static_cast<std::uint64_t>(i)});
    const Vector v = w0 + problems::vector(stream, w0.size(), 1);
    const double eta = 0.1 * problems::scale(stream, 2);
    for (const pc::Index T : {1, 2, 17}) {
      pc::TangentLevels levels{f, v};
      double mean = 0;
      const auto sum = [&](const pc::Iterate<double>& iterate) { mean += iterate.value / static_cast<double>(T); };
      pc::Monitor monitor{instance.property(), v};
      (void)pc::GD(eta, {.iterations = T}).minimize(f, w0, levels, sum, monitor);
      CHECK_FALSE(monitor.report().first_failure);
      const auto promise = instance.guarantee(levels);
      CHECK(promise.iterations() == T);
      CAPTURE(T, mean, promise.bound(T));
      CHECK(mean <= promise.bound(T) * (1 + 1e-12));
    }
  }
  const pc::TangentNetwork instance{wide(pc::Tanh{}, 4).instance.objective()};
  CHECK(pc::prove(instance).verdict() == pc::Verdict::proved_by_theorem);
  const pc::TangentLevels unseen{instance.objective(), wide(pc::Tanh{}, 4).start};
  CHECK_THROWS_AS(instance.guarantee(unseen), std::invalid_argument);
  CHECK_THROWS_AS((pc::TangentLevels{instance.objective(), Vector(3)}), std::invalid_argument);
}

TEST_CASE("4.5: descent within a ball ends near the best risk in it, the nearer the wider") {
  double before = std::numeric_limits<double>::infinity();
  for (const pc::Index width : {16, 256}) {
    const auto [instance, w0] = wide(pc::Tanh{}, width);
    const double radius = 2;
    const auto& f = instance.objective();
    const Vector v = pc::GD(1.0, {.iterations = 200}, pc::Ball{w0, radius}).minimize(f, w0).best;
    const auto promise = instance.guarantee(w0, {w0, v}, radius, {.accuracy = 0.05});
    double mean = 0;
    pc::Index seen = 0;
    const auto look = [&](const pc::Iterate<double>& iterate) {
      ++seen;
      mean += (iterate.value - mean) / static_cast<double>(seen);
      CHECK(mean <= promise.bound(seen) * (1 + 1e-12));
    };
    (void)pc::GD(promise.step_size(), {.iterations = promise.iterations()}, pc::Ball{w0, radius}).minimize(f, w0, look);
    CHECK(instance.slack(radius) < before / 3);
    before = instance.slack(radius);
    CHECK(pc::prove(instance).verdict() == pc::Verdict::proved_by_theorem);
    CHECK_THROWS_AS(instance.guarantee(w0, {Vector(w0 * 100)}, radius, {.accuracy = 0.05}), std::invalid_argument);
    CHECK_THROWS_AS(instance.starts(w0, -1), std::invalid_argument);
    CHECK_THROWS_AS(instance.starts(Vector(3), 1), std::invalid_argument);
    CHECK_THROWS_AS(instance.slack(-1), std::invalid_argument);
  }
  const Wide kinked = wide(pc::ReLU{}, 4);
  CHECK(std::isinf(kinked.instance.slack(1)));
  CHECK_THROWS_AS(kinked.instance.property(), std::invalid_argument);
  const Net all{{.inputs = 4, .hidden = 4, .train = pc::Train::all}, pc::Tanh{}};
  CHECK_THROWS_AS((pc::WideNetwork{all, kinked.instance.objective().data()}), std::invalid_argument);
}

}  // namespace tangents
