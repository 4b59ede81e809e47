"""The arguments of a call of a compiled function, taken apart into their numbers and what stands around them, and checked."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from ..derivatives.argument_names import name_of_argument
from ..derivatives.structures import CONSTANTS, opened
from ..derivatives.trees import LONE, NUMBER, Leaf, Mapping, Nested, Structure, Tree, emptied, flatten, names, told_apart
from ..engine.numbers import is_rounded, of_numpy
from ..engine.value import Value
from ..runtime.tables import check_in_place
from .rows import InChunks, as_table, columns_of, floats, from_dask, parts, refuse_rounded

STATIC = "static"
"""In the place of the axes of an argument that is a constant of what is recorded."""


class PlainNumberError(Exception):
    """A function needs numbers as they are, which then take programs of their own; `places` are theirs among all numbers."""

    def __init__(self, places: set[int]) -> None:
        self.places = places


class Constant(NamedTuple):
    """An argument that is a constant of what is recorded, and the key that tells it apart from others."""

    thing: Any
    key: Any


class Kind(NamedTuple):
    """What an argument that is made of numbers is like: what stands around them, and for each leaf whether it has rows."""

    tree: Tree
    rows: list[bool]


class Arguments:
    """The arguments of a call, as they stood when each was read: from then on nothing is asked of what was passed.

    Reading a number may run code that changes any argument, and so may `f`. Numbers that rows share are therefore copied.
    Tables of rows may be too large for that: they are views, whose shape nobody else can change.

    given           each argument with its name, None where it was given by position, and its axes: None for what rows share, 0
                    for what has rows, or a structure of these; STATIC for a constant

    kinds           what each of them is like
    key             tells calls apart that take programs of their own: by what stands around the numbers, and by constants
    pieces          the numbers that rows share: lists of floats, and arrays of float64
    tables          what has rows: arrays of float64 (rows, numbers in a row)
    rows            how many rows there are; -1 where no argument has rows
    numbers         of some rows of a call, which of its rows they are: an array; None where they are all
    whole           the lone integers and bools that rows share, as they were given, each under the place of its number
    counted         the places of the integers and bools that stand in arrays, and of those that each row has
    plain           of the numbers that rows share, those that a function is given as they are, each under its place
    chunked         whether some of the rows are Dask's: then a table may be a `ChunkedTable`
    holds_values    what the last argument with Values in it is called, or None
    """

    def __init__(self, given: Sequence[tuple[str | None, Any, Any]]) -> None:
        self.names = [name for name, _, _ in given]
        self.kinds: list[Kind | Constant] = []
        self.pieces: list[Any] = []
        self.rows = -1
        self.numbers: Any = None
        self.whole: dict[int, Any] = {}
        self.counted: list[range] = []
        self.plain: dict[int, Any] = {}
        self.holds_values: str | None = None
        self.chunked = False
        self._tables: list[Any] = []
        self._flags: list[int] = []  # the places of bools in what is given by name, which are constants as a lone one is
        self._lent: list[Any] = []  # of the tables, those that stand in memory of whoever passed them
        self._order: list[bool] = []  # True for a table, False for a piece
        self._size = 0
        for i, (name, thing, axes) in enumerate(given):
            called = f"argument {i if name is None else repr(name)}"
            self._named = name is not None
            if axes in (None, STATIC) and from_dask(thing):
                raise TypeError(
                    f"{called} is Dask's ({type(thing).__name__}), and by in_axes all rows share it: give 0 for what has rows, "
                    "and of what they share the numbers, x.compute()"
                )
            if axes == STATIC or (axes is None and type(thing) in CONSTANTS and (name is not None or type(thing) is not bool)):
                self.kinds.append(_constant(thing, called))
            elif name is not None and axes is None:
                self._share_or_keep(thing, called)
            else:
                self._take(thing, axes, called)
        self.key = tuple(
            (name, (STATIC, kind.key) if isinstance(kind, Constant) else (kind.tree.form, *kind.rows))
            for name, kind in zip(self.names, self.kinds, strict=True)
        )

    @property
    def tables(self) -> list[Any]:
        """Looked at again whenever they are asked for. RuntimeError if one was resized."""
        check_in_place(self._lent)
        return self._tables

    def _share_or_keep(self, thing: Any, called: str) -> None:
        """An argument given by name: what is made of numbers is taken apart, and anything else is a constant."""
        try:
            tree = self._share(thing, called)
        except TypeError:
            self.kinds.append(_constant(thing, called))
        else:
            self.kinds.append(Kind(tree, [False] * len(tree.leaves)))

    def _take(self, thing: Any, axes: Any, called: str) -> None:
        leaves: list[Leaf] = []
        rows: list[bool] = []
        node = self._apart(thing, axes, called, leaves, rows)
        self.kinds.append(Kind(Tree(leaves, node), rows))

    def _apart(self, thing: Any, axes: Any, called: str, leaves: list[Leaf], rows: list[bool]) -> Any:
        """Takes a part of an argument apart, and gives its node. Its leaves, and whether they have rows, go into the lists."""
        if axes is None:
            tree = self._share(thing, called)
            leaves += tree.leaves
            rows += [False] * len(tree.leaves)
            return tree.node
        if from_dask(thing):
            thing = self._of_dask(thing, called)
        thing = columns_of(copy.copy(thing) if isinstance(thing, dict) else thing)
        inside = parts(thing, axes, called)
        if inside is None:
            leaves.append(self._split(thing, called))
            rows.append(True)
            return LONE
        nodes = [self._apart(part, axis, called + place, leaves, rows) for place, part, axis in inside]
        structure = opened(thing)
        if structure is not None:
            return Structure(structure[0], nodes)
        if isinstance(thing, dict):
            return Mapping(emptied(thing), nodes)
        return Nested(getattr(type(thing), "_make", type(thing)), nodes)

    def _share(self, thing: Any, called: str) -> Tree:
        array = floats(thing)
        if array is not None and array.flags.c_contiguous:
            tree = Tree([Leaf(array.shape, array.size)], LONE)
            self._add(array.copy(), tree)
            return tree
        numbers, tree = flatten(thing, called)
        if tree.rounded is not None:
            refuse_rounded([tree.rounded], called)
        if Value in set(map(type, numbers)):
            self.holds_values = called
        self._add(numbers, tree)
        return tree

    def _add(self, numbers: Any, tree: Tree) -> None:
        self.whole.update({self._size + place: thing for place, thing in tree.whole.items()})
        if self._named:
            self._flags += [
                self._size + place for place, thing in tree.whole.items() if isinstance(thing, (bool, of_numpy("bool")))
            ]
        self.counted += [range(self._size + places.start, self._size + places.stop) for places in tree.counted]
        self.pieces.append(numbers)
        self._order.append(False)
        self._size += tree.size

    def _of_dask(self, thing: Any, called: str) -> Any:
        """A table in chunks, or a dict of these for a data frame."""
        from .chunks import ChunkedTable, columns

        self.chunked = True
        return columns(thing, called) if hasattr(type(thing), "columns") else ChunkedTable(thing, called)

    def _split(self, thing: Any, called: str) -> Leaf:
        in_chunks = isinstance(thing, InChunks)
        array = thing if in_chunks else floats(thing)
        if array is None or array.ndim == 0:
            array = as_table(thing, called)
        if self.rows not in (-1, len(array)):
            raise ValueError(f"{called} has {len(array)} rows, and an argument before it {self.rows}")
        self.rows = len(array)
        shape = array.shape[1:]
        leaf = Leaf(shape, math.prod(shape)) if shape else NUMBER
        self._tables.append(array if in_chunks or array.ndim == 2 else array.reshape(self.rows, leaf.size))
        if not (
            in_chunks or type(thing) is list or type(thing) is tuple
        ):  # of these the array is a copy, which nobody else has
            self._lent.append(self._tables[-1])
        self._order.append(True)
        if _is_of_integers(thing):
            self.counted.append(range(self._size, self._size + leaf.size))
        self._size += leaf.size
        return leaf

    def first_row(self) -> list[float]:
        """All numbers; of what has rows, those of the first."""
        pieces, tables = iter(self.pieces), iter(self.tables)
        numbers: list[float] = []
        for is_table in self._order:
            piece = next(tables)[0] if is_table else next(pieces)
            numbers += piece if isinstance(piece, list) else piece.ravel().tolist()
        return numbers

    def per_row(self) -> list[bool]:
        """For each number whether each row has its own."""
        return [
            rows
            for kind in self.kinds
            if isinstance(kind, Kind)
            for leaf, rows in zip(kind.tree.leaves, kind.rows, strict=True)
            for _ in range(leaf.size)
        ]

    def with_numbers(self, numbers: list[Any]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments as a function is called with them, by position and by name, with these Values for their numbers."""
        if self.plain:
            numbers = [self.plain.get(place, x) for place, x in enumerate(numbers)]
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        start = 0
        for name, kind in zip(self.names, self.kinds, strict=True):
            thing = kind[0]
            if isinstance(kind, Kind):
                thing = kind.tree.of(numbers[start : start + kind.tree.size])
                start += kind.tree.size
            if name is None:
                args.append(thing)
            else:
                kwargs[name] = thing
        return args, kwargs

    def labels(self, f: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> list[str]:
        """What each number is called, where these are the arguments of f."""
        found = [*((name_of_argument(f, i) or f"arg{i}", arg) for i, arg in enumerate(args)), *kwargs.items()]
        return [
            label
            for (name, arg), kind in zip(found, self.kinds, strict=True)
            if isinstance(kind, Kind)
            for label in names(arg, name)
        ]

    def keep_plain(self, places: Collection[int]) -> None:
        """From now on, functions are given the numbers at these places as they are, and no Values; and integers that are no
        floats, which would be others, and bools in what is given by name."""
        places = {*places, *self._flags, *[place for place, thing in self.whole.items() if is_rounded(int(thing))]}
        numbers = self.first_row() if places else []
        self.plain = {place: self.whole.get(place, numbers[place]) for place in sorted(places)}

    def eagerly(self, f: Callable[..., Any]) -> Any:
        """What a function itself gives, for the first row."""
        args, kwargs = self.with_numbers([x if isinstance(x, Value) else Value(x) for x in self.first_row()])
        return f(*args, **kwargs)

    def constants(self) -> dict[str, Any]:
        """The arguments that are constants, by name; those given by position by their number."""
        named = enumerate(zip(self.names, self.kinds, strict=True))
        return {str(name or i): kind.thing for i, (name, kind) in named if isinstance(kind, Constant)}

    def check_plain(self, asked: Sequence[tuple[Value | None, bool]], xs: Sequence[Value]) -> None:
        """PlainNumberError where numbers are to be given to a function as they are: integers that it counts with, or takes for
        an index, and numbers given by name that it took the float of. What else it asked for is an error that Python raised.

        asked   Values that a plain number was asked of, None for one unknown, and whether it was to be a whole one
        xs      the Values that the function was given
        """
        if not asked:
            return
        places = {id(x): place for place, x in enumerate(xs)}
        by_name = [
            name is not None
            for name, kind in zip(self.names, self.kinds, strict=True)
            if isinstance(kind, Kind)
            for _ in range(kind.tree.size)
        ]
        per_row = self.per_row()
        found = {(places[id(v)], whole) for v, whole in asked if id(v) in places}
        if any(v is None for v, _ in asked):
            found.update((place, True) for place in self.whole)
        plain = {
            place
            for place, whole in found
            if not per_row[place] and (place in self.whole or (by_name[place] and not whole)) and place not in self.plain
        }
        if plain:
            raise PlainNumberError(plain) from None

    def check_kinds(self, kinds: tuple[type, ...]) -> None:
        """PlainNumberError where numbers of these kinds, bools or integers, are to be given to a function as they are."""
        per_row = self.per_row() if kinds else []
        found = [place for place, thing in self.whole.items() if isinstance(thing, kinds)]
        plain = {place for place in found if not per_row[place] and place not in self.plain}
        if plain:
            raise PlainNumberError(plain)

    def asked_of(self, trace: Any, xs: Sequence[Value]) -> list[tuple[Value | None, bool]]:
        """What a plain number was asked of in a trace; in the place of a number that was computed of integers alone, these."""
        asked = [*trace.asked_plain]
        given = {*map(id, xs)}
        computed = {id(v) for v, whole in asked if whole and v is not None} - given
        if not computed or not (self.whole or self.counted):
            return asked
        integers = {*self.whole}.union(*self.counted)
        behind: dict[int, frozenset[int]] = {id(x): frozenset([i]) for i, x in enumerate(xs) if i in integers}
        for v in trace.made:
            below = [behind.get(id(x)) for x in v.parents] if id(v) not in given else []
            if below and all(below):
                behind[id(v)] = frozenset().union(*[places for places in below if places])
        return asked + [(xs[place], True) for v in computed for place in behind.get(v, ())]

    def check_counted(self, trace: Any, xs: Sequence[Value]) -> None:
        """TypeError where an integer of an array or a row was asked for its text or its hash, which a Value has others of."""
        places = {id(x): place for place, x in enumerate(xs)} if self.counted else {}
        for v, whole in self.asked_of(trace, xs) if places else []:
            place = places.get(id(v), -1)
            if whole and any(place in counted for counted in self.counted):
                raise TypeError(
                    f"{v!r} is an integer of an array or a row, and was asked for its text or its hash, as to be found in a "
                    "set or a dict: in a recording it has another one. Compare it, n == 3, take(xs, n) what it chooses, or "
                    "name the argument in static_argnums or static_argnames, if it is no column of rows"
                )

    def like(self) -> list[tuple[str | None, Any]]:
        """What each argument is like, with its name, for calls that `fast_calls` answers.

        A Constant; or its tree, for each leaf whether it has rows, and its plain numbers, each under the number of its leaf.
        """
        found: list[tuple[str | None, Any]] = []
        start = 0
        for name, kind in zip(self.names, self.kinds, strict=True):
            if isinstance(kind, Kind):
                ends = [start + end for _, _, end in kind.tree.parts]
                mine = {ends.index(place + 1): x for place, x in self.plain.items() if place + 1 in ends}
                found.append((name, (kind.tree, kind.rows, mine)))
                start += kind.tree.size
            else:
                found.append((name, kind))
        return found

    def at(self, row: int) -> Arguments:
        """The same with one row, of which the numbers are here."""
        one = copy.copy(self)
        one._tables = [as_table([table[row]], "a row").reshape(1, -1) for table in self.tables]
        one._lent = []
        one.rows, one.chunked = 1, False
        one.numbers = [row]
        return one

    def only(self, rows: Any) -> Arguments:
        """The same with some of the rows, given by their numbers."""
        some = copy.copy(self)
        some._tables = [table[rows] for table in self.tables]  # copies
        some._lent = []
        some.rows = len(rows)
        some.numbers = rows if self.numbers is None else self.numbers[rows]
        return some


def _constant(thing: Any, called: str) -> Constant:
    try:
        return Constant(thing, told_apart(thing))
    except TypeError:
        raise TypeError(
            f"{called} is not made of numbers, so it is a constant of what is recorded; these are told apart by hash, and "
            f"{thing!r} has none"
        ) from None


def _is_of_integers(thing: Any) -> bool:
    """Whether what has rows is an array of integers or bools, or a list that begins with one."""
    while type(thing) in (list, tuple) and thing:
        thing = thing[0]
    return isinstance(thing, int) or getattr(getattr(thing, "dtype", None), "kind", "f") in "biu"
