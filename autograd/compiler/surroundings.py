"""What a function has from outside: what it closes over, the globals that its code names, and what is in these.

A recording keeps the numbers that it finds there as constants. So what was found is kept beside it, by name, and is looked at
again in each call: a list that has other numbers since, an array that was written to, a name that is bound to something else
have the function recorded anew. Generators of random numbers are found too, since a recording must not draw from them.
"""

from __future__ import annotations

import builtins
import dis
import functools
import operator
import os
import pickle
import re
import sys
import threading
from abc import ABCMeta
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from fractions import Fraction
from importlib import import_module
from types import BuiltinMethodType, CodeType, FunctionType, MemberDescriptorType, MethodType, ModuleType, SimpleNamespace
from typing import Any, NamedTuple
from weakref import ReferenceType

from ..engine.numbers import of_numpy
from ..engine.value import Value
from .comparisons import asks_whether_is_true
from .unchanged import HOLDS_MORE, MAPPINGS, WEAK, Watched, contents

ENDS = (Value, str, int, float, complex, bytes, type(None))
"""What is not looked into. (The number in a Value is read anew by what is compiled.)"""

METHODS = (classmethod, staticmethod, property, functools.cached_property)
"""What functions stand in, in a class."""

FUNCTIONS = (FunctionType, MethodType, functools.partial)

COMPILED_FUNCTIONS = ("cython_function_or_method", "fused_cython_function")
"""What Cython calls its types of functions."""

OWN = __name__.partition(".")[0]

SHARED = {
    "random": ("random", "_inst"),
    **dict.fromkeys(("numpy.random", "numpy.random.mtrand"), ("numpy.random.mtrand", "_rand")),
}
"""Where the generator is that is behind the functions of a module."""

KINDS = {"int": "int", "Integral": "int", "integer": "int", "bool": "bool", "bool_": "bool"}
"""What classes of integers and bools are called: Python's, that of `numbers`, and NumPy's."""

PYTHONS = frozenset(vars(builtins))
"""The names that every module has without a word: `abs`, `max`."""

MOST = 10_000
"""How many things are looked at."""

SIGNS = {name for name in dir(operator) if name[:2] == "__"} - {"__doc__", "__eq__", "__name__", "__ne__"}
WORDS = "array array_ufunc bool call divmod enter exit float get getattr getattribute int iter len next rdivmod reversed round"
WITHOUT_NAME = SIGNS | {f"__r{name[2:]}" for name in SIGNS} | {f"__{word}__" for word in WORDS.split(" ")}
"""Methods that are called where the code has a sign, as `*` or `[]`, or a word of Python's, and not their names."""

ATTEMPTS = 5
"""How often a function is recorded until no other thread draws random numbers meanwhile."""


class Part(NamedTuple):
    """What is in a thing.

    name        what a program calls it: "scale", "['rate']", ".rate"
    thing       the part itself
    holder      the cell that has it, or what has it under `key`, see `is_bound`; None for what cannot become another
    named       whether the code of a function names it
    """

    name: str
    thing: Any
    holder: Any = None
    key: Any = None
    named: bool = True


