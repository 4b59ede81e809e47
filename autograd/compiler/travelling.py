"""Programs that travel in the pickle of a compiled function: `compile(f, pickle_programs=True)`.

Each program goes as the text of a file, and is checked as a file is before it runs. What a recording has from outside must be
the same where it arrives: the code of the function and what it names, by a print of all of it; constants, which are in that
print; and the Values whose data its programs read, which must be those that the function holds there. Otherwise it is said, and
the function is recorded again.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from ..engine.numbers import of_numpy
from ..engine.value import Value
from ..files import StorageError
from .program import Program
from .program_files import read, written
from .recorded import Recorded
from .settings import Settings
from .surroundings import ENDS, OWN, Constants, is_known, is_number, parts
from .unchanged import HOLDS_MORE, contents
from .ways import Ways

ASIDE = ("captured", "may_keep_a_graph", "form", "out", "sums", "each", "per_row")
"""What a recording has beside its program."""


class UnfitError(ValueError):
    """Programs that came with a function do not fit it; the message says why."""


def packed(f: Callable[..., Any], recorded: dict[Any, Ways], counted: dict[Any, set[int]]) -> dict[str, Any]:
    """Programs of a function, ready for a pickle."""
    programs = {
        form: [(written(one.program), [getattr(one, name) for name in ASIDE]) for one in [*ways]]
        for form, ways in [*recorded.items()]
        if ways
    }
    return {"version": _version(), "print": _Reached(f).print(), "programs": programs, "counted": dict(counted)}


def unpacked(f: Callable[..., Any], settings: Settings, sent: dict[str, Any]) -> Iterator[tuple[Any, Ways]]:
    """The programs, by the form of arguments. UnfitError where they are not to be run."""
    if sent["version"] != _version():
        raise UnfitError(f"they are of version {sent['version']} of the package, and this is {_version()}")
    here = _Reached(f)
    if sent["print"] != here.print():
        raise UnfitError("its code, or a constant that it takes from outside, is another one here")
    values = {*map(id, here.values())}
    for form, several in sent["programs"].items():
        ways = Ways()
        for text, aside in several:
            one = Recorded.__new__(Recorded)
            one.settings = settings
            vars(one).update(zip(ASIDE, aside, strict=True))
            if not values.issuperset(map(id, one.captured)):
                raise UnfitError("they read Values from outside, a model's parameters, and the function holds others here")
            try:
                one.program = Program.of(read("a program that was sent", text), one.out)
            except StorageError as problem:
                raise UnfitError(str(problem)) from None
            sizes = [tree.size for tree in (one.sums, one.each) if tree is not None]
            if one.program.inputs != len(one.per_row) or {len(one.program.outputs)} != {one.out.size, sum(sizes)}:
                raise UnfitError("a program that was sent has other inputs or outputs than what stands around them")
            ways.append(one)
        ways.made = len(ways)
        yield form, ways


class _Reached:
    """What a function reaches from its code."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.met: list[tuple[str, Any, bool]] = []
        self.names = Constants(f, self.met).names

    def print(self) -> bytes:
        """What tells whether a function has the same code and constants elsewhere: a hash of all that the code names."""
        told = {line for name, thing, named in self.met if named for line in self._lines(name, thing)}
        return hashlib.sha256("\n".join(sorted(told)).encode("utf-8", "backslashreplace")).digest()

    def _lines(self, name: str, thing: Any) -> Iterator[str]:
        yield f"{name}: {_told(thing)}"
        for part in parts(thing, set(self.names)):
            if part.named and isinstance(part.thing, ENDS):
                yield f"{name}{part.name}: {_told(part.thing)}"

    def values(self) -> Iterator[Value]:
        """The Values that are in what the function reaches."""
        for _, thing, _ in self.met:
            inside: Any
            if isinstance(thing, HOLDS_MORE) or _holds_objects(thing):
                inside = contents(thing) or thing
            else:
                inside = [part.thing for part in parts(thing, set())]
            yield from (part for part in inside if type(part) is Value)


def _told(thing: Any) -> str:
    """What a thing is, without what is in it, where another process can have the same."""
    if callable(thing) and is_known(thing):
        return f"{thing.__module__}.{getattr(thing, '__qualname__', type(thing).__name__)}"
    if type(thing) is FunctionType:
        return _told(thing.__code__)
    if isinstance(thing, CodeType):
        consts = [_told(const) for const in thing.co_consts]
        return f"code {thing.co_code!r} {thing.co_names} {thing.co_varnames} {thing.co_freevars} {consts}"
    if isinstance(thing, frozenset):
        return f"frozenset {sorted(map(_told, thing))}"
    if isinstance(thing, tuple):
        return f"{type(thing).__name__} {[*map(_told, thing)]}"
    if isinstance(thing, of_numpy("ndarray")) and not _holds_objects(thing):
        return f"array {thing.dtype} {thing.shape} {hashlib.sha256(thing.tobytes()).hexdigest()}"
    if is_number(thing) or (isinstance(thing, ENDS) and type(thing) is not Value):
        return f"{type(thing).__name__} {thing!r}"
    if isinstance(thing, (type, ModuleType)):
        return thing.__name__
    return f"{type(thing).__name__} {len(thing) if isinstance(thing, HOLDS_MORE) else ''}"


def _holds_objects(thing: Any) -> bool:
    return isinstance(thing, of_numpy("ndarray")) and bool(thing.dtype.hasobject)


def _version() -> str:
    return str(vars(sys.modules[OWN])["__version__"])
