"""The slopes of logsumexp, softmax and log_softmax on Values: graphs that keep their digits when they are differentiated again.

The derivatives of the weights w = softmax(x) are products of weights, and so are the derivatives of these, times 1 - 2 w_i at
most. Many a formula for w has, one derivative later, a difference of nearly equal numbers in the place of such a product, where
one weight is nearly 1; or in the place of 1 - 2 w_i, where two share nearly all. So here the two largest share by a sigmoid of
their difference, and all others are measured by the largest.

The graphs grow with the number of operands, and not with its square. Their numbers are to the last bit those of the rules for
numbers, in `reductions.py`.
"""

from __future__ import annotations

import math

from ._libm import data_of, exp
from .reductions import difference_error, log_softmax_slopes_by, softmax_slopes_by, weights
from .table import BY_NAME


def weights_on_values(xs, out):
    """Every exp(x_i) / Σ exp(x_j) as a node; the product of the two largest, as another; and their places."""
    if data_of(out) != data_of(out):
        return [out / out] * len(xs), None, ()  # NaN, as are its derivatives of all orders
    data = [data_of(x) for x in xs]
    numbers = weights(data)
    places = sorted(range(len(xs)), key=data.__getitem__, reverse=True)
    if len(xs) == 1 or abs(data[places[0]]) == math.inf:
        return numbers, None, ()  # they have no slope there
    first, second, *others = places
    top = xs[first]
    share, other_share = (slope(top, xs[second], None) for slope in BY_NAME["logaddexp"].slopes)
    by_top = {k: exp(xs[k] - top) * (1.0 + difference_error(data[k], data[first])) for k in others}
    whole = 1.0 / (1.0 + share * sum(by_top.values())) if others else 1.0  # what the two have together
    made = {first: share * whole, second: other_share * whole, **{k: e * share * whole for k, e in by_top.items()}}
    product = BY_NAME["sigmoid"].slopes[0](top - xs[second], None) * whole * whole
    return [with_number(w, made[k]) for k, w in enumerate(numbers)], product, (first, second)


def with_number(number, v):
    """A node with this number, and the derivatives of v, from which it differs by a constant."""
    return v if data_of(v) == number else number + (v - data_of(v))


def logsumexp_slopes_on_values(xs, out):
    return weights_on_values(xs, out)[0]


def softmax_slopes_on_values(xs_i, out):
    i = int(xs_i[-1])
    ws, product, largest = weights_on_values(xs_i[:-1], out)
    slopes = softmax_slopes_by(ws, i)
    if i in largest:
        rest = sum([w for k, w in enumerate(ws) if k not in largest])
        for j in largest:
            slopes[j] = with_number(data_of(slopes[j]), product + ws[i] * rest if j == i else -product)
    return slopes


def log_softmax_slopes_on_values(xs_i, out):
    i = int(xs_i[-1])
    ws, _, _ = weights_on_values(xs_i[:-1], out)
    slopes = log_softmax_slopes_by(ws, i)
    slopes[i] = with_number(data_of(slopes[i]), 1.0 - ws[i])
    return slopes
