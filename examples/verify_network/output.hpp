// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <iosfwd>

#include <proxcvx/io/witness_file.hpp>

#include "outcome.hpp"

// An outcome as a table, as report.json, and as report.html with its pictures.

namespace verify_network {

/// Prints the checks' tables and the run beside its guarantees.
void print(std::ostream& out, const Outcome& outcome);

/// Writes a file for each verb that found a violation which stands, folder/witness-CLAIM-VERB.txt, and names them in
/// the outcome.
void write_witnesses(const std::filesystem::path& folder, const pc::WitnessOrigin& origin, Outcome& outcome);

/// Writes folder/proof-CLAIM.txt for each claim that was proved on its cube, and names it in the outcome.
void write_proofs(const std::filesystem::path& folder, Outcome& outcome);

/// Writes folder/report.json, whole or not at all.
void write_json_report(const std::filesystem::path& folder, const Outcome& outcome);

/// Draws the pictures and writes folder/report.html around them. Returns what is to be said about pictures that could
/// not be drawn, or nothing.
[[nodiscard]] std::string write_page_with_pictures(const std::filesystem::path& folder, const Outcome& outcome);

}  // namespace verify_network
