"""Higher derivatives keep the policy too: every primitive and reduction to third order, against arithmetic of 40 digits and
more.

The few points of this test are some of those that `python tests/helpers/higher.py` goes through.
"""

import functools
import math
from types import ModuleType
from typing import Any

import higher
import jets
import pytest
from builds import BUILDS
from rows import NAMES, row_of

import autograd
import nn

ORDERS = (1, 2, 3)


@functools.cache
def found(name: str) -> list[higher.Failure]:
    return list(higher.failures(next(iter(BUILDS.values())), name, ORDERS, dense=False))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", higher.NAMES)
def test_against_many_digits(name: str, order: int) -> None:
    wrong = [failure for failure in found(name) if len(failure.by) == order]
    assert not wrong, "\n".join(map(str, wrong))


def test_the_page_of_errors_is_of_todays_primitives() -> None:
    """Every derivative it speaks of is within 1e-13; `make higher` with `--write` makes it anew."""
    table = higher.PAGE.read_text().partition(higher.HEADING)[2]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    assert [name for name, *_ in rows] == higher.NAMES
    assert all(len(errors) == 3 and max(map(float, errors)) <= higher.MOST for _, *errors in rows)
    missing = {*NAMES} - {*higher.NAMES}
    assert missing == {"clip", "where", "take", *(name for name in NAMES if row_of(autograd, name).flat)}


@pytest.mark.parametrize(
    "x",
    [s * x for x in (1e-300, 1e-17, 1e-12, 1e-6) for s in (1.0, -1.0)],
)
def test_the_second_derivative_of_tanh_near_0(ag: ModuleType, x: float) -> None:
    """-2 tanh(x) (1 - tanh(x)²), which is -2 x there."""
    assert ag.derivative(lambda v: v.tanh(), 2)(x) == pytest.approx(-2.0 * x, rel=1e-11, abs=0.0)
    assert ag.compile(ag.derivative(lambda v: v.tanh(), 2))(x) == ag.derivative(lambda v: v.tanh(), 2)(x)


@pytest.mark.parametrize("gap", [0.0, 1.0, 5.0, 20.0, 30.0, 36.0, 40.0, 300.0, 700.0])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_the_hessian_of_a_cross_entropy(ag: ModuleType, gap: float, side: float) -> None:
    """[[s, -s], [-s, s]] with s = p q of the two probabilities, also where one of them is 1 to all digits."""
    e = math.exp(-gap)
    s = e / (1.0 + e) ** 2
    point = [side * gap, 0.0]
    made = {
        "log_softmax": lambda v: -ag.log_softmax(v, 1),
        "logsumexp": lambda v: ag.logsumexp(v),
        "logaddexp": lambda v: ag.logaddexp(v[0], v[1]),
    }
    if ag is autograd:
        made["cross_entropy"] = lambda v: nn.cross_entropy(v, 1)
        made["softer"] = lambda v: nn.cross_entropy(v, [0.25, 0.75])
    for name, f in made.items():
        for found in (ag.hessian(f)(point), ag.compile(ag.hessian(f))(point)):
            assert [x for row in found for x in row] == [pytest.approx(w, rel=1e-13, abs=0.0) for w in (s, -s, -s, s)], name
        along = ag.hvp(f, point, [1.0, 1.0])
        assert along == [pytest.approx(0.0, abs=1e-13 * s)] * 2, name


@pytest.mark.parametrize("order", [2, 3])
@pytest.mark.parametrize(
    ("name", "target"),
    [pytest.param(n, t) for n in ("binary_cross_entropy_with_logits", "mse_loss", "squared_hinge_loss") for t in (1.0,)],
)
def test_losses_of_one_number(name: str, target: float, order: int) -> None:
    formulas: dict[str, Any] = {
        "binary_cross_entropy_with_logits": lambda v: jets.softplus(-v[0]),
        "mse_loss": lambda v: (v[0] - target) * (v[0] - target),
        "squared_hinge_loss": lambda v: (1 - target * v[0]) * (1 - target * v[0]) if v[0].at < 1 else 0 * v[0],
    }
    loss = getattr(nn, name)
    for x in (-700.0, -40.0, -2.5, -0.3, 0.3, 2.5, 40.0, 700.0):
        got = autograd.derivative(lambda v: loss(v, target), order)(x)
        want = jets.wanted(formulas[name], (x,), (0,) * order)
        assert jets.error(got, want, jets.felt(formulas[name], (x,), (0,) * order)) < 1e-13, x


