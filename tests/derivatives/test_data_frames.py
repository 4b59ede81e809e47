"""Columns and tables of pandas' in functions that are differentiated: as what they give they are arrays."""

import numpy as np
import pytest

from autograd import Value, compile, grad, jacobian, scan, value_and_jacobian, vjp
from autograd.optimize import curve_fit, least_squares, root

pandas = pytest.importorskip("pandas")

PLACES = [7, 3, 5]
COLUMN = pandas.Series([1.0, 2.0, 4.0], index=PLACES)


@pytest.mark.parametrize("of", [lambda f: f, compile], ids=["eager", "compiled"])
def test_a_column_as_a_result_is_an_array(of):
    f = of(lambda p: p[0] * COLUMN + p[1])
    value, slopes = value_and_jacobian(f)([2.0, 1.0])
    assert type(value) is np.ndarray and value.tolist() == [3.0, 5.0, 9.0]
    assert [row.tolist() for row in slopes] == [[1.0, 2.0, 4.0], [1.0, 1.0, 1.0]]
    assert jacobian(of(lambda p: {"a": [p[0] * COLUMN]}))([2.0, 1.0])["a"][0][0].tolist() == [1.0, 2.0, 4.0]
    assert vjp(lambda p: p * COLUMN, 2.0)[1](np.ones(3)) == (7.0,)


def test_a_table_as_a_result_is_an_array():
    table = pandas.DataFrame({"a": COLUMN, "b": -COLUMN})
    assert jacobian(lambda p: table * p)(2.0).tolist() == table.to_numpy().tolist()


def test_a_compiled_function_gives_an_array_at_a_point_and_over_rows():
    assert compile(lambda p: p * COLUMN)(2.0).tolist() == [2.0, 4.0, 8.0]
    assert compile(lambda p, x: p * x, in_axes=(None, 0))(2.0, COLUMN).tolist() == [2.0, 4.0, 8.0]


def test_curves_are_fitted_to_columns():
    x = pandas.Series(np.linspace(0.0, 3.0, 20), index=range(40, 20, -1))
    y = pandas.Series(2.0 * np.exp(-0.5 * x.to_numpy()) + 0.01 * np.cos(9.0 * x.to_numpy()), index=x.index)

    def decay(x, a, rate):
        return a * np.exp(-rate * x)

    of_columns, of_arrays = curve_fit(decay, x, y, p0=[1.0, 1.0]), curve_fit(decay, x.to_numpy(), y.to_numpy(), p0=[1.0, 1.0])
    assert of_columns.popt.tolist() == of_arrays.popt.tolist() and of_columns.pcov.tolist() == of_arrays.pcov.tolist()
    assert np.asarray(of_columns.residuals).tolist() == of_arrays.residuals.tolist()
    assert of_columns.error_at(x).tolist() == of_arrays.error_at(x.to_numpy()).tolist()
    of_columns.plot()


def test_a_search_goes_by_columns():
    found = least_squares(lambda p: p[0] * COLUMN - 3.0 * COLUMN, [1.0]).x
    assert found == pytest.approx([3.0])
    assert root(lambda p: (p - COLUMN.to_numpy()) * COLUMN, np.ones(3)).x == pytest.approx(COLUMN.to_numpy())


def test_numbers_alone_are_differentiated_by():
    table = pandas.DataFrame({"a": COLUMN})
    with pytest.raises(TypeError, match=r"^s: this is a Series, .* give x\.to_numpy\(\)$"):
        grad(lambda s: s.sum())(COLUMN)
    with pytest.raises(TypeError, match=r"this is a DataFrame, .* or a dict of its columns, \{name: x\[name\]\.to_numpy"):
        grad(lambda table: table["a"].sum())(table)
    with pytest.raises(TypeError, match="this is a Series"):
        compile(lambda s: s.sum())(COLUMN)


def test_what_is_missing_in_a_column_is_no_number():
    holes = pandas.Series([1.0, None], dtype="Float64")
    with pytest.raises(TypeError, match="the result of"):
        jacobian(lambda p: holes * Value(1.0))(1.0)


@pytest.mark.parametrize("of", [lambda f: f, compile], ids=["eager", "compiled"])
@pytest.mark.parametrize("places", [PLACES, [2, 0, 1]])
def test_the_steps_of_a_scan_are_the_rows_of_a_column_in_their_order(of, places):
    """Not in that of its labels, which `column[0]` asks for."""
    column = pandas.Series([1.0, 2.0, 4.0], index=places)
    rows = [1.0, 2.0, 4.0]

    def last(xs):
        return of(lambda p: scan(lambda s, x: (s * p + x, s), 0.0, xs))(3.0)

    assert last(column) == last(rows) == (19.0, [0.0, 1.0, 5.0])
    together = of(lambda p: scan(lambda s, x: (s * p + x[0] * x[1]["b"], s), 0.0, (column, {"b": column})))(3.0)
    assert together == (9.0 + 12.0 + 16.0, [0.0, 1.0, 7.0])
    table = pandas.DataFrame({"a": column, "b": -column})
    assert of(lambda p: scan(lambda s, x: (s * p + x[0] - x[1], s), 0.0, table))(3.0) == (38.0, [0.0, 2.0, 10.0])
