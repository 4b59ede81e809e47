"""What predict mode says of an answer: right, or which of the usual confusions it is."""

from pathlib import Path
from typing import Any

from page_in_node import in_node

from autograd import explore

ASK = """
    const graph = new Graph(given.graph), names = new Names(graph, given.names);
    const frames = new Frames(graph, [], graph.outputs[0]);
    return given.answers.map(([step, x]) => diagnosis({ graph, names, frames, step }, frames.at(step), x).words);
"""


def test_each_confusion_is_told_what_it_is(tmp_path: Path) -> None:
    def f(a: Any, b: Any) -> Any:
        c = a * b
        d = c - a
        return d * a

    explored = explore(f, 1.7, -0.6)
    data = {name: v.data for name, v in zip(explored.names, explored.nodes, strict=True)}
    forward = next(step for step, frame in enumerate(explored.frames) if frame.kind == "value")
    shares = [(step, frame) for step, frame in enumerate(explored.frames) if frame.kind == "edge" and frame.node == 0]
    (_, first), (_, second), (last, third) = shares
    made = [frame.after for frame in explored.frames if frame.kind == "edge" and frame.node == third.user]
    adjoint = made[-1]
    slope = third.share / adjoint
    said = {
        (forward, data["c"]): "Right: −1.02.",
        (forward, -data["c"]): "negative",
        (forward, 1.7 - 0.6): "That is the sum of the operands, and this operation is no sum.",
        (forward, -0.6 / 1.7): "quotient the other way round",
        (forward, 1.7): "an operand itself",
        (last, third.after): "Right",
        (last, third.share): "That is what this edge brings.",
        (last, third.before): "That is what had come before",
        (last, third.after - first.share): "One path is missed",
        (last, third.after - second.share): "One path is missed",
        (last, third.before * third.share): "shares of several paths are added, factors along one path are multiplied",
        (last, third.before - third.share): "it is added",
        (last, third.before + adjoint * data["a"]): "The value of a was taken for the slope",
        (last, third.before + adjoint * data["c"]): "The value of c was taken for the slope",
        (last, third.before + slope): "The slope was added as it is",
        (last, slope): "That is the local slope alone",
        (last, 1234.5): "Not yet. Multiply the adjoint of c",
    }
    given = {key: explored.data[key] for key in ("graph", "names")} | {"answers": [list(answer) for answer in said]}
    files = ("rules.js", "runtime.js", "frames.js", "writing.js", "predict.js")
    for (answer, part), words in zip(said.items(), in_node(tmp_path, ASK, given, *files), strict=True):
        assert part in words, answer
