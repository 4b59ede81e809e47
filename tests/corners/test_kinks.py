"""Second derivatives where a function is smooth and its parts have a kink, or where its slope has one: as the README has it."""

import math
from types import ModuleType
from typing import Any

import jets
import pytest

import autograd
import nn

# ------------------------------------------------------------------------------------------------ losses


@pytest.mark.parametrize("delta", [0.5, 1.0, math.inf])
def test_huber_is_a_square_at_its_centre(delta: float) -> None:
    """Half the squared error: slope e, curvature 1, at e = 0 as beside it."""
    f = lambda e: nn.huber_loss(e, 0.0, delta=delta)  # noqa: E731
    assert autograd.derivative(f, 2)(0.0) == 1.0
    assert autograd.derivative(lambda e: nn.huber_loss(0.0, e, delta=delta), 2)(0.0) == 1.0
    assert autograd.hvp(f, 0.0, 2.0) == 2.0
    batch = lambda v: nn.huber_loss(v, [1.0, 2.0], delta=delta, reduction="sum")  # noqa: E731
    assert autograd.hessian(batch)([1.0, 2.0]) == [[1.0, 0.0], [0.0, 1.0]]
    assert autograd.compile(autograd.derivative(f, 2))(0.0) == 1.0
    rows = autograd.compile(autograd.derivative(f, 2), in_axes=0)([0.0, 0.25, 3.0])
    assert rows.tolist() == [1.0, 1.0, 1.0 if delta == math.inf else 0.0]


def sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


CURVATURES: dict[str, tuple[float, list[float], Any]] = {
    "mse_loss": (0.5, [-1.0, 0.5, 2.0], lambda p: 2.0),
    "l1_loss": (0.5, [-1.0, 0.5, 2.0], lambda p: 0.0),
    "huber_loss": (0.5, [-3.0, -0.25, 0.5, 1.25, 7.0], lambda p: float(abs(p - 0.5) < 1.0)),
    "hinge_loss": (-1, [-3.0, -1.0, 0.0], lambda p: 0.0),
    "squared_hinge_loss": (-1, [-3.0, -1.0, 0.0], lambda p: 2.0 if p > -1.0 else 0.0),
    "binary_cross_entropy": (0.25, [0.125, 0.25, 0.5], lambda p: 0.25 / p**2 + 0.75 / (1.0 - p) ** 2),
    "binary_cross_entropy_with_logits": (0.25, [-40.0, 0.0, 3.0], lambda x: sigmoid(x) * sigmoid(-x)),
    "cross_entropy": (1, [-40.0, 0.0, 3.0], lambda x: sigmoid(x) * sigmoid(-x)),
}
"""Of each loss a target, predictions, its centre or corner among them, and what its second derivative is there."""


def test_every_loss_has_its_curvature_here() -> None:
    assert CURVATURES.keys() == nn.losses.LOSSES.keys()


@pytest.mark.parametrize("name", CURVATURES)
def test_second_derivatives_of_losses(name: str) -> None:
    target, predictions, curvature = CURVATURES[name]
    loss = getattr(nn, name)
    second = autograd.derivative(lambda x: loss([x, 0.0] if name == "cross_entropy" else x, target), 2)
    want = pytest.approx([curvature(x) for x in predictions], rel=1e-14, abs=0.0)
    assert [second(x) for x in predictions] == want
    assert [autograd.compile(second)(x) for x in predictions] == want
    assert autograd.compile(second, in_axes=0)(predictions).tolist() == want


# ------------------------------------------------------------------------------------------------ activations

AT_JOINS = {"relu": 0.0, "leaky_relu": 0.0, "elu": 1.0, "linear": 0.0}
"""The second derivatives at 0 of those made of two pieces (of elu, that of the lower piece), and of the identity."""


