"""Compiled functions that ask whether a number is an integer, or True, are given such as they are: no Value could say it."""

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


def which(b: Any) -> float:
    match b:
        case True:
            return 2.0
        case False:
            return 3.0
    return 5.0


SWITCHES: list[Callable[..., Any]] = [
    lambda x, b: x * (2.0 if b is True else 3.0),
    lambda x, b: x * (2.0 if isinstance(b, bool) else 3.0),
    lambda x, b: x * (2.0 if type(b) is bool else 3.0),
    lambda x, b: x * which(b),
]


@pytest.mark.parametrize("f", SWITCHES)
def test_it_is_true(ag: ModuleType, f: Callable[..., Any]) -> None:
    fast, inside = ag.compile(f), ag.compile(lambda x, t: f(x, t["b"][0]))
    for b in (True, 1, False, 0, 1.0, True):
        right = f(ag.Value(1.5), b if isinstance(b, bool) else ag.Value(b)).data
        assert fast(1.5, b) == inside(1.5, {"b": (b,)}) == right


def test_where_only_truth_is_asked_for_integers_are_numbers(ag: ModuleType) -> None:
    fast = ag.compile(lambda x, b, n: x * n if b is True else x - n)
    assert [fast(1.5, True, n) for n in range(9)] == [1.5 * n for n in range(9)]
    assert len(fast.programs) == 1
