"""Transforms inside transforms: to any order, without confusion, against mpmath; and random functions, to the second order."""

import functools
import itertools
import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

mpmath.mp.dps = 50


# ------------------------------------------------------------------------------------------------ nesting


def test_gradients_nest_to_any_order(ag):
    f = lambda x: x**5  # noqa: E731
    for want in (80.0, 160.0, 240.0, 240.0, 120.0, 0.0):
        f = ag.grad(f)
        assert f(2.0) == want


def test_the_hessian_of_a_gradient_norm(ag):
    """|∇f|² of f = x²y: 4x²y² + x⁴."""

    def norm(v):
        gradient = ag.grad(lambda u: u[0] ** 2 * u[1])(v)
        return gradient[0] ** 2 + gradient[1] ** 2

    x, y = 1.5, -0.5
    assert norm([x, y]) == 4 * x**2 * y**2 + x**4
    assert ag.grad(norm)([x, y]) == pytest.approx([8 * x * y**2 + 4 * x**3, 8 * x**2 * y])
    assert np.array(ag.hessian(norm)([x, y])) == pytest.approx(
        np.array([[8 * y**2 + 12 * x**2, 16 * x * y], [16 * x * y, 8 * x**2]])
    )


def test_mixed_partials_agree_with_mpmath(ag):
    def f(m, x, y, z):
        return m.sin(x * y) * m.exp(z / y) + m.log(x + z * z) / m.sqrt(y)

    point = (0.7, 1.3, 0.4)
    exact = functools.partial(f, mpmath)
    for orders in [(1, 1, 0), (0, 1, 1), (2, 1, 0), (1, 1, 1), (0, 2, 2), (3, 1, 1)]:
        partial = functools.partial(f, ag)
        for i, order in enumerate(orders):
            for _ in range(order):
                partial = ag.grad(partial, i)
        want = float(mpmath.diff(exact, tuple(map(mpmath.mpf, point)), orders))
        assert partial(*point) == pytest.approx(want, rel=1e-11), orders
        mixed_the_other_way = functools.partial(f, ag)
        for i, order in reversed([*enumerate(orders)]):
            for _ in range(order):
                mixed_the_other_way = ag.grad(mixed_the_other_way, i)
        assert mixed_the_other_way(*point) == pytest.approx(want, rel=1e-11), orders


DIFFERENTIATORS = {
    "grad": lambda ag, f: ag.grad(f),
    "value_and_grad": lambda ag, f: lambda x: ag.value_and_grad(f)(x)[1],
    "derivative": lambda ag, f: ag.derivative(f),
    "jacobian, reverse": lambda ag, f: ag.jacobian(f, mode="reverse"),
    "jacobian, forward": lambda ag, f: lambda x: ag.jacobian(lambda x: [f(x), x, 2.0 * x], mode="forward")(x)[0],
    "jvp": lambda ag, f: lambda x: ag.jvp(f, (x,), (1.0,))[1],
    "vjp": lambda ag, f: lambda x: ag.vjp(f, x)[1](1.0)[0],
    "of a list": lambda ag, f: lambda x: ag.grad(lambda xs: f(xs[0]))([x])[0],
    "of an array": lambda ag, f: lambda x: ag.grad(lambda xs: f(xs[0]))(np.array([x]))[0],
}


