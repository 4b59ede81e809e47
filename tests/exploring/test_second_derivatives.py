"""Derivatives inside what is explored: their own derivatives, in Python's frames and in the page, on every side of a choice."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from page_in_node import in_node

import autograd
from autograd import Value, explore, grad
from autograd.pictures.graph_description import graph_description


def second(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: grad(f)(x)


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "tanh": second(lambda x: (x * x).tanh()),
    "gelu": second(lambda x: (x * 1.5).gelu() + x.silu()),
    "kinks": second(lambda x: (x * x).relu() + abs(x * x * x) + autograd.clip(x * x, 0.1, 9.0)),
    "powers": second(lambda x: (x * x) ** x + x.log()),
    "lists": second(lambda x: autograd.logsumexp([x, x * x]) + autograd.softmax([x, x * x, 1.0], 0) + autograd.max([x * x, x])),
    "twice": second(second(lambda x: (x * x).tanh())),
    "where": lambda x: autograd.where(x > 1.0, (x - 1.0).log() * x, x * x) + autograd.where(x < 1.0, 1.0, (x - 1.0).sqrt()),
}

PLAY = """
    const graph = new Graph(given.graph), frames = new Frames(graph, [], graph.outputs[0]);
    return given.numbers.map(x => {
      graph.set(given.place, x);
      graph.forward();
      graph.backward();
      frames.replay();
      return [graph.values[graph.outputs[0]], graph.adjoints[given.place], frames.adjoints[given.place]];
    });"""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_numbers_follow_on_every_side(name: str, tmp_path: Path) -> None:
    f = FUNCTIONS[name]
    numbers = [0.7, 1.3, 2.0, 0.25]
    explored = explore(f, numbers[0])
    described = graph_description(explored.outputs, nodes=explored.nodes)
    place = explored.names.index("x")
    given = {"graph": described, "place": place, "numbers": numbers}
    want = []
    for x in map(Value, numbers):
        y = f(x)
        y.backward()
        want.append([y.data, x.grad, x.grad])
    assert not explored._guards and all(map(math.isfinite, want[0]))
    assert in_node(tmp_path, PLAY, given, "rules.js", "runtime.js", "frames.js") == [
        pytest.approx(right, rel=1e-10, abs=1e-12) for right in want
    ]
    last = {frame.node: frame.after for frame in explored.frames if frame.kind == "edge"}
    assert last[place] == pytest.approx(want[0][1], rel=1e-10)
