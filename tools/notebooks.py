"""Runs the notebooks from a fresh kernel and writes them back, so that what they show is what they compute today.

python tools/notebooks.py           runs them and writes their outputs
python tools/notebooks.py --check   writes nothing; exit code 1, with the differences, when a notebook shows something else

Text is compared letter by letter. Of the picture of a graph, the words and numbers in it are compared, but not where they
stand: that is up to the `dot` of the machine. Of a page to step through, what was recorded, and not the scripts that play it.
Of a plot, only that it is there: its pixels are up to matplotlib and the fonts.
"""

from __future__ import annotations

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
from array import array
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from autograd.pictures.pages import KINDS

FOLDER = Path(__file__).parent.parent / "notebooks"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
SECONDS_PER_CELL = 600
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


def execute(file: Path) -> Any:
    """The notebook in `file` as a fresh kernel computes it, normalised. A cell that fails raises CellExecutionError."""
    import matplotlib.font_manager  # noqa: F401 (its first import on a machine builds a cache, and tells stderr so)

    notebook = read(file)
    with tempfile.TemporaryDirectory() as settings:  # no start-up files or settings of whoever runs this
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
        client.execute(env=environment)
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


COMPARED = ("title", "names", "graph", "source")
"""The parts of a recording that say what was computed; the others, how a page shows it."""


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
    return [f"{key}: {json.dumps(one[key])}" for one in data["recordings"] for key in COMPARED if key in one]


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
                elif content.startswith("<iframe srcdoc="):
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


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print(__doc__)
        return 2
    stale = False
    for file in sorted(FOLDER.glob("*.ipynb")):
        name = f"{file.parent.name}/{file.name}"
        try:
            fresh = execute(file)
        except CellExecutionError as failed:
            print(f"{name} fails:\n{failed}")
            stale = True
            continue
        difference = differences(read(file), fresh)
        if not arguments:
            nbformat.write(fresh, file)
            print(f"{name}: written{'' if difference else ', and shows what it showed before'}")
        elif difference:
            print(f"{name} shows something else now (`python tools/notebooks.py` writes it):\n{difference}\n")
            stale = True
        else:
            print(f"{name}: shows what it computes")
    return int(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
