"""Compiled functions over rows that are Dask's: the bits of one machine, whatever the chunks. Clusters: tests/scenarios."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import math
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from dask_chunks import bits, chunked
from hypothesis import example, given, settings
from hypothesis import strategies as st

ROWS = 9_000
RNG = np.random.default_rng(14)
X = RNG.normal(size=(ROWS, 3))
Y = RNG.normal(size=ROWS)
WEIGHTS = RNG.normal(size=21)


@pytest.fixture(autouse=True)
def in_this_thread() -> Iterator[None]:
    with dask.config.set(scheduler="synchronous"):
        yield


def network(ag: ModuleType) -> Any:
    def loss(w: Any, x: Any, y: Any) -> Any:
        hidden = [(ag.dot(w[k : k + 3], x) + w[k + 3]).sin() for k in range(0, 16, 4)]
        return (ag.dot(hidden, w[16:20]) + w[20] - y) ** 2

    return loss


def same(one: Any, other: Any) -> bool:
    return bool(bits(one) == bits(other))


@functools.cache
def compiled_network(ag: ModuleType, reduce: str) -> Any:
    return ag.compile(ag.value_and_grad(network(ag)), in_axes=(None, 0, 0), reduce=reduce)


borders = st.lists(st.integers(0, ROWS), max_size=12)


@settings(max_examples=25)
@given(borders=borders, others=borders, reduce=st.sampled_from(["sum", "mean"]))
@example(borders=[*range(5, 1_000, 5)], others=[], reduce="sum")  # chunks far smaller than a block
@example(borders=[1, 2, 3, ROWS - 1], others=[4_000], reduce="mean")
@example(borders=[0, 0, ROWS], others=[], reduce="sum")  # chunks without rows
def test_sums_have_the_same_bits_whatever_the_chunks(ag: ModuleType, borders: Any, others: Any, reduce: str) -> None:
    f = compiled_network(ag, reduce)
    expected = bits(f(WEIGHTS, X, Y))
    assert bits(f(WEIGHTS, chunked(X, *borders), chunked(Y, *others))) == expected
    assert bits(f(WEIGHTS, chunked(X, *borders), Y)) == expected  # an array beside one of Dask's
    assert bits(f(WEIGHTS, X, chunked(Y, *others))) == expected


@settings(max_examples=20)
@given(rows=st.integers(1, 700), data=st.data())
def test_few_rows_too(ag: ModuleType, rows: int, data: st.DataObject) -> None:
    f = compiled_network(ag, "mean")
    parted = data.draw(st.lists(st.integers(0, rows), max_size=5))
    assert bits(f(WEIGHTS, chunked(X[:rows], *parted), Y[:rows])) == bits(f(WEIGHTS, X[:rows], Y[:rows]))


def branching(p: Any, x: Any) -> Any:
    if x[0] > 0.5:
        return p * x[1]
    if x[1] * p > 1.0:
        return p * p * x[0]
    return -p * x[2]


@settings(max_examples=15)
@given(borders=borders, reduce=st.sampled_from([None, "sum", "mean"]))
def test_rows_that_take_other_branches(ag: ModuleType, borders: Any, reduce: Any) -> None:
    here, there = [ag.compile(branching, in_axes=(None, 0), reduce=reduce) for _ in range(2)]
    for p in (2.0, -3.0, 2.0):
        assert bits(there(p, chunked(X, *borders))) == bits(here(p, X))
    assert len(there.programs) == len(here.programs) == 3


def test_a_branch_on_what_rows_share(ag: ModuleType) -> None:
    f = ag.compile(lambda p, x: x * p if p > 0.0 else x / p, in_axes=(None, 0), reduce="sum")
    for p in (2.0, -3.0, 4.0):
        assert bits(f(p, chunked(Y, 1_000))) == bits(f(p, Y))
    assert len(f.programs) == 2


def test_rows_that_are_nan(ag: ModuleType) -> None:
    f = ag.compile(lambda x: x * 2.0 if x == x else x, in_axes=0)
    table = np.array([1.0, math.nan, 3.0, math.nan])
    assert bits(f(chunked(table, 2))) == bits(f(table))


def test_each_row_has_its_result_in_the_chunks_of_the_rows(ag: ModuleType) -> None:
    f = ag.compile(lambda p, x: {"a": x[0] * p, "b": x * p}, in_axes=(None, 0))
    found = f(2.0, chunked(X, 10, 500))
    assert found["a"].chunks == ((10, 490, 8_500),)
    assert found["b"].chunks == ((10, 490, 8_500), (3,))
    here = f(2.0, X)
    assert same(found["a"], here["a"])
    assert same(found["b"], here["b"])
    assert same(found["b"][9:11], here["b"][9:11])


def test_results_of_rows_are_computed_when_they_are_asked_for(ag: ModuleType) -> None:
    def fetched(block: Any) -> Any:
        calls.append(len(block))
        return block

    calls: list[int] = []
    rows = chunked(X, 4_000).map_blocks(fetched, meta=X[:0])
    f = ag.compile(lambda x: x[0] * 2.0, in_axes=0)
    f(X)
    found = f(rows)
    assert not calls
    assert same(found[:10], 2.0 * X[:10, 0])
    assert calls == [4_000]


def test_sums_and_rows_in_one_call(ag: ModuleType) -> None:
    f = ag.compile(lambda p, x: ((p * x[0]).sin(), p * x[1]), in_axes=(None, 0), reduce=("mean", None), max_branches=4)
    (mean, each), (expected, of_each) = f(2.0, chunked(X, 123, 4_567)), f(2.0, X)
    assert mean == expected
    assert isinstance(each, da.Array)
    assert same(each, of_each)


def test_data_frames_dicts_and_names(ag: ModuleType) -> None:
    frame = pd.DataFrame({"x": Y[:1000], "n": np.arange(1000) % 7, "flag": Y[:1000] > 0})
    f = ag.compile(lambda p, row: p * row["x"].tanh() + row["n"] * row["flag"], in_axes={"row": 0}, reduce="sum")
    expected = f(0.5, row=frame)
    assert f(0.5, row=dd.from_pandas(frame, npartitions=7)) == expected
    assert f(0.5, row={"x": chunked(Y[:1000], 300), "n": frame["n"].to_numpy(), "flag": chunked(Y[:1000] > 0, 999)}) == expected


@dataclasses.dataclass
class Point:
    x: Any
    y: Any


def test_dataclasses_of_arrays(ag: ModuleType) -> None:
    f = ag.compile(lambda point: point.x * point.y, in_axes=0, reduce="sum")
    assert f(Point(chunked(Y, 77), chunked(X[:, 0], 4_000))) == f(Point(Y, X[:, 0]))


def test_values_from_outside_are_read_anew(ag: ModuleType) -> None:
    factor = ag.Value(2.0)
    f = ag.compile(lambda x: x * factor, in_axes=0, reduce="sum")
    first = f(chunked(Y, 1_000))
    assert first == f(Y)
    factor.data = 3.0
    assert f(chunked(Y, 1_000)) == f(Y) != first


def test_sums_that_overflow_term_by_term(ag: ModuleType) -> None:
    f = ag.compile(lambda p, x: p * x, in_axes=(None, 0), reduce="mean")
    large = np.full(10_000, 1e308)
    assert f(1e-5, chunked(large, 3, 5_000)) == f(1e-5, large) == pytest.approx(1e303)
    assert f(10.0, chunked(large, 3)) == f(10.0, large) == math.inf


@pytest.mark.filterwarnings("ignore:Increasing number of chunks")
def test_a_function_of_two_dimensional_rows(ag: ModuleType) -> None:
    tables = RNG.normal(size=(50, 2, 3))
    f = ag.compile(lambda x: (x[0] * x[1]).sum(), in_axes=0, reduce="sum")
    assert f(da.from_array(tables, chunks=(7, 2, 3))) == f(tables)


def test_loops_and_look_ups(ag: ModuleType) -> None:
    def last(table: Any, x: Any, k: Any) -> Any:
        end, _ = ag.scan(lambda s, _: (s * x + ag.take(table, k), s), 1.0, 30)
        return end

    index = np.arange(ROWS) % 4
    f = ag.compile(ag.value_and_grad(last), in_axes=(None, 0, 0), reduce="mean")
    expected = bits(f([0.1, 0.2, 0.3, 0.4], Y / 5, index))
    assert bits(f([0.1, 0.2, 0.3, 0.4], chunked(Y / 5, 2_000, 2_001), chunked(index, 10))) == expected


def test_first_and_second_derivatives_of_a_compiled_function(ag: ModuleType) -> None:
    f = ag.compile(lambda p, x: (p[0] * x + p[1]).tanh(), in_axes=(None, 0), reduce="sum")
    for transform in (ag.grad, ag.hessian):
        assert bits(transform(f)([0.5, 0.1], chunked(Y, 5_000))) == bits(transform(f)([0.5, 0.1], Y))


def test_what_is_no_table_of_rows_is_refused_with_what_to_do(ag: ModuleType) -> None:
    f = ag.compile(lambda p, x: p * x[0], in_axes=(None, 0))
    unknown = chunked(X, 10)[chunked(X[:, 0], 10) > 0]
    with pytest.raises(ValueError, match=r"argument 1 has chunks of unknown sizes.*compute_chunk_sizes\(\)"):
        f(2.0, unknown)
    assert same(f(2.0, unknown.compute_chunk_sizes()), f(2.0, X[X[:, 0] > 0]))
    with pytest.raises(ValueError, match=r"cut its rows in parts: give x.rechunk\(\{1: -1\}\)"):
        f(2.0, da.from_array(X, chunks=(1_000, 2)))
    with pytest.raises(ValueError, match="argument 1 has 9000 rows, and an argument before it 8999"):
        ag.compile(lambda x, y: x * y, in_axes=0)(chunked(Y[1:]), chunked(Y, 5))
    with pytest.raises(TypeError, match=r"argument 0 is Dask's \(Array\), and by in_axes all rows share it.*x.compute\(\)"):
        f(chunked(Y), X)
    with pytest.raises(TypeError, match=r"argument 1 is Dask's \(Delayed"):
        f(2.0, dask.delayed(X))
    with pytest.raises(TypeError, match=r"it is of object, so convert it: astype\(float\)"):
        f(2.0, da.from_array(X.astype(object), chunks=(10, 3)))
    with pytest.raises(TypeError, match=r"argument 1\['name'\] is no table of numbers"):
        f(2.0, dd.from_pandas(pd.DataFrame({"x": [1.0], "name": ["a"]})))
    with pytest.raises(ValueError, match="this is one number"):
        f(2.0, da.from_array(X)[0, 0])
    with pytest.raises(ValueError, match="called with no rows"):
        f(2.0, da.from_array(X)[:0])


def test_graphs_are_not_kept(ag: ModuleType) -> None:
    f = ag.compile(lambda p, x: p * x, in_axes=(None, 0), reduce="sum")
    with pytest.raises(TypeError, match="no graph is kept: compile value_and_grad"):
        f(ag.Value(2.0), chunked(Y))
    outside = ag.Value(2.0)
    g = ag.compile(lambda x: outside * x, in_axes=0, reduce="sum")
    with pytest.raises(TypeError, match="cannot keep a graph"):
        ag.grad(lambda p: p * g(chunked(Y)))(1.0)


def test_more_branches_than_are_recorded(ag: ModuleType) -> None:
    f = ag.compile(lambda x: x * float(x.data), in_axes=0, max_branches=2)
    with pytest.raises(RuntimeError, match="over rows of Dask's it is not called itself"), pytest.warns(RuntimeWarning):
        f(chunked(Y[:10], 5))


def test_an_index_out_of_range_names_the_row(ag: ModuleType) -> None:
    def f(table: Any, k: Any) -> Any:
        return ag.take(table, k) if k < 2.0 else ag.take(table, k + 1.0)

    index = np.array([0, 1, 0, 1, 2])
    with pytest.raises(IndexError, match="row 4"):
        ag.compile(f, in_axes=(None, 0))([1.0, 2.0, 3.0], chunked(index, 2))


def test_minimize_takes_arguments_of_dasks(ag: ModuleType) -> None:
    pytest.importorskip("scipy")
    f = ag.compile(lambda p, x, y: (p[0] * x[0] + p[1] * x[1] + p[2] - y) ** 2, in_axes=(None, 0, 0), reduce="mean")
    for method in ("BFGS", "Newton-CG"):
        here, there = [
            importlib.import_module(f"{ag.__name__}.optimize").minimize(f, [0.0, 0.0, 0.0], args=args, method=method)
            for args in ((X, Y), (chunked(X, 100, 5_000), chunked(Y, 7)))
        ]
        assert here.success and there.success
        assert (here.nfev, bits(here.x)) == (there.nfev, bits(there.x))
