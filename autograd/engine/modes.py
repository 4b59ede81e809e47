"""no_grad() and its like: blocks of code that change what becomes of the nodes one thread makes inside.

While no thread is inside any block, making a node costs one look at a counter, `blocks_anywhere`.
"""

from __future__ import annotations

import cython

import sys
import threading
from contextlib import ContextDecorator


@cython.final
@cython.cclass
class Blocks:
    """How deep one thread is inside no_grad() and its like.

    paused      in how many no_grad() it is
    recording   in how many recording_origins()
    watched     in how many detect_anomaly()
    trusted     in how many unwatched()
    outside     what `paused` was before each enable_grad() that it is inside
    trace       the Trace of the innermost tracing(), or None
    place       (filename, line) that new nodes are said to come from; None for the line that is running
    call        the innermost Call, or None
    """

    __slots__ = ("call", "outside", "paused", "place", "recording", "trace", "trusted", "watched")

    def __init__(self):
        self.paused = self.recording = self.watched = self.trusted = 0
        self.outside = []
        self.trace = self.place = self.call = None


_threads = threading.local()
blocks_anywhere = cython.declare(cython.int, 0)  # of all threads together
calls_anywhere = cython.declare(cython.int, 0)


@cython.cfunc
def blocks_here() -> Blocks:
    """The Blocks of this thread."""
    found = getattr(_threads, "blocks", None)
    if found is None:
        found = _threads.blocks = Blocks()
    return found


class Block(ContextDecorator):
    """A context manager and a decorator that is counted while this thread is inside; it may be nested."""

    kind = ""  # its counter

    def __enter__(self):
        global blocks_anywhere
        here = blocks_here()
        setattr(here, self.kind, getattr(here, self.kind) + 1)
        blocks_anywhere += 1
        return self

    def __exit__(self, *exception):
        global blocks_anywhere
        here = blocks_here()
        inside = getattr(here, self.kind)
        if inside:  # not so where a generator that was inside is closed by another thread
            setattr(here, self.kind, inside - 1)
            blocks_anywhere -= 1
        return False


class no_grad(Block):  # noqa: N801 (the field's name)
    """Inside, operations compute but record nothing: their results are leaves.

    For evaluating a model without keeping a graph. A context manager and a decorator; it may be nested, and holds for the
    thread that enters it only.

    >>> w = Value(2.0)
    >>> with no_grad():
    ...     y = w * 3
    >>> y.parents
    ()
    """

    kind = "paused"


class enable_grad(ContextDecorator):  # noqa: N801 (the field's name)
    """Inside, operations record again, also within a `no_grad()`. A context manager and a decorator; it may be nested.

    >>> w = Value(2.0)
    >>> with no_grad(), enable_grad():
    ...     y = w * 3
    >>> y.op
    'mul'
    """

    def __enter__(self):
        here: Blocks = blocks_here()
        here.outside.append(here.paused)
        here.paused = 0
        return self

    def __exit__(self, *exception):
        here: Blocks = blocks_here()
        if here.outside:  # not so where a generator that was inside is closed by another thread
            here.paused = here.outside.pop()
        return False


def is_grad_enabled() -> bool:
    """Whether operations in this thread record a graph (False inside `no_grad()`).

    >>> with no_grad():
    ...     is_grad_enabled()
    False
    """
    return blocks_here().paused == 0


class Call(enable_grad):
    """Inside runs a function that a transform differentiates: operations record, and each new leaf keeps this Call.

    So a leaf that was made on the way is told from one that was there before, which somebody may differentiate by. Nodes that
    are no leaves are made as everywhere: nothing looks at a Call there.
    """

    def __enter__(self):
        global calls_anywhere
        here: Blocks = blocks_here()
        self.around = here.call
        here.call = self
        calls_anywhere += 1
        return super().__enter__()

    def __exit__(self, *exception):
        global calls_anywhere
        here: Blocks = blocks_here()
        here.call = self.around
        calls_anywhere -= 1
        return super().__exit__(*exception)


class recording_origins(Block):  # noqa: N801 (as no_grad)
    """Inside, every node keeps the line of code that made it: its `origin`."""

    kind = "recording"


class tracing(recording_origins):  # noqa: N801
    """Inside, `trace`, a `protocols.Trace`, is told of what a graph alone does not show."""

    def __init__(self, trace):
        self.trace = trace

    def __enter__(self):
        here: Blocks = blocks_here()
        self.outside = here.trace
        here.trace = self.trace
        return super().__enter__()

    def __exit__(self, *exception):
        here: Blocks = blocks_here()
        here.trace = self.outside
        return super().__exit__(*exception)


def trace_here():
    """The Trace this thread records for, or None."""
    return blocks_here().trace if blocks_anywhere else None


class unwatched(Block):  # noqa: N801
    """Inside, detect_anomaly() does not examine new nodes: the result of a rule is examined, and not its single steps."""

    kind = "trusted"


def is_anomaly_enabled() -> bool:
    """Whether this thread is inside `detect_anomaly()`.

    >>> with detect_anomaly():
    ...     is_anomaly_enabled()
    True
    """
    return blocks_here().watched > 0


# ------------------------------------------------------------------------------------------------ where nodes are made

OWN = (__name__.partition(".")[0], "numpy", "functools")
"""Packages whose code makes nodes on behalf of whoever calls it."""


def calling_line():
    """(filename, line) of the nearest caller outside this package, NumPy (for arrays) and functools; None if unknown."""
    frame = sys._getframe()
    while frame is not None:
        if str(frame.f_globals.get("__name__")).partition(".")[0] not in OWN:
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return None
