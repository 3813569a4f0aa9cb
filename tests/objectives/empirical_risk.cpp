// SPDX-License-Identifier: MIT
#include <proxcvx/networks/neuron.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/objectives/least_squares.hpp>

#include "objectives/models.hpp"

namespace pc = proxcvx;
using models::LinearMap;

namespace {

template <class S> S law_tolerance() { return S(200) * std::numeric_limits<S>::epsilon(); }

/// Batches of one size average to the whole, one-sample batches are the examples' gradients, columns of `gradients` are
/// gradients, and casting keeps the function.
template <class Risk> void parts_average_to_the_whole(const Risk& f, const pc::Vector<typename Risk::Scalar>& w) {
  using S = typename Risk::Scalar;
  const pc::Index n = f.terms();
  pc::Vector<S> whole(f.dimension());
  const S value = f.gradient(w, whole);
  const S slack = law_tolerance<S>() * (S(1) + std::abs(value) + whole.norm());
  CHECK(std::abs(f.value(w) - value) <= slack);

  pc::Vector<S> weighted(f.dimension());
  CHECK(std::abs(f.weighted_gradient(w, S(0.375), weighted) - S(0.375) * value) <= slack);
  CHECK((weighted - S(0.375) * whole).norm() <= slack);

  for (const pc::Index size : {pc::Index{1}, n / 3, n}) {
    pc::Vector<S> mean = pc::Vector<S>::Zero(f.dimension());
    pc::Vector<S> part(f.dimension());
    S mean_value(0);
    for (pc::Index first = 0; first < n; first += size) {
      std::vector<pc::Index> batch;
      for (pc::Index i = 0; i < size; ++i) batch.push_back((7 * (first + i)) % n);  // 7 and n have no common factor
      mean_value += f.gradient(w, batch, part);
      mean += part;
    }
    CHECK((mean * (static_cast<S>(size) / static_cast<S>(n)) - whole).norm() <= slack);
    CHECK(std::abs(mean_value * (static_cast<S>(size) / static_cast<S>(n)) - value) <= slack);
  }
  pc::Matrix<S> examples(f.dimension(), n);
  f.example_gradients(w, examples);
  CHECK((examples.rowwise().mean() - whole).norm() <= slack);
  pc::Vector<S> one(f.dimension());
  f.gradient(w, std::array<pc::Index, 1>{2}, one);
  CHECK((one - examples.col(2)).norm() <= slack);  // register tiles add in another order than one example alone

  pc::Matrix<S> points(f.dimension(), 37);  // more than a thread takes at once, and no multiple of that
  for (pc::Index j = 0; j < points.cols(); ++j) points.col(j) = w * (S(1) - S(j) / S(16));
  pc::Matrix<S> gradients(f.dimension(), points.cols());
  pc::Vector<S> values(points.cols());
  f.gradients(points, gradients, values);
  CHECK(gradients.col(0) == whole);
  pc::Matrix<S> alone(f.dimension(), points.cols());
  f.gradients(points, alone);
  CHECK(alone == gradients);
  for (pc::Index j = 0; j < points.cols(); ++j) {
    CHECK(values[j] == f.gradient(points.col(j), one));
    CHECK(gradients.col(j) == one);
  }
}

/// A risk of one's own, with another gradient than the one that it inherits beside gradient_alone.
struct Halved : pc::EmpiricalRisk<pc::Neuron<pc::Tanh>, pc::SquaredLoss> {
  using EmpiricalRisk::EmpiricalRisk;
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    const double value = EmpiricalRisk::gradient(w, out);
    out /= 2;
    return value / 2;
  }
};
/// A loss of one's own, with another derivative than the one that it inherits beside signals.
struct Tripled : pc::SquaredLoss {
  template <class Outputs, class Targets> double differentiate(Outputs&& outputs, const Targets& targets) const {
    const double sum = SquaredLoss::differentiate(outputs, targets);
    outputs *= 3;
    return 3 * sum;
  }
};
static_assert(pc::GradientAloneObjective<pc::EmpiricalRisk<pc::Neuron<pc::Tanh>, pc::SquaredLoss>>);
static_assert(pc::DifferentiableObjective<Halved> && !pc::GradientAloneObjective<Halved>);

