"""Sparse Jacobians: the recorded graph says which entries may differ from 0, and columns that share no row take one sweep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..engine.backward import pullback, topological_order, weighted_sum
from ..engine.forward import pushforward
from ..engine.value import Value
from .structures import register_pytree_node
from .trees import as_array

ENTRIES = "entries"
"""The setting `sparse` of a derivative that is recorded: it gives `Entries`, of which a program makes the matrix."""


def csr_array() -> Any:
    """SciPy's class; ImportError without SciPy."""
    try:
        from scipy.sparse import csr_array
    except ImportError as missing:
        raise ImportError("sparse=True gives SciPy's sparse arrays: pip install scipy") from missing
    return csr_array


class Places(NamedTuple):
    """Where the entries of a sparse matrix stand that may differ from 0, as scipy.sparse has it: row by row."""

    columns: Any
    ends: Any
    shape: tuple[int, int]

    def matrix(self, numbers: Any) -> Any:
        """A scipy.sparse array with these numbers there."""
        return csr_array()((numbers, self.columns.copy(), self.ends.copy()), shape=self.shape)


class Entries:
    """The entries of a sparse matrix, an array of Values, and their `Places`. What has it in its result gives the matrix."""

    def __init__(self, numbers: Any, places: Places) -> None:
        self.numbers = numbers
        self.places = places


register_pytree_node(Entries, lambda it: ((it.numbers,), it.places), lambda places, numbers: places.matrix(numbers[0]))


def structure(ys: Sequence[Value], xs: Sequence[Value], order: Sequence[Value]) -> list[frozenset[int]]:
    """For each of `ys` the positions of the `xs` it was computed from. `order` has the graph, each node after its parents."""
    nothing: frozenset[int] = frozenset()
    depends: dict[int, frozenset[int]] = {id(x): frozenset([i]) for i, x in enumerate(xs)}
    for v in order:
        if id(v) in depends or not v.op:
            continue
        inside = {depends[id(parent)] for parent in v.parents if id(parent) in depends}
        if inside:
            depends[id(v)] = inside.pop() if len(inside) == 1 else nothing.union(*inside)
    return [depends.get(id(y), nothing) for y in ys]


def colouring(rows: Sequence[frozenset[int]], columns: int) -> list[int]:
    """A colour for each column, so that no row has two columns of one colour: greedy, beginning with those in the fullest rows.

    (Curtis, Powell and Reid 1974; Coleman and Moré 1983.)

    >>> colouring([frozenset([0, 1]), frozenset([1, 2])], 3)
    [1, 0, 1]
    """
    rows_of: list[list[int]] = [[] for _ in range(columns)]
    for i, row in enumerate(rows):
        for j in row:
            rows_of[j].append(i)
    taken: list[set[int]] = [set() for _ in rows]  # the colours in each row
    colours = [0] * columns
    for j in sorted(range(columns), key=lambda j: -sum(len(rows[i]) for i in rows_of[j])):
        colour = 0
        while any(colour in taken[i] for i in rows_of[j]):
            colour += 1
        colours[j] = colour
        for i in rows_of[j]:
            taken[i].add(colour)
    return colours


def compressed(ys: Sequence[Value], xs: Sequence[Value], mode: str, recording: Any = None) -> Any:
    """The Jacobian of `ys` with respect to `xs` as a scipy.sparse array in rows.

    Columns of one colour are computed in one forward sweep, or rows of one colour in one reverse pass, whichever are fewer.

    recording   of these ys and xs, where the entries are to be Values: it makes the sweeps and passes, and Entries come out
    """
    csr_array()
    order = topological_order(weighted_sum(ys, [1.0] * len(ys)))
    rows = structure(ys, xs, order)
    columns: list[set[int]] = [set() for _ in xs]
    for i, row in enumerate(rows):
        for j in row:
            columns[j].add(i)
    by_column = colouring(rows, len(xs)) if mode != "reverse" else []
    by_row = colouring([frozenset(column) for column in columns], len(ys)) if mode != "forward" else []
    forward = mode == "forward" or (mode == "auto" and max(by_column, default=0) <= max(by_row, default=0))
    entries: dict[tuple[int, int], Any] = {}
    if forward:
        for colour in range(max(by_column, default=-1) + 1):
            seeds = [float(c == colour) for c in by_column]
            tangents = pushforward(order, xs, seeds, ys) if recording is None else recording.push(seeds)
            for j, c in enumerate(by_column):
                if c == colour:
                    entries.update({(i, j): tangents[i] for i in columns[j]})
    else:
        for colour in range(max(by_row, default=-1) + 1):
            chosen = [y for y, c in zip(ys, by_row, strict=True) if c == colour]
            total = weighted_sum(chosen, [1.0] * len(chosen))
            adjoints = pullback(total, xs) if recording is None else recording.pull(total)
            for i, c in enumerate(by_row):
                if c == colour:
                    entries.update({(i, j): adjoints[j] for j in rows[i]})
    at = sorted(entries)
    column_of, counts = as_array([j for _, j in at], (len(at),)), as_array([0, *map(len, rows)], (len(ys) + 1,))
    places = Places(column_of.astype("int32"), counts.cumsum().astype("int32"), (len(ys), len(xs)))
    numbers = as_array([entries[place] for place in at], (len(at),))
    return places.matrix(numbers) if recording is None else Entries(numbers, places)
