"""How good predictions are, in numbers; plain Python in and out, names and definitions scikit-learn's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .nested import mean_of


def _pairs(y_true: Sequence[Any], y_pred: Sequence[Any]) -> list[tuple[Any, Any]]:
    if len(y_true) != len(y_pred):
        raise ValueError(f"there are {len(y_true)} true and {len(y_pred)} predicted values: give as many of each")
    if not len(y_true):
        raise ValueError("a metric of no predictions has no value: give at least one")
    return list(zip(y_true, y_pred, strict=True))


def accuracy_score(y_true: Sequence[Any], y_pred: Sequence[Any]) -> float:
    """The share of predictions that are right, from 0.0 to 1.0.

    y_true, y_pred      what is so, and what was predicted: numbers or texts

    ValueError for lists of unequal lengths, and empty ones.

    >>> accuracy_score([0, 1, 1, 0], [0, 1, 0, 0])
    0.75
    """
    pairs = _pairs(y_true, y_pred)
    return [t == p for t, p in pairs].count(True) / len(pairs)


def confusion_matrix(y_true: Sequence[int], y_pred: Sequence[int], classes: int | None = None) -> list[list[int]]:
    """counts[t][p]: how often class t was predicted as p.

    y_true, y_pred      numbers of classes, from 0; as many of each, and at least one
    classes             how many there are; by default one more than the largest label

    ValueError for a label that is no class, and for lists of unequal lengths.

    >>> confusion_matrix([0, 1, 1], [0, 1, 0])
    [[1, 0], [1, 1]]
    """
    pairs = _pairs(y_true, y_pred)
    size = 1 + max(max(pair) for pair in pairs) if classes is None else classes
    counts = [[0] * size for _ in range(size)]
    for i, (t, p) in enumerate(pairs):
        if not (0 <= t < size and 0 <= p < size):
            raise ValueError(f"labels are numbers of classes, 0 to {size - 1} here, and pair {i} is ({t!r}, {p!r})")
        counts[t][p] += 1
    return counts


def precision_recall_f1(y_true: Sequence[int], y_pred: Sequence[int], positive: int = 1) -> tuple[float, float, float]:
    """For the class `positive`: the share of its predictions that are right, the share of it that was found, and their
    harmonic mean. Each is 0.0 where it would divide by nothing.

    y_true, y_pred, and the errors are those of `accuracy_score`.

    >>> precision_recall_f1([1, 1, 1, 0], [1, 1, 0, 1])
    (0.6666666666666666, 0.6666666666666666, 0.6666666666666666)
    """
    pairs = _pairs(y_true, y_pred)
    found = sum(t == positive and p == positive for t, p in pairs)
    predicted = sum(p == positive for _, p in pairs)
    present = sum(t == positive for t, _ in pairs)
    f1 = 2 * found / (predicted + present) if predicted + present else 0.0
    return found / predicted if predicted else 0.0, found / present if present else 0.0, f1


def r2_score(y_true: Sequence[float], y_pred: Sequence[float]) -> float:
    """1 - (squared errors of the predictions) / (squared errors of the mean): 1 is perfect, 0 no better than the mean.

    y_true, y_pred      numbers, as many of each, and at least one: else a ValueError

    Where the true values do not vary: 1.0 if all are met, else 0.0.

    >>> r2_score([1.0, 2.0, 3.0], [1.0, 2.0, 2.0])
    0.5
    """
    pairs = _pairs(y_true, y_pred)
    mean = mean_of(y_true)
    try:
        left = math.fsum((t - p) ** 2 for t, p in pairs)
        spread = math.fsum((t - mean) ** 2 for t, _ in pairs)
    except OverflowError:  # squares beyond the largest float: lengths are not
        far, wide = math.hypot(*[t - p for t, p in pairs]), math.hypot(*[t - mean for t, _ in pairs])
        return 1.0 - (far / wide) * (far / wide) if wide else 0.0
    return 1.0 - left / spread if spread else float(left == 0.0)


def mean_absolute_error(y_true: Sequence[float], y_pred: Sequence[float]) -> float:
    """The mean of |true - predicted|, in the units of these. `y_true`, `y_pred` and the errors are those of `r2_score`.

    >>> mean_absolute_error([1.0, 2.0], [2.0, 4.0])
    1.5
    """
    pairs = _pairs(y_true, y_pred)
    return mean_of([abs(t - p) for t, p in pairs])
