#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the rows of docs/performance.md (the program `rows` of benchmarks/) and prints one table of ratios.

  python3 tools/bench.py PROGRAM [--quick] [--only ROW] [--threads N] [--processor-time] [--json FILE]

Clocks drift and machines are shared, so only ratios within one run mean anything: for each row the library and its
peers take turns (Google Benchmark interleaves their repetitions in random order), one thread and two take turns too,
and medians count. `ratio` is the peer's time over the library's; a target is what the ratio should reach.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
OURS = "proxcvx"
ROWS = ["W1 small", "W1 middle", "W1 large", "W2", "W3 small", "W3 middle", "W4", "W5", "W5s", "W6", "W6 lambda",
        "MLP", "softmax", "activations", "check"]
# A step on one example leaves a second thread nothing to do, a narrow perceptron none that it is worth waking for.
ONE_THREAD = ("W2", "W5s", "MLP", "softmax", "activations")

# Row, how the names of its peers begin, and the ratio to reach in double on one thread against the fastest of them.
TARGETS = [
    ("W1 small", ("libtorch",), 15), ("W1 middle", ("libtorch",), 2.3), ("W1 large", ("libtorch",), 1.2),
    ("W1 large", ("Eigen's two products",), 0.9), ("W2", ("libtorch by hand",), 9),
    ("W3 small", ("libtorch", "vmap"), 10), ("W3 middle", ("libtorch", "vmap"), 2.8), ("W4", ("Eigen's product",), 0.9),
    ("W5", ("libtorch",), 1.9), ("W5s", ("libtorch",), 300), ("W6", ("rank update + acos",), 0.83),
    ("W6", ("Eigen's product",), 0.5),
    ("W6 lambda", ("LAPACK",), 1), ("MLP", ("libtorch",), 2), ("softmax", ("libtorch",), 2),
    ("activations", ("1.5 leaky ReLU + function",), 1),
]
TWO_THREADS = {row: 1.9 for row in ("W1 middle", "W1 large", "W3 small", "W3 middle", "W4", "check")}


def environment(threads):
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {**os.environ, **{name: str(threads) for name in names}}


