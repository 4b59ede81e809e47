"""The table of edge cases in tests/data, and the policy it states.

Numbers are right to a few units in the last place; infinities, NaNs and the signs of zeros exactly.
"""

import csv
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from rows import OPERATORS

with (Path(__file__).parents[1] / "data" / "edge_cases.csv").open(newline="") as file:
    EDGE_CASES = list(csv.DictReader(file))

BY_SYNTAX = {**OPERATORS, "abs": abs, "round": round}

SMALLEST_NORMAL = sys.float_info.min
EDGE_ULPS = 4


def function(ag: ModuleType, name: str) -> Callable[..., Any]:
    return BY_SYNTAX[name] if name in BY_SYNTAX else getattr(ag, name)


def ulps(got: float, true: float) -> float:
    """The distance in units in the last place of the true number; infinite between an infinity or NaN and anything else."""
    if got == true or (math.isnan(got) and math.isnan(true)):
        return 0.0
    if not (math.isfinite(got) and math.isfinite(true)):
        return math.inf
    return abs(got - true) / math.ulp(true)


def numbers(text: str) -> list[float]:
    return [float(word) for word in text.strip("[]").split(",")]


def is_right(got: float, want: float) -> bool:
    if want == 0.0:
        return got == 0.0
    if abs(want) < SMALLEST_NORMAL:
        return abs(got - want) <= EDGE_ULPS * math.ulp(0.0)
    return ulps(got, want) <= EDGE_ULPS


def exponent(text: str) -> int | float:
    """A constant exponent, an int where the data has one."""
    return float(text) if "." in text else int(text)


def arguments(row: dict[str, str]) -> list[float]:
    if row["x"].startswith("["):
        return numbers(row["x"])
    return [float(row["x"]), *([float(row["y"])] if row["y"] and not row["op"].startswith("pow(x, constant") else [])]


def computed(ag: ModuleType, row: dict[str, str], xs: Sequence[Any]) -> Any:
    """What an edge case of the engine itself computes, of these operands."""
    op = row["op"]
    if op.endswith("[0]"):
        return getattr(ag, op.removesuffix("[0]"))(xs)[0]
    if row["x"].startswith("["):
        return getattr(ag, op)(xs)
    if op == "clip(x,0,1)":
        return ag.clip(xs[0], 0, 1)
    if op.startswith("pow(x, constant"):
        return xs[0] ** exponent("0" if op == "pow(x, constant 0)" else row["y"])
    return function(ag, op)(*xs)


LOSSES = ("hinge", "cross_entropy(target=0)", "binary_cross_entropy_with_logits(x=logit,y=target)")


def row_id(row: dict[str, str]) -> str:
    return "-".join(text.replace(" ", "") for text in (row["op"], row["x"], row["y"]) if text)


def check_numbers(row: dict[str, str], out: float, got: list[float]) -> None:
    """A value and slopes against an edge case."""
    value = float(row["value"])
    slopes = numbers(row["d_dx"]) + (numbers(row["d_dy"]) if row["d_dy"] else [])
    assert is_right(out, value), f"{row_id(row)} is {out!r}, not {value!r}"
    if value == 0.0:
        assert math.copysign(1.0, out) == math.copysign(1.0, value), f"{row_id(row)} is {out!r}, not {value!r}"
    assert len(got) == len(slopes)
    for g, slope in zip(got, slopes, strict=True):
        assert is_right(g, slope), f"{row_id(row)} has the slopes {got}, not {slopes}"
