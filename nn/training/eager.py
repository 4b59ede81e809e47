"""Eager steps: for each batch a graph of Values is recorded, walked backward, and thrown away."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd import Value, enable_grad, no_grad

from ..cutting import no_derivative_lost
from ..nested import numbers_of
from ..optim import clip_grad_norm_
from .rows import in_lists
from .task import Task


class EagerSteps:
    """The steps of a task by graphs of Values: see `Steps`."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.rows, self.targets = in_lists(task.examples.rows), in_lists(task.examples.targets)
        self.order: Sequence[int] = ()

    def begin(self, order: Sequence[int]) -> None:
        self.order = order
        self.task.model.train()

    def steps(self, start: int, size: int, most: int | None, asked: list[bool]) -> tuple[list[float], list[Any]]:
        loss, outputs = self.step(start, min(start + size, len(self.order)))
        return [loss], outputs

    def step(self, start: int, end: int) -> tuple[float, list[Any]]:
        task = self.task
        batch = self.order[start:end]
        # A training is in numbers: as a compiled one, it goes on inside somebody's no_grad().
        with no_derivative_lost([*task.model.parameters(), *task.optimizer.parameters]) as check, enable_grad():
            predictions = [task.model(self.rows[i]) for i in batch]
            targets = [self.targets[i] for i in batch]
            loss = self.loss_of(predictions, targets)
            if not isinstance(loss, Value):
                raise TypeError(
                    f"the loss is a Value, and this is {loss!r}: a mean or sum over the batch, not cut off by .data"
                )
            if task.penalty is not None:
                share = task.penalty_share(targets)
                loss = loss + (task.penalty(task.model) if share == 1.0 else task.penalty(task.model) * share)
            check(loss)
        self.descend(loss)
        return loss.data, numbers_of(predictions) if task.learning_metrics else []

    def loss_of(self, predictions: list[Any], targets: list[Any]) -> Any:
        """The loss of a batch. An error is told apart that a function of one row makes of lists."""
        try:
            return self.task.loss(predictions, targets)
        except (TypeError, AttributeError) as problem:
            if "'list'" in str(problem):
                problem.add_note(
                    "the loss of fit() is a function of all predictions and targets of a batch, in two lists; of a function of "
                    "one prediction and its target, nn.rowwise(function) makes such a loss"
                )
            raise

    def descend(self, loss: Value) -> None:
        task, optimizer = self.task, self.task.optimizer
        task.check_finite("the loss", loss.data)
        optimizer.zero_grad()
        loss.backward()
        for p in optimizer.parameters:
            if not math.isfinite(p.grad):
                task.check_finite(f"the gradient of {task.name(p)}", p.grad)
        if task.clip_norm is not None:
            clip_grad_norm_(optimizer.parameters, task.clip_norm)
        before = [p.data for p in optimizer.parameters]
        optimizer.step()
        overflown = [(p, p.data) for p in optimizer.parameters if not math.isfinite(p.data)]
        if overflown:
            for p, data in zip(optimizer.parameters, before, strict=True):
                p.data = data
            task.check_finite(task.name(overflown[0][0]), overflown[0][1])

    def end(self) -> None:
        self.task.model.eval()

    def settle(self) -> None:
        pass

    def numbers(self) -> Any:
        return numbers_of(self.task.model.parameters())

    def stepped(self) -> Any:
        return numbers_of(self.task.optimizer.parameters)

    def evaluate(self) -> tuple[float, list[Any]]:
        task, held_out = self.task, self.task.held_out
        assert held_out is not None
        with no_grad():
            predictions = [task.model(row) for row in in_lists(held_out.rows)]
            loss = float(task.loss(predictions, in_lists(held_out.targets)).data)
        return loss, numbers_of(predictions)
