"""Compiled functions over rows that are Dask's: chunks are run where they lie, for results that have the bits of one machine.

A function is recorded here, on a row that is fetched, and its program travels. What `chunk_tasks.py` makes of the chunks, sums
of segments, is put together here.
"""

from __future__ import annotations

import itertools
import math
import uuid
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import dask
import dask.array as da
import numpy as np
from dask._task_spec import DataNode, List, Task, TaskRef
from dask.delayed import Delayed
from dask.highlevelgraph import HighLevelGraph

from ..derivatives.argument_names import name_of
from ..derivatives.trees import Tree
from ..engine.modes import is_part_of_a_graph
from . import chunk_tasks
from .arguments import Arguments
from .chunk_tasks import Shared
from .chunks import Chunks
from .recorded import ROWS_AT_ONCE, Eager, Recorded, check_shapes
from .running import add_segments
from .ways import Ways

Record = Callable[[Ways, int, Arguments], tuple[Recorded, bool]]
"""Gives recording number k, made on the first row of the arguments if there is none yet, and whether it was."""


class Way(NamedTuple):
    """A recording, with the numbers that its rows share, and how many of these rows each chunk has.

    number      its own among several; None where it is the only one
    """

    recorded: Recorded
    shared: Shared
    sizes: Sequence[int]
    number: int | None

    @property
    def rows(self) -> int:
        return sum(self.sizes)


def over_rows(f: Callable[..., Any], record: Record, programs: Ways, given: Arguments, mean: bool) -> Any:
    """What a compiled function gives: sums or means over the rows, and arrays of Dask's of what each row has.

    These have the chunks of the rows, and are computed when they are asked for.
    """
    run = _Run(f, record, programs, given)
    first = run.way(run.recorded(0), run.chunks.sizes)
    ways, sums, whole = [first], [], first.recorded
    if run.holds_for_shared(first):
        failed = first.recorded.adder.guarded
        if whole.sums is not None:
            found, failed = run.sums(first)
            sums = [found]
        ways, sums = ([], []) if failed else (ways, sums)
    else:
        ways = []
    if not ways:
        ways = run.ways()
        sums = [run.sums(way)[0] for way in ways if way.rows] if whole.sums is not None else []
    each = whole.each and run.outputs(whole.each, ways)
    if whole.sums is None:
        return each
    reduced = whole.sums.of_array(_total(sums, [way.rows for way in ways if way.rows], mean))
    return reduced if each is None else reduced + each


def _total(sums: list[Any], rows: list[int], mean: bool) -> Any:
    """Sums or means over all rows, of what each program gives for its rows: a part that each has, and the sum of another."""
    with np.errstate(all="ignore"):
        if len(sums) == 1:
            each, summed = sums[0]
            return each + summed / rows[0] if mean else 0.0 + (each * rows[0] + summed)
        total: Any = 0.0
        for (each, summed), count in zip(sums, rows, strict=True):
            total = total + (each * count + summed)
        return total / sum(rows) if mean else total


