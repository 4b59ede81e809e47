"""compile(): what a function finds outside are constants as long as they stay, and random numbers are not drawn in it."""

import random
import threading
import warnings
from collections.abc import Callable
from fractions import Fraction
from random import gauss
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
import pytest

import autograd
import nn
from autograd.compiler.surroundings import Constants

RATE = 2.0
TABLE = np.array([1.0, 2.0, 3.0])


class Settings:
    momentum = 0.5

    def __init__(self) -> None:
        self.rate = 3.0
        self.unused = 7.0

    def scaled(self, x: Any) -> Any:
        return x * self.rate * Settings.momentum


def by_global(x: Any) -> Any:
    return x * RATE * TABLE[1]


def test_what_is_found_is_listed_by_name(ag: ModuleType) -> None:
    weights, nested = (2.0, 3.0), {"a": [1.0, (2, Fraction(1, 2))], "b": 4.0}
    settings, plain = Settings(), {"lr": 0.1, "name": "n"}

    def f(x: Any, power: float = 2.0, *, shift: int = 1) -> Any:
        return settings.scaled(by_global(x)) ** power + weights[0] * nested["b"] + plain["lr"] + shift

    want = {"power": 2.0, "shift": 1, "RATE": RATE, "TABLE": TABLE, "weights": weights, "nested": nested, "plain['lr']": 0.1}
    want |= {"settings.rate": 3.0, "settings.momentum": 0.5, "Settings.momentum": 0.5}
    for compiled in (ag.compile(f), ag.compile(ag.grad(f)), ag.grad(ag.compile(f))):
        assert compiled.constants == want
        compiled(1.0)
        assert compiled.constants == want
    assert ag.compile(settings.scaled).constants == {"self.rate": 3.0, "self.momentum": 0.5, "Settings.momentum": 0.5}
    assert ag.compile(lambda x: x * ag.exp(x) + np.exp(x)).constants == {}


def change_rate(k: float) -> None:
    global RATE
    RATE = k


class Watched:
    """A function, and ways to change what it has from outside."""

    def __init__(self) -> None:
        self.array = np.array([[1.0, 2.0], [3.0, 4.0]])
        self.numbers = [1.0, [2.0, {"a": 3.0}]]
        self.settings = Settings()
        self.scale = 1.5
        self.steps: list[Callable[[Any], Any]] = [lambda x: x * 2.0]

    def f(self, x: Any) -> Any:
        inner: Any = self.numbers[1]
        total = x * self.array[1, 0] + x * x * self.numbers[0] + inner[0] * inner[1]["a"] * self.scale
        for step in self.steps:
            total = step(total)
        return self.settings.scaled(total) + by_global(x)

    def changes(self) -> dict[str, Callable[[], Any]]:
        inner: Any = self.numbers[1]
        return {
            "a number of an array": lambda: self.array.__setitem__((1, 0), 9.0),
            "another array": lambda: setattr(self, "array", self.array + 1.0),
            "a view of it": lambda: self.array[1:].fill(-3.0),
            "its shape": lambda: setattr(self, "array", self.array.T.copy()),
            "a number of a list": lambda: self.numbers.__setitem__(0, 5.0),
            "the sign of zero": lambda: (self.numbers.__setitem__(0, 0.0), self.numbers.__setitem__(0, -0.0)),
            "a number deep inside": lambda: inner[1].update(a=-2.0),
            "an attribute": lambda: setattr(self, "scale", 2.5),
            "an attribute of an attribute": lambda: setattr(self.settings, "rate", -1.0),
            "another object": lambda: setattr(self, "settings", Settings()),
            "another function": lambda: self.steps.append(lambda x: x + 1.0),
            "a global": lambda: change_rate(RATE + 1.0),
        }


