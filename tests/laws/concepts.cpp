// SPDX-License-Identifier: MIT
#include <proxcvx/guarantees/guarantee.hpp>
#include <proxcvx/networks/activations.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/optimize/observer.hpp>
#include <proxcvx/optimize/step_sizes.hpp>
#include <proxcvx/properties/margin.hpp>

#include "objectives/models.hpp"

// Archetypes that miss one member each: a concept refuses every one of them and accepts the whole. A member hides the
// inherited one of its name, whatever its own arguments. (Objectives: tests/objectives/archetypes.cpp.)

namespace pc = proxcvx;

namespace {

// --- Network: models::LinearMap has the members of the concept and no more ------------------------------------------

using Map = models::LinearMap<double>;
class MapWithoutScalar : public Map {
  using Scalar = double;  // private
};
struct MapWithoutParameters : Map {
  void parameters() const {}
};
struct MapWithoutInputs : Map {
  void inputs() const {}
};
struct MapWithoutOutputs : Map {
  void outputs() const {}
};
struct MapWithoutForward : Map {
  void forward() const {}
};
struct MapWithMutableForward : Map {
  void forward(pc::ConstVectorRef<double> w, pc::ConstMatrixRef<double> x, pc::MatrixRef<double> y) {
    Map::forward(w, x, y);
  }
};
struct MapWithoutPullBack : Map {
  void pull_back() const {}
};
struct MapWithPullBackOfSignals : Map {  // of a matrix of signals, not of a callable that makes them
  void pull_back(pc::ConstVectorRef<double> /*w*/, pc::ConstMatrixRef<double> /*x*/,
                 pc::ConstMatrixRef<double> /*signals*/, pc::VectorRef<double> /*gradient*/) const {}
};
struct MapWithoutPushForward : Map {
  void push_forward() const {}
};
struct MapWithPushForwardWithoutDirection : Map {
  void push_forward(pc::ConstVectorRef<double> /*w*/, pc::ConstMatrixRef<double> /*x*/,
                    pc::MatrixRef<double> /*tangents*/) const {}
};

static_assert(pc::Network<Map> && pc::Network<models::LinearMap<float>>);
static_assert(!pc::Network<MapWithoutScalar> && !pc::Network<MapWithoutParameters>);
static_assert(!pc::Network<MapWithoutInputs> && !pc::Network<MapWithoutOutputs>);
static_assert(!pc::Network<MapWithoutForward> && !pc::Network<MapWithMutableForward>);
static_assert(!pc::Network<MapWithoutPullBack> && !pc::Network<MapWithPullBackOfSignals>);
static_assert(!pc::Network<MapWithoutPushForward> && !pc::Network<MapWithPushForwardWithoutDirection>);
static_assert(!pc::Network<int> && !pc::Network<pc::Tanh> && !pc::Network<pc::Matrix<double>>);

// What a risk offers is what its network offers: this one has no second_order and no rounding.
using RiskOfMap = pc::EmpiricalRisk<Map, pc::SquaredLoss>;
static_assert(pc::FiniteSumObjective<RiskOfMap> && pc::BatchedObjective<RiskOfMap>);
static_assert(!pc::TwiceDifferentiableObjective<RiskOfMap> && !pc::BoundsItsGradient<RiskOfMap>);

// --- Activation ------------------------------------------------------------------------------------------------------

struct TanhWithoutValue : pc::Tanh {
  void value() const {}
};
struct TanhWithoutDerivative : pc::Tanh {
  void derivative() const {}
};
struct TanhWithoutSecondDerivative : pc::Tanh {
  void second_derivative() const {}
};
struct TanhWithoutLipschitz : pc::Tanh {
  void lipschitz() const {}
};
struct TanhWithoutKinked : pc::Tanh {
  void kinked() const {}
};
struct TanhWithoutUlps : pc::Tanh {
  void ulps() const {}
};
struct TanhThatCastsToAnother : pc::Tanh {};  // the inherited cast returns a Tanh, which is none of these

static_assert(!pc::Activation<TanhWithoutValue> && !pc::Activation<TanhWithoutDerivative>);
static_assert(!pc::Activation<TanhWithoutSecondDerivative> && !pc::Activation<TanhWithoutLipschitz>);
static_assert(!pc::Activation<TanhWithoutKinked> && !pc::Activation<TanhWithoutUlps>);
static_assert(!pc::Activation<TanhThatCastsToAnother> && !pc::Activation<double (*)(double)>);

// --- Objectives that promise more ------------------------------------------------------------------------------------

struct Whole {
  using Scalar = double;
  [[nodiscard]] pc::Index dimension() const { return 2; }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const { return w.sum(); }
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    out.setOnes();
    return w.sum();
  }
  void hessian_vector(pc::ConstVectorRef<double> /*w*/, pc::ConstVectorRef<double> /*direction*/,
                      pc::VectorRef<double> out) const {
    out.setZero();
  }
  void gradients(pc::ConstMatrixRef<double> points, pc::MatrixRef<double> out, pc::VectorRef<double> values) const {
    out.setOnes();
    values = points.colwise().sum();
  }
};
struct HessianWithoutDirection : Whole {
  void hessian_vector(pc::ConstVectorRef<double> /*w*/, pc::VectorRef<double> /*out*/) const {}
};
struct GradientsWithoutValues : Whole {
  void gradients(pc::ConstMatrixRef<double> /*points*/, pc::MatrixRef<double> /*out*/) const {}
};
struct GradientByReturn : Whole {
  [[nodiscard]] pc::Vector<double> gradient(pc::ConstVectorRef<double> w) const { return w; }
};

