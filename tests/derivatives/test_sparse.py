"""Sparse Jacobians and Hessians: the right entries, and no more work than their structure asks for."""

import importlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import rosen, rosen_hess


def module(ag):
    return importlib.import_module(f"{ag.__name__}.derivatives.sparse")


@pytest.fixture
def work(ag, monkeypatch):
    """Counts what a sparse derivative does: sweeps, passes, and the nodes that each goes over."""
    counts = {"sweeps": 0, "passes": 0, "nodes": 0}
    parts = module(ag)
    sweep, pull, order_of = parts.pushforward, parts.pullback, parts.topological_order

    def pushforward(order, *rest):
        counts["sweeps"] += 1
        return sweep(order, *rest)

    def pullback(*rest):
        counts["passes"] += 1
        return pull(*rest)

    def topological_order(root):
        order = order_of(root)
        counts["nodes"] += len(order)
        return order

    monkeypatch.setattr(parts, "pushforward", pushforward)
    monkeypatch.setattr(parts, "pullback", pullback)
    monkeypatch.setattr(parts, "topological_order", topological_order)
    return counts


def test_the_hessian_of_rosenbrock_in_1000_dimensions_takes_three_sweeps(ag, work):
    n = 1000 if ag.build == "compiled" else 200
    x = np.random.default_rng(0).normal(size=n)
    hessian = ag.hessian(rosen, sparse=True)(x)
    assert isinstance(hessian, sparse.csr_array) and hessian.shape == (n, n) and hessian.dtype == float
    assert hessian.nnz == 3 * n - 2  # 2,998
    np.testing.assert_allclose(hessian.toarray(), rosen_hess(x), rtol=1e-13)
    assert (work["sweeps"], work["passes"]) == (3, 0)
    assert work["nodes"] <= 50 * n


@pytest.mark.parametrize("n", [2, 3, 7, 20])
def test_the_sparse_hessian_is_the_dense_one(ag, n):
    x = np.linspace(-1.0, 1.5, n)
    sparse_one, dense = ag.hessian(rosen, sparse=True)(x), ag.hessian(rosen)(x)
    np.testing.assert_allclose(sparse_one.toarray(), dense, rtol=1e-14)
    assert sparse_one.nnz == np.count_nonzero(rosen_hess(x)) == 3 * n - 2


def test_work_is_in_proportion_to_the_size(ag, work):
    seen = []
    for n in (50, 100, 200):
        work.update(sweeps=0, passes=0, nodes=0)
        ag.hessian(rosen, sparse=True)(np.ones(n))
        seen.append((n, work["sweeps"], work["nodes"]))
    (_, _, small), (_, _, middle), (_, _, large) = seen
    assert [sweeps for _, sweeps, _ in seen] == [3, 3, 3]
    assert large - middle == 2 * (middle - small)  # nodes grow by the same number for each variable


def test_columns_that_share_no_row_take_one_sweep(ag, work):
    jacobian = ag.jacobian(lambda x: [x[i] ** 2 for i in range(30)], sparse=True)([float(i) for i in range(30)])
    assert (jacobian.toarray() == np.diag(2.0 * np.arange(30.0))).all()
    assert (work["sweeps"], work["passes"]) == (1, 0) and jacobian.nnz == 30


def test_a_full_row_is_taken_in_reverse_and_a_full_column_forward(ag, work):
    def one_full_row(x):
        return [ag.fsum(x), *[x[i] * 3.0 for i in range(10)]]

    def one_full_column(x):
        return [x[0] * x[i] for i in range(1, 11)]

    x = [1.0 + i for i in range(11)]
    for f, sweeps, passes in ((one_full_row, 0, 2), (one_full_column, 2, 0)):
        work.update(sweeps=0, passes=0)
        np.testing.assert_array_equal(ag.jacobian(f, sparse=True)(x).toarray(), ag.jacobian(f)(x))
        assert (work["sweeps"], work["passes"]) == (sweeps, passes)
        for mode in ("forward", "reverse"):
            work.update(sweeps=0, passes=0)
            np.testing.assert_array_equal(ag.jacobian(f, sparse=True, mode=mode)(x).toarray(), ag.jacobian(f)(x))
            assert (work["passes" if mode == "forward" else "sweeps"]) == 0


