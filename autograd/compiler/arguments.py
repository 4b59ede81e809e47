"""The arguments of a call of a compiled function, taken apart into their numbers and what stands around them, and checked."""

from __future__ import annotations

import copy
import math
import sys
from collections.abc import Sequence
from typing import Any

from ..derivatives.trees import Tree, flatten, form
from ..engine.value import Value


class Arguments:
    """The arguments of a call.

    pieces          the numbers of each argument that rows share: a list of floats, or an array of float64
    tables          each argument that has rows: an array of float64 (rows, numbers in a row)
    rows            how many rows there are; -1 where no argument has rows
    numbers         of some rows of a call, which of its rows they are: an array; None where they are all
    forms           what stands around the numbers of each argument
    holds_values    the number of the last argument that has Values in it, or None
    """

    def __init__(self, args: Sequence[Any], axes: Sequence[Any], kwargs: dict[str, Any]) -> None:
        self.args = args
        self.axes = axes
        self.kwargs = kwargs
        self.pieces: list[Any] = []
        self.tables: list[Any] = []
        self.forms: list[Any] = []
        self.rows = -1
        self.numbers: Any = None
        self.holds_values: int | None = None
        for i, (arg, axis) in enumerate(zip(args, axes, strict=True)):
            if axis is None:
                self._share(arg, i)
            else:
                self._split(arg, i)

    def _share(self, arg: Any, i: int) -> None:
        if _is_contiguous(arg):
            self.pieces.append(arg)
            self.forms.append(arg.shape)
            return
        numbers, _ = flatten(arg, f"argument {i}")
        if Value in set(map(type, numbers)):
            self.holds_values = i
        self.pieces.append(numbers)
        self.forms.append(form(arg))

    def _split(self, arg: Any, i: int) -> None:
        array = arg if _is_contiguous(arg) and arg.ndim else _as_array(arg, i)
        if self.rows not in (-1, len(array)):
            raise ValueError(f"argument {i} has {len(array)} rows, and an argument before it {self.rows}")
        self.rows = len(array)
        self.tables.append(array if array.ndim == 2 else array.reshape(self.rows, math.prod(array.shape[1:])))
        self.forms.append(array.shape[1:])

    def first_row(self) -> tuple[list[Tree], list[float]]:
        """The arguments as a function is called with them, for the first row: a Tree for each, and all their numbers."""
        trees, numbers = [], []
        tables = iter(self.tables)
        for arg, axis, shape in zip(self.args, self.axes, self.forms, strict=True):
            one = arg
            if axis is not None:
                one = next(tables)[0].reshape(shape)
                one = one if one.ndim else float(one)
            found, tree = flatten(one)
            trees.append(tree)
            numbers += found
        return trees, numbers

    def only(self, rows: Any) -> Arguments:
        """The same with some of the rows, given by their numbers."""
        some = copy.copy(self)
        some.tables = [table[rows] for table in self.tables]
        some.rows = len(rows)
        some.numbers = rows if self.numbers is None else self.numbers[rows]
        return some

    def per_row(self) -> list[bool]:
        """For each number whether each row has its own."""
        pieces, tables = iter(self.pieces), iter(self.tables)
        return [
            axis is not None
            for axis in self.axes
            for _ in range(next(tables).shape[1] if axis is not None else _count(next(pieces)))
        ]

    def kinds(self) -> list[tuple[str, Any]] | None:
        """What each argument is, for calls that `fast_calls` answers; None if one of them is nothing it can read.

        ("float", 1), ("list", its length), ("tuple", its length), ("array", its shape) or ("rows", the shape of a row).
        """
        if self.kwargs:
            return None
        found: list[tuple[str, Any]] = []
        for arg, axis, form_of_it in zip(self.args, self.axes, self.forms, strict=True):
            if axis is not None and _is_array(arg) and arg.ndim in (1, 2):
                found.append(("rows", form_of_it))
            elif axis is None and _is_contiguous(arg):
                found.append(("array", form_of_it))
            elif axis is None and type(arg) is float:
                found.append(("float", 1))
            elif axis is None and type(arg) in (list, tuple) and set(map(type, arg)) == {float}:
                found.append((type(arg).__name__, len(arg)))
            else:
                return None
        return found


def _count(piece: Any) -> int:
    """How many numbers a list or an array has."""
    return len(piece) if isinstance(piece, list) else int(piece.size)


def _is_array(thing: Any) -> bool:
    """Whether this is an array of float64."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(thing) is numpy.ndarray and thing.dtype == float


def _is_contiguous(thing: Any) -> bool:
    """Whether this is an array of float64 whose numbers stand one after the other, rows first."""
    return _is_array(thing) and thing.flags.c_contiguous


def _as_array(arg: Any, i: int) -> Any:
    """An argument that has rows as an array of float64."""
    import numpy as np

    try:
        array = np.asarray(arg)
        if array.dtype.kind not in "biuf":  # so text, None and complex numbers are refused, not converted
            numbers, _ = flatten(array.astype(object), f"argument {i}")
            array = np.array(numbers).reshape(array.shape)
        array = array.astype(float, copy=False)
    except (TypeError, ValueError) as problem:
        raise type(problem)(f"argument {i} is no table of numbers: {problem}") from None
    if array.ndim == 0:
        raise ValueError(f"argument {i} has rows, by in_axes, and this is one number: {arg!r}")
    return array
