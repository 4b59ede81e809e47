"""The rules of the primitives over many operands: `forward(operands)` gives the value, `slopes(operands, out)` every slope.

Operands come as one list. As in `primitives.py`, where the rows of these rules stand, slopes run on floats and on Values; but
those of logsumexp, softmax and log_softmax on floats alone, for on Values there is `exponential_slopes.py`.
"""

from __future__ import annotations

import cython

import math

if cython.compiled:
    from cython.cimports.autograd.engine._libm import data_of, exp, log1p
else:
    from ._libm import data_of, exp, log1p

INF = math.inf
NAN = math.nan


@cython.ccall
@cython.nogil
@cython.exceptval(check=False)
def rounding_error(x: cython.double, y: cython.double, total: cython.double) -> cython.double:
    """x + y minus `total`, which is x + y rounded, exactly (Knuth's TwoSum); NaN where that is not finite."""
    t: cython.double = total - x
    return (x - (total - t)) + (y - t)


@cython.ccall
@cython.nogil
@cython.exceptval(check=False)
def difference_error(x: cython.double, y: cython.double) -> cython.double:
    """x - y minus the rounded x - y, exactly (Knuth's TwoSum); 0 where that is not finite. exp(x - y) feels it in the tails."""
    error: cython.double = rounding_error(x, -y, x - y)
    return error if error - error == 0.0 else 0.0


def fsum(xs):
    """The correctly rounded sum (Shewchuk 1997, by math.fsum), with IEEE results where that would raise."""
    try:
        return math.fsum(xs)
    except ValueError:  # infinities of both signs
        return NAN
    except OverflowError:  # in a partial sum: the whole may still be finite
        from fractions import Fraction

        infinite = [x for x in xs if x - x != 0.0]
        if infinite:
            return sum(infinite)
        exact = sum(map(Fraction, xs))
        try:
            return float(exact)
        except OverflowError:
            return INF if exact > 0 else -INF


def fsum_slopes(xs, out):
    return [1.0] * len(xs)


def dot(xys):
    """The sum of the products of the first half with the second, added from left to right."""
    n = len(xys) // 2
    total: cython.double = 0.0
    for i in range(n):
        total = total + xys[i] * xys[n + i]
    return total


def dot_slopes(xys, out):
    n = len(xys) // 2
    return [*xys[n:], *xys[:n]]


def prod(xs):
    total: cython.double = 1.0
    for x in xs:
        total = total * x
    return total


def prod_slopes(xs, out):
    """The product of the others, by products from both ends: a zero operand is no special case."""
    n = len(xs)
    slopes = [1.0] * n
    before = after = 1.0
    for i in range(n):
        slopes[i] = before
        before = before * xs[i]
    for i in reversed(range(n)):
        slopes[i] = slopes[i] * after
        after = after * xs[i]
    return slopes


def largest(xs):
    """The maximum; NaN when any is."""
    x: cython.double
    top: cython.double = xs[0]
    for x in xs:
        if x != x:
            return NAN
        if x > top:
            top = x
    return top


@cython.cfunc
@cython.inline
def exponential(x: cython.double, top: cython.double) -> cython.double:
    return exp(x - top) * (1.0 + difference_error(x, top))


def exponentials(xs):
    """exp(x - max) for every x, and the place of a maximum; at an infinite maximum the ties share and the rest get 0."""
    top: cython.double = largest(xs)
    place = 0 if top != top else xs.index(top)
    if abs(top) == INF:
        return [1.0 if x == top else 0.0 for x in xs], place
    return [exponential(x, top) for x in xs], place


def sum_of_others(terms, i):
    """The sum of all terms but the i-th, added from left to right."""
    total = 0.0
    for j, term in enumerate(terms):
        if j != i:
            total = total + term
    return total


@cython.cfunc
def sum_of_other_numbers(terms: list, place: cython.Py_ssize_t) -> cython.double:
    """`sum_of_others` of floats."""
    total: cython.double = 0.0
    term: cython.double
    i: cython.Py_ssize_t
    for i in range(len(terms)):
        term = terms[i]
        if i != place:
            total += term
    return total


def above(es, place):
    """By how much the logarithm of the sum of exponentials is above the largest operand."""
    return log1p(sum_of_other_numbers(es, place))


def logsumexp(xs):
    es, place = exponentials(xs)
    return above(es, place) + xs[place]


def weights(xs):
    """exp(x_i) / sum of exp(x_j)."""
    return weights_of(*exponentials(xs))


def weights_of(es, place):
    total: cython.double = es[place] + sum_of_other_numbers(es, place)
    return [share(e, total) for e in es]


@cython.cfunc
@cython.inline
def share(e: cython.double, total: cython.double) -> cython.double:
    return e / total


def logsumexp_slopes(xs, out):
    return weights(xs)


def softmax(xs_i):
    xs, i = xs_i[:-1], int(xs_i[-1])
    if largest(xs) == -INF:
        return NAN
    return weights(xs)[i]


def softmax_slopes(xs_i, out):
    if out != out:
        return [NAN] * len(xs_i)
    return softmax_slopes_by(weights(xs_i[:-1]), int(xs_i[-1]))


def softmax_slopes_by(ws, i) -> list:
    slopes = [-(w * ws[i]) for w in ws]
    slopes[i] = ws[i] * sum_of_others(ws, i)
    return [*slopes, 0.0]


def log_softmax(xs_i):
    xs, i = xs_i[:-1], int(xs_i[-1])
    return log_softmax_of(xs, *exponentials(xs), i)


def log_softmax_of(xs, es, place, i):
    if xs[i] == xs[place]:
        return NAN if xs[i] == -INF else (0.0 - above(es, i) if xs[i] == INF else -above(es, i))
    return (xs[i] - xs[place]) - above(es, place)


def log_softmax_slopes(xs_i, out):
    if out != out:
        return [NAN] * len(xs_i)
    return log_softmax_slopes_by(weights(xs_i[:-1]), int(xs_i[-1]))


def log_softmax_slopes_by(ws, i) -> list:
    slopes = [-w for w in ws]
    slopes[i] = sum_of_others(ws, i)
    return [*slopes, 0.0]


def smallest(xs):
    """The minimum; NaN when any is."""
    return -largest([-x for x in xs])


def shares(xs, out):
    """1 for the operand that was chosen, shared equally among ties."""
    best = data_of(out)
    chosen = [1.0 if data_of(x) == best else 0.0 for x in xs]
    count = sum(chosen)
    return [c / count if count else NAN for c in chosen]


def clip(x_low_high):
    x, low, high = x_low_high
    if low != low or high != high:
        return NAN
    return low if x < low and low <= high else (high if x > high or low > high else x)


def clip_slopes(x_low_high, out):
    x, low, high = x_low_high
    if x != x or low != low or high != high:
        return [NAN, NAN, NAN]
    at_high = x > high or low > high
    at_low = x < low and not at_high
    return [0.0 if at_low or at_high else 1.0, 1.0 if at_low else 0.0, 1.0 if at_high else 0.0]


def take(xs_i):
    """The operand that the last one numbers, from 0; NaN where it numbers none."""
    place = xs_i[-1]
    for i, x in enumerate(xs_i[:-1]):
        if i == place:
            return x
    return NAN


def take_slopes(xs_i, out):
    """1 for the operand that was taken; and 0 for its number, by which the result goes in steps."""
    place = data_of(xs_i[-1])
    slopes = [0.0 for x in xs_i]
    for i, _ in enumerate(xs_i[:-1]):
        if i == place:
            slopes[i] = 1.0
    return slopes


def where(x):
    return x[0]


def where_slopes(x, out):
    return [1.0]
