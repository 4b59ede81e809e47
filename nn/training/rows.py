"""Rows and targets made ready for training, or refused with the place of what is wrong.

Numbers in an array stay in an array, and so do tables of numbers in lists: they are copied and checked at once, not number by
number. Only what no array holds, as sequences of unequal lengths, stays in lists.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Sequence
from typing import Any

from autograd.compiler.rows import InChunks, from_dask
from autograd.derivatives.structures import unframed
from autograd.derivatives.trees import refuse_more_than_numbers

from ..losses import Loss, LossRow, row_of
from ..nested import Place, as_lists, each, indexed, leaves, shape


class Examples:
    """Rows and their targets, both arrays or lists.

    >>> examples = Examples([[1.0], [2.0], [3.0]], [0, 1, 0])
    >>> examples.only([2, 1]).targets
    [0, 1]
    """

    def __init__(self, rows: Any, targets: Any) -> None:
        self.rows = rows
        self.targets = targets

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, places: Sequence[int]) -> Examples:
        """Those at some places, in that order."""
        return Examples(taken(self.rows, places), taken(self.targets, places))

    def first_row(self) -> Any:
        """The first row, as the model takes it."""
        return as_lists(self.rows[0])


def taken(table: Any, places: Any) -> Any:
    """Some rows of an array or a list, by their places.

    >>> taken(["a", "b", "c"], [2, 0])
    ['c', 'a']
    """
    return [table[i] for i in places] if isinstance(table, list) else table[places]


def in_lists(table: Any) -> list[Any]:
    """An array as nested lists; a list stays what it is.

    >>> in_lists(["a", "b"])
    ['a', 'b']
    """
    return table if isinstance(table, list) else table.tolist()


# ------------------------------------------------------------------------------------------------ rows


def as_rows(X: Any, what: str = "X") -> Any:  # noqa: N803 (scikit-learn's name)
    """The rows of a table of numbers, as an array of floats (rows, columns). Other rows, such as sequences, stay as they are.

    ValueError for no rows, a row of another length, and whatever is no finite number, with row and column.

    >>> as_rows([(1, 2), (3, 4)])
    array([[1., 2.],
           [3., 4.]])
    >>> as_rows([[1.0, 2.0], [3.0, math.nan]])
    Traceback (most recent call last):
    ...
    ValueError: X has nan in row 1, column 1: fill it in or leave the row out
    """
    if isinstance(X, InChunks):
        return X
    if from_dask(X):
        return rows_of_dask(X, what)
    given = _unframed(X)
    rows = _array(given)
    if rows is None:
        rows = _list(given, what)
    if not len(rows):
        raise ValueError(f"{what} has no rows: give at least one")
    if is_number(rows[0]):
        raise ValueError(
            f"{what} is a flat list of {len(rows)} numbers, and is to be a list of rows: [[x] for x in {what}], say"
        )
    if isinstance(rows, list):
        if not isinstance(rows[0], list):
            return rows
        _check_lists(rows, what)
    found = _first(_not_finite, rows)
    if found is not None:
        raise ValueError(f"{what} has {_short(rows, found)} in {_cell(*found)}: fill it in or leave the row out")
    if is_table(rows):
        return _floats(_all_as_wide(rows, what))
    return as_lists(given) if isinstance(given, (list, tuple)) else rows


def rows_of_dask(X: Any, what: str = "X") -> Any:  # noqa: N803 (scikit-learn's name)
    """The rows of an array or a data frame of Dask's, a `RowsOfDask`. ValueError as of `as_rows`."""
    from .dask_rows import RowsOfDask

    if getattr(X, "ndim", 2) == 1:
        raise ValueError(f"{what} has {len(X)} numbers in a row, and is to be of rows: {what}[:, None], say")
    rows = RowsOfDask(X, what)
    rows.check_finite()
    return rows


def _check_lists(rows: list[Any], what: str) -> None:
    """ValueError for rows of which some are no lists, or have something in them that is no number."""
    for i, row in enumerate(rows):
        if not isinstance(row, list):
            raise ValueError(f"row {i} of {what} is {reprlib.repr(row)}, and row 0 is a list of {len(rows[0])}")
        for place, x in leaves(row, (i,)):
            if not is_number(x):
                raise ValueError(f"{what} has {reprlib.repr(x)} in {_cell(*place)}, which is no number")


