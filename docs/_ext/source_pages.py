"""Pages of source files: where a page leads to a file of the repository, the site shows that file."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.parsers import Parser

LANGUAGES = {
    ".js": "javascript",
    ".pxd": "cython",
    ".py": "python",
    ".pyx": "cython",
    ".toml": "toml",
    ".tp": "cython",
}
"""How the files are highlighted, by their endings."""


class SourceParser(Parser):
    """A page with the name of a file and all of its text."""

    supported = ("source",)

    def parse(self, inputstring: str, document: nodes.document) -> None:
        env = document.settings.env
        # Nothing lists these pages, and a search finds what is written about the code, not the code.
        env.metadata[env.docname].update(orphan="", nosearch="")
        file = Path(document["source"])
        name = file.relative_to(env.srcdir).as_posix()
        section = nodes.section(ids=["source"], names=["source"])
        section += nodes.title(name, "", nodes.literal(name, name))
        section += nodes.literal_block(inputstring, inputstring, language=LANGUAGES[file.suffix], linenos=True)
        document += section


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_source_parser(SourceParser)
    for suffix in LANGUAGES:
        app.add_source_suffix(suffix, "source")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
