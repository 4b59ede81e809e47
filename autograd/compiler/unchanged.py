"""Whether what a function takes from outside is what it was: each call of a compiled function asks, so it is answered in C."""

from __future__ import annotations

import cython

import sys
from abc import get_cache_token
from collections import ChainMap, UserDict, UserList, defaultdict, deque
from contextvars import ContextVar
from operator import attrgetter
from types import CellType, MappingProxyType
from weakref import WeakKeyDictionary, WeakSet, WeakValueDictionary

from ..engine.numbers import of_numpy

if not cython.compiled:
    code_of, defaults_of, keywords_of = map(attrgetter, ("__code__", "__defaults__", "__kwdefaults__"))
    number_of = len

    def attributes_of(thing, nothing):
        return object.__getattribute__(thing, "__dict__")


WEAK = (WeakKeyDictionary, WeakSet, WeakValueDictionary)
"""What does not keep alive what is in it; its attribute `data` has weak references to that."""

MAPPINGS = (dict, ChainMap, UserDict, MappingProxyType, WeakKeyDictionary, WeakValueDictionary)
HOLDS_MORE = (list, tuple, set, deque, UserList, WeakSet, *MAPPINGS)
"""What is looked into; all but tuples may come to have other things in them."""

WITH_GET = (dict, MappingProxyType, ContextVar)
"""What has a thing under a key, or, a ContextVar, under none."""


def contents(thing):
    """What a list, dict or array has in it now, to be compared by `same`; None for anything else, and for a tuple.

    Of what has its numbers in memory, as arrays of the module `array`, these are the bytes; of what becomes an array of
    NumPy's, as a column of pandas', those of the array.
    """
    if type(thing) is not dict and isinstance(thing, WEAK):
        thing = thing.data  # the references, which keep nothing alive
    if isinstance(thing, MAPPINGS):
        return [*thing, *thing.values()]
    if isinstance(thing, HOLDS_MORE):
        return None if isinstance(thing, tuple) else [*thing]
    if isinstance(thing, of_numpy("ndarray")):
        return [*thing.ravel()] if thing.dtype.hasobject else thing.tobytes()
    if isinstance(thing, type):
        return None
    try:
        return memoryview(thing).tobytes()
    except (TypeError, ValueError, BufferError):  # it has none, or none any more
        pass
    if hasattr(type(thing), "__array__") and "numpy" in sys.modules:
        try:
            found = sys.modules["numpy"].asarray(thing)
        except Exception:  # whatever a library raises for what has no numbers of NumPy's
            return None
        return None if found.dtype.hasobject else found.tobytes()
    return None


def form(thing):
    """The shape and the type of an array of numbers, which its bytes do not tell; None for anything else."""
    if not isinstance(thing, of_numpy("ndarray")) or thing.dtype.hasobject:
        return None
    return thing.shape, thing.dtype


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


@cython.cfunc
def is_bound(holder, key, thing) -> cython.bint:
    """Whether a cell still has a thing, or a dict under a key, or an object under the name of an attribute."""
    if type(holder) is dict:
        return cython.cast(dict, holder).get(key) is thing
    if type(holder) is CellType:
        try:
            return holder.cell_contents is thing
        except ValueError:  # it is empty now
            return False
    if isinstance(holder, WITH_GET):
        return holder.get(key) is thing
    return getattr(holder, key, None) is thing


@cython.cfunc
def is_held(thing, known, before) -> cython.bint:
    """Whether a list, dict or array still has its contents, and an array of numbers the `known` form."""
    if type(thing) is list:
        return same(thing, before)
    if known is not None:
        return thing.shape == known[0] and thing.dtype is known[1] and thing.tobytes() == before
    return same(contents(thing), before)


def filled(thing, before):
    """The `contents` of a defaultdict that has all it had, and more since; of anything else, `before`."""
    if not isinstance(thing, defaultdict):
        return before
    now = contents(thing)
    had, has = len(before) // 2, len(now) // 2
    as_it_was = same(now[:had], before[:had]) and same(now[has : has + had], before[had:])
    return now if has > had and as_it_was else before


@cython.cfunc
@cython.inline
def same_place(place: cython.p_void, other: cython.p_void) -> cython.bint:
    return place == other if cython.compiled else place is other


@cython.final
@cython.cclass
class KnownFunction:
    """A function, where its code and its defaults stood, and which of Python's own names, a set, it takes from Python."""

    def __init__(self, function, from_python) -> None:
        kept = function, function.__code__, function.__defaults__, function.__kwdefaults__
        self.kept = kept  # so nothing else comes to stand there
        self.has_defaults, self.has_keywords = kept[2] is not None, kept[3] is not None
        self.function = cython.cast(cython.p_void, function)
        self.code, self.defaults = code_of(self.function), defaults_of(self.function)
        self.keywords = keywords_of(self.function)
        self.from_python, self.names = from_python, function.__globals__
        self.names_there, self.size = cython.cast(cython.p_void, self.names), len(self.names)

    @cython.cfunc
    @cython.inline
    def is_as_it_was(self) -> cython.bint:
        """Whether it has the same code, and the defaults it had: nothing can hang on those that came later.

        And whether its globals have no name that would come before Python's own: where one came, there are more of them.
        """
        return (
            same_place(code_of(self.function), self.code)
            and (not self.has_defaults or same_place(defaults_of(self.function), self.defaults))
            and (not self.has_keywords or same_place(keywords_of(self.function), self.keywords))
            and (number_of(self.names_there) == self.size or self.takes_the_same_from_python())
        )

    @cython.cfunc
    def takes_the_same_from_python(self) -> cython.bint:
        if not self.from_python.isdisjoint(self.names):
            return False
        self.size = len(self.names)
        return True


