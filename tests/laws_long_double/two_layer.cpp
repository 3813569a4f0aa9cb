// SPDX-License-Identifier: MIT
#include "laws/one_output.hpp"

TEST_CASE("two-layer networks obey the laws in long double") { laws::two_layers_obey_the_laws<long double>(); }
