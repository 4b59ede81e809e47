"""Searches by programs: from when on, with which results, and where the function goes on being recorded."""

import gc
import itertools
import math
import random
import warnings
import weakref

import numpy as np
import pytest
from scipy import sparse

import autograd
from autograd import optimize
from autograd.optimize.derivatives import COMPARED, EAGER, WAYS, Derivatives
from autograd.optimize.scipys import GRADIENT

START = np.tile([-1.2, 1.0], 3)


def rosenbrock(x):
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1))


def counting(f):
    """f, and a function that tells how often Python ran it. The count is kept where nobody looks: in an iterator."""
    calls = itertools.count()

    def counted(*args):
        next(calls)
        return f(*args)

    return counted, lambda: int(repr(calls)[6:-1])


# ------------------------------------------------------------------------------------------------ when, and the same results


METHODS = [*sorted(GRADIENT), "nelder-mead"]


@pytest.mark.parametrize("method", METHODS)
def test_the_same_search_recorded_and_compiled(method):
    if method in ("dogleg", "trust-constr"):  # one wants a convex function, one is slow
        f, start = (lambda x: np.sum(np.cosh(x - 0.5)) + 0.1 * np.sum(x) ** 2), [2.0, -3.0]
    else:
        f, start = rosenbrock, START[:4]
    expected = optimize.minimize(f, start, method=method, compile=False)
    for compile in (None, True):
        found = optimize.minimize(f, start, method=method, compile=compile)
        np.testing.assert_allclose(found.x, expected.x, rtol=1e-6, atol=1e-8)
        assert found.success == expected.success and abs(found.nfev - expected.nfev) <= 0.1 * expected.nfev + 2


def test_a_function_is_recorded_a_few_times_and_compiled_from_then_on():
    f, calls = counting(rosenbrock)
    result = optimize.minimize(f, START, method="L-BFGS-B")
    assert result.success and result.nfev > 40
    assert calls() <= EAGER + COMPARED + 3  # and a recording, or two of a function that may keep Values
    f, calls = counting(rosenbrock)
    optimize.minimize(f, START, method="L-BFGS-B", compile=True)
    assert calls() <= 2
    f, calls = counting(rosenbrock)
    assert calls() == 0
    assert optimize.minimize(f, START, method="L-BFGS-B", compile=False).nfev == calls()


def test_residuals_and_equations_are_compiled_too():
    t = np.array([77.6, 190.8, 332.8, 477.3, 593.1, 760.0])
    y = 239.0 * (1.0 - np.exp(-5.5e-4 * t))
    f, calls = counting(lambda b: b[0] * (1.0 - np.exp(-b[1] * t)) - y)
    result = optimize.least_squares(f, [500.0, 1e-4], method="lm", x_scale=[100.0, 1e-4], ftol=1e-15, xtol=1e-15)
    assert result.nfev > EAGER + COMPARED
    np.testing.assert_allclose(result.x, [239.0, 5.5e-4], rtol=1e-6)
    at = Derivatives(f)
    so_far = calls()
    for i in range(40):
        assert at.values(np.array([100.0, 0.1 * i])).shape == (6,) and at.jacobian(np.array([100.0, 0.1 * i])).shape == (6, 2)
    assert calls() - so_far < 20
    g, calls = counting(lambda x, a: [x[0] ** 3 - a, np.exp(x[1]) - x[0]])
    result = optimize.root(g, [1e4, 8.0], args=(8.0,), method="lm")
    np.testing.assert_allclose(result.x, [2.0, math.log(2.0)])
    assert result.nfev > 20 > calls()


def test_constraints_are_compiled_too():
    f, calls = counting(lambda x: [x[0] ** 2 + x[1] ** 2])
    disc = optimize.NonlinearConstraint(f, 0.0, 1.0)
    result = optimize.minimize(rosenbrock, [0.0, 0.0], method="trust-constr", constraints=[disc])
    np.testing.assert_allclose(result.x, [0.7864, 0.6177], atol=1e-4)
    assert calls() < 20 < result.nfev


