// SPDX-License-Identifier: MIT
#include <proxcvx/io/proof_file.hpp>
#include <proxcvx/objectives/test_functions.hpp>

#include "prove/forged.hpp"
#include "prove/formulas.hpp"
#include "prove/functions.hpp"
#include "support/catch2.hpp"
#include "support/counts.hpp"
#include "support/temporary.hpp"

#if !defined(PROXCVX_TESTS_WITHOUT_MPFR)
#include <proxcvx/io/verify_proof.hpp>
#endif

// Proofs as files: what is written is read back, one changed byte is refused, and what a forger makes of a file with a
// checksum that fits does not pass the second arithmetic.

namespace pc = proxcvx;
using proving::claim;
using proving::Function;
using proving::interval;
using proving::Kind;
using proving::square;

TEST_CASE("a proof file says what was proved") {
  const tests::TemporaryFolder folder;
  const Function<> third(Kind::third);
  const auto report =
      pc::prove(claim(third, third, 1, third.minimum()), interval(-1, 1.5), {.zeros = pc::Matrix<double>::Zero(1, 1)});
  pc::write_proof(folder.path() / "proof", report);
  const pc::Proof proof = pc::read_proof(folder.path() / "proof");
  CHECK(proof.property == report.property);
  CHECK(proof.statement == report.statement);
  CHECK(proof.constants == report.constants);
  CHECK(!proof.pairs);
  CHECK(proof.low[0] == -1);
  CHECK(proof.high[0] == 1.5);
  CHECK(proof.given_zeros == pc::Matrix<double>::Zero(1, 1));
  CHECK(static_cast<std::int64_t>(proof.nodes.size()) == report.boxes);

  const auto open = pc::prove(claim(third, third, 1, third.minimum()), interval(-1, 1.5), {.boxes = 10});
  CHECK_THROWS_AS(pc::write_proof(folder.path() / "open", open), std::invalid_argument);
  const Function<> bowl(Kind::bowl, 0.3);
  CHECK_THROWS_AS(
      pc::write_proof(folder.path() / "bare", pc::prove(pc::convexity(bowl), square(-1, 1), {.keep_proof = false})),
      std::invalid_argument);
  CHECK(!std::filesystem::exists(folder.path() / "open"));
}

TEST_CASE("a proof file with one byte changed, or of another kind, is refused") {
  const tests::TemporaryFolder folder;
  const pc::SquarePlusSine<> karimi;
  pc::write_proof(folder.path() / "proof", pc::prove(pc::polyak_lojasiewicz(karimi, 0, 0.17553), interval(-20, 20)));
  const std::string text = tests::content_of(folder.path() / "proof");
  CHECK(text.size() < 2'000);
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const int change : {1, 2, 0x20, 0x80}) {
      std::string changed = text;
      changed[at] = static_cast<char>(changed[at] ^ change);
      CHECK_THROWS_AS(pc::parse_proof(changed, "changed"), std::invalid_argument);
    }
    CHECK_THROWS_AS(pc::parse_proof(text.substr(0, at), "changed"), std::invalid_argument);
  }
  CHECK_THROWS_AS(pc::parse_proof(text + "\n", "changed"), std::invalid_argument);
  CHECK_THROWS_AS(pc::read_proof(folder.path() / "nothing"), std::invalid_argument);

  using Catch::Matchers::ContainsSubstring;
  for (const auto& [part, by, line] :
       {std::tuple{"proof 1", "proof 2", "line 1"}, std::tuple{"alpha 0x1p+1", "alpha 2", "line 4"},
        std::tuple{"constant mu", "constantmu", "line 5"}, std::tuple{"pairs 0", "pairs 2", "line 7"},
        std::tuple{"pairs 0", "pairs 1", "line 8"}, std::tuple{"0x1.4p+4\nn", "0x1.4p+4 0x0p+0\nn", "line 8"},
        std::tuple{"box -0x1.4p+4", "box NaN", "line 8"}, std::tuple{"nodes 1", "nodes x1", "line 9"},
        std::tuple{" m m", " q m", "line 10"}, std::tuple{"0 0 m", "0 1 m", "line 10"},
        std::tuple{"nodes 1", "nodes 9", "line 13"}}) {
    INFO(part << " -> " << by);
    CHECK_THROWS_WITH(pc::parse_proof(proving::forged(text, part, by), "forged"), ContainsSubstring(line));
  }
}

