"""Rows and targets made ready for training, or refused with the place of what is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd import no_grad

from .losses import binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, hinge_loss, squared_hinge_loss
from .module import Module


def plain(table: Any, what: str) -> list[Any]:
    """A list, from a list, a tuple, an array or a data frame."""
    if hasattr(table, "to_numpy"):
        table = table.to_numpy()
    if hasattr(table, "tolist"):
        table = table.tolist()
    if not isinstance(table, (list, tuple)):
        raise TypeError(f"{what} is a list or an array, and this is {type(table).__name__}: {table!r}")
    return list(table)


def is_number(x: Any) -> bool:
    return isinstance(x, (int, float)) or hasattr(x, "__float__")


def as_rows(X: Any, what: str = "X") -> list[Any]:  # noqa: N803 (scikit-learn's name)
    """The rows of a table, all as long and of finite numbers. Rows of anything else (sequences, texts) are left as they are.

    ValueError for no rows, a row of another length, and NaN or infinity, with row and column.

    >>> as_rows([(1, 2), (3, 4)])
    [[1.0, 2.0], [3.0, 4.0]]
    """
    rows = plain(X, what)
    if not rows:
        raise ValueError(f"{what} has no rows: give at least one")
    if is_number(rows[0]):
        raise ValueError(
            f"{what} is a flat list of {len(rows)} numbers, and is to be a list of rows: [[x] for x in {what}], say"
        )
    if not isinstance(rows[0], (list, tuple)) and not hasattr(rows[0], "tolist"):
        return rows
    listed = [row.tolist() if hasattr(row, "tolist") else row for row in rows]
    if not all(is_number(x) for row in listed for x in row):
        return _without_missing(listed, what)
    width = len(listed[0])
    for i, row in enumerate(listed):
        if len(row) != width:
            raise ValueError(f"row {i} of {what} has {len(row)} columns, and row 0 has {width}")
        for j, x in enumerate(row):
            if not math.isfinite(x):
                raise ValueError(f"{what} has {float(x)} in row {i}, column {j}: fill it in or leave the row out")
    return [[float(x) for x in row] for row in listed]


def _without_missing(rows: list[Any], what: str) -> list[Any]:
    """Rows that are not all numbers: of lists, as a sequence has them, or a mistake."""
    for i, row in enumerate(rows):
        for j, x in enumerate(row):
            if x is None or isinstance(x, str):
                raise ValueError(f"{what} has {x!r} in row {i}, column {j}, which is no number")
    return rows


def as_targets(y: Any, count: int, output: Any, loss: Callable[..., Any], what: str = "y") -> list[Any]:
    """One target for each of `count` rows, in the shape of the model's `output` and as `loss` wants them.

    A column (n, 1) for a model with one output, or for classes, becomes a list of n. ValueError with the place for as many that
    are not as many, NaN, a class the model does not have, or whatever else the loss does not take.
    """
    targets = plain(y, what)
    if len(targets) != count:
        raise ValueError(f"there are {count} rows and {len(targets)} targets in {what}: give one target for each row")
    nested = [isinstance(t, (list, tuple)) or hasattr(t, "tolist") for t in targets]
    if any(nested) != all(nested):
        raise ValueError(f"some targets in {what} are lists and some are numbers: give all alike")
    width = len(output) if hasattr(output, "__len__") else None
    if nested[0]:
        targets = [plain(t, what) for t in targets]
        if (width is None or (loss is cross_entropy and width > 1)) and all(len(t) == 1 for t in targets):
            targets = [t[0] for t in targets]
        else:
            return _matching(targets, width, what)
    elif width == 1 and loss is not cross_entropy:
        return _matching([[t] for t in targets], width, what)
    for i, t in enumerate(targets):
        _check_number(t, f"{what}[{i}]")
    return _in_range(targets, width, loss, what)


def _matching(targets: list[list[Any]], width: int | None, what: str) -> list[list[float]]:
    for i, target in enumerate(targets):
        if len(target) != width:
            outputs = "one output" if width is None else f"{width} outputs"
            raise ValueError(f"the model has {outputs} for a row, and {what}[{i}] has {len(target)} numbers")
        for j, t in enumerate(target):
            _check_number(t, f"{what}[{i}][{j}]")
    return [[float(t) for t in target] for target in targets]


def _check_number(t: Any, place: str) -> None:
    if isinstance(t, str) or not is_number(t):
        raise ValueError(f"{place} is {t!r}, which is no number: give labels as 0, 1, 2, ...")
    if not math.isfinite(t):
        raise ValueError(f"{place} is {float(t)}: leave that row out")


def _in_range(targets: list[Any], width: int | None, loss: Callable[..., Any], what: str) -> list[Any]:
    if loss is cross_entropy:
        if width is None:
            raise ValueError("cross_entropy compares the scores of two classes or more, and the model has one output: for two "
                             "classes take binary_cross_entropy_with_logits")  # fmt: skip
        for i, t in enumerate(targets):
            if not 0 <= t < width or t != int(t):
                raise ValueError(f"{what}[{i}] is {t!r}, and the model tells {width} classes apart: 0 to {width - 1}")
        return [int(t) for t in targets]
    numbers = [float(t) for t in targets]
    if width is not None:
        raise ValueError(f"the model has {width} outputs for a row, and {what}[0] is one number: give a list of {width}, or "
                         "cross_entropy as the loss for classes")  # fmt: skip
    if loss in (hinge_loss, squared_hinge_loss):
        wrong, wanted = [i for i, t in enumerate(numbers) if t not in (-1.0, 1.0)], "-1 or 1"
    elif loss in (binary_cross_entropy, binary_cross_entropy_with_logits):
        wrong, wanted = [i for i, t in enumerate(numbers) if not 0.0 <= t <= 1.0], "0 or 1, or a probability between"
    else:
        return numbers
    if wrong:
        raise ValueError(f"{what}[{wrong[0]}] is {targets[wrong[0]]!r}, and the targets of {loss.__name__} are {wanted}")
    return numbers


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


def decisions(loss: Callable[..., Any], outputs: list[Any]) -> list[int]:
    """The classes that outputs mean: the largest score's of several; of one, by its sign or its half, as the loss has it.

    >>> from nn import cross_entropy, hinge_loss
    >>> decisions(cross_entropy, [[0.5, 2.0], [1.0, 0.0]]), decisions(hinge_loss, [-0.3, 2.0])
    ([1, 0], [-1, 1])
    """
    if hasattr(outputs[0], "__len__"):
        return [max(range(len(scores)), key=scores.__getitem__) for scores in outputs]
    if loss in (hinge_loss, squared_hinge_loss):
        return [1 if score > 0 else -1 for score in outputs]
    if loss is binary_cross_entropy:
        return [int(probability > 0.5) for probability in outputs]
    if loss is binary_cross_entropy_with_logits:
        return [int(logit > 0) for logit in outputs]
    name = getattr(loss, "__name__", repr(loss))
    raise ValueError(f"what class an output means under {name} is not known: give a metric that takes (targets, outputs)")
