"""Makes the notebooks: runs the script of each from a fresh kernel, and writes the .ipynb with what it shows.

python tools/notebooks.py [names]           runs them (all, or "01_slopes solutions") and writes their .ipynb
python tools/notebooks.py --check [names]   writes nothing; exit code 1, with the differences, when one shows something else now

The source of a notebook is notebooks/NN_name.py, in jupytext's percent format: `# %%` begins a cell of code, `# %% [markdown]`
one of text. The script of the solutions is made of the exercises in `autograd/course` first. A warning is an error.

Text is compared letter by letter. Of the picture of a graph, the words and numbers in it are compared, but not where they
stand: that is up to the `dot` of the machine. Of a page to step through, what was recorded, and not the scripts that play it.
Of a plot, only that it is there: its pixels are up to matplotlib and the fonts.
"""

from __future__ import annotations

import asyncio
import base64
import copy
import difflib
import gzip
import html
import json
import os
import re
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jupytext
import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from solving import solution

from autograd.course.asking import EXERCISES
from autograd.pictures.pages import KINDS

FOLDER = Path(__file__).parent.parent / "notebooks"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
SECONDS_PER_CELL = 600
AT_ONCE = 2
WARNINGS_ARE_ERRORS = """import warnings

warnings.simplefilter("error")
warnings.filterwarnings("ignore", module="ipykernel")  # of its own, when it ends
"""
SVG = "image/svg+xml"