def test_shapes_of_arguments_and_results(ag):
    def f(p):
        return {"a": p["w"] @ p["w"], "b": [p["s"] * p["w"][0, 1]]}

    point = {"w": np.array([[1.0, 2.0], [3.0, 4.0]]), "s": 5.0}
    dense = ag.jacobian(f)(point)
    rows = np.vstack(
        [
            np.hstack([dense["a"]["w"].reshape(4, 4), dense["a"]["s"].reshape(4, 1)]),
            np.append(dense["b"][0]["w"].ravel(), dense["b"][0]["s"]),
        ]
    )
    np.testing.assert_array_equal(ag.jacobian(f, sparse=True)(point).toarray(), rows)
    assert ag.jacobian(lambda x, y: [x * y, y], 1, sparse=True)(2.0, 3.0).toarray().tolist() == [[2.0], [1.0]]
    assert ag.jacobian(lambda x: x * x, sparse=True)(3.0).toarray().tolist() == [[6.0]]


def test_nothing_to_differentiate(ag):
    assert ag.jacobian(lambda x: [1.0, ag.Value(2.0), x[0]], sparse=True)([1.0, 2.0]).nnz == 1
    assert ag.jacobian(lambda x: [1.0], sparse=True)([1.0, 2.0]).toarray().tolist() == [[0.0, 0.0]]
    assert ag.jacobian(lambda x: [], sparse=True)([1.0]).shape == (0, 1)
    assert ag.jacobian(lambda x: [1.0, 2.0], sparse=True)([]).shape == (2, 0)
    assert ag.hessian(lambda x: 3.0 * x[0], sparse=True)([1.0, 2.0]).nnz == 0


def test_an_entry_that_happens_to_be_zero_is_kept(ag):
    jacobian = ag.jacobian(lambda x: [x[0] ** 2, x[1]], sparse=True)([0.0, 1.0])
    assert jacobian.nnz == 2 and jacobian.toarray().tolist() == [[0.0, 0.0], [0.0, 1.0]]


def test_an_infinite_slope_stays_in_its_own_entry(ag):
    for mode in ("forward", "reverse"):
        jacobian = ag.jacobian(lambda x: [ag.sqrt(x[0]), x[1], x[0] + x[1]], sparse=True, mode=mode)([0.0, 2.0])
        assert jacobian.toarray().tolist() == [[np.inf, 0.0], [0.0, 1.0], [1.0, 1.0]]


def test_without_scipy_one_is_told_what_to_install(ag, monkeypatch):
    monkeypatch.setitem(importlib.import_module("sys").modules, "scipy.sparse", None)
    with pytest.raises(ImportError, match="pip install scipy"):
        ag.jacobian(lambda x: [x], sparse=True)(1.0)


COLUMNS = 6
PATTERNS = st.lists(st.frozensets(st.integers(0, COLUMNS - 1)), min_size=1, max_size=6)
"""For each row, the columns that have something in it."""


@given(rows=PATTERNS)
def test_no_row_has_two_columns_of_a_colour(ag, rows):
    colours = module(ag).colouring(rows, COLUMNS)
    assert len(colours) == COLUMNS
    for row in rows:
        assert len({colours[j] for j in row}) == len(row)
    neighbours = [len({k for row in rows if j in row for k in row}) for j in range(COLUMNS)]  # and the column itself
    assert max(colours) < max(1, *neighbours)  # greedy: never more colours than that


@given(rows=PATTERNS, mode=st.sampled_from(["auto", "forward", "reverse"]))
def test_random_structures(ag, rows, mode):
    def f(x):
        return [ag.fsum([ag.sin(x[j] * (i + 1)) * x[j] for j in row]) for i, row in enumerate(rows)]

    x = [0.3 + 0.2 * j for j in range(COLUMNS)]
    got = ag.jacobian(f, sparse=True, mode=mode)(x)
    np.testing.assert_allclose(got.toarray(), np.array(ag.jacobian(f)(x)), rtol=1e-14)
    assert got.nnz == sum(map(len, rows))


def test_structure_is_read_off_the_graph(ag):
    xs = [ag.Value(1.0 + i) for i in range(3)]
    ys = [xs[0] * xs[2], xs[1].floor() + xs[1], xs[0].detach() * 2.0, ag.Value(4.0), xs[2], ag.fsum(xs)]
    order = ag.topological_order(ag.fsum(ys))
    assert [*map(sorted, module(ag).structure(ys, xs, order))] == [[0, 2], [1], [], [], [2], [0, 1, 2]]