namespace {

pc::Vector<double> planar(double x, double y) { return (pc::Vector<double>(2) << x, y).finished(); }

/// 4(x^2 + y^2) >= 6 (x^2 - y^2): true for 5 y^2 >= x^2, on x = 1 for y >= 0.4472...
pc::ProxyPL<Function<>, Function<>> saddle_claim(double mu = 12) {
  const Function<> saddle(Kind::saddle);
  return claim(saddle, saddle, mu, 0);
}
pc::Slice line_of_proof() { return pc::Slice::line(planar(1, 0.448), planar(1, 3)); }

}  // namespace

TEST_CASE("a proof file of a slice says what was proved, and no byte of it may change") {
  const tests::TemporaryFolder folder;
  const pc::Matrix<double> trajectory = (pc::Matrix<double>(2, 3) << 1, 0.5, 1, 1, 2, 3).finished();
  for (const pc::Slice& slice : {line_of_proof(), pc::Slice::plane(planar(0, 3), planar(1, 0), planar(0, 1), 1),
                                 pc::Slice::tube(trajectory, 0.1)}) {
    const auto report = pc::prove(saddle_claim(), slice);
    pc::write_proof(folder.path() / "proof", report);
    const pc::Proof proof = pc::read_proof(folder.path() / "proof");
    CHECK(proof.constants == report.constants);
    CHECK(proof.space() == 2);
    REQUIRE(proof.pieces.size() == slice.pieces().size());
    std::int64_t nodes = 0;
    for (std::size_t k = 0; k < proof.pieces.size(); ++k) {
      const pc::Slice::Piece &read = proof.pieces[k].piece, &piece = slice.pieces()[k];
      CHECK(read.origin == piece.origin);
      CHECK(read.directions == piece.directions);
      CHECK(read.low == piece.low);
      CHECK(read.high == piece.high);
      nodes += static_cast<std::int64_t>(proof.pieces[k].nodes.size());
    }
    CHECK(nodes == report.boxes);
  }
  pc::write_proof(folder.path() / "proof", pc::prove(saddle_claim(), line_of_proof()));
  const std::string text = tests::content_of(folder.path() / "proof");
  CHECK(text.size() < 1'000);
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int change = 1; change < 256; ++change) {
      std::string changed = text;
      changed[at] = static_cast<char>(changed[at] ^ change);
      CHECK_THROWS_AS(pc::parse_proof(changed, "changed"), std::invalid_argument);
    }
    CHECK_THROWS_AS(pc::parse_proof(text.substr(0, at), "changed"), std::invalid_argument);
  }
  for (const auto& [part, by] :
       {std::pair{"slice 1", "slice 2"}, std::pair{"slice 1", "slice 0"}, std::pair{"origin 0x1p+0", "origin"},
        std::pair{"origin 0x1p+0", "origin Infinity"}, std::pair{"direction", "directions"},
        std::pair{"direction 0x0p+0", "direction 0x0p+0 0x0p+0"}, std::pair{"box 0x0p+0", "box 0x1p+1"},
        std::pair{"box", "box 0x0p+0 0x1p+0\nbox"}, std::pair{"pairs 0", "pairs 2"}}) {
    INFO(part << " -> " << by);
    CHECK_THROWS_AS(pc::parse_proof(proving::forged(text, part, by), "forged"), std::invalid_argument);
  }
  const auto bare = pc::prove(saddle_claim(), line_of_proof(), {.keep_proof = false});
  CHECK_THROWS_AS(pc::write_proof(folder.path() / "bare", bare), std::invalid_argument);
}

#if !defined(PROXCVX_TESTS_WITHOUT_MPFR)

