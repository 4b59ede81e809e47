"""Reverse topological order and the chain rule, in numbers. (In Values: `gradients.py`.)

A pass walks the graph twice. First it counts, on each node, how many edges lead to it; then it sends adjoints, each node after
its last use has reported, which makes the order topological. What is still to be visited is a list linked through the nodes
themselves (`link`), and a pass number stamped on them (`seen`) stands for a set, so a pass needs no recursion and no memory.

The pass is all or nothing: the gradients of the leaves change at its very end, so a Ctrl-C leaves them as they were.
"""

from __future__ import annotations

import cython

import os
import threading
from typing import Optional

if cython.compiled:
    from cython.cimports.autograd.engine._tuples import element, is_value
    from cython.cimports.autograd.engine.origins import Origin
    from cython.cimports.autograd.engine.value import Edges, Value
    from cython.cimports.cpython.exc import PyErr_CheckSignals
else:
    from ._tuples import element, is_value
    from .origins import Origin
    from .value import Edges, Value

    def PyErr_CheckSignals():  # noqa: N802 (C's name): the interpreter looks by itself
        pass


from .anomaly import examine_adjoints
from .functions import dot
from .modes import enable_grad, is_anomaly_enabled, notes_here, trace_here, unwatched
from .value_type import attach

NODES_BETWEEN_SIGNAL_CHECKS = cython.declare(cython.int, 65536)

_pass = cython.declare(cython.longlong, 0)
_one_at_a_time = threading.RLock()
_at_work = False


@cython.ccall
def next_pass() -> cython.longlong:
    """A number that no node has been stamped with."""
    global _pass
    _pass += 1
    return _pass


@cython.final
@cython.cclass
class Work:
    """The lists of a pass, each linked through its nodes: `todo`, the nodes still to be visited, and `leaves`.

    And `has_adjoints`, whether a node that was visited has one of another pass.

    Nodes are handled by address: a reference counted up and down at every step would cost a third of the pass.
    """

    todo = cython.declare(cython.p_void)
    leaves = cython.declare(cython.p_void)
    now = cython.declare(cython.longlong)
    has_adjoints = cython.declare(cython.bint)

    def __init__(self):
        self.has_adjoints = False
        self.now = next_pass()
        self.todo = cython.NULL
        self.leaves = cython.NULL


@cython.cfunc
def starting_at(v):
    """What every pass makes sure of first."""
    if not isinstance(v, Value):
        raise TypeError(f"derivatives start from a Value, and this is {v!r}")
    return v


# ------------------------------------------------------------------------------------------------ first: count the uses


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def count_use(at: cython.p_void, work: Work) -> cython.void:
    """Notes one more use of a node; a node met for the first time goes on its list, with no adjoint yet."""
    if cython.cast(Value, at).seen == work.now:
        cython.cast(Value, at).uses += 1
        return
    cython.cast(Value, at).seen = work.now
    cython.cast(Value, at).uses = 1
    if cython.cast(Value, at).code == 0:
        cython.cast(Value, at).link = work.leaves
        work.leaves = at
    else:
        cython.cast(Value, at).link = work.todo
        work.todo = at


@cython.cfunc
@cython.exceptval(check=False)
def count_uses_of_many(edges: Edges, work: Work) -> cython.void:
    i: cython.Py_ssize_t
    at: cython.p_void
    operands: tuple = edges.operands
    for i in range(edges.count):
        at = element(operands, i)
        if is_value(at):
            count_use(at, work)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def count_uses_by(v: Value, work: Work) -> cython.void:
    if v.x is not None:
        count_use(cython.cast(cython.p_void, v.x), work)
    if v.y is not None:
        count_use(cython.cast(cython.p_void, v.y), work)
    elif v.x is None and v.code != 0:
        count_uses_of_many(v.extra, work)


