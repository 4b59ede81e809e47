"""Ops: what the instructions of a program compute.

There is one Op for each thing that can be computed, so that two are compared by `is`. Its name, as listings and files have it,
is taken apart here and nowhere else in what runs, and once. (The build, which runs before there is an engine, reads the names
of kernels for itself.)

A trace records slopes, choices and steps as nodes of a graph, and nodes need rows in the table of primitives: `Op.row` adds
one when it is first asked for. Programs need no such rows.
"""

from __future__ import annotations

import math
import operator
import os
import re
import threading
from collections.abc import Callable
from typing import Any, Literal

from ..cached import cached_property
from ..derivatives.custom import BUILT_IN, KERNELS
from ..engine import reductions
from ..engine.numbers import rounded
from ..engine.primitives import BY_NAME, FLAT_PARTS, PRIMITIVES, Primitive, slope_of
from ..files import shortened

LEAF = PRIMITIVES[0]

RELATIONS: dict[str, Callable[[Any, Any], Any]] = {"<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne}
"""How two numbers are compared; a > b is b < a."""

SMOOTH = frozenset(["dot", "fsum", "prod", "logsumexp"])
"""The primitives over lists whose slopes do not jump."""

COUNTS: dict[str, tuple[str, Callable[[int], bool]]] = {
    **dict.fromkeys(("max", "min", "logsumexp", "fsum", "prod"), ("at least 1 operand", lambda n: n >= 1)),
    **dict.fromkeys(("softmax", "log_softmax"), ("operands, and which of them it is of", lambda n: n >= 2)),
    "take": ("operands, and the number of one of them", lambda n: n >= 2),
    "dot": ("two lists of the same length", lambda n: n >= 2 and n % 2 == 0),
    "clip": ("3 operands", lambda n: n == 3),
    "where": ("1 operand", lambda n: n == 1),
    "flat round": ("1 operand, or 2", lambda n: n in (1, 2)),
}
"""How many operands those ops take whose `arity` is None."""

SLOPE = re.compile("slope (?!slope |select |flat )(.+) (0|[1-9][0-9]{0,8})", re.DOTALL)
"""There are slopes of primitives only: the derivative of a slope is recorded by the rule on Values."""

Kind = Literal["input", "constant", "primitive", "slope", "select", "flat", "cumulant", "loop", "block", "part"]


class Op(str):
    """What an instruction computes. An Op is text, its name, and knows what that means.

    kind        "input" and "constant" compute nothing; "primitive" is one; "slope" is the derivative of a primitive in one
                operand, computed from all operands and the output; "select" chooses between two; "flat" is a step, whose slope
                is 0; a "cumulant" is in traces only: the number of its first operand, and what its derivatives are made of; a
                "loop" runs a program many times, and a "part" is one of the numbers that it gave: see `loops.py`
    primitive   its row in the table; of a slope, the row of what it is the derivative of; of any other kind, that of a leaf
    operand     the number of the operand that a slope is taken in
    relation    how a select compares: of operands (a, b, x, y), "select <" gives x where a < b, else y
    step        the name of a flat op without its kind

    >>> op = Op.named("slope tanh 0")
    >>> op, op.kind, op.primitive, op.operand, op is Op.named("slope tanh 0")
    ('slope tanh 0', 'slope', <Primitive tanh>, 0, True)
    >>> Op.named("select <").evaluate([1.0, 2.0, 10.0, 20.0])
    10.0
    """

    kind: Kind
    primitive: Primitive
    operand: int
    relation: str
    step: str

    def __new__(
        cls, name: str, kind: Kind, primitive: Primitive = LEAF, operand: int = -1, relation: str = "", step: str = ""
    ) -> Op:
        """Not to be called: `Op.named`, `of` and `slope` give the one op there is."""
        new = super().__new__(cls, name)
        new.kind, new.primitive, new.operand, new.relation, new.step = kind, primitive, operand, relation, step
        return new

    @staticmethod
    def named(name: str) -> Op:
        """The op of this name. ValueError if none has it; a primitive of your own must be defined first."""
        _meet_new_primitives()
        if name in _ops:
            return _ops[name]
        slope = SLOPE.fullmatch(name)
        if not slope and name.startswith(("slope ", "flat ")):
            raise ValueError(f"there is no op named {shortened(name)}")
        of = _ops.get(slope[1] if slope else name)
        if not slope or of is None or of.kind != "primitive":
            raise ValueError(
                f"there is no primitive named {slope[1] if slope else name!r} here: define it by autograd.primitive, as where "
                "this program was recorded"
            )
        found = _slope(of, int(slope[2]))
        if of.arity is not None and found.operand >= of.arity:
            raise ValueError(found.misfit(of.arity + 1))
        return _ops.setdefault(name, found)

    @staticmethod
    def of(row: Primitive) -> Op:
        """The op that nodes of this row compute: a primitive, or what a trace recorded.

        A primitive that was defined again is another op: softsign, then softsign#2.
        """
        if row.code >= len(_by_code):
            _meet_new_primitives()
        return _by_code[row.code]

    @staticmethod
    def slope(of: Op, i: int) -> Op:
        """The derivative of a primitive in operand `i`."""
        found = _slope(of, i)
        return _ops.setdefault(found, found)

    def __reduce__(self) -> tuple[Callable[[str], Op], tuple[str]]:
        return Op.named, (str(self),)

    # -------------------------------------------------------------------------------------------- what it computes

    def evaluate(self, numbers: list[float]) -> float:
        """What it gives for the numbers in its operands, as in eager execution. Not for inputs and constants."""
        return self.rule(numbers)

    @cached_property
    def rule(self) -> Callable[[list[float]], float]:
        """The function behind `evaluate`."""
        forward: Any
        if self.kind == "select":
            compare = RELATIONS[self.relation]
            return lambda v: float(v[2] if compare(v[0], v[1]) else v[3])
        if self.kind == "flat":
            forward = _step_named(self.step)
            return lambda v: float(forward(*v))
        if self.kind == "cumulant":
            return lambda v: v[0]
        if self.kind == "part":
            return _part
        if self.kind == "block":
            return _exponentials
        if self.kind == "loop":
            return lambda v: math.nan  # in a trace, where its parts have the numbers
        if self.kind == "slope":
            of, i = self.primitive, self.operand
            if callable(of.slopes):
                return lambda v: float(of.slopes(v[:-1], v[-1])[i])
            forward = slope_of(of, i)
            return lambda v: float(forward(*v))
        forward = self.primitive.forward
        return (lambda v: float(forward(v))) if callable(self.primitive.slopes) else (lambda v: float(forward(*v)))

    @property
    def kernel(self) -> Callable[..., Any] | None:
        """What computes whole columns of a primitive of one's own, or of its slope; None where that is done row by row."""
        kernels = KERNELS.get(self.primitive.code) if self.kind in ("primitive", "slope") else None
        return kernels[self.operand + 1] if kernels else None

    @cached_property
    def arity(self) -> int | None:
        """How many operands it takes; None where there is more than one answer."""
        if self.kind == "select":
            return 4
        if self.kind == "cumulant":
            return 1
        if self.kind == "part":
            return 2
        if self.kind == "block":
            return None
        if self.kind == "slope":
            return None if self.primitive.arity is None else self.primitive.arity + 1
        if self.kind == "flat":
            return None if self.step == "round" else 1 if self.step == "detach" else _operands_of_step(self.step)
        return self.primitive.arity

    def misfit(self, count: int) -> str:
        """What is wrong with so many operands; "" if nothing is."""
        if self.kind == "slope":
            of = Op.of(self.primitive)
            if self.operand >= count - 1:
                return f"{self} takes the operands of {of}, more than {self.operand}, and what it gave"
            return of.misfit(count - 1)
        if self.arity is None:
            said, fits = COUNTS.get(self, ("", lambda n: True))
            return "" if fits(count) else f"{self} takes {said}, not {count}"
        return "" if count == self.arity else f"{self} takes {self.arity} operand{'s' * (self.arity != 1)}, not {count}"

    def flops(self, count: int) -> int:
        """How many arithmetic operations it is of so many operands; an elementary function counts as one."""
        if self.kind in ("input", "constant"):
            return 0
        return max(1, count - 1) if self.kind == "primitive" and self.arity is None and self != "take" else 1

    @cached_property
    def jumps(self) -> bool:
        """Whether it may give quite another number for operands that are a bit different."""
        if self.kind == "slope":
            of = self.primitive
            return (
                bool(of.kinks)
                or (of.arity is None and of.name not in SMOOTH)
                or (of.code >= BUILT_IN and not any(KERNELS.get(of.code, ())))
            )
        return self.kind in ("select", "flat") or self in ("remainder", "fmod", "take")

    def choosing(self, operands: tuple[int, ...]) -> tuple[int, ...]:
        """Of the operands of an op that `jumps` those by which it does."""
        return operands[:2] if self.kind == "select" else operands[-1:] if self == "take" else operands

    @cached_property
    def row(self) -> Primitive:
        """The row of the table whose nodes compute it. Inputs and constants are leaves."""
        if self.kind not in ("slope", "select", "flat", "cumulant", "loop", "part"):
            return self.primitive
        with _adding:
            if self not in BY_NAME:
                flat, doc = self.kind == "flat", f"{self}, recorded by traces."
                Primitive(str(self), None, (), doc, flat=flat, forward=self.rule, slopes=self._slopes)
            return BY_NAME[self]

    def _slopes(self, operands: list[float], out: float) -> list[float]:
        """The slopes in the operands of a select or flat node; of others NaN, since traces make those themselves."""
        if self.kind == "select":
            taken = RELATIONS[self.relation](operands[0], operands[1])
            return [0.0, 0.0, float(taken), float(not taken)]
        return [0.0 if self.kind == "flat" else math.nan] * len(operands)


def _part(operands: list[Any]) -> float:
    """A number of a loop's block; in a trace, where blocks are no operands, it is itself the last operand."""
    return operands[-1] if len(operands) > 2 else operands[0][int(operands[1])]  # type: ignore[no-any-return]


def _exponentials(xs: list[float]) -> Any:
    """The block of EXPONENTIALS: of a list each exp(x - the largest), that largest, and the sum of all but it."""
    rules: Any = reductions
    found, place = rules.exponentials(xs)
    return [*found, rules.largest(xs), rules.sum_of_others(found, place)]


def _step_named(name: str) -> Callable[..., float]:
    if name == "round":
        return lambda x, *digits: rounded(x, *map(int, digits))
    if name == "detach":
        return lambda x: x
    return FLAT_PARTS.get(name) or BY_NAME[name].forward  # type: ignore[return-value]


def _operands_of_step(name: str) -> int | None:
    return FLAT_PARTS[name].__code__.co_argcount if name in FLAT_PARTS else BY_NAME[name].arity


# ------------------------------------------------------------------------------------------------ every op there is

_adding = threading.RLock()


def _after_fork_in_child() -> None:
    global _adding
    _adding = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)

