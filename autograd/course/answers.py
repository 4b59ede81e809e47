"""Answers, taken apart into numbers and words, and held beside what is right."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..engine.value import Value
from ..texts import printable

ALL_DIGITS = 15
"""What `digits` says of numbers that differ by no more than rounding."""

ENOUGH_DIGITS = 3
"""An answer that is right to so many digits is right; but what is counted, a whole number, has to be right altogether."""

Where = tuple[Any, ...]
"""Where in an answer a number stands: () for the answer itself, ("b",) in a dict, (2,) in a list, (2, 0) in a list of lists."""

Parts = dict[Where, float | str]


class UnreadableError(Exception):
    """An answer that is of no use, and why: it is no wrong answer."""


def parts(answer: Any, like: Any, points: Sequence[tuple[Any, ...]] = ()) -> Parts:
    """The numbers and words in an answer, by where they stand; of a function, what it gives at the points.

    like        the right answer: a function is asked for where it is one, words where it has words
    UnreadableError for what is no number, word, list, dict or function, and for what has another form than `like`.

    >>> parts({"a": 1, "b": Value(2.0)}, like={"a": 0.0, "b": 0.0})
    {('a',): 1, ('b',): 2.0}
    """
    if _is_function(like):
        if not _is_function(answer):
            calls = " What a function without a `return` gives is None." if answer is None else ""
            raise UnreadableError(f"A function is asked for: give its name, without calling it.{calls}")
        found = [_called(answer, point) for point in points]
        if None in found:
            raise UnreadableError("Your function gives None, which is nothing: is its last line a `return`?")
        try:
            return _taken_apart(found, [_called(like, point) for point in points])
        except UnreadableError as unreadable:
            raise UnreadableError(f"Of what your function gives: {unreadable}") from None
    if _is_function(answer):
        raise UnreadableError("This is a function, and what is asked for is none: call it, and give what it returns.")
    return _taken_apart(answer, like)


def _is_function(answer: Any) -> bool:
    return callable(answer) and not isinstance(answer, Value)


def _called(f: Callable[..., Any], point: tuple[Any, ...]) -> Any:
    try:
        return f(*point)
    except Exception as error:
        given = ", ".join(f"{x:g}" if isinstance(x, float) else repr(x) for x in point)
        raise UnreadableError(
            f"Given ({given}), your function raises {type(error).__name__}: {printable(str(error))}"
        ) from error


def _taken_apart(answer: Any, like: Any) -> Parts:
    found: Parts = {}
    waiting: list[tuple[Where, Any, Any]] = [((), answer, like)]
    while waiting:
        where, part, truth = waiting.pop(0)
        part = part.tolist() if hasattr(part, "tolist") else part
        truth = truth.tolist() if hasattr(truth, "tolist") else truth
        if isinstance(truth, Mapping):
            if not isinstance(part, Mapping) or part.keys() != truth.keys():
                raise UnreadableError(f"A dict is asked for, with the keys {', '.join(map(repr, truth))}.{_found(part)}")
            waiting += [((*where, key), part[key], one) for key, one in truth.items()]
        elif isinstance(truth, Sequence) and not isinstance(truth, str):
            if not isinstance(part, Sequence) or isinstance(part, str) or len(part) != len(truth):
                raise UnreadableError(f"A list of {len(truth)} is asked for.{_found(part)}")
            waiting += [((*where, i), part[i], one) for i, one in enumerate(truth)]
        elif isinstance(truth, str):
            if not isinstance(part, str):
                raise UnreadableError(f"A word is asked for, in quotation marks.{_found(part)}")
            found[where] = part.strip().casefold()
        else:
            found[where] = _number(part)
    return found


def _number(part: Any) -> float:
    if isinstance(part, Value):
        return part.data
    if isinstance(part, (str, bytes, bool)) or not hasattr(part, "__float__"):
        raise UnreadableError(f"A number is asked for.{_found(part)}")
    try:
        number = float(part)
    except OverflowError:  # a whole number can have more digits than a float
        return math.inf if part > 0 else -math.inf
    return part if type(part) is int and part == number else number


def _found(part: Any) -> str:
    if isinstance(part, Mapping):
        return f" This is a dict with the keys {', '.join(printable(repr(key)) for key in part) or '(none)'}."
    if isinstance(part, Sequence) and not isinstance(part, str):
        return f" This is a list of {len(part)}."
    return f" This is {printable(repr(part))[:60]}."


def digits(given: float, truth: float) -> int:
    """To how many significant digits a number is right.

    >>> digits(0.42, 0.41997), digits(0.41, 0.41997), digits(0.1 + 0.2, 0.3), digits(5.0, 0.3)
    (4, 1, 15, 0)
    """
    off = abs(given - truth)
    if off <= max(1e-9 * abs(truth), 1e-12) or given == truth:
        return ALL_DIGITS
    if truth == 0.0 or not math.isfinite(off):
        return 0
    off /= 10.0 ** math.floor(math.log10(abs(truth)))
    return max(0, min(ALL_DIGITS, math.floor(1.0 - math.log10(2.0 * off) + 1e-6)))


def agreement(given: float | str, truth: float | str) -> int:
    """To how many digits a part of an answer is right; a word is right wholly or not at all, and so is a count, an int.

    >>> agreement("up", "up"), agreement("up", "down"), agreement("up", 1.0)
    (15, 0, 0)
    >>> agreement(1000.5, 1000.0), agreement(1001, 1000), agreement(1000.0, 1000)
    (4, 2, 15)
    """
    if isinstance(given, str) or isinstance(truth, str):
        return ALL_DIGITS if given == truth else 0
    right = digits(given, truth)
    return min(right, ENOUGH_DIGITS - 1) if isinstance(truth, int) and right < ALL_DIGITS else right


def apart(one: Parts, other: Parts) -> bool:
    """Whether answers differ by so much that no rounding makes one of the other: in some part, by more than 2 in a hundred.

    Counts, which are ints, are not rounded.
    """
    for where in one.keys() | other.keys():
        x, y = one.get(where), other.get(where)
        if isinstance(x, int) or isinstance(y, int):
            if x is None or y is None or max(agreement(x, y), agreement(y, x)) < ENOUGH_DIGITS:
                return True
        elif isinstance(x, float) and isinstance(y, float):
            if abs(x - y) > max(0.02 * max(abs(x), abs(y)), 1e-9):
                return True
        elif x != y:
            return True
    return False
