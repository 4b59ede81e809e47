"""A transform inside a loss keeps the graph to every Value its function uses, wherever that came from.

Every case is a transform of w -> lam**3 * w**3 (or of a relative of it) at w = 2, whose numbers add up to c * lam**3: so what
lam's derivatives must be is known without any engine. The numbers are all exact.
"""

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from corners import numbers, plain

import autograd
import nn

Function = Callable[[Any], Any]
LAM = 0.5

# ------------------------------------------------------------------------------------------------ transforms

TRANSFORMS: dict[str, tuple[Callable[[ModuleType, Function], Any], float]] = {
    "grad": (lambda ag, f: ag.grad(f)(2.0), 12.0),
    "grad of a list": (lambda ag, f: ag.grad(lambda w: f(w[0]) * w[1])([2.0, 3.0]), 36.0 + 8.0),
    "grad of a dict": (lambda ag, f: ag.grad(lambda w: f(w["a"]))({"a": 2.0}), 12.0),
    "grad of an array": (lambda ag, f: ag.grad(lambda w: f(w[0]) * w[1])(np.array([2.0, 3.0])), 36.0 + 8.0),
    "grad by two arguments": (lambda ag, f: ag.grad(lambda w, u: f(w) * u, (0, 1))(2.0, 3.0), 36.0 + 8.0),
    "value_and_grad": (lambda ag, f: ag.value_and_grad(f)(2.0), 8.0 + 12.0),
    "derivative, order 0": (lambda ag, f: ag.derivative(f, 0)(2.0), 8.0),
    "derivative": (lambda ag, f: ag.derivative(f)(2.0), 12.0),
    "derivative, order 2": (lambda ag, f: ag.derivative(f, 2)(2.0), 12.0),
    "derivative, order 3": (lambda ag, f: ag.derivative(f, 3)(2.0), 6.0),
    "derivative at several points": (lambda ag, f: ag.derivative(f)([1.0, 2.0]), 3.0 + 12.0),
    "jacobian, reverse": (lambda ag, f: ag.jacobian(lambda w: [f(w), f(w) * w], mode="reverse")(2.0), 12.0 + 32.0),
    "jacobian, forward": (lambda ag, f: ag.jacobian(lambda w: [f(w), f(w) * w], mode="forward")(2.0), 12.0 + 32.0),
    "jacobian": (lambda ag, f: ag.jacobian(lambda w: [f(w[0]) * w[1]])([2.0, 3.0]), 36.0 + 8.0),
    "hessian": (lambda ag, f: ag.hessian(lambda w: f(w[0]) * w[1])([2.0, 3.0]), 36.0 + 12.0 + 12.0),
    "hvp": (lambda ag, f: ag.hvp(f, 2.0, 1.0), 12.0),
    "hvp of a list": (lambda ag, f: ag.hvp(lambda w: f(w[0]) * w[1], [2.0, 3.0], [1.0, 1.0]), 36.0 + 12.0 + 12.0),
    "jvp": (lambda ag, f: ag.jvp(f, (2.0,), (1.0,)), 8.0 + 12.0),
    "vjp": (lambda ag, f: _pulled(ag, f), 8.0 + 12.0),
    "grad of grad": (lambda ag, f: ag.grad(ag.grad(f))(2.0), 12.0),
    "jacobian of grad": (lambda ag, f: ag.jacobian(ag.grad(f), mode="forward")(2.0), 12.0),
    "grad of jvp": (lambda ag, f: ag.grad(lambda w: ag.jvp(f, (w,), (1.0,))[1])(2.0), 12.0),
    "grad of vjp": (lambda ag, f: ag.grad(lambda w: ag.vjp(f, w)[1](1.0)[0])(2.0), 12.0),
    "derivative of hvp": (lambda ag, f: ag.derivative(lambda w: ag.hvp(f, w, 1.0))(2.0), 6.0),
}


