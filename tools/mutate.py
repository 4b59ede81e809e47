"""Puts faults into the packages, one at a time, each into a copy of the tree, and says which of them no test sees.

    python tools/mutate.py                   the faults written down in mutants.toml, then 500 drawn from all the code
    python tools/mutate.py --count 5         the first five of that list
    python tools/mutate.py --drawn 20:60     of the drawn ones, those from the 21st to the 60th
    python tools/mutate.py --drawn 0:500 --list   says what they are, and tries none

A fault that is drawn is one small change: another comparison, sign or operation, a condition turned round, a number or flag
changed, a statement left out. mutants.toml says by which tests a file is tried. They end at the first failure, and that test
passes on the code as it is. Files that Cython compiles are tried in a copy without extensions, where they run as plain Python.
mutants.toml also keeps what was judged: faults that nobody can notice.

The exit code is 1 where a fault was not seen and is not judged.
"""

import argparse
import ast
import copy
import os
import random
import runpy
import shutil
import signal
import sys
import tempfile
import time
import tomllib
import traceback
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, NoReturn

import hypothesis.extra.numpy  # noqa: F401 (this and what follows is imported once for all: see `run`)
import mpmath  # noqa: F401
import numpy  # noqa: F401
import pytest
import scipy.optimize  # noqa: F401
import sklearn.datasets
import sklearn.pipeline  # noqa: F401

ROOT = Path(__file__).parent.parent
SEED = 11
DRAWN = 500
SECONDS = 900
"""After which the tests are ended, and the fault counts as seen: the code hangs, or takes many times as long."""

OPTIONS = ["-x", "-q", "-p", "no:cacheprovider", "-o", "timeout=120", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
ENDS = {None: "which go on without end", 2: "which cannot be collected", 4: "which cannot begin"}
"""What an exit code of pytest says of tests of which none failed."""

LISTS = tomllib.loads((ROOT / "tools" / "mutants.toml").read_text())


class Mutant(NamedTuple):
    file: str
    what: str
    """Where, and what became what: the same when lines move."""
    text: str
    """The whole file with the fault."""
    tests: list[str]


# ------------------------------------------------------------------------------------------------ faults written down


def written_down() -> Iterator[Mutant]:
    for fault in LISTS["faults"]:
        source = (ROOT / fault["file"]).read_text()
        if source.count(fault["old"]) != 1:
            sys.exit(f"mutants.toml, {fault['what']!r}: the old text is {source.count(fault['old'])} times in {fault['file']}")
        yield Mutant(fault["file"], fault["what"], source.replace(fault["old"], fault["new"]), fault["tests"])


# ------------------------------------------------------------------------------------------------ faults drawn

OTHER: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
}


def changed(node: ast.AST) -> Iterator[ast.AST | None]:
    """What a node may become by a fault; None where it is left out."""
    new = copy.copy(node)
    match node:
        case ast.Compare(ops=[op, *rest]) if type(op) in OTHER:
            new.ops = [OTHER[type(op)](), *rest]
            yield new
        case ast.BinOp(op=op) | ast.BoolOp(op=op) | ast.AugAssign(op=op) if type(op) in OTHER:
            new.op = OTHER[type(op)]()
            yield new
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Constant(value=bool(value)):
            new.value = not value
            yield new
        case ast.Constant(value=int(value)):
            new.value = value + 1
            yield new
        case ast.Constant(value=float(value)):
            new.value = 2.0 * value if value else 1.0
            yield new
        case ast.IfExp(test=test) | ast.If(test=test) | ast.While(test=test):
            new.test = ast.UnaryOp(ast.Not(), test)
            yield new
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break() | ast.Assign():
            yield None
        case _:
            pass


