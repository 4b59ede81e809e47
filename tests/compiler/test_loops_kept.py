"""What a loop keeps of each step for the way back, and what its derivative costs before it runs."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from agreement import agree

from autograd import compile, fori_loop, grad, hessian, scan, sigmoid, sin, tanh, value_and_grad
from autograd.compiler.loops import Loop


def f(w: Any) -> Any:
    last, _ = scan(lambda s, _: (tanh(w[0] * s) + sigmoid(w[1] * s), None), 0.5, 20)
    return last


def ops_of_loops(program: Any) -> list[set[str]]:
    return [{str(i.op) for i in made.op.body.instructions} for made in program.instructions if isinstance(made.op, Loop)]


def test_a_slope_that_comes_with_its_function_is_made_where_that_is() -> None:
    """One exponential gives both, over rows."""
    slopes = {"slope tanh 0", "slope sigmoid 0"}
    fast = compile(value_and_grad(f))
    fast([0.7, 0.2])
    forward, back = ops_of_loops(fast.programs[0])
    assert slopes <= forward and not slopes & back
    alone = compile(f)
    alone([0.7, 0.2])
    assert not slopes & ops_of_loops(alone.programs[0])[0]


def test_derivatives_of_what_such_slopes_went_into_are_those_of_eager_execution() -> None:
    for transform in (grad, hessian):
        want, found = (make(transform(f))([0.7, 0.2]) for make in (lambda g: g, compile))
        assert agree(found, want)


def calls_of(action: Callable[[], Any]) -> int:
    """How many functions of Python are called."""
    found = 0

    def count(_frame: Any, event: str, _arg: Any) -> None:
        nonlocal found
        found += event == "call"

    sys.setprofile(count)
    try:
        action()
    finally:
        sys.setprofile(None)
    return found


def test_the_derivative_of_a_loop_is_recorded_without_a_look_at_each_step() -> None:
    def recording(steps: int) -> int:
        fast = compile(value_and_grad(lambda w: fori_loop(0, steps, lambda _, s: tanh(w[0] * s) + w[1], 0.5)))
        return calls_of(lambda: fast([0.7, 0.2]))

    recording(8)
    assert abs(recording(20_000) - recording(20)) < 100


@pytest.mark.parametrize("count", range(1, 10))
@pytest.mark.parametrize("twice", [None, 0, 3, 5])
def test_the_gradients_of_weights_are_added_step_after_step(count: int, twice: int | None) -> None:
    """However many there are, and whichever gets two terms in each step."""

    def loss(w: Any, xs: Any) -> Any:
        def step(s: Any, x: Any) -> Any:
            s = tanh(sum([v * (x + k) for k, v in enumerate(w)], s))
            return s + (sin(w[twice] * x) if twice is not None and twice < count else 0.0), None

        return scan(step, 0.1, xs)[0]

    given = [0.3 / (k + 1) for k in range(count)], [0.1 * k for k in range(33)]
    fast = compile(value_and_grad(loss))
    value, slopes = fast(*given)
    assert [value, *slopes] == fast.programs[0].run([*given[0], *given[1]])
