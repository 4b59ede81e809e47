"""Random programs of loops in loops: eagerly, compiled at a point, over rows and summed over rows, with their derivatives."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import compile, custom_vjp, fori_loop, grad, hessian, jacobian, scan, take, value_and_grad, where, while_loop
from autograd.compiler.loop_parts import parted
from autograd.compiler.loops import Loop
from autograd.derivatives.trees import flatten


@dataclass
class Given:
    """What a step is given."""

    force: Any
    rate: Any


def numbers(thing: Any) -> list[float]:
    return [float(x) for x in flatten(thing)[0]]


def third(f: Callable[..., Any]) -> Callable[..., Any]:
    return jacobian(lambda p: [sum(row) for row in hessian(f)(p)])


@custom_vjp
def settled(x: Any, rate: Any) -> Any:
    """A loop in a function with a rule of its own: x tanh(rate)^5, by five steps."""
    return scan(lambda s, _: (s * autograd.tanh(rate), None), x, 5)[0]


def _forward(x: Any, rate: Any) -> Any:
    return settled(x, rate), (x, rate)


def _backward(kept: Any, adjoint: Any) -> Any:
    """The derivatives by loops too."""
    x, rate = kept
    t = autograd.tanh(rate)
    power = fori_loop(0, 4, lambda i, s: s * t, 1.0)
    return adjoint * power * t, adjoint * x * 5.0 * power * (1.0 - t * t)


settled.defvjp(_forward, _backward)

TRANSFORMS = {"f": lambda f: f, "first": value_and_grad, "second": hessian, "third": third}
STEPS = st.sampled_from([0, 1, 2, 3, 9])


@st.composite
def programs(draw: st.DrawFn, depth: int = 2) -> Callable[[Any, Any], Any]:
    """A function of p, three numbers, and x, one, that gives a number."""
    kind = draw(st.sampled_from(["scan", "columns", "dataclass", "fori", "while", "total", "custom", "plain"]))
    steps, reverse, checkpoint = draw(STEPS), draw(st.booleans()), draw(st.booleans())
    inner = draw(programs(depth - 1)) if depth and kind not in ("custom", "plain") else lambda p, x: autograd.sin(p[0] + x)
    pick = draw(st.permutations(range(3)))
    forces = draw(st.lists(st.floats(-1, 1), min_size=steps, max_size=steps))
    limit = draw(st.sampled_from([0.5, 1.0, 3.0]))
    how: dict[str, Any] = {"reverse": reverse, "checkpoint": checkpoint}

    def of_scan(p: Any, x: Any) -> Any:
        """A whole number among the state counts the steps, and looks up."""

        def step(s: Any, _: None) -> Any:
            value = autograd.tanh(s["value"] * take([p[k] for k in pick], s["count"] % 3) + inner(p, s["value"]))
            return {"count": s["count"] + 1, "value": value}, value * p[pick[0]]

        s, ys = scan(step, {"count": 0, "value": x}, steps, **how)
        return s["value"] + sum(ys) + s["count"] * p[0]

    def of_columns(p: Any, x: Any) -> Any:
        """xs in a dict, of which one are the arguments' own."""

        def step(s: Any, given: Any) -> Any:
            s = s * 0.5 + given["force"] * given["own"] + inner(p, s)
            return s, {"square": s * s, "force": given["force"] * s}

        own = [p[k % 3] * (1.0 + k) / 9.0 for k in range(steps)]
        s, ys = scan(step, x * p[pick[1]], {"force": forces, "own": own}, **how)
        return s + (sum(ys["square"]) - ys["force"][0] if steps else 0.0)

    def of_dataclass(p: Any, x: Any) -> Any:
        def step(s: Given, force: Any) -> Any:
            force = s.force * s.rate + force * x
            return Given(autograd.sin(force + inner(p, force)), 0.9 * s.rate), None

        s, _ = scan(step, Given(p[0], p[pick[2]]), forces, **how)
        return s.force * s.rate

    def of_fori(p: Any, x: Any) -> Any:
        return fori_loop(-1, steps - 1, lambda i, s: s + take(p, abs(i) % 3) * autograd.cos(s * i) + inner(p, s), x)

    def of_while(p: Any, x: Any) -> Any:
        def body(s: Any) -> Any:
            return s[0] + 0.25 + 0.1 * autograd.sin(p[0] * s[1]), s[1] * p[pick[0]] + inner(p, x)

        s = while_loop(lambda s: s[0] < limit, body, (0.3 * x * x, p[1]), max_steps=40)
        return s[0] * autograd.tanh(s[1])

    def of_total(p: Any, x: Any) -> Any:
        """A state that is only added to, twice in a step, and one that nothing adds to."""

        def step(s: Any, force: Any) -> Any:
            total, rate, fixed = s
            rate = rate * p[0] + force * fixed
            return (total + autograd.exp(-rate * rate) + inner(p, rate), rate, fixed), None

        total, _, fixed = scan(step, (p[pick[0]] * x, p[1], x), forces, **how)[0]
        return total * fixed

    ways = {
        "scan": of_scan,
        "columns": of_columns,
        "dataclass": of_dataclass,
        "fori": of_fori,
        "while": of_while,
        "total": of_total,
        "custom": lambda p, x: settled(p[pick[0]] + x, p[pick[1]]),
        "plain": lambda p, x: where(x > p[0], x * p[1], autograd.exp(-x * x) * p[2]),
    }
    return ways[kind]


