"""Primitives over lists, and small powers, as arithmetic: a pass for programs that run over rows, where loops are fast.

The results are those of the rules: to the last bit where a rule only chooses and multiplies, to a few ulp where it has powers
or exponentials. What several instructions have in common, as the slopes of one softmax, is there once.
"""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from .columns import Columns, Numbers, columns_of
from .deciding import deciding
from .instructions import Instruction, Listing
from .ops import (
    ABS,
    ADD,
    CONSTANT,
    DIV,
    EXPONENTIALS,
    LOG1P,
    MUL,
    NEG,
    PART,
    POW,
    RECIPROCAL,
    SELECTS,
    SQRT,
    SUB,
    Op,
)
from .plan_operations import vary_on

INF, NAN = math.inf, math.nan


class Builder:
    """The instructions written so far. Each is written once; asked for it again, the builder gives the same register."""

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []
        self.known: dict[Any, int] = {}
        self.origin: tuple[str, int] | None = None  # of the instruction that is being expanded

    def keep(self, instruction: Instruction) -> int:
        self.instructions.append(instruction)
        return len(self.instructions) - 1

    def __call__(self, op: Op, *operands: int) -> int:
        key = (op, operands)
        if key not in self.known:
            self.known[key] = self.keep(Instruction(op, operands, 0.0, "", self.origin))
        return self.known[key]

    def constant(self, number: float) -> int:
        key = struct.pack("d", number)
        if key not in self.known:
            self.known[key] = self.keep(Instruction(CONSTANT, (), number))
        return self.known[key]

    def constant_in(self, register: int) -> float | None:
        """The number in a register, if it is a constant of the program; else None."""
        instruction = self.instructions[register]
        return instruction.number if instruction.op is CONSTANT else None

    def select(self, relation: str, a: int, b: int, x: int, y: int) -> int:
        return self(SELECTS[relation], a, b, x, y)

    def chain(self, op: Op, operands: Sequence[int]) -> int:
        found = operands[0]
        for k in operands[1:]:
            found = self(op, found, k)
        return found


class _RowsBuilder(Builder):
    """One for a listing that is gone through: it writes columns, and knows of each register whether it depends on a row.

    columns     what was written so far
    to          for each register of the listing that was gone through: where it is now
    """

    def __init__(self, listing: Columns, per_row: Sequence[bool]) -> None:
        super().__init__()
        self.listing = listing
        self.numbers = Numbers(listing.ops)
        self.places = {origin: k for k, origin in enumerate(listing.places)}
        self.columns = Columns(array("i"), self.numbers.ops, array("i", [0]), array("i"), array("d"), {}, array("i"), [])
        self.to = array("i")
        self._varies = array("i", per_row)  # the inputs come first

    def copy(self, end: int) -> None:
        """Keeps what was not gone through so far, up to instruction number `end`."""
        old, new, begin, first = self.listing, self.columns, len(self.to), len(self.columns)
        self.to.extend(range(first, first + end - begin))
        operands = old.operands[old.start[begin] : old.start[end]]
        farther = len(new.operands) - old.start[begin]
        new.start.extend(map(farther.__add__, old.start[begin + 1 : end + 1]))
        new.operands.extend(map(self.to.__getitem__, operands))
        new.op.extend(old.op[begin:end])
        new.numbers.extend(old.numbers[begin:end])
        new.place.extend(old.place[begin:end])

    def keep(self, instruction: Instruction) -> int:
        new, origin = self.columns, instruction.origin
        new.op.append(self.numbers[instruction.op])
        new.operands.extend(instruction.operands)
        new.start.append(len(new.operands))
        new.numbers.append(instruction.number)
        new.place.append(-1 if origin is None else self.places[origin])
        return len(new) - 1

    def constant_in(self, register: int) -> float | None:
        return self.columns.numbers[register] if self.columns.op[register] == self.numbers[CONSTANT] else None

    def any_varies(self, registers: Sequence[int]) -> bool:
        """Whether one of them depends on a row."""
        vary_on(self.columns, self._varies)
        return any([self._varies[k] for k in registers])


