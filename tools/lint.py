#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Formatting by .clang-format (format) and naming by .clang-tidy (tidy).

clang-tidy sees all headers and examples in one translation unit, and templates as they are written: it ends before
they are instantiated, which would take three quarters of the time.
"""

import argparse
import shutil
import sys

import project


THE_END = "the end, where templates would be instantiated"  # no such file: a fatal error, and clang leaves that out


def tool(name):
    """Debian 12's version 14 where it is there: other versions format differently."""
    return shutil.which(f"{name}-14") or name


def check_format(runner):
    command = tool("clang-format")
    project.version(command)
    paths = project.files(*project.CPP)
    for first in range(0, len(paths), 20):  # starting the program takes longer than a file does
        some = paths[first:first + 20]
        runner.add(f"{project.name(some[0])} ... {project.name(some[-1])}", [command, "--dry-run", "-Werror", *some])


def everything():
    """One source that includes all headers, and all examples, each program in a namespace of its own.

    What the examples include of others comes before their namespaces, so that it is not read again inside.
    """
    examples = project.files(".cpp", under="examples/")
    programs = {}
    for path in examples:
        name = path.relative_to(project.ROOT / "examples").parts[0].removesuffix(".cpp")
        name = path.stem if path.stem.startswith("main_") else name
        programs.setdefault(name, []).append(path)
    readable = project.readable_headers()
    headers = {project.name(header) for header in readable}
    for path in set().union(*map(project.closure, examples)):
        headers.update(what for bracket, what in project.includes(path) if bracket == "<" and what != "mpi.h" and
                       (not (project.INCLUDE / what).is_file() or project.INCLUDE / what in readable))
    lines = [f"#include <{header}>" for header in sorted(headers)]
    parts = [path for path in project.files(".hpp", under="examples/") + examples
             if path.parent.name != "examples" and not path.name.startswith("main")]
    lines += [f'#include "{path}"' for path in parts]  # they bring a namespace; explicit instantiations need no other
    for name, paths in sorted(programs.items()):
        paths = [path for path in paths if path not in parts]
        lines += [f"namespace example_{name} {{", *(f'#include "{path}"' for path in paths), "}"]
    return "\n".join([*lines, f'#include "{THE_END}"']) + "\n"


def reached_the_end(_status, output):
    """Whether the end was read, and nothing was found before it."""
    errors = [line for line in output.splitlines() if ": error: " in line]
    return len(errors) == 1 and THE_END in errors[0]


def check_tidy(runner):
    command = tool("clang-tidy")
    config = project.ROOT / ".clang-tidy"
    path = runner.generated("everything.cpp", everything())
    flags = ["-std=c++20", "-I", project.INCLUDE]
    flags += [word for each in project.third_party() for word in ("-isystem", each)]
    runner.add("names", [command, "--quiet", f"--config-file={config}", "--warnings-as-errors=*",
                         f"--header-filter=^{project.ROOT}/(include|examples)/", path, "--", *flags],
               inputs=[*project.closure(path), config], text=project.version(command), passed=reached_the_end)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["format", "tidy"])
    parser.add_argument("--checked", help="folder that remembers what passed")
    given = parser.parse_args()
    runner = project.Runner(given.checked)
    if given.what == "format":
        check_format(runner)
    else:
        check_tidy(runner)
    return runner.run()


if __name__ == "__main__":
    sys.exit(main())
