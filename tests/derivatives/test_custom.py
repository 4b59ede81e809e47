"""ag.primitive: primitives of one's own behave as the built-in ones do, wherever the table of primitives is read."""

import copy
import math
import pickle

import pytest

pytestmark = pytest.mark.usefixtures("table_as_before")


def cube_of(ag, **options):
    return ag.primitive("cube", lambda x: x * x * x, lambda x, out: 3.0 * x * x, **options)


def test_one_operand(ag):
    cube = cube_of(ag)
    x = ag.Value(2.0)
    y = cube(x)
    assert (y.data, y.op, y.parents[0] is x, y.local_derivatives) == (8.0, "cube", True, (12.0,))
    (y * 2 + x).backward()
    assert x.grad == 25.0
    number = cube(3)
    assert type(number) is float and number == 27.0
    assert cube.__name__ == "cube" and "cube" in repr(cube)


def test_slope_may_use_the_output(ag):
    grow = ag.primitive("grow", math.exp, lambda x, out: out)
    x = ag.Value(1.0)
    grow(x).backward()
    assert x.grad == math.e


def test_two_operands(ag):
    blend = ag.primitive("blend", lambda x, y: x * x * y, [lambda x, y, out: 2.0 * x * y, lambda x, y, out: x * x], symbol="⊗")
    x, y = ag.Value(3.0), ag.Value(5.0)
    z = blend(x, y)
    z.backward()
    assert (z.data, x.grad, y.grad) == (45.0, 30.0, 9.0)
    w = ag.Value(2.0)
    same = blend(w, w)
    same.backward()
    assert w.grad == 12.0 and len(same.parents) == 2
    blend.check(1.5, -2.0)


def test_constants_are_asked_for_no_slope(ag):
    asked = []

    def slope_x(x, y, out):
        asked.append("x")
        return y

    def slope_y(x, y, out):
        asked.append("y")
        return x

    times = ag.primitive("times", lambda x, y: x * y, (slope_x, slope_y))
    x = ag.Value(3.0)
    z = times(x, 2.0)
    z.backward()
    assert asked == ["x"] and x.grad == 2.0 and len(z.parents) == 1
    assert ag.gradients(z, [x])[0].data == 2.0
    assert asked == ["x", "x"]
    asked.clear()
    z = times(2, x)
    z.backward()
    assert asked == ["y"] and x.grad == 4.0
    asked.clear()
    assert times(2.0, 3.0) == 6.0 and asked == []
    y = ag.Value(4.0)
    z = times(x, y)
    asked.clear()
    ag.gradients(z, [y])
    assert asked == ["y"]


def test_over_a_list(ag):
    def slopes(xs, out):
        return [2.0 * x for x in xs]

    norm2 = ag.primitive("norm2", lambda xs: math.fsum(x * x for x in xs), slopes, over_list=True, check=[([1.0, 2.0, 3.0],)])
    xs = [ag.Value(1.0), 5.0, ag.Value(-2.0)]
    y = norm2(xs)
    y.backward()
    assert y.data == 30.0 and xs[0].grad == 2.0 and xs[2].grad == -4.0 and y.parents == (xs[0], xs[2])
    assert norm2([3, 4]) == 25.0 and norm2(v for v in (3.0, 4.0)) == 25.0
    (first,) = ag.gradients(norm2(xs), xs[:1])
    assert ag.gradients(first, xs[:1])[0].data == 2.0
    with pytest.raises(TypeError, match="one list"):
        norm2(1.0, 2.0)


def test_over_a_list_with_too_few_slopes(ag):
    short = ag.primitive("short", sum, lambda xs, out: [1.0], over_list=True)
    with pytest.raises(ValueError, match="2 operands here, and its slopes are 1"):
        short([ag.Value(1.0), ag.Value(2.0)])


def test_gradients_of_every_order(ag):
    cube = cube_of(ag)
    x = ag.Value(2.0)
    y = cube(x) * x
    orders = [y]
    for _ in range(4):
        orders.append(ag.gradients(orders[-1], [x])[0])
    assert [v.data for v in orders] == [16.0, 32.0, 48.0, 48.0, 24.0]
    with ag.no_grad():
        assert cube(x).parents == ()


def test_composes_with_the_engine(ag):
    cube = cube_of(ag)
    x = ag.Value(0.5)
    y = ag.dot([cube(x), x], [x.exp(), cube(2.0 * x)])
    ag.check_gradients(lambda v: ag.dot([cube(v), v], [v.exp(), cube(2.0 * v)]), [0.5])
    assert "cube" in [v.op for v in ag.topological_order(y)]
    assert "cube" in ag.draw(cube(x)).source


