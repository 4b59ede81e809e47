"""Primitives over lists, and small powers, as arithmetic: a pass for programs that run over rows, where loops are fast.

The results are those of the rules: to the last bit where a rule only chooses and multiplies, to a few ulp where it has powers
or exponentials. What several instructions have in common, as the slopes of one softmax, is there once.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from .program import CONSTANT, Guard, Instruction, Program

INF, NAN = math.inf, math.nan


class _Builder:
    """The instructions of the new program so far. Each is there once: asked for again, its register is given again."""

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []
        self.known: dict[Any, int] = {}
        self.softmaxes: dict[tuple[int, ...], tuple[int, list[int], int]] = {}  # see _softmax_parts, by what it is of
        self.like: Instruction | None = None  # the instruction that is being expanded, for its place in the source

    def keep(self, instruction: Instruction) -> int:
        self.instructions.append(instruction)
        return len(self.instructions) - 1

    def __call__(self, op: str, *operands: int) -> int:
        key = (op, operands)
        if key not in self.known:
            self.known[key] = self.keep(Instruction(op, operands, 0.0, "", self.like.origin if self.like else None))
        return self.known[key]

    def constant(self, number: float) -> int:
        key = struct.pack("d", number)
        if key not in self.known:
            self.known[key] = self.keep(Instruction(CONSTANT, (), number))
        return self.known[key]

    def select(self, relation: str, a: int, b: int, x: int, y: int) -> int:
        return self(f"select {relation}", a, b, x, y)

    def chain(self, op: str, operands: Sequence[int]) -> int:
        found = operands[0]
        for k in operands[1:]:
            found = self(op, found, k)
        return found


def expand(program: Program) -> Program:
    """Writes what it knows to write as arithmetic; what decides a branch is left as it is, to the last bit."""
    build = _Builder()
    to: list[int] = []
    for i, instruction in enumerate(program.instructions):
        operands = tuple([to[k] for k in instruction.operands])
        name, number = instruction.op, ""
        if name.startswith("slope "):
            name, _, number = name.removeprefix("slope ").rpartition(" ")
            name = f"slope {name}"
        how = EXPANSIONS.get(name)
        if how is None or (i in program.decisive and name not in EXACT):
            to.append(build.keep(instruction._replace(operands=operands)))
        else:
            build.like = instruction
            to.append(how(build, operands, number))
    guards = tuple(Guard(g.relation, to[g.left], to[g.right], g.outcome) for g in program.guards)
    outputs = tuple(to[k] for k in program.outputs)
    new = replace(program, instructions=build.instructions, outputs=outputs, guards=guards)
    # What an expansion compares decides nothing that the rule itself does not decide.
    new.__dict__["decisive"] = frozenset(to[k] for k in program.decisive)
    return new


# ------------------------------------------------------------------------------------------------ choosing


def _largest(build: _Builder, xs: Sequence[int], number: str = "") -> int:
    """The first of the largest; NaN if any is."""
    top = xs[0]
    for x in xs[1:]:
        top = build.select("==", x, x, build.select("<", top, x, x, top), x)
    return top


def _smallest(build: _Builder, xs: Sequence[int], number: str = "") -> int:
    return build("neg", _largest(build, [build("neg", x) for x in xs]))


def _clip(build: _Builder, operands: Sequence[int], number: str = "") -> int:
    x, low, high = operands
    found = build.select("<", high, low, high, build.select("<", high, x, high, x))
    found = build.select("<", x, low, build.select("<=", low, high, low, found), found)
    nan = build.constant(NAN)
    return build.select("==", low, low, build.select("==", high, high, found, nan), nan)


def _clip_slope(build: _Builder, operands: Sequence[int], number: str) -> int:
    x, low, high, _ = operands
    one, zero, nan = build.constant(1.0), build.constant(0.0), build.constant(NAN)
    at_high = build.select("<", high, low, one, build.select("<", high, x, one, zero))
    at_low = build.select("==", at_high, one, zero, build.select("<", x, low, one, zero))
    inside = build.select("==", at_low, one, zero, build.select("==", at_high, one, zero, one))
    found = (inside, at_low, at_high)[int(number)]
    for operand in operands[:3]:
        found = build.select("==", operand, operand, found, nan)
    return found


# ------------------------------------------------------------------------------------------------ products


def _product(build: _Builder, xs: Sequence[int], number: str = "") -> int:
    return build.chain("mul", [build.constant(1.0), *xs])


def _product_slope(build: _Builder, operands: Sequence[int], number: str) -> int:
    xs, i = operands[:-1], int(number)
    before = build.chain("mul", [build.constant(1.0), *xs[:i]])
    return build("mul", before, build.chain("mul", [build.constant(1.0), *reversed(xs[i + 1 :])]))


# ------------------------------------------------------------------------------------------------ quotients and powers


def _quotient(build: _Builder, operands: Sequence[int], number: str = "") -> int:
    """Where the divisor is a power of two, a product: the same to the last bit, and faster."""
    x, divisor = operands[0], _constant(build, operands[1])
    if divisor is not None and abs(math.frexp(divisor)[0]) == 0.5 and 1e-300 < abs(divisor) < 1e300:
        return build("mul", x, build.constant(1.0 / divisor))
    return build("div", *operands)


def _power(build: _Builder, operands: Sequence[int], number: str = "") -> int:
    x, exponent = operands[0], _constant(build, operands[1])
    if exponent == 3.0:
        return build("mul", build("mul", x, x), x)
    if exponent == 4.0:
        square = build("mul", x, x)
        return build("mul", square, square)
    if exponent == -1.0:
        return build("reciprocal", x)
    if exponent == 0.5:
        return _root(build, x)
    if exponent == 1.5:
        return build("mul", build("abs", x), _root(build, x))
    return build("pow", *operands)


def _root(build: _Builder, x: int) -> int:
    """x ** 0.5 is not quite the square root: that of -0.0 is 0.0, and that of -inf is inf."""
    root = build("add", build("sqrt", x), build.constant(0.0))
    return build.select("==", x, build.constant(-INF), build.constant(INF), root)


def _power_slope(build: _Builder, operands: Sequence[int], number: str) -> int:
    x, out, exponent = operands[0], operands[2], _constant(build, operands[1])
    if number == "0":
        if exponent == 3.0:
            return build("mul", build.constant(3.0), build("mul", x, x))
        if exponent == 4.0:
            return build("mul", build.constant(4.0), build("mul", build("mul", x, x), x))
        if exponent == 0.5:
            return build("div", build.constant(0.5), out)
        if exponent == 1.5:
            return build("mul", build.constant(1.5), _root(build, x))
    return build(f"slope pow {number}", *operands)


def _constant(build: _Builder, register: int) -> float | None:
    """The number of a register that is a constant of the program."""
    instruction = build.instructions[register]
    return instruction.number if instruction.op == CONSTANT else None


# ------------------------------------------------------------------------------------------------ exponentials


def _softmax_parts(build: _Builder, xs: Sequence[int]) -> tuple[int, list[int], int]:
    """The largest, exp(x - largest) for each x, and their sum without one of the largest's."""
    key = tuple(xs)
    if key not in build.softmaxes:
        top = _largest(build, xs)
        one, zero, infinite = build.constant(1.0), build.constant(0.0), build.constant(INF)
        size = build("abs", top)
        exponentials, others, ties = [], [], []
        for x in xs:
            difference = build("sub", x, top)
            near = build("mul", build("exp", difference), build("add", one, _difference_error(build, x, top, difference)))
            is_top = build.select("==", x, top, one, zero)
            exponentials.append(build.select("==", size, infinite, is_top, near))
            others.append(build.select("==", x, top, zero, exponentials[-1]))
            ties.append(is_top)
        rest = build("add", build.chain("add", others), build("sub", build.chain("add", ties), one))
        rest = build.select("==", top, top, rest, top)
        build.softmaxes[key] = (top, exponentials, rest)
    return build.softmaxes[key]


