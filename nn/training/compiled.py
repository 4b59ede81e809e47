"""The steps of a training by compiled programs: one gives the loss of a batch and its gradient, and NumPy does the rest.

The parameters are one flat array, and so are their gradients and what the optimiser keeps for each. All of it is written back
into the model and the optimiser before anyone looks at these: at the end of a training, and after each epoch where a callback
does.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from autograd import Value, no_grad
from autograd.compiler.rows import InChunks, from_dask
from autograd.compiler.surroundings import Constants

from ..cutting import CUT
from ..functional import Contents, alike, contents
from ..losses import by_rows
from ..nested import as_lists, flat, numbers_of
from ..optim import clip_scale
from .descending import Descending, norm
from .outputs import AGREEMENT
from .programs import Programs, in_mode
from .replacing import NotCompilableError
from .tables import Batches, Table
from .task import Task


class CompiledSteps:
    """The steps of a task by compiled programs: see `Steps`. NotCompilableError, with the reason, where there can be none."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.parameters = list(task.optimizer.parameters)
        self._check_task()
        try:
            loss = by_rows(task.loss)
            if loss is None:
                raise NotCompilableError(
                    "how the loss of a batch comes of its rows is not known: give a loss of nn's, with its settings by "
                    "functools.partial, or nn.rowwise(a function of one prediction and its target)"
                )
            self.loss = loss
            self.programs = self._recorded()
            self._make_tables()
        except (TypeError, ValueError) as problem:  # the loss itself will say so better
            raise NotCompilableError(f"the loss is not to be had row by row: {problem}") from None
        except ImportError as missing:
            raise NotCompilableError(f"compiled training needs NumPy: {missing}") from None
        self.descending: Descending | None = None
        self.order: Any = None
        self.given_order: Sequence[int] | None = None
        self.as_given = False
        self.weights: Any = None
        self.gradient: Any = None
        self.all_of_model: bool | None = None  # whether the model has these parameters alone, in this order; None if not known
        self.model_was: Contents = []

    def _check_task(self) -> None:
        optimizer, model = self.task.optimizer, self.task.model
        if not optimizer.steps_arrays:
            raise NotCompilableError(
                f"{type(optimizer).__name__} steps one parameter at a time: if its update() can do arrays, say so by `buffers`"
            )
        of_model = model.parameters()
        if not self._steps(of_model) and not {*map(id, self.parameters)} <= {*map(id, of_model)}:
            raise NotCompilableError("the optimizer has parameters that the model has not: make them attributes of it")

    def _make_tables(self) -> None:
        """The examples, with what each row counts for, and what tells whether the loss would say otherwise by now."""
        task = self.task
        self.loss_was = Constants(task.loss).watched
        self.examples = Table(task.examples, self.loss, task.output)
        self.held_out = None if task.held_out is None else Table(task.held_out, self.loss, task.output)

    def _recorded(self) -> Programs:
        return Programs(self.task.model, self.parameters, self.task.loss, self.loss, self.task.penalty)

    # ---- an epoch

    def begin(self, order: Sequence[int]) -> None:
        import numpy as np

        if order is not self.given_order:
            places = np.arange(len(order), dtype=np.int64)
            self.given_order, self.order = order, places if order == range(len(order)) else np.array(order, dtype=np.int64)
            self.as_given = bool((self.order == places).all())
        if self.weights is None:  # somebody may have changed the model
            self._take_up()

    def _take_up(self) -> None:
        """Takes the weights from the model, and the programs that it has now."""
        if not self._steps(self.task.optimizer.parameters):
            raise NotCompilableError("the optimizer has other parameters than when the training began")
        self.weights = self._weights()
        self.task.optimizer.to_arrays()
        self.descending = None
        if self.loss_was.changed():
            self._make_tables()
        before, self.model_was = self.model_was, contents(self.task.model)
        if before and not alike(before, self.model_was):
            self.programs = self._recorded()
        if self._faithful():
            return
        self.programs.forget()  # they were recorded of another model, perhaps
        self.programs = self._recorded()
        if not self._faithful():
            raise NotCompilableError(
                "a program of the model gives other numbers than the model itself: it depends on more than the row and the "
                "parameters among its attributes"
            )

    def _steps(self, parameters: Sequence[Value]) -> bool:
        """Whether these are the parameters that are stepped, in that order."""
        return len(parameters) == len(self.parameters) and all(map(operator.is_, parameters, self.parameters))

    def _weights(self) -> Any:
        import numpy as np

        return np.array([p.data for p in self.parameters])

    def _faithful(self) -> bool:
        """Whether the programs give what the model gives, for the first row of the epoch, and what the penalty is."""
        import numpy as np

        task, first = self.task, self.order[:1]
        rows, targets = self.examples.rows[int(first[0])][None], self.examples.targets[first]
        loss, _, outputs = self.programs.loss_and_gradient(self.weights, rows, targets)
        penalty = [] if task.penalty is None else [self.programs.penalty_and_gradient(self.weights)[0]]
        if any(isinstance(number, Value) for number in (loss, *penalty)):
            raise TypeError(CUT)
        by_program = [loss, *np.ravel(outputs), *penalty]
        row, target = (as_lists(table[first[0]]) for table in (task.examples.rows, task.examples.targets))
        with no_grad(), in_mode(task.model, True):  # after the programs, which were not recorded if the model does more
            prediction = task.model(row)
            by_model = [numbers_of(self.loss.row(prediction, target)), *flat(numbers_of(prediction))]
            if task.penalty is not None:
                by_model.append(numbers_of(task.penalty(task.model)))
        return np.allclose(by_program, by_model, rtol=AGREEMENT, atol=AGREEMENT, equal_nan=True)

    def steps(self, start: int, size: int, most: int | None, asked: list[bool]) -> tuple[list[float], list[Any]]:
        order = None if self.as_given else [self.order]
        found = self.many(Batches(order, len(self.order), size, start, most), asked)
        if found[0]:
            return found
        loss, outputs = self.step(start, min(start + size, len(self.order)))
        return [loss], outputs

    def unseen(self, orders: Sequence[Any], size: int, asked: list[bool]) -> list[float]:
        """The steps of epochs that nobody looks at, in these orders: the loss of each; fewer as of `many`."""
        order = None if self.as_given and orders[0] is orders[-1] else orders
        return self.many(Batches(order, len(self.order), size, epochs=len(orders)), asked)[0]

    def many(self, batches: Batches, asked: list[bool]) -> tuple[list[float], list[Any]]:
        """Makes steps in one call, and gives the loss of each, and the outputs for their rows if there are metrics.

        There may be fewer than were asked for, and none: then the next is to be made by `step`.
        """
        if isinstance(self.examples.rows, InChunks):
            return [], []
        if self.descending is None:
            self.descending = Descending(self.task, self.programs, self.examples)
        self.descending.weights = self.weights
        try:
            return self.descending.steps(batches, asked)
        finally:
            if self.descending.gradient is not None:
                self.weights, self.gradient = self.descending.weights, self.descending.gradient

    def step(self, start: int, end: int) -> tuple[float, list[Any]]:
        with _quiet():
            loss, gradient, outputs = self.slopes(start, end)
            self.descend(loss, gradient)
        return loss, _here(outputs).tolist() if self.task.learning_metrics else []

    def at(self, weights: Any) -> tuple[float, Any]:
        """The loss of all examples, the penalty in it, and its gradient, where the parameters have these numbers."""
        self.weights = weights
        with _quiet():
            return self.slopes(0, len(self.order))[:2]

    def slopes(self, start: int, end: int) -> tuple[float, Any, Any]:
        """The loss of a batch, its gradient, and the outputs."""
        task, examples = self.task, self.examples
        rows, targets, divisor = examples.batch(self.order, start, end, self.as_given)
        loss, gradient, outputs = self.programs.loss_and_gradient(self.weights, rows, targets)
        loss, gradient = loss / divisor, gradient / divisor
        if task.penalty is not None:
            penalty, slopes = self.programs.penalty_and_gradient(self.weights)
            share = task.penalty_share(targets)
            loss, gradient = loss + share * penalty, gradient + share * slopes
        return float(loss), gradient, outputs

    def descend(self, loss: float, gradient: Any) -> None:
        task = self.task
        task.check_finite("the loss", loss)
        self.gradient = gradient
        self._check_finite("the gradient of ", gradient)
        if task.clip_norm is not None:
            self.gradient = gradient = gradient * clip_scale(norm(gradient), task.clip_norm)
        weights = task.optimizer.step_array(self.weights, gradient)
        self._check_finite("", weights)
        self.weights = weights

    def _check_finite(self, what: str, numbers: Any) -> None:
        if math.isfinite(numbers @ numbers):  # the quick way to see that all are
            return
        for i in (~(abs(numbers) < math.inf)).nonzero()[0][:1].tolist():
            self.task.check_finite(what + self.task.name(self.parameters[i]), float(numbers[i]))

    def end(self) -> None:
        pass

    def settle(self) -> None:
        if self.weights is None:
            return
        for p, data in zip(self.parameters, self.weights.tolist(), strict=True):
            p.data = data
        if self.gradient is not None:
            for p, grad in zip(self.parameters, self.gradient.tolist(), strict=True):
                p.grad = grad
        self.task.optimizer.to_lists()
        self.weights = self.all_of_model = None

    def numbers(self) -> Any:
        if self.weights is not None:
            if self.all_of_model is None:
                self.all_of_model = self._steps(self.task.model.parameters())
            if self.all_of_model:
                return self.weights.copy()
        self.settle()
        return numbers_of(self.task.model.parameters())

    def stepped(self) -> Any:
        return numbers_of(self.parameters) if self.weights is None else self.weights

    def evaluate(self) -> tuple[float, list[Any]]:
        table, weights = self.held_out, self._weights() if self.weights is None else self.weights
        assert table is not None
        losses, outputs = self.programs.losses_and_outputs(weights, *table.whole())
        loss = float(_here(losses).sum()) / table.divisor(slice(None), len(losses))
        return loss, _here(outputs).tolist() if self.task.metrics else []


def _here(numbers: Any) -> Any:
    """An array; of one of Dask's its numbers, which are computed."""
    return numbers.compute() if from_dask(numbers) else numbers


def _quiet() -> AbstractContextManager[Any]:
    """Inside, NumPy does not warn of what is not finite: `check_finite` reports that."""
    import numpy as np

    return np.errstate(all="ignore")
