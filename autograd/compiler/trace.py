"""Trace: what a recording must know beyond the graph, so that it can be run again on other numbers.

Inside `tracing(trace)`, comparisons give a Comparison. Where Python branches on one, the outcome is kept as a guard; where
`where()` is given one, the choice becomes a node that chooses anew in each run. Operations of slope 0 (floor, sign, //, ...),
for which a graph has no edges, get nodes with edges that carry no gradient. A number read from a Value (`.data`) becomes a
guard too: the recording holds for that number alone.

Derivatives follow the rules of the primitives. A rule without branches is recorded as the arithmetic it does; any other as one
node for each slope, computed by the rule for floats. The derivative of such a node goes through the rule on Values, once for
each way through its branches, and select nodes choose between the ways: a rule never makes a guard.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from ..derivatives.custom import BUILT_IN
from ..engine.backward import adjoints_in_values, dependent, wanted_slopes
from ..engine.copying import ancestors
from ..engine.functions import apply_many, fsum, maximum, minimum, softmax, where
from ..engine.functions import max as largest
from ..engine.reductions import log_softmax_slopes_by, softmax_slopes_by
from ..engine.value import Value, plain, row_of
from .ops import FLATS, RELATIONS, SELECTS, Op

_SPELLED = {
    operator.lt: ("<", False),
    operator.le: ("<=", False),
    operator.eq: ("==", False),
    operator.ne: ("!=", False),
    operator.gt: ("<", True),
    operator.ge: ("<=", True),
}
"""For each of Python's comparisons the relation, and whether its sides change places."""


# ------------------------------------------------------------------------------------------------ comparisons


class Comparison:
    """Two numbers compared, inside a trace. Its truth, if Python asks for it, is a branch, and becomes a guard."""

    __slots__ = ("left", "outcome", "relation", "right", "trace")

    def __init__(self, trace: Trace, relation: str, left: Value | float, right: Value | float) -> None:
        self.trace = trace
        self.relation = relation
        self.left = left
        self.right = right
        self.outcome: bool = RELATIONS[relation](plain(left), plain(right))

    def __bool__(self) -> bool:
        return self.trace.branched(self)

    def where_node(self, x: Any, y: Any) -> Value:
        """The node of where(comparison, x, y)."""
        chosen: Value = apply_many(SELECTS[self.relation].row, [self.left, self.right, x, y])
        return chosen

    # What else Python does with the True and False that comparisons are elsewhere.

    def __eq__(self, other: object) -> bool:
        return bool(self) == other

    def __hash__(self) -> int:
        return hash(bool(self))

    def __index__(self) -> int:
        return int(bool(self))

    def __invert__(self) -> int:
        return ~int(bool(self))

    def __getattr__(self, name: str) -> Any:
        return getattr(bool(self), name)

    def __repr__(self) -> str:
        return f"<{self.left!r} {self.relation} {self.right!r}, in a trace>"


def _as_bool(name: str) -> Any:
    def operation(self: Comparison, other: Any) -> Any:
        return getattr(operator, name)(bool(self), other)

    def reflected(self: Comparison, other: Any) -> Any:
        return getattr(operator, name)(other, bool(self))

    return operation, reflected