@pytest.mark.parametrize("outer, inner", [*itertools.product(DIFFERENTIATORS, repeat=2)])
def test_no_perturbation_confusion_in_any_pair(ag, outer, inner):
    d, e = (functools.partial(DIFFERENTIATORS[name], ag) for name in (outer, inner))
    # Siskind and Pearlmutter 2005: the inner derivative is 1 whatever x is, so the whole is 1 where a confused one says 2.
    assert d(lambda x: x * e(lambda y: x + y)(1.0))(1.0) == 1.0
    assert d(lambda x: x * e(lambda y: x * y)(2.0))(3.0) == 6.0
    assert d(lambda x: x * e(lambda y: x * y)(x))(3.0) == 6.0
    assert d(lambda x: e(lambda y: x**2 * y**3)(x))(2.0) == 48.0 + 48.0  # ∂ₓ 3x²y² at y = x, by both its places
    assert d(lambda x: e(lambda y: d(lambda z: x * y * z * z)(y))(x))(3.0) == 24.0  # 4xy at y = x
    assert d(lambda x: e(lambda x: x**3)(x))(2.0) == 12.0  # the inner x hides the outer
    assert d(lambda x: e(lambda y: x)(1.0) + x * e(lambda y: 3.0 * y)(1.0))(5.0) == 3.0


def test_no_confusion_through_what_a_function_keeps(ag):
    kept = []

    def f(x):
        kept.append(x)
        inner = ag.grad(lambda y: y * kept[0] * len(kept))(x)  # kept[0] is the first x ever seen, a constant from the second on
        return inner * x

    assert ag.grad(f)(3.0) == 6.0
    assert ag.grad(f)(3.0) == 2.0 * 3.0  # 3 * 2 * x now, with kept[0] the number 3
    cell = {"x": 1.0}

    def through_a_cell(x):
        cell["x"] = x
        return ag.grad(lambda y: cell["x"] * y * y)(2.0)

    assert ag.grad(through_a_cell)(7.0) == 4.0


def test_hvp_jvp_and_vjp_can_be_differentiated_by_everything_in_them(ag):
    def f(x):
        return x[0] ** 3 * x[1] ** 2

    x, v = [2.0, 3.0], [0.5, -1.0]
    third = ag.jacobian(lambda x: ag.hvp(f, x, v))(x)
    h = 1e-5
    for j in range(2):
        moved = [[a + s * h * (i == j) for i, a in enumerate(x)] for s in (1.0, -1.0)]
        numerical = (np.array(ag.hvp(f, moved[0], v)) - np.array(ag.hvp(f, moved[1], v))) / (2 * h)
        assert [row[j] for row in third] == pytest.approx(numerical.tolist(), rel=1e-7)
    assert ag.jacobian(lambda v: ag.hvp(f, x, v))(v) == ag.hessian(f)(x)
    assert ag.grad(lambda v: ag.jvp(f, (x,), (v,))[1])(v) == ag.grad(f)(x)
    assert ag.grad(lambda c: ag.vjp(f, x)[1](c)[0][1])(1.0) == ag.grad(f)(x)[1]
    assert ag.grad(lambda s: ag.jvp(lambda t: t**3, (s,), (s,))[1])(2.0) == 36.0  # 3s³
    assert ag.grad(lambda s: ag.vjp(lambda t: t**3, s)[1](s)[0])(2.0) == 36.0


def test_values_in_values_out(ag):
    x = ag.Value(3.0)
    slope = ag.grad(lambda v: v**3)(x)
    assert isinstance(slope, ag.Value) and ag.gradients(slope, [x])[0].data == 18.0
    slope.backward()
    assert x.grad == 18.0
    w = ag.Value(2.0)
    by_x = ag.grad(lambda v, w: w * v * v)(3.0, w)
    by_x.backward()
    assert (by_x.data, w.grad) == (12.0, 6.0)
    for got in (
        ag.hvp(lambda v: v**3, x, 1.0),
        ag.hvp(lambda v: v**3, 2.0, w),
        *ag.jvp(lambda v: v**2, (3.0,), (w,)),
        ag.vjp(lambda v: v, x)[0],
        ag.derivative(lambda v: v**2, 2)(x),
        ag.jacobian(lambda v: [v])(x)[0],
        ag.hessian(lambda v: v**3)(x),
        ag.grad(lambda p, data: data["w"] * p)(1.0, data={"w": w}),
        ag.grad(lambda p: p["w"][0] * 2.0)({"w": [w]})["w"][0],
    ):
        assert isinstance(got, ag.Value)
    array = ag.grad(lambda v: v @ v)(np.array([x, 1.0]))
    assert array.dtype == object and [v.data for v in array] == [6.0, 2.0]


