"""What is done with a chunk of rows, where it lies: sums over its rows, results for each, and which program each row takes.

Sums come out as they do where all rows are together. There they are added block by block, from the beginning of each segment,
and the segments are put together at the end. So of a chunk, what belongs to segments that begin in it is added at once: its
`body`. What belongs to a segment that began in a chunk before, its `head`, is added to what that chunk has of it; and the rows
of a block that the border cuts are brought along.
"""

from __future__ import annotations

import functools
import pickle
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .instructions import Listing
from .running import NATIVE, over_part, runner_of


class Shared:
    """The numbers that all rows share, in something that Dask does not look into."""

    def __init__(self, pieces: list[Any]) -> None:
        self.pieces = pieces


def packed(program: Listing, per_row: Sequence[bool], summed: int, at_once: int = 0) -> bytes:
    """A program on its way to where rows are; `at_once` as for `Work`."""
    listing = Listing(program.instructions, program.inputs, program.outputs, program.guards)
    return pickle.dumps((NATIVE, listing, [*per_row], summed, at_once))


@functools.lru_cache(maxsize=32)
def unpacked(sent: bytes) -> Work:
    native, *what = pickle.loads(sent)
    if native != NATIVE:
        here, there = [("compiled" if build else "plain Python") for build in (NATIVE, native)]
        raise RuntimeError(f"the build of autograd is {there} where the function was called, and {here} where its rows are")
    return Work(*what)


