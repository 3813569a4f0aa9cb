// SPDX-License-Identifier: MIT
#include <limits>
#include <proxcvx/io/json_theorem.hpp>
#include <sstream>
#include <string>

#include "support/catch2.hpp"

namespace pc = proxcvx;

TEST_CASE("a proof by theorem as JSON and as a table says which premise is the weakest") {
  pc::Theorem theorem;
  theorem.property = "proxy-pl";
  theorem.citation = "Somebody 2001, Theorem 1";
  CHECK_THROWS_AS(pc::prove(theorem), std::invalid_argument);  // no premises prove nothing
  theorem.premises = {pc::Premise::fact("data", "finite", true),
                      pc::Premise::positive("margin", "m > 0", pc::Interval(-1e-17, 1e-17)),
                      pc::Premise::positive("slope", "gamma > 0", pc::Interval(0.5))};
  theorem.constants = {{"mu", pc::Implies::smaller, 0.5, 0.25}, {"xi", pc::Implies::larger, 0.5, 0.5}};
  const auto open = pc::to_json(pc::prove(theorem));
  CHECK(open["verdict"] == "inconclusive");
  CHECK(open["weakest"] == "margin");
  CHECK(open["applicable"] == true);
  CHECK(open["premises"][0]["lower"].is_null());
  CHECK(open["premises"][1]["holds"] == "undecided");
  CHECK(open["premises"][1]["upper"] == 1e-17);

  theorem.premises[1] = pc::Premise::positive("margin", "m > 0", pc::Interval(1e-17, 2e-17));
  const auto proved = pc::to_json(pc::prove(theorem));
  CHECK(proved["verdict"] == "proved-by-theorem");
  CHECK(proved["reason"] == "");
  theorem.premises[2] = pc::Premise::positive("slope", "gamma > 0", pc::Interval(0));
  const auto fails = pc::to_json(pc::prove(theorem));
  CHECK(fails["applicable"] == false);
  CHECK(fails["weakest"] == "slope");
  std::ostringstream table;
  table << pc::prove(theorem);
  CHECK_THAT(table.str(),
             Catch::Matchers::ContainsSubstring("inconclusive, not applicable, since the premise \"slope\" fails"));

  theorem.premises[2] = pc::Premise::positive("slope", "gamma > 0", pc::Interval(0.5));
  for (const auto& [mu, xi] : {std::pair{std::nextafter(0.5, 1), 0.5}, std::pair{0.5, std::nextafter(0.5, 0)},
                               std::pair{std::nan(""), 0.5}, std::pair{0.5, std::numeric_limits<double>::infinity()}}) {
    theorem.constants[0].claimed = mu;
    theorem.constants[1].claimed = xi;
    CHECK(pc::to_json(pc::prove(theorem))["verdict"] == "inconclusive");
  }
  theorem.constants = {{"mu", pc::Implies::smaller, std::numeric_limits<double>::infinity(), 1}};
  CHECK(pc::prove(theorem).verdict() == pc::Verdict::inconclusive);
  theorem.citation = "";
  CHECK_THROWS_AS(pc::prove(theorem), std::invalid_argument);
}
