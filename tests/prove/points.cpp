// SPDX-License-Identifier: MIT
#include <chrono>
#include <proxcvx/objectives/test_functions.hpp>
#include <sstream>

#include "prove/functions.hpp"
#include "support/catch2.hpp"

// Point properties: sharp constants from both sides, false claims that are never proved however thin their violation,
// zeros on the word of the objective or of the caller.

namespace pc = proxcvx;
using pc::Verdict;
using proving::claim;
using proving::Function;
using proving::interval;
using proving::Kind;
using proving::square;

TEST_CASE("prove: the sharp modulus of x^2 + 3 sin^2 x, from both sides") {
  const pc::SquarePlusSine<> f;
  // Newton's method on (f'^2/(2f))' in 50 digits puts it between these two (theory 4.2: 0.1755309858797).
  const auto below = pc::polyak_lojasiewicz(f, 0, 0.17553);
  const auto report = pc::prove(below, interval(-20, 20));
  INFO(report);
  CHECK(report.verdict() == Verdict::proved_on_box);
  CHECK(report.open == 0);
  CHECK(report.boxes < 400);  // theory 3.6 needed 207
  CHECK(report.second_order > 0);
  CHECK(pc::prove(pc::polyak_lojasiewicz(f, 0, 0.1755309858), interval(-20, 20)).verdict() == Verdict::proved_on_box);

  for (const double modulus : {0.1755309859, 0.1756, 0.2, 4.0}) {
    const auto above = pc::polyak_lojasiewicz(f, 0, modulus);
    const auto refuted = pc::prove(above, interval(-20, 20));
    INFO(refuted);
    CHECK(refuted.verdict() == Verdict::violated);
    REQUIRE(refuted.witness);
    CHECK(refuted.witness->stands);
    CHECK(refuted.witness->scalar == "50 digits");
    const double x = refuted.witness->w[0];
    CHECK(std::pow(2 * x + 3 * std::sin(2 * x), 2) / 2 < modulus * (x * x + 3 * std::pow(std::sin(x), 2)));
  }
  CHECK(pc::prove(pc::polyak_lojasiewicz(f, 0, 0.1756), interval(-2.1, 2.1)).verdict() == Verdict::proved_on_box);
}

TEST_CASE("prove: the sharp modulus takes less than 20 ms without optimisation (86 us at -O3)") {
  const auto property = pc::polyak_lojasiewicz(pc::SquarePlusSine<>{}, 0, 0.17553);
  const pc::Box<double> box = interval(-20, 20);
  double fastest = 1;
  for (int repeat = 0; repeat < 10; ++repeat) {
    const auto started = std::chrono::steady_clock::now();
    const auto report = pc::prove(property, box);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
    CHECK(report.verdict() == Verdict::proved_on_box);
    fastest = std::min(fastest, taken.count());
  }
  CHECK(fastest < 0.02);
}

TEST_CASE("prove: a claim that fails on a set of measure 1e-1 to 1e-12 is refuted, its neighbour proved") {
  // 1 >= bump: false within width sqrt(height) of a point that no bisection meets.
  for (const double at : {0.3, -1.7, 1e-3}) {
    for (double width = 1; width > 1e-7; width /= 10) {
      for (const double height : {1e-2, 1e-6, 1e-10}) {
        if (width * std::sqrt(height) < 5e-13) continue;
        INFO("at " << at << ", width " << width << ", height " << height);
        const Function<> line(Kind::line);
        const auto report = pc::prove(claim(line, Function<>(Kind::bump, at, width, height), 2, 0), interval(-2, 2));
        CHECK(report.verdict() == Verdict::violated);
        const auto truth = pc::prove(claim(line, Function<>(Kind::bump, at, width, -height), 2, 0), interval(-2, 2));
        CHECK(truth.verdict() == Verdict::proved_on_box);
      }
    }
  }
}

TEST_CASE("prove: x^4 with alpha = 2 is refuted on every box around 0") {
  const Function<> quartic(Kind::quartic);
  for (const double mu : {1.0, 1e-3, 1e-6, 1e-9, 1e-12}) {  // false for 0 < |x| < sqrt(mu/32)
    const auto report = pc::prove(claim(quartic, quartic, mu, 0), interval(-1, 2));
    INFO(report);
    CHECK(report.verdict() == Verdict::violated);
    CHECK(std::abs(report.witness->w[0]) < std::sqrt(mu / 32));
  }
  const double edge = std::sqrt(1.0 / 32);
  CHECK(pc::prove(claim(quartic, quartic, 1, 0), interval(edge * (1 + 1e-9), 2)).verdict() == Verdict::proved_on_box);
}

