"""The epochs of a training and their steps, by graphs of Values; `compiled_training.py` has steps by compiled programs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from autograd import Value, no_grad

from ..arguments import real
from ..module import Module
from ..optim import Optimizer, clip_grad_norm_
from ..penalties import PerExample
from .history import History
from .replacing import NotCompilableError
from .rows import numbers_of

if TYPE_CHECKING:
    from .fit import Training

Loss = Callable[..., Any]
Metric = Callable[[list[Any], list[Any]], float]
Example = tuple[Any, Any]
"""A row and its target."""


class DivergedError(ArithmeticError):
    """The loss, a gradient or a weight became NaN or infinite; the weights are those of the step before.

    `history` has the epochs that were whole.

    >>> issubclass(DivergedError, ArithmeticError)
    True
    """

    def __init__(self, message: str, history: History) -> None:
        super().__init__(message, history)
        self.history = history

    def __str__(self) -> str:
        return str(self.args[0])


class Task:
    """What a training minimises, by what, and what it measures on the way.

    examples, held_out      to learn from, and to evaluate on (or None)
    output                  what the model gives for a row, as numbers
    """

    def __init__(
        self, training: Training, examples: list[Example], held_out: list[Example] | None, loss: Loss,
        penalty: Callable[[Module], Any] | None, clip_norm: float | None, metrics: dict[str, Metric], output: Any,
    ) -> None:  # fmt: skip
        if penalty is not None and not callable(penalty):
            raise TypeError(f"penalty is a function of the model, as lambda m: nn.l2_penalty(m, 1e-4), and this is {penalty!r}")
        self.training = training
        self.examples = examples
        self.held_out = held_out
        self.model: Any = training.model  # something that can be called
        self.optimizer: Optimizer = training.optimizer
        self.loss = loss
        self.penalty = penalty
        self.clip_norm = None if clip_norm is None else real(clip_norm, "clip_norm")
        self.metrics = metrics
        self.output = output

    def penalty_share(self, rows: int) -> float:
        """How much of the penalty a batch of so many rows gets."""
        return 1.0 / rows if isinstance(self.penalty, PerExample) else 1.0

    def check_finite(self, what: str, number: float) -> None:
        """DivergedError if a number is not finite."""
        if not math.isfinite(number):
            history, epoch = self.training.history, self.training.epoch + 1
            history.stopped = f"{what} became {number} in epoch {epoch}"
            advice = "a smaller one, clip_norm=1.0, or standardised inputs help most often"
            raise DivergedError(f"{history.stopped}, with a learning rate of {self.optimizer.lr:g}: {advice}", history)

    def name(self, parameter: Value) -> str:
        names: dict[int, str] = {id(p): name for name, p in self.model.named_parameters()}
        return names.get(id(parameter), "a parameter outside the model")

    def measure(self, examples: Iterator[Example], outputs: list[Any]) -> dict[str, float]:
        targets = [target for _, target in examples] if self.metrics else []
        return {name: float(metric(targets, outputs)) for name, metric in self.metrics.items()}


class Steps(Protocol):
    """How the steps of a task are made. Within an epoch the model's parameters may lag behind."""

    def begin(self, order: Sequence[int]) -> None:
        """An epoch begins, in which the examples come in this order."""

    def step(self, start: int, end: int) -> tuple[float, list[Any]]:
        """One step down the gradient of a batch, by the places of its rows in the order. Gives its loss and, if there are
        metrics, the outputs. DivergedError, and nothing moved, if a number is not finite."""

    def end(self) -> None:
        """The epoch is over, or broken off: the model and the optimiser are as the last step left them."""

    def evaluate(self) -> tuple[float, list[Any]]:
        """The loss of the rows held out, and the outputs for them."""


class EagerSteps:
    """Each by a graph of Values: recorded, walked, and thrown away."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.order: Sequence[int] = ()

    def begin(self, order: Sequence[int]) -> None:
        self.order = order

    def step(self, start: int, end: int) -> tuple[float, list[Any]]:
        task = self.task
        batch = [task.examples[i] for i in self.order[start:end]]
        predictions = [task.model(row) for row, _ in batch]
        loss = task.loss(predictions, [target for _, target in batch])
        if not isinstance(loss, Value):
            raise TypeError(f"the loss is a Value, and this is {loss!r}: a mean or sum over the batch, not cut off by .data")
        if task.penalty is not None:
            share = task.penalty_share(len(batch))
            loss = loss + (task.penalty(task.model) if share == 1.0 else task.penalty(task.model) * share)
        self.descend(loss)
        return loss.data, numbers_of(predictions) if task.metrics else []

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
        pass

    def evaluate(self) -> tuple[float, list[Any]]:
        task = self.task
        assert task.held_out is not None
        with no_grad():
            predictions = [task.model(row) for row, _ in task.held_out]
            loss = float(task.loss(predictions, [target for _, target in task.held_out]).data)
        return loss, numbers_of(predictions)


class Epochs:
    """The epochs of a task: compiled, as long as that goes, and eagerly otherwise; the history has the reason then."""

    def __init__(self, task: Task, *, compile: bool, bar: Any) -> None:
        self.task = task
        self.bar = bar
        self.history = task.training.history
        self.history.eager = "" if compile else "compile=False"
        self.steps: Steps = EagerSteps(task)
        if compile:
            from .compiled import CompiledSteps

            try:
                self.steps = CompiledSteps(task)
            except NotCompilableError as reason:
                self.go_on_eagerly(reason)

    def go_on_eagerly(self, reason: NotCompilableError, order: Sequence[int] = ()) -> None:
        self.steps.end()
        self.steps = EagerSteps(self.task)
        self.steps.begin(order)
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
        return {"loss": math.fsum(losses)} | task.measure((task.examples[i] for i in order), outputs)

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
        return {f"val_{name}": figure for name, figure in ({"loss": loss} | self.task.measure(iter(held_out), outputs)).items()}
