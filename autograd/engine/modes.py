"""no_grad() and its like: blocks of code that change what becomes of the nodes made inside.

A block holds for the context that enters it (see Python's contextvars): for a thread, or for a task of asyncio and the tasks
that are made inside. While no context is inside any block, making a node costs one look at a counter, `blocks_anywhere`.
"""

from __future__ import annotations

import cython

import sys
from contextvars import ContextVar

if cython.compiled:
    from cython.cimports.cpython.contextvars import get_value
else:

    def get_value(variable):
        return variable.get()


from .decorating import decorated

# ------------------------------------------------------------------------------------------------ what holds in a context


@cython.final
@cython.cclass
class Listener:
    """Who is told of what is made while a function is recorded.

    trace       None where nothing is recorded, or no longer: a context may outlive the block that it was copied in
    made        its `made`
    origin      the Origin that new nodes are said to have; None for that of the line that is running
    origins     the Origins of lines, by the id of their code and by their instruction
    """

    __slots__ = ("made", "origin", "origins", "trace")

    def __init__(self, trace):
        self.trace = trace
        self.made = None if trace is None else trace.made
        self.origin = None
        self.origins = {}

    def close(self):
        """Nothing is recorded any longer."""
        self.trace = self.made = None
        self.origins.clear()


blocks_anywhere = cython.declare(cython.int, 0)  # how many Modes there are by which new nodes are not just recorded
calls_anywhere = cython.declare(cython.int, 0)  # how many Modes have a Call


@cython.final
@cython.cclass
class Modes:
    """The blocks that a context is inside of, and what they come to. Contexts share them, so they are never changed.

    block       the innermost block; None outside of all
    around      the Modes outside that block
    paused      whether nothing is recorded
    silent      whether it is, and nobody is told of what is made
    recording   whether nodes keep the line that made them
    watched     whether nodes are looked at by detect_anomaly(), unless they are `trusted`
    listener    the Listener of the innermost tracing()
    call        the innermost Call, or None
    notes       who notes down what is made, a `protocols.Notes`, or None
    """

    __slots__ = ("around", "block", "call", "counted", "in_call", "listener", "notes")
    __slots__ += ("paused", "recording", "silent", "trusted", "watched")

    def __init__(self, block, around):
        global blocks_anywhere, calls_anywhere
        outside: Modes = around
        self.counted = self.in_call = False
        self.block, self.around = block, around
        if around is None:
            self.paused = self.recording = self.watched = self.trusted = False
            self.listener, self.call, self.notes = Listener(None), None, None
        else:
            self.paused, self.recording = outside.paused, outside.recording
            self.watched, self.trusted = outside.watched, outside.trusted
            self.listener, self.call, self.notes = outside.listener, outside.call, outside.notes
            block.change(self)
        self.counted = self.paused or self.recording or self.watched
        blocks_anywhere += self.counted
        self.in_call = self.call is not None
        heard = self.recording or self.watched or self.in_call or self.notes is not None or self.listener.trace is not None
        self.silent = self.paused and not heard
        calls_anywhere += self.in_call

    def __dealloc__(self):
        global blocks_anywhere, calls_anywhere
        blocks_anywhere -= self.counted
        calls_anywhere -= self.in_call

    if not cython.compiled:
        __del__ = __dealloc__


_modes = cython.declare(object, ContextVar("modes", default=Modes(None, None)))  # noqa: B039 (they are never changed)
_left_elsewhere = cython.declare(cython.bint, False)  # whether a block ever was left in another context than it was entered in


@cython.cfunc
def modes_here() -> Modes:
    """The Modes of this context."""
    return without_left_elsewhere(get_value(_modes)) if _left_elsewhere else get_value(_modes)


@cython.cfunc
def silent_here() -> cython.bint:
    """Whether what is made in this context is a leaf, and nobody is told of it."""
    if not blocks_anywhere:
        return False
    here: Modes = modes_here()
    return here.silent


@cython.cfunc
def without(modes: Modes, block) -> Modes:
    """The Modes of a context that leaves a block, which need not be the innermost; the same if it is not inside."""
    above: list = []
    at: Modes = modes
    while at.block is not None and at.block is not block:
        above.append(at.block)
        at = at.around
    if at.block is None:
        return modes
    at = at.around
    while above:
        at = Modes(above.pop(), at)
    return at


