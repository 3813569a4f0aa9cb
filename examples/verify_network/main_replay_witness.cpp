// SPDX-License-Identifier: MIT
//
// Does a violation that verify_network found still stand? `replay_witness FILE` rebuilds the problem that the witness
// file names, evaluates the inequality there in up to 50 digits, and exits with 1 when the violation stands, 0 when it
// does not, 2 when the file or its data is bad. Without arguments it makes a witness of a false claim and replays it.

#include "programs.hpp"

int main(int argc, char** argv) { return verify_network::replay_witness(argc, argv); }
