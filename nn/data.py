"""Data sets to train on, as plain lists of floats."""

from __future__ import annotations

import random
from typing import TypeVar

Row = TypeVar("Row")
Label = TypeVar("Label")


def load_digits() -> tuple[list[list[float]], list[int]]:
    """1,797 handwritten digits, 8 x 8 pixels each from 0 (white) to 1 (black), row by row, and what each one is.

    The set ships with scikit-learn (Alpaydin and Kaynak 1998); ImportError that says how to get it where that is missing.
    """
    try:
        from sklearn.datasets import load_digits as load
    except ImportError as missing:
        raise ImportError("the digits come with scikit-learn: pip install scikit-learn") from missing
    images, labels = load(return_X_y=True)
    return (images / 16.0).tolist(), labels.tolist()


def train_test_split(
    rows: list[Row], labels: list[Label], *, test_size: float = 0.2, seed: int = 0
) -> tuple[list[Row], list[Row], list[Label], list[Label]]:
    """Shuffles by `seed` and parts rows and labels into (training rows, test rows, training labels, test labels).

    >>> train_test_split([[1.0], [2.0], [3.0], [4.0]], [0, 1, 0, 1], test_size=0.25, seed=1)[1:]
    ([[4.0]], [0, 0, 1], [1])
    """
    if len(rows) != len(labels):
        raise ValueError(f"there are {len(rows)} rows and {len(labels)} labels: give one label for each row")
    held_out = round(len(rows) * test_size)
    if not 0 < held_out < len(rows):
        raise ValueError(f"test_size={test_size!r} of {len(rows)} rows leaves one side empty")
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)
    train, test = order[held_out:], order[:held_out]
    return [rows[i] for i in train], [rows[i] for i in test], [labels[i] for i in train], [labels[i] for i in test]
