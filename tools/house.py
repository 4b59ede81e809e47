"""How the house stands: floors of imports, circles, long files, imports inside functions.

    python tools/house.py [FOLDER]     what is counted there, or here
    python tools/house.py --check      fails where a limit of [tool.house] in pyproject.toml is passed

Imports count wherever they stand: inside functions, under TYPE_CHECKING, and what compiled files cimport of each other.
"""

import ast
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

PACKAGES = ("autograd", "nn")
FOLDERS = (*PACKAGES, "tests", "tools", "benchmarks", "examples")

Graph = dict[str, set[str]]
"""The modules that each module imports."""


class Import(NamedTuple):
    importer: str
    imported: str
    in_function: bool


def code(root: Path, *folders: str) -> list[Path]:
    endings = (".py", ".pyi", ".pxd", ".pyx", ".tp")
    return sorted(file for folder in folders for file in (root / folder).rglob("*") if file.suffix in endings)


def name_of(root: Path, file: Path) -> str:
    return ".".join([*file.relative_to(root).parts[:-1], file.name.split(".")[0]]).removesuffix(".__init__")


def imports(root: Path) -> list[Import]:
    """Of the packages: each import of one of their modules or of another library."""
    modules = {name_of(root, file) for file in code(root, *PACKAGES)}
    found = []
    for file in code(root, *PACKAGES):
        importer = name_of(root, file)
        for module, names, in_function in imports_in(file, importer):
            # What is taken from a package may be a module of it.
            imported = {f"{module}.{name}" if f"{module}.{name}" in modules else module for name in names or [""]}
            found += [Import(importer, name, in_function) for name in sorted(imported) if name != importer]
    return found


def imports_in(file: Path, importer: str) -> Iterator[tuple[str, list[str], bool]]:
    """Of each import in a file: the module, the names taken from it, and whether it stands inside a function."""
    text = file.read_text()
    if file.suffix in (".pxd", ".pyx", ".tp"):  # no Python: only the form that Cython's files use
        yield from ((module, [], False) for module in re.findall(r"^ *from +(\S+) +c?import ", text, re.MULTILINE))
        return
    tree = ast.parse(text)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = {node for function in functions for node in ast.walk(function)}
    package = importer.split(".") if file.stem == "__init__" else importer.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, [], node in inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, node.module] if node.module else above)
            yield module.removeprefix("cython.cimports."), [alias.name for alias in node.names], node in inside


def graph_of(found: list[Import], depth: int | None = None) -> Graph:
    """Of modules; or, to a `depth` of names, of the folders they are in."""
    graph: Graph = {}
    for entry in found:
        if entry.imported.partition(".")[0] in PACKAGES:
            importer, imported = (".".join(name.split(".")[:depth]) for name in (entry.importer, entry.imported))
            graph.setdefault(imported, set())
            graph.setdefault(importer, set()).update({imported} - {importer})
    return graph


def circles(graph: Graph) -> list[list[str]]:
    """The groups of modules each of which leads to every other."""
    reached = {module: below(graph, module) for module in graph}
    groups = {frozenset(other for other in reached[module] if module in reached[other]) for module in graph}
    return sorted(sorted(group) for group in groups if group)


def below(graph: Graph, module: str) -> set[str]:
    found: set[str] = set()
    waiting = [module]
    while waiting:
        new = graph[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def floors(graph: Graph, package: str) -> int:
    """The modules on the longest way down through a package's imports; of a circle on it, all."""
    graph = {module: {k for k in used if belongs(k, package)} for module, used in graph.items() if belongs(module, package)}
    members = {module: group for group in circles(graph) for module in group}

    @cache
    def height(module: str) -> int:
        group = members.get(module, [module])
        under = {k for member in group for k in graph[member]} - set(group)
        return len(group) + max(map(height, under), default=0)

    return max(map(height, graph))


def belongs(module: str, package: str) -> bool:
    return module.partition(".")[0] == package


def lines(file: Path) -> int:
    return len(file.read_text().splitlines())


def main(root: Path) -> list[str]:
    """Prints what is counted, and returns what passes a limit."""
    found = imports(root)
    graph = graph_of(found)
    at_import = [entry for entry in found if not entry.in_function]
    in_functions = Counter((entry.importer, entry.imported) for entry in found if entry.in_function)
    long = sorted(((lines(file), str(file.relative_to(root))) for file in code(root, *FOLDERS)), reverse=True)
    pragmas = {
        folder: sum(len(re.findall("# fmt: *(skip|on|off)", file.read_text())) for file in code(root, folder))
        for folder in FOLDERS
    }

    for kind, depth in (("files", None), ("folders", 2)):
        heights = (f"{package} {floors(graph_of(at_import, depth), package)}" for package in PACKAGES)
        print(f"floors of {kind}:", ", ".join(heights))
    print("circles:", len(circles(graph)), *("\n  " + " ".join(group) for group in circles(graph)))
    print("longest files:", ", ".join(f"{name} {count}" for count, name in long[:4]))
    print("lines:", ", ".join(f"{folder} {sum(map(lines, code(root, folder)))}" for folder in FOLDERS))
    print("fmt: pragmas:", sum(pragmas.values()), pragmas)
    print("imports inside functions:", in_functions.total())
    for (importer, imported), count in sorted(in_functions.items()):
        print(f"  {importer}: {imported}{f' ({count} times)' if count > 1 else ''}")

    limits = tomllib.loads((root / "pyproject.toml").read_text())["tool"].get("house")
    if limits is None:
        return []
    too_long = {name for count, name in long if count > limits["lines"]}
    # The layers of import-linter leave out what Python cannot parse; a folder that imports upwards closes a circle of folders.
    passed = [f"a circle of imports: {' '.join(group)}" for group in circles(graph) or circles(graph_of(found, depth=2))]
    passed += [f"longer than {limits['lines']} lines: {name}" for name in sorted(too_long - set(limits["tables"]))]
    passed += [f"named as a long table, and is none: {name}" for name in sorted(set(limits["tables"]) - too_long)]
    if sum(pragmas.values()) > limits["fmt_pragmas"]:
        passed.append(f"{sum(pragmas.values())} fmt: pragmas; {limits['fmt_pragmas']} are allowed")
    if in_functions.total() != limits["imports_inside_functions"]:  # the limit is the count itself, so that it only goes down
        passed.append(f"{in_functions.total()} imports inside functions; the limit says {limits['imports_inside_functions']}")
    return passed


if __name__ == "__main__":
    options = sys.argv[1:]
    passed = main(Path(next((option for option in options if option != "--check"), Path(__file__).parents[1])))
    sys.exit("\n".join(passed) or 0 if "--check" in options else 0)
