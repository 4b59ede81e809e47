"""Rows and targets: what is taken and how, and what is refused, with its place."""

import array
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value
from nn.training.rows import as_rows, as_targets, in_lists

NAN, INF = math.nan, math.inf


class Frame:
    """What a pandas data frame shows of itself here."""

    def __init__(self, values, dtype=None):
        self.values = np.array(values, dtype=dtype)

    def to_numpy(self):
        return self.values


# ------------------------------------------------------------------------------------------------ rows


@pytest.mark.parametrize(
    "rows",
    [
        [[1, 2], [3, 4]],
        ((1.0, 2.0), (3.0, 4.0)),
        [(1.0, True + 1), [Fraction(3), Decimal(4)]],
        np.array([[1, 2], [3, 4]]),
        np.array([[1, 2], [3, 4]], dtype=np.float32),
        np.array([[1, 2], [3, 4]], dtype=object),
        np.array([[1, 3], [2, 4]]).T,
        [np.array([1, 2]), np.array([3, 4])],
        [[np.float64(1), np.int8(2)], [np.float16(3), np.array(4)]],
        [array.array("d", [1, 2]), array.array("d", [3, 4])],
        Frame([[1, 2], [3, 4]]),
    ],
)
def test_tables_become_arrays_of_floats(rows):
    taken = as_rows(rows)
    assert taken.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert (type(taken), taken.dtype) == (np.ndarray, np.float64)
    assert {type(x) for row in in_lists(taken) for x in row} == {float}


def test_a_mask_is_not_lost_without_a_word():
    masked = np.ma.masked_array([[1.0], [2.0]], [[False], [True]])
    neuron = nn.Neuron(1, "linear", rng=0)
    for rows, targets in ((masked, [0.0, 1.0]), ([[1.0], [2.0]], masked[:, 0]), (list(masked), [0.0, 1.0])):
        with pytest.raises(TypeError, match=r"its mask would be lost: .*x\.filled"):
            nn.fit(neuron, rows, targets, progress=False)


@pytest.mark.parametrize("make", [list, np.array, Frame])
def test_the_rows_given_are_not_changed_and_not_kept(make):
    rows = make([[1.0, 2.0], [3.0, 4.0]])
    taken = as_rows(rows)
    taken[0][0] = 9.0
    assert as_rows(rows).tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_what_numpy_would_read_out_of_texts_is_no_number():
    for rows in ([["1", "2"]], [[1.0, "2"]], np.array([["1", "2"]])):
        with pytest.raises(ValueError, match=r"X has '\d' in row 0, column \d, which is no number"):
            as_rows(rows)


def test_sequences_and_other_things_stay_as_they_are():
    sequences = [[[1, 2], [3, 4]], [[5, 6]]]
    assert as_rows(sequences) == sequences
    assert type(as_rows(sequences)[0][0][0]) is int  # it may be the number of a word
    assert as_rows(np.zeros((2, 3, 1), dtype=np.float32)).tolist() == [[[0.0]] * 3] * 2
    assert type(as_rows(np.ones((2, 3, 1), dtype=int)).tolist()[0][0][0]) is int
    even = [[[1, 2.5], [3, 4]], [[5, 6], [7, 8]]]
    assert repr(as_rows(even)) == repr(even)
    for things in (["a", "text"], [{"x": 1.0}, {"x": math.nan}], [nn, None]):
        assert as_rows(things) == things


@given(
    rows=st.lists(st.lists(st.floats(-1e9, 1e9), min_size=3, max_size=3), min_size=1, max_size=5),
    wrong=st.sampled_from([NAN, INF, -INF, 10**400, None, "x", 1j]),
    data=st.data(),
)
def test_whatever_is_no_finite_number_is_named_with_row_and_column(rows, wrong, data):
    i, j = data.draw(st.integers(0, len(rows) - 1)), data.draw(st.integers(0, 2))
    assert as_rows(rows).tolist() == rows
    rows[i][j] = wrong
    with pytest.raises(ValueError, match=rf"^table has .* in row {i}, column {j}(: fill it in|, which is no number)"):
        as_rows(rows, "table")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "X has no rows: give at least one"),
        (np.zeros((0, 2)), "X has no rows"),
        ([1.0, 2.0], r"a flat list of 2 numbers, and is to be a list of rows: \[\[x\] for x in X\]"),
        (np.array([1.0, 2.0]), "a flat list of 2 numbers"),
        ([[1.0, 2.0], [3.0]], "row 1 of X has 1 columns, and row 0 has 2"),
        ([[1.0, 2.0], []], "row 1 of X has 0 columns"),
        ([[1.0, 2.0], 3.0], r"row 1 of X is 3\.0, and row 0 is a list of 2"),
        ([[1.0, 2.0], None], "row 1 of X is None"),
        ([[1.0, 2.0], "ab"], "row 1 of X is 'ab'"),
        ([[1.0, NAN]], "X has nan in row 0, column 1: fill it in or leave the row out"),
        (np.array([[1.0, 2.0], [-INF, 1.0]]), "X has -inf in row 1, column 0"),
        (np.array([["a", "1"]]), "X has 'a' in row 0, column 0, which is no number"),
        (Frame([[1.0, None]], dtype=object), "X has None in row 0, column 1, which is no number"),
        ([[[1.0], [2.0, NAN]]], "X has nan in row 0, column 1, place 1"),
        ([[[1.0], ["x"]]], "X has 'x' in row 0, column 1, place 0, which is no number"),
    ],
)
def test_rows_that_make_no_sense(rows, words):
    with pytest.raises(ValueError, match=words):
        as_rows(rows)


