"""The gallery: each program runs by itself, makes its picture and nothing else, and has a title and a few sentences."""

import ast
import re
import runpy
import warnings
from pathlib import Path

import pytest
from builds import ROOT

PROGRAMS = sorted((ROOT / "docs" / "gallery").glob("[0-9]*.py"))


def test_there_are_thirty_and_they_are_numbered_from_one():
    assert len(PROGRAMS) >= 30
    assert [int(program.stem[:2]) for program in PROGRAMS] == list(range(1, len(PROGRAMS) + 1))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_a_program_makes_its_picture(program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plots = pytest.importorskip("matplotlib.pyplot")
    plots.switch_backend("Agg")
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        runpy.run_path(str(program), run_name="__main__")
    plots.close("all")
    (picture,) = tmp_path.iterdir()
    assert picture.stem == program.stem and picture.suffix in (".svg", ".png", ".gif")
    assert 5_000 < picture.stat().st_size < 1_000_000


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_a_program_is_a_title_some_sentences_and_code(program: Path) -> None:
    text = program.read_text()
    head = re.match(r"# %% \[markdown\]\n# # (.+)\n#\n((?:# .+\n)+)\n# %%\n", text)
    assert head, "the first cell is a title, and what is to be seen"
    assert head[2].rstrip().endswith(".") and len(head[2].splitlines()) <= 4
    ast.parse(text)
    assert len(text.splitlines()) < 75