@pytest.mark.parametrize("name", nn.activations.ACTIVATIONS)
def test_second_derivatives_of_activations_at_0(name: str) -> None:
    want = AT_JOINS[name] if name in AT_JOINS else float(jets.wanted(lambda v: jets.UNARY[name](*v), (0.0,), (0, 0)))
    second = autograd.derivative(nn.activations.ACTIVATIONS[name], 2)
    found = [second(0.0), autograd.compile(second)(0.0), *autograd.compile(second, in_axes=0)([0.0]).tolist()]
    assert found == [pytest.approx(want, rel=1e-14, abs=0.0)] * 3


def test_two_pieces_have_the_slope_of_the_lower_one_where_they_meet(ag: ModuleType) -> None:
    for slope in (0.01, 1.0, 2.0, -0.5):
        assert ag.derivative(lambda x, slope=slope: ag.leaky_relu(x, slope))(0.0) == slope
        assert ag.derivative(lambda x, slope=slope: ag.elu(x, slope))(0.0) == slope
        assert ag.derivative(lambda x, slope=slope: ag.elu(x, slope), 2)(0.0) == slope


# ------------------------------------------------------------------------------------------------ by parts

BY_PARTS: dict[str, tuple[Any, Any, float, float]] = {
    "abs(x) ** 2": (lambda ag, x: abs(x) ** 2, lambda x: x * x, 0.0, 2.0),
    "abs(x) * abs(x)": (lambda ag, x: abs(x) * abs(x), lambda x: x * x, 0.0, 2.0),
    "square(abs(x))": (lambda ag, x: ag.square(abs(x)), lambda x: x * x, 0.0, 2.0),
    "hypot(x, y) ** 2": (lambda ag, x: ag.hypot(x, x) ** 2, lambda x: x * x + x * x, 0.0, 4.0),
    "relu(x) ** 2 + relu(-x) ** 2": (lambda ag, x: ag.relu(x) ** 2 + ag.relu(-x) ** 2, lambda x: x * x, 0.0, 2.0),
    "maximum(x*x, 3*x*x)": (lambda ag, x: ag.maximum(x * x, 3.0 * x * x), lambda x: 3.0 * x * x, 4.0, 6.0),
    "relu(x) ** 2": (lambda ag, x: ag.relu(x) ** 2, lambda x: 0.0 * x, 0.0, 0.0),
    "abs(x) ** 3": (lambda ag, x: abs(x) ** 3, lambda x: abs(x) * x * x, 0.0, 0.0),
}
"""Of parts with a kink: the function, one of smooth parts equal to it around 0 or at it, and the second derivatives of both."""


@pytest.mark.parametrize("name", BY_PARTS)
def test_the_chain_rule_goes_by_the_slopes_of_the_parts(ag: ModuleType, name: str) -> None:
    """Of what is smooth though its parts are not, write the smooth formula: a minimum-norm slope squared is no curvature."""
    kinked, smooth, by_parts, right = BY_PARTS[name]
    for f, want in ((lambda x: kinked(ag, x), by_parts), (smooth, right)):
        assert ag.derivative(f)(0.0) == 0.0
        assert ag.derivative(f, 2)(0.0) == ag.compile(ag.derivative(f, 2))(0.0) == want


def test_the_largest_of_equal_things_is_that_thing(ag: ModuleType) -> None:
    for f in (lambda x: ag.maximum(x * x, x * x), lambda x: ag.max([x * x] * 3), lambda x: ag.minimum(x * x, x * x)):
        assert [ag.derivative(f, order)(3.0) for order in (1, 2, 3)] == pytest.approx([6.0, 2.0, 0.0], rel=1e-15)


@pytest.mark.parametrize("power", [1.5, 2.5, 3.5, 4.5, 5.25])
def test_a_power_is_flat_at_0_up_to_an_order_and_infinitely_steep_above(ag: ModuleType, power: float) -> None:
    def f(x: Any) -> Any:
        return x**power

    order = math.floor(power)
    found = [ag.derivative(f, k)(0.0) for k in range(1, order + 2)]
    assert found == [0.0] * order + [math.inf]
    assert [ag.compile(ag.derivative(f, k))(0.0) for k in range(1, order + 2)] == found