class Names(set[str]):
    """Those in code; and those `asked` for, that a thing need not have: `hasattr(x, "name")`, `getattr(x, "name", None)`."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()


BY_TEXT = {"getattr", "__getattribute__", "attrgetter", "vars", "__dict__", "globals"}
BY_TEXT |= {"modules", "import_module", "eval", "exec"}
"""What finds things by a text: where code has one of these names, its texts are names, too."""

WORD = re.compile(r"[^\W\d]\w*")


def parts(thing: Any, names: set[str]) -> Iterator[Part]:
    """What is in a thing. `names` are those in the code of functions met so far; those of a function are added."""
    if type(thing) is FunctionType:
        yield from _parts_of_function(thing, names)
    elif type(thing) is MethodType:
        yield Part(next(iter(thing.__func__.__code__.co_varnames), "self"), thing.__self__)
        yield Part("", thing.__func__)
    elif isinstance(thing, functools.partial):
        yield Part("", thing.func)
        yield from (Part(f"args[{i}]", part) for i, part in enumerate(thing.args))
        yield from (Part(name, part, thing.keywords, name) for name, part in thing.keywords.items())
    elif isinstance(thing, HOLDS_MORE):
        if isinstance(thing, MAPPINGS):
            yield from (Part(f"[{key!r}]", part, thing, key) for key, part in [*thing.items()])
        else:
            inside = sorted(thing, key=repr) if isinstance(thing, set) else [*thing]  # the same order in every process
            yield from (Part(f"[{i}]", part) for i, part in enumerate(inside) if type(part) is not Value or "label" in names)
        if not is_known(type(thing)):
            yield from _parts_of_object(thing, names)
    elif isinstance(thing, (operator.attrgetter, operator.methodcaller)):
        names.update(_texts(thing.__reduce__()[1]))
    elif thing is os.environ:
        yield Part("", vars(thing).get("_data"))
    elif isinstance(thing, threading.local):
        yield from (Part(f".{name}", vars(thing)[name], thing, name) for name in sorted(among(names, vars(thing))))
    elif isinstance(thing, type):
        yield from _parts_of_class(thing, names)
        yield from _parts_of_class(type(thing), names)
    elif isinstance(thing, METHODS):
        yield Part("", getattr(thing, "fget", None) or getattr(thing, "func", None) or getattr(thing, "__func__", None))
    elif isinstance(thing, ModuleType):
        if not is_known(thing):
            yield from _attributes(thing, among(names, vars(thing)))
        elif thing.__name__ == "numpy" and "random" in names:
            yield Part(".random", import_module("numpy.random"))  # NumPy itself imports it when it is first asked for
        elif thing is os and not names.isdisjoint(("environ", "getenv")):
            yield Part("", os.environ)
        elif thing.__name__ in SHARED:
            place, name = SHARED[thing.__name__]
            yield Part("", vars(sys.modules[place])[name])
    elif isinstance(thing, BuiltinMethodType):  # as `from random import gauss` gives it
        if is_generator(thing.__self__):
            yield Part("", thing.__self__)
    elif _is_compiled_in_library(thing):
        yield Part("", getattr(thing, "__wrapped__", None))
    elif isinstance(thing, ReferenceType):
        yield Part("", thing())
    elif isinstance(thing, ContextVar):
        yield Part("", thing.get(None), thing)
    elif type(thing).__module__.partition(".")[0] == OWN:  # what transforms and compile made
        yield Part("", getattr(thing, "__wrapped__", None) or getattr(thing, "f", None))
    else:
        yield from _parts_of_object(thing, names)


def _is_compiled_in_library(thing: Any) -> bool:
    """Whether a thing is a function that Cython made, of this package or an installed one: no program changes what is in it."""
    return type(thing).__name__ in COMPILED_FUNCTIONS and is_known(thing)


def _own(thing: Any) -> dict[str, Any]:
    """The attributes of an object itself, which no code of its class is asked for."""
    try:
        found = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        return {}
    return found if isinstance(found, dict) else {}


def _attributes(thing: Any, names: Any) -> Iterator[Part]:
    for name in sorted(names):
        yield Part(f".{name}", vars(thing)[name], vars(thing), name)


def _parts_of_object(thing: Any, names: set[str]) -> Iterator[Part]:
    """Its attributes; and of its class, where that is the program's own, what the code names or calls without a name.

    What keeps a function, as a decorator does, calls it by a name that the code need not have. So does a class of a library,
    whose code is not read: it may say itself what its methods go by, in `_consists_of`, as nn's modules do.
    """
    own = _own(thing)
    said = getattr(type(thing), "_consists_of", ())
    named = among(names, own) | {*said}
    yield from (Part(f".{name}", getattr(type(thing), name, None), own, name) for name in said if name not in own)
    for name, part in [*own.items()]:
        yield Part(f".{name}", part, own, name, name in named or isinstance(part, FUNCTIONS))
    for part in _parts_of_class(type(thing), names | WITHOUT_NAME):
        name = part.key
        if isinstance(part.thing, MemberDescriptorType):  # of __slots__
            yield Part(part.name, getattr(thing, name, None), thing, name)
        elif name not in own:
            if hasattr(thing, "__dict__") and name not in WITHOUT_NAME and not isinstance(part.thing, property):
                yield Part("", None, own, name)  # once it is there, it stands before that of the class
            yield part
    if (
        isinstance(names, Names)
        and hasattr(thing, "__dict__")
        and (type(thing) is SimpleNamespace or not is_known(type(thing)))
    ):
        yield from (Part("", None, own, name) for name in sorted(names.asked - own.keys()))


def _parts_of_class(thing: type, names: set[str]) -> Iterator[Part]:
    """What it has under these names, or inherits, where it is a class of the program's own."""
    met: set[str] = set()
    for kind in thing.__mro__:
        if not is_known(kind):
            yield from (Part(f".{name}", vars(kind)[name], vars(kind), name) for name in sorted(among(names, vars(kind)) - met))
            met.update(() if "super" in names else vars(kind))


