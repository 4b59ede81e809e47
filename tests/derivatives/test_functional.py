"""grad, jacobian, hessian and their kin: published numbers, shapes of results, ordinary Python, forward mode."""

import collections
import functools
import importlib
import math

import numpy as np
import pytest
from builds import Counted


def functional(ag):
    return importlib.import_module(f"{ag.__name__}.derivatives.functional")


def same(got, want, rel=1e-12):
    """Structure, types and numbers; arrays by shape and dtype."""
    assert type(got) is type(want), (got, want)
    if isinstance(want, dict):
        assert list(got) == list(want)
        for key in want:
            same(got[key], want[key], rel)
    elif isinstance(want, (list, tuple)):
        assert len(got) == len(want)
        for g, w in zip(got, want, strict=True):
            same(g, w, rel)
    elif isinstance(want, np.ndarray):
        assert got.shape == want.shape and got.dtype == want.dtype
        np.testing.assert_allclose(got, want, rtol=rel, atol=0.0)
    else:
        assert got == pytest.approx(want, rel=rel, abs=0.0, nan_ok=True)


# ------------------------------------------------------------------------------------------------ published numbers


def relu(x):
    return x if x > 0 else 0.0


def classic_readme(a, b):
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + relu(b + a)
    d += 3 * d + relu(b - a)
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g


def classic_sanity(x):
    z = 2 * x + 2 + x
    q = relu(z) + z * x
    h = relu(z * z)
    return h + q + q * x


def rosenbrock(x):
    return sum(100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2 for i in range(len(x) - 1))


TEXTBOOK = [
    (classic_readme, (-4.0, 2.0), 24.70408163265306, (138.83381924198252, 645.5772594752186)),
    (classic_sanity, (-4.0,), -20.0, (46.0,)),
    (lambda a: (lambda b: b + b)(a + a), (1.0,), 4.0, (4.0,)),
    (
        lambda x1, x2, w1, w2: ((x1 * w1 + x2 * w2) + 6.8813735870195432).tanh(),
        (2.0, 0.0, -3.0, 1.0),
        0.7071067811865476,
        (-1.5, 0.5, 1.0, 0.0),
    ),
    (
        lambda a, b, c: -(a**3) + (3 * b).sin() - 1.0 / c + b**2.5 - a.sqrt(),
        (2.0, 3.0, 4.0),
        6.336362190988558,
        (-12.353553390593273, 10.25699027111255, 0.0625),
    ),
    (
        lambda a, b, c, d: (a.exp() + b.exp() + c.exp() + d.exp()).log() - d,
        (0.0, 3.0, -2.0, 1.0),
        2.1755153626167147,
        (0.041772570515350445, 0.8390245074625319, 0.005653302662216329, -0.8864503806400986),
    ),
    (lambda a, b: (a + b) * (b + 1), (2.0, 1.0), 6.0, (2.0, 5.0)),
    (lambda x1, x2: x1.log() + x1 * x2 - x2.sin(), (2.0, 5.0), 11.652071455223084, (5.5, 1.7163378145367738)),
    (
        lambda x1, x2: ((x1 / x2).sin() + x1 / x2 - x2.exp()) * (x1 / x2 - x2.exp()),
        (1.5, 0.5),
        2.016646669428201,
        (3.011843327673907, -13.723961509314076),
    ),
    (lambda x, y, z: (x + y) * z, (-2.0, 5.0, -4.0), -12.0, (-4.0, -4.0, 3.0)),
    (lambda x: x.tanh(), (1.0,), 0.7615941559557649, (0.41997434161402603,)),
    (lambda *x: rosenbrock(x), (1.3, 0.7, 0.8, 1.9, 1.2), 848.22, (515.4, -285.4, -341.6, 2085.4, -482.0)),
    (lambda *x: rosenbrock(x), (-1.2, 1.0), 24.2, (-215.6, -88.0)),
]