static_assert(pc::TwiceDifferentiableObjective<Whole> && pc::BatchedObjective<Whole>);
static_assert(!pc::TwiceDifferentiableObjective<HessianWithoutDirection>);
static_assert(!pc::BatchedObjective<GradientsWithoutValues>);
static_assert(pc::Objective<GradientByReturn> && !pc::DifferentiableObjective<GradientByReturn>);
static_assert(!pc::TwiceDifferentiableObjective<GradientByReturn> && !pc::BatchedObjective<GradientByReturn>);

// --- Region ----------------------------------------------------------------------------------------------------------

struct Line {
  using Scalar = double;
  [[nodiscard]] pc::Index dimension() const { return 1; }
  void sample(pc::RandomStream& stream, pc::VectorRef<double> out) const { out[0] = stream.normal(); }
  [[nodiscard]] bool contains(pc::ConstVectorRef<double> /*w*/) const { return true; }
  void project(pc::VectorRef<double> /*w*/) const {}
};
struct LineWithoutDimension : Line {
  void dimension() const {}
};
struct LineWithoutSample : Line {
  void sample() const {}
};
struct LineThatSamplesWithoutStream : Line {  // hidden state would break "sample i is a function of (seed, i)"
  void sample(pc::VectorRef<double> out) const { out.setZero(); }
};
struct LineWithoutContains : Line {
  void contains() const {}
};
struct LineWithoutProject : Line {
  void project() const {}
};

static_assert(pc::Region<Line>);
static_assert(!pc::Region<LineWithoutDimension> && !pc::Region<LineWithoutSample>);
static_assert(!pc::Region<LineThatSamplesWithoutStream> && !pc::Region<LineWithoutContains>);
static_assert(!pc::Region<LineWithoutProject> && !pc::Region<Whole>);

// --- PointProperty and PairProperty
// ------------------------------------------------------------------------------------