def test_symbol_in_a_picture(ag):
    odd = ag.primitive("odd", lambda x: -x, lambda x, out: -1.0, symbol="⊖")
    assert "⊖" in ag.draw(odd(ag.Value(1.0))).source


def test_checked_when_defined(ag, capsys):
    cube_of(ag, check=[(0.5,), (-2.0,), [3]])
    with pytest.raises(ag.GradientCheckError, match=r"x0 = 2\.0"):
        ag.primitive("mistaken", lambda x: x * x, lambda x, out: x, check=[(0.0,), (2.0,)])
    assert "rule is wrong" in capsys.readouterr().out
    assert "mistaken" not in ag.engine.primitives.BY_NAME  # it was not added


def test_failed_redefinition_leaves_the_old_one(ag):
    cube = cube_of(ag)
    with pytest.raises(ag.GradientCheckError):
        ag.primitive("cube", lambda x: x, lambda x, out: 5.0, check=[(1.0,)])
    x = ag.Value(2.0)
    y = cube(x)
    twin = pickle.loads(pickle.dumps(y))
    twin.backward()
    assert twin.parents[0].grad == 12.0
    assert ag.gradients(twin, [twin.parents[0]])[0].data == 12.0


def test_redefinition_is_for_new_nodes(ag):
    old = cube_of(ag)
    x = ag.Value(2.0)
    y = old(x)
    new = ag.primitive("cube", lambda x: 10.0 * x, lambda x, out: 10.0)
    assert ag.gradients(y, [x])[0].data == 12.0 and ag.gradients(new(x), [x])[0].data == 10.0
    assert old(x).data == 8.0 and new(x).data == 20.0
    y.backward()
    assert x.grad == 12.0


@pytest.mark.parametrize("name", ["add", "exp", "dot", "softmax", "max", "where", "relu", "floor", "pow"])
def test_names_of_built_in_primitives_are_refused(ag, name):
    row = ag.engine.primitives.BY_NAME[name]
    with pytest.raises(ValueError, match=rf"'{name}'.*another name"):
        ag.primitive(name, lambda x: x, lambda x, out: 1.0)
    assert ag.engine.primitives.BY_NAME[name] is row


def test_rules_that_are_no_rules(ag):
    def ok(x, out):
        return 1.0

    for arguments, advice in [
        (("", abs, ok), "name"),
        ((3, abs, ok), "name"),
        (("p", 3.0, ok), "forward"),
        (("p", abs, [ok, 3.0]), "slope"),
        (("p", abs, []), "operand"),
    ]:
        with pytest.raises(TypeError, match=advice):
            ag.primitive(*arguments)
    with pytest.raises(TypeError, match="one function"):
        ag.primitive("p", sum, [ok], over_list=True)
    assert "p" not in ag.engine.primitives.BY_NAME


def test_wrong_number_of_operands(ag):
    cube = cube_of(ag)
    with pytest.raises(TypeError, match="takes 1 operands, and was given 2"):
        cube(ag.Value(1.0), 2.0)
    with pytest.raises(TypeError, match="given 0"):
        cube()
    with pytest.raises(TypeError, match=r"float\('3'\)"):
        cube("3")


def test_a_rule_that_gives_no_number(ag):
    x = ag.Value(1.0)
    for forward, slope in ((lambda v: None, lambda v, out: 1.0), (lambda v: v, lambda v, out: None)):
        silly = ag.primitive("silly", forward, slope)
        with pytest.raises(TypeError, match="None"):
            silly(x)


def test_an_exception_in_a_rule_passes_through(ag):
    def fail(x):
        raise ZeroDivisionError("here")

    failing = ag.primitive("failing", fail, lambda x, out: 1.0)
    x = ag.Value(1.0)
    with pytest.raises(ZeroDivisionError, match="here"):
        failing(x)
    (x * x).backward()
    assert x.grad == 2.0


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda y: pickle.loads(pickle.dumps(y))], ids=["deepcopy", "pickle"])
def test_copies(ag, duplicate):
    cube = cube_of(ag)
    blend = ag.primitive("blend", lambda x, y: x * y, [lambda x, y, out: y, lambda x, y, out: x])
    x = ag.Value(2.0, label="x")
    y = blend(cube(x), 3.0)
    y.label = "y"
    twin = duplicate(y)
    assert (twin.op, twin.label, twin.data) == ("blend", "y", 24.0)
    assert twin.local_derivatives == (3.0,)
    leaf = twin.parents[0].parents[0]
    twin.backward()
    assert leaf.label == "x" and leaf.grad == 36.0 and x.grad == 0.0
    assert ag.gradients(ag.gradients(twin, [leaf])[0], [leaf])[0].data == 36.0