@pytest.mark.parametrize("f, point, value, gradient", TEXTBOOK)
def test_worked_examples_of_textbooks_to_all_their_digits(ag, f, point, value, gradient):
    got_value, got_gradient = ag.value_and_grad(f, tuple(range(len(point))))(*point)
    assert got_value == pytest.approx(value, rel=1e-12)
    assert got_gradient == pytest.approx(gradient, rel=1e-12, abs=1e-15)


def test_worked_examples_with_fewer_digits(ag):
    def neuron(w, x):
        return (w[0] * x[0] + w[1] * x[1] + w[2]).sigmoid()

    value, (by_w, by_x) = ag.value_and_grad(neuron, (0, 1))([2.0, -3.0, -3.0], [-1.0, -2.0])
    assert round(value, 10) == 0.7310585786
    assert [round(d, 10) for d in by_w] == [-0.1966119332, -0.3932238665, 0.1966119332]
    assert [round(d, 10) for d in by_x] == [0.3932238665, -0.5898357997]
    first, second, third = [ag.derivative(ag.tanh, order)(2.0) for order in (1, 2, 3)]
    assert (round(first, 11), round(second, 11), round(third, 11)) == (0.07065082485, -0.13621868743, 0.2526540651)
    assert ag.hessian(rosenbrock)([-1.2, 1.0]) == [[pytest.approx(1330.0), 480.0], [480.0, pytest.approx(200.0)]]


# ------------------------------------------------------------------------------------------------ shapes in, shapes out

Pair = collections.namedtuple("Pair", "a b")


def product(p):
    return p["a"] * p["b"]


@pytest.mark.parametrize(
    "make, f, want",
    [
        (lambda: 3.0, lambda x: x**2, 6.0),
        (lambda: 3, lambda x: x**2, 6.0),
        (lambda: np.float32(3), lambda x: x**2, 6.0),
        (lambda: np.array(3.0), lambda x: x**2, np.array(6.0)),
        (lambda: np.array(3), lambda x: x**2, np.array(6.0)),
        (lambda: np.array([1.0, 2.0]), lambda x: x[0] * x[1] ** 2, np.array([4.0, 4.0])),
        (lambda: np.array([1, 2], np.float32), lambda x: x[0] * x[1] ** 2, np.array([4.0, 4.0])),
        (lambda: np.arange(6.0)[::2], lambda x: (x * x).sum(), np.array([0.0, 4.0, 8.0])),
        (
            lambda: np.asfortranarray([[1.0, 2.0], [3.0, 4.0]]),
            lambda x: x[0, 1] * x[1, 0] ** 2,
            np.array([[0.0, 9.0], [12.0, 0.0]]),
        ),
        (lambda: np.ones((2, 1, 3)), lambda x: (x**3).sum(), np.full((2, 1, 3), 3.0)),
        (lambda: np.array([]), lambda x: x.sum(), np.array([])),
        (list, sum, []),
        (lambda: [1.0, (2.0, 3)], lambda x: x[0] * x[1][0] * x[1][1], [6.0, (3.0, 2.0)]),
        (lambda: [[1.0], [2.0, 3.0], []], lambda x: x[0][0] * x[1][1], [[3.0], [0.0, 1.0], []]),
        (lambda: {"a": 2.0, "b": 3.0}, product, {"a": 3.0, "b": 2.0}),
        (lambda: {"b": 3.0, "a": 2.0}, product, {"b": 2.0, "a": 3.0}),
        (lambda: collections.OrderedDict(b=3.0, a=2.0), product, collections.OrderedDict(b=2.0, a=3.0)),
        (lambda: collections.defaultdict(list, a=2.0, b=3.0), product, collections.defaultdict(list, a=3.0, b=2.0)),
        (lambda: collections.Counter(a=2, b=3), product, collections.Counter(a=3.0, b=2.0)),
        (lambda: Pair(2.0, [3.0]), lambda p: p.a * p.b[0] ** 2, Pair(9.0, [12.0])),
        (
            lambda: {"w": [np.ones((2, 2)), {0: 5.0}]},
            lambda p: p["w"][0][0, 1] * p["w"][1][0],
            {"w": [np.array([[0.0, 5.0], [0.0, 0.0]]), {0: 1.0}]},
        ),
    ],
)
def test_the_gradient_has_the_shape_of_its_argument(ag, make, f, want):
    argument, untouched = make(), make()
    same(ag.grad(f)(argument), want)
    same(argument, untouched)


