"""fit: the training loop, with its history, early stopping, checkpoints that resume to the bit, and a clean end on Ctrl-C.

First `fit` itself; then what it is given, checked and made ready; then the progress bar and Ctrl-C. The epochs are in
`epochs.py`, their steps in `eager.py` and `compiled.py`.
"""

from __future__ import annotations

import operator
import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from autograd import Value, no_grad

from ..arguments import whole
from ..data import parted
from ..losses import Loss, mse_loss
from ..module import Module
from ..nested import numbers_of
from ..optim import BY_NAME, Optimizer
from ..schedules import ReduceLROnPlateau, Schedule
from .callbacks import Training
from .epochs import Epochs
from .history import History
from .rows import Examples, as_rows, as_targets, is_number
from .scoring import metrics_for
from .task import Metric, Task


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

    X, y            n rows and n targets, as lists, arrays or data frames; targets are numbers, classes 0, 1, ... for
                    `cross_entropy`, or lists
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
    metrics         names ("accuracy", "r2", "mae"), or a dict of functions of (targets, outputs); one whose attribute
                    `held_out_alone` is true measures the rows held out, and not those that are learned from
    callbacks       called with the `Training` after every epoch: `EarlyStopping`, `Checkpoint`, or any function
    progress        False for no progress bar; where tqdm is not installed there is none, and a warning says so
    compile         False to record every step as a graph of Values. Otherwise the steps are recorded once, by autograd.compile,
                    and run for all batches: the same training, to rounding errors, at machine speed
    resume          a file that `Checkpoint` wrote: the training goes on from it and ends as it would have without the break, if
                    the other arguments are the same (`epochs` may be more)

    The columns are "loss" (the mean over the epoch, penalty included, as it fell: of the weights before each step, not of those
    after the epoch) and the metrics of the same outputs; with
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
    output = output_of(model, examples.first_row())
    task = Task(
        model,
        training.optimizer,
        training.history,
        examples,
        held_out,
        loss,
        penalty,
        clip_norm,
        metrics_for(metrics, loss, output),
        output,
    )
    training.task, training.batch_size, training.shuffle = task, size, shuffle
    training.start()
    with _ctrl_c() as interrupted, training.finishing():
        if resume is not None:
            training.restore(resume, task.columns)
        before, begun_at = numbers_of(model.parameters()), training.epoch
        with _bar(training, training.steps_of_epoch, progress) as bar:
            work = Epochs(training, compile=compile, bar=bar)
            while training.epoch < epochs and not training.stopping and not interrupted:
                begun = work.unseen(size, interrupted)
                if training.epoch == epochs or interrupted:
                    break
                figures = work.learn(size, interrupted, begun)
                if figures is not None:  # the epoch is whole
                    training.end_epoch(figures | work.evaluate())
                    bar.set_postfix(training.history.shown())
        if training.epoch > begun_at and _stands_still(training, before):
            warnings.warn(STANDS_STILL.format(training.epoch - begun_at), RuntimeWarning, stacklevel=2)
    training.history.stopped = training.stopping or _how_far(training)
    training.history.interrupted = bool(interrupted)
    return training.history


STANDS_STILL = (
    "no weight moved in {} epochs, as where all derivatives of the loss are 0. Was the graph cut (look for .data, .detach() "
    "and no_grad() in the model and the loss)? Else the units may all be saturated or dead: take other initial weights, or "
    "inputs of a smaller scale"
)


def _stands_still(training: Training, before: list[float]) -> bool:
    """Whether weights are what they were, though they were to move: the loss is not 0 yet, nor is the learning rate."""
    moving = training.history.last("loss") and training.history.last("lr")
    return bool(moving) and [*map(float, training.weights())] == before


def _how_far(training: Training) -> str:
    if training.epoch == training.epochs:
        return f"all {training.epochs} epochs done"
    return f"interrupted after {training.epoch} of {training.epochs} epochs"


# ------------------------------------------------------------------------------------------------ what fit is given


