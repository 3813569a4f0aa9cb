#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The rules of the house that no compiler knows: which folder may include which, and how a file looks."""

import re
import sys

import figures
import project

# A folder includes only folders above it in this list.
FOLDERS = ("core data networks gram objectives proxies properties regions optimize verify guarantees instances "
           "diffusion particles io plot distributed").split()
# ... and not even some of those, or of those some alone.
NEVER = {"verify": {"networks"}}
ONLY = {"guarantees": {"core"}}
# The one header that may include a third party that every user has; it keeps strict warnings out of it.
WRAPPERS = {"Eigen/": "proxcvx/core/eigen.hpp", "unsupported/Eigen/": None, "Random123/": "proxcvx/core/philox.hpp",
            "boost/math/": "proxcvx/verify/incomplete_beta.hpp", "boost/multiprecision/": "proxcvx/core/fifty_digits.hpp"}
OPTIONAL = re.compile(r"^(nlohmann/|zlib\.h|mpfr|mpi\.h|onnx|CLI/)")
MAX_LINES = 350
MAX_PICTURE = 200_000  # bytes
UMBRELLA = "proxcvx/proxcvx.hpp"
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")

complaints = []


def complain(path, what):
    complaints.append(f"{project.name(path)}: {what}")


def folder_of(header):
    """core for proxcvx/core/types.hpp, nothing for proxcvx/version.hpp."""
    parts = header.split("/")
    return parts[1] if len(parts) > 2 else ""


def check_look(path):
    lines = path.read_text(encoding="utf-8").split("\n")
    comment = "//" if path.suffix in project.CPP else "#"
    spdx = f"{comment} SPDX-License-Identifier: MIT"
    if spdx not in (lines[:2] if lines[0].startswith("#!") else lines[:1]):
        complain(path, f"the first line is not '{spdx}'")
    if path.suffix == ".hpp" and (len(lines) < 2 or lines[1] != "#pragma once"):
        complain(path, "the second line is not #pragma once")
    if lines[-1] != "":
        complain(path, "no newline at the end")
    top = project.name(path).split("/")[0]
    if top in ("proxcvx", "examples") and len(lines) - 1 > MAX_LINES:
        complain(path, f"{len(lines) - 1} lines, more than {MAX_LINES}: more than one idea?")
    if top in ("proxcvx", "examples", "tests", "benchmarks"):
        for number, line in enumerate(lines, 1):
            if UNFINISHED.search(line):
                complain(path, f"line {number}: a mark of unfinished work")


def check_includes(header):
    own = project.name(header)
    folder = folder_of(own)
    if folder and folder not in FOLDERS:
        complain(header, f"{folder}/ has no place in the order of folders")
        return
    for bracket, what in project.includes(header):
        if bracket != "<":
            complain(header, f'includes "{what}" in quotes')
        for prefix, wrapper in WRAPPERS.items():
            if what.startswith(prefix) and own != wrapper:
                complain(header, f"includes <{what}>, which is for {wrapper or 'nobody'}")
        if not what.startswith("proxcvx/"):
            continue
        if not (project.INCLUDE / what).is_file():
            complain(header, f"includes <{what}>, which does not exist")
        theirs = folder_of(what)
        if own == UMBRELLA or theirs in ("", folder) and what != UMBRELLA:
            continue
        if what == UMBRELLA:
            complain(header, "includes the umbrella")
        elif theirs not in FOLDERS or FOLDERS.index(theirs) > FOLDERS.index(folder or FOLDERS[0]):
            complain(header, f"{folder}/ may not include {theirs}/, which is below it")
        elif theirs in NEVER.get(folder, ()) or theirs not in ONLY.get(folder, {theirs}):
            complain(header, f"{folder}/ may not include {theirs}/")


def check_umbrella():
    """proxcvx.hpp reaches every header that needs no optional dependency, and no other."""
    umbrella = project.INCLUDE / UMBRELLA
    if not umbrella.is_file():
        complain(umbrella, "is missing")
        return
    reached = project.closure(umbrella)
    for header in project.headers():
        optional = sorted({what for each in project.closure(header) for _, what in project.includes(each)
                           if OPTIONAL.match(what)})
        if header in reached and optional and header != umbrella:
            complain(header, f"is reached from the umbrella and needs <{optional[0]}>")
        if header not in reached and not optional:
            complain(header, "is not reached from the umbrella, though it needs no optional dependency")


def check_version():
    text = (project.INCLUDE / "proxcvx/version.hpp").read_text()
    numbers = ".".join(re.search(rf"PROXCVX_VERSION_{part} (\d+)", text)[1] for part in ("MAJOR", "MINOR", "PATCH"))
    if f'PROXCVX_VERSION_STRING "{numbers}"' not in text:
        complain(project.INCLUDE / "proxcvx/version.hpp", "the string is not the three numbers")
    if f"\nversion: {numbers}\n" not in (project.ROOT / "CITATION.cff").read_text():
        complain(project.ROOT / "CITATION.cff", f"the version is not {numbers}")


def check_pictures():
    """Each picture is drawn by ./dev figures, is small, and is shown on a page."""
    drawn = {name for _, _, pictures in figures.FIGURES for name in pictures.values()}
    documents = [project.ROOT / "README.md", *project.files(".md", under="docs/")]
    pages = "".join(path.read_text(encoding="utf-8") for path in documents)
    pictures = project.files(".svg", under="docs/pictures/")
    for name in sorted(drawn - {path.stem for path in pictures}):
        complain(figures.PICTURES / f"{name}.svg", "is missing: ./dev figures draws it")
    for path in pictures:
        if path.stem not in drawn:
            complain(path, "is drawn by nothing in tools/figures.py")
        if f"pictures/{path.name})" not in pages:
            complain(path, "is on no page")
        if path.stat().st_size > MAX_PICTURE:
            complain(path, f"{path.stat().st_size} bytes, more than {MAX_PICTURE}")


def main():
    for path in project.files(".hpp", ".cpp", ".py", ".cmake", "CMakeLists.txt", "/run", "dev", "/sanitized"):
        check_look(path)
    for header in project.headers():
        check_includes(header)
    check_umbrella()
    check_version()
    check_pictures()
    print("\n".join(complaints) if complaints else "the house is in order")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
