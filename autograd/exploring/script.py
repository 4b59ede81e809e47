"""A script runs as `python script.py` runs it, and what it computes is noted down: `python -m autograd explore script.py`."""

from __future__ import annotations

import builtins
import errno
import io
import linecache
import os
import re
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.machinery import SourceFileLoader
from importlib.util import decode_source
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from ..compiler.comparisons import Comparison, comparison
from ..compiler.trace import Branch, Trace
from ..engine.anomaly import AnomalyError
from ..engine.backward import topological_order
from ..engine.modes import noting
from ..engine.value import Value, place_of
from ..files import beginning_of
from .explorable import Explorable
from .kept import Kept, Made, number_in
from .recording import Place, Question, Whereabouts

MOST_QUESTIONS = 10_000
"""How many of the comparisons that a script made last are remembered."""


CALL = re.compile(r"\s*(\w+)\.backward\(\).*\s*")
"""A line that calls backward() on a variable: so the graph's result is called as that is."""


class NothingToExploreError(ValueError):
    """A script left no graph, or not the one that was asked for; the message says why.

    >>> issubclass(NothingToExploreError, ValueError)
    True
    """


class Asked(NamedTuple):
    """A comparison: the numbers of the Values in it, as `Kept` counts them, so that no graph is kept alive for its sake."""

    left: int
    right: Any
    right_is_value: bool
    relation: Callable[[Any, Any], bool]
    before: int
    place: Place | None


class Snapshot:
    """A Value at a moment of the script's run: the numbers of its leaves may be others later, as an optimiser sets them."""

    def __init__(self, value: Value, line: int, asked: Sequence[Asked], name: str = "") -> None:
        self.value, self.line, self.asked, self.name = value, line, list(asked), name
        self._leaves = [v for v in topological_order(value) if not v.op]
        self._data = [v.data for v in self._leaves]

    def restore(self) -> None:
        for leaf, data in zip(self._leaves, self._data, strict=True):
            leaf.data = data


class Notes(Whereabouts):
    """What is noted while a script runs: a `protocols.Notes`. It keeps no more of what the script computes than it may show.

    script      the file, as its code names it
    which       which call of backward() to keep: 1 is the first, -1 the last
    line        the line of the script whose last result to keep; None for none
    """

    def __init__(self, script: str, which: int = -1, line: int | None = None) -> None:
        super().__init__(outside=None)
        self.script, self.which, self.line = script, which, line
        self.calls = 0
        self.made_on: set[int] = set()
        self._kept: deque[Snapshot] = deque(maxlen=max(1, -which))
        self._at_line: Snapshot | None = None
        self._pending: Value | None = None  # what the line made last, until a snapshot of it is taken
        self._last: Value | None = None
        self._asked: deque[Asked] = deque(maxlen=MOST_QUESTIONS)
        self._count = 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        self._base = sys._getframe(2)
        try:
            with noting(self):
                yield
        finally:
            self._leave()

    def called(self, call: Made | None, name: str, module: Any) -> Made:
        return call, name, module

    # ---- what the engine tells

    def made(self, v: Value) -> tuple[Any, ...] | None:
        if self._base is None:  # a task of asyncio may outlive the script
            return None
        _, call, shown = self.opened(sys._getframe(1))
        if shown is None:
            return None
        self._count += 1
        if shown.f_code.co_filename == self.script and v.op:
            self.made_on.add(shown.f_lineno)
            if shown.f_lineno == self.line:
                self._pending = v
        if v.op:
            self._last = v
        return shown.f_code.co_filename, shown.f_lineno, shown.f_code, shown.f_lasti, call, self._count

    def compared(self, v: Value, other: Any, relation: Callable[[Any, Any], bool]) -> None:
        if self._base is None:
            return
        left, right = (number_in(place_of(x) or ()) if isinstance(x, Value) else x for x in (v, other))
        self._asked.append(Asked(left, right, isinstance(other, Value), relation, self._count, self.place(sys._getframe(1))))

    def differentiated(self, v: Value) -> None:
        self._settle()
        self.calls += 1
        if self.which < 0 or self.calls == self.which:
            frame = self.first_shown(sys._getframe(1))
            line = frame.f_lineno if frame else 0
            called = CALL.fullmatch(linecache.getline(frame.f_code.co_filename, line)) if frame else None
            self._kept.append(Snapshot(v, line, self._asked, called[1] if called else ""))

    # ---- afterwards

    def _settle(self) -> None:
        if self._pending is not None and self.line is not None:
            self._at_line = Snapshot(self._pending, self.line, self._asked)
            self._pending = None

    def chosen(self) -> tuple[Snapshot, str]:
        """What is to be explored, and in words what it is. NothingToExploreError where there is no such thing."""
        self._settle()
        if self.line is not None:
            if self._at_line is None:
                lines = ", ".join(map(str, sorted(self.made_on)[:20])) or "none"
                raise NothingToExploreError(f"line {self.line} made no Value by an operation; lines that did: {lines}")
            return self._at_line, f"what line {self.line} made last"
        if self.calls:
            index = self.which if self.which < 0 else 0
            if len(self._kept) < max(1, -index):
                times = f"{self.calls} time{'s' * (self.calls != 1)}"
                raise NothingToExploreError(f"backward() was called {times}, and --which {self.which} is none of them")
            number = self.calls + 1 + self.which if self.which < 0 else self.which
            found = self._kept[index]
            return found, f"backward() on line {found.line}" + (f", call {number} of {self.calls}" if self.calls > 1 else "")
        if self._last is None:
            raise NothingToExploreError(
                "the script computed nothing with Values, so there is no graph (what compile() and nn.fit() run as programs "
                "makes none: fit(..., compile=False) does)"
            )
        place = place_of(self._last) or ("", 0)
        last = Snapshot(self._last, place[1], self._asked)
        return last, f"no backward() was called: the last result, made on line {last.line}"