def places(node: ast.AST, around: str = "") -> Iterator[tuple[ast.AST, str]]:
    """The nodes that run, each with the function or class it is in: not types, texts, and what only Cython reads."""
    if isinstance(node, (ast.JoinedStr, ast.Import, ast.ImportFrom)):
        return
    if isinstance(node, ast.If) and ast.unparse(node.test) in ("cython.compiled", "TYPE_CHECKING"):
        for part in node.orelse:
            yield from places(part, around)
        return
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        around = f"{around}.{node.name}" if around else node.name
    yield node, around
    for name, field in ast.iter_fields(node):
        if name not in ("annotation", "returns", "decorator_list"):
            for part in field if isinstance(field, list) else [field]:
                if isinstance(part, ast.AST):
                    yield from places(part, around)


def faults_in(source: str) -> Iterator[tuple[str, ast.AST, ast.AST | None]]:
    """Where, what is there, and what it becomes."""
    for node, around in places(ast.parse(source)):
        for new in changed(node):
            yield around or "the module", node, new


def with_fault(source: str, node: ast.AST, new: ast.AST | None) -> str:
    """The source with one node written anew. Where only a test changes, only that is."""
    if isinstance(new, (ast.If, ast.While)):
        node, new = node.test, new.test
    lines = source.encode().splitlines(keepends=True)
    before = b"".join(lines[: node.lineno - 1]) + lines[node.lineno - 1][: node.col_offset]
    after = lines[node.end_lineno - 1][node.end_col_offset :] + b"".join(lines[node.end_lineno :])
    written = ast.unparse(new or ast.Pass())
    return (before + (f"({written})" if isinstance(new, ast.expr) else written).encode() + after).decode()


def drawn(first: int, last: int) -> Iterator[Mutant]:
    files = [file for package in ("autograd", "nn") for file in sorted((ROOT / package).rglob("*.py"))]
    sources = {str(file.relative_to(ROOT)): file.read_text() for file in files}
    every = [(name, *fault) for name, source in sources.items() if name not in LISTS["left_out"] for fault in faults_in(source)]
    random.Random(SEED).shuffle(every)
    for name, around, node, new in every[first:last]:
        was, becomes = (ast.unparse(part).split("\n")[0] for part in (node, new or ast.Pass()))
        yield Mutant(name, f"{around}: {was} → {becomes}", with_fault(sources[name], node, new), tests_of(name))


def tests_of(name: str) -> list[str]:
    """The test file of the same name, and then the folders that mutants.toml names for this file's folder."""
    own = sorted(str(file.relative_to(ROOT)) for file in (ROOT / "tests").rglob(f"test_{Path(name).stem}*.py"))
    folder = max((folder for folder in LISTS["tests"] if name.startswith(folder)), key=len)
    return [*own, *LISTS["tests"][folder]]


# ------------------------------------------------------------------------------------------------ trying them


NATIVE = runpy.run_path(str(ROOT / "autograd" / "_native.py"))
COMPILED = frozenset(f"autograd/{name}" for name in (*NATIVE["MADE_WITH"], *map(NATIVE["source_of"], NATIVE["MODULES"])))
"""The files that Cython compiles."""

ALONE = ("autograd/compiler/plan_operations.py", "autograd/compiler/plan_shared.py")
"""Some of them that no others know from inside, and that the plain build does not use: they run as Python beside the others."""


def tree_for(folder: Path, file: str) -> Path:
    """The copy that faults in a file are put into."""
    return copied(folder, "alone" if file in ALONE else "pure" if file in COMPILED else "compiled")


@cache
def copied(folder: Path, build: str) -> Path:
    left_out = [".*", "__pycache__", "build", "node_modules"]
    if build == "pure":
        left_out += ["*.so", "*.pyd", "_native.*.sha256"]
    tree = Path(shutil.copytree(ROOT, folder / build, ignore=shutil.ignore_patterns(*left_out)))
    if build == "alone":
        for extension in [found for file in ALONE for end in ("so", "pyd") for found in tree.glob(f"{file[:-3]}.*.{end}")]:
            extension.unlink()
        shutil.copy(tree / "autograd" / "_cython.py", tree / "cython.py")
    return tree


