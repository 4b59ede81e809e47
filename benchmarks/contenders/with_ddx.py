"""ddx-ad: graphs of scalars, compiled by LLVM; as the allocating call, and bound to a buffer.

A network is one graph for a row, its parameters the symbols and the row its parameters; the rows are a batch of points. That
takes a column of the whole gradient for each row, which is too much for the digits.
"""

from __future__ import annotations

from typing import Any

import ddx
import numpy as np

from .works import Data, Function, black_scholes, layers, program, rosenbrock_by_elements


def compiled(model: Function, points: int = 1) -> Any:
    return ddx.equation(model).compile(points=points, veclib=ddx.VecLib.AUTO)


def variables(n: int) -> list[Any]:
    return [ddx.var(f"x{i}") for i in range(n)]


def moons(data: Data) -> Function:
    sizes, rows, rate, penalty = data["sizes"].tolist(), len(data["x"]), data["rate"], data["penalty"]

    def loss() -> Any:
        p = np.empty(data["p"].size, dtype=object)
        for i, v in enumerate(variables(p.size)):
            p[i] = v
        values = [ddx.param(f"input{i}") for i in range(sizes[0])]
        y = ddx.param("y")
        network = layers(p, sizes)
        for k, (weights, biases) in enumerate(network):
            values = [dot(row, values) + bias for row, bias in zip(weights, biases, strict=True)]
            if k + 1 < len(network):
                values = [ddx.select(v > 0.0, v, 0.0 * v) for v in values]
        margin = 1.0 - y * values[0]
        return ddx.select(margin > 0.0, margin, 0.0 * margin)

    f = compiled(loss, points=rows)
    n = data["p"].size
    call = f.buffer(np.vstack([np.zeros((n, rows)), data["x"].T, data["y"]]), want=ddx.Want.GRADIENT)

    def train(steps: int) -> Any:
        p = data["p"].copy()
        for _ in range(steps):
            call.x[:n] = p[:, None]
            call()
            p -= rate * (call.jacobian.mean(axis=1) + 2.0 * penalty * p)
        return p

    return train


def dot(row: Any, values: list[Any]) -> Any:
    return sum(w * v for w, v in zip(row, values, strict=True))


def rosenbrock(data: Data) -> Any:
    n = data["points"].shape[1]
    return compiled(lambda: rosenbrock_by_elements(variables(n), n))


def buffered(f: Any) -> Function:
    call = f.buffer(np.zeros(f.arity))
    point = call.x

    def value_and_gradient(x: Any) -> tuple[Any, Any]:
        point[:] = x
        call()
        return call.value, call.jacobian

    return value_and_gradient


def prices(data: Data) -> Function:
    columns = data["columns"]

    def price() -> Any:
        return black_scholes(*variables(5), ddx)

    call = compiled(price, points=columns.shape[1]).buffer(columns)

    def run() -> Any:
        call()
        return call.value, call.jacobian

    return run


def built(data: Data, gradient: bool) -> Function:
    def build() -> Function:
        f = ddx.equation(lambda: program(variables(len(data["x"])), data["operations"], ddx.sin))
        f.options = ddx.Options(backend=ddx.Backend.COMPILE)
        fast = f.jacobian if gradient else f.evaluate
        fast(data["x"])  # compiles
        return fast

    return build


CONTENDERS: dict[str, dict[str, Function]] = {
    "ddx-ad": {
        "rosenbrock": lambda data: rosenbrock(data).jacobian,
        "graph": lambda data: built(data, False),
        "graph_gradient": lambda data: built(data, True),
    },
    "ddx-ad buffer": {
        "moons": moons,
        "rosenbrock": lambda data: buffered(rosenbrock(data)),
        "black_scholes": prices,
    },
}
