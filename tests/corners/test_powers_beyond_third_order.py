"""Derivatives of powers of every order: each is one product, which no infinity or 0 on the way spoils."""

import math
from types import ModuleType

import mpmath
import pytest

EXPONENTS = (0.5, 1.5, 3.5, 4.5, 5.5, 7.5, 9.0, -0.5, -1.5, -7.5, 0.1)
PLACES = (math.inf, 1e300, 1e200, 1e10, 1.0, 1e-10, 1e-200, 1e-300, 5e-324, 0.0)


def exact(x: float, y: float, order: int) -> float:
    """y (y - 1) ... x**(y - order), or its limit."""
    factor = math.prod(mpmath.mpf(y) - k for k in range(order))
    left = mpmath.mpf(y) - order
    if factor == 0 or (x == 0.0 and left > 0) or (x == math.inf and left < 0):
        return 0.0
    if x in (0.0, math.inf) and left != 0:
        return math.copysign(math.inf, factor)
    return float(factor * (mpmath.power(x, left) if left else 1))


@pytest.mark.parametrize("order", [4, 5, 6])
@pytest.mark.parametrize("y", EXPONENTS)
def test_by_the_base(ag: ModuleType, y: float, order: int) -> None:
    slope = ag.derivative(lambda x: x**y, order)
    fast = ag.compile(slope)
    for x in PLACES:
        wanted = exact(x, y, order)
        assert slope(x) == pytest.approx(wanted, rel=1e-13, abs=1e-307), x
        assert fast(x) == pytest.approx(wanted, rel=1e-13, abs=1e-307), x


@pytest.mark.parametrize("y", [2.0, 4.0, 5.0, 6.0, 4.5])
def test_where_the_exponent_is_a_value(ag: ModuleType, y: float) -> None:
    for order in (4, 5, 6):
        for x in PLACES:
            found = ag.derivative(lambda v: v ** ag.Value(y), order)(x)
            assert found == pytest.approx(exact(x, y, order), rel=1e-13, abs=1e-307), (order, x)


@pytest.mark.parametrize("x", [0.5, 1.7, 1e-5, 1e5])
def test_by_base_and_exponent(ag: ModuleType, x: float) -> None:
    """The third derivative by the base, once more by the exponent."""
    for y in (0.5, 1.5, 4.5):
        thirds = ag.grad(lambda v, w: ag.derivative(lambda u: u**w, 3)(v), argnums=1)(x, y)
        with mpmath.workdps(40):
            wanted = mpmath.diff(lambda w: w * (w - 1) * (w - 2) * mpmath.power(x, w - 3), y)
        assert thirds == pytest.approx(float(wanted), rel=1e-12)
