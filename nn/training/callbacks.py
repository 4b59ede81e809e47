"""Training, which callbacks see after every epoch; and two callbacks, EarlyStopping and Checkpoint."""

from __future__ import annotations

import math
import os
import random
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from autograd.files import shortened

from ..arguments import real, whole
from ..module import Module
from ..nested import as_lists, numbers_of
from ..optim import Optimizer
from ..schedules import ReduceLROnPlateau, Schedule
from ..state import Stateful
from ..storage import StorageError, read, write
from .history import History
from .scoring import BETTER
from .tables import order_of_epoch
from .task import Steps, Task, looks_at_model


class Training:
    """A training that is going on, as callbacks see it, after every epoch.

    model, optimizer, schedule, history     what is trained, by what, and what has been noted so far
    epoch, epochs                           epochs done and planned
    failed                                  whether an error ended it, or Ctrl-C at once: for `finish`, see below
    task, batch_size, shuffle               what is minimised, on which examples; how many rows a step has, in what order

    Callbacks are called in the order they are given, but Checkpoints last; the model is in evaluation mode then. A callback may
    have methods `start` and `finish`, which are called with the training before the first epoch and after the last, also if an
    error or Ctrl-C ends it. One that inherits from `nn.state.Stateful` has its plain attributes in checkpoints. One that
    neither looks at the model nor changes it, though it may ask for `weights()`, says so by an attribute
    `looks_at_model = False`, its own or of its class: then the model is not brought up to date for it, and epochs are faster.
    One that need not be called after every epoch has a method `epochs_unseen`, which is asked with the training for how many
    epochs from there on are to end until it is called (it may be called sooner): these can be made in one call, faster still.

    >>> def stop_when_good(training):
    ...     if training.history["loss"][-1] < 0.01:
    ...         training.stop("the loss is small enough")
    """

    def __init__(
        self,
        model: Module,
        optimizer: Optimizer,
        schedule: Schedule | ReduceLROnPlateau | None,
        epochs: int,
        seed: int,
        callbacks: Iterable[Callable[[Training], Any]],
    ) -> None:
        if not isinstance(callbacks, Iterable):
            raise TypeError(f"callbacks is a list, as [{callbacks!r}]")
        self.model = model
        self.optimizer = optimizer
        self.schedule = schedule
        self.epoch = 0
        self.epochs = epochs
        self.seed = seed
        self.history = History()
        self.callbacks = sorted(callbacks, key=lambda callback: isinstance(callback, Checkpoint))
        self.stopping = ""
        self.failed = False
        self.task: Task | None = None
        self.batch_size = 1
        self.shuffle = False
        self.steps: Steps | None = None
        self._as_given = range(0)
        for callback in self.callbacks:
            if not callable(callback) or isinstance(callback, type):
                raise TypeError(f"a callback is called with the training after every epoch, and this is {callback!r}")

    def __getstate__(self) -> dict[str, Any]:
        """A copy, and what comes out of a pickle, as of a film, is over: nothing steps it any more, and it calls nobody."""
        return vars(self) | {"steps": None, "callbacks": []}

    @property
    def steps_of_epoch(self) -> int:
        """How many steps an epoch has."""
        assert self.task is not None
        return math.ceil(len(self.task.examples) / self.batch_size)

    def order(self, epoch: int, *, of_steps: bool = False) -> Sequence[int]:
        """The order of the rows in an epoch, counted from 0: it depends on the seed and on that number alone.

        An array, or where they come as they stand, the same range in every epoch.

        of_steps    leave the rows as they are where a step takes all of them and no model is called for one after the other
        """
        assert self.task is not None
        count = len(self.task.examples)
        if len(self._as_given) != count:
            self._as_given = range(count)
        unseen = of_steps and self.batch_size >= count and not self.task.history.eager
        if not self.shuffle or unseen:
            return self._as_given
        return order_of_epoch(self.seed, epoch, count)

    def weights(self) -> Any:
        """The numbers of the model's parameters, in their order, as a list or an array of your own."""
        return numbers_of(self.model.parameters()) if self.steps is None else self.steps.numbers()

    def settle(self) -> None:
        """Puts into the model and the optimiser what the last step left, which they may lag behind."""
        if self.steps is not None:
            self.steps.settle()

    def stop(self, reason: str = "a callback stopped it") -> None:
        """Ends the training after this epoch. The reason is told as `history.stopped`."""
        self.stopping = reason

    def start(self) -> None:
        """Calls `start` of the callbacks that have it."""
        for callback in self.callbacks:
            if hasattr(callback, "start"):
                callback.start(self)

    def finishing(self) -> ExitStack:
        """A block that however it ends puts the model in evaluation mode, and calls `finish` of the callbacks that have it."""
        ends = ExitStack()
        for callback in reversed(self.callbacks):  # which the stack turns round again
            if hasattr(callback, "finish"):
                ends.callback(callback.finish, self)
        ends.callback(self.model.eval)
        ends.callback(self.settle)
        ends.push(self._note_failure)
        return ends

    def _note_failure(self, kind: type[BaseException] | None, *error: Any) -> bool:
        self.failed = kind is not None
        return False

    def unseen(self) -> int:
        """How many epochs from here on are to end until somebody looks at the training, or changes anything."""
        assert self.task is not None
        if self.schedule or self.task.held_out or self.task.metrics:
            return 1
        asked: list[Any] = [getattr(callback, "epochs_unseen", None) for callback in self.callbacks]
        return min([self.epochs - self.epoch, *(1 if ask is None else ask(self) for ask in asked)])

    def end_unseen_epochs(self, losses: list[float]) -> None:
        """Takes note of epochs between which nobody looks, by their losses, and calls the callbacks."""
        self.epoch += len(losses)
        self.history.extend({"loss": losses, "lr": [self.optimizer.lr] * len(losses)})
        self._call()

    def end_epoch(self, figures: dict[str, float]) -> None:
        """Takes note of an epoch, steps the schedule, and calls the callbacks."""
        self.epoch += 1
        self.history.add(figures | {"lr": self.optimizer.lr})
        if isinstance(self.schedule, ReduceLROnPlateau):
            self.schedule.step(self.history.last("val_loss" if "val_loss" in self.history else "loss"))
        elif self.schedule is not None:
            self.schedule.step()
        self._call()

    def _call(self) -> None:
        for callback in self.callbacks:
            if looks_at_model(callback):
                self.settle()
            callback(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes all that `fit(..., resume=path)` needs to go on from here as if it had not been interrupted.

        ValueError if the optimiser steps parameters that are not the model's, as those of a loss: the file would lack them.
        """
        self.settle()
        if not {id(p) for p in self.optimizer.parameters} <= {id(p) for p in self.model.parameters()}:
            raise ValueError("the optimizer has parameters that the model has not: make them attributes of it to save them")
        write(path, "checkpoint", self.model.state_dict(), {"training": self._state()})

    def restore(self, path: str | os.PathLike[str], columns: Collection[str] = ()) -> None:
        """Goes back to what `save` wrote. StorageError, and nothing changed, if it is of a training of another shape.

        columns     that this training adds to the history, if that is known: those of the file have to be the same
        """
        arrays, texts = read(path, "checkpoint")
        before = self._state()
        try:
            self._set_state(texts.get("training"))
            if columns and self.history and self.history.keys() != {*columns}:
                theirs, ours = shortened([*self.history]), shortened([*columns])
                raise ValueError(
                    f"its history has the columns {theirs}, and this training adds to {ours}: "
                    "give the same metrics and validation"
                )
            self.model.load_state_dict(arrays)
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as problem:
            self._set_state(before)
            raise StorageError(path, f"this training cannot go on from it: {problem}") from None

    def _state(self) -> dict[str, Any]:
        return {
            "epoch": self.epoch,
            "seed": self.seed,
            "stopping": self.stopping,
            "history": dict(self.history),
            "generators": [list(generator.getstate()) for generator in self._generators()],
            "parts": {name: part.state_dict() for name, part in self._parts().items()},
        }

    def _set_state(self, state: Any) -> None:
        if not isinstance(state, dict) or state.keys() != self._state().keys():
            raise ValueError("it is not the state of a training")
        parts, theirs = self._parts(), dict(state["parts"])
        for name in [name for name in parts if name in theirs]:
            parts[name].load_state_dict(theirs[name])
        self._check_state(state)
        for generator, (version, numbers, gauss) in zip(self._generators(), state["generators"], strict=True):
            generator.setstate((version, tuple(numbers), gauss))
        columns = History.of(state["history"])
        self.history.clear()  # and not another one: others have noted this one
        self.history.update(columns)
        self.epoch, self.stopping = state["epoch"], state["stopping"]

    def _check_state(self, state: Any) -> None:
        whole(state["epoch"], "epoch", 0)
        if not isinstance(state["stopping"], str):
            raise ValueError(f"stopping is a text, and this is {shortened(state['stopping'])}")
        if state["seed"] != self.seed:
            raise ValueError(f"it was trained with seed={shortened(state['seed'])}, and this is seed={self.seed}")
        theirs, ours = dict(state["parts"]).keys(), self._parts().keys()
        if theirs != ours:
            differing = ", ".join(sorted(theirs ^ ours))
            raise ValueError(f"give the same optimizer, schedule and callbacks: {differing} is on one side only")
        drawing, drawing_here = len(state["generators"]), len(self._generators())
        if drawing != drawing_here:
            raise ValueError(
                f"its model has {drawing} generators of random numbers, and this one {drawing_here}: is it the dropout?"
            )
        if state["epoch"] > self.epochs:
            raise ValueError(f"it has {state['epoch']} epochs behind it, and this is to have epochs={self.epochs}: give more")
        noted = History.of(state["history"]).epochs
        if noted != state["epoch"]:
            raise ValueError(f"it says {state['epoch']} epochs, and its history has {noted}")

    def _parts(self) -> dict[str, Stateful]:
        """What has a state of its own beside the model."""
        parts: dict[str, Any] = {f"callback {i}": callback for i, callback in enumerate(self.callbacks)}
        parts |= {"optimizer": self.optimizer, "schedule": self.schedule}  # last: a callback may say better what does not fit
        return {name: part for name, part in parts.items() if isinstance(part, Stateful)}

    def _generators(self) -> list[random.Random]:
        """What modules draw from during training: dropouts, for one."""
        attributes = [part for _, module in self.model.named_modules() for part in vars(module).values()]
        return [part for part in attributes if isinstance(part, random.Random)]


class EarlyStopping(Stateful):
    """A callback that ends the training when a figure has not improved for `patience` epochs, and puts the best weights back.

    The best weights are those after the epoch with the best figure. The figures of the held-out rows are measured then, on
    these weights, before any callback: one that changes weights is given after this one, or the figure is of others. "loss" and
    the metrics of the training rows are measured while the epoch goes on, on weights that still
    change: with them the weights put back may not be the best ones by this figure. Monitor a figure that begins with "val_".
    They are put back however the training ends; where an error ends it before any figure, those of its start are.

    monitor         a column of the history: "val_loss", "loss", "val_accuracy", ...
    patience        epochs to wait for an improvement
    min_delta       an improvement is by more than this
    mode            "min" or "max": which way is better. For the loss and `fit`'s own metrics it is known
    restore_best    False to keep the last weights

    ValueError for numbers out of range, or a column that the history does not have.

    >>> EarlyStopping(patience=5).monitor
    'val_loss'
    """

    looks_at_model = False
    best: float
    best_epoch: int
    _best_weights: Any

    def __init__(
        self,
        monitor: str = "val_loss",
        *,
        patience: int = 10,
        min_delta: float = 0.0,
        mode: str | None = None,
        restore_best: bool = True,
    ) -> None:
        if mode is None and isinstance(monitor, str):
            mode = BETTER.get(monitor.removeprefix("val_"))
        self.monitor = monitor
        self.patience = patience
        self.min_delta = min_delta
        self.mode = mode
        self.restore_best = restore_best
        self._begin([])
        EarlyStopping.check_state(self)

    def check_state(self) -> None:
        if not isinstance(self.monitor, str):
            raise TypeError(
                f"monitor is a column of the history, as 'val_loss', and this is {self.monitor!r}: is it the patience?"
            )
        if self.mode not in ("min", "max"):
            raise ValueError(f'mode is "min" or "max", the way in which {self.monitor} gets better: say which')
        self.patience = whole(self.patience, "patience")
        self.min_delta = real(self.min_delta, "min_delta")
        self.best_epoch = whole(self.best_epoch, "best_epoch", 0)
        if not isinstance(self.best, float):
            raise ValueError(f"best is a number, and this is {shortened(self.best)}")
        if not isinstance(self.best_weights, list):
            raise ValueError(f"best_weights is a list, and this is {shortened(self.best_weights)}")
        self.best_weights = [real(x, "one of best_weights", at_least=-math.inf) for x in self.best_weights]

    def _fitting(self, state: Any) -> dict[str, Any]:
        fitting = super()._fitting(state)
        for name in ("monitor", "mode"):
            if fitting[name] != getattr(self, name):
                raise ValueError(f"it has {name}={shortened(fitting[name])}, and this is {name}={getattr(self, name)!r}")
        return fitting

    @property
    def best_weights(self) -> list[float]:
        """The weights after the best epoch, kept with `restore_best`."""
        return as_lists(self._best_weights)  # type: ignore[no-any-return]

    @best_weights.setter
    def best_weights(self, weights: Any) -> None:
        self._best_weights = weights

    def state_dict(self) -> dict[str, Any]:
        state = super().state_dict()
        state.pop("_best_weights", None)  # which is no plain data while it is an array
        return state | {"best_weights": self.best_weights}

    def _begin(self, weights: Any) -> None:
        self.best = math.inf if self.mode == "min" else -math.inf
        self.best_epoch = 0
        self._best_weights = weights

    def start(self, training: Training) -> None:
        """Forgets what it knows of a training before this one."""
        self._begin(training.weights() if self.restore_best else [])

    def __call__(self, training: Training) -> None:
        value = training.history.last(self.monitor)
        if self.gain(value) > self.min_delta:
            self.keep(value, training)
        elif training.epoch - self.best_epoch >= self.patience:
            training.stop(f"{self.monitor} has not improved on {self.best:.6g} since epoch {self.best_epoch}")

    def gain(self, value: float) -> float:
        """How much better a figure is than the best before it; NaN is no better than any."""
        return self.best - value if self.mode == "min" else value - self.best

    def keep(self, value: float, training: Training) -> None:
        """Takes note of a best figure, its epoch and its weights."""
        self.best, self.best_epoch = value, training.epoch
        self._best_weights = training.weights() if self.restore_best else []

    def finish(self, training: Training) -> None:
        """Puts the best weights back, however the training ended: also by an error, before any figure those of the start."""
        if self.restore_best and (self.best_epoch > 0 or (training.failed and len(self._best_weights))):
            for p, best in zip(training.model.parameters(), self.best_weights, strict=True):
                p.data = best


class Checkpoint:
    """A callback that writes the training to a file after every `every` epochs, from which `fit(..., resume=path)` goes on.

    OSError for a folder that cannot be written to.

    >>> Checkpoint("run.checkpoint", every=5).every
    5
    """

    looks_at_model = False  # but for save()

    def __init__(self, path: str | os.PathLike[str], *, every: int = 1) -> None:
        self.path = Path(path)
        self.every = whole(every, "every, the number of epochs between two checkpoints,")

    def epochs_unseen(self, training: Training) -> int:
        return self.every - training.epoch % self.every

    def __call__(self, training: Training) -> None:
        if training.epoch % self.every == 0:
            training.save(self.path)
