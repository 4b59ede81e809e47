"""What a call of a function did: each node in the order in which it was made, where it stands in the source, inside which calls
it was made, and each question that Python asked of a number.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
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


MOST_WATCHED = 20_000
"""Up to how many nodes it is noted which lines run, which costs Python half its speed. Of larger graphs all count as run."""


class Place(NamedTuple):
    """A sub-expression: where the code of a frame stood. Its span is looked up when somebody asks."""

    code: CodeType | Located
    instruction: int

    @property
    def file(self) -> str:
        return self.code.co_filename

    def span(self) -> tuple[int, int, int, int] | None:
        """(line, column, last line, column after the end); columns count bytes, as Python does. None where it is not known."""
        line, last, column, end = next(islice(self.code.co_positions(), self.instruction // 2, None), (None,) * 4)
        return None if line is None or last is None or column is None or end is None else (line, column, last, end)

    def __reduce__(self) -> tuple[type[Place], tuple[Located, int]]:
        line, column, last, end = self.span() or (None,) * 4
        return Place, (Located(self.file, (line, last, column, end)), 0)


class Located(NamedTuple):
    """What stands for the code of a Place that comes out of a pickle, which has no code: the place's own part of it."""

    co_filename: str
    position: tuple[int | None, int | None, int | None, int | None]

    def co_positions(self) -> Iterator[tuple[int | None, int | None, int | None, int | None]]:
        yield self.position


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


class Open(NamedTuple):
    """A frame that runs: the call it is in, and the nearest frame of the user's."""

    frame: FrameType | None
    call: Any
    shown: FrameType | None


RESUMES = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR
"""Frames that go on, each time perhaps called from elsewhere."""


class Pass(WrittenOut):
    """A pass of `gradients()`.

    place       the number of the place where it was asked for
    order       1 for a first derivative, and one more than that of a derivative that it is of, or goes back over
    gave        the derivatives it came to, by the id of what they are in; None for a sum, which is a node of its own
    """

    trace: Recorder

    def __init__(self, trace: Recorder, place: int) -> None:
        super().__init__(trace)
        self.place, self.order = place, 0
        self.gave: dict[int, Any] = {}
        self.chooses = True  # so that every term is asked for

    def slopes(self, v: Value, operands: Sequence[Any], wanted: list[int]) -> list[tuple[int, Any]]:
        order = self.trace.order_of(v, given=not self.order)  # what is met first is what the derivative is of
        self.order = max(self.order, order + 1)
        self.gave.pop(id(v), None)
        return super().slopes(v, operands, wanted)

    def sent(self, v: Value, i: int, operands: Sequence[Any], term: Any, first: bool) -> Any:
        sent = super().sent(v, i, operands, term, first)
        self.gave[id(operands[i])] = sent if first else None
        return sent


class TooManyNodesError(Exception):
    """A recording has more nodes than it may have."""


class Whereabouts:
    """Where in the user's source a frame stands, and in which call.

    base        the frame outside of all that is looked at
    outside     the call of what runs outside of any
    """

    def __init__(self, outside: Any) -> None:
        self._outside = outside
        self._base: FrameType | None = None
        self._open: list[Open] = []  # the frames that run, from the outermost
        self._depth: dict[int, int] = {}  # their places there, by id
        self._kinds: dict[CodeType, tuple[bool, bool, bool]] = {}  # whether it is the user's, has a name, may be a module's

    def called(self, call: Any, name: str, module: Any) -> Any:
        """The call of a function or a module, inside another call."""
        raise NotImplementedError

    def opened(self, frame: FrameType | None) -> Open:
        """What is known of a frame that runs: looked up from the nearest frame around it that was there before."""
        new: list[FrameType] = []
        running, depth, around = self._open, self._depth, 0
        while frame is not None and frame is not self._base:
            at = depth.get(id(frame))
            if at is not None and not frame.f_code.co_flags & RESUMES:
                around = at + 1
                break
            new.append(frame)
            frame = frame.f_back
        left = running[around:]
        del running[around:]
        for opened in left:
            del depth[id(opened.frame)]
        left.reverse()
        new.reverse()
        for frame in new:
            depth[id(frame)] = len(running)
            if left and left[-1].frame is frame:  # a generator that goes on where it was, as do those around it
                running.append(left.pop())
            else:
                left.clear()
                running.append(self._open_in(frame))
        return running[-1] if running else Open(frame, self._outside, None)

    def _open_in(self, frame: FrameType) -> Open:
        """A frame that begins: a call, if a function of the user's or a module runs in it."""
        _, call, shown = self._open[-1] if self._open else (None, self._outside, None)
        code = frame.f_code
        kind = self._kinds.get(code)
        if kind is None:
            kind = self._kinds[code] = (is_shown(frame), code.co_name not in UNNAMED, is_of_a_module(code))
        is_the_users, is_named, may_be_a_module = kind
        if is_named or (not self._open and code.co_name == "<lambda>"):
            module = _module_of(frame) if may_be_a_module else None
            if is_the_users or module is not None:
                call = self.called(call, code.co_name, module)
        return Open(frame, call, frame if is_the_users else shown)

    def first_shown(self, frame: FrameType | None) -> FrameType | None:
        """The nearest frame whose code is the user's."""
        while frame is not None and frame is not self._base and not is_shown(frame):
            frame = frame.f_back
        return frame if frame is not self._base else None

    def place(self, frame: FrameType | None) -> Place | None:
        shown = self.first_shown(frame)
        return Place(shown.f_code, shown.f_lasti) if shown is not None else None

    def _leave(self) -> None:
        """Keeps no frame any more, and what is in it."""
        self._open.clear()
        self._depth.clear()
        self._base = None


