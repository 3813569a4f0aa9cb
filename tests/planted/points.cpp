// SPDX-License-Identifier: MIT
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/properties/special_cases.hpp>
#include <proxcvx/regions/ball.hpp>

#include "planted/tally.hpp"

namespace pc = proxcvx;
using planted::interval;
using planted::origin;
using planted::Tally;

TEST_CASE("planted: violations in smaller and smaller neighbourhoods") {
  Tally tally;
  const pc::Saddle<> saddle;
  const pc::Ball plane(pc::Vector<double>::Zero(2), 10.0);
  Tally::is_true("saddle (f, 0, 2, 8)", pc::ProxyPL{saddle, saddle, {.alpha = 2, .mu = 8, .xi = 0}}, plane);
  tally.is_false("saddle, convex", pc::convexity(saddle), plane);
  for (const double xi : {-1.0, -1e-2, -1e-4, -1e-6}) {  // violated within about sqrt(-xi) of the origin
    tally.is_false("saddle, xi < 0", pc::ProxyPL{saddle, saddle, {.alpha = 2, .mu = 1, .xi = xi}}, plane);
  }

  const pc::Sine<> sine;
  for (const double mu : {1.0, 1e-2, 1e-4, 1e-6}) {  // violated within about sqrt(mu) of pi/2
    tally.is_false("sine", pc::ProxyPL{sine, sine, {.alpha = 2, .mu = mu, .xi = -1}}, interval(6));
  }
  const pc::Quartic<> quartic;
  for (const double mu : {1.0, 1e-2, 1e-4, 1e-6}) {  // violated for 0 < |x| < sqrt(mu/32)
    tally.is_false("quartic", pc::polyak_lojasiewicz(quartic, 0, mu / 4), interval(10));
  }
  Tally::is_true("|x|^4, KL", pc::kurdyka_lojasiewicz(pc::AbsolutePower<>{4}, 0, 3.999, 0.75), interval(10));
  tally.is_enough();
}
