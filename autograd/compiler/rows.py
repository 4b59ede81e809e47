"""Arguments that have rows: which parts of them are tables of rows, by their axes, and what such a table may be."""

from __future__ import annotations

import itertools
import sys
from typing import Any

from ..derivatives.structures import opened
from ..derivatives.trees import flatten, pairs_of, refuse_more_than_numbers
from ..engine.numbers import EXACT, is_rounded, of_numpy


class InChunks:
    """What a table of rows is that lies in chunks: see chunks.py, which needs Dask."""

    array: Any


def from_dask(thing: Any) -> bool:
    """Whether a thing is one of Dask's: its arrays and data frames have their rows in chunks, wherever these lie."""
    return str(getattr(type(thing), "__module__", "")).partition(".")[0] in ("dask", "dask_expr")


def columns_of(thing: Any) -> Any:
    """A dict of columns, of a DataFrame (pandas, Polars) or a structured array of NumPy; anything else as it is."""
    if isinstance(thing, of_numpy("ndarray")):
        return thing if thing.dtype.names is None else {name: thing[name] for name in thing.dtype.names}
    kind = type(thing)
    if not (hasattr(kind, "columns") and hasattr(kind, "to_numpy") and hasattr(kind, "__getitem__")):
        return thing
    names = [*thing.columns]
    if len({*names}) < len(names):
        raise ValueError(f"this {kind.__name__} has columns of one name, and rows have one number under each: {names}")
    return {name: thing[name].to_numpy() for name in names}


def dict_of(thing: dict[Any, Any]) -> dict[Any, Any] | None:
    """A dict of a class of its own as a plain one, by `pairs_of`; None where that is an error."""
    try:
        return dict(pairs_of(thing))
    except TypeError:
        return None


def parts(thing: Any, axes: Any, called: str) -> list[tuple[str, Any, Any]] | None:
    """The parts of a thing that has rows, with the place and the axes of each. None for a table of rows itself.

    Axes of 0 are those of each part of a dict, a dataclass, a namedtuple or a registered type; and of a tuple with arrays in
    it, or with such parts (a namedtuple in a tuple is one if it has arrays). Other tuples, and lists, are lists of rows.

    ValueError for axes that do not fit.
    """
    inside = _inside(thing)
    if axes == 0 and not isinstance(axes, (tuple, list, dict)) and opened(axes) is None:
        return None if inside is None or not _are_columns(thing, inside) else [(place, part, 0) for _, place, part in inside]
    if inside is None:
        raise ValueError(f"{called} is a {type(thing).__name__}, with no parts that in_axes {axes!r} could tell of")
    told = {key: axis for key, _, axis in _inside(axes) or []}
    keys = [key for key, _, _ in inside]
    unknown = [key for key in told if key not in keys]
    if unknown or (len(told) < len(keys) and isinstance(axes, (list, tuple))):
        raise ValueError(f"{called} has the parts {keys}, and in_axes tells of {[*told]}")
    return [(place, part, told.get(key)) for key, place, part in inside]


def _inside(thing: Any) -> list[tuple[Any, str, Any]] | None:
    """The parts of a thing, each with a key and its place: of what is a structure and no array."""
    structure = opened(thing)
    if structure is not None:
        return [(place.strip(".[]"), place, part) for place, part in structure[1]]
    if isinstance(thing, dict):
        return [(key, f"[{key!r}]", part) for key, part in pairs_of(thing)]
    if isinstance(thing, (list, tuple)):
        return [(i, f"[{i}]", part) for i, part in enumerate(thing)]
    return None


def _are_columns(thing: Any, inside: list[tuple[Any, str, Any]]) -> bool:
    """Whether the parts of a structure have rows each, and are not the rows themselves."""
    if isinstance(thing, list):
        return False
    return type(thing) is not tuple or any(_has_columns(part) for _, _, part in inside)


def _has_columns(part: Any) -> bool:
    """Whether a part of a tuple is an array, or a structure that has rows in its own parts."""
    if getattr(part, "ndim", 0):
        return True
    inside = _inside(columns_of(part))
    if inside is None or isinstance(part, list):
        return False
    return not isinstance(part, tuple) or any(_has_columns(one) for _, _, one in inside)


def table_of(thing: Any) -> Any:
    """A table of rows as an array of float64, of what runs no code of others to be read; None of anything else."""
    np = sys.modules["numpy"]  # which calls with rows have loaded
    if type(thing) is list or type(thing) is tuple:
        kinds = set(map(type, thing))
        if kinds == {list}:
            kinds = set(map(type, itertools.chain(*thing)))
            if len(set(map(len, thing))) > 1:
                return None
        thing = np.array(thing) if {float, int}.issuperset(kinds) else None
    if type(thing) is not np.ndarray or thing.dtype.kind not in "biuf":
        return None
    converted = thing.astype(float)
    return None if thing.dtype.kind in "iu" and not (abs(converted) < EXACT).all() else converted


def floats(thing: Any) -> Any:
    """A view of an array of float64, with a shape of its own; None of anything else."""
    if type(thing) is not of_numpy("ndarray"):
        return None
    view = thing.view()
    return view if view.dtype == float else None


def refuse_rounded(numbers: list[Any], called: str) -> None:
    """ValueError for an integer that is no float, and would be another number in a compiled function."""
    for x in numbers:
        if is_rounded(x):
            raise ValueError(
                f"{called} has {x}, and a compiled function computes with floats, to which that is {int(float(x))}: take what "
                "is common to all away first, or give x.astype(float) if rounding is meant"
            )


def as_table(thing: Any, called: str) -> Any:
    """A table of rows as an array of float64. TypeError or ValueError, with what it is called, for what is none."""
    import numpy as np

    try:
        refuse_more_than_numbers(thing)
        array = np.asarray(thing)
        if array.dtype.kind not in "biuf":  # so text, None and complex numbers are refused, not converted
            numbers, _ = flatten(array.astype(object), called)
            array = np.array(numbers).reshape(array.shape)
        of_integers = array.dtype.kind in "iu"
        array = array.astype(float, copy=False).view()
    except (TypeError, ValueError) as problem:
        raise type(problem)(f"{called} is no table of numbers: {problem}") from None
    if array.ndim == 0:
        raise ValueError(f"{called} has rows, by in_axes, and this is one number: {thing!r}")
    if (of_integers or isinstance(thing, (list, tuple))) and not (abs(array) < EXACT).all():
        refuse_rounded(np.asarray(thing, dtype=object).ravel().tolist(), called)
    return array
