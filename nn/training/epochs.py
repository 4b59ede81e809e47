"""The epochs of a training: compiled, as long as that goes, and eager otherwise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .callbacks import Training
from .compiled import CompiledSteps
from .eager import EagerSteps
from .replacing import NotCompilableError
from .task import Steps


class Epochs:
    """The epochs of a task. Where they are eager, `history.eager` has the reason."""

    def __init__(self, training: Training, *, compile: bool, bar: Any) -> None:
        assert training.task is not None
        self.training = training
        self.task = training.task
        self.bar = bar
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

    def learn(self, size: int, interrupted: list[bool]) -> dict[str, float] | None:
        """One epoch: a step for each `size` rows. Gives the mean loss and the metrics, or None if it was interrupted."""
        task, order = self.task, self._order()
        count = len(order)
        losses, outputs = [], []
        try:
            try:
                self.steps.begin(order)
            except NotCompilableError as reason:
                self.go_on_eagerly(reason)
                order = self._order()
                self.steps.begin(order)
            for start in range(0, count, size):
                if interrupted:
                    return None
                end = min(start + size, count)
                try:
                    loss, predicted = self.steps.step(start, end)
                except NotCompilableError as reason:
                    self.go_on_eagerly(reason, order)
                    loss, predicted = self.steps.step(start, end)
                losses.append(loss * ((end - start) / count))
                outputs += predicted
                self.bar.update()
        finally:
            self.steps.end()
        if task.shows_model:
            self.steps.settle()
        return {"loss": math.fsum(losses)} | task.measure(task.examples, outputs, order)

    def _order(self) -> list[int]:
        return self.training.order(self.training.epoch, of_steps=True)

    def evaluate(self) -> dict[str, float]:
        """The loss and the metrics of the model as it is, on rows held out."""
        held_out = self.task.held_out
        if held_out is None:
            return {}
        try:
            loss, outputs = self.steps.evaluate()
        except NotCompilableError as reason:
            self.go_on_eagerly(reason)
            loss, outputs = self.steps.evaluate()
        figures = {"loss": loss} | self.task.measure(held_out, outputs)
        return {f"val_{name}": figure for name, figure in figures.items()}
