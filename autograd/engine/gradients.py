# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""The chain rule in Values: derivatives that are graphs themselves, to draw, to compute with, to differentiate again.

`backward.py` is the same walk in numbers. Here the slopes come from the rules of the primitives, run on Values.
"""

from __future__ import annotations

import cython

from array import array

if cython.compiled:
    from cython.cimports.autograd.engine.modes import Listener, Modes, modes_here
    from cython.cimports.autograd.engine.table import SLOPE1, SLOPE2_X, SLOPE2_Y, VALUE_SLOPE1, VALUE_SLOPE2_X, VALUE_SLOPE2_Y
    from cython.cimports.autograd.engine.value import (
        Edges,
        Value,
        binary_node,
        many_node,
        new_edges,
        operands_of,
        origin_alone,
        plain,
    )
    from cython.cimports.cpython.exc import PyErr_CheckSignals
else:
    from .backward import PyErr_CheckSignals
    from .modes import Listener, modes_here
    from .table import SLOPE1, SLOPE2_X, SLOPE2_Y, VALUE_SLOPE1, VALUE_SLOPE2_X, VALUE_SLOPE2_Y
    from .value import Edges, Value, binary_node, many_node, new_edges, operands_of, origin_alone, plain

from .anomaly import examine_edge
from .backward import exclusively, next_pass, topological_order
from .modes import is_anomaly_enabled, trace_here, unwatched
from .primitives import BY_NAME, PRIMITIVES

ADD = cython.declare(cython.int, BY_NAME["add"].code)
MUL = cython.declare(cython.int, BY_NAME["mul"].code)
NAN = cython.declare(cython.double, float("nan"))


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
    i: cython.Py_ssize_t
    at: cython.Py_ssize_t
    first: cython.int
    k: cython.int
    v: Value
    reach: Reach = exclusively(Reach, list(order), y, list(xs))
    adjoints: list = [None] * reach.count
    adjoints[reach.y] = 1.0
    sender: Sender = sender_here(y)
    with sender:
        for i in range(len(order) - 1, -1, -1):
            PyErr_CheckSignals()  # beside what is done for each node this costs nothing
            adjoint = adjoints[i]
            if adjoint is None or not reach.depends[i]:
                continue
            v = order[i]
            first = reach.start[i]
            if type(v.extra) is not Edges:
                reached = (1 if reach.depends[reach.operands[first]] else 0) + (
                    2 if reach.depends[reach.operands[first + 1]] else 0
                )
                if reached == 0:
                    continue
                rows = sender.rows(v, reached)
                if rows is not None:
                    slope_x = slope_within(v, 0, rows) if reached & 1 else None
                    slope_y = slope_within(v, 1, rows) if reached & 2 else None
                    if reached & 1:
                        add_to(adjoints, reach.operands[first], times(adjoint, slope_x))
                    if reached & 2:
                        add_to(adjoints, reach.operands[first + 1], times(adjoint, slope_y))
                    continue
            operands: tuple = operands_of(v)
            wanted: list = []
            for at in range(reach.start[i + 1] - first):
                if reach.depends[reach.operands[first + at]]:
                    wanted.append(at)
            if not wanted:
                continue
            for which, slope in sender.slopes(v, operands, wanted):
                at = which
                k = reach.operands[first + at]
                add_to(adjoints, k, sender.sent(v, which, operands, adjoint, slope, adjoints[k]))
    results = [0.0 if adjoints[k] is None else adjoints[k] for k in reach.xs]
    return [g if isinstance(g, Value) else Value(g) for g in results]


@cython.cfunc
@cython.inline
def times(adjoint, slope):
    """Their product, without a node where one of them is the number 1."""
    if type(slope) is float and slope == 1.0:
        return adjoint
    if type(adjoint) is float and adjoint == 1.0:
        return slope
    return binary_node(MUL, adjoint, slope) if type(adjoint) is Value or type(slope) is Value else adjoint * slope


@cython.cfunc
@cython.inline
def add_to(adjoints: list, k: cython.int, term):
    before = adjoints[k]
    if term is None:  # a loop sends nothing along this edge
        return
    if before is None:
        adjoints[k] = term
    else:
        adjoints[k] = binary_node(ADD, before, term) if type(before) is Value or type(term) is Value else before + term


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
    def rows(self, v: Value, reached: cython.int):
        """The rows of the slopes of a node of one or two operands, as in `protocols.ReversePass`; None where `slopes` says it.

        reached     which operands an adjoint is sent to: 1 for the first, 2 for the second, 3 for both
        """
        return () if PRIMITIVES[v.code].inline else None

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
    known = cython.declare(dict)
    listener = cython.declare(Listener)
    outside = cython.declare(object)

    def __init__(self, traced):
        self.traced = traced
        self.known = traced.known

    def __enter__(self):
        here: Modes = modes_here()
        self.listener = here.listener
        self.outside = self.listener.origin
        return self

    def __exit__(self, *exception):
        self.listener.origin = self.outside
        return False

    @cython.cfunc
    def rows(self, v: Value, reached: cython.int):
        found = None if self.traced.chooses else self.known.get(kind_of_node(v, reached))
        if found is not None:
            self.listener.origin = origin_alone(v)
        return found

    @cython.cfunc
    def slopes(self, v: Value, operands: tuple, wanted: list) -> list:
        self.listener.origin = origin_alone(v)
        rows = self.known.get(kind_of_node(v, reached_of(wanted)))
        if rows is None:
            return self.traced.slopes(v, operands, wanted)
        return [(i, slope_within(v, i, rows)) for i in wanted]

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
    def rows(self, v: Value, reached: cython.int):
        return None

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


@cython.final
@cython.cclass
class Reach:
    """The nodes of a pass by number: those of `order` first, then whichever of `y` and the `xs` are not among them.

    count       how many there are
    start       where the operands of each node of `order` begin in `operands`
    operands    their numbers; `count` for a constant, and for a node that has none
    depends     whether a derivative goes on from a node to one of the xs
    y, xs       the numbers of y and of the xs
    """

    count = cython.declare(cython.int)
    start: cython.int[::1]
    operands: cython.int[::1]
    depends: cython.char[::1]
    y = cython.declare(cython.int)
    xs = cython.declare(list)

    def __init__(self, order: list, y: Value, xs: list):
        now: cython.longlong = next_pass()
        v: Value
        i: cython.Py_ssize_t
        at: cython.int = 0
        size: cython.int = 0
        self.count = 0
        for v in [*order, y, *xs]:
            if v.seen != now:
                v.seen = now
                v.uses = self.count
                self.count += 1
                size += len(cython.cast(Edges, v.extra).operands) if type(v.extra) is Edges else 2
        self.start = array("i", [0]) * (len(order) + 1)
        self.operands = array("i", [self.count]) * size
        self.depends = array("b", [0]) * (self.count + 1)
        self.y = y.uses
        self.xs = [cython.cast(Value, x).uses for x in xs]
        for x in xs:
            self.depends[cython.cast(Value, x).uses] = 1
        flat: list = [row.flat for row in PRIMITIVES]
        for i in range(len(order)):
            v = order[i]
            if type(v.extra) is Edges:
                for each in cython.cast(Edges, v.extra).operands:
                    if type(each) is Value:
                        self.found(at, each, now)
                    at += 1
            else:
                if v.x is not None:
                    self.found(at, v.x, now)
                if v.y is not None:
                    self.found(at + 1, v.y, now)
                at += 2
            self.start[i + 1] = at
            if v.code != 0 and not flat[v.code]:  # a flat node has edges in a trace only
                self.depends[i] |= self.leads_on(self.start[i], at)

    @cython.cfunc
    @cython.inline
    def found(self, at: cython.int, operand: Value, now: cython.longlong):
        if operand.seen == now:
            self.operands[at] = operand.uses

    @cython.cfunc
    @cython.inline
    def leads_on(self, begin: cython.int, end: cython.int) -> cython.char:
        at: cython.int
        for at in range(begin, end):
            if self.depends[self.operands[at]]:
                return 1
        return 0


def depends_on(y, x, order) -> bool:
    """Whether a derivative goes from y to x by the nodes of `order`, a topological one."""
    reach: Reach = exclusively(Reach, list(order), y, [x])
    return bool(reach.depends[reach.y])


@cython.cfunc
def reached_of(wanted: list) -> cython.int:
    return 3 if len(wanted) == 2 else 2 if wanted[0] == 1 else 1


@cython.ccall
def kind_of_node(v: Value, reached: cython.int):
    """What it hangs on how the rules for slopes of a node go: its primitive, and the number of an operand that is a constant.

    reached     the operands of the slopes: 1 for the first, 2 for the second, 3 for both

    None for a node of many operands, and where numbers that are equal may make a difference.
    """
    if type(v.extra) is Edges or v.code == 0:
        return None
    if v.x is not None and (v.y is not None or PRIMITIVES[v.code].arity == 1):
        return v.code * 4 + reached
    number: cython.double = v.dx if v.x is None else v.dy
    return (v.code, v.x is None, number) if number < 0.0 or number > 0.0 else None


@cython.ccall
def wanted_slopes(v: Value, operands: tuple, wanted: list) -> list:
    """(i, slope) for the operands number `wanted`, as floats or Values. No rule is asked for another's slope."""
    row = PRIMITIVES[v.code]
    if row.inline:
        return [(i, slope_within(v, i, ())) for i in wanted]
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


