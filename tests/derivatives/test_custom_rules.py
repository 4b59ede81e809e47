"""custom_vjp and custom_jvp: the derivatives that a rule says, eagerly, compiled and over rows, to second order."""

import math

import numpy as np
import pytest

import autograd
from autograd import compile, custom_jvp, custom_vjp, grad, hessian, jacobian, jvp, linearize, value_and_grad, vjp
from autograd.engine.primitives import BY_NAME


@pytest.fixture(autouse=True)
def _table_as_before():
    before = dict(BY_NAME)
    yield
    BY_NAME.clear()
    BY_NAME.update(before)


def plain(x, y):
    return [autograd.sin(x) * y, x * y**2]


def by_vjp(scale=1.0):
    f = custom_vjp(plain)

    def fwd(x, y):
        return f(x, y), (x, y)

    def bwd(kept, g):
        x, y = kept
        return (
            scale * (g[0] * autograd.cos(x) * y + g[1] * y**2),
            scale * (g[0] * autograd.sin(x) + 2.0 * g[1] * x * y),
        )

    f.defvjp(fwd, bwd)
    return f


def by_jvp(scale=1.0):
    f = custom_jvp(plain)

    @f.defjvp
    def _(primals, tangents):
        (x, y), (dx, dy) = primals, tangents
        along = [autograd.cos(x) * y * dx + autograd.sin(x) * dy, y**2 * dx + 2.0 * x * y * dy]
        return f(x, y), [scale * t for t in along]

    return f


KINDS = {"vjp": by_vjp, "jvp": by_jvp}
POINTS = [[0.5, 2.0], [1.5, -0.3], [-2.0, 0.7]]


def number(h):
    """A number of four, by way of a function h called twice, the second time with what it gave."""
    return lambda v: h(h(v[0], v[1])[0], h(v[1], v[0])[1])[1] + v[0]


@pytest.mark.parametrize("kind", KINDS)
def test_first_and_second_derivatives_eagerly_compiled_and_over_rows(kind):
    f, expected = number(KINDS[kind]()), number(plain)
    for transform in (grad, hessian):
        wanted = [transform(expected)(point) for point in POINTS]
        np.testing.assert_allclose([transform(f)(point) for point in POINTS], wanted, rtol=1e-12)
        compiled = compile(transform(f))
        np.testing.assert_allclose([compiled(point) for point in POINTS], wanted, rtol=1e-12)
        assert len(compiled.programs) == 1
        over_rows = compile(transform(f), in_axes=0)(np.array(POINTS))
        np.testing.assert_allclose(over_rows, wanted, rtol=1e-12)
    assert compile(f)(POINTS[0]) == f(POINTS[0]) == expected(POINTS[0])


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_the_rule_that_counts_and_not_the_function(kind):
    f = KINDS[kind](scale=3.0)
    one, x = (lambda v: f(v[0], v[1])[0]), [0.5, 2.0]
    expected = [3.0 * math.cos(0.5) * 2.0, 3.0 * math.sin(0.5)]
    for gradient in (grad(one), compile(grad(one))):
        np.testing.assert_allclose(gradient(x), expected, rtol=1e-14)
    np.testing.assert_allclose(compile(grad(one), in_axes=0)(np.array([x]))[0], expected, rtol=1e-14)
    second = [[-3.0 * 3.0 * math.sin(0.5) * 2.0, 3.0 * 3.0 * math.cos(0.5)], [3.0 * math.cos(0.5), 0.0]]
    if kind == "vjp":  # the rule's own arithmetic is differentiated, which goes past the function
        second = [[-3.0 * math.sin(0.5) * 2.0, 3.0 * math.cos(0.5)], [3.0 * math.cos(0.5), 0.0]]
        np.testing.assert_allclose(hessian(one)(x), second, rtol=1e-14)
        np.testing.assert_allclose(compile(hessian(one))(x), second, rtol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_all_transforms_and_backward(kind):
    f = KINDS[kind]()
    x, y = autograd.Value(0.5, label="x"), autograd.Value(2.0, label="y")
    first, second = f(x, y)
    assert (first.op, second.op, first.parents) == ("plain[0]", "plain[1]", (x, y))
    (first * second).backward()
    expected = grad(lambda x, y: plain(x, y)[0] * plain(x, y)[1], (0, 1))(0.5, 2.0)
    assert (x.grad, y.grad) == pytest.approx(expected, rel=1e-14)
    assert jacobian(f, (0, 1))(0.5, 2.0) == [pytest.approx(row) for row in jacobian(plain, (0, 1))(0.5, 2.0)]
    assert jvp(f, (0.5, 2.0), (1.0, -1.0))[1] == pytest.approx(jvp(plain, (0.5, 2.0), (1.0, -1.0))[1])
    assert vjp(f, 0.5, 2.0)[1]([1.0, -1.0]) == pytest.approx(vjp(plain, 0.5, 2.0)[1]([1.0, -1.0]))
    with autograd.no_grad():
        assert f(x, y)[0].parents == ()
    assert f(0.5, 2.0) == plain(0.5, 2.0)
    autograd.check_gradients(lambda x, y: f(x, y)[0], (0.5, 2.0), order=2)
    assert "plain[0]" in autograd.explore(lambda x, y: f(x, y)[0], 0.5, 2.0).text()


# ------------------------------------------------------------------------------------------------ functions of floats


def solver():
    """NumPy's, which takes no Values: called back by programs."""
    solve = custom_vjp(np.linalg.solve)

    def bwd(kept, g):
        a, x = kept
        lam = np.linalg.solve(a.T, g)
        return -np.outer(lam, x), lam

    solve.defvjp(lambda a, b: (x := np.linalg.solve(a, b), (a, x)), bwd)
    return solve


A, B = np.array([[2.0, 1.0], [0.5, 3.0]]), np.array([1.0, 2.0])


def cramer(a, b):
    det = a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0]
    return np.array([a[1, 1] * b[0] - a[0, 1] * b[1], a[0, 0] * b[1] - a[1, 0] * b[0]]) / det


