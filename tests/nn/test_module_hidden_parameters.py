"""A parameter is found, or its place is named: no model trains without its parameters, and nobody is told nothing."""

import argparse
import collections
import functools
import logging
import threading
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pytest

import nn
from autograd import Value


@dataclass
class Settings:
    weight: Any
    more: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Frozen:
    weight: Any


class Plain:
    def __init__(self, weight: Any) -> None:
        self.weight = weight


class Slots:
    __slots__ = ("__hidden", "never_set")

    def __init__(self, weight: Any) -> None:
        self.__hidden = weight


class MoreSlots(Slots):
    __slots__ = ("other",)


class Named(NamedTuple):
    weight: Any
    number: int = 1


class Holder(nn.Module):
    def __init__(self, thing: Any) -> None:
        self.first = Value(1.0)
        self.thing = thing

    def __call__(self, x: Any) -> Any:
        return self.first * x[0]


HIDDEN: dict[str, Callable[[Any], Any]] = {
    "a dataclass": Settings,
    "a frozen dataclass with slots": Frozen,
    "a list in a dataclass": lambda w: Settings(None, [1.0, [w]]),
    "an object": Plain,
    "slots": Slots,
    "slots of a base": MoreSlots,
    "an object in an object": lambda w: Plain(Settings(Slots(w))),
    "a namespace": lambda w: types.SimpleNamespace(w=w),
    "a namespace of argparse": lambda w: argparse.Namespace(w=w),
    "a partial": lambda w: functools.partial(max, w),
    "keywords of a partial": lambda w: functools.partial(max, key=w),
    "an object in a list": lambda w: [Plain(w)],
    "an object in a dict": lambda w: {"a": {"b": (Plain(w),)}},
    "an object in a namedtuple": lambda w: Named(Plain(w)),
    "a list in a deque": lambda w: collections.deque([[w]]),
    "an object in an array": lambda w: np.array([Plain(w)], dtype=object),
    "an array in an object": lambda w: Plain(np.array([[w]], dtype=object)),
    "a set in an object": lambda w: Plain({w}),
    "a key of a dict": lambda w: {w: 1.0},
    "a key of a dict in an object": lambda w: Plain({w: 1.0}),
    "a module in an object": lambda w: Plain(Holder(w)),
}


@pytest.mark.parametrize("place", HIDDEN)
def test_a_parameter_that_is_not_found_is_named(place: str) -> None:
    model = Holder(HIDDEN[place](Value(2.0)))
    for ask in (model.parameters, model.named_parameters, model.state_dict, model.zero_grad):
        with pytest.raises(TypeError, match=r"^thing.* has parameters in a \w+, where they are not found"):
            ask()
    with pytest.raises(TypeError, match="not found"):
        nn.fit(model, [[1.0]], [1.0], epochs=1)


@pytest.mark.parametrize("place", HIDDEN)
def test_one_that_is_found_elsewhere_too_is_no_fault(place: str) -> None:
    w = Value(2.0)
    model = Holder([w, HIDDEN[place](w)]) if "module" not in place else Holder([(inner := Holder(w)), Plain(inner)])
    assert any(p is w for p in model.parameters())
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    model.optimizer = optimizer  # type: ignore[attr-defined]
    assert any(p is w for p in model.parameters())


def test_what_is_no_parameter_is_no_fault() -> None:
    nodes = Value(1.0) * 2.0
    plain = [Settings(3.0, ["a", 1.0]), Plain(nodes), Plain(None), Plain(np.ones((2, 2))), Slots(1.0), Plain, object()]
    others = [logging.getLogger("any"), threading.Lock(), np.ones(3), types, lambda: Value(1.0), range(3), open, nn, iter([1])]
    for thing in [*plain, *others, functools.partial(max, 1.0)]:
        assert len(Holder(thing).parameters()) == 1


def test_namedtuples_are_looked_in() -> None:
    assert [name for name, _ in Holder(Named(Value(2.0))).named_parameters()] == ["first", "thing.0"]


def test_what_refers_back_to_itself() -> None:
    one, other = Plain(None), Plain([])
    one.weight, other.weight = [other, one], {"one": one}
    model = Holder(one)
    other.weight["model"] = model
    assert len(model.parameters()) == 1
    other.weight["hidden"] = Value(1.0)
    with pytest.raises(TypeError, match="'hidden'"):
        model.parameters()


def test_deep_and_wide_things_are_searched_without_recursion() -> None:
    chain: Any = None
    for _ in range(20_000):
        chain = Plain(chain)
    assert len(Holder(chain).parameters()) == 1
    rows = [[float(i), 1.0, "a"] for i in range(20_000)]
    assert len(Holder(Plain(rows)).parameters()) == 1 and len(Holder(rows).parameters()) == 1
