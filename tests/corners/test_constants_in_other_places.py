"""compile(): numbers that a function has from outside, wherever they may stand, are noticed when they change."""

import array
import collections
import contextlib
import contextvars
import ctypes
import dataclasses
import functools
import operator
import sys
import types
import warnings
import weakref
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autograd
import nn

Case = tuple[Callable[[Any], Any], Callable[[], Any]]
"""A function of x, and what changes a number that it has from outside, from 2 to 5."""


class Plain:
    """Attributes: of the object, of its class, and of the class that this inherits from."""

    of_class = 2.0

    def __init__(self, k: Any = 2.0) -> None:
        self.k = k


class Heir(Plain):
    @property
    def rate(self) -> Any:
        return self.k

    @classmethod
    def by_class(cls, x: Any) -> Any:
        return x * cls.of_class

    @staticmethod
    def by_static(x: Any) -> Any:
        return x * BOX[0]

    def __getitem__(self, key: str) -> Any:
        return vars(self)["k"] if key == "odd" else self.k

    def __rmul__(self, x: Any) -> Any:
        return x * self.k


class Slotted:
    __slots__ = ("k", "more")

    def __init__(self) -> None:
        self.k = 2.0


@dataclasses.dataclass(slots=True)
class SlottedData:
    k: float = 2.0


class Hostile:
    """Asked for what it has not, it raises no AttributeError."""

    def __init__(self) -> None:
        self.k = 2.0

    def __getattr__(self, name: str) -> Any:
        raise KeyError(name)


class Wrapper:
    """What a decorator may make."""

    def __init__(self, f: Callable[[Any], Any], scale: Callable[[], Any]) -> None:
        functools.update_wrapper(self, f)
        self._f, self._scale = f, scale

    def __call__(self, x: Any) -> Any:
        return self._f(x) * self._scale()


BOX = [2.0]
VARIABLE: contextvars.ContextVar[float] = contextvars.ContextVar("VARIABLE")


@pytest.fixture(autouse=True)
def as_they_were() -> Iterator[None]:
    BOX[:] = [2.0]
    VARIABLE.set(2.0)
    vars(THING).update(k=2.0, k1=2.0)
    globals().update(NUMBER_1=2.0)
    Plain.of_class = 2.0
    vars(Heir).get("of_class") is None or delattr(Heir, "of_class")
    module = ModuleType("imported_inside")
    module.k = 2.0  # type: ignore[attr-defined]
    sys.modules["imported_inside"] = module
    yield
    del sys.modules["imported_inside"]


def swapped(f: Callable[..., Any], other: Callable[..., Any]) -> Callable[[], None]:
    """What a reloaded module does to a function."""

    def swap() -> None:
        f.__code__ = other.__code__  # type: ignore[attr-defined]

    return swap


def slots() -> Case:
    thing = Slotted()
    return lambda x: x * thing.k, lambda: setattr(thing, "k", 5.0)


def slots_of_a_dataclass() -> Case:
    thing = SlottedData()
    return lambda x: x * thing.k, lambda: setattr(thing, "k", 5.0)


def property_() -> Case:
    thing = Heir()
    return lambda x: x * thing.rate, lambda: setattr(thing, "k", 5.0)


def inherited() -> Case:
    thing = Heir()
    return lambda x: x * thing.of_class, lambda: setattr(Plain, "of_class", 5.0)


def put_before_what_was_inherited() -> Case:
    thing = Heir()
    return lambda x: x * thing.of_class, lambda: setattr(thing, "of_class", 5.0)


def inherited_by_a_class() -> Case:
    return lambda x: x * Heir.of_class, lambda: setattr(Plain, "of_class", 5.0)


def of_a_class_method() -> Case:
    return lambda x: Heir.by_class(x), lambda: setattr(Plain, "of_class", 5.0)


def of_a_static_method() -> Case:
    thing = Heir()
    return lambda x: thing.by_static(x), lambda: BOX.__setitem__(0, 5.0)


def by_brackets() -> Case:
    thing = Heir()
    return lambda x: x * thing["k"], lambda: setattr(thing, "k", 5.0)


def by_a_sign() -> Case:
    thing = Heir()
    return lambda x: x * thing if isinstance(x, float) else thing.__rmul__(x), lambda: setattr(thing, "k", 5.0)


def hostile() -> Case:
    thing = Hostile()
    return lambda x: x * thing.k, lambda: setattr(thing, "k", 5.0)


def decorated() -> Case:
    f = Wrapper(lambda x: x * 1.0, lambda: BOX[0])
    return lambda x: f(x), lambda: BOX.__setitem__(0, 5.0)