def _pulled(ag: ModuleType, f: Function) -> Any:
    y, pull = ag.vjp(f, 2.0)
    return [y, pull(1.0)]


# ------------------------------------------------------------------------------------------------ ways of using lam


class Holder(nn.Module):
    def __init__(self, lam: Any) -> None:
        self.lam = lam

    def __call__(self, w: Any) -> Any:
        return self.lam**3 * w**3


def _outside(lam: Any) -> Function:
    cube = lam**3  # no leaf, and made before the transform begins
    return lambda w: cube * w**3


def _from_array(lam: Any) -> Function:
    held = np.array([lam, lam], dtype=object)
    return lambda w: held[0] ** 2 * held[1] * w**3


def _by_dot(lam: Any) -> Function:
    return lambda w: (lam * w) * (lam * w) * (lam * w)


USES: dict[str, Callable[[Any], Function]] = {
    "closure": lambda lam: lambda w: lam**3 * w**3,
    "met last": lambda lam: lambda w: w**3 * lam * lam * lam,
    "node made outside": _outside,
    "array of Values": _from_array,
    "keyword of a partial": lambda lam: functools.partial(lambda w, lam: lam**3 * w**3, lam=lam),
    "keyword, in a dict": lambda lam: functools.partial(lambda w, p: p["lam"] ** 3 * w**3, p={"lam": lam}),
    "default argument": lambda lam: lambda w, lam=lam: lam**3 * w**3,
    "in each factor": _by_dot,
}


def check(ag: ModuleType, transform: str, use: Callable[[Any], Function]) -> None:
    """The sum of what a transform gives, and its first three derivatives by lam."""
    take, c = TRANSFORMS[transform]
    lam = ag.Value(LAM)
    total = lam * 0.0
    for x in numbers(take(ag, use(lam))):
        total = total + x
    found = [total]
    for _ in range(3):
        found.append(ag.gradients(found[-1], [lam])[0])
    assert plain(found) == [c * LAM**3, c * 3.0 * LAM**2, c * 6.0 * LAM, c * 6.0]


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_every_transform_goes_on_to_what_its_function_closes_over(ag: ModuleType, transform: str) -> None:
    check(ag, transform, USES["closure"])


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("transform", ["grad", "jvp", "hessian"])
def test_however_the_value_is_reached(ag: ModuleType, transform: str, use: str) -> None:
    check(ag, transform, USES[use])


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_it_went_on_to_a_value_given_as_the_point(ag: ModuleType, transform: str) -> None:
    """The way that worked before: a Value among the arguments, or a transform further out."""
    take, c = TRANSFORMS[transform]

    def total(lam: Any) -> Any:
        found = lam * 0.0
        for x in numbers(take(ag, USES["closure"](lam))):
            found = found + x
        return found

    assert ag.derivative(total, 3)(LAM) == c * 6.0
    assert ag.grad(total)(LAM) == c * 3.0 * LAM**2


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_compiled_it_is_the_same(ag: ModuleType, transform: str) -> None:
    """At one point and over rows: what is recorded goes on to lam as the eager transform does."""
    take, c = TRANSFORMS[transform]

    def total(lam: Any) -> Any:
        found = lam * 0.0
        for x in numbers(take(ag, USES["closure"](lam))):
            found = found + x
        return ag.gradients(found, [lam])[0]

    assert ag.compile(total)(LAM) == c * 3.0 * LAM**2
    lams = [0.25, 0.5, 1.0, -2.0]
    assert ag.compile(total, in_axes=0)(lams).tolist() == [c * 3.0 * lam**2 for lam in lams]


def test_backward_reaches_it(ag: ModuleType) -> None:
    """The first program one writes: a gradient penalty, and loss.backward()."""
    lam = ag.Value(0.1)
    loss = ag.grad(lambda w: lam * w**2)(3.0) + lam
    loss.backward()
    assert lam.grad == 7.0


