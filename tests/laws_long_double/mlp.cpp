// SPDX-License-Identifier: MIT
#include "laws/perceptrons.hpp"

TEST_CASE("multilayer perceptrons obey the laws in long double") { laws::perceptrons_obey_the_laws<long double>(); }
