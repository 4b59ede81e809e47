"""What docs/compile.md says of each way of reading a number holds: computed anew, a branch, or refused."""

import bisect
import copy
import math
import pickle
import random
import re
import statistics
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "compile.md").read_text(encoding="utf-8")
SAID = re.findall(r"^\| `(.*)` \| (computed anew|a branch.*|refused) \|$", PAGE, re.MULTILINE)
POINTS = [0.25, 1.5, 2.5, 2.25, 0.5]
WHOLE_NUMBERS = 3
"""Of the points, and at most so many halves are rounded to as many."""


def test_the_table_has_been_read() -> None:
    assert len(SAID) >= 55 and {what for _, what in SAID} == {
        "computed anew",
        "a branch",
        "a branch for each number",
        "a branch for each whole number",
        "refused",
    }


@pytest.mark.parametrize(("code", "what"), SAID, ids=[code for code, _ in SAID])
def test_what_is_said_of_a_way_of_reading(ag: ModuleType, code: str, what: str) -> None:
    space: dict[str, Any] = {
        "autograd": ag,
        "bisect": bisect,
        "copy": copy,
        "math": math,
        "np": np,
        "pickle": pickle,
        "random": random,
        "statistics": statistics,
        "w": ag.Value(1.0),
        "rng": random.Random(0),
    }
    f = eval(f"lambda x: {code}", space)
    if what == "refused":
        fast = ag.compile(f)
        for _ in range(2):
            with pytest.raises((TypeError, KeyError)):
                fast(POINTS[0])
        return
    for g in (f, ag.derivative(f), ag.derivative(f, order=2)):
        fast, by_rows = ag.compile(g), ag.compile(g, in_axes=0)
        wants = [g(ag.Value(x)).data for x in POINTS]
        assert [fast(x) for x in POINTS] == pytest.approx(wants, rel=1e-13)
        assert by_rows(POINTS) == pytest.approx(wants, rel=1e-13)
        if g is f:
            programs = len(fast.programs)
            assert programs == len(by_rows.programs)
            if what == "computed anew":
                assert programs == 1
            elif what == "a branch for each number":
                assert programs == len(POINTS)
            else:
                assert 1 < programs < len(POINTS)