P, X = [0.6, -0.4, 0.8], [0.35, -0.7, 1.1]


@pytest.mark.parametrize("order", TRANSFORMS)
@settings(derandomize=True, deadline=None, max_examples=8)
@given(data=st.data())
def test_loops_in_loops(order: str, data: st.DataObject) -> None:
    f, transform = data.draw(programs(0 if order == "third" else 1)), TRANSFORMS[order]
    eager = [numbers(transform(lambda p, x=x: f(p, x))(P)) for x in X]
    assert numbers(compile(transform(lambda p: f(p, X[0])))(P)) == pytest.approx(eager[0], rel=1e-9, abs=1e-11)

    def each(p: Any, x: Any) -> Any:
        return transform(lambda p: f(p, x))(p)

    columns = leaves(compile(each, in_axes=(None, 0))(P, X))
    np.testing.assert_allclose(np.transpose(columns), eager, rtol=1e-9, atol=1e-11)
    mean = numbers(compile(each, in_axes=(None, 0), reduce="mean")(P, X))
    assert mean == pytest.approx(np.mean(eager, axis=0), rel=1e-9, abs=1e-11)


def leaves(found: Any) -> list[Any]:
    """The columns of what a compiled function gives for rows."""
    return [leaf for part in found for leaf in leaves(part)] if isinstance(found, (list, tuple)) else [found]


@settings(derandomize=True, deadline=None, max_examples=8)
@given(f=programs(1), axes=st.tuples(*[st.sampled_from([None, 0])] * 3).filter(lambda axes: 0 in axes))
def test_loops_over_rows_of_some_leaves_alone(f: Callable[[Any, Any], Any], axes: tuple[Any, ...]) -> None:
    rng = np.random.default_rng(0)
    p = [rng.uniform(-1, 1, size=7) if axis == 0 else float(rng.uniform(-1, 1)) for axis in axes]
    rows = [[float(x if np.ndim(x) == 0 else x[k]) for x in p] for k in range(7)]
    each = compile(value_and_grad(lambda p: f(p, 0.4)), in_axes=([*axes],))(p)
    want = [value_and_grad(lambda p: f(p, 0.4))(row) for row in rows]
    np.testing.assert_allclose(each[0], [value for value, _ in want], rtol=1e-9, atol=1e-11)
    got = np.transpose([np.asarray(x, dtype=float) for x in each[1]])
    np.testing.assert_allclose(got, [slopes for _, slopes in want], rtol=1e-9, atol=1e-11)


def test_a_loop_that_only_adds_is_summed_over_rows_step_by_step() -> None:
    """The gradient by what all rows share, of more rows than a block has: the sum of those of the rows."""
    rng = np.random.default_rng(3)
    w, xs = rng.normal(size=6), rng.normal(size=(700, 9))

    def loss(w: Any, x: Any) -> Any:
        return scan(lambda s, a: (autograd.tanh(s * w[0] + a * w[1] + w[2]) * w[3] - w[4] * s + w[5], None), 0.1, list(x))[0]

    value, slopes = compile(value_and_grad(loss), in_axes=(None, 0), reduce="sum")(w, xs)
    s, tangents = np.full(700, 0.1), np.zeros((6, 700))
    for a in xs.T:
        t = np.tanh(s * w[0] + a * w[1] + w[2])
        inner = (1 - t * t) * w[3]
        tangents = (inner * w[0] - w[4]) * tangents + np.array([inner * s, inner * a, inner, t, -s, np.ones(700)])
        s = t * w[3] - w[4] * s + w[5]
    assert value == pytest.approx(math.fsum(s), rel=1e-12)
    np.testing.assert_allclose(slopes, tangents.sum(axis=1), rtol=1e-11)


