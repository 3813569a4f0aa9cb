// SPDX-License-Identifier: MIT
#include <algorithm>
#include <proxcvx/io/witness_file.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/verify/check.hpp>
#include <proxcvx/verify/shrink.hpp>
#include <vector>

#include "support/catch2.hpp"
#include "support/temporary.hpp"
#include "verify/models.hpp"

namespace pc = proxcvx;
using Catch::Matchers::ContainsSubstring;

namespace {

namespace shrinking {

using Bowl = models::Bowl<double>;
using Cube = models::Cube<double>;

/// On f = ||w||^2/2: ||w||^2 - 4 (||w||^2/2 - 1/2) = 2 - ||w||^2, violated exactly outside the ball of radius sqrt 2.
pc::ProxyPL<Bowl, Bowl> claim(pc::Index size, double xi = 0.5) {
  return {Bowl{size, 1}, Bowl{size, 1}, {.alpha = 2, .mu = 8, .xi = xi}};
}

}  // namespace shrinking

}  // namespace

TEST_CASE("witnesses shrink to a third of their non-zeros, stay violated, and inside the region") {
  const auto property = shrinking::claim(12);
  const shrinking::Cube cube{12};  // |w_i| <= 1 and ||w||^2 > 2: no witness has fewer than 3 non-zeros
  std::vector<double> left;
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    const auto found = pc::check(property, cube, {.samples = 20, .seed = pc::Seed{seed}});
    REQUIRE(found.witness);
    const auto shrunk = pc::shrink(property, cube, *found.witness);
    const pc::Vector<double>& w = shrunk.witness.w;
    CHECK(shrunk.witness.stands);
    CHECK(shrunk.witness.scalar == "50 digits");
    CHECK(w.squaredNorm() > 2);  // entries of few bits: this sum is exact
    CHECK(cube.contains(w));
    CHECK(shrunk.nonzeros == (w.array() != 0).count());
    CHECK(shrunk.nonzeros_before == 12);
    CHECK(shrunk.nonzeros >= 3);
    CHECK(shrunk.bits * 4 < shrunk.bits_before);
    CHECK(w.norm() <= found.witness->w.norm());
    CHECK(shrunk.evaluations <= 5000);
    CHECK(pc::shrink(property, cube, *found.witness).witness.w == w);
    left.push_back(static_cast<double>(shrunk.nonzeros) / 12);
    const auto few = pc::shrink(property, cube, *found.witness, {.evaluations = 5});
    CHECK(few.evaluations == 5);
    CHECK(few.witness.stands);
  }
  std::nth_element(left.begin(), left.begin() + 12, left.end());
  CHECK(left[12] <= 1.0 / 3);
}

TEST_CASE("what is not violated is not shrunk") {
  const auto property = shrinking::claim(12);
  pc::Witness witness;
  witness.w = pc::Vector<double>::Zero(12);
  CHECK_THROWS_WITH(pc::shrink(property, shrinking::Cube{12}, witness), ContainsSubstring("is violated"));
  witness.w = pc::Vector<double>::Ones(11);
  CHECK_THROWS_WITH(pc::shrink(property, shrinking::Cube{12}, witness), ContainsSubstring("dimension 12"));
}

TEST_CASE("a witness file is replayed by its property, and refused by another") {
  const tests::TemporaryFolder folder;
  const auto file = folder.path() / "witness";
  const auto property = shrinking::claim(12);
  auto report = pc::check(property, shrinking::Cube{12}, {.samples = 20});
  pc::write_witness(file, report, {"bowl --size 12", "data.csv", pc::fnv_checksum("1,2\n")});
  const auto held = pc::read_witness(file);
  CHECK(held.w == report.witness->w);
  CHECK(held.constants == report.constants);
  CHECK(held.origin.problem == "bowl --size 12");
  CHECK(pc::replay(property, file) == pc::Verdict::violated);
  CHECK_THROWS_WITH(pc::replay(shrinking::claim(12, 0.4), file), ContainsSubstring("constants"));
  CHECK_THROWS_WITH(pc::replay(shrinking::claim(11), file), ContainsSubstring("dimension: expected 11, got 12"));
  const std::string text = tests::content_of(file);
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::string altered = text;
    altered[i] = static_cast<char>(altered[i] ^ 2);
    CHECK_THROWS_AS(pc::read_witness(folder.file("altered", altered)), std::invalid_argument);
    CHECK_THROWS_AS(pc::read_witness(folder.file("cut", text.substr(0, i))), std::invalid_argument);
  }
  report.witness->w.setZero();  // margin 2
  pc::write_witness(file, report);
  CHECK(pc::replay(property, file) == pc::Verdict::no_violation_found);
  report.witness->w.head(2).setOnes();  // margin exactly 0
  pc::write_witness(file, report);
  CHECK(pc::replay(property, file) == pc::Verdict::inconclusive);
  report.witness.reset();
  CHECK_THROWS_AS(pc::write_witness(file, report), std::invalid_argument);
}
