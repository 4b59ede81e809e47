"""Arrays and data frames of Dask's as tables of rows: their rows lie in chunks, on whatever machine."""

from __future__ import annotations

from typing import Any

import dask
import dask.array as da
import numpy as np
from dask._task_spec import Task, TaskRef  # what Dask's own collections are made of

from .rows import InChunks


class ChunkedTable(InChunks):
    """A table of rows in chunks: an array of Dask's with a row in one chunk, or a column of one.

    called      what it is called in errors
    array       (rows, ...)
    column      of an array (rows, columns), which of its columns this is; None for all of it

    ValueError, with what to do, for chunks of unknown sizes, and rows that are cut; TypeError for what is no table of numbers.

    >>> table = ChunkedTable(da.ones((5, 2), chunks=(3, 2)), "x")
    >>> len(table), table.shape, table[0]
    (5, (5, 2), array([1., 1.]))
    """

    def __init__(self, thing: Any, called: str, column: int | None = None) -> None:
        if not isinstance(thing, da.Array):
            if not hasattr(type(thing), "to_dask_array"):
                raise TypeError(f"{called} is Dask's ({type(thing).__name__}), and rows come from its arrays and data frames")
            thing = thing.to_dask_array(lengths=True)
        if thing.ndim == 0:
            raise ValueError(f"{called} has rows, by in_axes, and this is one number: {thing!r}")
        _check_numbers(thing.dtype, called)
        if any(np.isnan(size) for sizes in thing.chunks for size in sizes):
            raise ValueError(
                f"{called} has chunks of unknown sizes, and how rows are added hangs on their numbers: call "
                "compute_chunk_sizes() of the array first"
            )
        if any(len(sizes) > 1 for sizes in thing.chunks[1:]):
            whole = ", ".join(f"{axis}: -1" for axis in range(1, thing.ndim))
            raise ValueError(f"the chunks of {called} cut its rows in parts: give x.rechunk({{{whole}}})")
        self.array = thing
        self.column = column
        self.shape = thing.shape if column is None else thing.shape[:1]
        self.ndim = len(self.shape)

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, row: int) -> Any:
        """The numbers of a row, which are computed."""
        numbers = np.asarray(self.array[row].compute(), dtype=float)
        return numbers if self.column is None else numbers[self.column]


def columns(frame: Any, called: str) -> dict[str, ChunkedTable]:
    """The columns of a data frame. How many rows its partitions have is found out."""
    for name, dtype in frame.dtypes.items():
        _check_numbers(dtype, f"{called}[{name!r}]")
    whole = ChunkedTable(frame.astype(float), called)
    return {name: ChunkedTable(whole.array, called, column) for column, name in enumerate(frame.columns)}


def _check_numbers(dtype: Any, called: str) -> None:
    if dtype.kind not in "biuf":
        raise TypeError(f"{called} is no table of numbers: it is of {dtype}, so convert it: astype(float)")


class Chunks:
    """The tables of a call, laid out in the chunks of the first that has any.

    sizes       how many rows each chunk has
    arrays      the arrays of Dask's that tasks read
    """

    def __init__(self, tables: list[Any]) -> None:
        self.sizes = next(table for table in tables if isinstance(table, ChunkedTable)).array.chunks[0]
        self.starts = [0, *np.cumsum(self.sizes).tolist()]
        sources: dict[int, Any] = {}
        self._how: list[tuple[int, int | None]] = []
        for table in tables:
            array, column = (table.array, table.column) if isinstance(table, ChunkedTable) else (table, None)
            sources.setdefault(id(array), array)
            self._how.append(([*sources].index(id(array)), column))
        laid = [a.rechunk({0: self.sizes}) if isinstance(a, da.Array) else a for a in sources.values()]
        self._sources = [*dask.optimize(*laid)]
        self.arrays = [array for array in self._sources if isinstance(array, da.Array)]

    def tables(self, i: int) -> Task:
        """What gives the tables of chunk i, as a part of a task."""
        start, end = self.starts[i : i + 2]
        blocks = [
            TaskRef((a.name, i, *[0] * (a.ndim - 1))) if isinstance(a, da.Array) else np.ascontiguousarray(a[start:end])
            for a in self._sources
        ]
        return Task(None, _tables, self._how, *blocks)


def _tables(how: list[tuple[int, int | None]], *blocks: Any) -> list[Any]:
    """Arrays of float64 (rows, columns), of the blocks of a chunk; `how` has for each its block, and a column or None."""
    arrays = [np.asarray(block, dtype=float) for block in blocks]
    flat = [array.reshape(len(array), -1) if array.size else array.reshape(len(array), 0) for array in arrays]
    return [flat[k] if column is None else flat[k][:, column : column + 1] for k, column in how]