class _Run:
    """One call: its rows in chunks, and of each chunk the numbers of the programs that its rows take, if these are several."""

    def __init__(self, f: Callable[..., Any], record: Record, programs: Ways, given: Arguments) -> None:
        self.f, self.record, self.programs, self.given = f, record, programs, given
        self.chunks = Chunks(given.tables)
        self.found: list[Delayed] = []

    # -------------------------------------------------------------------------------------------- programs

    def recorded(self, k: int, row: int = 0) -> Recorded:
        """Recording number k, made on a row if there is none yet."""
        recorded, _ = self.record(self.programs, k, self.given if k < len(self.programs) else self.given.at(row))
        if isinstance(recorded, Eager):
            raise RuntimeError(
                f"{name_of(self.f)} has more ways through its branches than are recorded, and over rows of Dask's it is not "
                "called itself: choose by where(), maximum() or abs() instead of `if`, or give a larger max_branches"
            )
        if recorded.may_keep_a_graph and is_part_of_a_graph():
            raise TypeError(
                f"{name_of(self.f)} takes Values from outside, and over rows of Dask's it cannot keep a graph to them: give "
                "them as an argument, as numbers"
            )
        check_shapes(self.f, [self.programs[0].form, recorded.form])
        return recorded

    def way(self, recorded: Recorded, sizes: Sequence[int], number: int | None = None) -> Way:
        return Way(recorded, Shared([*self.given.pieces, recorded.outside()]), sizes, number)

    def holds_for_shared(self, way: Way) -> bool:
        """Whether the guards hold that no row takes part in."""
        if not way.recorded.program.guards:
            return True
        return bool(way.recorded.over_rows(self.given.at(0), way.recorded.adder, False)[2].any())

    def ways(self) -> list[Way]:
        """The programs that the rows take, in the order of their recording; where a row takes none, one is recorded on it."""
        while True:
            ways = [self.way(recorded, [], k) for k, recorded in enumerate(self.programs)]
            graph = _Graph(self, ways)
            for i in range(len(self.chunks.sizes)):
                graph.add(chunk_tasks.programs_of_rows, self.chunks.tables(i))
            self.found = [*dask.persist(*graph.results())]
            count = _Graph(self, ways)
            for found in self.found:
                count.add(chunk_tasks.counted, TaskRef(found.key))
            counts = dask.compute(*count.results())
            without = [start + first for start, (_, first) in zip(self.chunks.starts, counts, strict=False) if first >= 0]
            if not without:
                return [way._replace(sizes=[count[k] for count, _ in counts]) for k, way in enumerate(ways)]
            self.recorded(len(ways), without[0])

    # -------------------------------------------------------------------------------------------- results

    def sums(self, way: Way) -> tuple[Any, int]:
        """The sums over the rows of a program, as `Recorded.over_rows` gives them, and how many rows it does not hold for."""
        adder = way.recorded.adder
        sums = np.zeros((2, adder.summed))
        partial, failed = self._segments(way)
        if failed:
            return sums, failed
        add_segments(adder, way.shared.pieces, partial, sums)
        if not np.isfinite(sums).all():
            sums[:] = 0.0
            with np.errstate(all="ignore"):
                for found in self._segments(way, ROWS_AT_ONCE)[0]:
                    sums[1] += found
        return sums, 0

    def _segments(self, way: Way, at_once: int = 0) -> tuple[Any, int]:
        """The sums over the rows of each segment, an array (segments, sums), and for how many rows the program fails."""
        size = at_once or math.prod(way.recorded.adder.grouping(way.rows))
        graph = _Graph(self, [way], at_once)
        start = 0
        before: Any = None
        for i, rows in enumerate(way.sizes):
            if not rows:
                continue
            tables = self.chunks.tables(i)
            if way.number is not None:
                tables = Task(None, chunk_tasks.of_program, tables, TaskRef(self.found[i].key), way.number)
            what = tables, start, way.rows
            if start % size:
                before = graph.add(chunk_tasks.head, *what, before)
            if chunk_tasks.first_segment(start, size) < start + rows:
                before = graph.add(chunk_tasks.body, *what)
            start += rows
        parts = dask.compute(*graph.results())
        whole = sorted(itertools.chain(*[part.whole for part in parts]), key=lambda found: found[0])
        return np.array([found for _, found in whole]), sum(part.failed for part in parts)

    def outputs(self, tree: Tree, ways: Sequence[Way]) -> Any:
        """The tree of what each row has: arrays of Dask's."""
        graph = _Graph(self, ways)
        which = [TaskRef(found.key) for found in self.found] or [None] * len(self.chunks.sizes)
        parts = [graph.add(chunk_tasks.outputs, self.chunks.tables(i), found) for i, found in enumerate(which)]
        arrays = []
        for leaf, start, end in tree.parts:
            name = _name("rows")
            shape = leaf.shape or ()
            keys = [(name, i, *[0] * len(shape)) for i in range(len(parts))]
            layer = {
                key: Task(key, chunk_tasks.leaf, part, start, end, leaf.shape) for key, part in zip(keys, parts, strict=True)
            }
            whole = HighLevelGraph.from_collections(name, layer, dependencies=graph.results()[:1])
            arrays.append(da.Array(whole, name, (tuple(self.chunks.sizes), *[(n,) for n in shape]), dtype=float))
        return tree.rebuilt(arrays)


class _Graph:
    """Tasks for the chunks of a call. Each gets the programs that rows take, and the numbers that rows share."""

    def __init__(self, run: _Run, ways: Sequence[Way], at_once: int = 0) -> None:
        self.name = _name("chunk")
        self.layer: dict[Any, Any] = {}
        self.dependencies = [*run.chunks.arrays, *run.found]
        programs = [self._kept("program", k, sent(way.recorded, at_once)) for k, way in enumerate(ways)]
        self.everywhere = List(*programs), List(*[self._kept("numbers", k, way.shared) for k, way in enumerate(ways)])

    def _kept(self, what: str, k: int, thing: Any) -> TaskRef:
        """What stands in tasks for something that all of them get."""
        key = f"{what}-{self.name}", k
        self.layer[key] = DataNode(key, thing)
        return TaskRef(key)

    def add(self, f: Callable[..., Any], *args: Any) -> TaskRef:
        """Adds a task, and gives what stands for its result in later ones."""
        key = self.name, len(self.layer)
        self.layer[key] = Task(key, f, *self.everywhere, *args)
        return TaskRef(key)

    def results(self) -> list[Delayed]:
        graph = HighLevelGraph.from_collections(self.name, self.layer, dependencies=self.dependencies)
        return [Delayed(key, graph, layer=self.name) for key in self.layer if key[0] == self.name]


def _name(what: str) -> str:
    return f"autograd-{what}-{uuid.uuid4().hex}"


_sent: WeakKeyDictionary[Recorded, dict[int, bytes]] = WeakKeyDictionary()


def sent(recorded: Recorded, at_once: int) -> bytes:
    """The program of a recording, as it travels."""
    kept = _sent.setdefault(recorded, {})
    if at_once not in kept:
        kept[at_once] = chunk_tasks.packed(recorded.program, recorded.per_row, recorded.adder.summed, at_once)
    return kept[at_once]
