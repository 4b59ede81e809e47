"""Blocks that run in their pages: the scripts for it, the library as they load it, and what npm has for both."""

import shutil
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
PURE = ("graphviz", "tqdm")
"""What the packages need, as far as it is plain Python: the rest has no build for pages in any package."""

FROM_NPM = {
    "pyodide": ("pyodide", ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"]),
    "viz": ("@viz-js/viz/dist", ["viz.js"]),
}
"""By the folder they come to: the folder of the package, and the files."""


def add(static: Path, modules: Path) -> None:
    """Puts all that the blocks need beside the scripts of the site.

    modules     where npm has installed the packages
    """
    for folder, (package, files) in FROM_NPM.items():
        (static / folder).mkdir(exist_ok=True)
        for name in files:
            shutil.copy(modules / package / name, static / folder / name)
    with zipfile.ZipFile(static / "library.zip", "w", zipfile.ZIP_DEFLATED) as library:
        for inside, file in library_files():
            library.writestr(zipfile.ZipInfo(inside, (2000, 1, 1, 0, 0, 0)), file.read_bytes(), zipfile.ZIP_DEFLATED)


def library_files() -> Iterator[tuple[str, Path]]:
    """The sources of the packages and what they read, of what they need the plain Python, and the files that run blocks."""
    for file in sorted((ROOT / "docs" / "_static").glob("*.py")):
        yield file.name, file
    for package in ("autograd", "nn"):
        for file in sorted((ROOT / package).rglob("*")):
            if file.suffix in (".py", ".js", ".css", ".html", ".json", ".txt", ".csv") and file.is_file():
                yield file.relative_to(ROOT).as_posix(), file
    for name in PURE:
        for file in metadata.files(name) or ():
            if file.suffix == ".py":
                yield file.as_posix(), Path(str(file.locate()))


def without_empty_ends(app: Sphinx, document: nodes.document) -> None:
    """Doctest wants an empty line after an example; to a reader it is none."""
    for block in document.findall(nodes.literal_block):
        text = block.astext()
        if text != text.rstrip():
            block.rawsource = text.rstrip()
            block.children = [nodes.Text(text.rstrip())]
            block.children[0].parent = block


def add_script(app: Sphinx) -> None:
    if app.config.blocks_run:
        app.add_js_file("run.js")


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("blocks_run", False, "html", bool)
    app.connect("builder-inited", add_script)
    app.connect("doctree-read", without_empty_ends)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
