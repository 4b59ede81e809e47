"""Derivatives of compiled loops are those of the steps written out: nothing goes back from a number that nobody uses.

In a loop an adjoint is a number in every step. Where none is there, a 0 in its place would become NaN after an infinite slope.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

XS = [1.0, 2.0, 3.0, 1.0]


def last_state(ag: ModuleType, x: Any) -> Any:
    return ag.scan(lambda s, t: ((s * 0.5).exp(), None), x, XS)[0]


def a_sum(ag: ModuleType, x: Any) -> Any:
    return ag.scan(lambda s, t: (s + (x * t).exp(), s), 0.0, XS)[0]


def results_of_steps(ag: ModuleType, x: Any) -> Any:
    """Whose last state goes nowhere."""
    return sum(ag.scan(lambda s, t: ((s * 2.0).exp(), s * t), x, XS)[1])


def result_of_one_step(ag: ModuleType, x: Any) -> Any:
    return ag.scan(lambda s, t: ((s * 2.0).exp(), s * t), x, XS)[1][1]


def one_of_two_states(ag: ModuleType, x: Any) -> Any:
    return ag.scan(lambda s, t: ((s[0] * t, (s[1] * 2.0).exp()), None), (x, x), XS)[0][0]


def states_in_turn(ag: ModuleType, x: Any) -> Any:
    """Of two, each is used by every other step."""
    return ag.scan(lambda s, t: ((s[1] * t, s[0].log()), None), (x, x * 2.0), XS)[0][0]


def start_that_is_not_used(ag: ModuleType, x: Any) -> Any:
    return ag.scan(lambda s, t: ((s[0] * t, s[1] + s[0]), None), (x, (x - 2.0).log()), XS)[0][0]


def entry_that_is_not_used(ag: ModuleType, x: Any) -> Any:
    return ag.scan(lambda s, t: (s * 2.0, s + t), x, [x, (x - 2.0).log(), x * x])[1][0]


def counted(ag: ModuleType, x: Any) -> Any:
    return ag.fori_loop(0, 4, lambda i, s: s * 0.5 + (s * 0.5).exp(), x)


def logarithms(ag: ModuleType, x: Any) -> Any:
    return sum(ag.scan(lambda s, t: ((s - t).log(), s), x, [1.0, 0.5])[1])


def loop_of_loops(ag: ModuleType, x: Any) -> Any:
    def step(s: Any, t: Any) -> Any:
        inner = ag.scan(lambda u, k: ((u * 2.0).exp(), u * k), s, XS)[1]
        return s * t, inner[1]

    return sum(ag.scan(step, x, XS)[1])


FUNCTIONS = [
    *(last_state, a_sum, results_of_steps, result_of_one_step, one_of_two_states, states_in_turn),
    *(start_that_is_not_used, entry_that_is_not_used, counted, logarithms, loop_of_loops),
]


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("f", FUNCTIONS)
def test_a_compiled_loop_has_the_derivatives_of_its_steps(ag: ModuleType, f: Callable[..., Any], order: int) -> None:
    whole = ag.compile(lambda x: f(ag, x))
    whole(0.5)
    assert any("loop" in op for op in whole.programs[0].counts)
    derivative = ag.derivative(lambda x: f(ag, x), order)
    for x in (0.5, 1.0, 2.0, 10.0, 800.0):
        want, fast = derivative(x), ag.compile(derivative)
        for got in (fast(x), *ag.compile(derivative, in_axes=0)([x, x])):
            assert got == pytest.approx(want, rel=1e-12, nan_ok=True), (x, want)
