// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <memory>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/data/dataset.hpp>
#include <proxcvx/networks/rounding.hpp>
#include <proxcvx/objectives/losses.hpp>
#include <proxcvx/objectives/pull_back_in_blocks.hpp>
#include <proxcvx/objectives/ridge_risk.hpp>
#include <proxcvx/objectives/risk_rounding.hpp>
#include <proxcvx/objectives/term_descent.hpp>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

// The empirical risk f(w) = (1/n) sum_i l(N(w; x_i); y_i): where network, loss and data meet. Samples are worked
// through in blocks small enough that hidden layers stay in cache, in a fixed order.

namespace proxcvx {

/// f(w) = (1/n) sum_i l(N(w; x_i); y_i).
/// value: a forward pass; gradient: a forward and a backward pass (4 d m n flops for a two-layer network), no
/// allocation after the first call on a thread; hessian_vector: where the network offers second_order.
/// Copies share their network, loss and data. The risk of a single neuron is a mean of ridge functions.
template <class Net, class L>
class EmpiricalRisk : public detail::RidgeRisk<EmpiricalRisk<Net, L>, Net, L>,
                      public detail::TermDescent<EmpiricalRisk<Net, L>, Net> {
  static_assert(expect_network<Net>());
  static_assert(Loss<L>, "proxcvx::EmpiricalRisk: the second argument must be a Loss (objectives/losses.hpp)");

 public:
  using Scalar = typename Net::Scalar;

  /// Throws std::invalid_argument when the shapes do not fit or the loss has no meaning for the targets.
  EmpiricalRisk(Net network, L loss, Dataset<Scalar> data) {
    require(data.dimension() == network.inputs(), "data", "inputs of dimension " + std::to_string(network.inputs()),
            data.dimension());
    require(data.outputs() == network.outputs(), "data", "targets of dimension " + std::to_string(network.outputs()),
            data.outputs());
    loss.require_targets(data.targets());
    shared_ = std::make_shared<const Shared>(Shared{std::move(network), std::move(loss), std::move(data)});
  }

  [[nodiscard]] const Net& network() const { return shared_->network; }
  [[nodiscard]] const L& loss() const { return shared_->loss; }
  [[nodiscard]] const Dataset<Scalar>& data() const { return shared_->data; }
  [[nodiscard]] Index dimension() const { return network().parameters(); }
  /// n, the number of terms of the mean.
  [[nodiscard]] Index terms() const { return data().size(); }
  [[nodiscard]] std::string name() const { return "F"; }

  /// f(w).
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const {
    Scalar sum(0);
    visit_outputs(w, [&](const auto& outputs, const auto& targets, Index) { sum += loss().total(outputs, targets); });
    return sum / count();
  }

  /// f(w), and its gradient into `out`.
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    Scalar sum(0);
    pull_back_all(nullptr, w, out, adding_to(sum));
    return sum / count();
  }
  /// weight f(w), and its gradient into `out`, in as many passes: what sums of risks add up.
  Scalar weighted_gradient(ConstVectorRef<Scalar> w, const Scalar& weight, VectorRef<Scalar> out) const {
    Scalar sum(0);
    pull_back_all(&weight, w, out, adding_to(sum));
    return weight * Scalar(sum / count());
  }

  /// The mean over the batch's samples, and its gradient into `out`. Throws std::invalid_argument on an empty batch.
  Scalar gradient(ConstVectorRef<Scalar> w, std::span<const Index> batch, VectorRef<Scalar> out) const {
    if constexpr (OuterProductNetwork<Net>)
      if (batch.size() == 1) return this->term_gradient(w, batch[0], out);
    return over_batch(batch, out,
                      [&](const auto& inputs, const auto& targets) { return add_block(w, inputs, targets, out); });
  }

  /// The gradients of both alone, bit for bit: the loss is not evaluated where its derivative can do without.
  using GivesGradientAlone = EmpiricalRisk;
  void gradient_alone(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    pull_back_all(nullptr, w, out,
                  [&](auto& outputs, const auto& targets) { detail::signals_alone(loss(), outputs, targets); });
  }
  void gradient_alone(ConstVectorRef<Scalar> w, std::span<const Index> batch, VectorRef<Scalar> out) const {
    if (OuterProductNetwork<Net> && batch.size() == 1) {
      gradient(w, batch, out);
      return;
    }
    over_batch(batch, out, [&](const auto& inputs, const auto& targets) {
      const auto signal = [&](MatrixRef<Scalar> outputs) { detail::signals_alone(loss(), outputs, targets); };
      network().pull_back(w, inputs, signal, out);
      return Scalar(0);
    });
  }

