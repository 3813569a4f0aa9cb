// SPDX-License-Identifier: MIT
#include "laws/one_output.hpp"

TEST_CASE("neurons obey the laws in float") { laws::neurons_obey_the_laws<float>(); }

TEST_CASE("two-layer networks obey the laws in float") { laws::two_layers_obey_the_laws<float>(); }
