"""A film as moving pictures: what is learnt on the left, the loss on the right.

Imported when one is saved, as it needs matplotlib.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.animation import FFMpegWriter, FuncAnimation, PillowWriter
from matplotlib.colors import LinearSegmentedColormap

import autograd
from autograd.pictures.colours import BLUE, INK, LIGHT, ORANGE, QUIET
from autograd.pictures.figures import new_figure

from ..nested import as_lists, flat
from ..training.replacing import replaced

try:
    from imageio_ffmpeg import get_ffmpeg_exe
except ImportError:  # then ffmpeg is on the path, or nowhere
    get_ffmpeg_exe = None

ACROSS = 60
"""Into how many squares each axis of a plane is parted."""


def moving_pictures(film: Any, kind: str, frames: int) -> bytes:
    """The bytes of a `gif` or `mp4` of a film. ImportError without matplotlib; ValueError for an mp4 without ffmpeg."""
    program = ffmpeg() if kind == "mp4" else ""
    if program is None:
        raise ValueError(
            "an mp4 is written by the program ffmpeg, which is not on this machine: pip install imageio-ffmpeg, "
            "or apt-get install ffmpeg, or the like; or save a .gif, which needs none"
        )
    steps = film.kept[:: max(1, -(-len(film.kept) // frames))]
    if steps[-1] != film.kept[-1]:
        steps.append(film.kept[-1])
    figure, (left, right) = new_figure(9.6, 4.4, 2)
    scene = _Scene(film, left, right)
    scene.draw(steps[0])
    figure.canvas.draw()
    figure.set_layout_engine("none")  # everything has its place now; to find it again for every picture takes most of the time
    animation = FuncAnimation(figure, lambda k: scene.draw(steps[k]), frames=len(steps), blit=False, init_func=lambda: [])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"film.{kind}"
        writer: Any = PillowWriter(fps=12) if kind == "gif" else FFMpegWriter(fps=12)
        with matplotlib.rc_context({"animation.ffmpeg_path": program}):
            animation.save(file, writer=writer, dpi=100)
        return file.read_bytes()


def still(film: Any) -> bytes:
    """The last moment that a film has kept, as a PNG. ImportError without matplotlib."""
    figure, (left, right) = new_figure(9.6, 4.4, 2)
    _Scene(film, left, right).draw(film.kept[-1])
    png: bytes = figure._repr_png_()
    return png


def ffmpeg() -> str | None:
    """Where the program is: on the path, or in the package imageio-ffmpeg; None if it is nowhere."""
    found: str | None = shutil.which(matplotlib.rcParams["animation.ffmpeg_path"])
    if found or get_ffmpeg_exe is None:
        return found
    try:
        return str(get_ffmpeg_exe())
    except RuntimeError:  # the package has none for this machine
        return None


class _Scene:
    """The two axes, drawn anew for each step."""

    def __init__(self, film: Any, left: Any, right: Any) -> None:
        self.film, self.left, self.right = film, left, right
        task = film.known
        self.rows = np.asarray(task.examples.rows, dtype=float).reshape(len(task.examples), -1)
        self.targets = np.asarray(task.examples.targets, dtype=float).reshape(len(task.examples), -1)
        self.decision = film.data["decision"]
        self.forward = _forward(film)
        self.shades = LinearSegmentedColormap.from_list("", [LIGHT.paper, LIGHT.tint(1.0, 1.0)])
        column = task.history.get("loss", [])[film.first_epoch :]
        self.losses = [(film.steps_of_epoch * (e + 1), loss) for e, loss in enumerate(column)]

    def draw(self, step: int) -> list[Any]:
        weights = [*self.film.weights(step).values()]
        self.left.clear()
        if self.rows.shape[1] == 2:
            self._plane(weights)
        else:
            self._answers(weights)
        self.left.set_title(self.film.title or "what is learnt", color=INK, parse_math=False)
        self._curve(step)
        return []

    def _plane(self, weights: list[float]) -> None:
        low, high = self.rows.min(axis=0), self.rows.max(axis=0)
        room = 0.12 * np.where(high > low, high - low, 1.0)
        xs, ys = (np.linspace(low[k] - room[k], high[k] + room[k], ACROSS) for k in range(2))
        grid = np.array([[x, y] for y in ys for x in xs])
        given = self.forward(weights, grid).reshape(ACROSS, ACROSS, -1)
        targets = self.targets[:, 0]
        if given.shape[2] > 1:
            given, level, limits = given.argmax(axis=2).astype(float), 0.5, (0.0, max(1.0, float(given.shape[2] - 1)))
        else:
            given, at = given[:, :, 0], self.decision["at"] if self.decision else float(targets.mean())
            spread = float(np.abs(given - at).max()) or 1.0
            level, limits = at, (at - spread, at + spread)
        extent = (xs[0], xs[-1], ys[0], ys[-1])
        self.left.imshow(given, origin="lower", extent=extent, aspect="auto", cmap=self.shades, vmin=limits[0], vmax=limits[1])
        if given.min() < level < given.max():
            self.left.contour(xs, ys, given, levels=[level], colors=INK, linewidths=1.2)
        above = targets > targets.mean()
        for chosen, face in ((above, LIGHT.plus), (~above, LIGHT.paper)):
            self.left.scatter(
                *self.rows[chosen].T, s=24, c=face, edgecolors=INK if face == LIGHT.paper else "white", linewidths=1.0
            )

    def _answers(self, weights: list[float]) -> None:
        given = self.forward(weights, self.rows)
        if self.decision and given.shape[1] > 1:
            count = given.shape[1]
            wanted = self.targets[:, 0].astype(int) if self.targets.shape[1] == 1 else self.targets.argmax(axis=1)
            table = np.zeros((count, count))
            np.add.at(table, (wanted, given.argmax(axis=1)), 1.0)
            self.left.imshow(table / np.maximum(1.0, table.sum(axis=1, keepdims=True)), cmap="Blues", vmin=0.0, vmax=1.0)
            self.left.set_xlabel("read as")
            self.left.set_ylabel("is")
            return
        across = self.rows[:, 0] if self.rows.shape[1] == 1 else self.targets[:, 0]
        order = np.argsort(across)
        self.left.plot(across[order], self.targets[order, 0], "o", color=QUIET, markersize=4)
        self.left.plot(across[order], given[order, 0], "-" if self.rows.shape[1] == 1 else "o", color=BLUE, markersize=3)

    def _curve(self, step: int) -> None:
        axes = self.right
        axes.clear()
        if self.losses:
            steps, losses = zip(*self.losses, strict=True)
            axes.plot(steps, losses, color=BLUE)
            if 0.0 < 8.0 * min(losses) < max(losses):
                axes.set_yscale("log")
        axes.axvline(step, color=ORANGE)
        axes.set_xlim(0, max(1, self.film.steps))
        axes.set_xlabel(f"step {step:,}")
        axes.set_title("loss", color=INK)


def _forward(film: Any) -> Any:
    """A function of weights and rows that gives the outputs, row by row, as an array."""
    task = film.known
    shape = np.shape(task.examples.rows)[1:]
    parameters = task.optimizer.parameters

    def outputs(weights: Any, row: Any) -> Any:
        with replaced(task.model, {id(p): w for p, w in zip(parameters, weights, strict=True)}):
            return np.array(flat(task.model(as_lists(row.reshape(shape) if shape else row[0]))), dtype=object)

    program = autograd.compile(outputs, in_axes=(None, 0))
    return lambda weights, rows: np.asarray(program(np.asarray(weights), rows), dtype=float).reshape(len(rows), -1)