@cython.final
@cython.cclass
class Watched:
    """Functions, names and things that have others in them, as they were when they were told of."""

    def __init__(self) -> None:
        self.functions, self.objects, self.bound, self.held = [], [], [], []
        self.more_than_functions = False
        self.registered = None

    def add_function(self, function, from_python) -> None:
        """Its code and its defaults, which are others where its module is reloaded, and the names it takes `from_python`."""
        self.functions.append(KnownFunction(function, from_python))

    def add_abstract_classes(self) -> None:
        """That `register` of a class of `abc` may say of others that they are of its kind."""
        self.more_than_functions = True
        self.registered = get_cache_token()

    def add_object(self, thing) -> None:
        """Its class, and the dict of its attributes, in the place of which another may be put."""
        self.more_than_functions = True
        try:
            self.objects.append((thing, type(thing), attributes_of(thing, cython.NULL)))
        except AttributeError:  # all that it has stands in __slots__
            self.objects.append((thing, type(thing), None))

    def add_bound(self, holder, key, thing) -> None:
        """A thing in a cell, in a dict under a key, or in an object under the name of an attribute."""
        self.more_than_functions = True
        self.bound.append((holder, key, thing))

    def add_held(self, thing, held) -> None:
        """A list, dict or array, and its `contents`."""
        self.more_than_functions = True
        self.held.append((thing, form(thing), held))

    def may_change(self) -> bool:
        """Whether there is anything that could change."""
        return bool(self.functions or self.more_than_functions)

    def changed(self) -> bool:
        """Whether a name is bound to something else, a function has other code, or a list, dict or array other things in it."""
        for function in self.functions:
            if not cython.cast(KnownFunction, function).is_as_it_was():
                return True
        return self.more_than_functions and self.more_changed()

    @cython.cfunc
    def more_changed(self) -> cython.bint:
        for thing, kind, attributes in self.objects:
            if type(thing) is not kind or (attributes is not None and attributes_of(thing, cython.NULL) is not attributes):
                return True
        for holder, key, thing in self.bound:
            if not is_bound(holder, key, thing):
                return True
        for thing, known, before in self.held:
            if not is_held(thing, known, before):
                return True
        return self.registered is not None and self.registered != get_cache_token()

    def settle(self) -> None:
        """Leaves out what has changed since: after a recording, what the function itself changed, a log or a counter.

        A defaultdict fills itself where it is read. What it has then it is to keep.
        """
        self.bound = [(holder, key, thing) for holder, key, thing in self.bound if is_bound(holder, key, thing)]
        self.held = [(thing, known, filled(thing, before)) for thing, known, before in self.held]
        self.held = [(thing, known, before) for thing, known, before in self.held if is_held(thing, known, before)]
        self.more_than_functions = bool(self.objects or self.bound or self.held or self.registered is not None)


@cython.final
@cython.cclass
class KnownParts:
    """Lists, dicts and objects with the very things that were in them: what was found there is so as long as this `holds`.

    things  lists, dicts, and objects, which are looked at by their attributes and their class
    apart   the name of an attribute, or a key, under which anything may stand

    >>> class Thing:
    ...     pass
    >>> thing, numbers = Thing(), [1.0, 2.0]
    >>> thing.numbers, thing.mode = numbers, "first"
    >>> known = KnownParts([thing, numbers], "mode")
    >>> thing.mode = "second"
    >>> known.holds()
    True
    >>> numbers.append(3.0)
    >>> known.holds()
    False
    """

    def __init__(self, things, apart) -> None:
        self.apart = apart
        self.objects, self.held = [], []
        for thing in things:
            if type(thing) is not list and type(thing) is not dict:
                attributes = attributes_of(thing, cython.NULL)
                self.objects.append((thing, type(thing), attributes))
                thing = attributes
            self.held.append((thing, pairs_of(thing) if type(thing) is dict else [*thing]))

    def holds(self) -> bool:
        """Whether all of it is as it was."""
        for thing, kind, attributes in self.objects:
            if type(thing) is not kind or attributes_of(thing, cython.NULL) is not attributes:
                return False
        for thing, before in self.held:
            if not (self.has_pairs(thing, before) if type(thing) is dict else same(thing, before)):
                return False
        return True

    @cython.cfunc
    def has_pairs(self, now: dict, before: list) -> cython.bint:
        """Whether these are the keys of a dict and what stands under each, in its order."""
        k: cython.Py_ssize_t = 0
        if 2 * len(now) != len(before):
            return False
        for key, thing in now.items():
            if before[k] is not key or (before[k + 1] is not thing and key != self.apart):
                return False
            k += 2
        return True


def pairs_of(thing):
    """The keys of a dict, each with what stands under it after it."""
    return [one for pair in thing.items() for one in pair]
