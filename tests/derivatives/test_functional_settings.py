"""What grad, jacobian and hessian take besides: has_aux, argnames; and jacfwd, jacrev, value_and_jacobian, stop_gradient."""

import copy
import pickle
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest


class Pair(NamedTuple):
    a: Any
    b: Any


def with_aux(x: Any) -> Any:
    y = x[0] ** 2 * x[1]
    return y, {"y": y, "parts": [x[0], (x[1] * 2, "text")], "pair": Pair(y, None), "array": np.array([y, 1.0]), "n": 3}


AUX = {"y": 36.0, "parts": [3.0, (8.0, "text")], "pair": Pair(36.0, None), "n": 3}


def check_aux(aux: dict[str, Any]) -> None:
    array = aux.pop("array")
    assert array.dtype == float and array.tolist() == [36.0, 1.0]
    assert aux == AUX and type(aux["pair"]) is Pair and type(aux["y"]) is float


def test_has_aux(ag: ModuleType) -> None:
    x = [3.0, 4.0]
    gradient, aux = ag.grad(with_aux, has_aux=True)(x)
    assert gradient == [24.0, 9.0]
    check_aux(aux)
    (value, aux), gradient = ag.value_and_grad(with_aux, has_aux=True)(x)
    assert (value, gradient) == (36.0, [24.0, 9.0])
    check_aux(aux)
    for transform, want in ((ag.jacobian, [24.0, 9.0]), (ag.jacrev, [24.0, 9.0]), (ag.hessian, [[8.0, 6.0], [6.0, 0.0]])):
        found, aux = transform(with_aux, has_aux=True)(x)
        assert found == want
        check_aux(aux)
    (value, aux), found = ag.value_and_jacobian(with_aux, has_aux=True)(x)
    assert (value, found) == (36.0, [24.0, 9.0])
    check_aux(aux)


def test_aux_of_values_is_of_values(ag: ModuleType) -> None:
    """Further out one may differentiate by what it depends on."""
    w = ag.Value(2.0)
    slope, aux = ag.grad(lambda x: (w * x * x, {"w": w, "twice": w * 2}), has_aux=True)(3.0)
    assert ag.gradients(slope + aux["twice"], [w])[0].data == 8.0
    with ag.no_grad():
        assert ag.grad(lambda x: (w * x, w * 2), has_aux=True)(3.0) == (2.0, 4.0)


def test_aux_compiled_and_over_rows(ag: ModuleType) -> None:
    f = ag.value_and_grad(lambda p, x: (p["w"] * x * x, {"square": x * x, "slope": [p["w"] * 2, x]}), has_aux=True)
    p = {"w": 2.0}
    want = f(p, 3.0)
    assert want == ((18.0, {"square": 9.0, "slope": [4.0, 3.0]}), {"w": 9.0}) == ag.compile(f)(p, 3.0)
    (value, aux), slope = ag.compile(f, in_axes=(None, 0))(p, [3.0, 1.0])
    assert (value[0], aux["square"][0], aux["slope"][0][0], slope["w"][0]) == (18.0, 9.0, 4.0, 9.0)


@pytest.mark.parametrize("wrong", [lambda x: x, lambda x: [x, x], lambda x: (x, x, x)])
def test_no_aux_where_it_was_said(ag: ModuleType, wrong: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=r"has_aux=True is for a function that gives \(result, aux\), and .* gave a"):
        ag.grad(wrong, has_aux=True)(2.0)


def scaled(x: Any, rate: Any = 0.5, *, power: Any = 2.0) -> Any:
    return rate * x**power


def test_argnames(ag: ModuleType) -> None:
    assert ag.grad(scaled, argnames="rate")(3.0, rate=0.5) == 9.0 == ag.grad(scaled, argnames="rate")(3.0, 0.5)
    assert ag.grad(scaled, argnames=("rate", "x"))(3.0, rate=0.5) == (9.0, 3.0)
    value, (by_power,) = ag.value_and_grad(scaled, argnames=["power"])(3.0, power=2.0)
    assert value == 4.5 and by_power == pytest.approx(4.5 * np.log(3.0), rel=1e-15)
    assert ag.jacobian(lambda x, w: [w * x, w], argnames="w")(3.0, w=2.0) == [3.0, 1.0]
    assert ag.hessian(scaled, argnames=("x", "rate"))(3.0, rate=0.5) == ((1.0, 6.0), (6.0, 0.0))
    assert ag.grad(lambda x, p: x * p["a"][0], argnames="p")(3.0, p={"a": [1.0, 2.0]}) == {"a": [3.0, 0.0]}
    assert ag.compile(ag.grad(scaled, argnames="rate"))(3.0, 0.5) == 9.0


