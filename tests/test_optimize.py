"""SciPy's optimisers with derivatives from the graph: they get the right ones, from as few evaluations as can be."""

import importlib
import math

import numpy as np
import pytest
import scipy.optimize
from builds import Counted
from scipy import sparse
from scipy.optimize import rosen, rosen_der, rosen_hess, rosen_hess_prod


def module(ag):
    return importlib.import_module(f"{ag.__name__}.optimize")


def derivatives(ag, f, **settings):
    return importlib.import_module(f"{ag.__name__}.optimize.derivatives").Derivatives(f, **settings)


def scipys(ag):
    return importlib.import_module(f"{ag.__name__}.optimize.scipys")


# ------------------------------------------------------------------------------------------------ the derivatives


def test_the_derivatives_of_rosenbrock_are_scipys_own(ag):
    at = derivatives(ag, rosen)
    rng = np.random.default_rng(0)
    x, p = rng.normal(size=8), rng.normal(size=8)
    assert at.value(x) == pytest.approx(rosen(x), rel=1e-14) and isinstance(at.value(x), float)
    np.testing.assert_allclose(at.gradient(x), rosen_der(x), rtol=1e-12)
    np.testing.assert_allclose(at.hessian(x), rosen_hess(x), rtol=1e-12)
    np.testing.assert_allclose(at.hessian_product(x, p), rosen_hess_prod(x, p), rtol=1e-12)
    assert at.evaluations == 1
    large = derivatives(ag, rosen, sparse=True).hessian(x)
    assert isinstance(large, sparse.csr_array)
    np.testing.assert_allclose(large.toarray(), rosen_hess(x), rtol=1e-12)


def test_the_derivatives_of_several_results(ag):
    def f(x):
        return [x[0] * x[1], np.exp(x[0]), x[1] ** 3]

    at = derivatives(ag, f)
    x, v = np.array([0.5, 2.0]), np.array([1.0, 10.0, 100.0])
    np.testing.assert_array_equal(at.values(x), [1.0, math.exp(0.5), 8.0])
    np.testing.assert_array_equal(at.jacobian(x), [[2.0, 0.5], [math.exp(0.5), 0.0], [0.0, 12.0]])
    np.testing.assert_allclose(at.weighted_hessian(x, v), [[10 * math.exp(0.5), 1.0], [1.0, 1200.0]])
    assert at.evaluations == 1
    np.testing.assert_array_equal(derivatives(ag, f, sparse=True).jacobian(x).toarray(), at.jacobian(x))
    np.testing.assert_allclose(derivatives(ag, f, sparse=True).weighted_hessian(x, v).toarray(), at.weighted_hessian(x, v))


def test_the_last_two_points_are_remembered(ag):
    f = Counted(lambda x, k: k * x[0] ** 2)
    at = derivatives(ag, f)
    a, b, c, k = np.array([1.0]), np.array([2.0]), np.array([3.0]), 5.0
    for x in (a, b, a, b, a.copy(), b):
        assert at.value(x, k) == 5.0 * x[0] ** 2 and at.gradient(x, k) == 10.0 * x[0]
    assert f.calls == at.evaluations == 2
    at.value(c, k), at.value(b, k)
    assert f.calls == 3
    at.value(a, k)
    assert f.calls == 4
    assert at.value(a, 7.0) == 7.0 and f.calls == 5  # other args are another function
    a[0] = 4.0  # the caller's array changes: what is remembered does not
    assert at.value(a, 7.0) == 112.0


def test_inside_no_grad_too(ag):
    with ag.no_grad():
        at = derivatives(ag, rosen)
        x = np.array([0.5, -1.0, 2.0])
        np.testing.assert_allclose(at.hessian(x), rosen_hess(x), rtol=1e-12)
        np.testing.assert_allclose(at.hessian_product(x, np.ones(3)), rosen_hess(x).sum(1), rtol=1e-12)
        np.testing.assert_allclose(at.weighted_hessian(x, np.array([2.0])), 2.0 * rosen_hess(x), rtol=1e-12)


# ------------------------------------------------------------------------------------------------ minimize


@pytest.mark.parametrize("method, options", [("Newton-CG", {"xtol": 1e-10}), ("trust-constr", {"gtol": 1e-9, "maxiter": 500})])
def test_rosenbrock_in_100_dimensions(ag, method, options):
    f = Counted(rosen)
    x0 = np.tile([1.3, 0.7], 50)
    result = module(ag).minimize(f, x0, method=method, options=options)
    np.testing.assert_allclose(result.x, np.ones(100), rtol=1e-7)
    assert f.calls <= result.nfev  # one recording at each point that SciPy asks about, for value, gradient and products


