"""Pictures as files: what a graphviz.Digraph becomes on the screen, in a notebook, on disk."""

from __future__ import annotations

import base64
import os
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import graphviz
from graphviz import CalledProcessError, ExecutableNotFound
from graphviz.backend import dot_command
from graphviz.backend.rendering import get_outfile

from ..files import check_writable, write_whole
from . import dot
from .charts import Chart
from .colours import DARK, LIGHT, Theme
from .mermaid import mermaid
from .pdf import pdf_of
from .plain_text import plain_text

SVG = "svg"
"""The format of a picture where none is asked for."""

PNG = "png"

TEXTS = ("mmd", "txt")
SAVED_AS = (SVG, PNG, "pdf", "dot", *TEXTS, "html")
"""What pictures are saved as, by the ending of the name."""

LOWEST_DPI, HIGHEST_DPI = 10, 1200

SHOWN_WIDTH = 800.0
"""Points that the cell of a notebook has, in a window of 1,240 pixels."""

SMALLEST_LETTERS = 2 / 3
"""How far a notebook's picture is made smaller to stand in its cell; of a wider one the letters could not be read."""


@contextmanager
def _dot_found(letters: str = "") -> Iterator[None]:
    """For the time of one call, the graphviz package runs the layout program there is: it only looks for one called `dot`.

    letters     what the program writes into a picture of pixels
    ValueError for a format that this program does not make.
    """
    program = dot.find_dot(letters)
    if program is None:
        error = ExecutableNotFound(["dot"])
        error.args = (dot.NO_DOT,)
        raise error
    before = dot_command.DOT_BINARY
    dot_command.DOT_BINARY = Path(program)
    try:
        yield
    except CalledProcessError as problem:
        said = problem.stderr.decode() if isinstance(problem.stderr, bytes) else str(problem.stderr)
        if "not recognized" not in said:
            raise
        raise ValueError(
            f'{program} does not make pictures of this kind: {said.strip()}. Take format="svg", or install your system\'s '
            "graphviz package, which makes more"
        ) from problem
    finally:
        dot_command.DOT_BINARY = before


