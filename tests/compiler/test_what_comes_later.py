"""What a compiled function has from outside may come to be there later, or be found by way of other classes and texts."""

import functools
import operator
import os
import threading
import types
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

Changing = tuple[Callable[[Any], Any], Callable[[], Any]]
"""A function, and what changes something that it has from outside."""


def a_method_of_one_object() -> Changing:
    class Scale:
        def by(self, x: Any) -> Any:
            return x * 2.0

    scale = Scale()
    return lambda x: scale.by(x), lambda: setattr(scale, "by", lambda x: x * 9.0)


def an_attribute_of_a_metaclass() -> Changing:
    class Kind(type):
        rate = 2.0

    class Thing(metaclass=Kind):
        pass

    return lambda x: x * Thing.rate, lambda: setattr(Kind, "rate", 9.0)


def an_attribute_that_super_finds() -> Changing:
    class Base:
        rate = 2.0

        def by(self, x: Any) -> Any:
            return x * self.rate

    class Thing(Base):
        def by(self, x: Any) -> Any:
            return super().by(x)

    thing = Thing()
    return lambda x: thing.by(x), lambda: setattr(Base, "rate", 9.0)


def a_method_that_super_finds() -> Changing:
    class Base:
        def by(self, x: Any) -> Any:
            return x * 2.0

    class Thing(Base):
        def by(self, x: Any) -> Any:
            return super().by(x)

    thing = Thing()
    return lambda x: thing.by(x), lambda: setattr(Base, "by", lambda self, x: x * 9.0)


def an_attribute_of_a_list() -> Changing:
    class Row(list):  # type: ignore[type-arg]
        rate = 0.0

    row = Row([1.0])
    row.rate = 2.0
    return lambda x: x * row.rate, lambda: setattr(row, "rate", 9.0)


def an_attribute_of_a_dict() -> Changing:
    class Table(dict):  # type: ignore[type-arg]
        rate = 0.0

    table = Table()
    return lambda x: x * table.rate, lambda: setattr(table, "rate", 9.0)


def an_attribute_of_a_thread() -> Changing:
    here = threading.local()
    here.rate = 2.0
    return lambda x: x * here.rate, lambda: setattr(here, "rate", 9.0)


def what_an_attrgetter_gets() -> Changing:
    thing = types.SimpleNamespace(inner=types.SimpleNamespace(rate=2.0))
    get = operator.attrgetter("inner.rate")
    return lambda x: x * get(thing), lambda: setattr(thing.inner, "rate", 9.0)


def what_hasattr_asks_for() -> Changing:
    thing = types.SimpleNamespace()
    return lambda x: x * (9.0 if hasattr(thing, "steep") else 2.0), lambda: setattr(thing, "steep", True)


def what_getattr_has_a_default_for() -> Changing:
    thing = types.SimpleNamespace()
    return lambda x: x * getattr(thing, "rate", 2.0), lambda: setattr(thing, "rate", 9.0)


def an_overload_of_singledispatch() -> Changing:
    @functools.singledispatch
    def scaled(x: Any) -> Any:
        return x * 2.0

    return lambda x: scaled(x), lambda: scaled.register(object, lambda x: x * 9.0)


def the_environment() -> Changing:
    os.environ["RATE_OF_A_TEST"] = "2.0"
    return lambda x: x * float(os.environ["RATE_OF_A_TEST"]), lambda: os.environ.__setitem__("RATE_OF_A_TEST", "9.0")


WAYS = [
    a_method_of_one_object,
    an_attribute_of_a_metaclass,
    an_attribute_that_super_finds,
    a_method_that_super_finds,
    an_attribute_of_a_list,
    an_attribute_of_a_dict,
    an_attribute_of_a_thread,
    what_an_attrgetter_gets,
    what_hasattr_asks_for,
    what_getattr_has_a_default_for,
    an_overload_of_singledispatch,
    the_environment,
]


@pytest.mark.parametrize("make", WAYS)
def test_it_is_noticed(ag: ModuleType, make: Callable[[], Changing], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATE_OF_A_TEST", "1.0")
    f, change = make()
    fast, slope, by_rows = ag.compile(f), ag.compile(ag.grad(f)), ag.compile(f, in_axes=0)
    for then in (lambda: None, change):
        then()
        right = f(ag.Value(1.5)).data
        assert [fast(1.5), fast(1.5), by_rows([1.5])[0], slope(1.5) * 1.5] == [right] * 4
    assert right == 13.5
    assert len(fast.programs) == 1
