"""Program: a recorded graph as a list of instructions, each of which computes one number from numbers before it.

The instructions are in static single assignment: instruction number i gives register i, once. The first are the inputs.
The passes below each take a Program and give one that computes the same, and `verify` checks what every pass must keep.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from .backward import topological_order
from .functions import fsum
from .primitives import BY_NAME, PRIMITIVES
from .value import Value, operands_and_slopes

INPUT, CONSTANT, SELECT, SLOPE = "input", "constant", "select", "slope"

RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
"""How two numbers are compared, by guards and by selects. (a > b is b < a.)"""


class Instruction(NamedTuple):
    """One number: `op` applied to the registers `operands`.

    op          a primitive's name; "slope tanh 0", the derivative of a primitive in an operand, of its operands and its output;
                "select <", operands (a, b, x, y): x where a < b, else y; "input"; "constant", with its `number`
    label       the label of the Value it was recorded from
    origin      (file, line) that made that Value, if it was recorded
    """

    op: str
    operands: tuple[int, ...]
    number: float = 0.0
    label: str = ""
    origin: tuple[str, int] | None = None


class Guard(NamedTuple):
    """A branch that was taken while recording: the program holds for numbers that compare in the same way."""

    relation: str
    left: int
    right: int
    outcome: bool


@dataclass(frozen=True)
class Program:
    """The instructions, of which the first `inputs` are inputs, the registers that are outputs, and the guards.

    >>> from autograd import Value
    >>> x, y = Value(2.0, label="x"), Value(3.0, label="y")
    >>> print(flatten([x * y + 1.0], [x, y]))
    r0 = input                  x
    r1 = input                  y
    r2 = mul r0 r1
    r3 = constant 1.0
    r4 = add r2 r3              output 0
    """

    instructions: list[Instruction]
    inputs: int
    outputs: tuple[int, ...]
    guards: tuple[Guard, ...] = ()

    def __len__(self) -> int:
        return len(self.instructions)

    def __str__(self) -> str:
        """A listing: numbered instructions, with the label, the output and the line of code that each comes from."""
        outputs: dict[int, list[int]] = {}
        for k, register in enumerate(self.outputs):
            outputs.setdefault(register, []).append(k)
        lines = []
        for i, instruction in enumerate(self.instructions):
            shown = f"{instruction.number!r}" if instruction.op == CONSTANT else " ".join(f"r{k}" for k in instruction.operands)
            notes = [instruction.label] if instruction.label else []
            notes += [f"output {k}" for k in outputs.get(i, [])]
            if instruction.origin:
                notes.append(f"{instruction.origin[0]}:{instruction.origin[1]}")
            lines.append(f"{f'r{i} = {instruction.op} {shown}':<28}{', '.join(notes)}".rstrip())
        lines += [f"guard: r{g.left} {g.relation} r{g.right} was {g.outcome}" for g in self.guards]
        return "\n".join(lines)

    @property
    def flops(self) -> int:
        """How many arithmetic operations a run takes, an elementary function counting as one."""
        return sum(_flops(instruction) for instruction in self.instructions)

    def run(self, numbers: Sequence[float]) -> list[float]:
        """The outputs at a point: the plainest executor, which the others are tested against. The guards are not looked at."""
        registers = self.registers_at(numbers)
        return [registers[k] for k in self.outputs]

    def registers_at(self, numbers: Sequence[float]) -> list[float]:
        """Every register at a point."""
        if len(numbers) != self.inputs:
            raise ValueError(f"this program takes {self.inputs} numbers, and was given {len(numbers)}")
        registers: list[float] = []
        for instruction in self.instructions:
            if instruction.op == INPUT:
                registers.append(float(numbers[len(registers)]))
            elif instruction.op == CONSTANT:
                registers.append(instruction.number)
            else:
                registers.append(evaluate(instruction.op, [registers[k] for k in instruction.operands]))
        return registers


def _flops(instruction: Instruction) -> int:
    if instruction.op in (INPUT, CONSTANT):
        return 0
    row = BY_NAME.get(instruction.op)
    if row is not None and row.arity is None:
        return max(1, len(instruction.operands) - 1)
    return 1


# ------------------------------------------------------------------------------------------------ what an op computes


class Op:
    """An op by its name: how many operands it takes (None for any number), and what it gives for floats."""

    def __init__(self, name: str) -> None:
        kind, *rest = name.split(" ")
        self.name = name
        if kind == SELECT:
            relation = RELATIONS[rest[0]]
            self.arity: int | None = 4
            self.evaluate: Callable[[list[float]], float] = lambda v: v[2] if relation(v[0], v[1]) else v[3]
        elif kind == SLOPE:
            row, i = BY_NAME[rest[0]], int(rest[1])
            rule = row.slopes[i]
            self.arity = row.arity + 1
            self.evaluate = lambda v: float(rule(*v))
        else:
            row = BY_NAME[name]
            self.arity = row.arity if not callable(row.slopes) else None
            forward = row.forward
            self.evaluate = (lambda v: float(forward(v))) if callable(row.slopes) else (lambda v: float(forward(*v)))


_ops: dict[str, Op] = {}


def op_named(name: str) -> Op:
    """ValueError for a name that no op has."""
    if name not in _ops:
        try:
            _ops[name] = Op(name)
        except (KeyError, IndexError, ValueError, TypeError):
            raise ValueError(f"there is no op named {name!r}") from None
    return _ops[name]


def evaluate(op: str, numbers: list[float]) -> float:
    return op_named(op).evaluate(numbers)
