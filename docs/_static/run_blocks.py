"""Runs the blocks of a page inside it, by Pyodide. What a page defines stays defined for its later blocks."""

import ast
import base64
import builtins
import contextlib
import doctest
import importlib
import io
import itertools
import json
import linecache
import os
import sys
import traceback
from pathlib import Path
from types import CodeType
from typing import Any

from autograd.pictures import dot, figures
from autograd.pictures.rendering import Picture, fitting

NAMESPACE: dict[str, Any] = {"__name__": "__main__"}
ELSEWHERE = {
    "anywidget": "anywidget", "dask": "Dask", "matplotlib": "matplotlib", "numpy": "NumPy", "pandas": "pandas",
    "pyspark": "PySpark", "ray": "Ray", "scipy": "SciPy",
    "sklearn": "scikit-learn", "torch": "PyTorch",
}  # fmt: skip
"""What blocks may ask for, and the Python of a page has not got."""

shown: list[dict[str, str]] = []
"""What the last block put out: texts, pictures and pages, in their order."""


def forget() -> None:
    """All that blocks have defined."""
    NAMESPACE.clear()
    NAMESPACE["__name__"] = "__main__"


def run(source: str, module: str) -> str:
    """Runs a block; gives what it put out and whether it is what its page says, as JSON.

    module  whose names the block knows; "" for those that are public
    """
    shown.clear()
    before = pictures_here()
    examples = doctest.DocTestParser().get_examples(source)
    try:
        agrees = all([run_example(example, module) for example in examples]) if examples else run_program(source, module)
    except Exception as error:
        shown.append({"kind": "error", "text": told(error)})
        agrees = False
    show_plots()
    if not any("/" in part["kind"] for part in shown):
        show_written(before)
    return json.dumps({"shown": shown, "agrees": agrees})


