"""The chain rule in Values: derivatives that are graphs themselves, to draw, to compute with, to differentiate again.

`backward.py` is the same walk in numbers. Here the slopes come from the rules of the primitives, run on Values.
"""

from __future__ import annotations

import cython

if cython.compiled:
    from cython.cimports.autograd.engine.modes import Listener, Modes, modes_here
    from cython.cimports.autograd.engine.value import Value, operands_of, place_of, plain
    from cython.cimports.cpython.exc import PyErr_CheckSignals
else:
    from .backward import PyErr_CheckSignals
    from .modes import Listener, modes_here
    from .value import Value, operands_of, place_of, plain

from .anomaly import examine_edge
from .backward import topological_order
from .modes import is_anomaly_enabled, trace_here, unwatched
from .primitives import PRIMITIVES


def gradients(y, xs, *, strict=False):
    """The derivatives of `y` with respect to each of `xs`, as Values: to draw, to compute with, to differentiate again.

    The same rules as `backward()`, run on Values, so the result is a graph; no `.grad` is touched. A node of `xs` that `y`
    does not depend on has derivative 0.0; with `strict=True` it is a ValueError that says which.

    >>> x = Value(3.0)
    >>> (first,) = gradients(x**4, [x])
    >>> (second,) = gradients(first, [x])
    >>> first.data, second.data
    (108.0, 108.0)
    """
    if not isinstance(y, Value):
        raise TypeError(f"gradients() differentiates a Value, and {y!r} is {type(y).__name__}")
    if isinstance(xs, Value):
        raise TypeError("gradients() takes a list of Values to differentiate with respect to: give [x] for one")
    xs = list(xs)
    for i, x in enumerate(xs):
        if not isinstance(x, Value):
            raise TypeError(f"gradients() differentiates with respect to Values, and xs[{i}] is {x!r}")
    order = topological_order(y)
    found = {id(v) for v in order}
    missing = [i for i, x in enumerate(xs) if id(x) not in found]
    if strict and missing:
        named = ", ".join(f"xs[{i}] ({xs[i]!r})" for i in missing)
        raise ValueError(f"y was not computed from {named}: its derivative is 0; leave strict=True out if that is meant")
    return adjoints_in_values(order, y, xs)


def adjoints_in_values(order, y, xs) -> list:
    """The chain rule on Values, for `gradients`. `order` has the nodes between xs and y, each after its parents."""
    v: Value
    depends: set = dependent(order, xs)
    adjoints: dict = {id(y): 1.0}
    sender: Sender = sender_here(y)
    with sender:
        for v in reversed(order):
            PyErr_CheckSignals()  # beside what is done for each node this costs nothing
            adjoint = adjoints.get(id(v))
            if adjoint is None or id(v) not in depends:
                continue
            operands: tuple = operands_of(v)
            wanted: list = [i for i, o in enumerate(operands) if type(o) is Value and id(o) in depends]
            if not wanted:
                continue
            slopes: list = sender.slopes(v, operands, wanted)
            for i, slope in slopes:
                key = id(operands[i])
                before = adjoints.get(key)
                term = sender.sent(v, i, operands, adjoint, slope, before)
                adjoints[key] = term if before is None else before + term
    results = [adjoints.get(id(x), 0.0) for x in xs]
    return [g if isinstance(g, Value) else Value(g) for g in results]


@cython.cfunc
@cython.inline
def times(adjoint, slope):
    """Their product, without a node where one of them is the number 1."""
    if type(slope) is float and slope == 1.0:
        return adjoint
    return slope if type(adjoint) is float and adjoint == 1.0 else adjoint * slope


# ------------------------------------------------------------------------------------------------ senders


def sender_here(y):
    """The Sender of a pass from `y` in this thread, which may be inside a trace or `detect_anomaly()`, or both."""
    trace = trace_here()
    sender = Sender() if trace is None else TracedSender(trace.reverse_pass())
    return ExaminedSender(sender, y) if is_anomaly_enabled() else sender


