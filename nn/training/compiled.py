"""The steps of a training by compiled programs: one gives the loss of a batch and its gradient, and NumPy does the rest.

The parameters are one flat array, and so are their gradients and what the optimiser keeps for each. All of it is written back
into the model and the optimiser at the end of every epoch, before anyone looks.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import autograd
from autograd import Value, gradients, is_anomaly_enabled, no_grad

from ..losses import ByRows, by_rows
from ..nested import as_lists, flat, numbers_of, shape
from ..optim import clip_scale
from ..watching import watcher_here
from .replacing import Contents, NotCompilableError, alike, check_reached, contents, replaced
from .rows import Examples
from .task import Task

AGREEMENT = 1e-9
"""How closely a program and the model itself agree on a row."""


class Table:
    """Examples as arrays: the rows, their targets, and what each row counts for in the mean (None for a loss that is a sum)."""

    def __init__(self, examples: Examples, loss: ByRows, output: Any) -> None:
        self.rows = _array(examples.rows, "rows")
        self.targets = _array(examples.targets, "targets")
        counts = None if loss.counts is None else loss.counts(output, examples.targets)
        self.counts: Any = _array(counts, "weights") if isinstance(counts, list) else counts

    def divisor(self, batch: Any) -> float:
        """What the sum of the losses of a batch is to be divided by."""
        if self.counts is None:
            return 1.0
        total = float(self.counts[batch].sum()) if hasattr(self.counts, "sum") else self.counts * len(batch)
        if not total:
            raise NotCompilableError("the rows of a batch count for nothing in its mean")
        return total


class CompiledSteps:
    """The steps of a task by compiled programs: see `Steps`. NotCompilableError, with the reason, where there can be none."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.parameters = list(task.optimizer.parameters)
        self.places = {id(p): i for i, p in enumerate(self.parameters)}
        self._check_task()
        try:
            loss = by_rows(task.loss)
            if loss is None:
                raise NotCompilableError(
                    "how the loss of a batch comes of its rows is not known: give a loss of nn's, with its settings by "
                    "functools.partial, or nn.rowwise(a function of one prediction and its target)"
                )
            self.loss = loss
            self.examples = Table(task.examples, loss, task.output)
            self.held_out = None if task.held_out is None else Table(task.held_out, loss, task.output)
        except (TypeError, ValueError) as problem:  # the loss itself will say so better
            raise NotCompilableError(f"the loss is not to be had row by row: {problem}") from None
        except ImportError as missing:
            raise NotCompilableError(f"compiled training needs NumPy: {missing}") from None
        self.order: Any = None
        self.weights: Any = None
        self.gradient: Any = None
        self.model_was: Contents = []

    def _check_task(self) -> None:
        optimizer, model = self.task.optimizer, self.task.model
        if not optimizer.steps_arrays:
            raise NotCompilableError(
                f"{type(optimizer).__name__} steps one parameter at a time: if its update() can do arrays, say so by `buffers`"
            )
        if not self.places.keys() <= {id(p) for p in model.parameters()}:
            raise NotCompilableError("the optimizer has parameters that the model has not: make them attributes of it")
        if watcher_here() is not None:
            raise NotCompilableError("watch() is to see every call of the model")
        if is_anomaly_enabled():
            raise NotCompilableError("detect_anomaly() is to see every operation")

    # ---- what is compiled

    def _record(self) -> None:
        """Programs of the model as it is now; they are recorded when they are first called."""
        of_rows = (None, 0, 0)
        # With metrics, one run gives the loss, its gradient and the outputs.
        reduce = ("sum", "sum", None) if self.task.metrics else "sum"
        self.loss_and_gradient = self._compiled(self._loss_and_gradient, of_rows, reduce)
        # Recorded apart: in training a model may compute otherwise.
        self.losses_and_outputs = {mode: self._compiled(self._loss_and_output, of_rows) for mode in (True, False)}
        self.penalty_and_gradient = self._compiled(self._penalty_and_gradient, None)
        self.model_was = contents(self.task.model)

    def _compiled(self, f: Callable[..., Any], in_axes: Any, reduce: Any = None) -> Callable[..., Any]:
        program = autograd.compile(f, in_axes=in_axes, reduce=reduce)

        def run(*arguments: Any) -> Any:
            try:
                return program(*arguments)
            except (NotCompilableError, MemoryError):
                raise
            except Exception as problem:
                raise NotCompilableError(f"{type(problem).__name__}: {problem}") from problem

        return run

    def _with(self, weights: Sequence[Value], f: Callable[[], Any]) -> Any:
        """What f() gives where the model has other parameters."""
        with replaced(self.task.model, {name: weights[i] for name, i in self.places.items()}):
            return f()

    def _loss_and_gradient(self, weights: Any, row: Any, target: Any) -> tuple[Any, ...]:
        """The loss of a row and its gradient; and the outputs, if there are metrics."""
        loss, output = self._loss_and_output(weights, row, target)
        loss, gradient = self._with_gradient(loss, weights)
        return (loss, gradient, output) if self.task.metrics else (loss, gradient)

    def _penalty_and_gradient(self, weights: Any) -> tuple[Value, Any]:
        assert self.task.penalty is not None
        penalty = self._with(weights, functools.partial(self.task.penalty, self.task.model))
        return self._with_gradient(penalty + Value(0.0), weights)

    def _with_gradient(self, y: Value, weights: Any) -> tuple[Value, Any]:
        check_reached(y, self.task.model, self.places)
        return y, _array_of(gradients(y, weights.tolist()))

    def _loss_and_output(self, weights: Any, row: Any, target: Any) -> tuple[Value, Any]:
        loss, output = self._with(weights, lambda: self._call(row, target))
        if shape(output) is None:
            raise NotCompilableError("the model gives lists of unequal lengths for a row")
        return loss, _array_of(output) if isinstance(output, list) else output

    def _call(self, row: Any, target: Any) -> tuple[Any, Any]:
        prediction = self.task.model(as_lists(row))
        return self.loss.row(prediction, as_lists(target)), _nested(prediction)

    # ---- an epoch

    def begin(self, order: Sequence[int]) -> None:
        import numpy as np

        if [*map(id, self.task.optimizer.parameters)] != list(self.places):
            raise NotCompilableError("the optimizer has other parameters than when the training began")
        self.order = np.array(order)
        self.weights = self._weights()
        self.task.optimizer.to_arrays()
        if alike(self.model_was, contents(self.task.model)) and self._faithful():
            return
        self._record()
        if not self._faithful():
            raise NotCompilableError(
                "a program of the model gives other numbers than the model itself: it depends on more than the row and the "
                "parameters among its attributes"
            )

    def _weights(self) -> Any:
        import numpy as np

        return np.array([p.data for p in self.parameters])

    def _faithful(self) -> bool:
        """Whether the programs give what the model gives, for the first row of the epoch, and what the penalty is."""
        import numpy as np

        task, first = self.task, self.order[:1]
        row_and_target = self.examples.rows[first], self.examples.targets[first]
        if task.metrics:
            losses, _, outputs = self.loss_and_gradient(self.weights, *row_and_target)
        else:
            losses, outputs = self.losses_and_outputs[True](self.weights, *row_and_target)
        by_program = [*np.ravel(losses), *np.ravel(outputs)]
        if task.penalty is not None:
            by_program.append(self.penalty_and_gradient(self.weights)[0])
        row, target = (as_lists(table[first[0]]) for table in (task.examples.rows, task.examples.targets))
        with no_grad():  # after the programs, which were not recorded if the model does more than it gives
            prediction = task.model(row)
            by_model = [numbers_of(self.loss.row(prediction, target)), *flat(numbers_of(prediction))]
            if task.penalty is not None:
                by_model.append(numbers_of(task.penalty(task.model)))
        return np.allclose(by_program, by_model, rtol=AGREEMENT, atol=AGREEMENT, equal_nan=True)

    def step(self, start: int, end: int) -> tuple[float, list[Any]]:
        import numpy as np

        task, batch = self.task, self.order[start:end]
        rows, targets, divisor = self.examples.rows[batch], self.examples.targets[batch], self.examples.divisor(batch)
        loss, gradient, *outputs = self.loss_and_gradient(self.weights, rows, targets)
        with np.errstate(all="ignore"):  # check_finite reports what is not finite; NumPy need not warn
            loss, gradient = loss / divisor, gradient / divisor
            if task.penalty is not None:
                penalty, slopes = self.penalty_and_gradient(self.weights)
                share = task.penalty_share(targets)
                loss, gradient = loss + share * penalty, gradient + share * slopes
            self.descend(float(loss), gradient)
        return float(loss), outputs[0].tolist() if outputs else []

    def descend(self, loss: float, gradient: Any) -> None:
        task = self.task
        task.check_finite("the loss", loss)
        self.gradient = gradient
        self._check_finite("the gradient of ", gradient)
        if task.clip_norm is not None:
            self.gradient = gradient = gradient * clip_scale(_norm(gradient), task.clip_norm)
        weights = task.optimizer.step_array(self.weights, gradient)
        self._check_finite("", weights)
        self.weights = weights

    def _check_finite(self, what: str, numbers: Any) -> None:
        import numpy as np

        if math.isfinite(numbers @ numbers):  # the quick way to see that all are
            return
        for i in np.flatnonzero(~np.isfinite(numbers))[:1].tolist():
            self.task.check_finite(what + self.task.name(self.parameters[i]), float(numbers[i]))

    def end(self) -> None:
        if self.weights is None:
            return
        for p, data in zip(self.parameters, self.weights.tolist(), strict=True):
            p.data = data
        if self.gradient is not None:
            for p, grad in zip(self.parameters, self.gradient.tolist(), strict=True):
                p.grad = grad
        self.task.optimizer.to_lists()
        self.weights = None

    def evaluate(self) -> tuple[float, list[Any]]:
        import numpy as np

        table = self.held_out
        assert table is not None
        losses, outputs = self.losses_and_outputs[False](self._weights(), table.rows, table.targets)
        return float(losses.sum()) / table.divisor(np.arange(len(losses))), outputs.tolist()


def _array(things: Any, what: str) -> Any:
    """An array of floats. NotCompilableError for what is no table of numbers."""
    import numpy as np

    try:
        array = np.asarray(things)
        if array.dtype.kind not in "biufO":  # not what NumPy would read out of texts
            raise TypeError(f"{array.dtype} is no type of numbers")
        return array.astype(float, copy=False)
    except (TypeError, ValueError, OverflowError) as problem:
        raise NotCompilableError(f"the {what} are no table of numbers: {problem}") from None


def _array_of(values: list[Any]) -> Any:
    import numpy as np

    return np.array(values, dtype=object)


def _nested(output: Any) -> Any:
    return [_nested(part) for part in output] if hasattr(output, "__len__") else output


def _norm(gradient: Any) -> float:
    """The Euclidean norm, without overflow in the squares."""
    largest = float(abs(gradient).max())
    return largest * math.sqrt(float((gradient / largest) @ (gradient / largest))) if largest else 0.0
