"""NumPy, derivatives by hand. What it gives is the measure for all others."""

from __future__ import annotations

from typing import Any

import numpy as np

from .works import OPERATIONS_A_TURN, Data, Function, layers, program, slices


def forward(network: list[tuple[Any, Any]], x: Any) -> list[Any]:
    """The inputs of each layer, and the outputs of the last."""
    found = [x]
    for weights, biases in network:
        x = x @ weights.T
        x += biases
        found.append(x)
        if len(found) <= len(network):
            np.maximum(x, 0.0, out=x)
    return found


def backward(network: list[tuple[Any, Any]], gradient: list[tuple[Any, Any]], inputs: list[Any], delta: Any) -> None:
    """Fills the gradient, given that of the loss by the outputs."""
    for k in range(len(network) - 1, -1, -1):
        np.matmul(delta.T, inputs[k], out=gradient[k][0])
        delta.sum(axis=0, out=gradient[k][1])
        if k:
            delta = delta @ network[k][0]
            delta *= inputs[k] > 0.0


def moons(data: Data) -> Function:
    x, y, rate, penalty = data["x"], data["y"][:, None], data["rate"], data["penalty"]

    def train(steps: int) -> Any:
        p, g = data["p"].copy(), np.empty_like(data["p"])
        network, gradient = layers(p, data["sizes"]), layers(g, data["sizes"])
        share = y / -len(x)
        for _ in range(steps):
            found = forward(network, x)
            backward(network, gradient, found, np.where(y * found[-1] < 1.0, share, 0.0))
            g += 2.0 * penalty * p
            g *= rate
            p -= g
        return p

    return train


def digits(data: Data) -> Function:
    x, one_hot, rate = data["x"], data["one_hot"], data["rate"]
    batches = [(x[part], one_hot[part]) for part in slices(len(x), data["batch"])]

    def train(epochs: int) -> Any:
        p, g = data["p"].copy(), np.empty_like(data["p"])
        network, gradient = layers(p, data["sizes"]), layers(g, data["sizes"])
        for _ in range(epochs):
            for some_x, some_y in batches:
                found = forward(network, some_x)
                scores = found[-1]
                scores -= scores.max(axis=1, keepdims=True)
                np.exp(scores, out=scores)
                scores /= scores.sum(axis=1, keepdims=True)
                scores -= some_y
                scores /= len(some_x)
                backward(network, gradient, found, scores)
                g *= rate
                p -= g
        return p

    return train


def rosenbrock(data: Data) -> Function:
    def value_and_gradient(x: Any) -> tuple[float, Any]:
        x = np.asarray(x)
        before = x[:-1]
        rise, rest = x[1:] - before * before, 1.0 - before
        gradient = np.zeros_like(x)
        gradient[1:] = 200.0 * rise
        gradient[:-1] -= 400.0 * before * rise + 2.0 * rest
        return 100.0 * (rise @ rise) + rest @ rest, gradient

    return value_and_gradient


def prices(data: Data) -> Function:
    from scipy.special import ndtr

    def price() -> Any:
        s, k, t, r, v = data["columns"]
        root = np.sqrt(t)
        spread = v * root
        d1 = (np.log(s / k) + (r + 0.5 * v * v) * t) / spread
        below, discounted = ndtr(d1), k * np.exp(-r * t)
        density = s * np.exp(-0.5 * d1 * d1) * 0.3989422804014327
        paid = discounted * ndtr(d1 - spread)
        return s * below - paid, (below, -paid / k, density * v / (2.0 * root) + r * paid, t * paid, density * root)

    return price


def graph(data: Data) -> Function:
    """No graph: the numbers of the program, to compare with."""
    return lambda: lambda x: program(x, data["operations"], np.sin)


def graph_gradient(data: Data) -> Function:
    """No graph: the numbers of its gradient."""
    turns = np.arange(data["operations"] // OPERATIONS_A_TURN)

    def value_and_gradient(x: Any) -> Any:
        first, second = turns % len(x), (7 * turns + 3) % len(x)
        u, v = x[first], x[second]
        a = u * v + (1.0 + 1e-3 * turns)
        b, slope, below = np.sin(a - u), np.cos(a - u), a * a + 1.0
        by_b, by_a = (2.0 * b + v) / below, -2.0 * a * (b + v) * b / (below * below)
        gradient = np.zeros(len(x))
        np.add.at(gradient, first, (by_a + by_b * slope) * v - by_b * slope)
        np.add.at(gradient, second, (by_a + by_b * slope) * u + b / below)
        return np.sum((b + v) / below * b), gradient

    return lambda: value_and_gradient


CONTENDERS: dict[str, dict[str, Function]] = {
    "numpy by hand": {"moons": moons, "digits": digits, "rosenbrock": rosenbrock, "black_scholes": prices}
}
REFERENCE = CONTENDERS["numpy by hand"] | {"graph": graph, "graph_gradient": graph_gradient}
