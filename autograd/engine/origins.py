"""Where a node was made: the line of code, which a trace and `detect_anomaly()` keep with each node."""

from __future__ import annotations

import cython

if cython.compiled:
    from cython.cimports.autograd.engine.modes import Listener, calling_frame, line_of
else:
    from .modes import Listener, calling_frame, line_of


@cython.final
@cython.no_gc
@cython.cclass
class Origin:
    """The label of a node, where it was made (as `calling_line` says), and of a leaf the `modes.Call` that made it; or None.

    Nodes may share one, so it stays as it was made.
    """

    __slots__ = ("call", "label", "place")


@cython.cfunc
def new_origin(label: str, place: tuple) -> Origin:
    origin: Origin = Origin.__new__(Origin)
    origin.label = label
    origin.place = place
    origin.call = None
    return origin


@cython.cfunc
def relabelled(origin: Origin, label: str) -> Origin:
    """The same with another label."""
    new: Origin = new_origin(label, origin.place)
    new.call = origin.call
    return new


@cython.cfunc
def origin_here(listener: Listener) -> Origin:
    """That of a node that is made now. Inside a trace, all nodes of one line have one."""
    if listener.origin is not None:
        return listener.origin
    frame = calling_frame()
    if frame is None or listener.trace is None:
        return new_origin("", None if frame is None else line_of(frame))
    of_code = listener.origins.get(id(frame.f_code))
    if of_code is None:
        of_code = listener.origins[id(frame.f_code)] = {}
    found = of_code.get(frame.f_lasti)
    if found is None:
        found = of_code[frame.f_lasti] = new_origin("", line_of(frame))
    return found
