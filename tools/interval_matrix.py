#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Intervals contain the exact results whatever the compiler and its flags: the operations, compiled in six ways and once
without vectors, go through the test of containment together, so that MPFR computes each exact result once.

10^5 random operations each, 10^7 with PROXCVX_LONG=1. Without MPFR the results are held against 50 digits, for a
hundredth of the operations.
"""

import argparse
import itertools
import os
import subprocess
import sys

import project

PLAIN = "-DPROXCVX_PLAIN_INTERVALS"
# The last one must have the results of the one before it, bit for bit.
COMPILATIONS = [*itertools.product(("clang++", "g++"), (("-O0",), ("-O3", "-march=native"), ("-O2",))),
                ("g++", ("-O2", PLAIN))]
MPFR = ("-lmpfr", "-lgmp")

OPERATIONS = """#include "core/interval_operations.hpp"

extern "C" void apply_operation(unsigned k, const double* x, const double* y, double* ends) {
  static const auto operations = tests::all_operations();
  const proxcvx::Interval result = operations[k].apply({x[0], x[1]}, {y[0], y[1]});
  ends[0] = result.lower();
  ends[1] = result.upper();
}
"""

# Arguments: the number of operations, and libraries of the source above.
PROGRAM = """#include <dlfcn.h>

#include <cstdlib>
#include <iostream>

#include "core/interval_containment.hpp"

int main(int count, char** arguments) {
  using proxcvx::Index;
  using proxcvx::Interval;
  const Index operations = std::atoll(arguments[1]) / (tests::reference_is_mpfr ? 1 : 100);
  const auto libraries = static_cast<std::size_t>(count - 2);
  std::vector<void (*)(unsigned, const double*, const double*, double*)> functions;
  for (std::size_t k = 0; k < libraries; ++k) {
    void* library = dlopen(arguments[k + 2], RTLD_NOW | RTLD_LOCAL);
    void* symbol = library ? dlsym(library, "apply_operation") : nullptr;
    if (!symbol) return std::cerr << dlerror() << std::endl, 2;
    functions.push_back(reinterpret_cast<decltype(functions)::value_type>(symbol));
  }
  std::vector<tests::Containment> totals(libraries);
  Index unlike = 0;
  bool enough = true;
  unsigned number = 0;
  for (const tests::Operation& operation : tests::all_operations()) {
    std::vector<Interval> results(libraries);
    std::vector<tests::Apply> implementations;
    for (std::size_t k = 0; k < libraries; ++k) {
      implementations.push_back([&, k](const Interval& x, const Interval& y) {
        const double a[2] = {x.lower(), x.upper()}, b[2] = {y.lower(), y.upper()};
        double ends[2];
        functions[k](number, a, b, ends);
        results[k] = {ends[0], ends[1]};
        if (k + 1 == libraries && results[k] != results[k - 1]) ++unlike;
        return results[k];
      });
    }
    const auto found = tests::test_containment(operation, operations, proxcvx::Seed{5}, implementations);
    for (std::size_t k = 0; k < libraries; ++k) {
      totals[k].operations += found[k].operations;
      totals[k].results += found[k].results;
      totals[k].outside += found[k].outside;
      totals[k].loose += found[k].loose;
      enough = enough && found[k].operations > operations && found[k].results > found[k].operations;
      if (!found[k].first_failure.empty()) std::cout << arguments[k + 2] << ": " << found[k].first_failure << std::endl;
    }
    ++number;
  }
  bool good = enough && unlike == 0;
  for (std::size_t k = 0; k < libraries; ++k) {
    std::cout << arguments[k + 2] << ": " << totals[k].operations << " operations, " << totals[k].results
              << " exact results, " << totals[k].outside << " not contained, " << totals[k].loose << " too wide\\n";
    good = good && totals[k].outside == 0 && totals[k].loose == 0;
  }
  std::cout << unlike << " results without vectors differ" << std::endl;
  return good ? 0 : 1;
}
"""


def main():
    long_run = os.environ.get("PROXCVX_LONG", "0") not in ("", "0")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checked", help="folder that remembers what passed")
    parser.add_argument("--operations", type=int, default=10_000_000 if long_run else 100_000, help="per function")
    given = parser.parse_args()
    runner = project.Runner(given.checked)
    program = runner.generated("interval_matrix.cpp", PROGRAM)
    operations = runner.generated("interval_operations.cpp", OPERATIONS)
    third_party = [word for each in project.third_party() for word in ("-isystem", each)]
    common = ["-std=c++20", "-I", project.INCLUDE, "-I", project.ROOT / "tests", *third_party]
    links = subprocess.run(["g++", "-x", "c++", "-include", "mpfr.h", "-", *MPFR, "-o", os.devnull], check=False,
                           input="int main() {}", capture_output=True, text=True).returncode == 0
    reference = MPFR if links else ("-DPROXCVX_TESTS_WITHOUT_MPFR",)
    binary = runner.folder() / "interval_matrix"
    libraries, steps = [], []
    for compiler, flags in COMPILATIONS:
        library = runner.folder() / f"interval_{compiler}{''.join(flags)}.so"
        steps.append([compiler, *flags, "-shared", "-fPIC", *common, operations, "-o", library])
        libraries.append(library)
    steps.append([binary, given.operations, *libraries])
    runner.add("intervals by all compilations",
               ["g++", "-O1", *common, program, *reference, "-ldl", "-o", binary], steps=steps,
               inputs=project.closure(project.ROOT / "tests/core/interval_containment.hpp") | {program, operations},
               text=project.version("g++") + project.version("clang++"))
    return runner.run()


if __name__ == "__main__":
    sys.exit(main())
