"""Scoring: the metrics that `fit` knows by name, and which way each gets better."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .. import metrics
from ..losses import Loss, decisions
from ..nested import shape
from ..places import largest
from .task import Metric


def _accuracy(loss: Loss, targets: list[Any], outputs: list[Any]) -> float:
    decided = decisions(loss, outputs)
    one_hot = isinstance(targets[0], list) and not isinstance(decided[0], list)
    return metrics.accuracy_score([largest(target) for target in targets] if one_hot else targets, decided)


def _mean_of_columns(metric: Metric, loss: Loss, targets: list[Any], outputs: list[Any]) -> float:
    if not isinstance(targets[0], list):
        return metric(targets, outputs)
    columns = [metric(t, o) for t, o in zip(zip(*targets, strict=True), zip(*outputs, strict=True), strict=True)]  # type: ignore
    return math.fsum(columns) / len(columns)


METRICS: dict[str, Callable[[Loss, list[Any], list[Any]], float]] = {
    "accuracy": _accuracy,
    "r2": functools.partial(_mean_of_columns, metrics.r2_score),
    "mae": functools.partial(_mean_of_columns, metrics.mean_absolute_error),
}
"""The metrics `fit` knows by name, of (loss, targets, outputs). Where a row has several outputs, "r2" and "mae" are the means
over its columns, and "accuracy" is the share of rows in which all decisions are right."""

BETTER = {"loss": "min", "mae": "min", "accuracy": "max", "r2": "max"}
"""Which way figures get better."""


def metrics_for(asked: Iterable[str] | Mapping[str, Metric], loss: Loss, output: Any) -> dict[str, Metric]:
    """The metrics by name. ValueError for those that `fit` does not know or cannot take of such an output."""
    if isinstance(asked, str):
        raise TypeError(f"metrics is a list of names, as [{asked!r}]")
    if isinstance(asked, Mapping):
        taken = [name for name in asked if name in ("loss", "lr") or name.startswith("val_")]
        if taken:
            raise ValueError(f"the history has a column {taken[0]!r} of its own: give the metric another name")
        return dict(asked)
    found: dict[str, Metric] = {}
    for name in asked:
        if name not in METRICS:
            raise ValueError(f"there is no metric {name!r}: choose from {', '.join(METRICS)}, or give a dict of functions")
        if name == "accuracy":
            decisions(loss, [output])  # it knows how, or says so now and not after an epoch
        elif len(shape(output) or ()) > 1:
            raise ValueError(f"{name} is known for one number or one list of numbers for a row: give a dict with a function")
        found[name] = metric = functools.partial(METRICS[name], loss)
        metric.looks_at_model = False  # type: ignore[attr-defined]
    return found
