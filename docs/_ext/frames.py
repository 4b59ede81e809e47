"""Pages that play, in their frames: shown as they are, and left out of what a search looks through."""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

FRAME = re.compile(r'\s*<div style="display:grid"><div inert .*?</div>(<iframe srcdoc="[^"]*"[^>]*></iframe>)</div>\s*', re.S)
"""A frame as the library makes it. What stands before it is for places that take frames away."""


class Frame(nodes.General, nodes.Inline, nodes.Element):
    """A page in its frame: its scripts and numbers are no words, as they are in a node of raw HTML."""


class FramesAreNoWords(SphinxPostTransform):
    default_priority = 850
    formats = ("html",)

    def run(self, **_: Any) -> None:
        for raw in list(self.document.findall(nodes.raw)):
            if found := FRAME.fullmatch(raw.astext()):
                raw.replace_self(Frame(html=found[1]))


def visit(translator: Any, node: Frame) -> None:
    translator.body.append(node["html"])
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_node(Frame, html=(visit, None))
    app.add_post_transform(FramesAreNoWords)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
