"""What a model gives for rows: by a compiled program where there are many of them, and else row by row."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Collection
from typing import Any
from weakref import WeakKeyDictionary

from autograd import no_grad
from autograd.compiler.from_graph import data_of
from autograd.compiler.rows import InChunks, from_dask
from autograd.derivatives.trees import refuse_more_than_numbers

from ..known import Known, is_own, known_of
from ..module import Module
from ..nested import as_lists, flat, numbers_of
from .programs import OfModel, Programs
from .replacing import NotCompilableError
from .rows import as_rows

MANY = 100
"""From so many rows on, recording a program costs no more than calling the model for each. So many may come one by one."""

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
    known = known_of(model)
    if known is None:
        model.eval()
    else:
        known.set_training(model, False)
    if from_dask(rows) or isinstance(rows, InChunks):
        try:
            return _by_program(model, known, as_rows(rows), then)
        except NotCompilableError as reason:
            raise TypeError(f"over rows of Dask's a model is run compiled, and this one cannot be: {reason}") from None
    count = len(rows)
    try:
        if count >= MANY:
            return _by_program(model, known, rows, then)
        if _asked_often(model, count):
            return _row_by_row(model, known, rows, then)
    except NotCompilableError as reason:
        log.info("the model is called row by row, not compiled: %s", reason)
        _asked[model] = -math.inf
    with no_grad():
        return [numbers_of(then(model(row))) for row in as_lists(rows)]  # type: ignore[operator]


_asked: WeakKeyDictionary[Module, float] = WeakKeyDictionary()
"""How many rows models were called with one by one; without end for those that cannot be compiled."""


def _asked_often(model: Module, count: int) -> bool:
    """Whether so many rows more are worth a recording."""
    if not is_own(type(model)):
        return False
    asked = _asked[model] = _asked.get(model, 0) + count
    return asked >= MANY


def _by_program(model: Any, known: Known | None, rows: Any, then: Callable[[Any], Any]) -> Any:
    table = _table(rows)
    programs, weights, trusted = _programs(model, known)
    outputs = programs.outputs(then)
    if outputs.compiled in trusted:
        return outputs(weights, table)
    with no_grad():
        first = flat(numbers_of(then(model(as_lists(rows[0])))))
    for _ in range(2):  # what was kept of another model may not be what this one computes
        found = outputs(weights, table)
        if _agree(found[0], first):
            _trust(programs, outputs)
            return found
        programs.forget()
        programs = Programs(model, programs.parameters)
        outputs = programs.outputs(then)
    raise NotCompilableError(OTHER)


def _row_by_row(model: Any, known: Known | None, rows: Any, then: Callable[[Any], Any]) -> Any:
    """The outputs for a few rows, with the bits that the model itself gives."""
    table = _table(rows)
    programs, weights, trusted = _programs(model, known)
    outputs = programs.outputs_of_one(then)
    if outputs.compiled not in trusted:
        with no_grad():
            first = flat(numbers_of(then(model(as_lists(rows[0])))))
        if not _agree(outputs(weights, table[0]), first):
            programs.forget()
            raise NotCompilableError(OTHER)
        _trust(programs, outputs)
    return _array([outputs(weights, row) for row in table])


OTHER = "a program of the model gives other numbers than the model itself"


def _array(numbers: Any) -> Any:
    import numpy as np

    return np.asarray(numbers, dtype=float)


def _table(rows: Any) -> Any:
    try:
        return rows.array if isinstance(rows, InChunks) else _array(rows)
    except (TypeError, ValueError) as problem:
        raise NotCompilableError(f"the rows are no table of numbers: {problem}") from None


def _programs(model: Any, known: Known | None) -> tuple[Programs, Any, Collection[Any]]:
    """The programs of a model, its weights, and the compiled functions that are known to give what the model gives."""
    parameters = model.parameters() if known is None else known.parameters
    programs = Programs(model, parameters, known=known)
    return programs, _array(data_of(parameters)), () if known is None else known.trusted


def _agree(found: Any, by_model: list[float]) -> bool:
    numbers = flat(_array(found).tolist())
    return len(numbers) == len(by_model) and all(map(_is_close, numbers, by_model))


def _is_close(x: float, y: float) -> bool:
    return math.isclose(x, y, rel_tol=AGREEMENT, abs_tol=AGREEMENT) or (math.isnan(x) and math.isnan(y))


def _trust(programs: Programs, outputs: OfModel) -> None:
    known = programs.remember()
    if known is not None:
        known.trusted.add(outputs.compiled)
