// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <proxcvx/gram/eigenvalue_bound.hpp>
#include <proxcvx/gram/infinite_width.hpp>
#include <proxcvx/gram/tangent_kernel.hpp>
#include <proxcvx/guarantees/guarantee.hpp>
#include <proxcvx/instances/instance.hpp>
#include <proxcvx/instances/plan.hpp>
#include <proxcvx/instances/tangent_features.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/calculus.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <string>
#include <utility>
#include <vector>

// Why gradient descent fits any labels with a wide ReLU network (Du, Zhai, Poczos & Singh 2019): u_i = N(W; x_i) =
// (1/sqrt m) sum_r a_r s(w_r.x_i), a_r = +-1 fixed, ||x_i|| = 1, w_r(0) ~ N(0, I), L(W) = ||u - y||^2/2. Exactly
//   ||grad L(W)||^2 = (u - y)^T H(W) (u - y),  H(W)_ij = x_i.x_j #{r active at both}/m:  L is
//                                              (L, 0, 2, 4 lambda_min(H(W)))-proxy PL at W.
// With probability 1 - delta over W(0), for widths m = Omega(n^6/(lambda_0^4 delta^3)) and steps eta =
// O(lambda_0/n^2), lambda_0 = lambda_min(H^infinity), along the run
//   ||u(k) - y||^2 <= (1 - eta lambda_0/2)^k ||u(0) - y||^2,   lambda_min(H(W(k))) >= lambda_0/2,
//   ||w_r(k) - w_r(0)|| <= 4 sqrt n ||u(0) - y||/(sqrt m lambda_0).
// The constants in Omega and O are not explicit: runs are held beside these bounds, but nothing here is a proof.

namespace proxcvx {

/// What the theorem says of L(W(T)), as if its width and step size were large and small enough. T = 0, 1, ...
class OverParameterizedGuarantee {
 public:
  /// Throws std::invalid_argument unless lambda_0 > 0, initial >= 0 and 0 < step_size <= 2/lambda_0, all finite, and
  /// iterations >= 1, or an accuracy in their place.
  OverParameterizedGuarantee(double lambda_0, double initial, double step_size, Index iterations, double accuracy = 0)
      : lambda_0_{lambda_0}, initial_{initial}, step_size_{step_size}, iterations_{iterations} {
    detail::require_positive(lambda_0, "lambda_0");
    detail::require_not_negative(initial, "initial");
    detail::require_positive(step_size, "step_size");
    require(step_size * lambda_0 <= 2, "step_size", "at most 2/lambda_0 = " + detail::in_words(2 / lambda_0),
            step_size);
    require(iterations >= 1 || accuracy > 0, "accuracy: expected an accuracy > 0, or iterations >= 1");
    if (iterations < 1) {
      const double rate = -std::log1p(-std::min(step_size * lambda_0 / 2, 1.0));
      iterations_ = detail::whole_iterations(std::log(std::max(initial / accuracy, 1.0)) / rate);
    }
  }

  [[nodiscard]] std::string theorem() const {
    return "over-parameterized two-layer ReLU (Du et al. 2019, Theorem 4.1)";
  }
  [[nodiscard]] Measured measured() const { return Measured::last_iterate; }
  [[nodiscard]] double step_size() const { return step_size_; }
  [[nodiscard]] Index iterations() const { return iterations_; }
  [[nodiscard]] bool expectation() const { return false; }
  /// (1 - eta lambda_0/2)^T L(W(0)), rounded up.
  [[nodiscard]] double bound(Index T) const {
    require(T >= 0, "T", "a number >= 0", T);
    return detail::padded_up(detail::geometric_decay(step_size_ * lambda_0_ / 2 * (1 - 0x1p-50), T) * initial_);
  }
  [[nodiscard]] std::vector<std::string> premises() const {
    return {"||x_i|| = 1, |y_i| = O(1), lambda_0 = " + detail::in_words(lambda_0_) + " > 0",
            "a_r uniform on +-1, w_r(0) ~ N(0, I)", "m = Omega(n^6/(lambda_0^4 delta^3)), constant unknown",
            "eta = O(lambda_0/n^2), constant unknown"};
  }