def _difference_error(build: _Builder, x: int, y: int, difference: int) -> int:
    """x - y minus the rounded x - y, as `reductions.difference_error` has it."""
    part = build("sub", difference, x)
    error = build("sub", build("sub", x, build("sub", difference, part)), build("add", y, part))
    zero = build.constant(0.0)
    return build.select("==", build("sub", error, error), zero, error, zero)


def _logsumexp(build: _Builder, xs: Sequence[int], number: str = "") -> int:
    top, _, rest = _softmax_parts(build, xs)
    return build("add", build("log1p", rest), top)


def _weight(build: _Builder, xs: Sequence[int], i: int) -> int:
    _, exponentials, rest = _softmax_parts(build, xs)
    return build("div", exponentials[i], build("add", rest, build.constant(1.0)))


def _logsumexp_slope(build: _Builder, operands: Sequence[int], number: str) -> int:
    return _weight(build, operands[:-1], int(number))


def _softmax(build: _Builder, operands: Sequence[int], number: str = "") -> int:
    xs, i = operands[:-1], _index(build, operands[-1])
    top, _, _ = _softmax_parts(build, xs)
    return build.select("==", top, build.constant(-INF), build.constant(NAN), _weight(build, xs, i))


def _log_softmax(build: _Builder, operands: Sequence[int], number: str = "") -> int:
    xs, i = operands[:-1], _index(build, operands[-1])
    top, _, rest = _softmax_parts(build, xs)
    x, log = xs[i], build("log1p", rest)
    zero = build.constant(0.0)
    at_top = build.select("==", x, build.constant(INF), build("sub", zero, log), build("neg", log))
    at_top = build.select("==", x, build.constant(-INF), build.constant(NAN), at_top)
    return build.select("==", x, top, at_top, build("sub", build("sub", x, top), log))


def _index(build: _Builder, register: int) -> int:
    """Which of a list is meant, a constant of the program."""
    return int(build.instructions[register].number)


EXPANSIONS: dict[str, Callable[[_Builder, Sequence[int], str], int]] = {
    "max": _largest, "min": _smallest, "clip": _clip, "slope clip": _clip_slope, "prod": _product, "slope prod": _product_slope,
    "div": _quotient, "pow": _power, "slope pow": _power_slope, "logsumexp": _logsumexp, "slope logsumexp": _logsumexp_slope,
    "softmax": _softmax, "log_softmax": _log_softmax,
}  # fmt: skip

EXACT = frozenset(["div", "max", "min", "clip", "slope clip", "prod", "slope prod"])
"""Those that are the rules themselves, to the last bit."""
