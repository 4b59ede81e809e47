"""Answers that are objects while a function is recorded, and functions that can tell: by `is`, `case True` and `type()`."""

from collections.abc import Callable
from typing import Any

import pytest

import autograd
from autograd import Value


def by_is(x: Any) -> Any:
    return x[0] * 2 if (x[0] > 0.4) is True else x[1] * 3


def by_is_not(x: Any) -> Any:
    return x[0] * 2 if (x[0] > 0.4) is not False else x[1] * 3


def by_case(x: Any) -> Any:
    match x[0] > 0.4, x[1] > 0:
        case True, True:
            return x[0] * x[1]
        case True, False:
            return x[0]
        case _:
            return x[2]


def by_is_after_asking(x: Any) -> Any:
    c = x[0] > 0.4
    y = x[1] if c else x[2]
    return y if c is True else y * 5


def by_type(x: Any) -> Any:
    return x[0] if type(x[0] > 0.4) is bool else x[1]


def by_assertion(x: Any) -> Any:
    positive = x[0] > 0
    assert positive is True or positive is False
    return x[0] * x[1]


def by_type_of_data(x: Any) -> Any:
    return x[0] if type(x[0].data) is float else x[1]


def in_a_loop(x: Any) -> Any:
    def step(total: Any, t: Any) -> Any:
        return total + (t if (total > 0.8) is True else 2 * t), None

    return autograd.scan(step, x[0], x)[0]


FUNCTIONS = [by_is, by_is_not, by_case, by_is_after_asking, by_type, by_assertion, by_type_of_data, in_a_loop]
POINTS = [[0.5, 0.2, 0.9], [0.5, -0.2, 0.9], [0.1, 0.2, 0.9], [-0.3, 0.7, 0.9], [0.45, 1.2, -0.5]]


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_compiled_is_what_the_function_gives(f: Callable[[Any], Any]) -> None:
    eager = autograd.value_and_grad(f)
    compiled = autograd.compile(eager)
    for point in POINTS:
        assert compiled(point) == eager(point)
    of_rows = autograd.compile(f, in_axes=0)(POINTS)
    assert list(of_rows) == [f([Value(t) for t in point]).data for point in POINTS]


@pytest.mark.parametrize("f", [by_is, by_case, by_is_after_asking], ids=lambda f: f.__name__)
def test_explored_is_what_the_function_gives(f: Callable[[Any], Any]) -> None:
    for point in POINTS:
        explored = autograd.explore(f, point)
        assert explored.outputs[0].data == f([Value(t) for t in point]).data
        assert len({tuple(other.outcomes) for other in explored.recordings}) == len(explored.recordings) > 1


def test_a_comparison_that_chooses_costs_no_branch() -> None:
    """Where no one can tell, choices are made by nodes: one program for all numbers."""

    def f(x: Any) -> Any:
        return autograd.where(x[0] > 0.4, x[1], x[2]) + max(x) + max(x[1], x[1])  # the last chooses, of one and the same

    compiled = autograd.compile(f)
    assert [compiled(point) for point in POINTS] == [f([Value(t) for t in point]).data for point in POINTS]
    assert len(compiled.programs) == 1


def test_an_error_of_the_function_is_its_own() -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(x)
        if x > 0:
            raise KeyError("mine")
        return x

    with pytest.raises(KeyError, match="mine"):
        autograd.compile(f)(1.0)
    assert len(calls) == 1
    with pytest.raises(KeyError, match="mine"):
        autograd.explore(f, 1.0)
    assert len(calls) == 2