def test_a_function_of_arrays_of_floats():
    solve = solver()
    expected = jacobian(cramer, (0, 1))(A, B)
    for found in (jacobian(solve, (0, 1))(A, B), compile(jacobian(solve, (0, 1)))(A, B)):
        for part, wanted in zip(found, expected, strict=True):
            np.testing.assert_allclose(part, wanted, rtol=1e-12)
    rows = np.stack([A, A + 1.0, A.T])

    def loss(a):
        return (solve(a, B) ** 2).sum()

    by_rows = compile(grad(loss), in_axes=0)(rows)
    np.testing.assert_allclose(by_rows, [grad(lambda a: (cramer(a, B) ** 2).sum())(a) for a in rows], rtol=1e-12)
    with pytest.raises(TypeError, match="first derivatives only: write them"):
        hessian(loss)(A)


def test_a_program_calls_back_once_for_all_results_and_slopes():
    calls = []

    def f(x, y):
        calls.append((x, y))
        return math.sin(x) * y, math.cos(x), x + y

    g = custom_vjp(f)
    g.defvjp(lambda x, y: (f(x, y), (x, y)), lambda k, g: (g[0] * math.cos(k[0]) * k[1] - g[1] * math.sin(k[0]) + g[2], g[2]))
    compiled = compile(value_and_grad(lambda x, y: sum(g(x, y)) ** 2, (0, 1)))
    compiled(0.5, 1.0)
    calls.clear()
    compiled(0.7, 2.0)
    assert calls == [(0.7, 2.0)]
    x = np.linspace(0.0, 1.0, 50)
    calls.clear()
    compile(value_and_grad(lambda x, y: sum(g(x, y)) ** 2, (0, 1)), in_axes=0)(x, x)
    assert len(calls) <= 50 + 5


