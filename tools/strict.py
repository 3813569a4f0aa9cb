#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles headers, and tests/strict/*.cpp, with the project's strict warnings as errors, by one compiler.

All headers in one translation unit, with third parties by -isystem, as a careful consumer has them, and once more by
plain -I; then each header alone, by -isystem. --full tries the other way on each header too; --together leaves out the
headers alone: that a header includes what it needs does not depend on the compiler, and one of two may show it. What a
header includes of third parties is read from a precompiled header, which holds nothing that the header does not include
itself: it is still alone.
"""

import argparse
import pathlib
import sys

import project

WARNINGS = ("-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wdouble-promotion "
            "-Werror").split()


# The headers that include third parties, each with all before it, which is what takes the time.
WRAPPERS = ("proxcvx/core/eigen.hpp", "proxcvx/core/fifty_digits.hpp")


def add(runner, compiler, label, source, how, *flags):
    third_party = [word for each in project.third_party() for word in (how, each)]
    flags = ["-std=c++20", *WARNINGS, *flags, "-I", str(project.INCLUDE), *third_party]
    inputs = project.closure(source)
    known = [header for header in WRAPPERS if project.INCLUDE / header in inputs]
    if how == "-isystem" and known:  # by plain -I, g++ would forget the wrappers' pragmas
        flags += runner.precompiled(compiler, known[-1], flags)
    runner.add(f"{label} by {compiler}, Eigen by {how}", [compiler, "-fsyntax-only", *flags, source], inputs=inputs,
               text=project.version(compiler))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--checked", help="folder that remembers what passed")
    parser.add_argument("--full", action="store_true", help="each file both ways, twice the time")
    parser.add_argument("--together", action="store_true", help="all headers in one translation unit, none alone")
    parser.add_argument("headers", nargs="*", type=pathlib.Path, help="default: all")
    given = parser.parse_args()

    headers = [path.resolve() for path in given.headers] or project.headers()
    sources = [] if given.headers else project.files(".cpp", under="tests/strict/")
    runner = project.Runner(given.checked)
    if not given.headers:
        lines = "".join(f"#include <{project.name(header)}>\n" for header in headers)
        all_headers = runner.generated("strict_all_headers.cpp", lines)
        add(runner, given.compiler, "all headers", all_headers, "-I", "-fopenmp")
        add(runner, given.compiler, "all headers", all_headers, "-isystem", "-fopenmp")
    for path in sources if given.together else headers + sources:
        label = project.name(path)
        if path.suffix == ".hpp":  # as the main file it would be warned for its #pragma once
            path = runner.generated(label.replace("/", ".") + ".cpp", f"#include <{label}>\n")
        for how in ("-isystem", "-I") if given.full else ("-isystem",):
            add(runner, given.compiler, label, path, how)
    return runner.run()


if __name__ == "__main__":
    sys.exit(main())
