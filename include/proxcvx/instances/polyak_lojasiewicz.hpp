// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <proxcvx/guarantees/proxy_pl.hpp>
#include <proxcvx/instances/instance.hpp>
#include <proxcvx/instances/plan.hpp>
#include <proxcvx/instances/premises.hpp>
#include <proxcvx/objectives/least_squares.hpp>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/properties/special_cases.hpp>
#include <string>
#include <utility>
#include <vector>

// Functions that satisfy the Polyak-Lojasiewicz inequality ||grad f||^2/2 >= m (f - f*) with a known m (Karimi, Nutini
// & Schmidt 2016): least squares of any rank, x^2 + 3 sin^2 x, quadratics. Proxy PL with g = f, xi = f*, alpha = 2,
// mu = 4m; gradient descent with eta <= 1/L converges linearly: f(w_T) - f* <= (1 - eta m)^T (f(w_0) - f*).

namespace proxcvx {

/// An objective that knows its PL modulus m (a lower bound), smoothness L (an upper bound) and minimum f* (a lower
/// bound).
template <class F>
concept KnowsPL = DifferentiableObjective<F> && BoundsItsValue<F> && requires(const F& f) {
  { f.pl_modulus() } -> std::convertible_to<double>;
  { f.smoothness() } -> std::convertible_to<double>;
  { f.minimum() } -> std::convertible_to<double>;
};

/// What a theorem says of a function's PL modulus: the premises, and m, rounded down, where they are true.
struct PLCertificate {
  std::string citation;
  std::vector<Premise> premises;
  double modulus = 0;
};

namespace detail {

/// The eigenvalues of a positive semidefinite matrix are 0, exactly so many, or at least m > 0.
[[nodiscard]] inline PLCertificate certificate_of(const CertifiedSpectrum& spectrum, std::string citation,
                                                  Premise first) {
  PLCertificate certificate{std::move(citation), {std::move(first)}, 0};
  const auto all = static_cast<double>(spectrum.eigenvalues.size());
  Interval rank(0, all);
  if (spectrum.rank) rank = Interval(static_cast<double>(*spectrum.rank));
  certificate.premises.push_back(
      Premise::within("rank", "worked out exactly", rank, rank.lower(), spectrum.rank ? rank.upper() : rank.lower()));
  const Interval least = spectrum.smallest_nonzero();
  certificate.premises.push_back(Premise::positive("curvature", "the smallest eigenvalue that is not 0 is > 0", least));
  certificate.modulus = least.lower();
  return certificate;
}

}  // namespace detail

/// Least squares: m is the smallest eigenvalue of E xx^T that is not 0. O(min(d, n)^2 max(d, n)), and the exact rank.
template <class Scalar>
requires detail::ExactInDouble<Scalar>
[[nodiscard]] PLCertificate certify_pl(const LeastSquares<Scalar>& f) {
  return detail::certificate_of(detail::certified_spectrum_of_second_moment(f.data().inputs()),
                                "Karimi, Nutini & Schmidt 2016, section 2.3 (least squares of any rank)",
                                detail::finite_data(f.data()));
}

/// Quadratics: A positive semidefinite, and m its smallest eigenvalue that is not 0. O(p^3), and the exact rank.
template <class Scalar>
requires detail::ExactInDouble<Scalar>
[[nodiscard]] PLCertificate certify_pl(const Quadratic<Scalar>& f) {
  const detail::CertifiedSpectrum spectrum = detail::certified_spectrum_of_symmetric(f.curvature());
  Premise semidefinite{"definiteness", "no eigenvalue is negative", spectrum.smallest(), Holds::undecided};
  if (spectrum.smallest().lower() >= 0 || spectrum.smallest_nonzero().lower() > 0) semidefinite.holds = Holds::yes;
  if (spectrum.smallest().upper() < 0) semidefinite.holds = Holds::no;
  return detail::certificate_of(spectrum, "Karimi, Nutini & Schmidt 2016, section 2.3 (quadratics)", semidefinite);
}

/// x^2 + 3 sin^2 x: nothing depends on data.
template <class Scalar> [[nodiscard]] PLCertificate certify_pl(const SquarePlusSine<Scalar>& f) {
  return {"Karimi, Nutini & Schmidt 2016, section 2.2 (m = 1/32), with the sharp m of objectives/test_functions.hpp",
          {Premise::positive("modulus", "m > 0, as the function states it", Interval(f.pl_modulus()))},
          f.pl_modulus()};
}

/// An objective whose PL modulus a theorem certifies: `certify_pl(f) -> PLCertificate`, found by argument-dependent
/// lookup, which a user's function brings in its own namespace.
template <class F>
concept CertifiesPL = KnowsPL<F> && requires(const F& f) {
  { certify_pl(f) } -> std::same_as<PLCertificate>;
};

/// Such an objective as an instance.
template <class F> class PolyakLojasiewicz : public InstanceDefaults<PolyakLojasiewicz<F>> {
  static_assert(KnowsPL<F>,
                "proxcvx::PolyakLojasiewicz: the objective must offer pl_modulus(), smoothness(), minimum() and "
                "bounded_value(w)");

 public:
  using Scalar = typename F::Scalar;

  /// Throws std::invalid_argument unless the modulus is positive.
  explicit PolyakLojasiewicz(F f)
      : f_{std::move(f)}, modulus_{f_.pl_modulus()}, smoothness_{f_.smoothness()}, level_{upper_minimum(f_)} {
    require(modulus_ > 0, "f", "a function with a positive PL modulus", modulus_);
  }

  [[nodiscard]] const F& objective() const { return f_; }
  /// m, a lower bound.
  [[nodiscard]] double modulus() const { return modulus_; }
  /// f*, rounded up: with a level that is too low the inequality would be false near the minimum.
  [[nodiscard]] double level() const { return level_; }
  /// ||grad f||^2 >= 2m (f - f*).
  [[nodiscard]] auto property() const { return polyak_lojasiewicz(f_, level_, modulus_); }

  /// The PL inequality as a theorem for `prove`: with mu = 4m as its premises certify it, or with a user's constants.
  /// Cost: that of certify_pl.
  [[nodiscard]] Theorem theorem() const requires CertifiesPL<F> { return theorem(nullptr); }
  [[nodiscard]] Theorem theorem(const ProxyPLConstants& claimed) const requires CertifiesPL<F> {
    return theorem(&claimed);
  }

  /// Frei & Gu 2021, Theorem 3.1, from w0: GD drives min f(w_t) to f* at rate 1/T; `last_iterate_excess(gap(w0), T)`
  /// bounds f(w_T) - f*, linearly (Karimi, Nutini & Schmidt 2016, Theorem 1). An evaluation of f.
  /// Throws std::invalid_argument for single-example noise, or as ProxyPLGuarantee does.
  [[nodiscard]] ProxyPLGuarantee guarantee(ConstVectorRef<Scalar> w0, const GuaranteePlan& plan) const {
    require(plan.noise == Noise::full_batch, "noise: expected full_batch (SGD needs a variance: ProxyPLGuarantee)");
    return ProxyPLGuarantee({.alpha = 2,
                             .mu = 4 * modulus_,
                             .xi = level_,
                             .smoothness = smoothness_,
                             .gap = gap(w0),
                             .variance = 0,
                             .accuracy = plan.accuracy,
                             .step_size = plan.step_size,
                             .iterations = plan.iterations});
  }
  /// f(w0) - f*, rounded up.
  [[nodiscard]] double gap(ConstVectorRef<Scalar> w0) const {
    const BoundedValue<Scalar> start = f_.bounded_value(w0);
    return std::max(0.0, (detail::upper(start) - f_.minimum()) * (1 + 0x1p-50));
  }

 private:
  [[nodiscard]] Theorem theorem(const ProxyPLConstants* claimed) const requires CertifiesPL<F> {
    PLCertificate certificate = certify_pl(f_);
    Theorem theorem = detail::theorem_about(property(), detail::all_of_space(f_.dimension()));
    theorem.citation = std::move(certificate.citation);
    theorem.premises = std::move(certificate.premises);
    theorem.premises.push_back(Premise::finite("minimum", "f* is at most a finite number",
                                               std::isfinite(level_) ? Interval(level_) : Interval::whole_line()));
    theorem.constants = detail::proxy_pl_constants(2, 4 * certificate.modulus, level_, claimed);
    return theorem;
  }
  [[nodiscard]] static double upper_minimum(const F& f) {
    if constexpr (requires { f.minimum_bounds().upper; }) {
      return f.minimum_bounds().upper;
    } else {
      return f.minimum();
    }
  }

  F f_;
  double modulus_;
  double smoothness_;
  double level_;
};

static_assert(KnowsPL<LeastSquares<>> && KnowsPL<SquarePlusSine<>> && KnowsPL<Quadratic<>>);
static_assert(Instance<PolyakLojasiewicz<LeastSquares<>>> && Instance<PolyakLojasiewicz<SquarePlusSine<>>>);

}  // namespace proxcvx
