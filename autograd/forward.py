"""Forward mode: tangents pushed through a recorded graph, by the local derivatives that its nodes recorded.

Nothing is evaluated again. A sweep costs one multiplication and one addition for each edge, whatever the number of outputs.
"""

from __future__ import annotations

import cython

if cython.compiled:
    from cython.cimports.autograd._libm import doubles, free_doubles
    from cython.cimports.autograd.value import Edges, Value
else:
    from ._libm import doubles, free_doubles
    from .value import Edges, Value

from .backward import exclusively, not_while_traced


@cython.cfunc
@cython.inline
def slope_times_tangents(v: Value, tangents: cython.pointer(cython.double)) -> cython.double:
    """The tangent of a node from those of its parents, which stand at the places noted in their `uses`."""
    total: cython.double = 0.0
    i: cython.Py_ssize_t
    if v.x is not None:
        total = v.dx * tangents[v.x.uses]
    if v.y is not None:
        total += v.dy * tangents[v.y.uses]
    elif v.x is None and v.code != 0:
        edges: Edges = v.extra
        for i in range(edges.count):
            operand = edges.operands[i]
            if type(operand) is Value:
                total += edges.slopes[i] * tangents[cython.cast(Value, operand).uses]
    return total


@cython.cfunc
def place_in(order: list, v: Value) -> cython.Py_ssize_t:
    """Where a node stands in the order; -1 if it does not."""
    return v.uses if 0 <= v.uses < len(order) and order[v.uses] is v else -1


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
            tangents[i] = 0.0
        given: dict = {}
        for x, seed in zip(xs, seeds):
            i = place_in(order, x)
            if i >= 0:
                given[i] = seed
        for i in range(n):
            if i in given:
                tangents[i] = given[i]
            else:
                tangents[i] = slope_times_tangents(order[i], tangents)
        for y in ys:
            i = place_in(order, y)
            result.append(tangents[i] if i >= 0 else 0.0)
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
    return exclusively(sweep, order, list(xs), list(seeds), list(ys))
