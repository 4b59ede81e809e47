"""Five fixed graphs of up to 1,000 nodes, by which layouts are compared, and how often Graphviz has edges of them cross."""

import random
from collections.abc import Callable
from typing import Any

from autograd import Value, dot, explore, fsum, softmax


def function() -> Value:
    chosen = random.Random(0)
    x, y, z = (Value(chosen.random()) for _ in range(3))
    a, b = x * y + z, (x - z).tanh()
    return (a * b + (a - b) ** 2 + (a / (y + 2.0)).exp()) * (b.sin() + a.log1p() * x)


def neuron(chosen: random.Random, xs: list[Value]) -> Value:
    return sum((Value(chosen.uniform(-1, 1)) * x for x in xs), Value(0.1)).tanh()


def networks() -> Value:
    """Three networks of two layers of six neurons, on the same numbers."""
    chosen = random.Random(0)
    xs = [Value(chosen.random()) for _ in range(3)]
    outputs = []
    for _ in range(3):
        layer = xs
        for width in (6, 6, 1):
            layer = [neuron(chosen, layer) for _ in range(width)]
        outputs.append((layer[0] - 0.5) ** 2)
    return fsum(outputs)


def attention() -> Value:
    """Two rounds in which each of seven tokens looks at all."""
    chosen = random.Random(0)
    tokens = [[Value(chosen.random()) for _ in range(3)] for _ in range(7)]
    for _ in range(2):
        scores = [[dot(q, k) for k in tokens] for q in tokens]
        weights = [[softmax(row, i) for i in range(len(row))] for row in scores]
        tokens = [[dot(row, [token[j] for token in tokens]) for j in range(3)] for row in weights]
    return fsum([x for token in tokens for x in token])


def at_random() -> Value:
    chosen = random.Random(0)
    nodes = [Value(chosen.random()) for _ in range(12)]
    for _ in range(300):
        a, b = chosen.choice(nodes[-25:]), chosen.choice(nodes)
        nodes.append(chosen.choice([a + b, a * b, a.tanh(), a - b]))
    return fsum(nodes[-40:])


FIVE: dict[str, Callable[[], Value]] = {
    "function": function,
    "neuron": lambda: neuron(random.Random(0), [Value(0.5) for _ in range(24)]),
    "networks": networks,
    "attention": attention,
    "random": at_random,
}

IN_GRAPHVIZ = {"function": 6, "neuron": 0, "networks": 1207, "attention": 81406, "random": 1402}
"""Crossings in what Graphviz draws of them, as `make bench-pictures` counts them."""


def described(y: Value) -> dict[str, Any]:
    """What benchmarks/layouts.mjs takes: a box for each node, and the edges between them."""
    columns = explore(y)._columns
    edges, start = set(), 0
    for i, count in enumerate(columns.counts):
        edges |= {(i - back, i) for back in columns.operands[start : start + count] if back > 0}
        start += count
    return {"sizes": [[90, 40]] * len(columns.op), "edges": sorted(edges)}
