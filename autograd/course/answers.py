"""Answers, taken apart into numbers and words, and held beside what is right."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from fractions import Fraction
from typing import Any

from ..engine.value import Value
from .calling import UnreadableError, as_code, called

ALL_DIGITS = 15
"""What `digits` says of numbers that differ by no more than rounding."""

ENOUGH_DIGITS = 3
"""An answer that is right to so many digits is right; but what is counted, a whole number, has to be right altogether."""

NEAR = 1e-3
"""By so much of the largest number each may be off, in lists and in what functions give: small ones are rounded so."""

Where = tuple[Any, ...]
"""Where in an answer a number stands: () for the answer itself, ("b",) in a dict, (2,) in a list, (2, 0) in a list of lists."""

Parts = dict[Where, float | str]


def parts(answer: Any, like: Any, points: Sequence[tuple[Any, ...]] = (), seconds: float | None = None) -> Parts:
    """The numbers and words in an answer, by where they stand; of a function, what it gives at the points.

    like        the right answer: a function is asked for where it is one, words where it has words
    seconds     how long a function may take
    UnreadableError for what is no number, word, list, dict or function, and for what has another form than `like`.

    >>> parts({"a": 1, "b": Value(2.0)}, like={"a": 0.0, "b": 0.0})
    {('a',): 1, ('b',): 2.0}
    """
    if _is_function(like):
        if not _is_function(answer):
            calls = " What a function without a `return` gives is None." if answer is None else ""
            raise UnreadableError(f"A function is asked for: give its name, without calling it.{calls}")
        found = called(answer, points, seconds)
        try:
            return _taken_apart(found, called(like, points))
        except UnreadableError as unreadable:
            raise UnreadableError(f"Of what your function gives: {unreadable}") from None
    if _is_function(answer):
        raise UnreadableError("This is a function, and what is asked for is none: call it, and give what it returns.")
    return _taken_apart(answer, like)


def _is_function(answer: Any) -> bool:
    return callable(answer) and not isinstance(answer, Value)


def _taken_apart(answer: Any, like: Any) -> Parts:
    found: Parts = {}
    waiting: list[tuple[Where, Any, Any]] = [((), answer, like)]
    while waiting:
        where, part, truth = waiting.pop(0)
        part, truth = _without_arrays(part), _without_arrays(truth)
        if isinstance(truth, Mapping):
            if not isinstance(part, Mapping) or part.keys() != truth.keys():
                raise UnreadableError(f"A dict is asked for, with the keys {', '.join(map(repr, truth))}.{_found(part)}")
            waiting += [((*where, key), part[key], one) for key, one in truth.items()]
        elif isinstance(truth, Sequence) and not isinstance(truth, str):
            if not _is_list(part) or len(part) != len(truth):
                raise UnreadableError(f"A list of {len(truth)} is asked for.{_found(part)}{_listed(part)}")
            waiting += [((*where, i), part[i], one) for i, one in enumerate(truth)]
        elif isinstance(truth, str):
            if not isinstance(part, str):
                raise UnreadableError(f"A word is asked for, in quotation marks.{_found(part)}")
            found[where] = word(part)
        else:
            found[where] = _number(part)
    return found


def word(written: str) -> str:
    """What of a word counts: neither its case, nor quotation marks and full stops around it, nor what its parts are joined by.

    >>> word(' "Awake_for  all."')
    'awake for all'
    """
    return " ".join(re.split(r"[\s_-]+", written)).strip(" .!?'\"`").casefold()


def _without_arrays(part: Any) -> Any:
    """Lists and numbers in the place of arrays and their like."""
    try:
        return part.tolist() if hasattr(part, "tolist") else part
    except Exception:  # the learner's own object, or a class
        return part


def _is_list(part: Any) -> bool:
    return isinstance(part, Sequence) and not isinstance(part, (str, bytes))


def _number(part: Any) -> float:
    if isinstance(part, Value):
        return part.data
    if isinstance(part, (str, bytes, bool)) or not hasattr(part, "__float__"):
        alone = " Give what is in it, without the brackets." if _is_list(part) and len(part) == 1 else ""
        raise UnreadableError(f"A number is asked for.{_found(part)}{alone}")
    try:
        number = float(part)
    except OverflowError:  # a whole number can have more digits than a float
        return math.inf if part > 0 else -math.inf
    except Exception:  # a symbol, a signalling NaN, several numbers
        raise UnreadableError(f"A number is asked for.{_found(part)}") from None
    return part if type(part) is int and part == number else number


def _found(part: Any) -> str:
    if part is None:
        return " This is None: that is what `print(...)` gives, and a function without a `return`."
    if isinstance(part, Mapping):
        return f" This is a dict with the keys {', '.join(_shown(key) for key in part) or '(none)'}."
    if _is_list(part):
        return f" This is a list of {len(part)}."
    if isinstance(part, Set):
        return f" This is {_shown(part)}, a set: a list has square brackets, `[ ]`, and in a dict stands `name: number`."
    if isinstance(part, str) and _would_be_a_number(part):
        point = ", and write a point for the comma" if "," in part else ""
        return f" This is {_shown(part)}, a text: leave out the quotation marks{point}."
    return f" This is {_shown(part)}."


def _listed(part: Any) -> str:
    """How a list is made of what is none, and could be one."""
    could = isinstance(part, Iterable) and not isinstance(part, (str, bytes, Mapping, Set)) and not _is_list(part)
    return " Put `list( )` around it." if could else ""


def _shown(part: Any) -> str:
    try:
        return as_code(repr(part)[:60])
    except Exception:  # a __repr__ of the learner's
        return f"a {type(part).__name__}"


def _would_be_a_number(text: str) -> bool:
    try:
        Fraction(text.replace(",", "."))
    except (ValueError, ZeroDivisionError):
        return False
    return True


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
    if off > 1.0:
        return 0
    return max(0, min(ALL_DIGITS, math.floor(1.0 - math.log10(2.0 * off) + 1e-6)))


def agreement(given: float | str, truth: float | str, near: float = 0.0) -> int:
    """To how many digits a part of an answer is right; a word is right wholly or not at all, and so is a count, an int.

    near        how far off a number may be in any case, and is right to ENOUGH_DIGITS

    >>> agreement("up", "up"), agreement("up", "down"), agreement("up", 1.0)
    (15, 0, 0)
    >>> agreement(1000.5, 1000.0), agreement(1001, 1000), agreement(1000.0, 1000)
    (4, 2, 15)
    """
    if isinstance(given, str) or isinstance(truth, str):
        return ALL_DIGITS if given == truth else 0
    right = digits(given, truth)
    if isinstance(truth, int):
        return right if right == ALL_DIGITS else min(right, ENOUGH_DIGITS - 1)
    return max(right, ENOUGH_DIGITS) if abs(given - truth) <= near else right


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
