# SPDX-License-Identifier: MIT
"""W3 by vmap(grad) of functorch, as a partner of tools/bench.py: says "ready", then answers each line
"SAMPLES INPUTS HIDDEN VECTORS SCALAR SECONDS" by the nanoseconds of one parameter vector."""

import sys
import time

import torch
from functorch import grad, vmap


def measured(samples, inputs, hidden, vectors, scalar, seconds):
    kind = {"double": torch.float64, "float": torch.float32}[scalar]
    generator = torch.Generator().manual_seed(1)
    X = torch.randn(samples, inputs, dtype=kind, generator=generator)
    y = torch.sign(X[:, 0])
    a = torch.ones(hidden, dtype=kind) / hidden**0.5
    W = torch.randn(vectors, hidden, inputs, dtype=kind, generator=generator) / inputs**0.5

    def risk(w):
        outputs = torch.nn.functional.leaky_relu(X @ w.T, 0.1) @ a
        return torch.nn.functional.softplus(-outputs * y).mean()

    gradients = vmap(grad(risk))
    best = None
    for chunk in (16, vectors):  # what fits the cache, or all at once
        begin, rounds = time.perf_counter(), 0
        while rounds == 0 or time.perf_counter() - begin < seconds:
            for first in range(0, vectors, chunk):
                gradients(W[first:first + chunk])
            rounds += 1
        each = (time.perf_counter() - begin) / rounds / vectors * 1e9
        best = each if best is None else min(best, each)
    return best


print("ready", flush=True)
for line in sys.stdin:
    *shape, scalar, seconds = line.split()
    print(measured(*map(int, shape), scalar, float(seconds)), flush=True)
