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

import autograd
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


class Several(list[Any]):
    """A list with attributes."""


class ByName(dict[str, Any]):
    """A dict with attributes."""


def with_attribute(thing: Any, weight: Any) -> Any:
    thing.weight = weight
    return thing


class Computing(Plain):
    def compute(self, x: Any) -> Any:
        return self.weight * x


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
    "a method of an object": lambda w: Computing(w).compute,
    "a method of a module": lambda w: Holder(w).__call__,
    "a method in a partial": lambda w: functools.partial(Computing(w).compute, 1.0),
    "a method that is cached": lambda w: functools.lru_cache(Computing(w).compute),
    "a method that is compiled": lambda w: autograd.compile(Computing(w).compute),
    "an attribute of a list": lambda w: with_attribute(Several([1.0]), w),
    "an attribute of a dict": lambda w: with_attribute(ByName(a=1.0), w),
    "an attribute of a list of parameters": lambda w: with_attribute(Several([Value(3.0)]), w),
    "an attribute of a list in an object": lambda w: Plain(with_attribute(Several([1.0]), w)),
    "a UserList": lambda w: collections.UserList([w]),
    "a field of an array": lambda w: np.array([(w, 1.0)], dtype=[("weight", object), ("number", float)]),
    "a masked array": lambda w: np.ma.masked_array(np.array([w], dtype=object), mask=[True]),
}


@pytest.mark.parametrize("place", HIDDEN)
def test_a_parameter_that_is_not_found_is_named(place: str) -> None:
    model = Holder(HIDDEN[place](Value(2.0)))
    for ask in (model.parameters, model.named_parameters, model.state_dict, model.zero_grad):
        with pytest.raises(TypeError, match=r"^thing.* has parameters in a [\w-]+, where they are not found"):
            ask()
    with pytest.raises(TypeError, match="not found"):
        nn.fit(model, [[1.0]], [1.0], epochs=1)


@pytest.mark.parametrize("place", HIDDEN)
def test_one_that_is_found_elsewhere_too_is_no_fault(place: str) -> None:
    w = Value(2.0)
    thing = HIDDEN[place](w)
    if "module" in place:
        inner = thing.__self__ if "method" in place else thing.weight
        model = Holder([inner, thing])
    else:
        model = Holder([w, thing])
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


class InClass(nn.Module):
    weight = Value(2.0)


class Inherited(InClass):
    pass


class LayerInClass(nn.Module):
    layers = (nn.Layer(1, 1, rng=0), {"more": [Value(1.0)]})


class InSlots(nn.Module):
    __slots__ = ("weight",)

    def __init__(self) -> None:
        self.weight = Value(2.0)


class InSlotsOfABase(InSlots):
    pass


@pytest.mark.parametrize(
    ("kind", "where", "advice"),
    [
        (InClass, "its class", "set them in __init__"),
        (Inherited, "its class", "set them in __init__"),
        (LayerInClass, "its class", "set them in __init__"),
        (InSlots, "__slots__", "leave __slots__ out"),
        (InSlotsOfABase, "__slots__", "leave __slots__ out"),
    ],
)
def test_parameters_that_a_module_has_not_among_its_attributes(kind: type[nn.Module], where: str, advice: str) -> None:
    for model, name in ((kind(), kind.__name__), (Holder([kind()]), "thing.0")):
        for ask in (model.parameters, model.named_parameters, model.state_dict, model.zero_grad):
            with pytest.raises(TypeError, match=rf"^{name}.* has parameters in {where}, where .* not found .*: {advice}"):
                ask()


def test_what_a_class_may_have() -> None:
    """Parameters that each module sets anew, what is no parameter, and properties that give those of others."""

    class Model(nn.Module):
        __slots__ = ("number", "unset")
        weight: Any = Value(0.0)
        sizes: Any = (1, [2.0, "a"], {"b": None})
        table: Any = np.ones(3)

        def __init__(self) -> None:
            self.weight = Value(1.0)
            self.number = 3

        @property
        def twice(self) -> Any:
            return [self.weight]

        @staticmethod
        def static() -> None: ...

    assert [name for name, _ in Model().named_parameters()] == ["weight"]
    del (model := Model()).weight
    with pytest.raises(TypeError, match="its class"):
        model.parameters()


def test_methods_of_the_model_itself() -> None:
    model = Holder(Value(2.0))
    model.compute = autograd.compile(model.__call__)  # type: ignore[attr-defined]
    model.other = model.parameters  # type: ignore[attr-defined]
    assert len(model.parameters()) == 2
