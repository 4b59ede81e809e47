"""compile(): what it gives is what the function gives, whatever it was recorded at.

Every primitive and every edge case, with first and second derivatives, recorded at one point and run at others.
"""

import itertools
import math
import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
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


# ------------------------------------------------------------------------------------------------ branches on data


def agree(got: Any, want: Any) -> bool:
    """Results of any shape, to 1e-13."""
    if isinstance(want, (list, tuple)):
        return len(got) == len(want) and all(map(agree, got, want))
    if isinstance(want, dict):
        return list(got) == list(want) and all(agree(got[key], want[key]) for key in want)
    if isinstance(want, np.ndarray):
        return bool(got.shape == want.shape and all(map(agree, got.ravel().tolist(), want.ravel().tolist())))
    want = getattr(want, "data", want)
    return bool(got == want or (got != got and want != want) or abs(got - want) <= 1e-13 * abs(want))


def check(ag: ModuleType, f: Callable[..., Any], points: Sequence[Any], programs: int | None = None) -> Any:
    """Compiled, f gives at every point what its Values give, with the gradient; by so many programs."""
    transformed = ag.value_and_grad(f)
    fast, fast_transformed = ag.compile(f), ag.compile(transformed)
    for x in points:
        want = transformed(x)
        assert agree(fast(x), want[0]), f"at {x}: {fast(x)!r}, not {want[0]!r}"
        assert agree(fast_transformed(x), want), f"at {x}: {fast_transformed(x)!r}, not {want!r}"
    by_rows = ag.compile(transformed, in_axes=0)
    values, slopes = by_rows(points)
    want = [transformed(x) for x in points]
    assert all(agree(v, w[0]) and agree(np.ravel(s), np.ravel(w[1])) for v, s, w in zip(values, slopes, want, strict=True))
    if programs is not None:
        assert len(fast.programs) == len(fast_transformed.programs) == len(by_rows.programs) == programs
    return fast


LINE = [-3.0, -1.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, math.nan, math.inf, -math.inf]


def collatz(x: Any) -> Any:
    steps = 0
    while x > 1.0 and steps < 20:
        x = x / 2 if x % 2 == 0 else 3 * x + 1
        steps += 1
    return x * steps


def by_match(x: Any) -> Any:
    match x:
        case 0.0:
            return x + 10
        case 1 | 2:
            return x * 20
        case _ if x < 0:
            return -x
        case _:
            return x**2


BRANCHES: dict[str, Callable[[Any], Any]] = {
    "if": lambda x: x * 2 if x > 0 else x * 3,
    "chained": lambda x: x * 2 if -1 < x <= 1.5 else x * 3,
    "not": lambda x: x * 2 if not x > 0 else x * 3,
    "and": lambda x: x * 2 if x > 0 and x < 2 else x * 3,
    "or": lambda x: x * 2 if x > 2 or x < -1 else x * 3,
    "&": lambda x: x * 2 if (x > 0) & (x < 2) else x * 3,
    "xor": lambda x: x * 2 if (x > 0) ^ (x > 2) else x * 3,
    "~": lambda x: x * (~(x > 0)),
    "truth": lambda x: x * 2 if x else x + 7,
    "in": lambda x: x * 2 if x in (0.5, 1.0, -3) else x * 3,
    "!=": lambda x: x * 2 if x != 1.5 else x * 3,
    "==": lambda x: x * 2 if x == 1 else x * 3,
    "none": lambda x: x * 2 if x == None else x * 3,  # noqa: E711
    "reflected": lambda x: x * 2 if 1 >= x else x * 3,  # noqa: SIM300
    "bool as a number": lambda x: x * (x > 0) + (x > 1) * 3.0,
    "sum of booleans": lambda x: x * sum(x > k for k in range(3)),
    "any": lambda x: x * 2 if any(x == k for k in (1, 2)) else x,
    "index by a comparison": lambda x: [x, x * 5][x > 1],
    "booleans compared": lambda x: x * 2 if (x > 0) == (x < 2) else x * 3,
    "negated boolean": lambda x: x * -(x > 1),
    "builtin max": lambda x: max(x, 1.0, x * x),
    "builtin min": lambda x: min(x, 1.0, key=lambda v: v * v - v),
    "sorted": lambda x: sorted([x, x * x, x - 1, 0.25 * x])[1],
    "loop": collatz,
    "match": by_match,
    "abs": lambda x: abs(x - 1),
    "divmod": lambda x: divmod(x * 7, 3)[0] * x + divmod(x * 7, 3)[1],
    "divmod of a number": lambda x: divmod(7, x)[0] * x + 7 % x,
    "floor": lambda x: math.floor(x * 1.3) * x,
    "ceil": lambda x: math.ceil(x * 1.3) * x + math.trunc(x * 1.7) * x,
    "round": lambda x: round(x * 1.3) * x,
    "round to digits": lambda x: round(x * 1.3, 1) * x + round(x * 13, -1) * x,
    "//": lambda x: (x * 7 // 2) * x + (5 // x) * x,
    "sign": lambda x: x.sign() * x,
    "detach": lambda x: x.detach() * x + x,
    "data": lambda x: x * 2 if x.data > 0 else x * 3,
    "data as a constant": lambda x: x.data * x,
    "int": lambda x: x * len(range(int(x.data))) if -5 < x.data < 5 else x,
    "fraction": lambda x: x * 2 if x < Fraction(1, 3) else x * 3,
}


@pytest.mark.parametrize("name", BRANCHES)
def test_a_branch_on_data_is_never_the_wrong_one(ag: ModuleType, name: str) -> None:
    check(ag, BRANCHES[name], LINE)
    check(ag, BRANCHES[name], LINE[::-1])
