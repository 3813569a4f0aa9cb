// SPDX-License-Identifier: MIT
#include <proxcvx/io/proof_file.hpp>

#include "output.hpp"

// What others can check again: witnesses and proofs, a file each.

namespace verify_network {

void write_witnesses(const std::filesystem::path& folder, const pc::WitnessOrigin& origin, Outcome& outcome) {
  for (PropertyOutcome& property : outcome.properties) {
    property.witness_files.clear();
    const auto write = [&](const std::string& verb, const auto& report) {
      const std::string name = "witness-" + property.report.property + "-" + verb + ".txt";
      std::error_code ignored;
      std::filesystem::remove(folder / name, ignored);  // that of an earlier run would be a lie
      if (!report.witness || !report.witness->stands) return;
      pc::write_witness(folder / name, report, origin);
      property.witness_files.push_back(name);
    };
    write("check", property.report);
    write("falsify", property.search.value_or(pc::FalsifyReport{}));
    write("prove", property.proof.value_or(pc::ProofReport{}));
    write("monitor", property.monitored.value_or(pc::MonitorReport{}).inequality);
  }
}

void write_proofs(const std::filesystem::path& folder, Outcome& outcome) {
  for (PropertyOutcome& property : outcome.properties) {
    const std::string name = "proof-" + property.report.property + ".txt";
    std::error_code ignored;
    std::filesystem::remove(folder / name, ignored);  // that of an earlier run would be a lie
    property.proof_file.clear();
    if (!property.proof || property.proof->verdict() != pc::Verdict::proved_on_box) continue;
    pc::write_proof(folder / name, *property.proof);
    property.proof_file = name;
  }
}

}  // namespace verify_network
