#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles headers, and tests/strict/*.cpp, with the project's strict warnings as errors, by one compiler.

All headers in one translation unit, with third parties by -isystem, as a careful consumer has them, and once more by
plain -I; then each header alone, by -isystem. --full tries the other way on each header too; --together leaves out the
headers alone: that a header includes what it needs does not depend on the compiler, and one of two may show it.

A header is alone where nothing stands before it that it does not include itself. So what it includes of third parties
may be read from a precompiled header, and a chain of headers, each of which includes the one before, is one job.
"""

import argparse
import pathlib
import sys

import project

WARNINGS = ("-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wdouble-promotion "
            "-Werror").split()


# The headers that include third parties, each with all before it, which is what takes the time.
WRAPPERS = ("proxcvx/core/eigen.hpp", "proxcvx/core/fifty_digits.hpp")


def wrapper(inputs):
    """The largest wrapper among the inputs, or nothing."""
    known = [header for header in WRAPPERS if project.INCLUDE / header in inputs]
    return known[-1] if known else None


def chains(headers):
    """The headers in as few chains as there can be; in each, what all include of third parties is the same."""
    closures = {header: project.closure(header) for header in headers}
    includers = {header: [other for other in headers if other != header and header in closures[other] and
                          wrapper(closures[other]) == wrapper(closures[header])] for header in headers}
    previous = {}  # a maximum matching of headers with the next ones in their chains

    def extend(header, seen):
        for other in includers[header]:
            if other not in seen:
                seen.add(other)
                if other not in previous or extend(previous[other], seen):
                    previous[other] = header
                    return True
        return False

    for header in headers:
        extend(header, set())
    following = {header: other for other, header in previous.items()}
    for header in headers:
        if header not in previous:
            chain = [header]
            while chain[-1] in following:
                chain.append(following[chain[-1]])
            yield chain


def add(runner, compiler, label, source, how, *flags):
    third_party = [word for each in project.third_party() for word in (how, each)]
    flags = ["-std=c++20", *WARNINGS, *flags, "-I", str(project.INCLUDE), *third_party]
    inputs = project.closure(source)
    if how == "-isystem" and wrapper(inputs):  # by plain -I, g++ would forget the wrappers' pragmas
        flags += runner.precompiled(compiler, wrapper(inputs), flags)
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

    headers = [path.resolve() for path in given.headers] or project.readable_headers()
    files = [] if given.headers else project.files(".cpp", under="tests/strict/")
    sources = [(project.name(path), path) for path in files]
    runner = project.Runner(given.checked)
    if not given.headers:
        lines = "".join(f"#include <{project.name(header)}>\n" for header in headers)
        all_headers = runner.generated("strict_all_headers.cpp", lines)
        add(runner, given.compiler, "all headers", all_headers, "-I", "-fopenmp")
        add(runner, given.compiler, "all headers", all_headers, "-isystem", "-fopenmp")
    for chain in () if given.together else chains(headers):
        names = [project.name(header) for header in chain]
        path = runner.generated(names[-1].replace("/", ".") + ".cpp", "".join(f"#include <{each}>\n" for each in names))
        sources.append((", ".join(names), path))
    for label, path in sources:
        for how in ("-isystem", "-I") if given.full else ("-isystem",):
            add(runner, given.compiler, label, path, how)
    return runner.run()


if __name__ == "__main__":
    sys.exit(main())