@pytest.mark.parametrize("table", [None, 3, "abc", {1: 2}, {1.0}, (x for x in "ab"), np.float64(1.0), np.array(3.0)])
def test_what_is_no_table(table):
    with pytest.raises(TypeError, match="X is a list or an array, and this is of type"):
        as_rows(table)


def test_values_in_a_table_would_cut_the_graph():
    with pytest.raises(TypeError, match=r"\.data"):
        as_rows([[Value(1.0)]])


# ------------------------------------------------------------------------------------------------ targets

ROWS = [[1.0], [2.0], [3.0]]
ONE, IN_A_LIST, TWO, THREE = 0.5, [0.5], [0.5, 0.25], [0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("y", "output", "loss", "expected"),
    [
        ([1, 2, 3], ONE, nn.mse_loss, [1.0, 2.0, 3.0]),
        ([[1], [2], [3]], ONE, nn.mse_loss, [1.0, 2.0, 3.0]),
        (np.array([[1], [2], [3]]), ONE, nn.l1_loss, [1.0, 2.0, 3.0]),
        ([np.float64(1), np.int64(2), np.array(3)], ONE, nn.huber_loss, [1.0, 2.0, 3.0]),
        (Frame([1, 2, 3]), ONE, nn.mse_loss, [1.0, 2.0, 3.0]),
        ([True, False, True], ONE, nn.binary_cross_entropy, [1.0, 0.0, 1.0]),
        ([1, 2, 3], IN_A_LIST, nn.mse_loss, [[1.0], [2.0], [3.0]]),
        ([[1], [2], [3]], IN_A_LIST, nn.mse_loss, [[1.0], [2.0], [3.0]]),
        ([(1, 2)] * 3, TWO, nn.mse_loss, [[1.0, 2.0]] * 3),
        (np.ones((3, 2)), np.zeros(2), nn.mse_loss, [[1.0, 1.0]] * 3),
        ([[[1, 2], [3, 4]]] * 3, [[0.0, 0.0], [0.0, 0.0]], nn.mse_loss, [[[1.0, 2.0], [3.0, 4.0]]] * 3),
        ([2, 0, 1], THREE, nn.cross_entropy, [2, 0, 1]),
        ([2.0, 0.0, 1.0], THREE, nn.cross_entropy, [2, 0, 1]),
        (np.array([[2], [0], [1]]), THREE, nn.cross_entropy, [2, 0, 1]),
        ([[0, 1], [1, 0], [0.5, 0.5]], TWO, nn.cross_entropy, [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]]),
        ([0, 0, 0], IN_A_LIST, nn.cross_entropy, [0, 0, 0]),
        ([-1, 1, 1.0], ONE, nn.hinge_loss, [-1.0, 1.0, 1.0]),
        (["a", "b", "c"], ONE, max, ["a", "b", "c"]),
        ([[1], [2], [3]], ONE, max, [1, 2, 3]),
        ([[1], [2], [3]], TWO, max, [[1], [2], [3]]),
        ([2, 0, 1], THREE, lambda p, t: nn.cross_entropy(p, t), [2, 0, 1]),
    ],
)
def test_targets_come_in_the_shape_of_the_outputs(y, output, loss, expected):
    taken = in_lists(as_targets(y, as_rows(ROWS), output, loss))
    assert taken == expected
    if loss is nn.cross_entropy:
        assert {type(t) for t in taken} <= {int, list}
    elif loss in (nn.mse_loss, nn.l1_loss):
        assert all(type(x) is float for x in np.array(taken, dtype=object).flat)


