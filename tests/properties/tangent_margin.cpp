// SPDX-License-Identifier: MIT
#include <proxcvx/instances/tangent_features.hpp>
#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/networks/mlp.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/softmax_cross_entropy.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/properties/any_point_property.hpp>
#include <proxcvx/properties/softmax_margin.hpp>
#include <proxcvx/properties/tangent_margin.hpp>
#include <proxcvx/verify/monitor.hpp>
#include <proxcvx/verify/prove_by_theorem.hpp>

#include "instances/random_problems.hpp"
#include "support/catch2.hpp"

// Theory 4.6: the hull of tangent features, its certificate, and the inequality, sharp for one sample.

namespace tangent_margins {

namespace pc = proxcvx;
using Matrix = pc::Matrix<double>;
using Vector = pc::Vector<double>;

Matrix normal_points(pc::RandomStream& stream, pc::Index p, pc::Index n) {
  Matrix points(p, n);
  stream.fill_normal(points);
  return points;
}

pc::AnyActivation any_activation(pc::RandomStream& stream) {
  const double slope = stream.uniform();
  switch (stream.below(4)) {
    case 0:
      return pc::Tanh{};
    case 1:
      return pc::ReLU{};
    case 2:
      return pc::LeakyReLU{slope};
    default:
      return pc::SmoothLeakyReLU{slope, 2};
  }
}

TEST_CASE("the point of least norm: both ends of its certificate meet, and are right for two points") {
  pc::RandomStream stream{pc::Seed{460}};
  for (int i = 0; i < 300; ++i) {
    const pc::Index p = 1 + stream.below(8), n = 1 + stream.below(12);
    Matrix points = normal_points(stream, p, n);
    points.colwise() += problems::vector(stream, p, 1);
    if (i % 5 == 0 && n > 2) points.col(1) = points.col(0);
    if (i % 7 == 0) points.col(0).setZero();
    const auto found = pc::min_norm_point<double>(points);
    const double size = points.colwise().norm().maxCoeff();
    CAPTURE(p, n, found.lower, found.upper, found.iterations);
    CHECK(found.weights.minCoeff() >= 0);
    CHECK(found.weights.sum() == Approx(1).epsilon(1e-12));
    CHECK(found.lower <= found.upper);
    CHECK(found.upper - found.lower <= 1e-6 * size);
    for (int k = 0; k < 5; ++k) {  // no other point of the hull is nearer, none of the directions better
      Vector q(n), direction(p);
      for (double& x : q) x = -std::log(1 - stream.uniform());
      stream.fill_normal(direction);
      CHECK((points * q / q.sum()).norm() >= found.lower);
      CHECK((points.transpose() * direction / direction.norm()).minCoeff() <= found.upper);
    }
  }
  for (int i = 0; i < 50; ++i) {  // a segment: closed form
    const Matrix points = normal_points(stream, 3, 2);
    const Vector a = points.col(0), d = points.col(1) - points.col(0);
    const double t = std::clamp(-a.dot(d) / d.squaredNorm(), 0.0, 1.0);
    const auto found = pc::min_norm_point<double>(points);
    CHECK(found.upper == Approx((a + t * d).norm()).epsilon(1e-10));
    CHECK(found.lower == Approx((a + t * d).norm()).epsilon(1e-7));
  }
  CHECK_THROWS_AS(pc::min_norm_point<double>(Matrix(3, 0)), std::invalid_argument);
}

TEST_CASE("4.6: the tangent margin bounds the gradient of any network from below") {
  problems::on_random_data(461, true, [&](pc::RandomStream& stream, const auto& data, pc::Index points) {
    const pc::MLP network{{.inputs = data.dimension(), .hidden = {1 + stream.below(4)}}, any_activation(stream)};
    const pc::EmpiricalRisk risk{network, pc::LogisticLoss{}, data};
    const pc::TangentMargin property{risk};
    for (pc::Index i = 0; i < points; ++i) {
      problems::has_no_violation(property, problems::vector(stream, risk.dimension(), 2));
    }
  });
}

TEST_CASE("4.6: kappa is attained for one sample, at least sqrt(lambda_min/n), and the margin of the best direction") {
  pc::RandomStream stream{pc::Seed{462}};
  for (int i = 0; i < 40; ++i) {
    Matrix x = normal_points(stream, 3, 4), y(1, 4);
    for (pc::Index k = 0; k < 4; ++k) y(0, k) = stream.below(2) == 0 ? 1 : -1;
    const pc::TwoLayer network{{.inputs = 3, .hidden = 8}, pc::Tanh{}};
    const pc::EmpiricalRisk risk{network, pc::LogisticLoss{}, pc::Dataset<double>{x, y}};
    const pc::TangentMargin property{risk};
    const Vector w = problems::vector(stream, risk.dimension(), 0);
    const auto kappa = property.kappa(w);
    Matrix features(risk.dimension(), 4);
    for (pc::Index k = 0; k < 4; ++k) {  // by differences of the outputs
      for (pc::Index j = 0; j < w.size(); ++j) {
        Vector up = w, down = w;
        up[j] += 1e-6;
        down[j] -= 1e-6;
        Matrix high(1, 1), low(1, 1);
        network.forward(up, x.col(k), high);
        network.forward(down, x.col(k), low);
        features(j, k) = y(0, k) * (high(0, 0) - low(0, 0)) / 2e-6;
      }
    }
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(features.transpose() * features);
    CHECK(kappa.upper >= std::sqrt(std::max(0.0, solver.eigenvalues()[0]) / 4) - 1e-7);
    CHECK((features.transpose() * kappa.point / kappa.point.norm()).minCoeff() == Approx(kappa.lower).margin(1e-6));
    const pc::TangentMargin single{risk.on_examples(std::array<pc::Index, 1>{0})};
    const auto margin = single.margin(w);  // one sample: ||grad f|| = |l'| ||grad N||
    CHECK(std::abs(margin.value) <= margin.error + 1e-12 * margin.scale);
    CHECK(margin.error <= 1e-10 * margin.scale);
  }
}

TEST_CASE("4.6: a monitor watches the tangent margin along a run") {
  pc::RandomStream stream{pc::Seed{463}};
  const Matrix x = normal_points(stream, 3, 6);
  const pc::Dataset<double> data{x, Matrix(x.row(0).unaryExpr([](double z) { return z > 0 ? 1.0 : -1.0; }))};
  const pc::TwoLayer network{{.inputs = 3, .hidden = 16}, pc::SmoothLeakyReLU{0.3, 4}};
  const pc::EmpiricalRisk risk{network, pc::LogisticLoss{}, data};
  const pc::TangentMargin property{risk};
  pc::Monitor monitor{property};
  const auto result = pc::GD(0.5, {.iterations = 50}).minimize(risk, network.initialize(pc::Seed{1}), monitor);
  CHECK_FALSE(monitor.report().first_failure);
  CHECK(property.kappa(result.last).lower > 0);
  const pc::EmpiricalRisk two{pc::MLP{{.inputs = 3, .outputs = 2}, pc::Tanh{}}, pc::LogisticLoss{},
                              pc::Dataset<double>{x, Matrix(Matrix::Ones(2, 6))}};
  CHECK_THROWS_AS(pc::TangentMargin{two}, std::invalid_argument);
}

TEST_CASE("4.6: the tangent kernel bounds the gradient of any network and loss from below") {
  problems::on_random_data(464, true, [&](pc::RandomStream& stream, const auto& data, pc::Index points) {
    const pc::TwoLayer<pc::AnyActivation> shallow{{.inputs = data.dimension(),
                                                   .hidden = 1 + stream.below(8),
                                                   .train = stream.below(2) == 0 ? pc::Train::first : pc::Train::all},
                                                  any_activation(stream)};
    const pc::TangentKernelMargin one{pc::EmpiricalRisk{shallow, pc::SquaredLoss{}, data}};
    Matrix classes = Matrix::Zero(3, data.size());
    for (pc::Index i = 0; i < data.size(); ++i) classes(stream.below(3), i) = 1;
    const pc::MLP<pc::AnyActivation> deep{{.inputs = data.dimension(), .hidden = {1 + stream.below(4)}, .outputs = 3},
                                          any_activation(stream)};
    const pc::TangentKernelMargin several{
        pc::EmpiricalRisk{deep, pc::SoftmaxCrossEntropy{}, pc::Dataset<double>{data.inputs(), classes}}};
    for (pc::Index i = 0; i < points; ++i) {
      problems::has_no_violation(one, problems::vector(stream, one.dimension(), 2));
      problems::has_no_violation(several, problems::vector(stream, several.dimension(), 2));
    }
  });
}

static_assert(pc::Instance<pc::TangentFeatures<pc::EmpiricalRisk<pc::MLP<pc::Tanh>, pc::LogisticLoss>>>);
static_assert(pc::Instance<pc::TangentFeatures<pc::EmpiricalRisk<pc::TwoLayer<pc::ReLU>, pc::SquaredLoss>>>);

TEST_CASE("4.6: the tangent margin of softmax bounds the gradient from below") {
  problems::on_random_data(469, true, [&](pc::RandomStream& stream, const auto& data, pc::Index points) {
    const pc::Index classes = 2 + stream.below(3);
    Matrix targets = Matrix::Zero(classes, data.size());
    for (pc::Index i = 0; i < data.size(); ++i) targets(stream.below(classes), i) = 1;
    const pc::MLP<pc::AnyActivation> network{
        {.inputs = data.dimension(), .hidden = {1 + stream.below(4)}, .outputs = classes}, any_activation(stream)};
    const pc::SoftmaxMargin property{
        pc::EmpiricalRisk{network, pc::SoftmaxCrossEntropy{}, pc::Dataset<double>{data.inputs(), targets}}};
    for (pc::Index i = 0; i < points; ++i) {
      problems::has_no_violation(property, problems::vector(stream, property.dimension(), 2));
    }
  });
}

TEST_CASE("4.6: the tangent margin of softmax is a point of the hull, and sharp for one sample of two classes") {
  const auto one_hot = [](pc::RandomStream& stream, pc::Index classes, pc::Index n) {
    Matrix targets = Matrix::Zero(classes, n);
    for (pc::Index i = 0; i < n; ++i) targets(stream.below(classes), i) = 1;
    return targets;
  };
  using Network = pc::MLP<pc::AnyActivation>;
  for (pc::Index problem = 0; problem < problems::count(20'000); ++problem) {
    pc::RandomStream stream{pc::Seed{467}, static_cast<std::uint64_t>(problem)};
    const auto data = problems::dataset(stream, true);
    const pc::Index classes = 2 + stream.below(3);
    const Network network{{.inputs = data.dimension(), .hidden = {1 + stream.below(4)}, .outputs = classes},
                          any_activation(stream)};
    const pc::Dataset<double> labelled{data.inputs(), one_hot(stream, classes, data.size())};
    const pc::EmpiricalRisk risk{network, pc::SoftmaxCrossEntropy{}, labelled};
    const pc::SoftmaxMargin property{risk};
    INFO("problem " << problem);
    const Vector w = problems::vector(stream, risk.dimension(), 0);
    Matrix outputs(classes, data.size());
    network.forward(w, data.inputs(), outputs);
    double g = 0;  // E[1 - p_y], and ||grad f||/G as a point of the hull
    for (pc::Index i = 0; i < data.size(); ++i) {
      const Vector p = (outputs.col(i).array() - outputs.col(i).maxCoeff()).exp();
      g += (1 - p.dot(labelled.targets().col(i)) / p.sum()) / static_cast<double>(data.size());
    }
    Vector gradient(w.size());
    risk.gradient(w, gradient);
    CHECK(gradient.norm() >= property.kappa(w).lower * g * (1 - 1e-9) - 1e-12);
    CHECK(property.margin(w).value - property.margin(w).scale ==
          Approx(-(property.kappa(w).lower + property.kappa(w).upper) * g).margin(1e-9));
    const pc::SoftmaxMargin single{risk.on_examples(std::array<pc::Index, 1>{0})};
    if (classes == 2) {  // one sample: ||grad f|| = (1 - p_y) ||D||, up to what is open
      const auto margin = single.margin(w);
      CHECK(std::abs(margin.value) <= margin.error + 1e-12 * margin.scale);
    }
  }
  // A linear map: N_1 - N_2 of two outputs (w_1, w_2) has the logistic features y_i (x_i, -x_i).
  pc::RandomStream stream{pc::Seed{468}};
  const Matrix x = normal_points(stream, 3, 6), targets = one_hot(stream, 2, 6);
  const Network linear{{.inputs = 3, .hidden = {}, .outputs = 2}, pc::Tanh{}};
  const pc::EmpiricalRisk risk{linear, pc::SoftmaxCrossEntropy{}, pc::Dataset<double>{x, targets}};
  const pc::TangentFeatures features{risk};
  const Vector w = problems::vector(stream, risk.dimension(), 0);
  Matrix signed_points(4, 6);
  for (pc::Index i = 0; i < 6; ++i) signed_points.col(i) << x.col(i), 1;
  signed_points *= (2 * targets.row(0).array() - 1).matrix().asDiagonal();
  const auto hull = pc::min_norm_point<double>(signed_points);
  CHECK(features.property().kappa(w).upper == Approx(std::sqrt(2) * hull.upper).margin(1e-7));
  CHECK(features.constants_at(w).alpha == 1);
  CHECK(features.constants_at(w).mu == Approx(2 * features.property().kappa(w).lower).margin(1e-12));
  CHECK(pc::prove(features).verdict() == pc::Verdict::proved_by_theorem);
  const pc::EmpiricalRisk soft{linear, pc::SoftmaxCrossEntropy{},
                               pc::Dataset<double>{x, Matrix(Matrix::Constant(2, 6, 0.5))}};
  CHECK_THROWS_AS(pc::SoftmaxMargin{soft}, std::invalid_argument);
}

TEST_CASE("4.6: the tangent kernel's inequality is sharp where the residuals are its eigenvector") {
  pc::RandomStream stream{pc::Seed{465}};
  for (int i = 0; i < 20; ++i) {
    const Matrix x = normal_points(stream, 3, 4);
    const pc::TwoLayer network{{.inputs = 3, .hidden = 8}, pc::Tanh{}};
    const Vector w = problems::vector(stream, network.parameters(), 0);
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(pc::tangent_kernel(network, w, x));
    Matrix outputs(1, 4);
    network.forward(w, x, outputs);
    const pc::EmpiricalRisk risk{network, pc::SquaredLoss{},
                                 pc::Dataset<double>{x, outputs - solver.eigenvectors().col(0).transpose()}};
    const pc::TangentKernelMargin property{risk};
    CHECK(property.modulus(w) <= solver.eigenvalues()[0] * (1 + 1e-10));
    CHECK(property.modulus(w) == Approx(solver.eigenvalues()[0]).epsilon(1e-6));
    const auto margin = property.margin(w);
    CHECK(std::abs(margin.value) <= 1e-6 * margin.scale);
    Vector gradient(w.size());
    risk.gradient(w, gradient);
    CHECK(gradient.squaredNorm() < 1.001 * 2 * property.modulus(w) / 4 * risk.value(w));
  }
}

TEST_CASE("4.6: an instance has the constants of a point and the theorem, and an erased property its margins") {
  pc::RandomStream stream{pc::Seed{466}};
  const Matrix x = normal_points(stream, 3, 6);
  const pc::Dataset<double> data{x, Matrix(x.row(0).unaryExpr([](double z) { return z > 0 ? 1.0 : -1.0; }))};
  const pc::TwoLayer network{{.inputs = 3, .hidden = 16}, pc::Swish{}};
  const pc::TangentFeatures margin{pc::EmpiricalRisk{network, pc::LogisticLoss{}, data}};
  const pc::TangentFeatures kernel{pc::EmpiricalRisk{network, pc::SquaredLoss{}, data}};
  const Vector w = network.initialize(pc::Seed{3});
  const auto of_margin = margin.constants_at(w), of_kernel = kernel.constants_at(w);
  CHECK(of_margin.alpha == 1);
  CHECK(of_margin.mu == Approx(2 * margin.property().kappa(w).lower).epsilon(1e-12));
  CHECK(of_kernel.alpha == 2);
  CHECK(of_kernel.mu == Approx(kernel.property().modulus(w) / 3).epsilon(1e-12));
  CHECK(of_margin.mu > 0);
  CHECK(of_kernel.mu > 0);
  CHECK(pc::prove(margin).verdict() == pc::Verdict::proved_by_theorem);
  CHECK(pc::prove(kernel).verdict() == pc::Verdict::proved_by_theorem);
  for (const pc::AnyPointProperty<>& any :
       {pc::AnyPointProperty<>(margin.property()), pc::AnyPointProperty<>(kernel.property())}) {
    CHECK(any.dimension() == w.size());
    CHECK(any.constants().empty());
  }
  const pc::AnyPointProperty<> any(kernel.property());
  const auto bare = kernel.property().margin(w), erased = any.margin(w);
  CHECK((bare.value == erased.value && bare.error == erased.error && bare.scale == erased.scale));
  CHECK(any.statement() == kernel.property().statement());
  // Fewer parameters than samples: the kernel is singular, and nothing is claimed.
  const pc::TwoLayer narrow{{.inputs = 3, .hidden = 1}, pc::Swish{}};
  const pc::TangentFeatures singular{pc::EmpiricalRisk{narrow, pc::SquaredLoss{}, data}};
  CHECK(singular.constants_at(Vector::Ones(3)).mu == 0);
  CHECK(singular.property().margin(Vector::Ones(3)).vacuous);
}

}  // namespace tangent_margins
