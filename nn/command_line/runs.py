"""A training from the command line: what it was told to do, its progress, and the files it leaves."""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import textwrap
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import autograd
from autograd import no_grad
from autograd.pictures.dot import find_dot
from autograd.texts import visible

from ..data import DATA_SETS, DataSet
from ..layers import MLP
from ..losses import cross_entropy, decisions, mse_loss
from ..metrics import accuracy_score, mean_absolute_error, r2_score
from ..nested import numbers_of
from ..optim import BY_NAME
from ..penalties import l2_penalty
from ..plots import plot_boundary, plot_confusion, plot_history, plot_predictions
from ..seeing.drawing import draw_network
from ..state import Stateful
from ..storage import save, write_whole
from ..training.callbacks import Checkpoint, EarlyStopping, Training
from ..training.fit import fit
from ..training.history import History
from ..training.outputs import outputs_of
from .problems import Problem, Schema

TEST_SIZE = 0.2
MOST_PARAMETERS = 5_000_000
LEARNT, HELD_OUT = "learnt from", "held out"
LINES, WIDTH = 10, 11  # of the table that is printed during a training: about how many lines, and how wide its columns
MODEL, CHECKPOINT = "model.safetensors", "checkpoint.safetensors"
TABLES = ("history.csv", "held_out.csv")
OPTIONS = ("hidden", "activation", "dropout", "batch_size", "optimizer", "lr", "l2", "test_size", "patience", "seed")
"""What --resume may not change."""


def usual_rate(optimizer: str) -> float:
    """The learning rate of an optimiser unless another one is asked for."""
    rate: float = BY_NAME[optimizer].keywords["lr"]
    return rate


