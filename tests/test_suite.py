"""The tests themselves: one that hangs fails and the others run; examples are fixed; what `make mutate` puts into the code."""

import ast
import runpy
import subprocess
import sys
from pathlib import Path

from builds import ROOT
from hypothesis import settings

HANGING = """
import itertools

def test_in_python():
    while True:
        pass

def test_after_it():
    pass

def test_in_c():
    sum(itertools.repeat(0))
"""


def test_one_that_hangs_does_not_hang_the_suite(tmp_path: Path) -> None:
    """Neither in Python, where the alarm is heard, nor in C, where it is not: then the process ends, and says where it was."""
    file = tmp_path / "test_hanging.py"
    file.write_text(HANGING)
    limits = ["-o", "timeout=1", "-o", "faulthandler_timeout=3"]
    command = [sys.executable, "-m", "pytest", "-v", "-c", ROOT / "pyproject.toml", "--rootdir", tmp_path, *limits, file]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, cwd=tmp_path)
    assert "test_in_python FAILED" in done.stdout and "test_after_it PASSED" in done.stdout
    assert done.returncode not in (0, 5) and "in test_in_c" in done.stderr


def test_examples_are_fixed() -> None:
    fixed = settings()
    assert fixed.derandomize and fixed.database is None and fixed.deadline is None


def test_faults_can_be_put_where_they_are_written_down() -> None:
    """In the code as it is now, and tried by tests that there are. And drawn ones are code."""
    tool = runpy.run_path(str(ROOT / "tools" / "mutate.py"))
    for fault in tool["written_down"]():
        assert fault.text != (ROOT / fault.file).read_text()
        for test in fault.tests:
            file, _, name = test.partition("::")
            assert (ROOT / file).exists() and (not name or f"def {name}(" in (ROOT / file).read_text()), test
    for fault in tool["drawn"](0, 100):
        assert ast.dump(ast.parse(fault.text)) != ast.dump(ast.parse((ROOT / fault.file).read_text())), fault.what
