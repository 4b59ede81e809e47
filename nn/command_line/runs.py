"""A training from the command line: what it was told to do, its progress, and the files it leaves."""

from __future__ import annotations

import argparse
import csv
import functools
import hashlib
import io
import textwrap
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import autograd
from autograd import no_grad
from autograd.pictures.drawing import find_dot
from autograd.texts import visible

from ..data import DATA_SETS
from ..layers import MLP
from ..losses import cross_entropy, mse_loss
from ..metrics import accuracy_score, mean_absolute_error, r2_score
from ..optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from ..penalties import l2_penalty
from ..plots import plot_boundary, plot_confusion, plot_history, plot_predictions
from ..seeing.drawing import draw_network
from ..state import Stateful
from ..storage import save, write_whole
from ..training.fit import Checkpoint, EarlyStopping, Training, fit
from ..training.history import History
from ..training.rows import decisions, numbers_of, outputs_of
from .problems import Problem, Task

OPTIMIZERS: dict[str, tuple[Callable[..., Optimizer], float]] = {
    "adam": (Adam, 0.01),
    "adamw": (AdamW, 0.01),
    "sgd": (SGD, 0.1),
    "momentum": (functools.partial(SGD, momentum=0.9), 0.03),
    "rmsprop": (RMSprop, 0.003),
    "adagrad": (Adagrad, 0.1),
}
"""The optimisers by name, each with its usual learning rate; "momentum" is SGD with momentum=0.9."""

HIDDEN, ACTIVATION, EPOCHS, TEST_SIZE = [32], "relu", 100, 0.2
MOST_PARAMETERS = 5_000_000
LEARNT, HELD_OUT = "learnt from", "held out"
LINES, WIDTH = 10, 11  # about so many epochs are told of, in columns so wide
MODEL, CHECKPOINT = "model.safetensors", "checkpoint.safetensors"
TABLES = ("history.csv", "held_out.csv")


class Plan(Stateful):
    """What a training is told to do. A checkpoint carries it along, so that no training goes on as another one.

    >>> Plan({"data": "digits", "hidden": [32]}, epochs=9).load_state_dict(
    ...     {"options": {"data": "digits", "hidden": [16]}, "epoch": 3})
    Traceback (most recent call last):
    ValueError: --hidden was 16 and is 32 now
    """

    def __init__(self, options: dict[str, Any], epochs: int) -> None:
        self.options = options
        self.epochs = epochs
        self.epoch = 0

    @classmethod
    def of(cls, asked: argparse.Namespace, problem: Problem) -> Plan:
        """With what is usual for the data where nothing was asked for."""
        known = DATA_SETS.get(asked.data)
        usual: dict[str, Any] = {
            "hidden": list(known.hidden) if known else HIDDEN,
            "activation": known.activation if known else ACTIVATION,
            "epochs": known.epochs if known else EPOCHS,
            "lr": OPTIMIZERS[asked.optimizer][1],
            "test_size": 0.0 if known and known.complete else TEST_SIZE,
        }
        chosen = {name: value if (given := getattr(asked, name)) is None else given for name, value in usual.items()}
        fingerprint = hashlib.sha256(repr((problem.inputs, problem.target, problem.rows, problem.targets)).encode())
        options = {
            "data": fingerprint.hexdigest(), "hidden": chosen["hidden"], "activation": chosen["activation"],
            "dropout": asked.dropout, "batch_size": asked.batch_size, "optimizer": asked.optimizer, "lr": chosen["lr"],
            "l2": asked.l2, "test_size": chosen["test_size"], "patience": asked.patience, "seed": asked.seed,
        }  # fmt: skip
        return cls(options, chosen["epochs"])

    def __call__(self, training: Training) -> None:
        self.epoch = training.epoch

    def load_state_dict(self, state: dict[str, Any]) -> None:
        before = state["options"]
        if before["data"] != self.options["data"]:
            raise ValueError("it was trained on other data")
        changed = [
            f"--{name.replace('_', '-')} was {_as_typed(before[name])} and is {_as_typed(now)} now"
            for name, now in self.options.items() if before[name] != now
        ]  # fmt: skip
        if changed:
            raise ValueError("; ".join(changed))
        if state["epoch"] > self.epochs:
            raise ValueError(f"{state['epoch']} epochs are done, and --epochs is {self.epochs} now")
        self.epoch = state["epoch"]


def _as_typed(option: Any) -> str:
    if option is None:
        return "not given"
    return (" ".join(map(str, option)) or "empty") if isinstance(option, list) else str(option)


