"""CasADi: matrix graphs for the networks, scalar graphs for the functions, derivatives by its reverse mode.

As the documented call, with a bound buffer (no conversion of arguments), and as the C code it writes, compiled by gcc.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import casadi as ca
import numpy as np

from .works import Data, Function, black_scholes, program, rosenbrock_by_elements, slices


def outputs(p: Any, x: Any, sizes: Any) -> Any:
    """Of all rows of x, one for each column."""
    start, last = 0, len(sizes) - 2
    for k, (inputs, width) in enumerate(itertools.pairwise(sizes)):
        middle, end = start + inputs * width, start + (inputs + 1) * width
        x = ca.mtimes(ca.reshape(p[start:middle], inputs, width).T, x) + ca.repmat(p[middle:end], 1, x.shape[1])
        start = end
        if k < last:
            x = ca.fmax(x, 0.0)
    return x


def step_of(loss: Function, data: Data, x: Any, y: Any) -> Any:
    """A function of the parameters: those after one step on these rows."""
    p = ca.MX.sym("p", data["p"].size)
    rows, targets = ca.MX.sym("x", *x.T.shape), ca.MX.sym("y", *y.T.shape)
    better = p - data["rate"] * ca.gradient(loss(p, rows, targets), p)
    return ca.Function("step", [p, rows, targets], [better])


def descend(loss: Function, data: Data, y: Any, finished: Function) -> Function:
    x = data["x"]
    made: dict[int, Any] = {}
    batches = []
    for part in slices(len(x), data.get("batch", len(x))):
        some_x, some_y = x[part], y[part]
        if len(some_x) not in made:
            made[len(some_x)] = finished(step_of(loss, data, some_x, some_y))
        batches.append((made[len(some_x)], ca.DM(some_x.T), ca.DM(some_y.T)))

    def train(epochs: int) -> Any:
        p = ca.DM(data["p"])
        for _ in range(epochs):
            for step, some_x, some_y in batches:
                p = step(p, some_x, some_y)
        return np.array(p).ravel()

    return train


def moons(data: Data, finished: Function) -> Function:
    sizes = data["sizes"].tolist()

    def loss(p: Any, x: Any, y: Any) -> Any:
        return ca.sum2(ca.fmax(1.0 - y * outputs(p, x, sizes), 0.0)) / x.shape[1] + data["penalty"] * ca.dot(p, p)

    return descend(loss, data, data["y"][:, None], finished)


def digits(data: Data, finished: Function) -> Function:
    sizes = data["sizes"].tolist()

    def loss(p: Any, x: Any, target: Any) -> Any:
        scores = outputs(p, x, sizes)
        largest = scores[0, :]
        for k in range(1, sizes[-1]):
            largest = ca.fmax(largest, scores[k, :])
        shifted = scores - ca.repmat(largest, sizes[-1], 1)
        return ca.sum2(ca.log(ca.sum1(ca.exp(shifted))) - ca.sum1(target * shifted)) / x.shape[1]

    return descend(loss, data, data["one_hot"], finished)


def scalar_function(f: Function, n: int, gradient: bool = True) -> Any:
    x = ca.SX.sym("x", n)
    y = f(x)
    return ca.Function("f", [x], [y, ca.gradient(y, x)] if gradient else [y])


def rosenbrock(data: Data) -> Any:
    n = data["points"].shape[1]
    return scalar_function(lambda x: rosenbrock_by_elements(x, n), n)


def called(f: Any) -> Function:
    return lambda x: convert(f(x))


def convert(found: Any) -> Any:
    value, gradient = found
    return float(value), gradient.full().ravel()


class Bound:
    """A function bound to arrays that it reads and fills at each call. CasADi keeps their addresses, and not them."""

    def __init__(self, f: Any, given: Any, *results: Any) -> None:
        self.bound = (f, given, results)
        self.buffer, self.evaluate = f.buffer()
        self.buffer.set_arg(0, memoryview(given))
        for i, array in enumerate(results):
            self.buffer.set_res(i, memoryview(array))


def buffered(f: Any, n: int) -> Function:
    point, value, gradient = np.empty(n), np.empty(1), np.empty(n)
    bound = Bound(f, point, value, gradient)

    def call(x: Any) -> tuple[Any, Any]:
        point[:] = x
        bound.evaluate()
        return value[0], gradient

    return call


def prices(data: Data, finished: Function) -> Function:
    points = data["columns"].T.copy()
    out = np.empty((len(points), 6))
    x = ca.SX.sym("x", 5)
    y = black_scholes(*ca.vertsplit(x), ca)
    row = finished(ca.Function("row", [x], [ca.vertcat(y, ca.gradient(y, x))]))
    threads = int(os.environ["OMP_NUM_THREADS"])
    bound = Bound(row.map(len(points), *(["thread", threads] if threads > 1 else [])), points, out)

    def price() -> Any:
        bound.evaluate()
        return out[:, 0], out[:, 1:].T

    return price


def built(data: Data, gradient: bool, finished: Function) -> Function:
    def build() -> Function:
        n = len(data["x"])
        f = finished(scalar_function(lambda x: program(x, data["operations"], ca.sin), n, gradient))
        return (lambda x: convert(f(x))) if gradient else (lambda x: float(f(x)))

    return build


def interpreted(f: Any) -> Any:
    return f


def in_c(f: Any) -> Any:
    """The same function, from the C code that CasADi writes for it."""
    if shutil.which("gcc") is None:
        raise ImportError("there is no gcc here", name="gcc")
    folder = Path(tempfile.mkdtemp(prefix="casadi-"))
    here = Path.cwd()
    os.chdir(folder)  # code is generated into the working directory
    try:
        f.generate("f.c")
        subprocess.run(["gcc", "-O3", "-march=native", "-fPIC", "-shared", "f.c", "-o", "f.so", "-lm"], check=True)
        return ca.external(f.name(), str(folder / "f.so"))
    finally:
        os.chdir(here)
        shutil.rmtree(folder)


CONTENDERS: dict[str, dict[str, Function]] = {
    "casadi": {
        "moons": lambda data: moons(data, interpreted),
        "digits": lambda data: digits(data, interpreted),
        "rosenbrock": lambda data: called(rosenbrock(data)),
        "graph": lambda data: built(data, False, interpreted),
        "graph_gradient": lambda data: built(data, True, interpreted),
    },
    "casadi buffer": {
        "rosenbrock": lambda data: buffered(rosenbrock(data), data["points"].shape[1]),
        "black_scholes": lambda data: prices(data, interpreted),
    },
    "casadi C by gcc": {
        "moons": lambda data: moons(data, in_c),
        "digits": lambda data: digits(data, in_c),
        "rosenbrock": lambda data: buffered(in_c(rosenbrock(data)), data["points"].shape[1]),
        "black_scholes": lambda data: prices(data, in_c),
        "graph": lambda data: built(data, False, in_c),
        "graph_gradient": lambda data: built(data, True, in_c),
    },
}
