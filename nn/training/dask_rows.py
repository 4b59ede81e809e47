"""Rows to train on that are Dask's: they stay where they lie, but for those of steps that take a few of them.

A step of all rows is run by `autograd.compile` where the rows lie. Smaller ones are made here, of the same rows in the same
order as anywhere: these come in windows of many steps, and the next is on its way while one is used.
"""

from __future__ import annotations

import warnings
from typing import Any

import dask
import dask.array as da
import numpy as np

from autograd.compiler.chunks import ChunkedTable
from autograd.compiler.rows import InChunks

WINDOW = 1 << 22
"""How many numbers a window has at most, if a step has no more."""


class RowsOfDask(InChunks):
    """The rows of a table of Dask's, in the place of an array (rows, columns).

    >>> rows = RowsOfDask(da.ones((5, 2), chunks=(3, 2)), "X")
    >>> len(rows), rows.shape, rows[4], rows[[4, 0]].shape
    (5, (5, 2), array([1., 1.]), (2, 2))
    """

    ndim = 2

    def __init__(self, table: Any, what: str) -> None:
        array = ChunkedTable(table, what).array
        if not len(array):
            raise ValueError(f"{what} has no rows: give at least one")
        if array.ndim != 2:
            raise ValueError(f"{what} has the shape {array.shape}, and an array of Dask's is to be one of rows and columns")
        self.array = array.astype(float)
        self.what = what
        self.shape = array.shape
        self._windows: _Windows | None = None

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, places: Any) -> Any:
        """A row, which is computed; or some rows by their places, which are Dask's again."""
        if isinstance(places, (int, np.integer)):
            return np.asarray(self.array[places].compute())
        return RowsOfDask(self.array[np.asarray(places)], self.what)

    def of_step(self, order: Any, start: int, end: int) -> Any:
        """The rows at some places of an order, as an array. The next to be asked for are those that come after them."""
        if self._windows is None:
            self._windows = _Windows(self)
        return self._windows.of(order, start, end)

    def beside(self, table: Any) -> Any:
        """An array with a part for each row, in chunks beside those of the rows."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph")  # it is sent once
            laid = da.from_array(table, chunks=(self.array.chunks[0], *[-1] * (table.ndim - 1)))
            return dask.persist(laid)[0]

    def blocks(self) -> list[Any]:
        found: list[Any] = self.array.to_delayed().ravel().tolist()
        return found

    def check_finite(self) -> None:
        """ValueError, with the place, for NaN and infinity."""
        starts = np.cumsum([0, *self.array.chunks[0]])
        for start, found in zip(starts, dask.compute(*map(dask.delayed(_not_finite), self.blocks())), strict=False):
            if found is not None:
                (row, column), x = found
                raise ValueError(f"{self.what} has {x} in row {start + row}, column {column}: fill it in or leave the row out")

    def tolist(self) -> list[Any]:
        """TypeError: who wants lists calls a model for each row."""
        raise TypeError(
            f"{self.what} is Dask's, whose rows are run by compiled programs alone, and here the model is to be called for "
            f"each row: give {self.what}.compute(), if that is not too large"
        )


def _not_finite(block: Any) -> tuple[tuple[int, ...], float] | None:
    """The place of the first number that is not finite, and that number."""
    places = np.argwhere(~np.isfinite(block))
    return (tuple(places[0].tolist()), float(block[tuple(places[0])])) if len(places) else None


class _Windows:
    """The rows of steps, which follow each other in an order."""

    def __init__(self, rows: RowsOfDask) -> None:
        self.width = rows.shape[1]
        self.starts = np.cumsum([0, *rows.array.chunks[0]])
        self.blocks = rows.blocks()
        self.order: Any = None
        self.begin = self.end = 0
        self.here: Any = None
        self.coming: tuple[int, int, Any] = (0, 0, ())

    def of(self, order: Any, start: int, end: int) -> Any:
        known = order is self.order
        if not (known and self.begin <= start and end <= self.end):
            if not (known and self.coming[0] <= start and end <= self.coming[1]):
                self.order = order
                self.coming = self._sent_for(start, end - start)
            self.begin, self.end, parts = self.coming
            self.here = np.empty((self.end - self.begin, self.width))
            for places, rows in dask.compute(*parts):
                self.here[places] = rows
            self.coming = self._sent_for(self.end, end - start)
        return self.here[start - self.begin : end - self.begin]

    def _sent_for(self, start: int, size: int) -> tuple[int, int, Any]:
        """A window of whole steps: its begin and end, and what gives its rows, in parts that know their places."""
        steps = max(1, WINDOW // max(1, size * self.width))
        end = min(start + steps * size, len(self.order))
        wanted = self.order[start:end]
        chunks = np.searchsorted(self.starts, wanted, side="right") - 1
        parts = []
        for i in np.unique(chunks):
            places = np.flatnonzero(chunks == i)
            parts.append(dask.delayed(_taken)(self.blocks[i], wanted[places] - self.starts[i], places))
        return start, end, dask.persist(*parts)


def _taken(block: Any, rows: Any, places: Any) -> tuple[Any, Any]:
    return places, block[rows]