def chain_map() -> Case:
    inner = {"k": 2.0}
    thing = collections.ChainMap({}, inner)
    return lambda x: x * thing["k"], lambda: inner.update(k=5.0)


def mapping_proxy() -> Case:
    inner = {"k": 2.0}
    thing = types.MappingProxyType(inner)
    return lambda x: x * thing["k"], lambda: inner.update(k=5.0)


def user_dict() -> Case:
    thing = collections.UserDict(k=2.0)
    return lambda x: x * thing["k"], lambda: thing.update(k=5.0)


def user_list() -> Case:
    thing = collections.UserList([2.0])
    return lambda x: x * thing[0], lambda: thing.__setitem__(0, 5.0)


def array_of_python() -> Case:
    thing = array.array("d", [2.0])
    return lambda x: x * thing[0], lambda: thing.__setitem__(0, 5.0)


def memory() -> Case:
    inner = bytearray(b"\x02")
    thing = memoryview(inner)
    return lambda x: x * thing[0], lambda: inner.__setitem__(0, 5)


def of_c() -> Case:
    thing = ctypes.c_double(2.0)
    return lambda x: x * thing.value, lambda: setattr(thing, "value", 5.0)


def other_type_of_an_array() -> Case:
    thing = np.array([2.0, 1.0])

    def change() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of NumPy 2.5, where it still can be
            thing.dtype = np.int64  # type: ignore[misc]

    return lambda x: x * float(thing[0]), change


def part_of_an_array() -> Case:
    whole = np.array([2.0, 1.0, 4.0])
    thing = whole[::2]
    return lambda x: x * thing[0], lambda: whole.__setitem__(0, 5.0)


def column_of_pandas() -> Case:
    pandas = pytest.importorskip("pandas")
    thing = pandas.Series([2.0, 1.0])
    return lambda x: x * float(thing.iloc[0]), lambda: thing.iloc.__setitem__(0, 5.0)


def of_a_function() -> Case:
    def f(x: Any) -> Any:
        return x * f.k  # type: ignore[attr-defined]

    f.k = 2.0  # type: ignore[attr-defined]
    return f, lambda: setattr(f, "k", 5.0)


def reloaded() -> Case:
    def f(x: Any) -> Any:
        return x * 2.0

    return f, swapped(f, lambda x: x * 5.0)


def reloaded_helper() -> Case:
    def helper(x: Any) -> Any:
        return x * 2.0

    def f(x: Any) -> Any:
        return helper(x)

    return f, swapped(helper, lambda x: x * 5.0)


def import_inside() -> Case:
    def f(x: Any) -> Any:
        import imported_inside  # type: ignore[import-not-found]

        return x * imported_inside.k

    return f, lambda: setattr(sys.modules["imported_inside"], "k", 5.0)


def name_imported_inside() -> Case:
    def f(x: Any) -> Any:
        from imported_inside import k

        return x * k

    return f, lambda: setattr(sys.modules["imported_inside"], "k", 5.0)


def weak_reference() -> Case:
    thing = Plain()
    reference = weakref.ref(thing)
    return lambda x: x * reference().k, lambda: setattr(thing, "k", 5.0)  # type: ignore[union-attr]


def context_variable() -> Case:
    return lambda x: x * VARIABLE.get(), lambda: VARIABLE.set(5.0)


def defaults(change: str, by_name: bool, of_a_helper: bool) -> Callable[[], Case]:
    def case() -> Case:
        def f(x: Any, k: float = 2.0) -> Any:
            return x * k

        def by_name_only(x: Any, *, k: float = 2.0) -> Any:
            return x * k

        asked = by_name_only if by_name else f
        return (lambda x: asked(x)) if of_a_helper else asked, lambda: setattr(asked, change, {"k": 5.0} if by_name else (5.0,))

    case.__name__ = f"{change} of {'a helper' if of_a_helper else 'f'}"
    return case


def other_class() -> Case:
    class Other:
        rate = 5.0

    thing = Heir()
    return lambda x: x * thing.rate, lambda: setattr(thing, "__class__", Other)


def other_dict() -> Case:
    thing = Heir()
    return lambda x: x * thing.k, lambda: setattr(thing, "__dict__", {"k": 5.0})


def read(name: str) -> Any:
    return globals()[name]


