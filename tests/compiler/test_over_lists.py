"""Primitives over lists in compiled functions: one native instruction, with the bits of eager execution."""

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

import autograd
from autograd import compile, relu, value_and_grad
from autograd.compiler.plan import Plan
from autograd.compiler.running import NATIVE
from autograd.runtime.python_rules import PythonRule

OF_A_LIST: dict[str, Callable[[Any], Any]] = {
    "logsumexp": autograd.logsumexp,
    "softmax": autograd.softmax,
    "log_softmax": autograd.log_softmax,
    "one of softmax": lambda xs: autograd.softmax(xs, len(xs) // 2),
    "one of log_softmax": lambda xs: autograd.log_softmax(xs, len(xs) // 2),
    "max": autograd.max,
    "min": autograd.min,
}
SPECIAL = [0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, -700.0, 710.0, 1e308, -1e308, 5e-324]


def lists(count: int, length: int) -> list[list[float]]:
    draw = random.Random(f"{count} of {length}")
    numbers = [lambda: draw.choice(SPECIAL), lambda: draw.gauss(0.0, 1.0), lambda: draw.gauss(0.0, 100.0), lambda: 0.5]
    return [[draw.choice(numbers)() for _ in range(length)] for _ in range(count)]


def hexes(numbers: Any) -> list[str]:
    return [float(x).hex() for x in (numbers if isinstance(numbers, list) else [numbers])]


@pytest.mark.parametrize("name", OF_A_LIST)
def test_results_at_a_point_have_the_bits_of_eager_execution(name: str) -> None:
    f = OF_A_LIST[name]
    for length in (1, 2, 3, 7):
        fast = compile(f)
        for xs in lists(60, length):
            assert hexes(fast(xs)) == hexes(f(xs)), xs


@pytest.mark.parametrize("name", ["logsumexp", "one of softmax", "max", "min"])
def test_gradients_at_a_point_have_the_bits_of_eager_execution(name: str) -> None:
    both = value_and_grad(OF_A_LIST[name])
    for length in (1, 2, 5):
        fast = compile(both)
        for xs in lists(40, length):
            (value, slopes), (expected, right) = fast(xs), both(xs)
            assert hexes(value) == hexes(expected) and [x + 0.0 for x in slopes] == pytest.approx(right, rel=1e-15, nan_ok=True)


@pytest.mark.parametrize("name", ["logsumexp", "one of softmax", "one of log_softmax"])
def test_over_rows_what_decides_a_kink_has_the_bits_of_eager_execution(name: str) -> None:
    def f(xs: Any) -> Any:
        return relu(OF_A_LIST[name](xs))

    rows = lists(200, 4)
    values, _ = compile(value_and_grad(f), in_axes=0)(rows)
    assert hexes(values.tolist()) == [hexes(f(xs))[0] for xs in rows]


@pytest.mark.parametrize("name", ["logsumexp", "one of softmax", "one of log_softmax"])
def test_over_rows_what_decides_nothing_is_close_to_eager_execution(name: str) -> None:
    """Where the list is all that a row has, and where all rows share it."""
    both = value_and_grad(OF_A_LIST[name])
    for length in (1, 2, 5, 12):
        rows = lists(150, length)
        values, slopes = compile(both, in_axes=0)(rows)
        expected = [both(xs) for xs in rows]
        assert values.tolist() == pytest.approx([value for value, _ in expected], rel=1e-14, abs=1e-300, nan_ok=True)
        for found, (_, right) in zip(slopes.tolist(), expected, strict=True):
            assert found == pytest.approx(right, rel=1e-14, abs=1e-300, nan_ok=True)
        added = compile(lambda xs, y: OF_A_LIST[name](xs) + y, in_axes=(None, 0))
        for xs in rows[:20]:
            assert hexes(added(xs, [0.0, 1.0]).tolist()) == hexes([OF_A_LIST[name](xs) + y for y in (0.0, 1.0)])


def test_a_sum_is_correctly_rounded_at_a_point_and_over_rows() -> None:
    """As math.fsum has it: halves to even, parts that overflow, infinities, more partial sums than the loop has room for."""
    halves = [[1.0, 2.0**-53, 2.0**-106], [1.0, 2.0**-53, -(2.0**-106)], [1.0, 2.0**-53, 0.0], [1.0 + 2.0**-52, 2.0**-53, 0.0]]
    large = [[1e308, 1e308, -1e308], [1e308, 1e308, 1e308], [-1e308, -1e308, 1e-320], [math.inf, -math.inf, 1.0]]
    rows = halves + large + [[-x for x in xs] for xs in halves] + lists(300, 3)
    assert hexes(compile(autograd.fsum, in_axes=0)(rows).tolist()) == [hexes(autograd.fsum(xs))[0] for xs in rows]
    at_a_point = compile(autograd.fsum)
    assert [hexes(at_a_point(xs)) for xs in rows] == [hexes(autograd.fsum(xs)) for xs in rows]
    for length in (1, 40, 300):
        draw = random.Random(length)
        rows = [[math.ldexp(draw.uniform(-1.0, 1.0), draw.randint(-900, 900)) for _ in range(length)] for _ in range(20)]
        rows.append([draw.choice([-1.0, 1.0]) * 2.0 ** (-1074 + 2 * k) for k in range(length)])
        assert hexes(compile(autograd.fsum, in_axes=0)(rows).tolist()) == [math.fsum(xs).hex() for xs in rows]


@pytest.mark.parametrize("name", ["logsumexp", "one of softmax", "one of log_softmax"])
def test_a_gradient_takes_a_plan_that_grows_as_the_list(name: str) -> None:
    if not NATIVE:
        pytest.skip("plans are run by the compiled build")
    sizes = []
    for length in (100, 200):
        fast = compile(value_and_grad(OF_A_LIST[name]))
        fast([0.01 * i for i in range(length)])
        plan = Plan(fast.programs[0], [False] * length)
        assert not any(isinstance(step, PythonRule) for step in plan.before)
        sizes.append(len(plan.code))
    assert sizes[1] < 2.2 * sizes[0]