@cython.cfunc
def count_uses(root: Value, clear: cython.bint, ends: list) -> Work:
    """Visits every ancestor of `root`: counts how many edges lead to each, sets gradients to 0 if told to, finds the leaves.

    It does not go past `ends`, which count as seen, with one use too many: so they never come to be dealt with.
    """
    work: Work = Work()
    at: cython.p_void
    v: Value
    for end in ends:
        v = end
        v.seen = work.now
        v.uses = 1
    until_check: cython.int = NODES_BETWEEN_SIGNAL_CHECKS
    try:
        count_use(cython.cast(cython.p_void, root), work)
        while work.todo is not cython.NULL:
            at = work.todo
            work.todo = cython.cast(Value, at).link
            cython.cast(Value, at).link = cython.NULL
            if clear:
                cython.cast(Value, at)._grad = 0.0
            elif cython.cast(Value, at)._grad != 0.0:
                work.has_adjoints = True
            count_uses_by(cython.cast(Value, at), work)
            until_check -= 1
            if until_check == 0:
                until_check = NODES_BETWEEN_SIGNAL_CHECKS
                PyErr_CheckSignals()
    except BaseException:
        unlink(work.todo)
        unlink(work.leaves)
        raise
    return work


# ------------------------------------------------------------------------------------------------ then: the chain rule


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def used(at: cython.p_void, work: Work) -> cython.void:
    """One use of a node has been dealt with; after the last one, the node itself is next."""
    if cython.cast(Value, at).code != 0:
        cython.cast(Value, at).uses -= 1
        if cython.cast(Value, at).uses == 0:
            cython.cast(Value, at).link = work.todo
            work.todo = at


@cython.cfunc
@cython.exceptval(check=False)
def send_to_many(edges: Edges, adjoint: cython.double, work: Work) -> cython.void:
    i: cython.Py_ssize_t
    at: cython.p_void
    operands: tuple = edges.operands
    for i in range(edges.count):
        at = element(operands, i)
        if is_value(at):
            cython.cast(Value, at)._grad += adjoint * edges.slopes[i]
            used(at, work)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def send_to_parents(v: Value, adjoint: cython.double, work: Work) -> cython.void:
    """The chain rule at one node: to the adjoint of each parent, add this node's times the local derivative."""
    if v.x is not None:
        v.x._grad += adjoint * v.dx
        used(cython.cast(cython.p_void, v.x), work)
    if v.y is not None:
        v.y._grad += adjoint * v.dy
        used(cython.cast(cython.p_void, v.y), work)
    elif v.x is None and v.code != 0:
        send_to_many(v.extra, adjoint, work)


@cython.cfunc
def send_adjoints(root: Value, work: Work):
    at: cython.p_void
    until_check: cython.int = NODES_BETWEEN_SIGNAL_CHECKS
    root._grad = 1.0
    root.link = cython.NULL
    if root.code != 0:
        work.todo = cython.cast(cython.p_void, root)
    while work.todo is not cython.NULL:
        at = work.todo
        work.todo = cython.cast(Value, at).link
        cython.cast(Value, at).link = cython.NULL
        send_to_parents(cython.cast(Value, at), cython.cast(Value, at)._grad, work)
        until_check -= 1
        if until_check == 0:
            until_check = NODES_BETWEEN_SIGNAL_CHECKS
            PyErr_CheckSignals()


@cython.cfunc
def unlink(at: cython.p_void):
    following: cython.p_void
    while at is not cython.NULL:
        following = cython.cast(Value, at).link
        cython.cast(Value, at).link = cython.NULL
        at = following


# ------------------------------------------------------------------------------------------------ all or nothing
# Until a pass has succeeded, the gradients that leaves had wait in dx and dy, which a leaf has no other use for.


@cython.cfunc
def keep_gradients(at: cython.p_void):
    while at is not cython.NULL:
        cython.cast(Value, at).dx = cython.cast(Value, at)._grad
        at = cython.cast(Value, at).link


@cython.cfunc
def clear_gradients(at: cython.p_void):
    while at is not cython.NULL:
        cython.cast(Value, at)._grad = 0.0
        at = cython.cast(Value, at).link


@cython.cfunc
def take_gradients_back(at: cython.p_void):
    while at is not cython.NULL:
        cython.cast(Value, at)._grad = cython.cast(Value, at).dx
        at = cython.cast(Value, at).link


@cython.cfunc
def add_gradients_up(at: cython.p_void):
    while at is not cython.NULL:
        cython.cast(Value, at).dy = cython.cast(Value, at).dx + cython.cast(Value, at)._grad
        at = cython.cast(Value, at).link


