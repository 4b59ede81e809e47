"""fixed_point: derivatives against closed forms and mpmath, no memory of the iterations, learning, errors."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import (
    Value,
    check_gradients,
    cos,
    derivative,
    dot,
    fsum,
    gradients,
    is_grad_enabled,
    no_grad,
    sin,
    tanh,
    topological_order,
)

mpmath.mp.dps = 50


def derivatives(y, x, order):
    """dy/dx, d²y/dx², ... as numbers."""
    found = []
    for _ in range(order):
        (y,) = gradients(y, [x])
        found.append(y.data)
    return found


def digits(expected, count=14):
    return pytest.approx(float(expected), rel=10.0**-count)


# ------------------------------------------------------------------------------------------------ closed forms and mpmath


@pytest.mark.parametrize("a", [0.25, 0.7, -1.2])
def test_cosine_settles_with_derivatives_of_all_orders(a):
    """x = cos(a x)"""
    p = Value(a)
    x = nn.fixed_point(lambda x: cos(p * x), 0.5, order=4)

    def exact(a):
        return mpmath.findroot(lambda x: mpmath.cos(a * x) - x, x.data)

    slope = -x.data * math.sin(a * x.data) / (1.0 + a * math.sin(a * x.data))
    assert x.data == digits(exact(a), 15)
    assert derivatives(x, p, 1)[0] == digits(slope)
    expected = [mpmath.diff(exact, a, n) for n in (1, 2, 3, 4)]
    assert derivatives(x, p, 4) == [digits(d, 12) for d in expected]


@pytest.mark.parametrize(("start", "sign"), [(1.0, 1.0), (100.0, 1.0), (-3.0, -1.0)])
@pytest.mark.parametrize("a", [2.0, 1e-6, 5e7])
def test_babylonian_square_roots(a, start, sign):
    """Of the two roots the start decides which, and nothing else."""
    p, x0 = Value(a), Value(start * math.sqrt(a))
    root = nn.fixed_point(lambda x: 0.5 * (x + p / x), x0, order=2)
    assert root.data == digits(sign * math.sqrt(a), 15)
    assert derivatives(root, p, 2) == [digits(sign * 0.5 * a**-0.5), digits(-sign * 0.25 * a**-1.5)]
    (nothing,) = gradients(root, [x0])
    assert nothing.data == 0.0


@pytest.mark.parametrize("eccentricity", [0.0167, 0.2056, 0.7])
@pytest.mark.parametrize("anomaly", [0.1, 1.5, 3.0, -2.0])
def test_keplers_equation(eccentricity, anomaly):
    """E = M + e sin E: dE/dM = 1 / (1 - e cos E), dE/de = sin E / (1 - e cos E), and the Hessian."""
    mean, e = Value(anomaly), Value(eccentricity)
    found = nn.fixed_point(lambda big: mean + e * sin(big), anomaly, order=2)
    big = mpmath.findroot(lambda x: anomaly + eccentricity * mpmath.sin(x) - x, anomaly)
    s, c = mpmath.sin(big), mpmath.cos(big)
    k = 1 / (1 - eccentricity * c)
    assert found.data == digits(big, 15)
    first = gradients(found, [mean, e])
    assert [d.data for d in first] == [digits(k), digits(s * k)]
    second = [[d.data for d in gradients(slope, [mean, e])] for slope in first]
    mixed = c * k**2 - eccentricity * s**2 * k**3
    expected = [[-eccentricity * s * k**3, mixed], [mixed, 2 * s * c * k**2 - eccentricity * s**3 * k**3]]
    for row, wanted in zip(second, expected, strict=True):
        assert row == [digits(d, 12) for d in wanted]


def test_a_linear_system_has_the_inverse_for_its_derivative():
    """x = A x + b: x = (I - A)^-1 b, dx/db = (I - A)^-1, dx_i/dA_jk = (I - A)^-1_ij x_k."""
    a = np.array([[0.2, -0.5, 0.1], [0.3, 0.1, 0.0], [-0.2, 0.4, 0.5]])
    b = np.array([1.0, -2.0, 0.5])
    rows, offsets = [[Value(x) for x in row] for row in a], [Value(x) for x in b]
    xs = nn.fixed_point(lambda xs: [dot(row, xs) + o for row, o in zip(rows, offsets, strict=True)], [0.0] * 3)
    inverse = np.linalg.inv(np.eye(3) - a)
    exact = inverse @ b
    assert [x.data for x in xs] == pytest.approx(exact, rel=1e-14)
    for i, x in enumerate(xs):
        assert [d.data for d in gradients(x, offsets)] == pytest.approx(inverse[i], rel=1e-14)
        slopes = [[d.data for d in gradients(x, row)] for row in rows]
        assert np.array(slopes) == pytest.approx(np.outer(inverse[i], exact), rel=1e-13)


def test_an_order_is_as_many_recorded_steps():
    p = Value(0.7)
    exact = [-0.331887963493534563, 0.0459512098517734342, 0.718504189218893929]  # mpmath, as above
    for order in (1, 2, 3):
        found = derivatives(nn.fixed_point(lambda x: cos(p * x), 0.5, order=order), p, 3)
        right = [abs(d - e) < 1e-12 for d, e in zip(found, exact, strict=True)]
        assert right == [True] * order + [False] * (3 - order)
        f = lambda p, order=order: nn.fixed_point(lambda x: cos(p * x), 0.5, order=order)  # noqa: E731
        found = [derivative(f, n)(0.7) for n in (1, 2, 3)]
        assert found[:order] == pytest.approx(exact[:order], rel=1e-10)
        assert not any(map(math.isfinite, found[order:]))  # and nobody takes these for numbers


def network(weights, offsets, inputs):
    return lambda xs: [0.7 * tanh(dot(row, xs) + o) + i for row, o, i in zip(weights, offsets, inputs, strict=True)]


small = st.floats(-0.6, 0.6)


@settings(max_examples=8)
@given(st.lists(st.lists(small, min_size=2, max_size=2), min_size=2, max_size=2), st.lists(small, min_size=2, max_size=2))
def test_gradients_of_networks_that_settle_are_right(weights, offsets):
    def settled(weights, offsets):
        xs = nn.fixed_point(network(weights, offsets, [0.5, -1.0]), [0.0, 0.0])
        return xs[0] * xs[0] + 2.0 * xs[1]

    check_gradients(settled, [weights, offsets])


def test_second_derivatives_of_systems_are_right():
    def slope(a, b):
        xs = nn.fixed_point(lambda xs: [cos(a * xs[1]), sin(b * xs[0] + a)], [0.5, 0.5], order=2)
        return fsum(gradients(xs[0] * xs[1], [a, b]))

    check_gradients(slope, [0.4, 0.6])


# ------------------------------------------------------------------------------------------------ without the iterations


def test_the_graph_does_not_grow_with_the_iterations():
    sizes, calls = [], []
    for contraction in (0.1, 0.5, 0.95):
        p, count = Value(contraction), [0]

        def f(x, p=p, count=count):
            count[0] += 1
            return p * x + 1.0

        sizes.append(len(topological_order(nn.fixed_point(f, 0.0))))
        calls.append(count[0])
    assert calls[0] < 20
    assert calls[2] > 20 * calls[0]
    assert sizes[0] == sizes[1] == sizes[2] < 20


def test_only_what_is_attached_is_recorded_and_scale_does_not_matter():
    """f is called with recording on for two inverses, a Newton step thrown away and one for each order, at any scale."""
    seen = []
    for scale in (1.0, 1e6):
        recording = []

        def f(x, recording=recording, scale=scale):
            recording.append(is_grad_enabled())
            return 0.9 * x + 0.1 * scale

        assert nn.fixed_point(f, 0.0, order=2).data == digits(scale, 15)
        assert sum(recording) == 5
        seen.append(len(recording))
    assert abs(seen[0] - seen[1]) <= 1


def test_the_gradient_is_that_of_unrolling_the_iterations():
    """Backpropagation through 200 recorded iterations of the same cell finds the same, and keeps 30 times as many nodes."""
    cell, u = nn.RNNCell(2, 3, init=nn.init.uniform(-0.5, 0.5), rng=1), [0.5, -1.0]
    settled = fsum(nn.fixed_point(lambda h: cell(u, h), [0.0] * 3))
    settled.backward()
    implicit = [p.grad for p in cell.parameters()]
    cell.zero_grad()
    unrolled = fsum(nn.unroll(cell, [u] * 200)[1])
    unrolled.backward()
    assert settled.data == pytest.approx(unrolled.data, rel=1e-15)
    assert implicit == pytest.approx([p.grad for p in cell.parameters()], rel=1e-12)
    assert len(topological_order(settled)) * 30 < len(topological_order(unrolled))


def test_no_gradient_is_disturbed():
    p, q = Value(0.5), Value(2.0)
    p.grad, q.grad = 7.0, 8.0
    x = nn.fixed_point(lambda x: p * sin(x) + q, 0.0, order=3)
    assert (p.grad, q.grad) == (7.0, 8.0)
    x.backward()
    k = 1.0 / (1.0 - 0.5 * math.cos(x.data))
    assert (p.grad, q.grad) == (digits(7.0 + math.sin(x.data) * k), digits(8.0 + k))


def test_a_loose_tolerance_is_made_good_by_the_newton_step():
    p = Value(0.7)
    calls = []
    for tol in (1e-12, 1e-5):
        count = [0]

        def f(x, count=count):
            count[0] += 1
            return cos(p * x)

        x = nn.fixed_point(f, 0.5, tol=tol)
        assert x.data == digits(0.834269951867065, 14)
        assert derivatives(x, p, 1)[0] == pytest.approx(-0.331887963493534563, rel=1e-9)
        calls.append(count[0])
    assert calls[1] < calls[0] - 10


def test_without_recording_there_are_the_iterations_and_no_graph():
    p = Value(0.7)
    with no_grad():
        x = nn.fixed_point(lambda x: cos(p * x), 0.5)
    assert x.data == pytest.approx(0.834269951867065, rel=1e-11)
    assert x.op == ""


# ------------------------------------------------------------------------------------------------ shapes


def test_numbers_lists_and_arrays():
    half = lambda xs: [0.5 * x + 1.0 for x in xs]  # noqa: E731
    assert isinstance(nn.fixed_point(lambda x: 0.5 * x + 1.0, 0), Value)
    for start in ([0.0], [0.0, 1.0], (0, Value(1.0)), np.array([0.0, 3.0])):
        xs = nn.fixed_point(half, start)
        assert [x.data for x in xs] == [2.0] * len(start)
    assert [x.data for x in nn.fixed_point(lambda xs: np.array(half(xs)), [0.0, 0.0])] == [2.0, 2.0]
    constant, x = nn.fixed_point(lambda xs: (3.0, 0.5 * xs[1] + xs[0]), [0.0, 0.0])
    assert (constant.data, x.data) == (3.0, 6.0)


def test_f_may_change_the_list_it_is_given():
    def f(xs):
        xs[0] = 0.5 * xs[0] + xs.pop()
        return [*xs, 1.0]

    assert [x.data for x in nn.fixed_point(f, [0.0, 0.0])] == [2.0, 1.0]


# ------------------------------------------------------------------------------------------------ learning


def test_a_network_learns_xor_by_its_steady_state():
    """Almeida's and Pineda's networks (1987): four units, each fed by all; the first one's steady state is the answer."""
    rows, labels = nn.data.xor()
    targets = [1.6 * label - 0.8 for label in labels]
    solved = 0
    for seed in range(1, 4):
        cell = nn.RNNCell(2, 4, init=nn.init.uniform(-0.5, 0.5), rng=seed)
        optimizer = nn.SGD(cell.parameters(), lr=0.05, momentum=0.9)
        for _ in range(400):
            answers = [nn.fixed_point(lambda h, row=row, cell=cell: cell(row, h), [0.0] * 4)[0] for row in rows]
            if all(abs(y.data - t) < 0.1 for y, t in zip(answers, targets, strict=True)):
                solved += 1
                break
            optimizer.zero_grad()
            nn.mse_loss(answers, targets, reduction="half_sum").backward()
            optimizer.step()
    assert solved >= 2


