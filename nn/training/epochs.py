"""The epochs of a training: compiled, as long as that goes, and eager otherwise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .compiled import CompiledSteps
from .eager import EagerSteps
from .replacing import NotCompilableError
from .task import Steps, Task


class Epochs:
    """The epochs of a task. Where they are eager, `history.eager` has the reason."""

    def __init__(self, task: Task, *, compile: bool, bar: Any) -> None:
        self.task = task
        self.bar = bar
        self.history = task.history
        self.history.eager = "" if compile else "compile=False"
        self.steps: Steps
        try:
            self.steps = CompiledSteps(task) if compile else EagerSteps(task)
        except NotCompilableError as reason:
            self._become_eager(reason)

    def go_on_eagerly(self, reason: NotCompilableError, order: Sequence[int] = ()) -> None:
        """Trains eagerly from here on, with the weights that the compiled steps have reached."""
        self.steps.end()
        self._become_eager(reason)
        self.steps.begin(order)

    def _become_eager(self, reason: NotCompilableError) -> None:
        self.steps = EagerSteps(self.task)
        self.history.eager = str(reason)
        if not self.bar.disable:
            self.bar.write(f"training eagerly, not compiled: {reason}", file=self.bar.fp)

    def learn(self, order: list[int], size: int, interrupted: list[bool]) -> dict[str, float] | None:
        """One epoch: a step for each `size` rows. Gives the mean loss and the metrics, or None if it was interrupted."""
        task, count = self.task, len(order)
        losses, outputs = [], []
        task.model.train()
        try:
            try:
                self.steps.begin(order)
            except NotCompilableError as reason:
                self.go_on_eagerly(reason, order)
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
            task.model.eval()
        return {"loss": math.fsum(losses)} | task.measure(task.examples, outputs, order)

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