def run_rows(program, row, threads, repetitions, min_time, time="real_time"):
    """{(row, shape, scalar, who): nanoseconds of each repetition}."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        command = [program, f"--benchmark_filter=^{row}/", f"--benchmark_repetitions={repetitions}",
                   f"--benchmark_min_time={min_time}", "--benchmark_enable_random_interleaving=true",
                   f"--benchmark_out={out.name}", "--benchmark_out_format=json"]
        done = subprocess.run(command, env=environment(threads), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"bench: {program} failed:\n{done.stderr}")
        results = json.loads(pathlib.Path(out.name).read_text(encoding="utf-8"))["benchmarks"]
    times = collections.defaultdict(list)
    for result in results:
        if result.get("error_occurred"):
            sys.exit(f"bench: {result['name']}: {result['error_message']}")
        if result["run_type"] == "iteration":
            key = tuple(result["name"].split("/")[:4])
            times[key].append(result[time] / result.get("each", 1))
    return times


class VmapGrad:
    """The Python peer of W3, one process for each number of threads; missing where no torch with functorch is."""

    def __init__(self, threads):
        self.process = None
        for python in dict.fromkeys(("/usr/bin/python3", sys.executable)):  # Debian's own has python3-torch
            if not os.access(python, os.X_OK):
                continue
            process = subprocess.Popen([python, ROOT / "benchmarks/peers/vmap_grad.py"], env=environment(threads),
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                       text=True)
            if process.stdout.readline().strip() == "ready":
                self.process = process
                return
            process.wait()

    def measure(self, shape, scalar, seconds):
        vectors, samples, inputs, hidden = re.findall(r"\d+", shape)
        print(samples, inputs, hidden, vectors, scalar, seconds, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def close(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()


def measure(program, rows, quick, thread_counts, time):
    """{(row, shape, scalar, threads, who): median nanoseconds}."""
    rounds, repetitions, min_time = (1, 3, 0.01) if quick else (3, 3, 0.05)
    wanted = thread_counts if any(row.startswith("W3") for row in rows) else ()
    partners = {threads: VmapGrad(threads) for threads in wanted}
    times = collections.defaultdict(list)
    for row in rows:
        for _ in range(rounds):
            for threads in thread_counts:
                if threads > 1 and row in ONE_THREAD:
                    continue
                measured = run_rows(program, row, threads, repetitions, min_time, time)
                for key, of_key in measured.items():
                    times[(*key[:3], threads, key[3])] += of_key
                if row.startswith("W3") and partners[threads].process:
                    for _, shape, scalar in sorted({key[:3] for key in measured}):
                        times[row, shape, scalar, threads, "vmap(grad)"].append(
                            partners[threads].measure(shape, scalar, min_time))
        print(f"bench: {row} done", file=sys.stderr, flush=True)
    for partner in partners.values():
        partner.close()
    return {key: statistics.median(of_key) for key, of_key in times.items()}


def table(medians):
    """The list that --json writes."""
    entries = []
    for (row, shape, scalar, threads, who), ours in medians.items():
        if who != OURS:
            continue
        peers = {key[4]: time for key, time in medians.items()
                 if key[:4] == (row, shape, scalar, threads) and key[4] != OURS}
        targets = {}
        if scalar == "double" and threads == 1:
            for of_row, names, target in TARGETS:
                candidates = [peer for peer in peers if of_row == row and peer.startswith(names)]
                if candidates:
                    targets[min(candidates, key=peers.get)] = target
        if threads == 2 and (row, shape, scalar, 1, OURS) in medians:
            peers["one thread"] = medians[row, shape, scalar, 1, OURS]
            targets["one thread"] = TWO_THREADS.get(row) if scalar == "double" else None
        for peer, time in peers.items():
            entries.append({"row": row, "shape": shape, "scalar": scalar, "threads": threads, "ours_ns": ours,
                            "peer": peer, "peer_ns": time, "ratio": time / ours, "target": targets.get(peer)})
    entries.sort(key=lambda entry: (ROWS.index(entry["row"]), entry["scalar"], entry["threads"]))
    return entries


def duration(ns):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.3g} ns"


def show(entries):
    print("| row | shape | scalar | threads | proxcvx | peer | its time | ratio | target |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for entry in entries:
        target = entry["target"]
        verdict = "" if target is None else f"{target}: {'met' if entry['ratio'] >= target else 'missed'}"
        print(f"| {entry['row']} | {entry['shape']} | {entry['scalar']} | {entry['threads']} | "
              f"{duration(entry['ours_ns'])} | {entry['peer']} | {duration(entry['peer_ns'])} | "
              f"{entry['ratio']:.3g} | {verdict} |")
    found = {entry["peer"] for entry in entries}
    for name, row in (("libtorch", "W1 W2 W3 W5 MLP softmax"), ("vmap(grad)", "W3")):
        concerned = any(entry["row"].startswith(tuple(row.split())) for entry in entries)
        if concerned and not any(peer.startswith(name) for peer in found):
            print(f"missing peer: {name} was not found; ./dev bench --peers installs it (Debian)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="build/bench/benchmarks/rows")
    parser.add_argument("--quick", action="store_true", help="one round of three short repetitions")
    parser.add_argument("--only", metavar="ROW", help="W1 means W1 small, middle and large")
    parser.add_argument("--threads", type=int, choices=(1, 2), help="this number alone; default: 1 and 2")
    parser.add_argument("--processor-time", action="store_true",
                        help="of the one thread, not the clock on the wall: for a busy machine (vmap keeps the wall's)")
    parser.add_argument("--json", metavar="FILE", help="write the table as a list of objects too")
    arguments = parser.parse_args()
    only = arguments.only
    rows = [row for row in ROWS if only is None or row == only or row.startswith(only + " ")]
    if not rows:
        parser.error(f"--only: expected one of {', '.join(ROWS)} or the word before the space, got {only}")
    if arguments.processor_time and arguments.threads != 1:
        parser.error("--processor-time: expected --threads 1 beside it")
    time = "cpu_time" if arguments.processor_time else "real_time"
    thread_counts = (arguments.threads,) if arguments.threads else (1, 2)
    entries = table(measure(arguments.program, rows, arguments.quick, thread_counts, time))
    show(entries)
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