def test_a_model_can_be_trained_through_its_derivative(ag):
    """The parameters are found in a closure: x is given as a Value, so that the derivative leads to them."""
    a, b = ag.Value(0.5), ag.Value(2.0)
    x = ag.Value(1.5)
    slope = ag.grad(lambda t: a * (b * t).sin())(x)
    (slope**2).backward()
    inner = 0.5 * 2.0 * math.cos(3.0)
    assert a.grad == pytest.approx(2 * inner * 2.0 * math.cos(3.0), rel=1e-13)
    assert b.grad == pytest.approx(2 * inner * (0.5 * math.cos(3.0) - 0.5 * 2.0 * 1.5 * math.sin(3.0)), rel=1e-13)


# ------------------------------------------------------------------------------------------------ high orders


@pytest.mark.parametrize("name, x", [("tanh", 0.7), ("sin", 1.1), ("log", 1.7), ("sqrt", 0.6), ("arctan", 0.4), ("erf", 0.3)])
def test_derivatives_of_orders_one_to_ten_agree_with_mpmath(ag, name, x):
    exact = {"arctan": mpmath.atan}.get(name) or getattr(mpmath, name)
    taylor = mpmath.taylor(exact, mpmath.mpf(x), 10)
    for order in range(11 if ag.build == "compiled" else 7):
        want = float(taylor[order] * mpmath.factorial(order))
        assert ag.derivative(getattr(ag, name), order)(x) == pytest.approx(want, rel=1e-11), order


def test_nested_grads_and_derivative_give_the_same(ag):
    def f(x):
        return (x.sin() * 2.0).exp() / (1.0 + x * x)

    nested = f
    for _ in range(5):
        nested = ag.grad(nested)
    assert nested(0.8) == pytest.approx(ag.derivative(f, 5)(0.8), rel=1e-12)


def test_work_of_a_higher_order_grows_by_a_bounded_factor(ag):
    """Reverse mode over itself multiplies a graph by the edges of a node, about 3 each time, and no more."""
    y = x = ag.Value(0.7)
    y = y.tanh()
    sizes = []
    for _ in range(7):
        (y,) = ag.gradients(y, [x])
        sizes.append(len(ag.topological_order(y)))
    assert all(after < 3.3 * before for before, after in itertools.pairwise(sizes[1:]))
    polynomial = x**3 + 2.0 * x
    (first,) = ag.gradients(polynomial, [x])
    (second,) = ag.gradients(first, [x])
    (third,) = ag.gradients(second, [x])
    assert len(ag.topological_order(third)) <= len(ag.topological_order(polynomial))


@pytest.mark.parametrize(
    "name, x", [("sqrt", 0.0), ("sqrt", -0.0), ("log", 0.0), ("log", -0.0), ("log2", -0.0), ("log10", -0.0), ("log1p", -1.0)]
)
def test_where_the_slope_is_infinite_the_second_derivative_is_its_limit(ag, name, x):
    f = getattr(ag, name)
    assert ag.grad(f)(x) == math.inf
    assert ag.grad(ag.grad(f))(x) == ag.hessian(f)(x) == ag.derivative(f, 2)(x) == -math.inf


# ------------------------------------------------------------------------------------------------ primitives of one's own