def _all_as_wide(rows: Any, what: str) -> Any:
    for i, row in enumerate(rows) if isinstance(rows, list) else ():
        if len(row) != len(rows[0]):
            raise ValueError(f"row {i} of {what} has {len(row)} columns, and row 0 has {len(rows[0])}")
    return rows


def _cell(row: int, column: int, *places: int) -> str:
    return f"row {row}, column {column}" + "".join(f", place {k}" for k in places)


def is_table(rows: Any) -> bool:
    """Whether rows are of numbers, not of lists as those of sequences are.

    >>> is_table([[1.0, 2.0]]), is_table([[[1.0], [2.0]]])
    (True, False)
    """
    if not isinstance(rows, list):
        return rows.ndim == 2  # type: ignore[no-any-return]
    return all(isinstance(row, list) and not any(isinstance(x, list) for x in row) for row in rows)


# ------------------------------------------------------------------------------------------------ targets


def as_targets(y: Any, rows: Any, output: Any, loss: Loss, what: str = "y") -> Any:
    """One target for each of the rows, in the shape of the model's `output` for the first one, and as `loss` wants them.

    A column (n, 1) for a model with one output, or for classes, becomes one of n numbers, and the other way round. The targets
    of a loss that is not nn's own are checked for NaN only, and stay in lists if they were.

    ValueError with the place for as many that are not as many, NaN, another shape, a class the model does not have, or whatever
    else the loss does not take.

    >>> from nn import mse_loss
    >>> as_targets([[1], [0]], rows=[[2.0], [3.0]], output=0.5, loss=mse_loss)
    array([1., 0.])
    """
    row, given, width = row_of(loss), _unframed(y), shape(as_lists(output))
    targets = _array(given)
    if targets is None or (row is None and isinstance(given, (list, tuple))):
        targets = _list(given, what)
    if len(targets) != len(rows):
        raise ValueError(f"there are {len(rows)} rows and {len(targets)} targets in {what}: give one target for each row")
    if isinstance(targets, list) and len({isinstance(target, list) for target in targets}) > 1:
        raise ValueError(f"some targets in {what} are lists and some are not: give all alike")
    targets = _in_shape_of(width, targets, row)
    _check_numbers(targets, row, what)
    if row is None:
        return targets
    if isinstance(targets, list):
        targets = _floats(targets)
    if row.formula is None:
        return _as_classes(targets, width, what)
    if is_table(rows):  # a sequence may have as many outputs as it is long: the loss sees to those
        _check_shapes(targets, width, what)
    _check_allowed(targets, row, what)
    return _floats(targets)


def _in_shape_of(width: Place | None, targets: Any, row: LossRow | None) -> Any:
    """A column of targets as numbers, or numbers as a column, where the model's output is the other."""
    found = _shape(targets)
    if found == (len(targets), 1) and (width == () or (row is not None and row.formula is None and width != (1,))):
        return [target for (target,) in targets] if isinstance(targets, list) else targets[:, 0]
    if found == (len(targets),) and width == (1,) and row is not None and row.formula is not None:
        return [[target] for target in targets] if isinstance(targets, list) else targets[:, None]
    return targets


def _check_numbers(targets: Any, row: LossRow | None, what: str) -> None:
    found = _first(lambda t: not is_number(t), targets) if isinstance(targets, list) and row is not None else None
    if found is not None:
        raise ValueError(f"{indexed(what, found)} is {_short(targets, found)}, which is no number: give labels as 0, 1, 2, ...")
    found = _first(_not_finite, targets)
    if found is not None:
        raise ValueError(f"{indexed(what, found)} is {_short(targets, found)}: leave that row out")


def _check_shapes(targets: Any, width: Place | None, what: str) -> None:
    for i, target in enumerate(targets if isinstance(targets, list) else targets[:1]):
        found = _shape(target)
        if found != width:
            classes = ", or take cross_entropy as the loss for classes" if found == () else ""
            raise ValueError(
                f"for each row the model gives {_size(width)}, and {what}[{i}] is {_size(found)}: give as many{classes}"
            )


def _check_allowed(targets: Any, row: LossRow, what: str) -> None:
    found = None if row.targets is None else _first(row.targets.outside, targets)
    if row.targets is not None and found is not None:
        name, words = row.function.__name__, row.targets.words
        raise ValueError(f"{indexed(what, found)} is {_short(targets, found)}, and the targets of {name} are {words}")


