"""The program that lays pictures out: graphviz-pure, which is the same everywhere, or else a Graphviz `dot` of the machine."""

from __future__ import annotations

import re
import shutil
import sys
import sysconfig
from pathlib import Path

NO_DOT = (
    "there is no Graphviz `dot` program on this machine to lay the picture out. Install one with `pip install graphviz-pure` "
    "(no root needed) or as your system's graphviz package. `autograd.tree` needs none. The picture's text in the DOT language "
    "is there all the same: draw(v).source"
)


PURE, OF_THE_MACHINE = "graphviz-pure", "dot"

WITHOUT_LETTERS = re.compile(
    "[^\x00-\u052f\u05be-\u05f4\u1d00-\u2027\u202f-\u20be\u2100-\u214f\u2153\u2154\u215b-\u215e\u2184\u2190-\u2195\u2202\u2206\u220f"
    "\u2211\u2212\u2215\u2219\u221a\u221e\u221f\u2229\u222b\u2248\u2249\u2260-\u2262\u2264\u2265\u226e-\u2271\u25a0\u25a1\u25aa-\u25ac\u25b2"
    "\u25ba\u25bc\u25c4\u25ca-\u25cc\u25cf\u25e6\u2640\u2642\u2660\u2663\u2665\u2666\u266a\u266b\u266f]"
)
"""A character that the one font inside graphviz-pure has not, and it draws an empty box for: Chinese, emoji, ∇."""


def find_dot(letters: str = "") -> str | None:
    """The layout program: graphviz-pure, beside this Python or on the path, else `dot`. None where there is neither.

    letters     what it writes into a picture of pixels

    graphviz-pure comes first, as it gives the same picture on every machine; but not where it has no letters, and there is a
    `dot`, which takes the fonts of the machine.
    """
    places = (sysconfig.get_path("scripts"), str(Path(sys.executable).parent), None)
    names = (OF_THE_MACHINE, PURE) if WITHOUT_LETTERS.search(letters) else (PURE, OF_THE_MACHINE)
    found = (shutil.which(name, path=place) for name in names for place in places)
    return next((program for program in found if program), None)


def without_letters(text: str) -> str:
    """The characters of a text that are empty boxes in a picture of pixels, by the program that `find_dot` takes for it.

    >>> without_letters("Ω = α × β")
    ''
    """
    program = find_dot(text)
    return "".join(sorted({*WITHOUT_LETTERS.findall(text)})) if program and Path(program).stem == PURE else ""
