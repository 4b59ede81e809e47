"""Whether what a function takes from outside is what it was: each call of a compiled function asks, so it is answered in C."""

from __future__ import annotations

import cython

from collections import deque
from types import CellType

from ..engine.numbers import of_numpy

HOLDS_MORE = (list, tuple, dict, set, deque, bytearray)
"""What is looked into; all but tuples are changed in place."""


def contents(thing):
    """What a list, dict or array has in it now, to be compared by `same`; None for anything else, and for a tuple."""
    if isinstance(thing, dict):
        return [*thing, *thing.values()]
    if isinstance(thing, HOLDS_MORE):
        return None if isinstance(thing, tuple) else [*thing]
    if isinstance(thing, of_numpy("ndarray")):
        return [*thing.ravel()] if thing.dtype.hasobject else thing.tobytes()
    return None


@cython.ccall
def same(now, before) -> cython.bint:
    """Whether two looks at a thing saw the same: the same bytes, or the very same things in a list."""
    if type(now) is not list or type(before) is not list:
        return now == before
    first: list = now
    second: list = before
    i: cython.Py_ssize_t
    if len(first) != len(second):
        return False
    for i in range(len(first)):
        if first[i] is not second[i]:
            return False
    return True


@cython.ccall
def is_bound(holder, key, thing) -> cython.bint:
    """Whether a cell, or a dict under a key, still has a thing."""
    if type(holder) is dict:
        return cython.cast(dict, holder).get(key) is thing
    if type(holder) is not CellType:
        return holder.get(key) is thing
    try:
        return holder.cell_contents is thing
    except ValueError:  # it is empty now
        return False


@cython.ccall
def is_held(thing, shape, before) -> cython.bint:
    """Whether a list, dict or array still has its contents, and an array of numbers its shape."""
    if type(thing) is list:
        return same(thing, before)
    if shape is not None:
        return thing.shape == shape and thing.tobytes() == before
    return same(contents(thing), before)


def unchanged(bound: list, held: list) -> bool:
    """Whether all of these are as they were: (holder, key, thing) and (thing, shape, contents)."""
    for holder, key, thing in bound:
        if not is_bound(holder, key, thing):
            return False
    for thing, shape, before in held:
        if not is_held(thing, shape, before):
            return False
    return True
