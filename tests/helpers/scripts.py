"""`python -m autograd` on scripts that tests write: in this process, or in one of its own."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from processes import HOME

from autograd.exploring import script
from autograd.exploring.explorable import Explorable

SQUARES = """
    import sys
    from autograd import Value

    def f(x, y):
        s = x * y
        if s > 1:
            t = s + x
        else:
            t = s.tanh()
        return t * t

    x, y = Value(2.0), Value(3.0)
    for step in range(3):
        loss = f(x, y)
        loss.backward()
        x.data -= 0.01 * x.grad
        x.grad = y.grad = 0.0
    print("ran", sys.argv[1:], __name__)
"""


def as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts everything back, after the test, that running a script changes."""
    monkeypatch.setattr(sys, "argv", sys.argv)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


def noted(file: Path, *arguments: str, **which: int) -> tuple[Explorable, str]:
    """What is explored of a script, which runs in this process, and in words what it is."""
    notes = script.Notes(str(file), **which)
    assert script.run(file, arguments, notes) == (0, False, None)
    return script.explored(notes, file.name)


def written(folder: Path, code: str, name: str = "script.py") -> Path:
    file = folder / name
    file.write_text(textwrap.dedent(code))
    return file


def python(*arguments: object, **how: Any) -> subprocess.Popen[str]:
    """Python in a process of its own, in the folder `cwd`; its browser is `true`."""
    command = [sys.executable, "-W", "error", *map(str, arguments)]
    return subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(HOME), "BROWSER": "true"},
        text=True,
        # A shell that starts tests in the background has them, and so their children, ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        **({"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | how),
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """The exit code of a process, and what it wrote to stdout and stderr."""
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err
