"""take(): the element that a number chooses, alone, in compiled functions, and over rows."""

import itertools
import math
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, compile, derivative, grad, hessian, take, value_and_grad


def test_there_is_one_edge_to_the_element_that_was_chosen(ag: ModuleType) -> None:
    xs = [ag.Value(1.0), ag.Value(2.0), ag.Value(3.0)]
    for index in (1, 1.0, -2, ag.Value(1.0), np.int64(1), True):
        taken = ag.take(xs, index)
        assert (taken.op, taken.parents, taken.local_derivatives) == ("take", (xs[1],), (1.0,)) and taken.parents[0] is xs[1]
        (taken * taken).backward()
    assert [x.grad for x in xs] == [0.0, 24.0, 0.0]


def test_what_is_taken_has_the_shape_of_an_element(ag: ModuleType) -> None:
    table = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert ag.take(table, 1) == [4.0, 5.0, 6.0] and ag.take(table, (1, -1)) == 6.0 and ag.take(table, [1, 0]) == table[::-1]
    assert ag.take(np.array(table), (0, 2)) == 3.0 and ag.take(np.arange(24.0).reshape(2, 3, 4), (1, 2)) == [
        20.0,
        21.0,
        22.0,
        23.0,
    ]
    assert ag.take(table, np.array([[0, 1], [1, 1]])) == [table, [table[1], table[1]]]
    assert type(ag.take(table, (0, 0))) is float and type(ag.take([1.0, ag.Value(2.0)], 0)) is ag.Value


@pytest.mark.parametrize(
    ("index", "kind", "said"),
    [
        (3, IndexError, "3 elements, numbered from 0, and the index is 3.0"),
        (-4, IndexError, "the index is -4.0"),
        (0.5, IndexError, "whole number, and the index is 0.5"),
        (math.nan, IndexError, "the index is nan"),
        ((1, 0), TypeError, "list"),
        ("1", TypeError, "'1'"),
        ((), TypeError, "empty tuple"),
    ],
)
def test_an_index_of_nothing_is_an_error_that_names_it(ag: ModuleType, index: Any, kind: type[Exception], said: str) -> None:
    for xs in ([1.0, 2.0, 3.0], [ag.Value(1.0), 2.0, ag.Value(3.0)]):
        with pytest.raises(kind, match=said):
            ag.take(xs, index)


def test_rows_of_other_lengths_are_refused_where_any_may_be_taken() -> None:
    with pytest.raises(ValueError, match=r"\[2, 1\]"):
        compile(lambda i: take([[1.0, 2.0], [3.0]], i)[0])(1.0)
    with pytest.raises(ValueError, match=r"\[2, 1\]"):
        compile(lambda i: take([[1.0, 2.0], [3.0]], (i, 0)))(1.0)


def embedded(table: Any, i: Any, j: Any) -> Any:
    """A loss of two rows of a table, which may be the same row, and of one element of it."""
    a, b = take(table, i), take(table, j)
    return sum(x * autograd.sin(y) for x, y in zip(a, b, strict=True)) * take(table, (i, 1)) + take(table[0], 0) ** 3


TABLE = [[0.3, -1.2], [2.0, 0.7], [-0.4, 1.1]]


@pytest.mark.parametrize(
    "transform", [lambda f: f, grad, value_and_grad, hessian], ids=["f", "grad", "value_and_grad", "hessian"]
)
def test_a_compiled_function_takes_what_its_index_says(transform: Any) -> None:
    """By one program, at a point and over rows, for values, first and second derivatives."""
    eager, at_point = transform(embedded), compile(transform(embedded))
    rows = compile(transform(embedded), in_axes=(None, 0, 0))
    pairs = list(itertools.product(range(3), repeat=2))
    columns = np.array(pairs, dtype=float).T
    found = autograd.derivatives.trees.flatten(rows(TABLE, *columns))[0]
    for k, (i, j) in enumerate(pairs):
        want = autograd.derivatives.trees.flatten(eager(TABLE, i, j))[0]
        assert autograd.derivatives.trees.flatten(at_point(TABLE, float(i), float(j)))[0] == want
        assert found[k :: len(pairs)] == pytest.approx(want, rel=1e-15)
    assert len(at_point.programs) == len(rows.programs) == 1
    again = autograd.derivatives.trees.flatten(rows(TABLE, *columns.astype(int)))[0]  # columns of integers are columns
    assert again == found
    assert "take" in rows.programs[0].counts


def test_negative_numbers_count_from_the_end_in_programs_too() -> None:
    f = compile(lambda w, i: take(w, i) ** 2, in_axes=(None, 0))
    assert f([1.0, 2.0, 3.0], [0, -1, 1, -3]).tolist() == [1.0, 9.0, 4.0, 1.0]


