"""Film: a training that one can travel in, forward and back, and change from any step on.

A film keeps the weights, and what the optimiser keeps for each, now and then. What lies between is computed again, here and in
the page alike: a training is the same to the last bit whenever it is made from the same state.
"""

from __future__ import annotations

import base64
import copy
import dataclasses
import itertools
import math
import os
import tempfile
import webbrowser
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from autograd.cached import cached_property
from autograd.files import write_whole
from autograd.pictures.figures import matplotlib_needed
from autograd.pictures.page_rules import rules_for
from autograd.pictures.pages import framed, page

from ..arguments import whole
from ..losses import Loss, by_rows, mse_loss, row_of
from ..module import Module
from ..nested import as_lists, flat, numbers_of
from ..optim import SGD
from ..training.callbacks import Training
from ..training.compiled import CompiledSteps
from ..training.eager import EagerSteps
from ..training.fit import checked_examples, output_of
from ..training.history import History
from ..training.task import Task, moment
from .replay import NotReplayableError, names_of_parameters, replay, view_of_row

PAGE = Path(__file__).parent / "page"

SCRIPTS = [
    *("dom.js", "runtime.js", "rows.js", "writing.js"),
    *[
        str(PAGE / name)
        for name in (
            "training.js",
            "small_pictures.js",
            "plane.js",
            "examples.js",
            "network.js",
            "charts.js",
            "film.js",
            "film_main.js",
        )
    ],
]
"""What the page of a film is made of, in this order: explore's runtime, and its own."""

STYLES = ("look.css", str(PAGE / "film.css"), "narrow.css")

MOST_NUMBERS = 1 << 17
"""How many numbers a film keeps at most: 1 MB. Where there would be more, it keeps fewer moments."""

MOMENTS = 16
"""How many moments a film keeps while a compiled training goes on, which is to keep its speed; those between are made again."""

MOST_OF_ROWS = 1 << 20
"""How many numbers the rows of a training may have that a page makes the steps of again: 8 MB."""


