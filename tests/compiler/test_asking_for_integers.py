"""A compiled function that asks whether a number is an integer is given integers as they are: of a Value nobody could say."""

from collections.abc import Callable
from numbers import Integral
from types import ModuleType
from typing import Any

import numpy as np
import pytest


def by_its_class(x: Any, n: Any) -> Any:
    return x * 2.0 if isinstance(n, int) else x * 3.0


def one_of(x: Any, n: Any) -> Any:
    return x * n if isinstance(n, (bool, int, np.integer)) else x / n


def abstract(x: Any, n: Any) -> Any:
    return x * 2.0 if isinstance(n, Integral) else x * 3.0


def by_type(x: Any, n: Any) -> Any:
    return x * 2.0 if type(n) is int else x * 3.0


def by_match(x: Any, n: Any) -> Any:
    match n:
        case int(k) if k > 3:
            return x * k
        case int():
            return x - n
        case _:
            return x * 5.0


def in_a_helper(x: Any, n: Any) -> Any:
    def times(k: Any) -> Any:
        return x**k if isinstance(k, int) else (k * x.log()).exp()

    return times(n)


FUNCTIONS: list[Callable[..., Any]] = [by_its_class, one_of, abstract, by_type, by_match, in_a_helper]


@pytest.mark.parametrize("f", FUNCTIONS)
def test_it_is_one(ag: ModuleType, f: Callable[..., Any]) -> None:
    fast, by_name = ag.compile(f), ag.compile(f)
    slope = ag.compile(ag.grad(f))
    for n in (3, 2.5, 4, 7, 3, 0.5):
        right = f(ag.Value(1.5), n if isinstance(n, int) else ag.Value(n))
        assert fast(1.5, n) == by_name(1.5, n=n) == right.data
        assert slope(1.5, n) == pytest.approx(ag.grad(f)(1.5, n), rel=1e-14)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_what_all_rows_share(ag: ModuleType, f: Callable[..., Any]) -> None:
    fast = ag.compile(f, in_axes=(0, None))
    for n in (3, 4, 2.5):
        right = [f(ag.Value(x), n if isinstance(n, int) else ag.Value(n)).data for x in (0.5, 1.5)]
        assert fast([0.5, 1.5], n).tolist() == pytest.approx(right, rel=1e-14)


def test_a_question_for_any_number_is_no_question_for_integers(ag: ModuleType) -> None:
    """What makes Values of numbers, as people write it, is one program for all integers; so is what converts them."""

    def f(x: Any) -> Any:
        x = ag.Value(x) if isinstance(x, (int, float)) else x
        return x * x

    def g(x: Any, k: Any) -> Any:
        return x * (k if isinstance(k, list) else [k])[0]

    for function, more in ((f, ()), (g, (2.0,))):
        fast = ag.compile(function)
        assert [fast(n, *more) for n in range(20)] == [function(ag.Value(n), *more).data for n in range(20)]
        assert len(fast.programs) == 1
