"""Task: what a training minimises, by what, and what it measures on the way. Steps: how it gets there, eager or compiled."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from autograd import Value
from autograd.cached import cached_property

from ..arguments import real
from ..losses import Loss
from ..module import Module
from ..nested import numbers_of
from ..optim import Optimizer
from ..penalties import PerExample
from .history import History
from .rows import Examples, in_lists, taken

Metric = Callable[[list[Any], list[Any]], float]
"""Of targets and outputs."""


def looks_at_model(f: Any) -> bool:
    """Whether a callback or a metric may look at the model or change it: unless it says not, by an attribute `looks_at_model`.

    What a class says holds for its objects, not for those of subclasses.

    >>> looks_at_model(print)
    True
    """
    own = getattr(f, "__dict__", {})
    return bool(own.get("looks_at_model", vars(type(f)).get("looks_at_model", True)))


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


def measures_learning(metric: Metric) -> bool:
    """Whether a metric measures the rows that are learned from, too: unless its attribute `held_out_alone` is true.

    Outputs of the steps are then not kept for it.

    >>> measures_learning(print)
    True
    """
    return not getattr(metric, "held_out_alone", False)


@dataclass
class Task:
    """What a training minimises, by what, and what it measures on the way.

    model, optimizer        what is trained, and what steps it
    history                 of the epochs that are whole
    examples, held_out      to learn from, and to evaluate on (or None)
    loss, penalty           what is minimised: their sum, of the rows of a batch
    clip_norm               the largest norm of the gradient, or None
    metrics                 by name
    output                  what the model gives for a row, as numbers
    """

    model: Any  # a Module that can be called
    optimizer: Optimizer
    history: History
    examples: Examples
    held_out: Examples | None
    loss: Loss
    penalty: Callable[[Module], Any] | None
    clip_norm: float | None
    metrics: dict[str, Metric]
    output: Any

    def __post_init__(self) -> None:
        if self.penalty is not None and not callable(self.penalty):
            raise TypeError(
                f"penalty is a function of the model, as lambda m: nn.l2_penalty(m, 1e-4), and this is {self.penalty!r}"
            )
        self.clip_norm = None if self.clip_norm is None else real(self.clip_norm, "clip_norm")

    @property
    def columns(self) -> list[str]:
        """What every epoch adds to the history."""
        of_held_out = ["loss", *self.metrics] if self.held_out is not None else []
        return ["loss", *self.learning_metrics, *(f"val_{name}" for name in of_held_out), "lr"]

    @cached_property
    def learning_metrics(self) -> dict[str, Metric]:
        """Those that measure the rows that are learned from, by name."""
        return {name: metric for name, metric in self.metrics.items() if measures_learning(metric)}

    def penalty_share(self, targets: Any) -> float:
        """How much of the penalty a batch gets, by its targets."""
        return 1.0 / self.penalty.count(targets) if isinstance(self.penalty, PerExample) else 1.0

    @property
    def shows_model(self) -> bool:
        """Whether metrics may look at the model."""
        return any(map(looks_at_model, self.metrics.values()))

    def check_finite(self, what: str, number: float) -> None:
        """DivergedError if a number is not finite."""
        if not math.isfinite(number):
            self.history.stopped = f"{what} became {number} in epoch {self.history.epochs + 1}"
            advice = "a smaller one, clip_norm=1.0, or standardised inputs help most often"
            message = f"{self.history.stopped}, with a learning rate of {self.optimizer.lr:g}: {advice}"
            raise DivergedError(message, self.history)

    def name(self, parameter: Value) -> str:
        """The name of a parameter in the model."""
        names: dict[int, str] = {id(p): name for name, p in self.model.named_parameters()}
        return names.get(id(parameter), "a parameter outside the model")

    def measure_learning(self, outputs: list[Any], order: Sequence[int]) -> dict[str, float]:
        """The metrics of the outputs for the examples, which came in this order."""
        return _measured(self.learning_metrics, taken(self.examples.targets, order) if self.learning_metrics else [], outputs)

    def measure_held_out(self, outputs: list[Any]) -> dict[str, float]:
        """The metrics of the outputs for the rows held out."""
        return _measured(self.metrics, self.held_out.targets if self.held_out is not None else [], outputs)


def _measured(metrics: dict[str, Metric], targets: Any, outputs: list[Any]) -> dict[str, float]:
    targets = in_lists(targets) if metrics else []
    return {name: float(metric(targets, outputs)) for name, metric in metrics.items()}


class Steps(Protocol):
    """How the steps of a task are made. Between `begin` and `settle` the model and the optimiser may lag behind."""

    def begin(self, order: Sequence[int]) -> None:
        """An epoch begins, in which the examples come in this order."""

    def step(self, start: int, end: int) -> tuple[float, list[Any]]:
        """Goes down the gradient of a batch: of the rows that have the places from `start` to `end` in the order.

        Gives their loss, and their outputs if there are metrics. DivergedError, and nothing moved, if a number is not finite.
        """

    def steps(self, start: int, size: int, most: int | None, asked: list[bool]) -> tuple[list[float], list[Any]]:
        """Goes down the gradients of the next batches, of `size` rows each, from the place `start` in the order on.

        Gives the loss of each, and the outputs for all their rows if there are metrics. It makes one step or more: `most`, or
        as many as the epoch has left, and fewer where Ctrl-C put something into `asked`.
        """

    def end(self) -> None:
        """The epoch is over, or broken off."""

    def settle(self) -> None:
        """The model and the optimiser become what the last step left, for somebody is going to look."""

    def numbers(self) -> Any:
        """What the last step left of the model's parameters, a list or an array."""

    def stepped(self) -> Any:
        """What the last step left of the parameters that are stepped, a list or an array."""

    def evaluate(self) -> tuple[float, list[Any]]:
        """The loss of the rows held out, and the outputs for them."""


def moment(optimizer: Optimizer, steps: Steps | None = None) -> array[float]:
    """The numbers of the parameters that are stepped, and after them what the optimiser keeps for each.

    steps       what makes the steps, which the optimiser's parameters may lag behind

    >>> from autograd import Value
    >>> from nn import SGD
    >>> moment(SGD([Value(1.0), Value(2.0)], momentum=0.9)).tolist()
    [1.0, 2.0, 0.0, 0.0]
    """
    found = array("d")
    stepped = numbers_of(optimizer.parameters) if steps is None else steps.stepped()
    for numbers in (stepped, *(getattr(optimizer, name) for name in optimizer.buffers or ())):
        found += array("d", numbers.tobytes() if hasattr(numbers, "tobytes") else numbers)
    return found
