// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/lanes.hpp>
#include <proxcvx/core/types.hpp>
#include <type_traits>

// What a step of crossprop does to the incoming weights of one input and to their memories, in one pass over both, a
// register of units at a time. Every rule adds by_input in the same way and before all else: where memory is 0, they
// agree with backprop to the bit.

namespace proxcvx::detail {

/// Of one step, unit by unit (m numbers each, gained m x K); the names of crossprop.hpp, from = from_memory().
template <class S> struct CrosspropMove {
  const S* by_input;  ///< u_ij += x_i by_input_j; nullptr for nothing of that kind
  const S* step;      ///< alpha from phi_j: u_ij += step_j sum_k delta_k h_ijk
  const S* decay;     ///< alpha from phi_j^2
  const S* gained;    ///< (j, k): alpha (delta_k - s_k phi_j w_jk from_weights()) s'(u_j.x), s_k = 1 where not coupled
  const S* pull;      ///< alpha phi_j s'(u_j.x) from_weights() sum_l s_l w_jl, of coupled outputs
  const S* delta;     ///< K numbers
  const S* outputs;   ///< s, K numbers, of coupled outputs
  Index units;        ///< m
  Index count;        ///< K
};

template <class V, class S> [[nodiscard, gnu::always_inline]] inline V load_units(const S* from) {
  if constexpr (LaneVector<V>) {
    return load_lanes(from);
  } else {
    return *from;
  }
}
template <class V, class S> [[gnu::always_inline]] inline void store_units(S* to, const V& units) {
  if constexpr (LaneVector<V>) {
    store_lanes(to, units);
  } else {
    *to = units;
  }
}
template <class V, class S> [[nodiscard, gnu::always_inline]] inline V in_each_unit(const S& number) {
  if constexpr (LaneVector<V>) {
    return constant<V>(number);
  } else {
    return number;
  }
}
/// a b + c.
template <class V> [[nodiscard, gnu::always_inline]] inline V plus_product(const V& a, const V& b, const V& c) {
  if constexpr (LaneArgument<V>) {
    return multiply_add(a, b, c);
  } else {
    return V(a * b + c);
  }
}

/// body.template operator()<V>(j) for units from j on, a register of them (V = Lanes<S>) or one (V = S).
template <class S, class Body> [[gnu::always_inline]] inline void for_each_unit(Index units, const Body& body) {
  Index j = 0;
  if constexpr (has_lanes<S>) {
    for (; j + lane_count<S> <= units; j += lane_count<S>) body.template operator()<Lanes<S>>(j);
  }
  for (; j < units; ++j) body.template operator()<S>(j);
}

/// u_j += x by_input_j.
template <class S> void move_weights(const S& x, const S* by_input, S* u, Index units) {
  if (x == S(0)) return;
  for_each_unit<S>(units, [&]<class V>(Index j) {
    const V moved = plus_product(in_each_unit<V>(x), load_units<V>(by_input + j), load_units<V>(u + j));
    store_units<V>(u + j, moved);
  });
}

/// u_j += x by_input_j + step_j h_j, and with the old h, h_j <- (1 - decay_j) h_j + x gained_j: what move_with_memory
/// does for a single output that is not coupled, each number loaded once; `step` holds delta, too.
template <class S> void move_with_one_memory(const CrosspropMove<S>& c, const S& x, S* u, S* h) {
  const auto move = [&]<bool has_input>(std::bool_constant<has_input>) {
    for_each_unit<S>(
        c.units, [=, &x, by_input = c.by_input, step = c.step, decay = c.decay, gained = c.gained]<class V>(Index j) {
          V weight = load_units<V>(u + j);
          V memory = load_units<V>(h + j);
          if constexpr (has_input) weight = plus_product(in_each_unit<V>(x), load_units<V>(by_input + j), weight);
          weight = plus_product(load_units<V>(step + j), memory, weight);
          memory = plus_product(V(-load_units<V>(decay + j)), memory, memory);
          if constexpr (has_input) memory = plus_product(in_each_unit<V>(x), load_units<V>(gained + j), memory);
          store_units<V>(u + j, weight);
          store_units<V>(h + j, memory);
        });
  };
  if (x != S(0)) {
    move(std::true_type{});
  } else {
    move(std::false_type{});
  }
}

/// u_j += x by_input_j + step_j sum_k delta_k h_jk, and with the old h
///   h_jk <- (1 - decay_j) h_jk + x gained_jk         where outputs are not coupled,
///   h_jk += s_k (x pull_j + decay_j (sum_l s_l h_jl - h_jk)) + x gained_jk  where they are (softmax).
/// h_jk stands at h[k stride + j]. O(m K).
template <bool coupled, class S>
void move_with_memory(const CrosspropMove<S>& c, const S& x, S* u, S* h, Index stride) {
  for_each_unit<S>(c.units, [&]<class V>(Index j) {
    const V input = in_each_unit<V>(x);
    const V decay = load_units<V>(c.decay + j);
    V weight = load_units<V>(u + j);
    if (c.by_input != nullptr) weight = plus_product(input, load_units<V>(c.by_input + j), weight);
    V errors = in_each_unit<V>(S(0));
    V mean = errors;
    for (Index k = 0; k < c.count; ++k) {
      const V memory = load_units<V>(h + k * stride + j);
      errors = plus_product(in_each_unit<V>(c.delta[k]), memory, errors);
      if constexpr (coupled) mean = plus_product(in_each_unit<V>(c.outputs[k]), memory, mean);
    }
    store_units<V>(u + j, plus_product(load_units<V>(c.step + j), errors, weight));
    V share = in_each_unit<V>(S(0));
    if constexpr (coupled) share = plus_product(decay, mean, V(input * load_units<V>(c.pull + j)));
    for (Index k = 0; k < c.count; ++k) {
      V memory = load_units<V>(h + k * stride + j);
      const V change = plus_product(V(-decay), memory, share);
      if constexpr (coupled) {
        memory = plus_product(in_each_unit<V>(c.outputs[k]), change, memory);
      } else {
        memory = memory + change;
      }
      store_units<V>(h + k * stride + j, plus_product(input, load_units<V>(c.gained + k * c.units + j), memory));
    }
  });
}

}  // namespace proxcvx::detail
