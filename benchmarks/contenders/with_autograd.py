"""This library: compiled once and called, and eagerly, a graph for each step."""

from __future__ import annotations

import itertools
from typing import Any

import autograd
from autograd import compile, dot, fsum, logsumexp, relu, value_and_grad

from .works import Data, Function, black_scholes, program, rosenbrock_by_elements, slices


def outputs(p: Any, x: Any, sizes: list[int]) -> list[Any]:
    """What a perceptron with the flat parameters `p` makes of one row."""
    p, start = list(p), 0
    for inputs, width in itertools.pairwise(sizes):
        biases = start + width * inputs
        x = [dot(p[start + j * inputs : start + (j + 1) * inputs], x) + p[biases + j] for j in range(width)]
        start = biases + width
        if start < len(p):
            x = [relu(v) for v in x]
    return x


def hinge(data: Data) -> Function:
    sizes, penalty = data["sizes"].tolist(), data["penalty"]

    def loss(p: Any, x: Any, y: Any) -> Any:
        (score,) = outputs(p, x, sizes)
        return relu(1.0 - y * score) + penalty * dot(p, p)

    return loss


def cross_entropy(data: Data) -> Function:
    sizes = data["sizes"].tolist()

    def loss(p: Any, x: Any, target: Any) -> Any:
        scores = outputs(p, x, sizes)
        return logsumexp(scores) - dot(target, scores)

    return loss


def mean_over_rows(loss: Function) -> Function:
    """The eager form of what compile does with in_axes=(None, 0, 0), reduce="mean"."""
    return lambda p, x, y: fsum([loss(p, *row) for row in zip(x, y, strict=True)]) / len(x)


def descend(step: Function, data: Data, target: str) -> Function:
    x, y, rate = data["x"], data[target], data["rate"]
    batches = [(x[part], y[part]) for part in slices(len(x), data.get("batch", len(x)))]

    def train(epochs: int) -> Any:
        p = data["p"].copy()
        for _ in range(epochs):
            for some_x, some_y in batches:
                _, gradient = step(p, some_x, some_y)
                p -= rate * gradient
        return p

    return train


def compiled_over_rows(loss: Function) -> Function:
    return compile(value_and_grad(loss), in_axes=(None, 0, 0), reduce="mean")


def eager_over_rows(loss: Function) -> Function:
    return value_and_grad(mean_over_rows(loss))


def rosenbrock(x: Any) -> Any:
    return rosenbrock_by_elements(x, len(x))


def price(s: Any, k: Any, t: Any, r: Any, v: Any) -> Any:
    return black_scholes(s, k, t, r, v, autograd)


price_and_derivatives = value_and_grad(price, argnums=(0, 1, 2, 3, 4))


def compiled_prices(data: Data) -> Function:
    fast = compile(price_and_derivatives, in_axes=0)
    return lambda: fast(*data["columns"])


def eager_prices(data: Data) -> Function:
    def prices() -> Any:
        found = [price_and_derivatives(*row) for row in data["columns"].T.tolist()]
        return [p for p, _ in found], list(zip(*[slopes for _, slopes in found], strict=True))

    return prices


def built(transform: Function, data: Data) -> Function:
    def f(x: Any) -> Any:
        return program(x, data["operations"], autograd.sin)

    def build() -> Function:
        fast = compile(transform(f))
        fast(data["x"])  # records
        return fast

    return build


CONTENDERS: dict[str, dict[str, Function]] = {
    "ours compiled": {
        "moons": lambda data: descend(compiled_over_rows(hinge(data)), data, "y"),
        "digits": lambda data: descend(compiled_over_rows(cross_entropy(data)), data, "one_hot"),
        "rosenbrock": lambda data: compile(value_and_grad(rosenbrock)),
        "black_scholes": compiled_prices,
        "graph": lambda data: built(lambda f: f, data),
        "graph_gradient": lambda data: built(value_and_grad, data),
    },
    "ours eager": {
        "moons": lambda data: descend(eager_over_rows(hinge(data)), data, "y"),
        "digits": lambda data: descend(eager_over_rows(cross_entropy(data)), data, "one_hot"),
        "rosenbrock": lambda data: value_and_grad(rosenbrock),
        "black_scholes": eager_prices,
    },
}