@cython.cfunc
def settle_gradients(at: cython.p_void):
    while at is not cython.NULL:
        cython.cast(Value, at)._grad = cython.cast(Value, at).dy
        at = cython.cast(Value, at).link


@cython.cfunc
def adjoints_of(xs: list, work: Work) -> list:
    v: Value
    found: list = []
    for x in xs:
        v = x
        found.append(v._grad if v.seen == work.now else 0.0)
    return found


@cython.ccall
def whole_pass(root: Value, xs: Optional[list]):
    """A pass that leaves add up; or, given `xs`, one that returns their adjoints and leaves the leaves as they were."""
    work: Work = count_uses(root, True, [])
    succeeded = False
    found = None
    try:
        keep_gradients(work.leaves)
        try:
            clear_gradients(work.leaves)
            send_adjoints(root, work)
            if xs is not None:
                found = adjoints_of(xs, work)
                take_gradients_back(work.leaves)
                return found
            add_gradients_up(work.leaves)
            succeeded = True
            settle_gradients(work.leaves)
        except BaseException:
            if succeeded:  # uncompiled, an interrupt can come even now: finish; doing some of it twice does no harm
                settle_gradients(work.leaves)
            else:
                take_gradients_back(work.leaves)
            raise
    finally:
        unlink(work.todo)
        unlink(work.leaves)


@cython.ccall
def checked_pass(root: Value, xs: Optional[list]):
    if is_anomaly_enabled():
        examine_adjoints(ordered(root, []))
    return whole_pass(root, xs)


def exclusively(work, *operands):
    """Calls `work`, which writes on the nodes of a graph, while no other thread does."""
    global _at_work
    with _one_at_a_time:
        if _at_work:  # the lock lets a thread in twice, and so this can only be the same thread
            raise RuntimeError(
                "backward() was called while this thread was already in one (from a signal handler?): let that one end first"
            )
        try:
            _at_work = True
            return work(*operands)
        finally:
            _at_work = False


def not_while_traced():
    if trace_here() is not None:
        raise TypeError(
            "backward() computes numbers, which would be constants of what compile() records: take the derivatives by grad() "
            "or gradients() inside a compiled function, or compile(value_and_grad(f))"
        )


def backward(self):
    """Fills in `.grad`: the derivative of this Value with respect to every node it was computed from.

    Visits the graph in reverse topological order and applies the chain rule. Every node but the leaves shows the adjoint of
    this pass; leaves add it to what they had, so gradients of several losses accumulate until you set `.grad = 0`.
    The local derivatives are those recorded when the nodes were made, whatever has happened to `.data` since.
    Interrupted, it leaves the gradients of the leaves as they were. Threads take turns.

    >>> a, b = Value(2.0), Value(-3.0)
    >>> (a * b + a).backward()
    >>> a.grad, b.grad
    (-2.0, 2.0)
    """
    not_while_traced()
    notes = notes_here()
    if notes is not None:
        notes.differentiated(self)
    exclusively(checked_pass, starting_at(self), None)


# ------------------------------------------------------------------------------------------------ for transforms of functions


def pullback(y, xs):
    """The derivatives of `y` with respect to each of `xs`, as floats. No leaf's `.grad` changes.

    >>> x = Value(3.0)
    >>> pullback(x * x, [x]), x.grad
    ([6.0], 0.0)
    """
    not_while_traced()
    return exclusively(checked_pass, starting_at(y), list(xs))


def weighted_sum(ys, weights):
    """Σ weight * y as one Value above all of `ys`, for a pass to start from. It is recorded even inside `no_grad()`.

    A y with the weight 0.0 is left out: slopes of it that are infinite must not make a NaN of that. `detect_anomaly()` does
    not look at the sum, which nobody asked for and which may overflow where its derivatives do not.

    >>> weighted_sum([Value(3.0), Value(4.0)], [1.0, 10.0]).data
    43.0
    """
    chosen = [(y, weight) for y, weight in zip(ys, weights) if not (type(weight) is float and weight == 0.0)]
    with enable_grad(), unwatched():
        total = dot([y for y, weight in chosen], [weight for y, weight in chosen])
    return total if isinstance(total, Value) else Value(total)


