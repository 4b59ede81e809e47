"""Reverse topological order and the chain rule: in numbers (`backward`), and in Values (`gradients`).

`backward` keeps its stack and its order as linked lists through the nodes themselves (`link`), so it needs no recursion and
no memory, whatever the size of the graph. A pass number stamped on each node (`seen`) stands for a set of visited nodes.

The pass is all or nothing: the gradients of the leaves change at its very end, so a Ctrl-C leaves them as they were.
"""

from __future__ import annotations

try:
    import cython
except ModuleNotFoundError:
    from . import _cython as cython

import os
import threading
from typing import Optional

if cython.compiled:
    from cython.cimports.autograd.value import Edges, Value, edge_list
    from cython.cimports.cpython.exc import PyErr_CheckSignals
else:
    from .value import Edges, Value, edge_list

    def PyErr_CheckSignals():  # noqa: N802 (C's name): the interpreter looks by itself
        pass


from .primitives import PRIMITIVES
from .value import attach

NODES_BETWEEN_SIGNAL_CHECKS = cython.declare(cython.int, 65536)

_pass = cython.declare(cython.longlong, 0)
_one_at_a_time = threading.Lock()
_thread_at_work = None


@cython.final
@cython.cclass
class Order:
    """What a pass visits: `head`, the first of the nodes in reverse topological order, and `leaves`; both linked lists."""

    head = cython.declare(Optional[Value])
    leaves = cython.declare(Optional[Value])

    def __init__(self):
        self.head = None
        self.leaves = None


@cython.cfunc
def begin():
    """Passes write on the nodes, and graphs may share them: one pass at a time."""
    global _thread_at_work
    here = threading.get_ident()
    if _thread_at_work == here:
        raise RuntimeError(
            "backward() was called while this thread was already in one (from a signal handler?): let that one end first"
        )
    _one_at_a_time.acquire()
    _thread_at_work = here


@cython.cfunc
def end():
    global _thread_at_work
    _thread_at_work = None
    _one_at_a_time.release()


@cython.cfunc
def sort(root: Value, clear: cython.bint) -> Order:
    """Links every ancestor of `root`, and root, into an Order by depth-first search; `clear` sets their gradients to 0."""
    global _pass
    _pass += 1
    now: cython.longlong = _pass
    order: Order = Order()
    head: Optional[Value] = None
    leaves: Optional[Value] = None
    v: Optional[Value] = root  # the search's stack is v, v.link, v.link.link, ...
    p: Optional[Value]
    down: Optional[Value]
    below: Optional[Value]
    edges: Edges
    i: cython.Py_ssize_t
    until_check: cython.int = NODES_BETWEEN_SIGNAL_CHECKS
    root.seen = now
    if root.code == 0:
        order.leaves = root
        return order
    root.cursor = 0
    if clear:
        root._grad = 0.0
    try:
        while v is not None:
            down = None
            if v.x is None and v.y is None:
                edges = v.extra
                i = v.cursor
                while i < edges.count:
                    operand = edges.operands[i]
                    i += 1
                    if isinstance(operand, Value):
                        p = cython.cast(Value, operand)
                        if p.seen != now:
                            p.seen = now
                            if p.code == 0:
                                p.link = leaves
                                leaves = p
                            else:
                                down = p
                                break
                v.cursor = i
            else:
                if v.cursor == 0:
                    v.cursor = 1
                    p = v.x
                    if p is not None and p.seen != now:
                        p.seen = now
                        if p.code == 0:
                            p.link = leaves
                            leaves = p
                        else:
                            down = p
                if down is None and v.cursor == 1:
                    v.cursor = 2
                    p = v.y
                    if p is not None and p.seen != now:
                        p.seen = now
                        if p.code == 0:
                            p.link = leaves
                            leaves = p
                        else:
                            down = p
            if down is not None:
                down.cursor = 0
                if clear:
                    down._grad = 0.0
                down.link = v
                v = down
            else:
                below = v.link
                v.link = head
                head = v
                v = below
                until_check -= 1
                if until_check == 0:
                    until_check = NODES_BETWEEN_SIGNAL_CHECKS
                    PyErr_CheckSignals()
    except BaseException:
        unlink(v)
        unlink(head)
        unlink(leaves)
        raise
    order.head = head
    order.leaves = leaves
    return order


@cython.cfunc
def unlink(v: Optional[Value]):
    following: Optional[Value]
    while v is not None:
        following = v.link
        v.link = None
        v = following