def explored(notes: Notes, name: str) -> tuple[Explorable, str]:
    """What is to be explored of a script that has ended, and in words what it is."""
    snapshot, what = notes.chosen()
    snapshot.restore()
    record = Kept(topological_order(snapshot.value))
    record.whole = notes.script
    record.known_names[id(snapshot.value)] = snapshot.name
    numbers = {number_in(place_of(v) or ()): v for v in record.nodes}
    numbers.pop(0, None)
    order = [number_in(place_of(v) or ()) for v in record.nodes]
    for asked in snapshot.asked:
        left, right = numbers.get(asked.left), numbers.get(asked.right) if asked.right_is_value else asked.right
        if left is not None and right is not None:
            found = comparison(Trace(), left, right, asked.relation)
            if isinstance(found, Comparison):
                branch = Branch(found.relation, found.left, found.right, found.outcome, None)
                before = next((i for i, number in enumerate(order) if number > asked.before), len(order))
                record.questions.append(Question(branch, before, asked.place, False))
    return Explorable([snapshot.value], record, name), what


class Ended(NamedTuple):
    """How a script ended: its exit code; and the AnomalyError it failed by, if by one."""

    code: int
    failed: bool = False
    anomaly: AnomalyError | None = None


INTERRUPTED = 130

LONGEST = 2**26
"""The bytes of a script: who goes on without end, as some devices do, is no script."""


def run(script: Path, arguments: Sequence[str], notes: Notes) -> Ended:
    """Runs a script as `__main__`. What it does not catch is shown as Python shows it, without a line of ours.

    OSError where it cannot be read.
    """
    source = beginning_of(script, LONGEST)
    if len(source) > LONGEST:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(script))
    _keep_lines(notes.script, source)
    main = ModuleType("__main__")
    vars(main).update(__file__=notes.script, __builtins__=builtins, __loader__=SourceFileLoader("__main__", notes.script))
    sys.modules["__main__"] = main
    sys.argv = [str(script), *arguments]
    if not sys.flags.safe_path:
        sys.path[0] = str(script.resolve().parent)
    try:
        code = compile(source, notes.script, "exec", dont_inherit=True)
        with notes.taken():
            exec(code, vars(main))
    except SystemExit as ending:
        return _exited(ending.code)
    except BaseException as error:
        _show(error)
        if isinstance(error, KeyboardInterrupt):
            return Ended(INTERRUPTED)
        return Ended(1, True, error if isinstance(error, AnomalyError) and error.value is not None else None)
    return Ended(0)


def _keep_lines(name: str, source: bytes) -> None:
    """For tracebacks and pages, as they are now: a script may change its folder, or itself, and a FIFO is read but once."""
    with suppress(SyntaxError, UnicodeDecodeError):
        lines = [*io.StringIO(decode_source(source))]
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += "\n"
        linecache.cache[name] = (len(source), None, lines, name)


def _exited(code: Any) -> Ended:
    """How Python ends at sys.exit(code)."""
    if code is None or isinstance(code, int):
        return Ended(code or 0, bool(code))
    print(code, file=sys.stderr)
    return Ended(1, True)


def _show(error: BaseException) -> None:
    """Shows an error as Python does that a script did not catch: from the script's own lines on."""
    ours = error.__traceback__
    error.with_traceback(ours.tb_next if ours else None)
    sys.excepthook(type(error), error, error.__traceback__)
