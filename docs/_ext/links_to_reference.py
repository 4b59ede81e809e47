"""Where a page names something public, as `autograd.grad` or `grad`, the name leads to its page in the reference."""

import re
from typing import Any

import reference
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

NAME = re.compile(r"([\w.]+)(\(.*\))?")


class NamesAreLinks(SphinxPostTransform):
    """In prose and tables; not in headings, in links, and on the page of the name itself."""

    default_priority = 800

    def run(self, **_: Any) -> None:
        here = self.env.docname
        for literal in list(self.document.findall(nodes.literal)):
            named = NAME.fullmatch(literal.astext())
            page = PAGES.get(named[1]) if named else None
            if page is None or page == here or within(literal, nodes.title, nodes.reference):
                continue
            link = nodes.reference(refuri=self.app.builder.get_relative_uri(here, page), internal=True, classes=["named"])
            literal.replace_self(link)
            link += literal


def within(node: nodes.Node, *kinds: type[nodes.Node]) -> bool:
    around = node.parent
    while around is not None and not isinstance(around, kinds):
        around = around.parent
    return around is not None


def pages() -> dict[str, str]:
    """By every name that something public goes by in prose."""
    found: dict[str, str] = {}
    for entry in reversed(reference.entries()):  # where two have one name, that of autograd is meant
        if entry.face in ("autograd", "nn"):
            found[entry.name] = entry.page
        found[entry.full] = found[entry.full.removeprefix("autograd.")] = entry.page
    return found


PAGES = pages()


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_post_transform(NamesAreLinks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