@cython.cfunc
def accumulate(order: Order):
    """The chain rule, from the root to the leaves: each node adds its adjoint times the local derivative to each parent's."""
    v: Optional[Value] = order.head
    following: Optional[Value]
    p: Optional[Value]
    edges: Edges
    g: cython.double
    i: cython.Py_ssize_t
    until_check: cython.int = NODES_BETWEEN_SIGNAL_CHECKS
    while v is not None:
        g = v._grad
        if v.x is not None:
            p = v.x
            p._grad += g * v.dx
            if v.y is not None:
                p = v.y
                p._grad += g * v.dy
        elif v.y is not None:
            p = v.y
            p._grad += g * v.dy
        else:
            edges = v.extra
            for i in range(edges.count):
                operand = edges.operands[i]
                if isinstance(operand, Value):
                    p = cython.cast(Value, operand)
                    p._grad += g * edges.slopes[i]
        following = v.link
        order.head = following
        v.link = None
        v = following
        until_check -= 1
        if until_check == 0:
            until_check = NODES_BETWEEN_SIGNAL_CHECKS
            PyErr_CheckSignals()


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
    root: Value = self
    leaf: Optional[Value]
    begin()
    try:
        order: Order = sort(root, True)
        try:
            # Until the pass has succeeded a leaf's old gradient waits in dx, which a leaf has no other use for.
            leaf = order.leaves
            while leaf is not None:
                leaf.dx = leaf._grad
                leaf = leaf.link
            leaf = order.leaves
            while leaf is not None:
                leaf._grad = 0.0
                leaf = leaf.link
            root._grad = 1.0
            accumulate(order)
            leaf = order.leaves
            while leaf is not None:
                leaf.dy = leaf.dx + leaf._grad
                leaf = leaf.link
        except BaseException:
            leaf = order.leaves
            while leaf is not None:
                leaf._grad = leaf.dx
                leaf = leaf.link
            unlink(order.head)
            unlink(order.leaves)
            raise
        leaf = order.leaves
        while leaf is not None:
            leaf._grad = leaf.dy
            leaf = leaf.link
        unlink(order.leaves)
    finally:
        end()


def topological_order(root: Value) -> list:
    """Every node that `root` was computed from, and `root` last: each after its parents, the leaves first.

    >>> x = Value(2.0, label="x")
    >>> [v.op or v.label for v in topological_order((x + 1) * x)]
    ['x', 'add', 'mul']
    """
    v: Optional[Value]
    begin()
    try:
        order: Order = sort(root, False)
        nodes: list = []
        v = order.head
        while v is not None:
            nodes.append(v)
            v = v.link
        leaves: list = []
        v = order.leaves
        while v is not None:
            leaves.append(v)
            v = v.link
        unlink(order.head)
        unlink(order.leaves)
    finally:
        end()
    nodes.extend(leaves)
    nodes.reverse()
    return nodes


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
    for i, x in enumerate(xs):
        if not isinstance(x, Value):
            raise TypeError(f"gradients() differentiates with respect to Values, and xs[{i}] is {x!r}")
    order = topological_order(y)
    depends = {id(x) for x in xs}  # on some x
    for v in order:
        if any(id(operand) in depends for operand, slope in edge_list(v) if slope is not None):
            depends.add(id(v))
    adjoints: dict = {id(y): 1.0}
    for v in reversed(order):
        adjoint = adjoints.get(id(v))
        if adjoint is None or id(v) not in depends:
            continue
        operands = [operand for operand, slope in edge_list(v)]
        for i, slope in wanted_slopes(v, operands, depends):
            key = id(operands[i])
            term = slope if type(adjoint) is float and adjoint == 1.0 else adjoint * slope
            adjoints[key] = adjoints[key] + term if key in adjoints else term
    found = {id(v) for v in order}
    missing = [i for i, x in enumerate(xs) if id(x) not in found]
    if strict and missing:
        named = ", ".join(f"xs[{i}] ({xs[i]!r})" for i in missing)
        raise ValueError(f"y was not computed from {named}: its derivative is 0; leave strict=True out if that is meant")
    results = [adjoints.get(id(x), 0.0) for x in xs]
    return [g if isinstance(g, Value) else Value(g) for g in results]


def wanted_slopes(v: Value, operands: list, depends: set):
    """(i, slope) for the operands in `depends`, as floats or Values. No rule is asked for another's slope."""
    row = PRIMITIVES[v.code]
    wanted = [i for i, operand in enumerate(operands) if isinstance(operand, Value) and id(operand) in depends]
    if not wanted:
        return []
    if callable(row.slopes):
        slopes = row.slopes(operands, v)
        return [(i, slopes[i]) for i in wanted]
    return [(i, row.slopes[i](*operands, v)) for i in wanted]


def _after_fork_in_child() -> None:
    global _one_at_a_time, _thread_at_work
    _one_at_a_time = threading.Lock()
    _thread_at_work = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)

attach("backward", backward)
