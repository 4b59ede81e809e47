"""Derivatives inside a trace: `gradients()` asks a ReversePass for the slopes of each node, and for what it sends back.

A rule without branches is recorded as the arithmetic it does; any other as one node for each slope, computed by the rule for
floats. The derivative of such a node goes through the rule on Values, once for each way through its branches, and select nodes
choose between the ways: a rule never makes a guard.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..derivatives.custom import BUILT_IN
from ..engine.copying import ancestors
from ..engine.functions import apply_many, fsum, maximum, minimum, softmax, where
from ..engine.functions import max as largest
from ..engine.gradients import adjoints_in_values, dependent, wanted_slopes
from ..engine.primitives import Primitive
from ..engine.reductions import log_softmax_slopes_by, softmax_slopes_by
from ..engine.value import Value, row_of
from .comparisons import Branching, Comparison, Way, every_way
from .ops import SELECTS, Op


class ReversePass:
    """How a pass of `gradients()` is recorded: its slopes, and that nothing is sent where a choice was not taken."""

    def __init__(self, trace: Branching) -> None:
        self.trace = trace
        self.way = Way()  # of the rules that have no branches
        self.chooses = False  # whether the pass has met a choice, or an edge that is there in some runs only
        # By the id of a node below a choice: 1 in the runs that take that choice, else 0.
        self.active: dict[int, Value] = {}
        # By the id of a node and the number of an operand: 1 in the runs in which that edge is there, else 0.
        self.edges: dict[tuple[int, int], Value] = {}

    def slopes(self, v: Value, operands: Sequence[Any], wanted: list[int]) -> list[tuple[int, Any]]:
        """(number of the operand, slope) for each of the operands `wanted` that the derivative goes on to."""
        row = row_of(v)
        op = Op.of(row)
        if op in OVER_LISTS:
            slopes = OVER_LISTS[op](self.trace, operands, v)
            return [(i, slopes[i]) for i in wanted]
        if op.kind == "select":
            self.chooses = True
            return [(i, 1.0) for i in wanted if i >= 2]
        if op.kind == "slope":
            return self.derivatives_of_slope(v, op, operands, wanted)
        if row.code < BUILT_IN and row.code not in _branching:
            as_arithmetic: list[tuple[int, Any]] = self.trace.follow(self.way, wanted_slopes, v, operands, wanted)
            if self.way.straight:
                return as_arithmetic
            self.way = Way()
            if row.arity == 1:  # another operand may be a constant, by which the branches of this rule go
                _branching.add(row.code)
        return [(i, apply_many(Op.slope(op, i).row, [*operands, v])) for i in wanted]

    def derivatives_of_slope(self, v: Value, op: Op, operands: Sequence[Any], wanted: list[int]) -> list[tuple[int, Any]]:
        """The same for the node of a slope, by the rule on Values.

        The rule of a primitive of one's own makes guards on the way, for it may loop on its data.
        """
        row, i = op.primitive, op.operand
        fresh = [where(True, o, 0.0) if isinstance(o, Value) else o for o in operands]
        variables = [fresh[k] for k in wanted]
        ends = {id(o) for o in fresh}

        def derivatives() -> list[Any]:
            """The derivatives in the variables, and then for each whether there is one: on some ways a rule is a constant."""
            slope = recorded_slope(self.trace, row, i, fresh)
            if not isinstance(slope, Value):
                return [0.0] * (2 * len(wanted))
            order = ancestors([slope], lambda v: id(v) in ends)
            return [
                *adjoints_in_values(order, slope, variables),
                *(float(id(slope) in dependent(order, [x])) for x in variables),
            ]

        found = every_way(self.trace, derivatives) if row.code < BUILT_IN else derivatives()
        there = dict(zip(wanted, found[len(wanted) :], strict=True))
        self.edges |= {(id(v), k): edge for k, edge in there.items() if isinstance(edge, Value)}
        self.chooses = self.chooses or bool(self.edges)
        return [(k, slope) for k, slope in zip(wanted, found, strict=False) if type(there[k]) is not float or there[k]]

    def sent(self, v: Value, i: int, operands: Sequence[Any], term: Any, first: bool) -> Any:
        """What reaches operand i of v, `first` or not: `term`, or 0 in the runs that do not come by this edge.

        As long as nothing `chooses`, every term is what is sent, and there is no need to ask.
        """
        row, here = row_of(v), self.active.get(id(v))
        mask = here
        if Op.of(row).kind == "select":
            taken = 1.0 if here is None else here
            mask = apply_many(row, [operands[0], operands[1], *((taken, 0.0) if i == 2 else (0.0, taken))])
        elif (id(v), i) in self.edges:
            edge = self.edges[id(v), i]
            mask = edge if here is None else minimum(here, edge)
        key = id(operands[i])
        if mask is None:
            self.active.pop(key, None)
            return term
        if first:
            self.active[key] = mask
        elif key in self.active:
            self.active[key] = maximum(self.active[key], mask)
        return apply_many(SELECTS["=="].row, [mask, 0.0, 0.0, term])


def recorded_slope(trace: Branching, row: Primitive, i: int, operands: Sequence[Any]) -> Any:
    """The derivative of a primitive in operand i, by its rule on Values; its operands come first, and then what it gave."""
    if row.name == "logsumexp":
        return _weights(trace, operands[:-1], lambda top: Comparison(trace, "!=", top, math.inf))[i]
    if row.name in OVER_LISTS:
        return OVER_LISTS[row.name](trace, operands[:-1], operands[-1])[i]
    return row.slopes(operands[:-1], operands[-1])[i] if callable(row.slopes) else row.slopes[i](*operands)


def _shares(trace: Branching, operands: Sequence[Any], out: Value) -> list[Any]:
    chosen = [apply_many(SELECTS["=="].row, [x, out, 1.0, 0.0]) for x in operands]
    count = fsum(chosen)
    return [c / count for c in chosen]


def _weights(trace: Branching, xs: Sequence[Any], arithmetic: Callable[[Value], Comparison]) -> list[Any]:
    """The softmax; detached in the runs where the maximum is infinite, in which the rules for floats return early.

    arithmetic      of the absolute value of the maximum: whether the rule goes on to its arithmetic
    """
    choice = arithmetic(abs(Value(0.0) + largest(xs)))
    return [choice.where_node(w, w.detach()) for w in softmax(xs)]


def _softmax_slopes(trace: Branching, operands: Sequence[Any], out: Value) -> list[Any]:
    weights = _weights(trace, operands[:-1], lambda top: Comparison(trace, "<", top, math.inf))
    return softmax_slopes_by(weights, int(operands[-1]))


def _log_softmax_slopes(trace: Branching, operands: Sequence[Any], out: Value) -> list[Any]:
    weights = _weights(trace, operands[:-1], lambda top: Comparison(trace, "<", top, math.inf))
    slopes = log_softmax_slopes_by(weights, int(operands[-1]))
    return slopes if len(weights) > 1 else [out.detach() * 0.0, 0.0]  # of one operand it is 0, where it is a number


OVER_LISTS: dict[str, Callable[[Branching, Sequence[Any], Value], list[Any]]] = {
    "max": _shares,
    "min": _shares,
    "softmax": _softmax_slopes,
    "log_softmax": _log_softmax_slopes,
}
"""The slopes of primitives whose own rules look for the place of a maximum: in the next run that may be another."""

_branching: set[int] = set()
"""The codes of the primitives of one operand whose slope was found to have branches."""
