"""Forward mode: tangents pushed through a recorded graph, by the local derivatives that its nodes recorded.

Nothing is evaluated again. A sweep costs one multiplication and one addition for each edge, whatever the number of outputs.
During a sweep the `uses` of a node is its place in the order, if it moves; a node that does not move sends nothing, so an
infinite slope there makes no NaN.
"""

from __future__ import annotations

import cython

if cython.compiled:
    from cython.cimports.autograd.engine._libm import doubles, free_doubles
    from cython.cimports.autograd.engine.value import Edges, Value
else:
    from ._libm import doubles, free_doubles
    from .value import Edges, Value

from .anomaly import examine_tangents
from .backward import exclusively, not_while_traced
from .modes import is_anomaly_enabled

STILL = cython.declare(cython.int, -1)  # the place of a node that does not move


@cython.cfunc
@cython.inline
def slope_times_tangents(v: Value, i: cython.Py_ssize_t, tangents: cython.pointer(cython.double)) -> cython.double:
    """The tangent of the i-th node from those of its parents that move. If none does, the node does not move either."""
    total: cython.double = 0.0
    j: cython.Py_ssize_t
    v.uses = STILL
    if v.x is not None and 0 <= v.x.uses < i:
        v.uses = i
        total = v.dx * tangents[v.x.uses]
    if v.y is not None and 0 <= v.y.uses < i:
        v.uses = i
        total += v.dy * tangents[v.y.uses]
    elif v.x is None and v.y is None and v.code != 0:
        edges: Edges = v.extra
        for j in range(edges.count):
            operand = edges.operands[j]
            if type(operand) is Value and 0 <= cython.cast(Value, operand).uses < i:
                v.uses = i
                total += edges.slopes[j] * tangents[cython.cast(Value, operand).uses]
    return total


@cython.cfunc
def place_in(order: list, v: Value) -> cython.Py_ssize_t:
    """Where a node that moves stands in the order; STILL if it does not move, or does not stand there."""
    return v.uses if 0 <= v.uses < len(order) and order[v.uses] is v else STILL


@cython.ccall
def sweep(order: list, xs: list, seeds: list, ys: list) -> list:
    n: cython.Py_ssize_t = len(order)
    i: cython.Py_ssize_t
    v: Value
    result: list = []
    tangents = doubles(n)
    try:
        for i in range(n):
            v = order[i]
            v.uses = i
        given: dict = {place_in(order, x): seed for x, seed in zip(xs, seeds)}
        for i in range(n):
            v = order[i]
            if i in given:
                tangents[i] = given[i]
                v.uses = i if tangents[i] != 0.0 else STILL
            else:
                tangents[i] = slope_times_tangents(v, i, tangents)
        for y in ys:
            i = place_in(order, y)
            result.append(tangents[i] if i != STILL else 0.0)
    finally:
        free_doubles(tangents)
    return result


def pushforward(order, xs, seeds, ys):
    """The tangents of `ys` where those of `xs` are `seeds` and no other leaf moves.

    `order` has every node on the way, each after its parents: `topological_order` of a node above all of `ys`. An `x` that is
    no leaf is taken as one: what it was made from does not move.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> pushforward(topological_order(y), [x], [1.0], [y])
    [6.0]
    """
    not_while_traced()
    if is_anomaly_enabled():
        examine_tangents(order, xs, seeds, ys)
    return exclusively(sweep, order, list(xs), list(seeds), list(ys))