def put(tree: Path, file: str, text: str) -> None:
    """Writes a file of a copy. The extensions beside one that runs as Python are taken for those of what it now is."""
    (tree / file).write_text(text)
    if file in ALONE:
        (tree / "autograd" / NATIVE["RECORD"]).write_text(NATIVE["_fingerprint"](tree / "autograd"))


def run(tree: Path, tests: list[str]) -> tuple[int | None, str]:
    """The exit code of the tests, None where they are without end; and the first that failed."""
    first = tree / "first.txt"
    first.write_text("")
    child = os.fork()  # of a process that has imported what tests import: that would take longer than most of the tests
    if child == 0:
        _pytest(tree, tests, first)
    end = time.monotonic() + SECONDS
    while not (done := os.waitpid(child, os.WNOHANG))[0]:
        if time.monotonic() > end:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return None, ""
        time.sleep(0.05)
    code = os.waitstatus_to_exitcode(done[1])
    if code == 5 and len(tests) > 1:  # all of them have run
        code = 0
    return code, first.read_text()


def _pytest(tree: Path, tests: list[str], first: Path) -> NoReturn:
    """In the child: runs the tests of a copy, writes down the first that fails, and ends."""
    os.setsid()
    os.chdir(tree)
    with open(tree / "said.txt", "w") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    sys.path.insert(0, str(tree))
    sys.dont_write_bytecode = True
    os.environ |= {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    if not any((tree / "autograd").glob("_native.*.sha256")):
        os.environ["SCALAR_AUTOGRAD_PURE"] = "1"

    class First:
        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.failed and not first.read_text():
                first.write_text(report.nodeid)

    code = 3
    try:
        code = pytest.main([*OPTIONS, *tests], plugins=[First()])
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(int(code))


@cache
def passes(tree: Path, test: str) -> bool:
    """Whether a test passes on the code as it is."""
    return run(tree, [test])[0] == 0


def tried(folder: Path, mutant: Mutant) -> str:
    """ "seen by ...", or "not seen"."""
    tree = tree_for(folder, mutant.file)
    before = (tree / mutant.file).read_text()
    left_out: list[str] = []
    waiting = [*mutant.tests]
    while waiting:
        put(tree, mutant.file, mutant.text)
        code, test = run(tree, [waiting[0], *left_out])
        put(tree, mutant.file, before)
        if code == 0:
            left_out.append(f"--ignore={waiting.pop(0)}")
        elif passes(tree, test or waiting[0]):
            return f"seen by {test or f'{waiting[0]}, ' + ENDS.get(code, 'which it ends')}"
        elif test:
            left_out.append(f"--deselect={test}")
            print(f"    {test} fails on the code as it is, and is left out", flush=True)
        else:
            sys.exit(f"{waiting[0]} does not run on the code as it is")
    return "not seen"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=len(LISTS["faults"]) + DRAWN, help="how many, those written down first")
    parser.add_argument("--drawn", metavar="FIRST:LAST", help="only drawn ones, of these numbers")
    parser.add_argument("--list", action="store_true", help="say what they are, and try none")
    asked = parser.parse_args()
    if asked.drawn:
        mutants = [*drawn(*map(int, asked.drawn.split(":")))]
    else:
        mutants = [*written_down()][: asked.count]
        mutants += drawn(0, max(0, asked.count - len(mutants)))
    judged = {(one["file"], one["what"]) for one in LISTS.get("judged", [])}
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for mutant in mutants:
            if asked.list:
                print(f"{mutant.file}: {mutant.what}")
                continue
            start = time.monotonic()
            outcome = tried(Path(folder), mutant)
            if outcome == "not seen" and (mutant.file, mutant.what) in judged:
                outcome = "not seen, and judged: nobody can notice it"
            counts["seen" if outcome.startswith("seen") else outcome] += 1
            print(f"{mutant.file}: {mutant.what}\n    {outcome} ({time.monotonic() - start:.0f} s)", flush=True)
    print(", ".join(f"{number} {outcome}" for outcome, number in counts.items()) or "none tried")
    return 1 if counts["not seen"] else 0


if __name__ == "__main__":
    sys.exit(main())
