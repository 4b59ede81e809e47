"""Copies and pickles of whole graphs, without recursion: what was shared stays shared, so gradients reach the copies' leaves.

`copy.copy` gives a node with the same parents, `copy.deepcopy` a graph of its own. A pickle flattens a graph into arrays; a
node pickled beside others of its graph (a list of layers, a loss and its weights) keeps its place among them.
"""

from __future__ import annotations

import threading
import weakref
from array import array
from collections.abc import Callable, Sequence
from typing import Any

from .modes import trace_here
from .primitives import BY_NAME, Primitive
from .value import Value, operands_and_slopes, plain, row_of
from .value_type import attach, restored


def ancestors(roots: Sequence[Value], known: Callable[[Value], bool]) -> list[Value]:
    """`roots` and what they were computed from, each after its parents, leaving out known nodes and all behind them."""
    order: list[Value] = []
    done: set[int] = set()
    stack = [v for v in reversed(roots) if not known(v)]
    while stack:
        v = stack[-1]
        waiting_for = [p for p in v.parents if id(p) not in done and not known(p)] if id(v) not in done else []
        if waiting_for:
            stack.extend(reversed(waiting_for))
            continue
        stack.pop()
        if id(v) not in done:
            done.add(id(v))
            order.append(v)
    return order


def _copy(self: Value) -> Value:
    if not self.op and trace_here() is not None:  # a leaf's number may be another in each run
        return self.detach()
    pairs = operands_and_slopes(self)
    operands, slopes = [o for o, _ in pairs], [s for _, s in pairs]
    return restored(plain(self), self.grad, row_of(self), operands, slopes, self.label, self.origin)


def _deepcopy(self: Value, memo: dict[int, Any]) -> Value:
    for v in ancestors([self], lambda p: id(p) in memo):
        pairs = operands_and_slopes(v)
        operands = [memo[id(o)] if isinstance(o, Value) else o for o, _ in pairs]
        if not v.op and trace_here() is not None:
            memo[id(v)] = v.detach()
            continue
        memo[id(v)] = restored(plain(v), v.grad, row_of(v), operands, [s for _, s in pairs], v.label, v.origin)
    copied: Value = memo[id(self)]
    return copied


class _OfNodes(dict[int, "weakref.ref[Recording]"]):
    """The recordings by the nodes in them. It is there as long as one of these recordings.

    Nothing of it needs to be told that one is gone: there a Ctrl-C would come to nobody.
    """


class _Here(threading.local):
    """What this thread's pickles have of it."""

    of_nodes: Callable[[], _OfNodes | None] = staticmethod(lambda: None)

    def holding(self, v: Value) -> Recording | None:
        of_nodes = self.of_nodes()
        found = None if of_nodes is None else of_nodes.get(id(v))
        return found() if found is not None else None


_here = _Here()


class Recording:
    """The nodes that one pickle writes as arrays. While the pickle is being made, later nodes find theirs in it."""

    def __init__(self, root: Value) -> None:
        self.nodes = ancestors([root], lambda p: not p.op or _here.holding(p) is not None)
        self.place = {id(v): i for i, v in enumerate(self.nodes)}
        self.of_nodes = _here.of_nodes()
        if self.of_nodes is None:
            self.of_nodes = _OfNodes()
            _here.of_nodes = weakref.ref(self.of_nodes)
        self.of_nodes.update(dict.fromkeys(self.place, weakref.ref(self)))

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
        origins = {i: v.origin for i, v in enumerate(self.nodes) if v.origin}
        return _rebuild, (list(ops), which, counts, places, data, grads, slopes, labels, outside, origins)


def _rebuild(
    ops: list[str], which: Any, counts: Any, places: Any, data: Any, grads: Any, slopes: Any, labels: dict[int, str],
    outside: list[Any], origins: dict[int, tuple[str, int]],
) -> list[Value]:  # fmt: skip
    missing = [op for op in ops if op not in BY_NAME]
    if missing:
        raise ValueError(
            f"there is no primitive named {missing[0]!r} here: define it by autograd.primitive, then load this graph"
        )
    rows: list[Primitive] = [BY_NAME[op] for op in ops]
    nodes: list[Value] = []
    start = 0
    for i, count in enumerate(counts):
        end = start + count
        operands = [nodes[place] if place >= 0 else outside[-place - 1] for place in places[start:end]]
        label, origin = labels.get(i, ""), origins.get(i)
        nodes.append(restored(data[i], grads[i], rows[which[i]], operands, slopes[start:end], label, origin))
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
    recording = _here.holding(self) or Recording(self)
    return _node_at, (recording, recording.place[id(self)])


for _function in (_rebuild, _node_at, _leaf):
    _function.__module__ = __name__.partition(".")[0]  # the package's name in pickles, so that this file may move

attach("__copy__", _copy)
attach("__deepcopy__", _deepcopy)
attach("__reduce_ex__", _reduce_ex)
