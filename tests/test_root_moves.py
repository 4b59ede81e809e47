"""Roots inside transforms and compiled functions: their derivatives are those of the implicit function theorem."""

import math

import numpy as np
import pytest

import autograd
from autograd import Value, compile, grad, hessian, jacobian
from autograd.optimize import root
from autograd.optimize.solving import _Search


def square_root(a):
    return root(lambda x, a: x**2 - a, 1.0, args=(a,)).x[0]


@pytest.mark.parametrize(
    "transform, expected",
    [
        (lambda f: f, lambda a: a**0.5),
        (grad, lambda a: 0.5 * a**-0.5),
        (lambda f: grad(grad(f)), lambda a: -0.25 * a**-1.5),
    ],
    ids=["value", "first", "second"],
)
def test_the_square_root_eagerly_compiled_and_over_rows(transform, expected):
    numbers = np.array([9.0, 4.0, 0.01, 1e4])
    f = compile(transform(lambda a: square_root(a) * 1.0))
    np.testing.assert_allclose([transform(square_root)(float(a)) for a in numbers], expected(numbers), rtol=1e-12)
    np.testing.assert_allclose([f(float(a)) for a in numbers], expected(numbers), rtol=1e-12)
    assert len(f.programs) == 1  # it is solved anew in each run, and not recorded anew
    over_rows = compile(transform(lambda a: square_root(a) * 1.0), in_axes=0)
    np.testing.assert_allclose(over_rows(numbers), expected(numbers), rtol=1e-12)


def test_as_many_orders_as_are_asked_for():
    def f(a, order):
        return root(lambda x, a: x**2 - a, 1.0, args=(a,), order=order).x[0]

    third = lambda order: autograd.derivative(lambda a: f(a, order), 3)(4.0)  # noqa: E731
    assert third(3) == pytest.approx(0.375 * 4.0**-2.5, rel=1e-11)
    beyond = autograd.derivative(lambda a: f(a, 2) * 1.0, 3)
    found = [third(2), compile(beyond)(4.0), *compile(beyond, in_axes=0)([4.0, 9.0])]
    assert not any(map(math.isfinite, found))
    for wrong in (0, True, 1.5):
        with pytest.raises(ValueError, match="order"):
            root(lambda x: x, 1.0, order=wrong)


def circle_and_curve(x, p, name):
    """Two equations of two numbers; `name` is no number."""
    return {name: x["u"] ** 2 + x["v"] ** 2 - p["r"], "curve": np.exp(x["u"]) - p["k"][0] * x["v"]}


def of_both(p):
    x = root(circle_and_curve, {"u": 0.5, "v": 1.0}, args=(p, "circle")).x
    return x["u"] * x["v"] ** 2


def test_structures_and_second_derivatives_by_several_numbers():
    p = {"r": 4.0, "k": [1.2]}
    autograd.check_gradients(lambda r, k: of_both({"r": r, "k": [k]}), (4.0, 1.2), order=2)
    first, second = grad(of_both)(p), hessian(of_both)(p)
    compiled = compile(grad(of_both))
    assert compiled(p)["r"] == pytest.approx(first["r"], rel=1e-12)
    other = {"r": 5.0, "k": [0.9]}
    assert compiled(other)["k"] == pytest.approx(grad(of_both)(other)["k"], rel=1e-10)
    found = compile(hessian(of_both))(p)
    assert found["r"]["k"] == pytest.approx(second["r"]["k"], rel=1e-10)
    assert found["k"][0]["k"] == pytest.approx(second["k"][0]["k"], rel=1e-10)


def test_a_root_depends_on_values_that_the_function_closes_over():
    a = autograd.Value(4.0)
    found = root(lambda x: x**2 - a, [1.0])
    found.x[0].backward()
    assert (found.x[0].data, a.grad) == pytest.approx((2.0, 0.25), rel=1e-14)
    with autograd.no_grad():
        assert root(lambda x: x**2 - a, [1.0]).x.dtype == float
    assert root(lambda x: x**2 - 4.0, [1.0]).x.dtype == float
    compiled = compile(lambda s: s * root(lambda x: x**2 - a, [1.0]).x[0])
    assert compiled(3.0) == pytest.approx(6.0)
    by_first, by_second = jacobian(lambda a: root(lambda x: [x[0] ** 2 - a[0], x[1] - a[0] * a[1]], [1.0, 1.0]).x)([9.0, 2.0])
    assert by_first == pytest.approx([1.0 / 6.0, 2.0]) and by_second == pytest.approx([0.0, 9.0])


def test_what_a_compiled_function_computes_goes_into_args():
    with pytest.raises(TypeError, match=r"closes over numbers that the compiled function computes.*give them in `args`"):
        compile(lambda a: root(lambda x: x**2 - 2.0 * a, 1.0).x[0])(4.0)


def test_a_compiled_function_has_a_root_that_moves():
    def f(x, a):
        return x**2 - a

    assert grad(lambda a: root(compile(f), 1.0, args=(a,)).x[0])(9.0) == pytest.approx(1.0 / 6.0, rel=1e-12)


def test_what_has_no_derivative_is_said():
    with pytest.raises(ArithmeticError, match="no derivatives: the Jacobian of the equations is singular"):
        grad(lambda a: root(lambda x, a: [(x[0] - a) * (x[1] - a), (x[0] - a) ** 3], [2.0, 2.0], args=(a,)).x[0])(2.0)
    with pytest.raises(RuntimeError, match="no root was found"):
        grad(lambda a: root(lambda x, a: x**2 + a, 1.0, args=(a,)).x[0])(2.0)
    assert not root(lambda x, a: x**2 + a, 1.0, args=(2.0,)).success  # numbers are SciPy's business
    with pytest.raises(ValueError, match="as many equations as numbers"):
        grad(lambda a: root(lambda x, a: [x[0] - a, x[0] - a], [1.0], args=(a,), method="lm").x[0])(2.0)


def test_it_is_solved_once_for_all_numbers_that_come_of_it(monkeypatch):
    solved = []
    original = _Search.solved
    monkeypatch.setattr(_Search, "solved", lambda self, *args: (solved.append(args), original(self, *args))[1])
    f = compile(grad(of_both))
    p = {"r": 4.0, "k": [1.2]}
    f(p)
    solved.clear()
    f({"r": 4.5, "k": [1.1]})
    assert len(solved) == 1


def test_a_compiled_function_that_reads_its_argument_alone_is_not_recorded_to_see_whether_its_root_moves():
    calls = []

    def f(x):
        calls.append(x)
        return [x[0] ** 2 * scale - 2.0]

    scale = 1.0
    fast = autograd.compile(f)
    assert root(fast, [1.0]).x[0] == pytest.approx(2.0**0.5)
    recorded = len(calls)
    assert root(fast, [1.5]).x[0] == pytest.approx(2.0**0.5) and len(calls) == recorded
    scale = Value(0.5)  # from now on the root moves
    moving = root(fast, [1.0]).x[0]
    assert moving.data == pytest.approx(2.0)
    moving.backward()
    assert scale.grad == pytest.approx(-2.0)  # of sqrt(2 / scale)
