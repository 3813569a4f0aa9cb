// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/min_norm_point.hpp>
#include <proxcvx/gram/eigenvalue_bound.hpp>
#include <proxcvx/instances/agnostic_neuron.hpp>
#include <proxcvx/instances/leaky_network.hpp>
#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/networks/mlp.hpp>
#include <proxcvx/networks/neuron.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/objectives/softmax_cross_entropy.hpp>
#include <proxcvx/proxies/loss_derivative.hpp>
#include <proxcvx/proxies/tangent_risk.hpp>

#include "claim.hpp"

// The objectives and proxies of the program. They are compiled for other scalars than double elsewhere: for wider ones
// in wider.cpp, for enclosing ones in formulas.cpp, neither worth the time that -O3 takes.

namespace verify_network {

using TwoLayer = pc::TwoLayer<pc::AnyActivation>;
using Neuron = pc::Neuron<pc::AnyActivation>;
using MLP = pc::MLP<pc::AnyActivation>;
template <class Net> using Logistic = pc::EmpiricalRisk<Net, pc::LogisticLoss>;
template <class Net> using Squared = pc::EmpiricalRisk<Net, pc::SquaredLoss>;
using Softmax = pc::EmpiricalRisk<MLP, pc::SoftmaxCrossEntropy>;
template <class Net> using Slope = pc::LossDerivative<Logistic<Net>>;
template <class Risk> using Tangent = pc::TangentRisk<Risk>;
using WorstSlope = pc::WorstSlopeRisk<Logistic<TwoLayer>>;
using NeuronProxy = pc::NeuronProxy<pc::AnyActivation>;
using ScaledRisk = pc::Affine<Squared<Neuron>>;
using ScaledProxy = pc::Affine<NeuronProxy>;

using WiderObjective = pc::AnyWiderObjective<long double>;
using WiderProxy = pc::AnyWiderProxy<long double>;
using WiderReference = pc::AnyReference<long double>;
using Formula = pc::AnyFormula<Form>;

}  // namespace verify_network

namespace proxcvx {

namespace vn = verify_network;

// What tangents need of matrices alone is in tangent.cpp.
extern template MinNormPoint<double> min_norm_point<double>(ConstMatrixRef<double>);
extern template double smallest_eigenvalue_bound<Matrix<double>>(const Eigen::MatrixBase<Matrix<double>>&);

extern template vn::WiderObjective erased_cast<vn::WiderObjective>(const vn::Logistic<vn::TwoLayer>&);
extern template vn::WiderObjective erased_cast<vn::WiderObjective>(const vn::Squared<vn::TwoLayer>&);
extern template vn::WiderObjective erased_cast<vn::WiderObjective>(const vn::Logistic<vn::Neuron>&);
extern template vn::WiderObjective erased_cast<vn::WiderObjective>(const vn::Squared<vn::Neuron>&);
extern template vn::WiderObjective erased_cast<vn::WiderObjective>(const vn::Logistic<vn::MLP>&);
extern template vn::WiderObjective erased_cast<vn::WiderObjective>(const vn::Squared<vn::MLP>&);
extern template vn::WiderObjective erased_cast<vn::WiderObjective>(const vn::Softmax&);
extern template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Logistic<vn::TwoLayer>>(
    const vn::Slope<vn::TwoLayer>&);
extern template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Logistic<vn::TwoLayer>>(
    const vn::Logistic<vn::TwoLayer>&);
extern template vn::WiderProxy erased_cast_beside<vn::WiderProxy, void>(const vn::WorstSlope&);
extern template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Squared<vn::TwoLayer>>(
    const vn::Squared<vn::TwoLayer>&);
extern template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Logistic<vn::Neuron>>(
    const vn::Slope<vn::Neuron>&);
extern template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Squared<vn::Neuron>>(
    const vn::Squared<vn::Neuron>&);
extern template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Squared<vn::Neuron>>(const vn::NeuronProxy&);
extern template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Squared<vn::Neuron>>(const vn::ScaledRisk&);
extern template vn::WiderProxy erased_cast_beside<vn::WiderProxy, void>(const vn::ScaledRisk&);
extern template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Squared<vn::Neuron>>(const vn::ScaledProxy&);
extern template vn::WiderProxy erased_cast_beside<vn::WiderProxy, void>(const Constant<double>&);
extern template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Logistic<vn::MLP>>(const vn::Slope<vn::MLP>&);
extern template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Squared<vn::MLP>>(const vn::Squared<vn::MLP>&);
extern template vn::WiderReference erased_cast<vn::WiderReference>(const vn::Tangent<vn::Logistic<vn::TwoLayer>>&);
extern template vn::WiderReference erased_cast<vn::WiderReference>(const vn::Tangent<vn::Squared<vn::TwoLayer>>&);
extern template vn::WiderReference erased_cast<vn::WiderReference>(const vn::Tangent<vn::Logistic<vn::Neuron>>&);
extern template vn::WiderReference erased_cast<vn::WiderReference>(const vn::Tangent<vn::Squared<vn::Neuron>>&);
extern template vn::WiderReference erased_cast<vn::WiderReference>(const vn::Tangent<vn::Logistic<vn::MLP>>&);
extern template vn::WiderReference erased_cast<vn::WiderReference>(const vn::Tangent<vn::Squared<vn::MLP>>&);
extern template vn::WiderReference erased_cast<vn::WiderReference>(const vn::Tangent<vn::Softmax>&);
extern template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Softmax>(const vn::Softmax&);
extern template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Logistic<vn::Neuron>>(
    const vn::Logistic<vn::Neuron>&);
extern template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Logistic<vn::MLP>>(const vn::Logistic<vn::MLP>&);
extern template vn::Formula erased_cast<vn::Formula>(const vn::Logistic<vn::TwoLayer>&);
extern template vn::Formula erased_cast<vn::Formula>(const vn::Squared<vn::TwoLayer>&);
extern template vn::Formula erased_cast<vn::Formula>(const vn::Logistic<vn::Neuron>&);
extern template vn::Formula erased_cast<vn::Formula>(const vn::Squared<vn::Neuron>&);
extern template vn::Formula erased_cast<vn::Formula>(const vn::Logistic<vn::MLP>&);
extern template vn::Formula erased_cast<vn::Formula>(const vn::Squared<vn::MLP>&);
extern template vn::Formula erased_cast<vn::Formula>(const vn::Slope<vn::TwoLayer>&);
extern template vn::Formula erased_cast<vn::Formula>(const vn::Slope<vn::Neuron>&);
extern template vn::Formula erased_cast<vn::Formula>(const vn::Slope<vn::MLP>&);
extern template vn::Formula erased_cast<vn::Formula>(const vn::WorstSlope&);
extern template vn::Formula erased_cast<vn::Formula>(const vn::NeuronProxy&);
extern template vn::Formula erased_cast<vn::Formula>(const vn::ScaledRisk&);
extern template vn::Formula erased_cast<vn::Formula>(const vn::ScaledProxy&);
extern template vn::Formula erased_cast<vn::Formula>(const Constant<double>&);
/// The softmax loss has none: which output is the largest is no question for intervals. Claims about it offer no proof.
template <> vn::Formula erased_cast<vn::Formula>(const vn::Softmax&);

}  // namespace proxcvx
