"""Primitives of your own: one call adds a row to the table, and everything that reads the table knows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from ..engine.functions import apply_many
from ..engine.primitives import BY_NAME, PRIMITIVES, Primitive
from .check import check_gradients

BUILT_IN = len(PRIMITIVES)

RESERVED = re.compile("input|constant|loop|part|(select |flat |slope ).*|.*#[0-9]+", re.DOTALL)
"""The names of what programs do beside the primitives, and of primitives that were defined again: softsign#2."""


KERNELS: dict[int, tuple[Callable[..., Any] | None, ...]] = {}
"""By the code of a primitive of your own, what computes whole columns of it, and then of each of its slopes."""


class CustomPrimitive:
    """A primitive made by `primitive()`: call it like any function of `autograd`."""

    def __init__(self, row: Primitive) -> None:
        self._row = row
        self.__name__ = row.name
        self.__doc__ = row.doc

    def __call__(self, *operands: Any) -> Any:
        if self._row.arity is None:
            if len(operands) != 1:
                raise TypeError(f"{self.__name__}() takes one list of operands, and was given {len(operands)} arguments")
            return apply_many(self._row, operands[0])
        if len(operands) != self._row.arity:
            raise TypeError(f"{self.__name__}() takes {self._row.arity} operands, and was given {len(operands)}")
        return apply_many(self._row, operands)

    def check(self, *args: Any, order: int = 1) -> None:
        """Compares the slopes with numerical derivatives at a point; GradientCheckError with a report if they disagree.

        With `order=2` the slopes of the slopes too, and so on.
        """
        check_gradients(self, args, order=order)

    def __repr__(self) -> str:
        return f"<primitive {self.__name__}>"


def primitive(
    name: str,
    forward: Callable[..., float],
    slopes: Callable[..., Any] | Sequence[Callable[..., Any]],
    *,
    over_list: bool = False,
    symbol: str = "",
    doc: str = "",
    check: Sequence[Sequence[Any]] = (),
    rows: Callable[..., Any] | None = None,
    slope_rows: Sequence[Callable[..., Any] | None] = (),
) -> CustomPrimitive:
    """Adds a primitive and returns the function that applies it to Values and numbers.

    name        what its nodes are called (`.op`); defining the same name again replaces the primitive for new nodes
    forward     floats to a float; with `over_list=True`, one list of floats to a float
    slopes      the derivative with respect to each operand: a sequence of functions, each of the operands and the output
                (one function alone for one operand); with `over_list=True` one function of the list and the output, giving
                a list. Written with operators and functions of `autograd`, they serve higher derivatives too
    symbol      how it reads in a picture; the name if left out
    check       points, each a sequence of arguments, at which to compare the slopes with numerical derivatives right away
    rows        what `forward` is over many rows of a compiled function: takes arrays, a column for each operand (of a block of
                rows), and gives an array of results. Without it, `forward` is called for each row
    slope_rows  the same for each of `slopes`, of the operands and the output; None for one that has none

    Raises ValueError for the name of a built-in primitive, TypeError for rules that cannot be called, and
    GradientCheckError where a check fails (the primitive is then not added).

    >>> softsign = primitive("softsign", lambda x: x / (1 + abs(x)), lambda x, out: 1 / (1 + abs(x)) ** 2, check=[[0.5]])
    >>> from autograd import Value
    >>> x = Value(1.0)
    >>> softsign(x).backward()
    >>> x.grad
    0.25

    Over rows, with a kernel of NumPy's:

    >>> import numpy, autograd
    >>> halved = primitive("halved", lambda x: x / 2, lambda x, out: 0.5, rows=lambda x: numpy.divide(x, 2.0))
    >>> autograd.compile(lambda x: halved(x) + 1.0, in_axes=0)([1.0, 2.0, 3.0])
    array([1.5, 2. , 2.5])
    """
    if not isinstance(name, str) or not name:
        raise TypeError(f"a primitive's name is a non-empty string, and this is {name!r}")
    before = BY_NAME.get(name)
    if before is not None and before.code < BUILT_IN:
        raise ValueError(f"{name!r} is a primitive of autograd itself: choose another name")
    if RESERVED.fullmatch(name):
        raise ValueError(f"{name!r} is a name as compile() gives its own instructions: choose another name")
    if not callable(forward):
        raise TypeError(f"forward computes the value from the operands, and {forward!r} cannot be called")
    if callable(slopes):
        rules: Any = slopes if over_list else (slopes,)
    else:
        rules = tuple(slopes)
    for rule in () if over_list else rules:
        if not callable(rule):
            raise TypeError(f"a slope is a function of the operands and the output, and {rule!r} cannot be called")
    if over_list and not callable(rules):
        raise TypeError("over_list=True takes one function for all slopes: slopes(operands, out) -> list")
    if not over_list and not rules:
        raise TypeError("a primitive needs at least one operand: give one slope for each")
    kernels: list[Any] = [*slope_rows] if isinstance(slope_rows, (tuple, list)) else [slope_rows]
    if not all(kernel is None or callable(kernel) for kernel in [rows, *kernels]):
        raise TypeError(f"rows and slope_rows are functions of columns, and these are {rows!r} and {slope_rows!r}")
    if over_list and (rows or kernels):
        raise TypeError(
            "rows and slope_rows are for a primitive of so many operands, each a column, and not for one over a list"
        )
    width = 0 if over_list else len(rules)
    if kernels and len(kernels) != width:
        raise ValueError(f"slope_rows has a function for each of {width} slopes, or None, and has {len(kernels)}")
    arity, doc = None if over_list else len(rules), doc or f"The primitive {name}."
    row = Primitive(name, arity, (), doc, symbol=symbol, forward=forward, slopes=rules)
    if not over_list:
        KERNELS[row.code] = (rows, *(kernels or [None] * width))
    made = CustomPrimitive(row)
    try:
        for point in check:
            made.check(*point)
    except BaseException:
        if before is None:
            del BY_NAME[name]
        else:
            BY_NAME[name] = before
        raise
    return made
