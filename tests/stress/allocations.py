"""Memory that is refused at a random moment: a MemoryError, and nothing wrong afterwards.

    python tests/stress/allocations.py SECONDS SEED [SHIM]

Refused are those that the extensions ask of the C library, buffers of numbers all, where SHIM, made of failing.c, was loaded
before it; and Python's own, where Python has _testcapi.
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
COMPILED = ("backward", "second order", "call")
"""Works of compiled code alone. An interpreter without memory does not even leave blocks of Python code, and NumPy crashes."""


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


def main(seconds: float, seed: int, shim: Any) -> None:
    rng = random.Random(seed)
    unraisable: list[str] = []
    sys.unraisablehook = lambda said: unraisable.append(f"{said.exc_value!r} in {said.object!r}")
    made = {(name, size): work.make(size) for name, work in works.WORKS.items() for size in SIZES}
    expected = {key: repr(works.WORKS[key[0]].go(made[key])) for key in made}
    counts = {}
    for whose, refuses in refusing(shim):
        refused = tried = 0
        end = time.monotonic() + seconds / 2
        while time.monotonic() < end:
            python = refuses is python_refuses
            key = rng.choice([key for key in made if not python or key[0] in COMPILED])
            n = int(2.0 ** rng.uniform(0.0, 14.0 if python else 8.0))
            found: Any = None
            with refuses(n):
                try:
                    found = works.WORKS[key[0]].go(made[key])
                except MemoryError:
                    refused += 1
            tried += 1
            where = f"{key}, after {whose} allocation {n} was refused"
            assert found is None or repr(found) == expected[key], f"{where}: other numbers"
            del found
            works.check_surroundings()
            assert repr(works.WORKS[key[0]].go(made[key])) == expected[key], f"{where}: other numbers from then on"
            assert not unraisable, f"{where}: {unraisable}"
        counts[whose] = f"{refused} times a MemoryError, of {tried} works"
    print("allocations:", "; ".join(f"{whose} refused, {said}" for whose, said in counts.items()) or "none can be refused here")


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), ctypes.CDLL(sys.argv[3]) if len(sys.argv) > 3 else None)
