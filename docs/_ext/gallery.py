"""The gallery: a page for each program of docs/gallery, with the picture that it makes when the site is built."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from reference import newest_source, put

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / "docs" / "gallery"


class Example(NamedTuple):
    """A program in percent format: a cell of Markdown, a title and a few sentences, and then code."""

    name: str
    title: str
    about: str
    code: str

    @property
    def page(self) -> str:
        return f"docs/gallery/{self.name}.md"


def examples() -> list[Example]:
    return [read(file) for file in sorted(PROGRAMS.glob("[0-9]*.py"))]


def read(file: Path) -> Example:
    head, code = file.read_text().split("\n# %%\n", 1)
    prose = re.sub("^# ?", "", head.removeprefix("# %% [markdown]\n"), flags=re.MULTILINE)
    title, _, about = prose.removeprefix("# ").partition("\n")
    return Example(file.stem, title, about.strip(), re.sub(r"^# %%\n", "", code, flags=re.MULTILINE).strip())


def picture(example: Example, folder: Path) -> Path:
    """What the program makes, in a folder of its own; one made after the newest source is taken as it is."""
    program, own = PROGRAMS / f"{example.name}.py", folder / "docs" / "gallery" / example.name
    own.mkdir(parents=True, exist_ok=True)
    if not any(made.stat().st_mtime > newest_source() for made in own.iterdir()):
        environment = os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}
        said = subprocess.run(
            [sys.executable, "-W", "error", program], cwd=own, env=environment, check=True, stdout=subprocess.PIPE
        )
        (own.parent / f"{example.name}.txt").write_bytes(said.stdout)
    [made] = own.iterdir()
    return made.relative_to(own.parent)


def write(folder: Path, names_in: Callable[[str], set[str]]) -> dict[str, tuple[str, str]]:
    """Runs all programs, writes their pages, and a table of all pictures; gives title and code of each, by its path.

    names_in    gives the public names that a program uses, which its page lists
    """
    found = examples()
    with ThreadPoolExecutor(2) as two:
        pictures = list(two.map(lambda example: picture(example, folder), found))
    for example, made in zip(found, pictures, strict=True):
        printed = (folder / example.page).with_suffix(".txt").read_text().replace(f"{ROOT}/docs/gallery/", "")
        put(folder / example.page, page(example, made, printed, names_in(example.code)))
    cells = []
    for example, made in zip(found, pictures, strict=True):
        link = f"gallery/{example.name}.md"
        cells.append(f":::{{container}} example\n[![](gallery/{made})]({link})\n\n[{example.title}]({link})\n:::")
    put(folder / "docs" / "gallery.txt", "\n\n".join(["::::{container} gallery", *cells, "::::", ""]))
    return {example.page: (example.title, example.code) for example in found}


def page(example: Example, made: Path, printed: str, names: set[str]) -> str:
    parts = [f"# {example.title}", example.about, f"![{example.title}]({made}){{.made}}", f"```python\n{example.code}\n```"]
    if printed:
        parts += ["It prints", f"```text\n{printed}```"]
    parts.append("In the reference: " + ", ".join(f"`{name}`" for name in sorted(names, key=str.lower)) + ".")
    return "\n\n".join([*parts, ""])