def test_several_arguments(ag):
    def f(x, y, *, z):
        return x * y**2 * z

    assert ag.grad(f)(2.0, 3.0, z=5.0) == 45.0
    assert ag.grad(f, 1)(2.0, 3.0, z=5.0) == ag.grad(f, -1)(2.0, 3.0, z=5.0) == 60.0
    assert ag.grad(f, (0,))(2.0, 3.0, z=5.0) == (45.0,)
    assert ag.grad(f, [1, 0])(2.0, 3.0, z=5.0) == (60.0, 45.0)
    assert ag.value_and_grad(f, (0, 1))(2.0, 3.0, z=5.0) == (90.0, (45.0, 60.0))


def test_arguments_not_differentiated_may_be_anything(ag):
    def f(x, which, name, table):
        assert name == "kept" and table is not None
        return x[which] ** 2

    assert ag.grad(f)([1.0, 2.0], 1, "kept", {3, 4}) == [0.0, 4.0]
    np.testing.assert_array_equal(ag.grad(lambda x, i: x[i].sum())(np.ones(3), np.array([0, 2, 2])), [1.0, 0.0, 2.0])


@pytest.mark.parametrize("constant", [3, 3.0, np.float64(3), np.array(3.0), np.array(3), True, np.array([3.0])], ids=repr)
def test_a_constant_has_derivative_zero(ag, constant):
    assert ag.value_and_grad(lambda x: constant)(2.0) == (float(np.ravel(constant)[0]), 0.0)
    assert ag.grad(ag.grad(lambda x: constant))(2.0) == 0.0
    same(ag.jacobian(lambda x: np.array([1, 2]))([2.0]), [np.array([0.0, 0.0])])


def test_the_identity(ag):
    assert ag.value_and_grad(lambda x: x)(2.0) == (2.0, 1.0)
    same(ag.jacobian(lambda x: x)(np.ones((2, 1))), np.eye(2).reshape(2, 1, 2, 1))
    for mode in ("forward", "reverse"):
        assert ag.jacobian(lambda x: [x[1], x[0], x[0]], mode=mode)([5.0, 6.0]) == [[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]]


def test_jacobians_have_the_structure_that_jax_gives_them(ag):
    point = {"a": 2.0, "b": np.array([1.0, 3.0])}
    same(
        ag.jacobian(lambda p: {"u": p["a"] * p["b"], "v": np.array([p["a"], p["a"]])})(point),
        {
            "u": {"a": np.array([1.0, 3.0]), "b": np.array([[2.0, 0.0], [0.0, 2.0]])},
            "v": {"a": np.array([1.0, 1.0]), "b": np.zeros((2, 2))},
        },
    )
    same(ag.jacobian(lambda x, y: [x * y, x * x], (0, 1))(2.0, 3.0), [(3.0, 2.0), (4.0, 0.0)])
    same(
        ag.jacobian(lambda x, y: np.array([x[0] * y]), (0, 1))(np.array([2.0, 1.0]), 3.0),
        (np.array([[3.0, 0.0]]), np.array([2.0])),
    )
    same(ag.jacobian(lambda x: x @ x)(np.ones((2, 3)) @ np.ones((3, 2))).shape, (2, 2, 2, 2))
    same(ag.jacobian(lambda p: Pair(p.a * p.b, [p.a]))(Pair(2.0, 3.0)), Pair(Pair(3.0, 2.0), [Pair(1.0, 0.0)]))


