#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws every picture under docs/pictures again: ./dev figures builds the examples of the table below and runs this.

Each example is run with its arguments and --out, one after the other (they use all processors themselves), and its
pictures take the names that the pages use. On one machine two runs draw the same bytes. With --quick the examples do
less and docs/ stays as it is: the pictures are in build/figures. A row that needs {data}, a folder with the tables of
../shared/data, is left out where there is no such folder, which counts as a failure.
"""

import argparse
import pathlib
import shlex
import shutil
import subprocess
import sys
import time

import project

PICTURES = project.ROOT / "docs/pictures"
QUICK = "--quick"

# example, arguments, {what it draws: the picture's name in docs/pictures}
FIGURES = [
    ("verify_network", "", {"proxy-convexity-run": "run"}),
    ("over_parameterized", "", {"error": "over_parameterized_error", "flips": "over_parameterized_flips",
                                "movement": "over_parameterized_movement"}),
    ("gd_rates", "", {"gd_rates": "gd_rates", "tangent_margin": "tangent_margin"}),
    ("sgd_rates", "", {"rates": "sgd_rates"}),
    ("noisy_halfspace", "", {"error": "noisy_halfspace_error", "gain": "noisy_halfspace_gain"}),
    ("agnostic_neuron", "--data {data}/housing.csv --data {data}/ionosphere.csv", {"risks": "agnostic_neuron"}),
    ("crossprop_geoff", "", {"error": "crossprop_error", "features": "crossprop_features"}),
    ("crossprop_mnist", "--data {data}/t10k-images-idx3-ubyte.gz {data}/t10k-labels-idx1-ubyte.gz",
     {"cross_entropy": "crossprop_mnist_loss", "features": "crossprop_mnist_features"}),
    ("tangent_gap", "", {"worst": "tangent_gap_worst", "random": "tangent_gap_random"}),
    ("nvgd_funnel", "--seeds 10", {"mmd": "particles_mmd", "particles": "particles_funnel"}),
    ("sgd_diffusion", "", {"orders": "diffusion_orders", "well": "diffusion_well"}),
]
ALWAYS_QUICK = {"verify_network"}  # knows no --quick


def draw(example, arguments, pictures, given):
    """What went wrong, in a line, or nothing."""
    if not (given.examples / example).is_file():
        return "was not built"
    if "{data}" in arguments and not pathlib.Path(given.data).is_dir():
        return f"left out: no folder {given.data}; --data names another"
    folder = given.out / example
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    words = [word.replace("{data}", given.data) for word in shlex.split(arguments)]
    if given.quick and example not in ALWAYS_QUICK:
        words.append(QUICK)
    command = [given.examples / example, *words, "--out", folder]
    with open(folder / "log.txt", "w", encoding="utf-8") as log:
        status = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
    if status != 0:
        return f"ended with status {status}; see {project.name(folder / 'log.txt')}"
    for drawn, name in pictures.items():
        if not (folder / f"{drawn}.svg").is_file():
            return f"drew no {drawn}.svg: is gnuplot there?"
        if not given.quick:
            shutil.copyfile(folder / f"{drawn}.svg", PICTURES / f"{name}.svg")
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(QUICK, action="store_true", help="do less, and leave docs/ alone")
    parser.add_argument("--only", metavar="EXAMPLE", help="run this one alone")
    parser.add_argument("--data", default=str(project.ROOT.parent / "shared/data"), help="the folder of tables")
    parser.add_argument("--list", action="store_true", help="print the examples, and end")
    given = parser.parse_args()
    given.examples, given.out = project.ROOT / "build/examples", project.ROOT / "build/figures"
    rows = [row for row in FIGURES if given.only in (None, row[0])]
    if not rows:
        parser.error(f"--only: expected one of {', '.join(row[0] for row in FIGURES)}, got {given.only}")
    if given.list:
        print(*[row[0] for row in rows])
        return 0
    failed = False
    for example, arguments, pictures in rows:
        begin = time.monotonic()
        wrong = draw(example, arguments, pictures, given)
        failed = failed or bool(wrong)
        print(f"{example:20} {time.monotonic() - begin:6.0f} s   {wrong or 'drawn'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