# ------------------------------------------------------------------------------------------------ values, while we are there


@pytest.mark.parametrize(
    "name",
    ["silu", "mish", "gelu", "elu", "sigmoid", "exp", "erfc"],
)
def test_values_stay_exact_where_a_part_of_them_is_subnormal(ag: ModuleType, name: str) -> None:
    """A result that is a normal number is right to 4 units in the last place, whatever it is made from."""
    formula = higher.formula_of(name)
    low, high = (-38.4, -36.0) if name in ("gelu",) else (25.0, 26.6) if name == "erfc" else (-717.0, -700.0)
    for k in range(200):
        x = low + (high - low) * k / 199.0
        operands = (x, 1.0) if name == "elu" else (x,)
        with jets.mp.workdps(50):
            exact = {
                "gelu": lambda t: t * jets.mp.ncdf(t),
                "erfc": jets.mp.erfc,
                "elu": jets.mp.expm1,
            }.get(name, lambda t: formula([jets.Jet([t])]).parts[0])(jets.mpf(x))
        if abs(exact) < 2.2250738585072014e-308:
            continue
        got = higher.of_engine(ag, name)([ag.Value(x), *operands[1:]]).data
        assert abs(got - exact) <= 4 * math.ulp(float(exact)), (x, got, exact)


def test_the_slopes_of_a_hypot_beyond_the_largest_float(ag: ModuleType) -> None:
    """They are a cosine and a sine still."""
    for x, y in ((1.5e308, 1.5e308), (-3e307, 1.79e308)):
        assert math.hypot(x, y) == math.inf
        size = math.hypot(x / 2.0, y / 2.0)
        assert ag.grad(ag.hypot, argnums=(0, 1))(x, y) == pytest.approx((x / 2.0 / size, y / 2.0 / size), rel=1e-15)


@pytest.mark.parametrize("x", [1e-160, 3e-155])
def test_a_derivative_of_a_power_that_overflows_on_the_way(ag: ModuleType, x: float) -> None:
    """That of x**y is y (y - 1) x**(y - 2), where x**(y - 2) alone is no float, and where it is nearly none."""
    second = ag.derivative(lambda v: v**1e-20, 2)
    assert second(x) == pytest.approx(-1e-20 / x / x, rel=1e-13)
    assert ag.compile(second)(x) == second(x)


NANS: dict[str, Any] = {
    "log of -1": lambda ag, x: (x * 0.0 - 1.0).log(),
    "sqrt of -1": lambda ag, x: (x * 0.0 - 1.0).sqrt(),
    "inf - inf": lambda ag, x: x * math.inf - math.inf * x,
    "0 * inf": lambda ag, x: (x * 0.0) * math.inf,
    "0 / 0": lambda ag, x: (x * 0.0) / (x * 0.0),
    "fmod by 0": lambda ag, x: ag.fmod(x, 0.0),
    "arcsin of 2": lambda ag, x: (x * 0.0 + 2.0).arcsin(),
    "NaN given": lambda ag, x: x * math.nan,
    "-NaN": lambda ag, x: -(x * math.nan),
}


def copies(ag: ModuleType, name: str) -> list[float]:
    """copysign's value and slope, eager, compiled and over rows."""
    f = ag.value_and_grad(lambda x: ag.copysign(x, NANS[name](ag, x)))
    by_rows = [column.tolist()[0] for column in ag.compile(f, in_axes=0)([1.5])]
    return [*f(1.5), *ag.compile(f)(1.5), *by_rows]


@pytest.mark.parametrize(
    "name",
    NANS,
)
def test_copysign_of_a_nan_is_the_same_everywhere(name: str) -> None:
    """The sign of a NaN that was computed is the processor's affair: no number may hang on it."""
    found = [repr(x) for ag in BUILDS.values() for x in copies(ag, name)]
    assert len({*found[::2]}) == len({*found[1::2]}) == 1
