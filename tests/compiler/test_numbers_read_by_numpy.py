"""What `.data` gives while a function is recorded is one of NumPy's numbers once it met one: there 1 / 0 is infinite."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

ONES, WITH_ZERO, SIGNS = np.array([1.0, 2.0]), np.array([1.0, 0.0]), np.array([-1.0, 4.0])

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "np.divide": lambda x: np.divide(1.0, x.data) + x,
    "a number of NumPy's by it": lambda x: np.float64(1.0) / x.data + x,
    "an array by it": lambda x: (ONES / x.data).sum() + x,
    "it by an array": lambda x: (x.data / WITH_ZERO).max() + x,
    "what came of it by 0": lambda x: (np.float64(2.0) * x.data) / 0.0 + x,
    "what came of it in an array": lambda x: ((ONES * x.data) / (x.data - 2.0)).sum() + x,
    "//": lambda x: (ONES // x.data).sum() + x,
    "%": lambda x: np.float64(2.0) % x.data + (ONES % x.data).sum() + x,
    "a root": lambda x: np.power(x.data, 0.5) + x,
    "a root of a number of NumPy's": lambda x: np.float64(-8.0) ** x.data + x,
    "powers of an array": lambda x: (SIGNS**x.data).sum() + x,
    "an array of powers": lambda x: (x.data**SIGNS).sum() + x,
    "a square that overflows": lambda x: np.power(x.data * 1e200, 2) + x,
    "squares that overflow": lambda x: ((np.array([1e200]) * x.data) ** 2).sum() + x,
    "negative": lambda x: np.negative(x.data) / 0.0 + np.abs(x.data) + x,
    "a method of NumPy's": lambda x: (np.float64(2.0) * x.data).item() * x,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_is_numpys(ag: ModuleType, name: str) -> None:
    f = FUNCTIONS[name]
    fast, by_rows = ag.compile(f), ag.compile(f, in_axes=0)
    points = [0.5, 2.0, 0.0, -0.0, -1.5, 0.5, 3.0]
    with np.errstate(all="ignore"):
        right = [f(ag.Value(x)).data for x in points]
        np.testing.assert_array_equal([fast(x) for x in points], right)
        np.testing.assert_allclose(by_rows(points), right, rtol=1e-14)


def test_without_numpy_it_is_pythons(ag: ModuleType) -> None:
    for f in (lambda x: 1.0 / x.data * x, lambda x: 2.0 % x.data * x, lambda x: x.data**-1 * x):
        fast = ag.compile(f)
        assert fast(2.0) == f(ag.Value(2.0)).data
        with pytest.raises(ZeroDivisionError):
            fast(0.0)
