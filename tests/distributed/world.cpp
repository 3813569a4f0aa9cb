// SPDX-License-Identifier: MIT
#include <proxcvx/distributed/world.hpp>

#include "distributed/the_world.hpp"
#include "support/catch2.hpp"

// What ranks say to each other, against what each of them can work out alone.

namespace pc = proxcvx;
using tests::world;

namespace {

/// The largest, and where it is: order does not matter.
struct Largest {
  double value;
  int rank;
  void merge(const Largest& other) {
    if (other.value > value || (other.value == value && other.rank < rank)) *this = other;
  }
};

}  // namespace

TEST_CASE("ranks add, merge, agree and tell each other texts of any length") {
  const pc::Index ranks = world().size();
  const pc::Index rank = world().rank();
  REQUIRE((rank >= 0 && rank < ranks));
  CHECK(world().sum(rank + 1) == ranks * (ranks + 1) / 2);
  std::vector<double> powers(3000, static_cast<double>(1 << rank));
  world().sum(powers.data(), static_cast<pc::Index>(powers.size()));
  for (const double sum : powers) CHECK(sum == static_cast<double>((1 << ranks) - 1));

  CHECK_FALSE(world().any(false));
  CHECK(world().any(true));
  CHECK(world().any(rank == ranks - 1));

  Largest largest{rank == 0 ? 1.0 : 2.0, static_cast<int>(rank)};
  world().merge(largest);
  CHECK(largest.value == (ranks == 1 ? 1.0 : 2.0));
  CHECK(largest.rank == (ranks == 1 ? 0 : 1));

  const auto texts = world().gather(std::string(static_cast<std::size_t>(1000 * rank), 'x'));
  REQUIRE(texts.size() == static_cast<std::size_t>(ranks));
  for (std::size_t i = 0; i < texts.size(); ++i) CHECK(texts[i] == std::string(1000 * i, 'x'));
}

TEST_CASE("the shares of all ranks are the data, in order, and none is empty") {
  const pc::Index n = 3 * world().size() + 1;
  pc::Matrix<double> inputs(2, n);
  pc::Matrix<double> targets(1, n);
  for (pc::Index i = 0; i < n; ++i) {
    inputs.col(i) << static_cast<double>(i), 1.0;
    targets(0, i) = static_cast<double>(-i);
  }
  const pc::Dataset<double> all(inputs, targets);
  const auto mine = pc::mpi::share(all, world());
  CHECK((mine.size() == 3 || mine.size() == 4));
  std::string numbers;
  for (pc::Index i = 0; i < mine.size(); ++i) {
    CHECK(mine.targets()(0, i) == -mine.inputs()(0, i));
    numbers += std::to_string(static_cast<int>(mine.inputs()(0, i))) + ",";
  }
  std::string gathered, expected;
  for (const std::string& text : world().gather(numbers)) gathered += text;
  for (pc::Index i = 0; i < n; ++i) expected += std::to_string(i) + ",";
  CHECK(gathered == expected);

  if (world().size() == 1) return;
  const pc::Dataset<double> one(inputs.leftCols(1), targets.leftCols(1));
  CHECK_THROWS_AS(pc::mpi::share(one, world()), std::invalid_argument);
}