for _name in ("and_", "or_", "xor", "add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    _operation, _reflected = _as_bool(_name)
    setattr(Comparison, f"__{_name.rstrip('_')}__", _operation)
    setattr(Comparison, f"__r{_name.rstrip('_')}__", _reflected)

for _name in ("lt", "le", "gt", "ge", "neg", "pos", "abs"):
    setattr(Comparison, f"__{_name}__", (lambda name: lambda self, *other: getattr(operator, name)(bool(self), *other))(_name))


def _neighbours(number: Any) -> tuple[float, float]:
    """The floats just below and just above a number; twice the same if it is one."""
    try:
        near = float(number)
    except OverflowError:
        near = math.inf if number > 0 else -math.inf
    if near == number or near != near:
        return near, near
    return (near, math.nextafter(near, math.inf)) if near < number else (math.nextafter(near, -math.inf), near)


# ------------------------------------------------------------------------------------------------ traces


class Trace:
    """The guards of a recording, and how what happens in it is recorded."""

    def __init__(self) -> None:
        self.guards: list[Comparison] = []
        self.made: list[Value] = []  # every leaf and node made inside: others may change between runs
        self.ways: Way | None = None  # inside a rule: how its branches go

    def branched(self, comparison: Comparison) -> bool:
        """Which way a branch goes."""
        if self.ways is not None:
            return self.ways.branch(comparison)
        self.guards.append(comparison)
        return comparison.outcome

    def compared(self, v: Value, other: Any, relation: Any) -> Any:
        """A Comparison; or the outcome itself, where it is the same for every number v could have.

        Python compares with ints and fractions exactly: v < 1/3 where v <= the float just below 1/3.
        """
        spelled, swapped = _SPELLED[relation]
        if type(other) is not Value:
            try:
                outcome = bool(relation(plain(v), other))
            except TypeError:
                raise TypeError(f"a Value compares with Values and numbers, and this is {other!r}") from None
            if not hasattr(other, "__float__") and not hasattr(other, "__index__"):
                return outcome  # v == None, v == "text"
            below, above = _neighbours(other)
            if below != above and below == below:
                if spelled in ("==", "!="):
                    return outcome
                spelled = "<="
            other = above if swapped else below
        return Comparison(self, spelled, *((other, v) if swapped else (v, other)))

    def read(self, v: Value) -> None:
        """Python took the number out of a Value: what is recorded holds for this number only."""
        if self.ways is not None:
            self.ways.straight = False
            return
        data = plain(v)
        self.guards.append(Comparison(self, *(("==", v, data) if data == data else ("!=", v, v))))
        if data == 0.0:
            self.guards.append(Comparison(self, "<", Value._flat("unit", v), 0.0))

    def flat(self, data: float, op: str, x: Any, y: Any) -> Value:
        """The node of an operation of slope 0; `data` is what it gave."""
        if self.ways is not None:
            self.ways.straight = False
        operands = [x] if y is None else [x, y]
        return apply_many(FLATS[op].row, operands) if any(isinstance(o, Value) for o in operands) else Value(data)

    def reverse_pass(self) -> ReversePass:
        return ReversePass(self)

    def follow(self, way: Way, rule: Callable[..., Any], *operands: Any) -> Any:
        """What a rule gives, on a way through its branches."""
        outside = self.ways
        self.ways = way
        try:
            return rule(*operands)
        finally:
            self.ways = outside


class Way:
    """A way through the branches of a rule: the first go as `given`, those after them by True."""

    def __init__(self, given: Sequence[bool] = ()) -> None:
        self.given = list(given)
        self.branches: list[Comparison] = []
        self.known: dict[Any, bool] = {}
        self.straight = True  # no branch, and no part whose slope is 0, has been met

    def branch(self, comparison: Comparison) -> bool:
        self.straight = False
        key = (comparison.relation, *(id(x) if isinstance(x, Value) else x for x in (comparison.left, comparison.right)))
        if key not in self.known:
            self.known[key] = self.given[len(self.branches)] if len(self.branches) < len(self.given) else True
            self.branches.append(comparison)
        return self.known[key]


def every_way(trace: Trace, rule: Callable[[], list[Any]], given: Sequence[bool] = ()) -> list[Any]:
    """The list that a rule gives, whichever way its branches go: all ways are recorded, and select nodes choose."""
    way = Way(given)
    chosen: list[Any] = trace.follow(way, rule)
    outcomes = [*given, *[True] * (len(way.branches) - len(given))]
    for k in reversed(range(len(given), len(way.branches))):
        others = every_way(trace, rule, [*outcomes[:k], False])
        chosen = [_choice(way.branches[k], x, y) for x, y in zip(chosen, others, strict=True)]
    return chosen


def _choice(comparison: Comparison, x: Any, y: Any) -> Any:
    if type(x) is float and type(y) is float and x.hex() == y.hex():
        return x
    return comparison.where_node(x, y)


# ------------------------------------------------------------------------------------------------ derivatives


class ReversePass:
    """How a derivative is recorded: the slopes, and that nothing is sent where a choice was not taken."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.way = Way()  # of the rules that have no branches
        self.chooses = False  # whether a choice, or an edge that is not always there, has been met
        # By id: 1 in the runs that take the choice a node is in, else 0. Of a node that is in none, nothing.
        self.active: dict[int, Value] = {}
        # By id and operand: 1 in the runs in which the edge is there at all, else 0.
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
        """Of the node of a slope, by the rule on Values. A rule of the user's makes guards: it may loop on its data."""
        row, i = op.primitive, op.operand
        fresh = [where(True, o, 0.0) if isinstance(o, Value) else o for o in operands]
        variables = [fresh[k] for k in wanted]
        ends = {id(o) for o in fresh}

        def derivatives() -> list[Any]:
            """Those with respect to the variables, and for each whether there is one: on some ways a rule is a constant."""
            if row.name == "logsumexp":
                slope = _weights(self.trace, fresh[:-1], lambda top: Comparison(self.trace, "!=", top, math.inf))[i]
            else:
                slope = row.slopes(fresh[:-1], fresh[-1])[i] if callable(row.slopes) else row.slopes[i](*fresh)
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


def _shares(trace: Trace, operands: Sequence[Any], out: Value) -> list[Any]:
    chosen = [apply_many(SELECTS["=="].row, [x, out, 1.0, 0.0]) for x in operands]
    count = fsum(chosen)
    return [c / count for c in chosen]


def _weights(trace: Trace, xs: Sequence[Any], arithmetic: Callable[[Value], Comparison]) -> list[Any]:
    """The softmax; a constant where the rules for numbers do no arithmetic, which is told from the size of the maximum."""
    choice = arithmetic(abs(Value(0.0) + largest(xs)))
    return [choice.where_node(w, w.detach()) for w in softmax(xs)]


def _softmax_slopes(trace: Trace, operands: Sequence[Any], out: Value) -> list[Any]:
    weights = _weights(trace, operands[:-1], lambda top: Comparison(trace, "<", top, math.inf))
    return list(softmax_slopes_by(weights, int(operands[-1])))


def _log_softmax_slopes(trace: Trace, operands: Sequence[Any], out: Value) -> list[Any]:
    weights = _weights(trace, operands[:-1], lambda top: Comparison(trace, "<", top, math.inf))
    return list(log_softmax_slopes_by(weights, int(operands[-1])))


OVER_LISTS: dict[str, Callable[[Trace, Sequence[Any], Value], list[Any]]] = {
    "max": _shares,
    "min": _shares,
    "softmax": _softmax_slopes,
    "log_softmax": _log_softmax_slopes,
}
"""The slopes of primitives whose own rules look for the place of a maximum, which may be elsewhere in the next run."""

_branching: set[int] = set()
"""The codes of the primitives of one operand whose rule has branches, as far as they have been met."""
