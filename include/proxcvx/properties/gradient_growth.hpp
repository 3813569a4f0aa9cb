// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/properties/margin.hpp>
#include <utility>

// Gradient growth, what the theorems need of the noise: for all w in W
//     E||grad f_z(w)||^2 <= A + B g(w),     margin(w) = A + B g(w) - E||grad f_z(w)||^2,
// with the g of the proxy convexity that it is used with. B = 0 is the bounded case, A = 0 the proxy-smooth case.
// For full-batch descent the left side is ||grad f(w)||^2; a constant for it does not serve SGD.

namespace proxcvx {

/// What the left side of gradient growth averages over.
enum class Noise {
  single_example,  ///< E||grad f_z||^2, z one term of the finite sum: what SGD needs (batches keep the constants)
  full_batch       ///< ||grad f||^2: what full-batch descent needs
};

/// What gradient growth claims: A >= 0, B >= 0, and for which left side.
struct GradientGrowthConstants {
  double A = 0;
  double B = 0;
  Noise noise = Noise::single_example;
};

/// E||grad f_z(w)||^2 <= A + B g(w). Throws std::invalid_argument unless A, B >= 0 are finite.
/// margin: one g, and a gradient for each term (single_example) or one (full_batch).
template <class F, class G> class GradientGrowth {
  static_assert(expect_differentiable<F>());

 public:
  using Scalar = typename F::Scalar;

 private:
  static constexpr bool has_margin_gradient = TwiceDifferentiableObjective<F> && detail::HasGradient<G> &&
                                              (!FiniteSumObjective<F> || TwiceDifferentiableSum<F>);

 public:
  GradientGrowth(F f, G g, GradientGrowthConstants constants)
      : f_{std::move(f)}, g_{std::move(g)}, constants_{constants} {
    require(constants.A >= 0 && is_finite(constants.A), "A", "a finite number >= 0", constants.A);
    require(constants.B >= 0 && is_finite(constants.B), "B", "a finite number >= 0", constants.B);
    if constexpr (!FiniteSumObjective<F>) {
      require(constants.noise == Noise::full_batch,
              "noise: expected full_batch, since the objective is no finite sum (it offers no terms)");
    }
  }

  [[nodiscard]] Index dimension() const { return f_.dimension(); }
  [[nodiscard]] const F& objective() const { return f_; }
  [[nodiscard]] const G& proxy() const { return g_; }
  [[nodiscard]] double A() const { return constants_.A; }
  [[nodiscard]] double B() const { return constants_.B; }
  [[nodiscard]] Noise noise() const { return constants_.noise; }
  [[nodiscard]] std::string name() const { return "gradient-growth"; }
  [[nodiscard]] std::string statement() const {
    const std::string left = constants_.noise == Noise::full_batch ? "||grad f(w)||^2" : "E||grad f_z(w)||^2";
    return left + " <= A + B g(w), g = " + detail::name_of(g_, "user's g");
  }
  [[nodiscard]] Constants constants() const { return {{"A", constants_.A}, {"B", constants_.B}}; }

  /// The left side at w, E||grad f_z(w)||^2 or ||grad f(w)||^2, with its rounding bound.
  [[nodiscard]] BoundedValue<Scalar> mean_squares(ConstVectorRef<Scalar> w) const {
    ScratchFrame<Scalar> frame;
    auto gradient = frame.vector(w.size());
    if constexpr (FiniteSumObjective<F>) {
      if (constants_.noise == Noise::single_example) {
        const Index terms = f_.terms();
        Scalar sum(0);
        Scalar errors(0);
        for (Index term = 0; term < terms; ++term) {
          const std::array<Index, 1> batch{term};
          Scalar gradient_error(0);
          if constexpr (requires {
                          {
                            f_.bounded_gradient(w, std::span<const Index>(batch), gradient)
                            } -> std::same_as<BoundedGradient<Scalar>>;
                        }) {
            gradient_error = f_.bounded_gradient(w, std::span<const Index>(batch), gradient).gradient_error;
          } else {
            f_.gradient(w, std::span<const Index>(batch), gradient);
            gradient_error = detail::assumed_gamma<Scalar>(w.size()) * scaled_norm(gradient);
          }
          const BoundedValue<Scalar> square = squared(scaled_norm(gradient), gradient_error, w.size());
          sum += square.value;
          errors += square.error;
        }
        const auto n = static_cast<Scalar>(terms);
        return {sum / n, (errors + gamma<Scalar>(terms + 2) * sum) / n};
      }
    }
    const Scalar gradient_error = bounded_gradient(f_, w, gradient).gradient_error;
    return squared(scaled_norm(gradient), gradient_error, w.size());
  }

  /// margin(w) with its rounding bound.
  [[nodiscard]] Margin<Scalar> margin(ConstVectorRef<Scalar> w) const {
    using std::abs;
    const BoundedValue<Scalar> squares = mean_squares(w);
    const BoundedValue<Scalar> g = bounded_proxy_value<Scalar>(g_, w);
    const Scalar u = unit_roundoff<Scalar>();
    const auto a = static_cast<Scalar>(constants_.A);
    const auto b = static_cast<Scalar>(constants_.B);
    const Scalar growth = b * g.value;
    const Scalar value = a + growth - squares.value;
    const Scalar scale = a + Scalar(abs(growth)) + squares.value;
    // u for each constant that a narrow scalar rounds, u for the product, u for each sum, and one to spare.
    const Scalar error = (Scalar(1) + Scalar(8) * u) * (squares.error + b * g.error + Scalar(6) * u * scale +
                                                        Scalar(4) * std::numeric_limits<Scalar>::denorm_min());
    return {value, error, scale, false};
  }

  /// The margin as a formula alone, in a scalar that encloses what it rounds (SlopeForm).
  [[nodiscard]] Scalar margin_value(ConstVectorRef<Scalar> w) const {
    ScratchFrame<Scalar> frame;
    auto gradient = frame.vector(w.size());
    const auto squares = [&]() -> Scalar {
      if constexpr (FiniteSumObjective<F>) {
        if (constants_.noise == Noise::single_example) {
          Scalar sum(0);
          for (Index term = 0; term < f_.terms(); ++term) {
            const std::array<Index, 1> batch{term};
            f_.gradient(w, std::span<const Index>(batch), gradient);
            sum += Scalar(gradient.squaredNorm());
          }
          return sum / static_cast<Scalar>(f_.terms());
        }
      }
      gradient_alone(f_, w, gradient);
      return gradient.squaredNorm();
    };
    return Scalar(constants_.A) + Scalar(constants_.B) * proxy_value<Scalar>(g_, w) - squares();
  }

  /// The exact gradient of the margin: B grad g(w) - 2 E[Hess f_z(w) grad f_z(w)], for the full batch with f for f_z.
  /// Cost: a gradient and a Hessian-vector product of each term, or of f; a gradient of g.
  void margin_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const requires has_margin_gradient {
    weighted_gradient(w, out, false);
  }
  static constexpr Index margin_gradient_cost = 5;

  /// The exact gradient of value/scale, scale = A + |B g(w)| + E||grad f_z(w)||^2. The same cost.
  void scale_free_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const requires has_margin_gradient {
    weighted_gradient(w, out, true);
  }

  template <class Other>
  requires CastableTo<F, Other> && CastableTo<G, Other>
  [[nodiscard]] auto cast() const {
    return proxcvx::GradientGrowth(f_.template cast<Other>(), g_.template cast<Other>(), constants_);
  }

  static constexpr bool rigorous_rounding() { return BoundsItsGradient<F> && detail::bounds_itself<G>; }

 private:
  void weighted_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out, bool scale_free) const {
    using std::abs;
    ScratchFrame<Scalar> frame;
    auto curved = frame.vector(w.size());
    const Scalar g = g_.gradient(w, out);
    const Scalar squares = mean_squares_gradient(w, curved);
    const auto a = static_cast<Scalar>(constants_.A);
    const auto b = static_cast<Scalar>(constants_.B);
    Scalar squares_weight(-1);
    Scalar g_weight = b;
    if (scale_free) {
      const Scalar growth = b * g;
      const Scalar scale = a + Scalar(abs(growth)) + squares;
      const bool some = scale > Scalar(0);
      const Scalar level = some ? Scalar((a + growth - squares) / scale) : Scalar(0);
      squares_weight = some ? Scalar((Scalar(-1) - level) / scale) : Scalar(0);
      g_weight = some ? Scalar(b * (Scalar(1) - level * detail::sign_of(growth)) / scale) : Scalar(0);
    }
    out = squares_weight * curved + g_weight * out;
  }

