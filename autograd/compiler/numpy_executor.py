"""Runs programs over rows with NumPy, where the native executor was not built: each instruction on a whole column at once.

A register is a column of one number for each row, or a plain float where no row has its own. At one point, no NumPy is needed.
"""

from __future__ import annotations

import functools
import operator
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..runtime.python_rules import column
from ..runtime.tables import check_in_place
from .deciding import deciding
from .instructions import Listing, last_uses
from .loops import Loop
from .ops import CONSTANT, DOT, INPUT, PART, RELATIONS, Op

EXACT = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "neg": "negative",
    "abs": "absolute",
    "square": "square",
    "sqrt": "sqrt",
}
"""Ops that are one of NumPy's functions, with the same results to the last bit."""

CLOSE = {"exp": "exp", "log": "log", "sin": "sin", "cos": "cos"}
"""Ops that are one of NumPy's functions, with the same results at the edges and to some ulp elsewhere."""

SEGMENT = 4096
"""How many rows are added at once; these sums are added one after the other."""


class Runner:
    """A program made ready to run, as `autograd.runtime.executor.Runner` is.

    per_row     for each input whether each row has its own number
    summed      how many of the outputs, the first, are summed over the rows
    """

    def __init__(self, program: Listing, per_row: Sequence[bool], summed: int = 0) -> None:
        self.program = program
        self.per_row = per_row
        self.summed = summed
        self.sums = summed
        self.outputs = len(program.outputs) - summed
        self.guarded = bool(program.guards) or any(isinstance(i.op, Loop) and i.op.guarded for i in program.instructions)
        self.exactly = deciding(program)
        self.ending = _last_uses(program)

    def at_point(self, pieces: list[Any]) -> tuple[list[float], bool]:
        """The outputs at a point, and whether the program holds there.

        pieces      the inputs: lists of floats, and arrays of float64
        """
        return self.program.outcome(_numbers(pieces))

    def over_rows(
        self,
        pieces: list[Any],
        tables: list[Any],
        rows: int,
        results: Any,
        holds: Any,
        threads: int = 0,
        anyway: bool = False,
        sums: Any = None,
    ) -> bool:
        """Runs over rows, and writes what the program gives and which rows it holds for. False if it holds for none.

        pieces      the inputs that all rows share: lists of floats, and arrays of float64
        tables      the others: arrays of float64 (rows, how many)
        results     an array (outputs, rows) of float64, for the outputs that are not summed; None if all are
        holds       an array of uint8, filled with 1, or None
        threads     without meaning here
        anyway      True to write the results even if the program holds for no row
        sums        an array (2, summed) of zeros, of which the second row gets the sums over rows; None if there are none
        """
        found, held = self.outputs_of(pieces, tables, rows)
        if holds is not None:
            holds &= held
        possible = bool(held.any())
        if possible or anyway:
            for out, column in enumerate(found[self.summed :]):
                results[out] = column
            if self.summed:
                sums[1] = _put_together(self.by_segment(found, rows))
        return possible

    def outputs_of(self, pieces: list[Any], tables: list[Any], rows: int) -> tuple[list[Any], Any]:
        """The outputs, columns or floats that all rows share, and for which rows the program holds."""
        import numpy as np

        check_in_place(tables)
        copies = [np.array(np.atleast_2d(table.T)) for table in tables]  # a rule of one's own may change the tables
        shared, columns = iter(_numbers(pieces)), iter([column for copy in copies for column in copy])
        inputs: list[Any] = [next(columns) if own else next(shared) for own in self.per_row]
        with np.errstate(all="ignore"):
            found, held = _run(self.program, inputs, self.exactly, self.ending)
        return found, np.broadcast_to(held, rows)

    def grouping(self, rows: int) -> tuple[int, int]:
        """How rows are added where there are so many: how many rows a block has, and how many blocks a segment."""
        return SEGMENT, 1

    def by_segment(self, found: Sequence[Any], rows: int) -> Any:
        """The sums of outputs over the rows of each segment: an array (segments, summed)."""
        np = sys.modules["numpy"]  # which calls with rows have loaded
        columns = [np.broadcast_to(column, rows) for column in found[: self.summed]]
        starts = range(0, rows, SEGMENT)
        with np.errstate(all="ignore"):
            return np.array([[column[start : start + SEGMENT].sum() for column in columns] for start in starts])


