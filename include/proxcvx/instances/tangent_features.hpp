// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/guarantees/proxy_pl.hpp>
#include <proxcvx/instances/instance.hpp>
#include <proxcvx/instances/plan.hpp>
#include <proxcvx/instances/premises.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/properties/softmax_margin.hpp>
#include <proxcvx/properties/tangent_kernel_margin.hpp>
#include <proxcvx/properties/tangent_margin.hpp>
#include <string>
#include <type_traits>
#include <utility>

// Proxy PL of any network at a point, by its tangent features J(w; x) = grad N(w; x):
//     labels +-1, f = E l(yN):   ||grad f(w)|| >= kappa(w) G(w), G = E[-l'(yN)]: (G, 0, 1, 2 kappa(w))-proxy PL at w;
//     K classes, softmax:        the same with G = E[1 - p_y] and the differences grad N_y - grad N_c in kappa;
//     any other loss:            ||grad f(w)||^2 >= (lambda_min(K(w))/n) E||l'||^2, K = J J^T: (E||l'||^2, 0, 2,
//                                2 lambda_min(K(w))/n)-proxy PL at w, for the squared loss PL with m = lambda_min/n
// (Du, Zhai, Poczos & Singh 2019 and the results on classification by wide networks are the case where kappa or
// lambda_min is bounded from below on a region). At a point the constants are exact; on a region that is no more than
// sampled, the least of them is measured, not proved.

namespace proxcvx {

/// The inequality that a network's tangent features give its risk, as an instance.
template <class Risk> class TangentFeatures : public InstanceDefaults<TangentFeatures<Risk>> {
  using LossOf = std::remove_cvref_t<decltype(std::declval<const Risk&>().loss())>;

 public:
  using Scalar = typename Risk::Scalar;
  static constexpr bool softmax = std::is_same_v<LossOf, SoftmaxCrossEntropy>;
  /// Whether a tangent margin is meant, not the tangent kernel.
  static constexpr bool classifies = softmax || MarginLoss<LossOf>;
  using Property = typename std::conditional_t<softmax, std::type_identity<SoftmaxMargin<Risk>>,
                                               std::conditional_t<classifies, std::type_identity<TangentMargin<Risk>>,
                                                                  std::type_identity<TangentKernelMargin<Risk>>>>::type;

  /// Throws std::invalid_argument for a margin loss and a network with several outputs, and for the softmax loss and
  /// labels that are not one-hot (of those TangentKernelMargin speaks). O(nK) for softmax, else O(1): the data are
  /// shared.
  explicit TangentFeatures(Risk risk) : property_{std::move(risk)} {}

  [[nodiscard]] const Risk& objective() const { return property_.objective(); }
  /// With constants that depend on w, true everywhere.
  [[nodiscard]] const Property& property() const { return property_; }
  /// "G" or "E||l'||^2", which the constants speak of.
  [[nodiscard]] static std::string proxy_name() { return classifies ? "G" : "E||l'||^2"; }

  /// The proxy PL constants at w, mu rounded down; 0 where tangent features do not separate the data, or are not
  /// certain to be independent. O(p n^2) for a margin loss, O(p (nK)^2) for softmax, otherwise the nk x nk kernel and
  /// some ten Cholesky factors.
  [[nodiscard]] ProxyPLConstants constants_at(ConstVectorRef<Scalar> w) const {
    if constexpr (classifies) {
      return {.alpha = 1, .mu = 2 * static_cast<double>(property_.kappa(w).lower) * (1 - 0x1p-50), .xi = 0};
    } else {
      const auto n = static_cast<double>(objective().terms());
      return {.alpha = 2, .mu = 2 * static_cast<double>(property_.modulus(w)) / n * (1 - 0x1p-50), .xi = 0};
    }
  }

  /// Frei & Gu 2021, Theorem 3.1, from w0, with inf f >= 0, for constants that are true along the run (the least mu of
  /// constants_at on a region, xi = 0) and a bound L on the risk's smoothness there: the bound is on the least proxy.
  /// An evaluation of f. Throws std::invalid_argument for single-example noise, or as ProxyPLGuarantee does.
  [[nodiscard]] ProxyPLGuarantee guarantee(ConstVectorRef<Scalar> w0, const ProxyPLConstants& constants,
                                           double smoothness, const GuaranteePlan& plan) const {
    require(plan.noise == Noise::full_batch, "noise: expected full_batch (SGD needs a variance: ProxyPLGuarantee)");
    return ProxyPLGuarantee({.alpha = constants.alpha,
                             .mu = constants.mu,
                             .xi = constants.xi,
                             .smoothness = smoothness,
                             .gap = detail::upper(objective().bounded_value(w0)),
                             .accuracy = plan.accuracy,
                             .step_size = plan.step_size,
                             .iterations = plan.iterations});
  }

  /// The property as a theorem for `prove`. O(n d).
  [[nodiscard]] Theorem theorem() const requires detail::ExactInDouble<Scalar> {
    const Risk& risk = objective();
    Theorem theorem = detail::theorem_about(property_, detail::all_of_space(risk.dimension()));
    theorem.citation = softmax ? "the tangent margin, as derived in properties/softmax_margin.hpp"
                       : classifies
                           ? "the tangent margin, as derived in properties/tangent_margin.hpp"
                           : "the tangent kernel (Du, Zhai, Poczos & Singh 2019), at a point and for any loss as "
                             "derived in properties/tangent_kernel_margin.hpp";
    theorem.premises = {detail::finite_data(risk.data())};
    if constexpr (softmax) {
      theorem.premises.push_back(Premise::fact("labels", "each a class, one-hot", true));  // or it would have thrown
    } else if constexpr (classifies) {
      theorem.premises.push_back(detail::sign_labels(risk.data()));
      theorem.premises.push_back(
          Premise::fact("loss", "one of the margin yN, decreasing, as " + risk.loss().name() + " states it", true));
    }
    return theorem;
  }

 private:
  Property property_;
};

}  // namespace proxcvx