  /// The gradient of every single term, a column each: `out` is p x n.
  void example_gradients(ConstVectorRef<Scalar> w, MatrixRef<Scalar> out) const {
    require(out.rows() == dimension() && out.cols() == terms(), "out",
            std::to_string(dimension()) + " x " + std::to_string(terms()),
            std::to_string(out.rows()) + " x " + std::to_string(out.cols()));
    out.setZero();
    for (Index i = 0; i < terms(); ++i) {
      add_block(w, data().inputs().middleCols(i, 1), data().targets().middleCols(i, 1), out.col(i));
    }
  }

  /// Gradients and values at many parameter vectors: a column of `points` and of `out` each. On all threads, with
  /// products on one each: vectors share nothing, so that their number changes no bit. Without values, gradient_alone.
  void gradients(ConstMatrixRef<Scalar> points, MatrixRef<Scalar> out, VectorRef<Scalar> values) const {
    detail::for_each_vector(points.cols(), [&](Index j) { values[j] = gradient(points.col(j), out.col(j)); });
  }
  void gradients(ConstMatrixRef<Scalar> points, MatrixRef<Scalar> out) const {
    detail::for_each_vector(points.cols(), [&](Index j) { gradient_alone(points.col(j), out.col(j)); });
  }

  /// The Hessian at w times `direction` into `out`, at about three gradients; of a kinked activation away from kinks.
  void hessian_vector(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> direction,
                      VectorRef<Scalar> out) const requires TwiceDifferentiableNetwork<Net> {
    out.setZero();
    for (Index first = 0; first < terms(); first += block()) {
      const Index width = std::min(block(), terms() - first);
      add_curved_block(w, direction, data().inputs().middleCols(first, width),
                       data().targets().middleCols(first, width), out);
    }
    detail::divide<Scalar>(out, count());
  }

  /// The same for the mean over a batch. Throws std::invalid_argument on an empty one.
  void hessian_vector(ConstVectorRef<Scalar> w, std::span<const Index> batch, ConstVectorRef<Scalar> direction,
                      VectorRef<Scalar> out) const requires TwiceDifferentiableNetwork<Net> {
    over_batch(batch, out, [&](const auto& inputs, const auto& targets) {
      add_curved_block(w, direction, inputs, targets, out);
      return Scalar(0);
    });
  }

  /// f(w) with its rounding bound.
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const requires
      requires(const Net& network) {
    network.rounding(w, Scalar(1));
  }
  {
    const Scalar delta = network().rounding(w, data().radius()).output_error;
    Scalar sum(0);
    LossRounding<Scalar> errors;
    visit_outputs(w, [&](const auto& outputs, const auto& targets, Index) {
      sum += detail::total_with_errors(loss(), outputs, targets, delta, errors);
    });
    return {sum / count(), mean_error(sum, errors.value_error)};
  }

  /// f(w) and its gradient into `out`, with rounding bounds: each sample's signal and Jacobian errors add up.
  BoundedGradient<Scalar> bounded_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const requires
      requires(const Net& network) {
    network.rounding(w, Scalar(1));
  }
  {
    return bounded_gradient_visiting(w, out, [](const auto&, Scalar) {});
  }

  /// The same, and calls visitor(signals, errors) for each block of samples, in order: signals dl/dN, a column a
  /// sample, and a bound on the sum of their errors.
  template <class Visitor>
  BoundedGradient<Scalar> bounded_gradient_visiting(ConstVectorRef<Scalar> w, VectorRef<Scalar> out,
                                                    Visitor&& visitor) const requires requires(const Net& network) {
    network.rounding(w, Scalar(1));
  }
  {
    const NetworkRounding<Scalar> bounds = network().rounding(w, data().radius());
    LossRounding<Scalar> errors;
    Scalar nearest_kink = std::numeric_limits<Scalar>::infinity();
    Scalar sum(0);
    detail::mean_of_pull_backs(
        nullptr, network(), w, data().inputs(),
        [&](MatrixRef<Scalar> outputs, Index first) {
          sum += bounded_signals(outputs, data().targets().middleCols(first, outputs.cols()), bounds, errors, visitor);
        },
        out, &nearest_kink);
    return combine(sum, bounds, errors, nearest_kink, terms());
  }