@cython.cclass
class Sender:
    """What a pass on Values asks at each node: the slopes, and for each edge the term that is added to the parent's adjoint."""

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return False

    @cython.cfunc
    def slopes(self, v: Value, operands: tuple, wanted: list) -> list:
        """(i, slope) for each operand number i of `wanted` that an adjoint is sent to."""
        return wanted_slopes(v, operands, wanted)

    @cython.cfunc
    def sent(self, v: Value, i, operands: tuple, adjoint, slope, before):
        """The term for operand i of v, whose adjoint is `before` so far; None if it has none yet."""
        return times(adjoint, slope)


@cython.cclass
class TracedSender(Sender):
    """Sends what a trace says, a `protocols.ReversePass`; new nodes have the origin of the node they are the derivative of."""

    traced = cython.declare(object)
    listener = cython.declare(Listener)
    outside = cython.declare(tuple)

    def __init__(self, traced):
        self.traced = traced

    def __enter__(self):
        here: Modes = modes_here()
        self.listener = here.listener
        self.outside = self.listener.place
        return self

    def __exit__(self, *exception):
        self.listener.place = self.outside
        return False

    @cython.cfunc
    def slopes(self, v: Value, operands: tuple, wanted: list) -> list:
        self.listener.place = place_of(v)
        return self.traced.slopes(v, operands, wanted)

    @cython.cfunc
    def sent(self, v: Value, i, operands: tuple, adjoint, slope, before):
        term = times(adjoint, slope)
        return self.traced.sent(v, i, operands, term, before is None) if self.traced.chooses else term


@cython.cclass
class ExaminedSender(Sender):
    """Sends what another sender does, if `detect_anomaly()` has nothing against it."""

    sender = cython.declare(Sender)
    unwatched = cython.declare(object)
    y = cython.declare(object)

    def __init__(self, sender, y):
        self.sender, self.y = sender, y
        self.unwatched = unwatched()  # the derivative that a rule gives is examined, and not its single steps

    def __enter__(self):
        self.unwatched.__enter__()
        self.sender.__enter__()
        return self

    def __exit__(self, *exception):
        self.sender.__exit__(*exception)
        return self.unwatched.__exit__(*exception)

    @cython.cfunc
    def slopes(self, v: Value, operands: tuple, wanted: list) -> list:
        return self.sender.slopes(v, operands, wanted)

    @cython.cfunc
    def sent(self, v: Value, i, operands: tuple, adjoint, slope, before):
        term = self.sender.sent(v, i, operands, adjoint, slope, before)
        so_far = 0.0 if before is None else plain(before)
        examine_edge("gradients()", self.y, v, i, plain(adjoint), plain(slope), plain(term), so_far)
        return term


# ------------------------------------------------------------------------------------------------ which nodes, which slopes


def dependent(order, xs) -> set:
    """The ids of the xs, and of the nodes of a topological order through which a derivative reaches one of them."""
    v: Value
    depends: set = {id(x) for x in xs}
    for v in order:
        PyErr_CheckSignals()
        if leads_on(v, depends):
            depends.add(id(v))
    return depends


@cython.cfunc
def leads_on(v: Value, depends: set) -> cython.bint:
    """Whether an adjoint goes on from a node to one in `depends`."""
    if v.code == 0 or PRIMITIVES[v.code].flat:  # a flat node has edges in a trace only
        return False
    for operand in operands_of(v):
        if type(operand) is Value and id(operand) in depends:
            return True
    return False


@cython.ccall
def wanted_slopes(v: Value, operands: tuple, wanted: list) -> list:
    """(i, slope) for the operands number `wanted`, as floats or Values. No rule is asked for another's slope."""
    row = PRIMITIVES[v.code]
    rules = row.slopes_on_values or row.slopes
    try:
        if callable(rules):
            slopes = rules(list(operands), v)
            return [(i, slopes[i]) for i in wanted]
        return [(i, rules[i](*operands, v)) for i in wanted]
    except TypeError as problem:
        problem.add_note(
            f"This came from a slope of the primitive {row.name!r}: to be differentiated again, slopes are written with "
            "operators and functions of autograd."
        )
        raise
