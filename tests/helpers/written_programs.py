"""Programs of the compiler that no function was recorded for: written by hand, and made up at random (hypothesis)."""

import functools
import math
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from autograd.compiler.instructions import Guard, Instruction
from autograd.compiler.ops import CONSTANT, INPUT, Op
from autograd.compiler.program import Program


def instruction(op: str, *fields: Any, **more: Any) -> Instruction:
    """An instruction, its op by name."""
    return Instruction(Op.named(op), *fields, **more)


def constant(number: float) -> Instruction:
    return Instruction(CONSTANT, (), number)


def program(*instructions: Instruction, outputs: Sequence[int] = (-1,), guards: Sequence[Guard] = ()) -> Program:
    inputs = sum(instruction.op == INPUT for instruction in instructions)
    return Program(list(instructions), inputs, tuple(k % len(instructions) for k in outputs), tuple(guards))


registers = functools.cache(lambda count: st.integers(0, count - 1))  # to make it anew takes longer than to draw from it
constants = st.sampled_from([0.0, -0.0, 1.0, -1.0, 2.0, math.nan])


@functools.cache
def guards_on(count: int) -> st.SearchStrategy[list[Guard]]:
    register = registers(count)
    return st.lists(st.builds(Guard, st.sampled_from(["<", "<=", "==", "!="]), register, register, st.booleans()), max_size=3)


@st.composite
def made_up(draw: st.DrawFn) -> Program:
    """A program that no function was recorded for: any ops, constants that fold, repeated instructions, loose ends, guards."""
    unary = ["neg", "exp", "square", "tanh", "abs", "flat floor", "sqrt"]
    binary = ["add", "sub", "mul", "div", "pow", "maximum", "copysign", "slope tanh 0", "flat //"]
    several = ["select <", "select ==", "fsum", "prod", "slope maximum 0"]
    inputs = draw(st.integers(1, 3))
    found = [Instruction(INPUT, ()) for _ in range(inputs)]
    all_ops = [CONSTANT, *unary, "neg", *binary, *several]
    ops = draw(st.lists(st.sampled_from(all_ops), min_size=1, max_size=len(all_ops), unique=True))  # few: they meet more often
    one_of_ops = st.sampled_from(ops)
    for _ in range(draw(st.integers(1, 25))):
        op = draw(one_of_ops)
        count = 0 if op == CONSTANT else 1 if op in unary else 2 if op in binary else 3 if op.startswith("slope") else 4
        operands = tuple(draw(registers(len(found))) for _ in range(count))
        found.append(instruction(op, operands, draw(constants) if op == CONSTANT else 0.0))
    outputs = tuple(draw(st.lists(registers(len(found)), min_size=1, max_size=3)))
    guards = draw(guards_on(len(found)))
    return Program(found, inputs, outputs, tuple(guards))
