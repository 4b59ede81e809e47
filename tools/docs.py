"""Makes the site of the docs: python tools/docs.py [FOLDER]; and serves it: python tools/docs.py --serve

FOLDER is where npm has installed what blocks need to run in their pages, its node_modules; without it they are to be read.

Its pages are gathered in build/docs/source: those of docs/, the notebooks with the outputs they carry, the pages beside the
code, the source files that they lead to, and what is made here: the reference, of docstrings. Sphinx makes build/docs/html of
them. A warning is an error, and so is a link within the site that leads nowhere.
"""

import ast
import contextlib
import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import time
import webbrowser
from collections import defaultdict
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "docs"
SOURCE, HTML = BUILD / "source", BUILD / "html"
sys.path.insert(0, str(ROOT / "docs" / "_ext"))
import blocks  # noqa: E402
import gallery  # noqa: E402
import primitives  # noqa: E402
import reference  # noqa: E402
import source_pages  # noqa: E402

PAGES = ("*.md", "docs/**/*.md", "autograd/**/*.md", "benchmarks/*.md", "notebooks/*.ipynb")
"""What the site shows of the repository as it is."""

PICTURES = ("docs/**/*.png", "docs/**/*.svg")
HIDDEN = {"build", "_ext", "_static"}


def gather() -> list[Path]:
    """Copies pages, pictures, and the files they lead to; gives the pages, by their paths in the repository."""
    pages = [
        file for pattern in PAGES for file in sorted(ROOT.glob(pattern)) if not HIDDEN & set(file.parts[len(ROOT.parts) :])
    ]
    pictures = [file for pattern in PICTURES for file in ROOT.glob(pattern)]
    led_to = {file for page in pages if page.suffix == ".md" for file in links(page) if file.suffix in source_pages.LANGUAGES}
    wanted = {SOURCE / file.relative_to(ROOT): file for file in [*pages, *pictures, *led_to]}
    for copy, file in wanted.items():
        copy.parent.mkdir(parents=True, exist_ok=True)
        if not copy.exists() or copy.read_bytes() != file.read_bytes():
            shutil.copy(file, copy)
    reference.WRITTEN.update(wanted)
    return [page.relative_to(ROOT) for page in pages]


def prune() -> None:
    """Takes away the pages of an earlier time that are no more, and the whole site of then."""
    for file in SOURCE.rglob("*"):
        if file.is_file() and file.suffix in (".md", ".ipynb", *source_pages.LANGUAGES) and file not in reference.WRITTEN:
            file.unlink()
    shutil.rmtree(HTML, ignore_errors=True)


def links(page: Path) -> Iterator[Path]:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        file = (page.parent / target).resolve()
        if file.is_file():
            yield file


def code_of(page: Path) -> str:
    """The Python on a page, without prompts and outputs."""
    text = (ROOT / page).read_text()
    if page.suffix == ".ipynb":
        return "\n".join(cell.source for cell in nbformat.reads(text, as_version=4).cells if cell.cell_type == "code")
    blocks = [block.split("```")[0] for block in text.split("```python\n")[1:]]
    return "\n".join(line for block in blocks for line in without_prompts(block))


def without_prompts(block: str) -> Iterator[str]:
    lines = block.splitlines()
    if not any(line.startswith(">>> ") for line in lines):
        yield from lines
    for line in lines:
        if line.startswith((">>> ", "... ")):
            yield line[4:]


def title_of(page: Path) -> str:
    text = (ROOT / page).read_text()
    if page.suffix == ".ipynb":
        text = nbformat.reads(text, as_version=4).cells[0].source
    return next((line[2:] for line in text.splitlines() if line.startswith("# ")), page.stem)


def public_names_in(code: str, known: set[str]) -> set[str]:
    """The full names of what a program uses of the packages: as `nn.fit`, or as what it imported from one of them."""
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a page with a piece of a program
        return set()
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Attribute):
            found.add(ast.unparse(node))
    return found & known


def seen_in(pages: list[Path], examples: dict[str, tuple[str, str]], known: set[str]) -> dict[str, list[tuple[str, str]]]:
    """For each full name the pages that use it, their titles and paths; of the gallery, titles and code are given by path."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    shown = {page.as_posix(): (title_of(page), code_of(page)) for page in pages if page.parts[0] in ("docs", "notebooks")}
    for page, (title, code) in (shown | examples).items():
        for name in public_names_in(code, known):
            found[name].append((title, page))
    return found


class Links(HTMLParser):
    """What a page of the site leads to, and the anchors it has."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors: set[str] = {""}
        self.feed(page.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors |= {given.get("id") or "", (given.get("name") or "") if tag == "a" else ""}
        self.targets += [target for key in ("href", "src") if tag != "base" and (target := given.get(key))]


def dead_links() -> list[str]:
    """Links of the built pages, and what they show, that is not there: files, and anchors in them."""
    pages = {page: Links(page) for page in HTML.rglob("*.html")}
    dead = []
    for page, found in pages.items():
        for target in found.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            there = file.exists() and (file not in pages or unquote(parts.fragment) in pages[file].anchors)
            if not there:
                dead.append(f"{page.relative_to(HTML)}: {target}")
    return dead


def foreign_hosts() -> list[str]:
    """What a page would load from elsewhere, so that it would not do without a network."""
    loads = re.compile(r'<(?:script|img|link|iframe|source)\b[^>]*?\b(?:src|href)="((?:https?:)?//[^"]+)"')
    return [f"{page.relative_to(HTML)}: {found}" for page in HTML.rglob("*.html") for found in loads.findall(page.read_text())]


def make(modules: Path | None) -> None:
    began = time.monotonic()
    pages = gather()
    known = {entry.full for entry in reference.entries()}
    examples = gallery.write(SOURCE, lambda code: public_names_in(code, known))
    reference.write(SOURCE, seen_in(pages, examples, known), primitives.draw(SOURCE))
    prune()
    command = [sys.executable, "-m", "sphinx", "-q", "-E", "-W", "--keep-going", "-j", "2", "-c", ROOT / "docs"]
    lacking = [f"-Dblocks_lacking.{name}={called}" for name, called in blocks.lacking(modules).items()] if modules else []
    options = ["-D", "blocks_run=1", *lacking] if modules else []
    subprocess.run([*command, *options, "-d", BUILD / "doctrees", SOURCE, HTML], check=True)
    if modules:
        blocks.add(HTML / "_static", modules)
    (HTML / "index.html").write_text('<!doctype html><meta http-equiv="refresh" content="0; url=docs/index.html">\n')
    if troubles := dead_links() + foreign_hosts():
        sys.exit("\n".join(["links that lead nowhere, or away:", *troubles]))
    count = len(list(HTML.rglob("*.html")))
    print(f"{HTML.relative_to(ROOT)}: {count} pages in {time.monotonic() - began:.0f} s")


def serve() -> None:
    """Serves the site to this machine, and opens it where there is a screen."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=HTML)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        address = f"http://127.0.0.1:{server.server_port}/"
        print(f"{address}  (Ctrl-C ends it)", flush=True)
        if sys.platform in ("darwin", "win32") or os.environ.keys() & {"DISPLAY", "WAYLAND_DISPLAY"}:
            webbrowser.open(address)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    if "--serve" in sys.argv[1:]:
        serve()
    else:
        make(next((folder for folder in map(Path, sys.argv[1:]) if folder.is_dir()), None))
