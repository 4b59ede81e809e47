"""What stands between runs of a plan's native instructions: calls into Python, and loops."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple


class LoopCall(NamedTuple):
    """A loop, on its way into a plan.

    loop        a `compiler.loops.Loop`
    out         the place of its block
    operands    the place of each operand with rows, or ~k for the place k of one that all rows share
    columns     where in their blocks the columns that it reads begin, and how far on the next number stands
    in_rows     whether the block has rows
    exactly     the outputs of its body that must be exact to the last bit, as in eager execution
    first       the first of the sums over rows that it adds to: see `loop_parts.without_sums`
    added       for each of these, how many of the first outputs of its body are added to it
    """

    loop: Any
    out: int
    operands: list[int]
    columns: list[tuple[int, int]]
    in_rows: bool
    exactly: Collection[int]
    first: int = 0
    added: Sequence[int] = ()


def column(kernel: Callable[..., Any], columns: Sequence[Any]) -> Any:
    """What a kernel gives for whole columns: an array of float64 with a number for each row.

    It is given copies, as it may write into them. TypeError or ValueError for what is no column of as many rows.

    >>> import numpy
    >>> column(lambda x, y: x + y, [numpy.array([1.0, 2.0]), numpy.array([10.0, 20.0])])
    array([11., 22.])
    """
    import numpy as np

    name = getattr(kernel, "__name__", repr(kernel))
    copies = [np.array(given) for given in np.broadcast_arrays(*columns)]
    found, shape = np.asarray(kernel(*copies)), copies[0].shape
    if found.dtype.kind not in "biuf":
        raise TypeError(f"{name}, which is given columns, gives an array of numbers, and gave {found!r}")
    if found.shape not in ((), shape):
        raise ValueError(f"{name} was given columns of {shape[0]} rows, and gave an array of shape {found.shape}")
    return np.ascontiguousarray(np.broadcast_to(found, shape), dtype=float)


class PythonRule(NamedTuple):
    """An instruction that runs a Python function: the rule of a primitive that you made, or of one over a list.

    rule        takes a list of floats and gives a float
    out         the place of the register for its result
    operands    the places of the registers it reads
    kernel      takes an array for each operand, with a number for each row, and gives an array; None where there is none
    """

    rule: Any
    out: int
    operands: list[int]
    kernel: Any = None
