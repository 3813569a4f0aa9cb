#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints what proxcvx costs to compile, as ratios to a file that includes Eigen/Dense and multiplies two matrices.

  python3 tools/compile_time.py [--compiler g++] [--compiler clang++] [--repetitions 3] [--json FILE]

Each program is compiled at -O2, the programs in turn (clocks drift), and the median of the processor times counts: it
suffers less than the clock on the wall from what else runs on the machine. Exits 1 where a target is missed.
"""

import argparse
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent

BASE = """\
#include <Eigen/Dense>
int main(int argc, char**) {
  const Eigen::MatrixXd a = Eigen::MatrixXd::Constant(3, 3, argc);
  const Eigen::MatrixXd b = a * a;
  return b(0, 0) > 1 ? 0 : 1;
}
"""

# Property and region are the user's own: 1 - w^2 >= 0 on [0, 1].
CHECK = """\
#include <proxcvx/verify/check.hpp>
namespace pc = proxcvx;
struct Bounded {
  using Scalar = double;
  pc::Index dimension() const { return 1; }
  pc::Margin<double> margin(pc::ConstVectorRef<double> w) const { return {1 - w[0] * w[0], 1e-15, 0, false}; }
};
struct Unit {
  using Scalar = double;
  pc::Index dimension() const { return 1; }
  void sample(pc::RandomStream& stream, pc::VectorRef<double> w) const { w[0] = stream.uniform(); }
  bool contains(pc::ConstVectorRef<double> w) const { return w[0] >= 0 && w[0] <= 1; }
  void project(pc::VectorRef<double> w) const { w[0] = w[0] < 0 ? 0 : w[0] > 1 ? 1 : w[0]; }
};
int main() { return pc::check(Bounded{}, Unit{}, {.samples = 1000}).statistics.violated > 0 ? 1 : 0; }
"""

UMBRELLA = """\
#include <proxcvx/proxcvx.hpp>
int main() { return 0; }
"""

# Name, source, and the target: at most so many times the base.
PROGRAMS = [
    ("Eigen/Dense, one product", BASE, 1.0),
    ("verify/check.hpp, one check", CHECK, 2.5),
    ("proxcvx.hpp", UMBRELLA, 4.5),
]


def seconds(compiler, source, folder):
    """The processor time of one compilation."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [compiler, "-std=c++20", "-O2", "-I", str(ROOT / "include"), *eigen(), "-c", str(source)]
    subprocess.run([*command, "-o", str(folder / "out.o")], check=True, env={**os.environ, "CCACHE_DISABLE": "1"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def eigen():
    folders = ["/usr/include/eigen3", "/usr/local/include/eigen3", "/opt/homebrew/include/eigen3"]
    return [flag for folder in folders if pathlib.Path(folder).is_dir() for flag in ("-isystem", folder)]


def measure(compiler, repetitions, folder):
    sources = []
    for index, (_, text, _) in enumerate(PROGRAMS):
        source = folder / f"program{index}.cpp"
        source.write_text(text, encoding="utf-8")
        sources.append(source)
    times = [[] for _ in PROGRAMS]
    for _ in range(repetitions):
        for source, of_program in zip(sources, times):
            of_program.append(seconds(compiler, source, folder))
    medians = [statistics.median(of_program) for of_program in times]
    return [
        {"compiler": compiler, "program": name, "seconds": median, "ratio": median / medians[0], "target": target}
        for (name, _, target), median in zip(PROGRAMS, medians)
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", action="append", help="default: those of g++ and clang++ that are there")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()
    if arguments.repetitions < 1:
        parser.error(f"--repetitions: expected a number >= 1, got {arguments.repetitions}")
    compilers = arguments.compiler or [name for name in ("g++", "clang++") if shutil.which(name)]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for compiler in compilers:
            rows += measure(compiler, arguments.repetitions, pathlib.Path(folder))
    print(f"{'compiler':12}{'program':30}{'seconds':>9}{'ratio':>8}{'target':>9}")
    for row in rows:
        target = "" if row["target"] == 1.0 else f"<= {row['target']}"
        print(f"{row['compiler']:12}{row['program']:30}{row['seconds']:9.2f}{row['ratio']:8.2f}{target:>9}")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 1 if any(row["ratio"] > row["target"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
