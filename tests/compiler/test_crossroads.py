"""Functions of many ways through their branches: which recording holds is found by what they ask, not by running them all."""

import itertools
import math
import random
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.filterwarnings("error")


def leaky(x: Any) -> Any:
    total = 0.0  # and no sum(), which Python 3.12 rounds otherwise where all are floats
    for v in x:
        total = total + (v * v if v > 0 else 0.1 * v)
    return total


def largest(x: Any) -> Any:
    best = x[0]
    for v in x[1:]:
        if v > best:
            best = v
    return sum((v - best).exp() if hasattr(v, "exp") else math.exp(v - best) for v in x) + best


def bubbled(x: Any) -> Any:
    x = list(x)
    for last in range(len(x) - 1, 0, -1):
        for j in range(last):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]
    return sum(k * v for k, v in enumerate(x))


def masked(x: Any) -> Any:
    return (np.array(x)[np.array([bool(v <= 0.5) for v in x])] ** 2).sum() + x[0]


def points(n: int, count: int = 300) -> list[list[float]]:
    rng = random.Random(n)
    return [[rng.choice([rng.gauss(0, 1), 0.0, -0.0, 0.5]) for _ in range(n)] for _ in range(count)]


def ways_of(fast: Any) -> Any:
    (ways,) = fast._recorded.values()
    return ways


def crossroads_of(ag: ModuleType, fast: Any) -> Any:
    return ag.compiler.crossroads.Crossroads(ways_of(fast))


@pytest.mark.parametrize(("f", "n"), [(leaky, 5), (largest, 6), (bubbled, 4), (masked, 4)])
def test_all_ways_are_found_again(ag: ModuleType, f: Callable[[Any], Any], n: int) -> None:
    """With the bits of eager execution, whatever is met in whatever order, and nothing is recorded twice."""
    g = ag.value_and_grad(f)
    fast = ag.compile(g)
    for x in (given := points(n)):
        assert fast(x) == g(x), x
    ways = len(fast.programs)
    assert 8 <= ways <= 64 and ways_of(fast).crossroads is not None
    for x in [*given, *given[:20] * 2, *[given[5]] * 5]:  # also the same way several times in a row
        assert fast(x) == g(x), x
    assert len(fast.programs) == ways == ways_of(fast).made


@pytest.mark.parametrize(("f", "n"), [(leaky, 5), (largest, 6), (bubbled, 4), (masked, 4)])
def test_one_recording_is_left_and_it_holds(ag: ModuleType, f: Callable[[Any], Any], n: int) -> None:
    fast = ag.compile(f)
    given = points(n)
    for x in given:
        fast(x)
    crossroads = crossroads_of(ag, fast)
    for x in given:
        (found,) = crossroads.at_point([x, []])
        assert found.program.outcome(x)[1]


def test_a_point_of_a_new_way_leaves_none_and_is_recorded(ag: ModuleType) -> None:
    signs = [*itertools.product([-1.0, 1.0], repeat=4)]
    fast = ag.compile(leaky)
    for x in signs[:9] * 4:
        fast([*x])
    crossroads = ways_of(fast).crossroads
    assert crossroads is not None and [*crossroads.at_point([[*signs[12]], []])] == []
    for x in signs * 4:
        assert fast([*x]) == leaky(x)
    assert len(fast.programs) == 16
    nan = fast([math.nan, 1.0, 1.0, -1.0])
    assert math.isnan(nan) and len(fast.programs) == 16  # NaN > 0 is false, as -1 > 0 is


def test_what_may_be_another_number_each_time_rules_nothing_out(ag: ModuleType, table_as_before: None) -> None:
    """A rule of one's own may count or draw: it is asked in each run of a recording, as a loop is."""
    calls = itertools.count()
    counted = ag.primitive("counted at a crossroads", lambda x: x + 0.0 * next(calls), lambda x, out: 1.0)
    fast = ag.compile(lambda x: sum(counted(v) if counted(v) > 0 else -2.0 * v for v in x))
    for x in [*itertools.product([-1.0, 1.0], repeat=3)] * 6:
        assert fast([*x]) == sum(v if v > 0 else -2.0 * v for v in x)
    crossroads = crossroads_of(ag, fast)
    before = next(calls)
    assert len([*crossroads.at_point([[1.0, 1.0, 1.0], []])]) == len(fast.programs) == 8
    assert next(calls) == before + 1


def test_arguments_of_every_form_and_values_from_outside(ag: ModuleType) -> None:
    border = ag.Value(0.0)

    def f(x: Any, scale: Any = 1.0) -> Any:
        return sum(scale * v if v > border else -v for v in x["a"])

    def want(x: Any, scale: float = 1.0) -> float:
        return sum(scale * v if v > border.data else -v for v in x["a"])

    fast = ag.compile(f)
    signs = [*itertools.product([-1.0, 1.0], repeat=3)]
    for border.data in (0.0, 2.0, -2.0, 0.0):
        for x in signs * 5:
            assert fast({"a": [*x]}) == want({"a": x}) and fast({"a": np.array(x)}) == want({"a": x})
            assert fast({"a": [*x]}, scale=3.0) == want({"a": x}, 3.0) and fast({"a": [1, *x[1:]]}) == want({"a": [1, *x[1:]]})
    assert len(fast.programs) == 3 * 8 and ag.grad(lambda b: fast({"a": [1.0, 2.0, 3.0]}) * b)(2.0) == 6.0


def test_where_no_more_is_recorded_the_function_itself_is_called_at_once(ag: ModuleType) -> None:
    asked = []

    def f(x: Any) -> Any:
        asked.append(1)
        return leaky(x)

    fast = ag.compile(f, max_branches=6)
    signs = [*itertools.product([-1.0, 1.0], repeat=4)]
    with pytest.warns(RuntimeWarning, match="recorded no more"):
        for x in signs * 4:
            assert fast([*x]) == leaky(x)
    asked.clear()
    for x in signs:
        assert fast([*x]) == leaky(x)
    assert len(asked) == 10
