"""Numba, derivatives by hand, in one loop over the rows."""

from __future__ import annotations

import math
import os
from typing import Any

import numba
import numpy as np

from .works import Data, Function, slices

FAST: dict[str, Any] = {"fastmath": True, "error_model": "numpy"}
jit = numba.njit(**FAST)


@jit
def add_gradient(p, g, sizes, x, outputs, deltas):  # type: ignore[no-untyped-def]
    """Backpropagates deltas[-1], the slopes by the last layer's outputs. `outputs` are those of all layers, inputs first."""
    end = p.size
    for layer in range(sizes.size - 2, -1, -1):
        n, m = sizes[layer], sizes[layer + 1]
        start = end - m * (n + 1)
        delta, before = deltas[layer + 1], deltas[layer]
        if layer:
            before[:n] = 0.0
        for j in range(m):
            d = delta[j]
            if d != 0.0:
                g[end - m + j] += d
                row = start + j * n
                if layer:
                    h = outputs[layer]
                    for i in range(n):
                        g[row + i] += d * h[i]
                        before[i] += d * p[row + i]
                else:
                    for i in range(n):
                        g[row + i] += d * x[i]
        if layer:
            for i in range(n):
                if outputs[layer, i] <= 0.0:
                    before[i] = 0.0
        end = start


@jit
def forward(p, sizes, x, outputs):  # type: ignore[no-untyped-def]
    start = 0
    last = sizes.size - 2
    for layer in range(sizes.size - 1):
        n, m = sizes[layer], sizes[layer + 1]
        for j in range(m):
            row = start + j * n
            total = p[start + m * n + j]
            if layer:
                for i in range(n):
                    total += p[row + i] * outputs[layer, i]
            else:
                for i in range(n):
                    total += p[row + i] * x[i]
            outputs[layer + 1, j] = total if layer == last or total > 0.0 else 0.0
        start += m * (n + 1)


@jit
def moons_steps(p, sizes, xs, ys, rate, penalty, steps):  # type: ignore[no-untyped-def]
    rows, last = xs.shape[0], sizes.size - 1
    outputs = np.empty((sizes.size, sizes.max()))
    deltas = np.empty_like(outputs)
    g = np.empty_like(p)
    for _ in range(steps):
        g[:] = 0.0
        for r in range(rows):
            forward(p, sizes, xs[r], outputs)
            if ys[r] * outputs[last, 0] < 1.0:
                deltas[last, 0] = -ys[r]
                add_gradient(p, g, sizes, xs[r], outputs, deltas)
        for i in range(p.size):
            p[i] -= rate * (g[i] / rows + 2.0 * penalty * p[i])


@jit
def digits_batch(p, g, sizes, xs, ys, rate, outputs, deltas):  # type: ignore[no-untyped-def]
    rows, last = xs.shape[0], sizes.size - 1
    classes = sizes[last]
    g[:] = 0.0
    for r in range(rows):
        forward(p, sizes, xs[r], outputs)
        scores, delta = outputs[last], deltas[last]
        largest = scores[0]
        for j in range(1, classes):
            largest = max(largest, scores[j])
        total = 0.0
        for j in range(classes):
            delta[j] = math.exp(scores[j] - largest)
            total += delta[j]
        for j in range(classes):
            delta[j] /= total
        delta[ys[r]] -= 1.0
        add_gradient(p, g, sizes, xs[r], outputs, deltas)
    for i in range(p.size):
        p[i] -= rate / rows * g[i]


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
    def train(steps: int) -> Any:
        p = data["p"].copy()
        moons_steps(p, data["sizes"], data["x"], data["y"], data["rate"], data["penalty"], steps)
        return p

    return train


def digits(data: Data) -> Function:
    x, y, sizes = data["x"], data["y"], data["sizes"]
    batches = [(x[part], y[part]) for part in slices(len(x), data["batch"])]
    outputs = np.empty((sizes.size, sizes.max()))
    deltas = np.empty_like(outputs)

    def train(epochs: int) -> Any:
        p, g = data["p"].copy(), np.empty_like(data["p"])
        for _ in range(epochs):
            for some_x, some_y in batches:
                digits_batch(p, g, sizes, some_x, some_y, data["rate"], outputs, deltas)
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
