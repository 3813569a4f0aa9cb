// SPDX-License-Identifier: MIT
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/properties/special_cases.hpp>

#include "planted/tally.hpp"

namespace pc = proxcvx;
using planted::interval;
using planted::origin;
using planted::Tally;

TEST_CASE("planted: functions of one variable with sharp constants") {
  Tally tally;
  const pc::SquarePlusSine<> karimi;
  const double m = karimi.pl_modulus();
  const double zeta = karimi.quasar_convexity();
  Tally::is_true("Karimi, m", pc::polyak_lojasiewicz(karimi, 0, m), interval(20));
  tally.is_false("Karimi, 1.001 m", pc::polyak_lojasiewicz(karimi, 0, 1.001 * m), interval(20));
  Tally::is_true("Karimi, zeta", pc::quasar_convexity(karimi, origin, zeta), interval(20));
  tally.is_false("Karimi, 1.001 zeta", pc::quasar_convexity(karimi, origin, 1.001 * zeta), interval(20));
  tally.is_false("Karimi, convex", pc::convexity(karimi), interval(20));

  const pc::SixthRoot<> root;
  Tally::is_true("sixth root, 1/3", pc::quasar_convexity(root, origin, root.quasar_convexity()), interval(1e12));
  tally.is_false("sixth root, 1/2", pc::quasar_convexity(root, origin, 0.5), interval(20));
  tally.is_false("sixth root, 1/2, barely", pc::quasar_convexity(root, origin, 0.5), interval(9.47));
  tally.is_false("sixth root, 1.001/3", pc::quasar_convexity(root, origin, 1.001 / 3), interval(1e10));
  Tally::is_true("sixth root, 1/2, inside", pc::quasar_convexity(root, origin, 0.5), interval(9.45));

  const pc::DampedAbsolute<> damped;
  Tally::is_true("damped absolute", pc::star_convexity(damped, origin), interval(100));
  tally.is_false("damped absolute, 1.001", pc::quasar_convexity(damped, origin, 1.001), interval(100));
  tally.is_false("damped absolute, convex", pc::convexity(damped), interval(10));
  tally.is_enough();
}