@pytest.mark.parametrize("name", ["input", "constant", "select <", "slope mine 0", "flat ", "mine#2", "mine #10"])
def test_names_of_what_programs_do_are_refused(ag, name):
    before = ag.engine.primitives.BY_NAME.get(name)  # a program that was run may have put its own there
    with pytest.raises(ValueError, match="as compile\\(\\) gives its own instructions: choose another name"):
        ag.primitive(name, lambda x: x, lambda x, out: 1.0)
    assert ag.engine.primitives.BY_NAME.get(name) is before


def test_in_no_program_but_this_one_by_name(ag):
    """A primitive is not put among the public names."""
    cube_of(ag)
    assert not hasattr(ag, "cube") and not hasattr(ag.Value, "cube")


# ------------------------------------------------------------------------------------------------ over rows


def sine_product(ag, np, seen, **more):
    def kernel(x, y):
        seen.append(len(x))
        x[:] = np.sin(x)  # it may write into what it is given
        return x * y

    slopes = [lambda x, y, out: math.cos(x) * y, lambda x, y, out: math.sin(x)]
    return ag.primitive("sine_product", lambda x, y: math.sin(x) * y, slopes, rows=kernel, **more)


@pytest.mark.parametrize("with_slopes", [True, False])
def test_kernels_are_given_columns(ag, with_slopes):
    import numpy as np

    seen, slopes = [], []

    def slope(x, y, out):
        slopes.append(len(x))
        return np.cos(x) * y

    more = {"slope_rows": [slope, None]} if with_slopes else {}
    product = sine_product(ag, np, seen, **more)
    x = np.random.default_rng(0).normal(size=(1000, 2))
    loss = ag.compile(ag.value_and_grad(lambda v: product(v[0], v[1]) ** 2), in_axes=0)
    value, gradient = loss(x)
    s, c = np.sin(x[:, 0]), np.cos(x[:, 0])
    np.testing.assert_allclose(value, (s * x[:, 1]) ** 2, rtol=1e-14)
    np.testing.assert_allclose(gradient, np.stack([2 * s * c * x[:, 1] ** 2, 2 * s**2 * x[:, 1]], axis=1), rtol=1e-12)
    assert max(seen) > 100 and bool(slopes) == with_slopes and all(n > 100 for n in slopes)
    seen.clear()
    assert ag.compile(lambda v: product(v[0], 2.0))([0.5]) == math.sin(0.5) * 2.0 and not seen  # at one point: the rule
    by_half = ag.compile(lambda v: product(v, 2.0), in_axes=0)(x[:, 0])
    np.testing.assert_allclose(by_half, 2.0 * s, rtol=1e-14)


def test_a_kernel_decides_no_branch(ag):
    """It may be off by rounding, and eager execution would go the other way: so there the rule is asked."""
    import numpy as np

    step = ag.primitive("third", lambda x: x / 3.0, lambda x, out: 1.0 / 3.0, rows=lambda x: x * (1.0 / 3.0))
    x = np.arange(1.0, 200.0)

    def f(x):
        return ag.where(step(x) * 3.0 == x, 1.0, step(x))

    np.testing.assert_array_equal(ag.compile(f, in_axes=0)(x), [f(float(v)) for v in x])


def test_what_is_no_kernel_and_what_it_may_not_give(ag):
    import numpy as np

    rules = (lambda x: x, lambda x, out: 1.0)
    for wrong, error in (
        ({"rows": 3.0}, TypeError),
        ({"slope_rows": [None, None]}, ValueError),
        ({"slope_rows": 3.0}, TypeError),
    ):
        with pytest.raises(error, match="rows"):
            ag.primitive("p", *rules, **wrong)
    with pytest.raises(TypeError, match="not for one over a list"):
        ag.primitive("p", sum, lambda xs, out: [1.0 for _ in xs], over_list=True, rows=sum)
    for gives, error, match in (
        (lambda x: x[:2], ValueError, r"columns of 3 rows, and gave an array of shape \(2,\)"),
        (lambda x: np.array(["a"] * 3), TypeError, "array of numbers"),
        (lambda x: None, TypeError, "array of numbers"),
    ):
        p = ag.primitive("p", *rules, rows=gives)
        with pytest.raises(error, match=match):
            ag.compile(lambda x, p=p: p(x), in_axes=0)([1.0, 2.0, 3.0])
