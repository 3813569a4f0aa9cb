// SPDX-License-Identifier: MIT
#include "laws/one_output.hpp"

TEST_CASE("neurons obey the laws in long double") { laws::neurons_obey_the_laws<long double>(); }
