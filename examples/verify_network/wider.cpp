// SPDX-License-Identifier: MIT
#include "scalars.hpp"

// The objectives and proxies in long double and in 50 digits, for margins that double does not decide.

namespace proxcvx {

template vn::WiderObjective erased_cast<vn::WiderObjective>(const vn::Logistic<vn::TwoLayer>&);
template vn::WiderObjective erased_cast<vn::WiderObjective>(const vn::Squared<vn::TwoLayer>&);
template vn::WiderObjective erased_cast<vn::WiderObjective>(const vn::Logistic<vn::Neuron>&);
template vn::WiderObjective erased_cast<vn::WiderObjective>(const vn::Squared<vn::Neuron>&);
template vn::WiderObjective erased_cast<vn::WiderObjective>(const vn::Logistic<vn::MLP>&);
template vn::WiderObjective erased_cast<vn::WiderObjective>(const vn::Squared<vn::MLP>&);
template vn::WiderObjective erased_cast<vn::WiderObjective>(const vn::Softmax&);
template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Logistic<vn::TwoLayer>>(const vn::Slope<vn::TwoLayer>&);
template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Logistic<vn::TwoLayer>>(
    const vn::Logistic<vn::TwoLayer>&);
template vn::WiderProxy erased_cast_beside<vn::WiderProxy, void>(const vn::WorstSlope&);
template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Squared<vn::TwoLayer>>(const vn::Squared<vn::TwoLayer>&);
template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Logistic<vn::Neuron>>(const vn::Slope<vn::Neuron>&);
template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Squared<vn::Neuron>>(const vn::Squared<vn::Neuron>&);
template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Squared<vn::Neuron>>(const vn::NeuronProxy&);
template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Squared<vn::Neuron>>(const vn::ScaledRisk&);
template vn::WiderProxy erased_cast_beside<vn::WiderProxy, void>(const vn::ScaledRisk&);
template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Squared<vn::Neuron>>(const vn::ScaledProxy&);
template vn::WiderProxy erased_cast_beside<vn::WiderProxy, void>(const Constant<double>&);
template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Logistic<vn::MLP>>(const vn::Slope<vn::MLP>&);
template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Squared<vn::MLP>>(const vn::Squared<vn::MLP>&);
template vn::WiderReference erased_cast<vn::WiderReference>(const vn::Tangent<vn::Logistic<vn::TwoLayer>>&);
template vn::WiderReference erased_cast<vn::WiderReference>(const vn::Tangent<vn::Squared<vn::TwoLayer>>&);
template vn::WiderReference erased_cast<vn::WiderReference>(const vn::Tangent<vn::Logistic<vn::Neuron>>&);
template vn::WiderReference erased_cast<vn::WiderReference>(const vn::Tangent<vn::Squared<vn::Neuron>>&);
template vn::WiderReference erased_cast<vn::WiderReference>(const vn::Tangent<vn::Logistic<vn::MLP>>&);
template vn::WiderReference erased_cast<vn::WiderReference>(const vn::Tangent<vn::Squared<vn::MLP>>&);
template vn::WiderReference erased_cast<vn::WiderReference>(const vn::Tangent<vn::Softmax>&);
template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Softmax>(const vn::Softmax&);
template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Logistic<vn::Neuron>>(const vn::Logistic<vn::Neuron>&);
template vn::WiderProxy erased_cast_beside<vn::WiderProxy, vn::Logistic<vn::MLP>>(const vn::Logistic<vn::MLP>&);

}  // namespace proxcvx
