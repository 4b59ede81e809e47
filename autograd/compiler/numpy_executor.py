"""Runs a Program over many rows with NumPy: each instruction on a whole column at a time.

A register is a column of one number for each row, or a plain float where no row has its own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from .program import CONSTANT, INPUT, Program, evaluate, op_named
from .trace import RELATIONS

EXACT = {
    "add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "neg": "negative", "abs": "absolute",
    "square": "square", "sqrt": "sqrt",
}  # fmt: skip
"""Ops that are one of NumPy's functions, with the same results to the last bit."""

CLOSE = {"exp": "exp", "log": "log", "sin": "sin", "cos": "cos"}
"""Ops that are one of NumPy's functions, with the same results at the edges and to some ulp elsewhere."""


def run(program: Program, inputs: Sequence[Any], rows: int) -> tuple[Any, Any]:
    """The outputs, an array (outputs, rows), and which rows the program holds for: an array of True and False.

    inputs      for each input a column of `rows` numbers, or a float that all rows share
    """
    import numpy as np

    last_use = _last_uses(program)
    registers: list[Any] = []
    with np.errstate(all="ignore"):
        for i, instruction in enumerate(program.instructions):
            if instruction.op == INPUT:
                registers.append(inputs[i])
            elif instruction.op == CONSTANT:
                registers.append(instruction.number)
            else:
                operands = [registers[k] for k in instruction.operands]
                registers.append(_computed(instruction.op, operands, exactly=i in program.decisive))
            for k in last_use[i]:
                registers[k] = None
        holds = np.ones(rows, dtype=bool)
        for guard in program.guards:
            holds &= guard.holds(registers[guard.left], registers[guard.right])
    results = np.empty((len(program.outputs), rows))
    for result, k in zip(results, program.outputs, strict=True):
        result[:] = registers[k]
    return results, holds


def _computed(op: str, operands: list[Any], exactly: bool) -> Any:
    """On columns by NumPy; by the rule itself, as in eager execution, on numbers that all rows share or if it must be exact."""
    import numpy as np

    if not any(isinstance(x, np.ndarray) for x in operands):
        return evaluate(op, operands)
    return _row_by_row(op, operands) if exactly and op in CLOSE else _column_op(op)(operands)


def _last_uses(program: Program) -> list[list[int]]:
    """For each instruction, the registers that nothing reads after it."""
    kept = {*program.outputs, *(k for guard in program.guards for k in (guard.left, guard.right))}
    last: dict[int, int] = {}
    for i, instruction in enumerate(program.instructions):
        for k in instruction.operands:
            last[k] = i
    free: list[list[int]] = [[] for _ in program.instructions]
    for k, i in last.items():
        if k not in kept:
            free[i].append(k)
    return free


@functools.cache
def _column_op(op: str) -> Callable[[list[Any]], Any]:
    import numpy as np

    if op in EXACT or op in CLOSE:
        function = getattr(np, EXACT.get(op) or CLOSE[op])
        return lambda v: function(*v)
    if op.startswith("select "):
        compare = RELATIONS[op.removeprefix("select ")]
        return lambda v: np.where(compare(v[0], v[1]), v[2], v[3])
    if op == "dot":
        return _dot
    return lambda v: _row_by_row(op, v)


def _dot(v: list[Any]) -> Any:
    n = len(v) // 2
    total: Any = 0.0
    for x, y in zip(v[:n], v[n:], strict=True):
        total = total + x * y
    return total


def _row_by_row(op: str, v: list[Any]) -> Any:
    """By the rule for floats, one row after the other."""
    import numpy as np

    columns = [x for x in v if isinstance(x, np.ndarray)]
    lists = [x.tolist() if isinstance(x, np.ndarray) else [x] * len(columns[0]) for x in v]
    rule = op_named(op)
    return np.array([rule(list(numbers)) for numbers in zip(*lists, strict=True)])