struct AtPoints {
  using Scalar = double;
  [[nodiscard]] pc::Index dimension() const { return 1; }
  [[nodiscard]] pc::Margin<double> margin(pc::ConstVectorRef<double> w) const { return {w[0], 0, 1}; }
};
struct AtPairs {
  using Scalar = double;
  [[nodiscard]] pc::Index dimension() const { return 1; }
  [[nodiscard]] pc::Margin<double> margin(pc::ConstVectorRef<double> w, pc::ConstVectorRef<double> v) const {
    return {w[0] - v[0], 0, 1};
  }
};
struct BareNumber : AtPoints {  // without the bound that tells a violation from rounding
  [[nodiscard]] double margin(pc::ConstVectorRef<double> w) const { return w[0]; }
};
struct MarginInAnotherScalar : AtPoints {
  [[nodiscard]] pc::Margin<float> margin(pc::ConstVectorRef<double> /*w*/) const { return {0, 0, 1}; }
};
struct PropertyWithoutDimension : AtPoints {
  void dimension() const {}
};

static_assert(pc::PointProperty<AtPoints> && !pc::PairProperty<AtPoints>);
static_assert(pc::PairProperty<AtPairs> && !pc::PointProperty<AtPairs> && !pc::AllPairsProperty<AtPairs>);
static_assert(!pc::PointProperty<BareNumber> && !pc::PointProperty<MarginInAnotherScalar>);
static_assert(!pc::PointProperty<PropertyWithoutDimension>);

// --- StepSize, Observer and Guarantee
// ----------------------------------------------------------------------------------

constexpr auto halving = [](pc::Index t) { return 1 / static_cast<double>(t + 1); };
constexpr auto of_nothing = [] { return 0.1; };
constexpr auto in_words = [](pc::Index /*t*/) { return "small"; };
static_assert(pc::StepSize<decltype(halving)> && pc::StepSize<pc::ConstantStep>);
static_assert(!pc::StepSize<decltype(of_nothing)> && !pc::StepSize<decltype(in_words)> && !pc::StepSize<double>);

constexpr auto watches = [](const pc::Iterate<double>& /*iterate*/) {};
constexpr auto stops = [](const pc::Iterate<double>& /*iterate*/) { return pc::Flow::stop; };
constexpr auto says_true = [](const pc::Iterate<double>& /*iterate*/) { return true; };  // go on, or stop?
constexpr auto of_floats = [](const pc::Iterate<float>& /*iterate*/) {};
static_assert(pc::Observer<decltype(watches), double> && pc::Observer<decltype(stops), double>);
static_assert(!pc::Observer<decltype(says_true), double> && !pc::Observer<decltype(of_floats), double>);
static_assert(!pc::Observer<int, double>);

struct Promise {
  [[nodiscard]] std::string theorem() const { return "of this file"; }
  [[nodiscard]] pc::Measured measured() const { return pc::Measured::best_iterate; }
  [[nodiscard]] double step_size() const { return 1; }
  [[nodiscard]] pc::Index iterations() const { return 1; }
  [[nodiscard]] double bound(pc::Index T) const { return 1 / static_cast<double>(T); }
  [[nodiscard]] std::vector<std::string> premises() const { return {}; }
  [[nodiscard]] bool expectation() const { return false; }
};
struct PromiseWithoutBound : Promise {
  void bound() const {}
};
struct PromiseWithoutPremises : Promise {
  void premises() const {}
};
struct PromiseOfAnything : Promise {
  [[nodiscard]] std::string measured() const { return "something"; }
};
static_assert(pc::Guarantee<Promise> && !pc::Guarantee<PromiseWithoutBound>);
static_assert(!pc::Guarantee<PromiseWithoutPremises> && !pc::Guarantee<PromiseOfAnything>);

}  // namespace

TEST_CASE("a network with the members of the concept and no more trains in a risk") {
  pc::RandomStream stream{pc::Seed{71}};
  const auto data = models::random_data<double>(pc::SquaredLoss{}, stream, 3, 2, 5);
  const RiskOfMap f{Map{3, 2}, pc::SquaredLoss{}, data};
  laws::gradient_is_right(f, laws::random_vector<double>(stream, f.dimension()));
  CHECK(f.dimension() == 6);
}
