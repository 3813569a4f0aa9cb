// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/networks/neuron.hpp>
#include <proxcvx/networks/two_layer.hpp>

#include "laws/networks.hpp"

namespace laws {

template <class S> void neurons_obey_the_laws() {
  networks_obey_the_laws<S>(
      [](const Size& size, pc::Index /*outputs*/, const pc::AnyActivation& activation) {
        return pc::Neuron<pc::AnyActivation, S>({.inputs = size.inputs}, activation);
      },
      {1});
}

template <class S> void two_layers_obey_the_laws() {
  for (const pc::Train train : {pc::Train::first, pc::Train::all}) {
    networks_obey_the_laws<S>(
        [&](const Size& size, pc::Index /*outputs*/, const pc::AnyActivation& activation) {
          return pc::TwoLayer<pc::AnyActivation, S>({.inputs = size.inputs, .hidden = size.units, .train = train},
                                                    activation);
        },
        {1});
  }
}

}  // namespace laws