def test_a_solver_that_branches_is_called_back_and_not_recorded_anew():
    """Newton's iterations as often as they are needed: in a program that would be a guard for each."""

    @custom_vjp
    def root(a):
        x = a
        while abs(x * x - a) > 1e-14 * a:
            x = 0.5 * (x + a / x)
        return x

    root.defvjp(lambda a: ((x := root(a)), x), lambda x, g: (g / (2.0 * x),))
    numbers = [2.0, 3.0, 1e6, 1e-6, 1.0, 5.0]
    for transform, expected in (
        (lambda f: f, np.sqrt(numbers)),
        (grad, 0.5 * np.power(numbers, -0.5)),
        (lambda f: grad(grad(f)), -0.25 * np.power(numbers, -1.5)),
    ):
        f = compile(transform(lambda a: root(a) * 1.0))
        np.testing.assert_allclose([f(a) for a in numbers], expected, rtol=1e-12)
        np.testing.assert_allclose([transform(lambda a: root(a) * 1.0)(a) for a in numbers], expected, rtol=1e-12)
        if transform is not grad or len(f.programs) > 1:
            continue
        assert len(f.programs) == 1
    by_rows = compile(grad(lambda a: root(a)), in_axes=0)
    np.testing.assert_allclose(by_rows(np.array(numbers)), 0.5 * np.power(numbers, -0.5), rtol=1e-12)
    assert len(by_rows.programs) == 1


def test_what_changed_since_is_not_remembered_eagerly():
    factor = [2.0]
    f = custom_vjp(lambda x: math.fabs(factor[0] * x))
    f.defvjp(lambda x: (math.fabs(factor[0] * x), None), lambda kept, g: (factor[0] * g,))
    assert value_and_grad(f)(3.0) == (6.0, 2.0)
    factor[0] = 5.0
    assert value_and_grad(f)(3.0) == (15.0, 5.0)


# ------------------------------------------------------------------------------------------------ structures


def test_structures_in_and_out_and_arguments_that_are_no_numbers():
    @lambda f: custom_vjp(f, nondiff_argnums=(0, 2))
    def combine(name, p, power):
        return {name: p["w"] * p["b"][0] ** power, "sum": np.sum(p["w"])}

    asked = []

    def bwd(name, power, p, g):
        asked.append((name, power))
        slopes = {"b": [np.sum(g[name] * p["w"]) * power * p["b"][0] ** (power - 1), 0.0]}
        return ({**slopes, "w": g[name] * p["b"][0] ** power + g["sum"]},)  # in another order

    combine.defvjp(lambda name, p, power: (combine(name, p, power), p), bwd)
    p = {"w": np.array([1.0, 2.0]), "b": [3.0, 4.0]}

    def loss(f):
        return lambda p: np.sum(f("out", p, 2)["out"] ** 2) + f("out", p, 2)["sum"]

    expected = grad(loss(combine.f))(p)
    for gradient in (grad(loss(combine)), compile(grad(loss(combine)))):
        found = gradient(p)
        np.testing.assert_allclose(found["w"], expected["w"])
        np.testing.assert_allclose(found["b"], expected["b"])
    assert set(asked) == {("out", 2)}
    assert set(combine("a", p, 1)) == {"a", "sum"}


def test_rules_for_each_argument_and_none_for_zeros():
    f = custom_jvp(lambda x, y, z: x * y + z)
    f.defjvps(lambda dx, out, x, y, z: dx * y, None, lambda dz, out, x, y, z: dz * out)
    assert grad(f, (0, 1, 2))(2.0, 3.0, 4.0) == (3.0, 0.0, 10.0)
    assert compile(grad(f, (0, 1, 2)))(2.0, 3.0, 4.0) == (3.0, 0.0, 10.0)
    g = custom_vjp(lambda x, y: x * y)
    g.defvjp(lambda x, y: (x * y, y), lambda y, g: (g * y, None))
    assert grad(g, (0, 1))(2.0, 3.0) == (3.0, 0.0)


# ------------------------------------------------------------------------------------------------ misuse


