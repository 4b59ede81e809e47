"""How an op of a program is run: by which kind of a plan's instruction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..engine.primitives import BY_NAME
from ..runtime import _lanes as kind
from ..runtime.instruction_sets import EXACT_KERNELS, KERNELS
from .program import CONSTANT

PYTHON = -1
"""The kind of what is no instruction of a plan but a function of Python."""


class Operation(NamedTuple):
    """The kind of an instruction, the number of its kernel or primitive, and the registers it reads."""

    kind: int
    code: int
    operands: tuple[int, ...]


ARITHMETIC = {"add": kind.ADD, "sub": kind.SUB, "mul": kind.MUL, "div": kind.DIV}
RELATIONS = {"<": kind.LESS, "<=": kind.LESS_EQUAL, "==": kind.EQUAL, "!=": kind.NOT_EQUAL}

_known: dict[tuple[str, bool], tuple[int, int]] = {}


def operation(op: str, instructions: Sequence[Any], operands: tuple[int, ...], exactly: bool) -> Operation:
    """How an instruction is run; `exactly` to the last bit as in eager execution, and not only to a few."""
    if op == "square" or (op == "pow" and instructions[operands[1]][0] == CONSTANT and instructions[operands[1]][2] == 2.0):
        return Operation(kind.MUL, 0, (operands[0], operands[0]))  # as the rule for powers has it
    found = _known.get((op, exactly))
    if found is None:
        found = _known[op, exactly] = _kind_and_code(op, exactly)
    return Operation(*found, operands)


def _kind_and_code(op: str, exactly: bool) -> tuple[int, int]:
    if op in ARITHMETIC:
        return ARITHMETIC[op], 0
    if op == "dot":
        return kind.PRODUCTS, 0
    if op.startswith("select "):
        return RELATIONS[op.removeprefix("select ")], 0
    name, operand = op.removeprefix("flat "), ""
    if name in KERNELS and (name in EXACT_KERNELS or not exactly):
        return kind.CALL, KERNELS[name]
    if op.startswith("slope "):
        name, _, operand = op.removeprefix("slope ").rpartition(" ")
    primitive = BY_NAME.get(name)
    if primitive is None or not primitive.inline:
        return PYTHON, 0
    if operand:
        return (kind.SLOPE_1 if primitive.arity == 1 else kind.SLOPE_X if operand == "0" else kind.SLOPE_Y), primitive.code
    return (kind.RULE_1 if primitive.arity == 1 else kind.RULE_2), primitive.code
