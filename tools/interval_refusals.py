#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Programs that intervals must refuse to be part of: by which compiler, under which flags, and in which words."""

import argparse
import re
import subprocess
import sys

import project

USE = """#include <proxcvx/core/interval.hpp>
bool answer(proxcvx::Interval x, proxcvx::Interval y) { return %s; }
"""
ORDERED = ("x < y", "x > y", "x <= y", "x >= y", "x < 1", "0.5 >= x")
FAST_MATH = "error: .*proxcvx: .*compile .*without"
NO_ORDER = "UseCertainlyLessOrPossiblyLess "

# The expression, the flags, and what the compiler must say how often at the least; None: it must accept the program.
CASES = [("certainly_less(x, y) || x == y", ["-fsyntax-only"], None, 0),
         *(("x == y", ["-E", "-Wfatal-errors", flag], FAST_MATH, 1) for flag in ("-ffast-math", "-Ofast", "-ffinite-math-only")),
         (" || ".join(ORDERED), ["-fsyntax-only"], NO_ORDER, len(ORDERED))]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("compilers", nargs="+")
    given = parser.parse_args()
    third_party = [word for each in project.third_party() for word in ("-isystem", each)]
    failures = 0
    for compiler in given.compilers:
        for expression, flags, expected, times in CASES:
            command = [compiler, "-std=c++20", *flags, "-I", str(project.INCLUDE), *third_party,
                       "-x", "c++", "-"]
            done = subprocess.run(command, input=USE % expression, capture_output=True, text=True, check=False)
            lines = [line for line in done.stderr.splitlines() if expected and re.search(expected, line)]
            if (done.returncode == 0) != (expected is None) or len(lines) < times:
                failures += 1
                print(f"FAILED {' '.join([compiler, *flags])}: {expression}: expected {expected or 'no complaint'}\n"
                      f"{done.stderr}")
    count = len(CASES) * len(given.compilers)
    print(f"{count - failures} of {count} passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
