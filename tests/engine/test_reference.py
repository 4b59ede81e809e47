"""The reference data in tests/data: values and derivatives computed elsewhere, and the table of edge cases.

Derivatives are held to the error each primitive is allowed, in units in the last place of the true number; edge cases to the
policy that the data set states (its numbers to a few ulp, its infinities, NaNs and the signs of its zeros exactly).
"""

import itertools
import json
import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from edge_cases import EDGE_CASES, LOSSES, SMALLEST_NORMAL, arguments, check_numbers, computed, function, numbers, row_id, ulps

import autograd
import nn

DATA = Path(__file__).parents[1] / "data"
REFERENCE = {name: entry for name, entry in json.loads((DATA / "derivatives.json").read_text()).items() if name != "_about"}


# ------------------------------------------------------------------------------------------------ derivatives.json


def test_the_reference_covers_many_primitives() -> None:
    assert len(REFERENCE) == 40
    assert all(len(entry["points"]) >= 20 for entry in REFERENCE.values())
    assert len(EDGE_CASES) == 563


def allowed(name: str, key: str, entry: dict[str, Any], point: dict[str, Any], true: float) -> float:
    """The largest error, as a number, that the result `key` of this point may have."""
    if name == "logaddexp":
        x, y = float(point["x"]), float(point["y"])
        if key == "f":
            return 2.0 * math.ulp(max(abs(x), abs(y), abs(true)))
        # A partial is sigmoid(x - y): to the error of sigmoid, add what the rounding of x - y does, exactly.
        rounding = abs(Fraction(x) - Fraction(y) - Fraction(x - y))
        return float(REFERENCE["sigmoid"]["max_ulp"]["f"]) * math.ulp(true) + float(rounding) * float(point["dxx"])
    return float(entry["max_ulp"][key]) * math.ulp(true)


@pytest.mark.parametrize("name", REFERENCE)
def test_value_and_first_derivatives(ag: ModuleType, name: str) -> None:
    entry = REFERENCE[name]
    variables = ["x", "y"][: entry["arity"]]
    failures, tested = [], 0
    for point in entry["points"]:
        leaves = [ag.Value(float(point[variable])) for variable in variables]
        out = function(ag, name)(*leaves)
        out.backward()
        keys = ["d1"] if entry["arity"] == 1 else ["dx", "dy"]
        results = {"f": out.data, **dict(zip(keys, [leaf.grad for leaf in leaves], strict=True))}
        for key, got in results.items():
            if point[key] is None:
                continue
            true = float(point[key])
            tested += 1
            if abs(true) < SMALLEST_NORMAL:  # subnormal, or 0 for what underflows: doubles lose digits on the way there
                right = abs(got) <= SMALLEST_NORMAL
            elif math.isinf(true):
                right = got == true
            else:
                right = abs(got - true) <= allowed(name, key, entry, point, true)
            if not right:
                at = ", ".join(f"{variable}={point[variable]}" for variable in variables)
                failures.append(f"{key} of {name} at {at}: {got!r}, not {true!r} ({ulps(got, true):.3g} ulp)")
    assert tested >= 2 * len(entry["points"])
    assert not failures, "\n".join(failures)


def gradients_twice(ag: ModuleType, f: Callable[..., Any], xs: list[float]) -> list[list[float]]:
    leaves = [ag.Value(x) for x in xs]
    return [[second.data for second in ag.gradients(slope, leaves)] for slope in ag.gradients(f(*leaves), leaves)]


def hessian(ag: ModuleType, f: Callable[..., Any], xs: list[float]) -> Any:
    return ag.hessian(f, tuple(range(len(xs))))(*xs)


def forward_over_reverse(ag: ModuleType, f: Callable[..., Any], xs: list[float]) -> list[list[float]]:
    gradient = ag.grad(f, tuple(range(len(xs))))
    columns = [ag.jvp(gradient, xs, [float(i == j) for i in range(len(xs))])[1] for j in range(len(xs))]
    return [[column[i] for column in columns] for i in range(len(xs))]


