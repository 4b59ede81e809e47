"""Over rows the steps of a loop run among the registers around them: to the same bits as with registers of their own."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import compile, fori_loop, grad, hessian, scan, sigmoid, softmax, take, tanh, value_and_grad, where, while_loop
from autograd.compiler import running

RNG = np.random.default_rng(7)
W, ROWS = [0.5, -0.3, 0.8], RNG.normal(size=(150, 6))


def recurrent(w: Any, x: Any) -> Any:
    def step(s: Any, v: Any) -> Any:
        a, b = s
        return (tanh(w[0] * a + v * b), sigmoid(w[1] * b + v)), a * b

    (a, b), ys = scan(step, (0.1, 0.2), list(x))
    return a + b * sum(ys) + w[2]


def states_change_places(w: Any, x: Any) -> Any:
    (a, b, _), _ = scan(lambda s, v: ((s[1], tanh(s[0] * w[0] + v), s[1]), s[2]), (w[1], x[0], 0.0), list(x))
    return a * b


def the_same_number_is_given_twice(w: Any, x: Any) -> Any:
    def step(s: Any, v: Any) -> Any:
        new = tanh(s * w[0] + v)
        return new, (new, new, s, v, 3.0, w[1])

    s, ys = scan(step, 0.1, list(x))
    return s + sum(a * b * c * d * e * f for a, b, c, d, e, f in zip(*ys, strict=True))


def constants_and_xs_with_rows(w: Any, x: Any) -> Any:
    s, _ = scan(lambda s, v: (tanh(s * x[1] + v * w[0]) + x[2], None), x[0], [x[3], 2.0, x[4], w[1], x[5]])
    return s


def lists_in_a_step(w: Any, x: Any) -> Any:
    def step(s: Any, v: Any) -> Any:
        shares = softmax([s[0] * w[0], s[1] * v, w[2] * v])
        return [shares[0] + v, shares[1] * s[0]], shares

    s, ys = scan(step, [0.1, 0.2], list(x))
    return s[0] * s[1] + sum(a * b for a, b, _ in ys)


def until_it_is_small(w: Any, x: Any) -> Any:
    a, b = while_loop(
        lambda s: s[0] > 0.05, lambda s: (s[0] * (0.5 + 0.1 * sigmoid(s[1])), s[1] + w[0]), (x[0] ** 2, x[1]), max_steps=40
    )
    return a * w[1] + b


def a_loop_in_a_loop(w: Any, x: Any) -> Any:
    def outer(s: Any, v: Any) -> Any:
        return fori_loop(0, 3, lambda i, u: tanh(u * w[0] + v * i), s) * w[1], s

    s, ys = scan(outer, x[0], list(x))
    return s + sum(ys)


def one_loop_after_another(w: Any, x: Any) -> Any:
    _, ys = scan(lambda s, v: (tanh(s * w[0] + v), s * v), 0.3, list(x))
    s, _ = scan(lambda s, y: (sigmoid(s + y * w[1]), None), x[2], ys, reverse=True)
    return s


def looked_up_and_asked(w: Any, x: Any) -> Any:
    s, _ = scan(lambda s, v: (where(v > s, take(w, [0, 2][0]) * v, s * w[1]) + tanh(s), None), 0.1, list(x))
    return s


EVERY = [
    recurrent,
    states_change_places,
    the_same_number_is_given_twice,
    constants_and_xs_with_rows,
    lists_in_a_step,
    until_it_is_small,
    a_loop_in_a_loop,
    one_loop_after_another,
    looked_up_and_asked,
]


def everything_of(f: Callable[..., Any]) -> list[Any]:
    """Values, gradients in what rows share and in rows, their mean, and second derivatives, over rows."""
    settings = {"in_axes": (None, 0)}
    found = [compile(f, **settings)(W, ROWS)]
    found += compile(value_and_grad(f, argnums=(0, 1)), **settings)(W, ROWS)
    found += compile(value_and_grad(f), reduce="mean", **settings)(W, ROWS)
    found += [compile(hessian(f), **settings)(W, ROWS), compile(hessian(f), reduce="sum", **settings)(W, ROWS)]
    return [np.asarray(part).tobytes() for whole in found for part in (whole if isinstance(whole, (list, tuple)) else [whole])]


@pytest.mark.parametrize("f", EVERY)
def test_the_bits_are_those_of_steps_with_registers_of_their_own(f: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    within = everything_of(f)
    monkeypatch.setattr(running, "in_place", lambda *_: None)
    assert within == everything_of(f)


@pytest.mark.parametrize("f", EVERY)
def test_rows_are_points(f: Any) -> None:
    found = compile(grad(f), in_axes=(None, 0))(W, ROWS)
    np.testing.assert_allclose(np.stack(found, axis=-1)[:9], [grad(f)(W, x.tolist()) for x in ROWS[:9]], rtol=1e-10, atol=1e-13)
