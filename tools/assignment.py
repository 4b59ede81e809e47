"""Makes an assignment of exercises of the course, for nbgrader or for otter:

python tools/assignment.py nbgrader lesson.ipynb slopes.product slopes.rule      the exercises by name
python tools/assignment.py otter lesson.ipynb slopes --variant 7                 or all of a topic, with other numbers

The notebook is the teacher's, with the solutions; `nbgrader generate_assignment` or `otter assign` makes the learners' of it.
docs/teaching.md has the way from there to marks.
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from solving import solution

from autograd.course.exercise import EXERCISES

Cell = Any

IMPORTS = "import autograd\nfrom autograd import Value\nfrom autograd.course import ask, check"


def chosen(names: list[str]) -> list[str]:
    """The exercises of that name or that topic. SystemExit where there is none."""
    found = [[name for name in EXERCISES if wanted in (name, name.split(".")[0])] for wanted in names]
    for wanted, some in zip(names, found, strict=True):
        if not some:
            topics = ", ".join(dict.fromkeys(name.split(".")[0] for name in EXERCISES))
            raise SystemExit(f"there is no exercise or topic {wanted!r}; the topics are {topics}")
    return [name for some in found for name in some]


def key(name: str) -> str:
    """What the answer is called: each has a name of its own, or an earlier one would stand for one that was left out."""
    return name.replace(".", "_")


def answering(name: str, variant: int, marks: str) -> Cell:
    """What a learner would write, between the marks of what is taken out."""
    *lines, last = ast.parse(solution(name, variant)).body
    assert isinstance(last, ast.Expr) and isinstance(last.value, ast.Call)  # check(name, what is answered)
    answer = [*map(ast.unparse, lines), f"{key(name)} = {ast.unparse(last.value.args[1])}"]
    told = f"# Your answer is called {key(name)}."
    return nbformat.v4.new_code_cell("\n".join([told, f"{marks} BEGIN SOLUTION", *answer, f"{marks} END SOLUTION"]))


def asking(name: str, variant: int) -> Cell:
    return nbformat.v4.new_code_cell(f'question = ask("{name}", {variant})\nquestion')


def checking(name: str) -> Cell:
    """Of an answer that is not there, `...` is checked: that is told what is missing, where its name would be an error."""
    return nbformat.v4.new_code_cell(f'verdict = check("{name}", globals().get("{key(name)}", ...))\nassert verdict, verdict')


def testing(name: str) -> Cell:
    """As a function, of which otter tells what it raised, and not how it was run; a name that is not there is None to it."""
    answer = key(name)
    return nbformat.v4.new_code_cell(
        f"def test_{answer}({answer}):\n"
        "    from autograd.course import check\n\n"
        f'    verdict = check("{name}", ... if {answer} is None else {answer})\n'
        "    assert verdict, verdict"
    )


def for_nbgrader(names: list[str], variant: int) -> Iterator[Cell]:
    def marked(cell: Cell, name: str, **kind: Any) -> Cell:
        kinds = {"schema_version": 3, "grade": False, "solution": False, "locked": True, "task": False, "grade_id": name}
        cell.metadata["nbgrader"] = kinds | kind
        return cell

    yield marked(nbformat.v4.new_code_cell(IMPORTS), "imports")
    for name in names:
        yield marked(asking(name, variant), f"question_{key(name)}")
        yield marked(answering(name, variant, "###"), f"answer_{key(name)}", solution=True, locked=False)
        yield marked(checking(name), f"check_{key(name)}", grade=True, points=1)


def for_otter(names: list[str], variant: int) -> Iterator[Cell]:
    """Without what asks for a function: otter checks when all cells have run, and a function then has others' numbers."""
    names = [name for name in names if not EXERCISES[name].variant(variant).question.at]
    yield nbformat.v4.new_raw_cell("# ASSIGNMENT CONFIG\nsolutions_pdf: false\nexport_cell: false\ntests:\n  ok_format: false")
    yield nbformat.v4.new_code_cell(IMPORTS)
    for name in names:
        yield nbformat.v4.new_raw_cell(f"# BEGIN QUESTION\nname: {key(name)}\npoints: 1")
        yield asking(name, variant)
        yield nbformat.v4.new_raw_cell("# BEGIN SOLUTION")
        yield answering(name, variant, "#")
        yield nbformat.v4.new_raw_cell("# END SOLUTION")
        yield nbformat.v4.new_raw_cell("# BEGIN TESTS")
        yield testing(name)
        yield nbformat.v4.new_raw_cell("# END TESTS")
        yield nbformat.v4.new_raw_cell("# END QUESTION")


FORMS = {"nbgrader": for_nbgrader, "otter": for_otter}


def assignment(form: str, names: list[str], variant: int = 0) -> Any:
    """The teacher's notebook."""
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return nbformat.v4.new_notebook(cells=list(FORMS[form](chosen(names), variant)), metadata=kernel)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("form", choices=FORMS)
    parser.add_argument("file", type=Path, help="the notebook that is written")
    parser.add_argument("names", nargs="+", help="exercises, or topics")
    parser.add_argument("--variant", type=int, default=0, help="which numbers the questions have")
    given = parser.parse_args()
    given.file.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(assignment(given.form, given.names, given.variant), given.file)


if __name__ == "__main__":
    main()