def test_what_is_wrong_is_said():
    f = custom_vjp(lambda x, y: x * y)
    with pytest.raises(TypeError, match=r"no rule yet: give .*defvjp"):
        grad(f)(1.0, 2.0)
    with pytest.raises(TypeError, match="no rule yet"):
        grad(custom_jvp(lambda x: x))(1.0)
    for bwd, error, match in (
        (lambda kept, g: g, TypeError, "gives a tuple with a cotangent for each of 2 arguments, and it gave 1.0"),
        (lambda kept, g: (g,), TypeError, "each of 2 arguments"),
        (lambda kept, g: (g, [g]), ValueError, "cotangent 1 .* is a list of 1, where a number is wanted"),
        (lambda kept, g: (g, "1"), TypeError, "cotangent 1"),
    ):
        f.defvjp(lambda x, y: (x * y, None), bwd)
        with pytest.raises(error, match=match):
            grad(f)(1.0, 2.0)
    f.defvjp(lambda x, y: x * y, lambda kept, g: (g, g))
    with pytest.raises(TypeError, match=r"fwd of <lambda> gives \(result, residuals\)"):
        grad(f)(1.0, 2.0)
    g = custom_jvp(lambda x: [x, x])
    g.defjvp(lambda primals, tangents: (primals[0], [tangents[0]] * 3))
    with pytest.raises(ValueError, match="tangent by the rule of <lambda>"):
        jacobian(g)(1.0)
    for given in (1.0, [2.0, 1.0], (2.0, 1.0, 0.0)):
        g.defjvp(lambda primals, tangents, given=given: given)
        with pytest.raises(TypeError, match=r"gives \(result, its tangent\), and it gave"):
            jacobian(g)(1.0)
    with pytest.raises(TypeError, match="by position"):
        f(1.0, y=autograd.Value(2.0))
    with pytest.raises(TypeError, match=r"nondiff_argnums=\(1,\)"):
        f(autograd.Value(1.0), "text")
    for wrong in (lambda: custom_vjp(3.0), lambda: f.defvjp(None, max), lambda: g.defjvp(1.0), lambda: g.defjvps("x")):
        with pytest.raises(TypeError, match="takes"):
            wrong()


def test_values_from_outside_are_refused():
    """No derivative would reach them."""
    w = autograd.Value(3.0)
    f = custom_vjp(lambda x: w * x)
    f.defvjp(lambda x: (w * x, None), lambda kept, g: (g * w.data,))
    with pytest.raises(TypeError, match=r"closes over Values, .* make them arguments"):
        grad(f)(2.0)


def test_errors_of_the_function_itself_come_through():
    f = custom_vjp(lambda x: x.exp() / 0)
    f.defvjp(lambda x: (f(x), None), lambda kept, g: (1 // 0,))
    with pytest.raises(ZeroDivisionError):
        grad(f)(2.0)


def test_names_of_built_in_primitives_stay_theirs():
    def exp(x):
        return autograd.exp(x)

    f = custom_vjp(exp)
    f.defvjp(lambda x: (exp(x), x), lambda x, g: (7.0 * g,))
    assert grad(f)(0.0) == 7.0 and grad(autograd.exp)(0.0) == 1.0
    assert f(autograd.Value(0.0)).op == "custom exp"


# ------------------------------------------------------------------------------------------------ linearize


def test_linearize_is_jvp_with_one_recording():
    calls = []

    def f(x, y):
        calls.append(1)
        return {"a": x[0] * y, "b": np.array([x[1] ** 2, y])}

    x, y = [2.0, 3.0], 5.0
    value, along = linearize(f, x, y)
    assert value["a"] == 10.0
    tangents = [([1.0, 0.0], 0.0), ([0.0, 1.0], 0.0), ([0.3, -0.2], 2.0)]
    found = [along(*tangent) for tangent in tangents]
    assert len(calls) == 1
    for tangent, out in zip(tangents, found, strict=True):
        expected = jvp(f, (x, y), tangent)[1]
        assert out["a"] == expected["a"] and out["b"].tolist() == expected["b"].tolist()
    with pytest.raises(ValueError, match="tangents"):
        along([1.0, 0.0])
    with pytest.raises(TypeError, match="takes a function"):
        linearize(3.0)


def test_linearize_nests_and_is_compiled():
    def f(x):
        return x[0] ** 3 * x[1]

    def slope(x):
        return linearize(f, x)[1](np.array([1.0, 2.0]))

    point = np.array([2.0, 3.0])
    expected = hessian(f)(point)
    for gradient in (grad(slope), compile(grad(slope))):
        np.testing.assert_allclose(gradient(point), np.array(expected) @ [1.0, 2.0])
    along = linearize(f, [2.0, 3.0])[1]
    assert grad(lambda v: along([v, v]) * v)(2.0) == pytest.approx(2.0 * 2.0 * (36.0 + 8.0))
    rows = np.array([[2.0, 3.0], [1.0, -1.0]])
    np.testing.assert_allclose(compile(slope, in_axes=0)(rows), [slope(row) for row in rows])
