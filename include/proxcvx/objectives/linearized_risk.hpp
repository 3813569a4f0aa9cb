// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <utility>

// The risk of the network that goes on from w in a straight line (Jacot, Gabriel & Hongler 2018; Lee et al. 2019):
//     f_lin(v) = E l(N(w; x) + J(w; x)(v - w), y),   grad f_lin(v) = E J(w; x)^T l'(N(w; x) + J(w; x)(v - w), y),
// convex in v for a convex loss, whatever the network: what tangents say of w's neighbourhood, with f_lin(w) = f(w).

namespace proxcvx {

/// f_lin as a function of v, for the EmpiricalRisk f of any network. value: two forward passes; gradient: as much again
/// and a backward pass.
template <class Risk> class LinearizedRisk {
 public:
  using Scalar = typename Risk::Scalar;

  /// Throws std::invalid_argument unless w has the risk's dimension and finite entries. O(p): the data are shared.
  LinearizedRisk(Risk risk, Vector<Scalar> w) : risk_{std::move(risk)}, w_{std::move(w)} {
    require(w_.size() == risk_.dimension(), "w", "dimension " + std::to_string(risk_.dimension()), w_.size());
    require(w_.allFinite(), "w: expected finite entries");
  }

  [[nodiscard]] Index dimension() const { return risk_.dimension(); }
  [[nodiscard]] const Risk& risk() const { return risk_; }
  /// w, where the tangent touches.
  [[nodiscard]] const Vector<Scalar>& center() const { return w_; }
  [[nodiscard]] std::string name() const { return "f_lin"; }

  /// f_lin(v).
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> v) const {
    ScratchFrame<Scalar> frame;
    auto direction = frame.vector(v.size());
    direction = v - w_;
    Scalar sum(0);
    risk_.visit_outputs(w_, [&](auto& outputs, const auto& targets, Index first) {
      add_tangents(direction, first, outputs);
      sum += risk_.loss().total(outputs, targets);
    });
    return sum / static_cast<Scalar>(risk_.terms());
  }

  /// f_lin(v), and its gradient into `out`.
  Scalar gradient(ConstVectorRef<Scalar> v, VectorRef<Scalar> out) const {
    ScratchFrame<Scalar> frame;
    auto direction = frame.vector(v.size());
    direction = v - w_;
    Scalar sum(0);
    pull_back(out, [&](MatrixRef<Scalar> outputs, Index first) {
      add_tangents(direction, first, outputs);
      sum += risk_.loss().differentiate(outputs, risk_.data().targets().middleCols(first, outputs.cols()));
    });
    return sum / static_cast<Scalar>(risk_.terms());
  }

  /// (sup l'') lambda_max(J^T J/n), the smoothness of f_lin, as far as `steps` of the power method see it: from below,
  /// and by no more than a factor. A push-forward and a pull-back each.
  [[nodiscard]] Scalar curvature(Index steps = 50) const {
    Vector<Scalar> v(dimension()), image(dimension());
    RandomStream stream{Seed{1}, 0, Purpose::weights};
    stream.fill_normal(v);
    Scalar largest(0);
    for (Index step = 0; step < steps; ++step) {
      const Scalar norm = scaled_norm(v);
      if (!(norm > Scalar(0)) || !is_finite(norm)) break;
      v /= norm;
      pull_back(image, [&](MatrixRef<Scalar> outputs, Index first) {
        outputs.setZero();
        add_tangents(v, first, outputs);
      });
      largest = std::max(largest, Scalar(v.dot(image)));
      v = image;
    }
    return static_cast<Scalar>(LossOf::smoothness) * largest;
  }

 private:
  using LossOf = std::remove_cvref_t<decltype(std::declval<const Risk&>().loss())>;

  /// outputs += J(w; x) direction for the samples from `first` on.
  template <class Direction, class Outputs>
  void add_tangents(const Direction& direction, Index first, Outputs& outputs) const {
    ScratchFrame<Scalar> frame;
    auto tangents = frame.matrix(outputs.rows(), outputs.cols());
    risk_.network().push_forward(w_, direction, risk_.data().inputs().middleCols(first, outputs.cols()), tangents);
    outputs += tangents;
  }

  /// out = (1/n) sum_i J(w; x_i)^T s_i, the signals s written over the outputs by signal(outputs, first).
  template <class Signal> void pull_back(VectorRef<Scalar> out, const Signal& signal) const {
    out.setZero();
    detail::pull_back_in_blocks(risk_.network(), ConstVectorRef<Scalar>(w_), risk_.data().inputs(), signal, out);
    out /= static_cast<Scalar>(risk_.terms());
  }

  Risk risk_;
  Vector<Scalar> w_;
};

template <class Risk, class Derived> LinearizedRisk(Risk, const Eigen::MatrixBase<Derived>&) -> LinearizedRisk<Risk>;

}  // namespace proxcvx
