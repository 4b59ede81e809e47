"""Rows and targets made ready for training, or refused with the place of what is wrong."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Iterator
from typing import Any

from autograd import no_grad

from .. import losses
from ..losses import binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, hinge_loss, squared_hinge_loss
from ..module import Module
from ..nested import shape

HINGES = (hinge_loss, squared_hinge_loss)
BINARY = (binary_cross_entropy, binary_cross_entropy_with_logits)
ELEMENTWISE = (losses.mse_loss, losses.l1_loss, losses.huber_loss, *HINGES, *BINARY)
"""The losses that compare every number a model gives with a number of its own."""

Place = tuple[int, ...]


def plain(table: Any, what: str) -> list[Any]:
    """A list, from a list, a tuple, an array or a data frame.

    >>> plain((1.0, 2.0), "y")
    [1.0, 2.0]
    """
    if hasattr(table, "to_numpy"):
        table = table.to_numpy()
    table = _without_arrays(table)
    if not isinstance(table, list):
        raise TypeError(f"{what} is a list or an array, and this is of type {type(table).__name__}: {reprlib.repr(table)}")
    return table


def is_number(x: Any) -> bool:
    return isinstance(x, (int, float)) or hasattr(x, "__float__")


def as_rows(X: Any, what: str = "X") -> list[Any]:  # noqa: N803 (scikit-learn's name)
    """The rows of a table, all as long and of finite numbers. Rows of lists (sequences) and of anything else stay as they are.

    ValueError for no rows, a row of another length, and whatever is no finite number, with row and column.

    >>> as_rows([(1, 2), (3, 4)])
    [[1.0, 2.0], [3.0, 4.0]]
    >>> as_rows([[1.0, 2.0], [3.0, math.nan]])
    Traceback (most recent call last):
    ...
    ValueError: X has nan in row 1, column 1: fill it in or leave the row out
    """
    rows = plain(X, what)
    if not rows:
        raise ValueError(f"{what} has no rows: give at least one")
    if is_number(rows[0]):
        raise ValueError(
            f"{what} is a flat list of {len(rows)} numbers, and is to be a list of rows: [[x] for x in {what}], say"
        )
    if not isinstance(rows[0], list):
        return rows
    for i, row in enumerate(rows):
        if not isinstance(row, list):
            raise ValueError(f"row {i} of {what} is {reprlib.repr(row)}, and row 0 is a list of {len(rows[0])}")
        for place, x in () if _plainly_finite(row) else _leaves(row):
            if not is_number(x):
                raise ValueError(f"{what} has {reprlib.repr(x)} in {_cell(i, *place)}, which is no number")
            if not _is_finite(x):
                raise ValueError(f"{what} has {reprlib.repr(x)} in {_cell(i, *place)}: fill it in or leave the row out")
    return _as_floats(rows, what) if is_table(rows) else rows


def _plainly_finite(row: list[Any]) -> bool:
    """The quick way to see that a row is of finite numbers; where it says False, a closer look may find that it is, too."""
    try:
        return {int, float}.issuperset(map(type, row)) and math.isfinite(sum(row))
    except OverflowError:  # an int too large for a float
        return False


def _cell(row: int, column: int, *places: int) -> str:
    return f"row {row}, column {column}" + "".join(f", place {k}" for k in places)


def is_table(rows: list[Any]) -> bool:
    """Whether rows are lists of numbers, not of lists as those of sequences are."""
    return all(isinstance(row, list) and not any(isinstance(x, list) for x in row) for row in rows)


def _as_floats(rows: list[list[Any]], what: str) -> list[list[float]]:
    width = len(rows[0])
    for i, row in enumerate(rows):
        if len(row) != width:
            raise ValueError(f"row {i} of {what} has {len(row)} columns, and row 0 has {width}")
    return [[float(x) for x in row] for row in rows]


def as_targets(y: Any, rows: list[Any], output: Any, loss: Callable[..., Any], what: str = "y") -> list[Any]:
    """One target for each of the rows, in the shape of the model's `output` for the first one, and as `loss` wants them.

    A column (n, 1) for a model with one output, or for classes, becomes a list of n, and the other way round. The targets of a
    loss that is not nn's own are not looked at closer than for NaN.

    ValueError with the place for as many that are not as many, NaN, another shape, a class the model does not have, or whatever
    else the loss does not take.

    >>> as_targets([[1], [0]], rows=[[2.0], [3.0]], output=0.5, loss=losses.mse_loss)
    [1.0, 0.0]
    """
    targets = plain(y, what)
    if len(targets) != len(rows):
        raise ValueError(f"there are {len(rows)} rows and {len(targets)} targets in {what}: give one target for each row")
    if len({isinstance(target, list) for target in targets}) > 1:
        raise ValueError(f"some targets in {what} are lists and some are not: give all alike")
    given = shape(_without_arrays(output))
    if shape(targets) == (len(rows), 1) and (given == () or (loss is cross_entropy and given != (1,))):
        targets = [target for (target,) in targets]
    elif shape(targets) == (len(rows),) and given == (1,) and loss in ELEMENTWISE:
        targets = [[target] for target in targets]
    _check_numbers(targets, loss, what)
    if loss is cross_entropy:
        return _as_classes(targets, given, what)
    if loss in ELEMENTWISE:
        if is_table(rows):  # a sequence may have as many outputs as it is long: the loss sees to those
            _check_shapes(targets, given, what)
        _check_range(targets, loss, what)
        return [_float(target) for target in targets]
    return targets


def _check_numbers(targets: list[Any], loss: Callable[..., Any], what: str) -> None:
    own = loss in ELEMENTWISE or loss is cross_entropy
    for place, t in _leaves(targets):
        if own and not is_number(t):
            raise ValueError(f"{_at(what, place)} is {reprlib.repr(t)}, which is no number: give labels as 0, 1, 2, ...")
        if is_number(t) and not _is_finite(t):
            raise ValueError(f"{_at(what, place)} is {reprlib.repr(t)}: leave that row out")


def _check_shapes(targets: list[Any], given: Place | None, what: str) -> None:
    for i, target in enumerate(targets):
        if shape(target) != given:
            classes = ", or take cross_entropy as the loss for classes" if shape(target) == () else ""
            raise ValueError(
                f"for each row the model gives {_size(given)}, and {what}[{i}] is {_size(shape(target))}: give as many{classes}"
            )


def _check_range(targets: list[Any], loss: Callable[..., Any], what: str) -> None:
    for place, t in _leaves(targets):
        if loss in HINGES and t not in (-1, 1):
            raise ValueError(f"{_at(what, place)} is {t!r}, and the targets of {loss.__name__} are -1 or 1")
        if loss in BINARY and not 0 <= t <= 1:
            raise ValueError(f"{_at(what, place)} is {t!r}, and the targets of {loss.__name__} are 0, 1, or between")


def _as_classes(targets: list[Any], given: Place | None, what: str) -> list[Any]:
    """Numbers of classes, or one probability for each class."""
    if given == ():
        raise ValueError("cross_entropy compares the scores of two classes or more, and the model has one output: for two "
                         "classes take binary_cross_entropy_with_logits")  # fmt: skip
    if given is None or len(given) != 1:
        raise ValueError(f"cross_entropy takes one score for each class, and the model gives {_size(given)} for a row")
    (count,) = given
    for i, t in enumerate(targets):
        if isinstance(t, list):
            if shape(t) != given:
                raise ValueError(
                    f"the model tells {count} classes apart, and {what}[{i}] is {_size(shape(t))}: give one for each"
                )
            if min(t) < 0:
                raise ValueError(f"{what}[{i}] has {min(t)!r} among its probabilities of classes")
        elif not 0 <= t < count or t != int(t):
            raise ValueError(f"{what}[{i}] is {t!r}, and the model tells {count} classes apart: 0 to {count - 1}")
    return [_float(t) if isinstance(t, list) else int(t) for t in targets]


def decisions(loss: Callable[..., Any], outputs: list[Any]) -> list[Any]:
    """The classes that outputs mean: the largest score's of several; of one, by its sign or its half, as the loss has it.

    Under a loss of yes and no, several outputs are as many decisions. ValueError for one output under another loss.

    >>> from nn import cross_entropy, hinge_loss
    >>> decisions(cross_entropy, [[0.5, 2.0], [1.0, 0.0]]), decisions(hinge_loss, [-0.3, 2.0])
    ([1, 0], [-1, 1])
    """
    if loss in HINGES:
        return [_each(lambda score: 1 if score > 0 else -1, output) for output in outputs]
    if loss in BINARY:
        border = 0.5 if loss is binary_cross_entropy else 0.0
        return [_each(lambda score: int(score > border), output) for output in outputs]
    if all(hasattr(output, "__len__") and len(output) > 1 for output in outputs):
        return [largest(output) for output in outputs]
    name = getattr(loss, "__name__", repr(loss))
    raise ValueError(f"which class an output means under {name} is not known: give a metric that takes (targets, outputs)")


def largest(scores: Any) -> int:
    """The place of the largest score, the first of equal ones.

    >>> largest([0.5, 2.0, 2.0])
    1
    """
    return max(range(len(scores)), key=scores.__getitem__)


# ------------------------------------------------------------------------------------------------ nested lists


def _without_arrays(thing: Any) -> Any:
    """Nested lists, from arrays, tuples and lists of any of them."""
    if hasattr(thing, "tolist"):
        return thing.tolist()
    return [_without_arrays(part) for part in thing] if isinstance(thing, (list, tuple)) else thing


def _leaves(nested: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """What stands in nested lists, with its indices."""
    if not isinstance(nested, list):
        yield place, nested
        return
    for i, part in enumerate(nested):
        yield from _leaves(part, (*place, i))


def _each(function: Callable[[Any], Any], nested: Any) -> Any:
    return [_each(function, part) for part in nested] if hasattr(nested, "__len__") else function(nested)


def _float(nested: Any) -> Any:
    return _each(float, nested)


def _is_finite(x: Any) -> bool:
    try:
        return math.isfinite(x)
    except OverflowError:  # an int too large for a float
        return False


def _at(what: str, place: Place) -> str:
    return what + "".join(f"[{i}]" for i in place)


def _size(given: Place | None) -> str:
    if given is None:
        return "lists of unequal lengths"
    if given == ():
        return "one number"
    return " x ".join(map(str, given)) + (" number in a list" if given == (1,) else " numbers")


def outputs_of(model: Module, rows: list[Any]) -> list[Any]:
    """What a model in evaluation gives for every row: a number or a list of numbers; without a graph.

    >>> from nn import Neuron, init
    >>> outputs_of(Neuron(2, "linear", init=init.constant(1.0)), [[1.0, 2.0], [3.0, 4.0]])
    [3.0, 7.0]
    """
    model.eval()
    with no_grad():
        return [numbers_of(model(row)) for row in rows]  # type: ignore[operator]


def numbers_of(output: Any) -> Any:
    """The data of a Value, or of those in nested lists."""
    return [numbers_of(part) for part in output] if hasattr(output, "__len__") else getattr(output, "data", output)
