"""The arguments of a call, taken apart: pieces that rows share, tables of rows, constants, and what tells calls apart."""

from typing import Any

import numpy as np
import pytest

from autograd import Value
from autograd.compiler.arguments import STATIC, Arguments

ROWS = np.arange(6.0).reshape(3, 2)


def taken_apart(*args: Any, axes: Any = None, **kwargs: Any) -> Arguments:
    by_position = [(None, arg, axis) for arg, axis in zip(args, axes or [None] * len(args), strict=True)]
    return Arguments([*by_position, *[(name, arg, None) for name, arg in kwargs.items()]])


def test_what_rows_share_and_what_they_have_of_their_own() -> None:
    given = taken_apart([1.0, (2, 3)], ROWS, np.ones((2, 2)), [5, 6, 7], axes=(None, 0, None, 0))
    assert given.pieces[0] == [1.0, 2.0, 3.0] and given.pieces[1].tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert [table.tolist() for table in given.tables] == [ROWS.tolist(), [[5.0], [6.0], [7.0]]]
    assert given.rows == 3
    assert given.per_row() == [False] * 3 + [True] * 2 + [False] * 4 + [True]
    assert taken_apart(1.0).rows == -1


def test_the_first_row_as_a_function_is_called_with_it() -> None:
    given = taken_apart({"a": 2.0}, ROWS, [5, 6, 7], axes=(None, 0, 0)).only(np.array([1, 2]))
    numbers = given.first_row()
    assert numbers == [2.0, 2.0, 3.0, 6.0]
    (first, row, number), kwargs = given.with_numbers(numbers)
    assert first == {"a": 2.0} and row.tolist() == [2.0, 3.0] and number == 6.0 and kwargs == {}
    assert given.rows == 2 and given.per_row() == [False, True, True, True]


def test_parts_with_rows_beside_parts_without() -> None:
    """And constants between them, which have no numbers."""
    thing = {"w": [2.0, 4], "x": [1.0, 3.0, 5.0], "pair": (ROWS, 7)}
    given = taken_apart("text", thing, None, axes=(None, {"x": 0, "pair": (0, None)}, STATIC), k=5, how=True)
    assert given.first_row() == [2.0, 4.0, 1.0, 0.0, 1.0, 7.0, 5.0]
    assert given.per_row() == [False, False, True, True, True, False, False] and given.rows == 3
    assert given.whole == {1: 4, 5: 7, 6: 5}
    args, kwargs = given.with_numbers([10.0 * i for i in range(7)])
    pair = args[1].pop("pair")
    assert args == ["text", {"w": [0.0, 10.0], "x": 20.0}, None] and kwargs == {"k": 60.0, "how": True}
    assert pair[0].tolist() == [30.0, 40.0] and pair[1] == 50.0
    given.keep_plain([1, 6])
    args, kwargs = given.with_numbers([10.0 * i for i in range(7)])
    assert args[1]["w"] == [0.0, 4] and type(args[1]["w"][1]) is int and kwargs == {"k": 5, "how": True}


def test_keys_tell_arguments_apart_that_take_programs_of_their_own() -> None:
    alike = [([1.0, 2.0], [3, 4]), (np.ones(2), np.zeros(2)), ({"a": 1.0}, {"a": 2}), (1.0, np.float64(2.0)), ("a", "a")]
    for one, other in alike:
        assert taken_apart(one).key == taken_apart(other).key and taken_apart(k=one).key == taken_apart(k=other).key
    differing = [1.0, [1.0], (1.0,), [1.0, 2.0], np.ones(1), np.ones((1, 1)), {"a": 1.0}, {"b": 1.0}, [[1.0]], "a", "b", None]
    keys = [taken_apart(arg).key for arg in differing] + [taken_apart(k=arg).key for arg in differing]
    assert all(keys.count(key) == 1 for key in keys)
    assert taken_apart(x=1.0).key != taken_apart(y=1.0).key != taken_apart(y=True).key != taken_apart(y=False).key
    assert taken_apart([1.0], axes=[0]).key != taken_apart([1.0]).key
    assert taken_apart(np.ones(3), axes=[STATIC]).key != taken_apart(np.array([1.0, 1.0, 2.0]), axes=[STATIC]).key


def test_values_are_noticed() -> None:
    given = taken_apart(1.0, [Value(1.0), 2.0], 3.0)
    assert given.holds_values == "argument 1"
    by_name = taken_apart(1.0, w=Value(2.0))
    assert by_name.holds_values == "argument 'w'"
    assert taken_apart(1.0).holds_values is None


def test_what_is_no_table() -> None:
    for wrong, words in ((2.0, "this is one number"), (["a"], "argument 0 is no table"), ([[1.0], [1.0, 2.0]], "no table")):
        with pytest.raises((TypeError, ValueError), match=words):
            taken_apart(wrong, axes=[0])
    with pytest.raises(ValueError, match="argument 1 has 2 rows, and an argument before it 3"):
        taken_apart(ROWS, [1.0, 2.0], axes=(0, 0))
