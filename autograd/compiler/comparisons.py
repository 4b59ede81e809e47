"""Comparisons inside a trace, and the ways that branches on them can go."""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Sequence
from opcode import opmap
from types import CodeType
from typing import Any, Protocol

from ..engine.functions import apply_many
from ..engine.numbers import of_numpy
from ..engine.value import Value, plain
from .ops import RELATIONS, SELECTS

_SPELLED = {
    operator.lt: ("<", False),
    operator.le: ("<=", False),
    operator.eq: ("==", False),
    operator.ne: ("!=", False),
    operator.gt: ("<", True),
    operator.ge: ("<=", True),
}
"""For each of Python's comparisons the relation, and whether its sides change places."""


class Branching(Protocol):
    """Who is asked which way a branch goes: a Trace."""

    made: list[Value]
    """Every leaf and node that was made inside."""

    rules: dict[int, Any]
    """By the id of a node of a function with a rule of its own, the row of the table that has its slopes."""

    doubts: int
    """How many objects that stand for an answer Python may have looked at in a way that no object sees."""

    def branched(self, comparison: Comparison) -> bool:
        """Whether Python is told that the comparison is true."""

    def without_guards(self, compute: Callable[[], Any]) -> Any:
        """What a function computes; None if it branched on numbers or read them."""

    def fix(self, v: Value) -> None:
        """Told that Python took the number out of a Value."""

    def follow(self, way: Way, rule: Callable[..., Any], *operands: Any) -> Any:
        """What a rule gives, on a way through its branches."""


class Comparison:
    """Two numbers compared, inside a trace. If Python asks whether it is true, that is a branch.

    waits   whether it is a doubt of the trace's: nobody asked it anything yet, so it may have been `is` that asked
    """

    __slots__ = ("left", "outcome", "relation", "right", "trace", "waits")

    def __init__(self, trace: Branching, relation: str, left: Value | float, right: Value | float) -> None:
        self.trace = trace
        self.relation = relation
        self.left = left
        self.right = right
        self.outcome: bool = RELATIONS[relation](plain(left), plain(right))
        self.waits = False

    def asked(self) -> None:
        """Somebody wants to know how it comes out."""
        if self.waits:
            self.waits = False
            self.trace.doubts -= 1

    def __bool__(self) -> bool:
        self.asked()
        if asks_whether_is_true(sys._getframe(1).f_code):
            self.trace.doubts += 1
        return self.trace.branched(self)

    def where_node(self, x: Any, y: Any) -> Value:
        """The node of where(comparison, x, y)."""
        self.asked()
        chosen: Value = apply_many(SELECTS[self.relation].row, [self.left, self.right, x, y])
        return chosen

    # Outside a trace a comparison is True or False: here, too, it can be added, negated, hashed, compared.

    def __eq__(self, other: object) -> bool:
        return bool(self) == other

    def __hash__(self) -> int:
        return hash(bool(self))

    def __index__(self) -> int:
        return int(bool(self))

    def __invert__(self) -> int:
        return ~bool(self)  # which Python 3.12 and later warn of, here as there

    def __getattr__(self, name: str) -> Any:
        return getattr(bool(self), name)

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        """NumPy's functions, and its operators of `np.bool`, take a bool for it and give what they give for one."""
        return getattr(ufunc, method)(*[bool(x) if type(x) is Comparison else x for x in operands], **options)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        """In an array, too, it is a bool: so lists of them choose elements, `a[[v > 0 for v in a]]`."""
        return of_numpy("array")(bool(self), dtype=dtype)

    def __repr__(self) -> str:
        return repr(self.trace.branched(self))  # and not asked: an error that tells of it may be there because of `is True`

    def __format__(self, spec: str) -> str:
        return format(bool(self), spec)


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


def asks_whether_is_true(code: CodeType) -> bool:
    """Whether there is an `is True`, `is False` or `case True` in it, as far as can be told at a glance."""
    return any(const is True or const is False for const in code.co_consts) and opmap["IS_OP"] in code.co_code[::2]


def comparison(trace: Branching, v: Value, other: Any, relation: Any) -> Any:
    """A Comparison of v with another number; or the outcome itself, where it is the same for every number v could have.

    relation    a function of `operator`

    Python compares floats with ints and fractions exactly: v < Fraction(1, 3) says the same as v <= the float just below 1/3.
    """
    spelled, swapped = _SPELLED[relation]
    if type(other) is not Value:
        try:
            outcome = bool(relation(plain(v), other))
        except TypeError:
            raise TypeError(f"a Value compares with Values and numbers, and this is {other!r}") from None
        if not hasattr(other, "__float__") and not hasattr(other, "__index__"):
            if other is not None and not isinstance(other, (str, bytes, list, tuple, dict)):
                trace.fix(v)  # it has a way of its own of comparing with numbers
            return outcome  # v == None, v == "text"
        below, above = _neighbours(other)
        if below != above and below == below:
            if spelled in ("==", "!="):
                return outcome
            spelled = "<="
        other = above if swapped else below
    return Comparison(trace, spelled, *((other, v) if swapped else (v, other)))


def _neighbours(number: Any) -> tuple[float, float]:
    """The floats just below and just above a number; a float twice if the number is that float, or NaN."""
    try:
        near = float(number)
    except OverflowError:
        near = math.inf if number > 0 else -math.inf
    if near == number or near != near:
        return near, near
    return (near, math.nextafter(near, math.inf)) if near < number else (math.nextafter(near, -math.inf), near)


# ------------------------------------------------------------------------------------------------ ways through branches


class Way:
    """A way through the branches of a rule. The first branches take the outcomes `given`, all after them True."""

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


def every_way(trace: Branching, rule: Callable[[], list[Any]], given: Sequence[bool] = ()) -> list[Any]:
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
