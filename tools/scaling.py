#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The cost model of docs/scaling.md: seconds of a check, GD, SGD and Gram on many ranks, as a table in Markdown.

The constants of a core come from `mpirun -n 2 scaling` (benchmarks/scaling) and are given by flags; those of the
network are those of 100 Gbit/s unless flags say otherwise.
"""

import argparse
import math

RANKS = (1, 2, 64, 4096)
BLOCK = 256  # samples
ROUND = 0.25  # seconds, at least, between two meetings of the ranks of a check


def all_reduce(machine, ranks, numbers):
    """The sum of so many doubles over ranks: halves are exchanged (Rabenseifner 2004)."""
    if ranks == 1:
        return 0.0
    return 2 * math.log2(ranks) * machine.latency + 2 * (1 - 1 / ranks) * 8 * numbers / machine.bandwidth


def check(machine, ranks, samples, flops):
    """Blocks of 256 samples are shared; after each round 1.8 KB are merged and three flags exchanged."""
    blocks = math.ceil(math.ceil(samples / BLOCK) / ranks)
    work = blocks * BLOCK * machine.check_factor * flops / machine.flops
    meetings = max(1, math.ceil(work / ROUND)) if ranks > 1 else 0
    return work + meetings * 4 * math.log2(max(ranks, 2)) * (machine.latency + 1800 / machine.bandwidth)


def gd(machine, ranks, n, d, m):
    """An iteration: the gradient of n/R samples, p numbers summed, and the step, which every rank makes."""
    p = d * m
    return (4 * math.ceil(n / ranks) * p / machine.flops + all_reduce(machine, ranks, p + 1) +
            p * machine.update)


def sgd(machine, ranks, batch, d, m):
    return gd(machine, ranks, batch, d, m)


def gram(machine, ranks, n, d):
    """H of n samples: each rank its rows, for which it needs all columns once."""
    spread = 0 if ranks == 1 else 8 * n * d / machine.bandwidth + math.log2(ranks) * machine.latency
    return n * n * d / ranks / machine.flops + spread


def eigenvalue(machine, n):
    """Cholesky on one rank."""
    return n ** 3 / 3 / machine.flops


def seconds(value):
    for unit, size in (("s", 1), ("ms", 1e-3), ("us", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"


def rows(machine):
    small = 4 * 200 * 50 * 64
    yield "check, 2·10⁴ samples, (200, 50, 64)", lambda r: check(machine, r, 20_000, small)
    yield "check, 10⁸ samples, (200, 50, 64)", lambda r: check(machine, r, 10 ** 8, small)
    yield "GD iteration, (10³, 1000, 2048)", lambda r: gd(machine, r, 1000, 1000, 2048)
    yield "GD iteration, (10⁶, 1000, 2048)", lambda r: gd(machine, r, 10 ** 6, 1000, 2048)
    yield "SGD step, batch 32, (1000, 2048)", lambda r: sgd(machine, r, 32, 1000, 2048)
    yield "SGD step, batch 8192, (1000, 2048)", lambda r: sgd(machine, r, 8192, 1000, 2048)
    yield "Gram matrix, n = 4000, d = 1000", lambda r: gram(machine, r, 4000, 1000)
    yield "and its smallest eigenvalue", lambda r: gram(machine, r, 4000, 1000) + eigenvalue(machine, 4000)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--flops", type=float, default=78e9, help="of a core in a gradient, 1/s")
    parser.add_argument("--check-factor", type=float, default=1.6, help="time of a checked sample, in gradients")
    parser.add_argument("--update", type=float, default=2e-9, help="seconds a parameter of a GD step")
    parser.add_argument("--latency", type=float, default=2e-6, help="of a message, s")
    parser.add_argument("--bandwidth", type=float, default=12.5e9, help="bytes/s")
    machine = parser.parse_args()
    print("| work | " + " | ".join(f"{ranks:,} rank{'s' * (ranks > 1)}" for ranks in RANKS) + " |")
    print("| --- |" + " --- |" * len(RANKS))
    for name, time in rows(machine):
        alone = time(1)
        cells = [seconds(time(ranks)) + (f" ({alone / time(ranks):.3g}×)" if ranks > 1 else "") for ranks in RANKS]
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