def over_part(
    runner: Runner,
    pieces: list[Any],
    tables: list[Any],
    rows: int,
    results: Any,
    holds: Any,
    first: int,
    total: int,
    partial: Any,
    carried: None = None,
) -> None:
    """Runs over some rows, whole segments, and gives `partial` the sums of each: see runtime/partial_sums.pyx."""
    found, held = runner.outputs_of(pieces, tables, rows)
    if holds is not None:
        holds &= held
    for out, numbers in enumerate(found[runner.summed :]):
        results[out] = numbers
    if runner.summed:
        partial[:] = runner.by_segment(found, rows)


def add_segments(runner: Runner, pieces: list[Any], partial: Any, sums: Any) -> None:
    """Puts the sums over the rows of all segments together, from `partial` to the second row of `sums`."""
    sums[1] = _put_together(partial)


def _put_together(partial: Any) -> Any:
    """The sums over all rows, of those of each segment, which are added in their order."""
    with sys.modules["numpy"].errstate(all="ignore"):
        return functools.reduce(operator.add, partial)


def _run(
    program: Listing, inputs: Sequence[Any], exactly: Mapping[int, frozenset[int]], ending: Sequence[Sequence[int]]
) -> tuple[list[Any], Any]:
    """The outputs, and where the guards hold, for inputs that are columns or floats that all rows share."""
    registers: list[Any] = list(inputs)
    held: Any = True
    for i, (op, operands, number, *_) in enumerate(program.instructions):
        if op is CONSTANT:
            registers.append(number)
        elif isinstance(op, Loop):
            block = op.run([registers[k] for k in operands], _body(op, exactly.get(i, frozenset())))
            registers.append(block)
            held = held & block.holds
        elif op is PART:
            registers.append(registers[operands[0]][int(registers[operands[1]])])
        elif op is not INPUT:
            registers.append(_computed(op, [registers[k] for k in operands], exactly=i in exactly))
        for k in ending[i]:
            registers[k] = None
    for guard in program.guards:
        held = held & guard.holds(registers[guard.left], registers[guard.right])
    return [registers[k] for k in program.outputs], held


@functools.cache
def _body(loop: Loop, exactly: frozenset[int]) -> Callable[[list[Any]], tuple[list[Any], Any]]:
    body = loop.body
    exact = deciding(body, loop.exact_ends(exactly))
    ending = _last_uses(body)
    return lambda inputs: _run(body, inputs, exact, ending)


def _last_uses(program: Listing) -> list[list[int]]:
    return last_uses((instruction.operands for instruction in program.instructions), kept=program.results)


def _numbers(pieces: Sequence[Any]) -> list[float]:
    return [x for piece in pieces for x in (piece if isinstance(piece, (list, tuple)) else piece.ravel().tolist())]


def _computed(op: Op, operands: list[Any], exactly: bool) -> Any:
    """On columns by NumPy; by the rule itself, as in eager execution, on numbers that all rows share or if it must be exact."""
    import numpy as np

    if not any(isinstance(x, np.ndarray) for x in operands):
        return op.evaluate(operands)
    return _row_by_row(op, operands) if exactly and (op in CLOSE or op.kernel) else _on_columns(op)(operands)


@functools.cache
def _on_columns(op: Op) -> Callable[[list[Any]], Any]:
    import numpy as np

    if op in EXACT or op in CLOSE:
        function = getattr(np, EXACT.get(op) or CLOSE[op])
        return lambda v: function(*v)
    if op.kind == "select":
        compare = RELATIONS[op.relation]
        return lambda v: np.where(compare(v[0], v[1]), v[2], v[3])
    if op.kernel is not None:
        return functools.partial(column, op.kernel)
    return _dot if op is DOT else functools.partial(_row_by_row, op)


def _dot(v: list[Any]) -> Any:
    n = len(v) // 2
    total: Any = 0.0
    for x, y in zip(v[:n], v[n:], strict=True):
        total = total + x * y
    return total


def _row_by_row(op: Op, v: list[Any]) -> Any:
    """By the rule for floats, one row after the other."""
    import numpy as np

    columns = [x for x in v if isinstance(x, np.ndarray)]
    lists = [x.tolist() if isinstance(x, np.ndarray) else [x] * len(columns[0]) for x in v]
    return np.array([op.evaluate(list(numbers)) for numbers in zip(*lists, strict=True)])