# ------------------------------------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("f", "x0", "words"),
    [
        (lambda x: x * x, 2.0, r"diverged: number 10 took x from 1\.\d+e\+154 to inf.*start nearer, or damp f"),
        (lambda xs: [0.5 * xs[0], -1.0 / xs[1]], [1.0, 0.0], r"diverged: number 1 took x\[1\] from 0.0 to -?inf"),
        (lambda x: (x - 5.0).sqrt(), 1.0, r"diverged: number 1 took x from 1.0 to nan"),
        (lambda x: x, math.nan, r"diverged: number 1 took x from nan to nan"),
        (lambda x: 1.5 * x, 1.0, r"after 1000 iterations: .* changed x by 4\.\d+e\+175, and changes are getting larger.*damp"),
        (lambda x: 4.0 * x * (1.0 - x), 0.3, r"after 1000 iterations: .*it wanders\. Damp f.* raise tol \(now 1e-12\)"),
        (lambda xs: [xs[1], xs[0]], [0.0, 1.0], r"by 1, and changes are not getting smaller: it wanders"),
        (lambda xs: [0.5 * xs[0], 0.999 * xs[1]], [9.0, 5.0], r"changed x\[1\] by 0.0018\d*, .* smaller: raise max_iter"),
        (lambda x: x + 1e-13 * (5.0 - x), 0.0, r"creep: x = 5e-13 .* as far as 4\.99\d*\. .* smaller tol \(now 1e-12\)"),
        (lambda x: 1.0 * x, 3.0, r"the steady state \[3.0\] has no derivatives: I - J is singular there.*\[\[1.0\]\]"),
        (lambda xs: [0.5 * (xs[0] + xs[1])] * 2, [1.0, 2.0], r"has no derivatives: I - J is singular there"),
        (lambda x: x.sqrt(), 0.0, r"no finite derivatives at the steady state \[0.0\]: they are \[\[inf\]\]"),
    ],
)
def test_what_does_not_settle_or_has_no_derivative_says_so(f, x0, words):
    with pytest.raises(nn.FixedPointError, match=words):
        nn.fixed_point(f, x0)