def test_values_in_the_result_that_were_not_differentiated(ag: ModuleType) -> None:
    """value_and_grad's value alone, jvp's primal, vjp's result, derivative of order 0."""
    lam = ag.Value(2.0)
    f = lambda w: lam * w  # noqa: E731
    for y in (ag.value_and_grad(f)(3.0)[0], ag.jvp(f, (3.0,), (1.0,))[0], ag.vjp(f, 3.0)[0], ag.derivative(f, 0)(3.0)):
        assert ag.gradients(y + lam, [lam])[0].data == 4.0


@pytest.mark.parametrize(
    "hide",
    [
        pytest.param(lambda lam: lam, id="itself"),
        pytest.param(lambda lam: [lam], id="list"),
        pytest.param(lambda lam: {"a": {"b": lam}}, id="dict in a dict"),
        pytest.param(lambda lam: [[lam]], id="list in a list"),
        pytest.param(lambda lam: ({"a": [lam]},), id="deep"),
        pytest.param(lambda lam: Holder(lam), id="module"),
    ],
)
def test_other_arguments_at_any_depth(ag: ModuleType, hide: Callable[[Any], Any]) -> None:
    def first(thing: Any) -> Any:
        while not isinstance(thing, ag.Value):
            thing = thing.lam if isinstance(thing, Holder) else next(iter(thing.values() if isinstance(thing, dict) else thing))
        return thing

    lam = ag.Value(LAM)
    for slope in (
        ag.grad(lambda w, p: first(p) * w**2)(3.0, hide(lam)),
        ag.grad(lambda w, p: first(p) * w**2)(3.0, p=hide(lam)),
        ag.jacobian(lambda w, p: [first(p) * w**2])(3.0, hide(lam))[0],
        ag.hessian(lambda w, p: first(p) * w**3)(1.0, hide(lam)),
    ):
        assert ag.gradients(slope + lam, [lam])[0].data == 7.0


AUX: dict[str, Callable[[ModuleType, Function], Any]] = {
    "grad": lambda ag, f: ag.grad(f, has_aux=True)(2.0)[1],
    "value_and_grad": lambda ag, f: ag.value_and_grad(f, has_aux=True)(2.0)[0][1],
    "jacobian": lambda ag, f: ag.jacobian(f, has_aux=True)(2.0)[1],
    "value_and_jacobian": lambda ag, f: ag.value_and_jacobian(f, has_aux=True)(2.0)[0][1],
    "hessian": lambda ag, f: ag.hessian(f, has_aux=True)(2.0)[1],
}


@pytest.mark.parametrize("transform", AUX)
def test_what_is_handed_out_beside_a_result_has_its_graph_too(ag: ModuleType, transform: str) -> None:
    """Also where the result itself does not hang on what is around; and numbers come out where neither does."""
    take = AUX[transform]
    for aux in (lambda lam, x: lam * x, lambda lam, x: {"a": [lam * x, "text"]}, lambda lam, x: np.array([lam * x, 0.0 * lam])):
        f = lambda lam, aux=aux: sum(v for v in numbers(take(ag, lambda x: (x**2, aux(lam, x)))) if v != "text")  # noqa: E731
        assert ag.grad(f)(LAM) == 2.0
        assert ag.compile(ag.grad(f))(LAM) == 2.0
    assert type(take(ag, lambda x: (x**2, x * 3.0))) is float


def test_without_such_values_floats_come_out(ag: ModuleType) -> None:
    f = lambda w: w**3  # noqa: E731
    found = numbers(
        [
            ag.grad(f)(2.0),
            ag.value_and_grad(f)(2.0),
            ag.derivative(f, 2)(2.0),
            ag.hvp(f, 2.0, 1.0),
            ag.jacobian(lambda w: [f(w)])(2.0),
            ag.hessian(f)(2.0),
            ag.jvp(f, (2.0,), (1.0,)),
            _pulled(ag, f),
        ]
    )
    assert {*map(type, found)} == {float}
    assert type(ag.grad(lambda w: ag.Value(2.0) * w**2)(3.0)) is float  # made inside: nobody can ask for its derivative


