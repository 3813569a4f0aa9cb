#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Formatting by .clang-format (format) and naming by .clang-tidy (tidy).

clang-tidy sees all headers in one translation unit, and each example.
"""

import argparse
import shutil
import sys

import project


def tool(name):
    """Debian 12's version 14 where it is there: other versions format differently."""
    return shutil.which(f"{name}-14") or name


def check_format(runner):
    command = tool("clang-format")
    project.version(command)
    for path in project.files(*project.CPP):
        runner.add(project.name(path), [command, "--dry-run", "-Werror", path])


def examples(runner):
    """The sources of the examples; those of a folder in one translation unit, which is read once."""
    sources = project.files(".cpp", under="examples/")
    folders = {}
    for path in sources:
        if path.parent != project.ROOT / "examples":
            folders.setdefault(path.parent, []).append(path)
    whole = [runner.generated(f"{folder.name}_all.cpp", "".join(f'#include "{path}"\n' for path in paths))
             for folder, paths in sorted(folders.items())]
    return [path for path in sources if path.parent not in folders] + whole


def check_tidy(runner):
    command = tool("clang-tidy")
    config = project.ROOT / ".clang-tidy"
    lines = "".join(f"#include <{project.name(header)}>\n" for header in project.headers())
    all_headers = runner.generated("all_headers.cpp", lines)
    flags = ["-std=c++20", "-I", project.INCLUDE]
    flags += [word for each in project.third_party() for word in ("-isystem", each)]
    for path in [all_headers, *examples(runner)]:
        runner.add("all headers" if path == all_headers else project.name(path),
                   [command, "--quiet", f"--config-file={config}", "--warnings-as-errors=*",
                    f"--header-filter=^{project.ROOT}/(include|examples)/", path, "--", *flags],
                   inputs=[*project.closure(path), config], text=project.version(command))


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