def expand(
    listing: Listing, per_row: Sequence[bool], exactly: Collection[int] = ()
) -> tuple[Listing, dict[int, frozenset[int]]]:
    """The listing with what can be written as arithmetic written so, and which of its registers are decisive: see `deciding`.

    per_row     for each input whether each row has its own number: primitives over lists that depend on no row are left to the
                rules. (As arithmetic, what depended on one may depend on none: the slope of a product by its only factor is 1.)
    exactly     registers that must be exact, too

    What decides a branch is left as it is, unless its arithmetic is the same to the last bit. That arithmetic compares too,
    but decides nothing that the rule itself does not decide.
    """
    decisive = deciding(listing, exactly)
    columns = columns_of(listing.instructions)
    rules = [(SLOPES if op.kind == "slope" else RULES).get(op.primitive.name) for op in columns.ops]
    if not any(rules):
        return listing, decisive
    build = _RowsBuilder(columns, per_row)
    written = set()
    for i, number in enumerate(columns.op):
        how = rules[number]
        if how is None or (i in decisive and how not in EXACT):
            continue
        build.copy(i)
        op, operands, _, _, build.origin = columns[i]
        operands = tuple([build.to[k] for k in operands])
        slope = op.kind == "slope"
        # A slope's last operand is the output, which is no part of the list.
        if how not in OVER_LISTS or build.any_varies(operands[: -1 if slope else None]):
            build.to.append(how(build, operands, op.operand) if slope else how(build, operands))
            written.add(i)
    build.copy(len(columns))
    to, new = build.to, build.columns
    new.labels = {to[k]: label for k, label in columns.labels.items() if k not in written}
    new.places = columns.places
    guards = tuple([g._replace(left=to[g.left], right=to[g.right]) for g in listing.guards])
    outputs = tuple([to[k] for k in listing.outputs])
    return replace(listing, instructions=new, outputs=outputs, guards=guards), {to[k]: of for k, of in decisive.items()}


def is_written_out_at_a_point(listing: Listing) -> bool:
    """Whether it has what would be a function of Python at a point, and is arithmetic that gives the same to the last bit."""
    return any(op.primitive.name in ("prod", "clip") for op in columns_of(listing.instructions).ops)


# ------------------------------------------------------------------------------------------------ choosing


def _clip(build: Builder, operands: Sequence[int]) -> int:
    x, low, high = operands
    found = build.select("<", high, low, high, build.select("<", high, x, high, x))
    found = build.select("<", x, low, build.select("<=", low, high, low, found), found)
    nan = build.constant(NAN)
    return build.select("==", low, low, build.select("==", high, high, found, nan), nan)


def _clip_slope(build: Builder, operands: Sequence[int], i: int) -> int:
    x, low, high, _ = operands
    one, zero, nan = build.constant(1.0), build.constant(0.0), build.constant(NAN)
    at_high = build.select("<", high, low, one, build.select("<", high, x, one, zero))
    at_low = build.select("==", at_high, one, zero, build.select("<", x, low, one, zero))
    inside = build.select("==", at_low, one, zero, build.select("==", at_high, one, zero, one))
    found = (inside, at_low, at_high)[i]
    for operand in operands[:3]:
        found = build.select("==", operand, operand, found, nan)
    return found


# ------------------------------------------------------------------------------------------------ products


def _product(build: Builder, xs: Sequence[int]) -> int:
    return build.chain(MUL, [build.constant(1.0), *xs])


def _product_slope(build: Builder, operands: Sequence[int], i: int) -> int:
    xs = operands[:-1]
    before = build.chain(MUL, [build.constant(1.0), *xs[:i]])
    return build(MUL, before, build.chain(MUL, [build.constant(1.0), *reversed(xs[i + 1 :])]))


# ------------------------------------------------------------------------------------------------ quotients and powers


def _quotient(build: Builder, operands: Sequence[int]) -> int:
    """Where the divisor is a power of two, a product: the same to the last bit, and faster."""
    x, divisor = operands[0], build.constant_in(operands[1])
    if divisor is not None and abs(math.frexp(divisor)[0]) == 0.5 and 1e-300 < abs(divisor) < 1e300:
        return build(MUL, x, build.constant(1.0 / divisor))
    return build(DIV, *operands)


