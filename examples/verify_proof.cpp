// SPDX-License-Identifier: MIT

// "Somebody sends me a proof file. Do I have to trust the program that made it?"
//
//   verify_proof FILE...    checks each file; ends with 0 if all are verified, 1 if one is not, 2 if one is no proof
//   verify_proof            proves the sharp PL modulus of x^2 + 3 sin^2 x, checks the file, and forges it
//
// The boxes are cut again as the file says, and each leaf is tested again in 128-bit MPFR intervals. A file does not
// hold a function: this program knows those of the library by the names that their claims print. For a function or data
// of your own, call pc::verify_proof(claim, file) with the claim (docs/how-to/prove.md).

#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>
#include <proxcvx/io/verify_proof.hpp>
#include <proxcvx/proxcvx.hpp>
#include <string>

namespace pc = proxcvx;

namespace {

double constant(const pc::Proof& proof, const std::string& name) {
  for (const auto& [known, value] : proof.constants) {
    if (known == name) return value;
  }
  throw std::invalid_argument("the proof names no constant " + name);
}

/// Checks the proof if it is one about f, as proxy PL with g = f or as convexity.
template <class F> std::optional<pc::ProofCheck> check_about(const F& f, const pc::Proof& proof) {
  pc::ProofCheck check;
  if (proof.property == "proxy-pl") {
    const pc::ProxyPLConstants constants{
        .alpha = constant(proof, "alpha"), .mu = constant(proof, "mu"), .xi = constant(proof, "xi")};
    check = pc::verify_proof(pc::ProxyPL<F, F>{f, f, constants}, proof);
  } else {
    check = pc::verify_proof(pc::convexity(f), proof);
  }
  return check.difference.empty() ? std::optional{check} : std::nullopt;
}

/// Prints what became of a file; the status to end with.
int report(const std::filesystem::path& file) {
  try {
    const pc::Proof proof = pc::read_proof(file);
    std::cout << proof.property << ": " << proof.statement << '\n';
    for (const auto& [name, value] : proof.constants) std::cout << "  " << name << " = " << value << '\n';
    std::cout << "  on " << pc::detail::box_text(proof.low, proof.high) << '\n';
    std::optional<pc::ProofCheck> check = check_about(pc::SquarePlusSine<>{}, proof);
    if (!check) check = check_about(pc::Quartic<>{}, proof);
    if (!check) check = check_about(pc::Saddle<>{}, proof);
    if (!check) {
      std::cout << "not verified: no function that this program knows\n";
      return 1;
    }
    std::cout << *check;
    return check->verified() ? 0 : 1;
  } catch (const std::exception& error) {
    std::cout << "no proof: " << error.what() << '\n';
    return 2;
  }
}

int demonstrate() {
  const auto claim = pc::polyak_lojasiewicz(pc::SquarePlusSine<>{}, 0, 0.17553);
  const pc::Box box{pc::Vector<double>::Constant(1, -20.0), pc::Vector<double>::Constant(1, 20.0)};
  const pc::ProofReport proof = pc::prove(claim, box, {.seconds = 10});
  std::cout << proof << '\n';
  const std::filesystem::path file = "x2_plus_3_sin2.proof";
  pc::write_proof(file, proof);
  const int verified = report(file);

  std::cout << "\nThe same claim with one leaf, the whole box, in place of the tree:\n";
  pc::Proof forged = pc::read_proof(file);
  forged.nodes.assign(1, {-1, pc::LeafTest::mean_value});
  const pc::ProofCheck check = pc::verify_proof(claim, forged);
  std::cout << check;
  return verified == 0 && !check.verified() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return demonstrate();
  int status = 0;
  for (int i = 1; i < argc; ++i) {
    std::cout << argv[i] << '\n';
    status = std::max(status, report(argv[i]));
  }
  return status;
}
