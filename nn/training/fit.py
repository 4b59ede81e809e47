"""fit: the training loop, with its history, early stopping, checkpoints that resume to the bit, and a clean end on Ctrl-C.

In the order of this file: `fit`; `Training`, which callbacks see; `EarlyStopping` and `Checkpoint`, which are callbacks; the
metrics; what `fit` is given, checked and made ready; the progress bar and Ctrl-C. The epochs and their steps are in steps.py.
"""

from __future__ import annotations

import functools
import math
import operator
import os
import random
import signal
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograd import Value, no_grad

from .. import metrics as scores
from ..arguments import real, whole
from ..data import train_test_split
from ..losses import mse_loss
from ..module import Module
from ..nested import shape
from ..optim import BY_NAME, Optimizer
from ..schedules import ReduceLROnPlateau, Schedule
from ..state import Stateful
from ..storage import StorageError, read, write
from .epochs import DivergedError as DivergedError
from .epochs import Epochs, Example, Loss, Metric, Task
from .history import History
from .rows import as_rows, as_targets, decisions, is_number, largest, numbers_of


def fit(
    model: Module,
    X: Any,  # noqa: N803 (scikit-learn's name)
    y: Any,
    *,
    loss: Loss = mse_loss,
    optimizer: Optimizer | Callable[[list[Value]], Optimizer] | None = None,
    schedule: Schedule | ReduceLROnPlateau | None = None,
    penalty: Callable[[Module], Any] | None = None,
    clip_norm: float | None = None,
    epochs: int = 10,
    batch_size: int | None = 32,
    shuffle: bool = True,
    validation: tuple[Any, Any] | float | None = None,
    metrics: Iterable[str] | Mapping[str, Metric] = (),
    callbacks: Iterable[Callable[[Training], Any]] = (),
    seed: int = 0,
    progress: bool = True,
    compile: bool = True,
    resume: str | os.PathLike[str] | None = None,
) -> History:
    """Trains a model by (mini-batch) gradient descent and returns the history: a column of numbers for each figure.

    X, y            n rows and n targets, as lists or arrays: numbers, classes 0, 1, ... for `cross_entropy`, or lists
    loss            a function of (predictions, targets), a list of each for the rows of a batch, that gives a Value
    optimizer       one over the model's parameters, or a function of them that makes one, as `nn.Adam` itself;
                    by default Adam with lr=0.01
    schedule        of that optimiser, stepped after every epoch (ReduceLROnPlateau by "val_loss" if there is one, else "loss")
    penalty         a function of the model that is added to every batch's loss, as lambda m: nn.l2_penalty(m, 1e-4); divided
                    by the number of its rows, if that is a `PerExample`
    clip_norm       the largest norm of the gradient; longer ones are scaled down to it
    batch_size      rows in a step: None for all of them (full batch), 1 for stochastic gradient descent
    shuffle         False to take the rows as they come; otherwise the order of an epoch depends on `seed` and its number alone
    validation      (X, y) held out, or the share of the rows to hold out, chosen by `seed`
    metrics         names ("accuracy", "r2", "mae"), or a dict of functions of (targets, outputs)
    callbacks       called with the `Training` after every epoch: `EarlyStopping`, `Checkpoint`, or any function
    progress        False for no progress bar
    compile         False to record every step as a graph of Values. Otherwise the steps are recorded once, by autograd.compile,
                    and run for all batches: the same training, to rounding errors, at machine speed
    resume          a file that `Checkpoint` wrote: the training goes on from it and ends as it would have without the break, if
                    the other arguments are the same (`epochs` may be more)

    The columns are "loss" (the mean over the epoch, penalty included, as it fell) and the metrics of the same outputs; with
    `validation` "val_loss" (without the penalty) and "val_" with the metrics, of the model after the epoch; and "lr".
    Afterwards the model is in evaluation mode: `eval()`.

    A compiled training is one of numbers only: it needs rows of one shape, a loss that is known row by row (nn's own, with
    functools.partial for their settings, or `rowwise`), an optimiser that steps arrays (nn's own), and a model that computes
    what it gives from its row and its parameters alone: none with dropout, or a state. Others are trained eagerly;
    `history.eager` has the reason, and so has a line above the progress bar.

    Ctrl-C ends the training after the step it is in (a second one at once); `history.stopped` says so, and the history has the
    epochs that were whole. ValueError, with the place, for data that make no sense; DivergedError if the loss, a gradient or a
    weight becomes NaN or infinite.

    >>> from nn import MLP, data
    >>> rows, labels = data.xor()
    >>> history = fit(MLP(2, [4, 1], "tanh", rng=0), rows, labels, epochs=200, batch_size=None, progress=False)
    >>> history["loss"][-1] < 0.01
    True
    """
    epochs, seed = whole(epochs, "epochs"), _seed(seed)
    examples, held_out = _examples(model, loss, X, y, validation, seed)
    size = len(examples) if batch_size is None else whole(batch_size, "batch_size (None for all rows)")
    training = Training(model, _optimizer(optimizer, schedule, model), schedule, epochs, seed, callbacks)
    output = _output(model, examples[0][0])
    task = Task(training, examples, held_out, loss, penalty, clip_norm, _metrics(metrics, loss, output), output)
    training.tell("start")
    if resume is not None:
        training.restore(resume)
    with _ctrl_c() as interrupted, _bar(training, math.ceil(len(examples) / size), progress) as bar:
        work = Epochs(task, compile=compile, bar=bar)
        while training.epoch < epochs and not training.stopping and not interrupted:
            figures = work.learn(_order(len(examples), shuffle, seed, training.epoch), size, interrupted)
            if figures is not None:  # the epoch is whole
                training.end_epoch(figures | work.evaluate())
                bar.set_postfix(training.history.shown())
    training.tell("finish")
    model.eval()
    training.history.stopped = training.stopping or _how_far(training)
    training.history.interrupted = bool(interrupted)
    return training.history


