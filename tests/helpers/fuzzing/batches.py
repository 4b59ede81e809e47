"""Cases run in forked processes, a batch in each, with bounds of time and memory: a crash or a hang is a failure like another.

Every case has a process's time limit to itself, kept by the system, so that a loop that never returns to Python is ended too.
"""

import atexit
import functools
import gc
import json
import mmap
import os
import random
import re
import resource
import shutil
import signal
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

SECONDS = 120
"""For one case, on a machine that may be busy."""

MEMORY = 1 << 30
"""That a batch may take beside what the process has when it is forked, in bytes."""


@functools.cache
def folder() -> Path:
    """A folder for the time of this run, in memory where there is such a place: nothing of it is to last."""
    made = Path(tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
    atexit.register(shutil.rmtree, made, ignore_errors=True)  # by the process that made it; forked ones leave by os._exit
    return made


def place(name: str) -> Path:
    """Of a file that no other process writes."""
    return folder() / f"{os.getpid()}-{name}"


class Failure(NamedTuple):
    seed: str
    case: Any
    said: str

    @property
    def sort(self) -> str:
        """What kind of failure it is: the same for a case and for one cut down from it."""
        last = self.said.strip().rpartition("\n")[2]
        return re.split(r"[0-9'\"\[(/]", ":".join(last.split(":")[:2]))[0].strip()


def case_of(kind: ModuleType, seed: str) -> Any:
    return kind.make(random.Random(seed))


def failures(kind: ModuleType, seeds: list[str]) -> Iterator[Failure]:
    """What fails of the cases with these seeds. After a crash or a hang it goes on with the next."""
    case_of(kind, seeds[0])  # so that what is made once for all cases is not made anew in every process
    while seeds:
        done, found = _forked(functools.partial(_run, kind, seeds))
        for at, said in found:
            yield Failure(seeds[at], case_of(kind, seeds[at]), said)
        seeds = seeds[done:]


def outcome(kind: ModuleType, case: Any) -> str:
    """What is said of one case, "" if nothing is wrong."""
    _, found = _forked(lambda tell: tell(0, _said(kind, case)))
    return found[0][1] if found else ""


def _run(kind: ModuleType, seeds: list[str], tell: Callable[[int, str], None]) -> None:
    for at, seed in enumerate(seeds):
        tell(at, "")
        said = _said(kind, case_of(kind, seed))
        if said:
            tell(at, said)


def _said(kind: ModuleType, case: Any) -> str:
    try:
        kind.check(case)
    except Exception:
        return traceback.format_exc(limit=-6)[-4000:]
    return ""


def _forked(work: Callable[[Callable[[int, str], None]], None]) -> tuple[int, list[tuple[int, str]]]:
    """How many cases were begun, and what was said of which, in a process of its own."""
    begun = mmap.mmap(-1, 8)  # shared with the child, and still there when it is not
    folder()  # before there are two
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        _bounded()

        def tell(at: int, said: str) -> None:
            signal.alarm(SECONDS)
            begun[:8] = at.to_bytes(8, "little")
            if said:
                os.write(write, json.dumps([at, said]).encode() + b"\n")

        code = 1
        try:
            work(tell)
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        found = [tuple(json.loads(line)) for line in pipe]
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    at = int.from_bytes(begun[:8], "little")
    if status:
        how = f"signal {-status} ({signal.strsignal(-status)})" if status < 0 else f"exit code {status}"
        found.append((at, f"The process ended by {how}: a crash, or a hang"))
    return at + 1, found


def _bounded() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(SECONDS)
    gc.freeze()
    with open("/proc/self/statm") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


def cut_down(kind: ModuleType, failure: Failure, tries: int = 400) -> Failure:
    """The same failure of a simpler case."""
    progress = True
    while progress and tries > 0:
        progress = False
        for case in kind.smaller(failure.case):
            tries -= 1
            found = Failure(failure.seed, case, outcome(kind, case))
            if found.said and found.sort == failure.sort:
                failure, progress = found, True
                break
            if tries <= 0:
                break
    return failure
