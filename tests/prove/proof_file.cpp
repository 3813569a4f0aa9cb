// SPDX-License-Identifier: MIT
#include <proxcvx/io/proof_file.hpp>
#include <proxcvx/objectives/test_functions.hpp>

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

namespace {

std::string with_checksum(const std::string& body) { return body + pc::detail::checksum_line(body); }

/// The text without its checksum, with one part replaced.
std::string forged(const std::string& text, const std::string& part, const std::string& by) {
  std::string body = text.substr(0, text.rfind("checksum"));
  const std::size_t at = body.find(part);
  REQUIRE(at != std::string::npos);
  return with_checksum(body.replace(at, part.size(), by));
}

}  // namespace

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
    CHECK_THROWS_WITH(pc::parse_proof(forged(text, part, by), "forged"), ContainsSubstring(line));
  }
}

#if !defined(PROXCVX_TESTS_WITHOUT_MPFR)

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
  const auto false_claim = verify(stronger, forged(text, mu, "mu " + pc::hex_float(stronger.mu())));
  CHECK(!false_claim.verified());
  CHECK(false_claim.refused > 0);
  CHECK(!verify(property, forged(text, "statement ||", "statement |")).verified());
  // all of the box at once, by either test
  const std::size_t nodes = text.find("nodes");
  for (const std::string leaf : {"m", "s"}) {
    const auto whole = verify(property, with_checksum(text.substr(0, nodes) + "nodes 1\n" + leaf + "\n"));
    CHECK(!whole.verified());
    CHECK(whole.refused == 1);
  }
  // a leaf that is missing, one too many
  CHECK(!verify(property, with_checksum(text.substr(0, nodes) + "nodes 2\n0 m\n")).covers);
  CHECK(!verify(property, with_checksum(text.substr(0, nodes) + "nodes 4\n0 m m m\n")).covers);
  // every leaf by the other test
  std::string swapped = text.substr(text.find('\n', nodes), text.rfind("checksum") - text.find('\n', nodes));
  for (char& c : swapped) c = c == 'm' ? 's' : (c == 's' ? 'm' : c);
  const std::string head = text.substr(0, text.find('\n', nodes));
  CHECK(verify(property, with_checksum(head + swapped)).refused >= check.leaves - 2);
  // a wider box
  const auto wider = verify(pc::polyak_lojasiewicz(karimi, 0, 0.17553), forged(text, "box -0x1.4p+4", "box -0x1.4p+9"));
  CHECK(wider.refused > 0);
  // "zeros" that are none
  const std::string false_text = forged(text, mu, "mu " + pc::hex_float(stronger.mu()));
  const auto trusting = verify(stronger, forged(false_text, "nodes", "zero " + pc::hex_float(2.2017) + "\nnodes"));
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
