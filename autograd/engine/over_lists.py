"""Nodes over many operands, by the rules in `reductions.py` on C's numbers: no list of floats is made, and nothing twice.

The operands are Values and floats in a tuple, as `as_operands` gives them; where no Value is among them, floats come out. The
numbers are to the last bit those of the rules, which the tests hold these to.
"""

from __future__ import annotations

import cython

import math
from typing import Optional

if cython.compiled:
    from cython.cimports.autograd.engine._libm import exp, log1p
    from cython.cimports.autograd.engine._tuples import count_values, datum
    from cython.cimports.autograd.engine.modes import silent_here
    from cython.cimports.autograd.engine.reductions import difference_error
    from cython.cimports.autograd.engine.value import Edges, constant, many_node, new_edges
else:
    from ._libm import exp, log1p
    from ._tuples import count_values, datum
    from .modes import silent_here
    from .reductions import difference_error
    from .value import Edges, constant, many_node, new_edges

INF = cython.declare(cython.double, math.inf)
NAN = cython.declare(cython.double, math.nan)


@cython.cfunc
def edges_of(operands: tuple) -> Edges:
    """The Edges of a node that is to be recorded, with slopes still to be written; None where none is."""
    return new_edges(operands) if count_values(operands) > 0 and not silent_here() else None


@cython.cfunc
def made(out: cython.double, code: cython.int, operands: tuple, edges: Optional[Edges]):
    """A node, if it has edges; else a leaf, or a float where no operand is a Value."""
    if edges is not None:
        return many_node(out, code, edges)
    return constant(out) if count_values(operands) > 0 else out


# ------------------------------------------------------------------------------------------------ max, min, prod


@cython.cfunc
@cython.exceptval(check=False)
def largest(operands: tuple, sign: cython.double) -> cython.double:
    """The largest of sign * x; NaN when any is."""
    x: cython.double
    top: cython.double = sign * datum(operands, 0)
    i: cython.Py_ssize_t
    for i in range(len(operands)):
        x = sign * datum(operands, i)
        if x != x:
            return NAN
        if x > top:
            top = x
    return top


@cython.cfunc
def extreme_node(code: cython.int, operands: tuple, sign: cython.double):
    """max with the sign 1, and min with -1."""
    out: cython.double = largest(operands, sign)
    if sign < 0.0:
        out = -out
    edges: Edges = edges_of(operands)
    if edges is not None:
        count: cython.double = 0.0
        i: cython.Py_ssize_t
        for i in range(edges.count):
            edges.slopes[i] = 1.0 if datum(operands, i) == out else 0.0
            count += edges.slopes[i]
        for i in range(edges.count):
            edges.slopes[i] = edges.slopes[i] / count if count != 0.0 else NAN
    return made(out, code, operands, edges)


@cython.cfunc
def product_node(code: cython.int, operands: tuple):
    n: cython.Py_ssize_t = len(operands)
    i: cython.Py_ssize_t
    out: cython.double = 1.0
    for i in range(n):
        out = out * datum(operands, i)
    edges: Edges = edges_of(operands)
    if edges is not None:
        before: cython.double = 1.0
        after: cython.double = 1.0
        for i in range(n):
            edges.slopes[i] = before
            before = before * datum(operands, i)
        for i in range(n - 1, -1, -1):
            edges.slopes[i] = edges.slopes[i] * after
            after = after * datum(operands, i)
    return made(out, code, operands, edges)


# ------------------------------------------------------------------------------------------------ logsumexp, softmax


@cython.final
@cython.no_gc
@cython.freelist(8)
@cython.cclass
class Exponentials:
    """exp(x - top) for every operand, as `slopes` of `of`.

    top     the largest operand
    place   where it is
    rest    the sum of the others' exponentials
    total   that of all
    """

    of = cython.declare(Edges)
    top = cython.declare(cython.double)
    place = cython.declare(cython.Py_ssize_t)
    rest = cython.declare(cython.double)
    total = cython.declare(cython.double)