@cython.cfunc
@cython.exceptval(check=False)
def used_by(v: Value, work: Work) -> cython.void:
    """One use of each operand of a node has been dealt with."""
    i: cython.Py_ssize_t
    at: cython.p_void
    if v.x is not None:
        used(cython.cast(cython.p_void, v.x), work)
    if v.y is not None:
        used(cython.cast(cython.p_void, v.y), work)
    if type(v.extra) is Edges:
        edges: Edges = v.extra
        operands: tuple = edges.operands
        for i in range(edges.count):
            at = element(operands, i)
            if is_value(at):
                used(at, work)


@cython.ccall
def ordered(root: Value, ends: list) -> list:
    at: cython.p_void
    nodes: list = []
    leaves: list = []
    work: Work = count_uses(root, False, ends)
    at = work.leaves
    while at is not cython.NULL:
        leaves.append(cython.cast(Value, at))
        at = cython.cast(Value, at).link
    unlink(work.leaves)
    if root.code != 0 and root.uses == 1:  # otherwise it is an end itself
        work.todo = cython.cast(cython.p_void, root)
    try:
        while work.todo is not cython.NULL:
            PyErr_CheckSignals()
            at = work.todo
            work.todo = cython.cast(Value, at).link
            cython.cast(Value, at).link = cython.NULL
            nodes.append(cython.cast(Value, at))
            used_by(cython.cast(Value, at), work)
    finally:
        unlink(work.todo)
    nodes.extend(leaves)
    nodes.extend(ends)
    nodes.reverse()
    return nodes


@cython.cfunc
def is_made_in(leaf: Value, call) -> cython.bint:
    """Whether a leaf was made in a `modes.Call`, or in one inside that."""
    made_in = cython.cast(Origin, leaf.extra).call if isinstance(leaf.extra, Origin) else None
    while made_in is not None and made_in is not call:
        made_in = made_in.around
    return made_in is call


@cython.cfunc
def is_older_among(at: cython.p_void, call) -> cython.bint:
    """Whether one of a list of leaves was made in no `modes.Call` inside this one."""
    while at is not cython.NULL:
        if not is_made_in(cython.cast(Value, at), call):
            return True
        at = cython.cast(Value, at).link
    return False


@cython.ccall
def finds_older_leaf(root: Value, ends: list, call) -> cython.bint:
    work: Work = count_uses(root, False, ends)
    found: cython.bint = is_older_among(work.leaves, call)
    unlink(work.leaves)
    return found


@cython.ccall
def new_pass(root: Value, xs: list, call):
    v: Value
    work: Work = count_uses(root, False, xs)
    found = None
    try:
        for x in xs:
            v = x
            if v._grad != 0.0:
                work.has_adjoints = True
        if work.has_adjoints or is_older_among(work.leaves, call):
            return None
        keep_gradients(work.leaves)
        try:
            clear_gradients(work.leaves)
            send_adjoints(root, work)
            found = adjoints_of(xs, work)
        finally:
            take_gradients_back(work.leaves)
            for x in xs:
                v = x
                v._grad = 0.0
    finally:
        unlink(work.todo)
        unlink(work.leaves)
    return found


def pullback_of_new(y, xs, call):
    """`pullback` to the leaves that a `modes.Call` was made for, in one pass with the answer of `depends_on_older`.

    None where `y` depends on others, and where a pass has been over its graph already.
    """
    return None if is_anomaly_enabled() else exclusively(new_pass, y, xs, call)


def depends_on_older(root, xs, call) -> bool:
    """Whether `root` was computed, other than by way of `xs`, from a leaf that was there before a `modes.Call` began."""
    return exclusively(finds_older_leaf, starting_at(root), list(xs), call)


def topological_order(root) -> list:
    """Every node that `root` was computed from, and `root` last: each after its parents, the leaves first.

    >>> x = Value(2.0, label="x")
    >>> [v.op or v.label for v in topological_order((x + 1) * x)]
    ['x', 'add', 'mul']
    """
    return exclusively(ordered, starting_at(root), [])


def order_down_to(xs, root) -> list:
    """`topological_order(root)` without what `xs` were made from: a transform at work inside another stays in its own part.

    No x may have been made from another.
    """
    return exclusively(ordered, starting_at(root), list(xs))


def _after_fork_in_child() -> None:
    global _one_at_a_time, _at_work
    _one_at_a_time = threading.RLock()
    _at_work = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)

attach("backward", backward)
