"""The epochs of a training: compiled, as long as that goes, and eager otherwise."""

from __future__ import annotations

import math
import operator
import time
from collections.abc import Sequence
from typing import Any

from .callbacks import Training
from .compiled import CompiledSteps
from .eager import EagerSteps
from .replacing import NotCompilableError
from .task import Steps

MOST_ROWS = 1 << 20
"""So many rows at most go through a call that makes several epochs."""

BETWEEN_UPDATES = 0.02
"""Seconds: in less time than that a progress bar need not move."""


class Epochs:
    """The epochs of a task. Where they are eager, `history.eager` has the reason."""

    def __init__(self, training: Training, *, compile: bool, bar: Any) -> None:
        assert training.task is not None
        self.training = training
        self.task = training.task
        self.bar = bar
        self._at_once = True  # whether several epochs at once can be made
        self.history = self.task.history
        self.history.eager = "" if compile else "compile=False"
        try:
            self._take(CompiledSteps(self.task) if compile else EagerSteps(self.task))
        except NotCompilableError as reason:
            self._become_eager(reason)

    def _take(self, steps: Steps) -> None:
        self.steps = self.training.steps = steps

    def go_on_eagerly(self, reason: NotCompilableError, order: Sequence[int] = ()) -> None:
        """Trains eagerly from here on, with the weights that the compiled steps have reached."""
        self.steps.settle()
        self._become_eager(reason)
        if order:
            self.steps.begin(order)

    def _become_eager(self, reason: NotCompilableError) -> None:
        self._take(EagerSteps(self.task))
        self.history.eager = str(reason)
        if not self.bar.disable:
            self.bar.write(f"training eagerly, not compiled: {reason}", file=self.bar.fp)

    def unseen(self, size: int, interrupted: list[bool]) -> list[float]:
        """Makes the epochs until somebody looks, in as few calls as can be; gives the losses of the last if it is not whole."""
        training, task, steps = self.training, self.task, self.steps
        count, of_epoch = len(task.examples), training.steps_of_epoch
        while isinstance(steps, CompiledSteps) and self._at_once and self.bar.disable and not training.stopping:
            epochs = min(training.unseen(), MOST_ROWS // count)
            if epochs < 2 or interrupted:
                break
            orders = [self._order(k) for k in range(epochs)]
            try:
                steps.begin(orders[0])
            except NotCompilableError as reason:
                self.go_on_eagerly(reason)
                break
            losses = steps.unseen(orders, size, interrupted)
            whole = len(losses) // of_epoch
            shares = [(min(start + size, count) - start) / count for start in range(0, count, size)]
            of_epochs = [losses[k * of_epoch : (k + 1) * of_epoch] for k in range(whole)]
            if whole:
                training.end_unseen_epochs([math.fsum(map(operator.mul, each, shares)) for each in of_epochs])
            self._at_once = whole > 0
            if whole < epochs:
                return losses[whole * of_epoch :]
        return []

    def learn(self, size: int, interrupted: list[bool], begun: Sequence[float] = ()) -> dict[str, float] | None:
        """One epoch: a step for each `size` rows. Gives the mean loss and the metrics, or None if it was interrupted.

        begun   the losses of its first steps, if these were made
        """
        task, order = self.task, self._order()
        count, start = len(order), len(begun) * size
        losses = [loss * (size / count) for loss in begun]
        outputs: list[Any] = []
        most: int | None = None if self.bar.disable else 1
        try:
            try:
                self.steps.begin(order)
            except NotCompilableError as reason:
                self.go_on_eagerly(reason)
                order = self._order()
                self.steps.begin(order)
            while start < count:
                if interrupted:
                    return None
                began = time.perf_counter()
                try:
                    found, predicted = self.steps.steps(start, size, most, interrupted)
                except NotCompilableError as reason:
                    self.go_on_eagerly(reason, order)
                    found, predicted = self.steps.steps(start, size, most, interrupted)
                for loss in found:
                    end = min(start + size, count)
                    losses.append(loss * ((end - start) / count))
                    start = end
                outputs += predicted
                self.bar.update(len(found))
                if most is not None and time.perf_counter() - began < BETWEEN_UPDATES:
                    most *= 2
        finally:
            self.steps.end()
        if task.shows_model:
            self.steps.settle()
        return {"loss": math.fsum(losses)} | task.measure_learning(outputs, order)

    def _order(self, later: int = 0) -> Any:
        """The order of the rows in the epoch that comes after so many others."""
        return self.training.order(self.training.epoch + later, of_steps=True)

    def evaluate(self) -> dict[str, float]:
        """The loss and the metrics of the model as it is, on rows held out."""
        if self.task.held_out is None:
            return {}
        try:
            loss, outputs = self.steps.evaluate()
        except NotCompilableError as reason:
            self.go_on_eagerly(reason)
            loss, outputs = self.steps.evaluate()
        figures = {"loss": loss} | self.task.measure_held_out(outputs)
        return {f"val_{name}": figure for name, figure in figures.items()}