def test_hessians_have_the_structure_that_jax_gives_them(ag):
    same(ag.hessian(lambda x, y: x * y * y, (0, 1))(2.0, 3.0), ((0.0, 6.0), (6.0, 4.0)))
    same(
        ag.hessian(lambda p: p["a"] * p["b"][0] ** 2)({"a": 2.0, "b": np.array([1.0, 3.0])}),
        {
            "a": {"a": 0.0, "b": np.array([2.0, 0.0])},
            "b": {"a": np.array([2.0, 0.0]), "b": np.array([[4.0, 0.0], [0.0, 0.0]])},
        },
    )
    same(ag.hessian(lambda p: p.a * p.b**2)(Pair(2.0, 3.0)), Pair(Pair(0.0, 6.0), Pair(6.0, 4.0)))
    assert ag.hessian(lambda x, y: x[0] ** 2 * y, 0)([3.0, 1.0], 2.0) == [[4.0, 0.0], [0.0, 0.0]]
    assert ag.hessian(lambda x: x**3)(2.0) == 12.0


def test_products_have_the_structure_that_jax_gives_them(ag):
    y, pull = ag.vjp(lambda a, b: {"s": a * b, "t": [a]}, 2.0, 3.0)
    assert (y, pull({"s": 1.0, "t": [0.0]})) == ({"s": 6.0, "t": [2.0]}, (3.0, 2.0))
    assert ag.jvp(lambda x: [x[0] * x[1]], ([2.0, 3.0],), ([1.0, 0.0],)) == ([6.0], [3.0])
    value, along = ag.jvp(lambda x, p: x * p["k"], (np.array([1.0, 2.0]), {"k": 3.0}), (np.array([1, 0]), {"k": 10}))
    same(value, np.array([3.0, 6.0]))
    same(along, np.array([13.0, 20.0]))
    same(ag.hvp(lambda x: x[0] ** 2 * x[1], np.array([3.0, 4.0]), np.array([1.0, 0.0])), np.array([8.0, 6.0]))
    same(ag.hvp(product, {"a": 2.0, "b": 3.0}, {"b": 1.0, "a": 0.0}), {"a": 1.0, "b": 0.0})


def test_dicts_in_another_order_are_matched_by_their_keys(ag):
    def f(p):
        return 10.0 * p["a"] + p["b"][1]["c"] * p["b"][0]["d"]

    primal = {"a": 1.0, "b": [{"d": 5.0}, {"c": 7.0}]}
    assert ag.jvp(f, (primal,), ({"b": [{"d": 0.0}, {"c": 1.0}], "a": 0.0},)) == (45.0, 5.0)
    _, pull = ag.vjp(lambda x: {"u": x, "v": 3.0 * x}, 1.0)
    assert pull({"v": 1.0, "u": 0.0}) == (3.0,)


def test_derivative_of_every_number_and_of_every_result(ag):
    assert ag.derivative(lambda x: x**3)(2.0) == 12.0
    assert [ag.derivative(lambda x: x**3, order=n)(2.0) for n in range(5)] == [8.0, 12.0, 12.0, 6.0, 0.0]
    same(ag.derivative(ag.exp, 2)(np.array([[0.0], [1.0]])), np.exp([[0.0], [1.0]]))
    same(ag.derivative(np.sin)(np.array(0.0)), np.array(1.0))
    same(ag.derivative(lambda t: {"x": t**2, "y": np.array([t, t**3])}, 2)(2.0), {"x": 2.0, "y": np.array([0.0, 12.0])})
    assert ag.derivative(lambda t: [t, t * t])([1.0, 2.0]) == [[1.0, 2.0], [1.0, 4.0]]
    with pytest.raises(TypeError, match=r"\[derivative\(f\)\(t\) for t in x\]"):
        ag.derivative(lambda t: [t, t * t])(np.array([1.0, 2.0]))
    with pytest.raises(TypeError, match="more than a number"):
        ag.derivative(lambda t: np.array([t, t * t]))(np.array([1.0, 2.0]))