def run_example(example: doctest.Example, module: str) -> bool:
    """One prompt of a block; an error that its page expects is what it puts out."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            execute(compile(example.source, remembered(example.source), "single"), module)
        got = printed.getvalue()
        agrees = as_wanted(example.want, got)
    except Exception as error:
        if example.exc_msg is None:
            put_text(printed.getvalue())
            if not (isinstance(error, ImportError) and example.source.startswith(("import ", "from "))):
                raise
            shown.append({"kind": "error", "text": told(error)})  # what needs none of it goes on
            return False
        got = f"{printed.getvalue()}Traceback (most recent call last):\n    ...\n{told(error)}\n"
        said = "".join(traceback.format_exception_only(error.__class__, error.__class__(*error.args)))
        agrees = as_wanted(example.exc_msg, said)
    put_text(got)
    return agrees


def as_wanted(want: str, got: str) -> bool:
    """Whether an output is what stands on the page: there doctest's options are not shown, nor its marks of empty lines.

    So dots stand for anything, and an output with empty lines is compared up to the first.
    """
    check = doctest.OutputChecker().check_output
    return check(want, got, doctest.ELLIPSIS) or check(want, got.partition("\n\n")[0] + "\n", doctest.ELLIPSIS)


def run_program(source: str, module: str) -> bool:
    """A block without prompts: what its last line gives is shown, too. An import that fails leaves the others."""
    body, name = ast.parse(source).body, remembered(source)
    missing: list[str] = []
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            for k, statement in enumerate(body):
                shows = k == len(body) - 1 and isinstance(statement, ast.Expr)
                tree = ast.Interactive([statement]) if shows else ast.Module([statement], [])
                try:
                    execute(compile(tree, name, "single" if shows else "exec"), module)
                except ImportError as error:
                    if not isinstance(statement, (ast.Import, ast.ImportFrom)):
                        raise
                    missing.append(told(error))
    finally:
        put_text(printed.getvalue())
        shown.extend({"kind": "error", "text": text} for text in dict.fromkeys(missing))
    return not missing


def execute(code: CodeType, module: str) -> None:
    provide(names_in(code), module)
    before, sys.displayhook = sys.displayhook, display
    try:
        exec(code, NAMESPACE)
    finally:
        sys.displayhook = before


def remembered(source: str) -> str:
    """A file name under which the lines of a block are found again, by errors and by pages that show the source."""
    name = f"<block {next(numbers)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    return name


numbers = itertools.count(1)


def names_in(code: CodeType) -> set[str]:
    return set(code.co_names).union(*(names_in(part) for part in code.co_consts if isinstance(part, CodeType)))


def provide(names: set[str], module: str) -> None:
    """The names that a block uses and its page takes for granted."""
    for place in filter(None, [module, "autograd", "nn"]):
        own = place == module  # a module's own names come before Python's
        for name in names - NAMESPACE.keys() - (set() if own else set(dir(builtins))):
            if name in ("autograd", "nn"):
                NAMESPACE[name] = importlib.import_module(name)
            elif name in public_names(importlib.import_module(place), own):
                NAMESPACE[name] = getattr(sys.modules[place], name)


def public_names(module: Any, wholly: bool) -> Any:
    return vars(module) if wholly else getattr(module, "__all__", dir(module))


def display(result: Any) -> None:
    """As the prompt shows a result; below it the picture or page that it shows itself by in a notebook."""
    if result is None:
        return
    NAMESPACE["_"] = result
    print(repr(result))
    bundle = getattr(result, "_repr_mimebundle_", dict)()
    rich = next((kind for kind in ("text/html", "image/svg+xml") if kind in bundle), None)
    if rich:
        later.append({"kind": rich, "text": bundle[rich]})
    elif hasattr(result, "savefig") and BACKEND in sys.modules:
        put_picture(sys.modules[BACKEND].svg_of(result))


later: list[dict[str, str]] = []


def put_text(text: str) -> None:
    if text:
        shown.append({"kind": "text", "text": text})
    shown.extend(later)
    later.clear()


def told(error: BaseException) -> str:
    """An error in a line or some; where the block asks for a package that is not here, that."""
    seen = error
    while seen is not None:
        package = (getattr(seen, "name", None) or "").partition(".")[0]
        if isinstance(seen, ImportError) and package in ELSEWHERE:
            return f"This needs {ELSEWHERE[package]}, which the Python of this page has not got: run it in one of your own."
        seen = seen.__cause__ or seen.__context__
    return "".join(traceback.format_exception_only(error)).rstrip()


def draw_by(viz: Any) -> None:
    """Has pictures laid out by Graphviz in the page, which makes SVG."""

    def pipe(self: Picture, format: str = "svg", *_: Any, encoding: str | None = None, **options: Any) -> Any:
        made = viz.renderString(self.source, format=format, engine=self.engine)
        made = fitting(made.encode()) if format == "svg" else made.encode()
        return made if encoding is None else made.decode(encoding)

    def bundle(self: Picture, text: str) -> dict[str, str]:
        return {"text/plain": text, "image/svg+xml": self.pipe("svg", encoding="utf-8")}

    Picture.pipe, Picture.bundle, dot.find_dot = pipe, bundle, lambda *_: "Graphviz in this page"


def put_picture(svg: str) -> None:
    later.append({"kind": "image/svg+xml", "text": svg[max(svg.find("<svg"), 0) :]})


def show_plots() -> None:
    """Shows the plots that a block has made and not shown, as a notebook does."""
    for plots in ("page_plots", "matplotlib.pyplot"):
        if plots in sys.modules:
            sys.modules[plots].show()
            put_text("")
            return


def pictures_here() -> dict[Path, int]:
    """The files of pictures in the folder, and when each was written."""
    return {file: file.stat().st_mtime_ns for file in sorted(Path().iterdir()) if file.suffix in (".svg", ".png")}


def show_written(before: dict[Path, int]) -> None:
    """Shows the pictures that a block has written to files: a reader of a page has no way to open those."""
    for file in [file for file, when in pictures_here().items() if before.get(file) != when]:
        if file.suffix == ".svg":
            put_picture(file.read_text(encoding="utf-8"))
        else:
            content = base64.b64encode(file.read_bytes()).decode()
            later.append({"kind": "text/html", "text": f'<img alt="{file.name}" src="data:image/png;base64,{content}">'})
    put_text("")


def bring_packages(listed: str) -> None:
    """Has imports bring the packages that the site has been built with; where matplotlib is none, page_plots stands for it.

    listed  the file that says which, as page_packages.install takes them
    """
    import page_packages

    with open(listed, encoding="utf-8") as file:
        archives = json.load(file)
    page_packages.install(archives)
    if "matplotlib" in archives:
        os.environ["MPLBACKEND"] = f"module://{BACKEND}"
    else:
        plot_in_page()


BACKEND = "page_backend"


def plot_in_page() -> None:
    """Has plots drawn by page_plots, in the place of matplotlib."""
    import page_plots

    page_plots.install(put_picture)
    figures.new_figure = page_plots.new_figure
