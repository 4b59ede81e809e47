"""What is compared while a function is recorded is True or False to NumPy, as it is outside: in lists, masks and arrays."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest


def changed(change: Callable[[Any], Any], x: Any) -> Any:
    """The sum of an array that a function has changed."""
    array = np.array([x, 2.0 * x])
    change(array)
    return array.sum()


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "~ of one": lambda x: x * 2.0 if (~np.array([x > 1.0]))[0] else x * 3.0,
    "~ of a number read": lambda x: x * 2.0 if (~np.array([x.data > 1.0]))[0] else x * 3.0,
    "how many not": lambda x: x * (~np.array([x > 1.0, x > 0.1, x > 5.0])).sum(),
    "how many": lambda x: x * np.array([x > 1.0, x > 0.1, x > 5.0]).sum(),
    "dtype": lambda x: x * (2.0 if np.array([x > 1.0]).dtype == bool else 3.0),
    "as numbers": lambda x: x * np.array([x > 1.0, x < 1.0], dtype=float)[0],
    "both": lambda x: x * (np.array([x > 1.0, x > 0.1]) & np.array([x > 3.0, x > 0.0])).sum(),
    "a list as a mask": lambda x: np.array([x, 2.0 * x, 3.0 * x])[[v > 1.0 for v in (x, 2.0 * x, 3.0 * x)]].sum(),
    "an array as a mask": lambda x: np.array([x, 2.0 * x])[np.array([x.data > 1.0, True])].sum(),
    "a mask that is given": lambda x: changed(lambda a: a.__setitem__([v > 1.0 for v in a], 0.0), x),
    "np.putmask": lambda x: changed(lambda a: np.putmask(a, [v > 1.0 for v in a], x * x), x),
    "np.where": lambda x: np.where([x > 1.0, x > 0.1], [x, x], [2.0 * x, 2.0 * x])[0],
    "np.compress": lambda x: np.compress([x > 0.0, x > 1.0], [x, 2.0 * x]).sum(),
    "np.nonzero": lambda x: x * (1.0 + np.nonzero([x > 1.0, x > 0.1, x > 5.0])[0].sum()),
    "an element of it": lambda x: x * 2.0 if np.array([x > 1.0])[0] else x * 3.0,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_they_are_bools(ag: ModuleType, name: str) -> None:
    f = FUNCTIONS[name]
    fast = ag.compile(f)
    points = [0.5, 2.0, 0.05, 7.0, 1.0]
    right = [float(getattr(y, "data", y)) for y in (f(ag.Value(x)) for x in points)]
    assert [fast(x) for x in points] == right
    assert ag.compile(f, in_axes=0)(points).tolist() == right
    assert [ag.compile(ag.grad(f))(x) for x in points] == [ag.grad(f)(x) for x in points]