METHODS = [
    None,
    "CG",
    "BFGS",
    "Newton-CG",
    "L-BFGS-B",
    "TNC",
    "SLSQP",
    "dogleg",
    "trust-ncg",
    "trust-krylov",
    "trust-exact",
    "trust-constr",
]


@pytest.mark.parametrize("method", METHODS)
def test_methods_get_what_they_take_and_evaluate_no_more_than_with_scipys_derivatives(ag, method):
    """The same path as with hand-written derivatives; the function is recorded once for each point."""

    def convex(x):
        return np.sum(np.cosh(x - [1.0, -2.0, 0.5])) + 0.1 * np.sum(x) ** 2

    def gradient(x):
        return np.sinh(x - [1.0, -2.0, 0.5]) + 0.2 * np.sum(x)

    def hessian(x):
        return np.diag(np.cosh(x - [1.0, -2.0, 0.5])) + 0.2

    optimize = module(ag)
    f = Counted(convex)
    x0 = np.array([0.1, 0.2, 0.3])
    result = optimize.minimize(f, x0, method=method)
    chosen = (method or "bfgs").lower()
    by_hand = {"jac": gradient} if chosen in scipys(ag).GRADIENT else {}
    if chosen in scipys(ag).HESSIAN:
        by_hand["hess"] = hessian
    elif chosen in scipys(ag).PRODUCTS:
        by_hand["hessp"] = lambda x, p: hessian(x) @ p
    expected = scipy.optimize.minimize(convex, x0, method=method, **by_hand)
    assert result.success == expected.success
    np.testing.assert_allclose(result.x, expected.x, rtol=1e-6)
    assert abs(result.nfev - expected.nfev) <= 2 and abs(result.nit - expected.nit) <= 2  # rounding may turn a step
    assert f.calls <= result.nfev
    np.testing.assert_allclose(gradient(result.x), 0.0, atol=1e-3)


@pytest.mark.parametrize("method", ["Nelder-Mead", "Powell", "COBYLA"])
def test_methods_without_derivatives_work_as_they_do(ag, method):
    result = module(ag).minimize(lambda x: (x[0] - 1.0) ** 2 + (x[1] + 2.0) ** 2, [0.0, 0.0], method=method)
    np.testing.assert_allclose(result.x, [1.0, -2.0], atol=1e-3)


def test_the_hessian_as_a_sparse_matrix(ag, monkeypatch):
    optimize = module(ag)
    kinds = []
    kind = scipys(ag).Derivatives
    original = kind.hessian
    monkeypatch.setattr(kind, "hessian", lambda *args: (kinds.append(original(*args)), kinds[-1])[1])
    x0 = np.tile([1.3, 0.7], 10)
    result = optimize.minimize(rosen, x0, method="trust-constr", sparse=True, options={"gtol": 1e-9})
    np.testing.assert_allclose(result.x, np.ones(20), rtol=1e-7)
    assert kinds and all(isinstance(hessian, sparse.csr_array) and hessian.nnz == 58 for hessian in kinds)
    with pytest.raises(ValueError, match=r"trust-constr.*'Newton-CG'"):
        optimize.minimize(rosen, x0, method="Newton-CG", sparse=True)


def test_a_method_of_ones_own_gets_gradient_and_products(ag):
    def newton(f, x, args=(), jac=None, hessp=None, **rest):
        n = len(x)
        for _ in range(20):
            matrix = np.array([hessp(x, column, *args) for column in np.eye(n)])
            x = x - np.linalg.solve(matrix, jac(x, *args))
        return scipy.optimize.OptimizeResult(x=x, fun=f(x, *args))

    result = module(ag).minimize(lambda x, a: np.sum(np.cosh(x - a)), [0.0, 0.0], args=(0.5,), method=newton)
    np.testing.assert_allclose(result.x, [0.5, 0.5], rtol=1e-12)


def test_further_arguments_bounds_and_callbacks_are_scipys(ag):
    seen = []
    result = module(ag).minimize(
        lambda x, a: (x[0] - a) ** 2, [0.0], args=(3.0,), bounds=[(0.0, 2.0)], callback=lambda xk: seen.append(xk.copy())
    )
    assert result.x == pytest.approx([2.0]) and seen
    assert module(ag).minimize(lambda x, a: (x[0] - a) ** 2, [0], args=3.0).x == pytest.approx([3.0])


# ------------------------------------------------------------------------------------------------ constraints


