"""Calling the functions that learners give, which may raise, return nothing, or never end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ..texts import printable

MOST_SECONDS = 5.0
"""How long all the calls of one answer may take."""


class UnreadableError(Exception):
    """An answer that is of no use, and why: it is no wrong answer."""


class _Endless(BaseException):
    """Not an Exception: `except Exception` in a loop is not to catch it."""


def as_code(thing: str) -> str:
    """What a learner has written, to be shown as it is: no Markdown and no HTML is made of it."""
    return f"`{printable(thing).replace('`', chr(39))}`"


def called(f: Callable[..., Any], points: Sequence[tuple[Any, ...]], seconds: float | None = None) -> list[Any]:
    """What a function gives at each of the points; UnreadableError if it raises, gives None, or takes longer than `seconds`."""
    found = []
    point: tuple[Any, ...] = ()
    try:
        with _no_longer_than(seconds):
            for point in points:
                found.append(f(*point))
    except _Endless:
        raise UnreadableError(
            f"Given {written(point)}, your function has not come to an end in {seconds:g} seconds: does its loop end?"
        ) from None
    except (Exception, SystemExit) as error:
        plain = " It is given plain numbers, which are no Values." if _wants_a_value(error, point) else ""
        said = as_code(f"{type(error).__name__}: {error}".removesuffix(": "))
        raise UnreadableError(f"Given {written(point)}, your function raises {said}.{plain}") from error
    if any(one is None for one in found):
        raise UnreadableError("Your function gives None, which is nothing: is its last line a `return`?")
    return found


def written(point: tuple[Any, ...]) -> str:
    """The arguments of a call, in brackets.

    >>> written((0.5, 2.25))
    '(0.5, 2.25)'
    """
    return f"({', '.join(f'{x:g}' if isinstance(x, float) else repr(x) for x in point)})"


def _wants_a_value(error: BaseException, point: tuple[Any, ...]) -> bool:
    return isinstance(error, AttributeError) and any(error.obj is x for x in point)


@contextmanager
def _no_longer_than(seconds: float | None) -> Iterator[None]:
    """Raises _Endless in whatever line of Python is run after so many seconds; not while a debugger traces."""
    if seconds is None or sys.gettrace() is not None:
        yield
        return
    end = time.monotonic() + seconds

    def trace(frame: FrameType, event: str, given: Any) -> Any:
        if time.monotonic() > end:
            raise _Endless
        return trace

    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(None)