@cython.cfunc
def slope_within(v: Value, i: cython.int, rows: tuple):
    """The slope in operand i of a node of one or two: by the rule on Values, or as one node, whose row is in `rows`."""
    x = v.x if v.x is not None else v.dx
    if PRIMITIVES[v.code].arity == 1:
        return slope_node((x, v), rows[0], SLOPE1[v.code](plain(x), v._data)) if rows else VALUE_SLOPE1[v.code](x, v)
    y = v.y if v.y is not None else v.dy
    if rows:
        a: cython.double = plain(x)
        b: cython.double = plain(y)
        number: cython.double = SLOPE2_X[v.code](a, b, v._data) if i == 0 else SLOPE2_Y[v.code](a, b, v._data)
        return slope_node((x, y, v), rows[i], number)
    return VALUE_SLOPE2_X[v.code](x, y, v) if i == 0 else VALUE_SLOPE2_Y[v.code](x, y, v)


@cython.cfunc
def slope_node(operands: tuple, row, number: cython.double):
    """A node of the row of a slope, which was computed by the rule for floats. A trace makes the slopes of slopes itself."""
    edges: Edges = new_edges(operands)
    k: cython.Py_ssize_t
    for k in range(edges.count):
        edges.slopes[k] = NAN
    return many_node(number, row.code, edges)