_ops: dict[str, Op] = {}  # by name
_by_code = [CONSTANT := Op("constant", "constant")]  # of the rows of the table; the first is that of leaves


def _slope(of: Op, i: int) -> Op:
    return Op(f"slope {of} {i}", "slope", of.primitive, operand=i)


def _meet_new_primitives() -> None:
    """Gives the rows that were added to the table their ops."""
    if len(_by_code) == len(PRIMITIVES):
        return
    with _adding:
        for row in PRIMITIVES[len(_by_code) :]:
            op = _ops.get(row.name)
            if op is None or op.kind == "primitive":  # else it is a row made by Op.row
                before = sum(row.name == older.primitive.name for older in _by_code if older.kind == "primitive")
                name = f"{row.name}#{before + 1}" if before else row.name
                op = _ops[name] = Op(name, "primitive", row)
            _by_code.append(op)  # last, so that what an interrupt leaves undone is done the next time


def ops_by_code() -> list[Op]:
    """The ops of the rows of the table, by their codes."""
    _meet_new_primitives()
    return _by_code


INPUT = Op("input", "input")
SELECTS = {relation: Op(f"select {relation}", "select", relation=relation) for relation in RELATIONS}
FLATS = {
    step: Op(f"flat {step}", "flat", step=step)
    for step in ("round", "detach", *FLAT_PARTS, *(r.name for r in PRIMITIVES if r.flat))
}
CUMULANT = Op("joint cumulant", "cumulant")
CUSTOM = Op("custom rule", "cumulant")
EXPONENTIALS = Op("exponentials", "block")
"""In plans alone: of a list what softmax and its kin are made of, exp(x - the largest) and more. A "part" takes one."""
LOOP = Op("loop", "loop")
PART = Op("part", "part")
_ops |= {op: op for op in (INPUT, CONSTANT, CUMULANT, CUSTOM, LOOP, PART, *SELECTS.values(), *FLATS.values())}

ADD = Op.named("add")
SUB = Op.named("sub")
MUL = Op.named("mul")
DIV = Op.named("div")
POW = Op.named("pow")
NEG = Op.named("neg")
ABS = Op.named("abs")
SQUARE = Op.named("square")
SQRT = Op.named("sqrt")
RECIPROCAL = Op.named("reciprocal")
EXP = Op.named("exp")
LOG1P = Op.named("log1p")
DOT = Op.named("dot")
FSUM = Op.named("fsum")
MAX = Op.named("max")
MIN = Op.named("min")
TAKE = Op.named("take")
WHERE = Op.named("where")
LOGSUMEXP = Op.named("logsumexp")
SOFTMAX = Op.named("softmax")
LOG_SOFTMAX = Op.named("log_softmax")
ROUND = Op.named("flat round")
