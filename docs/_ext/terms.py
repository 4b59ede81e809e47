"""The words of the course are in the index of the site: whoever searches for one is led first to where it is explained."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import reference
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

BOLD = re.compile(r"\*\*`?([A-Za-z][\w' -]{2,40}?\.?)`?\*\*")
"""A notebook has a word in bold where it explains it."""

FROM_BEFORE = re.compile(r"From (before|the notebooks before)|You need |\|")
"""How paragraphs begin, and tables, that have words in bold without explaining them."""

END = re.compile(r"^#+ (Summary|What you know now|Exercises)$", re.M)
"""The heading after which nothing new comes."""

MOST_WORDS = 3
COMMON = {"back", "data", "end", "grad", "head", "key", "label", "one", "pass", "query", "row", "share", "value"}
"""In bold as well, but whoever searches for one of these means something else."""


def is_term(bold: str) -> bool:
    """Whether words in bold are a term, as "learning rate", "NaN" or "Attention.", and no sentence, no advice."""
    a_name = (
        any(letter.isupper() for letter in bold[1:]) or bold.endswith("'s method") or bool(re.fullmatch(r"[A-Za-z]+\.", bold))
    )
    advice = bold.startswith(("drag ", "click "))
    return (bold[0].islower() or a_name) and len(bold.split()) <= MOST_WORDS and not advice and bold.lower() not in COMMON


def explained(markdown: str) -> Iterator[str]:
    """The terms that a cell explains, in its order.

    >>> list(explained("This is called the **learning rate**. **Drag it!**"))
    ['learning rate']
    """
    for paragraph in markdown.split("\n\n"):
        if not FROM_BEFORE.match(paragraph):
            yield from filter(is_term, BOLD.findall(paragraph.replace("\n", " ")))


def plainly(bold: str) -> str:
    return bold.removesuffix(".").lower()


def where_explained(folder: Path) -> dict[str, str]:
    """For each term the notebook that explains it first; the names of the reference have pages of their own."""
    names = {entry.name for entry in reference.entries() if entry.face in ("autograd", "nn")}
    found: dict[str, str] = {}
    for file in sorted(folder.glob("[0-9][0-9]_*.ipynb"))[1:]:  # the first shows all in ten minutes, and explains it later
        for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                new, *over = END.split(text, maxsplit=1)
                for term in map(plainly, explained(new)):
                    if term not in names:
                        found.setdefault(term, file.stem)
                if over:
                    break
    return found


def add(app: Sphinx, document: nodes.document) -> None:
    """Marks where each term of a notebook is explained."""
    folder, _, name = app.env.docname.rpartition("/")
    if folder != "notebooks":
        return
    terms = {term for term, notebook in where_explained(Path(app.srcdir) / folder).items() if notebook == name}
    for strong in list(document.findall(nodes.strong)):
        term = plainly(strong.astext())
        if term in terms and not FROM_BEFORE.match(strong.parent.astext()):
            terms.remove(term)
            target = f"term-{nodes.make_id(term)}"
            strong["ids"].append(target)
            strong.parent.insert(0, addnodes.index(entries=[("single", term, target, "main", None)]))


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("doctree-read", add)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