class Film:
    """A callback of `fit` that keeps a training, to travel in.

    title       what stands above it
    inputs      names of the inputs
    classes     names of the classes

    It shows itself in a notebook as a page; `.save("training.html")` writes that page, one file that opens anywhere, and
    `.save("training.gif")` or `.mp4` moving pictures; `.show()` opens the page in a browser. `.weights(step)` gives the weights
    after any step, to the last bit; `.compare(a, b)` what has changed between two.

    In the page one goes through the steps both ways, sees weights, activations, deltas and slopes for an example, and goes on
    from any step with another learning rate, optimiser or penalty, or with other points. A training whose steps cannot be made
    again there (with dropout, say) is shown at the moments that were kept; `.reason` says why.

    >>> import nn
    >>> film = nn.Film(title="exclusive or")
    >>> rows, labels = nn.data.xor()
    >>> history = nn.fit(
    ...     nn.MLP(2, [4, 1], "tanh", rng=0), rows, labels, epochs=50, batch_size=None, callbacks=[film], progress=False)
    >>> film
    <film of 50 steps, 17 parameters>
    >>> film.weights(50) == {name: p.data for name, p in film.task.model.named_parameters()}
    True
    """

    looks_at_model = False  # but for `moment`, which needs no model

    def __init__(self, *, title: str = "", inputs: Sequence[Any] = (), classes: Sequence[Any] = ()) -> None:
        self.title, self.input_names, self.class_names = title, [*map(str, inputs)], [*map(str, classes)]
        self.training: Training | None = None
        self.task: Task | None = None
        self.kept: list[int] = []
        self._last = array("d")
        self.states = array("d")
        self._every = 1
        self._epochs = self.first_epoch = self.steps_before = 0
        self._until = 0  # the epoch after which it is called again, at the latest

    def __getstate__(self) -> dict[str, Any]:
        """What a pickle or a copy has: all but what a page makes of it, which the copy makes anew."""
        return {name: x for name, x in vars(self).items() if name != "_replay"}

    def __repr__(self) -> str:
        if not self.kept:
            return "<film of nothing yet: give it to fit, as callbacks=[film]>"
        return f"<film of {self.steps:,} steps, {len(self.names):,} parameters>"

    # ---- during the training

    def start(self, training: Training) -> None:
        """Begins anew, with the weights there are."""
        assert training.task is not None
        self.training, self.task = training, training.task
        self.first_epoch = training.epoch
        self.steps_before = training.optimizer.steps
        self._until = training.epoch + 1
        self._begin()

    def epochs_unseen(self, training: Training) -> int:
        """For how many epochs it need not be called: until the next moment that it keeps of a compiled training."""
        if training.epoch != self.first_epoch + self._epochs:
            self.start(training)  # it goes on from a checkpoint
        if not self._too_large:
            self._every = max(self._every, (training.epochs - self.first_epoch) * training.steps_of_epoch // MOMENTS)
        epochs = max(1, (self.kept[-1] + self._every - self.steps) // training.steps_of_epoch)
        self._until = training.epoch + epochs
        return epochs

    def __call__(self, training: Training) -> None:
        epochs = training.epoch - self.first_epoch
        if training is not self.training or not self._epochs < epochs <= self._until - self.first_epoch:
            self.start(training)  # it goes on from a checkpoint
            return
        self._epochs, self._until = epochs, training.epoch + 1
        if self.steps - self.kept[-1] >= self._every:
            self._keep(self.steps)
        elif training.history.eager:
            self._last = self._state()  # perhaps nobody can make it again, and perhaps it is the last

    def finish(self, training: Training) -> None:
        """Keeps the last moment, where it cannot be made again."""
        if self._last and self.reason and self.steps > self.kept[-1]:
            self.kept.append(self.steps)
            self.states.extend(self._last)
        self._last = array("d")

    def frame(self, model: Module, rows: Any = None, targets: Any = None, *, loss: Loss = mse_loss) -> None:
        """Keeps the weights as they are: for a training loop written by hand, before the first step and after each.

        rows, targets, loss     what is learnt, and how it is measured: with the first frame

        A page has these moments alone, as nobody knows how one came from the other.

        >>> from nn import MLP, SGD, data, mse_loss
        >>> model, (rows, labels) = MLP(2, [3, 1], "tanh", rng=0), data.xor()
        >>> optimizer, film = SGD(model.parameters(), lr=0.5), Film()
        >>> film.frame(model, rows, labels)
        >>> for _ in range(3):
        ...     optimizer.zero_grad()
        ...     mse_loss([model(row) for row in rows], labels).backward()
        ...     optimizer.step()
        ...     film.frame(model)
        >>> film
        <film of 3 steps, 13 parameters>
        """
        if self.task is None or self.training is not None or model is not self.task.model:
            if rows is None or targets is None:
                raise ValueError("with the first frame of a model come rows and targets: film.frame(model, rows, targets)")
            self.training, self.task = None, _task_by_hand(model, rows, targets, loss)
            self._begin()
            return
        self._epochs += 1
        if self.steps - self.kept[-1] >= self._every:
            self._keep(self.steps)

    def _begin(self) -> None:
        self._epochs = 0
        self.kept, self.states = [], array("d")
        self._every = 1
        self.__dict__.pop("_replay", None)
        self._keep(0)

    def _state(self) -> array[float]:
        """The weights, and what the optimiser keeps for each."""
        optimizer = self.known.optimizer
        return moment(optimizer, self.training.steps) if self.training else array("d", numbers_of(optimizer.parameters))

    def _keep(self, step: int) -> None:
        self.kept.append(step)
        self.states.extend(self._state())
        self._last = array("d")
        if len(self.states) > MOST_NUMBERS and len(self.kept) > 2:
            self._thin()

    def _thin(self) -> None:
        """Forgets every second moment."""
        long = len(self.states) // len(self.kept)
        self._every *= 2
        self.states = array("d", [x for k in range(0, len(self.kept), 2) for x in self.states[k * long : (k + 1) * long]])
        self.kept = self.kept[::2]

    # ---- what it knows

    @property
    def steps(self) -> int:
        """How many steps it has."""
        return self._epochs * self.steps_of_epoch

    @property
    def steps_of_epoch(self) -> int:
        """How many steps an epoch has; 1 where they were made by hand."""
        return self.training.steps_of_epoch if self.training else 1

    @property
    def known(self) -> Task:
        if self.task is None:
            raise ValueError("this film has nothing yet: give it to a training, nn.fit(..., callbacks=[film])")
        return self.task

    @property
    def names(self) -> list[str]:
        """What the weights are called in the model."""
        return names_of_parameters(self.known.model, self.known.optimizer.parameters)

    @property
    def reason(self) -> str:
        """Why its steps cannot be made again; "" if they can."""
        eager = self.known.history.eager
        if self.training is None:
            return "its steps were made by hand"
        if eager not in ("", "compile=False"):
            return f"it was trained eagerly: {eager}"
        if self._too_large:
            return f"its {len(self.known.examples):,} rows have more numbers than a page has room for"
        return self._replay if isinstance(self._replay, str) else ""

    @property
    def _too_large(self) -> bool:
        examples = self.known.examples
        return len(examples) * len(flat(as_lists(examples.rows[0]))) > MOST_OF_ROWS

    @cached_property
    def _replay(self) -> dict[str, Any] | str:
        """What a page makes the steps again with; or why there is no such thing."""
        try:
            return replay(self.known)
        except NotReplayableError as reason:
            return str(reason)

    def weights(self, step: int) -> dict[str, float]:
        """The weights after so many steps, by name: those that `fit` had, to the last bit.

        IndexError for a step that the film has not; ValueError for one that was not kept and cannot be made again.
        """
        return dict(zip(self.names, self._numbers(step), strict=True))

    def _numbers(self, step: int) -> list[float]:
        if not 0 <= step <= self.steps:
            raise IndexError(f"this film has the steps 0 to {self.steps:,}, and this is {step}")
        count = len(self.names)
        long = len(self.states) // len(self.kept)
        k = max(k for k, kept in enumerate(self.kept) if kept <= step)
        state = self.states[k * long : (k + 1) * long].tolist()
        if self.kept[k] == step:
            return state[:count]
        if self.reason:
            raise ValueError(f"step {step} was not kept, and cannot be made again: {self.reason}")
        return next(self._again(self.kept[k], state, [step]))[:count].tolist()

    def _again(self, kept: int, state: list[float], at: Sequence[int]) -> Iterator[array[float]]:
        """The states after each of these steps, made anew from the state after the step `kept`."""
        training, task = self.training, self.known
        assert training is not None
        model, optimizer = copy.deepcopy((task.model, task.optimizer))
        count, long = len(optimizer.parameters), self.steps_of_epoch
        for p, x in zip(optimizer.parameters, state[:count], strict=True):
            p.data = x
        for k, name in enumerate(optimizer.buffers or (), start=1):
            setattr(optimizer, name, state[k * count : (k + 1) * count])
        optimizer.steps = self.steps_before + kept
        twin = dataclasses.replace(task, model=model, optimizer=optimizer, history=History(), metrics={})
        steps: Any = EagerSteps(twin) if task.history.eager else CompiledSteps(twin)
        size, n = training.batch_size, len(task.examples)
        while kept < at[-1]:
            epoch = self.first_epoch + kept // long
            optimizer.lr = task.history["lr"][epoch]
            steps.begin(training.order(epoch, of_steps=True))
            for start in range(0, n, size):
                steps.step(start, min(start + size, n))
                kept += 1
                if kept in at:
                    yield moment(optimizer, steps)
                if kept == at[-1]:
                    break
            steps.end()

    def _fill(self) -> None:
        """Makes moments anew between those that were kept, as many as there is room for: from these no step is far."""
        if not self.kept or self.reason:
            return
        between, long = self.steps_of_epoch, len(self.states) // len(self.kept)
        while between < self.steps and (self.steps // between + 1) * long > MOST_NUMBERS:
            between *= 2
        kept: list[int] = []
        states = array("d")
        for k, (step, end) in enumerate(itertools.zip_longest(self.kept, self.kept[1:], fillvalue=self.steps)):
            state, at = self.states[k * long : (k + 1) * long], [*range(step + between, end, between)]
            if end == self.steps > step and k == len(self.kept) - 1:
                at.append(end)  # the last moment, too
            kept += [step, *at]
            states.extend(state)
            for made in self._again(step, state.tolist(), at) if at else ():
                states.extend(made)
        self.kept, self.states = kept, states

    # ---- the page

    def html(self) -> str:
        """The page: one file with everything inside."""
        data = self.data
        return page(SCRIPTS, data, before=self.rules(data), html=str(PAGE / "film.html"), styles=STYLES)

    @staticmethod
    def rules(data: dict[str, Any]) -> str:
        """The rules that a page with this data needs."""
        recorded = [data["row"], data["clipping"], *data["penalties"].values(), *data["optimizers"].values()]
        return rules_for(op for each in recorded if each for op in each["graph"]["ops"])

    def save(self, path: str | os.PathLike[str], *, frames: int = 120) -> None:
        """Writes the film: `.html` is the page, `.gif` and `.mp4` moving pictures of at most so many `frames` (they need
        matplotlib, and `.mp4` the program ffmpeg, which `pip install imageio-ffmpeg` brings, too). ValueError for another
        ending, and for `.mp4` where no ffmpeg is."""
        ending = Path(path).suffix.lower()
        if ending in (".html", ".htm"):
            write_whole(path, self.html().encode())
        elif ending in (".gif", ".mp4"):
            self._fill()
            write_whole(path, _movie().moving_pictures(self, ending[1:], whole(frames, "frames", 2)))
        else:
            raise ValueError(f"a film is saved as .html, .gif or .mp4, and this is {os.fspath(path)!r}")

    def show(self) -> Path:
        """Opens the page in the browser; gives the file, in a temporary folder, that it was written to."""
        path = Path(tempfile.mkdtemp(prefix="film-")) / "training.html"
        self.save(path)
        webbrowser.open(path.as_uri())
        return path

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """The page; and a still picture of the last moment, for places that run no scripts, if there is matplotlib."""
        if not self.kept:
            return {"text/plain": repr(self)}
        self._fill()
        try:
            still = base64.b64encode(_movie().still(self)).decode()
        except ImportError:
            still = ""
        shown = {
            "text/plain": repr(self),
            "text/html": framed(self.html(), still, alt="the training", title="a training to travel in"),
        }
        return {**shown, "image/png": still} if still else shown

    @property
    def data(self) -> dict[str, Any]:
        """All that a page has of this film, as plain data."""
        self._fill()
        task, training, reason = self.known, self.training, self.reason
        examples = task.examples.only([]) if self._too_large else task.examples
        loss = by_rows(task.loss)
        counts = loss.counts(task.output, examples.targets) if loss and loss.counts else None
        targets = _numbers_in(examples.targets)
        epochs = range(self.first_epoch, self.first_epoch + self._epochs)
        size = training.batch_size if training and training.batch_size < len(task.examples) else None
        shuffled = size and training and training.shuffle
        orders = (i for epoch in epochs for i in training.order(epoch)) if shuffled and training else ()
        can_step = (
            self._replay
            if not reason and isinstance(self._replay, dict)
            else {"penalties": {}, "clipping": None, "optimizers": {}}
        )
        return {
            "title": self.title,
            "reason": reason,
            "inputs": self.input_names,
            "classes": self.class_names,
            "decision": _decision(task, targets),
            "parameters": self.names,
            "count": len(examples),
            "rows": _numbers_in(examples.rows),
            "targets": targets,
            "counts": _numbers_in(counts) if hasattr(counts, "__len__") else counts,
            "batch_size": size,
            "shuffle": bool(training and training.shuffle),
            "orders": array("I", orders) if shuffled else None,
            "steps": self.steps,
            "steps_of_epoch": self.steps_of_epoch,
            "first_epoch": self.first_epoch,
            "steps_before": self.steps_before,
            "kept": self.kept,
            "states": self.states,
            "rates": task.history.get("lr", [])[self.first_epoch :],
            "history": {name: column[self.first_epoch :] for name, column in task.history.items()},
            "optimizer": "own",
            "penalty": "own" if task.penalty is not None else None,
            "row": None if self._too_large else view_of_row(task),
            **can_step,
        }

    def compare(self, a: int, b: int, *, most: int = 10) -> str:
        """What has changed between two steps, as text: how far the weights moved together, and those that moved most.

        >>> print(Film().compare(0, 10))
        Traceback (most recent call last):
        ...
        ValueError: this film has nothing yet: give it to a training, nn.fit(..., callbacks=[film])
        """
        before, after = self.weights(a), self.weights(b)
        moved = sorted(before, key=lambda name: -abs(after[name] - before[name]))
        length = math.dist([*before.values()], [*after.values()])
        lines = [f"from step {a} to step {b} the {len(moved):,} weights moved by {length:.4g}, and most of all:"]
        for name in moved[:most]:
            lines.append(f"  {name}: {before[name]:.6g} -> {after[name]:.6g} ({after[name] - before[name]:+.4g})")
        return "\n".join(lines)


def _movie() -> Any:
    """What draws a film, with matplotlib, which is imported when something is drawn."""
    with matplotlib_needed():
        from . import film_movie
    return film_movie


def _task_by_hand(model: Module, rows: Any, targets: Any, loss: Loss) -> Task:
    examples = checked_examples(model, loss, rows, targets)
    output = output_of(model, examples.first_row())
    return Task(model, SGD(model.parameters()), History(), examples, None, loss, None, None, {}, output)


def _numbers_in(table: Any) -> array[float]:
    """All numbers of an array or of nested lists, row by row, without NumPy: a film is shown where there is none, too."""
    return array("d", map(float, flat(as_lists(table))))


def _decision(task: Task, targets: array[float]) -> dict[str, Any] | None:
    """How outputs become classes: one below a number and one above it, or the place of the largest; None for numbers."""
    width, row = len(flat(task.output)), row_of(task.loss)
    if width > 1:
        of_classes = row is not None and row.formula is None
        return {"classes": list(range(width))} if of_classes else None
    if row is not None and row.decision is not None:
        at = 0.0 if row.decision(0.25) == row.decision(9.0) else 0.5
        return {"at": at, "classes": [row.decision(-9.0), row.decision(9.0)]}
    different = sorted({*targets})
    return {"at": sum(different) / 2.0, "classes": different} if len(different) == 2 else None
