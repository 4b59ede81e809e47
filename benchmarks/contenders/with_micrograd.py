"""The classic engine of a hundred lines, as its own demo uses it. It has no exp and no log.

Its nodes are in cycles, which only CPython's garbage collector frees; walking the graph again and again, the collector takes
most of the time, so both are shown.
"""

from __future__ import annotations

import gc
import sys
from typing import Any

import numpy as np
from micrograd.engine import Value
from micrograd.nn import MLP

from .works import Data, Function, layers, rosenbrock_by_elements

sys.setrecursionlimit(100_000)  # it recurses to the depth of a graph


def moons(data: Data) -> Function:
    rows, labels, rate = data["x"].tolist(), data["y"].tolist(), data["rate"]

    def train(steps: int) -> Any:
        model = MLP(int(data["sizes"][0]), data["sizes"][1:].tolist())
        copy_into(model, layers(data["p"], data["sizes"]))
        for _ in range(steps):
            scores = [model([Value(x) for x in row]) for row in rows]
            losses = [(1 + -y * score).relu() for y, score in zip(labels, scores, strict=True)]
            total = sum(losses) * (1.0 / len(losses)) + data["penalty"] * sum(p * p for p in model.parameters())
            model.zero_grad()
            total.backward()
            for p in model.parameters():
                p.data -= rate * p.grad
        return flat(model)

    return train


def copy_into(model: Any, network: Any) -> None:
    for layer, (weights, biases) in zip(model.layers, network, strict=True):
        for neuron, row, bias in zip(layer.neurons, weights.tolist(), biases.tolist(), strict=True):
            neuron.b.data = bias
            for w, x in zip(neuron.w, row, strict=True):
                w.data = x


def flat(model: Any) -> Any:
    found = []
    for layer in model.layers:
        found += [w.data for neuron in layer.neurons for w in neuron.w]
        found += [neuron.b.data for neuron in layer.neurons]
    return np.array(found)


def rosenbrock(data: Data) -> Function:
    def call(x: Any) -> tuple[float, list[float]]:
        point = [Value(float(number)) for number in x]
        value = rosenbrock_by_elements(point, len(point))
        value.backward()
        return value.data, [v.grad for v in point]

    return call


def without_collector(maker: Function) -> Function:
    def made(data: Data) -> Function:
        gc.disable()
        return maker(data)

    return made


MAKERS = {"moons": moons, "rosenbrock": rosenbrock}
CONTENDERS: dict[str, dict[str, Function]] = {
    "micrograd": MAKERS,
    "micrograd GC off": {task: without_collector(maker) for task, maker in MAKERS.items()},
}
