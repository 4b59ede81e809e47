"""Running a piece of Python in a process of its own, in the build of the engine under test."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import autograd

HOME = Path(autograd.__file__).parent.parent
EIGHT_MEGABYTES = 8192  # kilobytes


def environment(ag: ModuleType, **variables: str) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(HOME),
        "SCALAR_AUTOGRAD_PURE": "1" if ag.build == "pure" else "0",
        **variables,
    }


def run(
    ag: ModuleType,
    code: str,
    *arguments: object,
    stack: int | None = None,
    variables: dict[str, str] | None = None,
    check_build: bool = True,
) -> str:
    """What `code` prints. Fails where it fails, with what it said. `stack` is the limit of the C stack, in kilobytes."""
    opening = f"import autograd\nassert autograd.build == {ag.build!r}\n" if check_build else ""
    command = [sys.executable, "-W", "error", "-c", opening + textwrap.dedent(code), *map(str, arguments)]
    if stack is not None and os.name == "posix":
        command = ["sh", "-c", f'ulimit -S -s {stack} && exec "$@"', "sh", *command]
    return finish(command, environment(ag, **(variables or {})))


def run_file(ag: ModuleType, file: Path, *arguments: object) -> str:
    return finish([sys.executable, "-W", "error", str(file), *map(str, arguments)], environment(ag))


def finish(command: Sequence[str], variables: dict[str, str]) -> str:
    done = subprocess.run(command, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout
