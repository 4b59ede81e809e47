"""A function with **others may read in which order arguments were given by name: a compiled one gives what it gives."""

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest


def first(**others: Any) -> Any:
    return next(iter(others.values())) * 10.0 + [*others.values()][-1]


def beside_a_number(x: Any, *, rate: Any = 1.0, **others: Any) -> Any:
    return x * rate + first(**others)


@functools.wraps(first)
def wrapped(**others: Any) -> Any:
    return first(**others)


def decorated(f: Callable[..., Any]) -> Callable[..., Any]:
    return functools.wraps(f)(lambda *args, **others: f(*args, **others))


class Called:
    def __call__(self, x: Any, **others: Any) -> Any:
        return first(**others) * x


ORDERS = [{"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}, {"a": 3.0, "b": 2.0}, {"b": 5.0, "a": 1.0}]


@pytest.mark.parametrize(
    "f", [beside_a_number, Called(), functools.partial(beside_a_number, rate=3.0)], ids=["f", "object", "partial"]
)
def test_the_order_is_that_of_the_call(ag: ModuleType, f: Any) -> None:
    fast, slope = ag.compile(f), ag.compile(ag.value_and_grad(f))
    for _ in range(3):
        for others in ORDERS:
            assert fast(2.0, **others) == f(2.0, **others)
            assert slope(2.0, **others) == ag.value_and_grad(f)(2.0, **others)
    assert len(fast.programs) == 2


def test_over_rows_and_of_names_alone(ag: ModuleType) -> None:
    for f in (first, wrapped, decorated(first)):
        fast, rows = ag.compile(f), ag.compile(f, in_axes={"a": 0, "b": 0})
        for others in ORDERS * 2:
            assert fast(**others) == first(**others)
            assert rows(**{name: [x, 7.0] for name, x in others.items()})[0] == first(**others)


def test_a_branch_for_each_order_and_many_ways(ag: ModuleType) -> None:
    def f(x: Any, **others: Any) -> Any:
        for k in range(4):
            x = x * 1.5 if x > float(k) else x + first(**others)
        return x

    fast = ag.compile(f)
    for _ in range(20):
        for x in (-3.0, 0.5, 1.5, 2.5, 9.0):
            for others in ORDERS:
                assert fast(x, **others) == f(x, **others)


def test_where_no_one_can_read_it_there_is_one_program(ag: ModuleType) -> None:
    def f(*, a: Any, b: Any) -> Any:
        return a * 10.0 + b

    for g in (f, ag.grad(lambda a, b=1.0, c=1.0: a * a * b * c)):
        fast = ag.compile(g)
        given = [{"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}] if g is f else [{"b": 2.0, "c": 3.0}, {"c": 3.0, "b": 2.0}]
        for others in given * 2:
            assert fast(*([] if g is f else [1.0]), **others) == 12.0
        assert len(fast.programs) == 1
