"""Calls of a compiled function: whatever it was called with before, a call gives what the first one would have given.

A compiled function remembers the kinds of arguments it was called with, and answers such calls natively.
"""

import math
from collections import OrderedDict
from collections.abc import Callable
from fractions import Fraction
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd


class Pair(NamedTuple):
    a: Any
    b: Any


class Numbers(list[Any]):
    """A list of the user's own."""


def outcome(f: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[str, str]:
    """What a call gives, in words, or its error."""
    try:
        return "gives", repr(f(*args, **kwargs))
    except Exception as problem:
        return type(problem).__name__, str(problem)


def product(x: Any) -> Any:
    return x[0] * x[1]


VECTORS: dict[str, Any] = {
    "list": [2.0, 3.0],
    "tuple": (2.0, 3.0),
    "array": np.array([2.0, 3.0]),
    "ints": [2, 3],
    "bools": [True, 3.0],
    "float64 scalars": [np.float64(2.0), 3.0],
    "float32 scalar": [np.float32(2.0), 3.0],
    "fractions": [Fraction(1, 2), 3.0],
    "longer": [2.0, 3.0, 4.0],
    "shorter": [2.0],
    "empty": [],
    "a number": 2.0,
    "an int": 2,
    "None": None,
    "text": "ab",
    "text inside": [2.0, "b"],
    "None inside": [None, 3.0],
    "complex inside": [2.0, 3j],
    "Value inside": [autograd.Value(2.0), 3.0],
    "nested": [[2.0], [3.0]],
    "dict": {0: 2.0, 1: 3.0},
    "ordered dict": OrderedDict({1: 2.0, 0: 3.0}),
    "named": Pair(2.0, 3.0),
    "own list": Numbers([2.0, 3.0]),
    "int array": np.array([2, 3]),
    "float32 array": np.array([2.0, 3.0], np.float32),
    "other byte order": np.array([2.0, 3.0], ">f8"),
    "column": np.array([[2.0], [3.0]]),
    "row": np.array([[2.0, 3.0]]),
    "0-d": np.array(2.0),
    "every other": np.arange(6.0)[::2],
    "backwards": np.arange(2.0)[::-1],
    "longer array": np.ones(5),
    "matrix": np.arange(4.0).reshape(2, 2),
    "Fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "objects": np.array([2.0, 3], object),
    "bool array": np.array([True, False]),
    "no rows": np.ones((2, 0)),
    "complex array": np.array([1j, 2]),
    "masked": np.ma.array([2.0, 3.0]),
    "cube": np.arange(8.0).reshape(2, 2, 2),
    "read-only": np.frombuffer(np.array([2.0, 3.0]).tobytes()),
    "NaN": [math.nan, 3.0],
}


@pytest.mark.parametrize("first", ["list", "tuple", "array", "ints", "matrix", "a number", "dict", "cube", "0-d"])
def test_a_call_after_another_one_gives_what_it_gives_alone(ag: ModuleType, first: str) -> None:
    """The value or the error; and the call that was remembered still does, after all of them."""

    def f(x: Any) -> Any:
        return product(x) if hasattr(x, "__len__") else x + 1.0

    fast = ag.compile(f)
    want_first = outcome(ag.compile(f), VECTORS[first])
    for _ in range(2):
        assert outcome(fast, VECTORS[first]) == want_first
    for name, x in VECTORS.items():
        for _ in range(2):
            assert outcome(fast, x) == outcome(ag.compile(f), x), name
        assert outcome(fast, VECTORS[first]) == want_first, f"after {name}"


ROWS: dict[str, tuple[Any, ...]] = {
    "as first": (1.0, np.ones((4, 2)), np.arange(4.0)),
    "more rows": (1.0, np.ones((9, 2)), np.arange(9.0)),
    "one row": (1.0, np.ones((1, 2)), np.ones(1)),
    "no rows": (1.0, np.ones((0, 2)), np.ones(0)),
    "rows that differ": (1.0, np.ones((4, 2)), np.ones(3)),
    "too few arguments": (1.0, np.ones((4, 2))),
    "too many arguments": (1.0, np.ones((4, 2)), np.ones(4), 1.0),
    "an int": (2, np.ones((4, 2)), np.ones(4)),
    "a list": ([1.0], np.ones((4, 2)), np.ones(4)),
    "a Value": (autograd.Value(1.0), np.ones((4, 2)), np.ones(4)),
    "every other row": (1.0, np.ones((8, 2))[::2], np.arange(8.0)[::2]),
    "turned": (1.0, np.arange(8.0).reshape(2, 4).T, np.ones(4)),
    "float32": (1.0, np.ones((4, 2), np.float32), np.ones(4)),
    "lists": (1.0, np.ones((4, 2)).tolist(), [0.0, 1.0, 2.0, 3.0]),
    "one column": (1.0, np.ones((4, 1)), np.ones(4)),
    "three columns": (1.0, np.ones((4, 3)), np.ones(4)),
    "no columns": (1.0, np.ones((4, 0)), np.ones(4)),
    "numbers for vectors": (1.0, np.ones(4), np.ones(4)),
    "vectors for numbers": (1.0, np.ones((4, 2)), np.ones((4, 1))),
    "matrices for vectors": (1.0, np.ones((4, 2, 2)), np.ones(4)),
    "one number": (1.0, np.ones((4, 2)), 2.0),
    "other branch": (-1.0, np.ones((4, 2)), np.arange(4.0)),
    "both branches": (1.0, np.ones((4, 2)), np.array([-3.0, 1.0, -3.0, 1.0])),
    "infinite": (1.0, np.full((4, 2), 1e308), np.full(4, 1e308)),
    "NaN": (math.nan, np.ones((4, 2)), np.arange(4.0)),
}


@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
def test_rows_after_other_rows_give_what_they_give_alone(ag: ModuleType, reduce: str | None) -> None:
    def f(w: Any, x: Any, y: Any) -> Any:
        z = w * x[0] + y
        return z * 2.0 if z > 0 else z

    def compiled() -> Any:
        return ag.compile(f, in_axes=(None, 0, 0), reduce=reduce)

    fast = compiled()
    for name, args in ROWS.items():
        want = outcome(compiled(), *args)
        for _ in range(3):
            assert outcome(fast, *args) == want, name
        assert outcome(fast, *ROWS["as first"]) == outcome(compiled(), *ROWS["as first"]), f"after {name}"


def test_more_kinds_of_arguments_than_are_remembered(ag: ModuleType) -> None:
    fast = ag.compile(lambda x: sum(x) * len(x))
    for _ in range(2):
        for count in range(1, 25):
            assert fast([0.5] * count) == 0.5 * count * count
            assert fast((0.25,) * count) == 0.25 * count * count


def test_results_are_made_anew_in_every_call(ag: ModuleType) -> None:
    fast = ag.compile(lambda x: {"array": x * 2, "list": [x[0], (x[1], [])], "pair": Pair(x[1], 3.0), "none": {}})
    x = np.array([1.0, 2.0])
    for _ in range(3):
        result = fast(x)
        assert result["array"].tolist() == [2.0, 4.0] and result["list"] == [1.0, (2.0, [])]
        assert result["pair"] == Pair(2.0, 3.0) and type(result["pair"]) is Pair and result["none"] == {}
        result["array"][0] = result["list"][0] = 100.0
        result["list"].append(1.0)
        result["more"] = 1
    same = ag.compile(lambda x: x)
    for _ in range(3):
        y = same(x)
        y[0] = 9.0
    assert x.tolist() == [1.0, 2.0]


def test_arrays_of_every_shape_in_and_out(ag: ModuleType) -> None:
    fast = ag.compile(lambda a: [a, a.T if a.ndim == 2 else a, a.sum()])
    for shape in [(), (1,), (3,), (0,), (2, 3), (3, 2), (1, 1), (2, 0), (2, 3, 4), (1, 6)]:
        a = np.arange(float(math.prod(shape))).reshape(shape)
        for order in "CFC":
            given = np.array(a, order=order)
            first, second, total = fast(given)
            assert np.array_equal(first, a) and np.array_equal(second, a.T if a.ndim == 2 else a) and total == a.sum()
            assert np.shape(first) == shape


def test_rows_of_every_shape_in_and_out(ag: ModuleType) -> None:
    for shape in [(), (1,), (3,), (0,), (2, 3), (2, 0), (2, 3, 2)]:
        rows = np.arange(5.0 * math.prod(shape)).reshape(5, *shape)
        fast = ag.compile(lambda a: {"same": a, "twice": a * 2.0, "constant": 7.0, "empty": []}, in_axes=0)
        for order in "CFC":
            result = fast(np.array(rows, order=order))
            assert np.array_equal(result["same"], rows) and np.array_equal(result["twice"], rows * 2.0)
            assert result["constant"].tolist() == [7.0] * 5 and result["empty"] == []
    total = ag.compile(lambda a: [a, 7.0], in_axes=0, reduce="sum")(np.ones((5, 0)))
    assert total[0].shape == (0,) and total[1] == 35.0
    assert ag.compile(lambda a: [], in_axes=0, reduce="mean")([1.0]) == []


def test_values_from_outside_are_read_anew_in_remembered_calls(ag: ModuleType) -> None:
    w, b = ag.Value(2.0), ag.Value(0.5)
    at_point = ag.compile(lambda x: w * x + b)
    rows = ag.compile(lambda s, x: w * x * s + b, in_axes=(None, 0))
    total = ag.compile(lambda s, x: w * x * s + b, in_axes=(None, 0), reduce="sum")
    xs = np.array([1.0, 2.0, 3.0])
    for k in range(5):
        w.data, b.data = float(k), 0.25 * k
        assert at_point(3.0) == 3.0 * k + 0.25 * k
        assert rows(2.0, xs).tolist() == [2.0 * k * x + 0.25 * k for x in (1.0, 2.0, 3.0)]
        assert total(2.0, xs) == 12.0 * k + 0.75 * k


def test_values_from_outside_of_a_function_within(ag: ModuleType) -> None:
    """A compiled function that is called with numbers inside another one: the outer one sees its parameters change."""
    w = ag.Value(2.0)
    for calls_before in (0, 2):
        inner = ag.compile(lambda x: w * x)
        by_rows = ag.compile(lambda x: w * x, in_axes=0, reduce="sum")
        for _ in range(calls_before):
            inner(3.0)
            by_rows(np.ones(3))
        outer = ag.compile(lambda x, inner=inner, by_rows=by_rows: inner(3.0) * x + by_rows(np.ones(3)))
        for number in (2.0, 5.0, -1.0, 5.0):
            w.data = number
            assert outer(10.0) == 33.0 * number


def test_a_remembered_call_with_keywords_goes_the_long_way(ag: ModuleType) -> None:
    fast = ag.compile(lambda x, k=2: x * k)
    for _ in range(2):
        assert (fast(3.0), fast(3.0, k=5), fast(3.0, k=2)) == (6.0, 15.0, 6.0)


def test_arguments_that_change_while_they_are_read_do_no_harm(ag: ModuleType) -> None:
    """A list that is longer or shorter in the next call."""
    fast = ag.compile(lambda x: sum(x))
    xs = [1.0, 2.0, 3.0]
    for count in (3, 4, 5, 4, 3, 2, 1, 9):
        xs = [*xs, *[1.0] * 10][:count]
        assert fast(xs) == sum(xs) == fast(xs)