THING = Plain()
NAMES = ["NUMBER_1"]
NUMBER_1 = 2.0
BY_TEXT: dict[str, Callable[[Any], Any]] = {
    "getattr": lambda x: x * getattr(THING, "k"),  # noqa: B009
    "getattr, put together": lambda x: x * next(getattr(THING, f"k{i}") for i in (1, 2)),
    "vars": lambda x: x * vars(THING)["k"],
    "__dict__": lambda x: x * THING.__dict__["k"],
    "attrgetter": lambda x: x * operator.attrgetter("THING.k")(sys.modules[__name__]),
    "globals": lambda x: x * globals()["NUMBER_1"],
    "globals, put together": lambda x: x * next(globals()["NUMBER_" + str(i)] for i in (1, 2)),
    "globals, in a helper": lambda x: x * read("NUMBER_1"),
    "globals, by a list of names": lambda x: x * read(NAMES[0]),
    "globals, by a default": lambda x, name="NUMBER_1": x * read(name),  # type: ignore[misc]
    "the module": lambda x: x * getattr(sys.modules[__name__], "NUMBER_1"),  # noqa: B009
    "eval": lambda x: x * eval("1.0 * NUMBER_1"),
}


def by_text(name: str) -> Callable[[], Case]:
    def case() -> Case:
        return BY_TEXT[name], lambda: (vars(THING).update(k=5.0, k1=5.0), globals().update(NUMBER_1=5.0))

    case.__name__ = name
    return case


CASES = [
    *(defaults("__defaults__", False, of_a_helper) for of_a_helper in (False, True)),
    *(defaults("__kwdefaults__", True, of_a_helper) for of_a_helper in (False, True)),
    *map(by_text, BY_TEXT),
    *(other_class, other_dict),
    *(slots, slots_of_a_dataclass, property_, inherited, put_before_what_was_inherited, inherited_by_a_class),
    *(of_a_class_method, of_a_static_method, by_brackets, by_a_sign, hostile, decorated, chain_map, mapping_proxy, user_dict),
    *(user_list, array_of_python, memory, of_c, other_type_of_an_array, part_of_an_array, column_of_pandas, of_a_function),
    *(reloaded, reloaded_helper, import_inside, name_imported_inside, weak_reference, context_variable),
]


@pytest.mark.parametrize("rows", [False, True], ids=["point", "rows"])
@pytest.mark.parametrize("case", CASES)
def test_it_is_noticed(ag: ModuleType, case: Callable[[], Case], rows: bool) -> None:
    f, change = case()
    for g, of_k in ((f, 1.5), (ag.derivative(f), 1.0)):
        fast = ag.compile(g, in_axes=0 if rows else None)
        for _ in range(3):
            assert (fast([0.5, 1.5])[1] if rows else fast(1.5)) == of_k * 2.0
        assert len(fast.programs) == 1
    change()
    want = f(ag.Value(1.5)).data
    assert want != 3.0
    for _ in range(2):
        assert (fast([0.5, 1.5])[1] if rows else fast(1.5)) == want / 1.5
    assert len(fast.programs) == 1


def test_an_object_whose_unnamed_attributes_change_is_the_same(ag: ModuleType) -> None:
    thing = Heir()
    fast = ag.compile(lambda x: x * thing.rate)
    for count in range(100):  # after 64 changes a warning would be an error
        thing.count = count  # type: ignore[attr-defined]
        assert fast(1.0) == 2.0


# ------------------------------------------------------------------------------------------------ trainings

WEIGHT = {"of": 1.0}


def loss_of_some_rows(p: Any, target: float) -> Any:
    return (WEIGHT["of"] if target > 1.0 else 1.0) * (p - target) ** 2


TRAININGS: dict[str, dict[str, Any]] = {
    "loss": {"loss": nn.rowwise(loss_of_some_rows)},
    "weight": {
        "loss": nn.rowwise(lambda p, target: (p - target) ** 2, weight=lambda target: WEIGHT["of"] if target > 1.0 else 1.0)
    },
    "penalty": {
        "loss": nn.mse_loss,
        "penalty": lambda model: sum(WEIGHT["of"] * p if p > 0.75 else p * p for p in model.parameters()),
    },
    "model": {"loss": nn.mse_loss},
}


class OfItsOwn(nn.Module):
    def __init__(self) -> None:
        self.layer = nn.Layer(2, 1, "linear", rng=0)

    def __call__(self, x: Any) -> Any:
        (y,) = self.layer(x)
        return y * WEIGHT["of"] if x[0] > 1.25 else y


