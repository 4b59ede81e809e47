"""What a call of a function did: each node in the order in which it was made, where it stands in the source, inside which calls
it was made, and each question that Python asked of a number.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from types import CodeType, FrameType
from typing import Any, NamedTuple

from ..compiler.comparisons import Comparison
from ..compiler.slopes import WrittenOut
from ..compiler.trace import Branch, Trace
from ..engine.modes import tracing
from ..engine.value import Value

OURS = (__name__.partition(".")[0], "autograd", "nn", "numpy", "functools", "contextlib")
"""Packages whose lines are not shown: their code makes nodes on behalf of whoever calls it."""

UNNAMED = ("<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>", "<lambda>", "<module>")
"""Frames that are no call a reader would name."""


class Place(NamedTuple):
    """A sub-expression: where the code of a frame stood. Its span is looked up when somebody asks."""

    code: CodeType
    instruction: int

    @property
    def file(self) -> str:
        return self.code.co_filename

    def span(self) -> tuple[int, int, int, int] | None:
        """(line, column, last line, column after the end); columns count bytes, as Python does. None where it is not known."""
        line, last, column, end = next(islice(self.code.co_positions(), self.instruction // 2, None), (None,) * 4)
        return None if line is None or last is None or column is None or end is None else (line, column, last, end)


class Question(NamedTuple):
    """A comparison that Python branched on; or, if `read`, a look at a number, which what follows may hang on.

    before      how many nodes there were: it was asked before the next was made
    """

    comparison: Branch
    before: int
    place: Place | None
    read: bool


class Call(NamedTuple):
    """A call that nodes were made in: of a function, or of a module of a network (then `module` is it)."""

    parent: int
    name: str
    module: Any


class TooManyNodesError(Exception):
    """A recording has more nodes than it may have."""


class Recorder(Trace):
    """Records what happens inside `with recorder.running():`.

    nodes           every Value that was made, in order, after those that `known` was told of
    places          where in the source each was made
    calls_of        for each node the number of the call it was made in
    calls           the calls, each with its parent; 0 is the outermost
    of_derivatives  for each node, of which pass of gradients() it is part, from 1; 0 for none
    passes          where in the source each of these passes was asked for
    lines           (file, line) of every line of the user's that ran

    ways, most      which way the first branches go, whatever the numbers say; how many nodes there may be
    """

    def __init__(self, ways: Sequence[bool] = (), most: int = sys.maxsize) -> None:
        super().__init__()
        self._ways = list(ways)[::-1]  # which way the first branches go, whatever the numbers say
        self._most = most
        self.nodes: list[Value] = []
        self.places: list[Place | None] = []
        self.calls_of: list[int] = []
        self.calls = [Call(-1, "", None)]
        self.questions: list[Question] = []
        self.of_derivatives: list[int] = []
        self.passes: list[Place | None] = []
        self.lines: set[tuple[str, int]] = set()
        self.argument_names: dict[int, str] = {}
        self.made = self  # type: ignore[assignment]  # (the engine appends to it)
        self._open: list[tuple[FrameType, int]] = []  # the frames of the calls that are open, with their numbers
        self._base: FrameType | None = None
        self._last_frame: FrameType | None = None
        self._last_shown: FrameType | None = None
        self._last_call = 0
        self._pass_at: Place | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        self._base = sys._getframe(2)
        before = sys.gettrace()
        if before is None:  # a debugger, or a tool that measures coverage, goes first: then all lines count as run
            sys.settrace(self._line)
        try:
            with tracing(self):
                yield
        finally:
            if before is None:
                sys.settrace(None)
            self._open.clear()
            self._base = self._last_frame = self._last_shown = None

    def known(self, v: Value, name: str) -> None:
        """Puts a Value among the nodes that was made before the recording, and what it is called if it has no label."""
        self.argument_names[id(v)] = name
        self._put(v, None, 0, 0)

    # ---- what the engine tells

    def append(self, v: Value) -> None:
        frame = sys._getframe(1)
        if frame is not self._last_frame:  # as long as it runs, nothing around it changes
            self._last_frame = frame
            self._last_call = self._call(frame)
            self._last_shown = self._first_shown(frame)
        shown = self._last_shown
        place = Place(shown.f_code, shown.f_lasti) if shown is not None else None
        if place != self._pass_at:
            self._pass_at = None
        self._put(v, place, self._last_call, len(self.passes) if self._pass_at else 0)

    @property
    def outcomes(self) -> list[bool]:
        """Which way each branch went."""
        return [question.comparison.outcome for question in self.questions if not question.read]

    def _put(self, v: Value, place: Place | None, call: int, derivative: int) -> None:
        if len(self.nodes) >= self._most:
            raise TooManyNodesError
        self.nodes.append(v)
        self.places.append(place)
        self.calls_of.append(call)
        self.of_derivatives.append(derivative)

    def branched(self, comparison: Comparison) -> bool:
        if self._base is None:  # looked at afterwards, it asks nothing
            return comparison.outcome
        known = len(self.guards)
        if self._ways and self.way is None:
            comparison.outcome = self._ways.pop()
        outcome = super().branched(comparison)
        self._ask(known, read=False)
        return outcome

    def read(self, v: Value) -> None:
        known = len(self.guards)
        super().read(v)
        self._ask(known, read=True)

    def _ask(self, known: int, *, read: bool) -> None:
        for comparison in self.guards[known:]:
            self.questions.append(Question(comparison, len(self.nodes), self._place(sys._getframe(2)), read))

    def reverse_pass(self) -> Any:
        self._pass_at = self._place(sys._getframe(1))
        self.passes.append(self._pass_at)
        return WrittenOut(self)

    def _first_shown(self, frame: FrameType | None) -> FrameType | None:
        """The nearest frame whose code is the user's, in the call that is recorded."""
        while frame is not None and frame is not self._base and not is_shown(frame):
            frame = frame.f_back
        return frame if frame is not self._base else None

    def _place(self, frame: FrameType | None) -> Place | None:
        shown = self._first_shown(frame)
        return Place(shown.f_code, shown.f_lasti) if shown is not None else None

    # ---- calls, and lines

    def _call(self, frame: FrameType | None) -> int:
        """The number of the innermost call that is open: of a function of the user's, or of a module."""
        frames = []
        while frame is not None and frame is not self._base:
            if frame.f_code.co_name not in UNNAMED and (is_shown(frame) or _module_of(frame) is not None):
                frames.append(frame)
            frame = frame.f_back
        frames.reverse()
        del frames[:1]  # the function itself
        still = 0
        for (known, _), frame in zip(self._open, frames, strict=False):
            if known is not frame:
                break
            still += 1
        del self._open[still:]
        for frame in frames[still:]:
            parent = self._open[-1][1] if self._open else 0
            self.calls.append(Call(parent, frame.f_code.co_name, _module_of(frame)))
            self._open.append((frame, len(self.calls) - 1))
        return self._open[-1][1] if self._open else 0

    def _line(self, frame: FrameType, event: str, _: Any) -> Any:
        if not is_shown(frame):
            return None
        if event == "line":
            self.lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self._line


def is_shown(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).partition(".")[0] not in OURS


def _module_of(frame: FrameType) -> Any:
    """The module of a network that a frame runs the `__call__` of."""
    if frame.f_code.co_name != "__call__" or frame.f_code.co_varnames[:1] != ("self",):
        return None
    found = frame.f_locals.get("self")
    return found if hasattr(found, "named_parameters") else None