class Run:
    """A network that learns a problem by a plan.

    learnt, held_out    the two parts of the problem; of nothing held out, None
    """

    def __init__(self, plan: Plan, learnt: Problem, held_out: Problem | None) -> None:
        options = plan.options
        self.plan, self.learnt, self.held_out = plan, learnt, held_out
        self.task = Task.of(learnt)
        self.loss: Callable[..., Any] = cross_entropy if learnt.classes else mse_loss
        widths = [*options["hidden"], len(learnt.classes or [learnt.target])]
        size = sum((nin + 1) * nout for nin, nout in zip([len(learnt.inputs), *widths], widths, strict=False))
        if size > MOST_PARAMETERS:
            raise ValueError(f"a network of {size:,} parameters is too large: give --hidden for at most {MOST_PARAMETERS:,}")
        self.model = MLP(len(learnt.inputs), widths, options["activation"], dropout=options["dropout"], rng=options["seed"])
        self.history = History()
        self.outputs: dict[str, list[Any]] = {}
        self.scores: dict[str, dict[str, float]] = {}

    @property
    def parts(self) -> dict[str, Problem]:
        return {LEARNT: self.learnt} | ({HELD_OUT: self.held_out} if self.held_out else {})

    @property
    def judge(self) -> str:
        """The part that tells how good the network is."""
        return HELD_OUT if self.held_out else LEARNT

    def opening(self) -> Iterable[str]:
        """What is about to happen, in lines."""
        options, learnt = self.plan.options, self.learnt
        what = f"{len(learnt.classes)} classes" if learnt.classes else "a number to predict"
        parts = ", ".join(f"{len(part.rows):,} rows {how}" for how, part in self.parts.items())
        yield f"{learnt.source}: {_count(len(learnt.inputs), 'input')}, {what}; {parts.replace('learnt', 'to learn', 1)}"
        if learnt.remark:
            yield learnt.remark
        yield f"{self.model}, {len(self.model.parameters()):,} parameters"
        yield f"{options['optimizer']} with a learning rate of {options['lr']:g}, {_count(self.plan.epochs, 'epoch')}"
        if autograd.build != "compiled":
            yield "the engine is pure Python: no compiled extension here, so this is slow"
        yield ""

    def learn(self, out: Path, *, resume: bool, say: Callable[[str], Any], progress: bool, compile: bool = True) -> None:
        """Trains, with a checkpoint after every epoch."""
        options = self.plan.options
        make, _ = OPTIMIZERS[options["optimizer"]]
        callbacks: list[Callable[[Training], Any]] = [self.plan]
        if options["patience"] is not None:
            monitor = "val_loss" if self.held_out else "loss"
            callbacks.append(EarlyStopping(monitor, patience=options["patience"]))
        if not resume:
            (out / CHECKPOINT).unlink(missing_ok=True)
        self.history = fit(
            self.model, *self.task.examples(self.learnt), loss=self.loss,
            optimizer=lambda parameters: make(parameters, lr=options["lr"]),
            penalty=(lambda model: l2_penalty(model, options["l2"])) if options["l2"] else None,
            epochs=self.plan.epochs, batch_size=options["batch_size"],
            validation=self.task.examples(self.held_out) if self.held_out else None, metrics=self._metrics(),
            callbacks=[*callbacks, Checkpoint(out / CHECKPOINT), self._teller(say)], seed=options["seed"], progress=progress,
            compile=compile, resume=out / CHECKPOINT if resume else None,
        )  # fmt: skip
        self._measure()

    def _metrics(self) -> Any:
        if self.learnt.classes:
            return ["accuracy"]
        return {"r2": r2_score, "mae": lambda true, outputs: self.task.scale * mean_absolute_error(true, outputs)}

    def _teller(self, say: Callable[[str], Any]) -> Callable[[Training], None]:
        """A callback that tells of about ten epochs, in a table."""
        every = max(1, self.plan.epochs // LINES)
        names = ["loss", *self._metrics()]
        columns = names + ["val_" + name for name in names] * (self.held_out is not None)
        say("".join([" " * 7, *(f"{part:>{WIDTH * len(names)}}" for part in self.parts)]))
        say("".join([f"{'epoch':>7}", *(f"{TITLES.get(name, name):>{WIDTH}}" for name in names * len(self.parts))]))

        def tell(training: Training) -> None:
            if training.epoch % every == 0 or training.epoch == training.epochs:
                figures = [_shown(name, training.history.last(name)) for name in columns]
                say("".join([f"{training.epoch:7}", *(f"{figure:>{WIDTH}}" for figure in figures)]))

        return tell

    def _measure(self) -> None:
        """How good the network is, on each part."""
        for name, part in self.parts.items():
            rows, targets = self.task.examples(part)
            self.outputs[name] = outputs = outputs_of(self.model, rows)
            with no_grad():
                scores = {"loss": float(numbers_of(self.loss(outputs, targets)))}
            if part.classes:
                scores["accuracy"] = accuracy_score(targets, decisions(self.loss, outputs))
            else:
                scores |= {metric: float(measure(targets, outputs)) for metric, measure in self._metrics().items()}
            self.scores[name] = scores

    def summary(self) -> Iterable[str]:
        """What came out, in lines."""
        titles = ["rows", *(TITLES.get(name, name) for name in self.scores[LEARNT])]
        yield "\n" + " " * WIDTH + "".join(f"{title:>{WIDTH}}" for title in titles)
        for name, part in self.parts.items():
            scores = (f"{_shown(*score):>{WIDTH}}" for score in self.scores[name].items())
            yield "".join([f"{name:{WIDTH}}{len(part.rows):{WIDTH},}", *scores])
        yield self.history.stopped
        if self.history.eager:
            yield from textwrap.wrap(f"trained eagerly, not compiled: {self.history.eager}", 80)
        if self.plan.options["patience"] is not None and self.held_out:
            yield "The rows held out chose when to stop: expect a little less of new ones."

    def write(self, out: Path) -> Iterable[tuple[str, str]]:
        """Writes the files one after the other, and gives the name of each and what it is."""
        for name, what, writer in self._files():
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Glyph")  # of a name: the box that is drawn for it tells as much
                writer(out / name)
            yield name, what
        if (out / CHECKPOINT).exists():
            yield CHECKPOINT, "the state of the training, from which --resume goes on"

    def _files(self) -> Iterable[tuple[str, str, Callable[[Path], Any]]]:
        yield MODEL, "the trained network, for predict and show", self._write_model
        yield "history.json", "the figures of every epoch", self.history.to_json
        yield "history.csv", "the same as a table", self.history.to_csv
        if self.history.epochs:
            yield "curves.png", "the loss and what else was measured, epoch by epoch", self._draw_curves
        if self.learnt.classes:
            yield "confusion.png", "which classes were taken for which", self._draw_confusion
            if len(self.learnt.inputs) == 2:
                yield "boundary.png", "what the network answers anywhere in the plane", self._draw_boundary
        else:
            yield "predictions.png", "what was predicted against what was true", self._draw_predictions
        if find_dot():
            yield "network.svg", "the network, with its weights as lines", self._draw_network
        if self.held_out:
            yield "held_out.csv", "the rows held out, to try predict with", self._write_held_out

    def _write_model(self, file: Path) -> None:
        training = {
            "epochs": self.history.epochs,
            "stopped": self.history.stopped,
            "options": {name: option for name, option in self.plan.options.items() if name != "data"},
            "rows": {name: len(part.rows) for name, part in self.parts.items()},
            "scores": self.scores,
        }
        save(self.model, file, metadata={"task": vars(self.task), "training": training})

    def _draw_curves(self, file: Path) -> None:
        renamed = {name.replace("val_", "held-out "): figures for name, figures in self.history.items()}
        loss = "cross-entropy" if self.learnt.classes else "mean squared error, standardised"
        title = f"Learning {visible(self.learnt.source)}".replace("$", r"\$")  # no formula
        plot_history(renamed, file, title=title, loss_label=f"loss ({loss})")

    def _draw_confusion(self, file: Path) -> None:
        part = self.parts[self.judge]
        predicted = decisions(self.loss, self.outputs[self.judge])
        right = sum(t == p for t, p in zip(part.targets, predicted, strict=True))
        plot_confusion(
            part.targets, predicted, file, names=part.classes, true_label=part.target,
            title=f"{right:,} of {len(predicted):,} rows {self.judge} are right",
        )  # fmt: skip

    def _draw_boundary(self, file: Path) -> None:
        def probabilities(rows: list[list[float]]) -> list[list[float]]:
            return self.task.probabilities(outputs_of(self.model, self.task.rows(rows)))

        plot_boundary(
            probabilities, {name: (part.rows, part.targets) for name, part in self.parts.items()}, file,
            names=self.learnt.classes, labels=self.learnt.inputs,
            title=f"{self.scores[self.judge]['accuracy']:.1%} of the rows {self.judge} are right",
        )  # fmt: skip

    def _draw_predictions(self, file: Path) -> None:
        scores = self.scores[self.judge]
        plot_predictions(
            {name: (part.targets, self.task.answers(self.outputs[name])) for name, part in self.parts.items()}, file,
            label=self.learnt.target, title=f"rows {self.judge}: R² {scores['r2']:.3f}, mean error {scores['mae']:.4g}",
        )  # fmt: skip

    def _draw_network(self, file: Path) -> None:
        write_whole(file, draw_task(self.model, self.task).pipe(format="svg"))

    def _write_held_out(self, file: Path) -> None:
        assert self.held_out is not None
        part = self.held_out
        targets = [part.classes[target] for target in part.targets] if part.classes else part.targets
        records = [[*row, target] for row, target in zip(part.rows, targets, strict=True)]
        write_whole(file, as_csv([[*part.inputs, part.target], *records]).encode())


def draw_task(model: Any, task: Task) -> Any:
    """The drawing of a network with the names of its inputs and classes."""
    return draw_network(model, task.inputs, task.classes or [task.target])


TITLES = {"r2": "R2", "mae": "mean error"}


def _shown(name: str, figure: float) -> str:
    return f"{figure:.1%}" if name.endswith("accuracy") else f"{figure:.4g}"


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" + "s" * (n != 1)


def as_csv(records: Iterable[Iterable[Any]]) -> str:
    """Lines of a CSV file.

    >>> as_csv([["a", "b"], [1.5, "say, this"]])
    'a,b\\n1.5,"say, this"\\n'
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(records)
    return text.getvalue()
