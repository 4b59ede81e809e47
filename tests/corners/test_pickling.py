"""Compiled functions and estimators go where Python sends objects: copies, pickles, workers, formats that trust plain data
alone."""

import copy
import pickle
import sys
import types
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import nn

COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "inside a list": lambda thing: copy.deepcopy([{"f": thing}])[0]["f"],
    **{f"pickle {k}": (lambda thing, k=k: pickle.loads(pickle.dumps(thing, k))) for k in range(2, pickle.HIGHEST_PROTOCOL + 1)},
}


def _tanh(x: Any) -> Any:
    return x.tanh()


def _length(x: Any, y: Any) -> Any:
    return x.hypot(y)


@pytest.mark.parametrize("way", [*COPIES])
@pytest.mark.parametrize("called_before", [False, True])
def test_a_compiled_function_is_copied(ag: ModuleType, way: str, called_before: bool) -> None:
    at_point = ag.compile(_tanh)
    over_rows = ag.compile(_length, in_axes=(None, 0), reduce="sum", max_branches=3)
    if called_before:
        at_point(0.5), over_rows(3.0, [4.0, 0.0])
    one, other = COPIES[way](at_point), COPIES[way](over_rows)
    assert one(0.5) == ag.tanh(0.5) and other(3.0, [4.0, 0.0]) == 8.0
    assert (other.in_axes, other.reduce, other.max_branches) == ((None, 0), "sum", 3)
    assert one.__name__ == at_point.__name__ and at_point(0.25) == ag.tanh(0.25)


def test_a_compiled_closure_goes_to_a_worker(ag: ModuleType) -> None:
    """By what joblib and others send functions with."""
    cloudpickle = pytest.importorskip("cloudpickle")
    factor = 3.0
    f = ag.compile(ag.value_and_grad(lambda x: factor * x * x))
    again = pickle.loads(cloudpickle.dumps(f))
    assert again(2.0) == f(2.0) == (12.0, 12.0)