def _examples(
    model: Module,
    loss: Loss,
    X: Any,  # noqa: N803 (scikit-learn's name)
    y: Any,
    validation: Any,
    seed: int,
) -> tuple[Examples, Examples | None]:
    """The examples to train on, and those held out."""
    if not isinstance(model, Module):
        raise TypeError(f"fit trains a Module, and this is {model!r}")
    if not callable(loss):
        raise TypeError(f"loss is a function such as nn.mse_loss, and this is {loss!r}")
    examples = checked_examples(model, loss, X, y)
    if validation is None:
        return examples, None
    if isinstance(validation, (tuple, list)) and len(validation) == 2:
        return examples, checked_examples(model, loss, validation[0], validation[1], "validation ")
    if not is_number(validation) or not 0.0 < validation < 1.0:
        raise ValueError(f"validation is a pair (X, y), or a share of the rows such as 0.2, and this is {validation!r}")
    try:
        trained_on, held_out = parted(len(examples), float(validation), seed)
    except ValueError:
        raise ValueError(f"validation={validation!r} of {len(examples)} rows leaves one side empty") from None
    return examples.only(trained_on), examples.only(held_out)


def checked_examples(model: Module, loss: Loss, X: Any, y: Any, what: str = "") -> Examples:  # noqa: N803
    """Rows and targets, ready for training. ValueError, with the place, for what is no table of them."""
    rows = as_rows(X, f"{what}X")
    output = output_of(model, Examples(rows, rows).first_row())
    return Examples(rows, as_targets(y, rows, output, loss, f"{what}y"))


def output_of(model: Any, row: Any) -> Any:
    """What the model gives for a row, with no trace left in it."""
    mode = model.training
    try:
        with no_grad():
            return numbers_of(model.eval()(row))
    finally:
        model.train(mode)


def _optimizer(
    given: Optimizer | Callable[[list[Value]], Optimizer] | None, schedule: Schedule | ReduceLROnPlateau | None, model: Module
) -> Optimizer:
    if not (given is None or isinstance(given, Optimizer) or callable(given)):
        raise TypeError(f"optimizer is one such as nn.Adam(model.parameters()), or a function such as nn.Adam, not {given!r}")
    parameters = model.parameters()
    optimizer = given if isinstance(given, Optimizer) else BY_NAME["adam"](parameters) if given is None else given(parameters)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer is to make an optimiser such as nn.Adam, and it made {optimizer!r}")
    if {*map(id, parameters)}.isdisjoint(map(id, optimizer.parameters)):
        raise ValueError("the optimizer steps none of this model's parameters: make it from model.parameters()")
    if not (schedule is None or isinstance(schedule, (Schedule, ReduceLROnPlateau))):
        raise TypeError(f"schedule is one such as nn.StepLR(optimizer, 10), and this is {schedule!r}")
    if schedule is not None and schedule.optimizer is not optimizer:
        raise ValueError("the schedule changes the lr of another optimizer: give optimizer=schedule.optimizer with it")
    if isinstance(schedule, ReduceLROnPlateau) and schedule.mode != "min":
        raise ValueError('fit steps a ReduceLROnPlateau by the loss, which is to fall: mode="min". Step this one in a callback')
    return optimizer


def _seed(seed: Any) -> int:
    try:
        return operator.index(seed)
    except TypeError:
        raise TypeError(f"seed is a whole number, and this is {seed!r}") from None


# ------------------------------------------------------------------------------------------------ the terminal


class _NoBar:
    """In the place of a progress bar that nobody wants to see, or that there is no tqdm for."""

    disable = True

    def update(self, steps: int) -> None:
        pass

    def set_postfix(self, figures: dict[str, str]) -> None:
        pass


def _bar(training: Training, steps: int, shown: bool) -> AbstractContextManager[Any]:
    if not shown:
        return nullcontext(_NoBar())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # in a notebook without ipywidgets tqdm says so; its bar is of text then
            from tqdm.auto import tqdm
    except ModuleNotFoundError:
        message = "training goes on without a progress bar, which needs tqdm: pip install tqdm, or say progress=False"
        warnings.warn(message, stacklevel=3)
        return nullcontext(_NoBar())
    bar: AbstractContextManager[Any] = tqdm(
        total=steps * training.epochs, initial=steps * training.epoch, unit="step", desc="training", dynamic_ncols=True
    )
    return bar


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