# ------------------------------------------------------------------------------------------------ f is ordinary Python


def test_loops_branches_recursion_closures_and_helpers(ag):
    def horner(coefficients, x):
        total = 0.0
        for c in coefficients:
            total = total * x + c
        return total

    def power(x, n):
        return 1.0 if n == 0 else power(x * x, n // 2) * (x if n % 2 else 1.0)

    def newton(a):
        x = a
        while abs(x * x - a) > 1e-12:
            x = 0.5 * (x + a / x)
        return x

    k = 3.0
    assert ag.grad(lambda x: horner([2.0, -1.0, 5.0], x))(3.0) == 11.0
    assert ag.grad(horner)([2.0, -1.0, 5.0], 3.0) == [9.0, 3.0, 1.0]
    assert ag.grad(power)(2.0, 10) == 10 * 2.0**9
    assert ag.grad(newton)(2.0) == pytest.approx(0.5 / math.sqrt(2.0), rel=1e-12)
    assert ag.grad(lambda x: x if x < 0 else k * x)(1.0) == 3.0
    assert ag.grad(functools.partial(lambda y, x: y * x * x, 5.0))(2.0) == 20.0
    assert ag.grad(max)([1.0, 4.0, 2.0]) == [0.0, 1.0, 0.0]
    assert ag.grad(lambda xs: sorted(xs)[1] ** 2)([5.0, 1.0, 3.0]) == [0.0, 0.0, 6.0]
    assert ag.grad(sum)([1.0, 2.0]) == [1.0, 1.0]


def test_callables_of_every_kind(ag):
    class Spring:
        k = 4.0

        def __call__(self, x):
            return self.energy(x)

        def energy(self, x):
            return 0.5 * self.k * x * x

    for f in (Spring(), Spring().energy, functools.partial(Spring.energy, Spring()), lambda *x: Spring()(x[0])):
        assert ag.grad(f)(3.0) == 12.0


NUMPY_CODE = {
    "x @ A @ x": (lambda x, a: x @ a @ x, lambda x, a: (a + a.T) @ x),
    "np.sum(np.exp(x))": (lambda x, a: np.sum(np.exp(x)), lambda x, a: np.exp(x)),
    "np.dot": (lambda x, a: np.dot(a[0], x) ** 2, lambda x, a: 2 * np.dot(a[0], x) * a[0]),
    "np.sqrt of a sum": (lambda x, a: np.sqrt(np.sum(x**2)), lambda x, a: x / np.linalg.norm(x)),
    "np.linalg.norm": (lambda x, a: np.linalg.norm(x), lambda x, a: x / np.linalg.norm(x)),
    "np.mean": (lambda x, a: np.mean(x * x), lambda x, a: 2 * x / 3),
    "np.var": (lambda x, a: np.var(x), lambda x, a: 2 * (x - x.mean()) / 3),
    "np.std": (lambda x, a: np.std(x), lambda x, a: (x - x.mean()) / 3 / np.std(x)),
    "np.prod": (lambda x, a: np.prod(x), lambda x, a: np.prod(x) / x),
    "np.max": (lambda x, a: np.max(x), lambda x, a: (x == x.max()) * 1.0),
    "np.where": (lambda x, a: np.sum(np.where(x > 0, x * x, -3.0 * x)), lambda x, a: np.where(x > 0, 2 * x, -3.0)),
    "np.maximum": (lambda x, a: np.sum(np.maximum(x, 0.5)), lambda x, a: (x > 0.5) * 1.0),
    "np.cumsum": (lambda x, a: np.cumsum(x)[1] ** 2, lambda x, a: 2 * (x[0] + x[1]) * np.array([1.0, 1.0, 0.0])),
    "np.einsum": (lambda x, a: np.einsum("i,ij,j", x, a, x), lambda x, a: (a + a.T) @ x),
    "np.outer": (lambda x, a: np.sum(np.outer(x, x) * a), lambda x, a: (a + a.T) @ x),
    "np.concatenate": (lambda x, a: np.sum(np.concatenate([x, x[:1]]) ** 2), lambda x, a: 2 * x * [2.0, 1.0, 1.0]),
    "np.array of Values": (
        lambda x, a: np.sum(np.array([x[0], x[1] * x[2]]) ** 2),
        lambda x, a: np.array([2 * x[0], 2 * x[1] * x[2] ** 2, 2 * x[1] ** 2 * x[2]]),
    ),
    "assignment": (lambda x, a: (x.__setitem__(0, x[1] * 2.0), np.sum(x * x))[1], lambda x, a: np.array([0, 10, 2]) * x),
    "broadcasting": (lambda x, a: np.sum((x[:, None] - x[None, :]) ** 2), lambda x, a: 4 * (3 * x - x.sum())),
    "np.tanh(A @ x)": (lambda x, a: np.sum(np.tanh(a @ x)), lambda x, a: a.T @ (1 - np.tanh(a @ x) ** 2)),
}


@pytest.mark.parametrize("name", NUMPY_CODE)
def test_numpy_code(ag, name):
    f, gradient = NUMPY_CODE[name]
    a = np.array([[1.0, 2.0, 0.5], [-1.0, 3.0, 0.25], [0.0, 1.0, -2.0]])
    x = np.array([0.3, -1.2, 0.7])
    same(ag.grad(f)(x, a), np.asarray(gradient(x, a)))


def test_a_function_that_changes_its_arguments_changes_copies(ag):
    def f(xs, p):
        p["b"].append(xs.pop() * xs[0])
        xs[0] = 100.0 * xs[0]
        return p["b"][-1] + xs[0]

    xs, p = [2.0, 3.0], {"b": []}
    assert ag.grad(f, (0, 1))(xs, p) == ([103.0, 2.0], {"b": []})
    assert xs == [2.0, 3.0] and p == {"b": []}


def test_the_function_is_called_once(ag):
    f = Counted(lambda x: x[0] ** 2 * x[1])
    for transform in (ag.grad, ag.value_and_grad, ag.jacobian, ag.hessian, lambda f: ag.jacobian(f, mode="forward")):
        f.calls = 0
        transform(f)([3.0, 4.0])
        assert f.calls == 1
    f.calls = 0
    ag.hvp(f, [3.0, 4.0], [1.0, 1.0])
    assert f.calls == 1
    g = Counted(lambda x: x**5)
    ag.derivative(g, 4)(2.0)
    assert g.calls == 1


# ------------------------------------------------------------------------------------------------ forward mode


def test_modes_agree_and_auto_takes_the_one_with_fewer_passes(ag, monkeypatch):
    module = functional(ag)
    sweeps, passes = Counted(module.pushforward), Counted(module.pullback)
    monkeypatch.setattr(module, "pushforward", sweeps)
    monkeypatch.setattr(module, "pullback", passes)

    def tall(x):
        return [ag.sin(x[0] * k) * x[1] for k in range(6)]

    def wide(x):
        return [x[0] * x[1] + x[2] / x[3], ag.exp(x[4] * x[5])]

    def square(x):
        return [x[0] * x[1], ag.exp(x[0])]

    for f, n, m in ((tall, 2, 6), (wide, 6, 2), (square, 2, 2)):
        x = [0.3 + 0.1 * i for i in range(n)]
        results = {}
        for mode in ("forward", "reverse", "auto"):
            sweeps.calls = passes.calls = 0
            results[mode] = np.array(ag.jacobian(f, mode=mode)(x))
            forward = mode == "forward" or (mode == "auto" and n < m)
            assert (sweeps.calls, passes.calls) == ((n, 0) if forward else (0, m))
        np.testing.assert_allclose(results["forward"], results["reverse"], rtol=1e-14)
        assert (results["auto"] == results["forward" if n < m else "reverse"]).all()


def test_forward_mode_over_every_kind_of_node(ag):
    def f(x):
        a, b, c = x
        wide = [ag.fsum([a, b, 1.0, c]), ag.dot([a, b], [c, 2.0]), ag.prod([a, 3.0, b, a]), ag.logsumexp([a, b, c])]
        return [
            *wide,
            ag.softmax(x, 1),
            ag.clip(a, 0.0, 1.0),
            ag.where(a > b, a, b),
            2.0 - a,
            2.0**b,
            a.floor() + c,
            b**c,
            a * a,
            ag.Value(5.0),
            7.0,
            c,
        ]

    x = [0.3, 1.2, 0.7]
    forward, reverse = (np.array(ag.jacobian(f, mode=mode)(x)) for mode in ("forward", "reverse"))
    np.testing.assert_allclose(forward, reverse, rtol=1e-15)


def test_what_does_not_move_makes_no_nan_of_an_infinite_slope(ag):
    def f(x):
        return [ag.sqrt(x[0]), ag.log(x[0]) + x[1], x[1] ** 2, ag.fsum([ag.sqrt(x[0]), x[1]])]

    want = [[math.inf, 0.0], [math.inf, 1.0], [0.0, 4.0], [math.inf, 1.0]]
    for mode in ("forward", "reverse"):
        assert ag.jacobian(f, mode=mode)([0.0, 2.0]) == want
        nested = ag.jacobian(f, mode=mode)([ag.Value(0.0), ag.Value(2.0)])
        assert [[v.data for v in row] for row in nested] == want
    assert ag.jvp(f, ([0.0, 2.0],), ([0.0, 1.0],))[1] == [0.0, 1.0, 4.0, 1.0]
    _, pull = ag.vjp(f, [0.0, 2.0])
    assert pull([0.0, 0.0, 1.0, 0.0]) == ([0.0, 4.0],)


def test_pushforward_takes_nodes_in_the_middle_as_they_are(ag):
    forward = importlib.import_module(f"{ag.__name__}.engine.forward")
    x = ag.Value(3.0)
    a = x * x
    y = a * x
    order = ag.topological_order(y)
    assert forward.pushforward(order, [x], [1.0], [y, a, x]) == [27.0, 6.0, 1.0]
    assert forward.pushforward(order, [a], [1.0], [y, a, x]) == [3.0, 1.0, 0.0]
    assert forward.pushforward(order, [x, a], [1.0, 0.0], [y]) == [9.0]
    assert forward.pushforward(order, [ag.Value(1.0)], [1.0], [y, ag.Value(2.0)]) == [0.0, 0.0]
    z = ag.Value(1.0) * ag.Value(2.0) * y
    forward.pushforward(ag.topological_order(z), [x], [1.0], [z])
    assert forward.pushforward([y], [y], [0.0], [y]) == [0.0]
    assert forward.pushforward([y], [], [], [y]) == [0.0]  # an order without what y was made from


def test_empty_inputs_and_outputs(ag):
    same(ag.jacobian(lambda x: x)(np.array([])), np.zeros((0, 0)))
    same(ag.jacobian(lambda x: np.array([1.0, 2.0]))(np.array([])), np.zeros((2, 0)))
    same(ag.jacobian(lambda x: [])(np.array([1.0])), [])
    assert ag.jacobian(lambda x: [])([]) == [] and ag.hessian(lambda x: 1.0)([]) == []
    assert ag.jvp(lambda x: x, ([],), ([],)) == ([], [])
    assert ag.grad(lambda x: sum(ag.jacobian(lambda y: [])(x), x))(2.0) == 1.0