  /// f(w) beside its own gradient (see bounded_gradient_and_proxy): one evaluation when `other` is a copy of this risk.
  GradientAndProxy<Scalar> bounded_beside(const EmpiricalRisk& other, ConstVectorRef<Scalar> w,
                                          VectorRef<Scalar> out) const requires requires(const Net& network) {
    network.rounding(w, Scalar(1));
  }
  {
    const BoundedGradient<Scalar> gradient = other.bounded_gradient(w, out);
    if (!is_same_as(other)) return {gradient, bounded_value(w)};
    return {gradient, {gradient.value, gradient.value_error}};
  }

  /// The same for the mean over a batch.
  BoundedGradient<Scalar> bounded_gradient(ConstVectorRef<Scalar> w, std::span<const Index> batch,
                                           VectorRef<Scalar> out) const requires requires(const Net& network) {
    network.rounding(w, Scalar(1));
  }
  {
    const NetworkRounding<Scalar> bounds = network().rounding(w, data().radius());
    LossRounding<Scalar> errors;
    Scalar nearest_kink = std::numeric_limits<Scalar>::infinity();
    const auto size = static_cast<Index>(batch.size());
    const Scalar mean = over_batch(batch, out, [&](const auto& inputs, const auto& targets) {
      return add_bounded_block(w, inputs, targets, out, bounds, errors, nearest_kink, [](const auto&, Scalar) {});
    });
    return combine(mean * static_cast<Scalar>(size), bounds, errors, nearest_kink, size);
  }

  /// Where a search for violations should begin, a column each: what the network knows of its data.
  [[nodiscard]] Matrix<Scalar> starts() const requires requires(const Net& network, const Matrix<Scalar>& inputs) {
    network.starts(inputs, inputs);
  }
  { return network().starts(data().inputs(), data().targets()); }

  /// Calls visitor(outputs, targets, first) for each block of samples in order: N(w; x_i) and y_i, i from first on.
  template <class Visitor> void visit_outputs(ConstVectorRef<Scalar> w, Visitor&& visitor) const {
    ScratchFrame<Scalar> frame;
    auto outputs = frame.matrix(network().outputs(), std::min(block(), terms()));
    for (Index first = 0; first < terms(); first += block()) {
      const Index width = std::min(block(), terms() - first);
      auto part = outputs.leftCols(width);
      network().forward(w, data().inputs().middleCols(first, width), part);
      visitor(part, data().targets().middleCols(first, width), first);
    }
  }

  /// The risk on the samples with these indices alone. Throws std::invalid_argument on an index out of range or none.
  [[nodiscard]] EmpiricalRisk on_examples(std::span<const Index> kept) const {
    return EmpiricalRisk(network(), loss(), data().subset(kept));
  }

  /// The risk of a network of fewer neurons, where the network has a smaller one.
  [[nodiscard]] Index neurons() const requires ReducesToNeurons<Net> { return network().neurons(); }
  [[nodiscard]] EmpiricalRisk with_neurons(std::span<const Index> kept) const requires ReducesToNeurons<Net> {
    return EmpiricalRisk(network().with_neurons(kept), loss(), data());
  }
  [[nodiscard]] std::vector<Index> entries_of_neurons(std::span<const Index> kept) const requires
      ReducesToNeurons<Net> {
    return network().entries_of_neurons(kept);
  }

  /// The same risk in another scalar.
  template <class Other>
  requires requires(const Net& network) { network.template cast<Other>(); }
  [[nodiscard]] auto cast() const {
    return proxcvx::EmpiricalRisk(network().template cast<Other>(), loss(), data().template cast<Other>());
  }

  /// Whether both are copies of one risk: a proxy that is its own objective need not be evaluated twice.
  [[nodiscard]] bool is_same_as(const EmpiricalRisk& other) const { return shared_ == other.shared_; }

