"""What a model gives for rows: by a compiled program where there are many of them, and else row by row."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from autograd import Value, no_grad
from autograd.compiler.rows import InChunks, from_dask
from autograd.derivatives.trees import refuse_more_than_numbers

from ..module import Module
from ..nested import as_lists, flat, numbers_of
from .programs import Programs
from .replacing import NotCompilableError
from .rows import as_rows

MANY = 100
"""From so many rows on, recording a program costs no more than calling the model for each."""

AGREEMENT = 1e-9
"""How closely a program and the model itself agree on a row."""

log = logging.getLogger("nn")


def same(x: Any) -> Any:
    """What it is given: the outputs themselves."""
    return x


def outputs_of(model: Module, rows: Any) -> list[Any]:
    """What a model in evaluation gives for every row: a number or a list of numbers; without a graph.

    >>> from nn import Neuron, init
    >>> outputs_of(Neuron(2, "linear", init=init.constant(1.0)), [[1.0, 2.0], [3.0, 4.0]])
    [3.0, 7.0]
    """
    found: list[Any] = as_lists(made_of_outputs(model, rows))
    return found


def made_of_outputs(model: Module, rows: Any, then: Callable[[Any], Any] = same) -> Any:
    """What `then` makes of the outputs for each row, as softmax: an array, or a list where the model was called row by row.

    Of rows that are Dask's it is an array of Dask's, which is computed when it is asked for. TypeError if none can be made,
    and for rows with a mask.

    It is for few rows, and for a model that cannot be compiled; the reason of that goes to the logger "nn", as INFO.
    """
    refuse_more_than_numbers(rows)
    model.eval()
    if from_dask(rows) or isinstance(rows, InChunks):
        try:
            return _by_program(model, as_rows(rows), then)
        except NotCompilableError as reason:
            raise TypeError(f"over rows of Dask's a model is run compiled, and this one cannot be: {reason}") from None
    if len(rows) >= MANY:
        try:
            return _by_program(model, rows, then)
        except NotCompilableError as reason:
            log.info("the model is called row by row, not compiled: %s", reason)
    with no_grad():
        return [numbers_of(then(model(row))) for row in as_lists(rows)]  # type: ignore[operator]


def _by_program(model: Any, rows: Any, then: Callable[[Any], Any]) -> Any:
    import numpy as np

    try:
        table = rows.array if isinstance(rows, InChunks) else np.asarray(rows, dtype=float)
    except (TypeError, ValueError) as problem:
        raise NotCompilableError(f"the rows are no table of numbers: {problem}") from None
    parameters: list[Value] = model.parameters()
    weights = np.array([p.data for p in parameters])
    with no_grad():
        first = flat(numbers_of(then(model(as_lists(rows[0])))))
    for _ in range(2):  # what was kept of another model may not be what this one computes
        programs = Programs(model, parameters)
        found = programs.outputs(then)(weights, table)
        if np.allclose(np.ravel(np.asarray(found[0])), first, rtol=AGREEMENT, atol=AGREEMENT, equal_nan=True):
            return found
        programs.forget()
    raise NotCompilableError("a program of the model gives other numbers than the model itself")
