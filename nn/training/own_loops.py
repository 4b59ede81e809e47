"""descend: the loop that one writes over a compiled step, made in one call."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd import Value
from autograd.compiler.compiled import Compiled
from autograd.compiler.running import NATIVE
from autograd.derivatives.trees import refuse_more_than_numbers

from ..arguments import whole
from ..cutting import CUT
from ..optim import Optimizer
from .descending import FAILURES, Walk, program_of, update_of
from .history import History
from .replacing import NotCompilableError
from .tables import Batches, as_floats, order_of_epoch
from .task import DivergedError

MOST_ROWS = 1 << 20
"""So many rows at most go through one call of the runtime."""


def descend(
    step: Callable[..., Any],
    weights: Any,
    *tables: Any,
    optimizer: Optimizer | Callable[[list[Value]], Optimizer],
    epochs: int = 1,
    batch_size: int | None = None,
    shuffle: bool = False,
    seed: int = 0,
) -> Any:
    """Moves weights down the gradient, in place, batch after batch, and gives the loss before each step, an array.

    It is the loop `for x, y in batches: loss, gradient = step(weights, x, y)` with the optimiser's update after each, to the
    same bits, but in one call: without the way into a compiled function and out of it, and without NumPy in between.

    step            compile(value_and_grad(loss), in_axes=(None, 0, ...), reduce="mean") or "sum": of the weights and of rows
    weights         an array of float64 of one dimension
    tables          the rows for each further argument of the step, of all batches
    optimizer       one over as many parameters as there are weights, or a function of these that makes one, as nn.Adam.
                    The parameters are brought up to date at the end, and the optimiser may go on from there
    batch_size      rows in a step: None for all of them
    shuffle, seed   whether the rows come in another order in each epoch, the one that `fit` has with this seed

    TypeError for a step that was not compiled, and for arrays with a mask. ValueError for tables, weights or an optimiser that
    do not fit. DivergedError if a loss, a gradient or a weight becomes NaN or infinite: the weights are those of the step
    before. Ctrl-C leaves those of a whole step.

    >>> import numpy as np
    >>> from autograd import compile, value_and_grad
    >>> from nn import SGD
    >>> step = compile(value_and_grad(lambda w, x, y: (w[0] * x + w[1] - y) ** 2), in_axes=(None, 0, 0), reduce="mean")
    >>> x = np.linspace(-1.0, 1.0, 50)
    >>> weights = np.zeros(2)
    >>> losses = descend(step, weights, x, 3.0 * x - 1.0, optimizer=lambda p: SGD(p, lr=0.5), epochs=100)
    >>> weights.round(6), losses.shape
    (array([ 3., -1.]), (100,))
    """
    compiled = _checked(step, weights, tables)
    made = optimizer([Value(w) for w in weights.tolist()]) if callable(optimizer) else optimizer
    if not isinstance(made, Optimizer):
        raise TypeError(f"optimizer is one of nn's, or a function of parameters that makes one, as nn.Adam, and not {made!r}")
    if len(made.parameters) != len(weights) or not made.steps_arrays:
        raise ValueError(f"the optimizer is to step {len(weights)} weights as arrays, as nn.Adam does: this is {made!r}")
    try:
        arrays = [as_floats(table, "rows") for table in tables]
    except NotCompilableError as problem:
        raise ValueError(str(problem)) from None
    count = len(arrays[0])
    if not count or any(len(array) != count for array in arrays):
        raise ValueError(f"tables have as many rows as each other, at least one, and these have {[*map(len, arrays)]}")
    size = count if batch_size is None else whole(batch_size, "batch_size (None for all rows)")
    made.to_arrays()
    steps = _Steps(compiled, arrays, made)
    try:
        of_call = max(1, MOST_ROWS // count)
        for epoch in range(0, whole(epochs, "epochs"), of_call):
            several = range(epoch, min(epoch + of_call, epochs))
            orders = [order_of_epoch(seed, k, count) for k in several] if shuffle else None
            steps.make(weights, Batches(orders, count, size, epochs=len(several)))
    finally:
        made.to_lists()
        for p, data in zip(made.parameters, weights.tolist(), strict=True):
            p.data = data
    return as_floats(steps.losses, "losses")


def _checked(step: Any, weights: Any, tables: tuple[Any, ...]) -> Compiled[Any]:
    """The step. TypeError or ValueError for what is none of such weights and tables."""
    if not isinstance(step, Compiled):
        raise TypeError(
            f"step is compile(value_and_grad(loss), in_axes=(None, 0, ...), reduce='mean'), and this is {step!r}: compile it"
        )
    axes = (None, *[0] * len(tables))
    if step.reduce not in ("mean", "sum") or not tables or tuple(step.in_axes or ()) != axes:
        raise ValueError(
            f"for {len(tables)} tables a step has in_axes={axes} and reduce='mean' or 'sum', and this one has "
            f"in_axes={step.in_axes!r} and reduce={step.reduce!r}"
        )
    refuse_more_than_numbers(weights)
    kind = getattr(weights, "dtype", type(weights).__name__)
    if getattr(weights, "ndim", 0) != 1 or str(kind) != "float64" or not weights.flags.writeable:
        raise ValueError(
            "weights are an array of float64 of one dimension that can be written to, since it is moved in place, and not "
            f"{weights!r}, of {kind}"
        )
    return step


class _Steps:
    """The steps of a compiled function, over tables, by an optimiser whose buffers are arrays."""

    def __init__(self, step: Compiled[Any], tables: list[Any], optimizer: Optimizer) -> None:
        import numpy

        self._np = numpy
        self.step, self.tables, self.optimizer = step, tables, optimizer
        self.failures = 0
        self.walk: Walk | None = None
        self.losses: list[float] = []

    def make(self, weights: Any, batches: Batches) -> None:
        """Moves the weights, in place, by a step for each of the batches, and takes note of the losses."""
        done = 0
        while done < len(batches):
            rest = batches.after(done)
            walk = self._ready(weights, rest.batch(0))
            if walk is not None:
                ones = self._np.ones(len(rest))
                try:
                    found = walk.steps(weights, rest, ones, ones)
                finally:
                    weights[:] = walk.weights
                self.losses += found
                self.failures += not found
                done += len(found)
            if done < len(batches):
                self._one(weights, batches.batch(done))
                done += 1

    def _ready(self, weights: Any, batch: Any) -> Walk | None:
        """The step's program and that of the update, ready to be run; None where a step is more than these."""
        update = update_of(self.optimizer) if NATIVE and self.failures < FAILURES else None
        if update is None:
            return None
        if self.walk is None:
            first = [table[batch][:1] for table in self.tables]
            self._step(weights, first)  # which records it
            known, program = self.step.only_program(weights, *first), program_of(update, self.optimizer)
            if known is None or program is None:
                self.failures += 1
                return None
            mean = self.step.reduce == "mean"
            self.walk = Walk(known, None, program, self.tables, self.optimizer, len(weights), mean)
        return self.walk

    def _step(self, weights: Any, rows: list[Any]) -> Any:
        """The loss and the gradient. ValueError where it gives something else."""
        found = self.step(weights, *rows)
        if isinstance(found, tuple) and isinstance(found[0], Value):
            raise TypeError(CUT)
        if not isinstance(found, tuple) or len(found) != 2 or getattr(found[1], "shape", None) != weights.shape:
            raise ValueError(f"a step gives a loss and its gradient by {len(weights)} weights, and not {found!r}")
        return found

    def _one(self, weights: Any, batch: Any) -> None:
        """A step by itself. DivergedError, and nothing moved, where a number is not finite."""
        loss, gradient = self._step(weights, [table[batch] for table in self.tables])
        self._check("the loss", loss)
        for slope in gradient[~self._np.isfinite(gradient)][:1].tolist():
            self._check("the gradient", slope)
        moved = self.optimizer.step_array(weights, gradient)
        for weight in moved[~self._np.isfinite(moved)][:1].tolist():
            self._check("a weight", weight)
        weights[:] = moved
        self.losses.append(loss)

    def _check(self, what: str, number: float) -> None:
        if not math.isfinite(number):
            raise DivergedError(
                f"{what} became {number} in step {len(self.losses) + 1}, with a learning rate of {self.optimizer.lr:g}: a "
                "smaller one, or standardised inputs, help most often",
                History.of({"loss": self.losses}),
            )