def _parts_of_function(f: FunctionType, names: set[str]) -> Iterator[Part]:
    """What is in the cells of a function, in its defaults, and in the globals that its code and the code inside name."""
    if hasattr(f, "__wrapped__"):
        yield Part("", f.__wrapped__)
    if hasattr(f, "registry"):  # of functools.singledispatch
        yield Part(".registry", f.registry)
    if is_known(f):
        return
    named = dict.fromkeys(_names(f.__code__))
    names.update(named)
    if not BY_TEXT.isdisjoint(names):
        names.update(_texts(f.__code__))
    if isinstance(names, Names) and not {"getattr", "hasattr"}.isdisjoint(named):
        texts = [text for code in _codes(f.__code__) for text in code.co_consts if isinstance(text, str)]
        names.asked.update(filter(str.isidentifier, texts))
    yield from _attributes(f, among(names, vars(f)))
    yield from (Part("", sys.modules[name]) for name in named if name not in f.__globals__ and name in sys.modules)
    if not BY_TEXT.isdisjoint(named):
        named.update(dict.fromkeys(sorted(among(names, f.__globals__))))
        yield from (Part("", sys.modules[name]) for name in sorted(names & sys.modules.keys()) if not _is_known_module(name))
    for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
        try:
            yield Part(name, cell.cell_contents, cell)
        except ValueError:  # not filled yet
            continue
    defaults = f.__defaults__ or ()
    arguments = f.__code__.co_varnames[: f.__code__.co_argcount]
    yield from (Part(name, part) for name, part in zip(arguments[len(arguments) - len(defaults) :], defaults, strict=True))
    yield from (Part(name, part, f.__kwdefaults__, name) for name, part in (f.__kwdefaults__ or {}).items())
    yield from (Part(name, f.__globals__[name], f.__globals__, name) for name in named if name in f.__globals__)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """The code of a function, and of the functions written inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _names(code: CodeType) -> Iterator[str]:
    for one in _codes(code):
        yield from one.co_names


HAS_TEXTS = (str, tuple, frozenset, CodeType)


def _texts(constant: Any) -> Iterator[str]:
    """The words in the texts of code, and in the tuples of texts it has."""
    if isinstance(constant, str):
        yield from WORD.findall(constant)
    elif isinstance(constant, (tuple, frozenset, CodeType)):
        for part in constant.co_consts if isinstance(constant, CodeType) else constant:
            yield from _texts(part)


def among(names: set[str], present: Mapping[str, Any]) -> set[str]:
    """Which of the names present are named; also those that `f"w{i}"` may be, where names are texts."""
    found: set[str] = names.intersection(present)
    if BY_TEXT.isdisjoint(names):
        return found
    numbered = [name for name in present if isinstance(name, str) and name[-1:].isdigit()]
    return found.union([name for name in numbered if name.rstrip("0123456789") in names])


@functools.cache
def _is_known_module(name: str) -> bool:
    """Whether a module is Python's own, this package's, or an installed one, whose numbers nobody changes."""
    top = name.partition(".")[0]
    if top == "__main__":  # a program's own, though its file may be that of `python -m` something installed
        return False
    if top in sys.stdlib_module_names or top in (OWN, "nn"):
        return True
    file = getattr(sys.modules.get(top), "__file__", None) or ""
    return "site-packages" in file or "dist-packages" in file


def is_known(thing: Any) -> bool:
    """Whether a thing is of such a module: functions by their globals, too, as functools.wraps names the module of another."""
    if type(thing) is FunctionType and not _is_known_module(str(thing.__globals__.get("__name__"))):
        return False
    name = thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", None)
    return _is_known_module(str(name))


# ------------------------------------------------------------------------------------------------ what was found


def is_number(thing: Any) -> bool:
    """Whether a thing is a number that a recording would have as a constant."""
    return isinstance(thing, (float, int, Fraction, of_numpy("number"), of_numpy("bool")))


class Constants:
    """What a function finds outside by names in its code, as it stood when this was made.

    met         gets (name, thing, whether the code names it) for each thing that is looked into

    numbers         by name: numbers, arrays, and lists, tuples and dicts of them
    generators      by name: generators of random numbers, wherever they are in what it reaches
    watched         what can tell whether all of this is as it was
    asks_for_types_of_arrays    whether one of the functions may ask `type(x) is np.ndarray`
    asks_for                    the names of kinds of numbers that they may ask for: "int" as in `isinstance(n, int)`, "bool"
    """

    def __init__(self, f: Callable[..., Any], met: list[tuple[str, Any, bool]] | None = None) -> None:
        self.names = Names()  # in the code of f and of what it names
        known = -1
        while known < len(self.names) + len(self.names.asked):  # what was met before a name was known is met again
            known = len(self.names) + len(self.names.asked)
            self._look_around(f, self.names, met)

    def _look_around(self, f: Callable[..., Any], names: set[str], met: list[tuple[str, Any, bool]] | None) -> None:
        if met is not None:
            met.clear()
        self.numbers: dict[str, Any] = {}
        self.generators: dict[str, Any] = {}
        self.watched = Watched()
        self.asks_for_types_of_arrays = False
        self.asks_for: set[str] = set()
        # The name of a thing, the thing, whether it is named, and whether it is part of a constant.
        waiting: deque[tuple[str, Any, bool, bool]] = deque([("", f, True, False)])
        visited: dict[int, tuple[Any, int]] = {}  # by id, which is another's once a thing is gone
        weakly: set[int] = set()  # the ids of what stands where it is not kept alive, nor is it to be by this
        abstract = False
        while waiting and len(visited) < MOST:
            path, thing, named, inside = waiting.popleft()
            if visited.get(id(thing), (None, -1))[1] >= named:
                continue
            visited[id(thing)] = thing, named
            if is_generator(thing):
                self.generators[path] = thing
                continue
            if named and (held := contents(thing)) is not None:
                self.watched.add_held(thing, held)
            if named and not inside and _is_of_numbers(thing):
                self.numbers[path] = thing
                inside = True
            if named and type(thing) is FunctionType and not is_known(thing):
                self.watched.add_function(thing, PYTHONS.intersection(_names(thing.__code__)).difference(thing.__globals__))
            if named and isinstance(thing, ABCMeta):
                abstract = True
            if named and type(thing) is FunctionType and str(thing.__module__).partition(".")[0] not in (OWN, "numpy"):
                self.asks_for_types_of_arrays |= any({"type", "ndarray"} <= {*code.co_names} for code in _codes(thing.__code__))
                self.asks_for.update(*[] if is_known(thing) else map(_kinds_asked_for, _codes(thing.__code__)))
            if (
                named
                and not isinstance(thing, type)
                and id(thing) not in weakly
                and not (is_known(type(thing)) or _is_compiled_in_library(thing))
            ):
                self.watched.add_object(thing)
            if met is not None:
                met.append((path, thing, named))
            by_text = not BY_TEXT.isdisjoint(names)
            for part in parts(thing, names):
                here = named and part.named
                if part.thing is None and part.holder is not None and not part.name:  # not there so far, which is all to know
                    if here:
                        self.watched.add_bound(part.holder, part.key, None)
                    continue
                name = (path if part.name[:1] in (".", "[", "") else "") + part.name
                held_whole = part.holder is thing and isinstance(thing, MAPPINGS)
                if here and part.holder is not None and not held_whole and not _is_fixed(part):
                    self.watched.add_bound(part.holder, part.key, part.thing)
                if here and by_text:
                    for text in (part.thing, part.key):
                        if isinstance(text, HAS_TEXTS):
                            names.update(_texts(text))
                if here and not inside and is_number(part.thing):
                    self.numbers[name] = part.thing
                elif not isinstance(part.thing, ENDS):
                    if isinstance(thing, WEAK):
                        weakly.add(id(part.thing))
                    waiting.append((name, part.thing, here, inside))
                elif here and type(part.thing) is Value and "label" in names:
                    self.watched.add_bound(part.thing, "label", part.thing.label)
        if abstract:
            self.watched.add_abstract_classes()

    def asked_kinds(self) -> tuple[type, ...]:
        """The types of what the functions may ask for, see `asks_for`."""
        bools = (bool, *_types_of_numpy("bool"))
        return (int, *bools, *_types_of_numpy("integer")) if "int" in self.asks_for else bools if self.asks_for else ()

    def undrawn(self, record: Callable[[], Any], name: str, kwargs: dict[str, Any]) -> Any:
        """What `record()` gives. TypeError if random numbers were drawn for it, which every run would have again.

        Another thread may draw from the same generators. Then it is recorded again, until once nobody has drawn.
        """
        generators = self.generators | {key: thing for key, thing in kwargs.items() if is_generator(thing)}
        for _ in range(ATTEMPTS):
            alone = threading.active_count() == 1
            before = {key: _state(generator) for key, generator in generators.items()}
            found = record()
            drawn = next((key for key, then in before.items() if _state(generators[key]) != then), None)
            if drawn is None:
                return found
            if alone:
                break
        raise TypeError(
            f"{name} draws random numbers (from {drawn}) while it is recorded, and every run of the recording would have the "
            "same: draw them outside, and give them as an argument"
        )


def _kinds_asked_for(code: CodeType) -> Iterator[str]:
    """Kinds of numbers that code seems to ask for: `isinstance(n, int)`, `type(n) is int`, `case int()`, `b is True`.

    Beside `float`, as in `isinstance(x, (int, float))`, the question is for any number, which a Value answers as well.
    """
    if asks_whether_is_true(code):
        yield "bool"
    asks = not {"isinstance", "type"}.isdisjoint(code.co_names) or dis.opmap["MATCH_CLASS"] in code.co_code[::2]
    if not asks or KINDS.keys().isdisjoint(code.co_names):
        return
    steps = [*dis.get_instructions(code)]
    for before, step, after in zip([None, *steps], steps, [*steps[1:], None], strict=False):
        named = step.argval in KINDS and step.opname in ("LOAD_GLOBAL", "LOAD_ATTR") and "NULL" not in step.argrepr
        if named and "float" not in [beside.argval for beside in (before, after) if beside]:
            yield KINDS[step.argval]


def _is_of_numbers(thing: Any, depth: int = 5) -> bool:
    """Whether a thing is an array of numbers, or a list, tuple or dict of numbers and of such things, so deep at most."""
    if isinstance(thing, of_numpy("ndarray")):
        return bool(thing.dtype.kind in "biuf")
    if not isinstance(thing, (list, tuple, dict)):
        return False
    inside = [*thing.values()] if isinstance(thing, dict) else [*thing]
    return bool(inside) and all(is_number(x) or (depth > 0 and _is_of_numbers(x, depth - 1)) for x in inside)


def _types_of_numpy(name: str) -> tuple[type, ...]:
    found = of_numpy(name)
    return (found,) if isinstance(found, type) else ()


def _is_fixed(part: Part) -> bool:
    """Whether a name is left alone for what it has: a module, or a function or class that a library has under the same name.

    Under another, as `activation = tanh` or `model = MLP(2, [1])` give it, the program may have put something else tomorrow.
    """
    thing, name = part.thing, part.name if part.key is None else part.key
    if isinstance(thing, ModuleType):
        return True
    own = callable(thing) and is_known(thing) and not (hasattr(thing, "__wrapped__") or type(thing) is MethodType)
    return own and getattr(thing, "__name__", None) == name


# ------------------------------------------------------------------------------------------------ random numbers


def is_generator(thing: Any) -> bool:
    """Whether a thing is a generator of random numbers, of Python's or of NumPy's."""
    return isinstance(thing, _kinds_of_generators())


def _kinds_of_generators() -> tuple[type, ...]:
    random, numpy = sys.modules.get("random"), sys.modules.get("numpy.random")
    found = [getattr(numpy, name, None) for name in ("Generator", "RandomState", "BitGenerator")]
    return tuple([kind for kind in (getattr(random, "Random", None), *found) if kind is not None])


def _state(generator: Any) -> Any:
    try:
        return pickle.dumps(generator)
    except Exception:  # one that draws from the system, or of a kind of its own, has no state that could be told
        return None
