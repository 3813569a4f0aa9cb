// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <proxcvx/core/column_panels.hpp>
#include <proxcvx/core/columns.hpp>
#include <proxcvx/core/one_term.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/networks/activations.hpp>
#include <span>
#include <utility>
#include <variant>

// A two-layer network on one input: what a step of SGD on one example asks for. Its gradient is x c^T in the weights,
// c_j = a_j s'(w_j.x) l', and l' s(z) in the outer weights; neither is formed.

namespace proxcvx {

template <class A, class Scalar> class TwoLayer;

namespace detail {

#if defined(__GNUC__)

/// Of the units [from, to), full registers but for the last: z, the w_j.x, becomes s'(z), s(z) goes into `features`.
template <class Scalar, class A>
[[gnu::always_inline]] inline void activate_lanes(const A& activation, Scalar* z, Scalar* features, Index from,
                                                  Index to) {
  constexpr Index lanes = lane_count<Scalar>;
  for (; from + lanes <= to; from += lanes) {
    const auto both = activation.on_lanes(load_lanes(z + from));
    store_lanes<Scalar>(features + from, both.value);
    store_lanes<Scalar>(z + from, both.derivative);
  }
  if (from == to) return;
  Lanes<Scalar> rest = {};
  std::memcpy(&rest, z + from, static_cast<std::size_t>(to - from) * sizeof(Scalar));
  const auto both = activation.on_lanes(rest);
  for (Index l = 0; l < to - from; ++l) {
    features[from + l] = both.value[l];
    z[from + l] = both.derivative[l];
  }
}

#endif

/// z, the w_j.x, becomes the s'(z_j); the s(z_j) go into `features`; returns sum_j a_j s(z_j).
template <class Scalar, class A>
Scalar activate_units(const A& activation, Eigen::Map<const Vector<Scalar>> outer,
                      typename ScratchFrame<Scalar>::VectorMap z, typename ScratchFrame<Scalar>::VectorMap features) {
  using Units = typename ScratchFrame<Scalar>::VectorMap;
  if constexpr (requires { activation.choice(); }) {
    return std::visit([&](const auto& chosen) { return activate_units<Scalar>(chosen, outer, z, features); },
                      activation.choice());
  } else if constexpr (LanesServe<A, Units>) {
    activate_lanes<Scalar>(activation, z.data(), features.data(), 0, z.size());
    return dot_in_lanes<Scalar>(outer.data(), features.data(), z.size());
  } else {
    features = z;
    apply(activation, features);
    apply_derivative(activation, z);
    return outer.dot(features);
  }
}

/// TwoLayer::pull_back_one. `outer` may lie in the parameters, behind the weights, when it is trained too.
template <class Scalar, class A, class Signal, class Take>
void two_layer_pull_back_one(const A& activation, Eigen::Map<const Matrix<Scalar>> weights,
                             Eigen::Map<const Vector<Scalar>> outer, bool trains_outer, ConstVectorRef<Scalar> x,
                             Signal&& signal, Take&& take) {
  ScratchFrame<Scalar> frame;
  auto features = frame.vector(outer.size());
  auto slopes = frame.vector(outer.size());
  dot_with_columns<Scalar>(weights, x, slopes);
  Eigen::Matrix<Scalar, 1, 1> output(activate_units<Scalar>(activation, outer, slopes, features));
  signal(MatrixRef<Scalar>(output));
  slopes.array() *= outer.array() * output(0, 0);
  using Entries = Eigen::Map<const Vector<Scalar>>;
  const std::array parts{
      OuterProduct<Scalar>{0, Entries(x.data(), x.size()), Entries(slopes.data(), slopes.size())},
      OuterProduct<Scalar>{weights.size(), Entries(features.data(), features.size()), Entries(output.data(), 1)}};
  take(std::span<const OuterProduct<Scalar>>(parts.data(), trains_outer ? 2U : 1U));
}

#if defined(__GNUC__)

/// Steps on single inputs, one after the other (WalkOfNetwork). The weights wait for what a step subtracts from them
/// until the next one reads them: one pass over them a step, turning each time, for what was read last is in cache.
/// After some steps the weights of most units are moved into panels until finish(), for longer registers.
template <class A, class Scalar> class TwoLayerWalk {
  using Entries = Eigen::Map<const Vector<Scalar>>;
  using Units = typename ScratchFrame<Scalar>::VectorMap;

 public:
  TwoLayerWalk(const TwoLayer<A, Scalar>& network, VectorRef<Scalar> w)
      : network_{network},
        rows_{network.inputs()},
        weights_{w.data()},
        waits_{rows_ <= longest_short_column},
        can_move_{waits_ ? columns_in_panels<Scalar>(rows_, network.hidden()) : 0},
        panels_{frame_.vector(rows_ * can_move_).data()},
        slopes_{frame_.vector(network.hidden()).data()},
        next_{frame_.vector(network.hidden()).data()},
        features_{frame_.vector(network.hidden()).data()} {}

  template <class Signal> bool step(ConstVectorRef<Scalar> x, const Scalar& eta, const Signal& signal) {
    const Index m = network_.hidden();
    const bool trains_outer = network_.parameters() > rows_ * m;
    Scalar* const own = weights_ + rows_ * m;
    Units next(next_, m);
    const Entries outer(trains_outer ? own : network_.outer_weights().data(), m);
    Eigen::Matrix<Scalar, 1, 1> output(forward(network_.activation(), x, outer));
    if (!signal(MatrixRef<Scalar>(output))) return refuse();
    next.array() *= outer.array() * output(0, 0);
    const OuterProduct<Scalar> first{0, Entries(x.data(), rows_), Entries(next_, m)};
    const OuterProduct<Scalar> second{rows_ * m, Entries(features_, m), Entries(output.data(), 1)};
    if (!is_surely_finite(first) || (trains_outer && !is_surely_finite(second))) return refuse();
    if (trains_outer) subtract_multiple(weights_, second, eta);
    std::swap(slopes_, next_);
    pending_ = {x.data(), slopes_, eta};
    if (!waits_) finish();
    return true;
  }

  /// The weights are what the steps made of them.
  void finish() {
    move_back();
    if (pending_.left == nullptr) return;
    subtract_from_columns<Scalar>(weights_, Entries(pending_.left, rows_), Entries(pending_.right, network_.hidden()),
                                  pending_.eta);
    pending_ = {};
  }

 private:
  static constexpr int steps_before_panels = 4;

  /// next = s'(W^T x) and features = s(W^T x); returns their product with the outer weights. Panels of weights come
  /// from the second-level cache, for which the activation of those before does not wait.
  template <class Activation> Scalar forward(const Activation& activation, ConstVectorRef<Scalar> x, Entries outer) {
    const Index m = network_.hidden();
    if constexpr (requires { activation.choice(); }) {
      return std::visit([&](const auto& chosen) { return forward(chosen, x, outer); }, activation.choice());
    } else if constexpr (LanesServe<Activation, Units>) {
      read(x, [&](Index j) { activate_lanes(activation, next_, features_, j, j + panel_columns<Scalar>); });
      activate_lanes(activation, next_, features_, moved_, m);
      return dot_in_lanes<Scalar>(outer.data(), features_, m);
    } else {
      read(x, [](Index /*j*/) {});
      return activate_units<Scalar>(activation, outer, Units(next_, m), Units(features_, m));
    }
  }

  /// next = W^T x, once the weights are what they should be; after(j) is called for units in panels.
  template <class After> void read(ConstVectorRef<Scalar> x, const After& after) {
    const Index m = network_.hidden();
    if (!waits_) return dot_with_columns<Scalar>({weights_, rows_, m}, x, Units(next_, m));
    if (pending_.left == nullptr) {
      dot_with_short_columns<false, Scalar>(weights_, rows_, m, {}, x.data(), next_, backwards_);
    } else {
      if (moved_ == 0 && can_move_ > 0 && ++waited_ == steps_before_panels) move();
      ColumnStep<Scalar> rest = pending_;
      rest.right += moved_;
      step_and_dot_panels<Scalar>(panels_, rows_, moved_, pending_, x.data(), next_, backwards_, after);
      dot_with_short_columns<true, Scalar>(weights_ + moved_ * rows_, rows_, m - moved_, rest, x.data(), next_ + moved_,
                                           backwards_);
    }
    pending_ = {};
    backwards_ = !backwards_;
  }

  void move() {
    moved_ = can_move_;
    transpose_to_panels<Scalar>(Eigen::Map<const Matrix<Scalar>>(weights_, rows_, moved_), panels_);
  }
  void move_back() {
    from_panels<Scalar>(panels_, rows_, moved_, weights_);
    moved_ = 0;
    waited_ = 0;
  }
  bool refuse() {
    move_back();
    return false;
  }

  const TwoLayer<A, Scalar>& network_;
  Index rows_;
  Scalar* weights_;
  bool waits_, backwards_ = false;
  int waited_ = 0;
  Index can_move_, moved_ = 0;  ///< units whose weights may be, or are, in panels
  ColumnStep<Scalar> pending_;
  ScratchFrame<Scalar> frame_;
  Scalar *panels_, *slopes_, *next_, *features_;
};

template <class A, VectorScalar Scalar> struct WalkOfNetwork<TwoLayer<A, Scalar>> {
  using Type = TwoLayerWalk<A, Scalar>;
};

#endif

}  // namespace detail

}  // namespace proxcvx
