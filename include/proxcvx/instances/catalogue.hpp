// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

// The one table of the results from the literature that instances/ has: docs/results and `verify_network --instance`
// are made from it.

namespace proxcvx {

/// A result as one property and one guarantee.
struct CatalogueEntry {
  std::string_view name;        ///< what `verify_network --instance` calls it
  std::string_view instance;    ///< the class, or how it is made
  std::string_view header;      ///< in include/proxcvx/instances
  std::string_view inequality;  ///< the property
  std::string_view promise;     ///< what the guarantee bounds
  std::string_view paper;
  std::string_view page;   ///< in docs/results
  std::string_view flags;  ///< of verify_network, for one that is about a network and a data set; else empty
};

inline constexpr std::array<CatalogueEntry, 13> instance_catalogue{{
    {"least-squares", "ConvexRisk{LeastSquares}", "convex_risk.hpp", "<grad f(w), w - v> >= f(w) - f(v)",
     "mean f(w_t), GD and SGD", "Frei & Gu 2021, Theorem 3.3", "gradient_descent.md",
     "--network neuron --activation identity --loss squared"},
    {"logistic-regression", "ConvexRisk{LogisticRegression}", "convex_risk.hpp", "<grad f(w), w - v> >= f(w) - f(v)",
     "mean f(w_t), GD and SGD", "Frei & Gu 2021, Theorem 3.3", "gradient_descent.md",
     "--network two-layer --hidden 1 --activation identity --loss logistic"},
    {"polyak-lojasiewicz", "PolyakLojasiewicz{f}", "polyak_lojasiewicz.hpp", "||grad f||^2/2 >= m (f - f*)",
     "f(w_T) - f*, GD", "Karimi, Nutini & Schmidt 2016, Theorem 1", "gradient_descent.md", ""},
    {"factorized-matrix", "FactorizedMatrix{MatrixFactorization}", "factorized_matrix.hpp",
     "||grad f||^2 >= 2 (lambda_min(UU^T) + lambda_min(VV^T)) f", "f(w_T), GD near a start", "derived in the header",
     "gradient_descent.md", ""},
    {"agnostic-neuron", "AgnosticNeuron{network, data}", "agnostic_neuron.hpp",
     "<grad F(w), w - v> >= (2/C) G_v(w) - C rho sqrt(2 lambda_max(S) F(v))", "mean G_v(w_t), GD and SGD",
     "Frei, Cao & Gu 2020", "agnostic_neuron.md", "--network neuron --loss squared"},
    {"leaky-network", "LeakyNetwork{network, data}", "leaky_network.hpp",
     "<grad F(W), W - V> >= F(W) - E l(sum_j min(t_j, gamma t_j))", "mean F(W_t), GD and SGD", "Frei, Cao & Gu 2021",
     "noisy_halfspace.md", "--network two-layer --train first --activation leaky_relu --loss logistic"},
    {"smooth-leaky-network", "LeakyNetwork{network, data}", "leaky_network.hpp",
     "||grad F(W)|| >= gamma m_0 ||a|| (G(W) - xi)", "min G(W_t), GD", "Frei, Cao & Gu 2021; Frei & Gu 2021",
     "noisy_halfspace.md", "--network two-layer --train first --activation smooth_leaky_relu --loss logistic"},
    {"tangent-network", "TangentNetwork{risk}", "tangent_network.hpp",
     "<grad f(w), w - v> >= f(w) - E l(N(w) + <grad N(w), v - w>)", "mean f(w_t), GD",
     "Ji & Telgarsky 2020; Chen, Cao, Zou & Gu 2021", "tangent_gap.md", "--network mlp --property proxy-convexity"},
    {"wide-network", "WideNetwork{network, data}", "wide_network.hpp", "<grad f(w), w - v> >= f(w) - f(v) - E|l'|e",
     "mean f(w_t), GD on a ball", "Ji & Telgarsky 2020", "tangent_gap.md", ""},
    {"tangent-margin", "TangentFeatures{risk}", "tangent_features.hpp", "||grad f(w)|| >= kappa(w) E[-l'(yN)]",
     "min E[-l'], GD", "derived in properties/tangent_margin.hpp", "tangent_margin.md",
     "--network mlp --loss logistic --property proxy-pl"},
    {"over-parameterized", "OverParameterized{network, data}", "over_parameterized.hpp",
     "||grad L||^2 >= 2 lambda_min(H(W)) L", "L(W(k)), GD", "Du, Zhai, Poczos & Singh 2019, Theorem 4.1",
     "over_parameterized.md", ""},
    {"unbounded-sgd", "UnboundedSGD{risk}", "unbounded_sgd.hpp", "||grad f_z(w) - grad f_z(v)|| <= L ||w - v||^a",
     "least mean squared gradient, SGD", "Lei, Hu, Li & Tang 2019", "unbounded_gradients.md", ""},
    {"composite", "sums, scaling, weight decay, w = Qu + b", "", "as the parts have it, with the constants worked out",
     "that of the property", "calculus of properties/calculus.hpp", "../theory.md", ""},
}};

/// The entry of that name, or nothing.
[[nodiscard]] inline const CatalogueEntry* find_instance(std::string_view name) {
  const auto* const found = std::find_if(instance_catalogue.begin(), instance_catalogue.end(),
                                         [&](const CatalogueEntry& entry) { return entry.name == name; });
  return found == instance_catalogue.end() ? nullptr : found;
}

}  // namespace proxcvx