TEST_CASE("who inherits a gradient that needs no value, and changes the gradient, gets the changed one") {
  pc::RandomStream stream{pc::Seed{61}};
  const pc::Dataset<double> data(laws::random_matrix<double>(stream, 3, 9), laws::random_matrix<double>(stream, 1, 9));
  const pc::TwoLayer network({.inputs = 3, .hidden = 4}, pc::Tanh{});
  const pc::EmpiricalRisk tripled{network, Tripled{}, data};
  const Halved halved(pc::Neuron({.inputs = 3}, pc::Tanh{}), pc::SquaredLoss{}, data);
  const auto agree = [&](const auto& f) {
    const pc::Vector<double> w = laws::random_vector<double>(stream, f.dimension());
    pc::Vector<double> gradient(w.size()), alone(w.size());
    f.gradient(w, gradient);
    pc::gradient_alone(f, w, alone);
    CHECK(alone == gradient);
  };
  agree(tripled);
  agree(halved);
  agree(pc::LeastSquares<double>(data));
  static_assert(pc::GradientAloneObjective<pc::LeastSquares<>>);
}

/// All laws of a risk at a few points; the rounding bounds against the scalar W.
template <class W, class Risk> void obeys_the_laws(const Risk& f, pc::RandomStream& stream, bool parts) {
  using S = typename Risk::Scalar;
  INFO(f.network().name() << ", " << f.loss().name());
  const auto w = laws::random_vector<S>(stream, f.dimension());
  laws::gradient_is_right(f, w);
  if constexpr (pc::TwiceDifferentiableObjective<Risk>) {
    if (!f.network().activation().kinked()) {
      laws::hessian_is_the_gradients_derivative(f, w, laws::random_vector<S>(stream, f.dimension()));
    }
  }
  if (parts) parts_average_to_the_whole(f, w);
  laws::Sharpness sharpness;
  for (int i = 0; i < 10; ++i) {
    laws::gradient_is_within_its_bound<W>(f, laws::random_vector<S>(stream, f.dimension(), i), sharpness);
  }
  laws::gradient_is_within_its_bound<W>(f, pc::Vector<S>::Zero(f.dimension()), sharpness);
}

template <class S, class W, class L> void risks_with(const L& loss) {
  pc::RandomStream stream{pc::Seed{31}};
  const auto data = models::random_data<S>(loss, stream, 4, 1, 9);
  bool parts = true;
  for (const pc::AnyActivation& activation : models::all_activations()) {
    for (const pc::Train train : {pc::Train::first, pc::Train::all}) {
      const pc::TwoLayer<pc::AnyActivation, S> network({.inputs = 4, .hidden = 5, .train = train}, activation);
      obeys_the_laws<W>(pc::EmpiricalRisk(network, loss, data), stream, parts);
    }
    const pc::Neuron<pc::AnyActivation, S> neuron({.inputs = 4}, activation);
    obeys_the_laws<W>(pc::EmpiricalRisk(neuron, loss, data), stream, parts);
    parts = false;  // once per loss and scalar is enough for what does not depend on the activation
  }
}

/// Takes three samples at a time.
struct ByThrees : pc::TwoLayer<pc::Tanh> {
  using TwoLayer::TwoLayer;
  void pull_back_in_blocks(pc::ConstVectorRef<double> w, pc::ConstMatrixRef<double> inputs, const auto& signal,
                           pc::VectorRef<double> gradient, double* kink = nullptr) const {
    for (pc::Index first = 0; first < inputs.cols(); first += 3) {
      const pc::Index width = std::min<pc::Index>(3, inputs.cols() - first);
      pull_back(
          w, inputs.middleCols(first, width), [&](pc::MatrixRef<double> outputs) { signal(outputs, first); }, gradient,
          kink);
    }
  }
};

}  // namespace

TEST_CASE("risks obey the laws: logistic loss, double") { risks_with<double, long double>(pc::LogisticLoss{}); }
TEST_CASE("risks obey the laws: squared loss, double") { risks_with<double, long double>(pc::SquaredLoss{}); }
TEST_CASE("risks obey the laws: exponential loss, float") { risks_with<float, double>(pc::ExponentialLoss{}); }
TEST_CASE("risks obey the laws: logistic loss, float") { risks_with<float, double>(pc::LogisticLoss{}); }
TEST_CASE("risks obey the laws: squared loss, long double") {
  risks_with<long double, pc::FiftyDigits>(pc::SquaredLoss{});
}

TEST_CASE("a user's network with several outputs: softmax and squared loss") {
  pc::RandomStream stream{pc::Seed{32}};
  const auto laws_of = [&](const auto& loss) {
    const auto data = models::random_data<double>(loss, stream, 3, 4, 9);
    const pc::EmpiricalRisk f{LinearMap<double>{3, 4}, loss, data};
    static_assert(pc::FiniteSumObjective<decltype(f)> && pc::BatchedObjective<decltype(f)>);
    static_assert(!pc::TwiceDifferentiableObjective<decltype(f)> && !pc::BoundsItsValue<decltype(f)>);
    for (int i = 0; i < 5; ++i) {
      const auto w = laws::random_vector<double>(stream, f.dimension());
      laws::gradient_is_right(f, w);
      const auto wide = f.template cast<long double>();
      CHECK(static_cast<double>(wide.value(w.template cast<long double>())) == Approx(f.value(w)));
    }
    parts_average_to_the_whole(f, laws::random_vector<double>(stream, f.dimension()));
  };
  laws_of(pc::SoftmaxCrossEntropy{});
  laws_of(pc::SquaredLoss{});
}