@pytest.mark.parametrize("rows", [False, True], ids=["point", "rows"])
@pytest.mark.parametrize("change", Watched().changes())
def test_a_change_is_noticed_by_the_next_call(ag: ModuleType, change: str, rows: bool) -> None:
    watched = Watched()
    axes = 0 if rows else None
    for f in (watched.f, ag.derivative(watched.f), ag.derivative(watched.f, order=2)):
        fast = ag.compile(f, in_axes=axes)
        for _ in range(3):
            fast([1.0, 2.0] if rows else 2.0)
        watched.changes()[change]()
        for _ in range(2):
            want = watched.f(ag.Value(2.0)).data if f == watched.f else f(2.0)
            assert (fast([1.0, 2.0])[1] if rows else fast(2.0)) == want
        assert len(fast.programs) == 1


def test_what_the_function_itself_changes_is_no_reason(ag: ModuleType) -> None:
    calls: list[float] = []
    counter = SimpleNamespace(calls=0)

    def f(x: Any) -> Any:
        calls.append(1.0)
        counter.calls += 1
        return x * 2.0

    fast = ag.compile(f)
    assert [fast(float(k)) for k in range(5)] == [2.0 * k for k in range(5)]
    assert len(calls) == counter.calls == 1


def test_constants_that_change_all_the_time_are_told_of_once(ag: ModuleType) -> None:
    step = 0.0
    fast = ag.compile(lambda x: x * step)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for _ in range(100):
            step += 1.0
            assert fast(2.0) == 2.0 * step
    assert len(said) == 1 and "give what changes as an argument" in str(said[0].message)


def test_what_was_deleted_is_noticed(ag: ModuleType) -> None:
    space: dict[str, Any] = {"k": 2.0}
    exec("def f(x):\n    return x * k", space)  # a module of its own
    fast = ag.compile(space["f"])
    assert fast(1.0) == 2.0
    del space["k"]
    with pytest.raises(NameError):
        fast(1.0)
    space["k"] = 3.0
    assert fast(1.0) == 3.0


def test_parameters_in_other_places(ag: ModuleType) -> None:
    layers = [ag.Value(1.0), ag.Value(2.0)]
    fast = ag.compile(lambda x: x * sum(layers))
    assert fast(1.0) == 3.0
    layers[0] = ag.Value(5.0)
    assert fast(1.0) == 7.0
    layers.append(ag.Value(1.0))
    assert fast(1.0) == 8.0


def test_a_thing_that_holds_itself(ag: ModuleType) -> None:
    loop: list[Any] = [1.0]
    loop.append(loop)
    assert ag.compile(lambda x: x * loop[0])(2.0) == 2.0


# ------------------------------------------------------------------------------------------------ random numbers

own, generator, old = random.Random(1), np.random.default_rng(1), np.random.RandomState(1)
holder = {"rng": [random.Random(2)]}


network = nn.Sequential(nn.Dropout(0.5))


class Noisy:
    def __init__(self) -> None:
        self.rng = np.random.default_rng(3)

    def __call__(self, x: Any) -> Any:
        return x + self.rng.normal()


def helped(x: Any) -> Any:
    return x * random.uniform(0.5, 1.0)


DRAWING: dict[str, Callable[[Any], Any]] = {
    "random.random": lambda x: x * random.random(),
    "a function of random": lambda x: x * gauss(0.0, 1.0),
    "shuffle": lambda x: (lambda xs: random.shuffle(xs) or xs[0] * x)([1.0, 2.0]),
    "choice": lambda x: x * random.choice([1.0, 2.0]),
    "in a helper": helped,
    "a Random": lambda x: x * own.random(),
    "a Random somewhere": lambda x: x * holder["rng"][0].random(),
    "a default": lambda x, rng=own: x * rng.random(),
    "NumPy's": lambda x: x * np.random.rand(),
    "NumPy's normal": lambda x: x * np.random.normal(),
    "a Generator": lambda x: x * generator.normal(),
    "a RandomState": lambda x: x * old.rand(),
    "an attribute": Noisy(),
    "dropout": nn.Dropout(0.5),
    "dropout in a model": lambda x: network([x])[0],
}