# ------------------------------------------------------------------------------------------------ entering and leaving
# What ContextVar.set() returns, a token, is known by the context that it was made in alone. A generator that is inside a block
# may be closed in another context, by another thread for one: then that context is not switched, and the one that entered the
# block is out of it when it looks next.


def is_from_here(token) -> bool:
    """Whether a token was made in this context. If so, `_modes` has to be set anew."""
    try:
        _modes.reset(token)
    except ValueError:
        return False
    return True


@cython.cfunc
def without_left_elsewhere(found: Modes) -> Modes:
    at: Modes = found
    while at.block is not None:
        for token in at.block._left_elsewhere[:]:
            if is_from_here(token):
                at.block._left_elsewhere.remove(token)
                found = without(found, at.block)
                _modes.set(found)
        at = at.around
    return found


class Steps:
    """Takes the steps of a generator or a coroutine inside a block, and those blocks it has itself entered and not left."""

    def __init__(self, block):
        self.blocks = [block]  # from the outermost in

    def take(self, step, *given):
        """What a step gives."""
        outside: Modes = modes_here()
        inside: Modes = outside
        for block in self.blocks:
            inside = Modes(block, inside)
        _modes.set(inside)
        try:
            return step(*given)
        finally:
            inside = modes_here()
            self.blocks = []
            while inside is not outside and inside.block is not None:
                self.blocks.insert(0, inside.block)
                inside = inside.around
            _modes.set(outside)


class KindOfBlock(type):
    """The type of Blocks: what `with no_grad:` asks for a beginning."""

    def __enter__(cls):
        raise TypeError(f"{cls.__name__} is not called here: write `with {cls.__name__}():`, with parentheses")

    def __exit__(cls, *exception):
        """Never comes to be: what has not begun does not end."""


class Block(metaclass=KindOfBlock):
    """A context manager, and a decorator of functions, generator functions and coroutine functions.

    It may be nested, in itself too, and used by many contexts at a time.
    """

    def __new__(cls, *args, **kwargs):
        self = super().__new__(cls)
        self._entered = []  # a token for each time that it was entered and not left
        self._left_elsewhere = []  # of these times the tokens where it was left in another context
        return self

    def change(self, modes):
        """Makes of new Modes, which are as those outside, what they are inside."""

    def __enter__(self):
        self._entered.append(_modes.set(Modes(self, modes_here())))
        return self

    def __exit__(self, *exception):
        global _left_elsewhere
        inside: Modes = modes_here()
        for token in reversed(self._entered.copy()):
            if is_from_here(token):
                self._entered.remove(token)
                break
        else:
            self._left_elsewhere += self._entered[-1:]
            del self._entered[-1:]
            _left_elsewhere = True
        left = without(inside, self)
        if modes_here() is not left:  # the token has put back what was there before, which may be it already
            _modes.set(left)
        return False

    def __call__(self, function):
        return decorated(function, self, lambda: Steps(self).take)

    def __getstate__(self):
        """Nobody is inside a copy."""
        return {name: part for name, part in vars(self).items() if name not in ("_entered", "_left_elsewhere")}


class Switch(Block):
    """A Block that needs nothing to be made: so it may decorate without parentheses, `@no_grad`, too."""

    def __new__(cls, function=None):
        self = super().__new__(cls)
        return self if function is None else self(function)


# ------------------------------------------------------------------------------------------------ the blocks


class no_grad(Switch):  # noqa: N801 (the field's name)
    """Inside, operations compute but record nothing: their results are leaves.

    For evaluating a model without keeping a graph. A context manager, which may be nested, and a decorator, `@no_grad()` or
    `@no_grad`, also of generator functions and `async` ones, and of functions that give a generator. It holds for the thread or
    the asyncio task that enters it, and for tasks made inside. A generator that yields inside `with no_grad():` leaves it on
    for whoever runs it; the decorator does not.

    >>> w = Value(2.0)
    >>> with no_grad():
    ...     y = w * 3
    >>> y.parents
    ()
    """

    def change(self, modes):
        modes.paused = True