def test_a_decorated_function_is_found_by_its_name(ag: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the programs its module has by now; and what is not there any more is no other function."""
    monkeypatch.setitem(sys.modules, "users", users := types.ModuleType("users"))
    exec("def f(x):\n    return x * x\nclass Space:\n    def f(x):\n        return x * 3.0", vars(users))
    plain = users.f
    users.f, users.Space.f = ag.compile(users.f), ag.compile(users.Space.f, in_axes=0)
    for fast in (users.f, users.Space.f):
        for _ in range(2):
            assert pickle.loads(pickle.dumps(fast)) is fast
    other = ag.compile(plain, threads=1)
    assert pickle.loads(pickle.dumps(other)) is not users.f and pickle.loads(pickle.dumps(other))(3.0) == 9.0


def test_a_method_and_a_model_that_hold_one(ag: ModuleType) -> None:
    class Holder:
        def __init__(self) -> None:
            self.f = ag.compile(ag.exp)

    holder = copy.deepcopy(Holder())
    assert holder.f(0.0) == 1.0


def test_a_program_and_transforms_of_public_functions(ag: ModuleType) -> None:
    fast = ag.compile(ag.tanh)
    fast(0.5)
    (program,) = fast.programs
    assert pickle.loads(pickle.dumps(program)).run([0.5]) == [ag.tanh(0.5)]


def _fitted(kind: str) -> Any:
    rows = np.random.default_rng(0).normal(size=(30, 2))
    if kind == "classifier":
        return nn.MLPClassifier((3,), solver="lbfgs", max_iter=20, random_state=0).fit(rows, rows[:, 0] > 0), rows
    return nn.MLPRegressor("squared_error", (3,), solver="lbfgs", max_iter=20, random_state=0).fit(rows, rows[:, 0]), rows


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_estimators_are_copied(kind: str) -> None:
    estimator, rows = _fitted(kind)
    for copied in (copy.deepcopy(estimator), pickle.loads(pickle.dumps(estimator))):
        assert (copied.predict(rows) == estimator.predict(rows)).all()


def _foreign(thing: Any, place: str) -> list[str]:
    """What is neither plain nor an array."""
    if isinstance(thing, dict):
        return [found for key, part in thing.items() for found in _foreign(part, f"{place}[{key!r}]")]
    if isinstance(thing, list | tuple | set):
        return [found for i, part in enumerate(thing) for found in _foreign(part, f"{place}[{i}]")]
    if thing is None or (type(thing).__module__ in ("builtins", "numpy") and not callable(thing)):
        return []
    return [f"{place}: {type(thing).__module__}.{type(thing).__name__}"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_the_state_of_an_estimator_is_arrays_and_plain_data(kind: str) -> None:
    """As formats want it that make no object of an unknown class."""
    estimator, rows = _fitted(kind)
    state = estimator.__getstate__()
    assert not _foreign(state, "state")
    again = type(estimator).__new__(type(estimator))
    again.__setstate__(state)
    assert (again.predict(rows) == estimator.predict(rows)).all()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["classifier", "regressor"])
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_the_state_after_any_training_is_plain(kind: str, solver: str) -> None:
    """After every solver, early stopping, weights and epochs by themselves; and with another activation named since."""
    estimator, rows = _fitted(kind)
    y = estimator.predict(rows)
    how = {"solver": solver, "max_iter": 3, "activation": "mish"}
    estimator.set_params(**how, early_stopping=solver == "adam").fit(rows, y, np.arange(1.0, 31.0))
    if solver == "sgd":
        estimator.partial_fit(rows, y)
    assert not _foreign(estimator.__getstate__(), "state")
    estimator.set_params(activation="relu")
    for copied in (copy.deepcopy(estimator), pickle.loads(pickle.dumps(estimator))):
        assert (copied.predict(rows) == estimator.predict(rows)).all()
        assert copied.loss_curve_ == estimator.loss_curve_ and copied.model_ is not estimator.model_


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_estimators_go_through_a_format_of_plain_data(kind: str) -> None:
    """skops makes nothing but arrays and the classes it is told to trust: here the estimator itself, and no other."""
    skops = pytest.importorskip("skops.io")
    estimator, rows = _fitted(kind)
    data = skops.dumps(estimator)
    (name,) = skops.get_untrusted_types(data=data)
    assert name == f"nn.bridges.estimators.{type(estimator).__name__}"
    assert (skops.loads(data, trusted=[name]).predict(rows) == estimator.predict(rows)).all()


def _line(x: Any, a: float, b: float) -> Any:
    return a * x + b


@pytest.mark.parametrize("way", [*COPIES])
@pytest.mark.parametrize("compiled", [False, True])
def test_a_fitted_curve_is_copied(ag: ModuleType, way: str, compiled: bool) -> None:
    x = np.array([0.0, 1.0, 2.0, 3.0])
    fit = ag.optimize.curve_fit(ag.compile(_line, in_axes=(0, None, None)) if compiled else _line, x, [1.0, 2.9, 5.2, 7.0])
    copied = COPIES[way](fit)
    assert (copied(x) == fit(x)).all() and (copied.error_at(x) == fit.error_at(x)).all() and str(copied) == str(fit)


@pytest.mark.parametrize("way", COPIES)
def test_what_vjp_and_linearize_give(ag: ModuleType, way: str) -> None:
    """The graph is in it, and not the function."""
    first = ag.Value(2.0)
    given = {"a": 1.5, "b": [0.5, 2.0]}
    tangent, cotangent = {"a": 1.0, "b": [0.0, -1.0]}, [1.0, 0.5]
    results = [ag.vjp(lambda v: [v["a"] * v["b"][0], v["b"][1].sin()], given)[1]]
    results += [ag.linearize(lambda v: [v["a"] * v["b"][0], v["b"][1].sin()], given)[1]]
    for result, direction in zip(results, (cotangent, tangent), strict=True):
        again = COPIES[way](result)
        assert again(direction) == result(direction)
        with pytest.raises(ValueError, match=r"structure|tangent"):
            again([1.0])
    pull = COPIES[way](ag.vjp(lambda x: x * x * first, 3.0)[1])
    assert pull(1.0)[0].data == 12.0