TEST_CASE("many samples go through in blocks: the same as one by one") {
  pc::RandomStream stream{pc::Seed{33}};
  const pc::LogisticLoss loss;
  const auto data = models::random_data<double>(loss, stream, 2, 1, 3001);
  const pc::EmpiricalRisk f{pc::TwoLayer{{.inputs = 2, .hidden = 300}, pc::LeakyReLU{0.5}}, loss, data};
  const auto w = f.network().initialize(pc::Seed{1});
  pc::Vector<double> whole(f.dimension());
  const double value = f.gradient(w, whole);
  std::vector<pc::Index> everything(3001);
  for (std::size_t i = 0; i < everything.size(); ++i) everything[i] = static_cast<pc::Index>(3000 - i);
  pc::Vector<double> batch(f.dimension());
  CHECK(f.gradient(w, everything, batch) == Approx(value));
  CHECK((batch - whole).norm() <= 1e-13 * whole.norm());
  pc::Matrix<double> examples(f.dimension(), f.terms());
  f.example_gradients(w, examples);
  CHECK((examples.rowwise().mean() - whole).norm() <= 1e-13 * whole.norm());
  CHECK(f.value(w) == Approx(value));
}

TEST_CASE("bounds of risks hold at extreme scales and stay useful") {
  pc::RandomStream stream{pc::Seed{34}};
  laws::Sharpness sharpness;
  for (int i = 0; i < 400; ++i) {
    const pc::LogisticLoss loss;
    const pc::Index d = 1 + stream.below(6);
    const double data_scale = std::exp2(stream.uniform(-60, 60));
    const auto data = models::random_data<double>(loss, stream, d, 1, 1 + stream.below(8), data_scale);
    const auto activation = models::all_activations()[static_cast<std::size_t>(stream.below(8))];
    const pc::TwoLayer<pc::AnyActivation> network(
        {.inputs = d, .hidden = 1 + stream.below(6), .train = i % 2 == 0 ? pc::Train::first : pc::Train::all},
        activation);
    const pc::EmpiricalRisk f{network, loss, data};
    const double weight_scale = std::exp2(stream.uniform(-4, 4)) / (i % 3 == 0 ? 1 : data_scale);
    const pc::Vector<double> w = weight_scale * laws::random_vector<double>(stream, f.dimension(), 2);
    laws::gradient_is_within_its_bound<long double>(f, w, sharpness);
  }
  CHECK(laws::Sharpness::median(sharpness.values) < 1e4);
  CHECK(laws::Sharpness::median(sharpness.gradients) < 1e4);
}

TEST_CASE("bounds hold where signals underflow and inputs are huge") {
  pc::RandomStream stream{pc::Seed{36}};
  laws::Sharpness sharpness;
  for (int i = 0; i < 300; ++i) {
    const double scale = std::exp2(stream.uniform(0, 300));
    const pc::Matrix<double> input = scale * laws::random_matrix<double>(stream, 2, 1);
    const pc::Vector<double> outer = 1e-6 * laws::random_vector<double>(stream, 2);
    const pc::TwoLayer network{{.inputs = 2, .hidden = 2}, pc::LeakyReLU{0.5}, outer};
    // An output of about 740: the slope of the loss is among the smallest numbers there are.
    pc::Vector<double> w = laws::random_vector<double>(stream, 4);
    pc::Matrix<double> output(1, 1);
    network.forward(w, input, output);
    w *= stream.uniform(730, 745) / std::abs(output(0, 0));
    const pc::Matrix<double> label = output.cwiseSign();
    const pc::EmpiricalRisk f{network, pc::LogisticLoss{}, pc::Dataset<double>(input, label)};
    laws::gradient_is_within_its_bound<long double>(f, w, sharpness);
  }
}

