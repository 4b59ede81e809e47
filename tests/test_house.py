"""tools/house.py on a small house: what it counts as an import, as a circle and as a floor."""

import subprocess
import sys
from pathlib import Path

from builds import ROOT

FILES = {
    "autograd/__init__.py": "from .top import f",
    "autograd/top.py": "from . import middle\nimport numpy\n\ndef f():\n    import scipy",
    "autograd/middle.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .rules.table import Row",
    "autograd/rules/__init__.py": "",
    "autograd/rules/table.py": "from cython.cimports.autograd.rules.loops import loop",
    "autograd/rules/loops.pyx": "from libc.math cimport exp\n\ncdef loop(): pass",
    "nn/__init__.py": "from autograd import top",
    "pyproject.toml": "[tool]",
}


def house(root: Path, **more: str) -> str:
    for name, text in {**FILES, **more}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    command = [sys.executable, ROOT / "tools" / "house.py", root]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_floors_are_those_of_the_longest_way_down(tmp_path: Path) -> None:
    counted = house(tmp_path)
    assert "floors of files: autograd 5, nn 1\nfloors of folders: autograd 4, nn 1\ncircles: 0\n" in counted
    assert "imports inside functions: 1\n  autograd.top: scipy\n" in counted


def test_every_import_may_close_a_circle(tmp_path: Path) -> None:
    for name, text in {
        "autograd/rules/loops.pyx": "from autograd.top cimport f",
        "autograd/rules/table.py": "def g():\n    from ..middle import g\n",
        "autograd/rules/table.pyi": "from autograd.middle import Row",
        "autograd/rules/table.pxd": "from autograd.middle cimport Row",
    }.items():
        root = tmp_path / name.replace("/", "_")
        group = "autograd.middle autograd.rules.table"
        if name.endswith("loops.pyx"):
            group = "autograd.middle autograd.rules.loops autograd.rules.table autograd.top"
        assert f"circles: 1 \n  {group}\n" in house(root, **{name: text}), name
