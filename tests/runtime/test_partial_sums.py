"""Sums over rows in parts: the bits of one run over all rows, wherever blocks are parted."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recordings import program_of

import autograd
from autograd.compiler.plan import Plan

if autograd.build == "compiled":
    from autograd.runtime.executor import Runner
    from autograd.runtime.partial_sums import add_segments, over_part

pytestmark = pytest.mark.skipif(autograd.build != "compiled", reason="the engine is not compiled here")

W = [0.1 * k for k in range(20)]


def network(w: Any, x: Any) -> Any:
    hidden = [(autograd.dot(w[k : k + 3], x) + w[k + 3]).tanh() for k in range(0, 16, 4)]
    return (autograd.dot(hidden, w[16:20]) - x[0]) ** 2


def runner() -> Any:
    program = program_of(autograd.value_and_grad(network), W, [0.3, 0.2, 0.1])
    return Runner(Plan(program, [i >= len(W) for i in range(len(W) + 3)], len(program.outputs)))


def part(run: Any, table: Any, first: int, end: int, carried: Any = None) -> Any:
    block, blocks = run.grouping(len(table))
    size = block * blocks
    partial = np.zeros(((end - 1) // size - first // size + 1, run.sums))
    holds = np.ones(end - first, dtype=np.uint8)
    over_part(run, [W], [table[first:end]], end - first, None, holds, first, len(table), partial, carried)
    return partial


@settings(max_examples=30)
@given(rows=st.integers(1, 30_000), data=st.data())
def test_parts_of_whole_blocks_give_the_bits_of_one_run(rows: int, data: st.DataObject) -> None:
    run, table = runner(), np.random.default_rng(rows).normal(size=(rows, 3))
    sums, found = np.zeros((2, run.summed)), np.zeros((2, run.summed))
    run.over_rows([W], [table], rows, None, None, sums=sums)
    block, blocks = run.grouping(rows)
    at = data.draw(st.lists(st.integers(0, rows // block), max_size=6))
    borders = sorted({0, *(k * block for k in at), rows})
    whole: dict[int, Any] = {}
    for first, end in itertools.pairwise(borders):
        number = first // (block * blocks)
        for k, segment in enumerate(part(run, table, first, end, whole.get(number))):
            whole[number + k] = segment
    add_segments(run, [W], np.array([whole[k] for k in range(len(whole))]), found)
    assert found.tobytes() == sums.tobytes()


def test_what_is_no_part_is_refused() -> None:
    run, table = runner(), np.zeros((1_000, 3))
    with pytest.raises(ValueError, match="no whole blocks"):
        part(run, table, 1, 1_000)
    with pytest.raises(ValueError, match="no whole blocks"):
        part(run, table, 0, 999)
    with pytest.raises(ValueError, match="segments with"):
        over_part(run, [W], [table], 1_000, None, None, 0, 1_000, np.zeros((99, run.sums)))
    block, _ = run.grouping(1_000)
    with pytest.raises(ValueError, match="goes on with as many"):
        part(run, table, block, 1_000, np.zeros(3))