class Picture(graphviz.Digraph):  # type: ignore[misc]  # (graphviz has no types)
    """A graphviz.Digraph that shows itself in notebooks, and saves itself as what a file's name says.

    what        its repr()
    chart, theme    what it shows, as data, and in which colours: for Mermaid and plain characters
    page        gives the live page of the same graph, as HTML
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.what = ""
        self.chart: Chart | None = None
        self.theme: Theme | None = None
        self.page: Callable[[], str] | None = None

    def __repr__(self) -> str:
        return self.what or f"<{self.name}, a graphviz.Digraph>"

    def copy(self) -> Any:
        copied = super().copy()
        copied.what, copied.chart, copied.theme, copied.page = self.what, self.chart, self.theme, self.page
        return copied

    # ---- made

    def pipe(
        self, format: str | None = None, *args: Any, quiet: bool = True, encoding: str | None = None, **kwargs: Any
    ) -> Any:
        """As graphviz's; SVG fits into what it stands in, PDF is made of the layout. Warnings about fonts are not shown."""
        asked = (format or self.format).lower()
        if asked == "pdf":
            return pdf_of(self.pipe("json", quiet=quiet, **kwargs))
        with _dot_found(self.source if asked == PNG else ""):
            made = super().pipe(format, *args, quiet=quiet, **kwargs)
        made = fitting(made) if asked == SVG else made
        return made if encoding is None else made.decode(encoding)

    def contents(self, ending: str, dpi: float | None = None) -> bytes:
        """What a file of that kind has inside: see `save`."""
        if ending in ("dot", "gv"):
            return str(self.source).encode()
        if ending in TEXTS:
            if self.chart is None or self.theme is None:
                raise ValueError(f"{self!r} is no picture of boxes and arrows, and cannot be a .{ending}: save it as .svg")
            return (mermaid(self.chart, self.theme) if ending == "mmd" else plain_text(self.chart)).encode()
        if ending == "html":
            if self.page is None:
                raise ValueError(f"{self!r} has no live page, and cannot be saved as .html: save it as .svg")
            return self.page().encode()
        if dpi is None:
            return bytes(self.pipe(ending))
        fine = self.copy()
        fine.attr("graph", dpi=f"{dpi:g}")
        return bytes(fine.pipe(ending))

    # ---- written

    def save(self, filename: Any = None, directory: Any = None, *, dpi: float | None = None, skip_existing: Any = False) -> Any:
        """Writes the picture to a file, as what the name ends in: .svg, .png, .pdf, .dot, .mmd, .txt or .html.

        dpi     of a .png: dots an inch, 96 if not given

        A .png has the letters of one font, which has no Chinese and no emoji: where the machine has a `dot` of its own, this
        draws them, and otherwise a warning says which are missing. .dot (or .gv) is the text that Graphviz reads, .mmd is
        Mermaid's, .txt has boxes and arrows of plain characters, and .html is the page of `autograd.explore`. Gives the path.
        The file is written wholly or not at all. ValueError for any other ending, for a picture that has no such form, and for
        a dpi that makes no sense. Without a name, as graphviz's own method, it writes the picture's text to its `filename`.
        """
        path = None if filename is None else Path(directory or "", filename)
        ending = "" if path is None else path.suffix[1:].lower()
        if path is None or ending == "gv":  # graphviz's own methods save the text on their way
            return self._save_text(filename, directory, skip_existing)
        if ending not in SAVED_AS:
            kinds = ", ".join([f".{kind}" for kind in SAVED_AS])
            raise ValueError(f"the name says what a picture is saved as, and {str(path)!r} ends in none of {kinds}")
        if dpi is not None:
            if ending != PNG:
                raise ValueError(f"dpi is for .png alone, and {str(path)!r} is a .{ending}: leave it out")
            if isinstance(dpi, bool) or not isinstance(dpi, (int, float)) or not LOWEST_DPI <= dpi <= HIGHEST_DPI:
                raise ValueError(f"dpi is a number from {LOWEST_DPI} to {HIGHEST_DPI}, and this is {dpi!r}")
        if ending == PNG:
            self._warn_of_boxes()
        made = self.contents(ending, dpi)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, made)
        return str(path)

    def render(self, filename: Any = None, directory: Any = None, *, quiet: bool = True, **options: Any) -> Any:
        """As graphviz's; but the format is that of the file's name, if it has one, and the text goes to a .gv beside it."""
        if filename is not None and not {"outfile", "renderer", "formatter"} & options.keys():
            options["outfile"] = _outfile(Path(directory or "", filename), options.get("format"))
            filename = directory = None
        asked = options.get("format") or Path(options.get("outfile") or f".{self.format}").suffix[1:]
        if asked.lower() == "pdf":
            return self._rendered_as_pdf(filename, directory, options)
        if asked.lower() == PNG:
            self._warn_of_boxes()
        with _dot_found(self.source if asked.lower() == PNG else ""):
            return super().render(filename=filename, directory=directory, quiet=quiet, **options)

    def _save_text(self, filename: Any, directory: Any, skip_existing: Any) -> str:
        """As graphviz's `save`, but wholly or not at all."""
        if filename is not None:
            self.filename = filename
        if directory is not None:
            self.directory = directory
        path = os.fspath(self.filepath)
        if not (skip_existing and os.path.exists(path)):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, str(self.source).encode(self.encoding))
        return path

    def _render(
        self,
        engine: str,
        format: str,
        filepath: Any,
        *,
        outfile: Any,
        raise_if_result_exists: bool,
        overwrite_filepath: bool,
        **how: Any,
    ) -> str:
        """What graphviz's `render` calls; but the file is written wholly or not at all, as `dot` writes to one of its own."""
        made = Path(outfile or get_outfile(filepath, format=format, renderer=how["renderer"], formatter=how["formatter"]))
        _check_free(made, raise_if_result_exists)
        if not overwrite_filepath and os.path.realpath(made) == os.path.realpath(filepath):
            raise ValueError(f"{str(made)!r} has the picture's text, which would be lost: pass overwrite_source=True for that")
        with tempfile.TemporaryDirectory() as folder:
            drawn = Path(folder, f"picture{made.suffix}")
            if not os.path.isfile(filepath):  # a FIFO, which the text went into
                filepath = Path(folder, "picture.gv")
                filepath.write_text(self.source, encoding=self.encoding)
            graphviz.render(engine, format, filepath, outfile=drawn, **how)
            contents = drawn.read_bytes()
        write_whole(made, fitting(contents) if format.lower() == SVG else contents)
        return str(made)

    def _warn_of_boxes(self) -> None:
        if boxes := dot.without_letters(self.source):
            warnings.warn(
                f"in a .png, {boxes} are empty boxes: the font of {dot.PURE} has no such letters. Save it as .svg or .html, "
                "which whoever looks has fonts for, or install your system's graphviz package, which takes this machine's",
                stacklevel=3,
            )

    def _rendered_as_pdf(self, filename: Any, directory: Any, options: dict[str, Any]) -> str:
        outfile = options.get("outfile")
        text = Path(self.save(filename or (Path(outfile).with_suffix(".gv") if outfile else None), directory))
        made = Path(outfile or f"{text}.pdf")
        _check_free(made, options.get("raise_if_result_exists", False))
        write_whole(made, self.pipe("pdf", engine=options.get("engine")))
        if options.get("cleanup"):
            text.unlink()
        if options.get("view") or options.get("quiet_view"):
            self._view(str(made))
        return str(made)

    def _view(self, filepath: Any, **_: Any) -> None:
        """Opens the file in the browser, which every desktop has and which shows all these formats."""
        import webbrowser  # here, as it starts programs to find out which there are

        webbrowser.open(Path(filepath).resolve().as_uri())

    # ---- shown

    def bundle(self, text: str) -> dict[str, str]:
        """What a notebook shows, with this text: SVG; and PNG, as a notebook that nobody has trusted yet hides SVG.

        Where there is no program to lay the picture out, the text says so.
        """
        if dot.find_dot() is None:
            return {"text/plain": f"{text}\n(no picture: {dot.NO_DOT})"}
        png = base64.b64encode(self.pipe("png")).decode()
        svg = _dark_in_the_dark(_as_wide_as_a_cell(self.pipe("svg", encoding="utf-8")))
        return {"text/plain": text, "image/svg+xml": svg, "image/png": png}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict[str, str]:
        return self.bundle(repr(self))


