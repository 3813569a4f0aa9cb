// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <proxcvx/instances/instance.hpp>
#include <proxcvx/instances/plan.hpp>
#include <proxcvx/instances/premises.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/proxies/affine.hpp>
#include <proxcvx/proxies/curved_risk.hpp>
#include <utility>
#include <vector>

// Wide two-layer networks N = sum_j a_j s(w_j.x), a fixed, |s''| <= H, with the logistic loss are nearly convex (Ji &
// Telgarsky 2020): for all w and v, S = E xx^T,
//     <grad f(w), w - v> >= f(w) - f(v) - E|l'|e,   E|l'|e <= (H/2) max|a_j| lambda_max(S) ||v - w||^2,
// so that on a ball of radius R f is (f, f + delta)-proxy convex, delta <= 2H max|a_j| lambda_max(S) R^2: with
// a_j = +-1/sqrt(m) convexity fails by no more than R^2/sqrt(m), times a constant. With ||grad f||^2 <= C ||a||^2 L^2
// lambda_max(S) f, |s'| <= L, descent that is projected onto the ball about w_0 ends near the best f in it.

namespace proxcvx {

/// The theorem with the constants of a data set, for any activation; for a kinked one H, and so the slack, is infinite.
template <class Net> class WideNetwork : public InstanceDefaults<WideNetwork<Net>> {
 public:
  using Scalar = typename Net::Scalar;
  using Risk = EmpiricalRisk<Net, LogisticLoss>;

  /// Throws std::invalid_argument unless only the first layer is trained and labels are -1/+1. O(n d^2 + d^3).
  WideNetwork(Net network, Dataset<Scalar> data) : WideNetwork(Risk(std::move(network), LogisticLoss{}, data)) {}
  /// The same for a risk at hand: same throws, same cost.
  explicit WideNetwork(Risk risk) : risk_{std::move(risk)} {
    require(risk_.network().train() == Train::first, "network", "one whose first layer alone is trained (Train::first)",
            risk_.network().name());
    const Vector<double> a = risk_.network().outer_weights().template cast<double>();
    outer_norm_ = scaled_norm(a);
    outer_largest_ = a.cwiseAbs().maxCoeff();
    second_moment_ = detail::largest_of_second_moment(risk_.data().inputs());
  }

  [[nodiscard]] const Risk& objective() const { return risk_; }
  /// <grad f(w), w - v> >= f(w) - f(v) - E|l'|e, for all w and v. Throws std::invalid_argument for a kinked activation.
  [[nodiscard]] auto property() const {
    return ProxyConvexity<Risk, Risk, CurvedRisk<Risk>>(risk_, risk_, CurvedRisk<Risk>(risk_));
  }
  /// (H/2) max|a_j| lambda_max(S) distance^2, rounded up: a bound on E|l'|e where ||v - w|| <= distance. Throws
  /// std::invalid_argument unless distance >= 0.
  [[nodiscard]] double slack(double distance) const {
    detail::require_not_negative(distance, "distance");
    const double curvature = risk_.network().activation().smoothness() / 2 * outer_largest_ * second_moment_;
    return curvature * distance * distance * (1 + 0x1p-40);
  }
  /// (f, f + slack(2 radius))-proxy convexity, true on every ball of that radius. Throws std::invalid_argument for a
  /// kinked activation, or as slack does.
  [[nodiscard]] auto property_within(double radius) const {
    return ProxyConvexity<Risk, Risk, Affine<Risk>>(risk_, risk_, Affine<Risk>(1.0, risk_, slack(2 * radius)));
  }
  /// A = 0, B = C ||a||^2 L^2 times R^2 (single example) or lambda_max(S) (full batch), rounded up; g = f.
  [[nodiscard]] GradientGrowthConstants growth(Noise noise) const {
    const double slope = outer_norm_ * risk_.network().activation().lipschitz();
    const double squares = slope * slope * (1 + 4 * gamma<double>(risk_.network().hidden() + 16));
    return {.A = 0,
            .B = LogisticLoss::self_bounding * squares *
                 detail::moment(noise, static_cast<double>(risk_.data().radius()), second_moment_),
            .noise = noise};
  }
  /// The property as a theorem for `prove`. Throws as property() does. O(n d).
  [[nodiscard]] Theorem theorem() const requires detail::ExactInDouble<Scalar> {
    const auto& activation = risk_.network().activation();
    Theorem theorem = detail::theorem_about(property(), detail::all_of_space(risk_.dimension()));
    theorem.citation = "Ji & Telgarsky 2020 (wide networks), with the curvature as derived in docs/theory.md";
    theorem.premises = {detail::finite_data(risk_.data()), detail::sign_labels(risk_.data()),
                        Premise::finite("curvature", "sup|s''| is finite, as " + activation.name() + " states it",
                                        Interval(activation.smoothness()))};
    return theorem;
  }
  /// Frei & Gu 2021, Theorem 3.3, for descent from w0 that is projected onto the ball of that radius about it, against
  /// references in it: the level of each is f(v) + slack(radius + ||v - w0||), and the bound is on the mean of f(w_t).
  /// An evaluation of f for each reference. Throws std::invalid_argument where a reference is outside of the ball, for
  /// a kinked activation, or as ProxyConvexityGuarantee does.
  [[nodiscard]] ProxyConvexityGuarantee guarantee(ConstVectorRef<Scalar> w0, const std::vector<Vector<Scalar>>& against,
                                                  double radius, const GuaranteePlan& plan) const {
    std::vector<ReferencePoint> references;
    for (const Vector<Scalar>& v : against) {
      require(v.size() == w0.size(), "against", "vectors of dimension " + std::to_string(w0.size()), v.size());
      const auto away = static_cast<double>(scaled_norm(v - w0));  // as Ball::contains takes it
      require(away <= radius, "against", "vectors within " + detail::in_words(radius) + " of w0", away);
      const double distance = detail::distance_up(w0, v);
      references.push_back(
          {.level = detail::upper(risk_.bounded_value(v)) + slack(radius + distance), .distance = distance});
    }
    return detail::proxy_convexity_guarantee(std::move(references), growth(plan.noise), plan);
  }

  /// Where convexity fails most on the ball of that radius about `center`, a pair (w; v) in each column: the way is
  /// spent on k = 1, 2, 4, ... units, each of which goes from w_j to v_j through its centre along an input, those for
  /// which the tangent at w is farthest from N, to the side that the loss dislikes. (Smooth activations want one unit;
  /// kinked ones as many as have a kink within reach.) O(log(m) m n) activations for each of up to 16 inputs.
  [[nodiscard]] Matrix<Scalar> starts(ConstVectorRef<Scalar> center, double radius) const;

 private:
  /// The best way for a unit: along an input, forwards or backwards.
  struct Move {
    Scalar gain = Scalar(0);
    Index input = 0;
    Scalar side = Scalar(1);
  };
  [[nodiscard]] std::vector<Move> best_moves(ConstVectorRef<Scalar> center, Scalar length) const;

  Risk risk_;
  double outer_norm_ = 0;
  double outer_largest_ = 0;
  double second_moment_ = 0;
};

template <class Net> WideNetwork(Net, Dataset<typename Net::Scalar>) -> WideNetwork<Net>;
template <class Net> WideNetwork(EmpiricalRisk<Net, LogisticLoss>) -> WideNetwork<Net>;

template <class Net>
auto WideNetwork<Net>::best_moves(ConstVectorRef<Scalar> center, Scalar length) const -> std::vector<Move> {
  const auto& network = risk_.network();
  const Matrix<Scalar>& x = risk_.data().inputs();
  const Matrix<Scalar> z = network.weights(center).transpose() * x;
  Matrix<Scalar> signals(1, x.cols());
  network.forward(center, x, signals);
  risk_.loss().differentiate(signals, risk_.data().targets());
  std::vector<Move> best(static_cast<std::size_t>(network.hidden()));
  Matrix<Scalar> from(z.rows(), z.cols()), to(z.rows(), z.cols()), beyond(z.rows(), z.cols());
  const Index every = (x.cols() + 15) / 16;
  for (Index i = 0; i < x.cols(); i += every) {
    const Scalar norm = scaled_norm(x.col(i));
    if (!(norm > Scalar(0))) continue;
    for (const Scalar side : {Scalar(-1), Scalar(1)}) {
      const Matrix<Scalar> step = x.col(i).transpose() * x * (side * length / norm);  // of z, at each sample
      from = z.rowwise() - step.row(0);
      to = z.rowwise() + step.row(0);
      beyond = from;  // becomes s(to) - s(from) - s'(from)(to - from)
      detail::apply_derivative(network.activation(), beyond);
      beyond.array().rowwise() *= Scalar(-2) * step.row(0).array();
      detail::apply(network.activation(), from);
      detail::apply(network.activation(), to);
      beyond += to - from;
      const Vector<Scalar> gains = -network.outer_weights().cwiseProduct(beyond * signals.transpose());
      for (Index j = 0; j < network.hidden(); ++j) {
        Move& known = best[static_cast<std::size_t>(j)];
        if (gains[j] > known.gain) known = {gains[j], i, side};
      }
    }
  }
  return best;
}

template <class Net>
auto WideNetwork<Net>::starts(ConstVectorRef<Scalar> center, double radius) const -> Matrix<Scalar> {
  using std::sqrt;
  require(center.size() == risk_.dimension(), "center", "dimension " + std::to_string(risk_.dimension()),
          center.size());
  detail::require_positive(radius, "radius");
  const Index p = center.size(), m = risk_.network().hidden(), d = risk_.network().inputs();
  const Matrix<Scalar>& x = risk_.data().inputs();
  std::vector<Index> units(static_cast<std::size_t>(m));
  std::vector<Vector<Scalar>> pairs;
  for (Index k = 1; k <= m; k *= 2) {
    const Scalar length = static_cast<Scalar>(radius) / sqrt(static_cast<Scalar>(k));
    const std::vector<Move> moves = best_moves(center, length);
    const auto gain = [&](Index j) { return moves[static_cast<std::size_t>(j)].gain; };
    std::iota(units.begin(), units.end(), Index{0});
    std::partial_sort(units.begin(), units.begin() + k, units.end(),
                      [&](Index a, Index b) { return gain(a) > gain(b); });
    if (!(gain(units[static_cast<std::size_t>(k - 1)]) > Scalar(0))) break;
    Vector<Scalar> pair = center.replicate(2, 1);
    for (Index r = 0; r < k; ++r) {
      const Index j = units[static_cast<std::size_t>(r)];
      const Move& move = moves[static_cast<std::size_t>(j)];
      const Vector<Scalar> way = x.col(move.input) * (move.side * length / scaled_norm(x.col(move.input)));
      pair.segment(j * d, d) -= way;
      pair.segment(p + j * d, d) += way;
    }
    pairs.push_back(std::move(pair));
  }
  Matrix<Scalar> columns(2 * p, static_cast<Index>(pairs.size()));
  for (std::size_t i = 0; i < pairs.size(); ++i) columns.col(static_cast<Index>(i)) = pairs[i];
  return columns;
}

}  // namespace proxcvx
