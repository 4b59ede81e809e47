"""Pages: one file each, with all its scripts, style and data inside, which opens anywhere and asks nothing of any network.

The parts lie in `page/` as files of their own. Comments and indentation stay behind when a page is put together.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import sys
from array import array
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

PARTS = Path(__file__).parent / "page"

STYLES = ("look.css", "page.css", "narrow.css")


def page(
    scripts: Sequence[str], data: Any, *, before: str = "", html: str = "page.html", styles: Sequence[str] = STYLES
) -> str:
    """The text of a page: `html` with some styles, some scripts, and the data that they read.

    All are names of files in `page/`, or paths; `before` is a script itself, which comes first. Scripts and data are
    compressed: a notebook may hold many pages.
    """
    code = "\n".join([without_comments(text) for text in (before, *map(part, scripts))])
    text, columns = packed([f'"use strict";\n(() => {{\n{code}\n}})();', data])
    parts = {
        "STYLE": "\n".join([without_comments(part(style)) for style in styles]),
        "PACKED": base64.b64encode(gzip.compress(text, 6, mtime=0)).decode(),
        "UNPACK": without_comments(part("unpack.js")),
        "COLUMNS": base64.b64encode(gzip.compress(columns, 6, mtime=0)).decode(),
    }
    return re.sub(r"/\*([A-Z]+)\*/", lambda found: parts[found[1]], part(html))


FRAME = "box-sizing:border-box;width:100%;height:640px;border:1px solid #8885;border-radius:6px"
"""The style of the frame that a page has in a notebook."""

COVERED = "grid-area:1/1;box-sizing:border-box;max-height:636px;margin:2px;overflow:auto;padding:6px"
"""The style of what the frame covers: no higher than that, and within its border, which lets through what is behind it."""


def framed(html: str, still: str = "", *, alt: str = "the graph", title: str = "a graph to step through") -> str:
    """A page inside another: scripts run, and can reach nothing outside of it.

    still       a picture as PNG, in base64, for places that let no frames through
    alt, title  what the picture is, and what the page is

    Picture and a line of text stand beside the frame, in the same cell of a grid, so that the frame covers them. What takes
    frames away leaves both. They do not stand inside the frame's element: that is text to a parser of HTML, and cleaners drop
    it, or show it as text. `inert` keeps keys and screen readers from what is covered; cleaners take it away, too.
    """
    picture = f'<img alt="{alt}" style="max-width:100%" src="data:image/png;base64,{still}">' if still else ""
    return (
        f'<div style="display:grid"><div inert style="{COVERED}">'
        f"{picture}<p>This is {title}. It plays where scripts run: in a notebook, once you trust it.</p></div>"
        f'<iframe srcdoc="{escape(html)}" sandbox="allow-scripts" style="grid-area:1/1;{FRAME}" title="{title}"></iframe></div>'
    )


def packed(data: Any) -> tuple[bytes, bytes]:
    """JSON, and the numbers of arrays, side by side: {"column": [kind, first byte, byte behind the last]} stands for one there.

    >>> packed({"few": array("I", [1, 2]), "large": array("I", [300])})
    (b'{"few":{"column":["Uint8Array",0,2]},"large":{"column":["Uint16Array",2,4]}}', b'\\x01\\x02,\\x01')
    """
    columns = bytearray()

    def column(thing: Any) -> dict[str, Any]:
        if not isinstance(thing, array):
            raise TypeError(f"a page has no room for {thing!r}")
        thing, start = narrowed(thing), len(columns)
        if sys.byteorder == "big":
            thing.byteswap()
        columns.extend(thing.tobytes())
        return {"column": [f"{KINDS[thing.typecode]}Array", start, len(columns)]}

    text = json.dumps(data, separators=(",", ":"), allow_nan=False, default=column).encode()
    return text, bytes(columns)


KINDS = dict(zip("BbHhIid", ("Uint8", "Int8", "Uint16", "Int16", "Uint32", "Int32", "Float64"), strict=True))
"""What JavaScript calls the kinds of numbers that Python's arrays have."""


def narrowed(numbers: array[Any]) -> array[Any]:
    """The same numbers in the fewest bytes each that hold them all."""
    if numbers.typecode == "d":
        return numbers[:]
    low, high = min(numbers, default=0), max(numbers, default=0)
    for code in "BHI" if low >= 0 else "bhi":
        bits = 8 * array(code).itemsize
        if (high < 1 << bits) if low >= 0 else (-(1 << bits - 1) <= low and high < 1 << bits - 1):
            return array(code, numbers)
    raise OverflowError(f"a page counts to {2**32 - 1:,}, and this is {high:,}")


def is_page(path: Path) -> bool:
    """Whether a file is a page that `page` made."""
    mark = part("page.html").partition("<title>")[0]
    with path.open("rb") as file:
        return file.read(len(mark.encode())) == mark.encode()


@cache
def part(name: str) -> str:
    return (PARTS / name).read_text(encoding="utf-8")


@cache
def without_comments(text: str) -> str:
    """A script or style without the comments that have lines of their own, and without indentation."""
    lines = re.sub(r"(?ms)^\s*/\*.*?\*/[ \t]*$", "", text).splitlines()
    return "\n".join([line.strip() for line in lines if line.strip() and not line.strip().startswith("//")])