 private:
  struct Shared {
    Net network;
    L loss;
    Dataset<Scalar> data;
  };

  [[nodiscard]] Index block() const { return detail::sample_block(network()); }
  [[nodiscard]] Scalar count() const { return static_cast<Scalar>(terms()); }

  /// Outputs become signals; adds their errors to `errors` and returns the sum of the losses.
  template <class Targets, class Visitor>
  Scalar bounded_signals(MatrixRef<Scalar> outputs, const Targets& targets, const NetworkRounding<Scalar>& bounds,
                         LossRounding<Scalar>& errors, const Visitor& visitor) const {
    LossRounding<Scalar> block_errors;
    const Scalar sum = detail::differentiate_with_errors(loss(), outputs, targets, bounds.output_error, block_errors);
    errors += block_errors;
    visitor(outputs, block_errors.signal_error);
    return sum;
  }

  /// Losses become signals, and are added up.
  [[nodiscard]] auto adding_to(Scalar& sum) const {
    return [&](auto& outputs, const auto& targets) { sum += loss().differentiate(outputs, targets); };
  }
  /// The mean over samples of what pull_back adds, times a weight if given; signal(outputs, targets) for each block.
  template <class Signal>
  void pull_back_all(const Scalar* weight, ConstVectorRef<Scalar> w, VectorRef<Scalar> out,
                     const Signal& signal) const {
    detail::mean_of_pull_backs(
        weight, network(), w, data().inputs(),
        [&](MatrixRef<Scalar> outputs, Index first) {
          signal(outputs, data().targets().middleCols(first, outputs.cols()));
        },
        out);
  }

  template <class Inputs, class Targets, class Out>
  Scalar add_block(ConstVectorRef<Scalar> w, const Inputs& inputs, const Targets& targets, Out&& out) const {
    Scalar sum(0);
    network().pull_back(
        w, inputs, [&](MatrixRef<Scalar> outputs) { sum = loss().differentiate(outputs, targets); }, out);
    return sum;
  }

  template <class Inputs, class Targets>
  void add_curved_block(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> direction, const Inputs& inputs,
                        const Targets& targets, VectorRef<Scalar> out) const {
    network().second_order(
        w, direction, inputs,
        [&](MatrixRef<Scalar> outputs, MatrixRef<Scalar> tangents) { loss().curvature(outputs, tangents, targets); },
        out);
  }

  template <class Inputs, class Targets, class Out, class Visitor>
  Scalar add_bounded_block(ConstVectorRef<Scalar> w, const Inputs& inputs, const Targets& targets, Out&& out,
                           const NetworkRounding<Scalar>& bounds, LossRounding<Scalar>& errors, Scalar& nearest_kink,
                           const Visitor& visitor) const {
    Scalar sum(0);
    network().pull_back(
        w, inputs, [&](MatrixRef<Scalar> outputs) { sum = bounded_signals(outputs, targets, bounds, errors, visitor); },
        out, &nearest_kink);
    return sum;
  }

  /// Error of a mean of n terms whose own errors add up to `errors`, in units of the mean.
  [[nodiscard]] Scalar mean_error(Scalar sum, Scalar errors) const {
    using std::abs;
    return (errors + gamma<Scalar>(terms() + 4) * Scalar(abs(sum))) / count() *
           (Scalar(1) + gamma<Scalar>(2 * terms() + 16));
  }

  [[nodiscard]] BoundedGradient<Scalar> combine(Scalar sum, const NetworkRounding<Scalar>& bounds,
                                                const LossRounding<Scalar>& errors, Scalar nearest_kink,
                                                Index samples) const {
    return detail::mean_with_bounds(sum, bounds, errors, nearest_kink, {samples, dimension(), data().radius()});
  }

  template <class Add> Scalar over_batch(std::span<const Index> batch, VectorRef<Scalar> out, const Add& add) const {
    return detail::mean_over_batch<Scalar>(data(), batch, block(), out, add);
  }

  std::shared_ptr<const Shared> shared_;
};

template <class Net, class L> EmpiricalRisk(Net, L, Dataset<typename Net::Scalar>) -> EmpiricalRisk<Net, L>;

}  // namespace proxcvx