@pytest.mark.parametrize(
    ("y", "output", "loss", "words"),
    [
        ([1.0], ONE, nn.mse_loss, "there are 3 rows and 1 targets in y: give one target for each row"),
        ([], ONE, nn.mse_loss, "3 rows and 0 targets"),
        ([1.0, 2.0, NAN], ONE, nn.mse_loss, r"y\[2\] is nan: leave that row out"),
        ([1.0, INF, 2.0], ONE, max, r"y\[1\] is inf: leave that row out"),
        ([1.0, 10**400, 2.0], ONE, nn.mse_loss, r"y\[1\] is 10+\.\.\.0+: leave"),
        ([[1.0, 2.0], [1.0, 2.0], [1.0, NAN]], TWO, nn.mse_loss, r"y\[2\]\[1\] is nan"),
        (["cat", "dog", "cat"], TWO, nn.cross_entropy, r"y\[0\] is 'cat', which is no number: give labels as 0, 1, 2, \.\.\."),
        ([1.0, None, 2.0], ONE, nn.mse_loss, r"y\[1\] is None"),
        ([1.0, [2.0], 3.0], ONE, nn.mse_loss, "some targets in y are lists and some are not"),
        ([[1.0, 2.0]] * 3, ONE, nn.mse_loss, r"the model gives one number, and y\[0\] is 2 numbers: give as many"),
        ([1.0, 2.0, 3.0], TWO, nn.mse_loss, r"gives 2 numbers, and y\[0\] is one number: give as many, or take cross_entropy"),
        ([[1, 2], [1, 2], [1, 2, 3]], TWO, nn.mse_loss, r"gives 2 numbers, and y\[2\] is 3 numbers"),
        ([[1], [2], [3]], TWO, nn.mse_loss, r"gives 2 numbers, and y\[0\] is 1 number in a list"),
        ([[[1, 2]]] * 3, TWO, nn.mse_loss, r"gives 2 numbers, and y\[0\] is 1 x 2 numbers"),
        ([[[1], [1, 2]]] * 3, TWO, nn.mse_loss, r"y\[0\] is lists of unequal lengths"),
        ([0, 1, -1], THREE, nn.cross_entropy, r"y\[2\] is -1, and the model tells 3 classes apart: 0 to 2"),
        ([0, 3, 1], THREE, nn.cross_entropy, r"y\[1\] is 3, and the model tells 3 classes apart"),
        ([0, 0.5, 1], THREE, nn.cross_entropy, r"y\[1\] is 0\.5"),
        ([0, 1, 0], IN_A_LIST, nn.cross_entropy, r"y\[1\] is 1, and the model tells 1 classes apart"),
        ([0, 1, 0], ONE, nn.cross_entropy, "the model has one output: for two classes take binary_cross_entropy_with_logits"),
        ([0, 1, 0], [TWO, TWO], nn.cross_entropy, "one score for each class, and the model gives 2 x 2 numbers for a row"),
        ([[1, 0], [0, 1], [1, 0, 0]], TWO, nn.cross_entropy, r"2 classes apart, and y\[2\] is 3 numbers: give one for each"),
        ([[1, 0], [-1, 2], [1, 0]], TWO, nn.cross_entropy, r"y\[1\] has -1 among its probabilities"),
        ([1, 0, -1], ONE, nn.hinge_loss, r"y\[1\] is 0, and the targets of hinge_loss are -1 or 1"),
        ([[1, -1], [1, 1], [1, 2]], TWO, nn.squared_hinge_loss, r"y\[2\]\[1\] is 2, and the targets of squared_hinge_loss"),
        ([0, 1, 2], ONE, nn.binary_cross_entropy, r"y\[2\] is 2, and the targets of binary_cross_entropy are 0, 1, or between"),
        ([[0, 1], [0, -0.5], [0, 0]], TWO, nn.binary_cross_entropy_with_logits, r"y\[1\]\[1\] is -0\.5"),
    ],
)
def test_targets_that_make_no_sense(y, output, loss, words):
    with pytest.raises(ValueError, match=words):
        as_targets(y, as_rows(ROWS), output, loss)


def test_sequences_may_have_as_many_outputs_as_they_are_long():
    sequences = [[[1.0], [2.0]], [[3.0]]]
    assert as_targets([[1, 2], [3]], sequences, TWO, nn.mse_loss) == [[1.0, 2.0], [3.0]]


def test_what_are_no_targets():
    for y in (None, 3.0, {0: 1}, "010"):
        with pytest.raises(TypeError, match="y is a list or an array"):
            as_targets(y, ROWS, ONE, nn.mse_loss)
