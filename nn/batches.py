"""What a batch has beside a loss: as many targets as predictions, a loss for each, and what becomes of these."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd import fsum

REDUCTIONS: dict[str, Callable[..., Any]] = {
    "mean": lambda losses, add=fsum: add(losses) / len(losses),
    "sum": lambda losses, add=fsum: add(losses),
    "none": lambda losses: losses,
}
HALF_SUM = {"half_sum": lambda losses, add=fsum: 0.5 * add(losses)}


def added(losses: Sequence[Any]) -> Any:
    """The sum of the few losses of a row, from left to right, which over many rows is a loop; fsum would be called for each.

    >>> added([1.0, 2.0, 4.0])
    7.0
    """
    return functools.reduce(operator.add, losses)


def reduction_of(name: str, known: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
    if name not in known:
        raise ValueError(f"there is no reduction {name!r}: choose one of {', '.join(known)}")
    return known[name]


def as_many(targets: Any, predictions: Sequence[Any]) -> list[Any]:
    if len(predictions) != len(targets):
        raise ValueError(f"there are {len(predictions)} predictions and {len(targets)} targets: give one target for each")
    if not len(predictions):
        raise ValueError("the loss of an empty batch has no value: give at least one example")
    return list(targets)


def check_no_text(targets: Any) -> None:
    if isinstance(targets, str):
        raise ValueError(f"targets are numbers, and this is the text {targets!r}: give classes as 0, 1, ...")


def loss_of_each(loss: Callable[[Any, Any], Any], predictions: Any, targets: Any) -> Any:
    """The loss of a prediction, or a list of those of a list of them, or of a list of lists."""
    if not hasattr(predictions, "__len__"):
        if hasattr(targets, "__len__"):
            check_no_text(targets)
            raise ValueError(f"the prediction is one number, and its target a list, {targets!r}: give a number for each number")
        return loss(predictions, targets)
    if not hasattr(targets, "__len__"):
        raise ValueError(f"there are {len(predictions)} predictions, and the targets are {targets!r}: give a list of as many")
    check_no_text(targets)
    return [loss_of_each(loss, p, t) for p, t in zip(predictions, as_many(targets, predictions), strict=True)]
