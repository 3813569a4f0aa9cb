#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles every header alone, and tests/strict/*.cpp, with the project's strict warnings as errors, by one compiler.

Eigen comes by plain -I, which shows whatever third parties by -isystem, as a careful consumer has them, would show, and
more. So by default that other way is tried on all headers in one translation unit; --full tries it on each alone too.
"""

import argparse
import pathlib
import sys

import project

WARNINGS = ("-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wdouble-promotion "
            "-Werror").split()


def add(runner, compiler, label, source, how, *flags):
    third_party = [word for each in project.third_party() for word in (how, each)]
    runner.add(f"{label} by {compiler}, Eigen by {how}",
               [compiler, "-std=c++20", "-fsyntax-only", *WARNINGS, *flags, "-I", project.INCLUDE, *third_party,
                source],
               inputs=project.closure(source), text=project.version(compiler))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--checked", help="folder that remembers what passed")
    parser.add_argument("--full", action="store_true", help="each file both ways, twice the time")
    parser.add_argument("headers", nargs="*", type=pathlib.Path, help="default: all")
    given = parser.parse_args()

    headers = [path.resolve() for path in given.headers] or project.headers()
    sources = [] if given.headers else project.files(".cpp", under="tests/strict/")
    runner = project.Runner(given.checked)
    if not given.headers:
        lines = "".join(f"#include <{project.name(header)}>\n" for header in headers)
        add(runner, given.compiler, "all headers", runner.generated("strict_all_headers.cpp", lines), "-isystem",
            "-fopenmp")
    for path in headers + sources:
        label = project.name(path)
        if path.suffix == ".hpp":  # as the main file it would be warned for its #pragma once
            path = runner.generated(label.replace("/", ".") + ".cpp", f"#include <{label}>\n")
        for how in ("-I", "-isystem") if given.full else ("-I",):
            add(runner, given.compiler, label, path, how)
    return runner.run()


if __name__ == "__main__":
    sys.exit(main())
