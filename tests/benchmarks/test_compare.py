"""The comparison with other libraries: here without them, so that the script runs and its table in the docs stays true."""

import importlib.util

import pytest
from builds import ROOT

spec = importlib.util.spec_from_file_location("compare", ROOT / "benchmarks" / "compare.py")
assert spec is not None and spec.loader is not None
compare = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compare)

TABLE = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (ROOT / "benchmarks" / "README.md").read_text().splitlines()
    if line.startswith("| ")
]
ANSWERS = compare.answers("autograd")


@pytest.mark.parametrize("program", compare.FUNCTIONS, ids=lambda program: program.__name__)
def test_the_table_has_the_derivatives_of_today(program):
    (row,) = [row for row in TABLE if row[0] == compare.line(program)]
    assert float(row[1].split()[0]) == pytest.approx(ANSWERS[program.__name__]["numbers"][0], rel=1e-13)
    assert all(cell == "equal" or float(cell) <= compare.ALLOWED for cell in row[2:]) and len(row) == 4


@pytest.mark.parametrize("program", compare.REQUESTS, ids=lambda program: program.__name__)
def test_the_table_says_what_is_refused_today(program):
    (row,) = [row for row in TABLE if row[0] == compare.line(program)]
    answer = compare.shown(ANSWERS[program.__name__])
    if answer.startswith("refuses"):
        assert row[1].split(": ")[:2] == answer.split(": ")[:2]  # the words may change
    else:
        assert row[1] == answer


def test_without_other_libraries_there_are_two_columns(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["compare.py"])
    compare.main()
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "| function | its derivative here |" and len(printed) == 2 + 10 + 1 + 2 + len(compare.REQUESTS)


def test_differences_are_seen():
    one = {"numbers": [1.0, 2.0], "held": "array[2]"}
    assert compare.difference(one, one) == 0.0
    assert compare.difference(one, {"numbers": [1.0, 2.5], "held": "array[2]"}) == pytest.approx(0.2)
    assert compare.difference(one, {"numbers": [1.0, 2.0], "held": ["number", "number"]}) == float("inf")
    assert compare.difference(one, {"error": "TypeError: no"}) == float("inf")
