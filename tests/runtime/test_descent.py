"""Descent by itself: which rows a step takes, and what it leaves where a step cannot be made."""

import random

import numpy as np
import pytest

import autograd
from autograd import compile, value_and_grad

pytestmark = pytest.mark.skipif(autograd.build != "compiled", reason="what it runs is machine code")

RATE = 0.125


def squares(p, x, y):
    return (p[0] * x[0] + p[1] * x[1] - y) ** 2


def branching(p, x, y):
    return squares(p, x, y) if x[0] > -100.0 else p[0] * 0.0


def down(data, grad, rate, number, kept):
    """Gradient descent that counts its steps in what it keeps."""
    return [data - rate * grad, kept + number]


def made(f=squares, rows=10, guards=False):
    from autograd.runtime.descent import Descent

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(rows, 2)), rng.normal(size=rows)
    slopes = compile(value_and_grad(f), in_axes=(None, 0, 0), reduce="sum")
    update = compile(down, in_axes=(0, 0, None, None, 0))
    p = np.array([0.5, -0.25])
    slopes(p, x, y), update(p, p, 1.0, 1.0, p)
    states, gradients = np.zeros((2, 2, 2)), np.zeros((2, 2))
    states[0, 0] = p
    runner, known = slopes.only_program(p, x, y)
    descent = Descent((runner, known), None, update.only_program(p, p, 1.0, 1.0, p)[0], [x, y], states, gradients)
    return descent, states, gradients, x, y


def run(descent, steps, order, begins, ends, divisors=None, **how):
    losses = np.full(steps, np.nan)
    ones = np.ones(steps)
    given = {"before": 0, "outputs": None, "clip": None, "asked": []} | how
    descent.run(
        None if order is None else np.array(order),
        np.array(begins),
        np.array(ends),
        ones if divisors is None else np.array(divisors),
        ones,
        np.full(steps, RATE),
        losses=losses,
        **given,
    )
    return losses


def by_numpy(p, x, y, divisor):
    """A step: the loss before it, and the parameters after it."""
    off = x @ p - y
    return (off @ off) / divisor, p - RATE * 2.0 * (off @ x) / divisor


def test_each_step_takes_its_rows_and_its_divisor():
    descent, states, gradients, x, y = made()
    order = [7, 3, 3, 9, 0, 1, 8]
    losses = run(descent, 3, order, [0, 3, 5], [3, 5, 7], [3.0, 20.0, 2.0], before=10)
    p = np.array([0.5, -0.25])
    for k, (rows, divisor) in enumerate([([7, 3, 3], 3.0), ([9, 0], 20.0), ([1, 8], 2.0)]):
        before, (loss, p) = p, by_numpy(p, x[rows], y[rows], divisor)
        assert losses[k] == pytest.approx(loss, rel=1e-13)
    assert (descent.made, descent.at) == (3, 1)
    assert states[1, 0] == pytest.approx(p, rel=1e-13)
    assert states[1, 1].tolist() == [11.0 + 12.0 + 13.0] * 2
    assert gradients[1] == pytest.approx((before - p) / RATE, rel=1e-9)


@pytest.mark.parametrize("rows", [1, 7, 8, 64, 65, 700])
def test_an_order_has_the_bits_of_rows_that_stand_so(rows):
    order = np.random.default_rng(1).permutation(900)[:rows]
    descent, states, _, x, y = made(rows=900)
    run(descent, 1, order, [0], [rows])
    other, theirs, *_, u, v = made(rows=900)
    u[100 : 100 + rows], v[100 : 100 + rows] = x[order], y[order]
    run(other, 1, None, [100], [100 + rows])
    assert states[descent.at].tolist() == theirs[other.at].tolist()


def test_a_step_that_branches_is_not_made_and_those_before_it_are():
    descent, states, gradients, x, _ = made(branching)
    x[5, 0] = -200.0
    run(descent, 4, None, [0, 2, 4, 6], [2, 4, 6, 8])
    assert descent.made == 2
    kept, slopes = states[descent.at].tolist(), gradients[descent.at].tolist()
    run(descent, 1, None, [4], [6])
    assert descent.made == 0
    assert (states[descent.at].tolist(), gradients[descent.at].tolist()) == (kept, slopes)
    run(descent, 1, None, [6], [8], before=2)
    assert descent.made == 1 and states[descent.at][1].tolist() == [1.0 + 2.0 + 3.0] * 2


@pytest.mark.parametrize("number", [np.nan, np.inf, 1e200])
def test_numbers_that_are_not_finite_end_it_before_the_step(number):
    descent, states, _, _, y = made()
    y[4] = number
    before = run(descent, 3, None, [0, 2, 4], [2, 4, 6])
    assert descent.made == 2 and np.isfinite(before[:2]).all()
    assert np.isfinite(states[descent.at]).all()


def test_parameters_that_overflow_are_not_stepped_to():
    descent, states, _, x, y = made()
    x[:], y[:] = 0.0, 1e150
    x[0, 0] = 1e150
    kept = states[0].tolist()
    run(descent, 1, None, [0], [1], clip=lambda gradient: 1e10)
    assert descent.made == 0 and states[descent.at].tolist() == kept


def test_it_ends_where_somebody_asks_and_where_an_exception_comes():
    descent, _, gradients, *_ = made()
    run(descent, 3, None, [0, 2, 4], [2, 4, 6], asked=[True])
    assert descent.made == 1
    seen = []

    def clip(gradient):
        seen.append(gradient.tolist())
        if len(seen) == 2:
            raise KeyboardInterrupt
        return 0.5

    with pytest.raises(KeyboardInterrupt):
        run(descent, 3, None, [0, 2, 4], [2, 4, 6], clip=clip)
    assert descent.made == 1
    assert gradients[descent.at].tolist() == [0.5 * g for g in seen[0]]


def test_programs_that_are_no_steps_are_refused():
    from autograd.runtime.descent import Descent

    slopes = compile(value_and_grad(squares), in_axes=(None, 0, 0), reduce="sum")
    update = compile(down, in_axes=(0, 0, None, None, 0))
    p, x, y = np.ones(2), np.ones((3, 2)), np.ones(3)
    slopes(p, x, y), update(p, p, 1.0, 1.0, p)
    gradient, step = slopes.only_program(p, x, y), update.only_program(p, p, 1.0, 1.0, p)[0]
    for parts, states in (
        ((gradient, None, step), (2, 2, 3)),
        ((gradient, None, step), (2, 3, 2)),
        ((gradient, None, gradient[0]), (2, 2, 2)),
    ):
        with pytest.raises(ValueError, match=r"steps of|takes"):
            Descent(*parts, [x, y], np.zeros(states), np.zeros((2, states[2])))


@pytest.mark.parametrize("n", [0, 1, 2, 3, 31, 32, 33, 1000, 65536, 100_001])
def test_an_order_is_that_of_pythons_shuffle(n):
    from autograd.runtime.descent import shuffled

    for seed in (0, "7, epoch 3"):
        expected = [*range(n)]
        random.Random(seed).shuffle(expected)
        assert shuffled(random.Random(seed), n).tolist() == expected