def test_no_grad_outside_still_cuts(ag: ModuleType) -> None:
    """Numbers, or Values without a graph: nothing behind them is kept alive."""
    lam = ag.Value(LAM)
    with ag.no_grad():
        found = [x for take, _ in TRANSFORMS.values() for x in numbers(take(ag, USES["closure"](lam)))]
    assert all(not getattr(x, "parents", ()) for x in found)


def test_a_detached_value_is_a_constant(ag: ModuleType) -> None:
    lam = ag.Value(LAM)
    slope = ag.grad(lambda w: lam.detach() * w**2)(3.0)
    assert ag.gradients(lam + slope, [lam])[0].data == 1.0


def test_the_transforms_own_variable_is_not_confused_with_an_outer_one(ag: ModuleType) -> None:
    """Siskind and Pearlmutter's: d/dx (x * d/dy (x + y)) is 1, not 2, at any depth."""
    assert ag.grad(lambda x: x * ag.grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert ag.grad(lambda x: x * ag.derivative(lambda y: x * y, 1)(2.0))(3.0) == 6.0
    lam = ag.Value(3.0)
    inner = ag.grad(lambda x: x * ag.grad(lambda y: x * y * 1.0)(2.0))(3.0)
    assert plain([inner]) == [6.0] and ag.gradients(lam + inner, [lam])[0].data == 1.0


# ------------------------------------------------------------------------------------------------ modules


class Slope(nn.Module):
    """Its output is the derivative of p * u**3 + q * u at x."""

    def __init__(self, p: float, q: float) -> None:
        self.p, self.q = autograd.Value(p), autograd.Value(q)

    def __call__(self, x: Any) -> Any:
        return autograd.derivative(lambda u: self.p * u**3 + self.q * u)(x[0])


def test_a_module_that_takes_a_derivative_has_gradients() -> None:
    model = Slope(1.0, 2.0)
    loss = nn.mse_loss(model([2.0]) + 0.0 * model.p, 0.0)  # (12 p + q)²
    loss.backward()
    assert [model.p.grad, model.q.grad] == [2.0 * 14.0 * 12.0, 2.0 * 14.0]


def test_it_trains_eagerly_as_it_does_compiled() -> None:
    rows, targets = [[0.5], [1.0], [-1.5], [2.0]], [1.0, 2.5, 4.0, 7.0]
    found = []
    for compiled in (True, False):
        model = Slope(0.5, 0.1)
        nn.fit(
            model,
            rows,
            targets,
            optimizer=lambda ps: nn.SGD(ps, lr=0.01),
            epochs=5,
            batch_size=2,
            progress=False,
            compile=compiled,
        )
        found.append([model.p.data, model.q.data])
    assert found[0] == pytest.approx(found[1], rel=1e-12)
    assert found[0] != [0.5, 0.1]


def test_a_network_s_weights_through_its_input_gradient() -> None:
    """A gradient penalty on a network: against central differences of the penalty."""
    model = nn.MLP(2, [4, 1], "tanh", rng=0)
    x = [0.3, -0.8]

    def penalty() -> Any:
        slopes = autograd.grad(lambda v: model(v))(x)
        total = model.parameters()[0] * 0.0
        for s in slopes:
            total = total + s * s
        return total

    ps = model.parameters()
    got = [g.data for g in autograd.gradients(penalty(), ps)]
    want = []
    for p in ps:
        at, h, seen = p.data, 1e-6, []
        for moved in (at + h, at - h):
            p.data = moved
            seen.append(penalty().data)
        p.data = at
        want.append((seen[0] - seen[1]) / (2.0 * h))
    assert got == pytest.approx(want, rel=1e-6, abs=1e-9)
