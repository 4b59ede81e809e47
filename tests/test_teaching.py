"""What teachers are given: a plan and pictures for each lesson, and assignments that can be handed out."""

import importlib.util
import inspect
import os
import re
import subprocess
import sys
from types import ModuleType
from typing import Any

import pytest
from builds import ROOT

from autograd.course import ask
from autograd.course.exercise import EXERCISES

NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
PAGE = (ROOT / "docs/teaching.md").read_text()


def tool(name: str) -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tools"))
        spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


def test_every_lesson_has_a_plan_with_its_notebook_its_pictures_and_its_exercises() -> None:
    pictures = tool("slides").lessons()
    assert list(pictures) == [file.stem[:2] for file in NOTEBOOKS]
    plans = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    for file in NOTEBOOKS:
        (plan,) = [plan for plan in plans if plan.startswith(f"Lesson {file.stem[:2]} ")]
        assert f"(../notebooks/{file.name})" in plan and "**Slips**" in plan
        topics = re.findall(r"exercises `(\w+)`", plan)
        asked = re.findall(r'ask\("(\w+)\.', file.with_suffix(".py").read_text())
        assert topics and set(topics) <= set(asked), file.name
        assert pictures[file.stem[:2]] and all(program.exists() for program in pictures[file.stem[:2]])


def test_pictures_for_slides_are_svg_and_pdf(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib.pyplot").switch_backend("Agg")
    slides = tool("slides")
    monkeypatch.setattr(slides, "ROOT", tmp_path)
    monkeypatch.setattr(slides, "SLIDES", tmp_path / "slides")
    docs = ROOT / "docs" / "gallery"
    programs = [docs / "02_two_paths.py", docs / "13_learning_rates.py"]  # a graph, and a figure
    monkeypatch.setattr(slides, "lessons", lambda: {"01": programs})
    slides.main(["01"])
    made = {file.name: file.read_bytes()[:5] for file in (tmp_path / "slides" / "01").iterdir()}
    assert sorted(made) == ["02_two_paths.pdf", "02_two_paths.svg", "13_learning_rates.pdf", "13_learning_rates.svg"]
    assert {start for name, start in made.items() if name.endswith(".pdf")} == {b"%PDF-"}
    with pytest.raises(SystemExit, match="there is no lesson 99; there are 01"):
        slides.main(["99"])


@pytest.mark.parametrize("form", ["nbgrader", "otter"])
def test_the_teacher_s_notebook_of_all_exercises_is_solved(form: str) -> None:
    """Its code runs from top to bottom, and what otter calls is called; a check that failed would be an AssertionError."""
    topics = list(dict.fromkeys(name.split(".")[0] for name in EXERCISES))
    notebook = tool("assignment").assignment(form, topics, variant=3)
    names: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
            if cell.source.startswith("def test_"):
                called_by_otter(cell.source, names)
    checked = sum("check(" in cell.source for cell in notebook.cells)
    functions = sum(bool(exercise.variant(3).question.at) for exercise in EXERCISES.values())
    assert checked == len(EXERCISES) - (functions if form == "otter" else 0) > 50
    assert len({cell.source for cell in notebook.cells if "BEGIN SOLUTION" in cell.source and "#" in cell.source}) > 50


def test_a_learner_s_notebook_fails_where_an_answer_is_wrong_or_missing() -> None:
    notebook = tool("assignment").assignment("nbgrader", ["slopes.product", "slopes.nudge"])
    marks = {cell.metadata["nbgrader"]["grade_id"]: cell for cell in notebook.cells}
    assert [mark["grade"] for mark in (cell.metadata["nbgrader"] for cell in marks.values())].count(True) == 2
    names: dict[str, Any] = {}
    exec(marks["imports"].source, names)
    exec(marks["question_slopes_product"].source, names)
    exec("slopes_product = question.a.data * question.b.data", names)
    with pytest.raises(AssertionError, match="is the value of a × b"):
        exec(marks["check_slopes_product"].source, names)
    with pytest.raises(AssertionError, match="No answer yet: write yours in the place of"):
        exec(marks["check_slopes_nudge"].source, names)


def called_by_otter(source: str, learner: dict[str, Any]) -> None:
    """The test that a cell defines, as otter calls it: with the learner's names, None for one that is not there."""
    names: dict[str, Any] = {}
    exec(source, names)
    (test,) = [thing for name, thing in names.items() if name.startswith("test_")]
    test(**{name: learner.get(name) for name in inspect.signature(test).parameters})


def test_a_learner_reads_what_is_wrong_and_not_how_otter_ran_it() -> None:
    """The report of a doctest has it below all that was tried; that of a test which raises, in its last line."""
    cells = tool("assignment").assignment("otter", ["slopes.product"]).cells
    assert "ok_format: false" in cells[0].source
    (source,) = [cell.source for cell in cells if "check(" in cell.source and cell.cell_type == "code"]
    a, b = (getattr(ask("slopes.product"), name).data for name in "ab")
    with pytest.raises(AssertionError, match="is the value of a × b, not how much it moves with a"):
        called_by_otter(source, {"slopes_product": a * b})
    with pytest.raises(AssertionError, match="No answer yet: write yours in the place of"):
        called_by_otter(source, {})
    called_by_otter(source, {"slopes_product": b})


def test_an_assignment_needs_no_packages_that_make_notebooks() -> None:
    """nbgrader's environment has nbformat, and need not have jupytext."""
    program = (
        "import sys\nsys.modules['jupytext'] = None\n"
        "import assignment\nprint(len(assignment.assignment('nbgrader', ['slopes.product']).cells))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": f"{ROOT / 'tools'}:{ROOT}"}, capture_output=True
    )
    assert done.stdout.strip() == b"4", done.stderr.decode()


def test_an_exercise_there_is_not() -> None:
    with pytest.raises(SystemExit, match=r"no exercise or topic 'slope'; the topics are .*slopes"):
        tool("assignment").chosen(["slope"])
