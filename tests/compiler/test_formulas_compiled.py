"""Random formulas of the shapes that plans treat in their own way, compiled: at one point, over rows, and summed over them.

At one point the results are those of eager execution to the last bit. Over rows they are so too for what only adds, multiplies
and chooses; elsewhere to a few units in the last place of each operation.
"""

import math
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from builds import BUILDS
from hypothesis import given, settings
from hypothesis import strategies as st
from random_formulas import EXACT, Formula, all_bits, formulas, points, table
from rows import bits

ROWS = [1, 2, 7, 8, 9, 63, 64, 65, 100, 513]
pytestmark = pytest.mark.filterwarnings("error")


@settings(max_examples=300)
@given(data=st.data(), formula=formulas())
def test_at_one_point_to_the_last_bit(ag: ModuleType, data: st.DataObject, formula: Formula) -> None:
    """Every call: the first records, those after it go the short way, or another way through the branches."""
    fast = ag.compile(lambda xs: formula.run(ag, xs))
    for xs in data.draw(st.lists(points(formula.inputs), min_size=3, max_size=3)):
        assert all_bits(fast(xs)) == all_bits(formula.numbers(ag, xs)), f"at {xs}"


class Rows:
    """A formula, some of whose inputs have rows: by one argument for each, those with rows anywhere among them."""

    def __init__(self, ag: ModuleType, formula: Formula, own: Sequence[bool], rows: int, seed: int, special: float) -> None:
        rng = np.random.default_rng(seed)
        self.ag, self.formula, self.rows = ag, formula, rows
        self.own = [*own[: formula.inputs - 1], True]
        self.table = table(rng, rows, formula.inputs, special)
        self.table[:, [not mine for mine in self.own]] = self.table[0, [not mine for mine in self.own]]
        self.args: list[Any] = [
            column if mine else float(column[0]) for column, mine in zip(self.table.T, self.own, strict=True)
        ]

    def compiled(self, **options: Any) -> Any:
        axes = tuple(0 if mine else None for mine in self.own)
        return self.ag.compile(lambda *xs: self.formula.run(self.ag, xs), in_axes=axes, **options)

    def eager(self) -> Any:
        return np.array([self.formula.numbers(self.ag, xs) for xs in self.table.tolist()]).T

    def only(self, row: int) -> list[Any]:
        return [arg[row : row + 1] if mine else arg for arg, mine in zip(self.args, self.own, strict=True)]


own_rows = st.lists(st.booleans(), min_size=5, max_size=5)
options = {
    "own": own_rows,
    "rows": st.sampled_from(ROWS),
    "seed": st.integers(0, 999),
    "special": st.sampled_from([0.0, 0.0, 0.2]),
}


@settings(max_examples=150)
@given(formula=formulas(list(EXACT), widest=5), **options)
def test_over_rows_what_only_adds_and_chooses_is_exact(ag: ModuleType, formula: Formula, **options: Any) -> None:
    given_rows = Rows(ag, formula, **options)
    fast = given_rows.compiled()
    want = all_bits(given_rows.eager())
    for _ in range(2):
        assert all_bits(fast(*given_rows.args)) == want


@settings(max_examples=150)
@given(formula=formulas(widest=5), **options)
def test_over_rows(ag: ModuleType, formula: Formula, **options: Any) -> None:
    """Close to eager execution, and the same bits whatever rows stand around a row."""
    given_rows = Rows(ag, formula, **{**options, "special": 0.0})
    fast = given_rows.compiled()
    got, want = np.array(fast(*given_rows.args)), given_rows.eager()
    size = 1.0 + np.max(np.abs(want[np.isfinite(want)]), initial=0.0)
    with np.errstate(all="ignore"):
        near = (got == want) | (np.isnan(got) & np.isnan(want)) | (np.abs(got - want) <= 1e-9 * size)
    assert near.all(), f"{got[~near]}, not {want[~near]}"
    for row in {0, given_rows.rows // 2, given_rows.rows - 1}:
        assert all_bits(fast(*given_rows.only(row))) == all_bits(got[:, row])


@settings(max_examples=150)
@given(formula=formulas(list(EXACT), widest=5), mean=st.booleans(), **options)
def test_sums_over_rows(ag: ModuleType, formula: Formula, mean: bool, **options: Any) -> None:
    """Each is near the correctly rounded sum; not finite where that of the rows, one after the other, is not."""
    given_rows = Rows(ag, formula, **options)
    fast = given_rows.compiled(reduce="mean" if mean else "sum")
    got = fast(*given_rows.args)
    for y, column in zip(got, given_rows.eager().tolist(), strict=True):
        size = sum(map(abs, column))
        want = math.fsum(column) if math.isfinite(size) else sum(column)
        if mean:
            want, size = want / given_rows.rows, size / given_rows.rows
        close = bits(y) == bits(want) or abs(y - want) <= 1e-12 * (size + 1e-300)
        assert close or cancels(given_rows, y, want), f"{y!r}, not {want!r}"
    assert all_bits(fast(*given_rows.args)) == all_bits(got)


def cancels(given_rows: Rows, y: float, want: float) -> bool:
    """Terms of an output are summed each by itself: where they cancel in each row, rounding is that of the terms."""
    largest = np.max(np.abs(given_rows.table[np.isfinite(given_rows.table)]), initial=2.0)
    return abs(y - want) <= 1e-9 * largest or (largest > 1e300 and not math.isfinite(y))


@pytest.mark.skipif("compiled" not in BUILDS, reason="the engine is not compiled here")
@settings(max_examples=30)
@given(formula=formulas(list(EXACT), widest=3), own=own_rows, rows=st.sampled_from([1, 9, 70]), seed=st.integers(0, 99))
def test_machine_code_and_numpy_give_the_same_bits(formula: Formula, own: list[bool], rows: int, seed: int) -> None:
    """Of operations that are exact."""
    found = []
    for ag in BUILDS.values():
        given_rows = Rows(ag, formula, own, rows, seed, 0.1)
        found.append(all_bits(given_rows.compiled()(*given_rows.args)))
        assert found[-1] == all_bits(given_rows.eager())
        at_point = ag.compile(lambda *xs, ag=ag: formula.run(ag, xs))
        for xs, want in zip(given_rows.table[:3].tolist(), given_rows.eager().T, strict=False):
            assert all_bits(at_point(*xs)) == all_bits(want)
    assert found[0] == found[1]
