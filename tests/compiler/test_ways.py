"""compile(): more ways through the branches of a function than are kept, and ways that differ in nothing."""

import math
import random
import re
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest


def by_number(x: Any) -> Any:
    return x * x * float(x.data)  # a way for each number


LINE = f"{__file__}:{by_number.__code__.co_firstlineno + 1}"


def outcome(f: Callable[..., Any], *args: Any) -> tuple[Any, list[str]]:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = f(*args)
    return found, [str(warning.message) for warning in said]


def test_beyond_max_branches_a_function_is_called_itself_and_says_so_once(ag: ModuleType) -> None:
    for f in (by_number, ag.value_and_grad(by_number), ag.derivative(by_number, order=2)):
        fast = ag.compile(f, max_branches=3)
        said = []
        for k in range(8):
            want = f(float(k)) if f is not by_number else float(k) ** 3
            found, words = outcome(fast, float(k))
            assert found == want
            said += words
        assert len(said) == 1 and len(fast.programs) == 3
        assert "recorded 3 times" in said[0] and f"2 part from those before at {LINE}" in said[0]


@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
def test_rows_beyond_max_branches(ag: ModuleType, reduce: str | None) -> None:
    f = ag.value_and_grad(lambda x: by_number(x[0]) * x[1] if x[1] > 0.2 else x[1] * x[0])
    rows = np.array([[k % 11, 0.25 * (k % 3)] for k in range(40)], dtype=float)
    want = [f(row) for row in rows]
    values, slopes = np.array([w[0] for w in want]), np.array([w[1] for w in want])
    fast = ag.compile(f, in_axes=0, reduce=reduce, max_branches=4)
    if reduce:
        values, slopes = getattr(np, reduce)(values, axis=0), getattr(np, reduce)(slopes, axis=0)
    for again in (False, True):
        (found, gradient), said = outcome(fast, rows)
        assert np.allclose(found, values, rtol=1e-13) and np.allclose(gradient, slopes, rtol=1e-13)
        assert len(said) == (not again)
    assert len(fast.programs) == 4


def test_sums_and_outputs_of_rows_beyond_max_branches(ag: ModuleType) -> None:
    fast = ag.compile(lambda x: (by_number(x), x + 1.0), in_axes=0, reduce=("sum", None), max_branches=2)
    (total, each), said = outcome(fast, [0.0, 1.0, 2.0, 3.0, 4.0])
    assert total == 100.0 and each.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0] and len(said) == 1


def test_strict_is_an_error_instead(ag: ModuleType) -> None:
    fast = ag.compile(by_number, max_branches=3, strict=True)
    assert [fast(float(k)) for k in range(3)] == [0.0, 1.0, 8.0]
    for _ in range(2):
        with pytest.raises(RuntimeError, match=rf"recorded 3 times.*{re.escape(LINE)}, .*where\(\).*max_branches"):
            fast(3.0)
    assert fast(2.0) == 8.0


def test_results_of_any_shape_beyond_max_branches(ag: ModuleType) -> None:
    fast = ag.compile(lambda x: [x] * int(x.data), max_branches=1)
    assert [outcome(fast, float(k))[0] for k in (1, 2, 3)] == [[1.0], [2.0] * 2, [3.0] * 3]
    by_rows = ag.compile(lambda x: [x] * int(x.data), max_branches=1, in_axes=0)
    with pytest.raises(ValueError, match="different shapes"):
        outcome(by_rows, [1.0, 2.0])


def test_beyond_max_branches_the_graph_to_a_variable_is_kept(ag: ModuleType) -> None:
    """Also where what was recorded has none."""
    w = ag.Value(2.0)
    fast = ag.compile(lambda x: by_number(x) * w if x > 1.5 else by_number(x), max_branches=1)
    assert fast(1.0) == 1.0 and outcome(fast, 3.0)[0] == 54.0
    assert outcome(ag.gradients, ag.value_and_grad(lambda s: fast(3.0) * s)(ag.Value(1.0))[0], [w])[0][0].data == 27.0


def test_a_branch_that_makes_no_difference_is_left_out(ag: ModuleType) -> None:
    """Asked on every way, and with nothing behind it: the ways become one program."""

    def f(xs: Any) -> Any:
        large = 0
        for x in xs:
            if x > 0.0:
                large += 1
        return xs[0] * xs[1] + xs[2]

    fast = ag.compile(f)
    rng = random.Random(0)
    for _ in range(60):
        xs = [rng.uniform(-1.0, 1.0) for _ in range(3)]
        assert fast(xs) == xs[0] * xs[1] + xs[2]
    (program,) = fast.programs
    assert not program.guards


def test_a_branch_that_makes_a_difference_on_one_way_stays(ag: ModuleType) -> None:
    def f(x: Any, y: Any) -> Any:
        if x > 0.0:
            return x * y if y > 0.0 else y * x * 1.0 + 0.5
        return x * 3.0 if y > 0.0 else 3.0 * x * -1.0 * -1.0 if y > 5.0 else x * 3.0  # as far as y > 0 is asked

    fast = ag.compile(f)
    rng = random.Random(0)
    for _ in range(60):
        x, y = rng.uniform(-1.0, 1.0), rng.uniform(-1.0, 1.0)
        assert fast(x, y) == f(ag.Value(x), ag.Value(y)).data


def test_constants_of_other_signs_are_a_difference(ag: ModuleType) -> None:
    fast = ag.compile(lambda x, y: y + (0.0 if x > 0.5 else -0.0))
    assert [math.copysign(1.0, fast(x, -0.0)) for x in (1.0, -1.0, 1.0, -1.0)] == [1.0, -1.0, 1.0, -1.0]
    assert len(fast.programs) == 2