class ThisPython(KernelSpecManager):
    """Knows one kernel: the Python that runs this file, whatever kernels are installed on the machine."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=ERROR"]
        return KernelSpec(argv=command, display_name="Python 3", language="python")


class FreshKernel(AsyncKernelManager):
    def _kernel_spec_manager_default(self) -> KernelSpecManager:
        return ThisPython()


def read(file: Path) -> Any:
    return nbformat.read(file, as_version=4)


def from_script(file: Path) -> Any:
    """The notebook that a script is the source of, normalised: it has not been run."""
    return normalised(jupytext.read(file, fmt="py:percent"))


def as_script(notebook: Any) -> str:
    """The source of a notebook, as it is to be written."""
    bare = nbformat.v4.new_notebook(cells=notebook.cells, metadata={"jupytext": dict.fromkeys(FILTERS, "-all")})
    return str(jupytext.writes(bare, fmt="py:percent"))


FILTERS = ("notebook_metadata_filter", "cell_metadata_filter")


def execute(file: Path) -> Any:
    """As `executed`."""
    return asyncio.run(executed(file))


async def executed(file: Path) -> Any:
    """The notebook of the script `file` as a fresh kernel computes it, normalised.

    CellExecutionError for a cell that fails.
    """
    import matplotlib.font_manager  # noqa: F401 (its first import on a machine builds a cache, and tells stderr so)

    notebook = jupytext.read(file, fmt="py:percent")
    with tempfile.TemporaryDirectory() as settings:  # no start-up files or settings of whoever runs this
        startup = Path(settings) / "profile_default" / "startup"
        startup.mkdir(parents=True)
        (startup / "warnings_are_errors.py").write_text(WARNINGS_ARE_ERRORS)
        environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
        environment.update(IPYTHONDIR=settings, PYDEVD_DISABLE_FILE_VALIDATION="1")
        client = NotebookClient(
            notebook,
            kernel_manager_class=FreshKernel,
            timeout=SECONDS_PER_CELL,
            startup_timeout=SECONDS_PER_CELL,
            record_timing=False,
            resources={"metadata": {"path": str(file.parent)}},
        )
        await client.async_execute(env=environment)
    return normalised(notebook)


# ------------------------------------------------------------------------------------------------ what is written


def normalised(notebook: Any) -> Any:
    """The notebook with nothing in it that another run would write otherwise."""
    notebook = copy.deepcopy(notebook)
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for i, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{i:02}"
        cell.metadata = nbformat.from_dict({})
        if cell.cell_type == "code":
            cell.outputs = _joined([_plain(output) for output in cell.outputs])
    nbformat.validate(notebook)
    return notebook


def _plain(output: Any) -> Any:
    """Without metadata, and without the `<object at 0x...>` that stands beside a picture."""
    if "data" in output:
        output.metadata = nbformat.from_dict({})
        text = output.data.get("text/plain", "")
        if len(output.data) > 1 and re.fullmatch(r"<.*>", text, re.DOTALL):
            del output.data["text/plain"]
    return output


def _joined(outputs: list[Any]) -> list[Any]:
    """What a cell printed in one piece: in how many it arrives is chance."""
    joined: list[Any] = []
    for output in outputs:
        before = joined[-1] if joined else None
        if before is not None and before.output_type == output.output_type == "stream" and before.name == output.name:
            before.text += output.text
        else:
            joined.append(output)
    return joined


# ------------------------------------------------------------------------------------------------ what is compared


def words(svg: str) -> list[str]:
    """The texts in a picture, sorted: different programs write them in different places and orders."""
    texts = ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    return sorted(filter(None, (" ".join("".join(text.itertext()).split()) for text in texts)))


COMPARED = ("title", "names", "graph", "source", "parameters", "steps", "states")
"""The parts of a recording, or of a film, that say what was computed; the others, how a page shows it."""


def recorded(frame: str) -> list[str]:
    """What the page in a frame has recorded: a line for each part of it."""
    page = html.unescape(re.search(r'srcdoc="(.*?)"', frame, re.DOTALL)[1])
    parts = {name: re.search(rf'<script id="{name}".*?>(.*?)</script>', page)[1] for name in ("packed", "columns")}
    text, columns = (gzip.decompress(base64.b64decode(part)) for part in parts.values())

    def column(found: dict[str, Any]) -> Any:
        if found.keys() != {"column"}:
            return found
        name, start, end = found["column"]
        numbers = array({f"{known}Array": code for code, known in KINDS.items()}[name], columns[start:end])
        if sys.byteorder == "big":
            numbers.byteswap()
        return numbers.tolist()

    _, data = json.loads(text, object_hook=column)
    return [f"{key}: {json.dumps(one[key])}" for one in data.get("recordings", [data]) for key in COMPARED if key in one]


def shown(cell: Any) -> list[str]:
    """What a cell shows, as lines to compare."""
    lines: list[str] = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            lines += [f"[{output.name}]", *output.text.splitlines()]
        elif output.output_type == "error":
            lines += ["[error]", f"{output.ename}: {output.evalue}"]
        else:
            for mime, content in sorted(output.data.items()):
                lines.append(f"[{mime}]")
                if mime == SVG:
                    lines += words(content)
                elif "<iframe srcdoc=" in content:
                    lines += recorded(content)
                elif not mime.startswith("image/"):
                    lines += content.splitlines()
    return lines


def differences(committed: Any, fresh: Any) -> str:
    """What one shows and the other does not, cell by cell; "" when they show the same."""
    report = []
    for before, now in zip(committed.cells, fresh.cells, strict=True):
        lines = difflib.unified_diff(shown(before), shown(now), "committed", "computed now", lineterm="", n=1)
        if difference := "\n".join(lines):
            report.append(f"{now.id}:\n{before.source}\n\n{difference}")
    return "\n\n".join(report)


def differences_of_cells(committed: Any, source: Any) -> str:
    """What the script of a notebook says otherwise than its .ipynb."""
    texts = [[f"[{cell.cell_type}]\n{cell.source}\n" for cell in notebook.cells] for notebook in (committed, source)]
    return "\n".join(difflib.unified_diff(*("".join(text).splitlines() for text in texts), "ipynb", "py", lineterm="", n=1))


# ------------------------------------------------------------------------------------------------ the solutions

ASKED = re.compile(r"""^(?:\w+ = )?ask\("([\w.]+)\"""", re.MULTILINE)
SOLUTIONS = "solutions"


