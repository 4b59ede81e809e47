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
from ..engine.functions import apply_many, fsum, logsumexp, maximum, minimum, softmax, tanh, where
from ..engine.functions import max as largest
from ..engine.gradients import adjoints_in_values, depends_on, kind_of_node, wanted_slopes
from ..engine.primitives import Primitive
from ..engine.reductions import log_softmax_slopes_by, softmax_slopes_by
from ..engine.value import Value, operands_of, row_of
from .comparisons import Branching, Comparison, Way, every_way
from .loop_recording import Adjoints, slopes_of_loop
from .ops import CUMULANT, CUSTOM, LEAF, LOOP, PART, SELECTS, TAKE, Op

_known: dict[Any, tuple[Primitive, ...]] = {}
MOST_KNOWN = 10_000


class ReversePass:
    """How a pass of `gradients()` is recorded: its slopes, and that nothing is sent where a choice was not taken."""

    def __init__(self, trace: Branching) -> None:
        self.trace = trace
        self.known = _known  # for a `kind_of_node`, the rows of its slopes; () where these are arithmetic
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
        if op is TAKE and not isinstance(operands[-1], Value):  # then it takes the same in every run
            return [(i, 1.0) for i in wanted if i == operands[-1]]
        if op.kind == "select" or op is TAKE:
            self.chooses = True
            return [(i, 1.0) for i in wanted if not (i < 2 if op.kind == "select" else i == len(operands) - 1)]
        if op is PART:
            self.chooses = True
            return [(0, 1.0)]
        if op is LOOP:
            return slopes_of_loop(self.trace, v, operands, wanted)
        if op in OVER_LISTS:
            slopes = OVER_LISTS[op](operands, v)
            return [(i, slopes[i]) for i in wanted]
        if op is CUSTOM:
            return self.slopes_by_rule(v, operands[1:], [i for i in wanted if i])
        if op is CUMULANT:
            places = [k - 1 for k in wanted]
            return [(k + 1, slope) for k, slope in _derivatives_of_cumulant(self.trace, *_parts_of_cumulant(operands), places)]
        if op.kind == "slope":
            return self.derivatives_of_slope(v, op, operands, wanted)
        if row.code < BUILT_IN:
            before = len(self.trace.made)
            as_arithmetic: list[tuple[int, Any]] = self.trace.follow(self.way, wanted_slopes, v, operands, wanted)
            if self.way.straight and not any(row_of(made).hidden for made in self.trace.made[before:]):
                self._learn(v, wanted, ())
                return as_arithmetic
            self.way = Way()
            self._learn(v, wanted, tuple([Op.slope(op, i).row for i in range(row.arity or 0)]))
        return [(i, apply_many(Op.slope(op, i).row, [*operands, v])) for i in wanted]

    def _learn(self, v: Value, wanted: list[int], rows: tuple[Primitive, ...]) -> None:
        """Notes how the slopes of a node are recorded, for others of its kind."""
        kind = kind_of_node(v, sum(i + 1 for i in wanted)) if row_of(v).inline else None
        if kind is not None and len(self.known) < MOST_KNOWN:
            self.known[kind] = rows

    def slopes_by_rule(self, v: Value, operands: Sequence[Any], wanted: list[int]) -> list[tuple[int, Any]]:
        """The same for a function with a rule of its own, numbered from 1: its arithmetic, or a call back if that branches."""
        row = self.trace.rules[id(v)]
        slopes = self.trace.without_guards(lambda: row.slopes(list(operands), v))
        if slopes is not None:
            return [(i, slopes[i - 1]) for i in wanted]
        of = Op.of(row)
        return [(i, apply_many(Op.slope(of, i - 1).row, [*operands, v])) for i in wanted]

    def derivatives_of_slope(self, v: Value, op: Op, operands: Sequence[Any], wanted: list[int]) -> list[tuple[int, Any]]:
        """The same for the node of a slope, by the rule on Values.

        The rule of a primitive of one's own makes guards on the way, for it may loop on its data.
        """
        row, i = op.primitive, op.operand
        if row.name == "logsumexp":
            return _derivatives_of_cumulant(self.trace, operands[:-1], [i], 1.0, wanted)
        fresh = [where(True, o, 0.0) if isinstance(o, Value) else o for o in operands]
        variables = [fresh[k] for k in wanted]
        ends = {id(o) for o in fresh}

        def derivatives() -> list[Any]:
            """The derivatives in the variables, and then for each whether there is one: on some ways a rule is a constant."""
            slope = recorded_slope(row, i, fresh)
            if not isinstance(slope, Value):
                return [0.0] * (2 * len(wanted))
            order = ancestors([slope], lambda v: id(v) in ends)
            return [
                *adjoints_in_values(order, slope, variables),
                *(float(depends_on(slope, x, order)) for x in variables),
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
        if term is None:  # of a loop in which no adjoint goes this way
            return None
        row, here = row_of(v), self.active.get(id(v))
        mask = here
        takes = Op.of(row) is TAKE and isinstance(operands[-1], Value)
        if takes and row_of(operands[i]) is LEAF:  # which sends nothing on
            return apply_many(SELECTS["=="].row, [operands[-1], float(i), term, 0.0])
        if takes:
            mask = apply_many(SELECTS["=="].row, [operands[-1], float(i), 1.0 if here is None else here, 0.0])
        elif Op.of(row).kind == "select":
            taken = 1.0 if here is None else here
            mask = apply_many(row, [operands[0], operands[1], *((taken, 0.0) if i == 2 else (0.0, taken))])
        elif (id(v), i) in self.edges:
            edge = self.edges[id(v), i]
            mask = edge if here is None else minimum(here, edge)
        key = id(operands[i])
        if mask is None:
            self.active.pop(key, None)
            return Adjoints({int(operands[1]): term}) if Op.of(row) is PART else term
        if first:
            self.active[key] = mask
        elif key in self.active:
            union = either(self.active.pop(key), mask)
            if union is not None:
                self.active[key] = union
        if isinstance(term, Adjoints):  # of a loop: made of terms that were masked on their way there
            return term
        masked = apply_many(SELECTS["=="].row, [mask, 0.0, 0.0, term])
        return Adjoints({int(operands[1]): masked}) if Op.of(row) is PART else masked


def either(one: Value | float, other: Value | float) -> Any:
    """1 in the runs in which one of two masks is; None if that is in every run.

    It is where they are the two sides of a choice, as in where(c, f(x), g(x)), and where one is of y != a and the other of
    y != b.
    """
    if not isinstance(one, Value) or not isinstance(other, Value):
        return maximum(one, other)
    if row_of(one) is row_of(other) and Op.of(row_of(one)).kind == "select":
        (left, right, *taken), (left_too, right_too, *taken_too) = operands_of(one), operands_of(other)
        if {*map(type, taken + taken_too)} == {float} and _same(left, left_too):
            if _same(right, right_too) and taken == taken_too[::-1]:
                return None
            differ = type(right) is type(right_too) is float and right != right_too
            if differ and taken == taken_too == [1.0, 0.0] and Op.of(row_of(one)) is SELECTS["!="]:
                return None
    return maximum(one, other)


def _same(x: Any, y: Any) -> bool:
    return x is y or (type(x) is type(y) is float and x == y)


def recorded_slope(row: Primitive, i: int, operands: Sequence[Any]) -> Any:
    """The derivative of a primitive in operand i, by its rule on Values; its operands come first, and then what it gave."""
    if row.name == "logsumexp":
        return softmax(operands[:-1], i)
    if row.name in OVER_LISTS:
        return OVER_LISTS[row.name](operands[:-1], operands[-1])[i]
    return row.slopes(operands[:-1], operands[-1])[i] if callable(row.slopes) else row.slopes[i](*operands)


# ------------------------------------------------------------------------------------------------ over lists
# The rules for these on Values go by the place of a maximum, and in the next run that may be another.


def _shares(operands: Sequence[Any], out: Value) -> list[Any]:
    chosen = [apply_many(SELECTS["=="].row, [x, out, 1.0, 0.0]) for x in operands]
    count = fsum(chosen)
    return [c / count for c in chosen]


def _softmax_slopes(operands: Sequence[Any], out: Value) -> list[Any]:
    xs, i = operands[:-1], int(operands[-1])
    return [_cumulant(slope, xs, [i, j]) for j, slope in enumerate(softmax_slopes_by(softmax(xs), i)[:-1])]


def _log_softmax_slopes(operands: Sequence[Any], out: Value) -> list[Any]:
    xs, i = operands[:-1], int(operands[-1])
    if len(xs) == 1:
        return [out.detach() * 0.0]  # 0, where it is a number
    return [_cumulant(slope, xs, [j], -1.0) for j, slope in enumerate(log_softmax_slopes_by(softmax(xs), i)[:-1])]


def _take_slopes(operands: Sequence[Any], out: Value) -> list[Any]:
    chosen = [apply_many(SELECTS["=="].row, [operands[-1], float(i), 1.0, 0.0]) for i in range(len(operands) - 1)]
    return [*chosen, 0.0]


OVER_LISTS: dict[str, Callable[[Sequence[Any], Value], list[Any]]] = {
    "max": _shares,
    "min": _shares,
    "softmax": _softmax_slopes,
    "log_softmax": _log_softmax_slopes,
    "take": _take_slopes,
}


# The derivatives of log Σ exp(x) are called joint cumulants: the first are the weights, softmax(x); the second are products of
# weights; the third are products too, times 1 - 2 w at most. By these formulas none loses digits, where the derivative of a
# formula for the one before would: near a tie of two, and where one weight is nearly 1.


def _cumulant(number: Any, xs: Sequence[Any], by: Sequence[int], sign: float = 1.0) -> Any:
    """A node for this number: the derivative of log Σ exp(x) by the xs at these places, times `sign`, to a constant."""
    return apply_many(CUMULANT.row, [number, *xs, *map(float, by), float(len(by)), sign])


def _parts_of_cumulant(operands: Sequence[Any]) -> tuple[Sequence[Any], list[int], float]:
    """The xs, the places and the sign of such a node."""
    end = -2 - int(operands[-2])
    return operands[1:end], [int(k) for k in operands[end:-2]], operands[-1]


def _derivatives_of_cumulant(
    trace: Branching, xs: Sequence[Any], by: Sequence[int], sign: float, wanted: list[int]
) -> list[tuple[int, Any]]:
    """(k, the derivative by x_k) for each wanted place that is one of the xs: 0 in the runs where the largest is infinite."""
    wanted = [k for k in wanted if 0 <= k < len(xs)]
    if len(xs) == 1:
        return [(k, 0.0) for k in wanted]
    ws = softmax(xs)
    top = Value(0.0) + largest(xs)
    finite = Comparison(trace, "!=", abs(top) if sign == 1.0 == len(by) else top, math.inf)
    found = [finite.where_node(_higher_cumulant(ws, xs, sorted([*by, k])), 0.0) for k in wanted]
    return [(k, -derivative if sign < 0.0 else derivative) for k, derivative in zip(wanted, found, strict=True)]


def _higher_cumulant(ws: Sequence[Any], xs: Sequence[Any], by: list[int]) -> Any:
    """The derivative of log Σ exp(x) by two or three of the xs, whose weights are ws; their places are in order."""
    i, j, k = by if len(by) == 3 else (*by, -1)
    if k < 0:
        return _cumulant(softmax_slopes_by(ws, i)[i] if i == j else -(ws[i] * ws[j]), xs, by)
    if i < j < k:
        return 2.0 * ws[i] * ws[j] * ws[k]
    once, twice = k if i == j else i, j
    finite = [maximum(x, -1e308) for x in xs]  # -inf has no difference from itself
    others = logsumexp([x - finite[twice] for place, x in enumerate(finite) if place != twice])
    return _higher_cumulant(ws, xs, sorted([once, twice])) * tanh(0.5 * others)  # that is 1 - 2 w, also near 0
