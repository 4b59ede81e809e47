"""A graph as plain data, for a page that runs it again: what `page/runtime.js` takes.

The description has numbers only where no rule gives them: of leaves and constants, and of nodes that are not what their rule
gives, because their `data` was set since or because their primitive is one of your own, of which a page knows nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from ..engine.primitives import slope_of
from ..engine.value import Value, operands_and_slopes, operands_of, plain, row_of
from .page_rules import has_rule


def graph_description(
    outputs: Sequence[Value], *, guards: Sequence[Any] = (), nodes: Sequence[Value] | None = None
) -> dict[str, Any]:
    """What `outputs` were computed from, as a dict that `json.dumps` takes.

    guards      comparisons that were branched on, each with `relation`, `left`, `right` (Values or numbers) and `outcome`
    nodes       what `described_nodes` gives, where somebody has asked for that before

    Nodes are numbered from 0, each after its operands. The dict has

    ops         the names of the operations there are; the first is "", a leaf's
    symbols     how each of them reads in a picture: "+", "tanh"
    op          for each node, which of them made it
    counts      for each node, how many operands it has
    operands    those of all nodes, in order: d > 0 for the node d before the one that it is an operand of, -k for constant k
    constants   the numbers that are operands
    leaves      the data of the leaves, in order
    frozen      nodes whose numbers no rule gives: [{"node": 5, "value": 2.0, "slopes": [1.0, ...]}, ...]
    outputs     the numbers of the outputs
    guards      [{"relation": "<", "left": 3, "right": ~0, "outcome": True, "place": 2}, ...], where ~k is constant k
    labels      {node: label} for those that have one
    places      [file, line] of each line of code that made a node, if that was recorded
    place       for each node which of them, -1 if that is not known

    NaN and infinities, which JSON has no numbers for, are texts: "NaN", "Infinity", "-Infinity".

    >>> x = Value(2.0, label="x")
    >>> found = graph_description([x * x + 1.0])
    >>> found["ops"], found["op"], found["operands"], found["constants"], found["labels"]
    (['', 'mul', 'add'], [0, 1, 2], [1, 1, 1, 0], [1.0], {0: 'x'})
    >>> found["symbols"], found["leaves"], found["outputs"], found["frozen"]
    (['', '×', '+'], [2.0], [2], [])
    """
    nodes = described_nodes(outputs, guards=guards) if nodes is None else nodes
    number = {id(v): i for i, v in enumerate(nodes)}
    constants, ops, places = Table(), Table(), Table()
    ops.number("")
    symbols = {"": ""}
    counts, operands, leaves, place, labels = [], [], [], [], {}
    frozen: list[dict[str, Any]] = []
    rules = Rules()
    op = []
    for i, v in enumerate(nodes):
        row = row_of(v)
        op.append(ops.number(row.name))
        symbols[row.name] = row.symbol.removeprefix("flat ")
        pairs = operands_and_slopes(v)
        counts.append(len(pairs))
        for operand, _ in pairs:
            operands.append(i - number[id(operand)] if isinstance(operand, Value) else -constants.number(operand))
        if not row.code:
            leaves.append(written(plain(v)))
        elif not rules.give(row, plain(v), pairs):
            slopes = [written(math.nan if slope is None else slope) for _, slope in pairs]
            frozen.append({"node": i, "value": written(plain(v)), "slopes": slopes})
        if v.label:
            labels[i] = v.label
        place.append(-1 if v.origin is None else places.number(v.origin))

    def end(x: Any) -> int:
        return number[id(x)] if isinstance(x, Value) else ~constants.number(float(x))

    return {
        "ops": ops.things,
        "symbols": [symbols[name] for name in ops.things],
        "op": op,
        "counts": counts,
        "operands": operands,
        "leaves": leaves,
        "frozen": frozen,
        "outputs": [number[id(v)] for v in outputs],
        "guards": [
            {
                "relation": guard.relation,
                "left": end(guard.left),
                "right": end(guard.right),
                "outcome": guard.outcome,
                "place": -1 if getattr(guard, "origin", None) is None else places.number(guard.origin),
            }
            for guard in guards
        ],
        "labels": labels,
        "places": [list(each) for each in places.things],
        "place": place,
        "constants": [written(x) for x in constants.things],
    }


def described_nodes(outputs: Sequence[Value], *, order: Iterable[Value] = (), guards: Sequence[Any] = ()) -> list[Value]:
    """The nodes that `graph_description` describes, each after its operands.

    order       Values in the order in which they were made, as far as that is known (a trace's `made`): so they come here. All
                others come as Python evaluates an expression: operands from left to right, then the node
    """
    nodes = with_operands_first([*outputs, *(x for guard in guards for x in (guard.left, guard.right) if isinstance(x, Value))])
    known = {id(v) for v in nodes}
    made = [v for v in order if id(v) in known]
    return with_operands_first([*made, *nodes]) if made else nodes


class Table:
    """Different things, numbered in the order in which they were met: 0.0 and -0.0 are two."""

    def __init__(self) -> None:
        self.things: list[Any] = []
        self.numbers: dict[Any, int] = {}

    def number(self, thing: Any) -> int:
        key = (thing, math.copysign(1.0, thing)) if thing == 0.0 else thing
        if thing != thing:
            key = "NaN"
        found = self.numbers.get(key)
        if found is None:
            found = self.numbers[key] = len(self.things)
            self.things.append(thing)
        return found


def written(x: float) -> float | str:
    return x if math.isfinite(x) else "NaN" if x != x else "Infinity" if x > 0.0 else "-Infinity"


def with_operands_first(ends: Iterable[Value]) -> list[Value]:
    """Every node that `ends` were computed from, and these: each after its operands."""
    found: dict[int, Value] = {}
    for end in ends:
        todo: list[Any] = [end]
        while todo:
            v = todo.pop()
            if v is None:  # the operands of the one before are found
                v = todo.pop()
                found[id(v)] = v
            elif id(v) not in found:
                todo += (v, None)
                todo += [o for o in reversed(operands_of(v)) if type(o) is Value and id(o) not in found]
    return list(found.values())


class Rules:
    """Whether nodes are what the rules give that a page has of their operations."""

    def __init__(self) -> None:
        self.known: dict[int, bool] = {}
        self.slopes: dict[int, list[Any]] = {}

    def give(self, row: Any, out: float, pairs: Sequence[tuple[Any, float | None]]) -> bool:
        code = row.code
        if code not in self.known:
            self.known[code] = has_rule(row.name)
            self.slopes[code] = [slope_of(row, k) for k in range(row.arity or 0)]
        if not self.known[code]:
            return False
        data = [plain(operand) for operand, _ in pairs]
        over_list = callable(row.slopes)
        if not same(out, row.forward(data) if over_list else row.forward(*data)):
            return False
        if over_list and (row.flat or row.name.startswith("slope ")):
            return True  # nobody asks for its local derivatives, or nobody knows them
        found: Any = row.slopes(data, out) if over_list else None
        for k, (_, slope) in enumerate(pairs):
            if slope is not None and not same(slope, found[k] if over_list else self.slopes[code][k](*data, out)):
                return False
        return True


def same(a: float, b: float) -> bool:
    return (a == b and (a != 0.0 or math.copysign(1.0, a) == math.copysign(1.0, b))) or (a != a and b != b)
