// SPDX-License-Identifier: MIT
#include "laws/one_output.hpp"

TEST_CASE("neurons obey the laws in double") { laws::neurons_obey_the_laws<double>(); }

TEST_CASE("two-layer networks obey the laws in double") { laws::two_layers_obey_the_laws<double>(); }
