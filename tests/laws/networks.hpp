// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <type_traits>
#include <vector>

#include "laws/any_loss.hpp"
#include "objectives/models.hpp"

// Laws of every network under every activation and loss, in every scalar. A tolerance is what rounding may do by the
// network's own a-priori bounds, which are laws themselves: they hold against the next wider scalar.

namespace laws {

/// How large a problem is. The largest splits into batches of 1, 2 and 4.
struct Size {
  const char* name;
  pc::Index inputs;
  pc::Index units;
  pc::Index samples;
  double input_scale;
};

inline constexpr Size sizes[] = {{"degenerate", 1, 1, 1, 1.0},
                                 {"zero inputs", 2, 2, 2, 0.0},
                                 {"tiny", 2, 2, 3, 0.5},
                                 {"random", 3, 3, 4, 1.0}};

/// The smallest |z| over all inputs at w; infinity without kinks, or where only weights and inputs of 0 meet.
template <class Network, class S = typename Network::Scalar>
S nearest_kink(const Network& network, const pc::Matrix<S>& inputs, const pc::Vector<S>& w) {
  S nearest = std::numeric_limits<S>::infinity();
  pc::Vector<S> unused = pc::Vector<S>::Zero(w.size());
  network.pull_back(
      w, inputs, [](pc::MatrixRef<S> outputs) { outputs.setZero(); }, unused, &nearest);
  return nearest;
}

/// Standard normal weights, drawn again until each |z| is above 1/500: no difference quotient here (steps of at most
/// 1e-5) has a kink in its way. So the laws of derivatives say nothing about points on kinks.
template <class Network, class S = typename Network::Scalar>
pc::Vector<S> weights_off_kinks(const Network& network, const pc::Matrix<S>& inputs, pc::RandomStream& stream) {
  for (int draws = 0; draws < 1000; ++draws) {
    const auto w = random_vector<S>(stream, network.parameters());
    if (nearest_kink(network, inputs, w) > S(0.002)) return w;
  }
  FAIL("no point off the kinks in 1000 draws");
  return {};
}

/// What pull_back hands to its signal, once, is what forward yields.
template <class Network, class S = typename Network::Scalar>
void pull_back_goes_forward(const Network& network, const pc::Matrix<S>& inputs, const pc::Vector<S>& w, S radius) {
  pc::Matrix<S> outputs(network.outputs(), inputs.cols());
  pc::Matrix<S> seen = outputs;
  pc::Vector<S> gradient = pc::Vector<S>::Zero(w.size());
  network.forward(w, inputs, outputs);
  int calls = 0;
  network.pull_back(
      w, inputs,
      [&](pc::MatrixRef<S> values) {
        ++calls;
        seen = values;
        values.setZero();
      },
      gradient);
  CHECK(calls == 1);
  CHECK((gradient.array() == S(0)).all());  // J^T 0, added
  CHECK((outputs - seen).colwise().norm().maxCoeff() <= S(2) * network.rounding(w, radius).output_error);
}

/// <s, J d> = <J^T s, d>, and pull_back adds to what it finds: off by gamma_k of what the products add up to.
template <class Network, class S = typename Network::Scalar>
void pull_back_and_push_forward_are_adjoint(const Network& network, const pc::Matrix<S>& inputs, const pc::Vector<S>& w,
                                            S radius, pc::RandomStream& stream) {
  const pc::Matrix<S> signals = random_matrix<S>(stream, network.outputs(), inputs.cols());
  const auto direction = random_vector<S>(stream, w.size());
  const auto start = random_vector<S>(stream, w.size());
  pc::Matrix<S> tangents(network.outputs(), inputs.cols());
  network.push_forward(w, direction, inputs, tangents);
  pc::Vector<S> pulled = start;
  network.pull_back(
      w, inputs, [&](pc::MatrixRef<S> outputs) { outputs = signals; }, pulled);
  const S forward = signals.cwiseProduct(tangents).sum();
  const S backward = pulled.dot(direction) - start.dot(direction);
  const S products = network.rounding(w, radius).jacobian_norm * signals.colwise().norm().sum();
  const S magnitude = (products + start.norm()) * direction.norm();
  CAPTURE(forward, backward, magnitude);
  CHECK(std::abs(forward - backward) <= pc::gamma<S>(8 * (w.size() + inputs.cols() + 8)) * magnitude);
}

/// Over every partition into equal batches, values and gradients average to the full ones; off by their bounds.
template <class Risk>
void batches_average_to_the_whole(const Risk& f, const pc::Vector<typename Risk::Scalar>& w, pc::RandomStream& stream) {
  using S = typename Risk::Scalar;
  const pc::Index n = f.terms();
  pc::Vector<S> whole(f.dimension());
  const auto bounds = f.bounded_gradient(w, whole);
  std::vector<pc::Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<std::size_t>(stream.below(static_cast<pc::Index>(i)))]);
  }
  for (pc::Index size = 1; size <= n; ++size) {
    if (n % size != 0) continue;
    const auto parts = static_cast<S>(n / size);
    pc::Vector<S> mean = pc::Vector<S>::Zero(f.dimension());
    pc::Vector<S> part(f.dimension());
    S value(0);
    S value_error = bounds.value_error;
    S error = bounds.gradient_error;
    S magnitude = whole.norm() + std::abs(bounds.value);
    for (pc::Index first = 0; first < n; first += size) {
      const std::span<const pc::Index> batch(order.data() + first, static_cast<std::size_t>(size));
      const auto of_part = f.bounded_gradient(w, batch, part);
      pc::Vector<S> unbounded(f.dimension());
      const S unbounded_value = f.gradient(w, batch, unbounded);
      pc::Vector<S> alone(f.dimension());
      pc::gradient_alone(f, w, batch, alone);
      CHECK(alone == unbounded);
      if (size > 1) {
        CHECK(unbounded_value == of_part.value);
        CHECK(unbounded == part);
      } else {  // one example is added in an order of its own: both lie within the bound of the exact gradient
        CHECK(std::abs(unbounded_value - of_part.value) <= 2 * of_part.value_error);
        CHECK((unbounded - part).norm() <= 2 * of_part.gradient_error);
      }
      mean += part / parts;
      value += of_part.value / parts;
      value_error += of_part.value_error / parts;
      error += of_part.gradient_error / parts;
      magnitude += (part.norm() + std::abs(of_part.value)) / parts;
    }
    const S summing = pc::gamma<S>(4 * n + 8) * magnitude;
    CAPTURE(size, error, value_error, summing);
    CHECK((mean - whole).norm() <= error + summing);
    CHECK(std::abs(value - bounds.value) <= value_error + summing);
  }
}

