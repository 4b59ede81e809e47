"""compile(): what it gives is what the function gives, whatever it was recorded at.

Every primitive and every edge case, with first and second derivatives, recorded at one point and run at others.
"""

import itertools
import math
import random
from types import ModuleType
from typing import Any

import pytest
from rows import NAMES, call, operand_counts, some_points
from test_reference import EDGE_CASES, LOSSES, arguments, check_numbers, computed, row_id, ulps

every_row = pytest.mark.parametrize("name", NAMES)
anywhere = pytest.mark.parametrize("at", [0, 20, -1], ids=["recorded inside", "recorded at an extreme", "recorded at NaN"])

EXTREMES = [0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 1e-310, -1e-310, 40.0, -800.0, 1e200, -1e300, math.inf, -math.inf, math.nan]


def close(got: Any, want: Any, allowed: float = 4.0) -> bool:
    return ulps(got, want) <= allowed


def points_of(name: str, count: int) -> list[list[float]]:
    """Inside the domain, on kinks and at ties, and at the ends of what floats are, all of one length."""
    length = max(operand_counts(name))
    points = [xs for xs in some_points(name, 8 * count) if len(xs) == length][:count]
    rng = random.Random(name)
    points += [[rng.choice(EXTREMES) for _ in range(length)] for _ in range(3 * count)]
    return points + [[x] * length for x in EXTREMES]


@every_row
@anywhere
def test_value_and_first_derivatives_of_a_primitive(ag: ModuleType, name: str, at: int) -> None:
    f = ag.value_and_grad(lambda xs: call(ag, name, xs))
    fast = ag.compile(f)
    points = points_of(name, 10)
    fast(points[at])
    for xs in points:
        (value, slopes), (true, true_slopes) = fast(xs), f(xs)
        assert close(value, true), f"{name} at {xs}: {value!r}, not {true!r}"
        assert all(map(close, slopes, true_slopes)), f"slopes of {name} at {xs}: {slopes!r}, not {true_slopes!r}"
    assert len(fast.programs) == 1


@every_row
@anywhere
def test_second_derivatives_of_a_primitive(ag: ModuleType, name: str, at: int) -> None:
    """To 1e-12, or to rounding where terms as large as the first derivatives cancel."""

    def f(xs: Any) -> Any:
        return call(ag, name, xs)

    slow, gradient = ag.hessian(f), ag.grad(f)
    fast = ag.compile(slow)
    points = points_of(name, 10)
    fast(points[at])
    for xs in points:
        terms = max((abs(slope) for slope in gradient(xs) if math.isfinite(slope)), default=0.0)
        for line, true_line in zip(fast(xs), slow(xs), strict=True):
            right = [same(x, y, 2.0**-50 * terms) for x, y in zip(line, true_line, strict=True)]
            assert all(right), f"second derivatives of {name} at {xs}: {line!r}, not {true_line!r}"
    assert len(fast.programs) == 1


def same(x: float, y: float, rounding: float = 0.0) -> bool:
    """Equal to 1e-12 of it, or two NaNs, or to the smallest floats."""
    return x == y or (x != x and y != y) or abs(x - y) <= max(1e-12 * max(abs(x), abs(y)), rounding, 1e-300)


# ------------------------------------------------------------------------------------------------ edge cases


def signature(row: dict[str, str]) -> tuple[Any, ...]:
    """Edge cases that are calls of one function with other numbers."""
    exponent = row["y"] if row["op"].startswith("pow(x, constant") else ""
    return row["op"], len(row["x"].split(",")), bool(row["y"]), exponent


FAMILIES = {key: list(rows) for key, rows in itertools.groupby(
    sorted((row for row in EDGE_CASES if row["op"] not in LOSSES), key=signature), key=signature)}  # fmt: skip


@pytest.mark.parametrize("rows", FAMILIES.values(), ids=lambda rows: row_id(rows[0]))
@pytest.mark.parametrize("at", [0, -1], ids=["recorded at the first", "at the last"])
def test_edge_cases(ag: ModuleType, rows: list[dict[str, str]], at: int) -> None:
    """All cases of an operation by one program, to the policy that test_reference holds eager execution to."""
    fast = ag.compile(ag.value_and_grad(lambda xs: computed(ag, rows[0], xs)))
    fast(arguments(rows[at]))
    for row in rows:
        out, slopes = fast(arguments(row))
        check_numbers(row, out, slopes)
    assert len(fast.programs) == 1