@pytest.mark.parametrize(
    ("settings", "kind", "message"),
    [
        ({"argnames": "pace"}, ValueError, "argnames asks for 'pace', and scaled was given no argument of this name"),
        ({"argnames": ("rate", "rate")}, ValueError, "each argument once"),
        ({"argnames": ()}, ValueError, "at least one"),
        ({"argnames": 1}, TypeError, "argnames is the name"),
        ({"argnums": 1, "argnames": "rate"}, ValueError, "not both"),
    ],
)
def test_names_that_are_wrong(ag: ModuleType, settings: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        ag.grad(scaled, **settings)(3.0, rate=0.5)


def test_jacobians_by_their_names(ag: ModuleType) -> None:
    def f(x: Any) -> Any:
        return {"p": x[0] * x[1], "s": [x[0].sin(), x[1]]}

    x = [3.0, 4.0]
    want = ag.jacobian(f)(x)
    value, found = ag.value_and_jacobian(f)(x)
    assert value == {"p": 12.0, "s": [ag.sin(3.0), 4.0]} and found == want
    assert ag.jacfwd(f)(x) == ag.jacobian(f, mode="forward")(x) == want == ag.jacrev(f)(x)
    assert ag.compile(ag.value_and_jacobian(f))(x) == (value, want)
    value, sparse = ag.value_and_jacobian(lambda x: [x[0] * x[1], x[1]], sparse=True)(x)
    assert value == [12.0, 4.0] and sparse.toarray().tolist() == [[4.0, 3.0], [0.0, 1.0]]
    by_both = ag.jacfwd(lambda x, y: [x * y, y], (0, 1))(2.0, 3.0)
    assert by_both == [(3.0, 2.0), (0.0, 1.0)]


def test_stop_gradient(ag: ModuleType) -> None:
    x = ag.Value(3.0)
    y = x * ag.stop_gradient(x)
    assert ag.gradients(y, [x])[0].data == 3.0 and y.data == 9.0
    assert ag.stop_gradient(2.5) == 2.5 and ag.stop_gradient("text") == "text" and ag.stop_gradient(None) is None
    kept = ag.stop_gradient({"a": [x, 1.0], "p": Pair(x, np.array([x, 2.0]))})
    assert not ag.Value(0.0) + kept["a"][0] - 3.0 and kept["a"][0] is not x and type(kept["p"]) is Pair
    assert kept["p"].b.dtype == object and kept["p"].b[0].data == 3.0 and kept["p"].b[0] is not x
    f = ag.value_and_grad(lambda x: ag.stop_gradient(x * x) * x)
    assert f(3.0) == (27.0, 9.0)
    assert [ag.compile(f)(v) for v in (3.0, 2.0)] == [(27.0, 9.0), (8.0, 4.0)]
    values, slopes = ag.compile(f, in_axes=0)([3.0, 2.0])
    assert values.tolist() == [27.0, 8.0] and slopes.tolist() == [9.0, 4.0]


def _cube(x: Any) -> Any:
    return x**3


def test_what_a_transform_made_is_copied_and_pickled(ag: ModuleType) -> None:
    made = [
        (ag.grad(_cube), 12.0),
        (ag.value_and_grad(_cube), (8.0, 12.0)),
        (ag.derivative(_cube, order=2), 12.0),
        (ag.jacobian(_cube, mode="forward"), 12.0),
        (ag.hessian(_cube), 12.0),
        (ag.grad(ag.grad(_cube)), 12.0),
        (ag.grad(lambda x: (x**3, 0), has_aux=True), (12.0, 0)),
    ]
    for f, want in made:
        for other in (copy.copy(f), copy.deepcopy(f)):
            assert f(2.0) == want == other(2.0)
            assert (other.__name__, repr(other)) == (f.__name__, repr(f)) and "of" in f.__doc__
    for f, want in made[:-1]:
        assert pickle.loads(pickle.dumps(f))(2.0) == want
    assert repr(made[0][0]) == "<function grad(_cube)>"


def test_in_a_class_it_is_a_method(ag: ModuleType) -> None:
    class Spring:
        stiffness = 3.0

        def energy(self, x: Any) -> Any:
            return self.stiffness * x * x / 2

        force = ag.grad(energy, argnums=1)

    assert Spring().force(2.0) == 6.0 == Spring.force(Spring(), 2.0)
