// SPDX-License-Identifier: MIT
//
// Does gradient descent on my network and my data obey the inequality that a theorem claims, and does the run keep the
// guarantee? `verify_network --help` lists the flags; without any it studies an embedded noisy halfspace.

#include "programs.hpp"

int main(int argc, char** argv) { return verify_network::verify(argc, argv); }
