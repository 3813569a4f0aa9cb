#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Intervals contain the exact results whatever the compiler and its flags: the test of containment, compiled in
two ways; with PROXCVX_LONG=1 in six, and with 200 times as many operations.

Without MPFR the results are held against 50 digits, for a hundredth of the operations.
"""

import argparse
import itertools
import os
import subprocess
import sys

import project

ALL = [*itertools.product(("g++", "clang++"), (("-O0",), ("-O2",), ("-O3", "-march=native")))]
FEW = [("g++", ("-O2",)), ("clang++", ("-O3", "-march=native"))]
MPFR = ("-lmpfr", "-lgmp")

PROGRAM = """#include <cstdlib>
#include <iostream>
#include "core/interval_containment.hpp"

int main(int, char** arguments) {
  const proxcvx::Index count = std::atoll(arguments[1]) / (tests::reference_is_mpfr ? 1 : 100);
  int failures = 0;
  for (const tests::Operation& operation : tests::all_operations()) {
    const tests::Containment found = tests::test_containment(operation, count, proxcvx::Seed{5});
    if (found.outside == 0 && found.loose == 0 && found.results > count) continue;
    std::cout << found.name << ": " << found.outside << " of " << found.results << " not contained, " << found.loose
              << " too wide; " << found.first_failure << std::endl;
    ++failures;
  }
  return failures;
}
"""


def main():
    long_run = os.environ.get("PROXCVX_LONG", "0") not in ("", "0")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checked", help="folder that remembers what passed")
    parser.add_argument("--operations", type=int, default=10_000_000 if long_run else 50_000, help="per function")
    given = parser.parse_args()
    runner = project.Runner(given.checked)
    source = runner.generated("interval_matrix.cpp", PROGRAM)
    third_party = [word for each in project.third_party() for word in ("-isystem", each)]
    links = subprocess.run(["g++", "-x", "c++", "-include", "mpfr.h", "-", *MPFR, "-o", os.devnull], check=False,
                           input="int main() {}", capture_output=True, text=True).returncode == 0
    reference = MPFR if links else ("-DPROXCVX_TESTS_WITHOUT_MPFR",)
    inputs = project.closure(source) | project.closure(project.ROOT / "tests/core/interval_containment.hpp")
    for compiler, flags in ALL if long_run else FEW:
        program = runner.folder() / f"interval_matrix_{compiler}{''.join(flags)}"
        compile_it = [compiler, "-std=c++20", *flags, "-I", project.INCLUDE, "-I", project.ROOT / "tests", *third_party,
                      source, *reference, "-o", program]
        runner.add(" ".join([compiler, *flags]), compile_it, inputs=inputs, text=project.version(compiler),
                   steps=[[program, given.operations]])
    return runner.run()


if __name__ == "__main__":
    sys.exit(main())
