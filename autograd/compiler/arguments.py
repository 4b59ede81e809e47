"""The arguments of a call of a compiled function, taken apart into their numbers and what stands around them, and checked."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import Any

from ..derivatives.trees import Several, Tree, flatten, refuse_more_than_numbers
from ..engine.numbers import of_numpy
from ..engine.value import Value
from ..runtime.tables import check_in_place


class Arguments:
    """The arguments of a call, as they stood when each was read: from then on nothing is asked of what was passed.

    Reading a number may run code that changes any argument, and so may `f`. Numbers that rows share are therefore copied.
    Tables of rows may be too large for that: they are views, whose shape nobody else can change.

    pieces          the numbers of each argument that rows share: a list of floats, or an array of float64
    tables          each argument that has rows: an array of float64 (rows, numbers in a row)
    rows            how many rows there are; -1 where no argument has rows
    numbers         of some rows of a call, which of its rows they are: an array; None where they are all
    forms           what stands around the numbers of each argument
    holds_values    the number of the last argument that has Values in it, or None
    """

    def __init__(self, args: Sequence[Any], axes: Sequence[Any], kwargs: dict[str, Any]) -> None:
        self.axes = axes
        self.kwargs = kwargs
        self.pieces: list[Any] = []
        self.forms: list[Any] = []
        self.rows = -1
        self.numbers: Any = None
        self.holds_values: int | None = None
        self._trees: list[Tree | None] = []  # of each argument that rows share; None for an array
        self._tables: list[Any] = []
        self._lent: list[Any] = []  # of the tables, those that stand in memory of whoever passed them
        self._kinds: list[tuple[str, Any] | None] = []
        for i, (arg, axis) in enumerate(zip(args, axes, strict=True)):
            if axis is None:
                self._share(arg, i)
            else:
                self._split(arg, i)

    @property
    def tables(self) -> list[Any]:
        """Looked at again whenever they are asked for. RuntimeError if one was resized."""
        check_in_place(self._lent)
        return self._tables

    def _share(self, arg: Any, i: int) -> None:
        array = _floats(arg)
        if array is not None and array.flags.c_contiguous:
            self.pieces.append(array.copy())
            self._trees.append(None)
            self.forms.append(array.shape)
            self._kinds.append(("array", array.shape))
            return
        numbers, tree = flatten(arg, f"argument {i}")
        if Value in set(map(type, numbers)):
            self.holds_values = i
        self.pieces.append(numbers)
        self._trees.append(tree)
        self.forms.append(tree.form)
        if type(arg) is float:
            self._kinds.append(("float", 1))
        elif numbers and isinstance(tree.node, Several) and tree.node.make in (list, tuple):
            self._kinds.append((tree.node.make.__name__, len(numbers)))
        else:
            self._kinds.append(None)

    def _split(self, arg: Any, i: int) -> None:
        array = _floats(arg)
        self._kinds.append(("rows", array.shape[1:]) if array is not None and array.ndim in (1, 2) else None)
        if array is None or array.ndim == 0:
            array = _as_array(arg, i)
        if self.rows not in (-1, len(array)):
            raise ValueError(f"argument {i} has {len(array)} rows, and an argument before it {self.rows}")
        self.rows = len(array)
        self._tables.append(array if array.ndim == 2 else array.reshape(self.rows, math.prod(array.shape[1:])))
        if type(arg) is not list and type(arg) is not tuple:  # of these the array is a copy, which nobody else has
            self._lent.append(self._tables[-1])
        self.forms.append(array.shape[1:])

    def first_row(self) -> tuple[list[Tree], list[float]]:
        """The arguments as a function is called with them, for the first row: a Tree for each, and all their numbers."""
        trees: list[Tree] = []
        numbers: list[float] = []
        shared, tables = iter(zip(self.pieces, self._trees, strict=True)), iter(self.tables)
        for axis, shape in zip(self.axes, self.forms, strict=True):
            if axis is None:
                found, tree = next(shared)
                if tree is None:
                    found, tree = flatten(found)
            elif shape:
                found, tree = flatten(next(tables)[0].reshape(shape))
            else:
                found, tree = flatten(float(next(tables)[0, 0]))
            trees.append(tree)
            numbers += found
        return trees, numbers

    def only(self, rows: Any) -> Arguments:
        """The same with some of the rows, given by their numbers."""
        some = copy.copy(self)
        some._tables = [table[rows] for table in self.tables]  # copies
        some._lent = []
        some.rows = len(rows)
        some.numbers = rows if self.numbers is None else self.numbers[rows]
        return some

    def per_row(self) -> list[bool]:
        """For each number whether each row has its own."""
        pieces, tables = iter(self.pieces), iter(self._tables)
        return [
            axis is not None
            for axis in self.axes
            for _ in range(next(tables).shape[1] if axis is not None else _count(next(pieces)))
        ]

    def kinds(self) -> list[tuple[str, Any]] | None:
        """What each argument is, for calls that `fast_calls` answers; None if one of them is nothing it can read.

        ("float", 1), ("list", its length), ("tuple", its length), ("array", its shape) or ("rows", the shape of a row).
        """
        found = [kind for kind in self._kinds if kind is not None]
        return found if len(found) == len(self._kinds) and not self.kwargs else None


def _count(piece: Any) -> int:
    """How many numbers a list or an array has."""
    return len(piece) if isinstance(piece, list) else int(piece.size)


def _floats(thing: Any) -> Any:
    """A view of an array of float64, with a shape of its own; None of anything else."""
    if type(thing) is not of_numpy("ndarray"):
        return None
    view = thing.view()
    return view if view.dtype == float else None


def _as_array(arg: Any, i: int) -> Any:
    """An argument that has rows as an array of float64."""
    import numpy as np

    try:
        refuse_more_than_numbers(arg)
        array = np.asarray(arg)
        if array.dtype.kind not in "biuf":  # so text, None and complex numbers are refused, not converted
            numbers, _ = flatten(array.astype(object), f"argument {i}")
            array = np.array(numbers).reshape(array.shape)
        array = array.astype(float, copy=False).view()
    except (TypeError, ValueError) as problem:
        raise type(problem)(f"argument {i} is no table of numbers: {problem}") from None
    if array.ndim == 0:
        raise ValueError(f"argument {i} has rows, by in_axes, and this is one number: {arg!r}")
    return array