@cython.cfunc
def exponentials(operands: tuple) -> Exponentials:
    found: Exponentials = Exponentials.__new__(Exponentials)
    of: Edges = new_edges(operands)
    top: cython.double = largest(operands, 1.0)
    infinite: cython.bint = abs(top) == INF
    x: cython.double
    place: cython.Py_ssize_t = -1
    i: cython.Py_ssize_t
    for i in range(of.count):
        x = datum(operands, i)
        if x == top and place < 0:
            place = i
        if infinite:
            of.slopes[i] = 1.0 if x == top else 0.0
        else:
            of.slopes[i] = exp(x - top) * (1.0 + difference_error(x, top))
    found.of = of
    found.top = top
    found.place = place if place >= 0 else 0  # of NaN
    found.rest = sum_of_others(of, found.place)
    found.total = of.slopes[found.place] + found.rest
    return found


@cython.cfunc
@cython.exceptval(check=False)
def sum_of_others(terms: Edges, place: cython.Py_ssize_t) -> cython.double:
    """The sum of all slopes but one, added from left to right."""
    total: cython.double = 0.0
    i: cython.Py_ssize_t
    for i in range(terms.count):
        if i != place:
            total += terms.slopes[i]
    return total


@cython.cfunc
def sums_of_others(terms: Edges) -> Edges:
    """`sum_of_others` for every place: all sums at once, since one alone waits at each +."""
    found: Edges = new_edges(terms.operands)
    i: cython.Py_ssize_t
    k: cython.Py_ssize_t
    term: cython.double
    for i in range(terms.count):
        found.slopes[i] = 0.0
    for k in range(terms.count):
        term = terms.slopes[k]
        for i in range(k):
            found.slopes[i] += term
        for i in range(k + 1, terms.count):
            found.slopes[i] += term
    return found


@cython.cfunc
@cython.exceptval(check=False)
def into_weights(es: Edges, total: cython.double) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(es.count):
        es.slopes[i] = es.slopes[i] / total


@cython.cfunc
def logsumexp_node(code: cython.int, operands: tuple):
    es: Exponentials = exponentials(operands)
    out: cython.double = log1p(es.rest) + datum(operands, es.place)
    edges: Edges = None
    if count_values(operands) > 0 and not silent_here():
        edges = es.of
        into_weights(edges, es.total)
    return made(out, code, operands, edges)


@cython.cfunc
def log_of_share(es: Exponentials, operands: tuple, i: cython.Py_ssize_t) -> cython.double:
    """Component i of log_softmax."""
    x: cython.double = datum(operands, i)
    if x != datum(operands, es.place):
        return (x - datum(operands, es.place)) - log1p(es.rest)
    if x == -INF:
        return NAN
    return 0.0 - log1p(sum_of_others(es.of, i)) if x == INF else -log1p(sum_of_others(es.of, i))


@cython.cfunc
def softmax_nodes(
    code: cython.int, operands: tuple, logs: cython.bint, first: cython.Py_ssize_t, end: cython.Py_ssize_t
) -> list:
    """The components of softmax from one on to another; of log_softmax, with `logs`."""
    n: cython.Py_ssize_t = len(operands)
    i: cython.Py_ssize_t
    k: cython.Py_ssize_t
    out: cython.double
    scale: cython.double
    edges: Edges
    es: Exponentials = exponentials(operands)
    outs: Edges = new_edges(operands)
    if logs:
        for i in range(first, end):
            outs.slopes[i] = log_of_share(es, operands, i)
    ws: Edges = es.of
    into_weights(ws, es.total)
    if not logs:
        for i in range(first, end):
            outs.slopes[i] = NAN if es.top == -INF else ws.slopes[i]
    recorded: cython.bint = count_values(operands) > 0 and not silent_here()
    others: Edges = sums_of_others(ws) if recorded and end - first > 1 else None
    found: list = []
    for i in range(first, end):
        out = outs.slopes[i]
        edges = None
        if recorded:
            edges = new_edges(operands)
            edges.index = float(i)
            scale = NAN if out != out else (-1.0 if logs else -ws.slopes[i])
            for k in range(n):
                edges.slopes[k] = ws.slopes[k] * scale
            if out == out:
                scale = sum_of_others(ws, i) if others is None else others.slopes[i]
                edges.slopes[i] = scale if logs else ws.slopes[i] * scale
        found.append(made(out, code, operands, edges))
    return found
