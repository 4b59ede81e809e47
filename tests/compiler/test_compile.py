"""compile(): what it gives is what the function gives, whatever it was recorded at.

Every primitive and every edge case, with first and second derivatives, recorded at one point and run at others.
"""

import itertools
import math
import random
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from agreement import same
from edge_cases import EDGE_CASES, LOSSES, arguments, check_numbers, computed, numbers, row_id, ulps
from rows import NAMES, call, operand_counts, some_points

import autograd
import nn

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
def test_a_primitive_by_rows(ag: ModuleType, name: str) -> None:
    """All points at once, in NumPy's columns."""
    f = ag.value_and_grad(lambda xs: call(ag, name, xs))
    points = points_of(name, 10)
    fast = ag.compile(f, in_axes=0)
    values, slopes = fast(points)
    for xs, value, line in zip(points, values, slopes, strict=True):
        true, true_slopes = f(xs)
        assert close(value, true), f"{name} at {xs}: {value!r}, not {true!r}"
        assert all(map(close, line, true_slopes)), f"slopes of {name} at {xs}: {line!r}, not {true_slopes!r}"
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


# ------------------------------------------------------------------------------------------------ edge cases


def signature(row: dict[str, str]) -> tuple[Any, ...]:
    """Edge cases that are calls of one function with other numbers."""
    exponent = row["y"] if row["op"].startswith("pow(x, constant") else ""
    return row["op"], len(row["x"].split(",")), bool(row["y"]), exponent


OF_PRIMITIVES = sorted((row for row in EDGE_CASES if row["op"] not in LOSSES), key=signature)
FAMILIES = {key: list(rows) for key, rows in itertools.groupby(OF_PRIMITIVES, key=signature)}


@pytest.mark.parametrize("rows", FAMILIES.values(), ids=lambda rows: row_id(rows[0]))
@pytest.mark.parametrize("at", [0, -1], ids=["recorded at the first", "at the last"])
def test_edge_cases(ag: ModuleType, rows: list[dict[str, str]], at: int) -> None:
    """All cases of an operation by one program, to the policy that edge_cases holds eager execution to."""
    fast = ag.compile(ag.value_and_grad(lambda xs: computed(ag, rows[0], xs)))
    fast(arguments(rows[at]))
    for row in rows:
        out, slopes = fast(arguments(row))
        check_numbers(row, out, slopes)
    assert len(fast.programs) == 1


@pytest.mark.parametrize("rows", FAMILIES.values(), ids=lambda rows: row_id(rows[0]))
def test_edge_cases_by_rows(ag: ModuleType, rows: list[dict[str, str]]) -> None:
    """All cases of an operation at once, each where loops do eight at a time."""
    fast = ag.compile(ag.value_and_grad(lambda xs: computed(ag, rows[0], xs)), in_axes=0)
    values, slopes = fast([arguments(row) for row in rows for _ in range(8)])
    for i, row in enumerate(rows):
        check_numbers(row, values[8 * i + 3], slopes[8 * i + 3].tolist())
    assert len(fast.programs) == 1


@pytest.mark.parametrize("op", LOSSES)
def test_edge_cases_of_losses(op: str) -> None:
    rows = [row for row in EDGE_CASES if row["op"] == op]

    def loss(xs: Any) -> Any:
        if op == "hinge":
            return nn.hinge_loss(xs[0], 1)
        return nn.cross_entropy(xs, 0) if op.startswith("cross") else nn.binary_cross_entropy_with_logits(xs[0], xs[1])

    for length in {len(row["x"].split(",")) for row in rows}:
        fast = autograd.compile(autograd.value_and_grad(loss))
        for row in rows:
            if len(row["x"].split(",")) == length:
                check_numbers(row, *fast(numbers(row["x"]) + ([float(row["y"])] if row["y"] else [])))


def test_a_network_is_compiled_and_its_parameters_are_read_anew() -> None:
    random.seed(0)
    model = nn.MLP(2, [8, 8, 1])
    fast = autograd.compile(lambda x: model(x), in_axes=0)
    rows = np.random.default_rng(0).normal(size=(20, 2))
    for _ in range(3):
        want = [[getattr(y, "data", y) for y in (out if isinstance(out, list) else [out])] for out in map(model, rows.tolist())]
        assert np.allclose(np.reshape(fast(rows), (20, -1)), want, rtol=1e-13, atol=1e-13)
        for p in model.parameters():
            p.data += 0.1
    assert len(fast.programs) == 1
