"""compile(): what a program asks of numbers that a loop gives, where the loop did not run while it was recorded."""

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest


def nine_more(ag: ModuleType, x: Any) -> Any:
    return ag.scan(lambda s, t: (s - t, None), x, [1.0, -10.0])[0]


def steps_of_a_scan(ag: ModuleType, x: Any) -> Any:
    """The first step says nothing of how the second one branches."""
    return ag.scan(lambda s, t: (s if s < t else t - s, None), x, [x, nine_more(ag, x)])[0]


def steps_by_a_constant(ag: ModuleType, x: Any) -> Any:
    y = nine_more(ag, x)
    return ag.scan(lambda s, t: (s + t if s < y else s - t, None), x, [5.0, 6.0, 7.0, 8.0])[0]


def by_where(ag: ModuleType, x: Any) -> Any:
    """Of NaN, `where` gives a number that could be right."""
    chosen = ag.where(nine_more(ag, x) < 11.5, 2.0, 1.0)
    return x * 2.0 if chosen > 1.5 else x * 3.0


def by_maximum(ag: ModuleType, x: Any) -> Any:
    return x * 2.0 if ag.where(nine_more(ag, x) >= 0.0, 5.0, -5.0) + x > 0.0 else x * 3.0


def from_the_end(ag: ModuleType, x: Any) -> Any:
    return ag.take([5.0, 6.0, x], ag.where(nine_more(ag, x) < 11.5, 2.0, -3.0))


def out_of_a_table(ag: ModuleType, x: Any) -> Any:
    """An index that is right, and none where the number is missing."""
    return ag.take([5.0, 6.0, x], ag.where(nine_more(ag, x) < 20.0, 2.0, 99.0))


def by_a_whole_number(ag: ModuleType, x: Any) -> Any:
    return x * int((ag.where(nine_more(ag, x) < 11.5, 2.0, 7.0) * ag.Value(1.0)).data)


def by_a_loop_after_a_loop(ag: ModuleType, x: Any) -> Any:
    sign = ag.where(nine_more(ag, x) < 11.5, 1.0, -1.0)
    return ag.scan(lambda s, t: (s * t if s * sign > 0.0 else s - t, None), x, [2.0, 3.0])[0]


def by_a_slope(ag: ModuleType, x: Any) -> Any:
    slope = ag.grad(lambda w: ag.scan(lambda s, t: (s * t * w, None), w, [1.0, 0.5])[0])(x)
    return x * 2.0 if ag.sign(slope - 2.0) > 0.0 else x * 3.0


QUESTIONS = [
    *(steps_of_a_scan, steps_by_a_constant, by_where, by_maximum, from_the_end, out_of_a_table, by_a_whole_number),
    *(by_a_loop_after_a_loop, by_a_slope),
]
POINTS = [1.0, 2.0, 3.0, 0.5, 1.0]


@pytest.mark.parametrize("question", QUESTIONS)
def test_it_is_answered_by_the_numbers_of_each_run(ag: ModuleType, question: Callable[[ModuleType, Any], Any]) -> None:
    def f(x: Any) -> Any:
        return question(ag, x)

    transforms: list[Callable[[Any], Any]] = [f, ag.derivative(f), ag.derivative(f, order=2)]
    for transform in transforms:
        want = [float(getattr(y, "data", y)) for y in [transform(ag.Value(x) if transform is f else x) for x in POINTS]]
        assert not any(map(math.isnan, want))
        for first in range(3):  # where it is recorded
            fast = ag.compile(transform)
            fast(POINTS[first])
            assert [float(fast(x)) for x in POINTS] == pytest.approx(want, rel=1e-14)
            assert len(fast.programs) <= 3
        assert ag.compile(transform, in_axes=0)(np.array(POINTS)).tolist() == pytest.approx(want, rel=1e-14)


def test_an_error_is_of_the_numbers_of_each_run(ag: ModuleType) -> None:
    fast = ag.compile(lambda x: out_of_a_table(ag, x))
    assert fast(1.0) == 1.0
    with pytest.raises(IndexError, match=r"99"):
        fast(15.0)
