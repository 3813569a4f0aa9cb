// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/types.hpp>
#include <proxcvx/core/vector_functions.hpp>
#include <string>
#include <type_traits>

// What losses that are sums over entries share: blocks, a register at a time where that is faster, and rounding bounds.

namespace proxcvx {

/// What the errors of a block add up to, given that each output column is off by at most delta.
template <class Scalar> struct LossRounding {
  Scalar value_error = Scalar(0);   ///< sum over columns of |computed l - l|
  Scalar signal_error = Scalar(0);  ///< sum over columns of ||computed dl/do - dl/do||
  Scalar signal_norm = Scalar(0);   ///< sum over columns of ||dl/do||, as computed

  LossRounding& operator+=(const LossRounding& other) {
    value_error += other.value_error;
    signal_error += other.signal_error;
    signal_norm += other.signal_norm;
    return *this;
  }
};

namespace detail {

[[noreturn]] inline void refuse_label(const char* loss, double label, Index sample) {
  refuse("targets", std::string("labels -1 or +1 for the ") + loss + " loss",
         std::to_string(label) + " at sample " + std::to_string(sample));
}

#if defined(__GNUC__)
/// A loss that offers on_lanes(outputs, targets): l and l' without a branch, of numbers or registers of them, within
/// its `ulps` u like the others.
template <class L, class Scalar>
concept LaneLoss = VectorScalar<Scalar> && requires(const L& loss, Lanes<Scalar> entries) {
  loss.on_lanes(entries, entries);
};
#else
template <class L, class Scalar>
concept LaneLoss = false;
#endif

/// Blocks for a loss that sums over entries: Derived has scalar value, derivative (the bits of that of
/// value_and_derivative), second_derivative (o, t), accurate to `ulps` u relative to themselves, and variation(o, t,
/// delta) >= sup (|l'|, |l''|) within delta of o.
template <class Derived> class ElementwiseLoss {
 public:
  template <class Outputs, class Targets>
  [[nodiscard]] typename Outputs::Scalar total(const Outputs& outputs, const Targets& targets) const {
    using S = typename Outputs::Scalar;
    if constexpr (lanes_serve<Outputs, Targets>) {
      if (in_lanes(outputs, targets))
        return lane_sum<true, false, S>(outputs.data(), targets.data(), outputs.size(), nullptr);
    }
    S sum(0);
    for (Index i = 0; i < outputs.cols(); ++i) {
      for (Index k = 0; k < outputs.rows(); ++k) sum += self().value(S(outputs(k, i)), S(targets(k, i)));
    }
    return sum;
  }

  template <class Outputs, class Targets>
  typename std::remove_reference_t<Outputs>::Scalar differentiate(Outputs&& outputs, const Targets& targets) const
      requires(!std::is_const_v<std::remove_reference_t<Outputs>>) {
    using S = typename std::remove_reference_t<Outputs>::Scalar;
    if constexpr (lanes_serve<std::remove_reference_t<Outputs>, Targets>) {
      if (in_lanes(outputs, targets)) {
        S* const entries = outputs.data();
        return lane_sum<true, true, S>(entries, targets.data(), outputs.size(), entries);
      }
    }
    S sum(0);
    for (Index i = 0; i < outputs.cols(); ++i) {
      for (Index k = 0; k < outputs.rows(); ++k) {
        const auto [value, derivative] = self().value_and_derivative(S(outputs(k, i)), S(targets(k, i)));
        sum += value;
        outputs(k, i) = derivative;
      }
    }
    return sum;
  }

  /// The derivatives of differentiate, bit for bit, without the sum: no logarithm where l' needs none.
  using GivesSignals = Derived;
  template <class Outputs, class Targets>
  void signals(Outputs&& outputs, const Targets& targets) const
      requires(!std::is_const_v<std::remove_reference_t<Outputs>>) {
    using S = typename std::remove_reference_t<Outputs>::Scalar;
    if constexpr (lanes_serve<std::remove_reference_t<Outputs>, Targets>) {
      if (in_lanes(outputs, targets)) {
        S* const entries = outputs.data();
        lane_sum<false, true, S>(entries, targets.data(), outputs.size(), entries);
        return;
      }
    }
    for (Index i = 0; i < outputs.cols(); ++i) {
      for (Index k = 0; k < outputs.rows(); ++k) outputs(k, i) = self().derivative(S(outputs(k, i)), S(targets(k, i)));
    }
  }

  template <class Outputs, class Tangents, class Targets>
  void curvature(Outputs&& outputs, Tangents&& tangents, const Targets& targets) const {
    using S = typename std::remove_reference_t<Outputs>::Scalar;
    for (Index i = 0; i < outputs.cols(); ++i) {
      for (Index k = 0; k < outputs.rows(); ++k) {
        const S o = outputs(k, i);
        const S t = targets(k, i);
        tangents(k, i) *= self().second_derivative(o, t);
        outputs(k, i) = self().derivative(o, t);
      }
    }
  }

  template <class Outputs, class Targets>
  [[nodiscard]] LossRounding<typename Outputs::Scalar> rounding(const Outputs& outputs, const Targets& targets,
                                                                typename Outputs::Scalar delta) const {
    LossRounding<typename Outputs::Scalar> errors;
    total(outputs, targets, delta, errors);
    return errors;
  }

  /// In one pass, total(outputs, targets), and rounding(outputs, targets, delta) added to `errors`.
  template <class Outputs, class Targets>
  typename Outputs::Scalar total(const Outputs& outputs, const Targets& targets, typename Outputs::Scalar delta,
                                 LossRounding<typename Outputs::Scalar>& errors) const {
    return sweep(outputs, targets, delta, errors, [](Index, Index, const auto&) {});
  }

  /// In one pass, differentiate(outputs, targets), and rounding(outputs, targets, delta) added to `errors`.
  template <class Outputs, class Targets>
  auto differentiate(Outputs&& outputs, const Targets& targets, typename std::remove_reference_t<Outputs>::Scalar delta,
                     LossRounding<typename std::remove_reference_t<Outputs>::Scalar>& errors) const
      requires(!std::is_const_v<std::remove_reference_t<Outputs>>) {
    return sweep(outputs, targets, delta, errors,
                 [&](Index k, Index i, const auto& derivative) { outputs(k, i) = derivative; });
  }

 protected:
  template <class Targets> static void require_signs(const Targets& targets, const char* loss) {
    for (Index i = 0; i < targets.cols(); ++i) {
      for (Index k = 0; k < targets.rows(); ++k) {
        const auto t = static_cast<double>(targets(k, i));
        if (t != 1 && t != -1) refuse_label(loss, t, i);
      }
    }
  }

 private:
  [[nodiscard]] const Derived& self() const { return static_cast<const Derived&>(*this); }

  template <class Outputs, class Targets>
  static constexpr bool lanes_serve = prefers_vector_functions&& LaneLoss<Derived, typename Outputs::Scalar>&&
      has_direct_access<Outputs>&& has_direct_access<Targets>;

  /// Whether a block is worked through by registers: not a single output, where the standard functions are faster.
  template <class Outputs, class Targets>
  [[nodiscard]] static bool in_lanes(const Outputs& outputs, const Targets& targets) {
    return outputs.size() >= 4 && is_contiguous(outputs) && is_contiguous(targets);
  }

#if defined(__GNUC__)
  /// Calls visit(l and l' of a register, how many of its entries count, where they begin) from entry `first` to `end`.
  template <class S, class Visit>
  void visit_lanes(const S* outputs, const S* targets, Index first, Index end, const Visit& visit) const {
    constexpr Index lanes = lane_count<S>;
    Index i = first;
    for (; i + lanes <= end; i += lanes) {
      visit(self().on_lanes(load_lanes(outputs + i), load_lanes(targets + i)), std::true_type{}, lanes, i);
    }
    if (i == end) return;
    const auto bytes = static_cast<std::size_t>(end - i) * sizeof(S);
    Lanes<S> o = {};
    Lanes<S> t = {};
    std::memcpy(&o, outputs + i, bytes);
    std::memcpy(&t, targets + i, bytes);
    visit(self().on_lanes(o, t), std::false_type{}, end - i, i);
  }

  /// With `sums`, the sum of l over `count` entries, else 0; with `keeps`, l' of each is left in `slopes`, which may be
  /// the outputs. The last register is one of full entries too: those that it has in common with the one before count
  /// once.
  template <bool sums, bool keeps, class S>
  S lane_sum(const S* outputs, const S* targets, Index count, [[maybe_unused]] S* slopes) const {
    constexpr Index lanes = lane_count<S>;
    const Index rest = count % lanes;
    if (count < lanes) return lane_sum_of_few<sums, keeps>(outputs, targets, count, slopes);
    const Index last = count - lanes;
    const Lanes<S> last_outputs = load_lanes(outputs + last);  // before slopes take their place
    Lanes<S> sum = {};
    const auto take = [&](Lanes<S> o, Index at) {
      const auto [value, derivative] = self().on_lanes(o, load_lanes(targets + at));
      if constexpr (keeps) store_lanes<S>(slopes + at, derivative);
      return sums ? value : Lanes<S>{};
    };
    for (Index i = 0; i + lanes <= count; i += lanes) sum += take(load_lanes(outputs + i), i);
    if (rest != 0) sum += lanes_from<S>(take(last_outputs, last), lanes - rest);
    return sum_of_lanes<S>(sum);
  }

  template <bool sums, bool keeps, class S>
  S lane_sum_of_few(const S* outputs, const S* targets, Index count, [[maybe_unused]] S* slopes) const {
    S sum(0);
    visit_lanes(outputs, targets, 0, count, [&](const auto& both, auto /*full*/, Index entries, Index /*at*/) {
      for (Index l = 0; sums && l < entries; ++l) sum += both.value[l];
      if constexpr (keeps) std::memcpy(slopes, &both.derivative, static_cast<std::size_t>(entries) * sizeof(S));
    });
    return sum;
  }
#endif

  /// Values and derivatives in column order, a piece of the block ahead where registers serve.
  template <class Outputs, class Targets> class Pieces {
   public:
    using S = typename Outputs::Scalar;
    Pieces(const Derived& loss, const Outputs& outputs, const Targets& targets)
        : loss_{loss},
          outputs_{outputs},
          targets_{targets},
          in_lanes_{lanes_serve<Outputs, Targets> && in_lanes(outputs, targets)} {}

    [[nodiscard]] ValueAndDerivative<S> next(Index k, Index i) {
      if constexpr (lanes_serve<Outputs, Targets>) {
        if (in_lanes_) {
          const Index place = entry_ % length;
          if (place == 0) fill();
          ++entry_;
          return {values_[static_cast<std::size_t>(place)], derivatives_[static_cast<std::size_t>(place)]};
        }
      }
      return loss_.value_and_derivative(S(outputs_(k, i)), S(targets_(k, i)));
    }

   private:
    static constexpr Index length = 64;

    void fill() {
      const Index end = std::min(entry_ + length, outputs_.size());
      loss_.visit_lanes(outputs_.data(), targets_.data(), entry_, end,
                        [&](const auto& both, auto /*full*/, Index entries, Index at) {
                          const auto bytes = static_cast<std::size_t>(entries) * sizeof(S);
                          std::memcpy(values_.data() + (at - entry_), &both.value, bytes);
                          std::memcpy(derivatives_.data() + (at - entry_), &both.derivative, bytes);
                        });
    }

    const Derived& loss_;
    const Outputs& outputs_;
    const Targets& targets_;
    bool in_lanes_;
    Index entry_ = 0;
    using Entries = std::conditional_t<lanes_serve<Outputs, Targets>, std::array<S, length>, char>;
    Entries values_, derivatives_;
  };

  /// Adds the block's errors to `errors`, calls keep(k, i, l') for each entry, and returns the sum of l.
  template <class Outputs, class Targets, class Keep>
  typename Outputs::Scalar sweep(const Outputs& outputs, const Targets& targets, typename Outputs::Scalar delta,
                                 LossRounding<typename Outputs::Scalar>& errors, const Keep& keep) const {
    using S = typename Outputs::Scalar;
    using std::abs;
    using std::exp;
    const S relative = S(Derived::ulps) * unit_roundoff<S>();
    const S tiny = S(4) * std::numeric_limits<S>::denorm_min();
    const S growth = exp(delta);  // what the exponential losses need, once a block
    // What the rounding of a column's length may lose; one entry is its own length.
    const bool single = outputs.rows() == 1;
    const S lengths = single ? S(1) : S(S(1) + gamma<S>(8 * outputs.rows()));
    LossRounding<S> block;
    S sum(0);
    Pieces<Outputs, Targets> pieces(self(), outputs, targets);
    for (Index i = 0; i < outputs.cols(); ++i) {
      S signal_error(0);
      S signal_norm(0);
      for (Index k = 0; k < outputs.rows(); ++k) {
        const auto [value, derivative] = pieces.next(k, i);
        const S slope = abs(derivative);
        const auto [first, second] = self().variation(slope, delta, growth);
        const S error = second * delta + relative * slope + tiny;
        block.value_error += first * delta + relative * S(abs(value)) + tiny;
        signal_error = k == 0 ? error : scaled_length(signal_error, error);
        signal_norm = k == 0 ? slope : scaled_length(signal_norm, slope);
        sum += value;
        keep(k, i, derivative);
      }
      block.signal_error += signal_error * lengths;
      block.signal_norm += signal_norm * lengths + (single ? S(0) : tiny);
    }
    errors += block;
    return sum;
  }
};

/// Bounds on |l'| and |l''| near an output.
template <class S> struct Variation {
  S first;
  S second;
};

}  // namespace detail

}  // namespace proxcvx