@pytest.mark.usefixtures("table_as_before")
def test_primitives_of_ones_own_take_part(ag):
    swing = ag.primitive("swing", lambda x, y: math.sin(x) * y, [lambda x, y, out: ag.cos(x) * y, lambda x, y, out: ag.sin(x)])
    squares = ag.primitive(
        "squares", lambda xs: math.fsum(x * x for x in xs), lambda xs, out: [2.0 * x for x in xs], over_list=True
    )

    def f(x):
        return swing(x[0], x[1] * x[1]) + squares([x[0], 3.0, x[1]])

    def plain(x):
        return ag.sin(x[0]) * (x[1] * x[1]) + (x[0] * x[0] + 9.0 + x[1] * x[1])

    x, v = [0.6, 1.4], [1.0, -2.0]
    assert ag.grad(f)(x) == pytest.approx(ag.grad(plain)(x), rel=1e-14)
    assert np.array(ag.hessian(f)(x)) == pytest.approx(np.array(ag.hessian(plain)(x)), rel=1e-14)
    assert ag.hvp(f, x, v) == pytest.approx(ag.hvp(plain, x, v), rel=1e-14)
    assert ag.jvp(f, (x,), (v,)) == pytest.approx(ag.jvp(plain, (x,), (v,)), rel=1e-14)
    third = ag.jacobian(ag.hessian(f), mode="forward")(x)
    assert np.array(third) == pytest.approx(np.array(ag.jacobian(ag.hessian(plain))(x)), rel=1e-13)
    assert ag.hessian(f, sparse=True)(x).toarray() == pytest.approx(np.array(ag.hessian(plain)(x)), rel=1e-14)


@pytest.mark.usefixtures("table_as_before")
def test_slopes_on_floats_alone_are_an_error_beyond_the_first_order_and_no_silent_zero(ag):
    once = ag.primitive("once", math.exp, lambda x, out: math.exp(x))
    many = ag.primitive("many", sum, lambda xs, out: [math.cos(x) for x in xs], over_list=True)
    for f, name in ((once, "once"), (lambda x: many([x, x]), "many")):
        assert isinstance(ag.grad(f)(0.5), float)
        for second in (ag.grad(ag.grad(f)), ag.hessian(f), ag.derivative(f, 2), lambda x, f=f: ag.hvp(f, x, 1.0)):
            with pytest.raises(TypeError, match="would cut the graph") as caught:
                second(0.5)
            assert f"a slope of the primitive '{name}'" in caught.value.__notes__[0]


# ------------------------------------------------------------------------------------------------ random functions

OPERATIONS = {
    "add": (2, lambda m, a, b: a + b),
    "sub": (2, lambda m, a, b: a - b),
    "mul": (2, lambda m, a, b: a * b),
    "div": (2, lambda m, a, b: a / (2.0 + m.sin(b))),
    "pow": (2, lambda m, a, b: (1.0 + a * a) ** m.tanh(b)),
    "sin": (1, lambda m, a: m.sin(a)),
    "tanh": (1, lambda m, a: m.tanh(a)),
    "exp": (1, lambda m, a: m.exp(m.sin(a))),
    "log": (1, lambda m, a: m.log(1.0 + a * a)),
    "sqrt": (1, lambda m, a: m.sqrt(1.5 + m.cos(a))),
    "cube": (1, lambda m, a: a**3),
    "erf": (1, lambda m, a: m.erf(a)),
}


def applied(children):
    return st.one_of(
        *[st.tuples(st.just(name), *[children] * arity) for name, (arity, _) in OPERATIONS.items()],
    )


TREES = st.recursive(st.integers(0, 2) | st.floats(-2.0, 2.0), applied, max_leaves=6)
POINTS = st.tuples(*[st.floats(-1.5, 1.5)] * 3)


def evaluated(tree, m, x):
    if isinstance(tree, tuple):
        return OPERATIONS[tree[0]][1](m, *[evaluated(child, m, x) for child in tree[1:]])
    return x[tree] if isinstance(tree, int) else tree


