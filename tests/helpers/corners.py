"""What the tests under corners/ share: the mark of a fault that is known and not mended yet, and numbers out of anything."""

import json
import subprocess
import sys
from types import ModuleType
from typing import Any

import pytest
from processes import environment

KNOWN_FAULTS: dict[str, str] = {}
"""What is known to be wrong and not mended yet."""


def known_fault(name: str) -> pytest.MarkDecorator:
    """Fails today. Whoever mends it is told to take the mark away, by the test that passes."""
    return pytest.mark.xfail(strict=True, reason=KNOWN_FAULTS[name])


def numbers(thing: Any) -> list[Any]:
    """The numbers and Values in lists, tuples, dicts and arrays of them."""
    if isinstance(thing, dict):
        return [x for part in thing.values() for x in numbers(part)]
    if hasattr(thing, "tolist"):
        return numbers(thing.tolist())
    if isinstance(thing, (list, tuple)):
        return [x for part in thing for x in numbers(part)]
    return [thing]


def plain(thing: Any) -> list[float]:
    """The same as floats."""
    return [float(getattr(x, "data", x)) for x in numbers(thing)]


# ------------------------------------------------------------------------------------------------ cases that may crash

_FORKING = """
import json, os, signal, sys, traceback

def begun(code, names, seconds):
    read, write = os.pipe()
    child = os.fork()
    if child:
        os.close(write)
        return child, read
    os.close(read)
    signal.alarm(seconds)
    said = ""
    try:
        exec(code, names)
    except BaseException:
        said = traceback.format_exc()[-1500:] or "it failed"
    os.write(write, said.encode())
    os._exit(0)

def ended(child, read):
    with os.fdopen(read) as pipe:
        said = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return said or (f"it ended by signal {-status}" if status else "")

def forked(common, cases, seconds):
    exec(common, names := {})
    found, waiting = {}, [*cases]
    while waiting:
        some, waiting = waiting[:8], waiting[8:]
        work = [begun(cases[name], names, seconds) for name in some]
        found |= {name: ended(*at_work) for name, at_work in zip(some, work)}
    return found

common, cases, seconds = json.load(sys.stdin)
print("\\n" + json.dumps(forked(common, cases, seconds)))
"""


def outcomes(ag: ModuleType, common: str, cases: dict[str, str], *, seconds: int = 20, **variables: str) -> dict[str, str]:
    """What went wrong with each piece of code, run in a process of its own after `common`; "" where nothing did.

    The processes are forked from one that has `common` behind it, so that a case costs some milliseconds. One that goes on for
    longer than `seconds` is ended by signal 14. Freed memory is overwritten, so that what is read from it is wrong.
    """
    asked = json.dumps([f"import autograd\nassert autograd.build == {ag.build!r}\n{common}", cases, seconds])
    done = subprocess.run(
        [sys.executable, "-c", _FORKING],
        input=asked,
        capture_output=True,
        text=True,
        env=environment(ag, MALLOC_PERTURB_="165", **variables),
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))