@pytest.mark.parametrize("steps", [8, 9, 63, 64, 65, 200, 700])
@pytest.mark.parametrize("reverse", [False, True])
def test_many_steps_at_once_give_the_bits_of_step_by_step(steps: int, reverse: bool) -> None:
    """Of steps that choose, divide, call on rules of primitives, and add to sums: the value has the bits of an eager one."""
    xs = [math.sin(k * k) for k in range(steps)]

    def f(p: Any) -> Any:
        def step(s: Any, x: Any) -> Any:
            variance, total, last = s
            variance = p[0] + p[1] * x * x + 0.85 * variance
            term = autograd.log(variance) + x * x / variance - autograd.erf(x * p[0])
            return (variance, total + term + p[1], x + last * 0.0), term * where(x > p[0], p[1], last)

        (variance, total, last), ys = scan(step, (p[1] * 2.0, p[0], 0.5), xs, reverse=reverse)
        return total + variance * last + autograd.fsum(ys)

    compiled = compile(value_and_grad(f))
    value, slopes = compiled([0.1, 0.2])
    loops = [i.op for i in compiled.programs[0].instructions if isinstance(i.op, Loop)]
    assert len(loops) == 2 and all(map(parted, loops))
    want, eager = value_and_grad(f)([0.1, 0.2])
    assert value == want == compile(f)([0.1, 0.2])
    assert slopes == pytest.approx(eager, rel=1e-13)
    assert grad(f)([0.1, 0.2]) == eager


def test_what_costs_little_is_computed_again_and_not_kept() -> None:
    """A polynomial keeps its state alone; an exponential is kept where the derivative needs it."""

    def polynomial(p: Any) -> Any:
        return scan(lambda s, _: (s * (p - s * s * 0.1) * (s + p), None), 0.5, 12)[0]

    def decay(p: Any) -> Any:
        return scan(lambda s, _: (autograd.exp(-s * p) + p, None), 0.5, 12)[0]

    for f, kept in ((polynomial, 1), (decay, 2)):
        compiled = compile(value_and_grad(f))
        assert compiled(0.9) == pytest.approx(value_and_grad(f)(0.9), rel=1e-14)
        loop = next(i.op for i in compiled.programs[0].instructions if i.op.startswith("loop"))
        assert loop.kept == kept


ASKED_IN_A_STEP: dict[str, Callable[[Any, Any, Any], Any]] = {
    "of what it is given": lambda p, s, x: s * 0.5 + autograd.tanh(x) if x > 0.0 else s * 0.25 - x,
    "of the state": lambda p, s, x: s * 0.5 + autograd.tanh(x) if s > -0.25 else s * 0.25 - x,
    "of what it computes": lambda p, s, x: s * 0.5 + x * x if x * s < 9.0 else s * 0.25 - p[0],
    "of what is the same in each": lambda p, s, x: s * p[0] + autograd.tanh(x) if p[1] > 0.0 else s * 0.25 - x,
    "whether there is such an element": lambda p, s, x: s * 0.5 + take(p, autograd.floor(abs(x))) * autograd.tanh(x),
}


@pytest.mark.parametrize("name", ASKED_IN_A_STEP)
@pytest.mark.parametrize("steps", [8, 9, 200, 401])
def test_a_question_that_one_step_of_many_answers_otherwise(name: str, steps: int) -> None:
    """Some of a step is computed for many steps at once, and its questions with it: no step's answer is another's."""
    f = ASKED_IN_A_STEP[name]

    def summed(p: Any, xs: Any) -> Any:
        return scan(lambda s, x: (f(p, s, x), s * x), 1.0, list(xs))[0]

    rng = np.random.default_rng(steps)
    given = rng.uniform(0.1, 0.9, steps)
    fast, slopes = compile(summed), compile(value_and_grad(summed))
    for at in (None, 0, 1, steps // 2, steps - 2, steps - 1):
        for x, p in ((-20.0, [0.5, 0.75]), (12.0, [0.5, 0.75]), (0.3, [0.5, -0.75])):
            xs = given.copy()
            if at is not None and (name != "whether there is such an element" or x == 0.3):
                xs[at] = x
            assert fast(p, xs) == summed(p, xs), (at, x)
            value, slope = slopes(p, xs)
            want, wanted = value_and_grad(summed)(p, xs)
            assert value == want and slope == pytest.approx(wanted, rel=1e-12, abs=1e-15)
    loops = [i.op for program in slopes.programs for i in program.instructions if isinstance(i.op, Loop)]
    assert any(loop.guarded and parted(loop) for loop in loops)
    if name == "whether there is such an element":
        for at in (0, steps // 2, steps - 1):
            xs = given.copy()
            xs[at] = 2.5
            for compiled in (fast, slopes):
                with pytest.raises(IndexError, match=r"numbered from 0, and the index is 2\.0"):
                    compiled([0.5, 0.75], xs)