@pytest.mark.parametrize("second_derivatives", [gradients_twice, hessian, forward_over_reverse])
@pytest.mark.parametrize("name", REFERENCE)
def test_second_derivatives(ag: ModuleType, name: str, second_derivatives: Callable[..., Any]) -> None:
    """To 1e-10, or to rounding where terms cancel: a derivative of the slope `s` in `v` is made of terms as large as s/v."""
    entry = REFERENCE[name]
    variables = ["x", "y"][: entry["arity"]]
    failures, tested = [], 0
    for point in entry["points"]:
        keys = ["d2"] if entry["arity"] == 1 else ["dxx", "dxy", "dxy", "dyy"]
        if any(point[key] is not None and math.isinf(float(point[key])) for key in keys):
            continue  # where one overflows, the terms of the others may be infinities of both signs
        if abs(float(point["f"])) < SMALLEST_NORMAL and point["f"] != "0.0":
            continue
        xs = [float(point[variable]) for variable in variables]
        leaves = [ag.Value(x) for x in xs]
        first = ag.gradients(function(ag, name)(*leaves), leaves)
        second = second_derivatives(ag, function(ag, name), xs)
        for (i, j), key in zip(itertools.product(range(len(xs)), repeat=2), keys, strict=True):
            if point[key] is None:
                continue
            got, true = second[i][j], float(point[key])
            tested += 1
            terms = max(abs(first[i].data) / max(abs(xs[j]), 1.0), abs(first[j].data) / max(abs(xs[i]), 1.0))
            if not abs(got - true) <= max(1e-10 * abs(true), 2.0**-50 * terms, SMALLEST_NORMAL):
                at = ", ".join(f"{variable}={point[variable]}" for variable in variables)
                how = "" if key == "d2" else f" (by {variables[i]}, then {variables[j]})"
                failures.append(f"{key} of {name}{how} at {at}: {got!r}, not {true!r}")
    assert tested >= len(entry["points"]) - 3
    assert not failures, "\n".join(failures)


@pytest.mark.parametrize("name", ["arcsin", "arccos", "arctanh"])
def test_second_derivatives_that_vanish_at_0_are_exact_near_it(ag: ModuleType, name: str) -> None:
    """Their slopes are written so that no terms cancel there: no allowance for rounding."""
    near = [point for point in REFERENCE[name]["points"] if abs(float(point["x"])) < 1e-3 and point["d2"] is not None]
    assert len(near) >= 4
    for point in near:
        found = ag.derivative(function(ag, name), 2)(float(point["x"]))
        assert found == pytest.approx(float(point["d2"]), rel=1e-15, abs=0.0)


# ------------------------------------------------------------------------------------------------ edge_cases.csv


def on_values(ag: ModuleType, row: dict[str, str]) -> tuple[Any, list[Any]]:
    """The output and the leaves of an edge case of the engine itself."""
    leaves = [ag.Value(x) for x in arguments(row)]
    return computed(ag, row, leaves), leaves


def with_nn(row: dict[str, str]) -> tuple[Any, list[Any]]:
    """The output and the leaves of an edge case of a loss."""
    leaves = [autograd.Value(number) for number in numbers(row["x"])]
    if row["op"] == "hinge":
        return nn.hinge_loss(leaves[0], 1), leaves
    if row["op"] == "cross_entropy(target=0)":
        return nn.cross_entropy(leaves, 0), leaves
    target = autograd.Value(float(row["y"]))
    return nn.binary_cross_entropy_with_logits(leaves[0], target), [*leaves, target]


def check_edge_case(row: dict[str, str], out: Any, leaves: list[Any]) -> None:
    out.backward()
    check_numbers(row, out.data, [leaf.grad for leaf in leaves])


@pytest.mark.parametrize("row", [row for row in EDGE_CASES if row["op"] not in LOSSES], ids=row_id)
def test_edge_case(ag: ModuleType, row: dict[str, str]) -> None:
    check_edge_case(row, *on_values(ag, row))


@pytest.mark.parametrize("row", [row for row in EDGE_CASES if row["op"] in LOSSES], ids=row_id)
def test_edge_case_of_a_loss(row: dict[str, str]) -> None:
    check_edge_case(row, *with_nn(row))