/// Columns of `gradients` are the gradients of columns, with values and without.
template <class Risk>
void batched_equals_looped(const Risk& f, const pc::Vector<typename Risk::Scalar>& w, pc::RandomStream& stream) {
  using S = typename Risk::Scalar;
  pc::Matrix<S> points = random_matrix<S>(stream, f.dimension(), 3);
  points.col(1) = w;
  pc::Matrix<S> gradients(f.dimension(), 3);
  pc::Vector<S> values(3);
  f.gradients(points, gradients, values);
  pc::Matrix<S> alone(f.dimension(), 3);
  f.gradients(points, alone);
  CHECK(alone == gradients);
  pc::Vector<S> one(f.dimension());
  for (pc::Index j = 0; j < 3; ++j) {
    CHECK(f.gradient(points.col(j), one) == values[j]);
    CHECK(one == gradients.col(j));
  }
}

/// To a wider scalar and back: the same network, data and initial weights, bit for bit.
template <class W, class Risk> void casting_is_exact(const Risk& f, const pc::Vector<typename Risk::Scalar>& w) {
  using S = typename Risk::Scalar;
  const auto wide = f.template cast<W>();
  const auto back = wide.template cast<S>();
  CHECK(back.network().name() == f.network().name());
  CHECK(back.data().inputs() == f.data().inputs());
  CHECK(back.data().targets() == f.data().targets());
  pc::Vector<S> out(f.dimension());
  pc::Vector<S> out_back(f.dimension());
  CHECK(f.gradient(w, out) == back.gradient(w.template cast<W>().template cast<S>(), out_back));
  CHECK(out == out_back);
  const pc::Vector<W> initial = wide.network().initialize(pc::Seed{5});
  CHECK(f.network().initialize(pc::Seed{5}) == initial.template cast<S>());
}

/// All of them, at weights of which each |z| is off its kink; bounds also at 0 and at weights of many sizes.
template <class Risk> void risk_obeys_the_laws(const Risk& f, pc::RandomStream& stream, Sharpness& sharpness) {
  using S = typename Risk::Scalar;
  using W = pc::WiderScalar<S>;
  const pc::Matrix<S>& inputs = f.data().inputs();
  const pc::Vector<S> w = weights_off_kinks(f.network(), inputs, stream);
  gradient_is_right(f, w);
  pull_back_goes_forward(f.network(), inputs, w, f.data().radius());
  pull_back_and_push_forward_are_adjoint(f.network(), inputs, w, f.data().radius(), stream);
  batches_average_to_the_whole(f, w, stream);
  batched_equals_looped(f, w, stream);
  if (!f.network().activation().kinked()) {
    hessian_is_the_gradients_derivative(f, w, random_vector<S>(stream, f.dimension()));
  }
  casting_is_exact<W>(f, w);
  gradient_is_within_its_bound<W>(f, w, sharpness);
  gradient_is_within_its_bound<W>(f, random_vector<S>(stream, f.dimension(), 8), sharpness);
  gradient_is_within_its_bound<W>(f, pc::Vector<S>::Zero(f.dimension()), sharpness);
}

/// make(size, outputs, activation) -> network, under every activation, size and loss that its outputs allow.
template <class S, class Make> void networks_obey_the_laws(const Make& make, const std::vector<pc::Index>& outputs) {
  pc::RandomStream stream{pc::Seed{61}};
  Sharpness sharpness;
  for (const Size& size : sizes) {
    for (const pc::AnyActivation& activation : models::all_activations()) {
      for (const pc::Index count : outputs) {
        const auto network = make(size, count, activation);
        static_assert(pc::Network<std::decay_t<decltype(network)>>);
        for (const AnyLoss& loss : losses_for(count)) {
          INFO(network.name() << ", " << loss.name() << ", " << size.name << ", " << count << " outputs");
          const auto data = random_data<S>(loss, stream, size.inputs, count, size.samples, size.input_scale);
          risk_obeys_the_laws(pc::EmpiricalRisk{network, loss, data}, stream, sharpness);
        }
      }
    }
  }
  CHECK(Sharpness::median(sharpness.values) < 1e4);
  CHECK(Sharpness::median(sharpness.gradients) < 1e4);
}

}  // namespace laws
