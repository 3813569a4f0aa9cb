// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <concepts>
#include <proxcvx/core/interval_functions.hpp>
#include <proxcvx/objectives/certified_spectrum.hpp>
#include <proxcvx/properties/gradient_growth.hpp>
#include <proxcvx/verify/theorem.hpp>
#include <string>
#include <utility>

// The premises and numbers that several theorems of section 4 share, as intervals that contain them.

namespace proxcvx::detail {

/// Data that double holds exactly, so that what is certified is of the data themselves.
template <class Scalar>
concept ExactInDouble = std::same_as<Scalar, float> || std::same_as<Scalar, double>;

/// Everywhere, for all parameters of that dimension.
[[nodiscard]] inline std::string all_of_space(Index dimension) { return "all of R^" + std::to_string(dimension); }

/// The interval that a value with a rounding bound stands for.
template <class Scalar> [[nodiscard]] Interval enclosure_of(const BoundedValue<Scalar>& value) {
  if (!is_finite(value.value) || !is_finite(value.error)) return Interval::whole_line();
  const Interval center(value.value);
  return hull(center - Interval(value.error), center + Interval(value.error));
}

/// All inputs and targets are numbers.
template <class Data> [[nodiscard]] Premise finite_data(const Data& data) {
  return Premise::fact("data", std::to_string(data.size()) + " samples of finite numbers",
                       data.inputs().allFinite() && data.targets().allFinite());
}

/// All labels are -1 or +1.
template <class Data> [[nodiscard]] Premise sign_labels(const Data& data) {
  return Premise::fact("labels", "each -1 or +1", (data.targets().array().abs() == 1).all());
}

/// lambda_max(E xx^T) (full batch) or R^2 (single example), as a number that must be finite.
template <class Data> [[nodiscard]] Premise moment_premise(const Data& data, Noise noise) {
  if (noise == Noise::full_batch) {
    return Premise::finite("second moment", "lambda_max(E xx^T) is finite",
                           certified_spectrum_of_second_moment(data.inputs()).largest());
  }
  return Premise::finite("radius", "R^2 = max ||x||^2 is finite", square(radius_enclosure(data.inputs())));
}

/// What stands for a number of theory that double does not hold, such as C = 0.4072... from above.
[[nodiscard]] inline CertifiedConstant certified(std::string name, Implies implies, double value) {
  return {std::move(name), implies, value, value};
}

/// The claimed constants beside the certified ones of a proxy PL theorem with alpha = 1 or 2.
template <class Claimed>
[[nodiscard]] std::vector<CertifiedConstant> proxy_pl_constants(double alpha, double mu, double xi,
                                                                const Claimed* claimed) {
  std::vector<CertifiedConstant> constants{certified("alpha", Implies::equal, alpha),
                                           certified("mu", Implies::smaller, mu), certified("xi", Implies::larger, xi)};
  if (claimed != nullptr) {
    constants[0].claimed = claimed->alpha;
    constants[1].claimed = claimed->mu;
    constants[2].claimed = claimed->xi;
  }
  return constants;
}

/// Growth with A and B rounded up, over all of space, in any g >= 0.
template <class Property>
[[nodiscard]] Theorem growth_theorem(const Property& property, std::string citation, std::vector<Premise> premises,
                                     const Interval& a, const Interval& b) {
  Theorem theorem = theorem_about(property, all_of_space(property.dimension()));
  theorem.citation = std::move(citation);
  theorem.premises = std::move(premises);
  theorem.constants = {certified("A", Implies::larger, a.upper()), certified("B", Implies::larger, b.upper())};
  return theorem;
}

}  // namespace proxcvx::detail
