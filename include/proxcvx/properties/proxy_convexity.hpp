// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <limits>
#include <optional>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/ridge.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/properties/margin.hpp>
#include <proxcvx/properties/pair_margin.hpp>
#include <utility>

// (g, h)-proxy convexity (Frei & Gu 2021, Definition 1.1): for all w in W, v in V
//     <grad f(w), w - v> >= g(w) - h(v),     margin(w, v) = <grad f(w), w - v> - g(w) + h(v).
// A reference h that also depends on w, h(v; w), is accepted where it offers value(v, w) or is callable on (v, w).

namespace proxcvx {

/// f is (g, h)-proxy convex: <grad f(w), w - v> >= g(w) - h(v).
/// `g` and `h` are objectives, proxies or any callables on a parameter vector.
/// margin: one gradient, one g, one h, O(p) beyond; margins: a gradient and a g per w, an h per v, one p x n x m
/// product.
template <class F, class G, class H> class ProxyConvexity {
  static_assert(expect_differentiable<F>());

 public:
  using Scalar = typename F::Scalar;

 private:
  static constexpr bool depends_on_w = requires(const H& h, const Vector<Scalar>& w) { h.value(w, w); }
  || std::invocable<const H&, const Vector<Scalar>&, const Vector<Scalar>&>;
  static constexpr bool has_margin_gradient =
      TwiceDifferentiableObjective<F> && detail::HasGradient<G> && detail::HasGradient<H> && !depends_on_w;
  static constexpr bool of_ridges = DifferentiableRidgeMean<F> && RidgeMean<G> && RidgeMean<H> && !depends_on_w;

  /// What the gradients of <grad f, w - v>, g and h are multiplied by before they are added.
  struct Weights {
    Scalar inner, g, h;
  };

 public:
  ProxyConvexity(F f, G g, H h) : f_{std::move(f)}, g_{std::move(g)}, h_{std::move(h)} {}
  /// Convexity: g = h = f.
  explicit ProxyConvexity(const F& f) requires std::same_as<F, G> && std::same_as<F, H>
      : f_{f}, g_{f}, h_{f}, is_convexity_{true} {}

  [[nodiscard]] Index dimension() const { return f_.dimension(); }
  [[nodiscard]] const F& objective() const { return f_; }
  [[nodiscard]] const G& proxy() const { return g_; }
  [[nodiscard]] const H& reference() const { return h_; }

  /// Whether it was made from f alone, so that g = h = f and margins on the diagonal w = v are exactly 0.
  [[nodiscard]] bool is_convexity() const { return is_convexity_; }

  [[nodiscard]] std::string name() const { return "proxy-convexity"; }
  [[nodiscard]] std::string statement() const {
    return "<grad f(w), w - v> >= g(w) - h(v), g = " + detail::name_of(g_, "user's g") +
           ", h = " + detail::name_of(h_, "user's h");
  }
  [[nodiscard]] Constants constants() const { return {}; }

  /// margin(w, v) with its rounding bound.
  [[nodiscard]] Margin<Scalar> margin(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> v) const {
    ScratchFrame<Scalar> frame;
    auto gradient = frame.vector(w.size());
    const auto [at_w, g] = bounded_gradient_and_proxy(f_, g_, w, gradient);
    const BoundedValue<Scalar> h = reference_value(w, v);
    return detail::pair_margin<Scalar>(gradient, at_w.gradient_error, g, h, w, v);
  }

  /// The margin as a formula alone, in a scalar that encloses what it rounds (SlopeForm).
  [[nodiscard]] Scalar margin_value(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> v) const {
    ScratchFrame<Scalar> frame;
    auto gradient = frame.vector(w.size());
    gradient_alone(f_, w, gradient);
    const Scalar inner = gradient.dot(w - v);
    return inner - proxy_value<Scalar>(g_, w) + reference_value_alone(w, v);
  }

  /// Where f, g and h are means of ridge functions (core/ridge.hpp) with the same directions a_i, the margin is a mean
  /// of functions of two numbers, s = a_i.w and t = a_i.v: margin(w, v) = (1/n) sum_i phi_i(a_i.w, a_i.v),
  ///     phi_i(s, t) = f_i'(s)(s - t) - g_i(s) + h_i(t).
  /// has_ridge_margin: whether the directions are the same, to the bit; O(p n).
  [[nodiscard]] bool has_ridge_margin() const requires of_ridges {
    const Index n = f_.ridge_terms();
    if (n < 1 || g_.ridge_terms() != n || h_.ridge_terms() != n) return false;
    for (Index i = 0; i < n; ++i) {
      const Vector<Scalar> a = f_.ridge_direction(i), of_g = g_.ridge_direction(i), of_h = h_.ridge_direction(i);
      if (a.size() != of_g.size() || a.size() != of_h.size() || a != of_g || a != of_h) return false;
    }
    return true;
  }
  [[nodiscard]] Index ridge_terms() const requires of_ridges { return f_.ridge_terms(); }
  [[nodiscard]] Vector<Scalar> ridge_direction(Index i) const requires of_ridges { return f_.ridge_direction(i); }
  /// phi_i(s, t).
  [[nodiscard]] Scalar ridge_margin(Index i, const Scalar& s, const Scalar& t) const requires of_ridges {
    return Scalar(f_.ridge_slope(i, s)) * (s - t) - Scalar(g_.ridge_value(i, s)) + Scalar(h_.ridge_value(i, t));
  }
  /// What g and h are of f: {q, d}, {u, e} where g = q f + d and h = u f + e and f_i = r_i^2/2; nothing elsewhere. Then
  ///     phi_i(s, t) = rho a (a - b) - (q/2) a^2 + (u/2) b^2 + e - d,   a = r_i(s), b = r_i(t),
  /// where rho = r_i'(s)/S and S is the slope (a - b)/(s - t) of r_i between s and t, if that is not 0.
  template <class Range>
  [[nodiscard]] std::optional<std::pair<AffineForm<Range>, AffineForm<Range>>> residual_forms() const {
    if constexpr (of_ridges && SquaredRidgeMean<F> && requires {
                    g_.template as_affine_of<Range>(f_);
                    h_.template as_affine_of<Range>(f_);
                  }) {
      const auto g = g_.template as_affine_of<Range>(f_);
      const auto h = h_.template as_affine_of<Range>(f_);
      if (g && h) return std::pair{*g, *h};
    }
    return std::nullopt;
  }
  /// r_i(s) and r_i'(s).
  [[nodiscard]] Scalar ridge_residual(Index i, const Scalar& s) const requires(of_ridges&& SquaredRidgeMean<F>) {
    return f_.ridge_residual(i, s);
  }
  [[nodiscard]] Scalar ridge_residual_slope(Index i, const Scalar& s) const requires(of_ridges&& SquaredRidgeMean<F>) {
    return f_.ridge_residual_slope(i, s);
  }

  /// All pairs of two clouds: values(i, j), errors(i, j) for (W.col(i), V.col(j)). One product decides nearly all;
  /// the pairs that it leaves within 8 error bounds of zero are taken again from w - v with the gradient at hand.
  void margins(ConstMatrixRef<Scalar> points, ConstMatrixRef<Scalar> references, MatrixRef<Scalar> values,
               MatrixRef<Scalar> errors) const {
    ScratchFrame<Scalar> frame;
    auto norms = frame.vector(references.cols());
    auto h_values = frame.vector(references.cols());
    auto h_errors = frame.vector(references.cols());
    look_at(references, norms, h_values, h_errors);
    auto gradients = frame.matrix(points.rows(), std::min(tile, points.cols()));
    for (Index first = 0; first < points.cols(); first += tile) {
      const Index width = std::min(tile, points.cols() - first);
      with_gradients(points.middleCols(first, width), gradients.leftCols(width), [&](const auto& at) {
        finish_tile(at, references, {norms, h_values, h_errors}, values.middleRows(first, width),
                    errors.middleRows(first, width));
      });
    }
  }

  /// The least margin over all pairs of two clouds, of N points and n references: one p x N x n product in tiles, and
  /// beside it p 256 + 2^20 + O(n) numbers. A margin that is NaN comes first.
  /// Throws std::invalid_argument where a cloud is empty.
  [[nodiscard]] LeastMargin<Scalar> least_margin(ConstMatrixRef<Scalar> points,
                                                 ConstMatrixRef<Scalar> references) const {
    require(points.cols() >= 1 && references.cols() >= 1, "points, references: expected at least one column in each");
    constexpr Index strip = 2048;
    ScratchFrame<Scalar> frame;
    auto norms = frame.vector(references.cols());
    auto h_values = frame.vector(references.cols());
    auto h_errors = frame.vector(references.cols());
    look_at(references, norms, h_values, h_errors);
    auto gradients = frame.matrix(points.rows(), std::min(tile, points.cols()));
    auto values = frame.matrix(gradients.cols(), std::min(strip, references.cols()));
    auto errors = frame.matrix(values.rows(), values.cols());
    LeastMargin<Scalar> least{std::numeric_limits<Scalar>::infinity(), Scalar(0), -1, -1};
    for (Index first = 0; first < points.cols(); first += tile) {
      const Index width = std::min(tile, points.cols() - first);
      with_gradients(points.middleCols(first, width), gradients.leftCols(width), [&](const auto& at) {
        for (Index from = 0; from < references.cols(); from += strip) {
          const Index count = std::min(strip, references.cols() - from);
          auto part = values.topLeftCorner(width, count);
          finish_tile(at, references.middleCols(from, count),
                      {norms.segment(from, count), h_values.segment(from, count), h_errors.segment(from, count)}, part,
                      errors.topLeftCorner(width, count));
          Index i = 0, j = 0;
          const Scalar value = part.template minCoeff<Eigen::PropagateNaN>(&i, &j);
          if (least.point < 0 || value < least.value || (value != value && least.value == least.value))
            least = {value, errors(i, j), first + i, from + j};
        }
      });
    }
    return least;
  }

  /// The exact gradient of the margin: Hess f(w)(w - v) + grad f(w) - grad g(w) in w, -grad f(w) + grad h(v) in v.
  /// Cost: a gradient and a Hessian-vector product of f, a gradient of g and of h.
  void margin_gradient(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> v, VectorRef<Scalar> out_w,
                       VectorRef<Scalar> out_v) const requires has_margin_gradient {
    weighted_gradient(w, v, out_w, out_v, [](Scalar, Scalar, Scalar) { return Weights{1, -1, 1}; });
  }

  static constexpr Index margin_gradient_cost = 6;

  /// The exact gradient of value/scale, scale = |<grad f(w), w - v>| + |g(w)| + |h(v)|. The same cost.
  void scale_free_gradient(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> v, VectorRef<Scalar> out_w,
                           VectorRef<Scalar> out_v) const requires has_margin_gradient {
    weighted_gradient(w, v, out_w, out_v, [](Scalar inner, Scalar g, Scalar h) {
      using std::abs;
      const Scalar scale = Scalar(abs(inner)) + Scalar(abs(g)) + Scalar(abs(h));
      if (!(scale > Scalar(0))) return Weights{0, 0, 0};
      const Scalar level = (inner - g + h) / scale;
      return Weights{(Scalar(1) - level * detail::sign_of(inner)) / scale,
                     (Scalar(-1) - level * detail::sign_of(g)) / scale,
                     (Scalar(1) - level * detail::sign_of(h)) / scale};
    });
  }

  /// The same claim in another scalar.
  template <class Other>
  requires CastableTo<F, Other> && CastableTo<G, Other> && CastableTo<H, Other>
  [[nodiscard]] auto cast() const {
    return proxcvx::ProxyConvexity(f_.template cast<Other>(), g_.template cast<Other>(), h_.template cast<Other>());
  }

  /// How many references `check` sets a sampled point beside: h(v; w) is evaluated for each.
  static constexpr Index references_at_once = depends_on_w ? 4 : 256;
  /// Whether every part bounds its own rounding error; otherwise reports say that the bound is assumed.
  static constexpr bool rigorous_rounding() {
    return BoundsItsGradient<F> && detail::bounds_itself<G> &&
           (depends_on_w ? bounds_moving_reference : detail::bounds_itself<H>);
  }

 private:
  static constexpr bool bounds_moving_reference = requires(const H& h, const Vector<Scalar>& w) {
    { h.bounded_value(w, w) } -> std::same_as<BoundedValue<Scalar>>;
  };
  static constexpr Index tile = 256;  // points whose gradients are kept at once: p x 256 numbers

  template <class Weigh>
  void weighted_gradient(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> v, VectorRef<Scalar> out_w,
                         VectorRef<Scalar> out_v, const Weigh& weigh) const {
    ScratchFrame<Scalar> frame;
    auto gradient = frame.vector(w.size());
    auto difference = frame.vector(w.size());
    auto curved = frame.vector(w.size());
    gradient_alone(f_, w, gradient);
    difference = w - v;
    f_.hessian_vector(w, difference, curved);
    const Scalar g = g_.gradient(w, out_w);
    const Scalar h = h_.gradient(v, out_v);
    const Weights weights = weigh(gradient.dot(difference), g, h);
    out_w = weights.inner * (curved + gradient) + weights.g * out_w;
    out_v = weights.h * out_v - weights.inner * gradient;
  }

  using Entries = Eigen::Ref<const Vector<Scalar>>;
  /// A tile of points: their gradients, <grad f(w_i), w_i>, norms, and what is known of f and g there.
  struct OfPoints {
    const Eigen::Ref<const Matrix<Scalar>>&points, &gradients;
    const Entries &own, &norms, &gradient_norms, &gradient_errors, &g_values, &g_errors, &g_sizes;
  };
  struct OfReferences {
    Entries norms, h_values, h_errors;
  };

  /// ||v_j||, h(v_j) and its error.
  void look_at(ConstMatrixRef<Scalar> references, VectorRef<Scalar> norms, VectorRef<Scalar> h_values,
               VectorRef<Scalar> h_errors) const {
    for (Index j = 0; j < references.cols(); ++j) {
      if constexpr (!depends_on_w) {
        const BoundedValue<Scalar> h = bounded_proxy_value<Scalar>(h_, references.col(j));
        h_values[j] = h.value;
        h_errors[j] = h.error;
      }
      norms[j] = scaled_norm(references.col(j));
    }
  }

  /// Calls visit(OfPoints) on up to 256 points; `gradients` is where their gradients go.
  template <class Visitor>
  void with_gradients(ConstMatrixRef<Scalar> points, MatrixRef<Scalar> gradients, const Visitor& visit) const {
    using std::abs;
    ScratchFrame<Scalar> frame;
    auto columns = frame.matrix(points.cols(), 7);
    for (Index i = 0; i < points.cols(); ++i) {
      const auto [at_w, g] = bounded_gradient_and_proxy(f_, g_, points.col(i), gradients.col(i));
      columns.row(i) << gradients.col(i).dot(points.col(i)), scaled_norm(points.col(i)), scaled_norm(gradients.col(i)),
          at_w.gradient_error, g.value, g.error, Scalar(abs(g.value));
    }
    const auto column = [&](Index k) { return Entries(columns.col(k)); };
    visit(OfPoints{points, gradients, column(0), column(1), column(2), column(3), column(4), column(5), column(6)});
  }

  /// The margins of a tile and their bounds: one product, and a pass over values and errors beside its 2p flops each.
  template <class Out>
  void finish_tile(const OfPoints& at, ConstMatrixRef<Scalar> references, const OfReferences& of, Out&& values,
                   MatrixRef<Scalar> errors) const {
    using std::abs;
    const auto& [points, gradients, own, point_norms, gradient_norms, gradient_errors, g_values, g_errors, g_sizes] =
        at;
    if (references.cols() > tile) {  // large clouds are to be read once; a block of check's allocates nothing
      values.noalias() = product(gradients.transpose(), references);
    } else {
      assign_product_in_pieces<Scalar>(values, gradients, references);
    }
    ScratchFrame<Scalar> frame;
    const Index width = points.cols();
    auto norms = frame.vector(width);
    auto h_values = frame.vector(width);
    auto h_errors = frame.vector(width);
    const detail::PairRounding<Scalar> bound{points.rows()};
    for (Index j = 0; j < references.cols(); ++j) {
      auto value = values.col(j);
      auto error = errors.col(j);
      if constexpr (depends_on_w) {
        for (Index i = 0; i < width; ++i) {
          const BoundedValue<Scalar> h = reference_value(points.col(i), references.col(j));
          h_values[i] = h.value;
          h_errors[i] = h.error;
        }
      } else {
        h_values.setConstant(of.h_values[j]);
        h_errors.setConstant(of.h_errors[j]);
      }
      value = ((own - value) - g_values) + h_values;
      norms.array() = point_norms.array() + of.norms[j];
      error = bound(gradient_norms.cwiseProduct(norms), gradient_errors.cwiseProduct(norms), g_errors + h_errors,
                    g_sizes + h_values.cwiseAbs() + value.cwiseAbs());
      for (Index i = 0; i < width; ++i) {
        if (value[i] > Scalar(8) * error[i]) continue;
        const Margin<Scalar> again =
            detail::pair_margin<Scalar>(gradients.col(i), gradient_errors[i], {g_values[i], g_errors[i]},
                                        {h_values[i], h_errors[i]}, points.col(i), references.col(j));
        value[i] = again.value;
        error[i] = again.error;
      }
    }
  }

  [[nodiscard]] BoundedValue<Scalar> reference_value(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> v) const {
    if constexpr (!depends_on_w) {
      return bounded_proxy_value<Scalar>(h_, v);
    } else if constexpr (bounds_moving_reference) {
      return h_.bounded_value(v, w);
    } else {
      using std::abs;
      const Scalar value = reference_value_alone(w, v);
      return {value, detail::assumed_gamma<Scalar>(w.size()) * Scalar(abs(value))};
    }
  }
  [[nodiscard]] Scalar reference_value_alone(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> v) const {
    if constexpr (!depends_on_w) {
      return proxy_value<Scalar>(h_, v);
    } else if constexpr (requires { h_.value(v, w); }) {
      return static_cast<Scalar>(h_.value(v, w));
    } else {
      return static_cast<Scalar>(h_(v, w));
    }
  }

  F f_;
  G g_;
  H h_;
  bool is_convexity_ = false;
};

}  // namespace proxcvx