def test_a_constrained_problem_with_a_known_answer(ag):
    """Hock and Schittkowski's problem 71: minimum 17.0140173 at (1, 4.743, 3.8211, 1.3794)."""
    optimize = module(ag)
    volume = optimize.NonlinearConstraint(np.prod, 25.0, np.inf)
    sphere = optimize.NonlinearConstraint(lambda x: x @ x, 40.0, 40.0)
    for method in ("trust-constr", "SLSQP"):
        f = Counted(lambda x: x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2])
        options = {"gtol": 1e-9, "xtol": 1e-12, "maxiter": 2000} if method == "trust-constr" else {"ftol": 1e-12}
        result = optimize.minimize(
            f, [1.0, 5.0, 5.0, 1.0], method=method, bounds=[(1.0, 5.0)] * 4, constraints=[volume, sphere], options=options
        )
        assert result.fun == pytest.approx(17.0140173, rel=1e-6)
        np.testing.assert_allclose(result.x, [1.0, 4.7429994, 3.8211503, 1.3794082], rtol=1e-5)
        assert f.calls <= result.nfev


def test_constraints_are_passed_with_exact_jacobian_and_hessian(ag):
    constraint = module(ag).NonlinearConstraint(lambda x: [x[0] ** 2 * x[1], np.sin(x[0])], -1.0, 1.0, keep_feasible=True)
    x, v = np.array([0.7, 1.1]), np.array([2.0, 3.0])
    assert (constraint.lb, constraint.ub, constraint.keep_feasible) == (-1.0, 1.0, True)
    np.testing.assert_allclose(constraint.fun(x), [0.7**2 * 1.1, math.sin(0.7)])
    np.testing.assert_allclose(constraint.jac(x), [[1.54, 0.49], [math.cos(0.7), 0.0]])
    np.testing.assert_allclose(constraint.hess(x, v), [[4.4 - 3 * math.sin(0.7), 2.8], [2.8, 0.0]])
    large = module(ag).NonlinearConstraint(lambda x: [x[0] ** 2, x[1]], -1.0, 1.0, sparse=True)
    assert isinstance(large.jac(x), sparse.csr_array) and large.hess(x, v).toarray().tolist() == [[4.0, 0.0], [0.0, 0.0]]


def test_the_default_method_takes_constraints_without_a_warning(ag):
    """SciPy chooses SLSQP, which warns about Hessians it has no use for; warnings are errors here."""
    optimize = module(ag)
    circle = optimize.NonlinearConstraint(lambda x: x @ x, 0.0, 1.0)
    hessian = circle.hess
    for constraints in (circle, [circle], (circle, {"type": "ineq", "fun": lambda x: 2.0 - x[0]})):
        result = optimize.minimize(lambda x: x[0] + 2.0 * x[1], [0.1, 0.2], constraints=constraints)
        np.testing.assert_allclose(result.x, np.array([-1.0, -2.0]) / math.sqrt(5.0), rtol=1e-4)
    assert circle.hess == hessian  # yours is left as it was


# ------------------------------------------------------------------------------------------------ least squares, roots


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
def test_a_curve_fit(ag, method):
    """Misra1a of NIST's reference data sets: certified parameters 238.94212918 and 0.00055015643181."""
    y = np.array([10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78])
    x = np.array([77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0])
    residuals = Counted(lambda b: b[0] * (1.0 - np.exp(-b[1] * x)) - y)
    result = module(ag).least_squares(
        residuals, [500.0, 0.0001], method=method, x_scale=[100.0, 1e-4], xtol=1e-15, ftol=1e-15, gtol=1e-15
    )
    np.testing.assert_allclose(result.x, [238.94212918, 0.00055015643181], rtol=1e-8)
    assert 2.0 * result.cost == pytest.approx(0.12455138894, rel=1e-9)
    assert residuals.calls <= result.nfev + 1


def test_least_squares_with_scipys_other_arguments(ag):
    fit = module(ag).least_squares
    assert fit(lambda p, t, *, y: [p[0] * t - y], [0.0], args=(2.0,), kwargs={"y": 6.0}).x == pytest.approx([3.0])
    assert fit(lambda p: [p[0] - 3.0, 10.0 * (p[1] - p[0])], [0.0, 0.0], sparse=True).x == pytest.approx([3.0, 3.0])
    assert fit(lambda p: [p[0] - 3.0], [0.5], bounds=(0.0, 1.0), loss="soft_l1").x == pytest.approx([1.0])


@pytest.mark.parametrize("method", ["hybr", "lm", "krylov"])
def test_a_root(ag, method):
    f = Counted(lambda x, a: [x[0] ** 2 + x[1] ** 2 - a, np.exp(x[0]) - x[1]])
    result = module(ag).root(f, [0.5, 1.0], args=(4.0,), method=method)
    assert result.success
    x, y = result.x
    assert x * x + y * y == pytest.approx(4.0, rel=1e-5) and math.exp(x) == pytest.approx(y, rel=1e-5)
    if method != "krylov":
        assert np.linalg.norm(result.fun) < 1e-10 and f.calls <= result.nfev