def test_other_args_are_another_function():
    at = Derivatives(lambda x, a: a * x[0] ** 2, compile=True)
    x = np.array([3.0])
    assert [at.value(x, a) for a in (1.0, 2.0, 1.0)] == [9.0, 18.0, 9.0]
    assert at.gradient(x, 2.0) == [12.0] and at.hessian(x, 2.0) == [[4.0]]
    assert at.weighted_hessian(x, np.array([10.0]), 2.0) == [[40.0]]
    assert at.jacobian(x, 2.0) == [[12.0]] and at.hessian_product(x, np.array([5.0]), 2.0) == [20.0]


# ------------------------------------------------------------------------------------------------ where it stays recorded


def evaluated(f, compile=None, n=40):
    """The values of f at n points, as a search would ask for them."""
    at = Derivatives(f, compile=compile)
    return [at.value(np.array([0.1 * i, 1.0])) + at.gradient(np.array([0.1 * i, 1.0]))[0] for i in range(n)]


def test_a_function_that_keeps_a_history_keeps_it():
    history = []

    def f(x):
        y = x[0] ** 2
        history.append(y.data)
        return y

    evaluated(f)
    assert history == [(0.1 * i) ** 2 for i in range(40)]


class Loss:
    def __init__(self):
        self.calls = 0

    def __call__(self, x):
        self.calls += 1
        return x[0] ** 2

    def method(self, x):
        return self(x)


def test_a_function_that_counts_counts_on():
    loss, other = Loss(), Loss()
    evaluated(loss)
    evaluated(other.method)
    count = 0

    def f(x):
        nonlocal count
        count += 1
        return x[0] ** 2

    evaluated(f)
    assert loss.calls == other.calls == count == 40


def test_a_function_that_hangs_on_more_than_its_argument_is_recorded_each_time():
    rng, steps = random.Random(0), itertools.count()
    assert len({*evaluated(lambda x: 0.0 * x[0] + rng.random())}) == 40
    assert len({*evaluated(lambda x: 0.0 * x[0] + next(steps))}) == 40


def test_a_function_of_many_ways_is_recorded_and_no_warning_of_compile_is_seen():
    def f(x):
        return x[0] * math.floor(x[0].data * 10.0 + 0.5)

    counted, calls = counting(f)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert evaluated(counted, n=100) == evaluated(f, compile=False, n=100)
    assert not told and 100 <= calls() <= 100 + 4 * (WAYS + 2)


def test_where_nothing_can_be_compiled_one_goes_on_and_is_told_if_one_insists():
    def f(x):
        y = x[0] ** 2
        y.backward()  # which a recording cannot repeat
        return y

    assert len(evaluated(f)) == 40
    with pytest.raises(TypeError, match="backward"):
        evaluated(f, compile=True)


def test_an_error_of_the_function_itself_is_raised():
    def f(x):
        if x[0] > 2.0:
            raise ZeroDivisionError("here")
        return x[0]

    with pytest.raises(ZeroDivisionError, match="here"):
        evaluated(f)


def test_inside_a_transform_and_looked_at_for_anomalies_it_is_recorded():
    with autograd.detect_anomaly(), pytest.raises(autograd.AnomalyError):
        evaluated(lambda x: (x[0] - 3.0).log(), compile=True)

    def outer(a):
        return a * optimize.minimize(lambda x: (x[0] - 3.0) ** 2, [0.0], compile=True).x[0]

    assert autograd.grad(outer)(2.0) == pytest.approx(3.0)  # what is found are numbers


@pytest.mark.parametrize("wrong", ["yes", 0.5])
def test_compile_is_one_of_three(wrong):
    with pytest.raises(ValueError, match="compile is True, False, or None"):
        optimize.minimize(rosenbrock, START, compile=wrong)


