#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles and runs every ```cpp block of README.md and docs/**/*.md.

A block with `int main` is a program: it must compile and end with status 0. The blocks of all pages, each in a
namespace of its own, are one translation unit: what they share of templates is instantiated once, which takes half of
the time that two units would. An HTML comment on the line above a block says otherwise:

  <!-- fragment -->        the body of a function, after the umbrella header and `namespace pc = proxcvx;`: compiled
  <!-- declarations -->    the same, but at namespace level
  <!-- compile-only -->    a program that is not run here
  <!-- arguments: A B -->  a program that is run with these arguments

A block of another kind is an error, so that no code in the docs goes unread by a compiler.
"""

import argparse
import pathlib
import re
import shlex
import sys

import project

OPENING = r"```(?:cpp|c\+\+|C\+\+)"
FENCE = re.compile(rf"^(?P<above>[^\n]*)\n(?P<indent> *){OPENING}[^\n]*\n(?P<code>.*?)\n(?P=indent)```[ \t]*$",
                   re.MULTILINE | re.DOTALL)
MARK = re.compile(r"^\s*<!--\s*(fragment|declarations|compile-only|arguments)\s*(?::\s*(.*?))?\s*-->\s*$")
UMBRELLA = "proxcvx/proxcvx.hpp"
PROLOGUE = "namespace pc = proxcvx;\n"


class Block:
    def __init__(self, path, text, match):
        self.line = text.count("\n", 0, match.start("code")) + 1
        self.place = f"{project.name(path)}:{self.line}"
        indent = len(match["indent"])
        self.code = "\n".join(line[indent:] for line in match["code"].split("\n")) + "\n"
        mark = MARK.match(match["above"])
        self.kind = mark[1] if mark else "program"
        self.arguments = shlex.split(mark[2] or "") if mark else []
        self.has_main = re.search(r"\bint main\(", self.code) is not None

    def complaint(self):
        if self.kind in ("fragment", "declarations"):
            return "a fragment with a main" if self.has_main else ""
        if self.has_main and not self.code.rstrip().endswith("}"):
            return "a program's main must be its last function"
        return "" if self.has_main else "no main: mark it <!-- fragment --> or <!-- declarations --> on the line above"

    def source(self):
        """The block as a file of its own."""
        position = f'#line {self.line} "{self.place.rpartition(":")[0]}"\n'
        if self.kind == "fragment":
            return f"{PROLOGUE}void fragment();\nvoid fragment() {{\n{position}{self.code}}}\n"
        if self.kind == "declarations":
            return f"{PROLOGUE}{position}{self.code}"
        code = self.code
        if self.runs():  # only the real main returns 0 by itself
            code = code.rstrip().removesuffix("}") + "  return 0; }\n"
        return position + code

    def name(self):
        return re.sub(r"[^A-Za-z0-9]+", "_", self.place)

    def runs(self):
        return self.kind in ("program", "arguments")

    def includes(self):
        return project.INCLUDE_LINE.findall(self.code)

    def needs_mpi(self):
        return any((project.INCLUDE / what).is_file() and project.needs_mpi(project.INCLUDE / what)
                   for _, what in self.includes())

    def dispatch(self):
        """Calls the block's main where it is the one that is asked for."""
        if not self.runs():
            return ""
        words = "argc - 1, argv + 1" if re.search(r"\bint main\(\s*int", self.code) else ""
        return f'  if (name == "{self.name()}") return {self.name()}::main({words});\n'


def together(parts):
    """One program of many blocks: its first argument names the one to run."""
    headers = {include for block in parts for include in block.includes()}
    headers |= {("<", "iostream"), ("<", "string_view"), ("<", UMBRELLA)}
    lines = [f"#include {bracket}{what}{'>' if bracket == '<' else bracket}\n" for bracket, what in sorted(headers)]
    for block in parts:  # an include inside a namespace would put the header there
        lines.append(f"namespace {block.name()} {{\n{project.INCLUDE_LINE_WHOLE.sub('', block.source())}}}\n")
    lines.append("int main(int argc, char** argv) {\n  const std::string_view name{argc > 1 ? argv[1] : \"\"};\n"
                 f"{''.join(block.dispatch() for block in parts)}  return 2;\n}}\n")
    return "".join(lines)


def documents():
    return [project.ROOT / "README.md", *project.files(".md", under="docs/")]


def blocks():
    found = []
    for path in documents():
        if not path.is_file():
            sys.exit(f"{project.name(path)} is missing")
        text = path.read_text(encoding="utf-8")
        found += [Block(path, text, match) for match in FENCE.finditer(text)]
        fences = len(re.findall(rf"^ *{OPENING}", text, re.MULTILINE))
        if fences != len([block for block in found if block.place.startswith(project.name(path) + ":")]):
            sys.exit(f"{project.name(path)}: a C++ block that this script cannot read")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--checked", help="folder that remembers what passed, and for the programs")
    parser.add_argument("--print-program", action="store_true", help="print the README's first program and end")
    given = parser.parse_args()

    everything = blocks()
    if not project.mpi():
        everything = [block for block in everything if not block.needs_mpi()]
    if given.print_program:
        programs = [block for block in everything if block.place.startswith("README.md:") and block.has_main]
        if not programs:
            sys.exit("README.md has no C++ block with a main")
        print(programs[0].code, end="")
        return 0

    wrong = [f"{block.place}: {block.complaint()}" for block in everything if block.complaint()]
    if wrong:
        print("\n".join(wrong))
        return 1
    checked = pathlib.Path(given.checked or project.ROOT / "build/checked").resolve()
    checked.mkdir(parents=True, exist_ok=True)
    runner = project.Runner(checked, cwd=checked)  # where a program may write what it likes
    include = ["-I", str(project.INCLUDE)] + [word for each in project.third_party() for word in ("-isystem", each)]
    # They run for less than a second each; the README's first one, which does not, is run by consumer.add_subdirectory.
    flags = ["-std=c++20", "-O0", "-fopenmp", "-Wall", "-Wextra", "-Wno-unused", *include]
    version = project.version(given.compiler)
    flags += runner.precompiled(given.compiler, UMBRELLA, flags)
    source = runner.generated("blocks.cpp", together(everything))
    program = source.with_suffix("")
    runs = [[program, block.name(), *block.arguments] for block in everything if block.runs()]
    label = ", ".join(block.place for block in everything)
    command = [given.compiler, *flags, "-o", program, source, "-lz", "-lmpfr", "-lgmp", *project.mpi()]
    runner.add(label, command, inputs=project.closure(source), text=version, steps=runs)
    return runner.run()


if __name__ == "__main__":
    sys.exit(main())
