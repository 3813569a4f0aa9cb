// SPDX-License-Identifier: MIT
#pragma once

// The programs of this folder, each with its command line and its exit status: 0, 1, or 2 for bad input.

namespace verify_network {

[[nodiscard]] int verify(int argc, char** argv);          ///< verify_network
[[nodiscard]] int replay_witness(int argc, char** argv);  ///< replay_witness FILE

}  // namespace verify_network