def _check_free(made: Path, raise_if_result_exists: bool) -> None:
    if raise_if_result_exists and made.exists():
        raise graphviz.FileExistsError(f"output file exists: {str(made)!r}")
    check_writable(made)


def fitting(svg: bytes) -> bytes:
    """SVG that is no wider than what it stands in, a notebook or a window: it keeps its shape."""
    return svg.replace(b"<svg ", b'<svg style="max-width: 100%; height: auto" ', 1)


def _as_wide_as_a_cell(svg: str) -> str:
    """SVG for JupyterLab, which shows it as an <img>: the style inside knows nothing of the room around."""
    found = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    if not found or not SHOWN_WIDTH < float(found[1]) <= SHOWN_WIDTH / SMALLEST_LETTERS:
        return svg
    height = float(found[2]) * SHOWN_WIDTH / float(found[1])
    return svg.replace(found[0], f'width="{SHOWN_WIDTH:.0f}pt" height="{height:.0f}pt"', 1)


_COLOUR = re.compile(r'(fill|stroke)="(#[0-9a-f]{6})"')


def _dark_in_the_dark(svg: str) -> str:
    """SVG for JupyterLab: the <img> that it stands in says whether all around it is dark, and then so is a light picture.

    Where SVG stands among HTML, nothing says so: there its root is not the root of all, and the picture stays light. So does
    one that has colours of its own, which tell the size of numbers.
    """
    darker = dict(zip(LIGHT, DARK, strict=True))
    found = sorted(set(_COLOUR.findall(svg)))
    if not all(colour in darker for _, colour in found):
        return svg
    rules = [f'svg:root [{what}="{colour}"]{{{what}:{darker[colour]}}}' for what, colour in found]
    return svg.replace("<g ", f"<style>@media (prefers-color-scheme:dark){{{''.join(rules)}}}</style>\n<g ", 1)


def _outfile(path: Path, asked: str | None) -> Path:
    suffix = path.suffix[1:].lower()
    named = suffix in graphviz.FORMATS - {"dot", "gv"} and asked in (None, suffix)
    return path if named else path.with_name(f"{path.name}.{asked or SVG}")
