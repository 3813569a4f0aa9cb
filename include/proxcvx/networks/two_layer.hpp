// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/networks/initialization.hpp>
#include <proxcvx/networks/rounding.hpp>
#include <proxcvx/networks/two_layer_example.hpp>
#include <proxcvx/networks/two_layer_passes.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

// The two-layer network N(w; x) = sum_j a_j s(w_j.x) of the theory (Frei, Cao & Gu 2021; Du et al. 2019): one output,
// no bias. The outer weights a are fixed (by default +-1/sqrt(m) with alternating signs) or trained too.

namespace proxcvx {

/// Which layers of a two-layer network are parameters.
enum class Train { first, all };

/// What a two-layer network is made of.
struct TwoLayerSettings {
  Index inputs = 1;            ///< d >= 1
  Index hidden = 1;            ///< m >= 1
  Train train = Train::first;  ///< first: the w_j are the parameters; all: the a_j too
};

/// N(w; x) = sum_j a_j s(w_j.x). Parameters: the d x m matrix with column w_j, column by column; then a when all are
/// trained. forward 2dmn flops, pull_back 4dmn, push_forward 4dmn, second_order 6dmn.
template <class A, class Scalar_ = double> class TwoLayer {
  static_assert(Activation<A>, "proxcvx::TwoLayer: the second argument must be an Activation");

 public:
  using Scalar = Scalar_;

  /// Outer weights a_j = +1/sqrt(m), -1/sqrt(m), +1/sqrt(m), ...
  /// Throws std::invalid_argument unless inputs, hidden >= 1.
  TwoLayer(TwoLayerSettings settings, A activation)
      : TwoLayer(settings, std::move(activation), alternating(settings)) {}

  /// Outer weights given (with Train::all they are where initialize starts). Throws std::invalid_argument unless there
  /// are `hidden` finite ones.
  TwoLayer(TwoLayerSettings settings, A activation, Vector<Scalar> outer_weights)
      : settings_{settings}, activation_{activation.template cast<Scalar>()} {
    require(settings.inputs >= 1, "inputs", "a number >= 1", settings.inputs);
    require(settings.hidden >= 1, "hidden", "a number >= 1", settings.hidden);
    require(outer_weights.size() == settings.hidden, "outer_weights",
            std::to_string(settings.hidden) + " entries, one per hidden unit", outer_weights.size());
    for (const Scalar& a : outer_weights) require(is_finite(a), "outer_weights", "finite entries", "a non-finite one");
    outer_ = std::make_shared<const Vector<Scalar>>(std::move(outer_weights));
  }

  [[nodiscard]] Index parameters() const { return first_size() + (trains_all() ? hidden() : 0); }
  [[nodiscard]] Index inputs() const { return settings_.inputs; }
  [[nodiscard]] Index hidden() const { return settings_.hidden; }
  [[nodiscard]] Index outputs() const { return 1; }
  [[nodiscard]] Index width() const { return settings_.hidden; }
  [[nodiscard]] Train train() const { return settings_.train; }
  [[nodiscard]] const A& activation() const { return activation_; }
  /// The fixed outer weights a (those of initialize when all are trained).
  [[nodiscard]] const Vector<Scalar>& outer_weights() const { return *outer_; }
  [[nodiscard]] std::string name() const {
    return "two-layer(" + std::to_string(hidden()) + " " + activation_.name() +
           (trains_all() ? ", all trained)" : ", first layer trained)");
  }

  /// The d x m matrix of a parameter vector: column j is w_j.
  [[nodiscard]] auto weights(ConstVectorRef<Scalar> w) const {
    return Eigen::Map<const Matrix<Scalar>>(w.data(), inputs(), hidden());
  }

  /// w_j with N(0, 1/d) entries unless told otherwise, and the outer weights as constructed.
  [[nodiscard]] Vector<Scalar> initialize(Seed seed, Initialization initialization = Initialization::lecun()) const {
    RandomStream stream{seed, 0, Purpose::weights};
    Vector<Scalar> w(parameters());
    Eigen::Map<Matrix<Scalar>> first(w.data(), inputs(), hidden());
    initialization.fill(first, inputs(), hidden(), stream);
    if (trains_all()) w.tail(hidden()) = *outer_;
    return w;
  }

  /// Parameters near which false inequalities about this network on these data tend to fail, one column each: teacher
  /// directions +-a_j mean(y x), for all units and for those of one sign of a, and a_j u with y u.x > 0; all units
  /// active, all inactive, all barely inactive (as far as some half-space holds the inputs); one unit on its kink.
  /// Targets are those of one output. O(dn) for each of up to 200 passes.
  [[nodiscard]] Matrix<Scalar> starts(ConstMatrixRef<Scalar> inputs, ConstMatrixRef<Scalar> targets) const {
    const Vector<Scalar> teacher = inputs * targets.row(0).transpose() / static_cast<Scalar>(inputs.cols());
    const Vector<Scalar> common = detail::common_side<Scalar>(inputs);
    const Vector<Scalar> separator = detail::common_side<Scalar>(inputs * targets.row(0).asDiagonal());
    Matrix<Scalar> columns = Matrix<Scalar>::Zero(parameters(), 9);
    if (trains_all()) columns.bottomRows(hidden()).colwise() = *outer_;
    for (Index j = 0; j < hidden(); ++j) {
      const Scalar a = (*outer_)[j];
      auto w = columns.middleRows(j * this->inputs(), this->inputs());
      w.col(0) = a * teacher;
      w.col(1) = -w.col(0);
      if (a > Scalar(0)) w.col(2) = w.col(0);
      if (a < Scalar(0)) w.col(3) = w.col(0);
      w.col(4) = common;
      w.col(5) = -common;
      w.col(6) = w.col(0);
      w.col(7) = -common / Scalar(1024);  // inactive, and yet N is nearly 0
      w.col(8) = a * separator;
    }
    const auto x = inputs.col(0);  // unit 0 on the kink of sample 0
    auto first = columns.col(6).head(this->inputs());
    if (const Scalar square = x.squaredNorm(); square > Scalar(0)) first -= x * (x.dot(first) / square);
    return columns;
  }

  void forward(ConstVectorRef<Scalar> w, ConstMatrixRef<Scalar> inputs, MatrixRef<Scalar> outputs) const {
    detail::two_layer_forward<Scalar>(activation_, weights(w), outer(w), inputs, outputs);
  }

  template <class Signal>
  void pull_back(ConstVectorRef<Scalar> w, ConstMatrixRef<Scalar> inputs, Signal&& signal, VectorRef<Scalar> gradient,
                 Scalar* nearest_kink = nullptr) const {
    const auto all = [&](MatrixRef<Scalar> outputs, Index /*first*/) { signal(outputs); };
    pull_back_by(false, w, inputs, all, gradient, nearest_kink, nullptr);
  }

  /// The same in blocks of samples that caches hold: signal(outputs, first) once for each. With a factor, the gradient
  /// is overwritten by what would be added to zeros, times that.
  template <class Signal>
  void pull_back_in_blocks(ConstVectorRef<Scalar> w, ConstMatrixRef<Scalar> inputs, Signal&& signal,
                           VectorRef<Scalar> gradient, Scalar* nearest_kink = nullptr,
                           const Scalar* factor = nullptr) const {
    pull_back_by(true, w, inputs, signal, gradient, nearest_kink, factor);
  }

  using PullsBackOne = TwoLayer;
  template <class Signal, class Take>
  void pull_back_one(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> x, Signal&& signal, Take&& take) const {
    detail::two_layer_pull_back_one<Scalar>(activation_, weights(w), outer(w), trains_all(), x, signal, take);
  }

  void push_forward(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> direction, ConstMatrixRef<Scalar> inputs,
                    MatrixRef<Scalar> tangents, Scalar* nearest_kink = nullptr) const {
    ScratchFrame<Scalar> frame;
    auto z = frame.matrix(hidden(), inputs.cols());
    auto z_dot = frame.matrix(hidden(), inputs.cols());
    auto second = frame.matrix(1, inputs.cols());
    z.noalias() = product(weights(w).transpose(), inputs);
    if (nearest_kink != nullptr && activation_.kinked())
      *nearest_kink = std::min(*nearest_kink, kink_distance(w, inputs, z, 0, 0));
    z_dot.noalias() = product(weights(direction).transpose(), inputs);
    if (trains_all()) {
      auto features = frame.matrix(hidden(), inputs.cols());
      features = z;
      detail::apply(activation_, features);
      second.noalias() = product(direction.tail(hidden()).transpose(), features);
    } else {
      second.setZero();
    }
    detail::apply_derivative(activation_, z);
    z_dot.array() *= z.array();
    tangents.noalias() = product(outer(w).transpose(), z_dot);
    tangents += second;
  }

  /// out += d/de [J(w + e direction)^T s(w + e direction)] at e = 0, where signal(outputs, tangents) overwrites the
  /// outputs by the signals s and the tangents by the derivatives of s along the direction.
  template <class Signal>
  void second_order(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> direction, ConstMatrixRef<Scalar> inputs,
                    Signal&& signal, VectorRef<Scalar> out) const {
    ScratchFrame<Scalar> frame;
    const Index columns = inputs.cols();
    auto z = frame.matrix(hidden(), columns);
    auto z_dot = frame.matrix(hidden(), columns);
    auto features = frame.matrix(hidden(), columns);
    auto feature_tangents = frame.matrix(hidden(), columns);
    auto signals = frame.matrix(1, columns);
    auto signal_tangents = frame.matrix(1, columns);
    z.noalias() = product(weights(w).transpose(), inputs);
    z_dot.noalias() = product(weights(direction).transpose(), inputs);
    features = z;
    detail::apply(activation_, features);
    feature_tangents = z;
    detail::apply_derivative(activation_, feature_tangents);
    feature_tangents.array() *= z_dot.array();
    signals.noalias() = product(outer(w).transpose(), features);
    signal_tangents.noalias() = product(outer(w).transpose(), feature_tangents);
    if (trains_all()) signal_tangents.noalias() += product(direction.tail(hidden()).transpose(), features);
    signal(MatrixRef<Scalar>(signals), MatrixRef<Scalar>(signal_tangents));
    if (trains_all()) {
      out.tail(hidden()).noalias() += product(features, signal_tangents.transpose());
      out.tail(hidden()).noalias() += product(feature_tangents, signals.transpose());
    }
    for (Index i = 0; i < columns; ++i) {
      for (Index j = 0; j < hidden(); ++j) {
        const Scalar a = outer(w)[j];
        const Scalar first = activation_.derivative(z(j, i));
        const Scalar second = activation_.second_derivative(z(j, i));
        Scalar sum = a * (signal_tangents(0, i) * first + signals(0, i) * second * z_dot(j, i));
        if (trains_all()) sum += direction[first_size() + j] * signals(0, i) * first;
        features(j, i) = sum;
      }
    }
    Eigen::Map<Matrix<Scalar>>(out.data(), this->inputs(), hidden()).noalias() += product(inputs, features.transpose());
  }

  /// A-priori rounding bounds for inputs with ||x|| <= input_norm. O(p).
  [[nodiscard]] NetworkRounding<Scalar> rounding(ConstVectorRef<Scalar> w, Scalar input_norm) const {
    const detail::ActivationBounds<Scalar, A> s{activation_};
    const Scalar u = unit_roundoff<Scalar>();
    const Index m = hidden();
    const auto first = weights(w);
    const auto z = detail::affine<Scalar>(scaled_norm(first), Scalar(0), {input_norm, Scalar(0)}, inputs(), m);
    const auto features = s.apply(z, m);
    const Scalar a = scaled_norm(outer(w));
    Scalar largest_row(0);
    for (Index j = 0; j < m; ++j) largest_row = std::max(largest_row, Scalar(scaled_norm(first.col(j))));
    const auto one_unit = detail::affine<Scalar>(largest_row, Scalar(0), {input_norm, Scalar(0)}, inputs(), 1);
    NetworkRounding<Scalar> bounds;
    bounds.output_error = detail::affine<Scalar>(a, Scalar(0), features, m, 1).error;
    bounds.jacobian_norm = a * s.lipschitz * input_norm;
    bounds.jacobian_error = a * input_norm * (s.smoothness * one_unit.error + (s.ulps + Scalar(6) * u) * s.lipschitz);
    if (trains_all()) {
      bounds.jacobian_norm += features.norm;
      bounds.jacobian_error += features.error + Scalar(2) * u * (features.norm + features.error);
    }
    bounds.kink_threshold = one_unit.error;
    bounds.kink_jump = Scalar(2) * a * s.lipschitz * input_norm;
    return detail::padded(bounds, parameters());
  }

  [[nodiscard]] Index neurons() const { return hidden(); }
  /// The network of these hidden units alone, with their outer weights as they are. Throws std::invalid_argument on an
  /// index out of range or none.
  [[nodiscard]] TwoLayer with_neurons(std::span<const Index> kept) const {
    require_neurons(kept);
    TwoLayerSettings settings = settings_;
    settings.hidden = static_cast<Index>(kept.size());
    Vector<Scalar> a(settings.hidden);
    for (std::size_t j = 0; j < kept.size(); ++j) a[static_cast<Index>(j)] = (*outer_)[kept[j]];
    return TwoLayer(settings, activation_, std::move(a));
  }
  /// The indices of their parameters. The same throws.
  [[nodiscard]] std::vector<Index> entries_of_neurons(std::span<const Index> kept) const {
    require_neurons(kept);
    std::vector<Index> entries;
    for (const Index j : kept) {
      for (Index i = 0; i < inputs(); ++i) entries.push_back(j * inputs() + i);
    }
    if (trains_all()) {
      for (const Index j : kept) entries.push_back(first_size() + j);
    }
    return entries;
  }

  /// The same network in another scalar.
  template <class Other> [[nodiscard]] TwoLayer<A, Other> cast() const {
    return TwoLayer<A, Other>(settings_, activation_, outer_->template cast<Other>());
  }

 private:
  [[nodiscard]] bool trains_all() const { return settings_.train == Train::all; }
  [[nodiscard]] Index first_size() const { return inputs() * hidden(); }
  [[nodiscard]] auto outer(ConstVectorRef<Scalar> w) const {
    return Eigen::Map<const Vector<Scalar>>(trains_all() ? w.data() + first_size() : outer_->data(), hidden());
  }

  void require_neurons(std::span<const Index> kept) const {
    require(!kept.empty(), "neurons", "at least one index", 0);
    for (const Index j : kept) {
      require(j >= 0 && j < hidden(), "neurons", "numbers in [0, " + std::to_string(hidden()) + ")", j);
    }
  }

  static Vector<Scalar> alternating(TwoLayerSettings settings) {
    using std::sqrt;
    require(settings.hidden >= 1, "hidden", "a number >= 1", settings.hidden);
    const Scalar size = Scalar(1) / Scalar(sqrt(static_cast<Scalar>(settings.hidden)));
    Vector<Scalar> a(settings.hidden);
    for (Index j = 0; j < settings.hidden; ++j) a[j] = j % 2 == 0 ? size : Scalar(-size);
    return a;
  }

  template <class Signal>
  void pull_back_by(bool in_blocks, ConstVectorRef<Scalar> w, ConstMatrixRef<Scalar> inputs, const Signal& signal,
                    VectorRef<Scalar> gradient, Scalar* nearest_kink, const Scalar* factor) const {
    std::mutex mutex;  // look is called by all threads
    const auto look = [&](const auto& z, Index unit, Index sample) {
      if (nearest_kink == nullptr || !activation_.kinked()) return;
      const Scalar distance = kink_distance(w, inputs, z, unit, sample);
      const std::lock_guard lock{mutex};
      *nearest_kink = std::min(*nearest_kink, distance);
    };
    Eigen::Map<Matrix<Scalar>> first_gradient(gradient.data(), this->inputs(), hidden());
    auto outer_gradient = gradient.tail(trains_all() ? hidden() : 0);
    detail::two_layer_pull_back<Scalar>(in_blocks, activation_, weights(w), outer(w), inputs, signal, first_gradient,
                                        outer_gradient, look, factor);
  }

  /// Of z(j, i) = w_{unit + j}.x_{sample + i}.
  template <class Z>
  [[nodiscard]] Scalar kink_distance(ConstVectorRef<Scalar> w, ConstMatrixRef<Scalar> inputs, const Z& z, Index unit,
                                     Index sample) const {
    return detail::nearest_kink_of<Scalar>(z, [&, first = weights(w)](Index j, Index i) {
      return (first.col(unit + j).array() == Scalar(0) || inputs.col(sample + i).array() == Scalar(0)).all();
    });
  }

  TwoLayerSettings settings_;
  A activation_;
  std::shared_ptr<const Vector<Scalar>> outer_;
};

template <class A> TwoLayer(TwoLayerSettings, A) -> TwoLayer<A>;
template <class A, class Derived>
TwoLayer(TwoLayerSettings, A, const Eigen::MatrixBase<Derived>&) -> TwoLayer<A, typename Derived::Scalar>;

static_assert(BlockwiseNetwork<TwoLayer<LeakyReLU>> && BlockwiseNetwork<TwoLayer<Tanh, float>>);
static_assert(ReducesToNeurons<TwoLayer<LeakyReLU>> && OuterProductNetwork<TwoLayer<Tanh>>);

}  // namespace proxcvx
