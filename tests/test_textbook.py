"""docs/textbook.md: every figure in it is in what the named section of the notebook shows."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "textbook.md"


class Claim(NamedTuple):
    """A row of the table: what is claimed, the figures, and the notebook and section that show them."""

    text: str
    figures: list[str]
    notebook: Path
    section: str


def claims(page: str) -> list[Claim]:
    found = []
    for line in page.splitlines():
        if not line.startswith("| ") or line.startswith(("| what is claimed", "| ---")):
            continue
        text, figures, where, _ = (cell.strip() for cell in line.strip("|").split(" | "))
        link = re.fullmatch(r'\[(\w+)\]\((\.\./notebooks/\1\.ipynb)\), "(.+)"', where)
        assert link is not None, f"this is no notebook and section: {where}"
        found.append(Claim(text, re.findall(r"`([^`]+)`", figures), PAGE.parent / link[2], link[3]))
    return found


def shown_by_section(notebook: Any) -> dict[str, str]:
    """All that a notebook prints, and the texts of what it shows, by the heading above it."""
    title, shown = "", {"": ""}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for heading in re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE):
                title = heading
                assert title not in shown, f"two sections are called {title!r}"
                shown[title] = ""
        else:
            for output in cell.outputs:
                shown[title] += output.get("text") or output.get("data", {}).get("text/plain", "")
    return shown


CLAIMS = claims(PAGE.read_text(encoding="utf-8"))


def test_the_table_has_the_examples_of_the_textbooks() -> None:
    assert len(CLAIMS) >= 25
    assert all(claim.figures for claim in CLAIMS)
    assert len({(*claim.figures, claim.section) for claim in CLAIMS}) == len(CLAIMS), "a claim stands twice"
    with_claims = {claim.notebook.stem[:2] for claim in CLAIMS}
    assert with_claims >= {f"{number:02}" for number in range(1, 12)}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.notebook.stem}: {claim.text[:40]}")
def test_the_notebook_shows_the_figures(claim: Claim) -> None:
    shown = shown_by_section(nbformat.read(claim.notebook, as_version=4))
    assert claim.section in shown, f"there is no such section; there is {', '.join(shown)}"
    for figure in claim.figures:
        assert re.search(rf"(?<![\d.]){re.escape(figure)}", shown[claim.section]), f"{figure} is not in {shown[claim.section]}"


def test_a_figure_that_is_not_shown_is_found() -> None:
    (claim,) = claims('| a sum | `3.25` | [05_neurons](../notebooks/05_neurons.ipynb), "One neuron" | |')
    assert claim.section == "One neuron" and claim.figures == ["3.25"]
    with pytest.raises(AssertionError, match="is not in"):
        test_the_notebook_shows_the_figures(claim)
