"""No derivative is lost in a search: `root` has it, and every other search of `autograd.optimize` says that it has not."""

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest


def _search(name: str) -> Callable[[Any, Any], Any]:
    """A search that finds about `a`, or something that moves with it."""

    def search(ag: Any, a: Any) -> Any:
        optimize = importlib.import_module(f"{ag.__name__}.optimize")
        f = lambda x: (x[0] - a) ** 2  # noqa: E731
        match name:
            case "a closure":
                return optimize.minimize(f, [0.0]).x[0]
            case "args":
                return optimize.minimize(lambda x, a: (x[0] - a) ** 2, [0.0], args=(a,)).x[0]
            case "a start with a structure":
                return optimize.minimize(lambda x: (x["x"] - a) ** 2, {"x": 0.0}).x["x"]
            case "Newton-CG" | "trust-constr" | "Nelder-Mead" | "COBYLA":
                return optimize.minimize(f, [0.0], method=name).x[0]
            case "the least value":
                return optimize.minimize(f, [0.0]).fun
            case "a compiled function":
                return optimize.minimize(ag.compile(f), [0.0]).x[0]
            case "a constraint":
                disc = optimize.NonlinearConstraint(lambda x: x[0] * a, 0.0, 2.0)
                return optimize.minimize(lambda x: (x[0] - 9.0) ** 2, [0.5], method="trust-constr", constraints=[disc]).x[0]
            case "least_squares":
                return optimize.least_squares(lambda x: [x[0] - a, x[0] - 2.0 * a], [0.0]).x[0]
            case "least_squares, by name":
                return optimize.least_squares(lambda x, a: [x[0] - a], [0.0], kwargs={"a": a}).x[0]
            case "curve_fit":
                return optimize.curve_fit(lambda x, b: a * b * x, [1.0, 2.0], [2.0, 4.0])[0][0]
        raise AssertionError(name)

    return search


SEARCHES = [
    "a closure",
    "args",
    "a start with a structure",
    "Newton-CG",
    "trust-constr",
    "Nelder-Mead",
    "COBYLA",
    "the least value",
    "a compiled function",
    "a constraint",
    "least_squares",
    "least_squares, by name",
    "curve_fit",
]


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_that_would_lose_a_derivative_is_refused(ag: ModuleType, name: str) -> None:
    search = _search(name)
    for transform in (ag.grad, ag.derivative, ag.hessian):
        with pytest.raises(TypeError, match=r"uses Values from outside, .* root\(grad\(f\), x\)"):
            transform(lambda a: search(ag, a) * a)(2.0)
    with pytest.raises(TypeError, match=r"would be (a constant|constants)"):
        ag.compile(lambda a: search(ag, a) * a)(2.0)


@pytest.mark.parametrize("name", SEARCHES)
def test_of_numbers_it_is_a_constant(ag: ModuleType, name: str) -> None:
    """Inside a derivative, where the function takes no variable of it; and inside no_grad() where it does."""
    search = _search(name)
    found = float(search(ag, 2.0))
    assert ag.grad(lambda a: search(ag, 2.0) * a)(3.0) == found
    with ag.no_grad():
        assert float(search(ag, ag.Value(2.0))) == found

    def inside(a: Any) -> Any:
        with ag.no_grad():
            return search(ag, a)

    assert ag.grad(lambda a: inside(a) * a)(2.0) == found
    assert float(search(ag, ag.Value(2.0))) == found  # in no transform it gives numbers, as SciPy does


def test_the_root_of_a_gradient_moves(ag: ModuleType) -> None:
    """As the message says: where 2 (x - a) + 4 x³ = 0, dx/da = 1 / (1 + 6 x²)."""
    optimize = importlib.import_module(f"{ag.__name__}.optimize")
    least = lambda a: optimize.root(ag.grad(lambda x: (x[0] - a) ** 2 + x[0] ** 4), [0.5]).x[0]  # noqa: E731
    assert ag.grad(least)(2.0) == pytest.approx(1.0 / (1.0 + 6.0 * least(2.0) ** 2), rel=1e-12)
