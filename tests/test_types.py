"""Types for those who use them: what a checker and an editor know of the results, in a small program of a user."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from builds import ROOT

PROGRAM = """
import numpy as np

import nn
from autograd import Value, compile, grad, value_and_grad


def bowl(x: list[Value]) -> Value:
    return x[0] * x[0] + x[1].sin()


def square(x: float) -> float:
    return x * x


reveal_type(Value(2.0).tanh())  # Value
reveal_type(grad(lambda x: x**3)(2.0))  # float
reveal_type(grad(grad(square))(2))  # float
reveal_type(grad(bowl)([1.0, 2.0]))  # list[float]
reveal_type(grad(bowl)([1, 2]))  # list[float]
reveal_type(grad(bowl)([Value(1.0), Value(2.0)]))  # list[Value]
reveal_type(grad(lambda p, x: p["slope"] * x)({"slope": 1.0}, 2.0))  # dict[str, float]
reveal_type(grad(bowl)(np.ones(2)).size)  # int
reveal_type(value_and_grad(bowl)([1.0, 2.0]))  # tuple[float, list[float]]
reveal_type(value_and_grad(square)(Value(2.0)))  # tuple[Value, Value]

reveal_type(compile(bowl)([1.0, 2.0]))  # float
reveal_type(compile(square)(1.0))  # float
reveal_type(compile(grad(bowl))([1.0, 2.0]))  # list[float]
reveal_type(compile(lambda x: {"twice": 2.0})(1.0))  # dict[str, float]
fitted = compile(value_and_grad(bowl), in_axes=(None, 0), reduce="mean")
reveal_type(fitted([1.0, 2.0], [[1.0, 2.0]]))  # tuple[float, list[float]]
reveal_type(fitted.programs)  # list[Program]
reveal_type(compile(bowl, in_axes=0)([[1.0, 2.0]]))  # Any
reveal_type(compile(lambda x: (x, x), in_axes=0, reduce=("sum", None))([1.0, 2.0]))  # Any

x = [0.5, -1.0]
reveal_type(nn.Neuron(2)(x))  # Value
reveal_type(nn.Layer(2, 3)(x))  # list[Value]
reveal_type(nn.MLP(2, [3, 1])(x))  # Value | list[Value]
"""
WANTED = [line.partition("  # ")[2] for line in PROGRAM.splitlines() if "  # " in line]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    file = tmp_path / "user.py"
    file.write_text(PROGRAM)
    return file


def plain(kind: str) -> str:
    """A type without the modules of its names."""
    return re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", kind)


def test_mypy_strict(program: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", tmp_path / "cache", program]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    lines = [line for line in found.stdout.splitlines() if str(program.name) in line]
    shown = [re.search(r'note: Revealed type is "(.*)"', line) for line in lines]
    assert all(shown) and found.returncode == 0, found.stdout + found.stderr
    assert [plain(match[1]) for match in shown if match] == WANTED


def test_pyright(program: Path, tmp_path: Path) -> None:
    settings = {"typeCheckingMode": "standard", "extraPaths": [str(ROOT)], "reportMissingModuleSource": False}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "-p", tmp_path]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    diagnostics = json.loads(found.stdout)["generalDiagnostics"]
    wrong = [diagnostic for diagnostic in diagnostics if diagnostic["severity"] != "information"]
    assert not wrong, wrong
    shown = [re.fullmatch(r'Type of "(.*)" is "(.*)"', diagnostic["message"], re.DOTALL) for diagnostic in diagnostics]
    assert [plain(match[2]) for match in shown if match] == WANTED
