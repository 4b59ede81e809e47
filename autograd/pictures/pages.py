"""Pages: one file each, with all its scripts, style and data inside, which opens anywhere and asks nothing of any network.

The parts lie in `page/` as files of their own. Comments and indentation stay behind when a page is put together.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

PARTS = Path(__file__).parent / "page"

STYLES = ("look.css", "page.css")


def page(scripts: Sequence[str], data: dict[str, Any], *, html: str = "page.html", styles: Sequence[str] = STYLES) -> str:
    """The text of a page: `html` with some styles, some scripts, and the data that they read.

    All are names of files in `page/`, or paths. Scripts and data are compressed: a notebook may hold many pages.
    """
    code = "\n".join([without_comments(part(script)) for script in scripts])
    text = json.dumps([f'"use strict";\n(() => {{\n{code}\n}})();', data], separators=(",", ":"), allow_nan=False)
    parts = {
        "STYLE": "\n".join([without_comments(part(style)) for style in styles]),
        "PACKED": base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode(),
    }
    return re.sub(r"/\*([A-Z]+)\*/", lambda found: parts[found[1]], part(html))


FRAME = "width:100%;height:640px;border:1px solid #8885;border-radius:6px"
"""The style of the frame that a page has in a notebook."""


def framed(html: str, still: str = "") -> str:
    """A page inside another: scripts run, and can reach nothing outside of it.

    still       a picture as PNG, in base64, for places that let no frames through. It stands inside the frame's element, where
                no browser shows it; what takes the frame away leaves it
    """
    text = html.replace("&", "&amp;").replace('"', "&quot;")
    picture = f'<img alt="the graph" style="max-width:100%" src="data:image/png;base64,{still}">' if still else ""
    title = "a graph to step through"
    return f'<iframe srcdoc="{text}" sandbox="allow-scripts" style="{FRAME}" title="{title}">{picture}</iframe>'


@cache
def part(name: str) -> str:
    return (PARTS / name).read_text(encoding="utf-8")


@cache
def without_comments(text: str) -> str:
    """A script or style without the comments that have lines of their own, and without indentation."""
    lines = re.sub(r"(?ms)^\s*/\*.*?\*/[ \t]*$", "", text).splitlines()
    return "\n".join([line.strip() for line in lines if line.strip() and not line.strip().startswith("//")])
