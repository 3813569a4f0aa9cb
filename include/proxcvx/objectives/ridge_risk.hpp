// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <optional>
#include <proxcvx/core/eigen.hpp>
#include <proxcvx/core/ridge.hpp>

// The empirical risk of a network N(w; x) = s(w.x) is a mean of ridge functions (core/ridge.hpp):
//     f(w) = (1/n) sum_i l(s(x_i.w); y_i).

namespace proxcvx::detail {

/// A loss that says of itself that it is r^2/2 of a residual r(o, t) with dr/do = 1: it names itself `HalfSquared`, so
/// that a type which inherits from it does not, and offers `residual(o, t)`.
template <class L, class S>
concept HalfSquaredLoss = requires(const L& loss, const S& o) {
  requires std::same_as<typename L::HalfSquared, L>;
  { loss.residual(o, o) } -> std::convertible_to<S>;
};

/// What a risk, which has network(), loss(), data() and is_same_as(), offers of the terms of such a mean.
template <class Risk, class Net, class L> class RidgeRisk {
  using S = typename Net::Scalar;
  static constexpr bool is_one = RidgeNetwork<Net>;
  static constexpr bool has_residuals = RidgeNetwork<Net> && HalfSquaredLoss<L, S>;

 public:
  [[nodiscard]] Index ridge_terms() const requires is_one { return self().terms(); }
  [[nodiscard]] Vector<S> ridge_direction(Index i) const requires is_one { return self().data().inputs().col(i); }
  [[nodiscard]] S ridge_value(Index i, const S& s) const requires is_one {
    const Eigen::Matrix<S, 1, 1> output(self().network().ridge_value(s));
    return self().loss().total(output, targets(i));
  }
  [[nodiscard]] S ridge_slope(Index i, const S& s) const requires is_one {
    Eigen::Matrix<S, 1, 1> signal(self().network().ridge_value(s));
    self().loss().differentiate(signal, targets(i));
    return signal(0, 0) * self().network().ridge_slope(s);
  }
  [[nodiscard]] S ridge_residual(Index i, const S& s) const requires has_residuals {
    return self().loss().residual(self().network().ridge_value(s), targets(i)(0, 0));
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
  [[nodiscard]] auto targets(Index i) const { return self().data().targets().middleCols(i, 1); }
};

}  // namespace proxcvx::detail
