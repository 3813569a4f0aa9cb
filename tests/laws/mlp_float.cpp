// SPDX-License-Identifier: MIT
#include "laws/perceptrons.hpp"

TEST_CASE("multilayer perceptrons obey the laws in float") { laws::perceptrons_obey_the_laws<float>(); }