class Record:
    """What is known of how nodes were made.

    nodes           the Values, in the order in which they were made
    places          where in the source they were made; the first is None, for what nobody knows of
    place_of        for each node the number of its place
    calls           the calls that they were made in, each with its parent; 0 is the outermost
    calls_of        for each node the number of its call
    passes          the passes of gradients()
    pass_of         for the nodes that one of them made its number, from 1, by their id
    questions       what Python asked of their numbers
    known_names     what nodes are called that have no label, by id
    whole           the file that is shown from its first line to its last; "" for the functions that nodes were made in
    """

    def __init__(self) -> None:
        self.nodes: list[Value] = []
        self.places: list[Place | None] = [None]
        self.place_of: list[int] = []
        self.calls = [Call(-1, "", None)]
        self.calls_of: list[int] = []
        self.questions: list[Question] = []
        self.passes: list[Pass] = []
        self.pass_of: dict[int, int] = {}
        self.known_names: dict[int, str] = {}
        self.whole = ""

    @property
    def lines(self) -> set[tuple[str, int]]:
        """(file, line) of every line of the user's that ran; none where that is not known."""
        return set()

    @property
    def outcomes(self) -> list[bool]:
        """Which way each branch went."""
        return [question.comparison.outcome for question in self.questions if not question.read]


class PassedOver(NamedTuple):
    """What is left of a Pass."""

    place: int
    order: int


