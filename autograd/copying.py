"""Copies and pickles of whole graphs, without recursion: what was shared stays shared, so gradients reach the copies' leaves.

`copy.copy` gives a node with the same parents, `copy.deepcopy` a graph of its own. A pickle flattens a graph into arrays; a
node pickled beside others of its graph (a list of layers, a loss and its weights) keeps its place among them.
"""

from __future__ import annotations

import weakref
from array import array
from typing import Any, ClassVar

from .backward import topological_order
from .value import Value, attach, operands_and_slopes, restored


def _copy(self: Value) -> Value:
    pairs = operands_and_slopes(self)
    return restored(self.data, self.grad, self.op, [o for o, _ in pairs], [s for _, s in pairs], self.label)


def _deepcopy(self: Value, memo: dict[int, Any]) -> Value:
    for v in topological_order(self):
        if id(v) not in memo:
            pairs = operands_and_slopes(v)
            operands = [memo[id(o)] if isinstance(o, Value) else o for o, _ in pairs]
            memo[id(v)] = restored(v.data, v.grad, v.op, operands, [s for _, s in pairs], v.label)
    copied: Value = memo[id(self)]
    return copied


class Recording:
    """The nodes that one pickle writes as arrays. While the pickle is being made, later nodes find theirs in it."""

    of_node: ClassVar[dict[int, weakref.ref[Recording]]] = {}

    def __init__(self, root: Value) -> None:
        self.nodes = [v for v in topological_order(root) if v.op and id(v) not in Recording.of_node]
        self.place = place = {id(v): i for i, v in enumerate(self.nodes)}

        def forget(_: object, forgotten: dict[int, weakref.ref[Recording]] = Recording.of_node) -> None:
            for key in place:
                del forgotten[key]

        Recording.of_node.update(dict.fromkeys(place, weakref.ref(self, forget)))

    @staticmethod
    def of(v: Value) -> Recording:
        found = Recording.of_node.get(id(v))
        recording = found() if found is not None else None
        return recording if recording is not None else Recording(v)

    def __reduce__(self) -> tuple[Any, ...]:
        ops: dict[str, int] = {}
        which, counts, places = array("l"), array("l"), array("q")
        data, grads, slopes = array("d"), array("d"), array("d")
        outside: list[Any] = []  # leaves, constants, and nodes of earlier recordings
        for v in self.nodes:
            pairs = operands_and_slopes(v)
            which.append(ops.setdefault(v.op, len(ops)))
            counts.append(len(pairs))
            data.append(v.data)
            grads.append(v.grad)
            for operand, slope in pairs:
                place = self.place.get(id(operand), -1)
                if place < 0:
                    outside.append(operand)
                    place = -len(outside)
                places.append(place)
                slopes.append(0.0 if slope is None else slope)
        labels = {i: v.label for i, v in enumerate(self.nodes) if v.label}
        return _rebuild, (list(ops), which, counts, places, data, grads, slopes, labels, outside)


def _rebuild(
    ops: list[str], which: Any, counts: Any, places: Any, data: Any, grads: Any, slopes: Any, labels: dict[int, str],
    outside: list[Any],
) -> list[Value]:  # fmt: skip
    nodes: list[Value] = []
    start = 0
    for i, count in enumerate(counts):
        end = start + count
        operands = [nodes[place] if place >= 0 else outside[-place - 1] for place in places[start:end]]
        nodes.append(restored(data[i], grads[i], ops[which[i]], operands, slopes[start:end], labels.get(i, "")))
        start = end
    return nodes


def _node_at(nodes: list[Value], i: int) -> Value:
    return nodes[i]


def _leaf(data: float, grad: float, label: str) -> Value:
    v = Value(data, label)
    v.grad = grad
    return v


def _reduce_ex(self: Value, protocol: Any) -> tuple[Any, ...]:
    if not self.op:
        return _leaf, (self.data, self.grad, self.label)
    recording = Recording.of(self)
    return _node_at, (recording, recording.place[id(self)])


attach("__copy__", _copy)
attach("__deepcopy__", _deepcopy)
attach("__reduce_ex__", _reduce_ex)