def asked_by_notebook() -> dict[Path, list[str]]:
    """The exercises that the script of each notebook asks, in its order."""
    scripts = [file for file in sorted(FOLDER.glob("*.py")) if file.stem != SOLUTIONS]
    asked = {file: list(dict.fromkeys(ASKED.findall(file.read_text(encoding="utf-8")))) for file in scripts}
    return {file: names for file, names in asked.items() if names}


def solutions() -> str:
    """The script of the notebook that solves the exercises: each is asked, and a learner's solution is checked."""

    def cells() -> Iterator[Any]:
        yield nbformat.v4.new_markdown_cell(
            "# Solutions\n\nEvery exercise of the course, solved, and how. Try one yourself first: `check` tells what a "
            "wrong answer is, gives a hint, and then the way. What a question gives has a name: `question.a` is its a. "
            "(`math.ceil(x)` is x rounded up, 2 to the power of `math.log2(x)` is x, `math.isinf(x)` tells whether x is "
            "infinite.)"
        )
        yield nbformat.v4.new_code_cell("import autograd\nfrom autograd import Value\nfrom autograd.course import ask, check")
        for file, names in asked_by_notebook().items():
            title = re.search(r"^# # (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)[1]
            yield nbformat.v4.new_markdown_cell(f"## {title}\n\nOf [{file.stem}]({file.stem}.ipynb).")
            for name in names:
                yield nbformat.v4.new_code_cell(f'question = ask("{name}")\nquestion')
                yield nbformat.v4.new_code_cell(solution(name))
                yield nbformat.v4.new_markdown_cell(f"*The way:* {EXERCISES[name].variant(0).question.way}")

    return as_script(nbformat.v4.new_notebook(cells=list(cells())))


# ------------------------------------------------------------------------------------------------ the command


def main(arguments: list[str]) -> int:
    checks = arguments[:1] == ["--check"]
    names = arguments[1:] if checks else arguments
    if asked_by_notebook() and not checks:
        (FOLDER / f"{SOLUTIONS}.py").write_text(solutions(), encoding="utf-8")
    scripts = {file.stem: file for file in sorted(FOLDER.glob("*.py"))}
    if unknown := [name for name in names if name not in scripts]:
        print(f"there is no notebook {', '.join(unknown)}; there is {', '.join(scripts)}\n\n{__doc__}")
        return 2
    return int(not asyncio.run(all_made([scripts[name] for name in names or scripts], checks)))


async def all_made(scripts: list[Path], checks: bool) -> bool:
    """Makes or checks each, a few at once; whether all are as they should be."""
    free = asyncio.Semaphore(AT_ONCE)

    async def when_free(script: Path) -> bool:
        async with free:
            return await made(script, checks)

    return all(await asyncio.gather(*map(when_free, scripts)))


async def made(script: Path, checks: bool) -> bool:
    """Runs a notebook, and writes it or says what differs; whether it is as it should be."""
    begin = time.perf_counter()
    file = script.with_suffix(".ipynb")
    name = f"{file.parent.name}/{file.name}"
    try:
        fresh = await executed(script)
    except CellExecutionError as failed:
        print(f"{name} fails:\n{failed}", flush=True)
        return False
    took = f"{time.perf_counter() - begin:.0f} s"
    committed = read(file) if file.exists() else nbformat.v4.new_notebook()
    difference = differences_of_cells(committed, fresh) or differences(committed, fresh)
    if not checks:
        script.write_text(as_script(fresh), encoding="utf-8")
        nbformat.write(fresh, file)
        size = f"{file.stat().st_size / 1e3:,.0f} KB"
        print(f"{name}: written, {size}, {took}{'' if difference else ', and shows what it showed before'}", flush=True)
    elif difference:
        print(f"{name} shows something else now (`python tools/notebooks.py` writes it):\n{difference}\n", flush=True)
        return False
    else:
        print(f"{name}: shows what it computes, in {took}", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