def _how_far(training: Training) -> str:
    if training.epoch == training.epochs:
        return f"all {training.epochs} epochs done"
    return f"interrupted after {training.epoch} of {training.epochs} epochs"


def _order(n: int, shuffle: bool, seed: int, epoch: int) -> list[int]:
    order = list(range(n))
    if shuffle:
        random.Random(f"{seed}, epoch {epoch}").shuffle(order)
    return order


class Training:
    """A training that is going on, as callbacks see it, after every epoch.

    model, optimizer, schedule, history     what is trained, by what, and what has been noted so far
    epoch, epochs                           epochs done and planned

    Callbacks are called in the order they are given, but Checkpoints last; the model is in evaluation mode then. A callback may
    have methods `start` and `finish`, which are called with the training before the first epoch and after the last. One that
    inherits from `nn.state.Stateful` has its plain attributes in checkpoints.

    >>> def stop_when_good(training):
    ...     if training.history["loss"][-1] < 0.01:
    ...         training.stop("the loss is small enough")
    """

    def __init__(
        self, model: Module, optimizer: Optimizer, schedule: Schedule | ReduceLROnPlateau | None, epochs: int, seed: int,
        callbacks: Iterable[Callable[[Training], Any]],
    ) -> None:  # fmt: skip
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
        for callback in self.callbacks:
            if not callable(callback) or isinstance(callback, type):
                raise TypeError(f"a callback is called with the training after every epoch, and this is {callback!r}")

    def stop(self, reason: str = "a callback stopped it") -> None:
        """Ends the training after this epoch. The reason is told as `history.stopped`."""
        self.stopping = reason

    def tell(self, moment: str) -> None:
        """Calls the methods of that name, "start" or "finish", of the callbacks that have one."""
        for callback in self.callbacks:
            if hasattr(callback, moment):
                getattr(callback, moment)(self)

    def end_epoch(self, figures: dict[str, float]) -> None:
        """Takes note of an epoch, steps the schedule, and calls the callbacks."""
        self.epoch += 1
        self.history.add(figures | {"lr": self.optimizer.lr})
        if isinstance(self.schedule, ReduceLROnPlateau):
            self.schedule.step(self.history.last("val_loss" if "val_loss" in self.history else "loss"))
        elif self.schedule is not None:
            self.schedule.step()
        for callback in self.callbacks:
            callback(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes all that `fit(..., resume=path)` needs to go on from here as if it had not been interrupted.

        ValueError if the optimiser steps parameters that are not the model's, as those of a loss: the file would lack them.
        """
        if not {id(p) for p in self.optimizer.parameters} <= {id(p) for p in self.model.parameters()}:
            raise ValueError("the optimizer has parameters that the model has not: make them attributes of it to save them")
        write(path, "checkpoint", self.model.state_dict(), {"training": self._state()})

    def restore(self, path: str | os.PathLike[str]) -> None:
        """Goes back to what `save` wrote. StorageError, and nothing changed, if it is of a training of another shape."""
        arrays, texts = read(path, "checkpoint")
        before = self._state()
        try:
            self._set_state(texts.get("training"))
            self.model.load_state_dict(arrays)
        except (KeyError, TypeError, ValueError, OverflowError) as problem:
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
        self.epoch, self.history, self.stopping = int(state["epoch"]), History.of(state["history"]), str(state["stopping"])

    def _check_state(self, state: Any) -> None:
        if state["seed"] != self.seed:
            raise ValueError(f"it was trained with seed={state['seed']}, and this is seed={self.seed}")
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


# ------------------------------------------------------------------------------------------------ callbacks


class EarlyStopping(Stateful):
    """A callback that ends the training when a figure has not improved for `patience` epochs, and puts the best weights back.

    monitor         a column of the history: "val_loss", "loss", "val_accuracy", ...
    patience        epochs to wait for an improvement
    min_delta       an improvement is by more than this
    mode            "min" or "max": which way is better. For the loss and `fit`'s own metrics it is known
    restore_best    False to keep the last weights

    ValueError for numbers out of range, or a column that the history does not have.

    >>> EarlyStopping(patience=5).monitor
    'val_loss'
    """

    def __init__(
        self, monitor: str = "val_loss", *, patience: int = 10, min_delta: float = 0.0, mode: str | None = None,
        restore_best: bool = True,
    ) -> None:  # fmt: skip
        if not isinstance(monitor, str):
            raise TypeError(f"monitor is a column of the history, as 'val_loss', and this is {monitor!r}: is it the patience?")
        if mode is None:
            mode = BETTER.get(monitor.removeprefix("val_"))
        if mode not in ("min", "max"):
            raise ValueError(f'mode is "min" or "max", the way in which {monitor} gets better: say which')
        self.monitor = monitor
        self.patience = whole(patience, "patience")
        self.min_delta = real(min_delta, "min_delta")
        self.mode = mode
        self.restore_best = restore_best
        self._begin([])

    def _begin(self, weights: list[float]) -> None:
        self.best = math.inf if self.mode == "min" else -math.inf
        self.best_epoch = 0
        self.best_weights = weights

    def start(self, training: Training) -> None:
        """Forgets what it knows of a training before this one."""
        self._begin([p.data for p in training.model.parameters()])

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
        self.best_weights = [p.data for p in training.model.parameters()]

    def finish(self, training: Training) -> None:
        """Puts the best weights back, however the training ended."""
        if self.restore_best and self.best_epoch > 0:
            for p, best in zip(training.model.parameters(), self.best_weights, strict=True):
                p.data = best


class Checkpoint:
    """A callback that writes the training to a file after every `every` epochs, from which `fit(..., resume=path)` goes on.

    OSError for a folder that cannot be written to.

    >>> Checkpoint("run.checkpoint", every=5).every
    5
    """

    def __init__(self, path: str | os.PathLike[str], *, every: int = 1) -> None:
        self.path = Path(path)
        self.every = whole(every, "every, the number of epochs between two checkpoints,")

    def __call__(self, training: Training) -> None:
        if training.epoch % self.every == 0:
            training.save(self.path)


# ------------------------------------------------------------------------------------------------ metrics


def _accuracy(loss: Loss, targets: list[Any], outputs: list[Any]) -> float:
    decided = decisions(loss, outputs)
    one_hot = isinstance(targets[0], list) and not isinstance(decided[0], list)
    return scores.accuracy_score([largest(target) for target in targets] if one_hot else targets, decided)


def _mean_of_columns(metric: Metric, loss: Loss, targets: list[Any], outputs: list[Any]) -> float:
    if not isinstance(targets[0], list):
        return metric(targets, outputs)
    columns = [metric(t, o) for t, o in zip(zip(*targets, strict=True), zip(*outputs, strict=True), strict=True)]  # type: ignore
    return math.fsum(columns) / len(columns)


METRICS: dict[str, Callable[[Loss, list[Any], list[Any]], float]] = {
    "accuracy": _accuracy,
    "r2": functools.partial(_mean_of_columns, scores.r2_score),
    "mae": functools.partial(_mean_of_columns, scores.mean_absolute_error),
}
"""The metrics `fit` knows by name, of (loss, targets, outputs). Where a row has several outputs, "r2" and "mae" are the means
over its columns, and "accuracy" is the share of rows in which all decisions are right."""

BETTER = {"loss": "min", "mae": "min", "accuracy": "max", "r2": "max"}
"""Which way figures get better."""


# ------------------------------------------------------------------------------------------------ what fit is given


def _examples(
    model: Module, loss: Loss, X: Any, y: Any, validation: Any, seed: int  # noqa: N803
) -> tuple[list[Example], list[Example] | None]:  # fmt: skip
    """The examples to train on, and those held out."""
    if not isinstance(model, Module):
        raise TypeError(f"fit trains a Module, and this is {model!r}")
    if not callable(loss):
        raise TypeError(f"loss is a function such as nn.mse_loss, and this is {loss!r}")
    examples = _checked(model, loss, X, y)
    if validation is None:
        return examples, None
    if isinstance(validation, (tuple, list)) and len(validation) == 2:
        return examples, _checked(model, loss, validation[0], validation[1], "validation ")
    if not is_number(validation) or not 0.0 < validation < 1.0:
        raise ValueError(f"validation is a pair (X, y), or a share of the rows such as 0.2, and this is {validation!r}")
    try:
        trained_on, held_out, _, _ = train_test_split(examples, examples, test_size=validation, seed=seed)
    except ValueError:
        raise ValueError(f"validation={validation!r} of {len(examples)} rows leaves one side empty") from None
    return trained_on, held_out


def _checked(model: Module, loss: Loss, X: Any, y: Any, what: str = "") -> list[Example]:  # noqa: N803
    rows = as_rows(X, f"{what}X")
    targets = as_targets(y, rows, _output(model, rows[0]), _inner(loss), f"{what}y")
    return list(zip(rows, targets, strict=True))


def _output(model: Any, row: Any) -> Any:
    """What the model gives for a row, with no trace left in it."""
    mode = model.training
    try:
        with no_grad():
            return numbers_of(model.eval()(row))
    finally:
        model.train(mode)


def _inner(loss: Loss) -> Loss:
    """The loss itself, of one that was given some of its arguments by functools.partial, or wrapped with functools.wraps."""
    while isinstance(loss, functools.partial) or hasattr(loss, "__wrapped__"):
        loss = loss.func if isinstance(loss, functools.partial) else loss.__wrapped__
    return loss


def _metrics(asked: Iterable[str] | Mapping[str, Metric], loss: Loss, output: Any) -> dict[str, Metric]:
    """The metrics by name. ValueError for those that `fit` does not know or cannot take of such an output."""
    if isinstance(asked, str):
        raise TypeError(f"metrics is a list of names, as [{asked!r}]")
    if isinstance(asked, Mapping):
        taken = [name for name in asked if name in ("loss", "lr") or name.startswith("val_")]
        if taken:
            raise ValueError(f"the history has a column {taken[0]!r} of its own: give the metric another name")
        return dict(asked)
    found: dict[str, Metric] = {}
    for name in asked:
        if name not in METRICS:
            raise ValueError(f"there is no metric {name!r}: choose from {', '.join(METRICS)}, or give a dict of functions")
        if name == "accuracy":
            decisions(_inner(loss), [output])  # it knows how, or says so now and not after an epoch
        elif len(shape(output) or ()) > 1:
            raise ValueError(f"{name} is known for one number or one list of numbers for a row: give a dict with a function")
        found[name] = functools.partial(METRICS[name], _inner(loss))
    return found


def _optimizer(
    given: Optimizer | Callable[[list[Value]], Optimizer] | None, schedule: Schedule | ReduceLROnPlateau | None, model: Module
) -> Optimizer:
    if not (given is None or isinstance(given, Optimizer) or callable(given)):
        raise TypeError(f"optimizer is one such as nn.Adam(model.parameters()), or a function such as nn.Adam, not {given!r}")
    parameters = model.parameters()
    optimizer = given if isinstance(given, Optimizer) else BY_NAME["adam"](parameters) if given is None else given(parameters)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer is to make an optimiser such as nn.Adam, and it made {optimizer!r}")
    if {id(p) for p in parameters}.isdisjoint(id(p) for p in optimizer.parameters):
        raise ValueError("the optimizer steps none of this model's parameters: make it from model.parameters()")
    if not (schedule is None or isinstance(schedule, (Schedule, ReduceLROnPlateau))):
        raise TypeError(f"schedule is one such as nn.StepLR(optimizer, 10), and this is {schedule!r}")
    if schedule is not None and schedule.optimizer is not optimizer:
        raise ValueError("the schedule changes the lr of another optimizer: give optimizer=schedule.optimizer with it")
    return optimizer


def _seed(seed: Any) -> int:
    try:
        return operator.index(seed)
    except TypeError:
        raise TypeError(f"seed is a whole number, and this is {seed!r}") from None


# ------------------------------------------------------------------------------------------------ the terminal


def _bar(training: Training, steps: int, shown: bool) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # in a notebook without ipywidgets tqdm says so; its bar is of text then
        from tqdm.auto import tqdm
    return tqdm(
        total=steps * training.epochs, initial=steps * training.epoch, unit="step", desc="training", disable=not shown,
        dynamic_ncols=True,
    )  # fmt: skip


@contextmanager
def _ctrl_c() -> Iterator[list[bool]]:
    """A list that Ctrl-C puts something into. A second Ctrl-C interrupts as usual."""
    asked: list[bool] = []
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is not signal.default_int_handler:
        yield asked  # in another thread, or in a program with a way of its own, Ctrl-C is not ours to catch
        return

    def ask(number: int, frame: Any) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(True)

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