class Work:
    """A program that is run over parts of rows.

    summed      how many of its outputs, the first, are summed over the rows
    at_once     0, or so many rows that have these outputs made, and then added, at once: see `Recorded.finite`
    """

    def __init__(self, program: Listing, per_row: Sequence[bool], summed: int, at_once: int) -> None:
        self.summed = summed
        self.at_once = at_once
        self.runner = runner_of(program, per_row, 0 if at_once else summed, threads=1)
        self.sums = summed if at_once else self.runner.sums

    def grouping(self, total: int) -> tuple[int, int]:
        """Of so many rows: how many a block has, and how many a segment."""
        if self.at_once:
            return self.at_once, self.at_once
        rows, blocks = self.runner.grouping(total)
        return rows, rows * blocks

    def over_part(self, shared: Shared, tables: list[Any], first: int, total: int, carried: Any) -> tuple[Any, int]:
        """The sums over the rows of each segment met, and how many rows the program does not hold for."""
        rows, size = len(tables[0]), self.grouping(total)[1]
        partial = np.zeros(((first + rows - 1) // size - first // size + 1, self.sums))
        if self.at_once:
            for k, start in enumerate(range(0, rows, size)):
                results, _ = self.over_rows(shared, [table[start : start + size] for table in tables])
                with np.errstate(all="ignore"):
                    partial[k] = results[: self.sums].sum(axis=1)
            return partial, 0
        results, holds = np.empty((self.runner.outputs, rows)), np.ones(rows, dtype=np.uint8)
        over_part(self.runner, shared.pieces, tables, rows, results, holds, first, total, partial, carried)
        return partial, rows - int(np.count_nonzero(holds))

    def over_rows(self, shared: Shared, tables: list[Any]) -> tuple[Any, Any]:
        """The outputs for each row that are not summed, and which rows the program holds for."""
        rows, runner = len(tables[0]), self.runner
        results, holds = np.empty((runner.outputs, rows)), np.ones(rows, dtype=np.uint8)
        sums = np.zeros((2, runner.summed))
        if rows and not runner.over_rows(shared.pieces, tables, rows, results, holds, 1, True, sums):
            holds[:] = 0
        return results, holds.view(bool)


# ------------------------------------------------------------------------------------------------ sums


class Part(NamedTuple):
    """What the rows of a chunk, or some of them, give for sums.

    whole       (number, sums) of each segment that ends here
    carried     the sums of the segment that does not, over its whole blocks; None if there are none
    rest        tables of the rows behind these blocks
    failed      how many rows the program does not hold for
    """

    whole: list[tuple[int, Any]]
    carried: Any
    rest: list[Any]
    failed: int


def body(sent: list[bytes], shared: list[Shared], tables: list[Any], start: int, total: int) -> Part:
    """The sums of the segments that begin in a chunk, whose rows begin with number `start`."""
    work = unpacked(sent[0])
    first = first_segment(start, work.grouping(total)[1])
    return _added(work, shared[0], [table[first - start :] for table in tables], first, total, None)


def head(sent: list[bytes], shared: list[Shared], tables: list[Any], start: int, total: int, before: Part) -> Part:
    """The sums of the segment that a chunk begins within, which go on with what came `before`."""
    work, numbers = unpacked(sent[0]), shared[0]
    block, size = work.grouping(total)
    end = min(start + len(tables[0]), first_segment(start, size))
    tables = [table[: end - start] for table in tables]
    carried, waiting = before.carried, len(before.rest[0])
    if not waiting:
        return _added(work, numbers, tables, start, total, carried)
    missing = min(start - waiting + block, total) - start
    joined = [np.concatenate([mine, table[:missing]]) for mine, table in zip(before.rest, tables, strict=True)]
    if len(joined[0]) < waiting + missing:
        return Part([], carried, joined, 0)
    first = _added(work, numbers, joined, start - waiting, total, carried)
    if start + missing == end:
        return first
    second = _added(work, numbers, [table[missing:] for table in tables], start + missing, total, first.carried)
    return second._replace(failed=first.failed + second.failed)


def first_segment(start: int, size: int) -> int:
    """Where the first segment begins from a row on."""
    return -(-start // size) * size


def _added(work: Work, shared: Shared, tables: list[Any], start: int, total: int, carried: Any) -> Part:
    """The sums of rows that begin with a block."""
    block, size = work.grouping(total)
    end = start + len(tables[0])
    whole = end if end == total else end // block * block
    rest = [table[whole - start :].copy() for table in tables]
    if whole == start:
        return Part([], carried, rest, 0)
    partial, failed = work.over_part(shared, [table[: whole - start] for table in tables], start, total, carried)
    found = [*enumerate(partial, start // size)]
    last = None if whole == total or whole % size == 0 else found.pop()[1]
    return Part(found, last, rest, failed)


# ------------------------------------------------------------------------------------------------ rows


def programs_of_rows(sent: list[bytes], shared: list[Shared], tables: list[Any]) -> Any:
    """For each row the number of the first program that holds for it, or -1."""
    found = np.full(len(tables[0]), -1)
    left = np.arange(len(found))
    for k, (program, numbers) in enumerate(zip(sent, shared, strict=True)):
        if not len(left):
            break
        _, holds = unpacked(program).over_rows(numbers, chosen(tables, left))
        found[left[holds]] = k
        left = left[~holds]
    return found


def counted(sent: list[bytes], shared: list[Shared], found: Any) -> tuple[list[int], int]:
    """How many rows each program has, and the first row that has none, or -1."""
    without = np.flatnonzero(found < 0)
    return np.bincount(found[found >= 0], minlength=len(sent)).tolist(), int(without[0]) if len(without) else -1


def chosen(tables: list[Any], rows: Any) -> list[Any]:
    """The tables with some of the rows, of their numbers or of a flag for each."""
    return [np.ascontiguousarray(table[rows]) for table in tables]


def of_program(tables: list[Any], found: Any, k: int) -> list[Any]:
    """The tables with the rows that a program has."""
    return chosen(tables, found == k)


def outputs(sent: list[bytes], shared: list[Shared], tables: list[Any], found: Any = None) -> Any:
    """The outputs that are not summed, an array (outputs, rows); `found` has the program of each row, if there are several."""
    if found is None:
        return unpacked(sent[0]).over_rows(shared[0], tables)[0]
    results = np.empty((unpacked(sent[0]).runner.outputs, len(found)))
    for k, (program, numbers) in enumerate(zip(sent, shared, strict=True)):
        mine = np.flatnonzero(found == k)
        results[:, mine] = unpacked(program).over_rows(numbers, chosen(tables, mine))[0]
    return results


def leaf(results: Any, start: int, end: int, shape: tuple[int, ...] | None) -> Any:
    """A part of the outputs, with its rows along axis 0."""
    if shape is None:
        return results[start].copy()
    return np.ascontiguousarray(results[start:end].T).reshape(results.shape[1], *shape)