# ------------------------------------------------------------------------------------------------ sparse matrices


def chain(x):
    return [10.0 * (b - a**2) if a < 1.2 else 9.0 * (b - a) for a, b in itertools.pairwise(x)]


@pytest.mark.parametrize("compile", [None, True, "already"])
def test_sparse_matrices_are_those_of_recordings(compile):
    """Of the Hessian, of Jacobians and of weighted Hessians, with the same entries, at points on either side of a branch."""
    functions = [rosenbrock, chain]
    if compile == "already":
        functions, compile = [autograd.compile(f) for f in functions], None
    one, several = [Derivatives(f, sparse=True, compile=compile) for f in functions]
    rng = np.random.default_rng(2)
    for _ in range(EAGER + COMPARED + 6):
        x, v = rng.uniform(0.5, 1.5, 5), rng.normal(size=4)
        recorded = [Derivatives(f, sparse=True, compile=False) for f in (rosenbrock, chain)]
        found = one.hessian(x), several.jacobian(x), several.weighted_hessian(x, v)
        wanted = recorded[0].hessian(x), recorded[1].jacobian(x), recorded[1].weighted_hessian(x, v)
        for matrix, want in zip(found, wanted, strict=True):
            assert isinstance(matrix, sparse.csr_array) and matrix.nnz == want.nnz
            np.testing.assert_allclose(matrix.toarray(), want.toarray(), rtol=1e-13, atol=1e-13)


def test_searches_with_sparse_matrices_are_compiled():
    f, calls = counting(rosenbrock)
    residuals, more = counting(lambda x: [10.0 * (b - a**2) for a, b in itertools.pairwise(x)])
    x0 = np.linspace(-1.0, 1.5, 12)
    bounded = optimize.NonlinearConstraint(chain, -50.0, 50.0, sparse=True)
    search = {"method": "trust-constr", "sparse": True, "constraints": [bounded], "options": {"maxiter": 80}}
    found, wanted = optimize.minimize(f, x0, **search), optimize.minimize(rosenbrock, x0, compile=False, **search)
    assert found.nfev > 2 * calls() and found.fun == pytest.approx(wanted.fun, rel=1e-6)
    fitted = optimize.least_squares(residuals, x0, sparse=True, compile=True)
    assert fitted.nfev > 8 and more() == 2  # once for the values, once for the Jacobian
    assert fitted.cost == pytest.approx(0.0, abs=1e-12)


def test_a_sparse_matrix_is_of_one_point():
    loss = autograd.compile(lambda p, x: (p[0] - x) ** 2 + p[1] ** 2, in_axes=(None, 0), reduce="sum")
    with pytest.raises(ValueError, match="sparse=True"):
        optimize.minimize(loss, [0.0, 1.0], args=(np.arange(3.0),), method="trust-constr", sparse=True)


# ------------------------------------------------------------------------------------------------ compiled already


def test_a_compiled_function_is_recorded_once_for_all_searches():
    f, calls = counting(rosenbrock)
    compiled = autograd.compile(f)
    for start in (START, START + 0.1, [0.0] * 6):
        np.testing.assert_allclose(optimize.minimize(compiled, start, method="BFGS").x, 1.0, rtol=1e-4)
    assert calls() <= 4
    with pytest.raises(ValueError, match="compile=False"):
        optimize.minimize(compiled, START, compile=False)


def test_a_compiled_function_lives_no_longer_for_its_searches():
    compiled = autograd.compile(rosenbrock)
    optimize.minimize(compiled, START, method="Newton-CG")
    alive = weakref.ref(compiled)
    del compiled
    gc.collect()
    assert alive() is None


