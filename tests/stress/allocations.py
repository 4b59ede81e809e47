"""Memory that is refused at a random moment: a MemoryError, and nothing wrong afterwards.

    python tests/stress/allocations.py SECONDS SEED [SHIM]

Refused are those that the extensions ask of the C library, buffers of numbers all, where SHIM, made of failing.c, was loaded
before it; and Python's own, where Python has _testcapi: of these first each in turn, since some are asked for once in a work.
"""

import ctypes
import random
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import works

try:
    import _testcapi
except ImportError:
    _testcapi = None

SIZES = (30, 300)
COMPILED = ("backward", "call", *(["second order"] if sys.version_info < (3, 12) else []))
"""Works of compiled code. An interpreter without memory does not even leave blocks of Python code, and NumPy crashes; from 3.12
on so does the interpreter where it calls a function of Python's, as a second derivative does for the rules of softmax."""


@contextmanager
def python_refuses(n: int) -> Any:
    _testcapi.set_nomemory(n, n + 1)
    try:
        yield
    finally:
        _testcapi.remove_mem_hooks()


def refusing(shim: Any) -> list[tuple[str, Callable[[int], AbstractContextManager[Any]]]]:
    @contextmanager
    def c_refuses(n: int) -> Any:
        shim.fail_at(n)
        try:
            yield
        finally:
            shim.fail_at(-1)

    return [*([("Python's", python_refuses)] if _testcapi else []), *([("the extensions'", c_refuses)] if shim else [])]


class Refusing:
    """Does a work without the memory it asks for, looks at what comes of it, and counts."""

    def __init__(self, whose: str, refuses: Callable[[int], AbstractContextManager[Any]]) -> None:
        self.whose, self.refuses = whose, refuses
        self.refused = self.tried = 0
        self.made = {(name, size): work.make(size) for name, work in works.WORKS.items() for size in SIZES}
        self.expected = {key: repr(works.WORKS[key[0]].go(made)) for key, made in self.made.items()}
        self.unraisable: list[str] = []
        sys.unraisablehook = lambda said: self.unraisable.append(f"{said.exc_value!r} in {said.object!r}")

    def go(self, key: tuple[str, int], n: int) -> bool:
        """Whether the work did without its allocation number n, or never asked for it."""
        go, made, expected = works.WORKS[key[0]].go, self.made[key], self.expected[key]
        found: Any = None
        with self.refuses(n):
            try:
                found = go(made)
            except MemoryError:
                self.refused += 1
        self.tried += 1
        done = found is not None
        where = f"{key}, after {self.whose} allocation {n} was refused"
        assert not done or repr(found) == expected, f"{where}: other numbers"
        del found
        works.check_surroundings()
        assert repr(go(made)) == expected, f"{where}: other numbers from then on"
        assert not self.unraisable, f"{where}: {self.unraisable}"
        return done

    def each_in_turn(self, key: tuple[str, int]) -> None:
        """Until the work has all it asks for. Some of Python's own objects are asked for again, or done without."""
        n = done = 0
        while done < 10:
            n += 1
            done = done + 1 if self.go(key, n) else 0

    def said(self) -> str:
        return f"{self.whose} refused, {self.refused} times a MemoryError, of {self.tried} works"


def main(seconds: float, seed: int, shim: Any) -> None:
    rng = random.Random(seed)
    told = []
    for whose, refuses in refusing(shim):
        python = refuses is python_refuses
        here = Refusing(whose, refuses)
        if python:
            for name in COMPILED:
                here.each_in_turn((name, SIZES[-1]))
        end = time.monotonic() + seconds / 2
        while time.monotonic() < end:
            key = rng.choice([key for key in here.made if not python or key[0] in COMPILED])
            here.go(key, int(2.0 ** rng.uniform(0.0, 14.0 if python else 8.0)))
        told.append(here.said())
    print("allocations:", "; ".join(told) or "none can be refused here")


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), ctypes.CDLL(sys.argv[3]) if len(sys.argv) > 3 else None)