# ------------------------------------------------------------------------------------------------ misuse


def test_derivatives_of_ones_own_are_refused(ag):
    optimize = module(ag)
    for call in (
        lambda: optimize.minimize(rosen, [0.0, 0.0], jac=rosen_der),
        lambda: optimize.minimize(rosen, [0.0, 0.0], hess=rosen_hess),
        lambda: optimize.minimize(rosen, [0.0, 0.0], hessp=rosen_hess_prod),
        lambda: optimize.least_squares(lambda x: x, [0.0], jac="2-point"),
        lambda: optimize.root(lambda x: x, [0.0], jac=True),
    ):
        with pytest.raises(TypeError, match=r"come from the graph: leave .*, or call scipy\.optimize itself"):
            call()


def test_functions_that_give_the_wrong_thing(ag):
    optimize = module(ag)
    with pytest.raises(TypeError, match="one number as its result, and <lambda> gave a list of 2"):
        optimize.minimize(lambda x: [x[0], x[0]], [0.0])
    with pytest.raises(TypeError, match="return forgotten"):
        optimize.minimize(lambda x: None, [0.0])
    with pytest.raises(TypeError, match="would cut the graph"):
        optimize.least_squares(lambda x: [math.exp(x[0])], [0.0])
    with pytest.raises(ZeroDivisionError):
        optimize.minimize(lambda x: 1 / 0, [0.0])


def test_a_complex_start_is_refused(ag):
    optimize = module(ag)
    for call in (
        lambda: optimize.minimize(lambda x: (x[0] - 1.5) ** 2, [1j]),
        lambda: optimize.root(lambda x: x, np.array([1.0 + 1j])),
        lambda: optimize.least_squares(lambda x: x, [1.0, 2j]),
    ):
        with pytest.raises(TypeError, match=r"real numbers, and x0 is complex: .*j"):
            call()


def test_without_scipy_one_is_told_what_to_install(ag, monkeypatch):
    monkeypatch.setitem(importlib.import_module("sys").modules, "scipy.optimize", None)
    with pytest.raises(ImportError, match="pip install scipy"):
        module(ag).minimize(rosen, [0.0, 0.0])


def test_a_result_without_a_graph_is_a_warning_and_no_success(ag):
    def cut(x):
        return (x[0].data - 3.0) ** 2

    for method in ("BFGS", "Newton-CG", "trust-exact", "trust-constr"):
        with pytest.warns(RuntimeWarning, match="cut has no graph down to its argument") as told:
            found = ag.optimize.minimize(cut, [1.0], method=method)
        assert not found.success and "derivatives are all 0" in found.message and len(told) == 1
        assert told[0].filename == __file__
    for search in (ag.optimize.root, ag.optimize.least_squares):
        with pytest.warns(RuntimeWarning, match="no graph"):
            assert not search(lambda x: [x[0].data - 3.0], [1.0]).success
    assert ag.optimize.minimize(cut, [1.0], method="Nelder-Mead").x[0] == pytest.approx(3.0, abs=1e-3)
    constraint = ag.optimize.NonlinearConstraint(lambda x: x[0].data, 0.0, 1.0)
    with pytest.warns(RuntimeWarning, match="no graph"):
        ag.optimize.minimize(lambda x: (x[0] - 3.0) ** 2, [0.5], method="SLSQP", constraints=[constraint])


def _two_starts(f, x, jac=None, **rest):
    jac(x)
    return scipy.optimize.minimize(f, x + 1.0, jac=jac, method="BFGS")


def test_a_result_that_is_constant_later_by_a_branch_is_fine(ag):
    found = ag.optimize.minimize(lambda x: (x[0] - 3.0) ** 2 if x[0] < 100.0 else 1e6, [0.0], method="BFGS")
    assert found.x[0] == pytest.approx(3.0)
    assert ag.optimize.minimize(lambda x: 5.0 + 0.0 * x[0], [1.0]).success
    with pytest.warns(RuntimeWarning, match="no graph"):  # and constant first
        found = ag.optimize.minimize(lambda x: (x[0] - 3.0) ** 2 if x[1] > 0.0 else 7.0, [5.0, 0.0], method=_two_starts)
    assert found.success


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("kind", ["masked", "matrix"])
def test_a_start_that_is_more_than_numbers_is_refused(ag, kind):
    x0 = np.ma.masked_array([1.0, 2.0], [0, 1]) if kind == "masked" else np.matrix([1.0, 2.0])
    with pytest.raises(TypeError, match="would be lost"):
        ag.optimize.minimize(lambda x: x[0] ** 2, x0)