def _power(build: Builder, operands: Sequence[int]) -> int:
    x, exponent = operands[0], build.constant_in(operands[1])
    if exponent == 3.0:
        return build(MUL, build(MUL, x, x), x)
    if exponent == 4.0:
        square = build(MUL, x, x)
        return build(MUL, square, square)
    if exponent == -1.0:
        return build(RECIPROCAL, x)
    if exponent == 0.5:
        return _root(build, x)
    if exponent == 1.5:
        return build(MUL, build(ABS, x), _root(build, x))
    return build(POW, *operands)


def _root(build: Builder, x: int) -> int:
    """x ** 0.5 is not quite the square root: that of -0.0 is 0.0, and that of -inf is inf."""
    root = build(ADD, build(SQRT, x), build.constant(0.0))
    return build.select("==", x, build.constant(-INF), build.constant(INF), root)


def _power_slope(build: Builder, operands: Sequence[int], i: int) -> int:
    x, out, exponent = operands[0], operands[2], build.constant_in(operands[1])
    if i == 0:
        if exponent == 3.0:
            return build(MUL, build.constant(3.0), build(MUL, x, x))
        if exponent == 4.0:
            return build(MUL, build.constant(4.0), build(MUL, build(MUL, x, x), x))
        if exponent == 0.5:
            return build(DIV, build.constant(0.5), out)
        if exponent == 1.5:
            return build(MUL, build.constant(1.5), _root(build, x))
    return build(Op.slope(POW, i), *operands)


# ------------------------------------------------------------------------------------------------ exponentials


def _softmax_parts(build: Builder, xs: Sequence[int]) -> tuple[int, Callable[[int], int], int]:
    """The largest of xs, exp(x - largest) for each number of an x, and the sum of these without that of a largest itself."""
    block, n = build(EXPONENTIALS, *xs), len(xs)

    def part(i: int) -> int:
        return build(PART, block, build.constant(float(i)))

    return part(n), part, part(n + 1)


def _logsumexp(build: Builder, xs: Sequence[int]) -> int:
    top, _, rest = _softmax_parts(build, xs)
    return build(ADD, build(LOG1P, rest), top)


def _weight(build: Builder, xs: Sequence[int], i: int) -> int:
    _, exponential, rest = _softmax_parts(build, xs)
    return build(DIV, exponential(i), build(ADD, rest, build.constant(1.0)))


def _logsumexp_slope(build: Builder, operands: Sequence[int], i: int) -> int:
    return _weight(build, operands[:-1], i)


def _softmax(build: Builder, operands: Sequence[int]) -> int:
    xs, i = operands[:-1], _index(build, operands[-1])
    top, _, _ = _softmax_parts(build, xs)
    return build.select("==", top, build.constant(-INF), build.constant(NAN), _weight(build, xs, i))


def _log_softmax(build: Builder, operands: Sequence[int]) -> int:
    xs, i = operands[:-1], _index(build, operands[-1])
    top, _, rest = _softmax_parts(build, xs)
    x, log = xs[i], build(LOG1P, rest)
    zero = build.constant(0.0)
    at_top = build.select("==", x, build.constant(INF), build(SUB, zero, log), build(NEG, log))
    at_top = build.select("==", x, build.constant(-INF), build.constant(NAN), at_top)
    return build.select("==", x, top, at_top, build(SUB, build(SUB, x, top), log))


def _index(build: Builder, register: int) -> int:
    """The last operand of a softmax, a constant of the program: the place in the list."""
    place = build.constant_in(register)
    assert place is not None
    return int(place)


RULES: dict[str, Callable[..., int]] = {
    "clip": _clip,
    "prod": _product,
    "div": _quotient,
    "pow": _power,
    "logsumexp": _logsumexp,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
}
"""How primitives are written out, by name: functions of a builder and the operands."""

SLOPES: dict[str, Callable[..., int]] = {
    "clip": _clip_slope,
    "prod": _product_slope,
    "pow": _power_slope,
    "logsumexp": _logsumexp_slope,
}
"""How slopes of primitives are written out: functions of a builder, the operands and the output, and the slope's operand."""

OVER_LISTS = frozenset([_logsumexp, _softmax, _log_softmax, _logsumexp_slope])
"""Those that are one instruction where no row has its own numbers."""

EXACT = frozenset([_quotient, _clip, _clip_slope, _product, _product_slope])
"""Those that give what the rules do, to the last bit."""
