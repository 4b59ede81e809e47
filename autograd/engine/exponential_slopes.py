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

from ._libm import data_of, exp, log1p
from .reductions import difference_error, log_softmax_slopes_by, softmax_slopes_by, weights
from .table import BY_NAME


def weights_on_values(xs, out):
    """Every w_i = exp(x_i) / Σ exp(x_j) as a node; a function of (i, k) for a node of w_i w_k, or of w_i (1 - w_i) if k = i.

    What the function gives is right to a constant.
    """
    if data_of(out) != data_of(out):
        ws = [out / out] * len(xs)  # NaN, as are its derivatives of all orders
        return ws, lambda i, k: ws[i] * ws[k]
    data = [data_of(x) for x in xs]
    numbers = weights(data)
    places = sorted(range(len(xs)), key=data.__getitem__, reverse=True)
    if len(xs) == 1 or abs(data[places[0]]) == math.inf:
        return numbers, lambda i, k: 0.0  # they have no slope there
    first, second, *others = places
    top = xs[first]
    share, other_share = (slope(top, xs[second], None) for slope in BY_NAME["logaddexp"].slopes)
    by_top = {k: exp(xs[k] - top) * (1.0 + difference_error(data[k], data[first])) for k in others}
    whole = 1.0 / (1.0 + share * sum(by_top.values())) if others else 1.0  # what the two have together
    made = {first: share * whole, second: other_share * whole, **{k: e * share * whole for k, e in by_top.items()}}
    ws = [with_number(w, made[k]) for k, w in enumerate(numbers)]
    of_the_two = sigmoid_slope(top - xs[second]) * whole * whole
    tie = numbers[second] > 0.25  # nearly: where 1 - 2 w may come of no difference

    def pair(i, k):
        largest = [j for j in (i, k) if j in (first, second)]
        if len(largest) == 2:
            return of_the_two
        if not tie or not largest:
            return ws[i] * ws[k]
        return of_the_two * exp(xs[i + k - largest[0]] - xs[first + second - largest[0]])

    def product(i, k):
        if i != k:
            return pair(i, k)
        if not tie or i not in (first, second):
            return sum([pair(i, j) for j in range(len(xs)) if j != i])
        two = first + second - i
        return sigmoid_slope(xs[i] - xs[two] - log1p(sum([exp(xs[j] - xs[two]) for j in others], 0.0)))

    return ws, product


def sigmoid_slope(x):
    return BY_NAME["sigmoid"].slopes[0](x, None)


def with_number(number, v):
    """A node with this number, and the derivatives of v, from which it differs by a constant."""
    return v if data_of(v) == number else number + (v - data_of(v))


def logsumexp_slopes_on_values(xs, out):
    return weights_on_values(xs, out)[0]


def softmax_slopes_on_values(xs_i, out):
    i = int(xs_i[-1])
    ws, product = weights_on_values(xs_i[:-1], out)
    numbers = softmax_slopes_by([data_of(w) for w in ws], i)
    return [with_number(numbers[k], product(i, k) if k == i else -product(i, k)) for k in range(len(ws))]


def log_softmax_slopes_on_values(xs_i, out):
    i = int(xs_i[-1])
    ws, _ = weights_on_values(xs_i[:-1], out)
    slopes = log_softmax_slopes_by(ws, i)
    slopes[i] = with_number(data_of(slopes[i]), 1.0 - ws[i])
    return slopes