class enable_grad(Switch):  # noqa: N801 (the field's name)
    """Inside, operations record again, also within a `no_grad()`. It is used as that is.

    >>> w = Value(2.0)
    >>> with no_grad(), enable_grad():
    ...     y = w * 3
    >>> y.op
    'mul'
    """

    def change(self, modes):
        modes.paused = False


def is_grad_enabled() -> bool:
    """Whether operations record a graph here (False inside `no_grad()`).

    >>> with no_grad():
    ...     is_grad_enabled()
    False
    """
    here: Modes = modes_here()
    return not here.paused


class Call(enable_grad):
    """Inside runs a function that a transform differentiates: operations record, and each new leaf keeps this Call.

    So a leaf that was made on the way is told from one that was there before, which somebody may differentiate by. Nodes that
    are no leaves are made as everywhere: nothing looks at a Call there.
    """

    def change(self, modes):
        self.around = modes.call
        modes.call = self
        modes.paused = False


class recording_origins(Block):  # noqa: N801 (as no_grad)
    """Inside, every node keeps the line of code that made it: its `origin`."""

    def change(self, modes):
        modes.recording = True


class tracing(recording_origins):  # noqa: N801
    """Inside, `trace`, a `protocols.Trace`, is told of what a graph alone does not show."""

    def __init__(self, trace):
        self.listener = Listener(trace)

    def change(self, modes):
        modes.recording = True
        modes.listener = self.listener
        modes.notes = None

    def __exit__(self, *exception):
        self.listener.close()
        return super().__exit__(*exception)


class noting(recording_origins):  # noqa: N801
    """Inside, `notes`, a `protocols.Notes`, is told of what is made, compared and differentiated, outside of traces."""

    def __init__(self, notes):
        self.notes = notes

    def change(self, modes):
        modes.recording = True
        modes.notes = self.notes


@cython.ccall
def notes_here():
    """The Notes that are taken in this context, or None."""
    if not blocks_anywhere:
        return None
    here: Modes = modes_here()
    return here.notes


@cython.ccall
def trace_here():
    """The Trace that is being made in this context, or None."""
    if not blocks_anywhere:
        return None
    here: Modes = modes_here()
    return here.listener.trace


@cython.ccall
def tell_that_it_is_no_integer(v):
    """The trace here, if any, is told of what an integer would answer otherwise, text and hash: v may stand for one."""
    trace = trace_here()
    if trace is not None:
        trace.asked_for_number(v, True)


def is_part_of_a_graph() -> bool:
    """Whether what is computed here belongs to a larger graph: that of a transform around it, or of what compile() records."""
    if not (calls_anywhere or blocks_anywhere):
        return False
    here: Modes = modes_here()
    return here.listener.trace is not None or (here.call is not None and not here.paused)


class unwatched(Block):  # noqa: N801
    """Inside, detect_anomaly() does not examine new nodes: the result of a rule is examined, and not its single steps."""

    def change(self, modes):
        modes.trusted = True


def is_anomaly_enabled() -> bool:
    """Whether this context is inside `detect_anomaly()`.

    >>> with detect_anomaly():
    ...     is_anomaly_enabled()
    True
    """
    here: Modes = modes_here()
    return here.watched


# ------------------------------------------------------------------------------------------------ where nodes are made

OWN = (__name__.partition(".")[0], "numpy", "functools")
"""Packages whose code makes nodes on behalf of whoever calls it."""


@cython.ccall
def calling_frame():
    """The frame of the nearest caller outside this package, NumPy (for arrays) and functools; None if there is none."""
    frame = sys._getframe()
    while frame is not None:
        name = frame.f_globals.get("__name__")
        if type(name) is not str:
            name = str(name)
        ours = _is_ours.get(name)
        if ours is None:
            ours = _is_ours[name] = name.partition(".")[0] in OWN
        if not ours:
            return frame
        frame = frame.f_back
    return None


_is_ours = cython.declare(dict, {})  # by the name of a module


@cython.ccall
def line_of(frame) -> tuple:
    """(filename, line, code, instruction): by the last two a sub-expression of the line can be found."""
    return frame.f_code.co_filename, frame.f_lineno, frame.f_code, frame.f_lasti


def calling_line():
    """Where the nearest caller outside is, as `line_of` says; None if unknown."""
    frame = calling_frame()
    return None if frame is None else line_of(frame)