TEST_CASE("prove: equality is proved only at declared zeros that are exact") {
  // (x - a)^2 + y^2 is PL with modulus 2; a minimum in the middle of nowhere, and in a corner.
  for (const double at : {0.0, 0.3, -1.0}) {
    const Function<> bowl(Kind::bowl, at);
    const auto report = pc::prove(claim(bowl, bowl, 7.9, 0), square(-1, 2), {.boxes = 20'000});
    INFO(report);
    CHECK(report.verdict() == Verdict::proved_on_box);
    CHECK(report.declared_zeros == 1);
    CHECK(pc::prove(claim(bowl, bowl, 8.1, 0), square(-1, 2)).verdict() == Verdict::violated);
    // xi 1e-300 below the minimum: false at the minimum, by less than what intervals tell from 0
    const auto barely = pc::prove(claim(bowl, bowl, 7.9, -1e-300), square(-1, 2), {.boxes = 20'000});
    CHECK(barely.declared_zeros == 0);
    CHECK(barely.verdict() != Verdict::proved_on_box);
  }
  // The minimum that it declares is rounded down: false at 0, by 1e-17.
  const Function<> third(Kind::third);
  const auto rounded = pc::prove(claim(third, third, 1, third.minimum()), interval(-1, 1), {.boxes = 20'000});
  INFO(rounded);
  CHECK(rounded.declared_zeros == 1);
  CHECK(rounded.second_order == 0);
  CHECK(rounded.verdict() != Verdict::proved_on_box);

  // The caller's word counts where the margin is possibly 0, and the report says so; elsewhere it does not.
  const auto given = pc::prove(claim(third, third, 1, third.minimum()), interval(-1, 1),
                               {.boxes = 20'000, .zeros = pc::Matrix<double>::Zero(1, 1)});
  CHECK(given.verdict() == Verdict::proved_on_box);
  CHECK(given.given_zeros.cols() == 1);
  std::ostringstream printed;
  printed << given;
  CHECK_THAT(printed.str(), Catch::Matchers::ContainsSubstring("on trust"));
  CHECK_THAT(printed.str(), Catch::Matchers::ContainsSubstring("caller"));
  const Function<> line(Kind::line), bump(Kind::bump, 0.3, 0.1, 1e-2);
  CHECK(pc::prove(claim(line, bump, 2, 0), interval(0.29, 0.31), {.zeros = pc::Matrix<double>::Constant(1, 1, 0.3)})
            .verdict() == Verdict::violated);
}

TEST_CASE("prove: the saddle, in two dimensions") {
  const Function<> saddle(Kind::saddle);
  // 4(x^2 + y^2) >= (mu/2)(x^2 - y^2 - xi)
  CHECK(pc::prove(claim(saddle, saddle, 8, 0), square(0.1, 3), {.boxes = 50'000}).verdict() == Verdict::proved_on_box);
  for (const double xi : {-1.0, -1e-4, -1e-8, -1e-12}) {
    const auto report = pc::prove(claim(saddle, saddle, 1, xi), square(-1.3, 2), {.boxes = 50'000});
    INFO(report);
    CHECK(report.verdict() == Verdict::violated);
  }
}

TEST_CASE("prove: what is undefined or open is never proved") {
  const Function<> logarithm(Kind::logarithm), line(Kind::line), absolute(Kind::absolute);
  // 1/x^2 >= log x - xi: true, but undefined for x <= 0
  CHECK(pc::prove(claim(logarithm, logarithm, 2, 1), interval(0.5, 2)).verdict() == Verdict::proved_on_box);
  for (const double low : {0.0, -1.0}) {
    const auto report = pc::prove(claim(logarithm, logarithm, 2, 1), interval(low, 2), {.boxes = 5'000});
    INFO(report);
    CHECK(report.verdict() == Verdict::inconclusive);
    CHECK(report.open > 0);
    CHECK(report.open_volume >= (low < 0 ? 1.0 / 3 : 0));
    CHECK(report.open_volume < 0.5);
    CHECK(!report.worst.empty());
  }
  // g = |x| has a slope that jumps, in a formula that compares: 1 >= |x| - 1/2
  CHECK(pc::prove(claim(line, absolute, 2, 0.5), interval(-1, 1)).verdict() == Verdict::proved_on_box);
  CHECK(pc::prove(claim(absolute, absolute, 2, 0.5), interval(-1, 1), {.boxes = 5'000}).verdict() ==
        Verdict::inconclusive);
  CHECK(pc::prove(claim(absolute, absolute, 2, 0.5), interval(0.5, 1)).verdict() == Verdict::proved_on_box);
}

TEST_CASE("prove: limits are kept, and the result does not depend on the threads") {
  const Function<> saddle(Kind::saddle);
  const auto property = claim(saddle, saddle, 8, 0);
  const auto once = pc::prove(property, square(-1.3, 2), {.boxes = 3'000, .threads = 1});
  const auto again = pc::prove(property, square(-1.3, 2), {.boxes = 3'000, .threads = 3});
  CHECK(once.verdict() == Verdict::inconclusive);
  CHECK(once.boxes <= 3'000);
  CHECK(once.boxes > 2'000);
  CHECK(once.end == pc::ProofEnd::box_limit);
  CHECK(once.boxes == again.boxes);
  CHECK(once.mean_value == again.mean_value);
  CHECK(once.open_volume == again.open_volume);
  REQUIRE(once.worst.size() == again.worst.size());
  for (std::size_t k = 0; k < once.worst.size(); ++k) CHECK(once.worst[k].low == again.worst[k].low);
  CHECK(once.tree.size() == again.tree.size());

  const auto hurried = pc::prove(property, square(-1.3, 2), {.seconds = 1e-9});
  CHECK(hurried.end == pc::ProofEnd::time_limit);
  CHECK(hurried.verdict() == Verdict::inconclusive);
  CHECK(hurried.open_volume == 1);

  CHECK_THROWS_AS(pc::prove(property, interval(-1, 1)), std::invalid_argument);
  CHECK_THROWS_AS(pc::prove(property, square(-1, 1), {.boxes = 0}), std::invalid_argument);
  CHECK_THROWS_AS(pc::prove(property, square(-1, 1), {.seconds = 0}), std::invalid_argument);
  CHECK_THROWS_AS(pc::prove(property, square(-1, 1), {.zeros = pc::Matrix<double>::Zero(1, 1)}), std::invalid_argument);
}
