"""Numba, derivatives by hand, written as loops."""

from __future__ import annotations

import math
import os
from typing import Any

import numba
import numpy as np

from .works import Data, Function, slices

FAST: dict[str, Any] = {"fastmath": True, "error_model": "numpy"}
jit = numba.njit(**FAST)


BLOCK = 128
"""Rows that are computed together: loops over them are what LLVM vectorises, and they stay in the cache."""


@jit
def forward(p, sizes, outputs, rows):  # type: ignore[no-untyped-def]
    """From outputs[0], the inputs, to those of all layers: outputs[layer, unit, row]."""
    start, last = 0, sizes.size - 2
    for layer in range(sizes.size - 1):
        n, m = sizes[layer], sizes[layer + 1]
        for j in range(m):
            z = outputs[layer + 1, j]
            bias = p[start + m * n + j]
            for r in range(rows):
                z[r] = bias
            for i in range(n):
                w, x = p[start + j * n + i], outputs[layer, i]
                for r in range(rows):
                    z[r] += w * x[r]
            if layer != last:
                for r in range(rows):
                    z[r] = max(z[r], 0.0)
        start += m * (n + 1)


@jit
def add_gradient(p, g, sizes, outputs, deltas, rows):  # type: ignore[no-untyped-def]
    """Adds to g, from the last of the deltas, the slopes by the outputs of the last layer."""
    end = p.size
    for layer in range(sizes.size - 2, -1, -1):
        n, m = sizes[layer], sizes[layer + 1]
        start = end - m * (n + 1)
        for i in range(n if layer else 0):
            deltas[layer, i, :rows] = 0.0
        for j in range(m):
            d = deltas[layer + 1, j]
            total = 0.0
            for r in range(rows):
                total += d[r]
            g[end - m + j] += total
            for i in range(n):
                x, before, w = outputs[layer, i], deltas[layer, i], p[start + j * n + i]
                total = 0.0
                if layer:
                    for r in range(rows):
                        total += d[r] * x[r]
                        before[r] += w * d[r]
                else:
                    for r in range(rows):
                        total += d[r] * x[r]
                g[start + j * n + i] += total
        for i in range(n if layer else 0):
            x, before = outputs[layer, i], deltas[layer, i]
            for r in range(rows):
                if x[r] <= 0.0:
                    before[r] = 0.0
        end = start


@jit
def moons_steps(p, sizes, xs, ys, rate, penalty, steps):  # type: ignore[no-untyped-def]
    last, rows = sizes.size - 1, ys.size
    outputs, g = np.empty((sizes.size, sizes.max(), rows)), np.empty_like(p)
    deltas = np.empty_like(outputs)
    outputs[0, : sizes[0]] = xs
    for _ in range(steps):
        forward(p, sizes, outputs, rows)
        score, delta = outputs[last, 0], deltas[last, 0]
        for r in range(rows):
            delta[r] = -ys[r] / rows if ys[r] * score[r] < 1.0 else 0.0
        g[:] = 0.0
        add_gradient(p, g, sizes, outputs, deltas, rows)
        for i in range(p.size):
            p[i] -= rate * (g[i] + 2.0 * penalty * p[i])


@jit
def digits_step(p, g, sizes, xs, labels, rate, outputs, deltas):  # type: ignore[no-untyped-def]
    last = sizes.size - 1
    g[:] = 0.0
    for start in range(0, labels.size, BLOCK):
        rows = min(BLOCK, labels.size - start)
        outputs[0, : sizes[0], :rows] = xs[:, start : start + rows]
        forward(p, sizes, outputs, rows)
        scores, delta = outputs[last], deltas[last]
        for r in range(rows):
            largest, total = scores[0, r], 0.0
            for j in range(1, sizes[last]):
                largest = max(largest, scores[j, r])
            for j in range(sizes[last]):
                delta[j, r] = math.exp(scores[j, r] - largest)
                total += delta[j, r]
            for j in range(sizes[last]):
                delta[j, r] /= total
            delta[labels[start + r], r] -= 1.0
        add_gradient(p, g, sizes, outputs, deltas, rows)
    for i in range(p.size):
        p[i] -= rate / labels.size * g[i]


@jit
def rosenbrock(x):  # type: ignore[no-untyped-def]
    n = x.size
    gradient = np.empty(n)
    value, carried = 0.0, 0.0
    for i in range(n - 1):
        a = x[i]
        rise, rest = x[i + 1] - a * a, 1.0 - a
        value += 100.0 * rise * rise + rest * rest
        gradient[i] = carried - 400.0 * a * rise - 2.0 * rest
        carried = 200.0 * rise
    gradient[n - 1] = carried
    return value, gradient


def price_rows(columns, out):  # type: ignore[no-untyped-def]
    for i in numba.prange(columns.shape[1]):
        s, k, t, r, v = columns[0, i], columns[1, i], columns[2, i], columns[3, i], columns[4, i]
        root = math.sqrt(t)
        spread = v * root
        d1 = (math.log(s / k) + (r + 0.5 * v * v) * t) / spread
        below = 0.5 * (1.0 + math.erf(d1 * 0.7071067811865476))
        discount = math.exp(-r * t) * 0.5 * (1.0 + math.erf((d1 - spread) * 0.7071067811865476))
        density = s * math.exp(-0.5 * d1 * d1) * 0.3989422804014327
        out[0, i] = s * below - k * discount
        out[1, i] = below
        out[2, i] = -discount
        out[3, i] = density * v / (2.0 * root) + r * k * discount
        out[4, i] = k * t * discount
        out[5, i] = density * root


# ------------------------------------------------------------------------------------------------


def moons(data: Data) -> Function:
    columns = np.ascontiguousarray(data["x"].T)

    def train(steps: int) -> Any:
        p = data["p"].copy()
        moons_steps(p, data["sizes"], columns, data["y"], data["rate"], data["penalty"], steps)
        return p

    return train


def digits(data: Data) -> Function:
    x, y, sizes = data["x"], data["y"], data["sizes"]
    batches = [(np.ascontiguousarray(x[part].T), y[part]) for part in slices(len(x), data["batch"])]
    outputs = np.empty((sizes.size, sizes.max(), BLOCK))
    deltas = np.empty_like(outputs)

    def train(epochs: int) -> Any:
        p, g = data["p"].copy(), np.empty_like(data["p"])
        for _ in range(epochs):
            for columns, labels in batches:
                digits_step(p, g, sizes, columns, labels, data["rate"], outputs, deltas)
        return p

    return train


def prices(data: Data) -> Function:
    rows = numba.njit(parallel=os.environ["NUMBA_NUM_THREADS"] != "1", **FAST)(price_rows)
    columns = data["columns"]

    def price() -> Any:
        out = np.empty((6, columns.shape[1]))
        rows(columns, out)
        return out[0], out[1:]

    return price


CONTENDERS: dict[str, dict[str, Function]] = {
    "numba by hand": {
        "moons": moons,
        "digits": digits,
        "rosenbrock": lambda data: lambda x: rosenbrock(np.asarray(x)),
        "black_scholes": prices,
    }
}
