// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <optional>
#include <proxcvx/core/ridge.hpp>

// The empirical risk of a network N(w; x) = s(w.x) is a mean of ridge functions (core/ridge.hpp):
//     f(w) = (1/n) sum_i l(s(x_i.w); y_i).

namespace proxcvx::detail {

/// A loss of one output o and one target t, and one that is r^2/2 of a residual r(o, t) with dr/do = 1.
template <class L, class S>
concept ScalarLoss = requires(const L& loss, const S& o) {
  { loss.value(o, o) } -> std::convertible_to<S>;
  { loss.derivative(o, o) } -> std::convertible_to<S>;
};
template <class L, class S>
concept ResidualLoss = ScalarLoss<L, S> && requires(const L& loss, const S& o) {
  { loss.residual(o, o) } -> std::convertible_to<S>;
};

/// What a risk, which has network(), loss(), data() and is_same_as(), offers of the terms of such a mean.
template <class Risk, class Net, class L> class RidgeRisk {
  using S = typename Net::Scalar;
  static constexpr bool is_one = RidgeNetwork<Net> && ScalarLoss<L, S>;
  static constexpr bool has_residuals = RidgeNetwork<Net> && ResidualLoss<L, S>;

 public:
  [[nodiscard]] Index ridge_terms() const requires is_one { return self().terms(); }
  [[nodiscard]] Vector<S> ridge_direction(Index i) const requires is_one { return self().data().inputs().col(i); }
  [[nodiscard]] S ridge_value(Index i, const S& s) const requires is_one {
    return self().loss().value(self().network().ridge_value(s), target(i));
  }
  [[nodiscard]] S ridge_slope(Index i, const S& s) const requires is_one {
    return self().loss().derivative(self().network().ridge_value(s), target(i)) * self().network().ridge_slope(s);
  }
  [[nodiscard]] S ridge_residual(Index i, const S& s) const requires has_residuals {
    return self().loss().residual(self().network().ridge_value(s), target(i));
  }
  [[nodiscard]] S ridge_residual_slope(Index /*i*/, const S& s) const requires has_residuals {
    return self().network().ridge_slope(s);
  }
  /// 1 f + 0 of a copy of itself.
  template <class Range> [[nodiscard]] std::optional<AffineForm<Range>> as_affine_of(const Risk& f) const {
    if (!self().is_same_as(f)) return std::nullopt;
    return AffineForm<Range>{Range(1), Range(0)};
  }

 private:
  [[nodiscard]] const Risk& self() const { return static_cast<const Risk&>(*this); }
  [[nodiscard]] S target(Index i) const { return self().data().targets()(0, i); }
};

}  // namespace proxcvx::detail
