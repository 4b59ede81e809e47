"""fit: the training loop, with its history, early stopping, checkpoints that resume to the bit, and a clean end on Ctrl-C."""

from __future__ import annotations

import functools
import math
import os
import random
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from autograd import Value, no_grad

from . import metrics as scores
from .data import train_test_split
from .history import History
from .losses import mse_loss
from .module import Dropout, Module
from .optim import Adam, Optimizer, clip_grad_norm_
from .rows import as_rows, as_targets, decisions, numbers_of, plain
from .schedules import ReduceLROnPlateau, Schedule
from .state import Stateful
from .storage import StorageError, read, write

Loss = Callable[..., Any]
Metric = Callable[[list[Any], list[Any]], float]


class DivergedError(ArithmeticError):
    """The loss became NaN or infinite; the weights are those of the step before. `history` has the epochs that were whole.

    >>> issubclass(DivergedError, ArithmeticError)
    True
    """

    def __init__(self, message: str, history: History) -> None:
        super().__init__(message)
        self.history = history


class Training:
    """A training that is going on, as callbacks see it, after every epoch.

    model, optimizer, schedule, history     what is trained, by what, and what has been noted so far
    epoch, epochs                           epochs done and planned

    >>> def stop_when_good(training):
    ...     if training.history["loss"][-1] < 0.01:
    ...         training.stop("the loss is small enough")
    """

    def __init__(
        self, model: Module, optimizer: Optimizer, schedule: Schedule | ReduceLROnPlateau | None, epochs: int, seed: int,
        callbacks: list[Callable[[Training], Any]],
    ) -> None:  # fmt: skip
        self.model = model
        self.optimizer = optimizer
        self.schedule = schedule
        self.epoch = 0
        self.epochs = epochs
        self.seed = seed
        self.history = History()
        self.callbacks = callbacks
        self.stopping = ""

    def stop(self, reason: str) -> None:
        """Ends the training after this epoch. The reason is told as `history.stopped`."""
        self.stopping = reason

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

    def _stateful(self) -> dict[str, Stateful]:
        parts: dict[str, Any] = {f"callback {i}": callback for i, callback in enumerate(self.callbacks)}
        parts |= {"optimizer": self.optimizer, "schedule": self.schedule}
        return {name: part for name, part in parts.items() if isinstance(part, Stateful)}

    def _generators(self) -> list[random.Random]:
        """Those that draw during training: the dropouts'."""
        return [module._rng for _, module in self.model.named_modules() if isinstance(module, Dropout)]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes all that `fit(..., resume=path)` needs to go on from here as if it had not been interrupted."""
        state = {
            "epoch": self.epoch,
            "seed": self.seed,
            "stopping": self.stopping,
            "history": dict(self.history),
            "generators": [generator.getstate() for generator in self._generators()],
            **{name: part.state_dict() for name, part in self._stateful().items()},
        }
        write(path, "checkpoint", self.model.state_dict(), {"training": state})

    def restore(self, path: str | os.PathLike[str]) -> None:
        """Goes back to what `save` wrote. StorageError if it is of a training of another shape."""
        arrays, texts = read(path, "checkpoint")
        try:
            state = texts["training"]
            parts, generators = self._stateful(), self._generators()
            if state["seed"] != self.seed:
                raise ValueError(f"it was trained with seed={state['seed']}, and this is seed={self.seed}")
            if len(generators) != len(state["generators"]):
                raise ValueError(f"it has {len(state['generators'])} dropouts, and the model has {len(generators)}")
            for name, part in parts.items():
                if name not in state:
                    raise ValueError(f"it has no state of the {type(part).__name__}")
                part.load_state_dict(state[name])
            self.model.load_state_dict(arrays)
            for generator, (version, numbers, gauss) in zip(generators, state["generators"], strict=True):
                generator.setstate((version, tuple(numbers), gauss))
            self.epoch = int(state["epoch"])
            self.history = History(state["history"])
            self.stopping = state["stopping"]
        except (KeyError, TypeError, ValueError) as problem:
            raise StorageError(path, f"this training cannot go on from it: {problem}") from None


class EarlyStopping(Stateful):
    """A callback that ends the training when a figure has not improved for `patience` epochs, and puts the best weights back.

    monitor         a column of the history: "val_loss", "loss", "val_accuracy", ...
    patience        epochs to wait for an improvement
    min_delta       less than this is none
    mode            "min" or "max": which way is better. By default down for losses and errors, up for scores
    restore_best    False to keep the last weights

    ValueError for numbers out of range, or a column that the history does not have.

    >>> EarlyStopping(patience=5).monitor
    'val_loss'
    """

    def __init__(
        self, monitor: str = "val_loss", *, patience: int = 10, min_delta: float = 0.0, mode: str | None = None,
        restore_best: bool = True,
    ) -> None:  # fmt: skip
        if isinstance(patience, bool) or not isinstance(patience, int) or patience < 1:
            raise ValueError(f"patience is a number of epochs, at least 1, and this is {patience!r}")
        if not 0.0 <= min_delta < math.inf:
            raise ValueError(f"min_delta is a finite number of at least 0, and this is {min_delta!r}")
        if mode not in (None, "min", "max"):
            raise ValueError(f'mode is "min" or "max", and this is {mode!r}')
        self.monitor = monitor
        self.patience = patience
        self.min_delta = min_delta
        self.mode = mode or ("max" if monitor.removeprefix("val_") in ("accuracy", "r2") else "min")
        self.restore_best = restore_best
        self.best: float | None = None
        self.best_epoch = 0
        self.best_weights: list[float] = []

    def __call__(self, training: Training) -> None:
        value = training.history.last(self.monitor)
        gain = math.inf if self.best is None else (self.best - value if self.mode == "min" else value - self.best)
        if gain > self.min_delta:
            self.best, self.best_epoch = value, training.epoch
            self.best_weights = [p.data for p in training.model.parameters()]
        elif training.epoch - self.best_epoch >= self.patience:
            training.stop(f"{self.monitor} has not improved on {self.best:.6g} since epoch {self.best_epoch}")

    def finish(self, training: Training) -> None:
        """Puts the best weights back, however the training ended."""
        if self.restore_best and self.best is not None:
            for p, best in zip(training.model.parameters(), self.best_weights, strict=True):
                p.data = best


class Checkpoint:
    """A callback that writes the training to a file after every `every` epochs, from which `fit(..., resume=path)` goes on.

    >>> Checkpoint("run.checkpoint", every=5).every
    5
    """

    def __init__(self, path: str | os.PathLike[str], *, every: int = 1) -> None:
        if isinstance(every, bool) or not isinstance(every, int) or every < 1:
            raise ValueError(f"every is a number of epochs, at least 1, and this is {every!r}")
        self.path = path
        self.every = every

    def __call__(self, training: Training) -> None:
        if training.epoch % self.every == 0:
            training.save(self.path)


METRICS: dict[str, tuple[Metric, bool]] = {
    "accuracy": (scores.accuracy_score, True),
    "r2": (scores.r2_score, False),
    "mae": (scores.mean_absolute_error, False),
}
"""The metrics `fit` knows by name, and whether they compare classes (True) or the outputs themselves."""


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
    resume: str | os.PathLike[str] | None = None,
) -> History:
    """Trains a model by (mini-batch) gradient descent and returns the history: a column of numbers for each figure.

    X, y            n rows and n targets, as lists or arrays: numbers, classes 0, 1, ... for `cross_entropy`, or lists
    loss            a function of (predictions, targets) that gives a Value
    optimizer       one over the model's parameters, or a function of them that makes one, as `nn.Adam` itself;
                    by default Adam with lr=0.01
    schedule        stepped after every epoch (ReduceLROnPlateau by "val_loss" if there is one, else by "loss")
    penalty         a function of the model that is added to every batch's loss, as lambda m: nn.l2_penalty(m, 1e-4)
    clip_norm       the largest norm of the gradient; longer ones are scaled down to it
    batch_size      rows in a step: None for all of them (full batch), 1 for stochastic gradient descent
    shuffle         False to take the rows as they come; otherwise the order of an epoch depends on `seed` and its number alone
    validation      (X, y) held out, or the share of the rows to hold out, chosen by `seed`
    metrics         names ("accuracy", "r2", "mae"), or a dict of functions of (targets, outputs)
    callbacks       called with the `Training` after every epoch: `EarlyStopping`, `Checkpoint`, or any function
    progress        False for no progress bar
    resume          a file that `Checkpoint` wrote: the training goes on from it, and ends as it would have without the break

    The columns are "loss" (the mean over the epoch, penalty included, as it fell), "lr", the metrics of the same outputs, and
    with `validation` "val_loss" (without the penalty) and "val_" with the metrics, of the model after the epoch. Afterwards the
    model is in evaluation mode: `eval()`.

    Ctrl-C ends the training after the step it is in; `history.stopped` says so, and the history has the epochs that were whole.
    ValueError, with the place, for data that make no sense; DivergedError if the loss becomes NaN or infinite.

    >>> from nn import MLP, data
    >>> rows, labels = data.xor()
    >>> history = fit(MLP(2, [4, 1], "tanh", rng=0), rows, labels, epochs=200, batch_size=None, progress=False)
    >>> history["loss"][-1] < 0.01
    True
    """
    _check_counts(epochs, batch_size)
    if not isinstance(model, Module):
        raise TypeError(f"fit trains a Module, and this is {model!r}")
    if not callable(loss):
        raise TypeError(f"loss is a function such as nn.mse_loss, and this is {loss!r}")
    rows, held_out = as_rows(X), cast(Any, validation)
    if isinstance(validation, float):
        rows, held_rows, y, held_targets = train_test_split(rows, plain(y, "y"), test_size=validation, seed=seed)
        held_out = held_rows, held_targets
    examples = _Examples(model, loss, rows, y, metrics)
    checked = None
    if held_out is not None:
        checked = _Examples(model, loss, as_rows(held_out[0], "validation X"), held_out[1], metrics, "validation y")
    stepper = optimizer if isinstance(optimizer, Optimizer) else (optimizer or _default_optimizer)(model.parameters())
    training = Training(model, stepper, schedule, epochs, seed, list(callbacks))
    if resume is not None:
        training.restore(resume)
    steps = len(examples.batches(batch_size, examples.rows))
    with _ctrl_c() as interrupted, _bar(training, steps, progress) as bar:
        while training.epoch < epochs and not training.stopping and not interrupted:
            figures = _Figures()
            model.train()
            for batch in examples.batches(batch_size, _order(len(rows), shuffle, seed, training.epoch)):
                figures.note(batch, *examples.step(training, batch, penalty, clip_norm))
                bar.update()
                if interrupted:
                    break
            else:
                training.end_epoch(examples.figures(figures) | ({} if checked is None else checked.evaluated("val_")))
                bar.set_postfix(training.history.shown())
    for callback in training.callbacks:
        if hasattr(callback, "finish"):
            callback.finish(training)
    model.eval()
    if interrupted:
        training.history.interrupted = True
        training.stopping = f"interrupted after {training.epoch} of {epochs} epochs"
    training.history.stopped = training.stopping or f"all {epochs} epochs done"
    return training.history


def _default_optimizer(parameters: list[Value]) -> Optimizer:
    return Adam(parameters, lr=0.01)


def _check_counts(epochs: Any, batch_size: Any) -> None:
    if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 1:
        raise ValueError(f"epochs is a whole number of at least 1, and this is {epochs!r}")
    if batch_size is not None and (isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1):
        raise ValueError(f"batch_size is a number of rows, at least 1, or None for all of them, and this is {batch_size!r}")


def _order(n: int, shuffle: bool, seed: int, epoch: int) -> list[int]:
    order = list(range(n))
    if shuffle:
        random.Random(f"{seed}, epoch {epoch}").shuffle(order)
    return order


class _Figures:
    """What the steps of an epoch gave: the losses with the number of rows each is of, and the output of every row."""

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.outputs: dict[int, Any] = {}

    def note(self, batch: list[int], loss: float, outputs: list[Any]) -> None:
        self.losses.append(loss * len(batch))
        self.outputs.update(zip(batch, outputs, strict=False))


class _Examples:
    """Rows and targets, checked against the model; what a pass over them gives."""

    def __init__(
        self, model: Module, loss: Loss, rows: list[Any], y: Any, metrics: Iterable[str] | Mapping[str, Metric], what: str = "y"
    ) -> None:
        self.model, self.loss, self.rows = model, loss, rows
        with no_grad():
            output = model.eval()(rows[0])  # type: ignore[operator]
        self.targets = as_targets(y, len(rows), output, _inner(loss), what)
        self.metrics = self._metrics(metrics)

    def _metrics(self, asked: Iterable[str] | Mapping[str, Metric]) -> dict[str, Metric]:
        if isinstance(asked, str):
            raise TypeError(f"metrics is a list of names, as [{asked!r}]")
        if isinstance(asked, Mapping):
            return dict(asked)
        found: dict[str, Metric] = {}
        for name in asked:
            if name not in METRICS:
                raise ValueError(f"there is no metric {name!r}: choose from {', '.join(METRICS)}, or give a dict of functions")
            metric, of_classes = METRICS[name]
            found[name] = functools.partial(_of_classes, metric, _inner(self.loss)) if of_classes else metric
        return found

    def batches(self, size: int | None, order: list[Any]) -> list[list[Any]]:
        size = min(size or len(order), len(order))
        return [order[start : start + size] for start in range(0, len(order), size)]

    def step(
        self, training: Training, batch: list[int], penalty: Callable[[Module], Any] | None, clip_norm: float | None
    ) -> tuple[float, list[Any]]:
        """One step of the optimiser. Gives the loss and, if there are metrics, the outputs."""
        model, optimizer = self.model, training.optimizer
        predictions = [model(self.rows[i]) for i in batch]  # type: ignore[operator]
        loss = self.loss(predictions, [self.targets[i] for i in batch])
        if penalty is not None:
            loss = loss + penalty(model)
        _check_loss(loss, training)
        optimizer.zero_grad()
        loss.backward()
        if clip_norm is not None:
            clip_grad_norm_(optimizer.parameters, clip_norm)
        optimizer.step()
        return loss.data, [numbers_of(p) for p in predictions] if self.metrics else []

    def figures(self, seen: _Figures) -> dict[str, float]:
        """Of an epoch, from what its steps gave."""
        loss = math.fsum(seen.losses) / len(self.rows)
        return {"loss": loss} | self._scored([seen.outputs[i] for i in range(len(seen.outputs))])

    def evaluated(self, prefix: str) -> dict[str, float]:
        """The loss and the metrics of the model as it is."""
        self.model.eval()
        with no_grad():
            outputs = [self.model(row) for row in self.rows]  # type: ignore[operator]
            loss = self.loss(outputs, self.targets).data
        figures = {"loss": loss} | self._scored([numbers_of(output) for output in outputs])
        return {prefix + name: figure for name, figure in figures.items()}

    def _scored(self, outputs: list[Any]) -> dict[str, float]:
        return {name: float(metric(self.targets, outputs)) for name, metric in self.metrics.items()}


def _inner(loss: Loss) -> Loss:
    """The loss itself, of one that was given some of its arguments by functools.partial."""
    while isinstance(loss, functools.partial):
        loss = loss.func
    return loss


def _of_classes(metric: Metric, loss: Loss, targets: list[Any], outputs: list[Any]) -> float:
    true = [t.index(max(t)) for t in targets] if hasattr(targets[0], "__len__") else targets
    return metric(true, decisions(loss, outputs))


def _check_loss(loss: Any, training: Training) -> None:
    if not isinstance(loss, Value):
        raise TypeError(f"the loss is a Value, and this is {loss!r}: a mean or sum over the batch, not cut off by .data")
    if not math.isfinite(loss.data):
        raise DivergedError(
            f"the loss became {loss.data} in epoch {training.epoch + 1}, with a learning rate of {training.optimizer.lr:g}: "
            "a smaller one, clip_norm=1.0, or standardised inputs help most often",
            training.history,
        )


def _bar(training: Training, steps: int, shown: bool) -> Any:
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
        yield asked
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