def _as_classes(targets: Any, width: Place | None, what: str) -> Any:
    """Numbers of classes, or one probability for each class."""
    if width == ():
        raise ValueError(
            "cross_entropy compares the scores of two classes or more, and the model has one output: for two "
            "classes take binary_cross_entropy_with_logits"
        )
    if width is None or len(width) != 1:
        raise ValueError(f"cross_entropy takes one score for each class, and the model gives {_size(width)} for a row")
    (count,) = width
    if _shape(targets) == (len(targets),):
        found = _first(lambda t: (t < 0) | (t >= count) | (t % 1 != 0), targets)
        if found is not None:
            raise ValueError(
                f"{indexed(what, found)} is {_short(targets, found)}, and the model tells {count} classes apart: "
                f"0 to {count - 1}"
            )
        return [*map(int, targets)] if isinstance(targets, list) else targets.astype(int)
    for i, target in enumerate(targets if isinstance(targets, list) else targets[:1]):
        if _shape(target) != width:
            raise ValueError(
                f"the model tells {count} classes apart, and {what}[{i}] is {_size(_shape(target))}: give one for each"
            )
    found = _first(lambda t: t < 0, targets)
    if found is not None:
        raise ValueError(f"{what}[{found[0]}] has {_short(targets, found)} among its probabilities of classes")
    return _floats(targets)


def _size(width: Place | None) -> str:
    if width is None:
        return "lists of unequal lengths"
    if width == ():
        return "one number"
    return " x ".join(map(str, width)) + (" number in a list" if width == (1,) else " numbers")


# ------------------------------------------------------------------------------------------------ arrays and nested lists


def _unframed(table: Any) -> Any:
    """An array, of a data frame; of what is Dask's its numbers, which are fetched."""
    return unframed(table.compute() if from_dask(table) else table)


def _array(table: Any) -> Any:
    """An array of an array or nested lists of numbers, a new one; None of anything else, and where no array holds it.

    None without NumPy, too: eager training takes lists as well. TypeError for masked arrays, and others whose class is more
    than numbers.
    """
    try:
        import numpy as np
    except ImportError:
        return None
    inside = table
    while isinstance(inside, (list, tuple)) and inside:
        inside = inside[0]
    if not isinstance(table, (list, tuple, np.ndarray)) or not (isinstance(inside, np.ndarray) or is_number(inside)):
        return None
    refuse_more_than_numbers(table)
    try:
        array = np.array(table)
    except (TypeError, ValueError, OverflowError):
        return None
    return array if array.dtype.kind in "biuf" and array.ndim else None


def _list(table: Any, what: str) -> list[Any]:
    """A list, of whatever else is a table."""
    found = as_lists(table)
    if not isinstance(found, list):
        raise TypeError(f"{what} is a list or an array, and this is of type {type(found).__name__}: {reprlib.repr(found)}")
    return found


def _floats(table: Any) -> Any:
    """The same as floats: in an array, or in lists where rows are of unequal lengths."""
    if not isinstance(table, list):
        return table.astype(float, copy=False)
    floats = each(float, table)
    array = _array(floats)
    return floats if array is None else array


def _first(wrong: Callable[[Any], Any], table: Any) -> Place | None:
    """The place of the first number in an array or in nested lists that is wrong; None if none is."""
    if isinstance(table, list):
        return next((place for place, x in leaves(table) if wrong(x)), None)
    flags = wrong(table)
    return tuple(int(places[0]) for places in flags.nonzero()) if flags.any() else None


def _short(table: Any, place: Place) -> str:
    """What stands at a place, as Python writes it, but no longer than a line."""
    for i in place:
        table = table[i]
    return reprlib.repr(as_lists(table))


def _shape(targets: Any) -> Place | None:
    return tuple(targets.shape) if hasattr(targets, "shape") else shape(targets)


def is_number(x: Any) -> bool:
    """Whether something is one number, or can be made a float.

    >>> is_number(3), is_number([3])
    (True, False)
    """
    return isinstance(x, (int, float)) or (hasattr(x, "__float__") and not getattr(x, "ndim", 0))


def _not_finite(x: Any) -> Any:
    """Whether a number is NaN or infinite; of an array, for each of its numbers. Whatever else there is, is neither."""
    if getattr(x, "ndim", 0):
        import numpy as np

        with np.errstate(over="ignore"):
            return ~np.isfinite(x.astype(float, copy=False))
    try:
        return is_number(x) and not math.isfinite(x)
    except OverflowError:  # an int too large for a float
        return True