TEST_CASE("a bounded gradient covers the other slope at a kink") {
  // x = (1, -1): w.x rounds to 0 or its neighbour while the exact value has the other sign.
  pc::Matrix<double> inputs(3, 1);
  inputs << 0.1, 0.2, -0.3;  // 0.1 + 0.2 - 0.3 is not 0 in doubles, and its exact sum has a sign of its own
  const pc::Matrix<double> targets = pc::Matrix<double>::Ones(1, 1);
  const pc::EmpiricalRisk f{pc::TwoLayer{{.inputs = 3, .hidden = 1}, pc::ReLU{}}, pc::LogisticLoss{},
                            pc::Dataset<double>(inputs, targets)};
  pc::Vector<double> slope(3);
  const pc::Vector<double> on_kink = pc::Vector<double>::Ones(3);
  CHECK(f.bounded_gradient(on_kink, slope).gradient_error > 0.1);
  const pc::Vector<double> off_kink{{1.0, 1.0, 0.5}};
  CHECK(f.bounded_gradient(off_kink, slope).gradient_error < 1e-14);
  CHECK(f.bounded_gradient(pc::Vector<double>::Zero(3), slope).gradient_error < 1e-14);  // exactly on it: slope 1
}

TEST_CASE("bounds for a batch hold too") {
  pc::RandomStream stream{pc::Seed{35}};
  const pc::LogisticLoss loss;
  const auto data = models::random_data<double>(loss, stream, 3, 1, 12);
  const pc::EmpiricalRisk f{pc::TwoLayer{{.inputs = 3, .hidden = 4}, pc::Tanh{}}, loss, data};
  const auto wide = f.cast<long double>();
  pc::Vector<double> slope(f.dimension());
  pc::Vector<long double> exact(f.dimension());
  for (int i = 0; i < 200; ++i) {
    const auto w = laws::random_vector<double>(stream, f.dimension(), 3);
    const std::vector<pc::Index> batch(static_cast<std::size_t>(1 + stream.below(5)), stream.below(12));
    const auto bounds = f.bounded_gradient(w, batch, slope);
    const long double value = wide.gradient(w.cast<long double>(), batch, exact);
    CHECK((exact - slope.cast<long double>()).norm() <= static_cast<long double>(bounds.gradient_error));
    CHECK(std::abs(value - static_cast<long double>(bounds.value)) <= static_cast<long double>(bounds.value_error));
  }
}

TEST_CASE("a user's network may choose its own blocks of samples") {
  static_assert(pc::BlockwiseNetwork<ByThrees> && !pc::BlockwiseNetwork<LinearMap<double>>);
  pc::RandomStream stream{pc::Seed{36}};
  const auto data = models::random_data<double>(pc::LogisticLoss{}, stream, 3, 1, 11);
  const ByThrees network{{.inputs = 3, .hidden = 4}, pc::Tanh{}};
  const pc::EmpiricalRisk f{network, pc::LogisticLoss{}, data};
  const pc::EmpiricalRisk whole{static_cast<const pc::TwoLayer<pc::Tanh>&>(network), pc::LogisticLoss{}, data};
  const auto w = laws::random_vector<double>(stream, f.dimension());
  pc::Vector<double> slope(f.dimension()), expected(f.dimension());
  const double value = whole.gradient(w, expected);
  const double slack = law_tolerance<double>() * (1 + value + expected.norm());
  CHECK(std::abs(f.gradient(w, slope) - value) <= slack);
  CHECK((slope - expected).norm() <= slack);
  CHECK(std::abs(f.bounded_gradient(w, slope).value - value) <= slack);
  CHECK((slope - expected).norm() <= slack);
}

TEST_CASE("risks reject data that does not fit") {
  const pc::TwoLayer network{{.inputs = 2, .hidden = 3}, pc::LeakyReLU{0.5}};
  const pc::Matrix<double> three = pc::Matrix<double>::Ones(3, 4);
  const pc::Matrix<double> two = pc::Matrix<double>::Ones(2, 4);
  const pc::Matrix<double> labels = pc::Matrix<double>::Ones(1, 4);
  CHECK_THROWS_WITH((pc::EmpiricalRisk{network, pc::LogisticLoss{}, pc::Dataset<double>(three, labels)}),
                    Catch::Matchers::ContainsSubstring("data: expected inputs of dimension 2, got 3"));
  CHECK_THROWS_AS((pc::EmpiricalRisk{network, pc::LogisticLoss{}, pc::Dataset<double>(two, two)}),
                  std::invalid_argument);
  CHECK_THROWS_AS((pc::EmpiricalRisk{network, pc::LogisticLoss{}, pc::Dataset<double>(two, 2 * labels)}),
                  std::invalid_argument);
  const pc::EmpiricalRisk f{network, pc::LogisticLoss{}, pc::Dataset<double>(two, labels)};
  pc::Vector<double> out(f.dimension());
  pc::Matrix<double> wrong(f.dimension(), 3);
  CHECK_THROWS_AS(f.gradient(out, std::span<const pc::Index>{}, out), std::invalid_argument);
  CHECK_THROWS_AS(f.example_gradients(out, wrong), std::invalid_argument);
}