@pytest.mark.parametrize("meanwhile", [False, True], ids=["between two", "within one"])
@pytest.mark.parametrize("what", TRAININGS)
def test_a_training_notices_what_only_some_rows_hang_on(what: str, meanwhile: bool) -> None:
    """The first row, by which programs are held against the model, is not one of them."""
    found = []
    for compiled in (True, False):
        WEIGHT["of"] = 1.0
        for _ in range(1 if meanwhile else 2):
            model = OfItsOwn() if what == "model" else nn.MLP(2, [3, 1], ["tanh", "linear"], rng=0)
            calls = [lambda training: WEIGHT.update(of=3.0 if training.epoch > 1 else 1.0)] if meanwhile else []
            history = nn.fit(
                model,
                [[0.5, -1.0], [1.5, 2.0], [-0.25, 0.75], [1.0, 1.0]],
                [0.5, -1.0, 2.0, 0.0],
                **TRAININGS[what],
                epochs=5,
                optimizer=nn.SGD(model.parameters(), lr=0.05),
                shuffle=False,
                callbacks=calls,
                compile=compiled,
                progress=False,
            )
            WEIGHT["of"] = 3.0
        assert bool(history.eager) is not compiled
        found.append([*history["loss"], *[p.data for p in model.parameters()]])
    assert found[0] == pytest.approx(found[1], rel=1e-12)


def test_no_derivative_goes_through_a_training() -> None:
    def after(v: Any, inside: Any = contextlib.nullcontext) -> Any:
        model = nn.Neuron(1, "linear", rng=0)
        loss = nn.rowwise(lambda p, target: (p - target) ** 2 * v)
        with inside():
            return v * nn.fit(model, [[0.0], [1.0]], [0.0, 1.0], loss=loss, epochs=2, progress=False)["loss"][-1]

    with pytest.raises(TypeError, match="no derivative goes through a training"):
        autograd.grad(after)(1.0)
    assert autograd.grad(lambda v: after(v, autograd.no_grad) * v)(1.0) > 0.0


def fitted(v: Any, compile: bool, **more: Any) -> Any:
    model = nn.Neuron(1, "linear", rng=0)
    rows, targets = [[0.0], [1.0]], [0.0, 1.0]
    history = nn.fit(model, rows, targets, epochs=2, compile=compile, progress=False, **more)
    return v * history["loss"][-1]


def descended(v: Any) -> Any:
    step = autograd.compile(autograd.value_and_grad(lambda w, x: (w[0] * x - v) ** 2), in_axes=(None, 0), reduce="mean")
    return v * nn.descend(step, np.zeros(1), np.ones(3), optimizer=lambda p: nn.SGD(p, lr=0.1), epochs=3)[-1]


def solved(v: Any) -> Any:
    p = autograd.Value(0.0)
    nn.levenberg_marquardt([p], lambda: [p - v])
    return v * p.data


def minimised(v: Any) -> Any:
    p = autograd.Value(0.0)
    return v * nn.lbfgs([p], lambda: (p - v) ** 2 + 1.0).fun


def taught(v: Any) -> Any:
    return v * nn.delta_rule(nn.Neuron(1, "linear", rng=0), [v], 1.0, lr=0.1)[0]


LOST: dict[str, Callable[[Any], Any]] = {
    "loss, eager": lambda v: fitted(v, False, loss=lambda ps, ts: sum((p - t) ** 2 * v for p, t in zip(ps, ts, strict=True))),
    "penalty, eager": lambda v: fitted(v, False, penalty=lambda model: nn.l2_penalty(model, 1.0) * v),
    "penalty": lambda v: fitted(v, True, penalty=lambda model: nn.l2_penalty(model, 1.0) * v),
    **{"descend": descended, "least squares": solved, "L-BFGS": minimised, "delta rule": taught},
}


@pytest.mark.parametrize("name", LOST)
def test_no_derivative_is_lost_in_a_training(name: str) -> None:
    for transform in (autograd.grad, autograd.hessian, lambda f: autograd.jvp(f, (1.5,), (1.0,))[1] and f):
        with pytest.raises(TypeError, match="no derivative goes through a training"):
            transform(LOST[name])(1.5)
    assert LOST[name](1.5) is not None  # of numbers, it is a training as any other


@pytest.mark.parametrize("compile", [False, True])
def test_a_training_beside_a_derivative(compile: bool) -> None:
    """One that no outer Value goes into is made inside a transform as elsewhere."""
    loss = fitted(1.0, compile)
    assert autograd.grad(lambda v: fitted(v, compile))(1.5) == loss
    penalty = {"penalty": lambda model: nn.l2_penalty(model, 0.1)}
    assert autograd.grad(lambda v: fitted(v, compile, **penalty))(1.5) == fitted(1.0, compile, **penalty)