class Settings(Stateful):
    """The options of a training. Its checkpoint has them too, so that --resume refuses changed ones.

    >>> Settings({"data": "digits", "hidden": [32]}, epochs=9).load_state_dict(
    ...     {"options": {"data": "digits", "hidden": [16]}, "epoch": 3})
    Traceback (most recent call last):
    ValueError: --hidden was 16 and is 32 now
    """

    def __init__(self, options: dict[str, Any], epochs: int) -> None:
        self.options = options
        self.epochs = epochs
        self.epoch = 0

    @classmethod
    def of(cls, asked: argparse.Namespace, problem: Problem) -> Settings:
        """The options that were asked for, and for the others what is usual for the data."""
        known = DATA_SETS.get(asked.data, DataSet)  # for a CSV file the class itself, which has the defaults
        usual = {
            "hidden": list(known.hidden),
            "activation": known.activation,
            "epochs": known.epochs,
            "lr": usual_rate(asked.optimizer),
            "test_size": 0.0 if known.complete else TEST_SIZE,
        }

        def chosen(name: str) -> Any:
            given = getattr(asked, name)
            return usual.get(name) if given is None else given

        fingerprint = hashlib.sha256(repr((problem.inputs, problem.target, problem.rows, problem.targets)).encode())
        options = {"data": fingerprint.hexdigest()} | {name: chosen(name) for name in OPTIONS}
        return cls(options, chosen("epochs"))

    def __call__(self, training: Training) -> None:
        self.epoch = training.epoch

    def load_state_dict(self, state: dict[str, Any]) -> None:
        before = state["options"]
        if before["data"] != self.options["data"]:
            raise ValueError("it was trained on other data")
        changed = [
            f"--{name.replace('_', '-')} was {_as_typed(before[name])} and is {_as_typed(now)} now"
            for name, now in self.options.items()
            if before[name] != now
        ]
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
    """One training: a network, the problem it learns, and what came of it.

    learnt, held_out    the two parts of the problem; held_out is None where nothing is held out
    """

    def __init__(self, settings: Settings, learnt: Problem, held_out: Problem | None) -> None:
        options = settings.options
        self.settings, self.learnt, self.held_out = settings, learnt, held_out
        self.schema = Schema.of(learnt)
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
        """The name of the part whose scores say how good the network is."""
        return HELD_OUT if self.held_out else LEARNT

    def opening(self) -> Iterable[str]:
        """What is going to be trained, in lines of text."""
        options, learnt = self.settings.options, self.learnt
        what = f"{len(learnt.classes)} classes" if learnt.classes else "a number to predict"
        parts = ", ".join(f"{len(part.rows):,} rows {how}" for how, part in self.parts.items())
        yield f"{learnt.source}: {_count(len(learnt.inputs), 'input')}, {what}; {parts.replace('learnt', 'to learn', 1)}"
        if learnt.remark:
            yield learnt.remark
        yield f"{self.model}, {len(self.model.parameters()):,} parameters"
        yield f"{options['optimizer']} with a learning rate of {options['lr']:g}, {_count(self.settings.epochs, 'epoch')}"
        if autograd.build != "compiled":
            yield "the engine is pure Python: no compiled extension here, so this is slow"
        yield ""

    def learn(self, out: Path, *, resume: bool, say: Callable[[str], Any], progress: bool, compile: bool = True) -> None:
        """Trains, with a checkpoint after every epoch."""
        options = self.settings.options
        make = BY_NAME[options["optimizer"]]
        callbacks: list[Callable[[Training], Any]] = [self.settings]
        if options["patience"] is not None:
            monitor = "val_loss" if self.held_out else "loss"
            callbacks.append(EarlyStopping(monitor, patience=options["patience"]))
        self.history = fit(
            self.model,
            *self.schema.examples(self.learnt),
            loss=self.loss,
            optimizer=lambda parameters: make(parameters, lr=options["lr"]),
            penalty=(lambda model: l2_penalty(model, options["l2"])) if options["l2"] else None,
            epochs=self.settings.epochs,
            batch_size=options["batch_size"],
            validation=self.schema.examples(self.held_out) if self.held_out else None,
            metrics=self._metrics(),
            callbacks=[*callbacks, Checkpoint(out / CHECKPOINT), self._teller(say)],
            seed=options["seed"],
            progress=progress,
            compile=compile,
            resume=out / CHECKPOINT if resume else None,
        )
        self._measure()

    def _metrics(self) -> Any:
        if self.learnt.classes:
            return ["accuracy"]
        return {"r2": r2_score, "mae": lambda true, outputs: self.schema.scale * mean_absolute_error(true, outputs)}

    def _teller(self, say: Callable[[str], Any]) -> Callable[[Training], None]:
        """A callback that prints a table of about ten of the epochs, one line after each."""
        every = max(1, self.settings.epochs // LINES)
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
        """Scores the network on each part."""
        for name, part in self.parts.items():
            rows, targets = self.schema.examples(part)
            self.outputs[name] = outputs = outputs_of(self.model, rows)
            with no_grad():
                scores = {"loss": float(numbers_of(self.loss(outputs, targets)))}
            if part.classes:
                scores["accuracy"] = accuracy_score(targets, decisions(self.loss, outputs))
            else:
                scores |= {metric: float(measure(targets, outputs)) for metric, measure in self._metrics().items()}
            self.scores[name] = scores

    def summary(self) -> Iterable[str]:
        """The scores, and why the training stopped, in lines of text."""
        titles = ["rows", *(TITLES.get(name, name) for name in self.scores[LEARNT])]
        yield "\n" + " " * WIDTH + "".join(f"{title:>{WIDTH}}" for title in titles)
        for name, part in self.parts.items():
            scores = (f"{_shown(*score):>{WIDTH}}" for score in self.scores[name].items())
            yield "".join([f"{name:{WIDTH}}{len(part.rows):{WIDTH},}", *scores])
        yield self.history.stopped
        if self.history.eager:
            yield from textwrap.wrap(f"trained eagerly, not compiled: {self.history.eager}", 80)
        if self.settings.options["patience"] is not None and self.held_out:
            yield "The rows held out chose when to stop: expect a little less of new ones."

    def write(self, out: Path) -> Iterable[tuple[str, str]]:
        """Writes the files one after the other, and gives for each its name and a few words on its contents."""
        for name, what, writer in self._files(self.history.epochs):
            with warnings.catch_warnings():
                # A font without some character of a name: matplotlib draws a box in its place, which says as much.
                warnings.filterwarnings("ignore", "Glyph")
                writer(out / name)
            yield name, what
        if (out / CHECKPOINT).exists():
            yield CHECKPOINT, "the state of the training, from which --resume goes on"

    def names(self) -> list[str]:
        """Those of the files that a training writes."""
        return [CHECKPOINT, *[name for name, _, _ in self._files(self.settings.epochs)]]

    def _files(self, epochs: int) -> Iterable[tuple[str, str, Callable[[Path], Any]]]:
        yield MODEL, "the trained network, for predict and show", self._write_model
        yield "history.json", "the figures of every epoch", self.history.to_json
        yield "history.csv", "the same as a table", self.history.to_csv
        if epochs:
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
            "options": {name: option for name, option in self.settings.options.items() if name != "data"},
            "rows": {name: len(part.rows) for name, part in self.parts.items()},
            "scores": self.scores,
        }
        save(self.model, file, metadata={"task": vars(self.schema), "training": training})

    def _draw_curves(self, file: Path) -> None:
        renamed = {name.replace("val_", "held-out "): figures for name, figures in self.history.items()}
        loss = "cross-entropy" if self.learnt.classes else "mean squared error, standardised"
        title = f"Learning {visible(self.learnt.source)}".replace("$", r"\$")  # matplotlib takes $ for a formula
        plot_history(renamed, file, title=title, loss_label=f"loss ({loss})")

    def _draw_confusion(self, file: Path) -> None:
        part = self.parts[self.judge]
        predicted = decisions(self.loss, self.outputs[self.judge])
        right = sum(t == p for t, p in zip(part.targets, predicted, strict=True))
        plot_confusion(
            part.targets,
            predicted,
            file,
            names=part.classes,
            true_label=part.target,
            title=f"{right:,} of {len(predicted):,} rows {self.judge} are right",
        )

    def _draw_boundary(self, file: Path) -> None:
        def probabilities(rows: list[list[float]]) -> list[list[float]]:
            return self.schema.probabilities(outputs_of(self.model, self.schema.rows(rows)))

        plot_boundary(
            probabilities,
            {name: (part.rows, part.targets) for name, part in self.parts.items()},
            file,
            names=self.learnt.classes,
            labels=self.learnt.inputs,
            title=f"{self.scores[self.judge]['accuracy']:.1%} of the rows {self.judge} are right",
        )

    def _draw_predictions(self, file: Path) -> None:
        scores = self.scores[self.judge]
        plot_predictions(
            {name: (part.targets, self.schema.answers(self.outputs[name])) for name, part in self.parts.items()},
            file,
            label=self.learnt.target,
            title=f"rows {self.judge}: R² {scores['r2']:.3f}, mean error {scores['mae']:.4g}",
        )

    def _draw_network(self, file: Path) -> None:
        write_whole(file, draw_model(self.model, self.schema).pipe(format="svg"))

    def _write_held_out(self, file: Path) -> None:
        assert self.held_out is not None
        part = self.held_out
        targets = [part.classes[target] for target in part.targets] if part.classes else part.targets
        records = [[*row, target] for row, target in zip(part.rows, targets, strict=True)]
        write_whole(file, as_csv([[*part.inputs, part.target], *records]).encode())


def draw_model(model: Any, schema: Schema) -> Any:
    """The drawing of a network with the names of its inputs and classes."""
    return draw_network(model, schema.inputs, schema.classes or [schema.target])


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