class Over(Record):
    """A record as plain data, which can be pickled: what goes by the ids of nodes there goes by their numbers here."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self.nodes, self.places, self.place_of = record.nodes, record.places, record.place_of
        self.calls, self.calls_of, self.questions = record.calls, record.calls_of, record.questions
        self.passes = [PassedOver(each.place, each.order) for each in record.passes]  # type: ignore[misc]
        self.pass_of, self.known_names, self.whole = record.pass_of, record.known_names, record.whole
        self._lines = record.lines

    @property
    def lines(self) -> set[tuple[str, int]]:
        return self._lines

    def __getstate__(self) -> dict[str, Any]:
        number = {id(v): i for i, v in enumerate(self.nodes)}
        by_number = {
            name: {number[key]: x for key, x in getattr(self, name).items() if key in number}
            for name in ("pass_of", "known_names")
        }
        return vars(self) | by_number

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        for name in ("pass_of", "known_names"):
            setattr(self, name, {id(self.nodes[i]): x for i, x in state[name].items()})


class Recorder(Trace, Record, Whereabouts):
    """Records what happens inside `with recorder.running():`. Its first nodes are those that `known` was told of.

    ways, most      which way the first branches go, whatever the numbers say; how many nodes there may be
    plain_answers   whether comparisons are True and False, as a Trace has them
    """

    def __init__(self, ways: Sequence[bool] = (), most: int = sys.maxsize, plain_answers: bool = False) -> None:
        Trace.__init__(self, plain_answers=plain_answers)
        Record.__init__(self)
        Whereabouts.__init__(self, outside=-1)
        self._ways = list(ways)[::-1]  # which way the first branches go, whatever the numbers say
        self._most = most
        self.made = self  # type: ignore[assignment]  # (the engine appends to it)
        self._last_frame: FrameType | None = None
        self._last_shown: FrameType | None = None
        self._last_call = 0
        self._places_in: dict[CodeType, dict[int, int]] = {}  # the number of each place, by code and instruction
        self._numbers: dict[int, int] = {}  # those in the code of the last frame that is shown
        self._ran: dict[CodeType, Ran] = {}
        self._in_pass = False
        self._order_of_given: dict[int, int] = {}  # by the id of a node that a pass gave as a derivative

    @contextmanager
    def running(self) -> Iterator[None]:
        self._base = sys._getframe(2)
        if sys.gettrace() is None:  # a debugger, or a tool that measures coverage, goes first: then all lines count as run
            self._watch(self._line)
        try:
            with tracing(self):
                yield
        finally:
            self._watch(None)
            self._leave()
            self._last_frame = self._last_shown = None

    def known(self, v: Value, name: str) -> None:
        """Puts a Value among the nodes that was made before the recording, and what it is called if it has no label."""
        self.known_names[id(v)] = name
        self._put(v, 0, 0)

    # ---- what the engine tells

    def written_out(self, results: Any, operands: Sequence[Any], rows: Sequence[Any]) -> None:
        """A function with a rule of its own is one node for each result."""

    def append(self, v: Value) -> None:
        frame = sys._getframe(1)
        if frame is not self._last_frame:  # as long as it runs, nothing around it changes
            self._last_frame = frame
            _, call, self._last_shown = self.opened(frame)
            self._last_call = max(call, 0)
            self._numbers = self._places_in.setdefault(self._last_shown.f_code, {}) if self._last_shown else {}
        shown = self._last_shown
        place = self._numbers.get(shown.f_lasti) if shown is not None else 0
        if place is None:
            place = self._number_of(shown)
        if self._in_pass:
            self._in_pass = place == self.passes[-1].place
            if self._in_pass:
                self.pass_of[id(v)] = len(self.passes)
        self._put(v, place, self._last_call)

    def called(self, call: int, name: str, module: Any) -> int:
        if call < 0:  # the function itself
            return 0
        self.calls.append(Call(call, name, module))
        return len(self.calls) - 1

    def _put(self, v: Value, place: int, call: int) -> None:
        if len(self.nodes) >= self._most:
            raise TooManyNodesError
        if len(self.nodes) == MOST_WATCHED:
            self._watch(None)
            self._ran.clear()
        self.nodes.append(v)
        self.place_of.append(place)
        self.calls_of.append(call)

    def _number_of(self, shown: FrameType | None) -> int:
        """The number of the place where a frame stands; 0 for none."""
        if shown is None:
            return 0
        numbers = self._places_in.setdefault(shown.f_code, {})
        if shown.f_lasti not in numbers:
            numbers[shown.f_lasti] = len(self.places)
            self.places.append(Place(shown.f_code, shown.f_lasti))
        return numbers[shown.f_lasti]

    def branched(self, comparison: Comparison) -> bool:
        if self._base is None:  # looked at afterwards, it asks nothing
            return comparison.outcome
        known = len(self.guards)
        if self._ways and self.way is None:
            comparison.outcome = self._ways.pop()
        outcome = super().branched(comparison)
        self._ask(known, read=False)
        return outcome

    def fix(self, v: Value) -> None:
        known = len(self.guards)
        super().fix(v)
        self._ask(known, read=True)

    def _ask(self, known: int, *, read: bool) -> None:
        for comparison in self.guards[known:]:
            self.questions.append(Question(comparison, len(self.nodes), self.place(sys._getframe(2)), read))

    def loop(self, *_: Any, **how: Any) -> None:
        """Each step is recorded, to be seen."""

    def reverse_pass(self) -> Any:
        if self.passes:
            last = self.passes[-1]
            self._order_of_given |= {id(given): last.order for given in last.gave.values() if isinstance(given, Value)}
        self.passes.append(Pass(self, self._number_of(self.first_shown(sys._getframe(1)))))
        self._in_pass = True
        return self.passes[-1]

    def order_of(self, v: Value, *, given: bool) -> int:
        """The order of the derivative that made v, 0 for none; or, if `given`, of one that v is, though it was there before."""
        number = self.pass_of.get(id(v), 0)
        order = self.passes[number - 1].order if number else 0
        return max(order, self._order_of_given.get(id(v), 0)) if given else order

    def _watch(self, line: Any) -> None:
        if line is not None or sys.gettrace() == self._line:
            sys.settrace(line)

    def _line(self, frame: FrameType, event: str, _: Any) -> Any:
        """What Python calls for each frame that begins: gives what it is to call for each line there."""
        if not is_shown(frame):
            return None
        ran = self._ran.get(frame.f_code)
        if ran is None:
            ran = self._ran[frame.f_code] = Ran(frame.f_code)
        return ran.note if ran.left else None

    @property
    def lines(self) -> set[tuple[str, int]]:
        """(file, line) of every line of the user's that ran."""
        return {(code.co_filename, line) for code, ran in self._ran.items() for line in ran.all - ran.left}


class Ran:
    """Which lines of a function ran, and which are left: once none is, nobody asks any more."""

    def __init__(self, code: CodeType) -> None:
        self.all = {line for _, _, line in code.co_lines() if line is not None}
        if len(self.all) > 1:
            self.all.discard(code.co_firstlineno)  # the line of the def itself, which counts as run
        self.left = self.all.copy()

    def note(self, frame: FrameType, event: str, _: Any) -> Any:
        if event == "line" and frame.f_lineno in self.left:
            self.left.discard(frame.f_lineno)
            frame.f_trace_lines = bool(self.left)
        return self.note


@cache
def _is_shown(module: Any) -> bool:
    return str(module).partition(".")[0] not in OURS


def is_shown(frame: FrameType) -> bool:
    return _is_shown(frame.f_globals.get("__name__"))


def is_of_a_module(code: CodeType) -> bool:
    return code.co_name in ("__call__", "forward") and code.co_varnames[:1] == ("self",)


def _module_of(frame: FrameType) -> Any:
    """The module of a network that a frame runs the `__call__` of, which may have the name `forward`."""
    found = frame.f_locals.get("self")
    called = ("__call__", getattr(type(found).__call__, "__name__", ""))
    return found if frame.f_code.co_name in called and hasattr(found, "named_parameters") else None