TEST_CASE("proofs on slices pass the second arithmetic, and what was made of them does not") {
  const tests::TemporaryFolder folder;
  const auto file = folder.path() / "proof";
  const auto property = saddle_claim();
  const pc::Matrix<double> trajectory = (pc::Matrix<double>(2, 3) << 1, 0.5, 1, 1, 2, 3).finished();
  const auto tube = pc::Slice::tube(trajectory, 0.1);
  const auto line = line_of_proof();
  for (const pc::Slice& slice : {tube, line}) {
    const auto report = pc::prove(property, slice);
    pc::write_proof(file, report);
    const pc::ProofCheck check = pc::verify_proof(property, slice, file);
    INFO(check);
    CHECK(check.verified());
    CHECK(check.slice);
    CHECK(check.leaves == report.mean_value);
  }
  CHECK(pc::verify_proof(property, tube, file).difference == "on another slice");
  CHECK(pc::verify_proof(property, square(0, 1), file).difference == "on another box");
  const auto bump = pc::convexity(Function<>(Kind::bump, 0, 1));  // pairs (w, v)
  const auto apart = pc::Slice::line(planar(1, 3.5), planar(2, 3.5));
  const auto pairs_file = folder.path() / "pairs";
  pc::write_proof(pairs_file, pc::prove(bump, apart));
  CHECK(pc::verify_proof(bump, apart, pairs_file).verified());
  CHECK(!pc::verify_proof(property, pairs_file).verified());

  const std::string text = tests::content_of(file);
  const auto parsed = [&](const std::string& content) { return pc::parse_proof(content, "forged"); };
  const std::size_t nodes = text.find("nodes "), leaves = text.find('\n', nodes) + 1;
  const std::string head = text.substr(0, nodes);
  const std::string tree = text.substr(leaves, text.rfind("checksum") - leaves - 1);  // "0 0 m ... m"
  const auto count = parsed(text).pieces.front().nodes.size();
  REQUIRE(count >= 5);
  const auto with_tree = [&](std::size_t announced, const std::string& words) {
    return pc::verify_proof(
        property, line,
        parsed(proving::with_checksum(head + "nodes " + std::to_string(announced) + "\n" + words + "\n")));
  };
  CHECK(with_tree(count, tree).verified());
  CHECK(!with_tree(count - 1, tree.substr(0, tree.size() - 2)).covers);         // a leaf deleted
  CHECK(!with_tree(count + 1, tree + " m").covers);                             // and one twice
  CHECK(with_tree(1, "m").refused == 1);                                        // no cuts at all
  CHECK(with_tree(count, tree.substr(0, tree.size() - 1) + "s").refused == 1);  // another test
  // bounds, origin and direction, towards where the claim is false
  for (const auto& [part, by] : {std::pair{"box 0x0p+0", "box -0x1p-3"}, std::pair{"origin 0x1p+0", "origin 0x1.8p+0"},
                                 std::pair{"direction 0x0p+0", "direction 0x1p+3"}}) {
    INFO(part << " -> " << by);
    const pc::Proof altered = parsed(proving::forged(text, part, by));
    CHECK(pc::verify_proof(property, altered).refused > 0);
    CHECK(pc::verify_proof(property, line, altered).difference == "on another slice");
  }
  // within the slice, where it is true: another slice all the same
  CHECK(!pc::verify_proof(property, line, parsed(proving::forged(text, "box 0x0p+0 0x1p+0", "box 0x0p+0 0x1p-1")))
             .verified());
  // constants: another claim, or one that is false
  const std::string mu = "mu " + pc::hex_float(12), stronger = "mu " + pc::hex_float(12.5);
  CHECK(pc::verify_proof(property, parsed(proving::forged(text, mu, stronger))).difference == "with other constants");
  CHECK(pc::verify_proof(saddle_claim(12.5), parsed(proving::forged(text, mu, stronger))).refused > 0);
  // pieces: one left out of two
  pc::write_proof(file, pc::prove(property, tube));
  pc::Proof half = pc::read_proof(file);
  half.pieces.pop_back();
  CHECK(!pc::verify_proof(property, tube, half).verified());
  half.pieces.front().nodes.assign(1, {99, pc::LeafTest::none});
  CHECK_THROWS_AS(pc::verify_proof(property, half), std::invalid_argument);
}

