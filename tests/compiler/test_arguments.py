"""The arguments of a call, taken apart: pieces that rows share, tables of rows, and the kinds that quick calls know."""

from typing import Any

import numpy as np
import pytest

from autograd import Value
from autograd.compiler.arguments import Arguments

ROWS = np.arange(6.0).reshape(3, 2)


def taken_apart(*args: Any, axes: Any = None, **kwargs: Any) -> Arguments:
    return Arguments(args, axes or [None] * len(args), kwargs)


def test_what_rows_share_and_what_they_have_of_their_own() -> None:
    given = taken_apart([1.0, (2, 3)], ROWS, np.ones((2, 2)), [5, 6, 7], axes=(None, 0, None, 0))
    assert given.pieces[0] == [1.0, 2.0, 3.0] and given.pieces[1].tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert [table.tolist() for table in given.tables] == [ROWS.tolist(), [[5.0], [6.0], [7.0]]]
    assert given.rows == 3
    assert given.per_row() == [False] * 3 + [True] * 2 + [False] * 4 + [True]
    assert taken_apart(1.0).rows == -1


def test_the_first_row_as_a_function_is_called_with_it() -> None:
    given = taken_apart({"a": 2.0}, ROWS, [5, 6, 7], axes=(None, 0, 0)).only(np.array([1, 2]))
    trees, numbers = given.first_row()
    assert numbers == [2.0, 2.0, 3.0, 6.0]
    assert trees[0].of([2.0]) == {"a": 2.0} and trees[1].of([2.0, 3.0]).tolist() == [2.0, 3.0] and trees[2].of([6.0]) == 6.0
    assert given.rows == 2 and given.per_row() == [False, True, True, True]


@pytest.mark.parametrize(
    ("arg", "axis", "kind"),
    [
        (1.0, None, ("float", 1)),
        ([1.0, 2.0], None, ("list", 2)),
        ((1.0,), None, ("tuple", 1)),
        (ROWS, None, ("array", (3, 2))),
        (ROWS, 0, ("rows", (2,))),
        (ROWS[:, 0], 0, ("rows", ())),
        (ROWS.T, 0, ("rows", (3,))),
        (ROWS.T, None, None),
        (np.ones((2, 2, 2)), 0, None),
        (np.ones(2, np.float32), None, None),
        ([1.0, 2], None, None),
        ([], None, None),
        ([[1.0]], None, None),
        ({"a": 1.0}, None, None),
        ([1.0, 2.0], 0, None),
        (1, None, None),
    ],
)
def test_kinds(arg: Any, axis: int | None, kind: Any) -> None:
    assert taken_apart(arg, axes=[axis]).kinds() == (None if kind is None else [kind])
    assert taken_apart(arg, axes=[axis], k=1).kinds() is None


def test_forms_tell_arguments_apart_that_take_programs_of_their_own() -> None:
    alike = [([1.0, 2.0], [3, 4]), (np.ones(2), np.zeros(2)), ({"a": 1.0}, {"a": 2}), (1.0, np.float64(2.0))]
    for one, other in alike:
        assert taken_apart(one).forms == taken_apart(other).forms
    differing = [1.0, [1.0], (1.0,), [1.0, 2.0], np.ones(1), np.ones((1, 1)), {"a": 1.0}, {"b": 1.0}, [[1.0]]]
    forms = [taken_apart(arg).forms for arg in differing]
    assert all(forms.count(form) == 1 for form in forms)


def test_values_are_noticed() -> None:
    assert taken_apart(1.0, [Value(1.0), 2.0], 3.0).holds_values == 1
    assert taken_apart(1.0).holds_values is None


def test_what_is_no_table() -> None:
    for wrong, words in ((2.0, "this is one number"), (["a"], "argument 0 is no table"), ([[1.0], [1.0, 2.0]], "no table")):
        with pytest.raises((TypeError, ValueError), match=words):
            taken_apart(wrong, axes=[0])
    with pytest.raises(ValueError, match="argument 1 has 2 rows, and an argument before it 3"):
        taken_apart(ROWS, [1.0, 2.0], axes=(0, 0))
