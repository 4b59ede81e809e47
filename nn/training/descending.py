"""Many steps of a training in one call: its programs are handed to the runtime, which goes from batch to batch.

The steps are those that `CompiledSteps` makes one by one, to the same bits. A step that needs more is left to it, as one with
a number that is not finite, of which somebody is to be told.
"""

from __future__ import annotations

import contextlib
import functools
import math
from typing import Any

from autograd.compiler.running import NATIVE, Descent

from ..optim import Optimizer, clip_scale
from ..penalties import PerExample
from .programs import Programs
from .tables import Batches, Table
from .task import Task

FAILURES = 8
"""After so many calls in which no step could be made, no more is tried."""


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
        self._update: Any = None
        self._descent: Any = None
        self._states: Any = None
        self._slopes: Any = None

    def steps(self, batches: Batches, asked: list[bool]) -> tuple[list[float], list[Any]]:
        """Makes steps, and gives the loss of each, and the outputs for its rows if there are metrics.

        There are fewer than batches if one cannot be made so, or if Ctrl-C put something into `asked`. The optimiser, whose
        buffers are arrays, goes along.
        """
        if not NATIVE or self._failures == FAILURES:
            return [], []
        if not self._ready():
            self._failures += 1
            return [], []
        task, optimizer, descent = self.task, self.task.optimizer, self._descent
        self.gradient = None
        names = optimizer.buffers or ()
        divisors = self._divisors(batches)
        shares = self._shares(batches, len(divisors))
        state = self._states[descent.at]
        state[0] = self.weights
        for k, name in enumerate(names, start=1):
            state[k] = getattr(optimizer, name)
        losses = self._np.empty(len(divisors))
        outputs = self._np.empty((int(batches.ends[-1]), self._width)) if task.metrics else None
        clip = None if task.clip_norm is None else functools.partial(_clipping, task.clip_norm)
        rates, places = self._np.full(len(losses), optimizer.lr), (batches.begins, batches.ends)
        try:
            # What is raised here, a step by itself raises again.
            with self._np.errstate(all="ignore"), contextlib.suppress(Exception):
                descent.run(batches.order, *places, divisors, shares, rates, optimizer.steps, losses, outputs, clip, asked)
        finally:
            made = descent.made
            if made:
                optimizer.steps += made
                state = self._states[descent.at]
                self.weights, self.gradient = state[0], self._slopes[descent.at]
                for k, name in enumerate(names, start=1):
                    setattr(optimizer, name, state[k])
            else:
                self._failures += 1
        given: list[Any] = []
        if outputs is not None and made:
            given = outputs[batches.begins[0] : batches.ends[made - 1]].reshape(-1, *self._np.shape(task.output)).tolist()
        return losses[:made].tolist(), given

    def _ready(self) -> bool:
        """Whether the programs of now are at hand."""
        update = _update_of(self.task.optimizer)
        if self._descent is None or update is not self._update:
            self._update = update
            self._descent = None if update is None else self._made()
        return self._descent is not None

    def _made(self) -> Any:
        rows, targets, n = self.examples.rows, self.examples.targets, len(self.weights)
        names = self.task.optimizer.buffers or ()
        gradient = self.programs.loss_and_gradient.compiled.only_program(self.weights, rows[:1], targets[:1])
        penalty = None
        if self.task.penalty is not None:
            penalty = self.programs.penalty_and_gradient.compiled.only_program(self.weights)
        update = self._update.only_program([1.0], [1.0], 1.0, 1.0, *[[1.0] for _ in names])
        if gradient is None or update is None or (penalty is None) != (self.task.penalty is None):
            return None
        self._width = gradient[0].outputs
        if self._width != math.prod(self._np.shape(self.task.output)):
            return None
        self._states, self._slopes = self._np.empty((2, 1 + len(names), n)), self._np.empty((2, n))
        tables = [table.reshape(len(table), -1) for table in (rows, targets)]
        return Descent(gradient, penalty, update[0], tables, self._states, self._slopes)

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


def _update_of(optimizer: Optimizer) -> Any:
    """The compiled update of an optimiser; None where a step is more than that."""
    return optimizer.compiled_update() if type(optimizer).step_array is Optimizer.step_array else None


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