def test_the_number_of_iterations_is_kept_to():
    calls = []

    def f(x):
        calls.append(x)
        return 0.5 * x

    with pytest.raises(ArithmeticError, match=r"after 3 iterations: the last still changed x by 0.125: raise max_iter"):
        nn.fixed_point(f, 1.0, max_iter=3)
    assert len(calls) == 3
    with pytest.raises(nn.FixedPointError, match=r"after 20 iterations.* smaller: raise max_iter"):
        nn.fixed_point(f, 1.0, max_iter=20)
    assert nn.fixed_point(f, 1.0, max_iter=50).data == 0.0


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda f: nn.fixed_point(f, 1.0, tol=-1.0), ValueError, "tol is a finite number of at least 0, and this is -1.0"),
        (lambda f: nn.fixed_point(f, 1.0, tol=math.nan), ValueError, "tol"),
        (lambda f: nn.fixed_point(f, 1.0, max_iter=0), ValueError, "max_iter is a whole number of at least 1, and this is 0"),
        (lambda f: nn.fixed_point(f, 1.0, order=0), ValueError, "the order of derivatives is a whole number of at least 1"),
        (lambda f: nn.fixed_point(f, []), ValueError, "x0 is empty"),
        (lambda f: nn.fixed_point(f, None), TypeError, "None"),
        (lambda f: nn.fixed_point(lambda x: [x], 1.0), TypeError, "holds one number, and this is a list"),
        (
            lambda f: nn.fixed_point(lambda xs: xs[0], [1.0, 2.0]),
            TypeError,
            "a list of 2 Values and should give one",
        ),
        (
            lambda f: nn.fixed_point(lambda xs: xs[:1], [1.0, 2.0]),
            ValueError,
            "given 2 Values and should give as many.* gave 1",
        ),
        (lambda f: nn.fixed_point(lambda x: math.cos(x), 1.0), TypeError, "cut the graph"),
    ],
)
def test_errors_say_what_to_do(wrong, error, words):
    with pytest.raises(error, match=words):
        wrong(lambda x: 0.5 * x)