def test_a_row_without_such_an_element_is_an_error_that_names_it() -> None:
    f = compile(value_and_grad(lambda w, i: take(w, i) ** 2), in_axes=(None, 0), reduce="sum")
    for bad in (5.0, -4.0, 1.5, math.nan, math.inf):
        for row in (0, 3):
            index = [0.0, 1.0, 2.0, 2.0]
            index[row] = bad
            with pytest.raises(IndexError, match=rf"^row {row}: .* the index is {bad}"):
                f([1.0, 2.0, 3.0], index)
    assert f([1.0, 2.0, 3.0], [0, 1, 2, 2]) == (23.0, [2.0, 4.0, 12.0])
    g = compile(lambda i: take([1.0, 2.0], i))
    with pytest.raises(IndexError, match=r"^take\(\) .* 2 elements, .* the index is 2.0"):
        g(2.0)


def test_an_element_that_was_not_taken_does_no_harm() -> None:
    """Its slope may be infinite: it is not multiplied by 0, in any order of derivative."""

    def f(x: Value, i: Any) -> Value:
        return take([x.log(), x * x, x.sqrt()], i)

    for order in (1, 2):
        eager = grad(f) if order == 1 else grad(grad(f))
        compiled = compile(eager, in_axes=(0, 0))
        assert compile(eager)(0.0, 1.0) == eager(0.0, 1) == [0.0, 2.0][order - 1]
        got = compiled([0.0, 4.0, 4.0], [1.0, 0.0, 2.0])
        assert got == pytest.approx([eager(0.0, 1), eager(4.0, 0), eager(4.0, 2)])


def test_each_row_has_a_table_of_its_own(ag: ModuleType) -> None:
    rng = np.random.default_rng(4)
    tables, index = rng.normal(size=(700, 5)), rng.integers(0, 5, 700)
    found = ag.compile(lambda t, i: ag.take(t, i) * 2.0, in_axes=(0, 0))(tables, index)
    assert found.tolist() == (tables[np.arange(700), index] * 2.0).tolist()


def test_gradients_of_a_table_over_rows_are_numpys() -> None:
    rng = np.random.default_rng(3)
    table, index, factor = rng.normal(size=(27, 4)), rng.integers(0, 27, 1000), rng.normal(size=(1000, 4))

    def loss(t: Any, i: Any, y: Any) -> Any:
        return sum(x * each for x, each in zip(take(t, i), y, strict=True))

    value, found = compile(value_and_grad(loss), in_axes=(None, 0, 0), reduce="sum")(table, index, factor)
    want = np.zeros_like(table)
    np.add.at(want, index, factor)
    np.testing.assert_allclose(found, want, rtol=1e-12, atol=1e-12)
    assert value == pytest.approx((table[index] * factor).sum())


def test_interpolation_in_a_table() -> None:
    xs, ys = [0.0, 1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 2.0, 5.0, 4.0]

    def interpolated(x: Any) -> Any:
        k = autograd.floor(x)
        left, right = take(ys, k), take(ys, k + 1)
        return left + (x - take(xs, k)) * (right - left)

    f, slope = compile(interpolated, in_axes=0), compile(derivative(interpolated), in_axes=0)
    points = np.linspace(0.05, 3.95, 40)
    np.testing.assert_allclose(f(points), np.interp(points, xs, ys), rtol=1e-14)
    np.testing.assert_allclose(slope(points), np.diff(ys)[points.astype(int)], rtol=1e-14)
    assert len(f.programs) == len(slope.programs) == 1


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.data())
def test_random_tables_and_indices(data: st.DataObject) -> None:
    """Elements that are arguments, computed or constant, taken by numbers that are computed too."""
    n = data.draw(st.integers(1, 6))
    kinds = data.draw(st.lists(st.sampled_from(["argument", "computed", "constant"]), min_size=n, max_size=n))
    scale = data.draw(st.integers(1, 3))

    def f(w: Any, i: Any) -> Any:
        make = {"argument": lambda k: w[k], "computed": lambda k: w[k] * w[0].tanh(), "constant": lambda k: k + 0.5}
        xs = [make[kind](k) for k, kind in enumerate(kinds)]
        first = take(xs, i * scale % n)
        return first * take(xs, (i + 1) % n) + autograd.exp(first)

    w = data.draw(st.lists(st.floats(-2, 2), min_size=n, max_size=n))
    index = data.draw(st.lists(st.integers(0, 7), min_size=1, max_size=5))

    def taken(w: Any, i: Any) -> Any:
        return f(w, i) + 0.0 * sum(w)

    second = compile(hessian(taken), in_axes=(None, 0))(w, index)
    first = compile(value_and_grad(taken), in_axes=(None, 0))(w, index)
    for k, i in enumerate(index):
        value, gradient = value_and_grad(taken)(w, float(i))
        assert first[0][k] == pytest.approx(value, rel=1e-13)
        assert [g[k] for g in first[1]] == pytest.approx(gradient, rel=1e-13, abs=1e-300)
        for row, want in zip(second, hessian(taken)(w, float(i)), strict=True):
            assert [h[k] for h in row] == pytest.approx(want, rel=1e-12, abs=1e-300)
