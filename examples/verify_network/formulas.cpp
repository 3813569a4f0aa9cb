// SPDX-License-Identifier: MIT
#include "scalars.hpp"

// The objectives and proxies as formulas in intervals, for proofs.

namespace proxcvx {

template vn::Formula erased_cast<vn::Formula>(const vn::Logistic<vn::TwoLayer>&);
template vn::Formula erased_cast<vn::Formula>(const vn::Squared<vn::TwoLayer>&);
template vn::Formula erased_cast<vn::Formula>(const vn::Logistic<vn::Neuron>&);
template vn::Formula erased_cast<vn::Formula>(const vn::Squared<vn::Neuron>&);
template vn::Formula erased_cast<vn::Formula>(const vn::Logistic<vn::MLP>&);
template vn::Formula erased_cast<vn::Formula>(const vn::Squared<vn::MLP>&);
template vn::Formula erased_cast<vn::Formula>(const vn::Slope<vn::TwoLayer>&);
template vn::Formula erased_cast<vn::Formula>(const vn::Slope<vn::Neuron>&);
template vn::Formula erased_cast<vn::Formula>(const vn::Slope<vn::MLP>&);
template vn::Formula erased_cast<vn::Formula>(const vn::WorstSlope&);
template vn::Formula erased_cast<vn::Formula>(const vn::NeuronProxy&);
template vn::Formula erased_cast<vn::Formula>(const vn::ScaledRisk&);
template vn::Formula erased_cast<vn::Formula>(const vn::ScaledProxy&);
template vn::Formula erased_cast<vn::Formula>(const Constant<double>&);

}  // namespace proxcvx
