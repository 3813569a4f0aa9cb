// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/networks/mlp.hpp>

#include "laws/networks.hpp"

namespace laws {

/// Multilayer perceptrons with 0, 1 and 2 hidden layers, 1 and 3 outputs.
template <class S> void perceptrons_obey_the_laws() {
  for (const int depth : {0, 1, 2}) {
    networks_obey_the_laws<S>(
        [&](const Size& size, pc::Index outputs, const pc::AnyActivation& activation) {
          std::vector<pc::Index> hidden;
          for (int l = 0; l < depth; ++l) hidden.push_back(std::max<pc::Index>(1, size.units - l));
          return pc::MLP<pc::AnyActivation, S>({.inputs = size.inputs, .hidden = hidden, .outputs = outputs},
                                               activation);
        },
        {1, 3});
  }
}

}  // namespace laws
