"""Plots, made with matplotlib, which is imported when the first one is drawn."""

from __future__ import annotations

import functools
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ..files import write_whole

File = str | os.PathLike[str] | IO[bytes] | None


@contextmanager
def matplotlib_needed() -> Iterator[None]:
    """Says what to do where matplotlib, or the Pillow that comes with it, cannot be imported inside."""
    try:
        yield
    except ImportError as missing:
        raise ImportError(f"plots and moving pictures are drawn by matplotlib: pip install matplotlib ({missing})") from missing


def new_figure(width: float, height: float, columns: int = 1) -> tuple[Any, Any]:
    """A Figure so many inches wide and high, and its axes (with several columns, an array of them).

    The figure is not made by pyplot, which would choose a backend for the whole program and keep every figure alive.

    >>> figure, axes = new_figure(7.0, 4.2)
    >>> line = axes.plot([1, 2, 3], [3.0, 1.0, 0.5])
    """
    with matplotlib_needed():
        from matplotlib.backends.backend_agg import FigureCanvasAgg
    figure = _figure_class()(figsize=(width, height), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(1, columns)


@functools.cache
def _figure_class() -> type[Any]:
    with matplotlib_needed():
        from matplotlib.figure import Figure
        from PIL import Image  # matplotlib comes with it

    class Picture(Figure):
        """A Figure that shows itself in notebooks, which know by themselves only of pyplot's."""

        def _repr_png_(self) -> bytes:
            file, small = io.BytesIO(), io.BytesIO()
            self.savefig(file, format="png", dpi=100)
            # A notebook's file has the picture in it: with 256 colours it looks the same and takes a third of the bytes.
            Image.open(file).convert("RGB").quantize(256).save(small, format="png", optimize=True)
            return small.getvalue()

    return Picture


def in_legend(text: str) -> str:
    """What a legend is to be given to show a text as it is: no formula, and not left out for its leading _.

    >>> in_legend("_price in $")
    ' _price in \\\\$'
    """
    return (" " + text if text.startswith("_") else text).replace("$", r"\$")


def saved(figure: Any, file: File) -> Any:
    """The figure, written to `file` (a path, whose ending says the format, or an open file for a PNG) unless that is None."""
    if isinstance(file, (str, os.PathLike)):
        path = Path(file)
        drawn = io.BytesIO()
        figure.savefig(drawn, format=path.suffix[1:] or "png")
        write_whole(path if path.suffix else path.with_name(f"{path.name}.png"), drawn.getvalue())
    elif file is not None:
        figure.savefig(file)
    return figure