@settings(max_examples=200)
@given(tree=TREES, point=POINTS, i=st.integers(0, 2), j=st.integers(0, 2))
def test_random_functions_agree_with_mpmath(ag, tree, point, i, j):
    def exact(*x):
        return mpmath.mpf(1) * evaluated(tree, mpmath, x)

    def f(x):
        return evaluated(tree, ag, x)

    def order(*places):
        return tuple(places.count(k) for k in range(3))

    x = [*point]
    hessian = ag.hessian(f)(x)
    exact_point = tuple(map(mpmath.mpf, point))
    first = float(mpmath.diff(exact, exact_point, order(i)))
    second = float(mpmath.diff(exact, exact_point, order(i, j)))
    gradient = ag.grad(f)(x)
    scale = 1.0 + max(map(abs, gradient)) + max(abs(entry) for row in hessian for entry in row)
    assert gradient[i] == pytest.approx(first, rel=1e-9, abs=1e-12 * scale)
    assert hessian[i][j] == pytest.approx(second, rel=1e-9, abs=1e-11 * scale)
    assert hessian[i][j] == pytest.approx(hessian[j][i], rel=1e-9, abs=1e-11 * scale)
    forward = ag.jacobian(lambda x: [f(x)], mode="forward")(x)[0]
    assert forward == pytest.approx(gradient, rel=1e-9, abs=1e-12 * scale)
    along = [1.0, -2.0, 0.5]
    product = [sum(a * b for a, b in zip(row, along, strict=True)) for row in hessian]
    assert ag.hvp(f, x, along) == pytest.approx(product, rel=1e-9, abs=1e-11 * scale)
    assert ag.hessian(f, sparse=True)(x).toarray() == pytest.approx(np.array(hessian), rel=1e-9, abs=1e-11 * scale)


# ------------------------------------------------------------------------------------------------ Values that were there before


def test_a_value_made_by_another_thread_or_call_is_no_constant_of_this_one(ag):
    """Only what f makes on its way is: not what an earlier call of f made and kept, nor what another transform did."""
    kept = []

    def keeping(x):
        kept.append(ag.Value(2.0))
        return kept[0] * x**2

    assert type(ag.grad(keeping)(3.0)) is float  # made on the way
    again = ag.grad(keeping)(3.0)  # kept[0] is of the call before
    assert ag.gradients(again, [kept[0]])[0].data == 6.0


@pytest.mark.parametrize("make", ["floor", "detach", "round", "copy", "no_grad", "inner grad", "labelled"])
def test_every_way_to_make_a_constant_inside(ag, make):
    import copy

    def constant():
        c = ag.Value(2.25, label="c")
        if make == "no_grad":
            with ag.no_grad():
                return c * 3.0
        if make == "inner grad":
            return ag.Value(ag.grad(lambda u: c * u)(1.0).data)
        c.label = "d"
        return {"floor": ag.floor, "detach": ag.Value.detach, "round": round, "copy": copy.deepcopy}.get(make, lambda c: c)(c)

    assert type(ag.grad(lambda x: constant() * x)(3.0)) is float
    outside = constant()
    assert ag.gradients(ag.grad(lambda x: outside * x**2)(3.0), [outside])[0].data == 6.0


def test_labels_and_places_of_constants_made_inside(ag):
    found = []

    def f(x):
        c = ag.Value(2.0, label="c")
        found.extend([c.label, c.origin])
        c.label = "d"
        found.append(c.label)
        return c * x

    ag.grad(f)(1.0)
    assert found == ["c", None, "d"]


def test_optimisers_take_numbers_whatever_f_closes_over(ag):
    p = ag.Value(2.0)
    assert ag.optimize.minimize(lambda x: (x[0] - p) ** 2, [0.0]).x[0] == pytest.approx(2.0)
    assert ag.optimize.least_squares(lambda x: [x[0] - p, x[0] - p], [0.0]).x[0] == pytest.approx(2.0)
    assert ag.optimize.root(lambda x: [x[0] ** 3 - p * 4.0], [1.0]).x[0] == pytest.approx(2.0)


def test_sparse_where_f_closes_over_values(ag):
    p = ag.Value(2.0)
    f = ag.jacobian(lambda x: [p * x[0]], sparse=True)
    with pytest.raises(TypeError, match="closes over"):
        f([1.0])
    with ag.no_grad():
        assert f([1.0]).toarray().tolist() == [[2.0]]
