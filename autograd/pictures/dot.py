"""The program that lays pictures out: graphviz-pure, which is the same everywhere, or else a Graphviz `dot` of the machine."""

from __future__ import annotations

import shutil
import sys
import sysconfig
from pathlib import Path

NO_DOT = (
    "there is no Graphviz `dot` program on this machine to lay the picture out. Install one with `pip install graphviz-pure` "
    "(no root needed) or as your system's graphviz package. `autograd.tree` needs none. The picture's text in the DOT language "
    "is there all the same: draw(v).source"
)


def find_dot() -> str | None:
    """The layout program: graphviz-pure, beside this Python or on the path, else `dot`. None where there is neither.

    graphviz-pure comes first, as it gives the same picture on every machine.
    """
    places = (sysconfig.get_path("scripts"), str(Path(sys.executable).parent), None)
    found = (shutil.which(name, path=place) for name in ("graphviz-pure", "dot") for place in places)
    return next((program for program in found if program), None)