  /// E||grad f_z(w)||^2, and its gradient 2 E[Hess f_z(w) grad f_z(w)] into `out`.
  Scalar mean_squares_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    ScratchFrame<Scalar> frame;
    auto gradient = frame.vector(w.size());
    if constexpr (FiniteSumObjective<F>) {
      if (constants_.noise == Noise::single_example) {
        auto curved = frame.vector(w.size());
        const auto half_n = static_cast<Scalar>(f_.terms()) / Scalar(2);
        Scalar squares(0);
        out.setZero();
        for (Index term = 0; term < f_.terms(); ++term) {
          const std::array<Index, 1> batch{term};
          f_.gradient(w, std::span<const Index>(batch), gradient);
          f_.hessian_vector(w, std::span<const Index>(batch), gradient, curved);
          squares += gradient.squaredNorm();
          out += curved;
        }
        out /= half_n;
        return squares / (Scalar(2) * half_n);
      }
    }
    f_.gradient(w, gradient);
    f_.hessian_vector(w, gradient, out);
    out *= Scalar(2);
    return gradient.squaredNorm();
  }

  /// ||gradient||^2 from a gradient whose error has norm e: | ||x + e||^2 - ||x||^2 | <= e(2||x|| + e).
  [[nodiscard]] static BoundedValue<Scalar> squared(Scalar norm, Scalar gradient_error, Index dimension) {
    const Scalar own = norm * gamma<Scalar>(dimension + 3);
    const Scalar total = gradient_error + own;
    const Scalar u = unit_roundoff<Scalar>();
    return {norm * norm, (total * (Scalar(2) * norm + total) + u * norm * norm) * (Scalar(1) + Scalar(8) * u)};
  }

  F f_;
  G g_;
  GradientGrowthConstants constants_;
};

}  // namespace proxcvx
