"""Selection: by which kind of a plan's instruction an instruction of a program is run."""

from __future__ import annotations

from array import array
from collections.abc import Container, Sequence
from functools import cache
from typing import NamedTuple

from ..runtime import instruction_kinds as kind
from ..runtime.kernel_table import EXACT, KERNELS
from .columns import FIXED, Columns
from .instructions import Instruction
from .ops import (
    ADD,
    CONSTANT,
    DIV,
    DOT,
    EXPONENTIALS,
    FSUM,
    LOG_SOFTMAX,
    LOGSUMEXP,
    MAX,
    MIN,
    MUL,
    POW,
    SOFTMAX,
    SQUARE,
    SUB,
    TAKE,
    Op,
)

PYTHON = -1
"""The kind of what is no instruction of a plan but a function of Python."""

BY_COLUMNS = 1
"""The code of such a function where its kernel, if it has one, may stand in for it."""


LOOP = -3
PART = -4
"""The kinds of loops, and of the numbers that they gave, which are there when they have run."""


class Operation(NamedTuple):
    """The kind of an instruction, the number of its kernel or primitive, and the registers it reads.

    The code of a primitive over a list is 8 times the number of the element that it is of, and which primitive it is.
    """

    kind: int
    code: int
    operands: tuple[int, ...]


ARITHMETIC = {ADD: kind.ADD, SUB: kind.SUB, MUL: kind.MUL, DIV: kind.DIV}
RELATIONS = {"<": kind.LESS, "<=": kind.LESS_EQUAL, "==": kind.EQUAL, "!=": kind.NOT_EQUAL}


OVER_LISTS = {
    LOGSUMEXP: kind.LOGSUMEXP_OF,
    SOFTMAX: kind.SOFTMAX_OF,
    LOG_SOFTMAX: kind.LOG_SOFTMAX_OF,
    MAX: kind.LARGEST_OF,
    MIN: kind.SMALLEST_OF,
    FSUM: kind.FSUM_OF,
}
NUMBERED = frozenset([kind.WEIGHTS_OF, kind.SOFTMAX_OF, kind.LOG_SOFTMAX_OF])
"""Those that have a number for each element of the list, and whose last operand is none of these."""

POWERS = frozenset([FIXED.index(SQUARE), FIXED.index(POW)])
"""The numbers of the ops that are powers, in Columns."""


NONE = -2
"""In the place of a kind: not run for each row."""


class Operations:
    """How each instruction is run that depends on a row. An Operation is made when it is asked for: there may be very many.

    kinds, codes    of each instruction; its kind is NONE where it depends on no row, and for inputs and constants
    """

    def __init__(self, columns: Columns, varies: Sequence[int], exactly: Container[int]) -> None:
        """exactly     those that are run to the last bit as in eager execution, and not only to a few"""
        self.columns = columns
        self.kinds, self.codes = array("i"), array("i")
        self._others: dict[int, tuple[int, ...]] = {}  # the registers that are read, where they are not just the operands
        known: dict[tuple[int, bool], tuple[int, int]] = {}  # by the number of an op
        begin = 0
        for i, (number, end) in enumerate(zip(columns.op, columns.start[1:], strict=True)):
            how = NONE, 0
            if begin < end and varies[i]:
                key = number, i in exactly
                if key not in known:
                    known[key] = kind_and_code(columns.ops[number], key[1])
                how = known[key]
            self.kinds.append(how[0])
            self.codes.append(how[1])
            if how[0] == kind.OVER_LIST or (number in POWERS and how[0] != NONE):
                self[i] = operation(columns[i], columns, key[1])
            begin = end

    def operands(self, i: int) -> tuple[int, ...]:
        """The registers that it reads."""
        others = self._others.get(i)
        if others is not None:
            return others
        start = self.columns.start
        return tuple(self.columns.operands[start[i] : start[i + 1]])

    def __getitem__(self, i: int) -> Operation:
        return Operation(self.kinds[i], self.codes[i], self.operands(i))

    def __setitem__(self, i: int, of: Operation) -> None:
        self.kinds[i], self.codes[i], self._others[i] = of


def operation(instruction: Instruction, instructions: Sequence[Instruction], exactly: bool) -> Operation:
    """How an instruction is run; `exactly` to the last bit as in eager execution, and not only to a few.

    instructions    those before it: a power is run by its exponent
    """
    op, operands = instruction[0], instruction[1]
    how, code = kind_and_code(op, exactly)
    if how == kind.OVER_LIST:
        last = instructions[operands[-1]].number if code in (kind.SOFTMAX_OF, kind.LOG_SOFTMAX_OF) else 0.0
        index = op.operand if code == kind.WEIGHTS_OF else int(last)
        return Operation(how, 8 * index + code, operands[: len(operands) - (code in NUMBERED)])
    if op is SQUARE or (op is POW and is_two(instructions[operands[1]])):
        return Operation(kind.MUL, 0, (operands[0], operands[0]))  # as the rule for powers has it
    return Operation(how, code, operands)


def is_two(exponent: Instruction) -> bool:
    return exponent.op is CONSTANT and exponent.number == 2.0


@cache
def kind_and_code(op: Op, exactly: bool) -> tuple[int, int]:
    """The same for an op whatever its operands: the kind, and the number of the kernel or primitive."""
    if op.kind == "loop":
        return LOOP, 0
    if op.kind == "part":
        return PART, 0
    if op is EXPONENTIALS:
        return kind.EXPONENTIALS, 0
    if op in ARITHMETIC:
        return ARITHMETIC[op], 0
    if op is DOT:
        return kind.PRODUCTS, 0
    if op is TAKE:
        return kind.TAKE, 0
    if op in OVER_LISTS:
        return kind.OVER_LIST, OVER_LISTS[op]
    if op.kind == "slope" and op.primitive is LOGSUMEXP.primitive:
        return kind.OVER_LIST, kind.WEIGHTS_OF
    if op.kind == "select":
        return RELATIONS[op.relation], 0
    kernel = op.step or op  # a step has the kernel of the primitive
    if kernel in KERNELS and (kernel in EXACT or not exactly):
        return kind.CALL, KERNELS[kernel]
    primitive = op.primitive
    if not primitive.inline or op.kind == "flat":
        return PYTHON, 0 if exactly else BY_COLUMNS
    if op.kind == "slope":
        return (kind.SLOPE_1 if primitive.arity == 1 else kind.SLOPE_X if op.operand == 0 else kind.SLOPE_Y), primitive.code
    return (kind.RULE_1 if primitive.arity == 1 else kind.RULE_2), primitive.code
