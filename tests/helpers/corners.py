"""What the tests under corners/ share: the mark of a fault that is known and not mended yet, and numbers out of anything."""

from typing import Any

import pytest


def report(number: int) -> pytest.MarkDecorator:
    """Fails today. Whoever mends it is told to take the mark away, by the test that passes."""
    return pytest.mark.xfail(strict=True, reason=f"report {number}")


def numbers(thing: Any) -> list[Any]:
    """The numbers and Values in lists, tuples, dicts and arrays of them."""
    if isinstance(thing, dict):
        return [x for part in thing.values() for x in numbers(part)]
    if hasattr(thing, "tolist"):
        return numbers(thing.tolist())
    if isinstance(thing, (list, tuple)):
        return [x for part in thing for x in numbers(part)]
    return [thing]


def plain(thing: Any) -> list[float]:
    """The same as floats."""
    return [float(getattr(x, "data", x)) for x in numbers(thing)]
