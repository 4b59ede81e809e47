"""Makes the pictures for slides: python tools/slides.py [numbers of lessons]

docs/teaching.md says which programs of the gallery go with which lesson. Each is run, and what it drew is
saved as SVG and as PDF in build/slides, in a folder for each lesson.
"""

import os
import re
import runpy
import sys
import tempfile
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

ROOT = Path(__file__).parent.parent
SLIDES = ROOT / "build" / "slides"


def lessons() -> dict[str, list[Path]]:
    """The programs that make a lesson's pictures, by its number."""
    docs = ROOT / "docs"
    parts = re.split(r"^## Lesson (\d\d)\b", (docs / "teaching.md").read_text(), flags=re.MULTILINE)[1:]
    return {
        number: [docs / name for name in re.findall(r"\]\((gallery/\w+\.py)\)", text.split("\n## ")[0])]
        for number, text in zip(parts[::2], parts[1::2], strict=True)
    }


def drawn(program: Path) -> Any:
    """The figure or the graph that a program has drawn; its own file is let go."""
    with tempfile.TemporaryDirectory() as folder:
        before = Path.cwd()
        os.chdir(folder)
        try:
            names = runpy.run_path(str(program))
        finally:
            os.chdir(before)
    return names["figure"] if "figure" in names else names["picture"]


def save(what: Any, path: Path) -> None:
    if isinstance(what, Figure):
        what.savefig(path)
    else:
        what.save(path)


def main(wanted: list[str]) -> None:
    os.environ.setdefault("MPLBACKEND", "Agg")
    plans = lessons()
    unknown = sorted(set(wanted) - set(plans))
    if unknown:
        raise SystemExit(f"there is no lesson {', '.join(unknown)}; there are {', '.join(plans)}")
    for number in wanted or plans:
        folder = SLIDES / number
        folder.mkdir(parents=True, exist_ok=True)
        for program in plans[number]:
            what = drawn(program)
            for ending in (".svg", ".pdf"):
                save(what, folder / f"{program.stem}{ending}")
            print(folder.relative_to(ROOT) / program.stem, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