def test_a_loss_over_rows():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 2))
    targets = rows @ [2.0, -1.0] + 0.5

    def squared(p, x, y):
        return (p["w"] @ x + p["b"] - y) ** 2

    start = {"w": np.zeros(2), "b": 0.0}
    loss = autograd.compile(squared, in_axes=(None, 0, 0), reduce="mean")
    for method in ("BFGS", "Newton-CG", "trust-exact"):
        found = optimize.minimize(loss, start, args=(rows, targets), method=method)
        np.testing.assert_allclose(found.x["w"], [2.0, -1.0], atol=1e-5)
        assert found.x["b"] == pytest.approx(0.5, abs=1e-5)
    residual = autograd.compile(lambda p, x, y: p[:2] @ x + p[2] - y, in_axes=(None, 0, 0))
    found = optimize.least_squares(residual, [0.0, 0.0, 0.0], args=(rows, targets))
    np.testing.assert_allclose(found.x, [2.0, -1.0, 0.5], rtol=1e-8)
    assert found.jac.shape == (200, 3)


def test_a_compiled_function_that_does_not_depend_on_x():
    with pytest.warns(RuntimeWarning, match="no graph"):
        assert not optimize.minimize(autograd.compile(lambda x: (x[0].data - 3.0) ** 2), [1.0]).success


# ------------------------------------------------------------------------------------------------ structures


def structured(p):
    w, (a, b) = p["w"], p["more"]
    return np.sum((w - np.arange(6.0).reshape(2, 3)) ** 2) + (a - 7.0) ** 2 + (b - w[0, 1]) ** 2


@pytest.mark.parametrize("compile", [None, True, False])
def test_a_start_of_any_structure(compile):
    start = {"w": np.ones((2, 3)), "more": [0.0, (0.0)]}
    seen = []
    found = optimize.minimize(structured, start, method="BFGS", compile=compile, callback=seen.append, tol=1e-10)
    np.testing.assert_allclose(found.x["w"], np.arange(6.0).reshape(2, 3), atol=1e-6)
    np.testing.assert_allclose(found.x["more"], [7.0, 1.0], atol=1e-6)
    assert found.jac["w"].shape == (2, 3) and found.hess_inv.shape == (8, 8)
    assert len(seen) == found.nit and seen[-1]["w"].shape == (2, 3)
    matrix = optimize.minimize(lambda x: np.sum((x - 2.0) ** 2), np.zeros((2, 2)), compile=compile)
    np.testing.assert_allclose(matrix.x, np.full((2, 2), 2.0))


def test_equations_residuals_and_constraints_in_structures():
    assert optimize.root(lambda p: {"f": p["x"] ** 2 - 2.0}, {"x": 1.0}).x == {"x": pytest.approx(math.sqrt(2.0))}
    fit = optimize.least_squares(lambda p: [p[0][0] - 1.0, p[1] - p[0][0]], [[0.0], 5.0])
    assert fit.x == [[pytest.approx(1.0)], pytest.approx(1.0)]
    told = []

    def callback(intermediate_result):
        told.append(intermediate_result.x["x"])

    line = optimize.NonlinearConstraint(lambda p: p["x"] + p["y"], 1.0, 1.0)
    for method in ("SLSQP", "trust-constr"):
        options = {"callback": callback} if method == "SLSQP" else {}
        found = optimize.minimize(
            lambda p: p["x"] ** 2 + p["y"] ** 2,
            {"x": 3.0, "y": 0.0},
            method=method,
            constraints=[line],
            bounds=[(0.0, None), (0.0, 0.25)],
            **options,
        )
        assert found.x == {"x": pytest.approx(0.75, abs=1e-3), "y": pytest.approx(0.25, abs=1e-3)}
    assert told
    assert line.fun.__self__.tree is None  # yours is left as it was


def test_what_is_no_start():
    with pytest.raises(TypeError, match=r"x0\['a'\]"):
        optimize.minimize(lambda p: p["a"], {"a": "text"})
    with pytest.raises(TypeError, match="complex"):
        optimize.minimize(lambda p: p["a"], {"a": 1j})
