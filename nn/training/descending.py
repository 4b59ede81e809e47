"""Many steps of a training in one call: its programs are handed to the runtime, which goes from batch to batch.

The steps are those that `CompiledSteps` makes one by one, to the same bits. A step that needs more is left to it, as one with
a number that is not finite, of which somebody is to be told.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable
from typing import Any

from autograd.compiler.running import NATIVE, Descent

from ..optim import Optimizer, clip_scale
from ..penalties import PerExample
from .programs import Programs
from .tables import Batches, Table
from .task import Task

FAILURES = 8
"""After so many calls in which no step could be made, no more is tried."""


class Walk:
    """Steps that the runtime makes, with the weights and the optimiser that they move.

    gradient, penalty   what runs the programs, and what they take from outside: see `Descent`, which has tables and mean, too
    optimizer           its buffers are arrays
    update              what runs its update

    weights, gradient   after the last step of the last call; the gradient is None where that made none
    """

    def __init__(
        self, gradient: Any, penalty: Any, update: Any, tables: list[Any], optimizer: Optimizer, count: int, mean: bool = False
    ) -> None:
        import numpy

        self._np, self._optimizer = numpy, optimizer
        self.weights: Any = None
        self.gradient: Any = None
        self._states = numpy.empty((2, 1 + len(optimizer.buffers or ()), count))
        self._slopes = numpy.empty((2, count))
        tables = [table.reshape(len(table), -1) for table in tables]
        self._descent = Descent(gradient, penalty, update, tables, self._states, self._slopes, mean)

    def steps(
        self,
        weights: Any,
        batches: Batches,
        divisors: Any,
        shares: Any,
        outputs: Any = None,
        clip: Callable[[Any], float] | None = None,
        asked: list[bool] | None = None,
    ) -> list[float]:
        """Makes steps from these weights on, for as many batches as there are divisors, or fewer: the losses of those made."""
        descent, optimizer = self._descent, self._optimizer
        names = optimizer.buffers or ()
        self.weights, self.gradient = weights, None
        state = self._states[descent.at]
        state[0] = weights
        for k, name in enumerate(names, start=1):
            state[k] = getattr(optimizer, name)
        losses, rates = self._np.empty(len(divisors)), self._np.full(len(divisors), optimizer.lr)
        how = (divisors, shares, rates, optimizer.steps, losses, outputs, clip, [] if asked is None else asked)
        try:
            # What is raised here, a step by itself raises again.
            with self._np.errstate(all="ignore"), contextlib.suppress(Exception):
                descent.run(batches.order, batches.begins, batches.ends, *how)
        finally:
            if descent.made:
                optimizer.steps += descent.made
                state = self._states[descent.at]
                self.weights, self.gradient = state[0], self._slopes[descent.at]
                for k, name in enumerate(names, start=1):
                    setattr(optimizer, name, state[k])
        return losses[: descent.made].tolist()  # type: ignore[no-any-return]


class Descending:
    """The steps of a task, as many in a call as there are until somebody looks.

    weights     the parameters after the last step, an array; to be set before the steps
    gradient    that of the last step of a call, None if none was made
    """

    def __init__(self, task: Task, programs: Programs, examples: Table) -> None:
        import numpy

        self._np = numpy
        self.task, self.programs, self.examples = task, programs, examples
        self.weights: Any = None
        self.gradient: Any = None
        self._failures = 0
        self._width = 0
        self._update: Any = None
        self._walk: Walk | None = None

    def steps(self, batches: Batches, asked: list[bool]) -> tuple[list[float], list[Any]]:
        """Makes steps, and gives the loss of each, and the outputs for its rows if there are metrics.

        There are fewer than batches if one cannot be made so, or if Ctrl-C put something into `asked`. The optimiser, whose
        buffers are arrays, goes along.
        """
        self.gradient = None
        if not NATIVE or self._failures == FAILURES:
            return [], []
        walk = self._ready()
        if walk is None:
            self._failures += 1
            return [], []
        task = self.task
        divisors = self._divisors(batches)
        shares = self._shares(batches, len(divisors))
        outputs = self._np.empty((int(batches.ends[-1]), self._width)) if task.learning_metrics else None
        clip = None if task.clip_norm is None else functools.partial(_clipping, task.clip_norm)
        losses: list[float] = []
        try:
            losses = walk.steps(self.weights, batches, divisors, shares, outputs, clip, asked)
        finally:
            self.weights, self.gradient = walk.weights, walk.gradient
        self._failures += not losses
        given: list[Any] = []
        if outputs is not None and losses:
            made = outputs[batches.begins[0] : batches.ends[len(losses) - 1]]
            given = made.reshape(-1, *self._np.shape(task.output)).tolist()
        return losses, given

    def _ready(self) -> Walk | None:
        """The programs of now, ready to be run; None where a step is more than these."""
        update = update_of(self.task.optimizer)
        if self._walk is None or update is not self._update:
            self._update = update
            self._walk = None if update is None else self._made()
        return self._walk

    def _made(self) -> Walk | None:
        rows, targets, optimizer = self.examples.rows, self.examples.targets, self.task.optimizer
        gradient = self.programs.loss_and_gradient.compiled.only_program(self.weights, rows[:1], targets[:1])
        penalty = None
        if self.task.penalty is not None:
            penalty = self.programs.penalty_and_gradient.compiled.only_program(self.weights)
        update = program_of(self._update, optimizer)
        if gradient is None or update is None or (penalty is None) != (self.task.penalty is None):
            return None
        self._width = gradient[0].outputs
        if self._width != math.prod(self._np.shape(self.task.output)):
            return None
        return Walk(gradient, penalty, update, [rows, targets], optimizer, len(self.weights))

    def _divisors(self, batches: Batches) -> Any:
        """What the losses of each step are divided by; of as many steps as have something to be divided by."""
        counts, sizes = self.examples.counts, batches.ends - batches.begins
        if counts is None:
            return self._np.ones(len(batches))
        if not hasattr(counts, "sum"):
            found = counts * sizes.astype(float)
        else:
            found = self._np.array([counts[batches.batch(k)].sum() for k in range(len(batches))])
        nothing = self._np.flatnonzero(found == 0.0)
        return found[: nothing[0]] if len(nothing) else found

    def _shares(self, batches: Batches, steps: int) -> Any:
        """How much of the penalty each step gets, of as many."""
        task, targets = self.task, self.examples.targets
        if not isinstance(task.penalty, PerExample):
            return self._np.ones(steps)
        if task.penalty.count is len:
            return 1.0 / (batches.ends - batches.begins)[:steps]
        return self._np.array([task.penalty_share(targets[batches.batch(k)]) for k in range(steps)])


def update_of(optimizer: Optimizer) -> Any:
    """The compiled update of an optimiser; None where a step is more than that.

    >>> from autograd import Value
    >>> from nn import SGD
    >>> update_of(SGD([Value(1.0)])) is update_of(SGD([Value(2.0)]))
    True
    """
    return optimizer.compiled_update() if type(optimizer).step_array is Optimizer.step_array else None


def program_of(update: Any, optimizer: Optimizer) -> Any:
    """What runs the compiled update of an optimiser; None where that is no single program.

    >>> from autograd import Value
    >>> from nn import SGD
    >>> optimizer = SGD([Value(1.0)])
    >>> program_of(update_of(optimizer), optimizer) is None
    False
    """
    found = update.only_program([1.0], [1.0], 1.0, 1.0, *[[1.0] for _ in optimizer.buffers or ()])
    return None if found is None else found[0]


def _clipping(clip_norm: float, gradient: Any) -> float:
    return float(clip_scale(norm(gradient), clip_norm))


def norm(gradient: Any) -> float:
    """The Euclidean norm, without overflow in the squares.

    >>> import numpy as np
    >>> norm(np.array([3e300, 4e300]))
    5e+300
    """
    largest = float(abs(gradient).max())
    return largest * math.sqrt(float((gradient / largest) @ (gradient / largest))) if largest else 0.0