TEST_CASE("a proof passes the second arithmetic, and what was made of it does not") {
  const tests::TemporaryFolder folder;
  const pc::SquarePlusSine<> karimi;
  const auto property = pc::polyak_lojasiewicz(karimi, 0, 0.17553);
  const auto report = pc::prove(property, interval(-20, 20));
  pc::write_proof(folder.path() / "proof", report);
  const pc::ProofCheck check = pc::verify_proof(property, folder.path() / "proof");
  INFO(check);
  CHECK(check.verified());
  CHECK(check.leaves == report.mean_value + report.second_order);
  CHECK(check.declared_zeros == 1);

  // another claim
  const auto stronger = pc::polyak_lojasiewicz(karimi, 0, 0.1756);
  CHECK(pc::verify_proof(stronger, folder.path() / "proof").difference == "with other constants");
  const std::string text = tests::content_of(folder.path() / "proof");
  const auto verify = [&](const auto& claimed, const std::string& content) {
    return pc::verify_proof(claimed, pc::parse_proof(content, "forged"));
  };
  // the same boxes for a claim that is false
  const std::string mu = "mu " + pc::hex_float(property.mu());
  const auto false_claim = verify(stronger, proving::forged(text, mu, "mu " + pc::hex_float(stronger.mu())));
  CHECK(!false_claim.verified());
  CHECK(false_claim.refused > 0);
  CHECK(!verify(property, proving::forged(text, "statement ||", "statement |")).verified());
  // all of the box at once, by either test
  const std::size_t nodes = text.find("nodes");
  for (const std::string leaf : {"m", "s"}) {
    const auto whole = verify(property, proving::with_checksum(text.substr(0, nodes) + "nodes 1\n" + leaf + "\n"));
    CHECK(!whole.verified());
    CHECK(whole.refused == 1);
  }
  // a leaf that is missing, one too many
  CHECK(!verify(property, proving::with_checksum(text.substr(0, nodes) + "nodes 2\n0 m\n")).covers);
  CHECK(!verify(property, proving::with_checksum(text.substr(0, nodes) + "nodes 4\n0 m m m\n")).covers);
  // every leaf by the other test
  std::string swapped = text.substr(text.find('\n', nodes), text.rfind("checksum") - text.find('\n', nodes));
  for (char& c : swapped) c = c == 'm' ? 's' : (c == 's' ? 'm' : c);
  const std::string head = text.substr(0, text.find('\n', nodes));
  CHECK(verify(property, proving::with_checksum(head + swapped)).refused >= check.leaves - 2);
  // a wider box
  const auto wider =
      verify(pc::polyak_lojasiewicz(karimi, 0, 0.17553), proving::forged(text, "box -0x1.4p+4", "box -0x1.4p+9"));
  CHECK(wider.refused > 0);
  // "zeros" that are none
  const std::string false_text = proving::forged(text, mu, "mu " + pc::hex_float(stronger.mu()));
  const auto trusting =
      verify(stronger, proving::forged(false_text, "nodes", "zero " + pc::hex_float(2.2017) + "\nnodes"));
  CHECK(!trusting.verified());
}

TEST_CASE("proofs of pairs pass the second arithmetic") {
  const tests::TemporaryFolder folder;
  const Function<> bowl(Kind::bowl, 0.3), bump(Kind::bump, 0, 1), quartic(Kind::quartic);
  for (const auto& [f, box] :
       {std::pair{bowl, square(-1, 1)}, std::pair{bump, interval(0.578, 2)}, std::pair{quartic, interval(0.1, 2)}}) {
    const auto property = pc::convexity(f);
    const auto report = pc::prove(property, box);
    pc::write_proof(folder.path() / "proof", report);
    const auto check = pc::verify_proof(property, folder.path() / "proof");
    INFO(check);
    CHECK(check.verified());
    CHECK(pc::verify_proof(pc::ProxyConvexity{f, f, f}, folder.path() / "proof").refused == report.second_order);
  }
}

TEST_CASE("MPFR's intervals lie in the library's own, and hold 50 digits") {
  const int repeats = tests::scaled_count(20'000);
  for (int repeat = 0; repeat < repeats; ++repeat) {
    pc::RandomStream stream{pc::Seed{13}, static_cast<std::uint64_t>(repeat)};
    const double x = stream.uniform(0.25, 4), y = stream.uniform(-3, 3);
    const double radius = stream.below(4) == 0 ? 0 : std::exp2(stream.uniform(-40, 1));
    const pc::Interval wide_x{std::max(x - radius, 0.25), x + radius}, wide_y{y - radius, y + radius};
    const double at_x = stream.uniform(wide_x.lower(), wide_x.upper()), at_y = std::min(y + radius, wide_y.upper());
    for (int k = 0; k < proving::slope_formulas; ++k) {
      const pc::Interval own = proving::slope_formula(k, wide_x, wide_y);
      const auto wide = proving::slope_formula(k, pc::MpfrInterval(wide_x), pc::MpfrInterval(wide_y));
      INFO("formula " << k << ", x " << wide_x << ", y " << wide_y << ": " << wide << " in " << own);
      const pc::Interval ends{wide.lower(), wide.upper()};
      CHECK(subset(ends, own));
      CHECK(proving::holds(ends, proving::slope_formula<pc::FiftyDigits>(k, at_x, at_y)));
      const auto point = proving::slope_formula(k, pc::MpfrInterval(at_x), pc::MpfrInterval(at_y));
      CHECK(point.upper() - point.lower() <= 1e-15 * std::abs(point.upper()) + 1e-30);
    }
  }
}

#endif