 private:
  double lambda_0_;
  double initial_;
  double step_size_;
  Index iterations_;
};

static_assert(Guarantee<OverParameterizedGuarantee>);

/// The setting with the constants of a data set. Net is a TwoLayer of ReLU or leaky ReLU whose first layer is trained.
template <class Net> class OverParameterized : public InstanceDefaults<OverParameterized<Net>> {
 public:
  using Scalar = typename Net::Scalar;
  using Risk = EmpiricalRisk<Net, SquaredLoss>;
  using HalfSquares = Scaled<Risk>;

  /// Throws std::invalid_argument unless the first layer alone is trained, the outer weights are +-1/sqrt m and there
  /// is one target a sample. n^2 d flops and the smallest eigenvalue of an n x n matrix, n^3 flops.
  OverParameterized(Net network, Dataset<Scalar> data)
      : loss_{static_cast<double>(data.size()), Risk(checked(std::move(network)), SquaredLoss{}, data)} {
    auto limit = infinite_width_gram(data.inputs(), this->network().activation());
    const auto estimate = smallest_eigenvalue(limit);
    lambda_0_ = static_cast<double>(estimate.value);
    lambda_0_bound_ = static_cast<double>(smallest_eigenvalue_bound(limit, estimate)) -
                      static_cast<double>(infinite_width_rounding(data.inputs()));
    limit_ = std::make_shared<const Matrix<Scalar>>(std::move(limit));
  }

  /// L(W) = ||u - y||^2/2, n times the empirical risk.
  [[nodiscard]] const HalfSquares& objective() const { return loss_; }
  [[nodiscard]] const Net& network() const { return loss_.inner().network(); }
  [[nodiscard]] const Dataset<Scalar>& data() const { return loss_.inner().data(); }
  /// H^infinity, n x n.
  [[nodiscard]] const Matrix<Scalar>& limit() const { return *limit_; }
  /// lambda_0 = lambda_min(H^infinity): computed, and a bound from below that holds for certain (it may be negative).
  [[nodiscard]] double lambda_0() const { return lambda_0_; }
  [[nodiscard]] double lambda_0_bound() const { return lambda_0_bound_; }
  /// H(W), n x n.
  [[nodiscard]] Matrix<Scalar> tangent_kernel(ConstVectorRef<Scalar> w) const {
    return proxcvx::tangent_kernel(network(), w, data().inputs());
  }

  /// alpha = 2, mu = 2 lambda_0, xi = 0: what the theorem says of all iterates at once, as lambda_min(H) >= lambda_0/2.
  /// Throws std::invalid_argument unless lambda_0_bound() > 0.
  [[nodiscard]] ProxyPLConstants constants() const {
    require(lambda_0_bound_ > 0, "data", "inputs with lambda_0 > 0 for certain", lambda_0_bound_);
    return {.alpha = 2, .mu = 2 * lambda_0_bound_, .xi = 0};
  }
  /// alpha = 2, mu = 4 lambda_min(H(W)), rounded down, xi = 0: what is exact at this W. 0 for mu where H(W) may be
  /// singular. Its activation pattern is that of computed pre-activations.
  [[nodiscard]] ProxyPLConstants constants_at(ConstVectorRef<Scalar> w) const {
    const Index flops = data().dimension() + network().hidden() + 16;
    const auto squares = static_cast<double>(data().inputs().squaredNorm());
    const double rounding = 2 * static_cast<double>(gamma<Scalar>(flops)) * squares;
    const auto least = static_cast<double>(smallest_eigenvalue_bound(tangent_kernel(w)));
    return {.alpha = 2, .mu = std::max(0.0, 4 * (least - rounding) * (1 - 0x1p-50)), .xi = 0};
  }
  /// ||grad L||^2 >= 2 lambda_min(H(W)) L, true at every W, in terms of the empirical risk f = L/n: both sides over
  /// n^2.
  [[nodiscard]] auto property() const { return TangentKernelMargin<Risk>(loss_.inner()); }
  /// That inequality as a theorem for `prove`. What Du et al. add, that lambda_min(H) stays away from 0, is proved with
  /// constants that nobody knows: no theorem here. O(n d).
  [[nodiscard]] Theorem theorem() const requires detail::ExactInDouble<Scalar> {
    return TangentFeatures<Risk>(loss_.inner()).theorem();
  }
  /// The proxy PL inequality of L with these constants, or with a user's own.
  [[nodiscard]] auto proxy_pl() const { return proxy_pl(constants()); }
  [[nodiscard]] auto proxy_pl(const ProxyPLConstants& constants) const {
    return ProxyPL<HalfSquares, HalfSquares>(loss_, loss_, constants);
  }

  /// w_r(0) ~ N(0, I), which the theorem asks for.
  [[nodiscard]] Vector<Scalar> initialize(Seed seed) const {
    return network().initialize(seed, Initialization::gaussian(1));
  }
  /// 1/lambda_max(H^infinity): the largest step for which descent of the linearised network is monotone in every
  /// direction. One eigenvalue, n^3 flops.
  [[nodiscard]] double fast_step_size() const { return 1 / static_cast<double>(largest_eigenvalue(*limit_).value); }
  /// lambda_0/n^2: the theorem's order, with 1 for its unknown constant.
  [[nodiscard]] double theorem_step_size() const {
    const auto n = static_cast<double>(data().size());
    return lambda_0_ / (n * n);
  }

  /// The theorem's bound from w0 on; its step size is that of the plan, or else theorem_step_size(). An evaluation of
  /// L. Throws std::invalid_argument for other noise than full_batch, or as OverParameterizedGuarantee does.
  [[nodiscard]] OverParameterizedGuarantee guarantee(ConstVectorRef<Scalar> w0, const GuaranteePlan& plan) const {
    require(plan.noise == Noise::full_batch, "noise: expected full_batch, of which alone the theorem speaks");
    return {lambda_0_bound_, detail::upper(loss_.bounded_value(w0)),
            plan.step_size > 0 ? plan.step_size : theorem_step_size(), plan.iterations, plan.accuracy};
  }
  /// 4 sqrt n ||u(0) - y||/(sqrt m lambda_0), which bounds max_r ||w_r(k) - w_r(0)||.
  [[nodiscard]] double movement_bound(ConstVectorRef<Scalar> w0) const {
    const double residual = std::sqrt(2 * detail::upper(loss_.bounded_value(w0)));
    const double samples_per_unit = static_cast<double>(data().size()) / static_cast<double>(network().hidden());
    return 4 * std::sqrt(samples_per_unit) * residual / lambda_0_bound_ * (1 + 0x1p-48);
  }

 private:
  [[nodiscard]] static Net checked(Net network) {
    require(network.train() == Train::first, "network", "one whose first layer alone is trained (Train::first)",
            network.name());
    const auto& a = network.outer_weights();
    const Scalar size = Scalar(1) / std::sqrt(static_cast<Scalar>(a.size()));
    for (const Scalar& entry : a) {
      require(std::abs(std::abs(entry) - size) <= Scalar(8) * unit_roundoff<Scalar>() * size, "outer_weights",
              "+1/sqrt(m) or -1/sqrt(m)", entry);
    }
    return network;
  }

  HalfSquares loss_;
  std::shared_ptr<const Matrix<Scalar>> limit_;
  double lambda_0_ = 0;
  double lambda_0_bound_ = 0;
};

template <class Net> OverParameterized(Net, Dataset<typename Net::Scalar>) -> OverParameterized<Net>;

}  // namespace proxcvx
