// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <iosfwd>
#include <proxcvx/io/witness_file.hpp>
#include <string>

#include "options.hpp"

// A witness with all that it takes to see the violation again: the flags of the problem, the data and its checksum, the
// point in hexadecimal floats. `verify_network --replay FILE` and `replay_witness FILE` are the same.

namespace verify_network {

/// The problem's flags, its files and their checksums, as a witness file holds them. Throws std::invalid_argument where
/// a file can't be read.
[[nodiscard]] proxcvx::WitnessOrigin origin_of(const Options& options);

/// Evaluates the witness again and says in a few lines on `out`, where there is one, what became of it. Returns 1 where
/// the violation stands, 0 where it does not. Throws std::invalid_argument or std::runtime_error, naming the file,
/// where it is no witness file, was altered, or is of no problem of this program, or where its data is missing or has
/// changed.
[[nodiscard]] int replay(const std::filesystem::path& file, int threads, std::ostream* out);

}  // namespace verify_network
