"""A name of one's own that has something of a library today may have something else tomorrow: compiled functions notice."""

import functools
import math
from statistics import NormalDist
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import autograd
import nn

ACTIVATION: Any = None
MODEL: Any = None


def activated(x: Any) -> Any:
    return ACTIVATION(x)


def test_a_global_that_has_another_function_of_the_library(ag: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = ag.compile(activated)
    for function in (ag.tanh, ag.exp, ag.tanh, ag.exp):
        monkeypatch.setitem(globals(), "ACTIVATION", function)
        assert fast(0.5) == function(0.5)


def test_a_variable_around_and_attributes(ag: ModuleType) -> None:
    chosen, settings = ag.tanh, SimpleNamespace(activation=ag.tanh)

    def around(x: Any) -> Any:
        return chosen(x)

    fast, by_attribute = ag.compile(around), ag.compile(lambda x: settings.activation(x))
    for function in (ag.tanh, ag.exp, ag.sin):
        chosen = settings.activation = function
        assert fast(0.5) == by_attribute(0.5) == function(0.5)


def test_a_model_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """As somebody does who runs a cell again that makes the model, and not the one that compiles what it gives."""
    holder = SimpleNamespace(model=None)
    fast = autograd.compile(lambda x: MODEL([x, 1.0]))
    by_attribute = autograd.compile(lambda x: holder.model([x, 1.0]))
    for seed in range(3):
        model = nn.MLP(2, [3, 1], rng=seed)
        monkeypatch.setitem(globals(), "MODEL", model)
        holder.model = model
        assert fast(0.5) == by_attribute(0.5) == model([0.5, 1.0]).data


def test_a_method_of_another_object(ag: ModuleType) -> None:
    """It has the name of the method each time, and is another's."""
    zscore = NormalDist(0.0, 1.0).zscore
    fast = ag.compile(lambda x: x * zscore(3.0))
    assert fast(2.0) == 6.0
    zscore = NormalDist(1.0, 1.0).zscore
    assert fast(2.0) == 4.0


def test_a_part_of_a_model_made_anew() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            self.inner, self.activation = nn.MLP(1, [1], rng=0), autograd.tanh

        def __call__(self, x: Any) -> Any:
            return self.activation(self.inner([x]))

    net = Net()
    fast = autograd.compile(net)
    for seed, function in enumerate([autograd.tanh, autograd.sin, autograd.exp]):
        net.inner, net.activation = nn.MLP(1, [1], rng=seed), function
        assert fast(0.5) == net(0.5).data


def test_a_class_written_anew(ag: ModuleType) -> None:
    def settings(number: float) -> type:
        return type("Settings", (), {"rate": number})

    known = settings(2.0)
    fast = ag.compile(lambda x: x * known.rate)
    assert fast(3.0) == 6.0
    known = settings(5.0)
    assert fast(3.0) == 15.0


def test_a_wrapper_says_that_it_is_of_the_library_it_wraps(ag: ModuleType) -> None:
    """functools.wraps gives it the module of what it wraps: its numbers are those of the program all the same."""
    scale = [2.0]

    @functools.wraps(math.exp)
    def scaled(x: Any) -> Any:
        return ag.exp(x) * scale[0]

    for fast in (ag.compile(scaled), ag.compile(lambda x: scaled(x))):
        for k in (2.0, 3.0, 2.0):
            scale[0] = k
            assert fast.constants == {"scale": [k]}
            assert fast(0.0) == k


def test_a_wrapper_of_a_function_of_this_package() -> None:
    factor = [2.0]

    @functools.wraps(autograd.exp)
    def scaled(x: Any) -> Any:
        return autograd.exp(x) * factor[0]

    fast = autograd.compile(lambda x: scaled(x))
    for k in (2.0, 3.0):
        factor[0] = k
        assert fast(0.0) == k
