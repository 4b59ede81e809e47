"""What the estimators are given by Dask: rows that stay where they lie, and targets, which are fetched."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.utils.validation import check_array, validate_data

from autograd.compiler.rows import from_dask

from ..training.rows import rows_of_dask


def checked(estimator: Any, X: Any, *, reset: bool) -> Any:  # noqa: N803
    """The rows, after the checks that `validate_data` makes: of how many columns there are, their names, and finite numbers."""
    rows = rows_of_dask(X)
    head: Any = np.zeros((1, rows.shape[1]))
    if hasattr(X, "columns"):
        head = type(X._meta)(head, columns=X._meta.columns)
    validate_data(estimator, head, reset=reset)
    return rows


def checked_with_targets(estimator: Any, X: Any, y: Any, *, reset: bool, numeric: bool) -> tuple[Any, Any]:  # noqa: N803
    """The rows and their targets, an array. ValueError for as many that are not as many."""
    rows = checked(estimator, X, reset=reset)
    targets = check_array(here(y), ensure_2d=False, dtype="numeric" if numeric else None, input_name="y")
    if len(targets) != len(rows):
        raise ValueError(f"X has {len(rows)} rows, and y {len(targets)} targets: give one for each")
    return rows, targets


def here(thing: Any) -> Any:
    """What was computed, of anything of Dask's."""
    return thing.compute() if from_dask(thing) else thing


def by_chunk(f: Callable[[Any], Any], outputs: Any) -> Any:
    """A function of the outputs for some rows, of all of them: of Dask's chunk by chunk, when it is asked for."""
    if not from_dask(outputs):
        return f(outputs)
    like = f(np.zeros((1, *outputs.shape[1:])))
    lost = [*range(like.ndim, outputs.ndim)]
    return outputs.map_blocks(functools.partial(_or_none, f, like), dtype=like.dtype, drop_axis=lost)


def _or_none(f: Callable[[Any], Any], like: Any, outputs: Any) -> Any:
    return f(outputs) if len(outputs) else like[:0]
