"""Trace: what a recording must know beyond the graph, so that it can be run again on other numbers.

Inside `tracing(trace)`, comparisons give a Comparison. Where Python branches on one, the outcome is kept as a guard; where
`where()` is given one, the choice becomes a node that chooses anew in each run. Operations of slope 0 (floor, sign, //, ...),
for which a graph has no edges, get nodes with edges that carry no gradient. And a derivative that is asked for is recorded as
one node for each slope, by the rule for floats, rather than as the arithmetic inside that rule.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from .backward import gradients, wanted_slopes
from .custom import BUILT_IN
from .functions import apply_many, fsum, maximum, softmax, where
from .primitives import BY_NAME, Primitive, slope_of
from .value import Value, no_grad, row_of

RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
"""How two numbers are compared; a > b is b < a."""

_SPELLED = {
    operator.lt: ("<", False), operator.le: ("<=", False), operator.eq: ("==", False), operator.ne: ("!=", False),
    operator.gt: ("<", True), operator.ge: ("<=", True),
}  # fmt: skip


def data_of(x: Value | float) -> float:
    return x.data if isinstance(x, Value) else x


class Comparison:
    """Two numbers compared, inside a trace. Its truth, if Python asks for it, is a branch, and becomes a guard."""

    __slots__ = ("left", "outcome", "relation", "right", "trace")

    def __init__(self, trace: Trace, relation: str, left: Value | float, right: Value | float) -> None:
        self.trace = trace
        self.relation = relation
        self.left = left
        self.right = right
        self.outcome = RELATIONS[relation](data_of(left), data_of(right))

    def __bool__(self) -> bool:
        self.trace.guards.append(self)
        return self.outcome

    def choose(self, x: Any, y: Any) -> Value:
        """The node of where(comparison, x, y)."""
        chosen: Value = apply_many(_select_row(self.relation), [self.left, self.right, x, y])
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


class Trace:
    """The guards of a recording, and how what happens in it is recorded."""

    def __init__(self) -> None:
        self.guards: list[Comparison] = []
        self.made: list[Value] = []  # the leaves made inside: constants, where leaves from outside may change between runs

    def compared(self, v: Value, other: Value | float, relation: Any) -> Comparison:
        spelled, swapped = _SPELLED[relation]
        return Comparison(self, spelled, *((other, v) if swapped else (v, other)))

    def flat(self, data: float, op: str, x: Any, y: Any) -> Value:
        """The node of an operation of slope 0; `data` is what it gave."""
        operands = [x] if y is None else [x, y]
        return apply_many(_flat_row(op), operands) if any(isinstance(o, Value) for o in operands) else Value(data)

    def reverse_pass(self) -> ReversePass:
        return ReversePass()


class ReversePass:
    """How a derivative is recorded: the slopes as nodes, and nothing sent where a choice was not taken."""

    def __init__(self) -> None:
        self.active: dict[
            int, Value | None
        ] = {}  # by id: 1 in the runs that take the branch a node is in, else 0; None: always

    def slopes(self, v: Value, operands: Sequence[Any], depends: set[int]) -> list[tuple[int, Any]]:
        """(number of the operand, slope) for each operand that the derivative goes on to."""
        row = row_of(v)
        wanted = [i for i, operand in enumerate(operands) if isinstance(operand, Value) and id(operand) in depends]
        if row.name in AS_ARITHMETIC or not wanted:
            found = wanted_slopes(v, list(operands), depends)
            return list(found)
        if row.name.startswith("select"):
            return [(i, 1.0) for i in wanted if i >= 2]
        if row.name in OVER_LISTS:
            slopes = OVER_LISTS[row.name](list(operands), v)
            return [(i, slopes[i]) for i in wanted]
        if row.name.startswith("slope") or row.code >= BUILT_IN:
            return list(wanted_slopes(v, list(operands), depends))
        return [(i, apply_many(_slope_row(row, i), [*operands, v])) for i in wanted]

    def sent(self, v: Value, i: int, operands: Sequence[Any], term: Any) -> Any:
        """What reaches operand i of v: `term`, or 0 in the runs that do not come by v."""
        row, here = row_of(v), self.active.get(id(v))
        mask = here
        if row.name.startswith("select"):
            relation = row.name.split(" ")[1]
            yes, no = (here if here is not None else 1.0, 0.0) if i == 2 else (0.0, here if here is not None else 1.0)
            mask = apply_many(_select_row(relation), [operands[0], operands[1], yes, no])
        key = id(operands[i])
        if mask is None or (key in self.active and self.active[key] is None):
            self.active[key] = None
        else:
            before = self.active.get(key)
            self.active[key] = mask if before is None else maximum(before, mask)
        return term if mask is None else apply_many(_select_row("=="), [mask, 0.0, 0.0, term])


# ------------------------------------------------------------------------------------------------ rows that traces add

AS_ARITHMETIC = frozenset(
    ["add", "sub", "mul", "neg", "square", "exp", "sin", "cos", "sinh", "cosh", "dot", "fsum", "prod", "where"]
)
"""Primitives whose slopes are recorded as the arithmetic of their rules: there are no branches in it, and it is short."""


def _shares(operands: list[Any], out: Value) -> list[Any]:
    chosen = [apply_many(_select_row("=="), [x, out, 1.0, 0.0]) for x in operands]
    count = fsum(chosen)
    return [c / count for c in chosen]


def _logsumexp(operands: list[Any], out: Value) -> list[Any]:
    return list(softmax(operands))


OVER_LISTS: dict[str, Callable[[list[Any], Value], list[Any]]] = {"max": _shares, "min": _shares, "logsumexp": _logsumexp}


def _hidden_row(
    name: str, forward: Callable[[list[float]], float], slopes: Callable[..., list[Any]], *, flat: bool = False
) -> Primitive:
    """A row over a list, made the first time it is needed."""
    if name not in BY_NAME:
        row = Primitive(name, None, (), f"{name}, recorded by traces.", flat=flat)
        row.forward, row.slopes = forward, slopes
    return BY_NAME[name]


def _select_row(relation: str) -> Primitive:
    compare = RELATIONS[relation]

    def slopes(operands: list[Any], out: Any) -> list[Any]:
        taken = compare(data_of(operands[0]), data_of(operands[1]))
        return [0.0, 0.0, float(taken), float(not taken)]

    return _hidden_row(f"select {relation}", lambda v: v[2] if compare(v[0], v[1]) else v[3], slopes)


def _flat_row(op: str) -> Primitive:
    forward: Callable[[list[float]], float]
    if op == "//":
        forward = _floor_divide
    elif op == "round":
        forward = _rounded
    elif op == "detach":
        forward = operator.itemgetter(0)
    else:
        rule = BY_NAME[op].forward
        assert rule is not None
        forward = lambda v: rule(v[0])  # noqa: E731
    return _hidden_row(f"flat {op}", forward, lambda operands, out: [0.0] * len(operands), flat=True)


def _floor_divide(operands: list[float]) -> float:
    with no_grad():
        return float((Value(operands[0]) // operands[1]).data)


def _rounded(operands: list[float]) -> float:
    digits = [int(x) for x in operands[1:]]
    with no_grad():
        return float(round(Value(operands[0]), *digits).data)


def _slope_row(row: Primitive, i: int) -> Primitive:
    """The derivative of `row` in its i-th operand as a primitive of its own, over the operands and the output."""
    rule = slope_of(row, i)

    def slopes(operands: list[Any], out: Any) -> list[Any]:
        if not isinstance(out, Value):  # nodes in a trace are differentiated as Values only
            return [math.nan] * len(operands)
        fresh = [where(True, o, 0.0) if isinstance(o, Value) else Value(o) for o in operands]
        result = row.slopes[i](*fresh)
        return list(gradients(result, fresh)) if isinstance(result, Value) else [0.0] * len(operands)

    return _hidden_row(f"slope {row.name} {i}", lambda v: float(rule(*v)), slopes)