@pytest.mark.parametrize("name", DRAWING)
def test_drawing_random_numbers_is_refused(name: str) -> None:
    import autograd as ag

    random.seed(1)
    f = DRAWING[name]
    for g in (f, ag.derivative(f)):
        for axes, x in ((None, 1.0), (0, [1.0, 2.0])):
            fast = ag.compile(g, in_axes=axes)
            for _ in range(2):
                with pytest.raises(TypeError, match=r"draws random numbers.*give them as an argument"):
                    fast(x)


def test_generators_that_are_not_drawn_from(ag: ModuleType) -> None:
    model = nn.Sequential(nn.Dropout(0.5)).eval()
    assert ag.compile(lambda x: x * 2.0 if own is not generator else x)(1.0) == 2.0
    assert ag.compile(lambda x: x * random.Random(3).random())(1.0) == random.Random(3).random()  # the same at each call
    assert ag.compile(lambda x, *, rng: x)(1.0, rng=own) == 1.0
    with pytest.raises(TypeError, match="from rng"):
        ag.compile(lambda x, *, rng: x * rng.random())(1.0, rng=own)
    import autograd

    assert autograd.compile(lambda x: model([x])[0])(3.0) == 3.0


def test_another_thread_may_draw(ag: ModuleType) -> None:
    """Then the function is recorded again, until nobody has drawn meanwhile."""
    turns = [threading.Event() for _ in range(4)]

    def draw() -> None:
        for begun, done in (turns[:2], turns[2:]):
            begun.wait(10.0)
            random.random()
            done.set()

    def f(x: Any) -> Any:
        waiting = [turn for turn in turns if not turn.is_set()]
        for turn in waiting[:2]:
            turn.set() if turn in (turns[0], turns[2]) else turn.wait(10.0)
        return x * 2.0 if random is not None else x

    thread = threading.Thread(target=draw)
    thread.start()
    assert ag.compile(f)(1.0) == 2.0 and all(turn.is_set() for turn in turns)
    thread.join()


def test_what_is_met_first_where_no_code_names_it(ag: ModuleType) -> None:
    table = np.array([1.0, 2.0])
    hidden = SimpleNamespace(kept=table)

    def looked_up(x: Any) -> Any:
        return x * table[1]

    def deeper(x: Any) -> Any:
        return looked_up(x)

    fast = ag.compile(lambda x, hidden=hidden: deeper(x))
    assert fast(1.0) == 2.0
    table[1] = 5.0
    assert fast(1.0) == 5.0


@pytest.mark.parametrize("pretended", ["spec", "class"])
def test_what_says_that_it_is_a_function_and_is_none(ag: ModuleType, pretended: str) -> None:
    """A mock of a function says so, as does anything whose `__class__` is another: neither has the memory of a function."""

    def square(x: Any) -> Any:
        return x * x

    class Pretender:
        __class__ = type(square)  # type: ignore[assignment]

        def __call__(self, x: Any) -> Any:
            return x * x

    helper = mock.Mock(spec=square, side_effect=square) if pretended == "spec" else Pretender()
    assert isinstance(helper, type(square)) and type(helper) is not type(square)
    assert ag.compile(helper)(3.0) == 9.0
    fast = ag.compile(lambda x: helper(x) + 1.0)
    assert [fast(x) for x in (2.0, 3.0, 3.0)] == [5.0, 10.0, 10.0]


@pytest.mark.parametrize("name", ["exp", "tanh", "logsumexp", "softmax", "dot", "where", "hypot"])
def test_functions_of_the_package_are_not_watched(name: str) -> None:
    """Compiled by Cython they are objects with a class, attributes and methods: each call would look at all of these again."""
    assert not Constants(getattr(autograd, name)).watched.may_change()
